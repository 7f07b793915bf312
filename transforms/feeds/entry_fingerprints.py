"""Fingerprints by which entries of feeds and sitemaps are known again, and which are news."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from feedlake.transforms.normalize.html_text import html_to_text
from feedlake.transforms.normalize.text import hash_text
from feedlake.transforms.normalize.urls import canonicalize_url
from feedlake.transforms.records.documents import Document, Rejection
from feedlake.transforms.records.polls import SourceOptions

KEY_BYTES = 8
_PART_BYTES = 2
MARK_BYTES = 8
FINGERPRINT_BYTES = KEY_BYTES + 4 * _PART_BYTES + MARK_BYTES
"""Length of a fingerprint: 8 bytes to name an entry (of 1,000 million entries of one feed two would
share them with a chance of 3 %), 2 each for what it says, when it says to have changed, where it
leads to, and what it says but for figures (of 65,000 changes one stays unseen), 8 for all of it."""

KEPT_FINGERPRINTS = 100
"""Fingerprints of entries that have left a feed are kept as well: as many as it has entries, but at
least these. Feeds drop entries and show them again: servers that share the work differ, and a feed
may be empty for an hour."""

CHURN_ENTRIES = 4
"""From how many entries on it is no news that all of them have changed nothing but dates and links:
such a feed writes the time of its making or a new redirect at each poll, or its site has moved."""

_FIGURES = re.compile(r"\d+")


MAX_RESTLESS = 3
"""How often in a row an entry may change nothing but figures in its text and dates before it is
called restless. Feeds count comments, and write the time of their making; the pages stay as they
are."""

RESTLESS_CHANGES = 8
"""One of so many further changes is a change like others: there may be something new behind it."""


@dataclass(frozen=True)
class News:
    """What a poll brought, beside the one before.

    Attributes:
        new: Numbers of the entries that were not there.
        changed: Numbers of those that were, and said something else.
        same: Numbers of all others, and of repetitions within the poll.
        restless: Of those that changed and have done nothing else lately: what each said before,
            as `mark_of` has it, by its number.
    """

    new: tuple[int, ...]
    changed: tuple[int, ...]
    same: tuple[int, ...]
    restless: Mapping[int, str] = field(default_factory=dict)


class _Parts(NamedTuple):
    """A fingerprint in its parts; those that it does not have are empty.

    Attributes:
        name: Which entry it is: by its guid, else by its link, else by what it says.
        says: Title and text.
        dates: Times of publication and of the last change.
        link: Where it leads to.
        shape: Title, and text without figures.
        mark: All of it: see `mark_of`.
        restless: How often in a row it has changed nothing but figures and dates.
    """

    name: bytes
    says: bytes
    dates: bytes
    link: bytes = b""
    shape: bytes = b""
    mark: bytes = b""
    restless: int = 0


def fingerprint_entry(entry: Document | Rejection) -> bytes:
    """Returns the entry's fingerprint, `FINGERPRINT_BYTES` long.

    It is named by its guid, else by its link, else by what it says.
    """
    if isinstance(entry, Rejection):
        words = repr((entry.reason, entry.url, entry.title, entry.detail))
        name = words.encode("utf-8", "surrogatepass")
        mark = _hash(b"reject\x00" + name, MARK_BYTES)
        return _hash(name, KEY_BYTES) + bytes(4 * _PART_BYTES) + mark
    document = entry
    body = document.body if isinstance(document.body, str) else ""
    text = html_to_text(body) if document.is_html else body
    title = document.title or ""
    says = _hash_words(f"{title}\n{text}")
    shape = _hash_words(f"{title}\n{_FIGURES.sub('', text)}")
    canonical_url = canonicalize_url(document.url or "")
    page = (canonical_url or document.url or "").encode("utf-8", "surrogatepass")
    if document.guid:
        name = b"guid\x00" + document.guid.encode("utf-8", "surrogatepass")
    elif canonical_url and not document.has_shared_url:
        name = b"link\x00" + page
    else:
        name = b"text\x00" + says
    dates = repr((document.published_at, document.updated_at)).encode()
    return b"".join((
        _hash(name, KEY_BYTES),
        says[:_PART_BYTES],
        _hash(dates, _PART_BYTES),
        _hash(page, _PART_BYTES),
        shape[:_PART_BYTES],
        _hash(b"\x00".join((page, dates, says)), MARK_BYTES),
    ))  # fmt: skip


def mark_of(fingerprint: bytes) -> str:
    """Returns what the entry says as a whole: link, title, text and dates, as 16 hex digits.

    Whatever its guid is, and in which feed it stands.
    """
    return fingerprint[FINGERPRINT_BYTES - MARK_BYTES : FINGERPRINT_BYTES].hex()


def find_news(fingerprints: Sequence[bytes], known: Iterable[bytes]) -> News:
    """Returns which entries are news.

    Args:
        fingerprints: Of the feed's entries, by their numbers from 0.
        known: What the poll before has kept.
    """
    before: dict[bytes, list[_Parts]] = {}
    marks: set[bytes] = set()
    for parts in map(_parts, known):
        before.setdefault(parts.name, []).append(parts)
        marks.add(parts.mark)
    new, changed, moved, same, repeated = [], [], [], [], []
    seen: set[bytes] = set()
    for number, fingerprint in enumerate(fingerprints):
        parts = _parts(fingerprint)
        versions = before.get(parts.name)
        if parts.mark in seen:
            repeated.append(number)
        elif parts.mark in marks or any(_is_same(parts, version) for version in versions or ()):
            same.append(number)
        elif versions is None:
            new.append(number)
        elif any(version.says == parts.says for version in versions):
            moved.append((number, versions))
        else:
            changed.append((number, versions))
        seen.add(parts.mark)
    if not same and len(moved) >= CHURN_ENTRIES:
        same, moved = [number for number, _ in moved], []
    read = {number: versions[0] for number, versions in (*changed, *moved)}
    restless = {
        number: was.mark.hex()
        for number, was in sorted(read.items())
        if MAX_RESTLESS <= was.restless < MAX_RESTLESS + RESTLESS_CHANGES - 1
        and _is_restless(_parts(fingerprints[number]), was)
    }
    return News(
        tuple(new), tuple(sorted(read)), tuple(sorted([*same, *repeated])), restless=restless
    )


def fingerprints_to_keep(
    fingerprints: Iterable[bytes], known: Iterable[bytes]
) -> tuple[bytes, ...]:
    """Returns the fingerprints that the next poll has to know: of the entries, then older ones.

    Behind that of an entry that stood in the feed before, a byte says how often in a row it has
    changed nothing but figures and dates.

    Args:
        fingerprints: Of the feed's entries.
        known: What the poll before has kept.
    """
    known = tuple(known)
    before: dict[bytes, _Parts] = {}
    for parts in map(_parts, known):
        before.setdefault(parts.name, parts)
    current = {
        fingerprint: fingerprint + _count_restless(_parts(fingerprint), before)
        for fingerprint in fingerprints
    }
    names = {fingerprint[:KEY_BYTES] for fingerprint in current}
    gone = [fingerprint for fingerprint in known if fingerprint[:KEY_BYTES] not in names]
    return (*current.values(), *gone[: max(len(current), KEPT_FINGERPRINTS)])


def _parts(fingerprint: bytes) -> _Parts:
    places = (KEY_BYTES, *(KEY_BYTES + _PART_BYTES * number for number in range(1, 5)))
    starts, ends = (0, *places), (*places, FINGERPRINT_BYTES)
    name, says, dates, link, shape, mark = (
        fingerprint[start:end] for start, end in zip(starts, ends, strict=True)
    )
    restless = (fingerprint[FINGERPRINT_BYTES:] or b"\x00")[0]
    return _Parts(name, says, dates, link, shape, mark, restless)


def _is_same(parts: _Parts, former: _Parts) -> bool:
    """Whether an entry is as it was, by a fingerprint that tells but its words and dates.

    Such are those of schema version 2.
    """
    return not former.mark and former[:3] == parts[:3]


def _is_restless(parts: _Parts, before: _Parts) -> bool:
    return (parts.shape, parts.link) == (before.shape, before.link)


def _count_restless(parts: _Parts, before: dict[bytes, _Parts]) -> bytes:
    """How often in a row the entry has changed nothing but figures and dates; empty for never."""
    was = before.get(parts.name)
    if was is None or not _is_restless(parts, was):
        return b""
    count = was.restless + (parts.mark != was.mark)
    if count == MAX_RESTLESS + RESTLESS_CHANGES:
        count = MAX_RESTLESS
    return bytes([count]) if count else b""


def with_options(document: Document, options: SourceOptions) -> Document:
    """Returns the document with what the operator says of its source."""
    tags = tuple(dict.fromkeys((*document.tags, *options.tags)))
    return replace(document, tags=tags, language=document.language or options.language)


def _hash_words(words: str) -> bytes:
    # JSON can hold halves of surrogate pairs, which UTF-8 cannot.
    return hash_text(words.encode("utf-8", "replace").decode())


def _hash(name: bytes, size: int) -> bytes:
    return hashlib.blake2b(name, digest_size=size).digest()
