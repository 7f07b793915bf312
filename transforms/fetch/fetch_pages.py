"""The step that fetches the pages of entries. The file is long, but one idea."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
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
    Request,
    RobotsText,
)
from feedlake.transforms.crawl.host_shards import STRAYED, Shard
from feedlake.transforms.crawl.network_watch import is_silent, without_blame
from feedlake.transforms.crawl.politeness import HostTimes
from feedlake.transforms.crawl.shared_crawler import Crawlers
from feedlake.transforms.crawl.source_requests import (
    PAGE_TYPES,
    MissingSecretError,
    own_headers,
    robots_report,
)
from feedlake.transforms.fetch.fetched_page import FetchOptions, judge_page
from feedlake.transforms.fetch.recheck import after_check, after_page, conditions_of
from feedlake.transforms.normalize.hosts import host_of, origin_of
from feedlake.transforms.normalize.urls import canonicalize_url
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.tally import Tally
from feedlake.transforms.records.documents import (
    BACKLOG,
    Deferral,
    Document,
    Entry,
    Rejection,
    SourceReport,
)
from feedlake.transforms.records.entry_json import deferred_id
from feedlake.transforms.records.exchange import Archived
from feedlake.transforms.records.outcome import Outcome, Reply
from feedlake.transforms.records.polls import SourceOptions
from feedlake.transforms.records.ready import Ready, Settled

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


class _FetchFn(beam.DoFn):
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
        items = list(shard[1])
        process_wide(Crawlers).remember(items)
        self._archive = open_archive(self._options.archive, step="pages")
        self._shard = Shard(shard[0], of=self._shards) if self._shards else None
        self._polls = process_wide(Crawlers).network(self._options.run, what="polls")
        self._pages = process_wide(Crawlers).network(self._options.run, what="pages")
        entries = [item for item in items if isinstance(item, Entry)]
        by_url: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in sorted(entries, key=_oldest_first):
            by_url[_page_of(entry)].append(entry)
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
                    yield _put_off(entry, "host_pages", _TOO_MANY)
                continue
            try:
                request = _request(wanted, host_times=times, deadline=deadline, shard=self._shard)
            except MissingSecretError as error:
                refusal = NotFetched(
                    "missing_secret", detail=str(error), is_transient=True, was_tried=False
                )
                for entry in wanted:
                    yield from self._read(entry, refusal)
                continue
            pending.submit(url, request)
        silent: list[tuple[str, NotFetched]] = []
        for item in pending.results():
            if isinstance(item, RobotsText):
                self._keep(item)
                yield pvalue.TaggedOutput("reports", robots_report(item))
                continue
            url, result = item
            record = self._keep(result)
            if isinstance(result, NotFetched) and result.reason == STRAYED:
                yield from (pvalue.TaggedOutput("strayed", entry) for entry in by_url[url])
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
        yield pvalue.TaggedOutput("archived", self._archive.finish())

    def _keep(self, result: Fetched | NotFetched | RobotsText) -> str | None:
        """Writes to the archive what was asked and answered; returns the id of the answer there."""
        at = result.fetched_at if isinstance(result, Fetched) else None
        return self._archive.add_exchanges(result.exchanges, wanted_at=at)

    def _note_outcome(
        self,
        read: Document | Rejection,
        entry: Entry,
        result: Fetched | NotFetched,
        record: str | None,
        *,
        now: datetime,
    ) -> None:
        """Writes to the archive what became of an entry."""
        reply = refusal = None
        if isinstance(result, Fetched):
            reply = Reply(
                result.response.url,
                status=result.response.status,
                headers=result.response.headers,
                body=result.response.body,
                fetched_at=result.fetched_at,
            )
        else:
            refusal = (result.reason, result.detail, result.is_transient, result.was_tried)
        own = read.fetched_at if isinstance(read, Document) else None
        outcome = Outcome(
            self._archive.read_at,
            judged_at=now,
            url=read.url or "",
            fetched_at=own or now,
            entry=entry,
            min_chars=self._options.page.min_chars,
            reply=reply,
            not_fetched=refusal,
        )
        self._archive.add_outcome(outcome, record=record)

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
    ) -> Iterator[Any]:
        for entry in entries:
            if isinstance(result, NotFetched) and result.reason == BACKLOG:
                yield _put_off(entry, BACKLOG, result.detail)
            else:
                yield from self._read(entry, result, record)

    def _read(self, entry: Entry, result: Any, record: str | None = None) -> Iterator[Any]:
        now, options = datetime.now(UTC), self._options.page
        if entry.is_recheck:
            yield from self._read_again(entry, result, record, now=now)
            return
        read = judge_page(entry, result, now=now, options=options)
        if isinstance(read, Deferral):
            process_wide(Tally).count("waiting")
            yield pvalue.TaggedOutput("waiting", read)
            return
        self._note_outcome(read, entry, result, record, now=now)
        ended = Deferral(
            entry, status="done", reason=None, detail=None, tried_at=now, next_try_at=None
        )
        if options.recheck_s and isinstance(result, Fetched) and _is_page(read):
            ended = after_page(entry, result, now=now, options=options)
        if entry.is_deferred or ended.status == "recheck":
            yield pvalue.TaggedOutput("done", ended)
        yield pvalue.TaggedOutput("rejected", read) if isinstance(read, Rejection) else read

    def _read_again(
        self, entry: Entry, result: Any, record: str | None, *, now: datetime
    ) -> Iterator[Any]:
        """Gives out an article's page if it may have changed; the article stays whatever came."""
        options = self._options.page
        if not (isinstance(result, NotFetched) and not result.was_tried):
            row = after_check(entry, result, now=now, options=options)
            yield pvalue.TaggedOutput("done", row)
        read = None
        if isinstance(result, Fetched) and 200 <= result.response.status < 300:
            read = judge_page(entry, result, now=now, options=options)
        if isinstance(read, Document) and _is_page(read):
            self._note_outcome(read, entry, result, record, now=now)
            yield replace(read, entry_mark=None)  # The feed said no such thing now.
        else:
            was_read = isinstance(result, Fetched)
            name = "known_by_text" if was_read else "known_by_entry"
            yield pvalue.TaggedOutput("known", name)


def fetch_some(entries: Iterable[Entry], options: FetchOptions) -> Iterator[Ready]:
    """Fetches the pages of entries; yields what became of each as soon as it is known.

    Args:
        entries: Of one host, or of some.
        options: What the operator decides; there is no archive.
    """
    # Each entry then leaves with a row that names it.
    wanted = {deferred_id(one.document): one for one in entries}
    taken = [replace(one, is_deferred=True) for one in wanted.values()]
    ended: Deferral | None = None
    fetching = _FetchFn(options, shards=0)
    fetching.setup()
    try:
        for output in fetching.process((0, taken)):
            tag, value = _named(output)
            if tag == "reports":
                yield Ready(robots=(value,))
            elif tag == "done":
                ended = value
            elif tag in _ENDS:
                entry = _take_entry(wanted, value if tag == "waiting" else ended)
                again = ended if ended is not None and ended.status == "recheck" else None
                ended = None
                yield Ready(
                    settled=(
                        Settled(
                            entry,
                            document=value if tag == "documents" else None,
                            rejection=value if tag == "rejected" else None,
                            known=value if tag == "known" else None,
                            deferral=value if tag == "waiting" else again,
                        ),
                    )
                )
    finally:
        fetching.teardown()


def _named(output: Any) -> tuple[str, Any]:
    """An output, and the name of the collection that it belongs to."""
    is_tagged = isinstance(output, pvalue.TaggedOutput)
    return (output.tag, output.value) if is_tagged else ("documents", output)


_ENDS = ("documents", "rejected", "known", "waiting")


def _take_entry(wanted: dict[str, Entry], row: Deferral | None) -> Entry:
    """The entry of which a row tells; without one, an article whose page was not asked for."""
    if row is not None:
        return wanted.pop(deferred_id(row.entry.document))
    name = next(name for name, entry in wanted.items() if entry.is_recheck)
    return wanted.pop(name)


def _is_page(read: Any) -> bool:
    """Whether it is the page itself, not what the feed gives in its place."""
    return isinstance(read, Document) and read.text_source in ("page", "text")


def _oldest_first(entry: Entry) -> tuple[Any, ...]:
    """Those that have waited, then the newest: what a feed drops soon comes first.

    Articles whose pages are asked for again come last.
    """
    published = entry.document.published_at
    age = -published.timestamp() if published else 0.0
    return (
        entry.is_recheck,
        not entry.is_deferred,
        age,
        entry.document.source,
        entry.document.url or "",
    )


def _page_of(entry: Entry) -> str:
    """What entries share that lead to one page: its address, without what only trackers read."""
    url = entry.document.url or ""
    return canonicalize_url(url) or url


def _request(
    wanted: list[Entry], *, host_times: HostTimes, deadline: Deadline, shard: Shard | None
) -> Request:
    entry = wanted[0]
    options, url = entry.options, entry.document.url or ""
    is_own_site = origin_of(url) == origin_of(entry.document.source)
    return Request(
        url,
        headers={
            **own_headers(options if is_own_site else SourceOptions(), accept=PAGE_TYPES),
            **(conditions_of(entry) if all(one.is_recheck for one in wanted) else {}),
        },
        delay_s=options.delay_s if is_own_site else None,
        obeys_robots=options.obeys_robots or not is_own_site,
        failures=max(0 if one.is_recheck else one.attempts for one in wanted),
        host_times=host_times,
        deadline=deadline,
        shard=shard,
    )


def _put_off(entry: Entry, reason: str, detail: str) -> pvalue.TaggedOutput[str, Any]:
    """The entry for the next chunk or run; no attempt was made."""
    if entry.is_recheck:
        return pvalue.TaggedOutput("known", "known_by_entry")  # It stays due, as it is.
    now = datetime.now(UTC)
    process_wide(Tally).count("waiting")
    waiting = replace(entry, is_deferred=True)
    return pvalue.TaggedOutput(
        "waiting",
        Deferral(
            waiting,
            status="waiting",
            reason=reason,
            detail=detail,
            tried_at=now,
            next_try_at=now,
        ),
    )
