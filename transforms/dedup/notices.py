"""What tells two notices of one template apart: their figures, and in short ones their names.

Two reports that an agency, a club or a weather office makes from one template share nearly all of
their words; what is news in them are the figures. So each figure of a text is kept with its
context, the word before it and the word after, and two texts that have the same contexts with other
figures in them are no copies of each other. An edited or updated copy changes few of them.

These marks are a part of the signature, as they are compared with those of the lake, and as nothing
in their making may ever move: see `minhash`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.notice_words import BYLINES, MONTHS, NO_NAMES, NUMBER_WORDS

OTHER_FIGURES = 10
"""Two texts are distinct if more than one of this many contexts that both have holds another
figure."""

_FIGURE_BYTES, _NAME_BYTES = 3, 2

MAX_FIGURES = (minhash.MARK_BYTES - 2) // _FIGURE_BYTES
"""Contexts of a text that are kept, those with the least hashes: two texts keep the same ones."""

MAX_FIGURES_BESIDE_NAMES = 9
"""The same for a short text, whose names take the rest of the room."""

MISSPELT_LETTERS = 2
"""Letters that one of two names has and the other lacks, at most, if it may be a misspelling."""

DATE_LINE_CHARS = 80
"""Longest line that may be a date line or a byline, and longest dateline before a dash."""

_HEAD_LINES, _FOOT_LINES = 8, 6  # Empty ones included.

SENTENCE_END = re.compile(
    "(?<![ap]\\.m)[.!?\u2026\u3002\uff01\uff1f\u0964\u06d4][\"'\u201d\u2019\xbb)\\]\u300d\\s]*\\Z",
    re.IGNORECASE,
)
"""The end of a line that ends as a sentence does, with any brackets and quotes that close after the
full stop, but not with that of "10:30 p.m."."""

_MONTH = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_DAY = r"\d{1,2}(?:st|nd|rd|th|[.\u00ba])?"
_DATE = re.compile(
    rf"\b(?:{_DAY}[ ]?(?:de[ ])?(?:{_MONTH})\b\.?,?(?:[ ](?:de[ ])?\d{{4}}\b)?"
    rf"|(?:{_MONTH})\b\.?[ ]{_DAY}(?!\w)(?:,?[ ]\d{{4}}\b)?)",
    re.IGNORECASE,
)
_DATE_IN_DIGITS = re.compile(
    r"\b(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
    r"|\d{1,2}:\d{2}(?::\d{2})?)\b|\d{4}\u5e74\d{1,2}\u6708(?:\d{1,2}\u65e5)?"
)
_DIGIT = re.compile(r"\d")
_DASH = re.compile(r"\s[-\u2013\u2014]{1,2}\s|--|\u2014")
_BYLINE = re.compile(rf"\s*(?:{'|'.join(sorted(BYLINES))})\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
# What a sentence, a quote or an item of a list begins after.
_STARTS_AFTER = frozenset('.!?:\n"\u201c\u201d\u201e\u00ab\u00bb(\u3002\u2022*-\u2013\u2014|')

_BEFORE, _AFTER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_TO_ASCII = {zero + digit: 0x30 + digit for zero in minhash.ZEROS for digit in range(10)}
_IS_CUT = 0x80
_LAST_RANK = 0xFFFF


class Marks(NamedTuple):
    """What a text is told apart by.

    Attributes:
        figures: For each context, 16 bits of it, 8 bits of the figure there.
        names: For each name a bit for each of its letters; of long texts none.
        last_rank: Names of a higher rank may be missing: see `_rank`.
    """

    figures: dict[int, int]
    names: frozenset[int]
    last_rank: int


def find_marks(text: str, tokens: Sequence[str], hashes: minhash.Words64) -> bytes:
    """Returns the marks of a text, `minhash.MARK_BYTES` of them.

    They are the numbers of figures and of names, a byte each (the highest bit of the second says
    that there is no room for all names), then the figures, three bytes each, then the names, two
    bytes each.

    Args:
        text: The text.
        tokens: Its words.
        hashes: Theirs: see `minhash.hash_words`.
    """
    text = text if text.isascii() else unicodedata.normalize("NFC", text)
    is_short = len(tokens) < minhash.SHORT_TEXT_WORDS
    undated = _without_dates(text)
    if undated is not text:
        tokens = minhash.tokenize(undated)
        hashes = minhash.hash_words(tokens)
    names = {_letters(name) for name in _names(text)} if is_short else set()
    most = MAX_FIGURES_BESIDE_NAMES if names else MAX_FIGURES
    figures = _figures(tokens, hashes, most=most)
    room = (minhash.MARK_BYTES - 2 - _FIGURE_BYTES * len(figures)) // _NAME_BYTES
    marks = bytearray((len(figures), min(len(names), room) | _IS_CUT * (len(names) > room)))
    for context, figure in figures.items():
        marks += context.to_bytes(2, "little") + figure.to_bytes(1, "little")
    for name in sorted(names, key=_rank)[:room]:
        marks += name.to_bytes(_NAME_BYTES, "little")
    return bytes(marks.ljust(minhash.MARK_BYTES, b"\0"))


@lru_cache(maxsize=4096)
def read_marks(marks: bytes) -> Marks:
    """Returns marks, as `find_marks` gives them, in the form in which they are compared."""
    count = marks[1] & ~_IS_CUT
    end = 2 + _FIGURE_BYTES * marks[0]
    figures = {
        int.from_bytes(marks[at : at + 2], "little"): marks[at + 2]
        for at in range(2, end, _FIGURE_BYTES)
    }
    names = [
        int.from_bytes(marks[at : at + _NAME_BYTES], "little")
        for at in range(end, end + _NAME_BYTES * count, _NAME_BYTES)
    ]
    last_rank = max(map(_rank, names)) if marks[1] & _IS_CUT else _LAST_RANK
    return Marks(figures, frozenset(names), last_rank)


def are_distinct(first: Marks, second: Marks) -> bool:
    """Returns whether two similar texts are two pieces of news and no copies.

    That is: more than a tenth of the contexts that both have hold other figures, or each of two
    short texts has a name that the other lacks, and neither is a misspelling of the other.
    """
    shared = len(first.figures.keys() & second.figures.keys())
    others = shared - len(first.figures.items() & second.figures.items())
    return others * OTHER_FIGURES > shared or _are_named_apart(first, second)


def _are_named_apart(first: Marks, second: Marks) -> bool:
    if not first.names or not second.names:
        return False
    mine = [name for name in first.names - second.names if _rank(name) <= second.last_rank]
    theirs = [name for name in second.names - first.names if _rank(name) <= first.last_rank]
    return _has_stranger(mine, theirs) and _has_stranger(theirs, mine)


def _has_stranger(names: list[int], others: list[int]) -> bool:
    """Whether one of the names is no misspelling of any of the others."""
    return any(
        all((name ^ other).bit_count() > MISSPELT_LETTERS for other in others) for name in names
    )


def _rank(name: int) -> int:
    """An order of names in which those of any text are spread evenly, up to `_LAST_RANK`."""
    return name * 0x9E37 & _LAST_RANK


def _figures(tokens: Sequence[str], hashes: minhash.Words64, *, most: int) -> dict[int, int]:
    """The figures of a text, 8 bits each, by 16 bits of their contexts, those that are least."""
    padded = np.zeros(len(hashes) + 2, dtype=np.uint64)
    padded[1:-1] = hashes
    is_number = (padded & np.uint64(minhash.IS_NUMBER)).astype(bool)
    edges = np.flatnonzero(is_number[1:] != is_number[:-1])
    if not len(edges):
        return {}
    firsts, ends = edges[0::2], edges[1::2]  # Of runs of numbers, as places among the tokens.
    mixed = padded[firsts] * _BEFORE + padded[ends + 1] * _AFTER
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    contexts = (mixed >> np.uint64(48)).tolist()
    least = sorted(set(contexts))[:most]
    figures = dict.fromkeys(least, _LAST_RANK)
    for context, first, end in zip(contexts, firsts.tolist(), ends.tolist(), strict=True):
        if context in figures:
            # The least of several: a paragraph more changes it in half of the copies at most.
            figure = _hash_figure("".join(map(_in_digits, tokens[first:end])))
            figures[context] = min(figure, figures[context])
    return {context: figure & 0xFF for context, figure in figures.items()}


def _in_digits(number: str) -> str:
    return NUMBER_WORDS.get(number, number).translate(_TO_ASCII)


@lru_cache(maxsize=1 << 14)
def _hash_figure(figure: str) -> int:
    return int.from_bytes(hashlib.blake2b(figure.encode(), digest_size=2).digest(), "little")


def _names(text: str) -> Iterator[str]:
    """The words with a capital that stand within a sentence; none where most words have one.

    Those of bylines do not count.
    """
    lines = text.split("\n")
    text = "\n".join(line for line in lines if not (_BYLINE.match(line) and _is_short_line(line)))
    words = list(_WORD.finditer(text))
    capital = [word for word in words if word[0][0].isupper()]
    if 2 * len(capital) > len(words):
        return
    for word in capital:
        before = text[: word.start()].rstrip(" \t")[-1:]
        name = word[0].casefold()
        if before and before not in _STARTS_AFTER and name not in NO_NAMES:
            yield name


def _letters(name: str) -> int:
    """A bit for each letter, without its accents: 16 of them, which some letters share."""
    bits = 0
    for letter in unicodedata.normalize("NFKD", name):
        if not unicodedata.combining(letter):
            bits |= 1 << ord(letter) % 16
    return bits


def _without_dates(text: str) -> str:
    """The text without what says when it was printed; the same object if nothing does.

    That is: dates in the first and last lines, if these are short and do not end as sentences do,
    and those that stand before the dash after which a wire story begins.
    """
    lines = text.split("\n", _HEAD_LINES)
    lines[-1:] = lines[-1].rsplit("\n", _FOOT_LINES)
    is_undated = True
    for number, line in enumerate(lines):
        if not _DIGIT.search(line, 0, DATE_LINE_CHARS):
            continue  # As most lines.
        end = 0
        if _is_short_line(line):
            end = len(line)
        elif number < _HEAD_LINES and (dash := _DASH.search(line, 0, DATE_LINE_CHARS)):
            end = dash.start()
        if (undated := _without_date(line[:end])) != line[:end]:
            lines[number] = undated + line[end:]
            is_undated = False
    return text if is_undated else "\n".join(lines)


def _without_date(line: str) -> str:
    has_month = any(word in MONTHS for word in _WORD.findall(line.casefold()))
    undated = _DATE.sub(" ", line) if has_month else line
    return _DATE_IN_DIGITS.sub(" ", undated)


def _is_short_line(line: str) -> bool:
    """Whether a line is a heading, a byline, a date line or the like."""
    return len(line) <= DATE_LINE_CHARS and not SENTENCE_END.search(line)
