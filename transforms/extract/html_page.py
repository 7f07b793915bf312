"""What an HTML page says: its own address, its main text, and its metadata."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from feedlake.transforms.blocked_pages.find_blocked_page import find_notice
from feedlake.transforms.extract.library_calls import (
    EXTRACTOR,
    ExtractorError,
    find_main_text,
    parse_html,
)
from feedlake.transforms.extract.metadata import meta_values, read_metadata
from feedlake.transforms.extract.page_fields import (
    Extraction,
    HowMuch,
    Page,
    SearchedField,
    Unreadable,
)
from feedlake.transforms.extract.prose import PROSE, find_prose
from feedlake.transforms.main_text.code_lines import join_lines, mark_lines
from feedlake.transforms.main_text.lead import find_blocks, find_leads
from feedlake.transforms.main_text.page_tree import prepare_tree
from feedlake.transforms.normalize.names import comparable
from feedlake.transforms.normalize.text import normalize_text
from feedlake.transforms.normalize.urls import (
    canonicalize_url,
    is_site_root,
    registered_domain,
    resolve_url,
)
from feedlake.transforms.records.documents import Document

_SAVED_FROM = (
    # Internet Explorer, Chrome and Firefox; SingleFile; HTTrack (which leaves the scheme out).
    re.compile(r"<!--\s*saved from url=\(\d+\)(\S+)", re.I),
    re.compile(r"<!--\s*Page saved with SingleFile\s+url:\s*(\S+)", re.I),
    re.compile(r"<!--\s*Mirrored from (\S+) by HTTrack", re.I),
)
_SAVED_FROM_CHARS = 4_096
_ALL_FIELDS: frozenset[SearchedField] = frozenset({"title", "authors", "date"})


def read_page(
    html: str,
    *,
    utf8: bytes | None = None,
    url: str | None,
    searched: frozenset[SearchedField] = _ALL_FIELDS,
    extraction: Extraction = "balanced",
) -> Page | None:
    """Returns what the page says, or None if it has no element that could be parsed.

    Args:
        html: The page.
        utf8: The same in UTF-8, if that is at hand.
        url: Its own address, if known from elsewhere.
        searched: What is worth a search in the page's text if its head does not say it.
        extraction: How much is tried for the text.

    Raises:
        ExtractorError: A library raised on this page.
    """
    tree = parse_html(html, utf8=utf8)
    if tree is None:
        return None
    meta = meta_values(tree)
    link = find_canonical_link(tree, html=html, url=url, og_urls=meta.get("og:url", ()))
    metadata = read_metadata(tree, meta=meta, address=url or link, searched=searched)
    prepare_tree(tree, html=html)
    blocks = find_blocks(tree, title=metadata.title)
    mark_lines(tree)
    found = find_main_text(tree, html=html, utf8=utf8, extraction=extraction)
    text = _paragraphs(found, title=metadata.title)
    if text:
        leads = find_leads(blocks, text, title=metadata.title, excerpt=metadata.excerpt)
        text = "\n\n".join([*leads, text])
    return Page(text, link, metadata)


def read_prose(html: str, *, url: str | None) -> Page:
    """Returns the page's prose and what its head says, at a cost that no page makes large.

    Args:
        html: The page.
        url: Its own address, if known from elsewhere.

    Raises:
        ExtractorError: A library raised on this page.
    """
    prose = find_prose(html)
    page = read_page(prose.head, url=url, searched=frozenset({"title"}))
    text = normalize_text(prose.text) or None
    assert page is not None  # find_prose always gives an <html> element.
    return Page(text, page.canonical_link, page.metadata)


def find_canonical_link(
    tree: HtmlElement, *, html: str, url: str | None, og_urls: tuple[str, ...] = ()
) -> str | None:
    """Returns the address that the page gives as its own: canonical link, `og:url`, saved-from.

    The root of a site is no page's own address (a common fault that would make all pages of the
    site one article), and neither is a page of another site when the page's address is known.

    Args:
        tree: The page.
        html: Its source, for the comment of a saved page.
        url: Its own address, if known from elsewhere.
        og_urls: What it says in `og:url`.
    """
    links = [
        element.get("href") or ""
        for element in tree.iterfind(".//link[@rel]")
        if "canonical" in element.get("rel").lower().split()
    ]
    saved = [match[1] for rule in _SAVED_FROM if (match := rule.search(html[:_SAVED_FROM_CHARS]))]
    base = url or next(iter(_as_urls(saved)), None)
    for candidate in (*links, *og_urls, *_as_urls(saved)):
        link = resolve_url(candidate, base)
        if link is None or canonicalize_url(link) is None or is_site_root(link):
            continue
        if url is None or registered_domain(link) == registered_domain(url):
            return link
    return None


def _as_urls(addresses: list[str]) -> list[str]:
    return [address if "://" in address else f"http://{address}" for address in addresses]


def _paragraphs(text: str | None, *, title: str | None) -> str | None:
    """trafilatura's lines as paragraphs, without the title where they begin with it."""
    if not text:
        return None
    lines = join_lines(line for line in normalize_text(text).split("\n") if line)
    if len(lines) > 1 and title and comparable(lines[0]) == comparable(title):
        lines = lines[1:]
    return "\n\n".join(lines) or None


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
    if document.url and (blocked := find_notice(page.text or "", title=page.metadata.title)):
        return Unreadable(blocked.reason, blocked.detail)
    return page


def name_extractor(extraction: HowMuch) -> str:
    """Returns name and version of what finds the text."""
    if extraction == "prose":
        return PROSE
    return EXTRACTOR if extraction == "balanced" else f"{EXTRACTOR} {extraction}"
