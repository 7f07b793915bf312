"""What a feed says about when to ask for it again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass

from feedlake.transforms.feeds.parsed_feed import Fields, string_in, strings_in

MIN_INTERVAL_S = 60
"""Shortest interval believed: RSS cannot name a shorter one in `ttl`, which counts minutes."""

MAX_INTERVAL_S = 366 * 86_400
"""Longest interval believed: the longest `sy:updatePeriod` is a year. What is longer is a
filling, such as 10**9."""

_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", re.ASCII)
_HOUR = re.compile(r"[0-9]{1,2}", re.ASCII)
# https://web.resource.org/rss/1.0/modules/syndication/
_PERIODS_S = {
    "hourly": 3_600,
    "daily": 86_400,
    "weekly": 7 * 86_400,
    "monthly": 30 * 86_400,
    "yearly": 365 * 86_400,
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class FeedHints:
    """When a feed wants to be asked for again; what makes no sense counts as not said.

    Attributes:
        ttl_s: How long a copy of the feed is good for (RSS `ttl`), in seconds.
        update_interval_s: Mean time between its updates (`sy:updatePeriod` over
            `sy:updateFrequency`), in seconds.
        skip_hours: Hours of the day, UTC, in which not to ask (RSS `skipHours`), 0 to 23.
        skip_days: Days of the week, UTC, on which not to ask (RSS `skipDays`), Monday is 0.
        hub: Absolute address of the WebSub hub that tells of updates.
    """

    ttl_s: int | None = None
    _: KW_ONLY
    update_interval_s: int | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    hub: str | None = None


NO_HINTS = FeedHints()


def read_hints(fields: Fields, *, hub: str | None) -> FeedHints:
    """Returns the hints among what a feed says about itself.

    Args:
        fields: As in `ParsedFeed`.
        hub: Absolute address of the feed's hub.
    """
    return FeedHints(
        ttl_s=_ttl_s(string_in(fields, "ttl")),
        update_interval_s=_update_interval_s(
            period=string_in(fields, "sy_updateperiod"),
            frequency=string_in(fields, "sy_updatefrequency"),
        ),
        skip_hours=_skip_hours(strings_in(fields, "skiphours")),
        skip_days=_skip_days(strings_in(fields, "skipdays")),
        hub=hub,
    )


def _ttl_s(minutes: str | None) -> int | None:
    number = _number(minutes)
    return None if number is None else _believable(60 * number)


def _update_interval_s(*, period: str | None, frequency: str | None) -> int | None:
    """Returns the interval; a period without frequency is one of one update, as specified."""
    if period is None and frequency is None:
        return None
    period_s = _PERIODS_S.get((period or "daily").strip().lower())
    number = _number(frequency or "1")
    return _believable(period_s / number) if period_s and number else None


def _number(text: str | None) -> float | None:
    words = (text or "").strip()
    return float(words) if _NUMBER.fullmatch(words) else None


def _believable(interval_s: float) -> int | None:
    return int(interval_s) if MIN_INTERVAL_S <= interval_s <= MAX_INTERVAL_S else None


def _skip_hours(texts: Iterable[str]) -> frozenset[int]:
    """Returns the hours; 24, midnight in RSS 0.91, is 0."""
    numbers = (int(text) for text in map(str.strip, texts) if _HOUR.fullmatch(text))
    hours = frozenset(number % 24 for number in numbers if number <= 24)
    return hours if len(hours) < 24 else frozenset()


def _skip_days(texts: Iterable[str]) -> frozenset[int]:
    days = frozenset(_DAYS.index(day) for text in texts if (day := text.strip().lower()) in _DAYS)
    return days if len(days) < len(_DAYS) else frozenset()
