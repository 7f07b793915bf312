"""Where two texts differ, in passages that a person can read."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import NamedTuple

MAX_PASSAGES = 20
"""Passages that are told: with more, reading both texts is easier."""

MAX_PARAGRAPHS = 2_000
"""Paragraphs that are compared: the time grows with their square."""

MAX_WORDS = 400
"""Words of one passage that are compared one by one; longer ones are told whole."""

_WORD = re.compile(r"\S+\s*")


class Passage(NamedTuple):
    """A place at which texts differ.

    Attributes:
        before: What stands there in the first text; empty if the second adds something.
        after: What stands there in the second; empty if it leaves something out.
    """

    before: str
    after: str


def differing_passages(before: str, after: str) -> list[Passage]:
    """Returns where two texts differ, in their order: the first `MAX_PASSAGES` of them.

    Paragraphs are compared first, then the words of those that stand in each other's place.

    Args:
        before: The first text.
        after: The second text.
    """
    old = before.split("\n\n")[:MAX_PARAGRAPHS]
    new = after.split("\n\n")[:MAX_PARAGRAPHS]
    found: list[Passage] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind != "equal" and len(found) < MAX_PASSAGES:
            found += _in_words("\n\n".join(old[start:end]), "\n\n".join(new[other_start:other_end]))
    return found[:MAX_PASSAGES]


def _in_words(before: str, after: str) -> list[Passage]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    if not old or not new or len(old) > MAX_WORDS or len(new) > MAX_WORDS:
        return [Passage(before, after)]
    bare_old, bare_new = [word.rstrip() for word in old], [word.rstrip() for word in new]
    matcher = SequenceMatcher(None, bare_old, bare_new, autojunk=False)
    if matcher.ratio() < 0.5:  # Words that happen to be equal say nothing in other sentences.
        return [Passage(before, after)]
    return [
        Passage("".join(old[start:end]).strip(), "".join(new[other_start:other_end]).strip())
        for kind, start, end, other_start, other_end in matcher.get_opcodes()
        if kind != "equal"
    ]
