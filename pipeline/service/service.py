"""A front and the lake behind it: what is ready is published, and what waits is given to the front.

All of it is done in one thread, the one that takes the lake's lock; the front has its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from math import inf
from time import monotonic

from feedlake.pipeline.history.index import catch_up
from feedlake.pipeline.lake.lake import Lake, LakeBusyError
from feedlake.pipeline.lake.url_rule import check_lake
from feedlake.pipeline.options.option_table import DEFAULT_RUNNER
from feedlake.pipeline.options.run_options import IngestOptions
from feedlake.pipeline.run.account import Account
from feedlake.pipeline.run.clock_check import check_clock
from feedlake.pipeline.run.extraction import extract_options
from feedlake.pipeline.run.run import layout_of_lake, start_chunk
from feedlake.pipeline.run.web_graph import WebPlan
from feedlake.pipeline.run.web_plan import plan_web
from feedlake.pipeline.service.front import Front, FrontOptions
from feedlake.pipeline.service.lookups import Lookups
from feedlake.pipeline.service.publish_ready import publish_rows
from feedlake.pipeline.service.sort_ready import sort_ready, split_ready
from feedlake.pipeline.web.crawl_options import crawl_options
from feedlake.pipeline.web.visits import Visits
from feedlake.pipeline.web.waiting_pages import (
    read_backoffs,
    read_rechecks,
    read_waiting,
    read_waits,
)
from feedlake.pipeline.web.web_history import KnownAddress, read_web_history
from feedlake.pipeline.web.web_sources import with_history
from feedlake.transforms.crawl.shared_crawler import Crawlers
from feedlake.transforms.normalize.date_bounds import FUTURE_TOLERANCE
from feedlake.transforms.normalize.hosts import host_of
from feedlake.transforms.poll.polling import NEW_OF_SOURCE
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest
from feedlake.transforms.records.documents import Deferral
from feedlake.transforms.records.entry_json import deferred_id
from feedlake.transforms.records.polls import WebSource
from feedlake.transforms.records.ready import Ready, ReadyRows

KEPT_EVERY = 30
"""Publications after which it is kept anew where the newest rows of addresses are: as many files
are read again by whoever starts next."""

END_WITHIN_S = 2.0
"""How long requests under way may go on when the end is asked for; their pages wait in the lake."""

_SLICE_S = 0.1  # After so long it is looked whether there is still room.
_LOOK_SHARE = 20.0  # After a look at what waits comes a pause so many times as long.


class Service:
    """What asks the web all the time, and the lake that it works for.

    Attributes:
        front: What asks the web.
        addresses: All addresses, those that others led to among them.

    Args:
        options: What the operator decides.
        lake: The lake.
        given: The addresses that the operator names.
        asked_at: When a service before this one asked addresses last, UTC, published or not.

    Raises:
        UsageError: The lake follows another rule for addresses, or is partitioned otherwise.
        ClockError: The clock can hardly be right.
        LakeBusyError: Another process writes to the lake.
        LakeError: The lake is damaged.
    """

    def __init__(
        self,
        options: IngestOptions,
        lake: Lake,
        given: tuple[WebSource, ...],
        *,
        asked_at: Mapping[str, datetime] | None = None,
    ) -> None:
        self._options, self._lake, self._given = options, lake, given
        self._runs: set[str] = set()
        self._known: Mapping[str, KnownAddress] = {}
        self._waits: dict[str, tuple[int, datetime | None]] = {}
        self._polled_at: dict[str, datetime] = {}
        self._has_rechecks = False
        self._look_from_s = 0.0
        self._published = 0
        with lake.writing(wait_s=options.wait_s, is_unlocked=options.is_unlocked):
            check_lake(lake)
            if not options.accepts_clock:
                check_clock(lake, now=datetime.now(UTC))  # Before anything is asked.
            layout_of_lake(options, lake)
            self._keep_newest()
            self._read_lake()
            if options.history == "index":
                catch_up(lake)
        plan = self._plan()
        self.front = Front(
            FrontOptions(
                crawl_options(options),
                polling=plan.polling,
                page=plan.fetching.page,
                limits=options.limits,
                host_pages=options.web.host_pages,
                max_entries=options.chunk_documents,
                # Workers elsewhere read pages as they come with the rest.
                extract=(
                    extract_options(options, now=datetime.now(UTC))
                    if options.runner == DEFAULT_RUNNER
                    else None
                ),
                workers=options.workers,
                is_archived=options.web.is_archived,
            ),
            Lookups(lake, is_indexed=options.history == "index"),
            least_s=options.web.min_interval_s,
            asked_at=asked_at or {},
        )
        self.set_given(given)
        self._give_waiting(now=datetime.now(UTC))

    def set_given(self, given: tuple[WebSource, ...]) -> None:
        """Takes the addresses that the operator names now; those that they lead to come along."""
        self._given = given
        self.front.has_new_children = False
        self.front.set_polling(self._plan().polling)
        known = {**self._known, **self.front.known()}
        self._count = len(known)  # Of lists that lead to many, more have their turn as it grows.
        sources = self._sources(known)
        self.addresses = tuple(source.url for source in sources)
        self.front.set_sources(sources, self._known)

    def next_due(self) -> datetime | None:
        """Returns when the first address is due; None if none is polled again."""
        known = self.front.known()
        states = (known[url].state for url in self.addresses if url in known)
        due = (state.next_due for state in states if not state.is_stopped)
        return min((moment for moment in due if moment is not None), default=None)

    def go_on(self) -> None:
        """Lets the next interval begin: it has its own share of each host's pages.

        Raises:
            LakeError: The lake is damaged.
        """
        self._follow()
        self.front.begin_period()
        self._give_waiting(now=datetime.now(UTC))

    def settle_down(self, timeout_s: float | None, accounts: list[Account]) -> None:
        """Waits until nothing is under way or due; publishes meanwhile if there is no room left.

        It returns at once if the end is asked for.

        Args:
            timeout_s: How long at the most; None: for ever.
            accounts: Receives the account of what is published.
        """
        end_s = inf if timeout_s is None else monotonic() + timeout_s
        while not self.front.wait_until_idle(max(0.0, min(_SLICE_S, end_s - monotonic()))):
            if process_wide(StopRequest).is_asked() or monotonic() >= end_s:
                return
            if self.front.is_full:
                self.publish(accounts)

    def finish(self, accounts: list[Account]) -> None:
        """Does all that is due now, and what that leads to, and publishes it.

        Args:
            accounts: Receives the account of each publication.
        """
        horizon = datetime.now(UTC)
        self.front.end_polling(horizon)
        most = len(self.front.known()) + NEW_OF_SOURCE
        while True:
            self.settle_down(None, accounts)
            if process_wide(StopRequest).is_asked():
                self.end(accounts)
                return
            if not self.publish(accounts, is_last=True):
                return
            if len(self.front.known()) < most:
                self._follow()
            self._look_from_s = 0.0
            self._give_waiting(now=horizon)

    def publish(self, accounts: list[Account], *, is_last: bool = False) -> bool:
        """Publishes what is ready; returns whether anything was.

        Args:
            accounts: Receives its account.
            is_last: Whether polls that found nothing new are published in any case.

        Raises:
            LakeBusyError: Another process writes to the lake; all of it stays ready.
            LakeError: The lake is damaged. Then, and after any other failure, this service is of
                no use any more; another one polls again what was ready.
        """
        if self.front.fault is not None:
            raise self.front.fault
        return self._commit(self.front.take(is_last=is_last), accounts)

    def end(self, accounts: list[Account]) -> None:
        """Publishes what is ready, and what comes soon: first all that takes but a moment.

        Args:
            accounts: Receives the account of each publication.
        """
        self._publish_quick(accounts)
        self.front.wait_until_idle(END_WITHIN_S)
        self._publish_quick(accounts)
        self.publish(accounts, is_last=True)

    def _publish_quick(self, accounts: list[Account]) -> None:
        quick, rest = split_ready(self.front.take(is_last=True))
        self.front.give_back(rest)
        self._commit(quick, accounts)

    def _commit(self, ready: Ready, accounts: list[Account]) -> bool:
        """Publishes something; returns whether it is anything."""
        if not ready:
            return False
        options, is_begun = self._options, False
        try:
            with self._lake.writing(wait_s=options.wait_s, is_unlocked=options.is_unlocked):
                is_begun = True
                self._publish(ready, accounts)
        except LakeBusyError:
            if not is_begun:
                self.front.give_back(ready)
            raise
        return True

    def _publish(self, ready: Ready, accounts: list[Account]) -> None:
        now = datetime.now(UTC)
        rows = sort_ready(ready, waits=self._waits, polled_at=self._polled_at, now=now)
        account = publish_rows(self._options, self._lake, rows, timely=self._timely())
        if account is not None:
            accounts.append(account)
        self._note(rows, account)
        self._published += account is not None
        if self._published >= KEPT_EVERY:
            self._keep_newest()
        if self._options.history == "index":
            catch_up(self._lake)

    def _follow(self) -> None:
        """Takes addresses to which polls have led since, and what other processes have published.

        Raises:
            LakeError: The lake is damaged.
        """
        if self._lake.state().runs.keys() - self._runs:
            self._read_lake()
            self.set_given(self._given)
        elif self.front.has_new_children or len(self.front.known()) != self._count:
            self.set_given(self._given)

    def _give_waiting(self, *, now: datetime) -> None:
        """Gives the front what waits in the lake and is due.

        Args:
            now: What is due by then is due, UTC.

        Raises:
            LakeError: The lake is damaged.
        """
        rechecks = self._has_rechecks and bool(self._options.web.recheck_s)
        if not (self._waits or rechecks) or monotonic() < self._look_from_s:
            self.front.fetch((), dict(self._waits))
            return
        begun_s = monotonic()
        snapshot, web = self._lake.snapshot(), self._options.web
        options = {source.url: source.options for source in self._sources(self.front.known())}
        most = self._options.chunk_documents
        waiting = read_waiting(
            snapshot,
            now=now,
            options=options,
            host_pages=web.host_pages,
            max_pages=most,
            is_scheduled=True,
        )
        if rechecks:
            pages = Counter(host_of(entry.document.url or "") for entry in waiting)
            waiting += read_rechecks(
                snapshot,
                now=now,
                options=options,
                pages=pages,
                host_pages=web.host_pages,
                max_pages=most - len(waiting),
            )
        self.front.fetch(waiting, dict(self._waits))
        self._look_from_s = monotonic() + _LOOK_SHARE * (monotonic() - begun_s)

    def close(self) -> None:
        """Ends the front; what it has is given up."""
        self.front.close()

    def _keep_newest(self) -> None:
        """Keeps where the newest rows are, for whoever reads the lake next; needs the lock."""
        self._published = 0
        now, snapshot = datetime.now(UTC), self._lake.snapshot()
        read_web_history(snapshot, now=now, may_write=True)
        read_waiting(snapshot, now=now, options={}, host_pages=0, max_pages=0, may_write=True)

    def _read_lake(self) -> None:
        """Learns from the lake what it holds of addresses and of what waits."""
        now, snapshot = datetime.now(UTC), self._lake.snapshot()
        history = read_web_history(snapshot, now=now)
        self._known = history.addresses
        self._polled_at = {
            url: known.state.polled_at
            for url, known in history.addresses.items()
            if known.state.polled_at is not None
        }
        by_source = read_waits(snapshot, now=now)
        self._waits = {name: held for some in by_source.values() for name, held in some.items()}
        self._has_rechecks = bool(self._options.web.recheck_s)
        hosts = (*history.robots, *read_backoffs(snapshot, now=now))
        process_wide(Crawlers).remember(hosts)
        self._runs = set(self._lake.state().runs)

    def _note(self, rows: ReadyRows, account: Account | None) -> None:
        """Notes what the lake knows since a publication."""
        if account is not None:
            self._runs.update(account.runs)
        for report in rows.reports:
            at = report.poll.state.polled_at if report.poll else None
            if at is not None and report.source_kind != "robots":
                self._polled_at[report.source] = at
        for row in sorted(rows.deferrals, key=_tried_at):
            name = deferred_id(row.entry.document)
            if row.status == "waiting":
                self._waits[name] = row.entry.attempts, row.entry.first_tried_at
            else:
                self._waits.pop(name, None)

    def _sources(self, known: Mapping[str, KnownAddress]) -> list[WebSource]:
        return with_history(self._given, known, options=self._options.web.sources)

    def _plan(self) -> WebPlan:
        """What holds for all that is asked from now on: a sitemap's old entries are left out."""
        options = replace(self._options, web=replace(self._options.web, is_archived=False))
        return plan_web(options, self._lake, Visits(), start_chunk(self._lake, "none", ()))

    def _timely(self) -> frozenset[str]:
        latest = datetime.now(UTC) + FUTURE_TOLERANCE
        return frozenset(
            url
            for url, known in self.front.known().items()
            if known.state.newest_entry_at is not None and known.state.newest_entry_at <= latest
        )


def _tried_at(row: Deferral) -> datetime:
    return row.tried_at
