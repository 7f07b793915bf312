"""The fingerprint of an article: keys, made of its text, by which it is compared with others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from feedlake.transforms.dedup.known_rows import Key
from feedlake.transforms.dedup.lookup import (
    HASH_BYTES,
    NEVER,
    article_id_of,
    document_id,
    guid_key,
    state,
)
from feedlake.transforms.dedup.notices import SENTENCE_END
from feedlake.transforms.dedup.signature import sign_all
from feedlake.transforms.normalize.microseconds import to_microseconds
from feedlake.transforms.normalize.text import hash_text
from feedlake.transforms.normalize.urls import canonicalize_url
from feedlake.transforms.records.documents import Article

FURNITURE_CHARS = 80
"""Longest line that may be furniture: a byline with date and counters on one line has about 60."""

WRAPPED_CHARS = 50
"""Shortest line that may be one of a paragraph wrapped at a fixed width, 60 to 80 as a rule."""

_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Fingerprinted:
    """An article and its fingerprint, which is made where the text is at hand.

    Attributes:
        article: The article.
        key: Its fingerprint: what of it is compared with others.
    """

    article: Article
    key: Key


def fingerprint_article(article: Article) -> Fingerprinted:
    """Returns the article with its fingerprint."""
    [fingerprinted] = fingerprint_articles([article])
    return fingerprinted


def fingerprint_articles(articles: Sequence[Article]) -> list[Fingerprinted]:
    """Returns the articles with their fingerprints, in their order."""
    signatures = sign_all([article.text for article in articles])
    return [
        Fingerprinted(article, _key(article, signature))
        for article, signature in zip(articles, signatures, strict=True)
    ]


def hash_content(text: str, *, text_sha256: bytes | None = None) -> bytes:
    """Returns 32 bytes that are equal for texts whose difference is no revision (SHA-256).

    Left out are case, white space, and lines that hold a digit, are no longer than
    `FURNITURE_CHARS`, do not end as a sentence does and do not run on in the next line: date
    lines ("Updated 3 March, 10:30"), counters ("12 comments", "Comments (12)"). A number that
    changes within a sentence is a revision.

    Args:
        text: The text.
        text_sha256: Its `hash_text`, if it is known: that of most texts, where nothing is left out.
    """
    kept = _without_furniture(text)
    return text_sha256 if text_sha256 and kept is text else hash_text(kept)


def _without_furniture(text: str) -> str:
    """The text without furniture, unless nothing else is in it; the same object if there is none.

    Its white space is not that of the text.
    """
    lines = text.split("\n")
    kept = [
        line
        for line, following in zip(lines, [*lines[1:], ""], strict=True)
        if not _is_furniture(line, following)
    ]
    return text if len(kept) == len(lines) else " ".join(kept).strip() or text


def document_id_of(article: Article) -> bytes:
    """Returns the article's `history.document_id`."""
    return document_id(
        article.source,
        article.source_record,
        article.article_id,
        article.text_sha256[:HASH_BYTES],
    )


def _is_furniture(line: str, following: str) -> bool:
    return (
        0 < len(line) <= FURNITURE_CHARS
        and _DIGIT.search(line) is not None
        and SENTENCE_END.search(line) is None
        and not (len(line) >= WRAPPED_CHARS and following[:1].islower())
    )


def _microseconds(moment: datetime | None) -> int:
    return NEVER if moment is None else to_microseconds(moment)


def _key(article: Article, signature: bytes) -> Key:
    own_url = own_canonical_url(article)
    claimed_url = article.canonical_url if article.is_claimed else article.claimed_url
    claim = canonicalize_url(claimed_url) if claimed_url else None
    return Key(
        document_id=document_id_of(article),
        article_id=article.article_id,
        has_url=article.canonical_url is not None,
        text_hash=article.text_sha256[:HASH_BYTES],
        content_sha256=hash_content(article.text, text_sha256=article.text_sha256),
        minhash=signature,
        published_at=_microseconds(article.published_at),
        fetched_at=_microseconds(article.fetched_at),
        char_count=article.char_count,
        source=article.source,
        source_record=article.source_record,
        is_summary=article.text_source == "summary",
        guid_key=guid_key(article.source, article.guid),
        own_id=article.article_id if own_url == article.canonical_url else _own_id(article),
        has_own_url=own_url is not None,
        text_id=article_id_of(article.text_sha256),
        address_id=_address_id(article, own_url),
        claim_id=article_id_of(claim.encode()) if claim else "",
        is_claimed=article.is_claimed,
        statement=state(
            article.source, article.source_kind, title=article.title, authors=article.authors
        ),
    )


def _address_id(article: Article, own_url: str | None) -> str:
    """The id of the address that it came from, which several entries of a feed may share."""
    shared = canonicalize_url(article.url) if article.url and not article.canonical_url else None
    address = own_url or shared
    return article_id_of(address.encode()) if address else ""


def own_canonical_url(article: Article) -> str | None:
    """Returns what identifies the article's own address; None if that is not known.

    Of an article without a known address, `url` is what its page claims.
    """
    if article.canonical_url is None or article.url is None:
        return None
    url = canonicalize_url(article.url)
    return None if article.is_claimed and url == article.canonical_url else url


def without_claim(article: Article) -> Article:
    """Returns the article without the address that its page claims, which another one has too."""
    own_url = own_canonical_url(article)
    return replace(
        article,
        article_id=_own_id(article),
        url=article.url if own_url else None,
        canonical_url=own_url,
        claimed_url=article.canonical_url,
        is_claimed=False,
    )


def without_address(article: Article) -> Article:
    """Returns the article of a story whose address another article has: its text identifies it."""
    text_id = article_id_of(article.text_sha256)
    return replace(article, article_id=text_id, canonical_url=None, is_claimed=False)


def _own_id(article: Article) -> str:
    own_url = own_canonical_url(article)
    return article_id_of(own_url.encode() if own_url else article.text_sha256)
