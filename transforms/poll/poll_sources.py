"""The step that polls addresses: feeds, lists of feeds, sitemaps, sites, single pages.

The file is long, but one idea: the way of one address from its turn to what its answer leads to.
"""

from __future__ import annotations

import functools
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import KW_ONLY, dataclass, replace
from datetime import UTC, datetime
from itertools import zip_longest
from time import monotonic
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue

from feedlake.transforms.archives.archive_writer import Archive, NoArchive, open_archive
from feedlake.transforms.crawl.crawl_records import (
    Deadline,
    Fetched,
    HostBackoff,
    NotFetched,
    Request,
    RobotsText,
    headers_for,
    read_content_type,
)
from feedlake.transforms.crawl.host_shards import STRAYED, Shard
from feedlake.transforms.crawl.network_watch import is_silent, without_blame
from feedlake.transforms.crawl.shared_crawler import Crawlers
from feedlake.transforms.crawl.source_requests import (
    FEED_TYPES,
    MissingSecretError,
    own_headers,
    robots_report,
)
from feedlake.transforms.normalize.hosts import host_of
from feedlake.transforms.poll import polling
from feedlake.transforms.poll.interpret import Interpretation, interpret
from feedlake.transforms.poll.poll_answer import Polled, PollOptions, judge_answer, read_answer
from feedlake.transforms.poll.polling import (
    child_source,
    conditional_headers,
    import_answer_readers,
)
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.sandbox import Failure, Sandbox
from feedlake.transforms.process.tally import Tally
from feedlake.transforms.records.documents import (
    BACKLOG,
    Deferral,
    Document,
    Entry,
    Rejection,
    SourceReport,
)
from feedlake.transforms.records.exchange import Archived
from feedlake.transforms.records.outcome import Outcome
from feedlake.transforms.records.polls import Child, WebSource
from feedlake.transforms.records.ready import Answered, Ready

CHUNK_CHILDREN = 1_000
"""Addresses to which the sources of a chunk lead that it polls itself; the run's next chunks poll
the others, so that what is done is published."""


class PolledSources(NamedTuple):
    """What `PollSources` gives; each entry read is in exactly one of the first five.

    Attributes:
        documents: Of `Document`: pages given as sources, entries whose pages are not asked for.
        entries: Of `Entry`: those whose pages may be fetched.
        rejected: Of `Rejection`.
        known: Of int: 1 for each entry that the last poll has seen as it is.
        waiting: Of `Deferral`: those for which there was no room in the chunk.
        reports: Of `SourceReport`: one for each address polled, and for each robots.txt file.
        unasked: Of str: addresses that the run's next chunk polls.
        strayed: Of what `PollSources` takes, too: polls that led to hosts of another shard.
        left: Of int: 1 for each address that a later run polls, since this one may ask its host for
            no more; nothing is kept of that but that the address is still due.
        archived: Of `Archived`: what was written to the archive, if there is to be one.
    """

    documents: pvalue.PCollection[Document]
    entries: pvalue.PCollection[Entry]
    rejected: pvalue.PCollection[Rejection]
    known: pvalue.PCollection[int]
    waiting: pvalue.PCollection[Deferral]
    reports: pvalue.PCollection[SourceReport]
    unasked: pvalue.PCollection[str]
    strayed: pvalue.PCollection[Any]
    left: pvalue.PCollection[int]
    archived: pvalue.PCollection[Archived]


@dataclass(eq=False)
class PollSources(beam.PTransform[Any, PolledSources]):
    """Asks addresses for what is new, no host faster than it bears.

    In: pairs of a shard and a list of `WebSource`, `RobotsText`, `HostBackoff` and of what strayed
    from another shard, all of a host in one shard.
    Out: `PolledSources`. Side effects: requests to the addresses, to those that they lead to, and
    for robots.txt. What comes back is read in child processes with the given limits.

    Attributes:
        options: What the operator decides.
        shards: How many shards there are, which different workers ask; 0: no other worker asks
            anything.
    """

    options: PollOptions
    shards: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, shards: pvalue.PCollection[tuple[int, Iterable[Any]]]) -> PolledSources:
        """Returns the ten collections."""
        outputs = shards | "AskSources" >> beam.ParDo(
            _PollFn(self.options, self.shards)
        ).with_outputs(
            *("entries", "rejected", "known", "waiting", "reports", "unasked", "strayed"),
            *("left", "archived"),
            main="documents",
        )
        return PolledSources(
            outputs.documents,
            outputs.entries,
            outputs.rejected,
            outputs.known,
            outputs.waiting,
            outputs.reports,
            outputs.unasked,
            outputs.strayed,
            outputs.left,
            outputs.archived,
        )


@dataclass(frozen=True)
class _Asked:
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


class _PollFn(beam.DoFn):
    def __init__(self, options: PollOptions, shards: int, *, follows: bool = True) -> None:
        self._options, self._shards, self._follows = options, shards, follows
        self._archive: Archive = NoArchive()

    def setup(self) -> None:
        self._crawler = process_wide(Crawlers).share(self._options.crawl)
        self._sandbox: Sandbox[tuple[_Asked, Fetched]] = Sandbox(
            workers=1, limits=self._options.limits, imports=import_answer_readers
        )

    def teardown(self) -> None:
        self._archive.close()
        self._sandbox.close()
        process_wide(Crawlers).give_back(self._options.crawl)

    def process(
        self, shard: tuple[int, Iterable[WebSource | RobotsText | HostBackoff | _Asked]]
    ) -> Iterator[Document | pvalue.TaggedOutput[str, Any]]:
        number, items = shard[0], list(shard[1])
        process_wide(Crawlers).remember(items)
        self._archive = open_archive(self._options.archive, step="polls")
        self._shard = Shard(number, of=self._shards) if self._shards else None
        sources = [item for item in items if isinstance(item, WebSource)]
        strayed = sorted((item for item in items if isinstance(item, _Asked)), key=_by_address)
        if self._shards:
            asked = (*sources, *(item.source for item in strayed))
            process_wide(Crawlers).rest(
                {host_of(_address_of(source)): self._rest_s(source) for source in asked}
            )
        self._pending = self._crawler.open_requests()
        self._times = process_wide(Crawlers).host_times(self._options.run, what="polls")
        within_s = self._options.within_s
        self._deadline = Deadline(monotonic() + within_s, within_s=within_s, is_cutting=False)
        self._watch = process_wide(Crawlers).network(self._options.run, what="polls")
        self._silent: list[tuple[_Asked, NotFetched]] = []
        self._room = self._options.chunk_documents
        self._asked = set(self._options.given)
        self._led_to = 0
        for source in _in_turn(sources):
            yield from self._ask(source)
        begun: set[str] = set()
        for item in strayed:
            if item.site is None and item.source.url in begun:
                continue  # Several shards were led to it.
            begun.add(item.source.url)
            yield from self._ask(item.source, guesses=item.guesses, site=item.site)
        is_done = False
        while not is_done:
            for result in self._pending.results():
                if isinstance(result, RobotsText):
                    self._archive.add_exchanges(result.exchanges)
                    yield pvalue.TaggedOutput("reports", robots_report(result))
                else:
                    yield from self._hear(*result)
                for answered, found in self._sandbox.answers():
                    yield from self._interpret(answered, found)
            is_done = True
            for answered, found in self._sandbox.drain():
                is_done = False  # It may have led to further addresses.
                yield from self._interpret(answered, found)
            if is_done and self._silent:
                is_done = False
                yield from self._judge_silence()
        yield pvalue.TaggedOutput("archived", self._archive.finish())

    def _rest_s(self, source: WebSource) -> float:
        return max(self._options.crawl.host_delay_s, source.options.delay_s or 0.0)

    def _ask(
        self,
        source: WebSource,
        *,
        guesses: tuple[str, ...] = (),
        site: tuple[SourceReport, SourceReport] | None = None,
    ) -> Iterator[Any]:
        self._asked.add(source.url)
        options, state, address = source.options, source.state, _address_of(source)
        if self._shard is not None and not self._shard.has(address):
            asked = _Asked(source, guesses=guesses, site=site)
            yield pvalue.TaggedOutput("strayed", asked)
            return
        try:
            headers = own_headers(options, accept=FEED_TYPES, credentials=source.credentials)
        except MissingSecretError as error:
            refusal = NotFetched(
                "missing_secret", detail=str(error), is_transient=False, was_tried=False
            )
            yield from self._take(_Asked(source), refusal)
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
            host_times=self._times,
            deadline=self._deadline,
            shard=self._shard,
        )
        self._pending.submit(
            _Asked(source, was_conditional=bool(conditions), guesses=guesses, site=site), request
        )

    def _hear(self, asked: _Asked, result: Fetched | NotFetched) -> Iterator[Any]:
        """Takes an answer; keeps a failure until it is known whether most sites failed."""
        at = result.fetched_at if isinstance(result, Fetched) else None
        record = self._archive.add_exchanges(result.exchanges, wanted_at=at)
        asked, result = replace(asked, record=record), replace(result, exchanges=())
        if isinstance(result, NotFetched) and result.reason == STRAYED:
            yield pvalue.TaggedOutput("strayed", asked)
            return
        state = asked.source.state
        was_well = None if state is None or state.polls == 0 else state.failures == 0
        self._watch.note(asked.source.url, result, was_well=was_well)
        if isinstance(result, NotFetched) and is_silent(result):
            self._silent.append((asked, result))
        else:
            yield from self._take(asked, result)

    def _judge_silence(self) -> Iterator[Any]:
        """Gives out the failures: of the sites, or of this machine's network."""
        silent, self._silent = self._silent, []
        is_down = self._watch.is_down()
        if is_down:
            process_wide(Crawlers).open_silent_hosts()
        for asked, result in silent:
            yield from self._take(asked, without_blame(result) if is_down else result)

    def _take(self, asked: _Asked, result: Fetched | NotFetched) -> Iterator[Any]:
        """Gives out what an answer comes to, or has its body read first."""
        if isinstance(result, NotFetched) and result.reason == BACKLOG:
            # A site whose feed is looked for is asked again: what led there is not kept.
            whose = asked.site[0].source if asked.site else asked.source.url
            yield pvalue.TaggedOutput("unasked", whose)
            return
        if isinstance(result, NotFetched) and result.reason == "no_time":
            yield pvalue.TaggedOutput("left", 1)
            return
        now = _now()
        answer = read_answer(asked.source, result, was_conditional=asked.was_conditional, now=now)
        if answer.kind != "changed" or not isinstance(result, Fetched):
            polled = judge_answer(
                asked.source,
                answer,
                result,
                None,
                intervals=self._options.intervals,
                fetches_pages=self._options.fetches_pages,
                now=now,
            )
            yield from self._send(asked, polled)
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
            options=self._options.interpret,
        )
        self._sandbox.submit((asked, result), task)

    def _interpret(
        self, answered: tuple[_Asked, Fetched], found: Interpretation | Failure
    ) -> Iterator[Any]:
        (asked, result), now = answered, _now()
        if isinstance(found, Failure):
            size = len(result.response.body)
            found = Interpretation(None, error=found.reason, detail=f"{size} bytes: {found.detail}")
        answer = read_answer(asked.source, result, was_conditional=asked.was_conditional, now=now)
        polled = judge_answer(
            asked.source,
            answer,
            result,
            found,
            intervals=self._options.intervals,
            fetches_pages=self._options.fetches_pages,
            now=now,
        )
        yield from self._send(asked, polled)

    def _send(self, asked: _Asked, polled: Polled) -> Iterator[Any]:
        report = polled.report
        if asked.site is not None and report.source_kind != "feed":
            yield from self._guess(asked.guesses, asked.site, asked.source)
            return
        if asked.site is not None:
            yield pvalue.TaggedOutput("reports", _lead_to(asked.site[1], asked.source.url))
        if polled.if_found is not None:
            yield from self._guess(polled.guesses, (report, polled.if_found), asked.source)
            return
        new = [child for child in polled.children if child.url not in self._asked]
        if len(new) > polling.NEW_OF_SOURCE:
            left = len(new) - polling.NEW_OF_SOURCE
            told = f"{left:,} of its addresses wait for later runs"
            report = replace(report, detail="; ".join(filter(None, (report.detail, told))))
        yield pvalue.TaggedOutput("reports", report)
        process_wide(Tally).count("sources")
        process_wide(Tally).count("documents", report.documents)
        for outcome in self._outcomes(polled):
            self._archive.add_outcome(outcome, record=asked.record)
        yield from (pvalue.TaggedOutput("known", 1) for _ in range(polled.known))
        yield from (pvalue.TaggedOutput("rejected", rejection) for rejection in polled.rejected)
        yield from polled.documents
        for entry in polled.entries:
            self._room -= 1
            if self._room >= 0:
                yield pvalue.TaggedOutput("entries", entry)
            else:
                yield pvalue.TaggedOutput("waiting", _to_backlog(entry))
        for child in new[: polling.NEW_OF_SOURCE] if self._follows else ():
            self._led_to += 1
            if self._led_to <= CHUNK_CHILDREN:
                yield from self._ask(child_source(child, asked.source, own=self._options.own))
            elif child.url not in self._asked:
                self._asked.add(child.url)
                yield pvalue.TaggedOutput("unasked", child.url)

    def _outcomes(self, polled: Polled) -> Iterator[Outcome]:
        """What became of the documents of a poll, as the archive keeps it."""
        read_at, now = self._archive.read_at, _now()
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
        self,
        guesses: tuple[str, ...],
        site: tuple[SourceReport, SourceReport],
        source: WebSource,
    ) -> Iterator[Any]:
        """Looks for a site's feed at the next of the usual places."""
        left = [guess for guess in guesses if guess not in self._asked]
        if not left:
            yield pvalue.TaggedOutput("reports", site[0])
            return
        guess = child_source(Child(left[0]), source, own=self._options.own)
        yield from self._ask(guess, guesses=tuple(left[1:]), site=site)


def poll_one(source: WebSource, options: PollOptions) -> Ready:
    """Polls one address, but for a site's feed none that it leads to; returns what came of it.

    Nothing is ready if its host has no time for it now.

    Args:
        source: The address.
        options: What the operator decides; there is no archive.
    """
    outputs: defaultdict[str, list[Any]] = defaultdict(list)
    asking = _PollFn(options, shards=0, follows=False)
    asking.setup()
    try:
        for output in asking.process((0, (source,))):
            tag, value = _named(output)
            outputs[tag].append(value)
    finally:
        asking.teardown()
    robots = tuple(one for one in outputs["reports"] if one.source_kind == "robots")
    answered = [Answered(one) for one in outputs["reports"] if one.source_kind != "robots"]
    # Of a site and the feed that was found there, one report counts what was read.
    for number, one in enumerate(answered):
        if one.report.documents or len(answered) == 1:
            answered[number] = replace(
                one,
                documents=tuple(outputs["documents"]),
                entries=tuple(outputs["entries"]),
                rejected=tuple(outputs["rejected"]),
                known=sum(outputs["known"]),
            )
    return Ready(tuple(answered), robots=robots)


def _named(output: Any) -> tuple[str, Any]:
    """An output, and the name of the collection that it belongs to."""
    is_tagged = isinstance(output, pvalue.TaggedOutput)
    return (output.tag, output.value) if is_tagged else ("documents", output)


def _address_of(source: WebSource) -> str:
    """Where it is asked for: where it has moved to, if that is sure."""
    return source.state.address if source.state else source.url


def _by_address(asked: _Asked) -> str:
    return asked.source.url


def _in_turn(sources: Iterable[WebSource]) -> Iterator[WebSource]:
    """The sources that have waited longest first, and one that is new after each of them.

    A host may take part of a run only, and there must be none that never has its turn.
    """
    known: list[tuple[datetime, str, WebSource]] = []
    new = []
    for source in sorted(sources, key=lambda source: source.url):
        due = source.state.next_due if source.state else None
        if due is None:
            new.append(source)
        else:
            known.append((due, source.url, source))
    oldest = [source for _, _, source in sorted(known, key=lambda item: item[:2])]
    for pair in zip_longest(oldest, new):
        yield from (source for source in pair if source is not None)


def _lead_to(site: SourceReport, feed: str) -> SourceReport:
    assert site.poll is not None
    return replace(site, poll=replace(site.poll, children=(Child(feed, is_feed=True),)))


def _to_backlog(entry: Entry) -> Deferral:
    now = _now()
    waiting = replace(entry, is_deferred=True)
    return Deferral(
        waiting,
        status="waiting",
        reason=BACKLOG,
        detail="the chunk had no room left",
        tried_at=now,
        next_try_at=now,
    )


def _now() -> datetime:
    return datetime.now(UTC)
