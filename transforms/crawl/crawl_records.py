"""What goes into the crawler and what comes back: requests, answers, and why there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from email.message import Message
from typing import TYPE_CHECKING

from feedlake.transforms.crawl.politeness import HostTimes, parse_retry_after, rest_s
from feedlake.transforms.normalize.date_bounds import is_ahead
from feedlake.transforms.normalize.hosts import origin_of
from feedlake.transforms.normalize.urls import resolve_url
from feedlake.transforms.records.exchange import Exchange

if TYPE_CHECKING:
    # http_client imports aiohttp, which the records of this file do not need.
    from feedlake.transforms.crawl.host_shards import Shard
    from feedlake.transforms.crawl.http_client import HttpOptions, Response

REDIRECTS = (301, 302, 303, 307, 308)
PERMANENT = (301, 308)

ASKS_TO_WAIT = (429, 503)
"""Statuses whose Retry-After is meant for the whole host."""

# Headers that other sites may see, too, since they say nothing about the operator. Validators are
# among them: the site at the end of a chain of redirects gave them out.
_FOR_ALL = ("Accept", "If-None-Match", "If-Modified-Since")

_NOT_SECRET = ("User-Agent", "Accept-Encoding", *_FOR_ALL)
"""Headers that an archive may name. The operator's own may be keys, whatever they are called."""

_MAX_SHOWN_CHARS = 200
_CREDENTIALS = re.compile(r"\A([^/\\?#]*[/\\]+)[^/\\?#]*@")

# Of nginx, Go and Apache to a plain request at a TLS port.
_SPEAKS_TLS = re.compile(
    rb"plain http request was sent to https port|sent an http request to an https server"
    rb"|speaking plain http to an ssl-enabled",
    re.IGNORECASE,
)

ROBOTS_MAX_AGE_S = 86_400.0
"""How long robots.txt is kept (RFC 9309 section 2.4)."""


@dataclass(frozen=True)
class CrawlOptions:
    """What the operator decides about all requests.

    Attributes:
        http: Limits and identity of single requests.
        host_delay_s: Pause between a response and the next request to its host.
        host_concurrency: Requests at a time to one host.
        in_flight: Requests at a time in all.
        obeys_robots: Whether robots.txt is asked for, and obeyed.
        backoff_s: About how long a second attempt waits after the first; the next one twice as
            long.
        keeps_exchanges: Whether answers bring all that was asked and answered, for an archive.
    """

    http: HttpOptions
    _: KW_ONLY
    host_delay_s: float = 2.0
    host_concurrency: int = 1
    in_flight: int = 64
    obeys_robots: bool = True
    backoff_s: float = 1.0
    keeps_exchanges: bool = False


@dataclass(frozen=True)
class Deadline:
    """When a chunk asks for nothing more, so that what it has is published.

    Attributes:
        at_s: Of `monotonic`: what cannot begin by then is left for the run's next chunk.
        within_s: Seconds from the start to then: a host that wants longer pauses than that would
            never have its turn in a chunk, and is left for the next run.
        is_cutting: Whether requests under way are ended soon after.
    """

    at_s: float
    _: KW_ONLY
    within_s: float
    is_cutting: bool


@dataclass(frozen=True)
class Request:
    """One address to fetch.

    Attributes:
        url: Absolute address.
        headers: Sent to the address's own origin, and to no other that it redirects to.
        attempts: How often to try, if trying again can help.
        delay_s: Pause between requests to this host; None: the operator's general one.
        obeys_robots: Whether robots.txt counts for this address.
        failures: How often earlier runs have asked for it in vain: the longer is its host left
            alone that answers 429 and does not say for how long.
        host_times: Since when the run asks each host; None: a host may take all the time.
        deadline: When its chunk asks for nothing more; None: never.
        shard: The hosts that may be asked for it, wherever it is redirected to; None: all.
        kept: Takes what is asked and answered for it; None: nothing is kept.
        is_poll: Whether it is a feed, or another address that is polled.
    """

    url: str
    _: KW_ONLY
    headers: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 3
    delay_s: float | None = None
    obeys_robots: bool = True
    failures: int = 0
    host_times: HostTimes | None = None
    deadline: Deadline | None = None
    shard: Shard | None = None
    kept: list[Exchange] | None = None
    is_poll: bool = False


@dataclass(frozen=True)
class Fetched:
    """An answer, whatever its status.

    Attributes:
        response: The last hop's.
        permanent_url: The address to which an unbroken chain of permanent redirects leads.
        fetched_at: When it had come, UTC.
        duration_s: Of the last hop, without waiting.
        exchanges: All hops of all attempts, in their order, if they are kept.
    """

    response: Response
    _: KW_ONLY
    permanent_url: str | None
    fetched_at: datetime
    duration_s: float
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True)
class NotFetched:
    """Why there is no answer.

    Attributes:
        reason: Stable word: one of `HttpFailure.reason`, `redirect_loop`,
            `too_many_redirects`, `robots_txt`, `robots_unreachable`, `host_closed`, `no_time`,
            `in_turn` (the run's next chunk asks), `missing_secret`.
        detail: One sentence.
        is_transient: Whether a later run should try again.
        was_tried: Whether it counts as an attempt: the site was asked for this address, or in
            vain for its robots.txt.
        is_settled: Whether another attempt in this run would come to the same.
        retry_after_s: For how long a host is to be left alone, if it says so or is down.
        host: Which one, as `host_of` names it.
        exchanges: What was answered before it came to that, if it is kept.
    """

    reason: str
    _: KW_ONLY
    detail: str
    is_transient: bool
    was_tried: bool = True
    is_settled: bool = False
    retry_after_s: float | None = None
    host: str | None = None
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True)
class HostBackoff:
    """That a host is to be left alone, as an earlier run has found out.

    Attributes:
        url: An address at the host.
        until: For how long, UTC.
    """

    url: str
    until: datetime


@dataclass(frozen=True)
class RobotsText:
    """A host's robots.txt as it was fetched.

    Attributes:
        url: Its address.
        status: HTTP status; 404 also for one that redirects to nowhere.
        body: Its bytes.
        fetched_at: UTC.
        duration_ms: Of the request.
        exchanges: All hops, in their order, if they are kept; none of a file that was known.
    """

    url: str
    _: KW_ONLY
    status: int
    body: bytes
    fetched_at: datetime
    duration_ms: int = 0
    exchanges: tuple[Exchange, ...] = ()

    def is_fresh(self, now: datetime) -> bool:
        """Returns whether it is young enough to be used; one that failed never is.

        Nor is one from a time to come: then a clock was wrong, and nobody knows its age.
        """
        is_answer = self.status < 500 and self.status != 429
        is_young = (now - self.fetched_at).total_seconds() < ROBOTS_MAX_AGE_S
        return is_answer and is_young and not is_ahead(self.fetched_at, now=now)


def retry_after_s(response: Response, *, now: datetime) -> float | None:
    """Returns for how long a response asks to be left alone; None if it does not."""
    return parse_retry_after(response.headers.get("retry-after"), now=now)


def wanted_rest_s(response: Response, *, failures: int, now: datetime) -> float | None:
    """Returns for how long a response's host is to be left alone; None if it may be asked.

    Args:
        response: What the host answered.
        failures: How often the address was asked for in vain before.
        now: When it answered, UTC.
    """
    told_s = retry_after_s(response, now=now)
    if told_s is None and response.status == 429:
        return rest_s(failures + 1)
    return told_s


def describe_status(response: Response) -> str:
    """Returns what a site answered that gave no page, as a sentence."""
    said = f"the site answered {response.status}"
    if response.status == 400 and _SPEAKS_TLS.search(response.body):
        return f"{said}: the port speaks TLS, so the address has to begin with https"
    return said


def target_of(response: Response) -> str | None:
    """Returns where a response redirects to, without fragment; None if it does not.

    What is no http(s) address comes as it is written.
    """
    location = response.headers.get("location", "").strip()
    if response.status not in REDIRECTS or not location:
        return None
    return (resolve_url(location, response.url) or location).partition("#")[0]


def clean_url(url: str) -> str:
    """Returns an address as it is asked for: without credentials, fragment and odd slashes."""
    return (resolve_url(url, None) or url).partition("#")[0]


def shown_url(url: str) -> str:
    """Returns an address as a sentence may name it: no credentials, nothing that cannot be shown.

    Args:
        url: As a site has named it.
    """
    shown = _CREDENTIALS.sub(r"\1", url[:_MAX_SHOWN_CHARS])
    return "".join(character if character.isprintable() else "?" for character in shown)


def headers_for(url: str, request: Request) -> Mapping[str, str]:
    """Returns those of a request's headers that an address may see to which it was redirected.

    Args:
        url: Where it leads.
        request: The request.
    """
    scheme, host = origin_of(request.url)
    if origin_of(url) in ((scheme, host), ("https", host)):
        return request.headers
    return {name: value for name, value in request.headers.items() if name in _FOR_ALL}


def keep(request: Request, response: Response, *, sent: Mapping[str, str], now: datetime) -> None:
    """Notes what was asked and answered, if that is to be kept.

    Args:
        request: For which it was.
        response: The answer.
        sent: Headers that went with it; those that may hold a secret are not noted.
        now: When the answer had come, UTC.
    """
    if request.kept is None:
        return
    asked = tuple((name, value) for name, value in sent.items() if name in _NOT_SECRET)
    request.kept.append(
        Exchange(
            response.url,
            asked=asked,
            protocol=response.protocol,
            status=response.status,
            reason=response.reason,
            headers=response.head,
            body=response.body,
            is_cut=response.is_cut,
            fetched_at=now,
        )
    )


def is_passing(robots: RobotsText | NotFetched) -> bool:
    """Returns whether robots.txt could not be fetched for a reason that may soon be gone."""
    if isinstance(robots, NotFetched):
        return robots.is_transient and robots.reason != "no_time"
    return robots.status >= 500


def read_content_type(value: str | None) -> tuple[str, str | None]:
    """Returns the media type, in lower case, and the character set that a header names."""
    message = Message()
    message["content-type"] = (value or "").replace("\r", " ").replace("\n", " ")
    charset = message.get_param("charset")
    kind = message.get_content_type() if value else ""
    return kind, charset if isinstance(charset, str) and charset else None
