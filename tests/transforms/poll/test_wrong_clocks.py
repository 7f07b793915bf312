"""What a wrong clock has written keeps no feed waiting, and no article without its date."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from polls import DAY, FAILED, NEWS, NOON, NOT_MODIFIED, OWN, SAME, poll

from feedlake.transforms.poll.polling import conditional_headers
from feedlake.transforms.poll.wrong_clocks import came_true, first_ahead, without_future
from feedlake.transforms.records.documents import Document

ENTRY = Document(OWN, source_kind="feed", body="Text.", is_html=False, text_source="feed")


def test_what_a_clock_ahead_said_is_void_and_what_happened_has_happened():
    state = poll(None, NEWS, FAILED, now=NOON.replace(year=2040))
    later = without_future(state, now=NOON)

    assert (later.polled_at, later.next_due) == (None, None)
    assert (later.succeeded_at, later.changed_at, later.failing_since) == (NOON, NOON, NOON)
    assert (later.failures, later.polls, later.etag) == (1, 2, '"a"')
    assert without_future(state, now=NOON.replace(year=2041)) == state
    assert without_future(poll(None, NEWS), now=NOON - timedelta(minutes=59)) == poll(None, NEWS)


AHEAD = replace(NEWS, ahead_from=NOON + 10 * DAY)


def test_feed_whose_dates_lay_ahead_is_asked_for_its_body_once_they_do_not():
    state = poll(None, AHEAD)
    assert state.ahead_from == NOON + 10 * DAY
    assert poll(state, SAME, NOT_MODIFIED, FAILED).ahead_from == NOON + 10 * DAY
    assert poll(state, NEWS).ahead_from is None

    waiting = without_future(state, now=NOON + 7 * DAY)
    asked = without_future(state, now=NOON + 8 * DAY)

    assert waiting == state
    assert (asked.etag, asked.last_modified, asked.body_sha256) == (None, None, None)
    assert conditional_headers(asked, chance=0.5) == {}


@pytest.mark.parametrize(
    ("days", "is_now"), [(None, False), (9, False), (10, True), (13, True), (14, False)]
)
def test_dates_that_lay_ahead_have_come_true_if_they_are_not_too_far_ahead_now(days, is_now):
    state = poll(None, AHEAD)
    date = None if days is None else NOON + days * DAY
    entry = replace(ENTRY, published_at=date)

    assert came_true(entry, state=state, now=NOON + 11 * DAY) is is_now
    assert came_true(entry, state=poll(None, NEWS), now=NOON + 11 * DAY) is False
    assert came_true(entry, state=None, now=NOON + 11 * DAY) is False


def test_first_date_ahead_is_the_earliest_that_is_not_believed():
    dates = [NOON + 9 * DAY, NOON + 3 * DAY, NOON + 2 * DAY, NOON - DAY]

    assert first_ahead(dates, now=NOON) == NOON + 3 * DAY
    assert first_ahead(dates[2:], now=NOON) is None
