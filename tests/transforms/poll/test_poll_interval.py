"""How long to wait before a feed is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.poll.poll_interval import (
    PollIntervals,
    avoid_skipped,
    failure_wait_s,
    header_interval_s,
    hinted_interval_s,
    spread,
    to_mask,
    update_rate,
    usual_interval_s,
)
from feedlake.transforms.records.polls import PollHints

NOON = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)  # A Wednesday.
HOUR_S = 3_600.0
DAY_S = 86_400.0
OPTIONS = PollIntervals()

moments = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
chances = st.floats(0, 1, exclude_max=True)


def freshness(
    cache_control: str | None = None, expires: str | None = None, date: str | None = None
) -> float:
    return header_interval_s(
        cache_control=cache_control, expires=expires, date=date, now=NOON, longest_s=DAY_S
    )


def interval(previous_s: float, rate: float | None, new: int, of: int = 20, wish: float = 0):
    return usual_interval_s(
        previous_s,
        new_per_day=rate,
        new_entries=new,
        entries=of,
        wish_s=wish,
        options=OPTIONS,
    )


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("max-age=3600", 3600),
        ("Max-Age=3600", 3600),
        ("public, max-age=300, must-revalidate", 300),
        ("max-age=300,s-maxage=7200", 300),
        ("s-maxage=7200, max-age=300", 300),
        ("s-maxage=7200", 7200),
        ("s-maxage=7200, max-age=0", 0),
        ("max-age=60, max-age=7200", 60),
        ('max-age="600"', 600),
        ("max-age = 600", 600),
        ("max-age=600;public", 600),
        ("private max-age=600", 600),
        ("max-age=0600", 600),
        ("no-store", 0),
        ("no-cache, max-age=0", 0),
        ("max-age=-1", 0),
        ("max-age=1e9", 0),
        ("max-age=", 0),
        ("max-age=ten", 0),
        ("max-age=٣٠٠", 0),
        ("xmax-age=600", 0),
        ("stale-max-age=600", 0),
        ("max-age=31536000", DAY_S),
        ("max-age=99999999999999999999", DAY_S),
        ("max-age=" + "9" * 5_000, DAY_S),
    ],
)
def test_cache_control_tells_how_long_an_answer_is_fresh(value, seconds):
    assert freshness(value) == seconds


@pytest.mark.parametrize(
    ("expires", "date", "seconds"),
    [
        ("Wed, 04 Nov 2026 13:00:00 GMT", None, HOUR_S),
        ("Wednesday, 04-Nov-26 13:00:00 GMT", None, HOUR_S),
        ("Wed Nov  4 13:00:00 2026", None, HOUR_S),
        ("Wed, 04 Nov 2026 13:00:00 -0000", None, HOUR_S),
        ("Wed, 04 Nov 2026 13:00:00 GMT", "Wed, 04 Nov 2026 12:50:00 GMT", 600),
        ("Wed, 04 Nov 2026 13:00:00 GMT", "yesterday", HOUR_S),
        ("Wed, 04 Nov 2026 11:00:00 GMT", None, 0),
        ("Thu, 19 Nov 1981 08:52:00 GMT", "Wed, 04 Nov 2026 12:50:00 GMT", 0),
        ("0", None, 0),
        ("-1", None, 0),
        ("", None, 0),
        ("3600", None, 0),
        ("never", None, 0),
        ("Wed, 99 Nov 2026 13:00:00 GMT", None, 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None, DAY_S),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None, 0),
        ("Mon, 01 Jan 0001 00:00:00 +2300", None, 0),
        ("Wed, 04 Nov 99999999999999999999 13:00:00 GMT", None, 0),
        ("Wed, 04 Nov 2026 13:00:00 GMT" + " " * 10_000, None, 0),
    ],
)
def test_expires_counts_from_the_servers_own_clock(expires, date, seconds):
    assert freshness(None, expires, date) == seconds


def test_max_age_goes_before_expires():
    later = "Wed, 04 Nov 2026 18:00:00 GMT"

    assert freshness("max-age=60", later) == 60
    assert freshness("max-age=0", later) == 0
    assert freshness("public", later) == 6 * HOUR_S


@given(st.text(), st.text(), st.text(), moments)
def test_no_header_breaks_the_rule(cache_control, expires, date, now):
    seconds = header_interval_s(
        cache_control=cache_control, expires=expires, date=date, now=now, longest_s=DAY_S
    )

    assert 0 <= seconds <= DAY_S


@pytest.mark.parametrize(
    ("hints", "seconds"),
    [
        (PollHints(), 0),
        (PollHints(ttl_s=HOUR_S), HOUR_S),
        (PollHints(update_interval_s=HOUR_S), HOUR_S),
        (PollHints(ttl_s=600, update_interval_s=HOUR_S), HOUR_S),
        (PollHints(ttl_s=-600), 0),
        (PollHints(ttl_s=nan, update_interval_s=600), 600),
        (PollHints(ttl_s=inf), DAY_S),
        (PollHints(ttl_s=10 * DAY_S), DAY_S),
    ],
)
def test_a_feeds_wishes_are_taken_within_a_day(hints, seconds):
    assert hinted_interval_s(hints, longest_s=DAY_S) == seconds


def test_rate_is_a_plain_mean_while_a_feed_is_young():
    rate, observed_s = update_rate(None, observed_s=0, elapsed_s=6 * HOUR_S, new_entries=3)
    assert (rate, observed_s) == (pytest.approx(12), 6 * HOUR_S)

    rate, observed_s = update_rate(
        rate, observed_s=observed_s, elapsed_s=18 * HOUR_S, new_entries=0
    )
    assert (rate, observed_s) == (pytest.approx(3), DAY_S)


def test_rate_forgets_what_is_older_than_weeks():
    rate, observed_s = 100.0, 7 * DAY_S
    for _ in range(60):
        rate, observed_s = update_rate(rate, observed_s=observed_s, elapsed_s=DAY_S, new_entries=2)

    assert rate == pytest.approx(2, rel=0.05)
    assert observed_s == 7 * DAY_S


def test_rate_does_not_change_when_the_clock_was_set_back():
    assert update_rate(5.0, observed_s=DAY_S, elapsed_s=-60, new_entries=9) == (5.0, DAY_S)
    assert update_rate(None, observed_s=0, elapsed_s=0, new_entries=9) == (None, 0)


@given(
    st.none() | st.floats(),
    st.floats(),
    st.floats(),
    st.integers(0, 10**9),
)
def test_rate_stays_a_number(rate, observed_s, elapsed_s, new_entries):
    after, observed = update_rate(
        rate, observed_s=observed_s, elapsed_s=elapsed_s, new_entries=new_entries
    )

    if 0 < elapsed_s < inf:
        assert after is not None
        assert 0 <= after <= 1e6
        assert 0 < observed <= 7 * DAY_S


@pytest.mark.parametrize(
    ("previous_s", "rate", "new", "of", "expected_s"),
    [
        (0, None, 20, 20, 900),  # The first poll tells nothing of the rate.
        (900, 24, 1, 20, 1_350),  # 1,800 would be twice as often as news comes; in two steps.
        (1_350, 24, 1, 20, 1_800),
        (1_800, 24, 1, 20, 1_800),
        (40_000, 24, 1, 20, 1_800),  # News comes again: at once back to its rate.
        (1_800, 24, 0, 20, 2_700),  # Nothing: longer by half,
        (6_000, 24, 0, 20, 7_200),  # up to four times what the rate suggests.
        (7_200, 24, 0, 20, 7_200),
        (900, 0, 0, 20, 1_350),
        (80_000, 0, 0, 20, DAY_S),
        (80_000, 0.1, 1, 20, DAY_S),
        (3_600, 24, 20, 20, 1_800),  # All is new: more may have been missed.
        (20_000, 2, 20, 20, 10_000),
        (900, 10_000, 20, 20, 900),
        (nan, 24, 1, 20, 900),
        (inf, 24, 1, 20, 900),
        (-5, 24, 1, 20, 900),
    ],
)
def test_interval_follows_the_news(previous_s, rate, new, of, expected_s):
    assert interval(previous_s, rate, new, of) == pytest.approx(expected_s)


def test_a_feeds_own_wish_is_the_shortest_wait_up_to_a_day():
    assert interval(900, 500, 5, wish=HOUR_S) == HOUR_S
    assert interval(0, None, 20, wish=HOUR_S) == HOUR_S
    assert interval(900, 500, 5, wish=30 * DAY_S) == DAY_S
    assert interval(50_000, 0, 0, wish=HOUR_S) == 75_000


def test_an_operator_can_fix_the_interval():
    fixed = PollIntervals(min_interval_s=600, max_interval_s=600)

    for rate, new in ((None, 5), (0, 0), (500, 5)):
        assert (
            usual_interval_s(
                600, new_per_day=rate, new_entries=new, entries=9, wish_s=DAY_S, options=fixed
            )
            == 600
        )


@given(st.floats(900, DAY_S), st.floats(0, 1e6), st.floats(0, 1e6))
def test_an_empty_poll_never_makes_the_wait_shorter(previous_s, rate, wish_s):
    assert interval(previous_s, rate, 0, wish=wish_s) >= previous_s


@given(st.floats(), st.none() | st.floats(0), st.integers(), st.integers(), st.floats(0), chances)
def test_interval_keeps_its_bounds(previous_s, rate, new, of, wish_s, chance):
    seconds = interval(previous_s, rate, new, of, wish_s)

    assert 900 <= seconds <= DAY_S
    assert 900 * 0.9 <= spread(seconds, chance=chance) <= DAY_S * 1.1


def test_steady_feed_is_polled_twice_as_often_as_news_comes():
    now_s, last_s, interval_s, rate, observed_s, polls = 0.0, 0.0, 900.0, None, 0.0, 0
    while now_s < 30 * DAY_S:
        now_s += interval_s
        new = int(now_s // (4 * HOUR_S)) - int(last_s // (4 * HOUR_S))
        rate, observed_s = update_rate(
            rate, observed_s=observed_s, elapsed_s=interval_s, new_entries=new
        )
        interval_s = interval(interval_s, rate, new)
        last_s, polls = now_s, polls + (now_s > 10 * DAY_S)

    assert rate == pytest.approx(6, rel=0.1)
    assert 1.2 <= polls / (20 * 6) <= 2.5


@pytest.mark.parametrize(
    ("failures", "interval_s", "expected_s"),
    [
        (1, 900, HOUR_S),
        (4, 900, HOUR_S),
        (5, 900, 4_500),
        (10, 900, 9_000),
        (1, DAY_S, DAY_S),
        (7, DAY_S, 7 * DAY_S),
        (31, DAY_S, 30 * DAY_S),
        (10**9, DAY_S, 30 * DAY_S),
        (1, inf, 30 * DAY_S),
    ],
)
def test_failures_wait_evenly_longer_up_to_a_month(failures, interval_s, expected_s):
    assert failure_wait_s(failures, interval_s=interval_s, options=OPTIONS) == expected_s


def test_jitter_is_a_tenth_either_way():
    assert spread(1_000, chance=0) == pytest.approx(900)
    assert spread(1_000, chance=0.5) == pytest.approx(1_000)
    assert spread(1_000, chance=1) == pytest.approx(1_100)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("due", "hours", "days", "expected"),
    [
        (at(4, 12, 30), (), (), at(4, 12, 30)),
        (at(4, 12, 30), (11, 13), (), at(4, 12, 30)),
        (at(4, 12, 30), (12,), (), at(4, 13)),
        (at(4, 12, 30), (12, 13, 14), (), at(4, 15)),
        (at(4, 23, 59), (23, 0, 1), (), at(5, 2)),
        (at(4, 23, 59), (23, 24, 1), (), at(5, 2)),  # 24 is midnight.
        (at(4, 12), range(24), (), at(4, 12)),
        (at(4, 12), range(1, 25), (), at(4, 12)),
        (at(4, 12), (-1, 25, 99), (), at(4, 12)),
        (at(7, 9), (), (5, 6), at(9, 0)),  # Over the weekend.
        (at(7, 9), (0, 1), (5, 6), at(9, 2)),
        (at(7, 9), (), range(7), at(7, 9)),
        (at(7, 9), (9,), range(7), at(7, 10)),
        (at(7, 9), (), (7, -1), at(7, 9)),
        (at(4, 9), (), (0, 2, 3, 4, 5, 6), at(7, 9)),  # Only Tuesdays: three days at most.
        (at(4, 12), tuple(range(23)), (), at(4, 23)),
    ],
)
def test_poll_waits_for_an_hour_that_is_not_skipped(due, hours, days, expected):
    masks = {"hours": to_mask(hours, size=24), "days": to_mask(days, size=7)}

    assert avoid_skipped(due, **masks, chance=0) == expected


def test_feed_that_skips_everything_skips_nothing():
    assert avoid_skipped(NOON, hours=2**24 - 1, days=2**7 - 1, chance=0) == NOON


def test_skipped_hours_are_those_of_utc():
    zone_due = datetime.fromisoformat("2026-11-04T14:30:00+02:00")

    moved = avoid_skipped(zone_due, hours=to_mask([12], size=24), days=0, chance=0)

    assert moved == at(4, 13)


@given(moments, st.integers(0, 2**40), st.integers(0, 2**20), chances)
def test_skipping_moves_forward_by_days_at_most(due, hours, days, chance):
    moved = avoid_skipped(due, hours=hours, days=days, chance=chance)

    assert due <= moved <= due + timedelta(days=3, seconds=600)


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_interval_s": 0},
        {"min_interval_s": -1},
        {"min_interval_s": nan},
        {"max_interval_s": inf},
        {"max_interval_s": 60},
        {"backoff_s": 0},
        {"max_backoff_s": 60},
        {"max_backoff_s": nan},
        {"retry_after_cap_s": -5},
    ],
)
def test_impossible_bounds_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        PollIntervals(**wrong)
