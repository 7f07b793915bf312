"""Runs again and again until stopped: what is due, at fixed times, one run at a time."""

from __future__ import annotations

import contextlib
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
from feedlake.pipeline.terminal import interrupts
from feedlake.pipeline.terminal.standard_input import ARGUMENT
from feedlake.pipeline.upkeep.compact import STEP_BYTES, count_small_files, merge_some
from feedlake.pipeline.web.feed_lists import KeptLists
from feedlake.pipeline.web.web_history import read_web_history
from feedlake.pipeline.web.web_sources import read_arguments, with_history
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest

GRACE_S = 7.0
"""How long a run that is asked to end may take to publish what it has; then it is given up, which
takes a moment too, and `docker stop` kills after ten seconds."""

MERGING_S = 5.0
"""How long files are merged after a run; what is begun then is finished, in some seconds more."""

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


def schedule(
    options: IngestOptions,
    plan: ScheduleOptions,
    *,
    tell: Callable[[Tick], None],
    explain: Callable[[BaseException], str],
) -> bool:
    """Runs until a signal or the number of runs ends it; returns whether the last run was good.

    If a run fails, `tell` receives why, and the next run tries what is due, so nothing is lost. So
    it is if another process is writing to the lake, which is no failure. If a run takes longer
    than the interval, the next one starts at once; missed ones are not made up.

    Args:
        options: What each run does.
        plan: When.
        tell: Receives what each run came to.
        explain: Says in a sentence what an exception means.

    Raises:
        UsageError: The first run cannot make sense of the options.
        LakeBusyError: At the start another process writes to the lake.
        KeyboardInterrupt: A signal came between two runs, or was not heeded in time.
    """
    if ARGUMENT in options.sources:
        raise UsageError(
            f"SOURCE {ARGUMENT}: standard input can be read once; schedule reads sources again and "
            "again"
        )
    options = replace(options, is_scheduled=True)
    lake, kept = Lake(options.lake), KeptLists()
    number = 0
    while True:
        number += 1
        started_s = monotonic()
        with interrupts.gentle(GRACE_S):
            tick = _tick(options, plan, lake, kept, number, explain)
            is_last = process_wide(StopRequest).is_asked() or number == plan.runs
            if not is_last:
                wait_s = max(0.0, started_s + plan.every_s - monotonic())
                tick = replace(tick, next_at=datetime.now(UTC) + timedelta(seconds=wait_s))
            tell(tick)
            if tick.failure == _GIVEN_UP:
                raise interrupts.Interruption
        if is_last or process_wide(StopRequest).is_asked():
            return tick.failure is None
        sleep(max(0.0, started_s + plan.every_s - monotonic()))


def _tick(
    options: IngestOptions,
    plan: ScheduleOptions,
    lake: Lake,
    kept: KeptLists,
    number: int,
    explain: Callable[[BaseException], str],
) -> Tick:
    """Does one run, and what comes after it."""
    started_at, started_s = datetime.now(UTC), monotonic()
    account, failure, put_off, merged = None, None, None, 0
    accounts: list[Account] = []
    kept.complaints.clear()
    try:
        account = run(options, accounts, kept=kept)
        if not process_wide(StopRequest).is_asked():
            merged = _compact(lake, plan, is_unlocked=options.is_unlocked)
    except (KeyboardInterrupt, Exception) as error:  # The border: the next run may well succeed.
        if interrupts.was_raised() or isinstance(error, KeyboardInterrupt):
            failure = _GIVEN_UP  # Beam and others make exceptions of their own of the signal's.
        elif isinstance(error, UsageError | LakeBusyError) and number == 1:
            raise
        elif isinstance(error, LakeBusyError):
            put_off = str(error)
        elif isinstance(error, UsageError | LakeError | LeaseError | BooksError | ClockError):
            failure = str(error)
        else:
            failure = explain(error)
    if account is None and accounts:
        elapsed_s = round(monotonic() - started_s, 3)
        account = add_up(accounts, lake=lake.path, unchanged=0, elapsed_s=elapsed_s)
    # There is no time to look for it at the end, and no next run that would want to know.
    is_ending = failure == _GIVEN_UP or process_wide(StopRequest).is_asked()
    due, addresses = (None, 0) if is_ending else _first_due(lake, options, kept)
    return Tick(
        number,
        started_at=started_at,
        account=account,
        failure=failure,
        merged_files=merged,
        next_at=None,
        next_due=due,
        addresses=addresses,
        complaints=tuple(kept.complaints),
        put_off=put_off,
    )


def _compact(lake: Lake, plan: ScheduleOptions, *, is_unlocked: bool) -> int:
    """Merges some of the lake's small files if there are too many; returns how many were."""
    if count_small_files(lake, max_bytes=STEP_BYTES) <= plan.compact_files:
        return 0
    end_s = monotonic() + MERGING_S
    # Busy: after the next run.
    with contextlib.suppress(LakeBusyError), lake.writing(is_unlocked=is_unlocked):
        return merge_some(lake, may_go_on=lambda: monotonic() < end_s and not _is_asked())
    return 0


def _is_asked() -> bool:
    return process_wide(StopRequest).is_asked()


def _first_due(lake: Lake, options: IngestOptions, kept: KeptLists) -> tuple[datetime | None, int]:
    """When the first address is due, and how many there are."""
    try:
        known = read_web_history(lake.snapshot(), now=datetime.now(UTC)).addresses
        own = options.web.sources
        given = read_arguments(options.sources, options=own, kept=kept).sources
    except (LakeError, UsageError, OSError):
        return None, 0  # The next run meets the same fault, and reports it.
    states = [source.state for source in with_history(given, known, options=options.web.sources)]
    due = [state.next_due for state in states if state and not state.is_stopped]
    return min((moment for moment in due if moment is not None), default=None), len(states)
