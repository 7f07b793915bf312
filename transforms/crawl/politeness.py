"""When hosts may be asked, each and all: one rule for feeds, pages, robots.txt and redirects."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime
from time import monotonic

MAX_DELAY_S = float(1 << 31)
"""What any longer delay counts as, 68 years; RFC 9111, section 1.2.2, has it for delta-seconds."""

# RFC 9110, section 10.2.3: delay-seconds. The fraction is not in it, but some servers send one.
_SECONDS = re.compile(r"([0-9]+)(?:\.[0-9]*)?")

# RFC 9110, section 5.6.7: IMF-fixdate, then the obsolete rfc850-date and asctime-date. Names of
# days are not compared with the date; a server that errs there still wants to be left alone.
_WEEKDAY = "[a-z]{3,9}"
_DAY = "(?P<day>[0-9]{1,2})"
_MONTH = "(?P<month>[a-z]{3})"
_YEAR = "(?P<year>[0-9]{4})"
_CLOCK = "(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_ZONE = "(?:GMT|UTC|[+-]0000)"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        f"{_WEEKDAY}, +{_DAY} +{_MONTH} +{_YEAR} +{_CLOCK} +{_ZONE}",
        f"{_WEEKDAY}, +{_DAY}-{_MONTH}-(?P<year>[0-9]{{2}}|[0-9]{{4}}) +{_CLOCK} +{_ZONE}",
        f"{_WEEKDAY} +{_MONTH} +{_DAY} +{_CLOCK} +{_YEAR}",
    )
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def parse_retry_after(value: str | None, *, now: datetime) -> float | None:
    """Returns the seconds to wait, from 0 to `MAX_DELAY_S`, or None if the value says nothing.

    A day or a year is as good an answer as a minute: what is too long is the caller's to decide.

    Args:
        value: The header field as received; None if there was none.
        now: When it was received, with a timezone; what dates count from.
    """
    text = (value or "").strip(" \t")
    if (match := _SECONDS.fullmatch(text)) is not None:
        # Digits are counted first: Python refuses to read numbers of thousands of them.
        return MAX_DELAY_S if len(match[1].lstrip("0")) > 10 else min(float(text), MAX_DELAY_S)
    moment = _parse_http_date(text, now=now)
    if moment is None:
        return None
    return min(max((moment - now).total_seconds(), 0.0), MAX_DELAY_S)


def _parse_http_date(text: str, *, now: datetime) -> datetime | None:
    """Returns the moment in UTC, or None if the text is no HTTP-date."""
    match = next((found for rule in _DATES if (found := rule.fullmatch(text))), None)
    if match is None or (month := match["month"].lower()) not in _MONTHS:
        return None
    year = int(match["year"])
    if len(match["year"]) == 2:
        # RFC 9110, section 5.6.7: what seems more than 50 years ahead is past.
        latest = now.astimezone(UTC).year + 50
        year = latest - (latest - year) % 100
    second = int(match["second"])
    try:
        return datetime(
            year,
            _MONTHS.index(month) + 1,
            int(match["day"]),
            int(match["hour"]),
            int(match["minute"]),
            59 if second == 60 else second,  # a leap second, which the grammar has
            tzinfo=UTC,
        )
    except ValueError:  # The calendar or the clock has no such moment.
        return None


DOWN_AFTER = 3
"""Failures to connect in a row after which a host counts as down (two can be chance)."""

DOWN_S = 600.0
"""How long a host that is down is left alone: ten minutes, as story-indexer does."""

DOWN = "the host did not answer several times in a row"
"""Why a host that is down is left alone."""

REST_S = 1_200.0
"""How long a host is left alone that answers 429 without a Retry-After: longer than the usual
quarter of an hour between two runs, so that the next one leaves it alone, too."""

HOST_TIME_S = 300.0
"""How long one run asks one host for pages, and for polls, from its first request on."""

MAX_CLOSED_S = 86_400.0
"""Longest that a host's own Retry-After closes it; sites have been seen to say ten years."""

MAX_HOSTS = 20_000
"""Hosts beyond which those are forgotten that nobody has to wait for."""


SLOW_S, SLOW_FOR_S, QUICK_AGAIN_S = 3.0, 3_600.0, 60.0
"""A request that takes so long makes its host a slow one, for an hour; once it answers sooner, for
a minute more: a feed may come at once at a site whose pages hang."""


def rest_s(failures: int) -> float:
    """Returns for how long to leave a host alone that answers 429 and does not say for how long.

    Args:
        failures: How often in a row one address was asked for in vain, this time included, from 1.
    """
    return min(failures * REST_S, MAX_CLOSED_S)


@dataclass
class Host:
    """What is known of one host. Times are those of the clock that `Hosts` was given.

    Attributes:
        free_at_s: When the next request may begin.
        closed_until_s: Until when nothing is asked: it said so itself, or it is down.
        closed_because: Why, as a sentence.
        is_down: Whether it is closed because it does not answer.
        failures: Failures to connect in a row.
        requests: Requests under way.
        slow_until_s: Until when it counts as slow.
        answered_s: When it answered last; None: never, or it was polled in vain since.
        told_until_s: Until when it is closed because somebody said so.
    """

    free_at_s: float = 0.0
    _: KW_ONLY
    closed_until_s: float = 0.0
    closed_because: str = ""
    is_down: bool = False
    failures: int = 0
    requests: int = 0
    slow_until_s: float = 0.0
    answered_s: float | None = None
    told_until_s: float = 0.0


class Hosts:
    """The hosts of a process, which outlive a run: a limit holds between two runs as well.

    Args:
        clock: Seconds that never go back.
        max_hosts: See `MAX_HOSTS`.
    """

    def __init__(
        self, clock: Callable[[], float] = monotonic, *, max_hosts: int = MAX_HOSTS
    ) -> None:
        self._clock, self._max_hosts = clock, max_hosts
        self._hosts: dict[str, Host] = {}
        self._lock = threading.Lock()

    def host(self, name: str) -> Host:
        """Returns the host of this name, as `host_of` gives it."""
        with self._lock:
            if name not in self._hosts and len(self._hosts) >= self._max_hosts:
                self._forget_idle()
            return self._hosts.setdefault(name, Host())

    def wait_s(self, host: Host) -> float:
        """Returns how long to wait before the next request."""
        return max(0.0, host.free_at_s - self._clock())

    def why_closed(self, host: Host, *, is_poll: bool = False) -> str | None:
        """Returns why nothing may be asked of the host now; None if it may.

        Args:
            host: The host.
            is_poll: Whether it is a feed that is to be asked for. One page that hangs is three
                failures in a row, and says nothing of a feed that is on the same host: so a host
                that is down, but has answered within ten minutes, may be polled until that is
                in vain.
        """
        now_s, answered_s = self._clock(), host.answered_s
        if host.closed_until_s <= now_s:
            return None
        if is_poll and answered_s is not None and now_s - answered_s < DOWN_S:
            return host.closed_because if host.told_until_s > now_s else None
        return host.closed_because

    def closed_s(self, host: Host) -> float:
        """Returns for how long the host stays closed, 0 if it is open."""
        return max(0.0, host.closed_until_s - self._clock())

    def begin(self, host: Host, *, delay_s: float) -> None:
        """Notes that a request begins."""
        host.requests += 1
        host.free_at_s = self._clock() + delay_s

    def end(self, host: Host, *, delay_s: float, is_connected: bool, is_poll: bool = False) -> None:
        """Notes that a request has ended.

        The pause counts from the end, so that a slow host is left alone between two requests, too.

        Args:
            host: The host.
            delay_s: The pause before its next request.
            is_connected: Whether it answered at all.
            is_poll: Whether it was polled.
        """
        host.requests -= 1
        self.back_off(host, delay_s)
        host.failures = 0 if is_connected else host.failures + 1
        if is_connected:
            host.answered_s = self._clock()
        elif is_poll:
            host.answered_s = None
        if host.failures >= DOWN_AFTER:
            host.failures = 0
            self.close(host, DOWN_S, because=DOWN, is_down=True)

    def back_off(self, host: Host, seconds: float) -> None:
        """Notes that the host's next request has to wait for so long at least."""
        host.free_at_s = max(host.free_at_s, self._clock() + seconds)

    def close(self, host: Host, seconds: float, *, because: str, is_down: bool = False) -> None:
        """Notes that nothing may be asked of the host for some time.

        Args:
            host: The host.
            seconds: For how long.
            because: Why, as a sentence.
            is_down: Whether because it does not answer.
        """
        until = self._clock() + min(seconds, MAX_CLOSED_S)
        if not is_down:
            host.told_until_s = max(until, host.told_until_s)
        if until > host.closed_until_s:
            host.closed_until_s, host.closed_because, host.is_down = until, because, is_down

    def is_slow(self, host: Host) -> bool:
        """Returns whether the host has let someone wait for long lately."""
        return host.slow_until_s > self._clock()

    def note_duration(self, host: Host, duration_s: float) -> None:
        """Notes how long a request took, whatever came of it."""
        now_s = self._clock()
        if duration_s >= SLOW_S:
            host.slow_until_s = now_s + SLOW_FOR_S
        else:
            host.slow_until_s = min(host.slow_until_s, now_s + QUICK_AGAIN_S)

    def open_silent(self) -> None:
        """Notes that hosts that did not answer may be asked again."""
        with self._lock:
            for host in self._hosts.values():
                host.failures, host.slow_until_s = 0, 0.0
                if host.is_down:
                    host.closed_until_s, host.is_down = 0.0, False

    def _forget_idle(self) -> None:
        now = self._clock()
        self._hosts = {
            name: host
            for name, host in self._hosts.items()
            if max(host.free_at_s, host.closed_until_s) > now or host.failures or host.requests
        }


class Slots:
    """As many requests as may be under way at a time: a quarter is for hosts that are not slow.

    Or else as many hosts as there are slots, each of which answers a byte a second, would leave
    none to the others. It is used in one asyncio loop.

    Args:
        most: Requests at a time.
    """

    def __init__(self, most: int) -> None:
        self._all, self._slow = asyncio.Semaphore(most), asyncio.Semaphore(most - most // 4)

    async def acquire(self, *, is_slow: bool = False) -> None:
        """Waits for a slot.

        Args:
            is_slow: Whether it is for a host that is slow; then `end_slow` must follow, too.
        """
        if is_slow:
            await self._slow.acquire()
        try:
            await self._all.acquire()
        except BaseException:
            self.end_slow(is_slow=is_slow)
            raise

    def end_slow(self, *, is_slow: bool) -> None:
        """Notes that a request has ended, although its answer may keep its slot."""
        if is_slow:
            self._slow.release()

    def release(self) -> None:
        """Gives a slot back."""
        self._all.release()


class Turns:
    """Turns at one host: polls and pages have them by turns, as long as there are both.

    Or else a feed would wait for a hundred pages that came before it, each of them with its pause.
    It is used in one asyncio loop.

    Args:
        most: Requests at a time.
    """

    def __init__(self, most: int) -> None:
        self._all = asyncio.Semaphore(most)
        # No more of a kind wait for the host itself, so that the other kind is soon the next.
        self._polls, self._pages = asyncio.Semaphore(most), asyncio.Semaphore(most)

    @property
    def is_taken(self) -> bool:
        """Returns whether a request would have to wait."""
        return self._all.locked()

    @contextlib.asynccontextmanager
    async def take(self, *, is_poll: bool) -> AsyncIterator[None]:
        """Waits for a turn, and has it while the block runs.

        Args:
            is_poll: Whether it is a feed that is to be asked for.
        """
        async with self._polls if is_poll else self._pages, self._all:
            yield


class HostTimes:
    """Since when a run asks each host: it may take `HOST_TIME_S` from its own first request on.

    From the start of the run it would be a false reason: of thousands of hosts most have their
    turn later than that.

    Args:
        limit_s: How long a host may take, in seconds.
        clock: Seconds that never go back.
    """

    def __init__(
        self, limit_s: float = HOST_TIME_S, *, clock: Callable[[], float] = monotonic
    ) -> None:
        self._limit_s, self._clock = limit_s, clock
        self._begun: dict[str, float] = {}

    def begin(self, name: str) -> None:
        """Notes that a request to the host of this name begins."""
        self._begun.setdefault(name, self._clock())

    def why_over(self, name: str, *, wait_s: float) -> str | None:
        """Returns why no more is asked of the host in this run; None if it has time left.

        Args:
            name: Of the host.
            wait_s: How long the next request has to wait, in seconds.
        """
        begun_s = self._begun.get(name)
        if begun_s is None or self._clock() + wait_s - begun_s <= self._limit_s:
            return None
        minutes = self._limit_s / 60
        return f"this run has asked the host for {minutes:g} minutes, and no host may take more"
