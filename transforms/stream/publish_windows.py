"""The step that publishes what is ready, one window after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
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

from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest
from feedlake.transforms.process.unpublished import Unpublished
from feedlake.transforms.records.ready import Ready, join_ready

LOOK_S = 1.0
"""How often the step looks whether the end was asked for, so that it publishes what it has."""

Publish = Callable[[Ready], object]
"""Publishes what is ready; given some of it once more, it adds nothing."""


@dataclass(eq=False)
class PublishWindows(beam.PTransform[Any, pvalue.PCollection[Any]]):
    """Collects what is ready, and publishes it at the end of each window: one key, one at a time.

    In: pairs of a key, the same for all, and a `Ready`. Unbounded. Out: what `publish` returned,
    one for each window that held anything. Side effect: the lake grows.

    A window begins with the first thing that is ready, and ends by the clock of the workers. It is
    none of event time: timers that wait hold the watermark back where they were set, so that a
    window of event time would end when the last host has had its turn.

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


class _PublishFn(beam.DoFn):
    READY = BagStateSpec("ready", PickleCoder())
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
        left: Any = beam.DoFn.StateParam(LEFT),
        next_: Any = beam.DoFn.TimerParam(NEXT),
    ) -> None:
        ready.add(keyed[1])
        held = left.read()
        if held is None:
            next_.set(self._clock() + min(LOOK_S, self._every_s))
        looks, size = held or (max(1, round(self._every_s / LOOK_S)), 0)
        left.write((looks, size + size_of(keyed[1])))

    @on_timer(NEXT)
    def end(
        self,
        ready: Any = beam.DoFn.StateParam(READY),
        left: Any = beam.DoFn.StateParam(LEFT),
        next_: Any = beam.DoFn.TimerParam(NEXT),
    ) -> Iterator[Any]:
        held = left.read()
        if held is None:
            return
        # Looks are counted, not compared with a clock: the runner's may be another one.
        looks, size = held[0] - 1, held[1]
        if looks > 0 and size < self._max_size and not process_wide(StopRequest).is_asked():
            left.write((looks, size))
            next_.set(self._clock() + min(LOOK_S, self._every_s))
            return
        parts = list(ready.read())
        told = self._publish(join_ready(parts))
        process_wide(Unpublished).add(-len(parts))
        ready.clear()
        left.clear()
        yield told


def size_of(ready: Ready) -> int:
    """Returns how many records there are."""
    return len(ready.answered) + len(ready.settled) + len(ready.robots)
