"""Ready-made runs in forked processes, some of which are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass
class Forks:
    """A process that forks ready-made runs (`killed_run.py`)."""

    server: subprocess.Popen[str]

    def run(self, *arguments: object, die_at: int | None = None, kill_after_s: float = 0) -> int:
        """Returns the number of changes on disk that the run made, 0 if it was killed."""
        assert self.server.stdin is not None
        asked = {"arguments": [str(argument) for argument in arguments], "die_at": die_at}
        print(json.dumps(asked), file=self.server.stdin, flush=True)
        pid = self.answer()["pid"]
        if kill_after_s:
            time.sleep(kill_after_s)
            with suppress(ProcessLookupError):  # It was faster.
                os.kill(pid, signal.SIGKILL)
        ended = self.answer()
        is_killed = os.WIFSIGNALED(ended["status"])
        assert is_killed or os.waitstatus_to_exitcode(ended["status"]) in (0, 3)
        return 0 if is_killed else ended["changes"]

    def answer(self) -> dict[str, int]:
        assert self.server.stdout is not None
        answer: dict[str, int] = json.loads(self.server.stdout.readline())
        return answer


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("killed_run.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        yield Forks(server)
        assert server.stdin is not None
        server.stdin.close()
