"""Spans of days that views show."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from starlette.requests import Request

from feedlake.pipeline.views.desk import choice

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
