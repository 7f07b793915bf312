"""When a page was published and when it was changed: what it states, else what can be guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from functools import cache
from itertools import islice
from typing import Literal, NamedTuple

from lxml.etree import XPath
from lxml.html import HtmlElement

from feedlake.transforms.extract.bylines import is_beside_article
from feedlake.transforms.extract.guess_day import guess_day, is_of_change
from feedlake.transforms.extract.json_ld import JsonLdArticle
from feedlake.transforms.normalize.date_bounds import is_placeholder
from feedlake.transforms.normalize.dates import MAX_DATE_CHARS, date_from_url, parse_date
from feedlake.transforms.normalize.text import normalize_line

_PUBLISHED = (
    "article:published_time", "article:published", "og:published_time", "datepublished",
    "parsely-pub-date", "sailthru.date", "pubdate", "publishdate", "publish-date", "publish_date",
    "dc.date.issued", "dcterms.issued", "dcterms.created", "cxenseparse:recs:publishtime",
    "article.published", "date.published", "citation_publication_date", "dc.date", "dcterms.date",
    "publication_date", "pub_date", "dc.date.created", "datecreated", "date",
)  # fmt: skip
_UPDATED = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified")

# A time of day behind a date: without one, midnight would pretend to a precision nobody gave.
_HAS_TIME = re.compile(r"\d[T ]\d{2}:?\d{2}|\d{1,2}:\d{2}|^\d{10,}$")
_HAS_ZONE = re.compile(r"(?:Z|[+\u2212-]\d{2}:?\d{2}|[A-Z]{3,4}|^\d{10,})\s*$")
# Dates written for programs, in digits or with English names of months.
_MACHINE_DATE = re.compile(
    r"\d{4}([-/.]?)\d{2}\1\d{2}(?!\d)|\d{10}(?:\d{3})?$"
    r"|(?:[a-z]{3,9},? )?(?:\d{1,2} [a-z]{3,9}|[a-z]{3,9} \d{1,2},?) \d{4}\b",
    re.I,
)
_JAVASCRIPT_DAY = re.compile(r"[A-Z][a-z]{2} (?=[A-Z][a-z]{2} \d\d \d{4} )")
# A tenth of the cost of `iterfind`, and half of that of asking for the elements themselves.
_ITEMS = XPath("descendant::*/@itemprop[.='datePublished' or .='dateModified']")
_ARTICLE_TYPE = re.compile(r"(?:article|posting|report|page|review|recipe|creativework)$")
_MOST_PRECISE = 2  # One point for the time of day, one for its zone.
_ONE_DAY = timedelta(hours=26)  # The farthest zones lie 26 hours apart (UTC-12 and UTC+14).
_ONE_ZONE = timedelta(hours=14)  # A day begins up to so long before it does in UTC (UTC+14),
_ONE_DAY_ON = timedelta(hours=36)  # and ends up to so long after it has begun in UTC (UTC-12).
_MAX_TIMES = 20  # With so many, the page is a list.


class PageDates(NamedTuple):
    """When a page was published and changed.

    Attributes:
        published_at: In UTC; None if nothing tells.
        published_text: The words in which the page states it, also where they name no date that
            can be used; None if it states none.
        date_source: `page`; `url` if the address was all that told; `guess` if a line of the text
            did.
        updated_at: In UTC; None if the page states no change.
    """

    published_at: datetime | None
    published_text: str | None
    date_source: Literal["page", "url", "guess"]
    updated_at: datetime | None


class _Stated(NamedTuple):
    """A moment in UTC, and the words that state it."""

    moment: datetime
    words: str


def read_dates(
    tree: HtmlElement,
    *,
    meta: Mapping[str, tuple[str, ...]],
    article: JsonLdArticle,
    address: str | None,
    title: str | None,
    guesses: bool,
) -> PageDates:
    """Returns the dates of a page.

    Its own statement counts first, then the day in its address, then a line of its text.

    Args:
        tree: The page.
        meta: Values of its `meta` elements by lower-case name.
        article: What its JSON-LD says.
        address: Its address, absolute.
        title: The article's title.
        guesses: Whether its text is searched if it states nothing.
    """
    items = cache(lambda: [attribute.getparent() for attribute in _ITEMS(tree)])
    statements = list(_statements(article.published, meta, _PUBLISHED, items, "datePublished"))
    published = _most_precise(statements)
    unread = next((text[:MAX_DATE_CHARS] for text in statements if text), None)
    updated = _most_precise(_statements(article.updated, meta, _UPDATED, items, "dateModified"))
    in_times, changed_in_times = _times(tree)
    updated = updated or changed_in_times
    updated_at = updated.moment if updated is not None else None
    day = date_from_url(address) if address is not None else None
    midnight = datetime.combine(day, time(), UTC) if day is not None else None
    if published is None and in_times is not None and _agree(in_times.moment, midnight):
        published = in_times
    if published is not None:
        words = published.words[:MAX_DATE_CHARS]
        return PageDates(published.moment, words, "page", updated_at)
    if midnight is not None:
        return PageDates(midnight, unread, "url", updated_at)
    if guesses and (guess := guess_day(tree, title=title)):
        return PageDates(datetime.combine(guess, time(), UTC), unread, "guess", updated_at)
    return PageDates(None, unread, "page", updated_at)


def _agree(moment: datetime, midnight: datetime | None) -> bool:
    """Whether a moment may lie in the day of the page's address, in whatever zone."""
    return midnight is None or -_ONE_ZONE <= moment - midnight <= _ONE_DAY_ON


def _statements(
    stated: tuple[str, ...],
    meta: Mapping[str, tuple[str, ...]],
    names: Iterable[str],
    items: Callable[[], list[HtmlElement]],
    itemprop: str,
) -> Iterator[str]:
    """What the page states for a date, best first: JSON-LD, `meta` elements, microdata."""
    values = (normalize_line(value) or "" for name in names for value in meta.get(name, ()))
    yield from (*stated, *values)
    yield from _microdata(items(), itemprop)


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


def _most_precise(texts: Iterable[str]) -> _Stated | None:
    """The first date, or one next to it that has the time of day or the time zone as well."""
    best: tuple[int, _Stated] | None = None
    for text in texts:
        stated = _parse(text)
        if stated is None:
            continue
        has_time = bool(_HAS_TIME.search(text))
        precision = has_time + (has_time and bool(_HAS_ZONE.search(text)))
        if best is None or (
            precision > best[0] and abs(stated.moment - best[1].moment) <= _ONE_DAY
        ):
            best = precision, stated
        if best[0] == _MOST_PRECISE:
            break
    return best[1] if best is not None else None


def _is_next_to(stated: _Stated, other: _Stated) -> bool:
    return abs(stated.moment - other.moment) <= _ONE_DAY


def _parse(text: str) -> _Stated | None:
    """The moment that a date written for programs names, unless it is a placeholder."""
    words = _JAVASCRIPT_DAY.sub("", text, 1)
    moment = parse_date(words) if _MACHINE_DATE.match(words) else None
    return _Stated(moment, text) if moment is not None and not is_placeholder(moment) else None


def _times(tree: HtmlElement) -> tuple[_Stated | None, _Stated | None]:
    """The moments of publication and of a change in the article's `time` elements.

    Each is the first one of its kind, if all are of one day: lists of other stories have more.
    """
    elements = list(islice(tree.iterfind(".//time[@datetime]"), _MAX_TIMES))
    if len(elements) == _MAX_TIMES:
        return None, None
    own = [element for element in elements if not is_beside_article(element)]
    changes = [is_of_change(element) for element in own]
    texts = [element.get("datetime") for element in own]
    published = {text for text, change in zip(texts, changes, strict=True) if not change}
    changed = {text for text, change in zip(texts, changes, strict=True) if change}
    return _of_one_day(published), _of_one_day(changed)


def _of_one_day(texts: set[str]) -> _Stated | None:
    stated = [one for text in texts if (one := _parse(text)) is not None]
    is_one_day = len(stated) == len(texts) and len({one.moment.date() for one in stated}) == 1
    return min(stated) if is_one_day else None
