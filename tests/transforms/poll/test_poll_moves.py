"""When a feed is polled at another address, and when no more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polls import (
    DAY,
    FAILED,
    GONE,
    NEW,
    NEWS,
    NOON,
    NOT_MODIFIED,
    OWN,
    SAME,
    moved,
    poll,
)

from feedlake.transforms.poll.polling import is_due, resume
from feedlake.transforms.records.polls import Answer


@pytest.mark.parametrize("second", [SAME, NOT_MODIFIED, NEWS])
def test_second_permanent_redirect_in_a_row_moves_a_feed(second):
    once = poll(None, moved(NEWS, NEW))
    twice = poll(once, moved(second, NEW))

    assert (once.address, once.moved_to, once.moved_count) == (OWN, NEW, 1)
    assert (twice.address, twice.moved_to, twice.moved_count) == (NEW, None, 0)


@pytest.mark.parametrize(
    "between",
    [
        SAME,  # No redirect, or a temporary one.
        FAILED,
        moved(FAILED, NEW),
        GONE,
        moved(SAME, "https://example.net/other"),
        moved(SAME, OWN),
    ],
)
def test_anything_between_two_redirects_starts_anew(between):
    assert poll(None, moved(NEWS, NEW), between, moved(SAME, NEW)).address == OWN


def test_redirects_to_what_is_no_feed_never_move_it():
    assert poll(None, NEWS, *[moved(FAILED, NEW)] * 9).address == OWN


@pytest.mark.parametrize(
    "target",
    [
        OWN,
        "",
        "/feed",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://a/\n",
        "javascript:",
        "https://example.com/" + "a" * 3_000,
    ],
)
def test_loops_and_what_is_no_address_never_move_it(target):
    state = poll(None, moved(NEWS, target), moved(SAME, target), moved(SAME, target))

    assert (state.address, state.moved_to) == (OWN, None)


def test_moved_feed_can_move_on_and_home():
    state = poll(None, moved(NEWS, NEW), moved(SAME, NEW))
    state = poll(state, moved(SAME, OWN), moved(SAME, OWN))

    assert state.address == OWN


def test_address_that_fails_for_long_is_given_up_for_the_own_one():
    state = poll(None, moved(NEWS, NEW), moved(SAME, NEW))
    nine = poll(state, *[FAILED] * 9)
    ten = poll(nine, FAILED)

    assert (nine.address, nine.etag) == (NEW, '"a"')
    assert (ten.address, ten.etag, ten.failures) == (OWN, None, 10)
    assert poll(ten, *[FAILED] * 50).address == OWN


def test_gone_once_goes_on_and_gone_twice_stops():
    once = poll(None, NEWS, GONE)
    twice = poll(once, GONE)

    assert (once.gone, once.is_stopped) == (1, False)
    assert (twice.gone, twice.is_stopped) == (2, True)
    assert is_due(once, now=NOON + 400 * DAY)
    assert not is_due(twice, now=NOON + 400 * DAY)


@pytest.mark.parametrize(
    "between", [NOT_MODIFIED, SAME, NEWS, FAILED, Answer("waiting", http_status=429)]
)
def test_gone_must_come_twice_in_a_row(between):
    assert not poll(None, NEWS, GONE, between, GONE).is_stopped


def test_stopped_feed_is_asked_once_more_when_a_person_wants_it():
    stopped = poll(None, GONE, GONE)
    resumed = resume(stopped)

    assert is_due(resumed, now=NOON)
    assert poll(resumed, FAILED).is_stopped is False
    assert poll(resumed, GONE, GONE).is_stopped is True


def test_stopped_feed_that_is_polled_all_the_same_needs_a_success():
    stopped = poll(None, GONE, GONE)

    assert poll(stopped, FAILED).is_stopped
    assert poll(stopped, Answer("waiting", retry_after_s=60.0)).is_stopped
    assert not poll(stopped, NEWS).is_stopped
    assert poll(stopped, NEWS).gone == 0


def test_moved_feed_that_is_gone_falls_back_to_its_own_address():
    state = poll(None, moved(NEWS, NEW), moved(NEWS, NEW), GONE, GONE)

    assert (state.address, state.gone, state.is_stopped) == (OWN, 0, False)
    assert poll(state, GONE, GONE).is_stopped


@given(st.lists(st.sampled_from([None, NEW, "https://example.net/"]), max_size=30))
def test_feed_moves_only_on_two_equal_redirects_in_a_row(targets):
    state = poll(None, NEWS)
    for index, target in enumerate(targets):
        before, state = state, poll(state, moved(NOT_MODIFIED, target))

        if state.address != before.address:
            assert target == state.address == targets[index - 1]
        if target not in (None, before.address) and index and targets[index - 1] == target:
            assert state.address == target
