"""Two ways to look keys up in a lake, with the same answer.

On one machine a run asks the index under `_cache/` (`index.py`). On a cluster, where workers share
no disk, the keys of the lake are read from its Parquet and joined with those asked for.
"""

from __future__ import annotations

import functools
import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

import apache_beam as beam
from apache_beam import pvalue

from feedlake.pipeline.history.index import catch_up, open_index
from feedlake.pipeline.history.key_columns import (
    KEY_TABLES,
    read_entry_marks,
    read_keys,
    read_reject_ids,
)
from feedlake.pipeline.lake.lake import Lake
from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.deduplicate import LookUpInHistory
from feedlake.transforms.dedup.lookup import MAX_CLAIMANTS, Facts, LakeRow, Queries

Lookup = beam.PTransform[pvalue.PCollection[Queries], pvalue.PCollection[Facts]]
_Key = tuple[str, object]


def look_up_in_index(lake: Lake) -> Lookup:
    """Returns the look-up through the index, after catching it up; needs the lake's lock.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    catch_up(lake)
    return LookUpInHistory(functools.partial(open_index, lake.path))


def look_up_by_join(lake: Lake) -> Lookup:
    """Returns the look-up by a join with the key columns of the lake as it stands.

    Raises:
        LakeError: A journal entry is damaged. (A damaged file fails the pipeline.)
    """
    names = (*KEY_TABLES, "rejects", "known")
    return JoinWithLake(tuple((name, path) for name in names for path in lake.files(name)))


@dataclass(eq=False)
class JoinWithLake(beam.PTransform[pvalue.PCollection[Queries], pvalue.PCollection[Facts]]):
    """Joins queries with the key columns of the lake's files.

    In: a collection of `Queries`. Out: one `Facts` for all of them.

    Attributes:
        files: Table and path of each file.
    """

    files: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, queries: pvalue.PCollection[Queries]) -> pvalue.PCollection[Facts]:
        """Returns the facts."""
        held = (
            queries.pipeline
            | "ListKeyFiles" >> beam.Create(self.files)
            | "SpreadKeyFiles" >> beam.Reshuffle()
            | "ReadKeys" >> beam.FlatMap(_read_keyed).with_outputs("names", main="held")
        )
        names = queries | "KeyNames" >> beam.FlatMap(_names_wanted)
        ids_of_names = (
            {"wanted": names, "held": held.names}
            | "JoinNames" >> beam.CoGroupByKey()
            | "KeyIdsOfNames" >> beam.FlatMap(_ids_of_name)
        )
        wanted = (
            queries | "KeyQueries" >> beam.FlatMap(_keys_wanted),
            ids_of_names,
        ) | "JoinWanted" >> beam.Flatten()
        facts: pvalue.PCollection[Facts] = (
            {"wanted": wanted, "held": held.held}
            | "JoinKeys" >> beam.CoGroupByKey()
            | "KeepWanted" >> beam.FlatMap(_match)
            | "CollectFacts" >> beam.CombineGlobally(_union)
        )
        return facts


def _keys_wanted(queries: Queries) -> Iterator[tuple[_Key, bool]]:
    for name, values in (
        ("id", queries.article_ids),
        ("text", queries.text_hashes),
        ("document", queries.document_ids),
        ("claim", queries.claim_keys),
        ("reject", queries.reject_ids),
        ("mark", queries.entry_marks),
    ):
        yield from (((name, value), True) for value in values)
    for signature in queries.minhashes:
        yield from ((("band", band), True) for band in minhash.band_keys(signature))


def _names_wanted(queries: Queries) -> Iterator[tuple[_Key, bool]]:
    """What leads to articles, and by them to rows: guids, and addresses that several have."""
    yield from ((("guid", value), True) for value in queries.guid_keys)
    yield from ((("address", value), True) for value in queries.address_keys)


def _ids_of_name(joined: tuple[_Key, dict[str, Iterable[Any]]]) -> Iterator[tuple[_Key, bool]]:
    """Asks for all rows of the articles whose rows have a guid or address that is asked for."""
    (kind, _), groups = joined
    if any(groups["wanted"]):
        ids = set(groups["held"])
        found = heapq.nsmallest(MAX_CLAIMANTS, ids) if kind == "address" else ids
        yield from ((("id", name), True) for name in found)


def _read_keyed(
    file: tuple[str, str],
) -> Iterator[tuple[_Key, LakeRow | str | bytes] | pvalue.TaggedOutput[str, tuple[_Key, str]]]:
    table, path = file
    if table == "rejects":
        for identity in read_reject_ids(path):
            rejected = identity.tobytes().hex()
            yield ("reject", rejected), rejected
        return
    if table == "known":
        for mark in map(bytes, read_entry_marks(path)):
            yield ("mark", mark), mark
        return
    for row in read_keys(path, table).rows():
        if row.guid_key:
            yield pvalue.TaggedOutput("names", (("guid", row.guid_key), row.article_id))
        if row.address_key:
            yield pvalue.TaggedOutput("names", (("address", row.address_key), row.article_id))
        yield ("id", row.article_id), row
        yield ("text", row.text_hash), row
        yield ("document", row.document_id), row
        if row.entry_mark:
            yield ("mark", row.entry_mark), row.entry_mark if row.is_correction else row
        if row.claim_key:
            yield ("claim", row.claim_key), row
        yield from ((("band", band), row) for band in minhash.band_keys(row.minhash))


def _match(joined: tuple[_Key, dict[str, Iterable[LakeRow | str | bytes]]]) -> Iterator[Facts]:
    (name, _), groups = joined
    if not any(groups["wanted"]):
        return
    rows = groups["held"]
    if name == "claim":
        rows = heapq.nsmallest(MAX_CLAIMANTS, rows, key=_document_id)
    for held in rows:
        if isinstance(held, str):
            yield Facts(rejects=frozenset([held]))
        elif isinstance(held, bytes):
            yield Facts(known_marks=frozenset([held]))
        elif name == "mark":
            yield Facts(row_marks=frozenset([held.entry_mark]))
        elif name == "document":
            yield Facts(documents=frozenset([held.document_id]))
        else:
            yield Facts(rows=frozenset([held]))


def _document_id(held: LakeRow | str | bytes) -> bytes:
    assert isinstance(held, LakeRow)
    return held.document_id


def _union(parts: Iterable[Facts]) -> Facts:
    sets: dict[str, set[Any]] = {field.name: set() for field in fields(Facts)}
    for part in parts:
        for name, held in sets.items():
            held.update(getattr(part, name))
    return Facts(**{name: frozenset(held) for name, held in sets.items()})
