"""The words of a text: what counts as one, a hash of each, and which of them count as figures.

Signatures are made of these hashes, so nothing here may ever move: see `minhash`. They are computed
for all words of a text at once, out of sums over its bytes in UTF-8, since Python's own strings and
dictionaries take four times as long.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import KW_ONLY, dataclass

import numpy as np
import numpy.typing as npt

from feedlake.transforms.normalize.scripts import HAN_SIGNS, UNSPACED
from feedlake.transforms.normalize.text import in_utf8
from feedlake.transforms.normalize.word_tables import WordTables

Words64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_TABLES = WordTables(__package__, "notice_words.toml")


def _read(table: str) -> dict[str, str]:
    """The words of a table, each with what it is compared as."""
    return {word: name for name, words in _TABLES.texts(table).items() for word in words.split()}


NUMBER_WORDS = _read("numbers")
"""Number words, each with what it is compared as."""

_MONTHS = _read("months")

MONTHS = frozenset(_MONTHS)
"""Months in small letters."""

FIGURE_WORDS = _read("trends") | _MONTHS | NUMBER_WORDS
"""All words that count as figures, each with what it is compared as: numbers, months, and the way
that a figure went."""

TREND, MONTH, NUMBER = range(3)
"""The kinds of words that count as figures."""

BYLINES = _TABLES.words("words", "bylines")
"""Words in small letters with which bylines begin."""

NO_NAMES = _TABLES.words("words", "no_names")
"""Words in small letters that name nobody of whom a notice is, though they have a capital."""

ZEROS = (
    *(0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66),
    *(0xE50, 0xED0, 0xF20, 0x1040, 0x17E0, 0x1810),
)
"""The zeros of the scripts that have digits of their own; the nine other digits follow each."""

# What is a word is spelled out too: `\w` alone leaves out the vowel signs that stand inside the
# words of Hindi, Tamil or Hebrew, and grows with each version of Unicode. These are the scripts
# that are written without spaces, the marks that belong to words, letters beyond the basic plane
# (Chakma, Rohingya, Adlam), and what there is left out. A test holds the scripts fixed.
_NO_SPACES = UNSPACED + HAN_SIGNS
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    "\u0711\u0730-\u074a\u07a6-\u07b0\u0900-\u0963\u0966-\u0df3\u0f71-\u0f84"
)
_LATE = "\u1c89-\u1c8f\ua7cb-\ua7f1\U00010000-\U0010ffff"
_BEYOND = "\U00010d00-\U00010d3f\U00011100-\U0001113f\U0001e900-\U0001e959"
# The first branch, words of ASCII letters alone, is there for speed.
_TOKEN = re.compile(
    rf"[0-9a-z]++(?![^\x00-\x7f])|[{_NO_SPACES}]|(?:[^\W_{_NO_SPACES}{_LATE}]+|[{_MARKS}{_BEYOND}]+)+"
)
# Each ASCII letter as it counts, other ASCII as a blank; the bytes of all else as they are.
_ASCII_LETTERS = bytes(
    code if code > 127 else ord(chr(code).lower()) if chr(code).isalnum() else 32
    for code in range(256)
)
_ASCII_SIGN_COMPOSING = "\u0338"  # With "<", "=" or ">", as no other mark does with a sign.
_PUNCTUATION = frozenset(map(chr, range(0x2000, 0x2070)))
_MOSTLY_ASCII = 1.25  # bytes of UTF-8 a character, at most
_FOREIGN_DIGITS = "".join(f"{chr(zero)}-{chr(zero + 9)}" for zero in ZEROS[1:])
# What the first letter of a word that is not ASCII says of it.
_LETTER_OR_DIGIT = re.compile(rf"([{_NO_SPACES}])|[{_FOREIGN_DIGITS}]")


@dataclass(frozen=True, eq=False)
class Words:
    """The words of a text.

    Attributes:
        data: The words in UTF-8, with blanks between them.
        firsts: Where in `data` each begins.
        ends: Where each ends.
        hashes: 64 bits for each.
        are_letters: Which are letters of a script without spaces; None if none are.
        figures: The places of those that count as figures, in order, and of which kind they are:
            `TREND`, `MONTH` or `NUMBER`.
    """

    data: bytes
    _: KW_ONLY
    firsts: Places
    ends: Places
    hashes: Words64
    are_letters: npt.NDArray[np.bool_] | None
    figures: dict[int, int]

    def __len__(self) -> int:
        return len(self.hashes)


def tokenize(text: str) -> list[str]:
    """Returns the text's words in lower case, each letter of a script without spaces by itself."""
    return _part_words(text).decode().split()


def read_words(text: str) -> Words:
    """Returns the words of a text, with all that signatures need of them."""
    data = _part_words(text)
    parts = [_hash_part(data[start:end], start) for start, end in _cut(data)]
    firsts, ends, hashes = parts[0]
    if len(parts) > 1:
        firsts, ends, hashes = map(np.concatenate, zip(*parts, strict=True))
    figures = _find_figure_words(hashes)
    codes = np.frombuffer(data, dtype=np.uint8)[firsts]
    # A difference below zero becomes a large number.
    figures.update(dict.fromkeys(np.flatnonzero(codes - np.uint8(0x30) < 10).tolist(), NUMBER))
    are_letters = None
    if not data.isascii() and _LETTER_OR_DIGIT.search(data.decode()):
        spans = zip(firsts.tolist(), ends.tolist(), strict=True)
        kinds = np.array([_KINDS[data[first:end]] for first, end in spans], dtype=np.uint8)
        are_letters = kinds == _LETTER
        figures.update(dict.fromkeys(np.flatnonzero(kinds == _FOREIGN_NUMBER).tolist(), NUMBER))
    return Words(
        data,
        firsts=firsts,
        ends=ends,
        hashes=hashes,
        are_letters=are_letters,
        figures=dict(sorted(figures.items())),
    )


def hash_word(word: str) -> int:
    """Returns the hash of one word, as `read_words` has it."""
    value = 0
    for place, code in enumerate(word.encode()):
        value += int(_CODES[code]) * pow(_BASE, place, 1 << 64)
    value &= _64_BITS
    value = (value ^ value >> 32) * _MIXER & _64_BITS
    return value ^ value >> 29


def _part_words(text: str) -> bytes:
    """The words of a text in UTF-8, with a blank or more between them."""
    data, others = in_utf8(text)
    # They part words in any case; without them most English texts are plain ASCII.
    for mark in others & _PUNCTUATION:
        data = data.replace(mark.encode(), b" ")
    if len(data) > _MOSTLY_ASCII * len(text) or _ASCII_SIGN_COMPOSING in others:
        return _normalize(data).encode()
    # The same in a third of the time, or less.
    data = data.translate(_ASCII_LETTERS)
    if data.isascii():
        return data
    return b" ".join(
        [word if word.isascii() else _normalize(word).encode() for word in data.split()]
    )


def _normalize(data: bytes) -> str:
    text = data.decode(errors="surrogatepass")
    return " ".join(_TOKEN.findall(unicodedata.normalize("NFKC", text).casefold()))


def _cut(data: bytes) -> list[tuple[int, int]]:
    """The bounds of parts that are hashed at a time; no word is cut that is shorter than one."""
    bounds, start = [], 0
    while len(data) - start > _PART_BYTES:
        end = data.rfind(b" ", start, start + _PART_BYTES)
        end = end if end > start else start + _PART_BYTES
        bounds.append((start, end))
        start = end
    return [*bounds, (start, len(data))]


def _hash_part(data: bytes, start: int) -> tuple[Places, Places, Words64]:
    """Where the words of a part of the text begin and end, and their hashes.

    A word's hash is the sum of a number for each byte, times a power of its place in the word: in
    the part, the sum up to its end less that up to its beginning, over a power of its beginning.
    """
    codes = np.frombuffer(data, dtype=np.uint8)
    is_word = np.zeros(len(codes) + 2, dtype=np.bool_)
    np.not_equal(codes, 32, out=is_word[1:-1])
    edges = np.flatnonzero(is_word[1:] != is_word[:-1])
    firsts, ends = edges[0::2], edges[1::2]
    sums = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum(_CODES[codes] * _POWERS[: len(codes)], out=sums[1:])
    hashes = (sums[ends] - sums[firsts]) * _INVERSES[firsts]
    hashes ^= hashes >> np.uint64(32)
    hashes *= np.uint64(_MIXER)
    hashes ^= hashes >> np.uint64(29)
    return (firsts + start, ends + start, hashes) if start else (firsts, ends, hashes)


def _find_figure_words(hashes: Words64) -> dict[int, int]:
    """The places of the words of tables among those of these hashes, and of which kind they are."""
    places = np.flatnonzero(_MAY_BE_FIGURE[hashes >> np.uint64(48)])
    found = zip(places.tolist(), hashes[places].tolist(), strict=True)
    return {place: _FIGURE_HASHES[value] for place, value in found if value in _FIGURE_HASHES}


class _Kinds(dict[bytes, int]):
    """What the first letter of a word says of it; words repeat."""

    def __missing__(self, word: bytes) -> int:
        if len(self) >= _MAX_KINDS:
            self.clear()
        found = _LETTER_OR_DIGIT.match(word.decode(errors="replace"))
        self[word] = kind = 0 if not found else _LETTER if found[1] else _FOREIGN_NUMBER
        return kind


_MAX_KINDS = 1 << 16
_LETTER, _FOREIGN_NUMBER = 1, 2
_KINDS = _Kinds()
_64_BITS = (1 << 64) - 1
_PART_BYTES = 1 << 15  # The sums and powers of a part stay in a core's cache.
_BASE = 0x9E3779B97F4A7C15
_MIXER = 0xBF58476D1CE4E5B9


def _numbers() -> Words64:
    """A number for each byte, out of SHA-256 in counter mode."""
    stream = b"".join(
        hashlib.sha256(f"feedlake words {number}".encode()).digest() for number in range(64)
    )
    return np.frombuffer(stream, dtype="<u8").astype(np.uint64)


def _powers(base: int) -> Words64:
    powers = np.full(_PART_BYTES, base, dtype=np.uint64)
    powers[0] = 1
    return np.cumprod(powers)


_CODES = _numbers()
_POWERS = _powers(_BASE)
_INVERSES = _powers(pow(_BASE, -1, 1 << 64))
_FIGURE_HASHES = {
    hash_word(word): NUMBER if word in NUMBER_WORDS else MONTH if word in MONTHS else TREND
    for word in FIGURE_WORDS
}
_MAY_BE_FIGURE = np.zeros(1 << 16, dtype=np.bool_)
_MAY_BE_FIGURE[[value >> 48 for value in _FIGURE_HASHES]] = True
