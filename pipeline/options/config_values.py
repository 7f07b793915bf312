"""What is wrong with a value of the configuration file, in the words of one who writes TOML."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import date, time


class ConfigError(Exception):
    """What is wrong with the configuration, in one sentence (exit code 2)."""


def nearest(key: str, known: Iterable[str]) -> str:
    """Returns the hint about a key that does not exist.

    Args:
        key: As written.
        known: Those that do exist.
    """
    similar = difflib.get_close_matches(key.lower().replace("_", "-"), list(known), 1)
    return f"did you mean {similar[0]}?" if similar else "feedlake init writes a file with all keys"


def kind_of(value: object) -> str:
    """Returns what a value of TOML is, for a sentence with *must be … , not …*."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "text in quotes"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, date | time):
        return "a date or time"
    return "a table" if isinstance(value, dict) else "an array"


def array_of_texts(value: object) -> list[str]:
    """Returns an array of texts.

    Args:
        value: As read.

    Raises:
        ConfigError: It is none.
    """
    if not isinstance(value, list):
        raise ConfigError(f'must be an array such as ["…", "…"], not {kind_of(value)}')
    wrong = [item for item in value if not isinstance(item, str)]
    if wrong:
        raise ConfigError(f"must be an array of texts in quotes; {kind_of(wrong[0])} is in it")
    return list(value)
