"""The call to end a run soon, for what waits on the network in another thread."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

_lock = threading.RLock()  # A signal handler may ask while its own thread is in here.
_asked = threading.Event()
_listeners: list[Callable[[], object]] = []


def ask() -> None:
    """Asks all fetching to end: what has not begun is left to a later run."""
    _asked.set()
    with _lock:
        for listener in _listeners:
            listener()


def is_asked() -> bool:
    """Returns whether the end was asked for."""
    return _asked.is_set()


def reset() -> None:
    """Takes the call back, at the start of a command."""
    _asked.clear()


@contextlib.contextmanager
def listening(listener: Callable[[], object]) -> Iterator[None]:
    """Calls `listener` when the end is asked for, at once if it was already.

    Args:
        listener: Called from any thread; must not wait.
    """
    with _lock:
        _listeners.append(listener)
    if _asked.is_set():
        listener()
    try:
        yield
    finally:
        with _lock:
            _listeners.remove(listener)
