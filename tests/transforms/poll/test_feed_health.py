"""How a feed is doing, and whether a person should look at it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polls import DAY, FAILED, GONE, NEW, NEWS, NOON, NOT_MODIFIED, OWN, moved, poll

from feedlake.transforms.poll.feed_health import (
    FeedFacts,
    FeedHealth,
    FeedOutcome,
    judge_feed,
    needs_a_look,
)
from feedlake.transforms.records.polls import Answer, PollState

ANSWERS = PollState(
    OWN,
    polled_at=NOON,
    succeeded_at=NOON,
    changed_at=NOON,
    next_due=NOON + timedelta(minutes=15),
    interval_s=900,
    new_per_day=3,
    observed_s=7 * 86_400,
    polls=500,
)
FAILS = replace(ANSWERS, failures=5, failing_since=NOON - DAY, succeeded_at=NOON - 2 * DAY)


def news(*days_ago: int, new: int = 3) -> tuple[tuple[date, int], ...]:
    return tuple(((NOON - days * DAY).date(), new) for days in sorted(days_ago, reverse=True))


def judge(
    state: PollState | None, *days_ago: int, now: datetime = NOON, **more: object
) -> FeedHealth:
    return judge_feed(FeedFacts(OWN, state=state, new_by_day=news(*days_ago), **more), now=now)


def last_news(days: float) -> PollState:
    return replace(ANSWERS, changed_at=NOON - days * DAY)


@pytest.mark.parametrize(
    ("health", "expected"),
    [
        (judge(None), ("new", "Not polled yet.")),
        (judge(PollState(OWN)), ("new", "Not polled yet.")),
        (
            judge(ANSWERS, *range(30)),
            ("ok", "Last news on 2026-11-04; it usually has news every day."),
        ),
        (
            judge(replace(ANSWERS, failures=2), *range(30), error="timeout"),
            (
                "ok",
                "Last news on 2026-11-04; it usually has news every day. "
                "The last poll failed (timeout).",
            ),
        ),
        (
            judge(ANSWERS, 0, 3),
            ("new", "Last news on 2026-11-04; it's too early to say what is usual."),
        ),
        (
            judge(replace(ANSWERS, changed_at=None, observed_s=900)),
            ("new", "It answers, but hasn't had an entry yet."),
        ),
        (
            judge(replace(ANSWERS, changed_at=None)),
            ("silent", "It answers, but has never had an entry."),
        ),
        (
            judge(last_news(5.5), *range(6, 36)),
            ("silent", "It answers, but has had nothing new for 5.5 days; its usual gap is 1 day."),
        ),
        (
            judge(last_news(41)),
            ("silent", "It answers, but has had nothing new for 41 days."),
        ),
        (
            judge(replace(ANSWERS, address=NEW), *range(30)),
            ("moved", f"It has moved for good to {NEW}. Last news on 2026-11-04."),
        ),
        (
            judge(FAILS, *range(30), http_status=404),
            (
                "failing",
                "Polls failed 5 times in a row (status 404) since 2026-11-03 12:00 UTC; "
                "it last answered on 2026-11-02 12:00 UTC.",
            ),
        ),
        (
            judge(replace(FAILS, succeeded_at=None, failures=1), error="timeout."),
            (
                "never",
                "It has never answered with a feed; polls failed once (timeout).",
            ),
        ),
        (
            judge(FAILS, http_status=403),
            (
                "blocked",
                "It didn't let feedlake in 5 times in a row (status 403); "
                "it last answered on 2026-11-02 12:00 UTC.",
            ),
        ),
        (
            judge(replace(FAILS, succeeded_at=None), error="robots.txt", is_kept_out=True),
            (
                "blocked",
                "It didn't let feedlake in 5 times in a row (robots.txt); "
                "it has never answered with a feed.",
            ),
        ),
        (
            judge(replace(FAILS, gone=1), http_status=410),
            ("gone", "It answered 410 (gone); if it does that again, feedlake stops polling it."),
        ),
        (
            judge(replace(FAILS, gone=2, is_stopped=True), http_status=410),
            (
                "stopped",
                "It answered 410 (gone) 2 times in a row, so feedlake polls it no more until "
                "you give its address to ingest.",
            ),
        ),
    ],
)
def test_verdict_is_one_word_and_what_a_person_should_know(health, expected):
    assert (health.word, health.sentence) == expected


@pytest.mark.parametrize(
    ("word", "is_needed"),
    [
        ("ok", False),
        ("new", False),
        ("moved", False),
        ("silent", True),
        ("failing", True),
        ("blocked", True),
        ("never", True),
        ("gone", True),
        ("stopped", True),
    ],
)
def test_a_look_is_needed_where_nothing_comes(word, is_needed):
    assert needs_a_look(FeedHealth(word, "")) is is_needed


@pytest.mark.parametrize(
    ("days_ago", "quiet_days", "word"),
    [
        (range(1, 31), 2.9, "ok"),  # Daily: three days at the least, then four times a day.
        (range(1, 31), 3.9, "ok"),
        (range(1, 31), 4.1, "silent"),
        (range(2, 40, 7), 27, "ok"),  # Weekly.
        (range(2, 40, 7), 29, "silent"),
        (range(9, 40, 10), 30, "ok"),  # Every ten days: a month at the most.
        (range(9, 40, 10), 31, "silent"),
        ((15, 16, 17, 18, 19, 39), 14, "ok"),  # A burst, and one entry before it.
        ((20, 27, 34, *range(52, 61)), 20, "ok"),  # It was daily two months ago, is weekly now.
        ((5, 35), 29, "new"),
        ((5, 35), 31, "silent"),
        ((), 31, "silent"),
        ((), 29, "new"),
    ],
)
def test_silent_is_what_is_quiet_for_much_longer_than_usual(days_ago, quiet_days, word):
    assert judge(last_news(quiet_days), *days_ago).word == word


def test_weekends_are_no_silence():
    monday = datetime(2026, 11, 2, 9, tzinfo=UTC)
    friday = monday - timedelta(days=3)
    days = [monday - n * DAY for n in range(3, 40)]
    history = tuple((day.date(), 5) for day in days if day.weekday() < 5)
    state = replace(ANSWERS, succeeded_at=monday, changed_at=friday)

    assert judge_feed(FeedFacts(OWN, state=state, new_by_day=history), now=monday).word == "ok"


def test_a_daily_feed_that_falls_silent_stays_silent():
    for quiet in range(5, 400):
        in_history = [days for days in range(quiet, quiet + 30) if days <= 60]
        assert judge(last_news(quiet), *in_history).word == "silent", quiet


def test_days_without_news_are_no_days_with_news():
    history = news(*range(30), new=0)

    assert (
        judge_feed(FeedFacts(OWN, state=last_news(31), new_by_day=history), now=NOON).word
        == "silent"
    )


def test_silence_is_counted_up_to_the_last_answer():
    """A feed that nobody polled was not silent."""
    state = replace(ANSWERS, next_due=NOON + DAY)

    health = judge(state, *range(30), now=NOON + 20 * DAY)

    assert health == FeedHealth(
        "ok",
        "Last news on 2026-11-04; it usually has news every day. "
        "It should have been polled on 2026-11-05: do runs still include it?",
    )


def test_failures_go_before_silence_and_moves():
    state = replace(FAILS, address=NEW, changed_at=NOON - 50 * DAY)

    assert judge(state).word == "failing"
    assert judge(replace(state, failures=0)).word == "silent"


def test_dates_from_a_clock_that_was_wrong_do_not_hide_silence():
    state = replace(ANSWERS, changed_at=NOON + 4_000 * DAY)

    assert judge(state, *range(10, 40), -4_000).word == "silent"


@pytest.mark.parametrize(
    ("answers", "word"),
    [
        ([], "new"),
        ([Answer("waiting", retry_after_s=60.0)], "new"),
        ([FAILED], "never"),
        ([NEWS], "new"),
        ([NEWS, FAILED, FAILED], "new"),
        ([NEWS, FAILED, FAILED, FAILED], "failing"),
        ([NEWS, FAILED, FAILED, FAILED, NOT_MODIFIED], "new"),
        ([GONE], "gone"),
        ([NEWS, GONE, GONE], "stopped"),
        ([NEWS, GONE, GONE, NEWS], "new"),
        ([moved(NEWS, NEW), moved(NEWS, NEW)], "moved"),
        ([moved(NEWS, NEW), moved(NEWS, NEW), GONE, GONE], "new"),
    ],
)
def test_verdict_follows_the_polls(answers, word):
    state = poll(None, *answers) if answers else None
    now = state.polled_at if state and state.polled_at else NOON

    assert judge_feed(FeedFacts(OWN, state=state), now=now).word == word


moments = st.none() | st.datetimes(
    datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)
)


@given(
    st.builds(
        PollState,
        address=st.sampled_from([OWN, NEW]),
        polled_at=moments,
        succeeded_at=moments,
        changed_at=moments,
        next_due=moments,
        failures=st.integers(0, 99),
        failing_since=moments,
        gone=st.integers(0, 3),
        is_stopped=st.booleans(),
        observed_s=st.floats(0, 1e9),
        polls=st.integers(0, 99),
    ),
    st.lists(st.tuples(st.dates(), st.integers(-1, 9))),
    st.none() | st.sampled_from([200, 403, 404]),
)
def test_every_feed_gets_a_verdict_in_whole_sentences(state, history, status):
    facts = FeedFacts(OWN, state=state, http_status=status, new_by_day=history)

    health = judge_feed(facts, now=NOON)

    assert health == judge_feed(replace(facts, new_by_day=history[::-1]), now=NOON)
    assert health.sentence[0].isupper()
    assert health.sentence[-1] in ".?"
    assert "None" not in health.sentence


def lost(kept: int = 0, *, polls: int = 5, entries: int = 15, **reasons: int) -> FeedOutcome:
    return FeedOutcome(kept, lost=reasons, polls=polls, entries=entries)


ONCE = replace(FAILS, failures=1)


@pytest.mark.parametrize(
    ("health", "expected"),
    [
        (
            judge(ANSWERS, 0, outcome=lost(login_wall=15)),
            ("barren", "15 entries in 5 polls, 0 articles; login_wall 15."),
        ),
        (
            judge(ANSWERS, 0, outcome=lost(a=9, b=3, c=2, d=1, polls=1, entries=15), marks=15),
            ("barren", "15 entries in 1 poll, 0 articles; a 9, b 3, c 2, \u2026."),
        ),
        (
            judge(ANSWERS, 0, outcome=lost(polls=3, entries=1, robots_txt=1)),
            ("barren", "1 entry in 3 polls, 0 articles; robots_txt 1."),
        ),
        (
            judge(ANSWERS, 0, outcome=lost(40, polls=2, entries=10, paywall=10)),
            (
                "barren",
                "10 entries in 2 polls since its last article, 0 articles; paywall 10.",
            ),
        ),
        (
            judge(ANSWERS, cut_off=2),
            (
                "truncated",
                "It was cut off 2 times in a row; feedlake read what came before the cut.",
            ),
        ),
        (
            judge(ANSWERS, has_no_entries=True),
            ("empty", "It answers, but holds no entry any more; the last: 2026-11-04."),
        ),
        (
            judge(ONCE, has_no_entries=True, error="the body is empty"),
            (
                "empty",
                "It answers with nothing at all, once; it last answered on 2026-11-02 12:00 UTC.",
            ),
        ),
        (
            judge(ONCE, is_not_a_feed=True, error="a web page where a feed should be"),
            (
                "not_a_feed",
                "It answers, but not with a feed, once (a web page where a feed should be); it "
                "last answered on 2026-11-02 12:00 UTC.",
            ),
        ),
        (
            judge(replace(ANSWERS, overflowed_at=NOON, interval_s=2_700.0), missed_entries=27),
            (
                "overflowing",
                "All its entries were new, so others had come and gone: at least 27 entries missed "
                "in the last week. feedlake asks every 45 minutes now.",
            ),
        ),
    ],
)
def test_feeds_that_answer_and_give_nothing_have_their_word(health, expected):
    assert (health.word, health.sentence) == expected
    assert needs_a_look(health)


@pytest.mark.parametrize(
    "facts",
    [
        {"outcome": lost(kept=9, entries=20, too_short=9)},  # Nine rejects in a row are chance.
        {"outcome": lost(entries=2, polls=2, robots_txt=2)},
        {"outcome": lost(entries=100, robots_txt=40), "marks": 100},  # Others give the rest.
        {"outcome": lost(entries=30, polls=30)},
        {"cut_off": 1},
        {"marks": 15},
    ],
)
def test_feeds_of_which_something_comes_are_well(facts):
    assert judge(ANSWERS, *range(30), **facts).word == "ok"


def test_first_poll_that_is_cut_off_is_told():
    first = replace(ANSWERS, polls=1)
    assert judge(first, cut_off=1).word == "truncated"
    assert judge(replace(ONCE, succeeded_at=None), cut_off=1).word == "truncated"


def test_feed_that_never_had_an_entry_has_not_lost_them():
    young = replace(ANSWERS, changed_at=None, observed_s=900)
    assert judge(young, has_no_entries=True).word == "new"


def test_overflow_of_an_earlier_poll_is_past():
    assert judge(replace(ANSWERS, overflowed_at=NOON - DAY), *range(30)).word == "ok"
