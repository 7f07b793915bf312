"""The step that looks again and again for what there is to ask, in lists and in the lake."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.coders import PickleCoder
from apache_beam.transforms.userstate import ReadModifyWriteStateSpec

from feedlake.transforms.normalize.hosts import host_of
from feedlake.transforms.records.documents import Entry
from feedlake.transforms.records.entry_json import deferred_id
from feedlake.transforms.records.polls import WebSource


@dataclass(frozen=True)
class Sight:
    """What there is to ask, at one instant.

    Attributes:
        sources: All addresses; None: the lists cannot be read now, so they stay as they were.
        waiting: Entries that are due, each with the time of its row in the lake.
    """

    sources: tuple[WebSource, ...] | None
    _: KW_ONLY
    waiting: tuple[tuple[datetime, Entry], ...] = ()


@dataclass(frozen=True)
class Seen:
    """What was given out before.

    Attributes:
        sources: What is stated of each address, in short, by address.
        waiting: The row of each entry, in short.
        is_first: Whether nothing was looked at before.
    """

    sources: Mapping[str, str] = field(default_factory=dict)
    waiting: frozenset[tuple[str, datetime]] = frozenset()
    is_first: bool = True


Look = Callable[[bool], Sight]
"""Looks at the lists and the lake; told whether it is the first look."""


class Watched(NamedTuple):
    """What `WatchLake` gives.

    Attributes:
        sources: Pairs of an address and its `WebSource`, for each that is new or stated otherwise
            than before; None for each that is no longer there.
        entries: Pairs of a host and a list of `Entry`: those that wait in the lake and are due,
            each row of theirs once.
    """

    sources: pvalue.PCollection[tuple[str, WebSource | None]]
    entries: pvalue.PCollection[tuple[str, list[Entry]]]


@dataclass(eq=False)
class WatchLake(beam.PTransform[Any, Watched]):
    """Looks at each tick for addresses and for entries that wait.

    In: pairs of a key, the same for all, and the number of the tick. Unbounded. Out: `Watched`.

    Attributes:
        look: Looks at the lists and the lake; picklable.
    """

    look: Look

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, ticks: pvalue.PCollection[tuple[int, int]]) -> Watched:
        """Returns the two collections."""
        look = beam.ParDo(_WatchFn(self.look)).with_output_types(tuple[str, Any])
        outputs = ticks | "LookAgain" >> look.with_outputs("entries", main="sources")
        return Watched(outputs.sources, outputs.entries)


class _WatchFn(beam.DoFn):
    SEEN = ReadModifyWriteStateSpec("seen", PickleCoder())

    def __init__(self, look: Look) -> None:
        self._look = look

    def process(
        self, _: tuple[int, int], seen: Any = beam.DoFn.StateParam(SEEN)
    ) -> Iterator[tuple[str, WebSource | None] | pvalue.TaggedOutput[str, tuple[str, list[Entry]]]]:
        before: Seen = seen.read() or Seen()
        sight = self._look(before.is_first)
        sources, entries, after = what_is_new(sight, before)
        seen.write(after)
        yield from sources
        by_host: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            by_host[host_of(entry.document.url or "")].append(entry)
        yield from (pvalue.TaggedOutput("entries", keyed) for keyed in by_host.items())


def what_is_new(
    sight: Sight, seen: Seen
) -> tuple[list[tuple[str, WebSource | None]], list[Entry], Seen]:
    """Returns what of a sight was not seen before: sources, entries, and what is seen then.

    Args:
        sight: What there is to ask now.
        seen: What was given out before.
    """
    found: list[tuple[str, WebSource | None]] = []
    stated = seen.sources
    if sight.sources is not None:
        stated = {source.url: _in_short(source) for source in sight.sources}
        found += (
            (source.url, source)
            for source in sight.sources
            if seen.sources.get(source.url) != stated[source.url]
        )
        found += ((address, None) for address in sorted(seen.sources.keys() - stated.keys()))
    rows = {(deferred_id(entry.document), at): entry for at, entry in sight.waiting}
    entries = [entry for row, entry in rows.items() if row not in seen.waiting]
    return found, entries, Seen(stated, frozenset(rows), is_first=False)


def _in_short(source: WebSource) -> str:
    """A digest of all that is stated of a source, without what polls have found."""
    is_stopped = source.state is not None and source.state.is_stopped
    stated = (
        *(source.options, source.credentials, source.kind, source.last_kind, source.feeds),
        *(source.is_child, source.depth, is_stopped),
    )
    return hashlib.sha256(repr(stated).encode("utf-8", "surrogatepass")).hexdigest()[:16]
