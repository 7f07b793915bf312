"""What asks the web all the time: polls when they are due, pages as soon as they are known of.

The file is long, but one idea: the thread that holds whatever is under way. Nothing of it lasts:
the lake knows all that was published, and what is lost is polled once more.
"""

from __future__ import annotations

import queue
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, replace
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any

from feedlake.pipeline.service.agenda import Agenda, known_after
from feedlake.pipeline.service.kept_exchanges import KeptExchanges
from feedlake.pipeline.service.lookups import Lookups
from feedlake.pipeline.service.page_reading import PageReading
from feedlake.pipeline.service.ready_buffer import ReadyBuffer
from feedlake.pipeline.service.sort_ready import Waits
from feedlake.pipeline.web.web_history import KnownAddress
from feedlake.pipeline.web.web_sources import with_state
from feedlake.transforms.archives.archive_writer import Archive, NoArchive
from feedlake.transforms.crawl.crawl_records import CrawlOptions, Fetched, NotFetched, RobotsText
from feedlake.transforms.crawl.network_watch import is_silent, without_blame
from feedlake.transforms.crawl.pending_requests import PendingRequests
from feedlake.transforms.crawl.rolling_watch import RollingWatch
from feedlake.transforms.crawl.shared_crawler import Crawlers
from feedlake.transforms.crawl.source_requests import MissingSecretError, robots_report
from feedlake.transforms.dedup.fingerprint import Fingerprinted
from feedlake.transforms.extract.extract_document import ExtractOptions
from feedlake.transforms.fetch.fetched_page import PageOptions
from feedlake.transforms.fetch.settle_page import (
    oldest_first,
    outcome_of,
    page_of,
    page_request,
    settle_all,
)
from feedlake.transforms.normalize.hosts import host_of
from feedlake.transforms.poll.poll_answer import PollOptions
from feedlake.transforms.poll.poll_desk import Asked, Heard, PollDesk
from feedlake.transforms.poll.polling import import_answer_readers
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.sandbox import Limits, Sandbox
from feedlake.transforms.process.stop import StopRequest
from feedlake.transforms.records.documents import Document, Entry, Rejection, SourceReport
from feedlake.transforms.records.entry_json import deferred_id
from feedlake.transforms.records.polls import WebSource
from feedlake.transforms.records.ready import Answered, ForArchive, ReadAhead, Ready, Settled

READERS = 2
"""Children that read feeds: one that a hostile feed keeps busy holds up no other."""

SILENCE_S = 20.0
"""How long failures are kept until it is known whether most sites failed; less where nothing else
is under way."""

MOST_OF_SLOW = 5
"""Pages under way, at the most, of a host whose pages take long to read: the others wait in the
lake, and are asked for when these are read."""

CLOSE_WITHIN_S = 3.0
"""How long the end of a process waits for the front: it may have much to do on a busy machine."""

_MAX_BODIES = 32  # That wait to be read, before further polls begin.
# Pauses while pages are being read, while feeds are or look-ups are made, and while nothing is.
_QUICK_S, _SHORT_S, _LONG_S = 0.01, 0.05, 1.0


@dataclass(frozen=True)
class FrontOptions:
    """What the operator decides about a front.

    Attributes:
        crawl: About all requests.
        polling: About polls.
        page: About pages.
        limits: What reading one feed may use.
        host_pages: Pages of one host between two publications, at the most.
        max_entries: Entries under way, at the most; others wait in the lake.
        extract: How pages are read; None: publications read them.
        workers: Children that read pages.
        is_archived: Whether what is asked and answered is kept.
    """

    crawl: CrawlOptions
    _: KW_ONLY
    polling: PollOptions
    page: PageOptions
    limits: Limits
    host_pages: int
    max_entries: int
    extract: ExtractOptions | None = None
    workers: int = 1
    is_archived: bool = False


class Front:
    """Polls and fetches in a thread of its own until it is closed.

    Args:
        options: What the operator decides.
        lookups: Finds what the lake has already.
        least_s: Shortest time between two polls of an address.
        asked_at: When addresses were asked last by another front, UTC.
    """

    def __init__(
        self,
        options: FrontOptions,
        lookups: Lookups,
        *,
        least_s: float,
        asked_at: Mapping[str, datetime],
    ) -> None:
        self._options, self._lookups = options, lookups
        self._buffer = ReadyBuffer()
        self._agenda = Agenda(least_s=least_s, asked_at=asked_at)
        self._known: dict[str, KnownAddress] = {}
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._pages: dict[str, list[Entry]] = {}
        self._fetched: dict[str, tuple[Fetched, list[Entry]]] = {}
        self._later: dict[str, list[Entry]] = defaultdict(list)
        self._under_way = Counter[str]()
        self._host_pages, self._asked_pages = Counter[str](), Counter[str]()
        self._silent: list[tuple[str, NotFetched, str | None]] = []
        self._horizon: datetime | None = None
        self._judged_s = monotonic()
        self._is_closing = False
        self._idle, self._changed = threading.Event(), threading.Event()
        self.fault: BaseException | None = None
        self.has_new_children = False
        self._crawler = process_wide(Crawlers).share(options.crawl)
        self._pending: PendingRequests[Any] = self._crawler.open_requests()
        self._readers = _Readers(options.limits)
        self._reading = (
            None
            if options.extract is None
            else PageReading(options.extract, options.limits, workers=options.workers)
        )
        self._kept = KeptExchanges() if options.is_archived else None
        archive: Archive = NoArchive() if self._kept is None else self._kept
        self._polls, self._page_watch = RollingWatch(), RollingWatch()
        self._desk = PollDesk(
            options.polling,
            pending=self._pending,
            sandbox=self._readers,
            archive=archive,
            watch=self._polls,
            asked=set(),
        )
        self._thread = threading.Thread(target=self._run, name="front", daemon=True)
        self._thread.start()

    # What other threads may call.

    def set_sources(self, sources: Iterable[WebSource], known: Mapping[str, KnownAddress]) -> None:
        """Takes which addresses there are.

        Args:
            sources: All of them.
            known: What was found out of addresses, where this front knows no later.
        """
        sources = list(sources)
        self._order(lambda: self._set_sources(sources, known))

    def set_polling(self, options: PollOptions) -> None:
        """Takes options that change with time, such as the age of what a sitemap lists."""
        self._order(lambda: setattr(self._desk, "options", options))

    def fetch(self, entries: Iterable[Entry], waits: Waits) -> None:
        """Takes entries that wait in the lake and are due, and what waits there in all.

        Those that are under way already are left out.
        """
        entries = list(entries)
        self._order(lambda: self._take_waiting(entries, waits))

    def begin_period(self) -> None:
        """Notes that each host may give as many pages as it may between two publications."""
        self._order(self._begin_period)

    def end_polling(self, at: datetime) -> None:
        """Has nothing polled any more that was not due at a time, UTC."""
        self._order(lambda: setattr(self, "_horizon", at))

    def take(self, *, is_last: bool = False) -> Ready:
        """Returns what is ready to be published.

        Args:
            is_last: Whether polls that found nothing new come along in any case.
        """
        self._changed.clear()
        ready = self._buffer.take(now_s=monotonic(), is_last=is_last)
        self._order(self._forget_published)
        return ready

    def give_back(self, ready: Ready) -> None:
        """Takes back what could not be published now."""
        self._buffer.give_back(ready)

    def known(self) -> dict[str, KnownAddress]:
        """Returns what is known of addresses now."""
        return dict(self._known)

    def asked_at(self) -> dict[str, datetime]:
        """Returns when addresses were asked last, UTC, whether it was published or not."""
        return self._agenda.asked_at()

    @property
    def is_full(self) -> bool:
        """Returns whether it rests until some of what is ready was taken."""
        return self._buffer.is_full

    def wait_until_idle(self, timeout_s: float | None) -> bool:
        """Waits until nothing is under way or due, or no more is to begin; returns whether it is.

        Args:
            timeout_s: How long at the most; None: for ever.
        """
        return self._idle.wait(timeout_s)

    def wait(self, timeout_s: float) -> None:
        """Waits for some time; no longer if there is no room left, or something is to be said."""
        with process_wide(StopRequest).listening(self._changed.set):
            self._changed.wait(timeout_s)

    def close(self) -> None:
        """Ends all that is under way, and the thread.

        If the end of the process is asked for, it waits for the thread no longer than
        `CLOSE_WITHIN_S`: that only asks the web and reads the lake, and ends with the process.
        """
        self._order(lambda: setattr(self, "_is_closing", True))
        self._thread.join(CLOSE_WITHIN_S if process_wide(StopRequest).is_asked() else None)

    # The thread.

    def _order(self, order: Callable[[], None]) -> None:
        self._idle.clear()
        self._orders.put(order)
        self._pending.wake()

    def _run(self) -> None:
        try:
            while not self._is_closing:
                with suppress(queue.Empty):
                    while True:
                        self._orders.get_nowait()()
                self._begin_polls()
                self._listen()
                self._read_bodies()
                if self._reading is not None:
                    self._reading.go_on()
                self._look_up()
                self._judge_silence()
                self._say_how_it_is()
        except BaseException as error:
            self.fault = error
        finally:
            self._idle.set()
            self._changed.set()
            self._readers.close()
            if self._reading is not None:
                self._reading.close()
            process_wide(Crawlers).give_back(self._options.crawl)

    def _set_sources(self, sources: list[WebSource], known: Mapping[str, KnownAddress]) -> None:
        for url, address in known.items():
            own = self._known.get(url)
            if own is None or _polled_at(own) < _polled_at(address):
                self._known[url] = address
        # Polls may have ended since these were made: without what they found, they would be polled
        # again at once, and all of their entries be new once more.
        current = [with_state(source, self._known) for source in sources]
        self._agenda.set_sources(current, now=_now())
        self._desk.asked = self._agenda.names()

    def _begin_period(self) -> None:
        self._host_pages.clear()
        # What was guessed at before may be a site's feed the next time.
        self._desk.asked = self._agenda.names()

    def _forget_published(self) -> None:
        """Forgets pages whose entries the lake knows now: they serve no others any more."""
        for key, (_, entries) in list(self._fetched.items()):
            names = _names(entries)
            if not any(self._is_under_way(name) or self._buffer.holds(name) for name in names):
                del self._fetched[key]

    def _begin_polls(self) -> None:
        if process_wide(StopRequest).is_asked() or self._buffer.is_full:
            return
        if len(self._readers) >= _MAX_BODIES or self._has_too_much_unread():
            return
        now = _now()
        horizon = now if self._horizon is None else min(now, self._horizon)
        for source in self._agenda.take_due(now=now, until=horizon):
            for heard in self._desk.ask(source):
                self._hear(heard)

    def _listen(self) -> None:
        """Takes what has come, and waits for it if there is nothing else to do."""
        if self._buffer.is_full:
            self._changed.set()
            sleep(_SHORT_S)  # What comes now keeps its slots.
            return
        if self._has_too_much_unread():
            sleep(_SHORT_S)
            return
        is_busy = self._readers.is_busy or self._lookups.is_busy or not self._orders.empty()
        pause_s = _SHORT_S if is_busy else _LONG_S
        for item in self._pending.come(_QUICK_S if self._is_reading() else pause_s):
            if isinstance(item, RobotsText):
                kept = self._keep(item.exchanges)
                self._buffer.add(Ready(robots=(robots_report(item),), kept=self._take_kept(kept)))
                continue
            token, result = item
            if isinstance(token, Asked):
                for heard in self._desk.hear(token, result):
                    self._hear(heard)
            else:
                self._hear_page(token, result)

    def _read_bodies(self) -> None:
        for answered, found in self._readers.come():
            for heard in self._desk.read(answered, found):
                self._hear(heard)

    def _hear(self, heard: Heard) -> None:
        """Takes what a poll came to."""
        now, answered = _now(), heard.answered
        kept = self._take_kept(heard.asked.record)
        if answered is None:
            self._agenda.hear(heard.whose, known=self._known, now=now)
            return
        url = answered.report.source
        before = self._known.get(url)
        self._known[url] = known_after(answered.report, before)
        self._agenda.hear(url, known=self._known, now=now)
        if before is None or self._known[url].children != before.children:
            self.has_new_children |= bool(self._known[url].children)
        if not kept and _is_quiet(answered, before):
            self._buffer.add_quiet(answered, now_s=monotonic())
            return
        self._buffer.add(Ready((answered,), kept=kept))
        self._take_up(answered.entries)

    def _take_up(self, entries: Iterable[Entry]) -> None:
        """Has entries looked up, as many as there is room for."""
        room = self._options.max_entries - self._under_way.total()
        taken = list(entries)[: max(0, room)]
        self._under_way.update(deferred_id(entry.document) for entry in taken)
        self._lookups.add(taken)

    def _take_waiting(self, entries: list[Entry], waits: Waits) -> None:
        self._lookups.waits = waits
        self._take_up(
            entry
            for entry in entries
            if not self._is_under_way(name := deferred_id(entry.document))
            and not self._buffer.holds(name)
        )

    def _is_under_way(self, name: str) -> bool:
        return self._under_way[name] > 0

    def _let_go(self, names: Iterable[str]) -> None:
        """Notes that entries are under way no more."""
        for name in names:
            self._under_way[name] -= 1
            if self._under_way[name] <= 0:
                del self._under_way[name]

    def _look_up(self) -> None:
        ended = self._lookups.come()
        if ended is None:
            return
        if ended.settled:
            self._buffer.add(Ready(settled=tuple(ended.settled)))
        gone = Counter(deferred_id(entry.document) for entry in ended.entries)
        gone.subtract(deferred_id(entry.document) for entry in ended.wanted)
        self._let_go(gone.elements())
        for entry in sorted(ended.wanted, key=oldest_first):
            self._ask_page(entry)

    def _ask_page(self, entry: Entry) -> None:
        key = page_of(entry)
        if (asked := self._pages.get(key)) is not None:
            # What was asked for before an entry changed may be the page as it was until then.
            (asked if _is_served(entry, asked) else self._later[key]).append(entry)
            return
        if (found := self._fetched.get(key)) is not None and not entry.is_recheck:
            result, served = found
            if _is_served(entry, served):
                self._settle([entry], result, None)
                return
        host = host_of(key)
        if self._host_pages[host] >= self._options.host_pages or self._is_slow_to_read(host):
            self._let_go(_names([entry]))  # It waits in the lake.
            return
        self._host_pages[host] += 1
        try:
            request = page_request([entry])
        except MissingSecretError as error:
            refusal = NotFetched(
                "missing_secret", detail=str(error), is_transient=True, was_tried=False
            )
            self._settle([entry], refusal, None)
            return
        self._pages[key] = [entry]
        self._asked_pages[host] += 1
        self._pending.submit(key, request)

    def _is_slow_to_read(self, host: str) -> bool:
        """Whether a host's pages take so long that those under way are enough."""
        if self._reading is None or not self._reading.is_slow(host):
            return False
        return self._asked_pages[host] + self._reading.unread(host) >= MOST_OF_SLOW

    def _hear_page(self, key: str, result: Fetched | NotFetched) -> None:
        """Takes what asking for a page came to; keeps a failure until it is known whose it is."""
        record = self._keep(result.exchanges, result)
        result = replace(result, exchanges=())
        entries = self._pages[key]
        if isinstance(result, NotFetched) and result.reason == "no_time":
            self._let_go(_names(self._take_page(key, result)))  # At the end: they wait in the lake.
            return
        is_new = all(entry.attempts == 0 for entry in entries)
        was_well = self._polls.has_answer(key) or (None if is_new else False)
        self._page_watch.note(key, result, was_well=was_well)
        if isinstance(result, NotFetched) and is_silent(result):
            self._silent.append((key, result, record))
            return
        entries = self._take_page(key, result)
        self._settle(entries, result, record)
        if isinstance(result, Fetched) and result.response.status == 200:
            self._fetched[key] = result, entries

    def _take_page(self, key: str, result: Fetched | NotFetched) -> list[Entry]:
        """The entries that a result is for; those that have changed meanwhile ask for the page
        again, unless there was none."""
        entries, later = self._pages.pop(key), self._later.pop(key, [])
        self._asked_pages[host := host_of(key)] -= 1
        if not self._asked_pages[host]:
            del self._asked_pages[host]
        if isinstance(result, NotFetched):
            return entries + later
        for entry in later:
            self._ask_page(entry)
        return entries

    def _settle(
        self, entries: list[Entry], result: Fetched | NotFetched, record: str | None
    ) -> None:
        now, options = _now(), self._options.page
        settled = settle_all(entries, result, now=now, options=options)
        if self._kept is not None:
            for one in settled:
                read_at = self._kept.read_at
                outcome = outcome_of(one, result, read_at=read_at, now=now, options=options)
                if outcome is not None:
                    self._kept.add_outcome(outcome, record=record)
        kept = self._take_kept(record)
        unread = [one for one in settled if self._is_read_ahead(one)]
        at_once = tuple(one for one in settled if not self._is_read_ahead(one))
        if at_once or not unread:
            self._end_pages(at_once, () if unread else kept)
        for one in unread:
            self._read_page(one, kept)
            kept = ()

    def _is_read_ahead(self, settled: Settled) -> bool:
        document = settled.document
        is_html = isinstance(document, Document) and document.is_html
        return is_html and self._reading is not None

    def _read_page(self, settled: Settled, kept: tuple[ForArchive, ...]) -> None:
        """Has a page read; it is ready when it was."""
        document, reading = settled.document, self._reading
        assert isinstance(document, Document)
        assert reading is not None
        host = host_of(page_of(settled.entry))
        if not reading.has_room(host, len(document.body)):
            self._buffer.add(Ready(kept=kept))
            self._let_go(_names([settled.entry]))  # It waits in the lake.
            return

        def end(found: Fingerprinted | Rejection) -> None:
            if isinstance(found, Rejection):
                read = replace(settled, document=None, rejection=found)
            else:
                read = replace(settled, document=ReadAhead(found))
            self._end_pages((read,), kept)

        reading.add(host, document, end)

    def _end_pages(self, settled: tuple[Settled, ...], kept: tuple[ForArchive, ...]) -> None:
        self._buffer.add(Ready(settled=settled, kept=kept))
        self._let_go(_names(one.entry for one in settled))

    def _is_reading(self) -> bool:
        return self._reading is not None and self._reading.is_busy

    def _has_too_much_unread(self) -> bool:
        return self._reading is not None and self._reading.is_full

    def _judge_silence(self) -> None:
        if not (self._silent or self._desk.has_silence):
            self._judged_s = monotonic()
            return
        if monotonic() < self._judged_s + SILENCE_S and not self._has_only_silence():
            return
        self._judged_s = monotonic()
        for heard in self._desk.judge_silence():
            self._hear(heard)
        silent, self._silent = self._silent, []
        is_down = bool(silent) and (
            self._polls.is_down() or self._page_watch.is_down(is_sure=self._polls.has_answer())
        )
        if is_down:
            process_wide(Crawlers).open_silent_hosts()
        for key, failure, record in silent:
            result = without_blame(failure) if is_down else failure
            self._settle(self._take_page(key, result), result, record)

    def _has_only_silence(self) -> bool:
        return not (self._pending.outstanding or self._readers.is_busy or self._lookups.is_busy)

    def _say_how_it_is(self) -> None:
        if self._buffer.is_full:
            self._changed.set()
        now = _now()
        horizon = now if self._horizon is None else min(now, self._horizon)
        due = self._agenda.next_due()
        has_due = due is not None and due <= horizon
        is_ending = process_wide(StopRequest).is_asked()
        if (
            self._orders.empty()
            and self._has_only_silence()
            and not self._is_reading()
            and not (self._silent or self._desk.has_silence)
            and (is_ending or not has_due)
        ):
            self._idle.set()
            if not self._orders.empty():
                self._idle.clear()

    def _keep(self, exchanges: Any, result: Fetched | NotFetched | None = None) -> str | None:
        if self._kept is None:
            return None
        at = result.fetched_at if isinstance(result, Fetched) else None
        return self._kept.add_exchanges(exchanges, wanted_at=at)

    def _take_kept(self, record: str | None) -> tuple[ForArchive, ...]:
        return () if self._kept is None else self._kept.take(record)


class _Readers:
    """A queue before the children that read feeds."""

    def __init__(self, limits: Limits) -> None:
        self._sandbox: Sandbox[tuple[Asked, Fetched]] = Sandbox(
            workers=READERS, limits=limits, imports=import_answer_readers
        )
        self._waiting: deque[tuple[tuple[Asked, Fetched], Callable[..., Any]]] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_busy(self) -> bool:
        return bool(self._waiting) or self._sandbox.is_busy

    def submit(self, token: tuple[Asked, Fetched], function: Callable[..., Any], /) -> None:
        self._waiting.append((token, function))

    def come(self) -> Iterator[tuple[tuple[Asked, Fetched], Any]]:
        while self._waiting and self._sandbox.has_room:
            self._sandbox.submit(*self._waiting.popleft())
        yield from self._sandbox.come()

    def close(self) -> None:
        self._sandbox.close()


def _is_served(entry: Entry, asked: list[Entry]) -> bool:
    """Whether a page that others asked for says what an entry's source tells of it: if it has
    changed, then only where one of them told the same, as several feeds of a site do."""
    mark = entry.document.entry_mark
    return not entry.is_changed or any(mark == one.document.entry_mark for one in asked)


def _names(entries: Iterable[Entry]) -> list[str]:
    return [deferred_id(entry.document) for entry in entries]


def _is_quiet(answered: Answered, before: KnownAddress | None) -> bool:
    """Whether a poll found nothing new at an address that was well."""
    if answered.report.status != "unchanged" or before is None or answered.report.documents:
        return False
    after = _state_of(answered.report)
    was_well = before.state.failures == 0 and before.state.address == after.address
    return was_well and before.status in ("read", "unchanged")


def _state_of(report: SourceReport) -> Any:
    assert report.poll is not None, "a poll has its columns"
    return report.poll.state


def _polled_at(known: KnownAddress) -> datetime:
    return known.state.polled_at or datetime.min.replace(tzinfo=UTC)


def _now() -> datetime:
    return datetime.now(UTC)
