"""Telling notifiers what a run came to."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from multiprocessing import spawn

import feedlake
from feedlake.pipeline.run.account import Account
from feedlake.pipeline.terminal import console
from feedlake.transforms.plugins.find_plugins import PREFIX, are_installed, find_plugins

TIMEOUT_S = 60.0
"""How long a notifier may take."""

_PROGRAM = """
import sys
sys.path.append(sys.argv[1])
from feedlake.pipeline.plugins.call_notifier import main
main(sys.argv[2])
"""


def notify(account: Account, *, timeout_s: float = TIMEOUT_S) -> None:
    """Calls each notifier with an account, in a process of its own, one after the other.

    A notifier that raises, crashes or takes too long costs a warning on standard error. What it
    prints goes there, too.

    Args:
        account: What a run came to.
        timeout_s: How long each may take, in seconds.
    """
    if not are_installed("notifier"):
        return  # Without importing any.
    content = json.dumps(dataclasses.asdict(account)).encode()
    for plugin in find_plugins("notifier"):
        if plugin.fault is None and (why := _call(plugin.name, content, timeout_s)):
            console.print_notice(
                f"warning: the notifier {plugin.name} of {plugin.distribution} failed: {why}"
            )


def _call(name: str, content: bytes, timeout_s: float) -> str | None:
    """Why a notifier failed; None if it did not."""
    executable = os.fsdecode(spawn.get_executable())
    folder = os.path.dirname(feedlake.__path__[0])
    try:
        done = subprocess.run(
            [executable, "-P", "-c", _PROGRAM, folder, PREFIX + name],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"it took more than {timeout_s:g} s"
    except OSError as error:
        return str(error)
    words = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode == 0:
        for line in words.splitlines():
            print(console.printable(line), file=sys.stderr)
        return None
    last = words.splitlines()[-1] if words else ""
    return last or f"exit code {done.returncode}"
