"""Which room may know of which."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from conftest import PROJECT

FILES = sorted([*PROJECT.glob("pipeline/*.py"), *PROJECT.glob("transforms/*.py")])
IMPORTS_BEAM = {
    "pipeline/beam_options.py",
    "pipeline/beam_signatures.py",
    "pipeline/graph.py",
    "pipeline/history.py",  # the step's look-up, tied to a lake
    "pipeline/run_pipeline.py",
    "pipeline/web_graph.py",
    "pipeline/sources.py",  # late, for paths that Beam's filesystems read
    "transforms/storage.py",  # late, for the same
}
"""Files beside the steps that may import Beam: it takes a second, and reading a lake does not
need it."""

MEETING_PLACES = {"pipeline/graph.py", "pipeline/web_graph.py"}
"""The second one is imported by runs that ask the web."""


def imported_modules(path: Path) -> set[str]:
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            assert node.module is not None
            modules.add(node.module)
            modules.update(f"{node.module}.{alias.name}" for alias in node.names)
    return modules


def is_step(path: Path) -> bool:
    """Whether the file defines a PTransform."""
    return any(
        isinstance(node, ast.ClassDef) and any("PTransform" in ast.unparse(b) for b in node.bases)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )


STEPS = [path for path in PROJECT.glob("transforms/*.py") if is_step(path)]


def test_there_are_steps():
    assert {"read_sources", "extract", "deduplicate", "write_parquet"} <= {
        path.stem for path in STEPS
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_file_keeps_to_its_room(path):
    modules = imported_modules(path)
    name = f"{path.parent.name}/{path.name}"
    steps = {f"transforms.{step.stem}" for step in STEPS if step != path}

    if path.parent.name == "transforms":
        assert not [module for module in modules if module.split(".")[0] == "pipeline"]
    if name not in MEETING_PLACES:
        assert len(modules & steps) <= (path.parent.name == "pipeline"), "steps meet in the graph"
    if path not in STEPS:
        imports_beam = any(module.split(".")[0] == "apache_beam" for module in modules)
        assert imports_beam == (name in IMPORTS_BEAM)
    assert path.stem not in {"utils", "util", "common", "helpers", "helper", "misc"}
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 400, f"{lines} lines are two rooms"


def test_tests_are_no_attic():
    for path in PROJECT.glob("tests/*.py"):
        assert path.stem not in {"utils", "common", "helpers"}
