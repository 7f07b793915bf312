"""How much of this process's work is on its way to being published."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

STALLED_AFTER_S = 10.0
"""How long a publication may take before nothing new is asked for until it ends."""


class Unpublished:
    """A count of records that steps have given out and no publication has taken yet.

    It is a hint: the end of a stream waits until it is zero. After a failure that a runner repaired
    by repeating work it may be wrong by that much. And it knows for how long a publication is under
    way: steps that ask the web rest while one takes long, since what they bring piles up.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._since_s: float | None = None

    def add(self, count: int) -> None:
        """Notes that so many were given out, or taken if it is negative."""
        with self._lock:
            self._count = max(0, self._count + count)

    def count(self) -> int:
        """Returns how many are on their way."""
        with self._lock:
            return self._count

    @contextmanager
    def publishing(self) -> Iterator[None]:
        """Notes that a publication is under way while the block runs."""
        self._since_s = monotonic()
        try:
            yield
        finally:
            self._since_s = None

    @property
    def is_stalled(self) -> bool:
        """Returns whether a publication takes so long that nothing more is to be asked for."""
        since_s = self._since_s
        return since_s is not None and monotonic() - since_s > STALLED_AFTER_S
