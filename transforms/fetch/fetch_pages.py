"""The step that fetches the pages of entries. The file is long, but one idea."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
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
    RobotsText,
)
from feedlake.transforms.crawl.host_shards import STRAYED, Shard
from feedlake.transforms.crawl.network_watch import is_silent, without_blame
from feedlake.transforms.crawl.shared_crawler import Crawlers
from feedlake.transforms.crawl.source_requests import MissingSecretError, robots_report
from feedlake.transforms.fetch.fetched_page import FetchOptions
from feedlake.transforms.fetch.settle_page import (
    ended,
    oldest_first,
    outcome_of,
    page_of,
    page_request,
    put_off,
    settle_all,
)
from feedlake.transforms.normalize.hosts import host_of
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.tally import Tally
from feedlake.transforms.records.documents import (
    Deferral,
    Document,
    Entry,
    Rejection,
    SourceReport,
)
from feedlake.transforms.records.exchange import Archived
from feedlake.transforms.records.ready import Ready, Settled
from feedlake.transforms.records.stateless import StatelessFn

_TOO_MANY = "this run has fetched as many pages of this host as it may"


class FetchedPages(NamedTuple):
    """What `FetchPages` gives: each entry is in exactly one of the first four, or in `known`.

    Attributes:
        documents: Of `Document`.
        rejected: Of `Rejection`.
        waiting: Of `Deferral` with the status `waiting`.
        strayed: Of `Entry`: those whose pages led to hosts of another shard.
        done: Of `Deferral` with the status `done`, for entries that had waited, or `recheck`, for
            those whose page is asked for again.
        known: Of the name of a count for each article whose page was to be asked for again and has
            not changed: `known_by_text`, or `known_by_entry` if there was no answer.
        reports: Of `SourceReport`, about robots.txt files.
        archived: Of `Archived`: what was written to the archive, if there is to be one.
    """

    documents: pvalue.PCollection[Document]
    rejected: pvalue.PCollection[Rejection]
    waiting: pvalue.PCollection[Deferral]
    strayed: pvalue.PCollection[Entry]
    done: pvalue.PCollection[Deferral]
    known: pvalue.PCollection[str]
    reports: pvalue.PCollection[SourceReport]
    archived: pvalue.PCollection[Archived]


@dataclass(eq=False)
class FetchPages(beam.PTransform[Any, FetchedPages]):
    """Fetches the pages that entries link to, no host's faster than it bears.

    In: pairs of a shard and a list of `Entry`, `RobotsText` and `HostBackoff`, all of a host in
    one shard. Out: `FetchedPages`. Side effects: requests to the pages and their robots.txt files.

    Attributes:
        options: What the operator decides.
        shards: How many shards there are, which different workers ask; 0: no other worker asks
            anything.
    """

    options: FetchOptions
    shards: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, shards: pvalue.PCollection[tuple[int, Iterable[Any]]]) -> FetchedPages:
        """Returns the eight collections."""
        outputs = shards | "FetchEntries" >> beam.ParDo(
            _FetchFn(self.options, self.shards)
        ).with_outputs(
            *("rejected", "waiting", "strayed", "done", "known", "reports"),
            "archived",
            main="documents",
        )
        return FetchedPages(
            outputs.documents,
            outputs.rejected,
            outputs.waiting,
            outputs.strayed,
            outputs.done,
            outputs.known,
            outputs.reports,
            outputs.archived,
        )


class _FetchFn(StatelessFn):
    def __init__(self, options: FetchOptions, shards: int) -> None:
        self._options, self._shards = options, shards
        self._archive: Archive = NoArchive()

    def setup(self) -> None:
        self._crawler = process_wide(Crawlers).share(self._options.crawl)

    def teardown(self) -> None:
        self._archive.close()
        process_wide(Crawlers).give_back(self._options.crawl)

    def process(
        self, shard: tuple[int, Iterable[Entry | RobotsText | HostBackoff]]
    ) -> Iterator[Document | pvalue.TaggedOutput[str, Any]]:
        for come in self.settle(shard):
            if isinstance(come, Settled):
                yield from _send(come, now=datetime.now(UTC))
            elif isinstance(come, RobotsText):
                yield pvalue.TaggedOutput("reports", robots_report(come))
            else:
                yield pvalue.TaggedOutput("strayed", come)
        yield pvalue.TaggedOutput("archived", self._archive.finish())

    def settle(
        self, shard: tuple[int, Iterable[Entry | RobotsText | HostBackoff]]
    ) -> Iterator[Settled | RobotsText | Entry]:
        """Yields what entries come to, what hosts say in robots.txt, and entries that strayed."""
        items = list(shard[1])
        process_wide(Crawlers).remember(items)
        self._archive = open_archive(self._options.archive, step="pages")
        self._shard = Shard(shard[0], of=self._shards) if self._shards else None
        self._polls = process_wide(Crawlers).network(self._options.run, what="polls")
        self._pages = process_wide(Crawlers).network(self._options.run, what="pages")
        entries = [item for item in items if isinstance(item, Entry)]
        by_url: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in sorted(entries, key=oldest_first):
            by_url[page_of(entry)].append(entry)
        self._rest(by_url)
        pending = self._crawler.open_requests()
        times = process_wide(Crawlers).host_times(self._options.run, what="pages")
        within_s = self._options.within_s
        deadline = Deadline(monotonic() + within_s, within_s=within_s, is_cutting=True)
        pages = Counter[str]()
        for url, wanted in by_url.items():
            pages[host_of(url)] += 1
            if pages[host_of(url)] > self._options.host_pages:
                for entry in wanted:
                    yield put_off(entry, "host_pages", _TOO_MANY, now=datetime.now(UTC))
                continue
            try:
                request = page_request(
                    wanted, host_times=times, deadline=deadline, shard=self._shard
                )
            except MissingSecretError as error:
                refusal = NotFetched(
                    "missing_secret", detail=str(error), is_transient=True, was_tried=False
                )
                yield from self._read_all(wanted, refusal)
                continue
            pending.submit(url, request)
        silent: list[tuple[str, NotFetched]] = []
        for item in pending.results():
            if isinstance(item, RobotsText):
                self._keep(item)
                yield item
                continue
            url, result = item
            record = self._keep(result)
            if isinstance(result, NotFetched) and result.reason == STRAYED:
                yield from by_url[url]
                continue
            process_wide(Tally).count("pages")
            self._note(url, result, is_new=all(entry.attempts == 0 for entry in by_url[url]))
            if isinstance(result, NotFetched) and is_silent(result):
                silent.append((url, result))  # Until it is known whether most sites failed.
            else:
                yield from self._read_all(by_url[url], result, record)
        is_down = bool(silent) and self._is_network_down()
        for url, failure in silent:
            yield from self._read_all(by_url[url], without_blame(failure) if is_down else failure)

    def _keep(self, result: Fetched | NotFetched | RobotsText) -> str | None:
        """Writes to the archive what was asked and answered; returns the id of the answer there."""
        at = result.fetched_at if isinstance(result, Fetched) else None
        return self._archive.add_exchanges(result.exchanges, wanted_at=at)

    def _rest(self, by_url: Mapping[str, list[Entry]]) -> None:
        """Leaves the hosts alone for a moment that another worker may just have polled."""
        if self._shards:
            least_s = self._options.crawl.host_delay_s
            delays = {
                host_of(url): max(least_s, entries[0].options.delay_s or 0.0)
                for url, entries in by_url.items()
            }
            process_wide(Crawlers).rest(delays)

    def _note(self, url: str, result: Fetched | NotFetched, *, is_new: bool) -> None:
        """Notes whether the site answered; one whose feed did in this run counts as well."""
        was_well = self._polls.has_answer(url) or (None if is_new else False)
        self._pages.note(url, result, was_well=was_well)

    def _is_network_down(self) -> bool:
        is_down = self._polls.is_down() or self._pages.is_down(is_sure=self._polls.has_answer())
        if is_down:
            process_wide(Crawlers).open_silent_hosts()
        return is_down

    def _read_all(
        self, entries: list[Entry], result: Fetched | NotFetched, record: str | None = None
    ) -> Iterator[Settled]:
        now, options = datetime.now(UTC), self._options.page
        for settled in settle_all(entries, result, now=now, options=options):
            outcome = outcome_of(
                settled, result, read_at=self._archive.read_at, now=now, options=options
            )
            if outcome is not None:
                self._archive.add_outcome(outcome, record=record)
            yield settled


def _send(settled: Settled, *, now: datetime) -> Iterator[Any]:
    """The outputs of an entry."""
    if settled.is_waiting:
        process_wide(Tally).count("waiting")
        yield pvalue.TaggedOutput("waiting", settled.deferral)
        return
    if settled.deferral is not None:
        yield pvalue.TaggedOutput("done", settled.deferral)
    elif settled.entry.is_deferred and not settled.entry.is_recheck:
        yield pvalue.TaggedOutput("done", ended(settled.entry, now=now))
    if settled.rejection is not None:
        yield pvalue.TaggedOutput("rejected", settled.rejection)
    elif settled.document is not None:
        yield settled.document
    else:
        yield pvalue.TaggedOutput("known", settled.known)


def fetch_some(entries: Iterable[Entry], options: FetchOptions) -> Iterator[Ready]:
    """Fetches the pages of entries; yields what became of each as soon as it is known.

    Args:
        entries: Of one host, or of some; each once.
        options: What the operator decides; there is no archive.
    """
    fetching = _FetchFn(options, shards=0)
    fetching.setup()
    try:
        for come in fetching.settle((0, entries)):
            if isinstance(come, Settled):
                yield Ready(settled=(come,))
            elif isinstance(come, RobotsText):
                yield Ready(robots=(robots_report(come),))
    finally:
        fetching.teardown()
