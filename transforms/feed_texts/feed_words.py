"""The words of `feed_words.toml` as regular expressions, each compiled when it's asked for."""

from __future__ import annotations

import functools
import re

from feedlake.transforms.normalize.word_tables import WordTables

_TABLES = WordTables("feedlake.transforms.feed_texts", "feed_words.toml")


def _one_of(name: str) -> str:
    text = re.sub(r"\n[ \t]+", "", _TABLES.text(name).strip())
    return "|".join(f"(?:{line})" for line in text.splitlines())


# Where a sentence, or what stands in brackets or behind an arrow, begins.
_BEGINNING = (
    r"(?:^|(?<=[.!?\u2026\u3002\uff01\uff1f\u0964\u061f\])\u00bb\u201d\"'>|\u00b7:]) ?"
    r"|[\[(<>\u00bb\u2192|\u00b7\u2013\u2014-] ?)"
)


@functools.cache
def read_more() -> re.Pattern[str]:
    """Returns what leads on to the page, in a case-folded line, with what follows it as `rest`."""
    return re.compile(rf"{_BEGINNING}(?:{_one_of('read_more')})(?P<rest>.*)$")


@functools.cache
def footer() -> re.Pattern[str]:
    """Returns a case-folded line that is no part of the text above it, if it matches fully."""
    return re.compile(rf"\W*(?:{_one_of('footer')})\W*")


@functools.cache
def no_text() -> re.Pattern[str]:
    """Returns words that make no text, in a case-folded one."""
    return re.compile(rf"(?<!\w)(?:{_one_of('no_text')}|{_one_of('read_more')})(?!\w)")


@functools.cache
def about_markup() -> re.Pattern[str]:
    """Returns a word of those who write about markup, in a case-folded text."""
    return re.compile(rf"(?<!\w)(?:{_one_of('about_markup')})(?!\w)")
