"""Calls of the system that fail at any instant: a sentence, no lost row, and a rerun goes on."""

from __future__ import annotations

import errno
import os
import random
import signal
import zlib
from pathlib import Path

import pytest
from faulty_system import COMMANDS, Task, assert_survived, is_explained
from forks import Ended, Forks

# With what is looked at afterwards, a fault takes two seconds: `make crash` asks for 200.
FAULTS = int(os.environ.get("FEEDLAKE_KILLS", "3"))

ERRORS = (errno.EIO, errno.ENOSPC, errno.EROFS, errno.EMFILE, errno.ENOMEM)
CALLS = "open,write,fsync,rename,mkdir,unlink"


def run(task: Task, lake: Path, forks: Forks, *, calls: str = CALLS, **settings: object) -> Ended:
    task.lay_out(lake)
    environment = {f"SHIM_{name.upper()}": str(value) for name, value in settings.items()}
    environment |= {"SHIM_CALLS": calls, "SHIM_BELOW": str(lake)}
    said = lake.parent / "said"
    return forks.end(*task.words, "--lake", lake, environment=environment, said=said)


@pytest.mark.parametrize("command", COMMANDS)
def test_call_that_fails_costs_no_row(
    tasks: dict[str, Task], faulty_forks: Forks, tmp_path: Path, command: str
) -> None:
    task, lake = tasks[command], tmp_path.resolve() / "lake"
    chance = random.Random(zlib.crc32(command.encode()))
    calls = run(task, lake, faulty_forks).calls
    failed = 0

    for _ in range(FAULTS):
        nth, error = chance.randint(1, calls), chance.choice(ERRORS)
        lasts = {"lasts": 1} if chance.random() < 0.3 else {}
        ended = run(task, lake, faulty_forks, nth=nth, errno=error, **lasts)

        about = f"call {nth} of {calls}, {errno.errorcode[error]}, {lasts}: {ended.said}"
        assert is_explained(ended), about
        failed += ended.code == 1
        assert_survived(task, lake, faulty_forks, about)

    assert calls > 50
    assert failed >= FAULTS // 2


@pytest.mark.parametrize("command", COMMANDS)
def test_disk_that_is_full_is_named_and_costs_no_row(
    tasks: dict[str, Task], faulty_forks: Forks, tmp_path: Path, command: str
) -> None:
    task, lake = tasks[command], tmp_path.resolve() / "lake"

    ended = run(task, lake, faulty_forks, calls="write", nth=2, errno=errno.ENOSPC, lasts=1)

    assert ended.code == 1
    assert is_explained(ended), ended.said
    assert "No space left on device" in ended.said
    assert str(lake) in ended.said
    assert_survived(task, lake, faulty_forks)


@pytest.mark.parametrize("nth", [1, 4, 9])
def test_thread_that_cannot_start_is_no_bug_of_feedlake(
    tasks: dict[str, Task], faulty_forks: Forks, tmp_path: Path, nth: int
) -> None:
    task, lake = tasks["ingest"], tmp_path.resolve() / "lake"

    ended = run(task, lake, faulty_forks, calls="thread", nth=nth, errno=errno.EAGAIN)

    # Where Arrow itself is refused a thread, C++ ends the process at once.
    assert ended.code == -signal.SIGABRT or is_explained(ended), ended.said
    assert_survived(task, lake, faulty_forks)
