"""What all views work with: the lake, and what the address of a view says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, TypeVar

from starlette.requests import Request
from starlette.types import Scope

from feedlake.pipeline.explore.explorer import Explorer
from feedlake.pipeline.views.pages import Pages
from feedlake.pipeline.views.searcher import Searcher
from feedlake.pipeline.views.sql_child import SqlChild

_Choice = TypeVar("_Choice", bound=str)

MAX_WORD_CHARS = 500
"""Of a word in an address, but for SQL; what is longer was not made by a page of ours."""

_MAX_PAGE = 10_000


SPANS = ("30", "7", "90", "365", "all")
"""Days that can be chosen, the usual first."""

SPAN_NAMES = {
    **{"7": "a week", "30": "30 days", "90": "90 days", "365": "a year", "all": "all the time"},
}

_FIRST = datetime(2, 1, 1, tzinfo=UTC)
_LAST = datetime(9998, 1, 1, tzinfo=UTC)


class Span(NamedTuple):
    """Days up to today.

    Attributes:
        word: One of `SPANS`.
        start: From when, UTC.
        end: Before when, UTC.
    """

    word: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Desk:
    """What a view needs.

    Attributes:
        lake: Path of the lake.
        explorer: Asks it.
        pages: Renders templates.
        sql: Asks what a reader wrote.
        searcher: Searches it.
        now: Tells the time, UTC.
    """

    lake: str
    explorer: Explorer
    pages: Pages
    sql: SqlChild
    searcher: Searcher
    now: Callable[[], datetime]


def word(request: Request, name: str) -> str:
    """Returns what an address says under a name; empty if nothing."""
    return request.query_params.get(name, "").replace("\0", "").strip()[:MAX_WORD_CHARS]


def choice(request: Request, name: str, allowed: tuple[_Choice, ...]) -> _Choice:
    """Returns the one of some words that an address says; the first if it says another."""
    said = word(request, name)
    return next((one for one in allowed if one == said), allowed[0])


def page_number(request: Request) -> int:
    """Returns the number of the page that an address asks for, from 1."""
    said = word(request, "page")
    # Digits of ASCII alone: int() takes those of all scripts.
    is_number = said.isascii() and said.isdigit() and len(said) < 6
    return min(max(int(said), 1), _MAX_PAGE) if is_number else 1


def day_said(request: Request, name: str = "day") -> date | None:
    """Returns the day that an address says, as YYYY-MM-DD; None if it says none."""
    try:
        found = date.fromisoformat(word(request, name))
    except ValueError:
        return None
    # Days around it must be days, too.
    return found if date(2, 1, 1) <= found <= date(9998, 1, 1) else None


def is_foreign(scope: Scope) -> bool:
    """Returns whether a browser says that another site made it ask.

    Args:
        scope: The request's.
    """
    return fetch_headers(scope).get("sec-fetch-site") in ("cross-site", "same-site")


def fetch_headers(scope: Scope) -> dict[str, str]:
    """Returns what a browser says about why it asks.

    Args:
        scope: The request's.
    """
    return {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name.startswith(b"sec-fetch-")
    }


def span_said(request: Request, *, now: datetime) -> Span:
    """Returns the span that an address says, under `days`.

    Args:
        request: The request.
        now: The time, UTC.
    """
    said = choice(request, "days", SPANS)
    if said == "all":
        return Span(said, _FIRST, _LAST)
    return last_days(int(said), now=now)


def last_days(days: int, *, now: datetime) -> Span:
    """Returns so many days, the last of which is today.

    Args:
        days: How many.
        now: The time, UTC.
    """
    # A clock may be ahead a little: what it wrote belongs to the day.
    end = datetime.combine(now.date(), time(), UTC) + timedelta(days=2)
    return Span(
        str(days), datetime.combine(now.date(), time(), UTC) - timedelta(days=days - 1), end
    )
