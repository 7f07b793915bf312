"""What an HTML page says about its article beside the text: title, authors, dates and the like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import islice
from typing import Literal

from lxml.etree import XPath
from lxml.html import HtmlElement

from feedlake.transforms.extract.bylines import (
    comparable,
    find_names,
    is_beside_article,
    search_authors,
)
from feedlake.transforms.extract.json_ld import JsonLdArticle, read_json_ld
from feedlake.transforms.extract.library_calls import find_day, find_title
from feedlake.transforms.extract.page_fields import Metadata, SearchedField
from feedlake.transforms.normalize.dates import EARLIEST_DATE, date_from_url, parse_date
from feedlake.transforms.normalize.text import normalize_line, primary_language
from feedlake.transforms.normalize.urls import registered_domain, resolve_url

MAX_TAGS = 50
"""Most tags kept of one article."""

_MAX_TAG_CHARS = 80
_TITLES = ("og:title", "twitter:title", "title", "dc.title", "dcterms.title", "headline")
_AUTHORS = (
    "author", "article:author", "og:article:author", "byl", "parsely-author", "sailthru.author",
    "dc.creator", "dcterms.creator", "citation_author", "creator",
)  # fmt: skip
_PUBLISHED = (
    "article:published_time", "article:published", "og:published_time", "datepublished",
    "parsely-pub-date", "sailthru.date", "pubdate", "publishdate", "publish-date", "publish_date",
    "dc.date.issued", "dcterms.issued", "dcterms.created", "cxenseparse:recs:publishtime",
    "article.published", "date.published", "citation_publication_date",
)  # fmt: skip
_UPDATED = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified")
_SITE_NAMES = ("og:site_name", "application-name", "apple-mobile-web-app-title", "dc.publisher")
_IMAGES = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")
_EXCERPTS = ("og:description", "description", "twitter:description", "dc.description")
_TAGS = ("article:tag", "news_keywords", "parsely-tags", "keywords")
_SECTIONS = ("article:section", "parsely-section")
_LANGUAGES = ("og:locale", "content-language", "dc.language", "language")

# A time of day behind a date: without one, midnight would pretend to a precision nobody gave.
_HAS_TIME = re.compile(r"\d[T ]\d{2}:?\d{2}|\d{1,2}:\d{2}|^\d{10,}$")
_HAS_ZONE = re.compile(r"(?:Z|[+\u2212-]\d{2}:?\d{2}|[A-Z]{3,4}|^\d{10,})\s*$")
# Dates written for programs. What is written for readers is left to htmldate's day: reading it
# takes the names of months in all languages, which cost a process 1.4 s of CPU to load.
_MACHINE_DATE = re.compile(
    r"\d{4}([-/.]?)\d{2}\1\d{2}(?!\d)|\d{10}(?:\d{3})?$"
    r"|(?:[a-z]{3,9},? )?(?:\d{1,2} [a-z]{3,9}|[a-z]{3,9} \d{1,2},?) \d{4}\b",
    re.I,
)
_JAVASCRIPT_DAY = re.compile(r"[A-Z][a-z]{2} (?=[A-Z][a-z]{2} \d\d \d{4} )")
# A tenth of the cost of `iterfind`, and half of that of asking for the elements themselves.
_DATES = XPath("descendant::*/@itemprop[.='datePublished' or .='dateModified']")
_ARTICLE_TYPE = re.compile(r"(?:article|posting|report|page|review|recipe|creativework)$")
_MOST_PRECISE = 2  # One point for the time of day, one for its zone.
_ONE_DAY = timedelta(hours=26)  # The farthest zones lie 26 hours apart (UTC-12 and UTC+14).
_ONE_ZONE = timedelta(hours=14)  # A day begins up to so long before it does in UTC (UTC+14),
_ONE_DAY_ON = timedelta(hours=36)  # and ends up to so long after it has begun in UTC (UTC-12).
_MAX_TIMES = 20  # With so many, the page is a list.
# Where a title ends and a site's name begins, or the other way round.
_MACHINE_TAG = re.compile(r"^\w*_\w*$|:|\.(?:com|net|org)$")
_TITLE_SEPARATOR = re.compile(
    r"\s+[|\u2502\uff5c\-\u2013\u2014:\u00b7\u2022\u00bb\u00ab/~]+\s+|\s*[|:]\s+"
)
_MIN_TITLE_CHARS = 10
"""Shortest headline taken for a title's core, in letters and digits: below, any word may be one."""

Meta = dict[str, tuple[str, ...]]


def read_metadata(
    tree: HtmlElement, *, meta: Meta, address: str | None, searched: frozenset[SearchedField]
) -> Metadata:
    """Returns what the page's head says, and of `searched` what its text suggests.

    Args:
        tree: The page.
        meta: As `meta_values` gives it.
        address: The page's address, absolute.
        searched: What is worth a search in the text if the head does not say it.

    Raises:
        ExtractorError: A library raised on this page.
    """
    headings = [line for h1 in tree.iterfind(".//h1") if (line := _line_of(h1))]
    title_element = tree.find(".//title")
    full_title = _line_of(title_element) if title_element is not None else None
    titles = [*_lines(meta, _TITLES), *headings[:10], *([full_title] if full_title else [])]
    article = read_json_ld(json_ld_blocks(tree), address=address, titles=titles)
    site_names = [*_lines(meta, _SITE_NAMES), *([article.site_name] if article.site_name else [])]
    domain = registered_domain(address) if address else None
    known_names = [*site_names, *([domain, domain.partition(".")[0]] if domain else [])]
    title = _choose_title(
        [*_lines(meta, _TITLES), *([article.headline] if article.headline else [])],
        cores=[*headings, *([article.headline] if article.headline else [])],
        site_names=known_names,
    )
    if title is None and "title" in searched:
        title = _search_title(tree, full_title, site_names=known_names)
    known_names += _names_behind(title, full_title)
    authors = find_names(article.authors, site_names=known_names) or find_names(
        _lines(meta, _AUTHORS), site_names=known_names
    )
    if not authors and "authors" in searched:
        authors = search_authors(tree, site_names=known_names)
    language = _language(tree, meta, article)
    microdata = cache(lambda: [attribute.getparent() for attribute in _DATES(tree)])
    published_at, date_source = _published_at(
        tree,
        _dates(article.published, meta, _PUBLISHED, microdata, "datePublished"),
        address,
        searched,
        primary_language(language),
    )
    image = next(iter(_lines(meta, _IMAGES)), article.image_url)
    return Metadata(
        title=title,
        authors=authors,
        site_name=_choose_site_name(site_names),
        tags=_tags(tree, meta, article),
        image_url=resolve_url(image, address) if image else None,
        excerpt=next(iter(_lines(meta, _EXCERPTS)), article.excerpt),
        language=language,
        published_at=published_at,
        date_source=date_source,
        updated_at=_most_precise(
            _dates(article.updated, meta, _UPDATED, microdata, "dateModified")
        ),
    )


def meta_values(tree: HtmlElement) -> Meta:
    """Returns the values of the page's `meta` elements by lower-case name, in their order."""
    values: dict[str, list[str]] = {}
    for element in tree.iterfind(".//meta[@content]"):
        content = element.get("content").strip()
        for key in ("property", "name", "http-equiv"):
            name = element.get(key)
            if name and content:
                values.setdefault(name.strip().lower(), []).append(content)
    return {name: tuple(contents) for name, contents in values.items()}


def json_ld_blocks(tree: HtmlElement) -> Iterator[str]:
    """Yields the contents of the page's JSON-LD elements."""
    for element in tree.iterfind(".//script[@type]"):
        kind = element.get("type").partition(";")[0].strip().lower()
        if kind == "application/ld+json" and element.text:
            yield element.text


def _lines(meta: Meta, names: Iterable[str]) -> list[str]:
    values = (value for name in names for value in meta.get(name, ()))
    return [line for value in values if (line := normalize_line(value))]


def _line_of(element: HtmlElement) -> str | None:
    return normalize_line("".join(element.itertext()))


def _choose_title(
    titles: Iterable[str], *, cores: Iterable[str], site_names: Iterable[str]
) -> str | None:
    """The first title that is more than the site's name, without that name around it.

    Args:
        titles: Best first.
        cores: Headlines: a title that is one of them and something else is cut down to it.
        site_names: What the site is called.
    """
    known = {core for text in cores if len(core := comparable(text)) >= _MIN_TITLE_CHARS}
    sites = {site for text in site_names if (site := comparable(text))}
    for title in titles:
        core = _cut_title(title, known, sites)
        if comparable(core) not in sites:
            return core
    return None


def _search_title(
    tree: HtmlElement, full_title: str | None, *, site_names: Iterable[str]
) -> str | None:
    """The heading that looks like the article's, unless `title` has not a word of it: a logo."""
    heading = normalize_line(find_title(tree))
    if heading is None or full_title is None:
        return heading or full_title
    letters = comparable(full_title)
    if any(comparable(word) in letters for word in heading.split() if len(word) > 1):
        return heading
    return _choose_title([full_title], cores=(), site_names=site_names) or full_title


def _names_behind(title: str | None, full_title: str | None) -> list[str]:
    """What `title` has last behind the headline, the site's name as a rule."""
    if title is None or full_title is None or not full_title.startswith(f"{title} "):
        return []
    return _TITLE_SEPARATOR.split(full_title)[-1:]


def _cut_title(title: str, known: set[str], sites: set[str]) -> str:
    if comparable(title) in known:
        return title
    for separator in _TITLE_SEPARATOR.finditer(title):
        head, tail = title[: separator.start()].strip(), title[separator.end() :].strip()
        first, last = comparable(head), comparable(tail)
        if head and (last in sites or first in known):
            return head
        if tail and (first in sites or last in known):
            return tail
    return title


def _choose_site_name(names: list[str]) -> str | None:
    """The first name written as one: `usatoday` only if there is no `USA Today`."""
    names = [name.lstrip("@") for name in names if "://" not in name]
    return next((name for name in names if name != name.lower() or not name.isascii()), None) or (
        names[0] if names else None
    )


def _dates(
    stated: tuple[str, ...],
    meta: Meta,
    names: Iterable[str],
    microdata: Callable[[], list[HtmlElement]],
    itemprop: str,
) -> Iterator[str]:
    """What the page states for a date, best first: JSON-LD, `meta` elements, microdata."""
    yield from map(_machine_date, (*stated, *_lines(meta, names)))
    yield from map(_machine_date, _microdata(microdata(), itemprop))


def _machine_date(text: str) -> str:
    """The date written for programs; empty if it is another text."""
    return _JAVASCRIPT_DAY.sub("", text, 1) if _MACHINE_DATE.match(text) else ""


def _microdata(elements: list[HtmlElement], itemprop: str) -> set[str]:
    """The property's value, if all articles on the page agree; comments have dates as well."""
    values: set[str] = set()
    for element in elements:
        if element.get("itemprop") != itemprop:
            continue
        value = (element.get("content") or element.get("datetime") or "").strip()
        scope = element.getparent()
        while scope is not None and scope.get("itemscope") is None:
            scope = scope.getparent()
        kind = (scope.get("itemtype") or "").lower() if scope is not None else ""
        if value and (not kind or _ARTICLE_TYPE.search(kind)):
            values.add(value)
    return values if len(values) == 1 else set()


def _most_precise(stated: Iterable[str]) -> datetime | None:
    """The first date, or one next to it that has the time of day or the time zone as well."""
    best: tuple[int, datetime] | None = None
    for text in stated:
        moment = parse_date(text)
        if moment is None or moment.date() < EARLIEST_DATE:
            continue
        has_time = bool(_HAS_TIME.search(text))
        precision = has_time + (has_time and bool(_HAS_ZONE.search(text)))
        if best is None or (precision > best[0] and abs(moment - best[1]) <= _ONE_DAY):
            best = precision, moment
        if best[0] == _MOST_PRECISE:
            break
    return best[1] if best is not None else None


def _published_at(
    tree: HtmlElement,
    stated: Iterable[str],
    address: str | None,
    searched: frozenset[SearchedField],
    language: str | None,
) -> tuple[datetime | None, Literal["page", "url"]]:
    """The publication time that the page states, else the day in its address or its text."""
    moment = _most_precise(stated)
    if moment is not None:
        return moment, "page"
    day = date_from_url(address) if address is not None else None
    midnight = datetime.combine(day, time(), UTC) if day is not None else None
    moment = _only_time(tree)
    if moment is not None and (midnight is None or -_ONE_ZONE <= moment - midnight <= _ONE_DAY_ON):
        return moment, "page"
    if midnight is not None:
        return midnight, "url"
    if "date" in searched and (found := find_day(tree, language=language)):
        return datetime.combine(date.fromisoformat(found), time(), UTC), "page"
    return None, "page"


def _only_time(tree: HtmlElement) -> datetime | None:
    """The first moment of the article's `time` elements, if all are of one day: lists have more."""
    elements = list(islice(tree.iterfind(".//time[@datetime]"), _MAX_TIMES))
    texts = {element.get("datetime") for element in elements if not is_beside_article(element)}
    moments = [parse_date(_machine_date(text)) for text in texts if text[:1].isdigit()]
    known = [moment for moment in moments if moment and moment.date() >= EARLIEST_DATE]
    is_one_day = len(known) == len(texts) and len({moment.date() for moment in known}) == 1
    return min(known) if is_one_day and len(elements) < _MAX_TIMES else None


def _tags(tree: HtmlElement, meta: Meta, article: JsonLdArticle) -> tuple[str, ...]:
    """Section and keywords, each once: those meant for news readers before those for engines."""
    sections = [*_lines(meta, _SECTIONS), *([article.section] if article.section else [])]
    keywords: list[str] = []
    for name in _TAGS:
        keywords = keywords or _lines(meta, (name,))
    if not keywords:
        links = tree.iterfind(".//a[@rel='tag']")
        keywords = [*article.tags] or [line for link in links if (line := _line_of(link))]
    tags: dict[str, str] = {}
    for line in (*sections[:1], *keywords):
        for piece in re.split(r"[,;|]", line):
            tag = piece.strip()
            # An underscore or a colon stands in what a site's own programs read.
            if tag and len(tag) <= _MAX_TAG_CHARS and not _MACHINE_TAG.search(tag):
                tags.setdefault(tag.casefold(), tag)
    return tuple(tags.values())[:MAX_TAGS]


def _language(tree: HtmlElement, meta: Meta, article: JsonLdArticle) -> str | None:
    root = (
        tree.get("lang"),
        tree.get("xml:lang"),
        tree.get("{http://www.w3.org/XML/1998/namespace}lang"),
    )
    stated = (*root, *_lines(meta, _LANGUAGES), article.language)
    return next((tag for tag in stated if primary_language(tag)), None)
