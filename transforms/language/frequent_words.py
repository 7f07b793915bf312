"""How far the words of a text speak for each language that has a list of frequent ones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from math import sqrt
from typing import NamedTuple

from feedlake.transforms.normalize.word_tables import WordTables

VOTE = 0.65
"""Weight of a word for each class of frequency, as a natural logarithm; the classes are a factor of
2.6 (0.96) apart, and less than that is taken since words of a text depend on each other. 0.6 and
0.7 were within 0.4 points (November 2026)."""

_MAX_REPEATS = 4
"""A word counts so often at most."""

_LEAST_FIT, _LESS_IF_LIKELY = 0.8, 0.6
"""A text must have this part of the frequent words that texts of its language usually have; the
second is taken off for each unit of probability above a half that the model gives the language. The
Declaration of Human Rights in 300 languages that feedlake doesn't know: one in 20 was `und` before
this rule, four of five since; close relatives are left to `rival_words.py` (November 2026)."""

_FIT_SLACK = 0.8
"""Words less are enough in a short text, for each square root of its number of words. With 0.5, 0.3
in 100 sentences more were `und`; of texts that fill a lead, hardly any are at either."""

_FREQUENT = WordTables(__package__, "frequent_words.toml")
_SHARES = WordTables(__package__, "word_shares.toml")

_LONG_WORD = 6
"""Words of so many letters are also looked up by their first and last three."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_WORD_WITH_MARKS = re.compile("[\u0620-\u06d3\u06d5\u06fa-\u06ff\u0900-\u0963]+")
SIGN = re.compile(
    "[^\x00-\x7f\u0400-\u042f\u0430-\u0437\u043a-\u0448\u044c\u0621-\u0629\u062b-\u063a\u0641\u0642"
    "\u0644-\u0648\u0900-\u0932\u0934-\u097f\u2000-\u2bff\u3000-\uffff]"
)
"""Letters that few of a script's languages write."""
_JE = re.compile("ije|[bpvmdtsz]je")

_Levels = dict[str, tuple[tuple[str, int], ...]]
"""What is frequent, with the languages and the class there, 5 for the most frequent and 1 for the
least."""


class Frequent(NamedTuple):
    """What is frequent in the languages of a script.

    Attributes:
        languages: All that have a list.
        yat: Those that write the vowel of Croatian and Bosnian.
        words: Whole words.
        stems: Beginnings of three letters.
        endings: Endings of three letters.
        signs: Letters that few of the languages write.
    """

    languages: tuple[str, ...]
    yat: tuple[tuple[str, int], ...]
    words: _Levels
    stems: _Levels
    endings: _Levels
    signs: _Levels


def count_words(sample: str, script: str) -> Counter[str]:
    """Returns the words of a sample in lower case, with how often each stands there."""
    pattern = _WORD if script in ("latin", "cyrillic") else _WORD_WITH_MARKS
    return Counter(pattern.findall(sample.lower().replace("\u2019", "'")))


def count_votes(words: Counter[str], sample: str, script: str) -> tuple[dict[str, float], set[str]]:
    """Returns how far words and parts of words speak for each language, and which have whole words.

    Args:
        words: The sample's words.
        sample: A text.
        script: The script it is in.
    """
    levels, spoken = count_levels(words, sample, frequent_in(script))
    return {tag: VOTE * level for tag, level in levels.items()}, spoken


def count_levels(
    words: Counter[str], sample: str, frequent: Frequent
) -> tuple[dict[str, int], set[str]]:
    """Returns the classes of all frequent words and parts in a text, added up for each language.

    Args:
        words: The sample's words.
        sample: A text.
        frequent: What is frequent in the languages that are asked.

    Returns:
        The sums, and the languages that have whole words.
    """
    find_word, find_stem, find_ending = (
        frequent.words.get,
        frequent.stems.get,
        frequent.endings.get,
    )
    levels = dict.fromkeys(frequent.languages, 0)
    spoken: set[str] = set()
    for word, count in words.items():
        count = min(count, _MAX_REPEATS)
        if tags := find_word(word):
            for tag, level in tags:
                levels[tag] += level * count
                spoken.add(tag)
        if len(word) >= _LONG_WORD:
            for tag, level in find_ending(word[-3:], ()):
                levels[tag] += level * count
            for tag, level in find_stem(word[:3], ()):
                levels[tag] += level * count
    lower = sample.lower()
    if not lower.isascii():
        for letter, count in Counter(SIGN.findall(lower)).items():
            for tag, level in frequent.signs.get(letter, ()):
                levels[tag] += level * count
    if frequent.yat and "je" in lower:
        count = len(_JE.findall(lower))
        for tag, level in frequent.yat:
            levels[tag] += level * count
    return levels, spoken


def fits(tag: str, words: Counter[str], script: str, *, likely: float) -> bool:
    """Returns whether a text has as many frequent words of a language as its texts have, or nearly.

    A text in a language that isn't known has some words of its neighbour, but not so many.

    Args:
        tag: The language that seems likeliest.
        words: The words of the text.
        script: Its script.
        likely: What the model says of the language, 0 to 1.
    """
    own, stems, endings = _own_words(script, tag)
    hits = sum(
        count
        for word, count in words.items()
        if word in own or (len(word) >= _LONG_WORD and (word[-3:] in endings or word[:3] in stems))
    )
    total = words.total()
    least = _usual_share(script, tag) * (_LEAST_FIT - _LESS_IF_LIKELY * max(0.0, likely - 0.5))
    return hits >= least * total - _FIT_SLACK * sqrt(total)


@cache
def _own_words(script: str, tag: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The words, beginnings and endings that are frequent in one language of a script."""
    own = frequent_of(tag, script)
    return frozenset(own.words), frozenset(own.stems), frozenset(own.endings)


@cache
def _usual_share(script: str, tag: str) -> float:
    """The share of a text's words that usually are among a language's own; 0 without a list."""
    shares = _SHARES.section(script) if script in _SHARES else {}
    return float(shares.get(tag, 0)) / 100


@cache
def frequent_in(script: str) -> Frequent:
    """Returns what is frequent in the languages of a script; only some scripts have any."""
    lists = _FREQUENT.texts(script) if script in _FREQUENT else {}
    return sort_frequent(lists.items())


def frequent_of(tag: str, script: str) -> Frequent:
    """Returns what is frequent in one language of a script, nothing if it has no list."""
    lists = _FREQUENT.section(script) if script in _FREQUENT else {}
    return sort_frequent([(tag, lists[tag])] if tag in lists else [])


def sort_frequent(lists: Iterable[tuple[str, str]]) -> Frequent:
    """Returns lists of what is frequent, by kind.

    Args:
        lists: Languages, each with its list as `frequent_words.toml` has it.
    """
    parts: tuple[dict[str, list[tuple[str, int]]], ...] = ({}, {}, {}, {})
    words, stems, endings, signs = parts
    yat = []
    tags = set()
    for tag, classes in lists:
        tags.add(tag)
        for place, listed in enumerate(classes.split("/")):
            voice = (tag, 5 - place)
            for part in listed.split():
                if part == "~je":
                    yat.append(voice)
                elif part[0] == "#":
                    signs.setdefault(part[1:], []).append(voice)
                elif part[0] == "-":
                    endings.setdefault(part[1:], []).append(voice)
                elif part[-1] == "-":
                    stems.setdefault(part[:-1], []).append(voice)
                else:
                    words.setdefault(part, []).append(voice)
    levels = ({key: tuple(voices) for key, voices in part.items()} for part in parts)
    return Frequent(tuple(sorted(tags)), tuple(yat), *levels)
