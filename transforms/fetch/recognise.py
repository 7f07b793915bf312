"""The rule for which entries need not be read, since the lake has their articles.

An entry is read if it says something else than when it was read before. Without being read it is
known only if it says the same, or if the lake has its article from elsewhere and nothing that the
entry says speaks against it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from feedlake.transforms.dedup.kinship import FAR_DAYS, compare_titles
from feedlake.transforms.dedup.lookup import (
    NEVER,
    Facts,
    LakeRow,
    Queries,
    Statement,
    article_id_of,
    claim_key,
    guid_key,
    state,
)
from feedlake.transforms.normalize.microseconds import to_microseconds
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.normalize.urls import canonicalize_url
from feedlake.transforms.records.documents import Entry

Test = Literal["entry", "address", "guid"]
"""By what an entry is known without being read. `entry`: by what it says, which is what it said
when it was read; or by having changed nothing but figures and dates, again and again, behind which
there was nothing new. `address`, `guid`: by that alone, where it is not known what this feed said
of the article that the lake has."""

_FAR = FAR_DAYS * 24 * 3_600 * 1_000_000


class _Row(NamedTuple):
    """What an article of the lake is compared by.

    Attributes:
        statement: What it says of itself.
        published_at: Microseconds since 1970; `NEVER` if unknown.
        has_mark: Whether it is known what its feed said.
    """

    statement: Statement
    published_at: int
    has_mark: bool


@dataclass(frozen=True)
class LakeFacts:
    """What the lake holds of the entries of a chunk.

    Attributes:
        at_address: Its rows by the key of the address that identifies them, or that they came from.
        by_guid: Its rows by their guid's key.
        row_marks: Marks of entries with which rows came.
        known_marks: Marks of entries that were recognised.
    """

    at_address: dict[bytes, list[_Row]]
    by_guid: dict[bytes, list[_Row]]
    row_marks: frozenset[bytes]
    known_marks: frozenset[bytes]

    @classmethod
    def of(cls, facts: Facts) -> LakeFacts:
        """Returns what the lake holds, by what entries ask for."""
        at_address: dict[bytes, list[_Row]] = defaultdict(list)
        by_guid: dict[bytes, list[_Row]] = defaultdict(list)
        for row in facts.rows:
            held = _Row(row.statement, row.published_at, bool(row.entry_mark))
            for key in _addresses_of(row):
                at_address[key].append(held)
            if row.guid_key:
                by_guid[row.guid_key].append(held)
        return cls(dict(at_address), dict(by_guid), facts.row_marks, facts.known_marks)

    @classmethod
    def join(cls, parts: Iterable[LakeFacts]) -> LakeFacts:
        """Returns what all of these say of the lake."""
        at_address: dict[bytes, list[_Row]] = defaultdict(list)
        by_guid: dict[bytes, list[_Row]] = defaultdict(list)
        row_marks: set[bytes] = set()
        known_marks: set[bytes] = set()
        for part in parts:
            for key, rows in part.at_address.items():
                at_address[key] += rows
            for key, rows in part.by_guid.items():
                by_guid[key] += rows
            row_marks |= part.row_marks
            known_marks |= part.known_marks
        return cls(dict(at_address), dict(by_guid), frozenset(row_marks), frozenset(known_marks))


def queries_for(entry: Entry) -> Queries:
    """Returns what recognising an entry asks of the lake."""
    article_id, address, guid = _names_of(entry)
    marks = (entry.document.entry_mark, entry.restless_mark)
    return Queries(
        article_ids=frozenset(filter(None, [article_id])),
        address_keys=frozenset(filter(None, [address])),
        guid_keys=frozenset(filter(None, [guid])),
        entry_marks=frozenset(bytes.fromhex(mark) for mark in marks if mark),
    )


def recognise(entry: Entry, facts: LakeFacts) -> Test | None:
    """Returns by what the lake knows an entry; None if it is to be read.

    Args:
        entry: The entry.
        facts: What the lake holds.
    """
    document = entry.document
    if entry.restless_mark and bytes.fromhex(entry.restless_mark) not in facts.row_marks:
        return "entry"
    if entry.is_changed:
        return None
    if document.entry_mark:
        mark = bytes.fromhex(document.entry_mark)
        if mark in facts.row_marks or mark in facts.known_marks:
            return "entry"
    _, address, guid = _names_of(entry)
    there, named = facts.at_address.get(address, []), facts.by_guid.get(guid, [])
    said = state(
        document.source,
        document.source_kind,
        title=normalize_line(document.title),
        authors=None,
    )
    rows = (*there, *named)
    is_from_here = any(row.has_mark and row.statement.place == said.place for row in rows)
    if is_from_here and document.entry_mark:
        return None  # It said something else then.
    published_at = to_microseconds(document.published_at) if document.published_at else NEVER
    if there:
        return "address" if _agrees(said, published_at, there) else None
    return "guid" if _agrees(said, published_at, named) else None


def _agrees(said: Statement, published_at: int, rows: Sequence[_Row]) -> bool:
    """Whether nothing that the entry says speaks against one of the rows."""
    return any(
        _is_title_like(said, row.statement) and _is_date_near(published_at, row.published_at)
        for row in rows
    )


def _is_title_like(said: Statement, known: Statement) -> bool:
    if said.title and said.title == known.title:
        return True
    return compare_titles(said.title_words, known.title_words) != "other"


def _is_date_near(first: int, second: int) -> bool:
    return NEVER in (first, second) or abs(first - second) <= _FAR


def _names_of(entry: Entry) -> tuple[str, bytes, bytes]:
    """The id that its article has if its page names no other address; keys of address and guid."""
    document = entry.document
    url = None if document.has_shared_url else canonicalize_url(document.url or "")
    article_id = article_id_of(url.encode()) if url else ""
    return (
        article_id,
        claim_key(article_id),
        guid_key(document.source, document.guid) if document.guid else b"",
    )


def _addresses_of(row: LakeRow) -> set[bytes]:
    """Keys of its own id, which may be that of an address, and of where it came from."""
    return {claim_key(row.article_id), row.address_key} - {b""}
