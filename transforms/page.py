"""What an HTML page says: its main text and its metadata, by trafilatura."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal

import trafilatura
from lxml.html import HtmlElement
from trafilatura.utils import load_html

from transforms.dates import date_from_url, parse_date
from transforms.text import normalize_line, normalize_text
from transforms.urls import canonicalize_url, is_site_root, registered_domain, resolve_url

EXTRACTOR = f"trafilatura {trafilatura.__version__}"

_SAVED_FROM = (
    # Internet Explorer, Chrome and Firefox; SingleFile; HTTrack (which leaves the scheme out).
    re.compile(r"<!--\s*saved from url=\(\d+\)(\S+)", re.I),
    re.compile(r"<!--\s*Page saved with SingleFile\s+url:\s*(\S+)", re.I),
    re.compile(r"<!--\s*Mirrored from (\S+) by HTTrack", re.I),
)
_SAVED_FROM_CHARS = 4_096
_PUBLISHED_NAMES = (
    "article:published_time",
    "datepublished",
    "og:published_time",
    "dc.date.issued",
)
_UPDATED_NAMES = ("article:modified_time", "datemodified", "og:updated_time")
_JSON_LD_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
_JSON_LD_UPDATED = re.compile(r'"dateModified"\s*:\s*"([^"]{8,40})"')
# A time of day behind a date: without one, midnight would pretend to a precision nobody gave.
_HAS_TIME = re.compile(r"\d[T ]\d{2}:\d{2}|\d{1,2}:\d{2}")

# trafilatura reports each page without text at WARNING; for us that is a rejection, counted.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("htmldate").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Page:
    """What was found in an HTML page; None or empty where it says nothing.

    Attributes:
        text: Main text, paragraphs one blank line apart; None if the page has none.
        canonical_link: The address that the page names as its own, absolute.
        published_at: Publication time in UTC; midnight if the page names the day only.
        date_source: `page`, or `url` if the address was all that told.
        updated_at: Time of the last change, UTC.
    """

    text: str | None
    title: str | None
    authors: tuple[str, ...]
    canonical_link: str | None
    site_name: str | None
    tags: tuple[str, ...]
    image_url: str | None
    excerpt: str | None
    language: str | None
    published_at: datetime | None
    date_source: Literal["page", "url"]
    updated_at: datetime | None


def read_page(html: str, *, url: str | None) -> Page | None:
    """Returns what the page says, or None if it is no HTML that can be parsed.

    Args:
        html: The page.
        url: Its own address, if known from elsewhere.
    """
    tree = _parse(html)
    if tree is None:
        return None
    language = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
    meta = _meta_values(tree)
    link = find_canonical_link(tree, html=html, url=url, meta=meta)
    json_ld = " ".join(tree.xpath("//script[@type='application/ld+json']/text()"))[:200_000]
    found = trafilatura.bare_extraction(
        tree, url=url or link, with_metadata=True, include_comments=False
    )
    if found is None or isinstance(found, dict):
        metadata, text = trafilatura.extract_metadata(tree, default_url=url or link), None
    else:
        metadata, text = found, found.text
    title = normalize_line(metadata.title)
    published_at, date_source = _published_at(
        metadata.date,
        url=url or link,
        stated=_first(meta, _PUBLISHED_NAMES, _JSON_LD_PUBLISHED, json_ld),
    )
    updated = _first(meta, _UPDATED_NAMES, _JSON_LD_UPDATED, json_ld)
    return Page(
        text=_paragraphs(text, title=title),
        title=title,
        authors=_split_names(metadata.author),
        canonical_link=link,
        site_name=normalize_line(metadata.sitename),
        tags=_lines([*(metadata.categories or ()), *(metadata.tags or ())]),
        image_url=resolve_url(metadata.image, url or link) if metadata.image else None,
        excerpt=normalize_line(metadata.description),
        language=language or meta.get("og:locale") or meta.get("content-language"),
        published_at=published_at,
        date_source=date_source,
        updated_at=parse_date(updated) if updated else None,
    )


def find_canonical_link(
    tree: HtmlElement, *, html: str, url: str | None, meta: dict[str, str]
) -> str | None:
    """Returns the address that the page gives as its own: canonical link, `og:url`, saved-from.

    The root of a site is no page's own address (a common fault that would make all pages of the
    site one article), and neither is a page of another site when the page's address is known.
    """
    links = [
        element.get("href") or ""
        for element in tree.iterfind(".//link[@rel]")
        if "canonical" in (element.get("rel") or "").lower().split()
    ]
    saved = [match[1] for rule in _SAVED_FROM if (match := rule.search(html[:_SAVED_FROM_CHARS]))]
    base = url or next(iter(_as_urls(saved)), None)
    for candidate in (*links, meta.get("og:url", ""), *_as_urls(saved)):
        link = resolve_url(candidate, base)
        if link is None or canonicalize_url(link) is None or is_site_root(link):
            continue
        if url is None or registered_domain(link) == registered_domain(url):
            return link
    return None


def _as_urls(addresses: list[str]) -> list[str]:
    return [address if "://" in address else f"http://{address}" for address in addresses]


def _parse(html: str) -> HtmlElement | None:
    tree = load_html(html)
    return tree if isinstance(tree, HtmlElement) else None


def _meta_values(tree: HtmlElement) -> dict[str, str]:
    """The page's `meta` values by lower-case name, property or http-equiv; the first one wins."""
    values: dict[str, str] = {}
    for element in tree.iterfind(".//meta[@content]"):
        names = (element.get(key) for key in ("property", "name", "itemprop", "http-equiv"))
        name = next((name for name in names if name), None)
        if name:
            values.setdefault(name.strip().lower(), element.get("content", "").strip())
    return values


def _first(
    meta: dict[str, str], names: tuple[str, ...], pattern: re.Pattern[str], json_ld: str
) -> str | None:
    for name in names:
        if meta.get(name):
            return meta[name]
    match = pattern.search(json_ld)
    return match[1] if match else None


def _published_at(
    day: str | None, *, url: str | None, stated: str | None
) -> tuple[datetime | None, Literal["page", "url"]]:
    """The publication time: htmldate's day, with the time of day if the page states one.

    htmldate weighs all that a page says, and gives a local day; the stated time is taken where
    it falls on that day, give or take the time zone.
    """
    moment = parse_date(stated) if stated else None
    found = date.fromisoformat(day) if day else None
    if found is None:
        return moment, "page"
    has_time = moment is not None and stated is not None and _HAS_TIME.search(stated)
    if moment is not None and has_time and abs((moment.date() - found).days) <= 1:
        return moment, "page"
    from_url = date_from_url(url) if url else None
    is_stated = moment is not None and moment.date() == found
    return datetime.combine(
        found, time(), UTC
    ), "url" if from_url == found and not is_stated else "page"


def _paragraphs(text: str | None, *, title: str | None) -> str | None:
    """trafilatura's lines as paragraphs, without the title where they begin with it."""
    if not text:
        return None
    lines = [line for line in normalize_text(text).split("\n") if line]
    if len(lines) > 1 and title and lines[0].casefold() == title.casefold():
        lines = lines[1:]
    return "\n\n".join(lines) or None


def _split_names(names: str | None) -> tuple[str, ...]:
    return _lines((names or "").split(";"))


def _lines(values: list[str]) -> tuple[str, ...]:
    lines = (normalize_line(value) for value in values)
    return tuple(dict.fromkeys(line for line in lines if line))
