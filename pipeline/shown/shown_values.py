"""Values in words, as pages write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

NOTHING = "—"
"""What stands where there is no value."""


def count(number: float | None) -> str:
    """Returns a number with its thousands apart; a thin space does not look like a decimal."""
    return NOTHING if number is None else f"{number:,.0f}"


def moment(at: datetime | None) -> str:
    """Returns a time to the minute."""
    return NOTHING if at is None else f"{_utc(at):%Y-%m-%d %H:%M}"


def ago(at: datetime | None, now: datetime) -> str:
    """Returns how long ago a time was, or how far ahead it is, in words."""
    if at is None:
        return "never"
    passed = now - _utc(at)
    if passed < timedelta(0):
        return f"in {_span(-passed)}"
    return "just now" if passed < timedelta(minutes=1) else f"{_span(passed)} ago"


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return words(seconds // length, unit)
    return "a minute"


def words(number: int, noun: str) -> str:
    """Returns a number and its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def long_day(day: date) -> str:
    """Returns a day with its weekday."""
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def short_day(day: date) -> str:
    """Returns a day without its year."""
    return f"{day.day} {day:%b}"


def size(number: float | None) -> str:
    """Returns bytes in the largest unit that leaves a number above one."""
    value = float(number or 0)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:,.0f} {unit}" if unit == "bytes" else f"{value:,.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} TB"


def took(seconds: float | None) -> str:
    """Returns a duration."""
    if seconds is None:
        return NOTHING
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def country_name(code: str) -> str:
    """Returns the English name of a country; the code itself where there is none."""
    return _names("territories").get(code, code)


def language_name(code: str) -> str:
    """Returns the English name of a language; the code itself where there is none."""
    return "unsure" if code == "und" else _names("languages").get(code, code)


@cache
def _names(kind: str) -> dict[str, str]:
    from babel import Locale  # Late: the first page should not wait for it more than it must.

    names: Any = getattr(Locale("en"), kind)
    return dict(names)
