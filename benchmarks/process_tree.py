"""What a command costs with all that it starts, as the kernel counts it (Linux)."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
import time
from typing import NamedTuple

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2): orphans, such as fork servers, become ours.


class Cost(NamedTuple):
    """What a command took.

    Attributes:
        cpu_s: User and system time of the command and all its descendants, orphans included.
        wall_s: From its start to its end.
        printed: Its standard output.
    """

    cpu_s: float
    wall_s: float
    printed: str


def measure(command: list[str], variables: dict[str, str] | None = None) -> Cost:
    """Returns what a command cost, start-up included; ends this process if it failed.

    Args:
        command: The program and its arguments.
        variables: The environment's. None: this process's own, but modules may be compiled once
            and kept, as pip keeps those that it installs.
    """
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    if variables is None:
        variables = {**os.environ}
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started_s = time.monotonic()
    done = subprocess.run(command, env=variables, capture_output=True)
    wall_s = time.monotonic() - started_s
    if done.returncode:
        sys.exit(done.stderr.decode(errors="replace")[-3_000:])
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu_s, wall_s, done.stdout.decode())
