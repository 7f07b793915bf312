"""Ready-made runs in forked processes, some of which are killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        code: Exit code; negative: the signal that ended it.
        changes: On disk, below the lake; 0 if it was killed.
        calls: Of the system that `shim.c` counted; 0 if it was killed, or is not preloaded.
        said: What it printed.
    """

    code: int
    changes: int
    calls: int
    said: str


@dataclass
class Forks:
    """A process that forks ready-made runs (`killed_run.py`).

    Attributes:
        server: The process.
        pid: That of the run that was begun last.
    """

    server: subprocess.Popen[str]
    pid: int = 0

    def run(
        self,
        *arguments: object,
        die_at: int | None = None,
        kill_after_s: float = 0,
        sets: Mapping[str, int] | None = None,
    ) -> int:
        """Returns the number of changes on disk that the run made, 0 if it was killed."""
        ended = self.end(*arguments, die_at=die_at, after_s=kill_after_s, sets=sets)
        assert ended.code in (0, 3, -signal.SIGKILL)
        return ended.changes

    def end(
        self,
        *arguments: object,
        die_at: int | None = None,
        after_s: float = 0,
        until: Callable[[], object] | None = None,
        by: signal.Signals = signal.SIGKILL,
        is_for_all: bool = False,
        deletes: bool = False,
        environment: Mapping[str, str] | None = None,
        sets: Mapping[str, int] | None = None,
        said: Path | None = None,
    ) -> Ended:
        """Runs a command and returns how it ended.

        Args:
            arguments: The command line.
            die_at: Number of the change on disk before which it gets a signal.
            after_s: Seconds after which it gets a signal; 0: none.
            until: What waits until it gets a signal; None: nothing does.
            by: The signal.
            is_for_all: Whether its processes get the signal, too, which come to be a group then.
            deletes: Whether the lake is deleted at that change, instead of a signal.
            environment: Variables to set.
            sets: Numbers of modules to set, by their full names.
            said: A file that takes what it prints.
        """
        assert self.server.stdin is not None
        asked = {
            "arguments": [str(argument) for argument in arguments],
            "die_at": die_at,
            "signal": by,
            "deletes": deletes,
            "leads_group": is_for_all,
            "environment": dict(environment or {}),
            "sets": dict(sets or {}),
        } | ({"said": str(said)} if said else {})
        print(json.dumps(asked), file=self.server.stdin, flush=True)
        self.pid = self.answer()["pid"]
        if after_s or until:
            try:
                time.sleep(after_s) if until is None else until()
            finally:
                with suppress(ProcessLookupError):  # It was faster.
                    (os.killpg if is_for_all else os.kill)(self.pid, by)
        ended = self.answer()
        return Ended(
            os.waitstatus_to_exitcode(ended["status"]),
            ended["changes"],
            ended["calls"],
            said.read_text(encoding="utf-8") if said else "",
        )

    def answer(self) -> dict[str, int]:
        assert self.server.stdout is not None
        answer: dict[str, int] = json.loads(self.server.stdout.readline())
        return answer


@contextlib.contextmanager
def forking(environment: Mapping[str, str] | None = None) -> Iterator[Forks]:
    """Starts a process that forks runs, with these variables set."""
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("killed_run.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    ) as server:
        yield Forks(server)
        assert server.stdin is not None
        server.stdin.close()


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with forking() as server:
        yield server
