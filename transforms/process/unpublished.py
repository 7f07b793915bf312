"""How much of this process's work is on its way to being published."""

from __future__ import annotations

import threading


class Unpublished:
    """A count of records that steps have given out and no publication has taken yet.

    It is a hint: steps that fetch rest while it is high, and the end of a stream waits until it is
    zero. After a failure that a runner repaired by repeating work it may be wrong by that much.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._count = 0

    def add(self, count: int) -> None:
        """Notes that so many were given out, or taken if it is negative."""
        with self._condition:
            self._count = max(0, self._count + count)
            self._condition.notify_all()

    def count(self) -> int:
        """Returns how many are on their way."""
        with self._condition:
            return self._count

    def wait_for_none(self, timeout_s: float) -> bool:
        """Waits until there are none; returns whether there are.

        Args:
            timeout_s: How long to wait, in seconds.
        """
        with self._condition:
            return self._condition.wait_for(lambda: self._count == 0, timeout_s)
