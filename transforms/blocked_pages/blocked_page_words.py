"""Words by which pages that are no articles are known, out of `blocked_page_words.toml`."""

from __future__ import annotations

import re
from typing import Literal, cast, get_args

from feedlake.transforms.normalize.word_tables import WordTables

Reason = Literal[
    "challenge", "consent_wall", "javascript_wall", "login_wall", "soft_404", "blocked"
]

_REASONS = frozenset(get_args(Reason))
_NAMED_PART = re.compile("<([a-z-]+)>")
_TABLES = WordTables(__package__, "blocked_page_words.toml")


def read_reason(text: str) -> Reason:
    """Returns a reason that stands in a file.

    Raises:
        ValueError: If it is none of `Reason`.
    """
    if text not in _REASONS:
        raise ValueError(f"{text} must be one of {', '.join(sorted(_REASONS))}")
    return cast(Reason, text)


def _join(lines: str, parts: dict[str, str]) -> str:
    """One expression for all lines; an indented line continues the one above it."""
    joined = lines.strip().replace("\n    ", "").replace("\n", "|")
    try:
        return f"(?:{_NAMED_PART.sub(lambda named: parts[named[1]], joined)})"
    except KeyError as error:
        raise ValueError(f"blocked_page_words.toml has no part <{error.args[0]}>") from error


def _read_parts() -> dict[str, str]:
    parts: dict[str, str] = {}
    for name, lines in _TABLES.texts("parts").items():
        parts[name] = _join(lines, parts)
    return parts


_PARTS = _read_parts()


def _compile(lines: str) -> re.Pattern[str]:
    return re.compile(_join(lines, _PARTS))


def _compile_by_reason(section: str) -> dict[Reason, re.Pattern[str]]:
    return {read_reason(key): _compile(lines) for key, lines in _TABLES.texts(section).items()}


LOST_TITLE = _compile(_TABLES.text("lost_title"))
LOST_NUMBER = _compile(_TABLES.text("lost_number"))
SMALL_PRINT = _compile(_TABLES.text("small_print"))
CONSENT_WORDS = _compile(_TABLES.text("consent_words"))
LOGIN_WORDS = _compile(_TABLES.text("login_words"))
TITLES = _compile_by_reason("titles")
NOTICES = _compile_by_reason("notices")
