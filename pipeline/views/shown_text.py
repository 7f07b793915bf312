"""Texts of strangers, made fit to be shown: on one line, in their order, not too long."""

from __future__ import annotations

import re

# What is no text (but for line breaks and tabs), halves of surrogate pairs, and what turns the
# order of the letters that follow: nothing of it belongs in a title.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ufdd0-\ufdef\ufff9-\ufffc\ufffe\uffff\ud800-\udfff]"
)
_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
"""More marks on a letter than any language has, which would grow over the lines above."""

_SPACES = re.compile(r"\s+")


def plain(text: str | None) -> str:
    """Returns a text of several paragraphs without what only does harm."""
    return _MARKS.sub(r"\1", _CONTROLS.sub("", text or ""))


def line(text: str | None, limit: int = 300) -> str:
    """Returns a text on one line.

    Args:
        text: The text.
        limit: Characters at most; what is longer ends in `…`.
    """
    shown = _SPACES.sub(" ", plain((text or "")[: limit * 20])).strip()
    return shown if len(shown) <= limit else f"{shown[:limit].rstrip()}…"
