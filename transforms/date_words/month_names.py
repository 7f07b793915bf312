"""Which month, or whether a weekday, a word of some language names."""

from __future__ import annotations

import re
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


_WORD = re.compile(r"[^\s\d.,:;/()\u060c-]+")


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


def languages_of_months(text: str) -> list[str]:
    """Returns the codes of the languages in which a month may be called as a word of the text is.

    These are more than those that the other functions know: all of dateparser's.

    Args:
        text: Such as a date in words.
    """
    languages = _read_languages()
    words = map(_fold, _WORD.findall(text))
    return sorted({language for word in words for language in languages.get(word, ())})


def first_word(name: str) -> str:
    """Returns the first word of a month's name as the table of languages has it; or nothing."""
    return _fold(next(iter(_WORD.findall(name)), ""))


@cache
def _read_languages() -> dict[str, list[str]]:
    table = resources.files("feedlake.transforms.date_words").joinpath("languages_of_months.tsv")
    languages: dict[str, list[str]] = {}
    for line in table.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            language, words = line.split("\t")
            for word in words.split():
                languages.setdefault(word, []).append(language)
    return languages


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
