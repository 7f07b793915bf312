"""Rules for a feed that drops entries before they are seen: how many, at the least."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

MIN_ENTRIES = 3
"""Entries from which on a feed can overflow: one that always shows a single entry, the quotation of
the day, is meant to be so."""


def count_missed(dates: Sequence[datetime], *, entries: int, newest_before: datetime | None) -> int:
    """Returns how many entries came and went between two polls that share none, at the least.

    As many as fit between the newest entry of the last poll and the oldest of this one, if none of
    them came faster than the slowest of this poll. If most entries are older than what was there
    before, the feed has only given them other names, and nothing was missed.

    Args:
        dates: When the entries of this poll were published, as far as they say.
        entries: How many they are.
        newest_before: Latest of these dates at the last poll; None if there was none.
    """
    if entries < MIN_ENTRIES:
        return 0
    if newest_before is None or not dates:
        return 1
    later = sorted(date for date in dates if date > newest_before)
    if len(later) * 2 <= len(dates):
        return 0
    gaps = [(after - before).total_seconds() for before, after in pairwise(later)]
    widest_s = max(gaps, default=0.0)
    if widest_s <= 0:
        return 1
    return max(1, int((later[0] - newest_before).total_seconds() / widest_s) - 1)


def newest_date(dates: Sequence[datetime], *, now: datetime) -> datetime | None:
    """Returns the latest of the dates, None if there is none; none that has yet to come counts.

    Args:
        dates: Of publication.
        now: The time, UTC.
    """
    return max((date for date in dates if date <= now), default=None)
