"""How long a server asks to be left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.crawl.politeness import parse_retry_after

LONGEST_S = 2_147_483_648.0  # RFC 9111, section 1.2.2: as much as any more.
NOW = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)

DELAYS = [
    ("0", 0.0),
    ("120", 120.0),
    ("  120\t", 120.0),
    ("007", 7.0),
    ("64.57", 64.57),
    ("5.", 5.0),
    ("99999999999", LONGEST_S),
    ("9" * 400, LONGEST_S),
    ("9" * 10_000, LONGEST_S),
    ("0" * 10_000, 0.0),
    ("0" * 5_000 + "30", 30.0),
    ("9" * 400 + ".5", LONGEST_S),
    ("Thu, 05 Nov 2026 12:01:30 GMT", 90.0),
    ("Thursday, 05-Nov-26 12:01:30 GMT", 90.0),
    ("Thu Nov  5 12:01:30 2026", 90.0),
    ("Thu Nov 15 12:00:00 2026", 864_000.0),
    ("thu, 05 nov 2026 12:01:30 gmt", 90.0),
    ("Thu, 5 Nov 2026 12:01:30 UTC", 90.0),
    ("Thu, 05 Nov 2026 12:01:30 +0000", 90.0),
    ("Thursday, 05-Nov-2026 12:01:30 GMT", 90.0),
    ("Mon, 05 Nov 2026 12:01:30 GMT", 90.0),  # a Thursday
    ("Thu, 05 Nov 2026 12:00:60 GMT", 59.0),
    ("Thu, 05 Nov 2026 11:59:59 GMT", 0.0),
    ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
    ("Sunday, 06-Nov-94 08:49:37 GMT", 0.0),
    # RFC 9110, section 5.6.7: what seems more than 50 years ahead is past.
    ("Thursday, 05-Nov-76 12:00:00 GMT", 18_263 * 86_400.0),
    ("Friday, 05-Nov-77 12:00:00 GMT", 0.0),
    ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_S),
    ("Mon, 01 Jan 0001 00:00:00 GMT", 0.0),
]


@pytest.mark.parametrize(("value", "seconds"), DELAYS, ids=lambda value: str(value)[:40])
def test_delay_is_read(value, seconds):
    assert parse_retry_after(value, now=NOW) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        " ",
        "-1",
        "+1",
        "soon",
        "nan",
        "inf",
        "Infinity",
        "1e3",
        "0x10",
        "1_000",
        "1,000",
        "120, 60",
        ".5",
        "5 seconds",
        "120;",
        "１２０",
        "٣",
        "1\n2",
        "120\n",
        "\x00",
        "2026-11-05T12:01:30Z",
        "Thu, 31 Feb 2026 12:00:00 GMT",
        "Thu, 05 Nov 2026 24:00:00 GMT",
        "Thu, 05 Nov 2026 12:60:00 GMT",
        "Thu, 05 Nov 2026 12:00:61 GMT",
        "Thu, 00 Nov 2026 12:00:00 GMT",
        "Thu, 05 Nov 0000 12:00:00 GMT",
        "Thu, 05 Foo 2026 12:00:00 GMT",
        "Thu, 05 Nov 2026 12:00:00 PST",
        "Thu, 05 Nov 2026 12:00:00",
        "Thu, 05 Nov 2026",
        "05 Nov 2026 12:00:00 GMT, 05 Nov 2026 12:00:00 GMT",
        "Thu, ٠٥ Nov 2026 12:00:00 GMT",
        "a" * 100_000,
        "Thu," + " " * 100_000,
    ],
    ids=lambda value: repr(value)[:40],
)
def test_nonsense_says_nothing(value):
    assert parse_retry_after(value, now=NOW) is None


@pytest.mark.parametrize(
    ("this_year", "two_digits", "seconds"),
    [(2026, "76", "ahead"), (2026, "77", "past"), (2099, "00", "ahead"), (2049, "99", "ahead")],
)
def test_two_digits_of_a_year_lie_at_most_fifty_years_ahead(this_year, two_digits, seconds):
    now = datetime(this_year, 1, 1, tzinfo=UTC)

    delay = parse_retry_after(f"Sunday, 01-Mar-{two_digits} 00:00:00 GMT", now=now)

    assert delay is not None
    assert (delay > 0) == (seconds == "ahead")


def test_clock_of_another_timezone_gives_the_same_delay():
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))

    assert parse_retry_after("Thu, 05 Nov 2026 12:01:30 GMT", now=tokyo) == 90.0


@given(st.integers(min_value=0, max_value=10**12))
def test_each_number_of_seconds_comes_back_up_to_the_longest(seconds):
    assert parse_retry_after(str(seconds), now=NOW) == min(seconds, LONGEST_S)


@given(st.datetimes(datetime(1900, 1, 1), datetime(9998, 12, 31)), st.sampled_from("frc"))
def test_each_moment_comes_back_in_each_of_the_three_forms(moment, form):
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    now = moment - timedelta(seconds=1_000_000)  # within the 50 years of a two-digit year
    texts = {
        "f": format_datetime(moment, usegmt=True),
        "r": f"{moment:%A, %d-%b-%y %H:%M:%S} GMT",
        "c": moment.ctime(),
    }

    assert parse_retry_after(texts[form], now=now) == 1_000_000.0
    assert parse_retry_after(texts[form], now=moment + timedelta(seconds=1)) == 0.0


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF), max_size=40) | st.text())
def test_no_text_gives_a_negative_delay_or_fails(value):
    delay = parse_retry_after(value, now=NOW)

    assert delay is None or 0.0 <= delay <= LONGEST_S
