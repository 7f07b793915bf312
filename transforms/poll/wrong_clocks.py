"""What a clock that was wrong leaves behind: states of a time to come, and dates not believed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from feedlake.transforms.normalize.date_bounds import FUTURE_TOLERANCE, is_ahead
from feedlake.transforms.records.documents import Document, Rejection
from feedlake.transforms.records.polls import PollState


def without_future(state: PollState, *, now: datetime) -> PollState:
    """Returns a state without what a clock said in it that was ahead: a feed must not wait for the
    year 2040.

    What happened at a time to come happened at some time up to now. When to poll again is void, and
    so is when entries were missed. If dates of its entries lay ahead of a clock then, and no longer
    do, it is asked for its body, even if that has not changed: see `came_true`.

    Args:
        state: As it was written.
        now: The present, UTC.
    """
    if state.polled_at is not None and is_ahead(state.polled_at, now=now):
        state = replace(state, polled_at=None, next_due=None)
    if state.overflowed_at is not None and is_ahead(state.overflowed_at, now=now):
        state = replace(state, overflowed_at=None)
    if state.ahead_from is not None and state.ahead_from <= now + FUTURE_TOLERANCE:
        state = replace(state, etag=None, last_modified=None, body_sha256=None)
    return replace(
        state,
        succeeded_at=_up_to(now, state.succeeded_at),
        changed_at=_up_to(now, state.changed_at),
        failing_since=_up_to(now, state.failing_since),
    )


def first_ahead(dates: Iterable[datetime], *, now: datetime) -> datetime | None:
    """Returns the earliest date that lies too far ahead to be believed; None if none does.

    Args:
        dates: Of publication, of a feed's entries.
        now: The present, UTC.
    """
    return min((date for date in dates if date > now + FUTURE_TOLERANCE), default=None)


def came_true(entry: Document | Rejection, *, state: PollState | None, now: datetime) -> bool:
    """Returns whether an entry's date was not believed when its feed was read last, and is now.

    The date was given wrong, or the clock was: then the article has no date, until the entry is
    read again.

    Args:
        entry: The entry.
        state: What is remembered of the feed; None before the first poll.
        now: The present, UTC.
    """
    date = entry.published_at if isinstance(entry, Document) else None
    ahead_from = state.ahead_from if state else None
    if date is None or ahead_from is None:
        return False
    return ahead_from <= date <= now + FUTURE_TOLERANCE


def _up_to(now: datetime, moment: datetime | None) -> datetime | None:
    return now if moment is not None and is_ahead(moment, now=now) else moment
