"""What of an article is compared with others: its keys, out of its text."""

from __future__ import annotations

import re
from datetime import datetime

from transforms import minhash
from transforms.decide import Key
from transforms.history import HASH_BYTES, NEVER, document_id
from transforms.records import Article
from transforms.text import hash_text

FURNITURE_CHARS = 80
"""Longest line that may be furniture: a byline with date and counters on one line has about 60."""

_DIGIT = re.compile(r"\d")
_SENTENCE_END = tuple('.!?…。！？।۔"”»’)')


def hash_content(text: str) -> bytes:
    """Returns 32 bytes that are equal for texts whose difference is no revision (SHA-256).

    Left out are case, white space, and lines that hold a digit, are no longer than
    `FURNITURE_CHARS` and do not end as a sentence does: date lines ("Updated 3 March, 10:30"),
    counters ("12 comments"). A number that changes within a sentence is a revision.
    """
    lines = [line for line in text.split("\n") if not _is_furniture(line)]
    return hash_text(" ".join(lines) or text)


def document_id_of(article: Article) -> bytes:
    """Returns the article's `history.document_id`."""
    return document_id(
        article.source,
        article.source_record,
        article.article_id,
        article.text_sha256[:HASH_BYTES],
    )


def key_of(article: Article) -> Key:
    """Returns the article's keys."""
    shingles = minhash.shingle(minhash.tokenize(article.text))
    return Key(
        document_id=document_id_of(article),
        article_id=article.article_id,
        has_url=article.canonical_url is not None,
        text_hash=article.text_sha256[:HASH_BYTES],
        content_sha256=hash_content(article.text),
        minhash=minhash.sign(shingles),
        shingles=shingles.tobytes(),
        published_at=_microseconds(article.published_at),
        fetched_at=_microseconds(article.fetched_at),
        char_count=article.char_count,
        place=(article.source, article.source_record or 0),
    )


def _is_furniture(line: str) -> bool:
    return (
        len(line) <= FURNITURE_CHARS
        and _DIGIT.search(line) is not None
        and not line.rstrip().endswith(_SENTENCE_END)
    )


def _microseconds(moment: datetime | None) -> int:
    # Whole seconds and microseconds apart: a float would lose the last digits.
    return NEVER if moment is None else int(moment.timestamp()) * 1_000_000 + moment.microsecond
