"""The step that polls addresses: feeds, lists of feeds, sitemaps, sites, single pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import zip_longest
from time import monotonic
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue

from feedlake.transforms.archives.archive_writer import Archive, NoArchive, open_archive
from feedlake.transforms.crawl.crawl_records import Deadline, Fetched, HostBackoff, RobotsText
from feedlake.transforms.crawl.host_shards import Shard
from feedlake.transforms.crawl.pending_requests import PendingRequests
from feedlake.transforms.crawl.shared_crawler import Crawlers
from feedlake.transforms.crawl.source_requests import robots_report
from feedlake.transforms.normalize.hosts import host_of
from feedlake.transforms.poll import polling
from feedlake.transforms.poll.poll_answer import PollOptions
from feedlake.transforms.poll.poll_desk import Asked, Heard, PollDesk, address_of
from feedlake.transforms.poll.polling import child_source, import_answer_readers
from feedlake.transforms.poll.shared_readers import BodyQueue
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.sandbox import Sandbox
from feedlake.transforms.records.documents import (
    BACKLOG,
    Deferral,
    Document,
    Entry,
    Rejection,
    SourceReport,
)
from feedlake.transforms.records.exchange import Archived
from feedlake.transforms.records.polls import WebSource
from feedlake.transforms.records.ready import Answered, Ready
from feedlake.transforms.records.stateless import StatelessFn

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


class _PollFn(StatelessFn):
    def __init__(self, options: PollOptions, shards: int) -> None:
        self._options, self._shards = options, shards
        self._archive: Archive = NoArchive()

    def setup(self) -> None:
        self._crawler = process_wide(Crawlers).share(self._options.crawl)
        self._sandbox: Sandbox[tuple[Asked, Fetched]] = Sandbox(
            workers=1, limits=self._options.limits, imports=import_answer_readers
        )

    def teardown(self) -> None:
        self._archive.close()
        self._sandbox.close()
        process_wide(Crawlers).give_back(self._options.crawl)

    def process(
        self, shard: tuple[int, Iterable[WebSource | RobotsText | HostBackoff | Asked]]
    ) -> Iterator[Document | pvalue.TaggedOutput[str, Any]]:
        number, items = shard[0], list(shard[1])
        process_wide(Crawlers).remember(items)
        self._archive = open_archive(self._options.archive, step="polls")
        sources = [item for item in items if isinstance(item, WebSource)]
        strayed = sorted((item for item in items if isinstance(item, Asked)), key=_by_address)
        if self._shards:
            asked = (*sources, *(item.source for item in strayed))
            process_wide(Crawlers).rest(
                {host_of(address_of(source)): self._rest_s(source) for source in asked}
            )
        within_s = self._options.within_s
        pending: PendingRequests[Asked] = self._crawler.open_requests()
        self._desk = PollDesk(
            self._options,
            pending=pending,
            sandbox=self._sandbox,
            archive=self._archive,
            watch=process_wide(Crawlers).network(self._options.run, what="polls"),
            asked=set(self._options.given),
            deadline=Deadline(monotonic() + within_s, within_s=within_s, is_cutting=False),
            times=process_wide(Crawlers).host_times(self._options.run, what="polls"),
            shard=Shard(number, of=self._shards) if self._shards else None,
        )
        self._room = self._options.chunk_documents
        self._led_to = 0
        for source in _in_turn(sources):
            yield from self._send(self._desk.ask(source))
        begun: set[str] = set()
        for item in strayed:
            if item.site is None and item.source.url in begun:
                continue  # Several shards were led to it.
            begun.add(item.source.url)
            again = self._desk.ask(item.source, guesses=item.guesses, site=item.site)
            yield from self._send(again)
        for come in _hear_all(self._desk, pending, self._sandbox):
            if isinstance(come, RobotsText):
                self._archive.add_exchanges(come.exchanges)
                yield pvalue.TaggedOutput("reports", robots_report(come))
            else:
                yield from self._send((come,))
        yield pvalue.TaggedOutput("archived", self._archive.finish())

    def _rest_s(self, source: WebSource) -> float:
        return max(self._options.crawl.host_delay_s, source.options.delay_s or 0.0)

    def _send(self, heard: Iterable[Heard]) -> Iterator[Any]:
        for one in heard:
            if one.answered is not None:
                yield from self._send_answer(one, one.answered)
            elif one.why_not == "strayed":
                yield pvalue.TaggedOutput("strayed", one.asked)
            elif one.why_not == "unasked":
                yield pvalue.TaggedOutput("unasked", one.whose)
            else:
                yield pvalue.TaggedOutput("left", 1)

    def _send_answer(self, heard: Heard, answered: Answered) -> Iterator[Any]:
        report, asked = answered.report, self._desk.asked
        new = [child for child in heard.children if child.url not in asked]
        if len(new) > polling.NEW_OF_SOURCE:
            left = len(new) - polling.NEW_OF_SOURCE
            told = f"{left:,} of its addresses wait for later runs"
            report = replace(report, detail="; ".join(filter(None, (report.detail, told))))
        yield pvalue.TaggedOutput("reports", report)
        yield from (pvalue.TaggedOutput("known", 1) for _ in range(answered.known))
        yield from (pvalue.TaggedOutput("rejected", rejection) for rejection in answered.rejected)
        yield from answered.documents
        for entry in answered.entries:
            self._room -= 1
            if self._room >= 0:
                yield pvalue.TaggedOutput("entries", entry)
            else:
                yield pvalue.TaggedOutput("waiting", _to_backlog(entry))
        for child in new[: polling.NEW_OF_SOURCE]:
            self._led_to += 1
            if self._led_to <= CHUNK_CHILDREN:
                source = child_source(child, heard.asked.source, own=self._options.own)
                yield from self._send(self._desk.ask(source))
            elif child.url not in asked:
                asked.add(child.url)
                yield pvalue.TaggedOutput("unasked", child.url)


def poll_one(source: WebSource, options: PollOptions) -> Ready:
    """Polls one address, but for a site's feed none that it leads to; returns what came of it.

    Nothing is ready if its host has no time for it now.

    Args:
        source: The address.
        options: What the operator decides; there is no archive.
    """
    crawler = process_wide(Crawlers).share(options.crawl)
    bodies = BodyQueue(options.limits)
    try:
        pending: PendingRequests[Asked] = crawler.open_requests()
        desk = PollDesk(
            options,
            pending=pending,
            sandbox=bodies,
            archive=NoArchive(),
            watch=process_wide(Crawlers).network(options.run, what="polls"),
            asked=set(options.given),
            times=process_wide(Crawlers).host_times(options.run, what="polls"),
        )
        come = [*desk.ask(source), *_hear_all(desk, pending, bodies)]
    finally:
        process_wide(Crawlers).give_back(options.crawl)
    return Ready(
        tuple(one.answered for one in come if isinstance(one, Heard) and one.answered is not None),
        robots=tuple(robots_report(one) for one in come if isinstance(one, RobotsText)),
    )


def _hear_all(
    desk: PollDesk,
    pending: PendingRequests[Asked],
    sandbox: Sandbox[tuple[Asked, Fetched]] | BodyQueue,
) -> Iterator[Heard | RobotsText]:
    """What polls come to, until nothing is under way; meanwhile more may be asked."""
    is_done = False
    while not is_done:
        for result in pending.results():
            if isinstance(result, RobotsText):
                yield result
            else:
                yield from desk.hear(*result)
            for answered, found in sandbox.answers():
                yield from desk.read(answered, found)
        is_done = True
        for answered, found in sandbox.drain():
            is_done = False  # It may have led to further addresses.
            yield from desk.read(answered, found)
        if is_done and desk.has_silence:
            is_done = False
            yield from desk.judge_silence()


def _by_address(asked: Asked) -> str:
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
