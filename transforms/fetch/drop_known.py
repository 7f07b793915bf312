"""The step that keeps entries from being fetched whose articles the lake holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue

from feedlake.transforms.dedup.lookup import Facts, Queries
from feedlake.transforms.fetch.recognise import LakeFacts, Test, queries_for, recognise
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.tally import Tally
from feedlake.transforms.records.documents import Deferral, Entry, Recognised, Rejection
from feedlake.transforms.records.entry_json import deferred_id
from feedlake.transforms.records.ready import Settled
from feedlake.transforms.records.reject_document import reject_document
from feedlake.transforms.records.stateless import StatelessFn, flat_map, map_one
from feedlake.transforms.removal.removed_keys import REMOVED, Found, RemovedKeys

Waited = tuple[int, datetime | None]
"""How often the page of an entry was asked for in vain, and when first, UTC."""

Lookup = beam.PTransform[pvalue.PCollection[Queries], pvalue.PCollection[Facts]]


class Sorted(NamedTuple):
    """What `DropKnown` gives: each entry is in exactly one of the first three.

    Attributes:
        entries: Of `Entry`: those to be fetched.
        rejected: Of `Rejection`, for those that were removed from the lake.
        known: Of the name of a count, such as `known_by_address`, for each that the lake holds.
        recognised: Of `Recognised`, for those of them that say something new.
        done: Of `Deferral` with the status `done`, for those of both that had waited.
    """

    entries: pvalue.PCollection[Entry]
    rejected: pvalue.PCollection[Rejection]
    known: pvalue.PCollection[str]
    recognised: pvalue.PCollection[Recognised]
    done: pvalue.PCollection[Deferral]


@dataclass(eq=False)
class DropKnown(beam.PTransform[pvalue.PCollection[Entry], Sorted]):
    """Drops the entries that the lake knows, as `recognise` says, and those that were removed.

    In: a bounded collection of `Entry`. Out: `Sorted`; each entry leaves exactly once.

    Attributes:
        lookup: Finds the keys in the lake.
        waits: How often the pages of entries that wait were asked for, and when first, by
            `deferred_id`: if a poll brings such an entry once more, it goes on waiting.
        open_removed: Gives what was removed from the lake; called once in each Beam worker. None:
            nothing was.
    """

    lookup: Lookup
    waits: Mapping[str, Waited] = field(default_factory=dict)
    open_removed: Callable[[], RemovedKeys] | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, entries: pvalue.PCollection[Entry]) -> Sorted:
        """Returns the five collections."""
        start = entries.pipeline | "StartLookUp" >> beam.Create([None])
        keys = entries | "KeyEntries" >> map_one(queries_for)
        known = (
            start
            | "CollectKeys" >> map_one(_join, queries=pvalue.AsList(keys))
            | "LookUpEntries" >> self.lookup
            | "NameKnown" >> map_one(LakeFacts.of)
        )
        polled = entries | "NamePolled" >> flat_map(_name_polled)
        outputs = entries | "DropKnownEntries" >> beam.ParDo(
            _SortFn(self.waits, self.open_removed),
            known=pvalue.AsList(known),
            polled=pvalue.AsDict(polled),
        ).with_outputs("rejected", "known", "recognised", "done", main="entries")
        return Sorted(
            outputs.entries,
            outputs.rejected,
            outputs.known,
            outputs.recognised,
            outputs.done,
        )


def settle_known(
    entries: Iterable[Entry],
    *,
    find: Callable[[Queries], Facts],
    waits: Mapping[str, Waited],
    removed: RemovedKeys | None,
) -> tuple[list[Entry], list[Settled]]:
    """Returns the entries that are to be fetched, and what became of the others: see `DropKnown`.

    Args:
        entries: As polls brought them.
        find: Looks keys up in the lake.
        waits: What waits in the lake.
        removed: What was removed from it; None: nothing was.
    """
    entries = list(entries)
    if not entries:
        return [], []
    known = LakeFacts.of(find(_join(None, queries=[queries_for(entry) for entry in entries])))
    wanted: list[Entry] = []
    settled: list[Settled] = []
    for entry in entries:
        parts: dict[str, Any] = {}
        for output in _sort(entry, known=known, polled={}, waits=waits, removed=removed):
            if isinstance(output, Entry):
                wanted.append(output)
            else:
                parts[output.tag] = output.value
        if parts:
            settled.append(
                Settled(
                    entry,
                    rejection=parts.get("rejected"),
                    known=parts.get("known"),
                    recognised=parts.get("recognised"),
                )
            )
    return wanted, settled


def _join(_: None, *, queries: list[Queries]) -> Queries:
    return Queries(
        article_ids=frozenset().union(*(one.article_ids for one in queries)),
        guid_keys=frozenset().union(*(one.guid_keys for one in queries)),
        address_keys=frozenset().union(*(one.address_keys for one in queries)),
        entry_marks=frozenset().union(*(one.entry_marks for one in queries)),
    )


def _name_polled(entry: Entry) -> Iterator[tuple[str, bool]]:
    """The identities of the entries that this run's polls brought."""
    if not entry.is_deferred:
        yield deferred_id(entry.document), True


class _SortFn(StatelessFn):
    def __init__(
        self, waits: Mapping[str, Waited], open_removed: Callable[[], RemovedKeys] | None
    ) -> None:
        self._waits, self._open_removed = waits, open_removed
        self._known: LakeFacts | None = None
        self._removed: RemovedKeys | None = None

    def setup(self) -> None:
        self._removed = self._open_removed() if self._open_removed else None

    def start_bundle(self) -> None:
        self._known = None

    def process(
        self, entry: Entry, known: Iterable[LakeFacts], polled: Mapping[str, bool]
    ) -> Iterator[Entry | pvalue.TaggedOutput[str, Any]]:
        if self._known is None:
            self._known = LakeFacts.join(known)  # Once a bundle: a cluster looks up in parts.
        yield from _sort(
            entry, known=self._known, polled=polled, waits=self._waits, removed=self._removed
        )


def _sort(
    entry: Entry,
    *,
    known: LakeFacts,
    polled: Mapping[str, bool],
    waits: Mapping[str, Waited],
    removed: RemovedKeys | None,
) -> Iterator[Entry | pvalue.TaggedOutput[str, Any]]:
    # What a poll says of an entry that waits is newer than what waits.
    is_replaced = entry.is_deferred and deferred_id(entry.document) in polled
    if not entry.is_deferred and (waited := waits.get(deferred_id(entry.document))):
        attempts, first_tried_at = waited
        entry = replace(entry, attempts=attempts, first_tried_at=first_tried_at, is_deferred=True)
    found = removed.find_entry(entry.document) if removed and not is_replaced else None
    if found:
        yield pvalue.TaggedOutput("rejected", _rejection(entry, found))
        if entry.is_deferred:
            yield pvalue.TaggedOutput("done", _done(entry, reason=REMOVED))
        return
    test: Test | None = "entry" if is_replaced else recognise(entry, known)
    if test is None:
        yield entry
        return
    process_wide(Tally).count("known")
    yield pvalue.TaggedOutput("known", f"known_by_{test}")
    if test != "entry":
        document = entry.document
        yield pvalue.TaggedOutput(
            "recognised",
            Recognised(
                document.source,
                url=document.url,
                title=document.title,
                guid=document.guid,
                entry_mark=document.entry_mark,
                test=test,
            ),
        )
    if entry.is_deferred:
        yield pvalue.TaggedOutput("done", _done(entry))


def _done(entry: Entry, *, reason: str | None = None) -> Deferral:
    return Deferral(
        entry,
        status="done",
        reason=reason,
        detail=None,
        tried_at=datetime.now(UTC),
        next_try_at=None,
    )


def _rejection(entry: Entry, found: Found) -> Rejection:
    """What is said of an entry whose article was removed; its row names neither address nor title.

    They are here all the same, since they make the identity of the reject.
    """
    return reject_document(entry.document, step="fetch", reason=REMOVED, detail=found.sentence())
