"""Which texts, values and addresses name a date, and which dates are believed."""

from __future__ import annotations

import time as clock
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.normalize.date_bounds import is_believable, is_trustworthy
from feedlake.transforms.normalize.dates import (
    date_from_url,
    parse_date,
    parse_date_value,
    split_seed_header,
)

DAY = datetime(2019, 1, 23, tzinfo=UTC)
MORNING = datetime(2019, 1, 23, 10, 15, tzinfo=UTC)
PRECISE = datetime(2019, 1, 23, 10, 15, 30, tzinfo=UTC)
FETCHED = datetime(2018, 5, 5, 5, 5, 5, tzinfo=UTC)

DATED = [
    # RFC 822 and its successors
    ("Wed, 23 Jan 2019 10:15:30 +0000", PRECISE),
    ("Wed, 23 Jan 2019 10:15:30 GMT", PRECISE),
    ("Wed, 23 Jan 2019 10:15:30 gmt", PRECISE),
    ("wed, 23 jan 2019 10:15:30 Z", PRECISE),
    ("23 Jan 2019 10:15 UT", MORNING),
    ("Wed, 23 Jan 19 10:15:30 GMT", PRECISE),
    ("Sat, 23 Jan 99 10:15:30 GMT", PRECISE.replace(year=1999)),
    # RFC 5322, section 4.3: 00 to 49 are of this century, 50 to 99 of the last one.
    ("Sat, 23 Jan 49 10:15:30 GMT", PRECISE.replace(year=2049)),
    ("Mon, 23 Jan 50 10:15:30 GMT", PRECISE.replace(year=1950)),
    ("Mon, 23 Jan 2019 10:15:30 GMT", PRECISE),
    ("Wednesday, 23-Jan-19 10:15:30 GMT", PRECISE),
    ("Weds, 23 Jan 2019 10:15:30 GMT", PRECISE),
    ("Wed, 23 Jan 2019 05:15:30 EST", PRECISE),
    ("Wed, 23 Jan 2019 03:15:30 PDT", PRECISE),
    ("Wed, 23 Jan 2019 11:15:30 CET", PRECISE),
    ("Wed, 23 Jan 2019 10:15:30 XYZ", PRECISE),
    ("Wed, 23 Jan 2019 05:15:30 -0500 (EST)", PRECISE),
    ("Wed,23 Jan 2019 10:15:30 -0000", PRECISE),
    ("Wed, 23 January 2019 10:15:30", PRECISE),
    ("Wed, 23 Jan 2019 24:00:00 GMT", DAY + timedelta(days=1)),
    ("Wed, 23 Jan 2019", DAY),
    ("Wed Jan 23 10:15:30 2019", PRECISE),
    ("Wed Jan 23 10:15:30 UTC 2019", PRECISE),
    ("Wed Jan 23 2019 11:15:30 GMT+0100 (CET)", PRECISE),
    # ISO 8601 and what resembles it
    ("2019-01-23", DAY),
    ("20190123", DAY),
    ("2019-023", DAY),
    ("2019-W04-3", DAY),
    ("2019-01-23Z", DAY),
    ("2019-01-23+01:00", DAY - timedelta(hours=1)),
    ("2019-01-23T10:15Z", MORNING),
    ("2019-01-23T10:15:30Z", PRECISE),
    ("2019-01-23t10:15:30z", PRECISE),
    ("2019-01-23T10:15:30.123456789Z", PRECISE.replace(microsecond=123456)),
    ("2019-01-23T10:15:30,5Z", PRECISE.replace(microsecond=500000)),
    ("2019-01-23T15:45:30+05:30", PRECISE),
    ("2019-01-23T11:15:30+0100", PRECISE),
    ("2019-01-23T11:15:30+01", PRECISE),
    ("2019-01-23T09:15:30\u221201:00", PRECISE),
    ("2019-01-23T11:15:30+01:00[Europe/Paris]", PRECISE),
    ("2019-01-23T10:15:60Z", MORNING + timedelta(seconds=59)),
    ("2019-01-24T00:00:00+14:00", DAY + timedelta(hours=10)),
    ("20190123T101530Z", PRECISE),
    ("2019-01-23T10Z", MORNING.replace(minute=0)),
    ("20190123101530", PRECISE),
    ("201901231015", MORNING),
    ("2019-01-23 10:15:30", PRECISE),
    ("2019-01-23 10:15:30 +0000 UTC", PRECISE),
    ("2019-01-23, 10:15 AM", MORNING),
    ("2016/6/29", datetime(2016, 6, 29, tzinfo=UTC)),
    ("2016/6/29 10:15:30", datetime(2016, 6, 29, 10, 15, 30, tzinfo=UTC)),
    ("2019.01.23", DAY),
    # Unix time
    ("1548238530", PRECISE),
    ("1548238530.5", PRECISE.replace(microsecond=500000)),
    ("1548238530000", PRECISE),
    ("1548238530000000", PRECISE),
    ("1548238530000000000", PRECISE),
    ("541296000000", datetime(1987, 2, 26, tzinfo=UTC)),  # ms, as pandas writes JSON
    ("852007151030", datetime(1996, 12, 31, 4, 39, 11, 30000, tzinfo=UTC)),  # not 8520-07-15
    ("541296000000000", datetime(1987, 2, 26, tzinfo=UTC)),
    ("541296000000000000", datetime(1987, 2, 26, tzinfo=UTC)),
    ("-1483228800", datetime(1923, 1, 1, tzinfo=UTC)),
    ("-199001011200", datetime(1963, 9, 11, 17, 56, 28, 800000, tzinfo=UTC)),  # not of 1990
    ("-1483228800000.0", datetime(1923, 1, 1, tzinfo=UTC)),
    ("/Date(-1483228800000)/", datetime(1923, 1, 1, tzinfo=UTC)),
    ("18991231", datetime(1899, 12, 31, tzinfo=UTC)),
    # English prose
    ("January 23, 2019", DAY),
    ("Jan. 23rd, 2019", DAY),
    ("January 23, 2019 10:15 a.m.", MORNING),
    ("Jan 23, 2019 at 10:15 PM GMT", MORNING + timedelta(hours=12)),
    ("Jan 23, 2019 12:15 am", DAY + timedelta(minutes=15)),
    ("10:15, 23 January 2019", MORNING),
    ("10:15 WED 23 JAN 2019", MORNING),
    ("Sept. 3, 2019", datetime(2019, 9, 3, tzinfo=UTC)),
    ("23Jan2019", DAY),
    ("2019-Jan-23", DAY),
    (" \n23  Jan\t2019 ", DAY),
    ("23 Jan" + " " * 90 + "2019", DAY),  # The longest of all: 100 characters.
    # numbers of which only one can be the month
    ("23/01/2019", DAY),
    ("01/23/2019 10:15", MORNING),
    ("23.1.2019", DAY),
    ("23. 1. 2019", DAY),
    ("03/03/2019", datetime(2019, 3, 3, tzinfo=UTC)),
    # other languages
    ("23 janvier 2019", DAY),
    ("mercredi 23 janvier 2019 \u00e0 10:15", MORNING),
    ("23. Januar 2019, 10:15 Uhr", MORNING),
    ("23 de enero de 2019", DAY),
    ("Wed, 23 Janvier 2019 11:15:30 +0100", PRECISE),
    ("23 \u044f\u043d\u0432\u0430\u0440\u044f 2019 \u0433.", DAY),
    ("2019\u5e741\u670823\u65e5", DAY),
    ("2019\u5e741\u670823\u65e5 10:15", MORNING),
    ("2019\ub144 1\uc6d4 23\uc77c", DAY),
    ("\u0662\u0663 \u064a\u0646\u0627\u064a\u0631 \u0662\u0660\u0661\u0669", DAY),
    ("le 23 janvier 2019 \u00e0 10h15", MORNING),
]

UNDATED = [
    "",
    "2019",
    "2019-01",
    "2019-W04",
    "January 2019",
    "janvier 2019",
    "23 January",
    "23 janvier",
    "Wed, 23 Jan",
    "10:15",
    "Wednesday 10:15",
    "now",
    "today",
    "yesterday",
    "3 hours ago",
    "hier",
    "il y a 3 jours",
    "03/04/2019",
    "3-4-2019 10:15",
    "03.04.2019",
    "Mittwoch, 03.04.2019",
    "23/01/19",
    "2019-13-01",
    "2019-02-30",
    "2019-02-29T10:00:00Z",
    "2019-366",
    "2019-W53-1",
    "30 February 2019",
    "31 f\u00e9vrier 2019",
    "20190230",
    "2019-01-23T25:00:00Z",
    "2019-01-23T10:61:00Z",
    "2019-01-23T10:15:00+15:00",
    "0000-00-00 00:00:00",
    "0",
    "-1",
    "12345678901",
    "99999999999999999999",
    "2019-01-23 to 2019-01-25",
    "Published in 2019, read 12 times since May",
    "10 articles in 2019 by May",
    "version 1.2.2019",
    "311\u67082019",  # 31 January or 3 November
    "2019\ub144 111\uc6d4",  # 11 January or 1 November
    "TBD",
    "date",
    "\ud800 Jan 2019",
    "23 Jan" + " " * 91 + "2019",
    "1" * 5000,
]


@pytest.mark.parametrize(("text", "moment"), DATED)
def test_a_date_is_read_in_whatever_form_it_comes(text, moment):
    parsed = parse_date(text)
    assert parsed == moment
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize("text", UNDATED)
def test_what_is_no_certain_date_is_none(text):
    assert parse_date(text) is None


def test_blanks_around_a_date_do_not_count_as_its_length():
    assert parse_date(" " * 500 + "2019-01-23\n" + " " * 500) == DAY


def test_only_a_time_without_zone_follows_the_default():
    india = timezone(timedelta(hours=5, minutes=30))
    assert parse_date("2019-01-23 15:45:30", default_timezone=india) == PRECISE
    assert parse_date("23 janvier 2019 15:45:30", default_timezone=india) == PRECISE
    assert parse_date("20190123154530", default_timezone=india) == PRECISE
    assert parse_date("2019-01-23T10:15:30Z", default_timezone=india) == PRECISE
    assert parse_date("1548238530", default_timezone=india) == PRECISE


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (PRECISE.replace(tzinfo=None), PRECISE),
        (PRECISE.astimezone(timezone(timedelta(hours=-5))), PRECISE),
        (date(2019, 1, 23), DAY),
        (1548238530, PRECISE),
        (1548238530.5, PRECISE.replace(microsecond=500000)),
        (1548238530000, PRECISE),
        (1548238530000.0, PRECISE),
        (20190123, DAY),
        (20190123.0, DAY),
        ("2019-01-23T10:15:30Z", PRECISE),
        (0, None),
        (Decimal("1548238530"), PRECISE),
        (Decimal("1548238530.500"), PRECISE.replace(microsecond=500000)),
        (Decimal("20190123"), datetime(2019, 1, 23, tzinfo=UTC)),
        (Decimal("NaN"), None),
        (-1548238530, datetime(1920, 12, 9, 13, 44, 30, tzinfo=UTC)),
        (-1548238530000.0, datetime(1920, 12, 9, 13, 44, 30, tzinfo=UTC)),
        (-20190123, None),
        (-201901231200, datetime(1963, 8, 9, 4, 19, 28, 800000, tzinfo=UTC)),
        (-1, None),
        (-(10**400), None),
        (float("-inf"), None),
        (2019, None),
        (10**4000, None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        (None, None),
        (b"2019-01-23", None),
        (["2019-01-23"], None),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=1))), None),
    ],
)
def test_a_value_of_any_type_may_name_a_date(value, moment):
    assert parse_date_value(value) == moment


@pytest.mark.parametrize(
    ("text", "day", "rest"),
    [
        (" date 2019-01-23 Hundreds of\n\nmore", date(2019, 1, 23), "Hundreds of\n\nmore"),
        ("date 2019-01-23\nText", date(2019, 1, 23), "Text"),
        ("\ufeff\n\n \tdate\t2019-01-23\r\n\r\n  Text \n", date(2019, 1, 23), "Text \n"),
        ("date 2019-01-23", date(2019, 1, 23), ""),
        ("date 2019-01-23\n", date(2019, 1, 23), ""),
        ("date 2019-01-23 date 2018-01-01", date(2019, 1, 23), "date 2018-01-01"),
        ("date palms grow in", None, "date palms grow in"),
        ("date 2019-13-45 x", None, "date 2019-13-45 x"),
        ("date 2019-02-30 x", None, "date 2019-02-30 x"),
        ("date 2019-01-231", None, "date 2019-01-231"),
        ("date 2019-01-23, x", None, "date 2019-01-23, x"),
        ("date 2019-1-23 x", None, "date 2019-1-23 x"),
        ("Date 2019-01-23 x", date(2019, 1, 23), "x"),
        ("DATE 1987-02-26 x", date(1987, 2, 26), "x"),
        ("Date: 2019-01-23\nx", date(2019, 1, 23), "x"),
        ("update 2019-01-23 x", None, "update 2019-01-23 x"),
        ("date: 2019-01-23 x", date(2019, 1, 23), "x"),
        ("date:2019-01-23 x", None, "date:2019-01-23 x"),
        ("date\n2019-01-23 x", None, "date\n2019-01-23 x"),
        ("  Text\n", None, "  Text\n"),
        ("", None, ""),
    ],
)
def test_a_seed_may_begin_with_its_date(text, day, rest):
    assert split_seed_header(text) == (day, rest)


@pytest.mark.parametrize(
    "path",
    [
        "/2019/01/23/slug",
        "/2019/1/23/slug.html",
        "/news/2019/01/23/",
        "/2019/01/23",
        "/world/2019/jan/23/slug",
        "/2019-01-23-slug",
        "/2019-01-23/slug",
        "/slug-2019-01-23.html",
        "/20190123/slug",
        "/n1/2019/0123/c1-2.html",
        "/2019-01/23/c_1.htm",
        "/2019/01/23/slug-2019-01-23",
    ],
)
def test_a_day_in_the_path_is_found(path):
    assert date_from_url(f"https://example.com{path}?d=2018-05-05#2017-05-05") == date(2019, 1, 23)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/2019/01/slug",
        "https://example.com/2019/01/23-things-to-do",
        "https://example.com/2019/01/234567",
        "https://example.com/2019/13/01/",
        "https://example.com/2019/02/30/",
        "https://example.com/1889/01/23/",
        "https://example.com/20190123",
        "https://example.com/article-20190123456",
        "https://example.com/120190123/",
        "https://example.com/12019-01-23/",
        "https://example.com/2019-01-234/",
        "https://example.com/2019/01/23/the-week-of-2019-01-20/",
        "https://example.com/?d=2019-01-23",
        "https://example.com/a#/2019/01/23/",
        "https://2019-01-23.example.com/",
        "",
        "2019-01-23",
    ],
)
def test_digits_that_may_be_something_else_are_no_day(url):
    assert date_from_url(url) is None


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (PRECISE, True),
        (PRECISE + timedelta(hours=48), True),
        (PRECISE + timedelta(hours=48) + timedelta(seconds=1), False),
        (datetime(1990, 1, 1, tzinfo=UTC), True),
        (datetime(1989, 12, 31, 23, 59, 59, tzinfo=UTC), False),
        (datetime(1990, 1, 1, tzinfo=timezone(timedelta(hours=1))), False),
        (datetime(1970, 1, 1, tzinfo=UTC), False),
        (datetime.max.replace(tzinfo=UTC), False),
    ],
)
def test_impossible_dates_are_not_believed(moment, expected):
    assert is_trustworthy(moment, now=PRECISE, earliest=date(1990, 1, 1)) is expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (PRECISE, True),
        (datetime(1923, 1, 7, tzinfo=UTC), True),
        (PRECISE + timedelta(hours=48), True),
        (PRECISE + timedelta(hours=48, seconds=1), False),
        (datetime(1970, 1, 1, tzinfo=UTC), False),
        (datetime(1970, 1, 1, tzinfo=timezone(timedelta(hours=14))), False),
        (datetime(1970, 1, 1, tzinfo=timezone(timedelta(hours=-12))), False),
        (datetime(1970, 1, 2, tzinfo=UTC), True),
        (datetime(1900, 1, 1, tzinfo=UTC), False),
        (datetime(1, 1, 1, tzinfo=UTC), False),
        (datetime(26, 11, 1, tzinfo=UTC), False),
        (datetime(1605, 7, 1, tzinfo=UTC), True),
        (FETCHED, False),
        (FETCHED - timedelta(seconds=2), False),
        (FETCHED - timedelta(seconds=3), True),
    ],
)
def test_placeholders_the_future_and_the_servers_clock_are_not_meant(moment, expected):
    assert is_believable(moment, now=PRECISE, fetched_at=FETCHED) is expected


_OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
_MOMENTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=_OFFSETS)


@given(moment=_MOMENTS)
def test_iso_dates_survive_the_round_trip(moment):
    assert parse_date(moment.isoformat()) == moment
    assert parse_date(str(moment)) == moment
    assert parse_date_value(moment) == moment


@given(moment=_MOMENTS.filter(lambda m: m.year >= 1900).map(lambda m: m.replace(microsecond=0)))
def test_mail_dates_survive_the_round_trip(moment):
    assert parse_date(format_datetime(moment)) == moment


@given(day=st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_every_day_is_found_wherever_it_stands(day):
    assert date_from_url(f"https://example.com/{day:%Y/%m/%d}/slug") == day
    assert split_seed_header(f"date {day} text") == (day, "text")
    assert parse_date_value(day).date() == day


_PIECES = st.sampled_from(
    [
        *"0123456789 ,./:-+TZ()[]\u0663\u2212\ud800\u00b2",
        *["2019", "01", "23", "99999999999", "Jan", "janvier", "\u0434\u0435\u043a", "Wed", "mar."],
        *["10:15", "24:00", "am", "PM", "GMT", "EST", "+0100", "ago", "1\u6708", "W04-3"],
    ]
)
_NEARLY_DATES = st.lists(_PIECES, max_size=14).map("".join) | st.lists(_PIECES).map(" ".join)


@given(text=_NEARLY_DATES | st.text())
def test_no_text_is_too_odd_for_the_date_rules(text):
    for moment in (parse_date(text), parse_date_value(text)):
        assert moment is None or moment.tzinfo is UTC
    day, rest = split_seed_header(text)
    assert text.endswith(rest)
    assert day is not None or rest == text
    date_from_url(f"https://example.com/{text}")


@given(value=st.integers() | st.floats() | st.dates() | st.datetimes(timezones=_OFFSETS))
def test_no_value_is_too_odd_for_the_date_rules(value):
    moment = parse_date_value(value)
    assert moment is None or moment.tzinfo is UTC


@pytest.mark.parametrize("text", ["Jan 2019 " * 11, "1:" * 50, "mar 2019 1 " * 9, "(" * 99 + "2"])
def test_no_text_takes_long(text):
    parse_date("23 janvier 2019")  # Loads the languages, once per process.
    begin = clock.process_time()
    parse_date(text)
    assert clock.process_time() - begin < 5
