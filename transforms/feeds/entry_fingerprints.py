"""Fingerprints by which entries of feeds and sitemaps are known again, and which are news."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from feedlake.transforms.normalize.html_text import html_to_text
from feedlake.transforms.normalize.text import hash_text
from feedlake.transforms.normalize.urls import canonicalize_url
from feedlake.transforms.records.documents import Document, Rejection
from feedlake.transforms.records.polls import SourceOptions

KEY_BYTES = 8
_PART_BYTES = 2
FINGERPRINT_BYTES = KEY_BYTES + 2 * _PART_BYTES
"""Length of a fingerprint: 8 bytes to name an entry (of 1,000 million entries of one feed two would
share them with a chance of 3 %), 2 for what it says, 2 for when it says to have changed (of 65,000
changes one stays unseen)."""

KEPT_FINGERPRINTS = 100
"""Fingerprints of entries that have left a feed are kept as well: as many as it has entries, but at
least these. Feeds drop entries and show them again: servers that share the work differ, and a feed
may be empty for an hour."""

CHURN_ENTRIES = 4
"""From how many entries on it is no news that all of them have changed their dates alone: such a
feed writes the time of its making."""


@dataclass(frozen=True)
class News:
    """What a poll brought, beside the one before.

    Attributes:
        new: Numbers of the entries that were not there.
        changed: Numbers of those that were, and said something else.
        same: Numbers of all others, and of repetitions within the poll.
    """

    new: tuple[int, ...]
    changed: tuple[int, ...]
    same: tuple[int, ...]


def fingerprint_entry(entry: Document | Rejection) -> bytes:
    """Returns the entry's fingerprint, `FINGERPRINT_BYTES` long.

    It is named by its guid, else by its link, else by what it says.
    """
    if isinstance(entry, Rejection):
        words = repr((entry.reason, entry.url, entry.title, entry.detail))
        return _hash(words.encode("utf-8", "surrogatepass"), KEY_BYTES) + bytes(2 * _PART_BYTES)
    document = entry
    body = document.body if isinstance(document.body, str) else ""
    text = html_to_text(body) if document.is_html else body
    # JSON can hold halves of surrogate pairs, which UTF-8 cannot.
    words = f"{document.title or ''}\n{text}".encode("utf-8", "replace").decode()
    says = hash_text(words)
    link = canonicalize_url(document.url or "")
    if document.guid:
        name = b"guid\x00" + document.guid.encode("utf-8", "surrogatepass")
    elif link and not document.has_shared_url:
        name = b"link\x00" + link.encode()
    else:
        name = b"text\x00" + says
    dates = repr((document.published_at, document.updated_at)).encode()
    return _hash(name, KEY_BYTES) + says[:_PART_BYTES] + _hash(dates, _PART_BYTES)


def find_news(fingerprints: Iterable[bytes], known: Iterable[bytes]) -> News:
    """Returns which entries are news.

    Args:
        fingerprints: Of the feed's entries, by their numbers from 0.
        known: Of the entries of the poll before, and of those that the feed held lately.
    """
    before: dict[bytes, set[bytes]] = {}
    for fingerprint in known:
        before.setdefault(fingerprint[:KEY_BYTES], set()).add(fingerprint[KEY_BYTES:])
    new, changed, redated, same, repeated = [], [], [], [], []
    seen: set[bytes] = set()
    for number, fingerprint in enumerate(fingerprints):
        versions = before.get(fingerprint[:KEY_BYTES])
        if fingerprint in seen:
            repeated.append(number)
        elif versions is None:
            new.append(number)
        elif fingerprint[KEY_BYTES:] in versions:
            same.append(number)
        elif any(
            fingerprint[KEY_BYTES:-_PART_BYTES] == version[:_PART_BYTES] for version in versions
        ):
            redated.append(number)
        else:
            changed.append(number)
        seen.add(fingerprint)
    if same or len(redated) < CHURN_ENTRIES:
        changed = sorted([*changed, *redated])
    else:
        same = redated
    return News(tuple(new), tuple(changed), tuple(sorted([*same, *repeated])))


def fingerprints_to_keep(
    fingerprints: Iterable[bytes], known: Iterable[bytes]
) -> tuple[bytes, ...]:
    """Returns the fingerprints that the next poll has to know: of the entries, then older ones.

    Args:
        fingerprints: Of the feed's entries.
        known: What the poll before has kept.
    """
    current = tuple(dict.fromkeys(fingerprints))
    names = {fingerprint[:KEY_BYTES] for fingerprint in current}
    gone = [fingerprint for fingerprint in known if fingerprint[:KEY_BYTES] not in names]
    return (*current, *gone[: max(len(current), KEPT_FINGERPRINTS)])


def with_options(document: Document, options: SourceOptions) -> Document:
    """Returns the document with what the operator says of its source."""
    tags = tuple(dict.fromkeys((*document.tags, *options.tags)))
    return replace(document, tags=tags, language=document.language or options.language)


def _hash(name: bytes, size: int) -> bytes:
    return hashlib.blake2b(name, digest_size=size).digest()
