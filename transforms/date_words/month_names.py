"""Which month, or whether a weekday, a word of some language names."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib import resources
from typing import NamedTuple

_ENGLISH = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
# Also as people misspell them.
_ENGLISH_MONTHS = (
    {name[:length]: number for number, name in enumerate(_ENGLISH, 1) for length in (3, 99)}
    | {"sept": 9, "janurary": 1, "januray": 1, "feburary": 2, "febuary": 2, "febrary": 2}
    | {"apirl": 4, "agust": 8, "augst": 8, "setember": 9, "septmber": 9, "ocotber": 10}
    | {"octobre": 10, "novmber": 11, "novemeber": 11, "decmber": 12, "decemeber": 12}
)
_ENGLISH_WEEKDAYS = frozenset({"mon", "tue", "wed", "thu", "fri", "sat", "sun"})


class _Names(NamedTuple):
    """Names in all languages but English: of months by number, and of weekdays."""

    months: dict[str, int]
    weekdays: frozenset[str]


def month_named(word: str) -> int | None:
    """Returns the number of the month that goes by a name in some language, or None.

    Args:
        word: A name or its abbreviation, in any case, with or without accents.
    """
    number = _ENGLISH_MONTHS.get(word.lower())
    return number if number is not None else _read_names().months.get(_fold(word))


def is_english_month(word: str) -> bool:
    """Returns whether a word names a month in English."""
    return word.lower() in _ENGLISH_MONTHS


def is_weekday(word: str) -> bool:
    """Returns whether a word names a day of the week in some language.

    Args:
        word: A name or its abbreviation, in any case; in English also what begins like one.
    """
    return word[:3].lower() in _ENGLISH_WEEKDAYS or _fold(word) in _read_names().weekdays


@cache
def _read_names() -> _Names:
    table = resources.files("feedlake.transforms.date_words").joinpath("names_of_months.tsv")
    months: dict[str, int] = {}
    weekdays: set[str] = set()
    for line in table.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        _, *by_month, days = line.split("\t")
        weekdays.update(days.split())
        for number, names in enumerate(by_month, start=1):
            months.update(dict.fromkeys(names.split(), number))
    return _Names(months, frozenset(weekdays))


def _fold(word: str) -> str:
    """Returns the word in lower case without accents, as the table has it."""
    letters = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", word).casefold())
    bare = "".join(letter for letter in letters if not "\u0300" <= letter <= "\u036f")
    return unicodedata.normalize("NFC", bare).strip(" .")
