"""When a host may be asked again: one rule for feeds, pages, robots.txt and redirects."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlsplit

from transforms.urls import canonicalize_url

DOWN_AFTER = 3
"""Failures to connect in a row after which a host counts as down (two can be chance)."""

DOWN_S = 600.0
"""How long a host that is down is left alone: ten minutes, as story-indexer does."""

DOWN = "the host did not answer several times in a row"
"""Why a host that is down is left alone."""

MAX_CLOSED_S = 86_400.0
"""Longest that a host's own Retry-After closes it; sites have been seen to say ten years."""

_MAX_HOSTS = 20_000
_PLAIN_HOST = re.compile(r"[a-z0-9._-]*")
_DEFAULT_PORTS = {("http", 80), ("https", 443)}


def host_of(url: str) -> str:
    """Returns what one limit holds for: the host name, with the port where it is not the usual.

    Args:
        url: An absolute address; a wrong one counts as a host of its own.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return url
    if not _PLAIN_HOST.fullmatch(host) and (canonical := canonicalize_url(url)):
        return canonical.split("/", 3)[2]  # One host has many spellings beyond ASCII.
    return host if port is None or (parts.scheme, port) in _DEFAULT_PORTS else f"{host}:{port}"


def origin_of(url: str) -> tuple[str, str]:
    """Returns what an address shares with those to which its credentials may be sent."""
    return url.partition(":")[0].lower(), host_of(url)  # urlsplit raises for some.


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
    """

    free_at_s: float = 0.0
    closed_until_s: float = 0.0
    closed_because: str = ""
    is_down: bool = False
    failures: int = 0
    requests: int = 0


class Hosts:
    """The hosts of a process, which outlive a run: a limit holds between two runs as well.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._hosts: dict[str, Host] = {}
        self._lock = threading.Lock()

    def host(self, name: str) -> Host:
        """Returns the host of this name, as `host_of` gives it."""
        with self._lock:
            if name not in self._hosts and len(self._hosts) >= _MAX_HOSTS:
                self._forget_idle()
            return self._hosts.setdefault(name, Host())

    def wait_s(self, host: Host) -> float:
        """Returns how long to wait before the next request."""
        return max(0.0, host.free_at_s - self._clock())

    def why_closed(self, host: Host) -> str | None:
        """Returns why nothing may be asked of the host now; None if it may."""
        return host.closed_because if host.closed_until_s > self._clock() else None

    def closed_s(self, host: Host) -> float:
        """Returns for how long the host stays closed, 0 if it is open."""
        return max(0.0, host.closed_until_s - self._clock())

    def begin(self, host: Host, *, delay_s: float) -> None:
        """Notes that a request begins."""
        host.requests += 1
        host.free_at_s = self._clock() + delay_s

    def end(self, host: Host, *, delay_s: float, is_connected: bool) -> None:
        """Notes that a request has ended.

        The pause counts from the end, so that a slow host has its rest as well.

        Args:
            host: The host.
            delay_s: The pause before its next request.
            is_connected: Whether it answered at all.
        """
        host.requests -= 1
        self.rest(host, delay_s)
        host.failures = 0 if is_connected else host.failures + 1
        if host.failures >= DOWN_AFTER:
            host.failures = 0
            self.close(host, DOWN_S, because=DOWN, is_down=True)

    def rest(self, host: Host, seconds: float) -> None:
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
        if until > host.closed_until_s:
            host.closed_until_s, host.closed_because, host.is_down = until, because, is_down

    def _forget_idle(self) -> None:
        now = self._clock()
        self._hosts = {
            name: host
            for name, host in self._hosts.items()
            if max(host.free_at_s, host.closed_until_s) > now or host.failures or host.requests
        }
