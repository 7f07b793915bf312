"""In which languages a word may name a month, and that only these are tried for a date in words."""

from __future__ import annotations

import runpy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dateparser
import pytest

from feedlake.transforms.date_words import month_names
from feedlake.transforms.date_words.month_names import languages_of_months
from feedlake.transforms.normalize.dates import parse_date

ROOT = Path(__file__).parents[3]


def test_the_table_has_the_months_of_the_release_that_is_installed() -> None:
    made = runpy.run_path(str(ROOT / "docs/make_month_languages.py"))["table"]()
    table = Path(month_names.__file__).with_name("languages_of_months.tsv")
    assert table.read_text(encoding="utf-8") == made
    assert made.count("\n") > 200


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("17 febrero sabado en 2018", ["es", "qu"]),
        ("sábado 17 FEBRERO", ["es", "qu"]),
        ("Samstag, 17.Febrero2018", ["es", "qu"]),
        ("17 mwere wa kanana 2018", ["ki"]),
        ("17 Smarch 2018", []),
        ("yesterday at 7", []),
    ],
)
def test_languages_are_those_with_such_a_month(text: str, languages: list[str]) -> None:
    assert languages_of_months(text) == languages


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The languages that dateparser is asked for, call after call."""
    calls: list[list[str]] = []
    parse = dateparser.parse

    def record(text: str, *, languages: list[str], settings: Any) -> Any:
        calls.append(languages)
        return parse(text, languages=languages, settings=settings)

    monkeypatch.setattr(dateparser, "parse", record)
    return calls


@pytest.mark.parametrize(
    ("text", "day"), [("17 marzo sábado en 2019", 17), ("mwere wa kanana njumatatũ 9, 2019", 9)]
)
def test_a_date_in_words_is_read_by_the_languages_of_its_month(
    asked: list[list[str]], text: str, day: int
) -> None:
    found = parse_date(text)
    assert found is not None
    assert (found.tzinfo, found.year, found.day) == (UTC, 2019, day)
    assert [len(languages) < 10 for languages in asked] == [True]


@pytest.mark.parametrize("text", ["Updated: Sat Feb 16 2019", "16 Smarch noon in 2019"])
def test_no_language_is_tried_for_what_can_be_no_date(asked: list[list[str]], text: str) -> None:
    assert parse_date(text) is None
    assert asked == []


def test_a_label_without_a_colon_is_no_date_either() -> None:
    assert parse_date("Updated Sat Feb 16 2019") is None
    assert parse_date("16 Feb at noon 2019") == datetime(2019, 2, 16, 12, tzinfo=UTC)
