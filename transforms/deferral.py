"""Rules for pages that could not be fetched: when to try again, and when to give up."""

from __future__ import annotations

from datetime import datetime, timedelta

MIN_ATTEMPTS = 10
"""Attempts before a page is given up: story-indexer tries ten times, an hour apart."""

MIN_PATIENCE = timedelta(hours=24)
"""Time from the first attempt before a page is given up, however close the attempts were: most
servers that are down are back within a day."""

_MAX_ATTEMPTS = 100
"""Attempts after which a page is given up whatever the clock says: it may have been set back to
before the first one, and would never show a day to have passed."""

_MAX_WAIT_S = 24 * 3_600.0


def next_try(
    attempts: int, *, first_tried_at: datetime, now: datetime, min_interval_s: float
) -> datetime | None:
    """Returns when to fetch a page again that failed for a reason that may pass, None for never.

    The waits grow evenly: one interval after the first attempt, two after the second, at most a
    day. Doubling them would leave a server that is down for an hour alone for many.

    Args:
        attempts: How often the page was tried so far, this time included.
        first_tried_at: Start of the first attempt.
        now: The present.
        min_interval_s: Wait after the first attempt, above 0.
    """
    is_patient = now - first_tried_at >= MIN_PATIENCE
    if attempts >= _MAX_ATTEMPTS or (attempts >= MIN_ATTEMPTS and is_patient):
        return None
    wait_s = max(attempts, 1) * min_interval_s
    return now + timedelta(seconds=min(wait_s, _MAX_WAIT_S))
