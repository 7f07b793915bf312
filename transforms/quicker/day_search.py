"""htmldate's search for a day, with less tried on texts that are no dates.

It hands every text with a day's number and the name of a month, in any of 200 languages, to
dateparser, which then loads what it knows of each language in turn: 1.7 s of CPU for the first
text of a process that none of them can read (2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache, partial
from typing import Any

from dateparser import DateDataParser  # type: ignore[import-untyped]
from htmldate import extractors

_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_SETTINGS = {
    "NORMALIZE": True,
    "PARSERS": ["custom-formats", "absolute-time"],
    "PREFER_DATES_FROM": "past",
    "PREFER_LOCALE_DATE_ORDER": True,
    "RETURN_AS_TIMEZONE_AWARE": False,
    "STRICT_PARSING": True,
}
"""htmldate's own."""


@contextmanager
def in_languages(language: str | None) -> Iterator[None]:
    """Has htmldate read what its own patterns do not know in a page's languages in the block.

    These are the language that the page states and English; all others as well where it states
    none, or the text has letters beyond ASCII. What has no year of four digits is no date.

    Args:
        language: Primary tag of the page's language, None if it states none.
    """
    replacements: dict[str, Any] = {
        "has_date_cue": _has_year,
        "_external_date": partial(_read, language),
        # Its cache knows texts by themselves, not by the language that they were read in.
        "try_date_expr": extractors.try_date_expr.__wrapped__,
    }
    before = {name: getattr(extractors, name) for name in replacements}
    try:
        for name, replacement in replacements.items():
            setattr(extractors, name, replacement)
        yield
    finally:
        for name, original in before.items():
            setattr(extractors, name, original)


def _has_year(text: str, earliest: datetime, latest: datetime) -> bool:
    year = _YEAR.search(text)
    return year is not None and earliest.year <= int(year[0]) <= latest.year


def _read(language: str | None, text: str) -> datetime | None:
    for languages in _languages(language, text):
        try:
            found: datetime | None = _parser(languages).get_date_data(text)["date_obj"]
        except (OverflowError, ValueError):  # Numbers that no calendar has.
            continue
        if found is not None:
            return found
    return None


def _languages(language: str | None, text: str) -> Iterator[tuple[str, ...] | None]:
    """The languages to read a text in, one group after another; None stands for all."""
    if language is not None and _is_read(language):
        yield tuple(dict.fromkeys((language, "en")))
        if not any(char.isalpha() and not char.isascii() for char in text):
            return
    yield None


@cache
def _is_read(language: str) -> bool:
    """Whether dateparser reads dates in this language."""
    try:
        DateDataParser(languages=[language]).get_date_data("1 1 2001")
    except ValueError:  # What it says of languages that it doesn't know.
        return False
    return True


@cache
def _parser(languages: tuple[str, ...] | None) -> Any:
    """What reads dates in some languages, or in all; reading does not change it."""
    return DateDataParser(languages=languages and list(languages), settings=_SETTINGS)
