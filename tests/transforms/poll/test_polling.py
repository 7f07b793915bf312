"""What is remembered of a feed after a poll, and when it is due again."""

from __future__ import annotations

from dataclasses import astuple, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polls import (
    DAY,
    FAILED,
    NEW,
    NEWS,
    NOON,
    NOT_MODIFIED,
    OWN,
    SAME,
    moved,
    poll,
    wait,
)

from feedlake.transforms.poll.poll_interval import PollIntervals
from feedlake.transforms.poll.polling import classify_status, conditional_headers, is_due
from feedlake.transforms.records.polls import Answer, PollHints, PollState


@pytest.mark.parametrize(
    ("status", "has_retry_after", "kind"),
    [
        (200, False, "changed"),
        (203, False, "changed"),
        (204, False, "failed"),
        (206, False, "failed"),
        (302, False, "failed"),
        (304, False, "not_modified"),
        (403, True, "failed"),
        (404, False, "failed"),
        (410, False, "gone"),
        (429, False, "waiting"),
        (429, True, "waiting"),
        (500, True, "failed"),
        (503, False, "failed"),
        (503, True, "waiting"),
    ],
)
def test_status_says_what_an_answer_is(status, has_retry_after, kind):
    found = classify_status(status, has_retry_after=has_retry_after, body_sha256=b"x", state=None)
    assert found == kind


def test_equal_body_is_the_same_feed():
    state = poll(None, NEWS)

    def classify(body_sha256):
        return classify_status(200, has_retry_after=False, body_sha256=body_sha256, state=state)

    assert (classify(b"a"), classify(b"b")) == ("same", "changed")


def test_first_poll_is_remembered():
    state = poll(None, replace(NEWS, last_modified="yesterday"))

    assert state == PollState(
        address=OWN,
        etag='"a"',
        last_modified="yesterday",
        body_sha256=b"a",
        polled_at=NOON,
        succeeded_at=NOON,
        changed_at=NOON,
        next_due=NOON + timedelta(minutes=15),
        interval_s=900,
        polls=1,
    )


def test_news_and_silence_set_the_rate():
    first = poll(None, NEWS)
    second = poll(first, NOT_MODIFIED, now=NOON + DAY)
    third = poll(second, replace(NEWS, etag='"b"'), now=NOON + 2 * DAY)

    assert first.new_per_day is None
    assert (second.new_per_day, second.changed_at) == (0, NOON)
    assert third.new_per_day == pytest.approx(1)
    assert third.changed_at == NOON + 2 * DAY


def test_another_body_without_new_entries_is_no_news():
    state = poll(None, NEWS)
    state = poll(state, replace(NEWS, body_sha256=b"b", new_entries=0), now=NOON + DAY)

    assert (state.changed_at, state.new_per_day) == (NOON, 0)
    assert state.body_sha256 == b"b"


def test_hash_is_kept_where_an_answer_has_none():
    assert poll(None, NEWS, replace(SAME, body_sha256=None)).body_sha256 == b"a"


def test_new_entries_of_a_304_are_not_believed():
    state = poll(poll(None, NEWS), replace(NOT_MODIFIED, new_entries=9), now=NOON + DAY)

    assert (state.changed_at, state.new_per_day) == (NOON, 0)


@pytest.mark.parametrize(
    "wishful",
    [
        replace(NEWS, hints=PollHints(ttl_s=7_200)),
        replace(NEWS, hints=PollHints(update_interval_s=7_200)),
        replace(NEWS, cache_control="max-age=7200"),
        replace(NEWS, expires="Wed, 04 Nov 2026 14:00:00 GMT"),
    ],
)
@pytest.mark.parametrize("chance", [0.0, 0.5, 0.99])
def test_feed_is_not_asked_before_its_own_wish(wishful, chance):
    state = poll(None, wishful, chance=chance)

    assert timedelta(hours=2) <= wait(state) <= timedelta(hours=2.2)


@pytest.mark.parametrize("answer", [SAME, NOT_MODIFIED])
def test_wishes_of_a_body_hold_until_the_next_one(answer):
    hints = PollHints(ttl_s=7_200, skip_hours=(14,), skip_days=(6,))
    state = poll(None, replace(NEWS, hints=hints), answer)

    assert state.hinted_interval_s == 7_200
    assert (state.skip_hours, state.skip_days) == (1 << 14, 1 << 6)
    assert wait(state) >= timedelta(hours=2)

    state = poll(state, replace(NEWS, body_sha256=b"b", etag='"b"'))
    assert (state.hinted_interval_s, state.skip_hours, state.skip_days) == (0, 0, 0)


def test_skipped_hours_move_the_next_poll():
    hints = PollHints(skip_hours=(12, 13))

    state = poll(None, replace(NEWS, hints=hints), chance=0.0)

    assert state.next_due == NOON + timedelta(hours=2)


def test_success_ends_failures():
    state = poll(None, NEWS, FAILED, FAILED, FAILED, NOT_MODIFIED)

    assert (state.failures, state.failing_since) == (0, None)
    assert wait(state) < timedelta(hours=1)


def test_failures_wait_evenly_longer_and_never_stop():
    state = poll(None, NEWS)
    waits = []
    for _ in range(200):
        assert state.next_due is not None
        assert is_due(state, now=state.next_due)
        state = poll(state, FAILED, now=state.next_due)
        waits.append(wait(state).total_seconds() / 3_600)

    assert waits[:6] == [1, 1, 1, 1, 1.25, 1.5]
    assert waits[-1] == 50
    assert state.failures == 200
    assert state.failing_since == NOON + timedelta(minutes=15)
    assert not state.is_stopped


@pytest.mark.parametrize("status", [None, 200, 401, 403, 404, 451, 500])
def test_failure_keeps_what_is_known(status):
    before = poll(None, replace(NEWS, hints=PollHints(ttl_s=7_200)))
    page = Answer(
        "failed", http_status=status, etag='"page"', body_sha256=b"p", cache_control="max-age=9"
    )

    state = poll(before, page, now=NOON + DAY)

    assert (state.etag, state.body_sha256) == ('"a"', b"a")
    assert (state.interval_s, state.hinted_interval_s) == (7_200, 7_200)
    assert (state.succeeded_at, state.changed_at) == (NOON, NOON)


def test_304_to_an_unconditional_poll_is_a_failure():
    assert poll(None, replace(NOT_MODIFIED, was_conditional=False)).failures == 1


@pytest.mark.parametrize("kind", ["waiting", "failed", "gone"])
@pytest.mark.parametrize(
    ("retry_after_s", "shortest"),
    [
        (7_200.0, timedelta(hours=2)),
        (315_360_000.0, timedelta(days=1)),  # Ten years.
        (0.0, timedelta(hours=1)),
        (-60.0, timedelta(hours=1)),
        (None, timedelta(hours=1)),
    ],
)
def test_retry_after_is_waited_for_up_to_a_day(kind, retry_after_s, shortest):
    for chance in (0.5, 0.99):
        state = poll(
            None, Answer(kind, http_status=429, retry_after_s=retry_after_s), chance=chance
        )

        assert shortest <= wait(state) <= shortest * 1.1
        assert state.failures == 1


def test_jitter_never_asks_before_retry_after():
    answer = Answer("waiting", http_status=429, retry_after_s=9_000.0)
    assert wait(poll(None, answer, chance=0.0)) >= timedelta(seconds=9_000)


def test_feeds_that_are_told_the_same_time_do_not_come_back_at_once():
    waits = {
        wait(
            poll(
                None, Answer("waiting", http_status=429, retry_after_s=9_000.0), chance=chance / 10
            )
        )
        for chance in range(10)
    }

    assert len(waits) == 10


def test_jitter_never_waits_longer_than_the_longest_wait():
    state = replace(poll(None, NEWS), failures=9_999)

    assert wait(poll(state, FAILED, chance=0.99)) == timedelta(days=30)


def test_feed_that_was_not_asked_has_not_failed():
    before = poll(None, NEWS, FAILED)
    waiting = Answer("waiting", retry_after_s=5_000.0)

    state = poll(before, waiting, now=NOON + DAY)

    assert replace(state, polled_at=None, next_due=None) == replace(
        before, polled_at=None, next_due=None
    )
    assert timedelta(seconds=5_000) <= wait(state) <= timedelta(seconds=5_500)
    assert not is_due(poll(None, waiting), now=NOON)


def test_a_busy_server_does_not_make_a_moved_feed_fall_back():
    state = poll(None, moved(NEWS, NEW), moved(NOT_MODIFIED, NEW))
    state = poll(state, *[Answer("waiting", http_status=429)] * 30)

    assert state.address == NEW


def test_feed_is_due_when_never_polled_or_when_its_time_has_come():
    state = poll(None, NEWS)

    assert is_due(None, now=NOON)
    assert is_due(PollState(OWN), now=NOON)
    assert not is_due(state, now=NOON + timedelta(minutes=14))
    assert is_due(state, now=NOON + timedelta(minutes=15))


def test_state_from_the_future_does_not_keep_a_feed_waiting():
    state = poll(None, NEWS, now=NOON.replace(year=2040))

    assert is_due(state, now=NOON)
    assert poll(state, NOT_MODIFIED, now=NOON).next_due == NOON + timedelta(minutes=15)


def test_clocks_that_differ_by_minutes_change_nothing():
    state = poll(None, NEWS, now=NOON)

    assert not is_due(state, now=NOON - timedelta(minutes=5))


def test_options_of_the_operator_hold():
    options = PollIntervals(min_interval_s=60, max_interval_s=120, backoff_s=30, max_backoff_s=240)
    state = poll(None, NEWS, SAME, SAME, SAME, SAME, options=options)
    assert wait(state) == timedelta(seconds=120)

    assert wait(poll(state, FAILED, options=options)) == timedelta(seconds=120)
    assert wait(poll(state, *[FAILED] * 9, options=options)) == timedelta(seconds=240)


texts = (
    st.none() | st.sampled_from(['"a"', 'W/"a"', '"b"', "0", "max-age=600", "86400"]) | st.text()
)
answers = st.builds(
    Answer,
    kind=st.sampled_from(["changed", "same", "not_modified", "failed", "gone", "waiting"]),
    http_status=st.none() | st.sampled_from([200, 304, 404, 410, 429, 503]),
    etag=texts,
    last_modified=texts,
    body_sha256=st.none() | st.sampled_from([b"a", b"b"]),
    cache_control=texts,
    expires=texts,
    date=texts,
    retry_after_s=st.none() | st.floats(allow_nan=False),
    permanent_target=st.none() | st.sampled_from([OWN, NEW, "x", "https://example.net/"]),
    hints=st.builds(
        PollHints,
        ttl_s=st.none() | st.floats(),
        update_interval_s=st.none() | st.floats(),
        skip_hours=st.lists(st.integers(-1, 25), max_size=30).map(tuple),
        skip_days=st.lists(st.integers(-1, 8), max_size=9).map(tuple),
    ),
    entries=st.integers(0, 100),
    new_entries=st.integers(-1, 100),
    was_conditional=st.booleans(),
)
chances = st.floats(0, 1, exclude_max=True)
steps = st.lists(
    st.tuples(answers, st.timedeltas(-400 * DAY, 400 * DAY), chances), min_size=1, max_size=20
)


@settings(deadline=None)
@given(steps)
def test_no_course_of_answers_and_clocks_breaks_the_rules(steps):
    state, now = None, NOON
    for answer, passed, chance in steps:
        now = now + passed
        before, state = state, poll(state, answer, now=now, chance=chance)

        assert poll(before, answer, now=now, chance=chance) == state
        assert all(
            value is None or type(value) in (str, int, float, bool, bytes, datetime)
            for value in astuple(state)
        )
        assert state.next_due is not None
        assert now < state.next_due <= now + 33 * DAY + timedelta(seconds=600)
        if state.failures == 0 and not (state.skip_hours or state.skip_days):
            waited = (state.next_due - now).total_seconds()
            assert 900 * 0.9 <= waited <= 86_400 * 1.1
        assert state.interval_s == 0 or 900 <= state.interval_s <= 86_400
        assert state.is_stopped == (state.gone >= 2)
        assert (state.failures == 0) == (state.failing_since is None)
        assert (state.moved_to is None) == (state.moved_count == 0)
        assert not (state.has_doubtful_validators and state.has_lying_validators)
        assert is_due(state, now=state.next_due) is not state.is_stopped
        for value in conditional_headers(state, chance=chance).values():
            assert value.isprintable()


@given(
    st.lists(st.sampled_from([FAILED, Answer("waiting", http_status=429)]), max_size=60), chances
)
def test_failures_never_stop_a_feed(failures, chance):
    state = poll(poll(None, NEWS), *failures, chance=chance)

    assert not state.is_stopped
    assert is_due(state, now=NOON + 4_000 * DAY)


def test_body_that_is_the_same_leaves_the_date_of_its_newest_entry():
    state = poll(None, replace(NEWS, newest_entry_at=NOON - DAY))

    assert poll(state, SAME).newest_entry_at == NOON - DAY
    assert poll(state, NOT_MODIFIED).newest_entry_at == NOON - DAY
    assert poll(state, NEWS).newest_entry_at is None
