"""The command as a process: full disks, signals, closed streams, terminals."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROJECT, read_rows

COMMAND = (sys.executable, "-m", "feedlake")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def run_limited(*arguments: str, file_bytes: int) -> subprocess.CompletedProcess[str]:
    """Runs the command where no file can grow beyond a size, as on a full disk."""
    limited = (
        "import resource, runpy, sys\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({file_bytes}, {file_bytes}))\n"
        "sys.argv[0] = 'feedlake'\n"
        "runpy.run_module('feedlake', run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-c", limited, *arguments], capture_output=True, text=True, check=False
    )


def test_full_disk_is_one_sentence_and_leaves_the_lake_as_it_was(feedlake, story):
    feedlake("ingest", story, "--lake", "lake")
    words = " ".join(str(number * 7919) for number in range(20_000))
    (story / "large.txt").write_text(f"date 2020-01-01\n{words}", encoding="utf-8")

    outcome = run_limited("ingest", str(story), "--lake", "lake", file_bytes=20_000)

    assert outcome.returncode == 1
    assert outcome.stderr.startswith("feedlake: ")
    assert outcome.stderr.endswith(".parquet: File too large; nothing was published\n")
    assert outcome.stderr.count("\n") == 1
    assert len(read_rows(Path("lake"), "articles")) == 1
    assert not list(Path("lake").glob("_staging/*"))
    assert feedlake("ingest", story, "--lake", "lake").code == 0
    assert len(read_rows(Path("lake"), "articles")) == 2


def start(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(path: Path) -> None:
    deadline_s = time.monotonic() + 60
    while not any(path.parent.glob(path.name)):
        assert time.monotonic() < deadline_s, f"{path} did not appear"
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("delay_s", [0.0, 0.4, 1.0])
def test_signal_ends_a_run_promptly_and_cleanly(tmp_path, number, delay_s):
    folder = tmp_path / "pages"
    folder.mkdir()
    page = (PROJECT / "seeds/html/lighthouse-library.html").read_text(encoding="utf-8")
    for place in range(400):
        (folder / f"{place}.html").write_text(page.replace("ibrary", f"ibrary{place}"))

    run = start("ingest", "pages", "--lake", "lake", folder=tmp_path)
    wait_for(tmp_path / "lake" / "_journal")
    time.sleep(delay_s)
    # As a terminal does it: to the children too.
    os.killpg(run.pid, number)
    out, err = run.communicate(timeout=30)

    assert run.returncode == 1
    assert out == ""
    assert err == "feedlake: interrupted; nothing was published; give the same command again\n"
    assert not list(tmp_path.glob("lake/_staging/*"))
    assert not list(tmp_path.glob("lake/articles/**/*.parquet"))


@pytest.mark.parametrize(
    "arguments", [("ingest", "."), ("query", "FROM range(100000)", "--format", "csv")]
)
def test_reader_that_goes_away_is_no_fault(feedlake, story, arguments):
    feedlake("ingest", story, "--lake", "lake")
    run = start(*arguments, "--lake", str(Path("lake").absolute()), folder=story)
    assert run.stdout is not None
    run.stdout.close()

    _, err = run.communicate(timeout=60)

    assert (run.returncode, err) == (0, "")


def test_closed_streams_are_no_fault(story):
    script = '"$0" -m feedlake ingest "$1" --lake lake >&- 2>&- <&-'
    closed = subprocess.run(["bash", "-c", script, sys.executable, str(story)], check=False)

    assert closed.returncode == 0
    assert len(read_rows(Path("lake"), "articles")) == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_full_standard_output_does_not_unsay_the_run(story):
    with open("/dev/full", "w") as full:
        outcome = subprocess.run(
            [*COMMAND, "ingest", str(story), "--lake", "lake"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    said = "feedlake: standard output: No space left on device; the run is published\n"
    assert (outcome.returncode, outcome.stderr) == (0, said)


def show_on_terminal(*arguments: str) -> Iterator[str]:
    """Runs the command on a terminal of 80 columns and yields what it shows."""
    import pty

    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "NO_COLOR": "1"}
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=follower, stderr=follower, env=environment
    ) as run:
        closer = threading.Thread(target=lambda: (run.wait(), os.close(follower)))
        closer.start()
        while True:
            try:
                part = os.read(leader, 1 << 16)
            except OSError:  # Linux's way to say that nobody writes any more.
                break
            if not part:
                break
            yield part.decode()
        closer.join()
    os.close(leader)


def test_terminal_shows_one_line_of_progress():
    shown = "".join(show_on_terminal("ingest", str(PROJECT / "seeds"), "--lake", "lake"))

    progress, _, account = shown.rpartition("\x1b[?25h")
    assert re.search(r"\d+ of 27 sources, \d+ documents?", progress)
    assert re.search(r"\d+/s, 0:00:\d\d", progress)
    assert "40 documents = 31 articles + 1 revision + 3 duplicates + 5 rejects" in account


def test_quiet_shows_nothing_on_a_terminal(story):
    assert list(show_on_terminal("ingest", str(story), "--lake", "lake", "--quiet")) == []


def test_an_ordinary_parquet_file_is_read_within_the_bound_on_memory(tmp_path):
    """In a process of its own: whatever else has read Parquet has set Arrow's allocator."""
    lake = tmp_path / "lake"
    command = (*COMMAND, "ingest", PROJECT / "seeds" / "parquet")
    variables = {name: value for name, value in os.environ.items() if "ARROW" not in name}

    subprocess.run((*command, "--lake", lake, "--enrich", "none"), env=variables, check=True)

    assert [row["title"] for row in read_rows(lake, "rejects")] == []
    assert len(read_rows(lake, "articles")) == 2
