"""Which zone, month or weekday a word names."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import pytest

from feedlake.transforms.date_words import month_names
from feedlake.transforms.date_words.month_names import is_weekday, month_named
from feedlake.transforms.date_words.zone_names import zone_named

SUMMER, WINTER = datetime(2026, 7, 1), datetime(2026, 1, 1)


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        *(("EST", -5), ("pdt", -7), ("MEST", 2), ("MESZ", 2), ("BRT", -3), ("IST", 5.5)),
        *(("BST", 1), ("NST", -3.5), ("AMT", -4), ("A", -1), ("M", -12), ("N", 1), ("Y", 12)),
        *(("Pacific Standard Time", -8), ("Eastern Daylight Time", -4)),
        ("India Standard Time", 5.5),
        *(("Central European Summer Time", 2), ("Greenwich Mean Time", 0), ("PST8PDT", -8)),
        *(("Europe/Berlin", 1), ("America/Argentina/Salta", -3), ("Etc/GMT+3", -3)),
    ],
)  # fmt: skip
def test_a_name_means_an_offset(name: str, hours: float) -> None:
    zone = zone_named(name)
    assert zone is not None
    assert WINTER.replace(tzinfo=zone).utcoffset().total_seconds() == hours * 3600  # type: ignore[union-attr]


def test_a_place_has_its_summer_time() -> None:
    zone = zone_named("Europe/Berlin")
    assert str(SUMMER.replace(tzinfo=zone)) == "2026-07-01 00:00:00+02:00"


@pytest.mark.parametrize(
    "name",
    ["XYZ", "J", "", "Nowhere/Land", "../etc/passwd", "Europe/", "Europe", "Lunch Time", "/etc/x"],
)
def test_other_words_name_none(name: str) -> None:
    assert zone_named(name) is None


@pytest.mark.parametrize(
    ("word", "number"),
    [
        *(("Jan", 1), ("SEPT", 9), ("february", 2), ("Febuary", 2), ("février", 2), ("fevrier", 2)),
        *(("März", 3), ("mrz", 3), ("Ιουλίου", 7), ("Ağu", 8), ("ноября", 11), ("lis", 11)),
        *(("listopada", 11), ("srp", 8), ("พฤศจิกายน", 11), ("نوفمبر", 11), ("नवंबर", 11)),
    ],
)
def test_a_month_is_known_in_many_languages(word: str, number: int) -> None:
    assert month_named(word) == number


@pytest.mark.parametrize("word", ["Mayor", "Marches", "Decades", "Januar2", "", "xyz", "Thursday"])
def test_other_words_name_no_month(word: str) -> None:
    assert month_named(word) is None


def test_weekdays_are_known_in_many_languages() -> None:
    days = ["Thursday", "thurs", "Donnerstag", "jeu", "qui", "Чт", "miércoles", "السبت"]
    assert [day for day in days if not is_weekday(day)] == []
    assert [word for word in ("May", "Noon", "abc") if is_weekday(word)] == []


def test_no_name_in_the_table_is_that_of_two_months() -> None:
    table = Path(month_names.__file__).with_name("names_of_months.tsv")
    numbers: dict[str, set[int]] = {}
    for line in table.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            cells = line.split("\t")
            assert len(cells) == 14
            for number, names in enumerate(cells[1:13], start=1):
                for name in names.split():
                    numbers.setdefault(name, set()).add(number)
    assert len(numbers) > 1_000
    assert {name: found for name, found in numbers.items() if len(found) > 1} == {}


def test_long_words_take_no_time() -> None:
    began = time.perf_counter()
    for word in ("a" * 100, "A " * 50, "A/" * 50, "Standard " * 11 + "Time"):
        zone_named(word)
        month_named(word)
    assert time.perf_counter() - began < 1
