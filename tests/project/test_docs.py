"""The documents say what is true: commands run, snippets run, names and numbers are the code's."""

from __future__ import annotations

import ast
import html
import json
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from conftest import PROJECT, run_command
from pages import (
    FENCE,
    PAGES,
    Step,
    blocks_of,
    check_shown,
    make_checkout,
    run_session,
)

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.failures import ExitCode
from feedlake.pipeline.options.option_table import OPTIONS
from feedlake.pipeline.query.views import VIEWS
from feedlake.transforms.archives.members import NoFile
from feedlake.transforms.blocked_pages.blocked_page_words import Reason
from feedlake.transforms.dedup import (
    decide,
    fingerprint,
    kinship,
    lookup,
    minhash,
    notices,
    signature,
)
from feedlake.transforms.read.read_archive import NOT_READ
from feedlake.transforms.read.read_record import FIELDS
from feedlake.transforms.records.documents import BACKLOG
from feedlake.transforms.write.schema import TABLES

sys.path.insert(0, str(PROJECT / "docs"))
import make_options
import make_schema

SYRIAN_STORY = """\
Envoys of Turkey and Russia met in Damascus on Monday. They spoke about the roads of Idlib and
Aleppo, which have been closed for months, and agreed to open two of them to lorries with food and
medicine.

Drivers in Syria said that they were glad of the news. The first lorries are to leave on Friday.
"""
README = (PROJECT / "README.md").read_text(encoding="utf-8")
BEAM_FLAGS = (
    "direct_running_mode direct_num_workers flink_master setup_file job_endpoint environment_type "
    "environment_config environment_cache_millis parallelism runner service_port prism_location "
    "checkpointing_interval experiments job_server_timeout "
    "flink_job_server_jar spark_job_server_jar "
    # Of the programs beside it: job server, boot.
    "flink-master flink-conf-dir job-port artifacts-dir semi_persist_dir worker_pool "
    "container_executable "
    # Of benchmarks, by which figures are measured.
    "feeds pages parts page-count rows"
).split()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def session(copy: Path) -> list[Step]:
    """The README's commands, run one after the other."""
    return run_session(PROJECT / "README.md", copy)


def test_readme_shows_what_its_commands_print(session):
    assert len(session) >= 8
    check_shown(session)


def test_readme_begins_with_make_run(session):
    assert session[0].command == "make run"
    assert README.index("```console\n$ make run") < 1_500


@pytest.mark.parametrize(
    "block", blocks_of(PROJECT / "README.md", "python"), ids=lambda block: block.text.split()[1]
)
def test_readme_snippets_read_the_lake(block, seed_lake, tmp_path, monkeypatch, capfd):
    if not block.is_run:
        assert "pyspark" in block.text
        compile(block.text, "README.md", "exec")
        return
    shutil.copytree(seed_lake, tmp_path / "lake")
    (tmp_path / "news").mkdir()
    shutil.copy(PROJECT / "seeds" / "html" / "old-mill.html", tmp_path / "news")
    monkeypatch.chdir(tmp_path)

    exec(compile(block.text, "README.md", "exec"), {})

    assert "2026-03-14" in capfd.readouterr().out


def test_cookbook_queries_give_rows(session, copy, tmp_path, monkeypatch):
    shutil.copytree(copy / "lake", tmp_path / "lake")
    monkeypatch.chdir(tmp_path)
    # The samples tell of invented places.
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    story = f"date {yesterday}\n{SYRIAN_STORY}"
    (tmp_path / "story.txt").write_text(story, encoding="utf-8")
    added = run_command("ingest", "story.txt", "--lake", "lake", "--enrich", "all")
    assert added.code == 0, added.err
    blocks = blocks_of(PROJECT / "docs" / "cookbook.md", "sh")
    assert len(blocks) >= 10
    for block in blocks:
        program, *arguments = shlex.split(block.text.replace("\\\n", ""))
        assert program == "feedlake"
        outcome = run_command(*arguments)
        assert (outcome.code, outcome.err) == (0, ""), block.text
        if "--output" in arguments:
            written = tmp_path / arguments[arguments.index("--output") + 1]
            assert written.stat().st_size > 0
            continue
        rows = run_command("query", arguments[1], "--lake", "lake", "--format", "json")
        assert json.loads(rows.out), block.text


def test_row_of_runs_is_the_last_to_be_moved(seed_lake):
    for entry in Lake(str(seed_lake)).entries():
        assert entry.add[-1].table == "runs"


@pytest.mark.parametrize("page", make_options.PAGES, ids=lambda page: page.name)
def test_tables_of_options_are_what_the_code_says(page):
    text = page.read_text(encoding="utf-8")

    assert len(make_options.BLOCK.findall(text)) == 2
    assert make_options.render(text) == text, "run python docs/make_options.py"


def test_pages_have_a_row_for_every_option():
    pages = "".join(page.read_text(encoding="utf-8") for page in make_options.PAGES)
    for option in OPTIONS:
        name = (
            option.kind.metavar
            if option.name in ("file", "action", "shell", "subject")
            else option.name
        )
        assert re.search(rf"`[^`|]*\b{re.split('[,|]', name.strip('{}'))[0]}\b", pages, re.I), (
            option.name
        )


def test_documents_name_no_flag_that_does_not_exist():
    known = {option.shown for option in OPTIONS if option.section.commands}
    known |= {"--days", "--index-every", "--per-day"}  # Of a benchmark that the pages name.
    known |= {"--help", "--version", "--strict", "--no-deps", *(f"--{name}" for name in BEAM_FLAGS)}
    for page in PAGES:
        if page.name not in ("CONTRIBUTING.md", "CHANGELOG.md"):
            named = re.findall(r"(?<![\w-])--[a-z][a-z_-]+", page.read_text(encoding="utf-8"))
            assert set(named) <= known, page.name


def test_readme_lists_the_exit_codes():
    section = README.split("## Exit codes")[1].split("## ")[0]
    listed = [int(code) for code in re.findall(r"^\| (\d) \|", section, re.MULTILINE)]
    assert listed == list(ExitCode)


def test_help_of_query_names_each_table_and_view(feedlake):
    words = set(re.findall(r"\w+", feedlake("query", "--help").out))
    assert {*TABLES, *VIEWS} <= words


def test_readme_lists_the_fields_of_records():
    section = README.split("**JSON, CSV and Parquet**")[1].split("Other fields")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    listed = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(listed) == sorted(FIELDS)


def test_schema_page_is_what_the_code_says():
    assert make_schema.PAGE.read_text(encoding="utf-8") == make_schema.render(), (
        "run python docs/make_schema.py"
    )
    assert make_schema.COLUMNS.read_text(encoding="utf-8") == make_schema.render_columns(), (
        "run python docs/make_schema.py"
    )


def test_reasons_of_rejects_are_those_in_the_code():
    within_a_run = {"strayed"}  # Another worker asks, and what comes of that is a row.
    found = reasons_in_code() | set(get_args(Reason)) | {BACKLOG}
    assert found - within_a_run == set(make_schema.REASONS)


def test_reasons_of_skips_are_those_in_the_code():
    nodes = [
        node
        for name in ("read/read_warc.py", "archives/warc_record.py")
        for node in ast.walk(ast.parse((PROJECT / "transforms" / name).read_text(encoding="utf-8")))
    ]
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.FunctionDef) and node.name.startswith(("describe_", "_describe_")):
            values = [part.value for part in ast.walk(node) if isinstance(part, ast.Return)]
        elif isinstance(node, ast.keyword) and node.arg == "otherwise":
            values = [node.value]
        elif isinstance(node, ast.AnnAssign):
            values = [node.value] if name_of(node.target) == "otherwise" else []
        elif isinstance(node, ast.Call) and name_of(node.func) in ("Skip", "_skip"):
            values = list(node.args)
        else:
            continue
        found |= {text for value in values if value is not None for text in texts_of(value)}
    found |= set(get_args(get_type_hints(NoFile)["kind"])) | {NOT_READ}
    assert found == set(make_schema.SKIPS)


def reasons_in_code() -> set[str]:
    """Returns all literals that are handed to a parameter, or assigned to a name, `reason`."""
    trees = {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((PROJECT / "transforms").rglob("*.py"))
    }
    shared: dict[str, int] = {}
    for tree in trees.values():
        shared |= {name: place for name, place in takers_of_reason(tree) if name[0] != "_"}
    shared.pop("Skip")
    constants = {
        name_of(node.targets[0]): node.value.value
        for tree in trees.values()
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }
    found: set[str] = set()
    for tree in trees.values():
        places = {**shared, **dict(takers_of_reason(tree))}
        places.pop("Skip", None)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and name_of(node.func) in places:
                place = places[name_of(node.func)]
                values = [word.value for word in node.keywords if word.arg == "reason"]
                values += node.args[place : place + 1]
                found |= {text for value in values for text in texts_of(value)}
                found |= {constants[name] for name in map(name_of, values) if name in constants}
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                values = [word.value for word in node.keywords if word.arg == "reason"]
                found |= {text for value in values for text in texts_of(value)}
            elif isinstance(node, ast.Assign):
                for name, value in assigned(node):
                    if name == "reason":
                        found |= set(texts_of(value))
                found |= set(returned_reasons(node, tree))
    return found


def returned_reasons(node: ast.Assign, tree: ast.Module) -> Iterator[str]:
    """Yields what a function of the same file may return as the reason of `reason, … = f(…)`."""
    [target] = node.targets[:1]
    if not (isinstance(target, ast.Tuple) and name_of(target.elts[0]) == "reason"):
        return
    called = name_of(node.value.func) if isinstance(node.value, ast.Call) else ""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name == called:
            for part in ast.walk(function):
                if isinstance(part, ast.Return) and isinstance(part.value, ast.Tuple):
                    yield from texts_of(part.value.elts[0])


def takers_of_reason(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yields functions and classes that take a reason, with its place among the arguments."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [argument.arg for argument in node.args.args]
            if "reason" in names and node.name != "__init__":
                yield node.name, names.index("reason")
        elif isinstance(node, ast.ClassDef):
            names = [
                part.target.id
                for part in node.body
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
            ]
            for part in node.body:
                if isinstance(part, ast.FunctionDef) and part.name == "__init__":
                    names = [argument.arg for argument in part.args.args[1:]]
            if "reason" in names:
                yield node.name, names.index("reason")


def assigned(node: ast.Assign) -> Iterator[tuple[str, ast.expr]]:
    for target in node.targets:
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            for one, value in zip(target.elts, node.value.elts, strict=True):
                yield name_of(one), value
        else:
            yield name_of(target), node.value


def name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def texts_of(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts_of(node.body)
        yield from texts_of(node.orelse)


def test_parameters_of_near_duplicates_are_those_in_the_code():
    text = (PROJECT / "docs" / "duplicates.md").read_text(encoding="utf-8")
    modules = (minhash, signature, notices, lookup, fingerprint, kinship)
    constants = {name: value for module in modules for name, value in vars(module).items()}
    rows = re.findall(r"^\|[^|]*\| ([\d.]+) \| `(\w+)` \|$", text, re.MULTILINE)
    assert len(rows) == 27
    for value, name in rows:
        assert float(value) == constants[name], name
    threshold = decide.NearOptions().threshold
    assert f"| threshold, `--near-threshold` | {threshold} | |" in text
    assert f"at most {fingerprint.FURNITURE_CHARS} characters" in text
    similarities = [number / 10 for number in range(2, 10)]
    curve = [1 - (1 - s**minhash.BAND_ROWS) ** minhash.BANDS for s in similarities]
    assert f"| p | {' | '.join(f'{p:.3f}' for p in curve)} |" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", FENCE.sub("", text))
    for link in links:
        if link.startswith(("https://", "http://")):
            continue
        name, _, anchor = link.partition("#")
        target = page if not name else (page.parent / name).resolve()
        assert target.exists(), link
        if anchor:
            assert anchor in anchors_of(target), link


def anchors_of(page: Path) -> set[str]:
    """Returns the anchors that GitHub gives to the page's headings."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", html.unescape(heading).lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_files_that_a_page_names_are_there(page):
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`((?:pipeline|transforms|tests|docs|seeds|benchmarks)/[\w./-]+)`", text)
    for name in named:
        assert (PROJECT / name).exists(), name


def test_each_page_and_decision_is_linked():
    linked = README + (PROJECT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    for page in PROJECT.glob("docs/**/*.md"):
        assert page.name in linked, page.name


def test_changelog_has_no_line_twice():
    """Merges keep the lines of both sides, and so what one of them has moved."""
    lines = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    entries = [line.strip() for line in lines if len(line) > 45 and not line.startswith("#")]
    assert len(entries) > 200
    assert sorted(entries) == sorted(set(entries))


def test_changelog_has_its_topics_in_the_same_order_in_each_section():
    text = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.split(r"^### ", text, flags=re.MULTILINE)[1:]
    topics = [re.findall(r"^#### (.+)$", section, re.MULTILINE) for section in sections]
    whole = max(topics, key=len)

    assert len(whole) > 10
    for found in topics:
        assert found == [topic for topic in whole if topic in found]


def test_contributing_says_of_each_package_what_its_docstring_says():
    table = re.findall(
        r"^\| `((?:pipeline|transforms)/[\w/]*)` \| (.+) \|$",
        (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    docstrings = {
        f"{path.parent.relative_to(PROJECT)}/": ast.get_docstring(ast.parse(path.read_text()))
        for folder in ("pipeline", "transforms")
        for path in (PROJECT / folder).rglob("__init__.py")
    }
    assert dict(table) == docstrings


def test_readme_of_seeds_names_each_seed():
    text = (PROJECT / "docs" / "seeds.md").read_text(encoding="utf-8")
    for path in PROJECT.glob("seeds/**/*"):
        if path.is_file() and path.parent.name != "__pycache__":
            assert f"`{path.relative_to(PROJECT / 'seeds')}`" in text, path.name


def test_pages_are_about_no_one_machine():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"/tmp/|/root/|[Ii]ssues? #?\d", text), page.name
