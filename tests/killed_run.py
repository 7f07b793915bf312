"""Runs feedlake in forked children, some of which a signal meets at their n-th change on disk.

Of a lake in a store, requests that change something are counted instead.

Reads a JSON object a line from standard input, `{"arguments": […], "die_at": n}`, and answers
each with `{"pid": …}` at once and `{"status": …, "changes": …, "calls": …}` at the end. It may
also name a `signal` (SIGKILL if it does not), variables of the `environment`, and the file that
takes what is `said`; or ask for a run that `deletes` its lake at that change, that `sets`
numbers of modules, or that leads a group of processes (`leads_group`). Forks are made before any
thread is: a child starts in milliseconds, with all imported.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import shutil
import signal
import sys
from typing import Any

import feedlake.pipeline.run.run_pipeline
import feedlake.pipeline.run.web_plan  # noqa: F401  (both imported for the children)
from feedlake.pipeline.cli.main import main

_CHANGES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"}
_REQUESTS = {"store.upload", "store.put_if", "store.copy", "store.delete"}
_WRITING = os.O_WRONLY | os.O_RDWR


def run(asked: dict[str, Any], report: int) -> int:
    """Runs the command; sends itself a signal before the change of that number.

    Args:
        asked: What one line of standard input says.
        report: Descriptor of a pipe, to which the numbers of changes and of calls are written.
    """
    arguments = asked["arguments"]
    os.environ.update(asked.get("environment", {}))
    for name, value in asked.get("sets", {}).items():
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute)
        setattr(sys.modules[module], attribute, value)
    lake = arguments[arguments.index("--lake") + 1]
    is_stored = "://" in lake
    lake = lake if is_stored else os.path.abspath(lake)
    changes = 0

    def count(event: str, values: tuple[Any, ...]) -> None:
        nonlocal changes
        is_change = event in (_REQUESTS if is_stored else _CHANGES) or (
            event == "open" and (values[2] or 0) & _WRITING
        )
        if is_change and str(values[0]).startswith(lake):
            changes += 1
            if changes == asked.get("die_at"):
                if asked.get("deletes"):
                    shutil.rmtree(lake)
                else:
                    os.kill(os.getpid(), asked.get("signal", signal.SIGKILL))

    sys.addaudithook(count)
    if is_stored:
        _audit_requests()
    code = main(arguments)
    shim = getattr(ctypes.CDLL(None), "shim_calls", int)  # `shim.c`, if it is preloaded.
    os.write(report, json.dumps({"changes": changes, "calls": shim()}).encode())
    return code


def _audit_requests() -> None:
    """Lets the requests that change something in a store be seen as changes on a disk are."""
    from feedlake.transforms.stores.s3_store import S3Store

    def audited(name: str) -> Any:
        request = getattr(S3Store, name)

        def ask(self: Any, path: Any, *values: Any, **named: Any) -> Any:
            paths = [path] if isinstance(path, str) else list(path)
            if paths:
                sys.audit(f"store.{name}", paths[0])
            return request(self, paths if name == "delete" else path, *values, **named)

        return ask

    for name in ("upload", "put_if", "copy", "delete"):
        setattr(S3Store, name, audited(name))


def serve() -> None:
    """Answers the lines of standard input."""
    for line in sys.stdin:
        asked = json.loads(line)
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            if asked.get("leads_group"):
                os.setsid()
            if "said" in asked:
                os.dup2(os.open(asked["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
            os.dup2(2, 1)
            os._exit(run(asked, writing))
        os.close(writing)
        print(json.dumps({"pid": pid}), flush=True)
        status = os.waitpid(pid, 0)[1]
        counted = json.loads(os.read(reading, 100) or b'{"changes": 0, "calls": 0}')
        os.close(reading)
        print(json.dumps({"status": status, **counted}), flush=True)


if __name__ == "__main__":
    serve()
