"""Signals at any instant of the commands that write: nothing is lost, and the rerun goes on."""

from __future__ import annotations

import os
import random
import signal
import zlib
from pathlib import Path

import pytest
from faulty_system import COMMANDS, Task, assert_survived, is_explained
from forks import Forks

# With what is looked at afterwards, a signal takes two seconds: `make crash` asks for 200.
SIGNALS = int(os.environ.get("FEEDLAKE_KILLS", "2"))


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", COMMANDS)
def test_signal_at_any_instant_costs_no_row(
    tasks: dict[str, Task], forks: Forks, tmp_path: Path, command: str, by: signal.Signals
) -> None:
    task, lake = tasks[command], tmp_path / "lake"
    chance = random.Random(zlib.crc32(f"{command} {by}".encode()))
    cut_short = 0

    for number in range(SIGNALS):
        task.lay_out(lake)
        is_timed = number % 4 == 3
        ended = forks.end(
            *task.words,
            *("--lake", lake),
            die_at=None if is_timed else chance.randint(1, task.changes),
            after_s=chance.uniform(0.01, 0.6) if is_timed else 0,
            by=by,
            said=tmp_path / "said",
        )
        if by == signal.SIGKILL:
            assert ended.code in (0, -signal.SIGKILL), ended.said
        elif ended.code != -by:  # Before Python was ready to handle it, the signal itself ends it.
            assert is_explained(ended), ended.said
        cut_short += ended.code != 0 or command == "schedule"
        assert_survived(task, lake, forks)

    # A signal that comes while a run is being published lets it end.
    assert cut_short >= SIGNALS // 10
