"""The server of children is left alone only between two orders."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import sys, threading, time
from feedlake.transforms.process import child_server

begun = threading.Event()

def start_child():
    with child_server.server_may_start():
        begun.set()
        time.sleep(0.2)
        print("started", flush=True)

child_server.end_between_starts()
threading.Thread(target=start_child, daemon=True).start()
begun.wait()
"""


def test_a_process_that_ends_waits_for_a_child_that_is_being_started():
    ran = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True)

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "started\n", "")
