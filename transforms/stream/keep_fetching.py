"""The step that fetches pages host by host, for ever."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
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
from feedlake.transforms.records.ready import Ready
from feedlake.transforms.stream.timing import next_look_s

HAND = 16
"""Entries of a host that are taken from its queue at a time: to take some, all are read."""

Fetch = Callable[[tuple[Entry, ...]], Iterable[Ready]]
"""Fetches the pages of entries and gives what is ready, each entry once."""


@dataclass(eq=False)
class KeepFetching(beam.PTransform[Any, pvalue.PCollection[Ready]]):
    """Fetches the pages of entries, those of one host one hand after another.

    In: pairs of a host and an `Entry`. Unbounded. Out: `Ready`: for each entry, what its page came
    to, as soon as it is known. What waits for its host is in the host's state, and one timer a host
    looks after the hand that is being fetched. A host that hangs, or wants long pauses, holds up no
    other one. If a worker's errands are lost, its hands are fetched once more.

    Attributes:
        fetch: Fetches a hand of entries politely; picklable.
        errands: Gives those of this process.
        clock: Seconds since 1970, as the runner's timers count them.
    """

    fetch: Fetch
    errands: Callable[[], Errands] = shared_errands
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, entries: pvalue.PCollection[tuple[str, Entry]]) -> pvalue.PCollection[Ready]:
        """Returns what is ready."""
        ready: pvalue.PCollection[Ready] = entries | "FetchInTurn" >> beam.ParDo(
            _FetchFn(self.fetch, self.errands, self.clock)
        )
        return ready


class _FetchFn(beam.DoFn):
    QUEUE = BagStateSpec("queue", PickleCoder())
    HAND = ReadModifyWriteStateSpec("hand", PickleCoder())
    NEXT = TimerSpec("next", TimeDomain.REAL_TIME)

    def __init__(
        self, fetch: Fetch, errands: Callable[[], Errands], clock: Callable[[], float]
    ) -> None:
        self._fetch, self._open_errands, self._clock = fetch, errands, clock

    def setup(self) -> None:
        self._errands = self._open_errands()

    def process(
        self,
        keyed: tuple[str, Entry],
        queue: Any = beam.DoFn.StateParam(QUEUE),
        hand: Any = beam.DoFn.StateParam(HAND),
        next_: Any = beam.DoFn.TimerParam(NEXT),
    ) -> None:
        queue.add(keyed[1])
        if hand.read() is None:  # No timer is set.
            hand.write(())
            next_.set(self._clock())

    @on_timer(NEXT)
    def fetch(
        self,
        key: Any = beam.DoFn.KeyParam,
        queue: Any = beam.DoFn.StateParam(QUEUE),
        hand: Any = beam.DoFn.StateParam(HAND),
        next_: Any = beam.DoFn.TimerParam(NEXT),
    ) -> Iterator[Ready]:
        name = f"pages of {key}"
        taken = self._errands.take(name)
        if taken is not None:
            process_wide(Unpublished).add(len(taken.items))
            yield from taken.items
            if not taken.is_ended:
                next_.set(self._clock() + next_look_s(self._errands.age_s(name)))
                return
            held: tuple[Entry, ...] = ()
        else:
            held = hand.read() or ()  # Its errand was lost, if there are any.
        if not held:
            held, rest = next_hand(queue.read())
            queue.clear()
            for entry in rest:
                queue.add(entry)
        if not held:
            hand.clear()
            return
        hand.write(held)
        if not process_wide(StopRequest).is_asked():
            self._errands.begin(name, name, functools.partial(self._fetch, held))
        next_.set(self._clock() + next_look_s(None))


def next_hand(queue: Iterable[Entry]) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Returns which entries of a host come next, and the rest; each entry once.

    Of an entry that came twice, the last words of its feed count. Those that have waited in the
    lake come first, then the newest: what a feed drops soon. Articles that are looked at again come
    last.

    Args:
        queue: In any order.
    """
    newest: dict[str, Entry] = {}
    for entry in sorted(queue, key=_age):
        newest[deferred_id(entry.document)] = entry
    entries = sorted(newest.values(), key=_rank)
    return tuple(entries[:HAND]), tuple(entries[HAND:])


def _age(entry: Entry) -> float:
    fetched_at = entry.document.fetched_at
    return fetched_at.timestamp() if fetched_at else 0.0


def _rank(entry: Entry) -> tuple[Any, ...]:
    published = entry.document.published_at
    age = -published.timestamp() if published else 0.0
    url = entry.document.url or ""
    return entry.is_recheck, not entry.is_deferred, age, entry.document.source, url
