"""Words by which notices of one template are told apart: see `notice_words.toml`."""

from __future__ import annotations

from feedlake.transforms.normalize.word_tables import WordTables

_TABLES = WordTables(__package__, "notice_words.toml")

NUMBER_WORDS = {
    word: number for number, words in _TABLES.texts("numbers").items() for word in words.split()
}
"""Number words, each with what it is compared as."""

MONTHS = _TABLES.words("words", "months")
"""Months in small letters."""

BYLINES = _TABLES.words("words", "bylines")
"""Words in small letters with which bylines begin."""

NO_NAMES = _TABLES.words("words", "no_names")
"""Words in small letters that name nobody of whom a notice is, though they have a capital."""
