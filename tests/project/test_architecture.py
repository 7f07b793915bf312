"""Which package may know of which."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from conftest import PROJECT

MAY_IMPORT = {
    "pipeline.api": {
        *("pipeline.config", "pipeline.explain", "pipeline.lake", "pipeline.options"),
        "pipeline.export",
        *("pipeline.plugins", "pipeline.query", "pipeline.run", "pipeline.search"),
        "pipeline.terminal",
        *("pipeline.web", "transforms.crawl", "transforms.extract", "transforms.fetch"),
        "transforms.main_text",
        *("transforms.language", "transforms.normalize", "transforms.process", "transforms.read"),
        *("transforms.records", "transforms.texts"),
    },
    "pipeline.cli": {
        "pipeline.removal",
        "pipeline.renewal",
        *("pipeline.api", "pipeline.config", "pipeline.explain", "pipeline.lake"),
        "pipeline.export",
        *("pipeline.options", "pipeline.plugins", "pipeline.query", "pipeline.run"),
        *(
            "pipeline.search",
            "pipeline.service",
            "pipeline.terminal",
            "pipeline.upkeep",
            "pipeline.web",
        ),
        "transforms.enrich",
        *("transforms.plugins", "transforms.process", "transforms.records"),
        *("pipeline.remote", "pipeline.serve", "pipeline.stream", "transforms.normalize"),
        "pipeline.report",
    },
    "pipeline.config": {
        *("pipeline.options", "pipeline.terminal", "pipeline.web", "transforms.records"),
    },
    "pipeline.plugins": {"pipeline.run", "pipeline.terminal", "transforms.plugins"},
    "pipeline.run": {
        "pipeline.removal",
        "transforms.removal",
        *("pipeline.archive", "transforms.archives"),
        *("pipeline.history", "pipeline.lake", "pipeline.options", "pipeline.terminal"),
        *(
            "pipeline.web",
            "transforms.crawl",
            "transforms.dedup",
            "transforms.enrich",
        ),
        *("transforms.extract", "transforms.fetch", "transforms.normalize", "transforms.poll"),
        "transforms.plugins",
        *("transforms.process", "transforms.read", "transforms.records", "transforms.write"),
        "transforms.stores",
        "pipeline.remote",
    },
    "pipeline.service": {
        *("pipeline.history", "pipeline.lake", "pipeline.lease", "pipeline.options"),
        *("pipeline.removal", "pipeline.run", "pipeline.terminal", "pipeline.upkeep"),
        *("pipeline.web", "transforms.archives", "transforms.crawl", "transforms.dedup"),
        *("transforms.enrich", "transforms.extract", "transforms.fetch", "transforms.normalize"),
        *("transforms.plugins", "transforms.poll", "transforms.process", "transforms.records"),
        "transforms.write",
    },
    "pipeline.stream": {
        *("pipeline.history", "pipeline.lake", "pipeline.options", "pipeline.removal"),
        *("pipeline.run", "pipeline.service", "pipeline.terminal", "pipeline.upkeep"),
        *("pipeline.web", "transforms.crawl", "transforms.dedup", "transforms.extract"),
        *("transforms.fetch", "transforms.poll", "transforms.process", "transforms.records"),
        *("transforms.removal", "transforms.stream", "transforms.write"),
    },
    "pipeline.upkeep": {
        "transforms.archives",
        *(
            "pipeline.history",
            "pipeline.lake",
            "pipeline.query",
            "pipeline.terminal",
            "transforms.dedup",
        ),
        *("transforms.enrich", "transforms.normalize", "transforms.process"),
        "transforms.plugins",
        *("transforms.records", "transforms.write"),
    },
    "pipeline.removal": {
        "pipeline.archive",
        *("pipeline.lake", "pipeline.options", "pipeline.query", "pipeline.terminal"),
        *("pipeline.upkeep", "transforms.dedup", "transforms.normalize", "transforms.records"),
        *("transforms.removal", "transforms.stores", "transforms.write"),
    },
    "pipeline.web": {
        *("pipeline.lake", "pipeline.options", "pipeline.query", "pipeline.terminal"),
        *("transforms.crawl", "transforms.feeds", "transforms.normalize", "transforms.poll"),
        *("transforms.read", "transforms.records", "transforms.write"),
    },
    "pipeline.serve": {
        *("pipeline.explore", "pipeline.lake", "pipeline.options", "pipeline.views"),
    },
    "pipeline.views": {
        *("pipeline.charts", "pipeline.explain", "pipeline.explore", "pipeline.lake"),
        *("pipeline.options", "pipeline.query", "pipeline.search", "pipeline.web"),
        *("pipeline.shown", "transforms.process"),
    },
    "pipeline.report": {
        *("pipeline.charts", "pipeline.explore", "pipeline.lake", "pipeline.options"),
        *("pipeline.query", "pipeline.shown", "pipeline.terminal", "pipeline.views"),
        *("pipeline.web", "transforms.normalize", "transforms.process"),
    },
    "pipeline.shown": set(),
    "pipeline.charts": set(),
    "pipeline.explore": {
        *("pipeline.lake", "pipeline.query", "transforms.normalize", "transforms.records"),
    },
    "pipeline.explain": {
        *("pipeline.lake", "pipeline.options", "pipeline.query", "pipeline.terminal"),
        *("transforms.crawl", "transforms.dedup", "transforms.normalize"),
        "transforms.rights",
    },
    "pipeline.export": {
        *("pipeline.lake", "pipeline.options", "pipeline.query", "transforms.normalize"),
        "transforms.write",
    },
    "pipeline.query": {
        *("pipeline.lake", "pipeline.options", "pipeline.terminal", "transforms.normalize"),
        *("transforms.records", "transforms.write"),
    },
    "pipeline.search": {
        *("pipeline.lake", "pipeline.options", "pipeline.terminal", "transforms.process"),
        *("transforms.normalize", "transforms.records", "transforms.write"),
    },
    "pipeline.history": {
        *("pipeline.arrays", "pipeline.lake", "transforms.dedup"),
        *("transforms.normalize", "transforms.records", "transforms.write"),
        "transforms.stores",
    },
    "pipeline.lake": {
        *("pipeline.options", "transforms.normalize"),
        *("transforms.records", "transforms.write"),
        "transforms.stores",
        "pipeline.lease",
    },
    "pipeline.renewal": {
        *("pipeline.lake", "pipeline.options", "pipeline.query", "pipeline.run"),
        *("pipeline.terminal", "pipeline.web", "transforms.archives", "transforms.fetch"),
        *("transforms.normalize", "transforms.plugins", "transforms.process", "transforms.read"),
        "transforms.records",
    },
    "pipeline.archive": {
        *("pipeline.lake", "transforms.archives", "transforms.normalize", "transforms.records"),
        "transforms.write",
    },
    "pipeline.arrays": set(),
    "pipeline.remote": {
        *("pipeline.lake", "pipeline.options", "transforms.normalize", "transforms.records"),
        "transforms.stores",
    },
    "pipeline.lease": {"pipeline.options", "transforms.normalize", "transforms.stores"},
    "pipeline.options": {
        *("transforms.normalize", "transforms.process", "transforms.records", "transforms.texts"),
    },
    "transforms.stream": {
        *("transforms.normalize", "transforms.process", "transforms.records"),
    },
    "transforms.removal": {"transforms.dedup", "transforms.normalize", "transforms.records"},
    "pipeline.terminal": {
        *("pipeline.options", "transforms.normalize", "transforms.process", "transforms.read"),
        *("transforms.records", "transforms.stores", "transforms.texts"),
    },
    "transforms.poll": {
        "transforms.archives",
        *("transforms.blocked_pages", "transforms.crawl", "transforms.extract"),
        *("transforms.feeds", "transforms.links", "transforms.normalize", "transforms.process"),
        *("transforms.read", "transforms.records"),
        "transforms.rights",
    },
    "transforms.fetch": {
        "transforms.removal",
        "transforms.archives",
        *("transforms.blocked_pages", "transforms.crawl", "transforms.dedup"),
        *("transforms.normalize", "transforms.process", "transforms.read", "transforms.records"),
        "transforms.rights",
    },
    "transforms.write": {
        "transforms.removal",
        *("transforms.dedup", "transforms.enrich", "transforms.normalize", "transforms.records"),
        "transforms.stores",
        "transforms.rights",
    },
    "transforms.enrich": {
        *("transforms.dedup", "transforms.language", "transforms.normalize", "transforms.places"),
        *("transforms.plugins", "transforms.process", "transforms.records"),
    },
    "transforms.extract": {
        *("transforms.blocked_pages", "transforms.dedup", "transforms.feed_texts"),
        *("transforms.main_text", "transforms.normalize", "transforms.process"),
        "transforms.records",
        "transforms.rights",
    },
    "transforms.read": {
        *("transforms.archives", "transforms.feed_texts", "transforms.feeds"),
        *("transforms.normalize", "transforms.plugins", "transforms.process"),
        *("transforms.records", "transforms.tables"),
        "transforms.stores",
        "transforms.texts",
        "transforms.rights",
    },
    "transforms.texts": {"transforms.rights", "transforms.normalize", "transforms.records"},
    "transforms.archives": {
        *("transforms.normalize", "transforms.process", "transforms.records", "transforms.rights"),
        "transforms.stores",
    },
    "transforms.tables": set(),
    "transforms.crawl": {"transforms.normalize", "transforms.process", "transforms.records"},
    "transforms.dedup": {"transforms.normalize", "transforms.process", "transforms.records"},
    "transforms.feeds": {
        *("transforms.feed_texts", "transforms.links", "transforms.normalize"),
        "transforms.records",
        "transforms.rights",
    },
    "transforms.feed_texts": {"transforms.normalize"},
    "transforms.links": {"transforms.normalize"},
    "transforms.rights": {
        *("transforms.links", "transforms.normalize", "transforms.records"),
    },
    "transforms.inflection": {"transforms.normalize"},
    "transforms.places": {"transforms.inflection", "transforms.normalize"},
    "transforms.blocked_pages": {"transforms.normalize"},
    "transforms.plugins": {"transforms.records"},
    "transforms.records": {"transforms.normalize"},
    "transforms.language": {"transforms.normalize"},
    "transforms.main_text": {"transforms.normalize"},
    "transforms.normalize": {"transforms.date_words", "transforms.stores"},
    "transforms.date_words": set(),
    "transforms.stores": {"transforms.process"},
    "transforms.process": {"transforms.quicker"},
    "transforms.quicker": set(),
}
"""Each package, and those that it may import: the upper ones know of the lower ones."""

IMPORT_BEAM = {
    "pipeline.history.lake_lookup",  # The step's look-up, tied to a lake.
    "pipeline.run.beam_options",
    "pipeline.run.graph",
    "pipeline.run.run_pipeline",
    "pipeline.service.ready_graph",
    "pipeline.remote.remote_sources",  # Late, for paths that Beam's filesystems read.
    "pipeline.run.web_graph",
    "pipeline.stream.stream",  # Only its command imports it.
    "pipeline.stream.stream_graph",
    "transforms.normalize.storage",  # Late, for the same.
    "transforms.records.global_window",  # Only steps import it.
    "transforms.records.stateless",  # The same.
}
"""Modules beside the steps that may import Beam: it takes a second, and reading a lake does not
need it."""

MEETING_PLACES = {
    *("pipeline.run.graph", "pipeline.run.web_graph"),
    *("pipeline.stream.stream_graph", "pipeline.stream.stream_work"),
}
"""Where steps meet; the second is imported by runs that ask the web, the others by a stream: its
graph, and what those steps do in it that a run has steps of their own for."""

MAX_FILES = 15
"""Of one package, `__init__.py` included: more is a floor on which nobody finds anything."""

MAX_LINES = 400
"""Of a file, unless its docstring says that it is one idea."""

SAYS_WHY = "one idea"
"""What the docstring of a longer file must say."""


def name_of(path: Path) -> str:
    """The module's name below `feedlake`."""
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts)


MODULES = {
    name_of(path): path
    for folder in ("pipeline", "transforms")
    for path in sorted((PROJECT / folder).rglob("*.py"))
    if path.name != "__init__.py"
}
PACKAGES = {
    ".".join(path.parent.relative_to(PROJECT).parts): path
    for folder in ("pipeline", "transforms")
    for path in sorted((PROJECT / folder).rglob("__init__.py"))
}


def package_of(module: str) -> str:
    return module.rpartition(".")[0]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imported_names(path: Path) -> frozenset[str]:
    """All that a file imports, wherever in it: late, and for type checkers only, too."""
    names: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            assert node.module is not None
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


def imported_modules(module: str) -> set[str]:
    """The project's own modules that a module imports."""
    names = (name.removeprefix("feedlake.") for name in imported_names(MODULES[module]))
    return {name for name in names if name in MODULES and name != module}


def is_step(path: Path) -> bool:
    """Whether the file defines a PTransform."""
    return any(
        isinstance(node, ast.ClassDef) and any("PTransform" in ast.unparse(b) for b in node.bases)
        for node in ast.walk(tree_of(path))
    )


STEPS = {
    module for module, path in MODULES.items() if module.startswith("transforms.") and is_step(path)
}


def circles(arrows: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Yields paths that end where they begin; none if there is no circle."""
    done: set[str] = set()

    def follow(path: list[str]) -> Iterator[list[str]]:
        for target in sorted(arrows.get(path[-1], set())):
            if target in path:
                yield [*path[path.index(target) :], target]
            elif target not in done:
                yield from follow([*path, target])
        done.add(path[-1])

    for start in sorted(arrows):
        if start not in done:
            yield from follow([start])


def test_circles_are_found():
    assert list(circles({"a": {"b"}, "b": {"c"}, "c": {"b"}})) == [["b", "c", "b"]]
    assert list(circles({"a": {"b", "c"}, "b": {"c"}, "c": set()})) == []


def test_table_names_each_package():
    assert set(MAY_IMPORT) == set(PACKAGES) - {"pipeline", "transforms"}


def test_packages_import_what_the_table_says_and_nothing_else():
    found: dict[str, set[str]] = {package: set() for package in MAY_IMPORT}
    for module in MODULES:
        targets = {package_of(target) for target in imported_modules(module)}
        found[package_of(module)] |= targets - {package_of(module)}

    assert found == MAY_IMPORT


def test_no_circle_of_packages_or_files():
    assert list(circles(MAY_IMPORT)) == []
    assert list(circles({module: imported_modules(module) for module in MODULES})) == []


def test_transforms_do_not_know_the_pipeline():
    for package, targets in MAY_IMPORT.items():
        if package.startswith("transforms."):
            assert not [target for target in targets if target.startswith("pipeline")]


def test_there_are_steps():
    names = {step.rpartition(".")[2] for step in STEPS}
    assert {"read_sources", "extract_articles", "deduplicate", "write_parquet"} <= names


@pytest.mark.parametrize("module", sorted(MODULES))
def test_module_keeps_to_its_room(module):
    path = MODULES[module]
    names = imported_names(path)
    roots = {name.split(".")[0] for name in names}

    assert not roots & {"pipeline", "transforms"}, "the import name is feedlake"
    if module not in STEPS:
        assert ("apache_beam" in roots) == (module in IMPORT_BEAM)
    if module not in MEETING_PLACES:
        steps = imported_modules(module) & STEPS - {module}
        assert len(steps) <= module.startswith("pipeline"), "steps meet in the graph"
    assert path.stem not in {"utils", "util", "common", "helpers", "helper", "misc"}
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_LINES or SAYS_WHY in (ast.get_docstring(tree_of(path)) or ""), (
        f"{lines} lines are two rooms, unless the docstring says why they are one idea"
    )


def test_no_module_is_named_in_a_string():
    """A move would leave it behind, and whoever imports by name may swallow that."""
    for module, path in MODULES.items():
        strings = {
            node.value
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        named = {text for text in strings if text.removeprefix("feedlake.") in MODULES}
        assert not named, f"{module} names {named}"


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_package_is_small_and_its_init_is_one_docstring(package):
    path = PACKAGES[package]

    assert len(list(path.parent.glob("*.py"))) <= MAX_FILES
    [docstring] = tree_of(path).body
    assert isinstance(docstring, ast.Expr)
    assert ast.get_docstring(tree_of(path))


def test_file_names_are_told_apart_in_an_editor():
    names = [path.name for path in MODULES.values()]
    assert len(names) == len(set(names))


def test_test_files_have_names_of_their_own():
    """pytest imports them by name alone, and stops at the second one of a name."""
    names = [path.name for path in (PROJECT / "tests").rglob("*.py")]
    assert len(names) == len(set(names))


def test_tests_are_no_attic():
    for path in PROJECT.glob("tests/**/*.py"):
        assert path.stem not in {"utils", "common", "helpers"}


def test_tests_mirror_the_packages():
    mirrored = {path.name for path in (PROJECT / "tests").iterdir() if path.is_dir()}
    for folder in ("pipeline", "transforms"):
        for path in (PROJECT / "tests" / folder).rglob("test_*.py"):
            name = ".".join(path.parent.relative_to(PROJECT / "tests").parts)
            assert name in PACKAGES, f"{path}: there is no package {name}"
    assert {"pipeline", "transforms", "whole_runs", "project"} <= mirrored
