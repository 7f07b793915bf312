"""How many columns of a terminal a text takes."""

from __future__ import annotations

import unicodedata


def width_of(text: str) -> int:
    """Returns how many columns of a terminal a text takes: East Asia's characters take two each.

    Args:
        text: One line.
    """
    if text.isascii():
        return len(text)
    return sum(map(_width_of_one, text))


def _width_of_one(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0  # It stands on the character before it, or isn't seen.
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
