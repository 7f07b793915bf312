"""The processes that `multiprocessing` starts to start children, started before they're needed."""

from __future__ import annotations

from multiprocessing import forkserver, resource_tracker


def start_tracker() -> None:
    """Starts the one that cleans up after the others, unless it runs."""
    resource_tracker.ensure_running()


def start_server() -> None:
    """Starts the one that forks children, unless it runs; doesn't wait for its imports."""
    forkserver.ensure_running()
