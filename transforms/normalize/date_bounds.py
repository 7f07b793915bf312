"""Which dates are believed: what may be stated, and what may be guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

EARLIEST_DATE = date(1990, 1, 1)
"""Earliest day that is guessed by default, by an address or a page's text: no web page is older."""


_PLACEHOLDERS = tuple(datetime(year, 1, 1, tzinfo=UTC) for year in (1900, 1970))
"""Dates that programs write where they have none: the least of SQL Server and spreadsheets, and
Unix time zero. That of .NET and Go, of the year 1, is before `_FIRST_YEAR`."""


_FIRST_YEAR = 1600
"""Year from which a date may be that of an article: the first newspaper, the Relation of
Strasbourg, is of 1605. What programs state before that is a year that lost its century
(`0026-11-01`)."""


_PLACEHOLDER_ZONE = timedelta(hours=14)
"""How far a zone may move the midnight of a placeholder (UTC+14)."""


_CLOCK_TOLERANCE = timedelta(seconds=2)
"""How close to the time of fetch a date is the server's clock: the time an answer takes."""


FUTURE_TOLERANCE = timedelta(hours=48)
"""How far ahead of the clock a date may be: the farthest zones lie 26 hours apart (UTC-12 and
UTC+14), and a story may carry the date of tomorrow's paper."""


CLOCK_TOLERANCE = timedelta(hours=1)
"""How far two right clocks may differ. A time farther ahead than that, at which a lake says that
something happened, was written by a clock that was wrong."""


def is_ahead(moment: datetime, *, now: datetime) -> bool:
    """Returns whether a time that a clock is said to have shown is still to come.

    Args:
        moment: The time, with its zone.
        now: The present, with its zone.
    """
    return moment > now + CLOCK_TOLERANCE


def is_placeholder(moment: datetime) -> bool:
    """Returns whether a date is one that programs write where they have none (1970-01-01).

    So are dates in years when nothing was published yet.

    Args:
        moment: The date to judge, with its zone.
    """
    return moment.year < _FIRST_YEAR or any(
        abs(moment - known) <= _PLACEHOLDER_ZONE for known in _PLACEHOLDERS
    )


def is_believable(moment: datetime, *, now: datetime, fetched_at: datetime | None) -> bool:
    """Returns whether a page or a feed may mean the date that it states.

    It does not if the date is a placeholder, lies in the future, or is the clock of the server that
    made the page.

    Args:
        moment: The date to judge, with its zone.
        now: The present, with its zone.
        fetched_at: When the page or feed came from its site; None if that is not known.
    """
    is_clock = fetched_at is not None and abs(moment - fetched_at) <= _CLOCK_TOLERANCE
    return not (is_clock or is_placeholder(moment) or moment > now + FUTURE_TOLERANCE)


def is_trustworthy(moment: datetime, *, now: datetime, earliest: date) -> bool:
    """Returns whether a guessed publication date is possible: not too old, not in the future.

    Args:
        moment: The date to judge, with its zone.
        now: The present, with its zone.
        earliest: First day (UTC) that is believed, usually `EARLIEST_DATE`.
    """
    return datetime.combine(earliest, time(), UTC) <= moment <= now + FUTURE_TOLERANCE
