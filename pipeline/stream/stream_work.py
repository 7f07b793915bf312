"""What the steps of a stream do on a lake and on the web, as they carry it to their workers."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, replace
from datetime import UTC, datetime, timedelta
from math import inf
from time import sleep

from feedlake.pipeline.history.index import catch_up
from feedlake.pipeline.lake.lake import Lake, LakeBusyError
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.option_table import DEFAULT_RUNNER
from feedlake.pipeline.options.run_options import IngestOptions
from feedlake.pipeline.removal.read_removed import removed_opener
from feedlake.pipeline.run.account import Account
from feedlake.pipeline.run.extraction import extract_options
from feedlake.pipeline.run.web_plan import plan_web
from feedlake.pipeline.service.lookups import find_in_files, find_in_index, read_again
from feedlake.pipeline.service.publish_ready import publish_ready
from feedlake.pipeline.stream.listeners import Listeners
from feedlake.pipeline.upkeep.compact import merge_if_many
from feedlake.pipeline.web.crawl_options import crawl_options
from feedlake.pipeline.web.feed_lists import KeptLists
from feedlake.pipeline.web.visits import Visits
from feedlake.pipeline.web.waiting_pages import read_backoffs, read_due, read_waits
from feedlake.pipeline.web.web_history import read_web_history
from feedlake.pipeline.web.web_sources import read_arguments, with_history
from feedlake.transforms.crawl.crawl_records import CrawlOptions
from feedlake.transforms.crawl.shared_crawler import Crawlers
from feedlake.transforms.dedup.lookup import Facts, Queries
from feedlake.transforms.extract.extract_articles import Extractors
from feedlake.transforms.fetch.drop_known import Waited, settle_known
from feedlake.transforms.fetch.fetch_pages import fetch_some
from feedlake.transforms.poll.poll_sources import poll_one
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest
from feedlake.transforms.records.documents import Entry
from feedlake.transforms.records.polls import WebSource
from feedlake.transforms.records.ready import Ready
from feedlake.transforms.removal.removed_keys import RemovedKeys
from feedlake.transforms.stream.extract_ready import extract_ready
from feedlake.transforms.stream.watch_lake import Sight
from feedlake.transforms.write.parquet_files import WriteOptions

LATE_BACKLOG = timedelta(minutes=30)
"""From what age on entries are given out again that wait only for their turn: all others are in the
queues of this stream."""

_BUSY_WAIT_S = 1.0
_LEAST_EXTRACTORS = 2  # One that a hostile page keeps busy holds up no other host's.

_log = logging.getLogger("feedlake")


@dataclass(frozen=True)
class StreamWork:
    """What the steps of a stream do; it travels to workers, and holds values only.

    Attributes:
        options: What the operator decides.
        compact_files: Files that merging small ones may save before they are merged.
    """

    options: IngestOptions
    _: KW_ONLY
    compact_files: int = 500

    def look(self, is_first: bool) -> Sight:
        """Returns which addresses there are, and what waits in the lake and is due.

        Args:
            is_first: Whether the stream begins, so that its queues are empty.
        """
        # Merging of small files may take those away that are being read.
        look_at = functools.partial(self._look_at, is_first=is_first)
        return Lake(self.options.lake).ask(look_at)

    def _look_at(self, snapshot: Snapshot, *, is_first: bool) -> Sight:
        options, now = self.options, datetime.now(UTC)
        kept = process_wide(KeptLists)
        history = read_web_history(snapshot, now=now)
        if is_first:
            hosts = (*history.robots, *read_backoffs(snapshot, now=now))
            process_wide(Crawlers).remember(hosts)
        try:
            own = options.web.sources
            given = read_arguments(options.sources, options=own, kept=kept).sources
        except (UsageError, OSError) as error:
            _log.warning("%s", error)
            return Sight(None)
        while kept.complaints:
            _log.warning("%s; its last good version counts", kept.complaints.pop(0))
        sources = with_history(given, history.addresses, options=options.web.sources)
        waiting = read_due(
            snapshot,
            now=now,
            options={source.url: source.options for source in sources},
            backlog_before=now if is_first else now - LATE_BACKLOG,
            rechecks=bool(options.web.recheck_s),
            host_pages=options.web.host_pages,
            max_pages=options.chunk_documents,
        )
        return Sight(tuple(sources), waiting=waiting)

    def ask(self, source: WebSource) -> Iterator[Ready | Entry]:
        """Polls an address; yields what came of it, its texts extracted, then what to fetch."""
        _hold_crawler(crawl_options(self.options))
        plan = plan_web(self.options, Lake(self.options.lake), Visits(), _nowhere())
        polling = replace(plan.polling, within_s=inf, chunk_documents=1 << 40, archive=None)
        ready = poll_one(source, polling)
        polled = [entry for one in ready.answered for entry in one.entries]
        wanted, settled = settle_known(
            polled,
            find=self._find,
            waits=self._waits(source.url) if polled else {},
            removed=self._removed(),
        )
        if ready := replace(ready, settled=tuple(settled)):
            yield self.extract(ready)
        yield from wanted

    def fetch(self, entries: tuple[Entry, ...]) -> Iterator[Ready]:
        """Fetches the pages of some entries; yields what became of each, its text extracted."""
        _hold_crawler(crawl_options(self.options))
        plan = plan_web(self.options, Lake(self.options.lake), Visits(), _nowhere())
        fetching = replace(plan.fetching, within_s=inf, host_pages=1 << 40, archive=None)
        for ready in fetch_some(entries, fetching):
            yield self.extract(ready)

    def extract(self, ready: Ready) -> Ready:
        """Returns what is ready with the texts of its documents, or why they have none."""
        documents = [one for part in ready.answered for one in part.documents]
        if not documents and not any(end.document for end in ready.settled):
            return ready
        options = extract_options(self.options, now=datetime.now(UTC))
        extractors = process_wide(Extractors)
        most = max(_LEAST_EXTRACTORS, self.options.workers)
        with extractors.borrow(options, self.options.limits, most=most) as lent:
            return extract_ready(ready, lambda some: lent.extract(some, options))

    def publish(self, ready: Ready) -> Account | None:
        """Publishes a window, and keeps the lake's small files few; returns what it came to.

        If another process writes to the lake, it waits until that has ended.
        """
        lake = Lake(self.options.lake)
        here = replace(self.options, runner=DEFAULT_RUNNER, beam_flags=())
        while True:
            try:
                with lake.writing(is_unlocked=self.options.is_unlocked):
                    account = publish_ready(here, lake, ready)
                    if self.options.history == "index":
                        catch_up(lake)
                break
            except LakeBusyError:
                if process_wide(StopRequest).is_asked():
                    return None
                sleep(_BUSY_WAIT_S)
        merged = 0
        if not process_wide(StopRequest).is_asked():
            is_unlocked = self.options.is_unlocked
            merged = merge_if_many(lake, most=self.compact_files, is_unlocked=is_unlocked)
        if account is not None:
            process_wide(Listeners).tell(account, merged_files=merged)
        return account

    def _find(self, queries: Queries) -> Facts:
        """Looks keys up in the lake, whose index and files may be made anew meanwhile."""
        lake = Lake(self.options.lake)
        if self.options.history == "index":
            return find_in_index(lake, queries)
        return find_in_files(lake, queries)

    def _waits(self, source: str) -> dict[str, Waited]:
        read = functools.partial(read_waits, now=datetime.now(UTC))
        return Lake(self.options.lake).ask(read).get(source, {})

    def _removed(self) -> RemovedKeys | None:
        return read_again(self._open_removed)

    def _open_removed(self) -> RemovedKeys | None:
        opener = removed_opener(Lake(self.options.lake))
        return None if opener is None else opener()


@functools.cache
def _hold_crawler(options: CrawlOptions) -> None:
    """Keeps the crawler of this process open from one errand to the next."""
    process_wide(Crawlers).share(options)


def _nowhere() -> WriteOptions:
    """A run that writes nothing: its name says whose limits count together, those of a minute."""
    now = datetime.now(UTC)
    return WriteOptions(
        folder="", run_id=f"stream-{now:%Y%m%dT%H%M}-0", started_at=now, partition_by=("date",)
    )
