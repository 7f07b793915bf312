"""Work that steps begin in one call and collect in later ones, so that none waits for a network."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, NamedTuple

from feedlake.transforms.process.process_wide import process_wide

MAX_RUNNING = 256
"""Errands at a time. Nearly all of them wait for servers, many for those that hang."""


class Taken(NamedTuple):
    """What an errand has brought since it was asked before.

    Attributes:
        items: In their order.
        is_ended: Whether there is no more to come.
    """

    items: list[Any]
    is_ended: bool


@dataclass(eq=False)
class _Errand:
    name: str
    lane: str
    work: Callable[[], Iterable[Any]]
    begun_s: float
    items: list[Any] = field(default_factory=list)
    is_ended: bool = False
    failure: BaseException | None = None


class Errands:
    """Errands by name, each in a thread of its own; those of one lane one after another.

    An errand that nobody collects any more stays until it is ended by its own limits. Nothing of it
    outlives the process: who finds no errand of a name begins it again.

    Args:
        max_running: Errands at a time; the others wait, each lane in its turn. 0: `begin` does the
            work itself before it returns.
    """

    def __init__(self, max_running: int = MAX_RUNNING) -> None:
        self._max_running = max_running
        self._lock = threading.Lock()
        self._by_name: dict[str, _Errand] = {}
        self._lanes: dict[str, deque[_Errand]] = {}
        self._turns: deque[_Errand] = deque()
        self._running = 0

    def begin(self, name: str, lane: str, work: Callable[[], Iterable[Any]]) -> None:
        """Begins an errand, unless one of this name is under way.

        Args:
            name: By which it is collected.
            lane: Only one errand of a lane runs at a time.
            work: Gives what it brings; what it raises, `take` raises.
        """
        errand = _Errand(name, lane, work, monotonic())
        if self._max_running == 0:
            self._by_name[name] = errand
            _run(errand, self._lock)
            return
        with self._lock:
            if name in self._by_name:
                return
            self._by_name[name] = errand
            if lane in self._lanes:
                self._lanes[lane].append(errand)
                return
            self._lanes[lane] = deque()
            self._turns.append(errand)
            self._start_some()

    def age_s(self, name: str) -> float | None:
        """Returns since when an errand is under way, in seconds; None if there is none."""
        with self._lock:
            errand = self._by_name.get(name)
            return None if errand is None else monotonic() - errand.begun_s

    def take(self, name: str) -> Taken | None:
        """Returns what an errand has brought; None if there is none of this name.

        Raises:
            BaseException: What its work raised.
        """
        with self._lock:
            errand = self._by_name.get(name)
            if errand is None:
                return None
            items, errand.items = errand.items, []
            if errand.is_ended:
                del self._by_name[name]
                if errand.failure is not None:
                    raise errand.failure
            return Taken(items, errand.is_ended)

    def count(self) -> int:
        """Returns how many errands are under way, or not collected yet."""
        with self._lock:
            return len(self._by_name)

    def _start_some(self) -> None:
        while self._turns and self._running < self._max_running:
            self._running += 1
            errand = self._turns.popleft()
            name = f"errand {errand.name}"
            threading.Thread(target=self._run, args=(errand,), name=name, daemon=True).start()

    def _run(self, errand: _Errand) -> None:
        _run(errand, self._lock)
        with self._lock:
            self._running -= 1
            waiting = self._lanes[errand.lane]
            if waiting:
                self._turns.append(waiting.popleft())
            else:
                del self._lanes[errand.lane]
            self._start_some()


def shared_errands() -> Errands:
    """Returns the errands of this process."""
    return process_wide(Errands)


def _run(errand: _Errand, lock: threading.Lock) -> None:
    failure: BaseException | None = None
    try:
        for item in errand.work():
            with lock:
                errand.items.append(item)
    except BaseException as error:
        failure = error
    with lock:
        errand.failure, errand.is_ended = failure, True
