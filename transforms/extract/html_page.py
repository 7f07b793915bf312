"""What an HTML page says: its own address, its main text, and its metadata."""

from __future__ import annotations

import re
from dataclasses import replace

from lxml.html import HtmlElement

from feedlake.transforms.blocked_pages.find_blocked_page import find_notice
from feedlake.transforms.extract.json_ld import read_own_urls
from feedlake.transforms.extract.library_calls import (
    EXTRACTOR,
    ExtractorError,
    find_main_text,
    parse_html,
)
from feedlake.transforms.extract.metadata import (
    PageHead,
    read_head,
    read_metadata,
)
from feedlake.transforms.extract.own_address import judge_claims, names_a_page
from feedlake.transforms.extract.page_fields import (
    Extraction,
    HowMuch,
    Page,
    SearchedField,
    Unreadable,
)
from feedlake.transforms.main_text.code_lines import join_lines, mark_lines
from feedlake.transforms.main_text.lead import find_blocks, find_leads
from feedlake.transforms.main_text.page_tree import prepare_tree
from feedlake.transforms.main_text.prose import PROSE, find_prose
from feedlake.transforms.normalize.names import comparable
from feedlake.transforms.normalize.text import normalize_text
from feedlake.transforms.normalize.urls import canonicalize_url, resolve_url
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
    head = read_head(tree)
    saved_from = find_saved_from(html)
    own = url or saved_from
    claims = find_claims(tree, own=own, head=head)
    claim = None if own else judge_claims(claims, own=None, title=None)
    address = own or (claim.url if claim and claim.agreement != "none" else None)
    metadata = read_metadata(tree, head=head, address=address, searched=searched)
    prepare_tree(tree)
    blocks = find_blocks(tree, title=metadata.title)
    mark_lines(tree)
    found = find_main_text(tree, html=html, utf8=utf8, extraction=extraction)
    text = _paragraphs(found, title=metadata.title)
    if text:
        leads = find_leads(blocks, text, title=metadata.title, excerpt=metadata.excerpt)
        text = "\n\n".join([*leads, text])
    return Page(text, claims, metadata, saved_from)


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
    return replace(page, text=text)


def find_claims(tree: HtmlElement, *, own: str | None, head: PageHead) -> tuple[str, ...]:
    """Returns the addresses that the page gives as its own: canonical links, `og:url`, JSON-LD.

    JSON-LD is asked where the others name none, or where nothing else tells which of them is right.

    Args:
        tree: The page.
        own: The address that it came from, if that is known; relative claims go by it.
        head: As `read_head` gives it.
    """
    links = [
        element.get("href") or ""
        for element in tree.iterdescendants("link")
        if "canonical" in (element.get("rel") or "").lower().split()
    ]
    stated = [*links, *head.meta.get("og:url", ())]
    if own is None or not any(stated):
        stated += read_own_urls(head.nodes, titles=head.titles)
    claims = (resolve_url(claim, own) for claim in stated)
    return tuple(dict.fromkeys(claim for claim in claims if claim))


def find_saved_from(html: str) -> str | None:
    """Returns the address that a saved page was saved from, in the words of what saved it."""
    head = html[:_SAVED_FROM_CHARS]
    for rule in _SAVED_FROM:
        if match := rule.search(head):
            address = match[1] if "://" in match[1] else f"http://{match[1]}"
            url = resolve_url(address, None)
            if url and canonicalize_url(url) and names_a_page(url, own=None):
                return url
    return None


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
