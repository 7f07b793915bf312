"""When a page that could not be fetched is tried again, and when it is given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.fetch.fetched_page import MIN_ATTEMPTS, MIN_PATIENCE, next_try

NOON = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("attempts", "since", "wait"),
    [
        (1, minutes(0), minutes(15)),
        (2, minutes(15), minutes(30)),
        (9, minutes(540), minutes(135)),
        (10, timedelta(hours=23), minutes(150)),
        (9, timedelta(days=30), minutes(135)),
        (0, minutes(0), minutes(15)),
        (99, minutes(60), timedelta(hours=24)),
        (10, timedelta(days=-3650), minutes(150)),
        (10, timedelta(hours=24), None),
        (11, timedelta(days=9), None),
        (100, timedelta(days=-3650), None),
    ],
)
def test_waits_grow_evenly_until_ten_attempts_and_a_day_have_passed(attempts, since, wait):
    due = next_try(attempts, first_tried_at=NOON - since, now=NOON, min_interval_s=900)

    assert due == (None if wait is None else NOON + wait)


@given(st.floats(1, 10 * 86_400), st.integers(0, 86_400))
def test_page_that_keeps_failing_is_tried_ten_times_and_for_a_day_then_given_up(interval_s, late_s):
    now, attempts = NOON, 1
    while True:
        due = next_try(attempts, first_tried_at=NOON, now=now, min_interval_s=interval_s)
        if due is None:
            break
        assert now < due <= now + timedelta(hours=24)
        now, attempts = due + timedelta(seconds=late_s), attempts + 1

    assert MIN_ATTEMPTS <= attempts <= 100
    assert attempts == 100 or now - NOON >= MIN_PATIENCE
