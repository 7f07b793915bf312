"""What tells two notices of one template apart: their figures, and in short ones their names.

Two reports that an agency, a club or a weather office makes from one template share nearly all of
their words; what is news in them are the figures. So each figure of a text is kept with its
context, the word before it and the word after, and two texts that have the same contexts with other
figures in them are no copies of each other. An edited or updated copy changes few of them. Months
are figures too, and so are the words that say which way a figure went. Nor are texts copies that
have many figures, all but none of them between the same words: lists of other names.

These marks are a part of the signature, as they are compared with those of the lake, and as nothing
in their making may ever move: see `minhash`.

What marks are made of and how they are compared, of two texts or of one and many, is one idea.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.text_words import (
    BYLINES,
    FIGURE_WORDS,
    MONTHS,
    NO_NAMES,
    NUMBER,
    TREND,
    ZEROS,
    Words,
    read_words,
    tokenize,
)

OTHER_FIGURES = 10
"""Two texts are distinct if more than one of this many contexts that both have holds another
figure, of all of them or of those with numbers."""

MANY_FIGURES, SHARED_CONTEXTS = 6, 4
"""Two texts with at least so many contexts each are distinct if they share fewer than one in so
many of the smaller number, as lists of results do in which teams and scores are others: of 60 pairs
with eight sentences of background 22 counted as copies without it. Of 450 texts after the first 21
kinds of edits it loses one copy, a list in another order (`benchmarks/notices.py`,
`edited_copies.py`, 2026-11)."""

IS_NUMBER, _HAS_MONTH, _HAS_YEAR = 1, 2, 4
"""The bits of a figure that say whether it holds a number, a month, a year; the rest is a hash."""

_FIGURE_BYTES, _NAME_BYTES = 4, 2

MAX_FIGURES = (minhash.MARK_BYTES - 2) // _FIGURE_BYTES
"""Contexts of a text that are kept, those with the least hashes: two texts keep the same ones."""

FEW_FIGURES = 4
"""Contexts with one figure each; a text with fewer is told apart by those with several, too."""

MAX_FIGURES_BESIDE_NAMES = 7
"""The same for a short text, whose names take the rest of the room."""

BARE_TEXT_WORDS = 50
"""In texts with fewer words, all of them count as names if capitals do not tell which do."""

BARE_NAME_LETTERS = 3
"""Letters of such a word, at least."""

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
    r"|\d{1,2}:\d{2}(?::\d{2})?)\b"
    r"|\d{4}\u5e74\d{1,2}\u6708(?:\d{1,2}\u65e5)?|\d{1,2}\u6708\d{1,2}\u65e5"
)
_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
# A Chinese dateline ends with the sign for a wire.
_DASH = re.compile(r"\s[-\u2013\u2014]{1,2}\s|--|\u2014|(?<=\u65e5)[\u7535\u96fb]")
_BYLINE = re.compile(rf"\s*(?:{'|'.join(sorted(BYLINES))})\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
# What a sentence, a quote or an item of a list begins after.
_STARTS_AFTER = frozenset('.!?:\n"\u201c\u201d\u201e\u00ab\u00bb(\u3002\u2022*-\u2013\u2014|')

_LETTER_BITS = {
    letter: bit
    for bit, letters in enumerate("a bv cy df e gjp hz i kux l mw n o qr s t".split())
    for letter in letters
}
"""Which letters share a bit. Of pairs of different names in news, 0.8 % differ in at most two bits,
and 0.4 % in at most two letters; with bits in the order of the alphabet it was 2 % (2026-11)."""

_BEFORE, _AFTER = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F
_64_BITS = (1 << 64) - 1
_HASH, _BITS = 0xFFF8, 0x0007  # Of a figure.
_TO_ASCII = {zero + digit: 0x30 + digit for zero in ZEROS for digit in range(10)}
_IS_CUT, _IS_BARE = 0x80, 0x40
_LAST_RANK = 0xFFFF
_IS_THERE = 1 << 16
_WORDS = 1 << 16  # Marks contexts whose figures are words alone.
_MAX_FIGURE_HASHES = 1 << 14


Mask = npt.NDArray[np.bool_]


class Marks(NamedTuple):
    """What a text is told apart by.

    Attributes:
        figures: For each context, 16 bits of it, 16 bits of the figure there: see `IS_NUMBER`.
        are_all: Whether there was room for all figures.
        names: For each name a bit for each of its letters; of long texts none.
        are_bare: Whether these are all words of the text: only the names of two such texts, or of
            two others, can be compared.
        last_rank: Names of a higher rank may be missing: see `_rank`.
    """

    figures: dict[int, int]
    are_all: bool
    names: frozenset[int]
    are_bare: bool
    last_rank: int


def find_marks(text: str, words: Words) -> bytes:
    """Returns the marks of a text, `minhash.MARK_BYTES` of them.

    They are the numbers of figures and of names, a byte each (the highest bit of the second says
    that there is no room for all names, the next one that all words are names), then the figures,
    four bytes each, then the names, two bytes each.

    Args:
        text: The text.
        words: Its words.
    """
    text = text if text.isascii() else unicodedata.normalize("NFC", text)
    count = len(words)
    undated = _without_dates(text)
    if undated is not text:
        words = read_words(undated)
    found: Iterable[str] | None = () if count >= minhash.SHORT_TEXT_WORDS else _names(text)
    are_bare = found is None and count < BARE_TEXT_WORDS
    if are_bare:
        found = filter(_may_be_name, tokenize(_without_bylines(text)))
    names = set(map(_letters, found or ()))
    most = MAX_FIGURES_BESIDE_NAMES if names else MAX_FIGURES
    figures = _figures(words, most=most)
    room = (minhash.MARK_BYTES - 2 - _FIGURE_BYTES * len(figures)) // _NAME_BYTES
    flags = _IS_CUT * (len(names) > room) | _IS_BARE * are_bare
    marks = bytearray((len(figures), min(len(names), room) | flags))
    for context, figure in figures.items():
        marks += (context | figure << 16).to_bytes(_FIGURE_BYTES, "little")
    for name in sorted(names, key=_rank)[:room]:
        marks += name.to_bytes(_NAME_BYTES, "little")
    return bytes(marks.ljust(minhash.MARK_BYTES, b"\0"))


@lru_cache(maxsize=4096)
def read_marks(marks: bytes) -> Marks:
    """Returns marks, as `find_marks` gives them, in the form in which they are compared."""
    count = marks[1] & ~(_IS_CUT | _IS_BARE)
    end = 2 + _FIGURE_BYTES * marks[0]
    figures = {
        int.from_bytes(marks[at : at + 2], "little"): int.from_bytes(
            marks[at + 2 : at + _FIGURE_BYTES], "little"
        )
        for at in range(2, end, _FIGURE_BYTES)
    }
    names = [
        int.from_bytes(marks[at : at + _NAME_BYTES], "little")
        for at in range(end, end + _NAME_BYTES * count, _NAME_BYTES)
    ]
    last_rank = max(map(_rank, names)) if marks[1] & _IS_CUT else _LAST_RANK
    are_all = len(figures) < (MAX_FIGURES_BESIDE_NAMES if names else MAX_FIGURES)
    return Marks(figures, are_all, frozenset(names), bool(marks[1] & _IS_BARE), last_rank)


def are_distinct(first: Marks, second: Marks) -> bool:
    """Returns whether two similar texts are two pieces of news and no copies.

    That is: more than a tenth of the contexts that both have hold other figures, or a tenth of
    those with numbers; or both have many contexts, and hardly one in common; or each of two short
    texts has a name that the other lacks, and neither is a misspelling of the other.
    """
    shared = first.figures.keys() & second.figures.keys()
    if first.are_all and second.are_all:
        fewer = min(len(first.figures), len(second.figures))
        if fewer >= MANY_FIGURES and len(shared) * SHARED_CONTEXTS < fewer:
            return True
    others = {at for at in shared if differ(first.figures[at], second.figures[at])}
    if others:
        numbers = {at for at in shared if (first.figures[at] | second.figures[at]) & IS_NUMBER}
        if len(others) * OTHER_FIGURES > len(shared):
            return True
        if len(others & numbers) * OTHER_FIGURES > len(numbers):
            return True
    return _are_named_apart(first, second)


def _are_named_apart(first: Marks, second: Marks) -> bool:
    if not first.names or not second.names or first.are_bare != second.are_bare:
        return False
    mine = [name for name in first.names - second.names if _rank(name) <= second.last_rank]
    theirs = [name for name in second.names - first.names if _rank(name) <= first.last_rank]
    return _has_stranger(mine, theirs) and _has_stranger(theirs, mine)


def differ(figures: Any, others: Any) -> Any:
    """Returns whether figures, 16 bits each, are others: one by one, or as arrays of `uint16`.

    They are the same if one of them lacks no more than the month, or the year.
    """
    return _ARE_OTHER[(figures & _HASH) - (others & _HASH) & _HASH | (figures ^ others) & _BITS]


def find_other_figures(first: Marks, marks: npt.NDArray[np.uint8]) -> Mask:
    """Returns which of many texts are distinct from one by their figures: see `are_distinct`.

    Args:
        first: The marks of the one.
        marks: Those of the others, shape (texts, `minhash.MARK_BYTES`).
    """
    if not first.figures:
        return np.zeros(len(marks), dtype=bool)
    expected = np.zeros(_LAST_RANK + 1, dtype=np.uint32)  # By context; zero for none.
    expected[list(first.figures)] = [figure | _IS_THERE for figure in first.figures.values()]
    contexts, figures, are_there = figures_of(marks)
    mine = expected[contexts]
    are_shared = (mine != 0) & are_there
    are_other = are_shared & differ(mine.astype(np.uint16), figures)
    are_numbers = are_shared & ((mine | figures) & np.uint32(IS_NUMBER) != 0)
    others, numbers = are_other.sum(axis=1), (are_other & are_numbers).sum(axis=1)
    shared = are_shared.sum(axis=1)
    are_distinct = (others * OTHER_FIGURES > shared) | share_few_contexts(first, marks, shared)
    return np.asarray(are_distinct | (numbers * OTHER_FIGURES > are_numbers.sum(axis=1)))


def share_few_contexts(
    first: Marks, marks: npt.NDArray[np.uint8], shared: npt.NDArray[Any]
) -> Mask:
    """Returns which of many texts have many contexts, as one has, and hardly one in common with it.

    Args:
        first: The marks of the one.
        marks: Those of the others, shape (texts, `minhash.MARK_BYTES`).
        shared: How many contexts each has in common with the one.
    """
    fewer = np.minimum(marks[:, 0], len(first.figures))
    have_names = marks[:, 1] & np.uint8(_IS_BARE - 1) != 0
    most = np.where(have_names, MAX_FIGURES_BESIDE_NAMES, MAX_FIGURES)
    are_many = (marks[:, 0] < most) & (fewer >= MANY_FIGURES) & first.are_all
    return np.asarray(are_many & (shared * SHARED_CONTEXTS < fewer))


def figures_of(
    marks: npt.NDArray[np.uint8],
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16], Mask]:
    """Returns the contexts and figures of many texts, and which of them are there.

    Args:
        marks: Shape (texts, `minhash.MARK_BYTES`).
    """
    pairs = _halves(marks).reshape(len(marks), -1)[:, : 2 * MAX_FIGURES]
    return pairs[:, ::2], pairs[:, 1::2], np.arange(MAX_FIGURES) < marks[:, :1]


def find_named_apart(first: Marks, marks: npt.NDArray[np.uint8]) -> Mask:
    """Returns which of many texts are distinct from one by their names: see `are_distinct`.

    Args:
        first: The marks of the one.
        marks: Those of the others, shape (texts, `minhash.MARK_BYTES`).
    """
    counts = marks[:, 1] & np.uint8(_IS_BARE - 1)
    are_distinct = (counts != 0) & (bool(first.names) & (first.are_bare == _has(marks, _IS_BARE)))
    [chosen] = np.nonzero(are_distinct)
    if len(chosen):
        are_distinct[chosen] = _are_named_apart_from(first, marks[chosen], counts[chosen])
    return np.asarray(are_distinct)


def _are_named_apart_from(first: Marks, marks: npt.NDArray[np.uint8], counts: Any) -> Mask:
    """`_are_named_apart` for one text and many, all of which have names."""
    places = 2 * marks[:, :1].astype(np.intp) + np.arange(counts.max())
    are_names = np.arange(counts.max()) < counts[:, None]
    halves = _halves(marks)
    names = np.take_along_axis(halves, np.minimum(places, halves.shape[1] - 1), axis=1)
    ranks = names.astype(np.uint32) * np.uint32(0x9E37) & np.uint32(_LAST_RANK)
    last_ranks = np.where(are_names, ranks, 0).max(axis=1)
    last_ranks[~_has(marks, _IS_CUT)] = _LAST_RANK
    held = np.array(sorted(first.names), dtype=np.uint16)
    theirs = are_names & (ranks <= first.last_rank) & ~np.isin(names, held)
    are_like = np.zeros_like(theirs)
    have_mine = np.zeros(len(marks), dtype=bool)
    for name in held:
        is_mine = ~((names == name) & are_names).any(axis=1) & (_rank(int(name)) <= last_ranks)
        are_close = _ARE_CLOSE[names ^ name] & theirs & is_mine[:, None]
        have_mine |= is_mine & ~are_close.any(axis=1)
        are_like |= are_close
    return np.asarray(have_mine & (theirs & ~are_like).any(axis=1))


def _halves(marks: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    """The numbers of 16 bits behind the first two bytes."""
    return np.ascontiguousarray(marks[:, 2:]).view("<u2").astype(np.uint16, copy=False)


def _has(marks: npt.NDArray[np.uint8], flag: int) -> Mask:
    return np.asarray(marks[:, 1] & np.uint8(flag) != 0)


_ARE_CLOSE = np.array(
    [bits.bit_count() <= MISSPELT_LETTERS for bits in range(_LAST_RANK + 1)], dtype=bool
)
"""By the letters that one of two names has and the other lacks: whether it may be the other."""


def _has_stranger(names: list[int], others: list[int]) -> bool:
    """Whether one of the names is no misspelling of any of the others."""
    return any(
        all((name ^ other).bit_count() > MISSPELT_LETTERS for other in others) for name in names
    )


def _rank(name: int) -> int:
    """An order of names in which those of any text are spread evenly, up to `_LAST_RANK`."""
    return name * 0x9E37 & _LAST_RANK


def _figures(words: Words, *, most: int) -> dict[int, int]:
    """The figures of a text, 16 bits each, by 16 bits of their contexts: first those with numbers,
    then the others, of each those that are least.

    A context with several figures says nothing as a rule: copies have its parts in another order,
    lack one, or have one more. It counts in lists and tables, which have few others.
    """
    runs = _find_runs(words.figures)
    places: dict[int, int] = {}
    ranks: dict[int, int] = {}
    repeated: dict[int, list[int]] = {}
    for place, rank in enumerate(_rank_contexts(runs, words)):
        context = rank & 0xFFFF
        if places.setdefault(context, place) == place:
            ranks[context] = rank
            continue
        repeated.setdefault(context, [places[context]]).append(place)
        ranks[context] = min(rank, ranks[context])
    several: dict[int, int] = {}
    for context, held in repeated.items():
        if len(figures := {_figure(runs[place], words) for place in held}) > 1:
            several[context] = _join(figures)
    by_rank = sorted(ranks, key=ranks.__getitem__)
    kept = [context for context in by_rank if context not in several][:most]
    if len(kept) < FEW_FIGURES and several:
        kept = [*kept, *(context for context in by_rank if context in several)][:most]
    return {
        context: several[context] if context in several else _figure(runs[places[context]], words)
        for context in kept
    }


def _rank_contexts(runs: Sequence[_Run], words: Words) -> list[int]:
    """The ranks of the contexts of figures, whose last 16 bits stand for the context."""
    count = len(words)
    before = words.hashes[[run.before for run in runs]].tolist()
    after = words.hashes[[run.after % count for run in runs]].tolist()
    ranks = []
    for run, word, other in zip(runs, before, after, strict=True):
        # Nothing is before the first word, and nothing after the last.
        context = word * _BEFORE * (run.before >= 0) + other * _AFTER * (run.after < count)
        context &= _64_BITS
        context ^= context >> 29
        context = (context * 0xBF58476D1CE4E5B9 & _64_BITS) >> 48
        ranks.append(context if run.kind == NUMBER else context | _WORDS)
    return ranks


def _figure(run: _Run, words: Words) -> int:
    said = words.data[words.firsts[run.first] : words.ends[run.end - 1]]
    return _FIGURE_HASHES[said] | (run.kind == NUMBER)


def _join(figures: set[int]) -> int:
    """One figure for several, whatever their order is."""
    joined = 0
    for figure in sorted(figures):
        joined = joined * 0x9E37 + figure
    return joined & _HASH | any(figure & IS_NUMBER for figure in figures)


class _Run(NamedTuple):
    """Figures that follow on each other, as one.

    Attributes:
        first: The place of the first word.
        end: That of the first word after them.
        kind: The highest kind of any of them.
        before: The place of the word that is their context, -1 for none.
        after: The place of the one after them.
    """

    first: int
    end: int
    kind: int
    before: int
    after: int


def _find_runs(figures: dict[int, int]) -> list[_Run]:
    """The runs of figures, by their places and kinds.

    A trend is a run by itself: `rose` is a part of the context of `rose 5 percent`. Its own context
    is around the numbers beside it.
    """
    runs: list[_Run] = []
    for place, kind in figures.items():
        last = runs[-1] if runs else None
        if last and last.end == place and kind != TREND and last.kind != TREND:
            runs[-1] = _Run(last.first, place + 1, max(last.kind, kind), last.before, place + 1)
            continue
        runs.append(_Run(place, place + 1, kind, place - 1, place + 1))
    for at, run in enumerate(runs):
        if run.kind == TREND:
            last = runs[at - 1] if at and runs[at - 1].end == run.first else run
            following = next((one for one in runs[at + 1 : at + 2] if one.first == run.end), run)
            runs[at] = run._replace(before=last.first - 1, after=following.end)
    return runs


def _hash_figure(words: Sequence[str]) -> int:
    """16 bits for a figure: sums of the hashes of its months, its years, and all else as one."""
    months = [word for word in words if word in MONTHS]
    years = [word for word in words if _YEAR.fullmatch(word)]
    rest = "".join(word for word in words if word not in MONTHS and not _YEAR.fullmatch(word))
    hashes = sum(map(_hash_part, filter(None, (*months, *years, rest))))
    return hashes & _HASH | _HAS_MONTH * bool(months) | _HAS_YEAR * bool(years)


def _hash_part(part: str) -> int:
    return int.from_bytes(hashlib.blake2b(part.encode(), digest_size=2).digest(), "little") & _HASH


class _FigureHashes(dict[bytes, int]):
    """16 bits for each figure, of one word or several."""

    def __missing__(self, figure: bytes) -> int:
        if len(self) >= _MAX_FIGURE_HASHES:
            self.clear()
        words = figure.decode(errors="replace").split()
        said = [FIGURE_WORDS.get(word, word).translate(_TO_ASCII) for word in words]
        self[figure] = value = _hash_figure(said)
        return value


_FIGURE_HASHES = _FigureHashes()


def _other_figures() -> Mask:
    """Whether figures differ, by the difference of their hashes and the bits in which they do."""
    are_other = np.ones(_LAST_RANK + 1, dtype=bool)
    are_other[: _BITS + 1] = False
    months = {FIGURE_WORDS[month] for month in MONTHS}
    for bit, parts in ((_HAS_MONTH, months), (_HAS_YEAR, map(str, range(1900, 2100)))):
        for part in map(_hash_part, parts):
            for difference in (part, -part & _HASH):
                are_other[[difference | bit, difference | bit | IS_NUMBER]] = False
    return are_other


_ARE_OTHER = _other_figures()


def _names(text: str) -> list[str] | None:
    """The words with a capital that stand within a sentence, without those of bylines.

    None where no word has a capital, or most have one, so that it says nothing.
    """
    text = _without_bylines(text)
    words = list(_WORD.finditer(text))
    capital = [word for word in words if word[0][0].isupper()]
    if not capital or 2 * len(capital) > len(words):
        return None
    names = []
    for word in capital:
        before = text[: word.start()].rstrip(" \t")[-1:]
        name = word[0].casefold()
        if before and before not in _STARTS_AFTER and name not in NO_NAMES:
            names.append(name)
    return names


def _without_bylines(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(line for line in lines if not (_BYLINE.match(line) and _is_short_line(line)))


def _may_be_name(word: str) -> bool:
    is_figure = word in FIGURE_WORDS or _DIGIT.match(word)
    return len(word) >= BARE_NAME_LETTERS and not is_figure and word not in NO_NAMES


def _letters(name: str) -> int:
    """A bit for each letter, without its accents: 16 of them, which rare letters share."""
    bits = 0
    for letter in unicodedata.normalize("NFKD", name):
        if not unicodedata.combining(letter):
            bits |= 1 << _LETTER_BITS.get(letter, ord(letter) % 16)
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
