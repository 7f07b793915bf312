"""What is kept of a row that was removed: enough to know it again, and nothing that it said."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from typing import Any, Literal

from feedlake.transforms.dedup.lookup import article_id_of, guid_key
from feedlake.transforms.normalize import urls
from feedlake.transforms.normalize.text import normalize_line

Kind = Literal["article", "revision", "duplicate", "entry", "address"]
"""The table that the row was in; `entry`: the link of a feed's entry that led to it; `address`: an
address that the operator named, whatever was there."""


@dataclass(frozen=True)
class Tombstone:
    """What is left of one row: a row of `removals`.

    Attributes:
        kind: Where the row was.
        article_id: The id that it had; of an address, the id of the article there.
        cause: Which command removed it.
        reason: Why, in the operator's words.
        removed_at: When, UTC.
        address_ids: Ids of the addresses that identified it, 32 hex digits.
        text_sha256: Hash of its text; None if a row that stays has the same text.
        content_sha256: The same of the text without date lines and counters.
        guid_key: See `lookup.guid_key`; None without a guid.
        title_key: 4 bytes of a hash of its title; None without one. A guid alone is one witness.
        published_at: Time of publication, UTC; None if unknown, or if there is no guid.
        entry_mark: What a polled feed said of it, as 16 hex digits.
    """

    kind: Kind
    _: KW_ONLY
    article_id: str
    cause: Literal["remove", "retain"]
    reason: str
    removed_at: datetime
    address_ids: tuple[str, ...] = ()
    text_sha256: bytes | None = None
    content_sha256: bytes | None = None
    guid_key: bytes | None = None
    title_key: bytes | None = None
    published_at: datetime | None = None
    entry_mark: str | None = None


def address_ids(*addresses: str | None) -> Iterator[str]:
    """Yields the ids that these addresses have, or had under earlier versions of the rule.

    A tombstone has no address that an upgrade could make another id of. So what comes is looked for
    under all ids that it might have had.

    Args:
        addresses: As written, or canonical; None is passed over.
    """
    for address in filter(None, addresses):
        for canonicalize in (urls.canonicalize_url, *urls.FORMER_RULES.values()):
            if canonical := canonicalize(address):
                yield article_id_of(canonical.encode())


def title_key(title: str | None) -> bytes:
    """Returns what a title is told apart by, 4 bytes; empty without one."""
    line = normalize_line(title)
    if not line:
        return b""
    # Of its own, as it is stored: what the index knows titles by may change.
    encoded = line.encode("utf-8", "surrogateescape")
    return hashlib.blake2b(encoded, digest_size=4, person=b"tombstone").digest()


def tombstone_of(
    row: Mapping[str, Any],
    *,
    kind: Kind,
    cause: Literal["remove", "retain"],
    reason: str,
    removed_at: datetime,
) -> Tombstone:
    """Returns what is kept of a row of `articles`, `revisions` or `duplicates`.

    An address that several entries of a feed share identifies none of them, and isn't kept.

    Args:
        row: The row, its times with a timezone.
        kind: Which of the three.
        cause: Which command removes it.
        reason: Why, in the operator's words.
        removed_at: When, UTC.
    """
    ids: dict[str, None] = {}
    if row["canonical_url"]:
        named = address_ids(row["canonical_url"], row["url"])
        ids = dict.fromkeys([row["article_id"], *named])
    guid = guid_key(row["source"], row["guid"])
    return Tombstone(
        kind,
        article_id=row["article_id"],
        cause=cause,
        reason=reason,
        removed_at=removed_at,
        address_ids=tuple(ids),
        text_sha256=row["text_sha256"],
        content_sha256=row["content_sha256"],
        guid_key=guid or None,
        title_key=(title_key(row["title"]) or None) if guid else None,
        published_at=row["published_at"] if guid else None,
        entry_mark=row["entry_mark"],
    )


def as_rows(tombstones: Iterable[Tombstone]) -> Iterator[dict[str, Any]]:
    """Yields them as rows of `removals`, those about the run apart."""
    for tombstone in tombstones:
        yield {**vars(tombstone), "address_ids": list(tombstone.address_ids)}
