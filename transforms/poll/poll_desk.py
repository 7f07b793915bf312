"""The way of one address from its turn to what its answer comes to, without Beam.

What asks is told apart from what waits: requests and bodies to be read are handed over, and whoever
owns the desk brings what came of them. So a step can poll what it was given until nothing is under
way, and a service can poll for ever.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterator
from dataclasses import KW_ONLY, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from feedlake.transforms.archives.archive_writer import Archive
from feedlake.transforms.crawl.crawl_records import (
    Deadline,
    Fetched,
    NotFetched,
    Request,
    headers_for,
    read_content_type,
)
from feedlake.transforms.crawl.host_shards import STRAYED, Shard
from feedlake.transforms.crawl.network_watch import NetworkWatch, is_silent, without_blame
from feedlake.transforms.crawl.pending_requests import PendingRequests
from feedlake.transforms.crawl.politeness import HostTimes
from feedlake.transforms.crawl.shared_crawler import Crawlers
from feedlake.transforms.crawl.source_requests import FEED_TYPES, MissingSecretError, own_headers
from feedlake.transforms.poll.interpret import Interpretation, interpret
from feedlake.transforms.poll.poll_answer import Polled, PollOptions, judge_answer, read_answer
from feedlake.transforms.poll.polling import child_source, conditional_headers
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.sandbox import Failure
from feedlake.transforms.process.tally import Tally
from feedlake.transforms.records.documents import BACKLOG, SourceReport
from feedlake.transforms.records.outcome import Outcome
from feedlake.transforms.records.polls import Child, WebSource
from feedlake.transforms.records.ready import Answered


@dataclass(frozen=True)
class Asked:
    """A request under way.

    Attributes:
        source: What is polled.
        was_conditional: Whether the request names a version that is known.
        guesses: Of a site that names no feed: further addresses to look for one at.
        site: Of the site for which this address is such a guess: its row, and what it is if the
            address is a feed.
        record: Id of the archive's record of the answer, once there is one.
    """

    source: WebSource
    _: KW_ONLY
    was_conditional: bool = False
    guesses: tuple[str, ...] = ()
    site: tuple[SourceReport, SourceReport] | None = None
    record: str | None = None


@dataclass(frozen=True)
class Heard:
    """What polling an address came to.

    Attributes:
        asked: What was asked.
        answered: What is to be published; None: nothing, and `why_not` says why.
        children: Where the address leads to.
        why_not: `unasked`: there was no time left; `left`: its host has none left; `strayed`: it
            led to a host that another worker asks.
    """

    asked: Asked
    answered: Answered | None = None
    _: KW_ONLY
    children: tuple[Child, ...] = ()
    why_not: str | None = None

    @property
    def whose(self) -> str:
        """Returns the address that the operator, or a list, knows: a site, not a guess at it."""
        return self.asked.site[0].source if self.asked.site else self.asked.source.url


class TakesBodies(Protocol):
    """Reads bodies in children: a `Sandbox`, or a queue before one."""

    def submit(self, token: tuple[Asked, Fetched], function: Callable[..., Any], /) -> None:
        """Takes a body to read, and the answer that it belongs to."""


@dataclass(eq=False)
class PollDesk:
    """Sends polls, and says what their answers come to; each one asked is heard of exactly once.

    Attributes:
        options: What the operator decides.
        pending: Takes requests; the owner brings their results to `hear`.
        sandbox: Reads bodies; the owner brings what was found to `read`.
        archive: Where what is asked and answered goes.
        watch: Whether this machine's network is down.
        asked: Addresses that are polled anyway, which are no guess at where a site's feed is.
        deadline: When to ask for nothing more; None: never.
        times: Since when each host is asked; None: a host may take all the time.
        shard: The hosts that may be asked; None: all.
    """

    options: PollOptions
    _: KW_ONLY
    pending: PendingRequests[Asked]
    sandbox: TakesBodies
    archive: Archive
    watch: NetworkWatch
    asked: set[str]
    deadline: Deadline | None = None
    times: HostTimes | None = None
    shard: Shard | None = None

    def __post_init__(self) -> None:
        self._silent: list[tuple[Asked, NotFetched]] = []

    def ask(
        self,
        source: WebSource,
        *,
        guesses: tuple[str, ...] = (),
        site: tuple[SourceReport, SourceReport] | None = None,
    ) -> Iterator[Heard]:
        """Asks an address; yields what can be said of it at once.

        Args:
            source: The address.
            guesses: See `Asked`.
            site: See `Asked`.
        """
        self.asked.add(source.url)
        options, state, address = source.options, source.state, address_of(source)
        if self.shard is not None and not self.shard.has(address):
            yield Heard(Asked(source, guesses=guesses, site=site), why_not="strayed")
            return
        try:
            headers = own_headers(options, accept=FEED_TYPES, credentials=source.credentials)
        except MissingSecretError as error:
            refusal = NotFetched(
                "missing_secret", detail=str(error), is_transient=False, was_tried=False
            )
            yield from self._take(Asked(source), refusal)
            return
        conditions = conditional_headers(state, chance=random.random())
        # If the feed has moved, its new site must not see headers that are meant for the old one.
        headers = dict(headers_for(address, Request(source.url, headers=headers)))
        request = Request(
            address,
            headers={**headers, **conditions},
            attempts=2,
            delay_s=options.delay_s,
            obeys_robots=options.obeys_robots,
            failures=state.failures if state else 0,
            host_times=self.times,
            deadline=self.deadline,
            shard=self.shard,
            is_poll=True,
        )
        self.pending.submit(
            Asked(source, was_conditional=bool(conditions), guesses=guesses, site=site), request
        )

    def hear(self, asked: Asked, result: Fetched | NotFetched) -> Iterator[Heard]:
        """Takes an answer; keeps a failure until it is known whether most sites failed.

        Args:
            asked: What was asked.
            result: What came back.
        """
        at = result.fetched_at if isinstance(result, Fetched) else None
        record = self.archive.add_exchanges(result.exchanges, wanted_at=at)
        asked, result = replace(asked, record=record), replace(result, exchanges=())
        if isinstance(result, NotFetched) and result.reason == STRAYED:
            yield Heard(asked, why_not="strayed")
            return
        state = asked.source.state
        was_well = None if state is None or state.polls == 0 else state.failures == 0
        self.watch.note(asked.source.url, result, was_well=was_well)
        if isinstance(result, NotFetched) and is_silent(result):
            self._silent.append((asked, result))
        else:
            yield from self._take(asked, result)

    @property
    def has_silence(self) -> bool:
        """Returns whether failures are kept that `judge_silence` gives out."""
        return bool(self._silent)

    def judge_silence(self) -> Iterator[Heard]:
        """Gives out the failures: of the sites, or of this machine's network."""
        silent, self._silent = self._silent, []
        is_down = bool(silent) and self.watch.is_down()
        if is_down:
            process_wide(Crawlers).open_silent_hosts()
        for asked, result in silent:
            yield from self._take(asked, without_blame(result) if is_down else result)

    def read(
        self, answered: tuple[Asked, Fetched], found: Interpretation | Failure
    ) -> Iterator[Heard]:
        """Takes what a child found in a body.

        Args:
            answered: The answer that it belongs to.
            found: What is in it, or why nothing could be read.
        """
        asked, result = answered
        if isinstance(found, Failure):
            size = len(result.response.body)
            found = Interpretation(None, error=found.reason, detail=f"{size} bytes: {found.detail}")
        yield from self._send(asked, self._judge(asked, result, found))

    def _take(self, asked: Asked, result: Fetched | NotFetched) -> Iterator[Heard]:
        """Gives out what an answer comes to, or has its body read first."""
        if isinstance(result, NotFetched) and result.reason == BACKLOG:
            # A site whose feed is looked for is asked again: what led there is not kept.
            yield Heard(asked, why_not="unasked")
            return
        if isinstance(result, NotFetched) and result.reason == "no_time":
            yield Heard(asked, why_not="left")
            return
        answer = read_answer(
            asked.source, result, was_conditional=asked.was_conditional, now=_now()
        )
        if answer.kind != "changed" or not isinstance(result, Fetched):
            yield from self._send(asked, self._judge(asked, result, None))
            return
        response = result.response
        content_type, charset = read_content_type(response.headers.get("content-type"))
        task = functools.partial(
            interpret,
            response.body,
            source=asked.source.url,
            url=response.url,
            charset=charset,
            content_type=content_type,
            headers=response.headers,
            options=self.options.interpret,
        )
        self.sandbox.submit((asked, result), task)

    def _judge(
        self, asked: Asked, result: Fetched | NotFetched, found: Interpretation | None
    ) -> Polled:
        now = _now()
        answer = read_answer(asked.source, result, was_conditional=asked.was_conditional, now=now)
        return judge_answer(
            asked.source,
            answer,
            result,
            found,
            intervals=self.options.intervals,
            fetches_pages=self.options.fetches_pages,
            now=now,
        )

    def _send(self, asked: Asked, polled: Polled) -> Iterator[Heard]:
        report = polled.report
        if asked.site is not None and report.source_kind != "feed":
            yield from self._guess(asked, asked.guesses, asked.site)
            return
        if asked.site is not None:
            yield Heard(asked, Answered(_lead_to(asked.site[1], asked.source.url)))
        if polled.if_found is not None:
            yield from self._guess(asked, polled.guesses, (report, polled.if_found))
            return
        process_wide(Tally).count("sources")
        process_wide(Tally).count("documents", report.documents)
        for outcome in self._outcomes(polled):
            self.archive.add_outcome(outcome, record=asked.record)
        answered = Answered(
            report,
            documents=polled.documents,
            entries=polled.entries,
            rejected=polled.rejected,
            known=polled.known,
        )
        yield Heard(asked, answered, children=polled.children)

    def _outcomes(self, polled: Polled) -> Iterator[Outcome]:
        """What became of the documents of a poll, as the archive keeps it."""
        read_at, now = self.archive.read_at, _now()
        for document in polled.documents:
            yield Outcome(
                read_at,
                judged_at=now,
                url=document.url or "",
                fetched_at=document.fetched_at or read_at,
                document=document,
                is_in_reply=isinstance(document.body, bytes),
            )
        for rejection in polled.rejected:
            url = rejection.url or ""
            yield Outcome(read_at, judged_at=now, url=url, fetched_at=now, rejection=rejection)

    def _guess(
        self, asked: Asked, guesses: tuple[str, ...], site: tuple[SourceReport, SourceReport]
    ) -> Iterator[Heard]:
        """Looks for a site's feed at the next of the usual places."""
        left = [guess for guess in guesses if guess not in self.asked]
        if not left:
            yield Heard(replace(asked, site=site), Answered(site[0]))
            return
        guess = child_source(Child(left[0]), asked.source, own=self.options.own)
        yield from self.ask(guess, guesses=tuple(left[1:]), site=site)


def address_of(source: WebSource) -> str:
    """Returns where an address is asked for: where it has moved to, if that is sure."""
    return source.state.address if source.state else source.url


def _lead_to(site: SourceReport, feed: str) -> SourceReport:
    assert site.poll is not None
    return replace(site, poll=replace(site.poll, children=(Child(feed, is_feed=True),)))


def _now() -> datetime:
    return datetime.now(UTC)
