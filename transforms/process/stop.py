"""The request to end a run soon, for what waits on the network in another thread."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator


class StopRequest:
    """Whether the end was asked for, and who wants to hear of it."""

    def __init__(self) -> None:
        # A signal handler may ask while its own thread is in here.
        self._lock = threading.RLock()
        self._asked = threading.Event()
        self._listeners: list[Callable[[], object]] = []

    def ask(self) -> None:
        """Asks all fetching to end: what has not begun is left to a later run."""
        self._asked.set()
        with self._lock:
            for listener in self._listeners:
                listener()

    def is_asked(self) -> bool:
        """Returns whether the end was asked for."""
        return self._asked.is_set()

    def reset(self) -> None:
        """Takes the request back, at the start of a command."""
        self._asked.clear()

    @contextlib.contextmanager
    def listening(self, listener: Callable[[], object]) -> Iterator[None]:
        """Calls `listener` when the end is asked for, at once if it was already.

        Args:
            listener: Called from any thread; must not wait.
        """
        with self._lock:
            self._listeners.append(listener)
        if self._asked.is_set():
            listener()
        try:
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)
