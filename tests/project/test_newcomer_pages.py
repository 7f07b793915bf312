"""What a newcomer reads first: the names, commands and snippets in it are those of the code."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from itertools import pairwise

import pytest
from conftest import PROJECT, run_command
from pages import blocks_of, check_shown, make_checkout, run_session

from feedlake.pipeline.lake.lake import Lake

sys.path.insert(0, str(PROJECT / "docs"))
import make_schema

ARCHITECTURE = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
GLOSSARY = (PROJECT / "docs" / "glossary.md").read_text(encoding="utf-8")
SYMBOLS = sorted(set(re.findall(r"`([\w/]+\.py):([\w.]+)`", ARCHITECTURE)))


def test_architecture_names_symbols():
    assert len(SYMBOLS) > 60


@pytest.mark.parametrize(("file", "symbol"), SYMBOLS)
def test_symbol_that_architecture_names_is_there(file, symbol):
    body = ast.parse((PROJECT / file).read_text(encoding="utf-8")).body
    for name in symbol.split("."):
        found = [node for node in body if name in names_of(node)]
        assert found, f"{file} has no {symbol}"
        body = getattr(found[0], "body", [])


def names_of(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def test_architecture_shows_the_steps_of_the_graph():
    labels = set()
    for name in ("graph", "web_graph"):
        code = (PROJECT / "pipeline" / "run" / f"{name}.py").read_text(encoding="utf-8")
        labels |= set(re.findall(r'"(\w+)"\s*>>\s*([A-Z]\w+)\(', code))
    steps = {step for _, step in labels}
    assert len(steps) >= 7
    diagram, *_ = blocks_of(PROJECT / "docs" / "architecture.md", "mermaid")
    for step in steps:
        assert re.search(rf"\b{step}\b", diagram.text), step
        assert f"| {step}" in ARCHITECTURE, step


def test_architecture_shows_the_folders_of_a_lake(seed_lake):
    section = ARCHITECTURE.split("## The lake's folders")[1].split("## ")[0]
    shown = {name.split("/")[0] for name in re.findall(r"^\| `(_[\w<>/]+)`", section, re.MULTILINE)}
    there = {path.name for path in seed_lake.iterdir() if path.name.startswith("_")}
    assert there <= shown


def test_reasons_and_columns_in_the_glossary_are_those_of_a_lake():
    reasons = re.findall(r"Reason `(\w+)`", GLOSSARY)
    assert len(reasons) >= 6
    assert set(reasons) <= set(make_schema.REASONS)
    columns = re.findall(r"[Cc]olumn `(\w+)`", GLOSSARY)
    assert columns
    assert set(columns) <= {
        name for table in make_schema.TABLES.values() for name in table.schema.names
    }


def test_a_page_can_be_followed_as_inputs_shows(tmp_path):
    page = PROJECT / "docs" / "inputs.md"
    steps = run_session(page, make_checkout(tmp_path))
    assert len(steps) >= 4
    check_shown(steps)


def test_a_page_can_be_followed_through_the_code_as_contributing_shows():
    blocks = blocks_of(PROJECT / "CONTRIBUTING.md")
    [(snippet, shown)] = [
        pair for pair in pairwise(blocks) if pair[0].language == "python" and pair[0].is_run
    ]
    done = subprocess.run(
        [sys.executable, "-c", snippet.text],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == (shown.text, "")


OPERATIONS = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
ONE_WRITER = OPERATIONS.split("\n## One writer\n")[1].split("\n## ")[0]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("ingest", ("ingest", "SOURCE")),
        ("schedule", ("schedule", "SOURCE", "--runs", "1")),
        ("compact", ("compact",)),
        ("enrich", ("enrich",)),
        ("reextract", ("reextract",)),
        ("upgrade", ("upgrade",)),
    ],
)
def test_writers_that_operations_names_are_turned_away_while_another_writes(
    name, arguments, tmp_path, monkeypatch
):
    (tmp_path / "story.txt").write_text("The ferry left at noon.\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run_command("ingest", "story.txt", "--lake", "lake", "--quiet").code == 0

    with Lake(str(tmp_path / "lake")).writing():
        words = [word.replace("SOURCE", "story.txt") for word in arguments]
        outcome = run_command(*words, "--lake", "lake")

    assert outcome.code == 4, outcome.err
    assert f"`{name}`" in ONE_WRITER.split("Commands that only read")[0]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("query", ("query", "SELECT 1")),
        ("feeds", ("feeds",)),
        ("compact --verify", ("compact", "--verify")),
    ],
)
def test_commands_that_only_read_work_while_another_writes(name, arguments, tmp_path, monkeypatch):
    (tmp_path / "story.txt").write_text("The ferry left at noon.\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run_command("ingest", "story.txt", "--lake", "lake", "--quiet").code == 0

    with Lake(str(tmp_path / "lake")).writing():
        outcome = run_command(*arguments, "--lake", "lake")

    assert outcome.code == 0, outcome.err
    assert f"`{name}`" in ONE_WRITER.split("Commands that only read")[1]
