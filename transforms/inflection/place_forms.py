"""Which forms a place's names have in sentences, so that an index of names can hold them."""

from __future__ import annotations

from typing import NamedTuple

from feedlake.transforms.inflection.polish_forms import polish_forms
from feedlake.transforms.inflection.russian_forms import CASES, PREPOSITIONAL, russian_forms

INFLECTED = frozenset({"pl", "ru"})
"""The languages whose forms are known."""


class Named(NamedTuple):
    """What of a place decides which forms of its names are told from other words.

    Attributes:
        country: ISO 3166-1 alpha-2 code; empty for a continent.
        is_town: Whether it is a town or village, not a country, a division or a continent.
        is_capital: Whether it is a country's capital.
        population: Inhabitants, 0 if unknown.
    """

    country: str
    is_town: bool
    is_capital: bool
    population: int


_RUSSIAN_SPEAKING = frozenset("RU BY KZ KG UA".split())
_OF_PERSONS = frozenset("US GB CA AU NZ IE".split())
"""Countries whose towns have the names of persons: `Линкольна` is rather one of these."""

_LEAST_LETTERS = 4
_LARGE = 100_000
_VERY_LARGE, _LARGEST = 200_000, 1_000_000
_LIKE_SURNAMES = (
    *("ов", "ев", "ёв", "ин", "ын", "ово", "ево", "ёво", "ино", "ыно"),
    *("ский", "цкий", "ской", "ская", "ское", "ная", "ный", "ой"),
)
_LIKE_PERSONS = frozenset(
    "Киров Иваново Николаев Владимир Энгельс Королёв Грозный Хмельницкий Каменское Артём".split()
)
_LIKE_WORDS = frozenset(
    """
    Пара Кампания Заря Батман Думай Диадема Пальма Кальян Гумма Литораль Салават Кордова Белла
    Аврора Константина Константин Мандат Виктория Александрия Доминика
    """.split()
)
"""Names whose forms are words, or first names, that are far more frequent."""


def place_forms(names: dict[str, str], named: Named, *, own: str) -> dict[str, str]:
    """Returns the forms of a place's names, each with the languages that have it.

    A form may be a name in another language, too: Russian `Филиппин` is one in Kyrgyz.

    Args:
        names: Its names, each with the languages that use it, parted by blanks.
        named: What is known of it.
        own: What stands among those languages for a name that all use.
    """
    found: dict[str, str] = {}
    for name, users in names.items():
        languages = users.split()
        if "ru" in languages:
            bare = name.partition("(")[0].strip()
            found |= dict.fromkeys(_russian_forms(bare, named), "ru")
        if "pl" in languages or own in languages:
            found |= dict.fromkeys(polish_forms(name), "pl")
    return {
        form: f"{names[form]} {language}" if form in names else language
        for form, language in found.items()
        if language not in names.get(form, "").split()
    }


def _russian_forms(name: str, named: Named) -> list[str]:
    """The forms of a name that are rather the place's than a word's or a person's."""
    if name in _LIKE_WORDS:
        return []
    cases = CASES if _has_all_cases(name, named) else (PREPOSITIONAL,)
    if named.is_town and not named.is_capital:
        is_large, is_near = named.population >= _LARGE, named.country in _RUSSIAN_SPEAKING
        if not (is_near and is_large) and (
            len(name) <= _LEAST_LETTERS or not (is_near or is_large)
        ):
            return []
    return [form for form in russian_forms(name, cases=cases) if len(form) >= _LEAST_LETTERS]


def _has_all_cases(name: str, named: Named) -> bool:
    if not named.is_town or named.is_capital:
        return True
    if name in _LIKE_PERSONS:
        return False
    if named.country in _OF_PERSONS and " " not in name and "-" not in name:
        return named.population >= _LARGEST
    return named.population >= _VERY_LARGE or not name.endswith(_LIKE_SURNAMES)
