"""What is asked of an HTML page, and what it says."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from typing import Literal

from feedlake.transforms.records.rights_statement import RightsStatement

Extraction = Literal["fast", "balanced", "thorough"]
"""How much is tried for a page's text: see `library_calls.EXTRACTIONS`."""

HowMuch = Extraction | Literal["prose"]
"""The same, or the cheap rule that no page makes costly."""

SearchedField = Literal["title", "authors", "date"]
"""What may be searched in a page's text if its head does not say it: the costly part."""


@dataclass(frozen=True)
class Metadata:
    """What a page says about its article; None or empty where it says nothing.

    Attributes:
        published_at: Publication time in UTC; midnight if the page names the day only.
        published_text: The words in which the page states that; None if it does not.
        date_source: `page`; `url` if the address was all that told; `guess` if its text did.
        updated_at: Time of the last change, UTC.
        language: Language tag, as written.
        rights: What it says of its rights.
    """

    title: str | None = None
    _: KW_ONLY
    authors: tuple[str, ...] = ()
    site_name: str | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None
    excerpt: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    published_text: str | None = None
    date_source: Literal["page", "url", "guess"] = "page"
    updated_at: datetime | None = None
    rights: tuple[RightsStatement, ...] = ()


@dataclass(frozen=True)
class Page:
    """What was found in an HTML page.

    Attributes:
        text: Main text, paragraphs one blank line apart; None if the page has none.
        claims: The addresses that the page names as its own, absolute, the canonical link first.
        metadata: What it says about its article.
        saved_from: The address that the browser or program which saved the page got it from.
    """

    text: str | None
    claims: tuple[str, ...]
    metadata: Metadata
    saved_from: str | None = None


@dataclass(frozen=True)
class Unreadable:
    """Why there is no page to be had of an HTML document.

    Attributes:
        reason: That of the rejection.
        detail: What showed it, for people.
    """

    reason: str
    detail: str
