"""A document's HTML page: what it says, or why it is none that can be read."""

from __future__ import annotations

from transforms.challenge import find_notice
from transforms.library_calls import EXTRACTOR, ExtractorError
from transforms.page import read_page, read_prose
from transforms.page_fields import HowMuch, Page, SearchedField, Unreadable
from transforms.prose import PROSE
from transforms.records import Document
from transforms.urls import resolve_url


def read_html(
    document: Document,
    html: str,
    *,
    utf8: bytes | None,
    searched: frozenset[SearchedField],
    extraction: HowMuch,
) -> Page | Unreadable:
    """Returns what the page says, or why that is nothing of its site's own.

    Args:
        document: What its source says of it.
        html: The page.
        utf8: The same in UTF-8, if that is at hand.
        searched: What is worth a search in the page's text if its head does not say it.
        extraction: How much is tried for the text.
    """
    url = resolve_url(document.url, None) if document.url else None
    try:
        if extraction == "prose":
            page: Page | None = read_prose(html, url=url)
        else:
            page = read_page(html, utf8=utf8, url=url, searched=searched, extraction=extraction)
    except ExtractorError as error:
        return Unreadable("extractor_error", str(error))
    if page is None:
        return Unreadable("no_main_text", "no element in it")
    if document.url and (wall := find_notice(page.text or "", title=page.metadata.title)):
        return Unreadable(wall.reason, wall.detail)
    return page


def name_extractor(extraction: HowMuch) -> str:
    """Returns name and version of what finds the text."""
    if extraction == "prose":
        return PROSE
    return EXTRACTOR if extraction == "balanced" else f"{EXTRACTOR} {extraction}"
