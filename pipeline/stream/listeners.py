"""Who wants to hear, in this process, what windows came to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from feedlake.pipeline.run.account import Account


class Listeners:
    """Those who are told of each publication that this process makes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Account, int], object]] = []

    def tell(self, account: Account, *, merged_files: int) -> None:
        """Tells all, one after another.

        Args:
            account: What was published.
            merged_files: Small files that were merged after it.
        """
        with self._lock:
            for listener in self._listeners:
                listener(account, merged_files)

    @contextmanager
    def listening(self, listener: Callable[[Account, int], object]) -> Iterator[None]:
        """Calls `listener` after each publication while the block runs, from any thread."""
        with self._lock:
            self._listeners.append(listener)
        try:
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)
