"""Fetches addresses politely, many hosts side by side, in a thread with one asyncio loop.

The file is long, but one idea: the way of one request through robots.txt, the limits of its host,
redirects and further attempts.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from math import inf
from time import monotonic
from typing import Any
from weakref import WeakSet

from feedlake.transforms.crawl.crawl_records import (
    ASKS_TO_WAIT,
    PERMANENT,
    ROBOTS_MAX_AGE_S,
    CrawlOptions,
    Fetched,
    NotFetched,
    Request,
    RobotsText,
    clean_url,
    headers_for,
    is_passing,
    keep,
    retry_after_s,
    shown_url,
    target_of,
    wanted_rest_s,
)
from feedlake.transforms.crawl.host_shards import STRAYED
from feedlake.transforms.crawl.http_client import HttpClient, HttpFailure, Response
from feedlake.transforms.crawl.pending_requests import PendingRequests
from feedlake.transforms.crawl.politeness import DOWN, DOWN_S, MAX_HOSTS, Host, Hosts, Slots, Turns
from feedlake.transforms.crawl.robots import MAX_ROBOTS_BYTES, Robots, judge_robots, robots_place
from feedlake.transforms.normalize.hosts import host_of
from feedlake.transforms.process.stop import StopRequest
from feedlake.transforms.records.exchange import Exchange

MAX_REDIRECTS = 10
"""Most hops of one fetch; RFC 9110 section 15.4 leaves the number open, browsers take 20."""

ROBOTS_REDIRECTS = 5
"""Hops that are followed for robots.txt (RFC 9309 section 2.3.1.2)."""

MAX_OBEYED_DELAY_S = 120.0
"""Longest crawl-delay that is waited for; a host that asks for more gets its requests this far
apart, few in a run, the others in later runs."""

MAX_RETRY_WAIT_S = 20.0
"""Longest wait for another attempt in a run; a host that asks for more is left for later runs."""

REFUSAL_S = 300.0
"""How long a site is asked for nothing whose robots.txt could not be had, if its host may be."""

END_WITHIN_S = 3.0
"""How long requests may go on that are under way when the end is asked for: a supervisor waits
ten seconds (systemd: 90, Docker: 10), and what was fetched has to be published in them."""

_ASKED_TO_END = NotFetched(
    "no_time",
    detail="the run was asked to end",
    is_transient=True,
    was_tried=False,
    is_settled=True,
)
_NEXT_CHUNK = NotFetched(
    "in_turn",
    detail="the run published what it had first",
    is_transient=True,
    was_tried=False,
    is_settled=True,
)
_STRAYED = NotFetched(
    STRAYED,
    detail="it redirects to a host that another worker asks",
    is_transient=False,
    was_tried=False,
    is_settled=True,
)
_CUT_COUNTS_S = 10.0  # From then on a request that is cut counts as an attempt that took too long.
_SILENT = ("connect", "dns", "timeout")
_BROKEN = ("bad_encoding", "bad_response")  # Of robots.txt: no answer (RFC 9309, 2.3.1.4).
_RETRIED = (429, 500, 502, 503, 504, 520, 521, 522, 523, 524)


class Crawler:
    """Fetches for any number of steps at a time, in a thread of its own.

    Args:
        options: What the operator decides.
        hosts: What is known of the hosts. It outlives the crawler, so that limits hold for all that
            a process fetches.
        robots: robots.txt files by address; those too old are not used, new ones are added.
        stop: Asks it to end soon.
    """

    def __init__(
        self, options: CrawlOptions, hosts: Hosts, robots: dict[str, RobotsText], stop: StopRequest
    ) -> None:
        self._options, self._hosts, self._known_robots, self._stop = options, hosts, robots, stop
        self._rules: dict[str, asyncio.Task[Robots | NotFetched]] = {}
        self._rules_until_s: dict[str, float] = {}
        self._forgotten_s = monotonic()
        self._turns: dict[str, Turns] = {}
        self._loop = asyncio.new_event_loop()
        self._under_way: set[asyncio.Timeout] = set()
        self._opened: WeakSet[PendingRequests[Any]] = WeakSet()
        self._ready = threading.Event()
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="crawler", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._fault is not None:
            raise self._fault

    def open_requests(self) -> PendingRequests[Any]:
        """Returns where to submit requests, and where their answers come."""
        pending: PendingRequests[Any] = PendingRequests(
            self.fetch, self._refuse, self.slots.release, self._loop
        )
        self._loop.call_soon_threadsafe(self._opened.add, pending)
        return pending

    def close(self) -> None:
        """Ends all requests and the thread."""
        self._loop.call_soon_threadsafe(self._finished.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._serve())
        except BaseException as error:
            self._fault = error
        self._ready.set()

    async def _serve(self) -> None:
        self._finished, self._stopped = asyncio.Event(), asyncio.Event()
        self.slots = Slots(self._options.in_flight)
        async with HttpClient(self._options.http) as self._client:
            with self._stop.listening(lambda: self._loop.call_soon_threadsafe(self._end_soon)):
                self._ready.set()
                await self._finished.wait()
            for reading in self._rules.values():
                reading.cancel()
            await asyncio.gather(*self._rules.values(), return_exceptions=True)

    async def fetch(
        self, request: Request, put_robots: Callable[[RobotsText], None]
    ) -> Fetched | NotFetched:
        """Returns the answer to a request, after redirects and further attempts.

        The slot that the answer takes is given back when it was read, so that no more answers
        wait in memory than there are slots.

        Args:
            request: What to ask for.
            put_robots: Takes robots.txt files that were fetched for it.
        """
        kept: list[Exchange] | None = [] if self._options.keeps_exchanges else None
        result = await self._try(replace(request, kept=kept), put_robots)
        return replace(result, exchanges=tuple(kept)) if kept else result

    async def _try(
        self, request: Request, put_robots: Callable[[RobotsText], None]
    ) -> Fetched | NotFetched:
        result = await self._follow(request, put_robots)
        for attempt in range(1, request.attempts):
            wait_s = self._wait_before_retry(result, attempt)
            if wait_s is None or _is_too_late(request, wait_s):
                break
            if isinstance(result, Fetched):
                self.slots.release()
            await self._sleep(wait_s)
            again = await self._follow(request, put_robots)
            if not (isinstance(again, NotFetched) and again.is_settled):
                result = again
            elif isinstance(result, Fetched):
                await self.slots.acquire()
                break
            else:
                return replace(result, retry_after_s=again.retry_after_s, host=again.host)
        return result

    def _wait_before_retry(self, result: Fetched | NotFetched, attempt: int) -> float | None:
        """Seconds to wait for another attempt; None if there shall be none in this run."""
        if self._stopped.is_set():
            return None
        backoff_s = self._options.backoff_s * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)
        if isinstance(result, NotFetched):
            return backoff_s if result.is_transient and not result.is_settled else None
        response = result.response
        if response.status not in _RETRIED:
            return None
        told_s = wanted_rest_s(response, failures=0, now=result.fetched_at)
        wait_s = max(backoff_s, told_s or 0.0)
        return wait_s if wait_s <= MAX_RETRY_WAIT_S else None

    async def _follow(
        self, request: Request, put_robots: Callable[[RobotsText], None]
    ) -> Fetched | NotFetched:
        url, permanent_url, is_permanent = clean_url(request.url), None, True
        seen = {url}
        for _ in range(MAX_REDIRECTS + 1):
            if request.obeys_robots and self._options.obeys_robots:
                refusal = await self._ask_robots(url, request, put_robots)
                if refusal is not None:
                    return refusal if len(seen) == 1 else _at_target(refusal, url)
            answer = await self._send(url, request, headers=headers_for(url, request))
            if isinstance(answer, NotFetched):
                return answer if len(seen) == 1 else _at_target(answer, url)
            response, duration_s = answer
            target = target_of(response)
            if target is None:
                return Fetched(
                    response,
                    permanent_url=permanent_url,
                    fetched_at=request.kept[-1].fetched_at if request.kept else datetime.now(UTC),
                    duration_s=duration_s,
                )
            self.slots.release()
            is_permanent = is_permanent and response.status in PERMANENT
            if is_permanent:
                permanent_url = target
            if target in seen:
                return NotFetched(
                    "redirect_loop",
                    detail=f"{len(seen)} redirects in a circle, the last to {shown_url(target)}",
                    is_transient=False,
                )
            seen.add(target)
            if request.shard is not None and not request.shard.has(target):
                return _STRAYED
            url = target
        detail = f"more than {MAX_REDIRECTS} redirects, the last to {shown_url(url)}"
        return NotFetched("too_many_redirects", detail=detail, is_transient=False)

    async def _send(
        self,
        url: str,
        request: Request,
        *,
        headers: Mapping[str, str],
        head_bytes: int | None = None,
    ) -> tuple[Response, float] | NotFetched:
        """Sends one request as soon as its host has room; keeps a slot if there is a response.

        Returns the response and how long it took, in seconds.
        """
        name = host_of(url)
        turns = self._turns.setdefault(name, Turns(self._options.host_concurrency))
        async with turns.take(is_poll=request.is_poll):
            send_once = partial(self._send_once, url, request, headers=headers, head=head_bytes)
            answer = await send_once()
            if isinstance(answer, HttpFailure) and answer.is_stale:
                answer = await send_once()
        if not isinstance(answer, HttpFailure):
            return answer
        # A name that is not known today may be tomorrow, and a certificate that has expired is
        # renewed then: registrars, resolvers and those who run sites fail, too.
        passes = answer.reason in ("dns", "tls")
        return NotFetched(
            answer.reason,
            detail=answer.detail,
            is_transient=answer.is_transient or passes,
            is_settled=answer.is_settled or not answer.is_transient,
            retry_after_s=self._hosts.closed_s(self._hosts.host(name)) or None,
            host=name,
        )

    async def _send_once(
        self, url: str, request: Request, *, headers: Mapping[str, str], head: int | None
    ) -> tuple[Response, float] | NotFetched | HttpFailure:
        is_slow = await self._wait_for_host(host_of(url), request)
        if isinstance(is_slow, NotFetched):
            return is_slow
        host, delay_s = self._hosts.host(host_of(url)), self._delay_s(url, request)
        self._hosts.begin(host, delay_s=delay_s)
        if request.host_times is not None:
            request.host_times.begin(host_of(url))
        started_s = monotonic()
        answer: Response | HttpFailure | None = None
        try:
            limit_s = self._time_left_s(request)
            answer = await self._exchange(url, headers=headers, head_bytes=head, limit_s=limit_s)
        finally:
            self.slots.end_slow(is_slow=is_slow)
            if not isinstance(answer, Response):
                self.slots.release()
            self._hosts.note_duration(host, monotonic() - started_s)
            is_silent = (
                isinstance(answer, HttpFailure) and answer.reason in _SILENT and not answer.is_stale
            )
            self._hosts.end(
                host, delay_s=delay_s, is_connected=not is_silent, is_poll=request.is_poll
            )
        duration_s = monotonic() - started_s
        if isinstance(answer, Response):
            sent = {**self._client.own_headers(), **headers}
            keep(request, answer, sent=sent, now=datetime.now(UTC))
            self._heed(host, answer, failures=request.failures)
            return answer, duration_s
        return answer or self._cut(request, duration_s)

    def _time_left_s(self, request: Request) -> float | None:
        """Seconds after which a request that begins now is cut; None if it is not."""
        if self._stopped.is_set():
            return END_WITHIN_S
        deadline = request.deadline
        if deadline is None or not deadline.is_cutting:
            return None
        return max(0.0, deadline.at_s - monotonic()) + END_WITHIN_S

    def _cut(self, request: Request, duration_s: float) -> NotFetched:
        """What has become of a request that was cut."""
        deadline = request.deadline
        if self._stopped.is_set() or deadline is None:
            return _ASKED_TO_END
        # Half a chunk's time at the most: what begins with the chunk is cut once in a run.
        if duration_s < min(_CUT_COUNTS_S, deadline.within_s / 2):
            return _NEXT_CHUNK
        detail = f"not complete after {duration_s:.0f} s, when the run published what it had"
        return NotFetched("timeout", detail=detail, is_transient=True, is_settled=True)

    async def _exchange(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        head_bytes: int | None,
        limit_s: float | None,
    ) -> Response | HttpFailure | None:
        """Sends one request; None if it was cut."""
        try:
            async with asyncio.timeout(limit_s) as limit:
                self._under_way.add(limit)
                return await self._client.send(url, headers=headers, head_bytes=head_bytes)
        except TimeoutError:
            return None
        finally:
            self._under_way.discard(limit)

    def _end_soon(self) -> None:
        self._stopped.set()
        end_s = self._loop.time() + END_WITHIN_S
        for limit in self._under_way:
            limit.reschedule(min(end_s, limit.when() or end_s))
        for pending in list(self._opened):
            pending.refuse_rest()

    async def _wait_for_host(self, name: str, request: Request) -> NotFetched | bool:
        """Takes a slot when the host may be asked, or says why it may not.

        Returns whether the slot is one for slow hosts.
        """
        while True:
            host = self._hosts.host(name)
            refusal = self._refuse(name, request)
            if refusal is not None:
                return refusal
            wait_s = self._hosts.wait_s(host)
            if wait_s > 0:
                await self._sleep(wait_s)
                continue
            is_slow = self._hosts.is_slow(host)
            await self.slots.acquire(is_slow=is_slow)
            host = self._hosts.host(name)  # Time may have passed, and others been faster.
            if self._hosts.wait_s(host) <= 0 and self._refuse(name, request) is None:
                return is_slow
            self.slots.end_slow(is_slow=is_slow)
            self.slots.release()

    def _refuse(self, name: str, request: Request) -> NotFetched | None:
        """Why a request is not to be made now."""
        if self._stopped.is_set():
            return _ASKED_TO_END
        host = self._hosts.host(name)
        if why := self._hosts.why_closed(host, is_poll=request.is_poll):
            return NotFetched(
                "host_closed",
                detail=why,
                is_transient=True,
                was_tried=host.is_down,
                is_settled=True,
                retry_after_s=self._hosts.closed_s(host),
                host=name,
            )
        wait_s = self._hosts.wait_s(host)
        if request.host_times is not None and (
            why := request.host_times.why_over(name, wait_s=wait_s)
        ):
            return replace(_ASKED_TO_END, detail=why)
        if _is_too_late(request, wait_s):
            assert request.deadline is not None
            if wait_s <= request.deadline.within_s:
                return _NEXT_CHUNK
            why = f"the host's next turn is in {wait_s:.0f} s, and the run publishes sooner"
            return replace(_ASKED_TO_END, detail=why)
        return None

    def _heed(self, host: Host, response: Response, *, failures: int) -> None:
        """Leaves a host alone that asks for it."""
        if response.status not in ASKS_TO_WAIT:
            return
        now = datetime.now(UTC)
        seconds = wanted_rest_s(response, failures=failures, now=now) or 0.0
        if seconds > MAX_RETRY_WAIT_S:
            is_told = retry_after_s(response, now=now) is not None
            wish = f"asks to wait {seconds:.0f} s" if is_told else "does not say how long to wait"
            because = f"the host answered {response.status} and {wish}"
            self._hosts.close(host, seconds, because=because)
        else:
            self._hosts.back_off(host, seconds)

    def _delay_s(self, url: str, request: Request) -> float:
        delay_s = self._options.host_delay_s
        if request.delay_s is not None and host_of(url) == host_of(request.url):
            delay_s = request.delay_s
        place = robots_place(url)
        task = self._rules.get(place) if place else None
        rules = task.result() if task is not None and task.done() else None
        if isinstance(rules, Robots) and rules.crawl_delay_s is not None:
            delay_s = max(delay_s, min(rules.crawl_delay_s, MAX_OBEYED_DELAY_S))
        return delay_s

    async def _ask_robots(
        self, url: str, request: Request, put_robots: Callable[[RobotsText], None]
    ) -> NotFetched | None:
        """Returns why robots.txt, fetched once for each origin, forbids the address, or None."""
        place = robots_place(url)
        if place is None:
            return None  # No valid address: the client will say so.
        if place not in self._rules or self._rules_until_s.get(place, inf) < monotonic():
            self._forget_rules()
            self._rules_until_s.pop(place, None)
            reading = self._read_robots(place, request, put_robots)
            self._rules[place] = asyncio.ensure_future(reading)
        reading_rules = self._rules[place]
        rules = await asyncio.shield(reading_rules)
        if isinstance(rules, NotFetched):
            if not rules.was_tried and self._rules.get(place) is reading_rules:
                del self._rules[place]  # There was no time for it now; there may be later.
            self._rules_until_s.setdefault(place, monotonic() + REFUSAL_S)
            return rules
        if rules.is_allowed(url):
            return None
        return NotFetched(
            "robots_txt",
            detail="robots.txt disallows the address",
            is_transient=False,
            was_tried=False,
        )

    def _forget_rules(self) -> None:
        """Forgets what is too old to count: a crawler may live for weeks."""
        now_s = monotonic()
        if now_s < self._forgotten_s + REFUSAL_S:
            return
        self._forgotten_s = now_s
        for place, until_s in list(self._rules_until_s.items()):
            if until_s < now_s:
                del self._rules_until_s[place]
                self._rules.pop(place, None)
        if len(self._turns) > MAX_HOSTS:
            self._turns = {
                name: turns
                for name, turns in self._turns.items()
                if turns.is_taken or self._hosts.host(name).requests
            }

    async def _read_robots(
        self, place: str, request: Request, put_robots: Callable[[RobotsText], None]
    ) -> Robots | NotFetched:
        known, fetched = self._known_robots.get(place), None
        if known is None or not known.is_fresh(datetime.now(UTC)):
            fetched = await self._fetch_robots(place, request)
            if is_passing(fetched) and not self._stopped.is_set():
                await self._sleep(self._options.host_delay_s)
                fetched = await self._fetch_robots(place, request)
            if isinstance(fetched, NotFetched):
                return self._leave_if_silent(fetched, host_of(place))
            known = fetched
            self._known_robots[place] = replace(known, exchanges=())
            put_robots(known)
        age_s = (datetime.now(UTC) - known.fetched_at).total_seconds()
        rules = judge_robots(known.status, known.body)
        rest_s = REFUSAL_S if rules is None else ROBOTS_MAX_AGE_S - age_s
        self._rules_until_s[place] = monotonic() + max(rest_s, 0.0)
        if rules is None:
            detail = f"robots.txt answered {known.status}, so nothing is asked of the site"
            name = host_of(place)
            return NotFetched(
                "robots_unreachable",
                detail=detail,
                is_transient=True,
                is_settled=True,
                retry_after_s=self._hosts.closed_s(self._hosts.host(name)) or None,
                host=name,
            )
        if rules.crawl_delay_s is not None and known is fetched:
            # The crawl-delay counts from the answer that asked for it.
            self._hosts.back_off(
                self._hosts.host(host_of(place)), min(rules.crawl_delay_s, MAX_OBEYED_DELAY_S)
            )
        return rules

    def _leave_if_silent(self, refusal: NotFetched, name: str) -> NotFetched:
        """Takes a host for one that is down if even its robots.txt was asked for twice in vain."""
        if refusal.reason not in _SILENT:
            return refusal
        host = self._hosts.host(name)
        self._hosts.close(host, DOWN_S, because=DOWN, is_down=True)
        return replace(refusal, retry_after_s=self._hosts.closed_s(host), host=name)

    async def _fetch_robots(self, place: str, request: Request) -> RobotsText | NotFetched:
        url = place
        kept: list[Exchange] | None = None if request.kept is None else []
        plain = replace(request, headers={}, kept=kept)
        for _ in range(ROBOTS_REDIRECTS + 1):
            answer = await self._send(url, plain, headers={}, head_bytes=MAX_ROBOTS_BYTES + 1)
            now = datetime.now(UTC)
            if isinstance(answer, NotFetched):
                if url != place and not answer.is_transient:
                    # Redirected to nowhere.
                    hops = tuple(kept or ())
                    return RobotsText(place, status=404, body=b"", fetched_at=now, exchanges=hops)
                return replace(
                    answer,
                    detail=f"robots.txt: {answer.detail}",
                    is_transient=answer.is_transient or answer.reason in _BROKEN,
                    is_settled=True,
                )
            self.slots.release()
            response, duration_s = answer
            target = target_of(response)
            if target is None:
                body = response.body if response.status < 300 else b""
                return RobotsText(
                    place,
                    status=response.status,
                    body=body,
                    fetched_at=now,
                    duration_ms=round(duration_s * 1000),
                    exchanges=tuple(kept or ()),
                )
            if request.shard is not None and not request.shard.has(target):
                return _STRAYED
            url = target
        # RFC 9309 section 2.3.1.2: beyond that many it may count as unavailable: all is allowed.
        return RobotsText(place, status=404, body=b"", fetched_at=datetime.now(UTC))

    async def _sleep(self, seconds: float) -> None:
        """Waits, but not beyond the call to stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)


def _is_too_late(request: Request, wait_s: float) -> bool:
    """Whether what begins after a wait would begin when the chunk asks for nothing more."""
    return request.deadline is not None and monotonic() + wait_s > request.deadline.at_s


def _at_target(refusal: NotFetched, url: str) -> NotFetched:
    """The refusal of an address that another one redirects to, naming it."""
    return replace(refusal, detail=f"{refusal.detail}: {shown_url(url)}, to which it redirects")
