"""The processes that `multiprocessing` starts to start children, started before they're needed."""

from __future__ import annotations

import os
import threading
from multiprocessing import forkserver, resource_tracker
from typing import Any


def start_tracker() -> None:
    """Starts the one that cleans up after the others, unless it runs."""
    resource_tracker.ensure_running()


def start_server() -> None:
    """Starts the one that forks children, unless it runs; doesn't wait for its imports."""
    forkserver.ensure_running()


def forget_server() -> None:
    """Lets a process that was forked from another one start a server of its own.

    `multiprocessing` takes the other one's for a child of this process, and fails to look after it.
    """
    server: Any = vars(forkserver)["_forkserver"]
    server._lock = threading.Lock()  # A thread of the other process may have held it.
    if server._forkserver_pid is not None:
        os.close(server._forkserver_alive_fd)
        server._forkserver_pid = None
        server._forkserver_alive_fd = None
        server._forkserver_address = None
