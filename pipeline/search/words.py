"""What counts as a word: the same for texts that are indexed, queries, and what is highlighted.

A word is a run of letters and digits, in lower case and without accents. Scripts that put no
spaces between words have no such runs, and Korean's are words with what is added to them. There,
each two neighbouring characters are a word, and the last one of a run by itself: 経済学 is 経済,
済学 and 学. So a run of characters is found wherever it stands, as a phrase.
"""

# ruff: noqa: RUF001, RUF003
# Letters that look alike are what it is about.

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_MARK_BLOCKS = ((0x0300, 0x1E00), (0x3099, 0x309B), (0xA66F, 0xAC00), (0x11000, 0x11E00))
"""Where scripts have their marks, which belong to the character before them. (Those of emoji and
of musical notes are left out.)"""


def _marks() -> str:
    """All marks of these blocks, as the inside of a character class."""
    numbers = [
        number
        for first, last in _MARK_BLOCKS
        for number in range(first, last)
        if unicodedata.category(chr(number)).startswith("M")
    ]
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in spans) + "\uff9e\uff9f"


_MARKS = _marks()
_JOINERS = "\u200c\u200d"  # Between letters of one word, in Persian and in scripts of India.
_SPACELESS_LETTERS = (
    "\u3005-\u3007\u3021-\u3029\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese, Japanese
    "\u1100-\u11ff\uac00-\ud7a3"  # Korean
    "\u0e01-\u0e30\u0e32-\u0e33\u0e40-\u0e46"  # Thai
    "\u0e81-\u0eb0\u0eb2-\u0eb3\u0ebd\u0ec0-\u0ec6\u0edc-\u0edf"  # Lao
    "\u1780-\u17b3\u17d7\u17dc"  # Khmer
    "\u1000-\u102a\u103f\u1050-\u1055\u105a-\u105d\u1061\u1065-\u1066\u106e-\u1070\u1075-\u1081"
    "\u108e"  # Burmese
)
_WORD = re.compile(rf"[^\W_][\w{_MARKS}{_JOINERS}]*")
_BREAKS = re.compile(
    rf"(?:[^\w{_MARKS}{_JOINERS}]+|_+|^)[{_MARKS}{_JOINERS}]+|[^\w{_MARKS}{_JOINERS}]+|_+"
)
"""What is between words; marks without a letter before them are."""
_ASCII_BREAKS = {number: " " for number in range(128) if not chr(number).isalnum()}
_SPACELESS = re.compile(rf"[{_SPACELESS_LETTERS}][{_SPACELESS_LETTERS}{_MARKS}]*")
_UNIT = re.compile(rf"[^{_MARKS}{_JOINERS}][{_MARKS}{_JOINERS}]*|[{_MARKS}{_JOINERS}]+")
_HAS_MARK = re.compile(f"[{_MARKS}]")
_ACCENTS = re.compile(
    "(?<=[a-zα-ω])[\u0300-\u036f]+|[\u0591-\u05bd\u05bf-\u05c7\u0640\u064b-\u065f\u0670\u200c\u200d]+"
)
"""What falls away once characters are taken apart: accents of Latin and Greek letters, points and
vowel signs of Hebrew and Arabic, what lengthens or joins. Marks of other scripts are letters of
their own to those who read them."""

_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ħ": "h",
        "ŧ": "t",
        "ё": "е",  # Russian prints it as е nearly always.
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ک": "ك",
        "ی": "ي",
    }
)
"""Letters that Unicode does not take apart, or would take apart too far."""


@dataclass(frozen=True)
class Word:
    """A word of a text.

    Attributes:
        text: As it is indexed.
        start: Where it begins in the text.
        end: Where it ends.
        is_last_of_run: Whether it is the single character that ends a run without spaces.
    """

    text: str
    start: int
    end: int
    is_last_of_run: bool = False


def to_indexed(text: str) -> str:
    """Returns a text's words as they are indexed, with spaces between.

    Args:
        text: Any text.
    """
    if text.isascii():
        return text.lower().translate(_ASCII_BREAKS)
    folded = fold(_BREAKS.sub(" ", text))
    return _SPACELESS.sub(_spread, folded)


def fold(text: str) -> str:
    """Returns letters in lower case and without accents, and nothing but letters and spaces.

    Args:
        text: Words, with spaces between.
    """
    if text.isascii():
        return text.lower()
    folded = text.casefold().translate(_LETTERS)
    folded = unicodedata.normalize("NFKD", folded)
    folded = unicodedata.normalize("NFC", _ACCENTS.sub("", folded)).translate(_LETTERS)
    folded = folded.replace("\u0e4d\u0e32", "\u0e33").replace("\u0ecd\u0eb2", "\u0eb3")
    return _BREAKS.sub(" ", folded)  # Such as the stroke of a fraction that was one character.


def words_in(text: str) -> Iterator[Word]:
    """Yields the words of a text, those that `to_indexed` gives, and where they stand."""
    for found in _WORD.finditer(text):
        piece = found[0]
        folded = _fold_piece(piece)
        if len(folded) == 1 and not _SPACELESS.search(folded[0]):
            yield Word(folded[0], found.start(), found.end())
        else:
            yield from _words_of_piece(piece, found.start())


@functools.lru_cache(maxsize=20_000)
def _fold_piece(piece: str) -> tuple[str, ...]:
    return tuple(word for part in piece.split("_") for word in fold(part).split())


def _words_of_piece(piece: str, start: int) -> Iterator[Word]:
    """The words of a piece that is several, or in a script without spaces."""
    places: list[tuple[int, int]] = []  # Of each folded character, in the text.
    characters: list[str] = []
    for unit in _UNIT.finditer(piece):
        own = " " if unit[0] == "_" else fold(unit[0])
        characters.append(own)
        places += [(start + unit.start(), start + unit.end())] * len(own)
    folded = "".join(characters)
    for part in re.finditer(r"[^ ]+", folded):
        at = part.start()
        while at < part.end():
            run = _SPACELESS.match(folded, at, part.end())
            if run is None:
                following = _SPACELESS.search(folded, at, part.end())
                end = following.start() if following else part.end()
                yield Word(folded[at:end], places[at][0], places[end - 1][1])
                at = end
                continue
            units = [*_UNIT.finditer(run[0])]
            for one, other in pairwise(units):
                span = places[at + one.start()][0], places[at + other.end() - 1][1]
                yield Word(one[0] + other[0], *span)
            last = units[-1]
            span = places[at + last.start()][0], places[at + last.end() - 1][1]
            yield Word(last[0], *span, is_last_of_run=True)
            at = run.end()


def _spread(found: re.Match[str]) -> str:
    """A run without spaces as words of two characters, and one of the last."""
    run = found[0]
    units = _UNIT.findall(run) if _HAS_MARK.search(run) else run
    pairs = [one + other for one, other in pairwise(units)]
    return f" {' '.join([*pairs, units[-1]])} "
