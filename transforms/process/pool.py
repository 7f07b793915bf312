"""What is costly to make, lent to many threads one after another."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Pool(Generic[Thing]):
    """As many things of each kind as were wanted at a time, with a bound; they live on."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._idle: defaultdict[Hashable, list[Thing]] = defaultdict(list)
        self._made = Counter[Hashable]()

    @contextmanager
    def borrow(self, kind: Hashable, make: Callable[[], Thing], *, most: int) -> Iterator[Thing]:
        """Lends a thing while the block runs, waiting until there is one.

        Args:
            kind: What it must have been made for.
            make: Makes one of this kind, if none is idle.
            most: How many there may be of this kind.
        """
        with self._condition:
            self._condition.wait_for(lambda: self._idle[kind] or self._made[kind] < most)
            thing = self._idle[kind].pop() if self._idle[kind] else None
            self._made[kind] += thing is None
        try:
            if thing is None:
                thing = make()
            yield thing
        finally:
            with self._condition:
                if thing is None:
                    self._made[kind] -= 1
                else:
                    self._idle[kind].append(thing)
                self._condition.notify_all()
