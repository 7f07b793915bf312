"""How many steps a cluster's scheduler sees of a run: each takes buffers, and a turn of its own."""

from __future__ import annotations

from typing import Any

import apache_beam as beam
import pytest
from apache_beam.pipeline import PipelineVisitor
from apache_beam.portability import common_urns
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.runners.portability.fn_api_runner import translations
from conftest import PROJECT, run_command

from feedlake.pipeline.run import graph

_KEPT_APART = frozenset(
    (
        common_urns.composites.RESHUFFLE.urn,
        common_urns.primitives.IMPULSE.urn,
        common_urns.primitives.FLATTEN.urn,
        common_urns.primitives.GROUP_BY_KEY.urn,
    )
)


class BuiltError(Exception):
    """Ends a run once its graph is built."""


def steps_of(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> list[list[str]]:
    """The names of what each step does of the graph that a command runs, fused as runners do."""
    found: list[list[str]] = []

    def build(pipeline: beam.Pipeline, plan: graph.Plan) -> None:
        real_build(pipeline, plan)
        fused = translations.optimize_pipeline(
            pipeline.to_runner_api(),
            phases=translations.standard_optimize_phases(),
            known_runner_urns=_KEPT_APART,
        )
        found.extend(names_in(fused, step) for step in fused.root_transform_ids)
        raise BuiltError

    real_build = graph.build
    monkeypatch.setattr(graph, "build", build)
    assert "BuiltError" in run_command("ingest", *arguments, "--quiet").err
    return found


def names_in(fused: Any, step: str) -> list[str]:
    transform = fused.components.transforms[step]
    if transform.spec.urn != common_urns.executable_stage:
        return [transform.unique_name]
    stage = beam_runner_api_pb2.ExecutableStagePayload.FromString(transform.spec.payload)
    return [stage.components.transforms[each].unique_name for each in stage.transforms]


def is_apart(names: list[str]) -> bool:
    """Whether a step is within Deduplicate, whose own size is not what is pinned here."""
    return all(name.startswith("Deduplicate/") for name in names)


@pytest.mark.parametrize(
    ("history", "source", "most"),
    [
        ("index", PROJECT / "seeds", 19),
        ("join", PROJECT / "seeds", 19),
        ("join", "http://127.0.0.1:1/feed.xml", 62),
    ],
)
def test_a_run_has_few_steps(monkeypatch, tmp_path, history, source, most):
    steps = steps_of(monkeypatch, source, "--lake", tmp_path / "lake", "--history", history)

    outside = [names for names in steps if not is_apart(names)]
    assert len(steps) > len(outside) > 10
    assert len(outside) <= most, "\n".join(map(str, outside))


def test_rows_of_all_tables_cross_one_shuffle(monkeypatch, tmp_path):
    steps = steps_of(monkeypatch, PROJECT / "seeds", "--lake", tmp_path / "lake")

    writing = [names for names in steps if any("WritePartitions" in name for name in names)]
    assert len(writing) == 1


def test_a_run_on_this_machine_has_few_steps_in_all(monkeypatch, tmp_path):
    steps = steps_of(monkeypatch, PROJECT / "seeds", "--lake", tmp_path / "lake")

    # Each step takes 7 ms of CPU to build and to start, whatever there is to read.
    names = {name.partition("/")[0] for fused in steps for name in fused}
    assert "ReadSources" in names
    assert "SpreadSources" not in names
    assert sum(map(len, steps)) <= 48, "\n".join(map(str, steps))


def test_beam_looks_for_state_in_no_step_of_a_run(monkeypatch, tmp_path):
    searched: set[str] = set()

    class Search(PipelineVisitor):
        def visit_transform(self, transform_node: Any) -> None:
            step = transform_node.transform
            if isinstance(step, beam.ParDo) and dir(step.fn):
                searched.add(transform_node.full_label)

    def build(pipeline: beam.Pipeline, plan: graph.Plan) -> None:
        real_build(pipeline, plan)
        pipeline.visit(Search())
        raise BuiltError

    real_build = graph.build
    monkeypatch.setattr(graph, "build", build)
    run_command("ingest", PROJECT / "seeds", "--lake", tmp_path / "lake", "--quiet")

    # To search a step's forty methods eight times takes as long as to start the step.
    assert searched == {"SumParts/Combine/ParDo(CombineValuesDoFn)"}
