"""The graph of a stream: where its steps meet."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any

import apache_beam as beam
from apache_beam import pvalue

from feedlake.transforms.process.errands import Errands, shared_errands
from feedlake.transforms.records.documents import Entry
from feedlake.transforms.records.ready import Ready
from feedlake.transforms.stream.keep_fetching import Fetch, KeepFetching
from feedlake.transforms.stream.keep_polling import Ask, KeepPolling
from feedlake.transforms.stream.publish_windows import Publish, PublishWindows
from feedlake.transforms.stream.watch_lake import Look, WatchLake


@dataclass(frozen=True)
class StreamPlan:
    """What one stream does.

    Attributes:
        look: Looks for addresses, and for what waits in the lake.
        ask: Polls an address, and extracts what it gives of texts.
        fetch: Fetches pages of a host, and extracts their texts.
        publish: Publishes a window.
        window_s: Length of a window, in seconds.
        window_records: Records after which a window ends at once.
        host_pages: Pages of a host in the time of a window, at the most.
        errands: Gives those of a process.
        clock: Seconds since 1970, as the runner's timers count them.
    """

    look: Look
    _: KW_ONLY
    ask: Ask
    fetch: Fetch
    publish: Publish
    window_s: float = 60.0
    window_records: int = 10_000
    host_pages: int = 100
    errands: Callable[[], Errands] = shared_errands
    clock: Callable[[], float] = time.time


def build_stream(
    ticks: pvalue.PCollection[tuple[int, int]], plan: StreamPlan
) -> pvalue.PCollection[Any]:
    """Adds the steps of a stream to its ticks, and returns what its publications came to.

    Args:
        ticks: Pairs of a key, the same for all, and a number.
        plan: What the stream does.
    """
    errands, clock = plan.errands, plan.clock
    watched = ticks | "WatchLake" >> WatchLake(plan.look)
    polled = watched.sources | "KeepPolling" >> KeepPolling(plan.ask, errands, clock)
    fetched = (
        (polled.entries, watched.entries)
        | "JoinEntries" >> beam.Flatten()
        | "KeyEntries" >> beam.Map(_keyed).with_output_types(tuple[str, Any])
        | "KeepFetching" >> KeepFetching(plan.fetch, plan.host_pages, plan.window_s, errands, clock)
    )
    told: pvalue.PCollection[Any] = (
        (polled.ready, fetched)
        | "JoinReady" >> beam.Flatten()
        | "KeyReady" >> beam.Map(_key_by_lake).with_output_types(tuple[int, Any])
        | "PublishWindows"
        >> PublishWindows(plan.publish, plan.window_s, plan.window_records, clock)
    )
    return told


def _keyed(entries: tuple[str, list[Entry]]) -> tuple[str, list[Entry]]:
    """The same; the step says of what type keys are, which outputs beside a main one don't."""
    return entries


def _key_by_lake(ready: Ready) -> tuple[int, Ready]:
    return 0, ready
