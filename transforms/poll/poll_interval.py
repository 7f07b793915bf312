"""Rules for how long to wait before a feed is asked again: its wishes, its news, its failures."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import inf, isfinite

from feedlake.transforms.records.polls import PollHints

_HOUR_S = 3_600.0
_DAY_S = 24 * _HOUR_S

_POLLS_PER_NEWS = 2
"""Polls for each new entry that is expected: at twice the rate, news is found on average a
quarter of the time after it came in which the next came (sampling, not a measurement)."""

_MEMORY_S = 7 * _DAY_S
"""Time over which the rate of news is a mean: a week, since most sites rest on some of its days."""

_MAX_PER_DAY = 1e6
"""Rate that is believed: no feed shows more than some thousand entries at once."""

_GROWTH = 1.5
"""Factor by which a wait may grow from one poll to the next: that of the crawler behind CC-NEWS
(StormCrawler's adaptive scheduler, 1.5)."""

_MAX_IDLE_FACTOR = 4
"""How much longer than the rate of news suggests a wait may get while polls find nothing: after
a quiet weekend a feed with 20 entries a day is asked within two and a half hours."""

_JITTER = 0.1
"""Share by which each wait is made shorter or longer, so that feeds added together drift apart."""

_MAX_SKIP = timedelta(days=3)
"""Longest time that `skipHours` and `skipDays` may move a poll."""

_SKIP_SPREAD_S = 600.0
"""Polls that waited for the end of skipped hours do not all begin on the hour."""

_MAX_DATE_CHARS = 64  # RFC 9110, section 5.6.7: the longest form (RFC 850's) has 33.

_ALL_HOURS = (1 << 24) - 1
_ALL_DAYS = (1 << 7) - 1
_MAX_AGE = re.compile(r"(?:^|[,;\s])(s-maxage|max-age)\s*=\s*\"?([0-9]+)\"?\s*(?=[,;]|$)", re.I)
_MAX_DIGITS = 10  # RFC 9111, section 1.2.2: beyond 2^31 any number may stand for the true one.


@dataclass(frozen=True)
class PollIntervals:
    """How long to wait between two polls of one address.

    Attributes:
        min_interval_s: Shortest wait between two polls of one feed.
        max_interval_s: Longest wait after a poll that succeeded.
        backoff_s: Shortest wait after a poll that failed; as story-indexer, once an hour.
        max_backoff_s: Longest wait after a poll that failed; as Media Cloud, 30 days.
        retry_after_cap_s: Longest `Retry-After` that is obeyed: a day, which is also the longest
            wait of a feed that answers. Some servers say ten years; asking once a day harms none.
    """

    min_interval_s: float = 900.0
    _: KW_ONLY
    max_interval_s: float = _DAY_S
    backoff_s: float = _HOUR_S
    max_backoff_s: float = 30 * _DAY_S
    retry_after_cap_s: float = _DAY_S

    def __post_init__(self) -> None:
        for name in ("min_interval_s", "max_interval_s", "backoff_s", "retry_after_cap_s"):
            if not 0 < getattr(self, name) < inf:
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be above 0")
        if self.max_interval_s < self.min_interval_s:
            raise ValueError(
                f"max_interval_s is {self.max_interval_s:g}, below min_interval_s "
                f"({self.min_interval_s:g})"
            )
        if not max(self.backoff_s, self.min_interval_s) <= self.max_backoff_s < inf:
            raise ValueError(
                f"max_backoff_s is {self.max_backoff_s:g}; it must be at least backoff_s "
                f"({self.backoff_s:g}) and min_interval_s ({self.min_interval_s:g})"
            )


def hinted_interval_s(hints: PollHints, *, longest_s: float) -> float:
    """Returns how long the feed's body wishes to be left alone, 0 without a wish.

    Args:
        hints: What the body says.
        longest_s: What a longer wish is cut to.
    """
    return max(_wish(hints.ttl_s, longest_s), _wish(hints.update_interval_s, longest_s))


def header_interval_s(
    *,
    cache_control: str | None,
    expires: str | None,
    date: str | None,
    now: datetime,
    longest_s: float,
) -> float:
    """Returns how long an answer's headers call it fresh, 0 if they do not.

    `max-age` goes before `s-maxage`, which speaks to shared caches, and both before `Expires`
    (RFC 9111, section 5.3). Where a directive stands twice, the first one counts (section 4.2.1).

    Args:
        cache_control: The header's value, all its lines joined by commas.
        expires: The header's value.
        date: The header's value: the server's clock, from which `Expires` is counted.
        now: Our clock, for a server that does not tell its own.
        longest_s: What a longer time is cut to.
    """
    ages: dict[str, str] = {}
    for name, digits in _MAX_AGE.findall(cache_control or ""):
        ages.setdefault(name.lower(), digits)
    digits = ages.get("max-age", ages.get("s-maxage"))
    if digits is not None:
        return longest_s if len(digits) > _MAX_DIGITS else _wish(float(digits), longest_s)
    end = _read_http_date(expires)
    if end is None:
        return 0.0
    return _wish((end - (_read_http_date(date) or now)).total_seconds(), longest_s)


def update_rate(
    new_per_day: float | None, *, observed_s: float, elapsed_s: float, new_entries: int
) -> tuple[float | None, float]:
    """Returns how many entries a day are new, and over how many seconds that is a mean.

    A plain mean while the feed is young; from a week on older news count ever less.

    Args:
        new_per_day: The rate so far; None before the second poll that succeeded.
        observed_s: Seconds that it is a mean over.
        elapsed_s: Seconds since the last poll that succeeded; at most 0 if the clock was set
            back, which tells nothing.
        new_entries: Entries of this poll that the last one did not have.
    """
    if not 0 < elapsed_s < inf:
        return new_per_day, observed_s
    elapsed_s = max(elapsed_s, 1.0)
    if new_per_day is None or not 0 <= new_per_day < inf or not 0 < observed_s < inf:
        new_per_day, observed_s = 0.0, 0.0
    weight_s = min(observed_s, _MEMORY_S)
    seen = min(new_per_day, _MAX_PER_DAY) / _DAY_S * weight_s + new_entries
    rate = seen / (weight_s + elapsed_s) * _DAY_S
    return min(rate, _MAX_PER_DAY), min(weight_s + elapsed_s, _MEMORY_S)


def bounded_wish_s(
    wish_s: float,
    *,
    previous_s: float,
    new_per_day: float | None,
    new_entries: int,
    entries: int,
) -> float:
    """Returns the wish of a feed that has dropped entries between two polls, as far as it counts.

    At most half of the feed may be replaced between two polls, by what this poll brought and by the
    mean of the week, which takes long to learn how busy a feed is of which it has seen a part.

    Args:
        wish_s: Longest of the feed's own wishes, 0 without one.
        previous_s: The wait before.
        new_per_day: See `update_rate`.
        new_entries: Entries of this poll that the last one did not have.
        entries: Entries that the feed holds; 0 if this poll does not tell.
    """
    if entries <= 0:
        return min(wish_s, previous_s)
    half = entries / 2
    by_poll_s = previous_s * min(half / new_entries if new_entries > 0 else inf, _GROWTH)
    by_rate_s = half / new_per_day * _DAY_S if new_per_day else inf
    return min(wish_s, by_poll_s, by_rate_s)


def usual_interval_s(
    previous_s: float,
    *,
    new_per_day: float | None,
    new_entries: int,
    entries: int,
    wish_s: float,
    options: PollIntervals,
) -> float:
    """Returns the wait after a poll that succeeded.

    Two polls for each new entry that is expected; longer while polls find nothing; half as long
    where all that a feed shows was new, because more may have passed unseen. The feed's own
    wish is the shortest wait.

    Args:
        previous_s: The wait before; 0 if this was the first poll.
        new_per_day: See `update_rate`.
        new_entries: Entries of this poll that the last one did not have.
        entries: Entries of this poll.
        wish_s: Longest of the feed's own wishes, 0 without one.
        options: Bounds.
    """
    interval_s = options.min_interval_s
    if isfinite(previous_s) and previous_s > 0 and new_per_day is not None:
        by_rate_s = _DAY_S / (_POLLS_PER_NEWS * new_per_day) if new_per_day > 0 else inf
        longer_s = previous_s * _GROWTH
        if new_entries <= 0:
            interval_s = max(previous_s, min(longer_s, by_rate_s * _MAX_IDLE_FACTOR))
        elif new_entries >= entries:
            interval_s = min(by_rate_s, previous_s / 2)
        else:
            interval_s = min(by_rate_s, longer_s)
    interval_s = max(interval_s, wish_s, options.min_interval_s)
    return min(interval_s, options.max_interval_s)


def failure_wait_s(failures: int, *, interval_s: float, options: PollIntervals) -> float:
    """Returns the wait after a poll that failed.

    It grows evenly: Media Cloud, with 180,000 feeds, found doubling too harsh.

    Args:
        failures: Polls in a row that failed.
        interval_s: Wait between polls that succeed.
        options: Bounds.
    """
    return min(max(failures * interval_s, options.backoff_s), options.max_backoff_s)


def spread(wait_s: float, *, chance: float) -> float:
    """Returns the wait, made up to a tenth shorter or longer.

    Args:
        wait_s: Seconds.
        chance: 0 to 1, evenly distributed; 0.5 changes nothing.
    """
    return wait_s * (1 - _JITTER + 2 * _JITTER * chance)


def to_mask(numbers: Iterable[int], *, size: int) -> int:
    """Returns skipped hours or days as bits of one number, which fits into a table's column.

    Args:
        numbers: Hours or days from 0; one that equals `size` stands for 0, others are ignored.
        size: How many there are: 24 or 7. A feed that skips all of them skips none.
    """
    mask = 0
    for number in numbers:
        if 0 <= number < size or number == size == 24:  # Userland's RSS 0.91 counts from 1.
            mask |= 1 << (number % size)
    return 0 if mask == (1 << size) - 1 else mask


def avoid_skipped(due: datetime, *, hours: int, days: int, chance: float) -> datetime:
    """Returns the first moment from `due` on whose hour the feed does not ask to skip.

    Args:
        due: When the feed would be polled.
        hours: Mask of skipped hours of the day in UTC.
        days: Mask of skipped days of the week in UTC, Monday first.
        chance: 0 to 1, evenly distributed: how far into the hour to wait.
    """
    hours = 0 if hours & _ALL_HOURS == _ALL_HOURS else hours
    days = 0 if days & _ALL_DAYS == _ALL_DAYS else days
    moment = due.astimezone(UTC)
    while _is_skipped(moment, hours=hours, days=days):
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        if moment - due >= _MAX_SKIP:
            return due + _MAX_SKIP
    if moment == due:
        return due
    return moment + timedelta(seconds=_SKIP_SPREAD_S * chance)


def _is_skipped(moment: datetime, *, hours: int, days: int) -> bool:
    return bool(hours >> moment.hour & 1 or days >> moment.weekday() & 1)


def _wish(seconds: float | None, longest_s: float) -> float:
    """Returns a wish within bounds; 0 for what is none: negative, or no number."""
    if seconds is None or not seconds > 0:
        return 0.0
    return min(float(seconds), longest_s)


def _read_http_date(value: str | None) -> datetime | None:
    """Returns the moment in one of the forms of RFC 9110, section 5.6.7; None for `0` or `-1`."""
    if value is None or len(value) > _MAX_DATE_CHARS:
        return None
    try:
        moment = parsedate_to_datetime(value)
        # Without a zone (asctime's form, `-0000`) it is UTC.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # No date, or one outside the calendar.
        return None
