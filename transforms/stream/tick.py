"""The source of a stream: a tick now and then, for ever."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.io.restriction_trackers import OffsetRange, OffsetRestrictionTracker
from apache_beam.io.watermark_estimators import WalltimeWatermarkEstimator
from apache_beam.transforms.core import RestrictionProvider
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Duration, Timestamp

_LAST = 1 << 62


_FLINK_URN = "flink:transform:streaming_impulse:v1"


@dataclass(eq=False)
class Tick(beam.PTransform[Any, pvalue.PCollection[tuple[int, int]]]):
    """Gives pairs of two zeros, one now and one after each interval. Unbounded.

    Attributes:
        every_s: From one tick to the next, in seconds.
    """

    every_s: float

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, start: pvalue.PBegin) -> pvalue.PCollection[tuple[int, int]]:
        """Returns the ticks."""
        ticks: pvalue.PCollection[tuple[int, int]] = (
            start
            | "Beat" >> _Beat(self.every_s)
            | "KeyTicks" >> beam.Map(_keyed).with_output_types(tuple[int, int])
        )
        return ticks


@dataclass(eq=False)
class _Beat(beam.PTransform[Any, pvalue.PCollection[bytes]]):
    """Gives nothing, again and again: by the runner's own means on Flink, elsewhere by a step.

    Flink's runner knows this transform by its URN and takes its own source instead of what is
    inside. It has to: what puts itself off leaves something behind there at each tick, and the end
    with drain waits for it (`docs/decisions/0037`).

    Elsewhere a step puts itself off after each tick, and what is left to do is two numbers, however
    long it runs. That is what lets Prism hand data to steps with state while the watermark stands
    still, which timers that wait hold back: up to its 2.77 it takes a source that puts itself off.
    """

    every_s: float

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, start: pvalue.PBegin) -> pvalue.PCollection[bytes]:
        beats: pvalue.PCollection[bytes] = (
            start
            | "Start" >> beam.Impulse()
            | "TickOn" >> beam.ParDo(_TickFn(self.every_s)).with_output_types(bytes)
        )
        return beats

    def to_runner_api_parameter(self, _: Any) -> tuple[str, str]:
        interval_ms = max(1, round(self.every_s * 1_000))
        return _FLINK_URN, json.dumps({"interval_ms": interval_ms, "message_count": 0})


class _Ticks(RestrictionProvider):
    def initial_restriction(self, element: bytes) -> OffsetRange:
        return OffsetRange(0, _LAST)

    def create_tracker(self, restriction: OffsetRange) -> OffsetRestrictionTracker:
        return OffsetRestrictionTracker(restriction)

    def restriction_size(self, element: bytes, restriction: OffsetRange) -> int:
        return 1

    def truncate(self, element: bytes, restriction: OffsetRange) -> None:
        return None  # At a drain there is nothing more to come.


class _TickFn(beam.DoFn):
    def __init__(self, every_s: float) -> None:
        self._every_s = every_s

    @beam.DoFn.unbounded_per_element()  # type: ignore[untyped-decorator]
    def process(
        self,
        _: bytes,
        ticks: Any = beam.DoFn.RestrictionParam(_Ticks()),
        estimator: Any = beam.DoFn.WatermarkEstimatorParam(
            WalltimeWatermarkEstimator.default_provider()
        ),
    ) -> Iterator[TimestampedValue[bytes]]:
        if ticks.try_claim(ticks.current_restriction().start):
            yield TimestampedValue(b"", Timestamp.now())
            ticks.defer_remainder(Duration(micros=round(self._every_s * 1_000_000)))


def _keyed(_: bytes) -> tuple[int, int]:
    return 0, 0
