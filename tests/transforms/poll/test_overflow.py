"""How many entries a feed has dropped unseen, and how soon it is asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from polls import NEWS, NOON, NOT_MODIFIED, OPTIONS, poll, wait

from feedlake.transforms.poll.overflow import count_missed, newest_date
from feedlake.transforms.records.polls import PollHints

HOUR = timedelta(hours=1)


def hours(*numbers: float) -> list[datetime]:
    return [NOON + number * HOUR for number in numbers]


@pytest.mark.parametrize(
    ("dates", "entries", "newest_before", "missed"),
    [
        (hours(11, 12, 13), 3, NOON, 10),
        (hours(13, 11, 12), 3, NOON, 10),
        (hours(11, 11.5, 13.5), 3, NOON, 4),  # The widest gap counts: at the least.
        (hours(1, 2, 3), 3, NOON, 1),
        (hours(5, 5, 5), 3, NOON, 1),
        (hours(-9, 11, 12, 13), 4, NOON, 10),  # One is an old story under a new name.
        ([], 3, NOON, 1),
        (hours(11, 12, 13), 3, None, 1),
        (hours(11, 12), 2, NOON, 0),  # Two entries may be all that it ever shows.
        (hours(-3, -2, -1), 3, NOON, 0),  # The same stories under new names.
        (hours(-3, -2, 1, 2), 4, NOON, 0),
    ],
)
def test_entries_that_fit_into_the_gap_were_missed(dates, entries, newest_before, missed):
    assert count_missed(dates, entries=entries, newest_before=newest_before) == missed


def test_entries_of_the_future_are_not_the_newest():
    assert newest_date(hours(-2, -1, 48), now=NOON) == NOON - HOUR
    assert newest_date([], now=NOON) is None


FULL = replace(NEWS, entries=10, new_entries=10, missed_entries=5, hints=PollHints(ttl_s=86_400.0))


def test_wait_halves_until_nothing_is_missed_whatever_ttl_says():
    state = poll(None, replace(FULL, missed_entries=0))
    waits = [wait(state)]
    for _ in range(4):
        assert state.next_due is not None
        state = poll(state, FULL, now=state.next_due)
        waits.append(wait(state))
    assert waits[0] == timedelta(hours=24)
    for before, after in pairwise(waits):
        assert after <= max(before / 2, timedelta(minutes=15))
    assert state.overflowed_at == state.succeeded_at


def test_ttl_counts_again_only_as_far_as_half_of_the_feed_stays():
    state = poll(None, replace(FULL, missed_entries=0), FULL, FULL, FULL)
    overflows, waits = [], []
    for number in range(60):
        assert state.next_due is not None
        assert state.polled_at is not None
        # 240 entries a day: ten of them, all that the feed holds, in an hour.
        new = min(round((state.next_due - state.polled_at) / HOUR * 10), 10)
        missed = 1 if new == 10 else 0
        answer = replace(FULL, new_entries=new, missed_entries=missed)
        overflows += [number] * missed
        state = poll(state, answer, now=state.next_due)
        waits.append(wait(state))
    assert overflows == [0, 1]  # After waits of three hours, and of one and a half.
    assert timedelta(minutes=25) <= max(waits[-10:]) <= timedelta(minutes=35)
    assert min(waits[-10:]) >= timedelta(minutes=20)


def test_a_month_after_it_overflowed_ttl_counts_as_ever():
    state = poll(None, replace(FULL, missed_entries=0), FULL)
    quiet = replace(FULL, new_entries=1, missed_entries=0)
    assert wait(poll(state, quiet, now=NOON + timedelta(days=3))) < timedelta(hours=24)
    assert wait(poll(state, quiet, now=NOON + timedelta(days=40))) == timedelta(hours=24)


def test_feed_that_has_not_changed_no_longer_overflows():
    state = poll(None, replace(FULL, missed_entries=0), FULL, NOT_MODIFIED)
    assert state.overflowed_at != state.succeeded_at


def test_longest_wait_of_a_source_goes_before_what_the_feed_asks_for():
    options = replace(OPTIONS, min_interval_s=60.0, max_interval_s=3_600.0)
    answer = replace(FULL, missed_entries=0, cache_control="max-age=7200")
    assert wait(poll(None, answer, options=options)) == timedelta(hours=1)


def test_newest_entry_is_remembered_over_answers_without_a_body():
    newest = datetime(2026, 11, 4, 11, tzinfo=UTC)
    state = poll(None, replace(NEWS, newest_entry_at=newest), NOT_MODIFIED)
    assert state.newest_entry_at == newest
