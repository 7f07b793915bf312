"""The names of places while the gazetteer is built: who uses each of them."""

from __future__ import annotations

import re
from typing import Any

from feedlake.transforms.normalize.word_tables import read_rows
from feedlake.transforms.places.country_names import TOWN_NAMES
from feedlake.transforms.places.name_use import OTHER, OWN, SPELLING
from feedlake.transforms.places.place_names import fold_loosely, name_tokens

_IS_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_LIKE_SHARE = 0.5
"""Share of pairs of letters by which another name is a spelling of a place's own."""

_LEAST = 4
"""Letters of a spelling that is no word: of those of Amman, not `Man`; but Rio is a large town."""

_LONG = 7
"""Letters of a name that is hardly a word of another language."""

_RUSSIAN_SURNAMES = ("ов", "ев", "ёв", "ин")

_CODE_LIKE = re.compile(r"(?:[A-Z0-9]\.?){1,4}$|[a-z]")
_PREFIXING = frozenset({"zu", "xh"})
_PREFIXED = re.compile("^[a-z]{1,3}(?=[A-Z])")
_SAME_LANGUAGE = {"nb": "no", "fil": "tl", "iw": "he", "in": "id"}


def is_code(name: str) -> bool:
    """Returns whether a name is an abbreviation or a code rather than a name: `LA`, `L.A.`"""
    return _CODE_LIKE.match(name) is not None


def languages_of(country: dict[str, Any]) -> list[str]:
    """The languages that are spoken in a country, by GeoNames."""
    tags = (tag.partition("-")[0] for tag in country.get("languages", "").split(","))
    return sorted({_SAME_LANGUAGE.get(tag, tag) for tag in tags if tag})


def read_names() -> dict[str, dict[str, str]]:
    """The names of places by language: for each place its names, and who uses them."""
    found: dict[str, dict[str, str]] = {}
    for place, names in read_rows(__package__, "place_names.tsv", columns=2):
        pairs = (name.partition("=") for name in names.split("|"))
        found[place] = {name: languages for name, _, languages in pairs}
    for place, others in TOWN_NAMES.items():
        known = found.setdefault(place, {})
        for name, languages in others.items():
            known[name] = f"{known.get(name, '')} {languages}".strip()
    return found


def other_names(
    own: str,
    names: list[str],
    tagged: dict[str, str],
    *,
    is_region: bool = False,
    is_large: bool = False,
) -> dict[str, str]:
    """The other names of a place, each with who uses it.

    Nothing says in what language most of them are. Those much like its own name are spellings of
    it; of a town whose names are known by language, only those that are a part of it, and, if it is
    large, long ones (`Kharkov`).

    Args:
        own: Its own name.
        names: All others.
        tagged: Those of which it is known who uses them.
        is_region: Whether the place is a division, whose name comes with and without what it is.
        is_large: Whether it is a large town, which texts in many languages name.
    """
    found = dict(tagged)
    for name, users in tagged.items():
        if _PREFIXED.match(name) and not _PREFIXING.isdisjoint(users.split()):
            found.setdefault(_PREFIXED.sub("", name), users)
    words: set[str] = set()
    letters: set[str] = set()
    for name in names:
        if is_code(name) or name == own:
            continue
        is_like = not _IS_LATIN.match(name)
        if not is_like:
            others = name_tokens(name)
            words = words or set(name_tokens(own))
            is_like = words.issuperset(others) or (is_region and words.issubset(others))
            is_short = name not in tagged and sum(map(len, others)) < _LEAST
            if is_short and not (is_like and is_large):
                continue
        if name.endswith(_RUSSIAN_SURNAMES) and tagged:
            continue  # That of Ivanovo is `Иваново`, and Ivanov is somebody.
        may_be_like = is_region or not tagged or (is_large and _is_long(own, name))
        if not is_like and may_be_like:
            letters = letters or _pairs(own)
            is_like = _is_like(letters, _pairs(name))
        users = SPELLING if is_like else OTHER
        found[name] = f"{users} {tagged[name]}" if name in tagged else users
    found[own] = f"{OWN} {tagged[own]}" if own in tagged else OWN
    for name in found:
        if "(" in name:  # Which of several of that name it is: `Frankfurt (Oder)`.
            found[name] = SPELLING
    return found


def _is_long(own: str, name: str) -> bool:
    """Whether a name is long, and begins as a place's own does: it may be a spelling of it."""
    return name[0] == own[0] and sum(map(len, name_tokens(name))) >= _LONG


def _pairs(name: str) -> set[str]:
    letters = "".join(map(fold_loosely, name_tokens(name)))
    return {letters[place : place + 2] for place in range(len(letters) - 1)}


def _is_like(one: set[str], other: set[str]) -> bool:
    """Whether two names share so many pairs of letters that one is a spelling of the other."""
    return len(one & other) >= _LIKE_SHARE * max(len(one), len(other), 1)


def tag_name(names: dict[str, str], name: str, language: str) -> None:
    """Adds a language to those that use a name."""
    language = _SAME_LANGUAGE.get(language.partition("_")[0].partition("-")[0], language)
    known = names.get(name, "").split()
    names[name] = " ".join(sorted({*known, language.partition("_")[0].partition("-")[0]}))
