"""Two texts as one, with what went and what came marked."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

MAX_PARAGRAPHS = 500
MAX_WORDS = 400
MAX_PAIRS = 1_000_000
"""What is compared in detail: paragraphs, words of one, and pairs of words of all. Time grows with
the pairs; what is beyond is told whole."""

_WORD = re.compile(r"\S+\s*")
_ALIKE = 0.4
"""Similarity of words from which two paragraphs count as versions of one."""


class Piece(NamedTuple):
    """A piece of a paragraph.

    Attributes:
        kind: Whether both texts have it, only the first (`gone`), or only the second (`new`).
        text: The piece.
    """

    kind: Literal["same", "gone", "new"]
    text: str


class Paragraph(NamedTuple):
    """A paragraph of either text, or of both.

    Attributes:
        pieces: It in pieces.
        is_changed: Whether the texts differ in it.
    """

    pieces: list[Piece]
    is_changed: bool


def diff_texts(before: str, after: str) -> list[Paragraph]:
    """Returns the paragraphs of both texts, in their order.

    Args:
        before: The first text.
        after: The second text.
    """
    old = before.split("\n\n", MAX_PARAGRAPHS)
    new = after.split("\n\n", MAX_PARAGRAPHS)
    found: list[Paragraph] = []
    left = MAX_PAIRS
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind == "equal":
            found += [Paragraph([Piece("same", text)], False) for text in old[start:end]]
            continue
        gone, came = old[start:end], new[other_start:other_end]
        for number in range(max(len(gone), len(came))):
            one = gone[number] if number < len(gone) else ""
            other = came[number] if number < len(came) else ""
            before_words, after_words = _WORD.findall(one), _WORD.findall(other)
            left -= len(before_words) * len(after_words)
            is_short = max(len(before_words), len(after_words)) <= MAX_WORDS
            pair = _in_words(before_words, after_words) if is_short and left >= 0 else None
            found += [pair] if pair else _whole(one, other)
    return found


def _in_words(old: list[str], new: list[str]) -> Paragraph | None:
    """Two paragraphs in each other's place as one, word by word; None if they aren't alike."""
    bare_old, bare_new = [word.rstrip() for word in old], [word.rstrip() for word in new]
    matcher = SequenceMatcher(None, bare_old, bare_new, autojunk=False)
    if not old or not new or matcher.ratio() < _ALIKE:
        return None
    pieces: list[Piece] = []
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        gone, came = "".join(old[start:end]), "".join(new[other_start:other_end])
        if kind == "equal":
            pieces.append(Piece("same", came))
            continue
        pieces += [Piece("gone", gone)] if gone else []
        pieces += [Piece("new", came)] if came else []
    return Paragraph(pieces, True)


def _whole(before: str, after: str) -> list[Paragraph]:
    return [
        *([Paragraph([Piece("gone", before)], True)] if before else []),
        *([Paragraph([Piece("new", after)], True)] if after else []),
    ]
