"""Runs again and again until stopped: what is ready at fixed times, from addresses and files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

from feedlake.pipeline.lake.journal_entry import LakeError
from feedlake.pipeline.lake.lake import Lake, LakeBusyError
from feedlake.pipeline.lease.lease import LeaseError
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.run_options import IngestOptions
from feedlake.pipeline.run.account import Account, BooksError, add_up
from feedlake.pipeline.run.clock_check import ClockError
from feedlake.pipeline.run.run import run
from feedlake.pipeline.service.check_room import check_room
from feedlake.pipeline.service.front import Front
from feedlake.pipeline.service.service import Service
from feedlake.pipeline.terminal import interrupts
from feedlake.pipeline.terminal.standard_input import ARGUMENT
from feedlake.pipeline.upkeep.compact import merge_if_many
from feedlake.pipeline.web.feed_lists import KeptLists
from feedlake.pipeline.web.web_sources import read_arguments
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest
from feedlake.transforms.records.polls import WebSource

GRACE_S = 6.0
"""How long a run that is asked to end may take to publish what it has; then it is given up, which
takes a moment too, and `docker stop` kills after ten seconds."""

FIRST_WITHIN_S = 20.0
"""How long the first run waits for all that is due, and for what that leads to: a few feeds are
read by then, and what has come of hundreds, or beside a site that hangs, need not wait longer."""

FILE_DOCUMENTS = 1_000
"""Documents of files that are read at a time beside addresses: some seconds of work, so that news
need not wait for an archive."""

_GIVEN_UP = "dropped when it was asked to stop; the next run repeats what was not published"


@dataclass(frozen=True)
class ScheduleOptions:
    """What the operator decides about repeated runs.

    Attributes:
        every_s: From the start of one run to that of the next, in seconds.
        runs: Runs after which to stop; None for none.
        compact_files: Files that merging small ones may save before they are merged.
    """

    every_s: float
    runs: int | None = None
    compact_files: int = 500


@dataclass(frozen=True)
class Tick:
    """What one scheduled run came to.

    Attributes:
        number: Of the run, from 1.
        started_at: UTC.
        account: Of what it published; None if it failed before it published anything.
        failure: Why it failed, as a sentence; None if it did not.
        put_off: Why it was left to the next one, as a sentence: another process was writing to the
            lake; None if it was not.
        merged_files: Small files that were merged after it.
        next_at: When the next run starts, UTC; None for the last one.
        next_due: When the first address is due, UTC; None if none is polled again.
        addresses: Addresses that the schedule includes, those that others led to among them.
        complaints: What is wrong with lists of feeds whose last good version was used.
    """

    number: int
    _: KW_ONLY
    started_at: datetime
    account: Account | None
    failure: str | None
    merged_files: int
    next_at: datetime | None
    next_due: datetime | None
    addresses: int
    complaints: tuple[str, ...] = ()
    put_off: str | None = None

    @property
    def is_idle(self) -> bool:
        """Returns whether there is nothing to tell: it came to nothing, and others follow."""
        has_done = self.merged_files or (self.account is not None and self.account.runs)
        has_trouble = self.failure or self.put_off or self.complaints
        is_amid = self.number > 1 and self.next_at is not None
        return is_amid and not (has_done or has_trouble)


def schedule(
    options: IngestOptions,
    plan: ScheduleOptions,
    *,
    tell: Callable[[Tick], None],
    explain: Callable[[BaseException], str],
) -> bool:
    """Runs until a signal or the number of runs ends it; returns whether the last run was good.

    Addresses are polled when they are due and pages fetched as soon as they are known of, beside
    all else; a run publishes what is ready, and reads files. If a run fails, `tell` receives why,
    and what it was to publish is polled again, so nothing is lost. If another process is writing
    to the lake, which is no failure, it is published by the next run. If a run takes longer than
    the interval, the next one starts at once; missed ones are not made up.

    Args:
        options: What each run does.
        plan: When.
        tell: Receives what each run came to.
        explain: Says in a sentence what an exception means.

    Raises:
        UsageError: The first run cannot make sense of the options.
        LakeBusyError: At the start another process writes to the lake.
        KeyboardInterrupt: A signal came between two runs over files, or was not heeded in time.
    """
    if ARGUMENT in options.sources:
        raise UsageError(
            f"SOURCE {ARGUMENT}: standard input can be read once; schedule reads sources again and "
            "again"
        )
    work = _Work(replace(options, is_scheduled=True), plan, explain)
    next_s = monotonic()
    try:
        while True:
            with interrupts.gentle(GRACE_S):
                if work.front is not None:
                    # If the end is asked for meanwhile, what is ready is published in this block.
                    work.front.wait(max(0.0, next_s - monotonic()))
                started_s = monotonic()
                next_s = started_s + plan.every_s
                tick = work.tick()
                is_last = _is_asked() or tick.number == plan.runs
                if not is_last:
                    wait_s = max(0.0, next_s - monotonic())
                    tick = replace(tick, next_at=datetime.now(UTC) + timedelta(seconds=wait_s))
                tell(tick)
                if tick.failure == _GIVEN_UP:
                    raise interrupts.Interruption
            if is_last or _is_asked():
                return tick.failure is None
            if work.front is None:
                sleep(max(0.0, next_s - monotonic()))
    finally:
        work.close()


class _Work:
    """What runs have in common: the lake, the lists of feeds, and what asks the web meanwhile."""

    def __init__(
        self,
        options: IngestOptions,
        plan: ScheduleOptions,
        explain: Callable[[BaseException], str],
    ) -> None:
        self._options, self._plan, self._explain = options, plan, explain
        self._lake, self._kept = Lake(options.lake), KeptLists()
        self._service: Service | None = None
        self._given: tuple[WebSource, ...] = ()
        self._asked_at: dict[str, datetime] = {}
        self._has_failed = False
        self._number = 0

    @property
    def front(self) -> Front | None:
        """Returns what asks the web; None while there are no addresses."""
        return None if self._service is None else self._service.front

    def tick(self) -> Tick:
        """Does one run, and what comes after it."""
        self._number += 1
        started_at, started_s = datetime.now(UTC), monotonic()
        account, failure, put_off, merged = None, None, None, 0
        accounts: list[Account] = []
        self._kept.complaints.clear()
        try:
            account = self._run(accounts)
            if not _is_asked():
                merged = merge_if_many(
                    self._lake,
                    most=self._plan.compact_files,
                    is_unlocked=self._options.is_unlocked,
                )
        except (KeyboardInterrupt, Exception) as error:  # The border: the next run may succeed.
            if interrupts.was_raised() or isinstance(error, KeyboardInterrupt):
                failure = _GIVEN_UP  # Beam and others make exceptions of their own of the signal's.
            elif isinstance(error, UsageError | LakeBusyError) and self._number == 1:
                raise
            elif isinstance(error, LakeBusyError):
                put_off = str(error)
            elif isinstance(error, UsageError | LakeError | LeaseError | BooksError | ClockError):
                failure = str(error)
            else:
                failure = self._explain(error)
        self._has_failed = failure is not None
        if account is None and accounts:
            account = self._add_up(accounts, started_s=started_s)
        service = self._service
        return Tick(
            self._number,
            started_at=started_at,
            account=account,
            failure=failure,
            merged_files=merged,
            next_at=None,
            # There is no time to look for it at the end, and no next run that would want to know.
            next_due=service.next_due() if service and not _is_asked() else None,
            addresses=len(service.addresses) if service else 0,
            complaints=tuple(self._kept.complaints),
            put_off=put_off,
        )

    def close(self) -> None:
        """Ends what asks the web; what is ready is given up."""
        if self._service is not None:
            self._asked_at = self._service.front.asked_at()
            self._service.close()
            self._service = None

    def _run(self, accounts: list[Account]) -> Account:
        """Publishes what is ready, and reads files; each part's account is added to `accounts`."""
        started_s, unchanged = monotonic(), 0
        given = read_arguments(
            self._options.sources, options=self._options.web.sources, kept=self._kept
        )
        if given.sources or self._service is not None:
            is_sound = False
            try:
                self._publish(given.sources, accounts)
                is_sound = True
            except LakeBusyError:
                is_sound = True  # What is ready is published by the next run.
                raise
            finally:
                if not (is_sound or _is_asked()):
                    self.close()  # The next run begins anew, by what the lake holds.
        if given.files and not (self._service is not None and _is_asked()):
            account = run(
                self._files(given.files),
                accounts,
                kept=self._kept,
                may_go_on=lambda: self._has_time(started_s),
            )
            if self._service is None:
                return account
            unchanged = account.unchanged_sources
        return self._add_up(accounts, started_s=started_s, unchanged=unchanged)

    def _files(self, paths: tuple[str, ...]) -> IngestOptions:
        """What reads the files: in small chunks, if others wait meanwhile."""
        options = replace(self._options, sources=paths)
        if self._service is None:
            return options
        return replace(options, chunk_documents=min(FILE_DOCUMENTS, options.chunk_documents))

    def _publish(self, given: tuple[WebSource, ...], accounts: list[Account]) -> None:
        """Publishes what is ready; the first time when what is due was polled, if that is quick."""
        is_new = self._service is None
        if self._service is None:
            if self._has_failed:  # Or else all that a full disk doesn't take is asked for again.
                check_room(self._lake.path)
            self._service = Service(self._options, self._lake, given, asked_at=self._asked_at)
        elif given != self._given:
            self._service.set_given(given)
        self._given = given
        service = self._service
        if self._number == self._plan.runs:
            service.finish(accounts)
            return
        if is_new:
            service.settle_down(min(FIRST_WITHIN_S, self._plan.every_s), accounts)
        if not _is_asked():
            service.publish(accounts, is_last=is_new)
        if _is_asked():
            service.end(accounts)
        else:
            service.go_on()

    def _has_time(self, started_s: float) -> bool:
        """Whether files may be read on; if not, the next run does."""
        is_late = monotonic() - started_s >= self._plan.every_s
        return self._service is None or self._number == self._plan.runs or not is_late

    def _add_up(self, accounts: list[Account], *, started_s: float, unchanged: int = 0) -> Account:
        elapsed_s = round(monotonic() - started_s, 3)
        return add_up(accounts, lake=self._lake.path, unchanged=unchanged, elapsed_s=elapsed_s)


def _is_asked() -> bool:
    return process_wide(StopRequest).is_asked()
