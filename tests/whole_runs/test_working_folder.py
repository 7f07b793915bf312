"""Nothing that lies in the working folder is run: people ingest what they have downloaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PLANTED = (
    *("six", "lxml", "trafilatura", "dateparser", "regex", "numpy", "pyarrow", "duckdb", "rich"),
    *("feedparser", "justext", "socket", "signal", "selectors", "threading", "tempfile", "pickle"),
    *("struct", "logging", "multiprocessing"),
)
"""Names that the command, its children or their server import: libraries and Python's own."""

FEED = """<rss version="2.0"><channel><title>Bay</title><item><title>Pier</title>
<description>The pier was mended in the winter and is open again, said the warden.</description>
</item></channel></rss>"""


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    """A folder with a page, a feed, and files that leave a trace if anything runs them."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    for name in PLANTED:
        source = f"open({str(tmp_path / 'was run')!r}, 'a').write({name!r} + ' ')\nraise SystemExit"
        (folder / f"{name}.py").write_text(source)
    (folder / "page.html").write_text("<html><body><p>" + "The ferry came late again. " * 40)
    (folder / "feed.xml").write_text(FEED)
    return folder


COMMAND = (str(Path(sys.executable).with_name("feedlake")),)
MODULE = (sys.executable, "-m", "feedlake")


def run(
    folder: Path, *arguments: str, start: tuple[str, ...] = COMMAND
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*start, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_no_command_runs_what_lies_beside_the_downloads(downloads):
    first = run(downloads, "ingest", "page.html", "feed.xml", "--lake", "lake")
    others = [
        run(downloads, *arguments.split(), "--lake", "lake")
        for arguments in (
            "query SELECT(1)",
            "feeds",
            "compact --verify",
            "compact",
            "enrich --only quality",
            "upgrade",
        )
    ]

    assert not (downloads.parent / "was run").exists()
    assert "2 documents = 2 articles" in first.stdout
    assert [done.returncode for done in others] == [0] * len(others), others


def test_python_m_runs_nothing_of_the_working_folder_either(downloads):
    done = run(downloads, "ingest", "page.html", "feed.xml", "--lake", "lake", start=MODULE)

    assert not (downloads.parent / "was run").exists()
    assert "2 documents = 2 articles" in done.stdout
