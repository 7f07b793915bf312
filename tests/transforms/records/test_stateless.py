"""Steps without state: what they give, and that none with state is taken for one."""

from __future__ import annotations

from typing import Any

import apache_beam as beam
import pytest
from apache_beam import pvalue
from apache_beam.coders import VarIntCoder
from apache_beam.testing.test_pipeline import TestPipeline as _TestPipeline
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.userstate import (
    ReadModifyWriteStateSpec,
    TimerSpec,
    is_stateful_dofn,
)

from feedlake.transforms.records.stateless import StatelessFn, flat_map, map_one

RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"


def _times(number: int, factor: int, *, added: list[int]) -> int:
    return number * factor + sum(added)


def _up_to(number: int, *, tagged: str) -> Any:
    yield from range(number)
    yield pvalue.TaggedOutput(tagged, number)


def test_steps_give_what_those_of_beam_give():
    with _TestPipeline(runner=RUNNER) as p:
        numbers = p | beam.Create([1, 3])
        added = pvalue.AsList(p | "Added" >> beam.Create([20, 30]))
        mapped = numbers | "Times" >> map_one(_times, 2, added=added)
        parts = numbers | "UpTo" >> flat_map(_up_to, tagged="ends").with_outputs(
            "ends", main="rest"
        )

        assert_that(mapped, equal_to([52, 56]), label="mapped")
        assert_that(parts.rest, equal_to([0, 0, 1, 2]), label="rest")
        assert_that(parts.ends, equal_to([1, 3]), label="ends")


def test_their_names_in_a_graph_are_those_of_beam():
    assert map_one(_times, 2, added=[]).label == "Map(_times)"
    assert flat_map(_up_to, tagged="ends").label == "FlatMap(_up_to)"


@pytest.mark.parametrize(
    "parameter",
    [
        beam.DoFn.StateParam(ReadModifyWriteStateSpec("seen", VarIntCoder())),
        beam.DoFn.TimerParam(TimerSpec("next", beam.TimeDomain.REAL_TIME)),
    ],
)
def test_class_in_which_beam_would_find_state_is_refused(parameter):
    def process(self: Any, element: Any, held: Any = parameter) -> Any:
        return [element]

    with pytest.raises(TypeError, match="process has state"):
        type("_CountFn", (StatelessFn,), {"process": process})


def test_beam_looks_at_no_method_for_state(monkeypatch):
    class CountFn(StatelessFn):
        def process(self, element: Any) -> Any:
            return [element]

    looked_at = []
    monkeypatch.setattr(
        "apache_beam.runners.common.MethodWrapper", lambda _, name: looked_at.append(name)
    )

    assert not is_stateful_dofn(CountFn())
    assert looked_at == []
