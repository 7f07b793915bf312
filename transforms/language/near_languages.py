"""What tells near languages apart: words, beginnings and endings that only some of them write."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import NamedTuple

from feedlake.transforms.normalize.word_tables import WordTables

_VOTE = 1.5
"""Weight of a sign, as a natural logarithm: a language that writes it does so about 4.5 times as
often as the others. With 1 or 2 instead, as many articles in near languages were told right, within
0.6 points (November 2026)."""

_MAX_REPEATS = 2
"""A word counts no more often than this; a word that repeats is often just the text's subject."""

_EDGE_CHARS = 3
"""Beginnings and endings are looked up by so many letters; none of them may be shorter."""

_WORD = re.compile(r"[^\W\d_]+")

_SIGNS = WordTables(__package__, "near_languages.toml")


class _Signs(NamedTuple):
    """Signs of a group of languages, each with the languages that write it.

    Attributes:
        words: Whole words.
        stems: Beginnings by their first letters, longest first.
        endings: Endings by their last letters, longest first.
    """

    words: dict[str, tuple[str, ...]]
    stems: dict[str, list[tuple[str, tuple[str, ...]]]]
    endings: dict[str, list[tuple[str, tuple[str, ...]]]]


def votes_between(tag: str, sample: str) -> dict[str, float]:
    """Returns how far a text speaks for a language and each that is near it; nothing if none is.

    Args:
        tag: The language that the text seems to be in.
        sample: The text, in Latin letters.

    Returns:
        For each language of the group a natural logarithm: 0 for the one that most signs speak for,
        less for the others.
    """
    group = _groups().get(tag)
    if group is None:
        return {}
    votes = dict.fromkeys(group.split(), 0)
    signs = _signs(group)
    for word, count in Counter(_WORD.findall(sample.lower())).items():
        for near in _who_writes(word, signs):
            votes[near] += min(count, _MAX_REPEATS)
    most = max(votes.values())
    return {near: _VOTE * (count - most) for near, count in votes.items()}


def _who_writes(word: str, signs: _Signs) -> tuple[str, ...]:
    """The languages of the group that a word is a sign of."""
    if (found := signs.words.get(word)) is not None:
        return found
    for stem, tags in signs.stems.get(word[:_EDGE_CHARS], ()):
        if word.startswith(stem):
            return tags
    for ending, tags in signs.endings.get(word[-_EDGE_CHARS:], ()):
        if word.endswith(ending):
            return tags
    return ()


@cache
def _groups() -> dict[str, str]:
    """The group of each language that has near ones."""
    return {tag: group for group in _SIGNS for tag in group.split()}


@cache
def _signs(group: str) -> _Signs:
    """The signs of a group, by kind."""
    found = _Signs({}, {}, {})
    for names, signs in _SIGNS.texts(group).items():
        tags = tuple(names.split())
        for sign in signs.split():
            part = sign.strip("-")
            if sign.endswith("-"):
                found.stems.setdefault(part[:_EDGE_CHARS], []).append((part, tags))
            elif sign.startswith("-"):
                found.endings.setdefault(part[-_EDGE_CHARS:], []).append((part, tags))
            else:
                found.words[part] = tags
    for listed in (*found.stems.values(), *found.endings.values()):
        listed.sort(key=lambda item: -len(item[0]))
    return found
