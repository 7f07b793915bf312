"""Runs feedlake in forked children, of which some kill themselves at their n-th change on disk.

Reads a JSON object a line from standard input, `{"arguments": […], "die_at": n}`, and answers
each with `{"pid": …}` at once and `{"status": …, "changes": …}` at the end. Forks are made before
any thread is: a child starts in milliseconds, with all imported.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

import feedlake.pipeline.run.run_pipeline
import feedlake.pipeline.run.web_plan  # noqa: F401  (both imported for the children)
from feedlake.pipeline.cli.main import main

_CHANGES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"}
_WRITING = os.O_WRONLY | os.O_RDWR


def run(arguments: list[str], die_at: int | None, report: int) -> int:
    """Runs the command; dies by SIGKILL before the change of that number.

    Args:
        arguments: The command line.
        die_at: Number of the change, from 1; None to live.
        report: Descriptor of a pipe, to which the number of changes is written.
    """
    lake = os.path.abspath(arguments[arguments.index("--lake") + 1])
    changes = 0

    def count(event: str, values: tuple[Any, ...]) -> None:
        nonlocal changes
        is_change = event in _CHANGES or (event == "open" and (values[2] or 0) & _WRITING)
        if is_change and str(values[0]).startswith(lake):
            changes += 1
            if changes == die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    code = main(arguments)
    os.write(report, str(changes).encode())
    return code


def serve() -> None:
    """Answers the lines of standard input."""
    for line in sys.stdin:
        asked = json.loads(line)
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.dup2(2, 1)
            os._exit(run(asked["arguments"], asked["die_at"], writing))
        os.close(writing)
        print(json.dumps({"pid": pid}), flush=True)
        status = os.waitpid(pid, 0)[1]
        changes = int(os.read(reading, 20) or 0)
        os.close(reading)
        print(json.dumps({"status": status, "changes": changes}), flush=True)


if __name__ == "__main__":
    serve()
