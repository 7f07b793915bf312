"""What is public: its names, its types, and that it costs nothing to import."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PROJECT

import feedlake
import feedlake.beam
import feedlake.plugins

NAMES = {
    *(
        "Account",
        "BooksError",
        "Explanation",
        "Exported",
        "ExtractedPage",
        "FeedlakeError",
        "Found",
        "IngestKeywords",
        "Lake",
    ),
    *(
        "LakeBusyError",
        "LakeError",
        "PageKeywords",
        "QueryError",
        "RunError",
        "SearchError",
        "UsageError",
    ),
    *("__version__", "extract", "ingest", "open"),
}
BEAM_NAMES = {
    *("Article", "Decided", "Deduplicate", "Deduplicated", "Document", "Enrich", "EnrichFailure"),
    *("Enriched", "Extract", "Extracted", "LOCAL_RUNNER", "ReadSources", "Rejection"),
    *("SourceReport", "Sources", "Verdict", "WriteParquet"),
}

PROGRAM = """
from datetime import date
from pathlib import Path
import feedlake

account: feedlake.Account = feedlake.ingest(
    ["news/", Path("feeds.opml")], lake=Path("lake"), min_chars=100, host_delay="5s",
    progress=lambda counts: print(counts.get("documents", 0)),
)
options: feedlake.IngestKeywords = {"contact": "me@example.org", "field": {"text": "body"}}
total: int = feedlake.ingest("news", lake="lake", **options).documents + account.articles
lake: feedlake.Lake = feedlake.open("lake")
rows: list[tuple[object, ...]] = lake.sql("SELECT 1 WHERE ?", [True]).fetchall()
lake.articles(language=["en", "de"], since=date(2026, 1, 1), site="example.org").df()
why: feedlake.Explanation = lake.explain("https://example.org/story")
page: feedlake.ExtractedPage = feedlake.extract(b"<p>", url="https://example.org/")
if page.text is not None:
    print(page.text.upper())
try:
    lake.sql("nonsense")
except (feedlake.QueryError, feedlake.LakeError) as error:
    print(error)
"""
WRONG = {
    'feedlake.ingest("news")': "Missing named argument",
    'feedlake.ingest("news", lake="lake", min_char=3)': "Unexpected keyword argument",
    'feedlake.ingest("news", lake="lake", entities="some")': "incompatible type",
    'feedlake.open("lake").sql(3)': "incompatible type",
    "feedlake.extract('<p>').text.upper()": "has no attribute",
    "feedlake.no_such_thing": "has no attribute",
}


def test_public_names_are_these_and_all_are_there():
    assert set(feedlake.__all__) == NAMES
    assert set(feedlake.beam.__all__) == BEAM_NAMES
    assert set(feedlake.plugins.__all__) == {"Enricher", "Reader", "Subject"}
    for module in (feedlake, feedlake.beam, feedlake.plugins):
        assert len(module.__all__) == len(set(module.__all__))
        assert set(module.__all__) <= set(dir(module))
        for name in module.__all__:
            found = getattr(module, name)
            assert isinstance(found, str) or inspect.getdoc(found), name
    with pytest.raises(AttributeError, match="'feedlake' has no attribute 'no_such_thing'"):
        feedlake.no_such_thing  # type: ignore[attr-defined]  # noqa: B018


def test_errors_have_one_root():
    roots = [getattr(feedlake, name) for name in NAMES if name.endswith("Error")]
    assert len(roots) == 8
    assert all(issubclass(kind, feedlake.FeedlakeError) for kind in roots)
    assert issubclass(feedlake.QueryError, feedlake.UsageError)


def test_importing_feedlake_imports_nothing_else():
    code = (
        "import sys; before = set(sys.modules); import feedlake; "
        "print(sorted(set(sys.modules) - before - {'typing', 'collections.abc'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = set(eval(done.stdout))
    assert {name.partition(".")[0] for name in imported} - sys.stdlib_module_names == {"feedlake"}
    assert {name for name in imported if name.startswith("feedlake")} == {"feedlake"}


@pytest.mark.parametrize("name", sorted(NAMES - {"__version__"}))
def test_no_public_name_of_the_package_imports_beam(name):
    code = (
        f"import sys; from feedlake import {name}; "
        "sys.exit(any(module.startswith('apache_beam') for module in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def check_types(program: str, folder: Path) -> str:
    (folder / "program.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", folder / "cache", "program.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "MYPYPATH": str(PROJECT)},
    )
    return done.stdout


def test_program_of_a_user_passes_mypy_and_mistakes_do_not(tmp_path):
    lines = [f"{line}  # wrong" for line in WRONG]
    told = check_types(PROGRAM + "\n".join(lines), tmp_path)

    first = PROGRAM.count("\n") + 1
    found = {
        int(line.split(":")[1]) - first: line
        for line in told.splitlines()
        if line.startswith("program.py") and ": error: " in line
    }
    assert set(found) == set(range(len(WRONG))), told
    for number, words in enumerate(WRONG.values()):
        assert words in found[number]
