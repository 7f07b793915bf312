"""Dates as feeds of many programs and languages write them."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from feedlake.transforms.normalize.dates import (
    latest_moment,
    parse_date,
    parse_usual_date,
    stated_offset,
)


@pytest.mark.parametrize("day", range(23, 30))
def test_every_weekday_may_stand_without_comma(day: int) -> None:
    moment = datetime(2026, 11, day, 7, tzinfo=UTC)
    assert parse_date(moment.strftime("%a %b %d %H:%M:%S UTC %Y")) == moment
    assert parse_date(moment.strftime("%a %d %b %Y %H:%M:%S GMT")) == moment
    assert parse_date(moment.strftime("%a %b %d %Y %H:%M:%S GMT")) == moment
    assert parse_date(moment.strftime("%A %d %B %Y")) == moment.replace(hour=0)
    assert parse_date(moment.strftime("%d %b %Y %a")) == moment.replace(hour=0)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        # zones
        ("Thu, 26 Nov 2026 07:00:00 MEST", "2026-11-26 05:00"),
        ("Thu, 26 Nov 2026 07:00:00 MET", "2026-11-26 06:00"),
        ("Thu, 26 Nov 2026 07:00:00 IST", "2026-11-26 01:30"),
        ("Thu Nov 26 07:00:00 BRT 2026", "2026-11-26 10:00"),
        ("Thu, 26 Nov 2026 07:00:00 A", "2026-11-26 08:00"),
        ("Thu, 26 Nov 2026 07:00:00 (EST)", "2026-11-26 12:00"),
        ("Thu, 26 Nov 2026 07:00:00 +0100 (EST)", "2026-11-26 06:00"),
        ("Thu, 26 Nov 2026 07:00:00 Europe/Berlin", "2026-11-26 06:00"),
        ("Sun Jul 26 07:00:00 Europe/Berlin 2026", "2026-07-26 05:00"),
        ("2026-07-26T07:00:00[America/New_York]", "2026-07-26 11:00"),
        ("2026-07-26T07:00:00+02:00[Europe/Berlin]", "2026-07-26 05:00"),
        ("Wed, 19 Aug 2009 18:28:00 Etc/GMT", "2009-08-19 18:28"),
        ("Thu, 26 Nov 2026 07:00:00 Pacific Standard Time", "2026-11-26 15:00"),
        ("Thu Nov 26 2026 07:00:00 GMT+0100 (Central European Standard Time)", "2026-11-26 06:00"),
        ("Thu, 26 Nov 2026 07:00:00 GMT +0100", "2026-11-26 06:00"),
        ("Thu, 26 Nov 2026 07:00:00 UTC +2", "2026-11-26 05:00"),
        ("Thu, 26 Nov 2026 07:00:00 +1:00", "2026-11-26 06:00"),
        ("Thu, 26 Nov 2026 07:00:00 -700", "2026-11-26 14:00"),
        ("Thu, 26 Nov 2026 07:00:00 +-0100", "2026-11-26 08:00"),
        ("2026-11-26T07:00+02", "2026-11-26 05:00"),
        # times
        ("Thu, 26 Nov 2026 7:3:00 GMT", "2026-11-26 07:03"),
        ("Thu, 26 Nov 2026 07:00:0 GMT", "2026-11-26 07:00"),
        ("2026-11-26 07:00:00:000", "2026-11-26 07:00"),
        ("2026-11-26 08:53:00 PM", "2026-11-26 20:53"),
        ("26/11/2026 07:00 p. m.", "2026-11-26 19:00"),
        ("26 Nov 2026, 7 am", "2026-11-26 07:00"),
        ("Nov 26, 2026 7pm", "2026-11-26 19:00"),
        ("26 Nov 2026 07.30 Uhr", "2026-11-26 07:30"),
        ("26 novembre 2026 à 7h30", "2026-11-26 07:30"),
        ("26/11/2026 7:00 μ.μ.", "2026-11-26 19:00"),
        ("2004년 05월 25일  오후 11:23:00", "2004-05-25 23:23"),
        ("2004-05-25 오전 11:23:00", "2004-05-25 11:23"),
        ("2004. 5. 25. 오후 11:23", "2004-05-25 23:23"),
        ("2026年11月26日（木）10時20分", "2026-11-26 10:20"),
        ("2026年11月26日 星期四 下午 3:05", "2026-11-26 15:05"),
        # days
        ("Thu , 26 Nov 2026 07:00:00 GMT", "2026-11-26 07:00"),
        ("Thu. 26 Nov 2026 07:00:00 GMT", "2026-11-26 07:00"),
        ("Thu, 26 Novmber 2026 07:00:00 GMT", "2026-11-26 07:00"),
        ("Fri, 2006/09/15 08:19:00 EDT", "2006-09-15 12:19"),
        ("2026-11-26 T 07:00:00", "2026-11-26 07:00"),
        ("15:04 13.01.2006 -0700", "2006-01-13 22:04"),
        ("2006-01-13T15:04:00-07:00:00", "2006-01-13 22:04"),
        ("2006-01-13T15:04:00:-0700", "2006-01-13 22:04"),
        ("20060113 150400", "2006-01-13 15:04"),
        ('"2006-01-13T15:04:00Z"', "2006-01-13 15:04"),
        ("Fri, 13&nbsp;Jan 2006 15:04:00", "2006-01-13 15:04"),
        ("/Date(1137164640000)/", "2006-01-13 15:04"),
        # languages
        ("Do, 10 Dez 2026 07:00:00 +0100", "2026-12-10 06:00"),
        ("26. Nov. 2026 um 07:00 Uhr", "2026-11-26 07:00"),
        ("mar. 24 févr. 2026 07:00", "2026-02-24 07:00"),
        ("mar 24 nov 2026 07:00", "2026-11-24 07:00"),
        ("1er mai 2026", "2026-05-01 00:00"),
        ("lunes, 10 de agosto de 2026 a las 07:00", "2026-08-10 07:00"),
        ("Qua, 11 Fev 2026 07:00:00 -0300", "2026-02-11 10:00"),
        ("26/dez/2026", "2026-12-26 00:00"),
        ("ven, 10 lug 2026 07:00:00 +0200", "2026-07-10 05:00"),
        ("di, 24 mrt 2026 07:00:00 +0100", "2026-03-24 06:00"),
        ("pon, 10 sie 2026 07:00:00 +0200", "2026-08-10 05:00"),
        ("Чт, 26 Ноя 2026 07:00:00 +0300", "2026-11-26 04:00"),
        ("Per, 26 Kas 2026 07:00:00 +0300", "2026-11-26 04:00"),
        ("Κυρ, 11 Ιούλ 2004 12:00:00 EST", "2004-07-11 17:00"),
        ("2004-július-13T9:15-05:00", "2004-07-13 14:15"),
        ("2004. július 13.", "2004-07-13 00:00"),
        ("26 نوفمبر، 2026", "2026-11-26 00:00"),
    ],
)
def test_a_date_in_a_usual_form_needs_no_library(written: str, moment: str) -> None:
    assert str(parse_usual_date(written)) == f"{moment}:00+00:00"
    assert parse_date(written) == parse_usual_date(written)


@pytest.mark.parametrize(
    "written",
    [
        *("2024-05", "2024", "12/26/26", "05/03/2024", "Mayor 10 2019", "26 พฤศจิกายน 2569"),
        *("Thu, 26 Nov 2026 07:00:00 +2600", "2026-11-26 07:75", "Updated 26 Nov 2026", "Thu", "T"),
        *("26 abc 2026", "/2026/26/", "mar mar 2026"),
    ],
)  # fmt: skip
def test_what_is_no_certain_day_is_none(written: str) -> None:
    assert parse_usual_date(written) is None
    assert parse_date(written) is None


@pytest.mark.parametrize(
    ("written", "latest"),
    [
        ("2024-05-08 08:53:11 AM", "2024-05-08 08:53:11"),
        ("2024-05", "2024-06-01 00:00:00"),
        ("2024/12", "2025-01-01 00:00:00"),
        ("2024", "2025-01-01 00:00:00"),
        ("05/03/2024", "2025-01-01 00:00:00"),
        ("2019 to 2023", "2024-01-01 00:00:00"),
        ("2024-13", "2025-01-01 00:00:00"),
        ("yesterday", None),
        ("", None),
        ("2024" * 100, None),
    ],
)
def test_what_a_date_cannot_be_later_than(written: str, latest: str | None) -> None:
    found = latest_moment(written)
    assert (None if found is None else f"{found:%Y-%m-%d %H:%M:%S}") == latest


def test_hostile_texts_take_no_time() -> None:
    texts = ["1:" * 50, "h" * 100, "1 h" * 33, "年" * 100, "A " * 50, "[" * 100, "2026 1." * 14]
    texts += ["1:1 " + "A/" * 48, "1:1 " + "Aa " * 32, "(" * 50 + "x" * 50, ", " * 50, "a, " * 33]
    began = time.perf_counter()
    for text in texts * 20:
        parse_usual_date(text)
    assert time.perf_counter() - began < 2


def test_the_offset_of_a_place_is_that_of_the_day() -> None:
    assert stated_offset("2026-07-26 07:00 Europe/Berlin") == 120
    assert stated_offset("2026-01-26 07:00 Europe/Berlin") == 60
    assert stated_offset("2026-01-26 07:00 BRT") == -180
