"""Whether this machine's clock can be right, by what the lake and the documents say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.run_ids import chunk_began_at
from feedlake.pipeline.options.failures import CommandError
from feedlake.transforms.normalize.date_bounds import is_ahead
from feedlake.transforms.records.chunk_result import DatedSource

MIN_AHEAD = 3
"""Documents that must lie ahead of the clock before it is doubted: one or two may be a slip of
their authors."""


class ClockError(CommandError):
    """The clock can hardly be right: nothing was published (exit code 1)."""


def check_clock(lake: Lake, *, now: datetime) -> None:
    """Raises ClockError if the clock is before the last run that was published.

    Clocks of several machines may differ by an hour.

    Args:
        lake: The lake.
        now: What the clock shows, UTC.

    Raises:
        LakeError: The journal is damaged.
    """
    last_at = _last_run_at(lake)
    if last_at is not None and is_ahead(last_at, now=now):
        raise ClockError(
            f"this machine's clock shows {_shown(now)}, but the last run of {lake.path} began at "
            f"{_shown(last_at)}; set the clock or, if that run's was wrong, give --accept-clock"
        )


def check_documents(
    dated_sources: Iterable[DatedSource], *, now: datetime, timely: Collection[str]
) -> None:
    """Raises ClockError if most of what a chunk has read lies ahead of the clock.

    A source lies ahead if most of its documents do that have a date. No single source can stop a
    run for long: those that the lake knows, and that were on time when they were polled last, speak
    for the clock, whether this chunk asks them or not.

    Args:
        dated_sources: What the rows say that the chunk has written.
        now: What the clock showed when the chunk began, UTC.
        timely: Sources that are known to be on time by this clock.
    """
    ahead, dated = Counter[str](), Counter[str]()
    for one in dated_sources:
        dated[one.source] += one.rows
        ahead[one.source] += one.ahead
    doubting = {source for source, count in ahead.items() if 2 * count > dated[source]}
    doubting -= set(timely)
    trusting = (dated.keys() | set(timely)) - doubting
    if len(doubting) > len(trusting) and sum(ahead.values()) >= MIN_AHEAD:
        raise ClockError(
            f"this machine's clock shows {_shown(now)}, but {sum(ahead.values()):,} "
            f"of the {sum(dated.values()):,} documents with a date are of a later time; "
            "set the clock or, if the documents are wrong, give --accept-clock"
        )


def _last_run_at(lake: Lake) -> datetime | None:
    """When the run began that was published last, by its own clock; None without any."""
    runs = lake.state().runs
    newest_first = sorted(runs, key=lambda run: runs[run], reverse=True)
    return next(filter(None, map(chunk_began_at, newest_first)), None)


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
