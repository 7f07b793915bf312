"""`feedlake stream` says what it can't do, and looks for Prism without downloading it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from conftest import run_command

from feedlake.pipeline.stream.prism import running

FEED = "https://paper.example/feed.xml"


@pytest.mark.parametrize(
    "flags", [(), ("--runner", "FnApiRunner"), ("--runner", "BundleBasedDirectRunner")]
)
def test_runners_of_this_process_are_refused_with_a_sentence_that_names_schedule(flags, tmp_path):
    outcome = run_command("stream", FEED, "--lake", tmp_path / "lake", *flags)

    assert outcome.code == 2
    assert "a stream has no end; feedlake schedule" in outcome.err
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("seeds",), "SOURCE seeds: stream reads web addresses and lists of them"),
        (("-",), "SOURCE -: standard input ends"),
        ((FEED, "--archive"), "--archive: a stream keeps no archive"),
        (
            (FEED, "--lake", "lake", "--", "--prism_location=/nowhere/prism"),
            "--prism_location /nowhere/prism: no such file; build it with: go install "
            "github.com/apache/beam/sdks/v2/go/cmd/prism@v2.",
        ),
    ],
)
def test_what_a_stream_cannot_read_is_a_mistake_of_usage(words, what, tmp_path, monkeypatch):
    lake = tmp_path / "lake"
    at = words.index("--") if "--" in words else len(words)
    given = (*words[:at], "--lake", lake, "--runner", "PrismRunner", *words[at:])

    outcome = run_command("stream", *given)

    assert outcome.code == 2
    assert what in outcome.err


_SERVER = """
import socket, sys, time
port = int(sys.argv[1].partition("=")[2])
server = socket.create_server(("localhost", port))
time.sleep(60)
"""


def _server(folder: Path) -> Path:
    program = folder / "prism"
    program.write_text(f"#!{sys.executable}\n{_SERVER}")
    program.chmod(0o755)
    return program


def test_the_end_of_prism_is_told_and_a_block_that_ends_ends_it(tmp_path):
    has_died = threading.Event()
    program = _server(tmp_path)

    with running(program, when_ended=has_died.set) as prism:
        prism.process.kill()
        assert has_died.wait(10)
    has_died.clear()
    with running(program, when_ended=has_died.set) as prism:
        pass
    assert prism.process.returncode in (-signal.SIGTERM, -signal.SIGKILL)
    assert not has_died.is_set()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_prism_ends_with_a_command_that_is_killed(tmp_path):
    code = (
        "import sys, time, pathlib\n"
        "from feedlake.pipeline.stream.prism import running\n"
        "with running(pathlib.Path(sys.argv[1]), when_ended=print) as prism:\n"
        "    print(prism.process.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    words = [sys.executable, "-c", code, str(_server(tmp_path))]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None
        pid = int(command.stdout.readline())
        command.kill()
    end_s = time.monotonic() + 60
    while _is_alive(pid):
        assert time.monotonic() < end_s
        time.sleep(0.01)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return status != "Z"
