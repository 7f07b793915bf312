"""The step that publishes what is ready, one window after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

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

from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest
from feedlake.transforms.process.unpublished import Unpublished
from feedlake.transforms.records.documents import Document, SourceReport
from feedlake.transforms.records.ready import ReadAhead, Ready, join_ready

LOOK_S = 1.0
"""How often the step looks whether the end was asked for, so that it publishes what it has."""

QUIET_S = 300.0
"""How long polls may wait that found nothing new: of each address, the last one tells all. A row
for each of them would be most of what is in a lake that is asked each minute."""

MAX_BYTES = 32 << 20
"""Texts after which a window ends at once."""

Publish = Callable[[Ready], object]
"""Publishes what is ready; given some of it once more, it adds nothing."""


@dataclass(eq=False)
class PublishWindows(beam.PTransform[Any, pvalue.PCollection[Any]]):
    """Collects what is ready, and publishes it at the end of each window: one key, one at a time.

    In: pairs of a key, the same for all, and a `Ready`. Unbounded. Out: what `publish` returned,
    one for each window that held anything. Side effect: the lake grows.

    A window begins with the first thing that is ready, and ends by the clock of the workers. It is
    none of event time: timers that wait hold the watermark back where they were set, so that a
    window of event time would end when the last host has had its turn. What is quiet begins no
    window; it comes along with one some minutes later, or has one of its own then.

    Attributes:
        publish: Publishes what is ready; picklable.
        every_s: Length of a window, in seconds.
        max_size: Records after which a window ends at once.
        clock: Seconds since 1970, as the runner's timers count them.
    """

    publish: Publish
    every_s: float
    max_size: int
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, ready: pvalue.PCollection[tuple[int, Ready]]) -> pvalue.PCollection[Any]:
        """Returns what publications came to."""
        told: pvalue.PCollection[Any] = ready | "PublishInTurn" >> beam.ParDo(
            _PublishFn(self.publish, self.every_s, self.max_size, self.clock)
        )
        return told


class _Held(NamedTuple):
    """What is held.

    Attributes:
        ends_s: When the window ends, by the step's clock; infinite: there is none.
        quiet_s: When what is quiet has waited long enough; infinite: there is nothing.
        size: Records.
        text_bytes: Their texts.
    """

    ends_s: float = inf
    quiet_s: float = inf
    size: int = 0
    text_bytes: int = 0


class _PublishFn(beam.DoFn):
    READY = BagStateSpec("ready", PickleCoder())
    QUIET = BagStateSpec("quiet", PickleCoder())
    LEFT = ReadModifyWriteStateSpec("left", PickleCoder())
    NEXT = TimerSpec("next", TimeDomain.REAL_TIME)

    def __init__(
        self, publish: Publish, every_s: float, max_size: int, clock: Callable[[], float]
    ) -> None:
        self._publish, self._clock = publish, clock
        self._every_s, self._max_size = every_s, max_size

    def process(
        self,
        keyed: tuple[int, Ready],
        ready: Any = beam.DoFn.StateParam(READY),
        quiet: Any = beam.DoFn.StateParam(QUIET),
        left: Any = beam.DoFn.StateParam(LEFT),
        next_: Any = beam.DoFn.TimerParam(NEXT),
    ) -> None:
        part, held, now_s = keyed[1], left.read(), self._clock()
        if held is None:
            held = _Held()
            next_.set(now_s + min(LOOK_S, self._every_s))
        if part.is_quiet:
            quiet.add(part)
            wait_s = max(self._every_s, QUIET_S)
            held = held._replace(quiet_s=min(held.quiet_s, now_s + wait_s))
        else:
            ready.add(part)
            held = held._replace(ends_s=min(held.ends_s, now_s + self._every_s))
        size, text_bytes = held.size + size_of(part), held.text_bytes + bytes_of(part)
        left.write(held._replace(size=size, text_bytes=text_bytes))

    @on_timer(NEXT)
    def end(
        self,
        ready: Any = beam.DoFn.StateParam(READY),
        quiet: Any = beam.DoFn.StateParam(QUIET),
        left: Any = beam.DoFn.StateParam(LEFT),
        next_: Any = beam.DoFn.TimerParam(NEXT),
    ) -> Iterator[Any]:
        held: _Held | None = left.read()
        if held is None:
            return
        now_s = self._clock()
        is_full = held.size >= self._max_size or held.text_bytes >= MAX_BYTES
        is_over = _has_come(held.ends_s, now_s=now_s, within_s=self._every_s)
        is_long_quiet = _has_come(held.quiet_s, now_s=now_s, within_s=max(self._every_s, QUIET_S))
        with_quiet = is_long_quiet or is_full or process_wide(StopRequest).is_asked()
        if not (is_over or with_quiet):
            next_.set(min(now_s + LOOK_S, held.ends_s, held.quiet_s))
            return
        parts = list(ready.read())
        quiet_parts = list(quiet.read()) if with_quiet else []
        with process_wide(Unpublished).publishing():
            told = self._publish(join_ready([*newest_of_each(quiet_parts), *parts]))
        process_wide(Unpublished).add(-len(parts) - len(quiet_parts))
        ready.clear()
        if with_quiet or held.quiet_s == inf:
            quiet.clear()
            left.clear()
        else:
            left.write(_Held(quiet_s=held.quiet_s))
            next_.set(self._clock() + min(LOOK_S, self._every_s))
        yield told


def _has_come(moment_s: float, *, now_s: float, within_s: float) -> bool:
    """Whether a moment has come that is no further away; or else the clock was set back."""
    return moment_s != inf and not now_s < moment_s <= now_s + within_s


def size_of(ready: Ready) -> int:
    """Returns how many records there are."""
    return len(ready.answered) + len(ready.settled) + len(ready.robots)


def bytes_of(ready: Ready) -> int:
    """Returns how long their texts are, in bytes or characters."""
    documents = [
        *(one for part in ready.answered for one in part.documents),
        *(end.document for end in ready.settled),
    ]
    return sum(map(_length, documents))


def newest_of_each(quiet: Iterable[Ready]) -> list[Ready]:
    """Returns the last poll of each address.

    Args:
        quiet: Polls, each alone, in any order.
    """
    polls = sorted(quiet, key=lambda ready: _polled_s(ready.answered[0].report))
    return list({ready.answered[0].report.source: ready for ready in polls}.values())


def _length(document: Document | ReadAhead | None) -> int:
    if isinstance(document, ReadAhead):
        return len(document.fingerprinted.article.text)
    return 0 if document is None else len(document.body)


def _polled_s(report: SourceReport) -> float:
    at = report.poll.state.polled_at if report.poll else None
    return at.timestamp() if at else 0.0
