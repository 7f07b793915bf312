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
from feedlake.transforms.extract.guess_day import find_times, guess_day, is_of_change
from feedlake.transforms.extract.json_ld import JsonLdArticle
from feedlake.transforms.extract.meta_dates import DateKind, date_rank, read_meta_dates
from feedlake.transforms.normalize.date_bounds import is_placeholder
from feedlake.transforms.normalize.dates import MAX_DATE_CHARS, date_from_url, parse_date
from feedlake.transforms.normalize.text import normalize_line

# A time of day behind a date: without one, midnight would pretend to a precision nobody gave.
_HAS_TIME = re.compile(r"\d[T ]\d{2}:?\d{2}|\d{1,2}:\d{2}|^\d{10,}$")
_HAS_ZONE = re.compile(r"(?:Z|[+\u2212-]\d{2}:?\d{2}|[A-Z]{3,4}|^\d{10,})\s*$")
# Dates written for programs, or in words with a year; "yesterday" is neither.
_MACHINE_DATE = re.compile(r"\d{4}([-/.]?)\d{2}\1\d{2}(?!\d)|\d{10}(?:\d{3})?$")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
# With points, the day comes first wherever dates are written so.
_DOTTED_DAY = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?((?:19|20)\d{2})(?!\d)")
_JAVASCRIPT_DAY = re.compile(r"[A-Z][a-z]{2} (?=[A-Z][a-z]{2} \d\d \d{4} )")
# Microdata and RDFa. A tenth of the cost of `iterfind`, and half of that of asking for elements.
_PROPERTIES = XPath(
    "descendant::*/@itemprop[contains(., 'ate')]"
    "|descendant::*[not(self::meta)]/@property[contains(., 'ate')]"
)
_ARTICLE_TYPE = re.compile(
    r"(?:article|posting|blogpost|report|page|review|recipe|creativework|document)$"
)
_MOST_PRECISE = 2  # One point for the time of day, one for its zone.
_ONE_DAY = timedelta(hours=26)  # The farthest zones lie 26 hours apart (UTC-12 and UTC+14).
_ONE_ZONE = timedelta(hours=14)  # A day begins up to so long before it does in UTC (UTC+14),
_ONE_DAY_ON = timedelta(hours=36)  # and ends up to so long after it has begun in UTC (UTC-12).
_MAX_TIMES = 20  # With so many, the page is a list.
_TIME_TAGS = ("time", "relative-time", "time-ago", "local-time", "abbr")
_MAX_PROPERTIES, _MAX_PIECES = 200, 5


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
    properties = cache(lambda: list(_read_properties(tree)))
    statements = list(_statements(article.published, meta, properties, "published"))
    published = _most_precise(statements)
    unread = next((text[:MAX_DATE_CHARS] for text in statements if text), None)
    updated = _most_precise(_statements(article.updated, meta, properties, "updated"))
    in_times, changed_in_times = _times(tree, title=title)
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
    properties: Callable[[], list[tuple[str, str]]],
    kind: DateKind,
) -> Iterator[str]:
    """What the page states for a date, best first: JSON-LD, `meta` elements, properties."""
    yield from stated
    for value in read_meta_dates(meta, kind):
        yield normalize_line(value) or ""
    values: dict[int, set[str]] = {}
    for name, value in properties():
        rank = date_rank(name, kind)
        if rank is not None:
            values.setdefault(rank, set()).add(value)
    for _, of_rank in sorted(values.items()):
        if len(of_rank) == 1:  # Of an article; where it has several, some are of other things.
            yield from of_rank


def _read_properties(tree: HtmlElement) -> Iterator[tuple[str, str]]:
    """The names and values of dates in microdata and RDFa, without those of comments and the like.

    Args:
        tree: The page.
    """
    for attribute in islice(_PROPERTIES(tree), _MAX_PROPERTIES):
        element = attribute.getparent()
        stated = (element.get(name) for name in ("content", "datetime", "title"))
        value = next(filter(None, stated), None)
        if value is None:
            value = "".join(islice(element.itertext(), _MAX_PIECES))[: 2 * MAX_DATE_CHARS]
        words = normalize_line(value)
        if words and len(words) <= MAX_DATE_CHARS and _is_of_article(element):
            for name in attribute.split():
                yield name, words


def _is_of_article(element: HtmlElement) -> bool:
    """Whether a property belongs to an article, or to nothing that says what it is."""
    scope = element.getparent()
    while scope is not None and scope.get("itemscope") is None and scope.get("typeof") is None:
        scope = scope.getparent()
    kind = (scope.get("itemtype") or scope.get("typeof") or "") if scope is not None else ""
    return not kind or _ARTICLE_TYPE.search(kind.strip().lower()) is not None


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


def _parse(text: str) -> _Stated | None:
    """The moment that a stated date names, unless it is a placeholder."""
    words = _DOTTED_DAY.sub(r"\3-\2-\1", _JAVASCRIPT_DAY.sub("", text, 1), 1)
    is_date = _MACHINE_DATE.match(words) or _YEAR.search(words)
    moment = parse_date(words) if is_date else None
    return _Stated(moment, text) if moment is not None and not is_placeholder(moment) else None


def _times(tree: HtmlElement, *, title: str | None) -> tuple[_Stated | None, _Stated | None]:
    """The moments of publication and of a change in the article's elements of time.

    Each is the first one of its kind, if all are of one day: lists of other stories have more.
    """
    found = ((one, time_of) for one in tree.iter(*_TIME_TAGS) if (time_of := _time_of(one)))
    times = dict(islice(found, _MAX_TIMES))
    if len(times) == _MAX_TIMES:
        return None, None
    candidates = {one for one in times if not is_beside_article(one)}
    own = find_times(tree, candidates, title=title) if candidates else []
    marked = [(times[one], is_of_change(one)) for one in own]
    published = {text for text, is_change in marked if not is_change}
    changed = {text for text, is_change in marked if is_change}
    return _of_one_day(published), _of_one_day(changed)


def _time_of(element: HtmlElement) -> str | None:
    """The moment that the element holds for programs: `abbr` as microformats use it."""
    time_of: str | None = element.get("title" if element.tag == "abbr" else "datetime")
    is_time = element.tag != "abbr" or _MACHINE_DATE.match(time_of or "")
    return time_of if is_time else None


def _of_one_day(texts: set[str]) -> _Stated | None:
    stated = [one for text in texts if (one := _parse(text)) is not None]
    is_one_day = len(stated) == len(texts) and len({one.moment.date() for one in stated}) == 1
    return min(stated) if is_one_day else None
