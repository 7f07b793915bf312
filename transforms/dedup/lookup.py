"""What the steps ask of earlier runs, and what they are told."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Literal, NamedTuple, Protocol, get_args

from feedlake.transforms.dedup.kinship import TITLE_WORDS, sketch_title
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.records.documents import SourceKind

RowKind = Literal["article", "revision", "duplicate"]

NEVER = (1 << 63) - 1
"""Time of publication of what has none, in microseconds: after all others."""

HASH_BYTES = 16
"""How much of a SHA-256 is compared: 128 bits, of which a million million documents share none
by chance (birthday bound)."""


MAX_CLAIMANTS = 100
"""Documents that one claimed address leads to: a site's faulty template may claim one for all. An
address that identifies none of its articles leads to as many of them."""


class Statement(NamedTuple):
    """What a document says of its article beside the text and its date, and where it stands.

    Attributes:
        place: 8 bytes of its source, or of the kind of file where it is one; see `state`.
        title: 3 bytes of its title; none if it has none.
        authors: 3 bytes of its authors; none if it has none, or if that is not known.
        title_words: What its title is compared by: see `kinship.sketch_title`.
    """

    place: bytes = b""
    title: bytes = b""
    authors: bytes = b""
    title_words: bytes = b""


NOTHING_SAID = Statement()


@dataclass(frozen=True)
class LakeRow:
    """The keys of one row of `articles`, `revisions` or `duplicates`.

    Attributes:
        kind: The table it is in.
        article_id: The document's id.
        original_id: Of a duplicate the id of its original, else its own.
        cluster_id: Id of the first known article of its near-duplicate group.
        text_hash: First `HASH_BYTES` of `text_sha256`.
        content_hash: First `HASH_BYTES` of `content_sha256`.
        minhash: Signature; empty where another row of the lake has the same text.
        revision: Number of the revision, 0 if it is none.
        published_at: Microseconds since 1970; `NEVER` if unknown.
        char_count: Code points of the text.
        document_id: See `document_id`.
        is_summary: Whether the text is no more than a feed's summary.
        guid_key: See `guid_key`.
        claim_key: See `claim_key`.
        address_key: The same of an address that it came from, if that does not identify it.
        entry_mark: What the feed said of it, 8 bytes: see `Document.entry_mark`; empty if it came
            from no polled feed, or before schema version 3.
        is_correction: Whether it is a revision with the text of the version before.
        statement: See `Statement`.
    """

    kind: RowKind
    _: KW_ONLY
    article_id: str
    original_id: str
    cluster_id: str
    text_hash: bytes
    content_hash: bytes
    minhash: bytes
    revision: int
    published_at: int
    char_count: int
    document_id: bytes
    is_summary: bool = False
    guid_key: bytes = b""
    claim_key: bytes = b""
    address_key: bytes = b""
    entry_mark: bytes = b""
    is_correction: bool = False
    statement: Statement = NOTHING_SAID


@dataclass(frozen=True)
class Queries:
    """The keys of some documents, to be looked up in the lake.

    Attributes:
        article_ids: Ids, 32 hex digits.
        text_hashes: First `HASH_BYTES` of `text_sha256`.
        minhashes: Signatures, whose bands are looked up.
        guid_keys: See `guid_key`.
        claim_keys: See `claim_key`.
        address_keys: See `LakeRow.address_key`.
        entry_marks: See `LakeRow.entry_mark`.
        reject_ids: `rejects.reject_id`, 32 hex digits.
        other_ids: Further ids by which the documents may be known already, if a row with one of the
            texts has them.
        near_threshold: Similarity from which texts count as copies: of rows that share a band, and
            nothing else that is asked for, those may be left out that no document is a copy of, or
            that are not the first of their cluster. 0 if all that share a band are wanted.
    """

    article_ids: frozenset[str] = frozenset()
    _: KW_ONLY
    text_hashes: frozenset[bytes] = frozenset()
    minhashes: frozenset[bytes] = frozenset()
    guid_keys: frozenset[bytes] = frozenset()
    claim_keys: frozenset[bytes] = frozenset()
    address_keys: frozenset[bytes] = frozenset()
    entry_marks: frozenset[bytes] = frozenset()
    reject_ids: frozenset[str] = frozenset()
    other_ids: frozenset[str] = frozenset()
    near_threshold: float = 0.0


@dataclass(frozen=True)
class Facts:
    """What the lake holds under the keys asked for.

    Attributes:
        rows: Rows that have one of the ids, one of the texts, share a band, or have the
            `article_id` of a row with one of the guids, or that came from one of the addresses
            (at least the first `MAX_CLAIMANTS` of these ids); and of those that claim one of the
            addresses at least the first `MAX_CLAIMANTS`, by document id. Where many share a band or
            have one text, those that no verdict depends on may be left out: see `Queries`.
        rejects: Those of the reject ids that the lake has a row of.
        row_marks: Those of the entry marks with which an article, a copy or a new text came.
        known_marks: Those with which a correction came, or an entry that was recognised: see
            `Recognised`.
    """

    rows: frozenset[LakeRow] = frozenset()
    rejects: frozenset[str] = frozenset()
    row_marks: frozenset[bytes] = frozenset()
    known_marks: frozenset[bytes] = frozenset()


class History(Protocol):
    """What earlier runs published, looked up by keys."""

    def find(self, queries: Queries) -> Facts:
        """Returns what the lake holds under these keys."""


def document_id(source: str, source_record: int | None, article_id: str, text_hash: bytes) -> bytes:
    """Returns 8 bytes that identify a document where it stands: source, record, id and text."""
    return document_id_at(_place_of(source), source_record, article_id, text_hash)


def document_id_at(
    place: bytes, source_record: int | None, article_id: str, text_hash: bytes
) -> bytes:
    """Returns a document's `document_id`, by the place of a source in the web: see `state`."""
    record = f"\x00{source_record}\x00{article_id}\x00".encode()
    return hashlib.blake2b(place + record + text_hash, digest_size=8).digest()


def guid_key(source: str, guid: str | None) -> bytes:
    """Returns 8 bytes that identify an entry by its guid, within its feed; none without a guid."""
    line = normalize_line(guid)  # As the column has it.
    if line is None:
        return b""
    named = f"{source}\x00{line}".encode("utf-8", "surrogateescape")
    return hashlib.blake2b(named, digest_size=8, person=b"guid").digest()


def claim_key(article_id: str) -> bytes:
    """Returns 8 bytes that identify an address which a page claims; none for no address.

    Args:
        article_id: The id of the article that has this address; empty for no address.
    """
    return bytes.fromhex(article_id[:16])


def state(
    source: str, source_kind: str | None, *, title: str | None, authors: Sequence[str] | None
) -> Statement:
    """Returns what a document says of its article.

    Two documents of one address in the web stand at one place: a correction comes where the article
    came. Files of one kind are one place: an archive is exported, or crawled, again.

    Args:
        source: Path or URL.
        source_kind: What it is.
        title: The title, as the column has it.
        authors: The authors; None if they are not known.
    """
    is_in_web = source.startswith(("http://", "https://"))
    return Statement(
        _place_of(source) if is_in_web else _digest(f"kind\x00{source_kind}", 8),
        _digest(title, SAID_BYTES) if title else b"",
        _digest("\x00".join(authors), SAID_BYTES) if authors else b"",
        sketch_title(title),
    )


def _place_of(source: str) -> bytes:
    return _digest(f"source\x00{source}", 8)


SAID_BYTES = 3
"""Bytes of a title, and of authors: two that are compared are of one article as a rule."""

STATEMENT_BYTES = 8 + 2 * SAID_BYTES + 2 * TITLE_WORDS
"""Length of a statement as bytes."""


def pack_statement(said: Statement) -> bytes:
    """Returns what a document says as `STATEMENT_BYTES`, zeros where it says nothing."""
    title, authors = (part.ljust(SAID_BYTES, b"\0") for part in (said.title, said.authors))
    return said.place + title + authors + said.title_words.ljust(2 * TITLE_WORDS, b"\0")


def unpack_statement(packed: bytes) -> Statement:
    """Returns what `pack_statement` was given."""
    title, authors, words = packed[8:11], packed[11:14], packed[14:]
    while words.endswith(b"\0\0"):  # No word is that.
        words = words[:-2]
    return Statement(
        packed[:8], title if any(title) else b"", authors if any(authors) else b"", words
    )


def _digest(words: str, size: int) -> bytes:
    encoded = words.encode("utf-8", "surrogateescape")
    return hashlib.blake2b(encoded, digest_size=size, person=b"statement").digest()


_PLACES_OF_FILES = frozenset(_digest(f"kind\x00{kind}", 8) for kind in get_args(SourceKind))


def is_of_files(place: bytes) -> bool:
    """Returns whether a statement's place stands for files, among which guids are not compared."""
    return place in _PLACES_OF_FILES


def article_id_of(identity: bytes) -> str:
    """Returns the id of an article, 32 hex digits.

    Args:
        identity: Its canonical address, or the hash of its text where it has none.
    """
    return hashlib.sha256(identity).hexdigest()[:32]
