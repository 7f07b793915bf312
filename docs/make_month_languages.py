"""Writes transforms/date_words/languages_of_months.tsv from the data that dateparser ships."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from feedlake.transforms.date_words.month_names import first_word

TABLE = Path(__file__).parents[1] / "transforms/date_words/languages_of_months.tsv"

_HEAD = """\
# The first words of all names of months, by the code of the language: from Unicode CLDR, as
# dateparser ships it. Letters are in lower case and without accents. Written by
# `python docs/make_month_languages.py`.
"""
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)


def table() -> str:
    """Returns what the table must hold."""
    return _HEAD + "".join(_lines())


def _lines() -> Iterator[str]:
    for language in import_module("dateparser.data.languages_info").language_order:
        info = import_module(f"dateparser.data.date_translation_data.{language}").info
        names = (name for month in _MONTHS for name in info.get(month, ()))
        words = sorted({word for name in names if (word := first_word(name))})
        yield f"{language}\t{' '.join(words)}\n"


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
