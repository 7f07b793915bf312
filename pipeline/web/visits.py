"""What a run asks of the web: addresses to poll, pages that wait, chunk by chunk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import UTC, datetime

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.run_options import IngestOptions
from feedlake.pipeline.web.waiting_pages import (
    find_backlog,
    read_backoffs,
    read_named,
    read_rechecks,
    read_waiting,
    read_waits,
)
from feedlake.pipeline.web.web_history import read_web_history
from feedlake.pipeline.web.web_sources import which_due, with_history
from feedlake.transforms.crawl.crawl_records import HostBackoff, RobotsText
from feedlake.transforms.normalize.date_bounds import FUTURE_TOLERANCE
from feedlake.transforms.normalize.hosts import host_of
from feedlake.transforms.records.documents import Entry, SourceFile
from feedlake.transforms.records.polls import SourceOptions, WebSource

CHUNK_SOURCES = 1_000
"""Addresses that are polled in one chunk: their new entries are in memory at a time."""


@dataclass(frozen=True)
class Visits:
    """What is to be asked of the web.

    Attributes:
        sources: Addresses to poll.
        waiting: Entries whose pages wait.
        waits: Of all that wait, by source and identity: attempts, and when the first was, UTC.
        hosts: What is known of hosts: robots.txt files, and until when some are left alone.
        given: All addresses of the run, those that are not due included.
        options: What the operator decides about addresses, by address.
        backlog: Entries that wait in the lake since there was no room in a chunk.
        backlog_pages: Pages of each host that this run has fetched from the backlog.
        last_names: Entries of the backlog that the last chunk has tried to fetch.
        named: The addresses that the operator names, without what the lake holds of them.
        timely: Those of the run's addresses whose newest entry, as of their last poll, is not ahead
            of the clock.
    """

    sources: tuple[WebSource, ...] = ()
    _: KW_ONLY
    waiting: tuple[Entry, ...] = ()
    waits: Mapping[str, Mapping[str, tuple[int, datetime | None]]] = field(default_factory=dict)
    hosts: tuple[RobotsText | HostBackoff, ...] = ()
    given: frozenset[str] = frozenset()
    options: Mapping[str, SourceOptions] = field(default_factory=dict)
    backlog: Backlog | None = None
    backlog_pages: Mapping[str, int] = field(default_factory=dict)
    last_names: frozenset[str] = frozenset()
    named: tuple[WebSource, ...] = ()
    timely: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.sources or self.waiting or self.backlog)

    def split(self) -> tuple[Visits, Visits]:
        """Returns what fits into one chunk, and the rest.

        The backlog goes before further polls, which may add to it.
        """
        if self.backlog is not None:
            names = self.backlog.names[0]
            waiting = read_named(
                self.backlog.lake.snapshot(), names, now=datetime.now(UTC), options=self.options
            )
            hosts = Counter(host_of(entry.document.url or "") for entry in waiting)
            left = self.backlog.names[1:]
            backlog = replace(self.backlog, names=left) if left else None
            fetched = Counter(self.backlog_pages) + hosts
            rest = replace(
                self,
                backlog=backlog,
                backlog_pages=fetched,
                last_names=frozenset(names),
                waiting=(),
            )
            return replace(self, sources=(), waiting=waiting, backlog=None), rest
        first = replace(self, sources=self.sources[:CHUNK_SOURCES])
        return first, replace(self, sources=self.sources[CHUNK_SOURCES:], waiting=())

    def with_waiting(self, lake: Lake, options: IngestOptions) -> Visits:
        """Returns these visits, and the entries for which there was no room in the last chunk."""
        host_pages = options.web.host_pages
        names, pages = find_backlog(
            lake.snapshot(),
            now=datetime.now(UTC),
            backlog_pages=self.backlog_pages,
            last_names=self.last_names,
            host_pages=host_pages,
        )
        size = options.chunk_documents
        chunks = tuple(names[start : start + size] for start in range(0, len(names), size))
        backlog = Backlog(lake, chunks) if chunks else None
        return replace(self, backlog=backlog, backlog_pages=pages, last_names=frozenset())

    def with_unasked(self, lake: Lake, urls: Iterable[str], options: IngestOptions) -> Visits:
        """Returns these visits, and addresses that the last chunk had no time to poll, after them.

        Args:
            lake: The lake, which knows where the lists and sitemaps polled so far lead to.
            urls: The addresses.
            options: What the operator decides.

        Raises:
            LakeError: A file of the lake is damaged.
        """
        history = read_web_history(lake.snapshot(), now=datetime.now(UTC))
        known = with_history(self.named, history.addresses, options=options.web.sources)
        wanted = frozenset(urls) - {source.url for source in self.sources}
        again = tuple(source for source in known if source.url in wanted)
        return replace(self, sources=(*self.sources, *again))


@dataclass(frozen=True)
class Backlog:
    """Entries that are to be fetched in further chunks of the run.

    Attributes:
        lake: Where they wait.
        names: Their identities, chunk by chunk: they themselves may need too much memory.
    """

    lake: Lake
    names: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Work:
    """What one chunk does.

    Attributes:
        files: Files to read.
        visit: What to ask of the web.
        reread: Files that an earlier run has read as they are now, as rows name them.
    """

    files: tuple[SourceFile, ...]
    visit: Visits
    reread: frozenset[str]


def plan_visits(lake: Lake, given: tuple[WebSource, ...], options: IngestOptions) -> Visits:
    """Returns what a run has to ask, by what the lake holds.

    Args:
        lake: The lake, whose lock this process holds.
        given: The addresses that the operator names.
        options: What the operator decides.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    now = datetime.now(UTC)
    snapshot = lake.snapshot()  # One for all: to take one, each file is looked at.
    history = read_web_history(snapshot, now=now, may_write=True)
    sources = with_history(given, history.addresses, options=options.web.sources)
    by_source: dict[str, SourceOptions] = {source.url: source.options for source in sources}
    due = which_due(sources, history.addresses, now=now, is_scheduled=options.is_scheduled)
    waiting = read_waiting(
        snapshot,
        now=now,
        options=by_source,
        host_pages=options.web.host_pages,
        max_pages=options.chunk_documents,
        is_scheduled=options.is_scheduled,
        may_write=True,
    )
    if options.web.recheck_s:
        pages = Counter(host_of(entry.document.url or "") for entry in waiting)
        waiting += read_rechecks(
            snapshot,
            now=now,
            options=by_source,
            pages=pages,
            host_pages=options.web.host_pages,
            max_pages=options.chunk_documents - len(waiting),
        )
    given_urls = frozenset(source.url for source in sources)
    hosts: tuple[RobotsText | HostBackoff, ...] = (
        *history.robots,
        *read_backoffs(snapshot, now=now),
    )
    return Visits(
        tuple(due),
        waiting=waiting,
        waits=read_waits(snapshot, now=now),
        hosts=hosts,
        given=given_urls,
        options=by_source,
        named=given,
        timely=frozenset(source.url for source in sources if _is_on_time(source, now=now)),
    )


def _is_on_time(source: WebSource, *, now: datetime) -> bool:
    newest = source.state.newest_entry_at if source.state else None
    return newest is not None and newest <= now + FUTURE_TOLERANCE
