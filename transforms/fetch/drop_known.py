"""The step that keeps entries from being fetched whose articles the lake holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue

from feedlake.transforms.dedup.lookup import Facts, Queries, article_id_of, guid_key
from feedlake.transforms.normalize.urls import canonicalize_url
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.tally import Tally
from feedlake.transforms.records.documents import Deferral, Entry
from feedlake.transforms.records.entry_json import deferred_id

Waited = tuple[int, datetime | None]
"""How often the page of an entry was asked for in vain, and when first, UTC."""

Lookup = beam.PTransform[pvalue.PCollection[Queries], pvalue.PCollection[Facts]]


class Sorted(NamedTuple):
    """What `DropKnown` gives: each entry is in exactly one of the first two.

    Attributes:
        entries: Of `Entry`: those to be fetched.
        known: Of int: 1 for each that the lake holds.
        done: Of `Deferral` with the status `done`, for those of them that had waited.
    """

    entries: pvalue.PCollection[Entry]
    known: pvalue.PCollection[int]
    done: pvalue.PCollection[Deferral]


@dataclass(eq=False)
class DropKnown(beam.PTransform[pvalue.PCollection[Entry], Sorted]):
    """Drops the entries whose link or guid the lake knows, unless they have changed.

    In: a bounded collection of `Entry`. Out: `Sorted`; each entry leaves exactly once.

    Attributes:
        lookup: Finds the keys in the lake.
        waits: How often the pages of entries that wait were asked for, and when first, by
            `deferred_id`: if a poll brings such an entry once more, it goes on waiting.
    """

    lookup: Lookup
    waits: Mapping[str, Waited] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, entries: pvalue.PCollection[Entry]) -> Sorted:
        """Returns the three collections."""
        start = entries.pipeline | "StartLookUp" >> beam.Create([None])
        keys = entries | "KeyEntries" >> beam.Map(_keys_of)
        known = (
            start
            | "CollectKeys" >> beam.Map(_queries, keys=pvalue.AsList(keys))
            | "LookUpEntries" >> self.lookup
            | "NameKnown" >> beam.Map(_known_in)
        )
        polled = entries | "NamePolled" >> beam.FlatMap(_name_polled)
        outputs = entries | "DropKnownEntries" >> beam.FlatMap(
            _sort, known=pvalue.AsList(known), polled=pvalue.AsDict(polled), waits=self.waits
        ).with_outputs("known", "done", main="entries")
        return Sorted(outputs.entries, outputs.known, outputs.done)


def _keys_of(entry: Entry) -> tuple[str | None, bytes | None]:
    """The id that the entry's article has if its page names no other address; its guid's key."""
    document = entry.document
    url = None if document.has_shared_url else canonicalize_url(document.url or "")
    return (
        article_id_of(url.encode()) if url else None,
        guid_key(document.source, document.guid) if document.guid else None,
    )


def _queries(_: None, *, keys: list[tuple[str | None, bytes | None]]) -> Queries:
    return Queries(
        article_ids=frozenset(article_id for article_id, _ in keys if article_id),
        guid_keys=frozenset(key for _, key in keys if key),
    )


def _known_in(facts: Facts) -> tuple[frozenset[str], frozenset[bytes]]:
    """The ids and the guids' keys that the lake holds."""
    return (
        frozenset(row.article_id for row in facts.rows),
        frozenset(row.guid_key for row in facts.rows if row.guid_key),
    )


def _name_polled(entry: Entry) -> Iterator[tuple[str, bool]]:
    """The identities of the entries that this run's polls brought."""
    if not entry.is_deferred:
        yield deferred_id(entry.document), True


def _sort(
    entry: Entry,
    *,
    known: Iterable[tuple[frozenset[str], frozenset[bytes]]],
    polled: Mapping[str, bool],
    waits: Mapping[str, Waited],
) -> Iterator[Entry | pvalue.TaggedOutput[str, Any]]:
    # What a poll says of an entry that waits is newer than what waits.
    is_replaced = entry.is_deferred and deferred_id(entry.document) in polled
    if not entry.is_deferred and (waited := waits.get(deferred_id(entry.document))):
        attempts, first_tried_at = waited
        entry = replace(entry, attempts=attempts, first_tried_at=first_tried_at, is_deferred=True)
    article_id, key = _keys_of(entry)
    if is_replaced or (
        not entry.is_changed
        and any(article_id in ids or key in guid_keys for ids, guid_keys in known)
    ):
        process_wide(Tally).count("known")
        yield pvalue.TaggedOutput("known", 1)
        if entry.is_deferred:
            now = datetime.now(UTC)
            yield pvalue.TaggedOutput(
                "done",
                Deferral(
                    entry, status="done", reason=None, detail=None, tried_at=now, next_try_at=None
                ),
            )
    else:
        yield entry
