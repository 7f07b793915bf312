"""The step that fetches pages host by host, for ever."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.coders import PickleCoder
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.userstate import (
    BagStateSpec,
    ReadModifyWriteStateSpec,
    TimerSpec,
    on_timer,
)

from feedlake.transforms.process.errands import Errands, shared_errands
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest
from feedlake.transforms.process.unpublished import Unpublished
from feedlake.transforms.records.documents import Entry
from feedlake.transforms.records.entry_json import deferred_id
from feedlake.transforms.records.ready import Ready, join_ready
from feedlake.transforms.stream.timing import LAST_LOOK_S, next_look_s

HAND = 16
"""Entries of a host that are taken from its queue at a time: to take some, all are read."""

Fetch = Callable[[tuple[Entry, ...]], Iterable[Ready]]
"""Fetches the pages of entries and gives what is ready, each entry once."""


@dataclass(eq=False)
class KeepFetching(beam.PTransform[Any, pvalue.PCollection[Ready]]):
    """Fetches the pages of entries, those of one host one hand after another.

    In: pairs of a host and a list of `Entry`. Unbounded. Out: `Ready`: what pages came to, as soon
    as it is known, each entry once. What waits for its host is in the host's state, and one timer a
    host looks after the hand that is being fetched. A host that hangs, or wants long pauses, or
    whose pages take long to read, holds up no other one. If a worker's errands are lost, its hands
    are fetched once more.

    Attributes:
        fetch: Fetches a hand of entries politely; picklable.
        host_pages: Pages of a host within `every_s`, at the most.
        every_s: Length of a window, in seconds.
        errands: Gives those of this process.
        clock: Seconds since 1970, as the runner's timers count them.
    """

    fetch: Fetch
    host_pages: int
    every_s: float
    errands: Callable[[], Errands] = shared_errands
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        super().__init__()

    def expand(
        self, entries: pvalue.PCollection[tuple[str, list[Entry]]]
    ) -> pvalue.PCollection[Ready]:
        """Returns what is ready."""
        ready: pvalue.PCollection[Ready] = entries | "FetchInTurn" >> beam.ParDo(
            _FetchFn(self.fetch, self.host_pages, self.every_s, self.errands, self.clock)
        )
        return ready


class _FetchFn(beam.DoFn):
    QUEUE = BagStateSpec("queue", PickleCoder())
    HAND = ReadModifyWriteStateSpec("hand", PickleCoder())
    SHARE = ReadModifyWriteStateSpec("share", PickleCoder())
    NEXT = TimerSpec("next", TimeDomain.REAL_TIME)

    def __init__(
        self,
        fetch: Fetch,
        host_pages: int,
        every_s: float,
        errands: Callable[[], Errands],
        clock: Callable[[], float],
    ) -> None:
        self._fetch, self._open_errands, self._clock = fetch, errands, clock
        self._host_pages, self._every_s = host_pages, every_s

    def setup(self) -> None:
        self._errands = self._open_errands()

    def process(
        self,
        keyed: tuple[str, list[Entry]],
        queue: Any = beam.DoFn.StateParam(QUEUE),
        hand: Any = beam.DoFn.StateParam(HAND),
        next_: Any = beam.DoFn.TimerParam(NEXT),
    ) -> None:
        queue.add(tuple(keyed[1]))
        if hand.read() is None:  # No timer is set.
            hand.write(())
            next_.set(self._clock())

    @on_timer(NEXT)
    def fetch(
        self,
        key: Any = beam.DoFn.KeyParam,
        queue: Any = beam.DoFn.StateParam(QUEUE),
        hand: Any = beam.DoFn.StateParam(HAND),
        share: Any = beam.DoFn.StateParam(SHARE),
        next_: Any = beam.DoFn.TimerParam(NEXT),
    ) -> Iterator[Ready]:
        name = f"pages of {key}"
        taken = self._errands.take(name)
        if taken is not None:
            if taken.items:
                process_wide(Unpublished).add(1)
                yield join_ready(taken.items)
            if not taken.is_ended:
                next_.set(self._clock() + next_look_s(self._errands.age_s(name)))
                return
            held: tuple[Entry, ...] = ()
        else:
            held = hand.read() or ()  # Its errand was lost, if there are any.
        if not held:
            since_s, pages = share.read() or (0.0, 0)
            if self._clock() - since_s >= self._every_s:
                since_s, pages = self._clock(), 0
            held, rest = next_hand(chain.from_iterable(queue.read()), most=self._host_pages - pages)
            if not (held or rest):
                hand.clear()
                return
            if not held:  # It has had its share of this window.
                hand.write(())
                next_.set(since_s + self._every_s)
                return
            share.write((since_s, pages + len(held)))
            queue.clear()
            if rest:
                queue.add(rest)
        hand.write(held)
        if process_wide(Unpublished).is_stalled:
            next_.set(self._clock() + LAST_LOOK_S)
            return
        if not process_wide(StopRequest).is_asked():
            self._errands.begin(name, name, functools.partial(self._fetch, held))
        next_.set(self._clock() + next_look_s(None))


def next_hand(
    queue: Iterable[Entry], *, most: int = HAND
) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Returns which entries of a host come next, and the rest; each entry once.

    Of an entry that came twice, the last words of its feed count. Those that have waited in the
    lake come first, then the newest: what a feed drops soon. Articles that are looked at again come
    last.

    Args:
        queue: In any order.
        most: How many may come next, if these are fewer than a hand.
    """
    size = max(0, min(HAND, most))
    newest: dict[str, Entry] = {}
    for entry in sorted(queue, key=_age):
        newest[deferred_id(entry.document)] = entry
    entries = sorted(newest.values(), key=_rank)
    return tuple(entries[:size]), tuple(entries[size:])


def _age(entry: Entry) -> float:
    fetched_at = entry.document.fetched_at
    return fetched_at.timestamp() if fetched_at else 0.0


def _rank(entry: Entry) -> tuple[Any, ...]:
    published = entry.document.published_at
    age = -published.timestamp() if published else 0.0
    url = entry.document.url or ""
    return entry.is_recheck, not entry.is_deferred, age, entry.document.source, url
