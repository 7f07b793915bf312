"""How much a text is prose rather than menu, list or machine output: named signals and a score.

Signals and limits follow Gopher (Rae et al., 2021, table A1), C4 (Raffel et al., 2020, section
2.2) and FineWeb (Penedo et al., 2024, section 3.6). Where a limit was set for English, it holds
for the scripts it suits only.
"""

# ruff: noqa: E501 (tables of words read better in long lines)

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from feedlake.transforms.language.stop_words import stop_words
from feedlake.transforms.normalize.scripts import THAI_LAO, UNSPACED, may_lack_spaces

MAX_CHARS = 200_000
"""Characters of the text that are judged."""

_SHORT_LINE = 30
"""FineWeb: lines below this many characters are short; a letter of a script without spaces
counts as three."""

_ALNUM = re.compile(r"[^\W_]")
_MARKS = "\"'.,;:!?()[]\u201c\u201d\u2018\u2019\u00ab\u00bb"
_HASH_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_UNSPACED = re.compile(f"[{UNSPACED}]")
_THAI_LAO = re.compile(f"[{THAI_LAO}]")
_BETWEEN_WORDS = "\u1361\u0f0b"
"""Signs instead of blanks: of Ethiopic writing, where two of them also are a full stop, and Tibetan."""

_BULLET = re.compile(
    r"\s*(?:[\u2022\u2023\u25aa\u25cf\u25cb\u25a0\u25b6\u2043\u204c\u2219*+]|[-\u2013]\s)"
)
_ELLIPSIS = re.compile(r"(?:\u2026|\.\.\.)[\"'\u201d\u2019)\]]*\s*$")
_TERMINAL = re.compile(
    "[.!?\u2026\u3002\uff01\uff1f\uff0e\uff61\u0964\u0965\u06d4\u061f\u0589\u1361\u1362\u1367\u104b\u17d4\u17d5\u0f0d\u0f0e:]"
    "[\"'\u2019\u201d\u00bb\u203a)\\]\u300d\u300f\u3011\uff09]*\\s*$"
)
_JAVASCRIPT = re.compile(r"java\s?script")
_BOILERPLATE = re.compile(
    r"\b(?:cookies?|subscribe|sign up|sign in|log ?in|newsletter|all rights reserved|terms of (?:use|service)"
    r"|privacy policy|read more|click here|share (?:this|on)|follow us|advertisement|copyright \u00a9|\u00a9"
    r"|related (?:articles|stories)|leave a (?:comment|reply)|skip to (?:content|main)|abonnieren|anmelden"
    r"|datenschutz|alle rechte vorbehalten|s'abonner|tous droits r\u00e9serv\u00e9s|suscr\u00edbete"
    r"|todos los derechos|iscriviti|tutti i diritti|assine|todos os direitos)(?!\w)"
)
_BOILERPLATE_PARTS = (
    "cookie", "subscribe", "sign up", "sign in", "log in", "login", "newsletter", "reserved", "droits", "terms of", "privacy", "read more", "click here",
    "share this", "share on", "follow us", "advertisement", "\u00a9", "related articles", "related stories", "leave a ", "skip to ", "abonn", "anmelden",
    "datenschutz", "alle rechte", "suscr", "derechos", "iscriviti", "diritti", "assine", "direitos",
)  # fmt: skip
"""Each phrase of `_BOILERPLATE` holds one of these, which are found in a tenth of the time."""

_NOTICE_CHARS = 160
"""Longer lines that mention cookies are taken for articles about cookies."""

_END_CHARS = 12
"""Characters at the end of a line that are searched for its full stop; quotes may follow it."""

_RUN_WORDS, _RUN_LETTERS = 5, 10
"""Words, or letters of a script without spaces, in a run that is counted as repeated."""

_FEW_REPEATS = 8
"""So many are looked for one by one, which is quicker than sorting all runs with their places."""

_Signals = dict[str, float | None]


@dataclass(frozen=True)
class Quality:
    """Signals of one text; shares are 0 to 1, and None where a signal does not apply.

    Attributes:
        quality_score: 0 to 1: the product over the signals of 1 - weight x badness, where
            badness goes from 0 to 1 between the two limits of `LIMITS`.
        mean_word_length: Code points a word (Gopher); None for scripts without spaces.
        symbol_word_ratio: Number signs and ellipses a word (Gopher).
        alphabetic_word_share: Words that hold a letter (Gopher).
        stop_word_share: Words that are stop words of the language; None where none are known,
            and for texts of fewer than 50 words.
        bullet_line_share: Lines that begin with a bullet (Gopher).
        ellipsis_line_share: Lines that end with an ellipsis (Gopher).
        terminal_line_share: Lines that end a sentence (C4, FineWeb), weighed by their length;
            None for Thai and Lao, which have no full stop.
        short_line_share: Lines of fewer than 30 characters (FineWeb).
        duplicate_line_share: Lines that stood before (Gopher).
        duplicate_line_char_share: Characters in them (FineWeb).
        duplicate_paragraph_share: Paragraphs that stood before (Gopher).
        top_bigram_share: Characters in the most frequent pair of words (Gopher).
        duplicate_ngram_share: Words in runs of five that stood before (Gopher).
        boilerplate_share: Characters in short lines that ask to subscribe, accept, log in.
        has_lorem_ipsum: Whether it is filler text (C4).
        javascript_line_share: Lines of fewer than 160 characters that name JavaScript (C4).
        code_char_share: Characters that are braces (C4).
    """

    quality_score: float
    _: KW_ONLY
    mean_word_length: float | None
    symbol_word_ratio: float
    alphabetic_word_share: float
    stop_word_share: float | None
    bullet_line_share: float
    ellipsis_line_share: float
    terminal_line_share: float | None
    short_line_share: float
    duplicate_line_share: float
    duplicate_line_char_share: float
    duplicate_paragraph_share: float
    top_bigram_share: float
    duplicate_ngram_share: float
    boilerplate_share: float
    has_lorem_ipsum: bool
    javascript_line_share: float
    code_char_share: float


LIMITS: dict[str, tuple[float, float, float]] = {
    "symbol_word_ratio": (0.03, 0.10, 0.6),
    "alphabetic_word_share": (0.80, 0.50, 0.6),
    "stop_word_share": (0.04, 0.0, 0.3),
    "bullet_line_share": (0.30, 0.90, 0.5),
    "ellipsis_line_share": (0.10, 0.30, 0.5),
    "terminal_line_share": (0.60, 0.12, 0.6),
    "short_line_share": (0.40, 0.90, 0.4),
    "duplicate_line_share": (0.05, 0.30, 0.6),
    "duplicate_line_char_share": (0.03, 0.20, 0.4),
    "duplicate_paragraph_share": (0.05, 0.30, 0.4),
    "top_bigram_share": (0.08, 0.20, 0.5),
    "duplicate_ngram_share": (0.08, 0.40, 0.6),
    "boilerplate_share": (0.04, 0.40, 0.7),
    "javascript_line_share": (0.02, 0.30, 0.5),
    "code_char_share": (0.002, 0.02, 0.6),
}
"""Of each signal: where badness begins, where it is full, and how much of the score it then takes.
The full ends are the limits at which Gopher, C4 or FineWeb drop a text, or near them."""

_WORD_LENGTH_WEIGHT, _LOREM_WEIGHT, _SHORT_TEXT_WEIGHT = 0.5, 0.8, 0.6
_FEW_WORDS, _ENOUGH_WORDS = 5, 50
"""Gopher drops texts of fewer than 50 words. News flashes are shorter; they lose a part of the score,
from nothing at 50 words to `_SHORT_TEXT_WEIGHT` at 5."""


class _Words(NamedTuple):
    """The words of a text.

    Attributes:
        words: In small letters, without the punctuation around them, at least one.
        letterless: How many of them hold no letter.
        unspaced: Letters of scripts without spaces, each of which is a word.
        letters: Code points of all words.
    """

    words: list[str]
    letterless: int
    unspaced: int
    letters: int

    @property
    def is_unspaced(self) -> bool:
        """Whether most words are letters of scripts without spaces."""
        return self.unspaced > len(self.words) / 2


def rate_quality(text: str, *, language: str) -> Quality | None:
    """Returns the signals of a text, or None if it has no word.

    Args:
        text: Clean text, of which `MAX_CHARS` are read.
        language: Its language, a BCP 47 primary tag.
    """
    text = text[:MAX_CHARS]
    lowered = text.lower()
    found = _find_words(text, lowered)
    if found is None:
        return None
    lines = [line for line in map(str.strip, text.splitlines()) if line]
    signals = (
        _rate_words(text, found, language)
        | _rate_line_ends(text, lines, found)
        | _rate_repeats(text, lines, found)
        | _rate_machine_output(text, lines)
    )
    rounded = {name: None if value is None else round(value, 4) for name, value in signals.items()}
    has_lorem = "lorem ipsum" in lowered
    score = _score(rounded, words=len(found.words), has_lorem=has_lorem)
    return Quality(quality_score=score, has_lorem_ipsum=has_lorem, **rounded)  # type: ignore[arg-type]


def _find_words(text: str, lowered: str) -> _Words | None:
    """The words of a text, None if it has none."""
    unspaced = len(_UNSPACED.findall(text)) if may_lack_spaces(text) else 0
    spaced = _UNSPACED.sub(r" \g<0> ", lowered) if unspaced else lowered
    for sign in _BETWEEN_WORDS:
        spaced = spaced.replace(sign, " ")
    words = [word if word.isalpha() else word.strip(_MARKS) for word in spaced.split()]
    others = [word for word in words if not word.isalpha()]
    signs = {word for word in others if not _ALNUM.search(word)}
    if signs:
        words = [word for word in words if word not in signs]
    letterless = sum(word not in signs and not _has_letter(word) for word in others)
    return _Words(words, letterless, unspaced, len("".join(words))) if words else None


def _has_letter(word: str) -> bool:
    return word[0].isalpha() or any(map(str.isalpha, word))


def _rate_words(text: str, found: _Words, language: str) -> _Signals:
    """The signals that go by single words."""
    count = len(found.words)
    # Short texts in Turkish often have no stop word.
    can_judge = not found.is_unspaced and count >= _ENOUGH_WORDS
    stops = stop_words(language) if can_judge else frozenset()
    return {
        "mean_word_length": None if found.is_unspaced else found.letters / count,
        "symbol_word_ratio": sum(map(text.count, ("#", "\u2026", "..."))) / count,
        "alphabetic_word_share": 1 - found.letterless / count,
        "stop_word_share": sum(map(stops.__contains__, found.words)) / count if stops else None,
    }


def _rate_line_ends(text: str, lines: list[str], found: _Words) -> _Signals:
    """The signals that go by the beginnings, ends and lengths of lines."""
    share = 1 / len(lines)
    chars = sum(map(len, lines))
    ended = sum(len(line) for line in lines if _TERMINAL.search(line[-_END_CHARS:]))
    has_no_stops = found.unspaced and len(_THAI_LAO.findall(text)) > len(found.words) / 2
    return {
        "bullet_line_share": share * _count_matches(_BULLET.match, lines),
        "ellipsis_line_share": share
        * _count_matches(_ELLIPSIS.search, [line[-_END_CHARS:] for line in lines]),
        "terminal_line_share": None if has_no_stops else ended / chars,
        "short_line_share": share * _count_short(lines, is_unspaced=found.unspaced > 0),
    }


def _count_matches(match: Callable[[str], re.Match[str] | None], lines: list[str]) -> int:
    return sum(match(line) is not None for line in lines)


def _count_short(lines: list[str], *, is_unspaced: bool) -> int:
    """How many lines are short, a letter of a script without spaces counted as three."""
    if not is_unspaced:
        return sum(len(line) < _SHORT_LINE for line in lines)
    return sum(len(line) + 2 * len(_UNSPACED.findall(line)) < _SHORT_LINE for line in lines)


def _rate_repeats(text: str, lines: list[str], found: _Words) -> _Signals:
    """The signals that go by what stands in the text more than once."""
    words = found.words
    repeated: list[str] = []
    if len(set(lines)) < len(lines):
        repeated = list((Counter(lines) - Counter(set(lines))).elements())
    paragraphs = [part for part in text.split("\n\n") if part and not part.isspace()]
    hashes = np.fromiter(map(hash, words), np.int64, len(words)).view(np.uint64)
    size = _RUN_LETTERS if found.is_unspaced else _RUN_WORDS
    return {
        "duplicate_line_share": 1 / len(lines) * len(repeated),
        "duplicate_line_char_share": sum(map(len, repeated)) / sum(map(len, lines)),
        "duplicate_paragraph_share": 1 - len(set(paragraphs)) / len(paragraphs),
        "top_bigram_share": _top_bigram_share(words, hashes, found.letters),
        "duplicate_ngram_share": _duplicate_ngram_share(hashes, size=size),
    }


def _rate_machine_output(text: str, lines: list[str]) -> _Signals:
    """The signals that go by notices of a site, and by code."""
    chars = sum(map(len, lines))
    notices = [line.lower() for line in lines if len(line) < _NOTICE_CHARS]
    return {
        "boilerplate_share": _count_boilerplate(notices) / chars,
        "javascript_line_share": 1 / len(lines) * _count_matches(_JAVASCRIPT.search, notices),
        "code_char_share": (text.count("{") + text.count("}")) / chars,
    }


def _score(signals: dict[str, float | None], *, words: int, has_lorem: bool) -> float:
    score = 1.0
    for name, (good, bad, weight) in LIMITS.items():
        value = signals[name]
        if value is not None:
            score *= 1 - weight * min(1.0, max(0.0, (value - good) / (bad - good)))
    length = signals["mean_word_length"]
    if length is not None:  # Gopher's 3 to 10 are for English; Finnish and Tamil need a bit more.
        badness = max((3.2 - length) / 1.2, (length - 11) / 6)
        score *= 1 - _WORD_LENGTH_WEIGHT * min(1.0, max(0.0, badness))
    missing = (_ENOUGH_WORDS - words) / (_ENOUGH_WORDS - _FEW_WORDS)
    score *= 1 - _SHORT_TEXT_WEIGHT * min(1.0, max(0.0, missing))
    return round(score * (1 - _LOREM_WEIGHT * has_lorem), 4)


def _count_boilerplate(lines: list[str]) -> int:
    """How many characters are in short lines that ask something of the reader.

    Args:
        lines: Short lines in lower case.
    """
    together = "\n".join(lines)
    if not any(part in together for part in _BOILERPLATE_PARTS):
        return 0
    return sum(len(line) for line in lines if _BOILERPLATE.search(line))


def _top_bigram_share(words: list[str], hashes: npt.NDArray[np.uint64], chars: int) -> float:
    """The share of the characters that the most frequent pair of words has, if it repeats."""
    if len(words) < 20:  # In a short text any pair that comes twice would have a large share.
        return 0.0
    pairs = hashes[:-1] * _HASH_FACTOR + hashes[1:]
    ordered = np.sort(pairs)
    changes = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    ends = np.concatenate((changes, [len(ordered)]))
    starts = np.concatenate(([0], changes))
    counts = ends - starts
    count = int(counts.max())
    if count < 2:
        return 0.0
    most = ordered[starts[counts == count]]
    place = min(int((pairs == pair).argmax()) for pair in most)
    return min(1.0, count * (len(words[place]) + len(words[place + 1])) / chars)


def _duplicate_ngram_share(hashes: npt.NDArray[np.uint64], *, size: int) -> float:
    """The share of words in runs of `size` words that the text has had before."""
    runs = len(hashes) - size + 1
    if runs < 2:
        return 0.0
    values = hashes[:runs]
    for shift in range(1, size):
        values = values * _HASH_FACTOR + hashes[shift : shift + runs]
    ordered = np.sort(values)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(again):
        return 0.0
    is_repeat = np.zeros(runs, bool)
    if len(again) <= _FEW_REPEATS:
        for value in set(again.tolist()):
            is_repeat[np.flatnonzero(values == np.uint64(value))[1:]] = True
    else:
        _, first = np.unique(values, return_index=True)
        is_repeat[:] = True
        is_repeat[first] = False
    starts = np.flatnonzero(is_repeat)
    covered = int(np.minimum(np.diff(starts), size).sum()) + size
    return covered / len(hashes)
