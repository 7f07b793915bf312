"""Names of the gazetteer in a text: the longest at each place, in all scripts."""

# ruff: noqa: E501, RUF001 (tables of words and letters read better in long lines)

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from transforms.gazetteer import Gazetteer, KnownPlace
from transforms.place_names import (
    ARTICLES,
    DENSE,
    HASH_FACTOR,
    LOOSE_SEED,
    LOOSE_WORDS,
    MAX_DENSE_TOKENS,
    MAX_NAME_TOKENS,
    MIN_LOOSE_LETTERS,
    TRANSLITERATED,
    WORD_HASHES,
    Token,
    Tokens,
)
from transforms.place_words import (
    ACRONYMS,
)

_IS_DENSE = re.compile(f"[{DENSE}]")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]")
_PREFIXES = {
    "arabic": ("و", "ب", "ل", "ف", "وب", "ول"),
    "hebrew": ("ב", "ל", "מ", "ה", "ו", "ש", "וב", "ול", "וה"),
}
_ARABIC, _HEBREW = re.compile("[\u0620-\u06d3]"), re.compile("[\u05d0-\u05ea]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_HAS_AFFIXES = re.compile("[\u0620-\u06d3\u05d0-\u05ea\uac00-\ud7a3]")
_LAST_ASCII = 127
_PARTICLES = (
    "에서는", "에서도", "에서", "에게", "으로", "까지", "부터", "에는", "에도", "에", "의", "은", "는", "이", "가", "을",
    "를", "와", "과", "로", "도", "만", "시",
)  # fmt: skip
_JOINT = re.compile(
    r"[ \u00a0]?[-\u2010\u2011\u2013]?[ \u00a0]?|\. |[ '\u2019]"
    rf"|[ -](?:{'|'.join(sorted(ARTICLES))})[ -]",
    re.IGNORECASE,
)
_MAX_LOOSE_TOKENS = 3
_MAX_JOINT_CHARS = 6


def find_spans(text: str, tokens: Tokens, gazetteer: Gazetteer) -> list[tuple[int, int, int]]:
    """Returns first token, number of tokens and number of each name, none of them overlapping.

    Args:
        text: Title and text.
        tokens: Its words.
        gazetteer: The names to find.
    """
    count = len(tokens)
    words = tokens.texts
    has_dense = not text.isascii() and _IS_DENSE.search(text) is not None
    is_dense = np.zeros(count, bool)
    if has_dense:
        is_dense[:] = [_IS_DENSE.match(word) is not None for word in words]
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    initials = codes[np.array(tokens.starts)]
    may_bound = (initials < ord("a")) | (initials > ord("z"))
    for place in np.flatnonzero(initials > _LAST_ASCII).tolist():
        may_bound[place] = not words[place][0].islower()
    if not may_bound.any():
        return []
    is_joined = _find_joints(text, codes, tokens)
    # A word in katakana has its ends where the katakana ends.
    goes_on = np.zeros(count + 1, bool)
    if has_dense:
        is_kana = np.array([_KATAKANA.match(word) is not None for word in words], bool)
        goes_on[1:-1] = is_kana[:-1] & is_kana[1:] & is_joined
    may_begin, may_end = may_bound & ~goes_on[:-1], may_bound & ~goes_on[1:]
    folded = list(tokens.folded)
    for place in np.flatnonzero((initials == ord("U")) | (initials == ord("D"))).tolist():
        word = bare_word(words[place])
        if word in ACRONYMS:
            folded[place] = ACRONYMS[word]
    exact = _find_runs(
        _hash_words(folded), 0, is_dense, may_begin, may_end, is_joined, gazetteer
    )  # fmt: skip
    if any(_is_transliterated(gazetteer.candidates(number)) for _, number in exact.values()):
        loose_words = list(map(LOOSE_WORDS.__getitem__, folded))
        loose = _find_runs(
            _hash_words(loose_words), LOOSE_SEED,
            is_dense, may_begin & ~is_dense, may_end, is_joined, gazetteer,
        )  # fmt: skip
        for start, (length, number) in loose.items():
            letters = sum(map(len, loose_words[start : start + length]))
            is_longer = start not in exact or exact[start][0] < length
            if letters >= MIN_LOOSE_LETTERS and is_longer:
                exact[start] = (length, number)
    has_affixes = not text.isascii() and _HAS_AFFIXES.search(text) is not None
    for start, word in enumerate(words if has_affixes else ()):
        if not word.isascii() and start not in exact and not is_dense[start]:
            other = _strip_affix(tokens[start], gazetteer)
            if other is not None:
                exact[start] = (1, other)
    for start in [start for start, (length, _) in exact.items() if length == 1]:
        if _is_lone_acronym(words[start], tokens.folded[start]) or (
            words[start] in ("US", "UK") and text.isupper()
        ):
            del exact[start]
    spans, position = [], 0
    for start in sorted(exact):
        if start >= position:
            length, number = exact[start]
            spans.append((start, length, number))
            position = start + length
    return spans


def _is_lone_acronym(text: str, folded: str) -> bool:
    """Whether a word is two or three capitals that are no usual short name, or a single letter."""
    if len(folded) > _MAX_JOINT_CHARS and text.isalpha():
        return False
    word = bare_word(text)
    if len(folded) < 2 and not _IS_DENSE.match(word):
        return True
    if word in ACRONYMS:
        return False
    if folded in ("us", "uk", "uae", "drc", "usa"):
        return True
    return len(word) <= 4 and word.isascii() and (word.isupper() or "." in word)


def _is_transliterated(candidates: tuple[tuple[KnownPlace, bool], ...]) -> bool:
    """Whether a name speaks of a country whose names have many spellings."""
    return any(
        place.country in TRANSLITERATED and (place.feature != "city" or place.population > 50_000)
        for place, _ in candidates
    )


def bare_word(word: str) -> str:
    """Returns a word without its possessive ending."""
    return word[:-2] if word.endswith(("'s", "\u2019s")) else word


class _Joined(dict[str, bool]):
    """Whether words with this between them may be one name: blanks, hyphens, an Arabic article."""

    def __missing__(self, between: str) -> bool:
        is_joint = len(between) <= _MAX_JOINT_CHARS and _JOINT.fullmatch(between) is not None
        if len(between) <= _MAX_JOINT_CHARS and len(self) < 10_000:
            self[between] = is_joint
        return is_joint


_JOINED = _Joined()


def _find_joints(text: str, codes: npt.NDArray[np.uint32], tokens: Tokens) -> npt.NDArray[np.bool_]:
    """For each word but the last, whether a name may go on with the next one.

    It does not reach over a sentence's end or a comma.
    """
    starts, ends = np.array(tokens.starts[1:], int), np.array(tokens.ends[:-1], int)
    gaps = starts - ends
    is_joined: npt.NDArray[np.bool_] = gaps == 0
    is_joined |= (gaps == 1) & (codes[np.minimum(ends, len(codes) - 1)] == ord(" "))
    for place in np.flatnonzero(~is_joined & (gaps <= _MAX_JOINT_CHARS)).tolist():
        is_joined[place] = _JOINED[text[tokens.ends[place] : tokens.starts[place + 1]]]
    return is_joined


def _hash_words(words: list[str]) -> npt.NDArray[np.uint64]:
    return np.fromiter(map(WORD_HASHES.__getitem__, words), np.uint64, len(words))


def _find_runs(
    words: npt.NDArray[np.uint64],
    seed: int,
    is_dense: npt.NDArray[np.bool_],
    may_begin: npt.NDArray[np.bool_],
    may_end: npt.NDArray[np.bool_],
    is_joined: npt.NDArray[np.bool_],
    gazetteer: Gazetteer,
) -> dict[int, tuple[int, int]]:
    """For each token that begins a name: tokens of the longest one, and its number."""
    starts = np.flatnonzero(may_begin)
    values = np.full(len(starts), seed, dtype=np.uint64)
    found: dict[int, tuple[int, int]] = {}
    for length in range(1, (_MAX_LOOSE_TOKENS if seed else MAX_DENSE_TOKENS) + 1):
        ends = starts + length - 1
        inside = ends < len(words)
        if length > 1:
            inside[inside] &= is_joined[ends[inside] - 1]
        if length > MAX_NAME_TOKENS:
            if not is_dense.any():
                break
            inside &= is_dense[starts]
        starts, values, ends = starts[inside], values[inside], ends[inside]
        if not len(starts):
            break
        values = values * np.uint64(HASH_FACTOR) + words[ends]
        closed = may_end[ends]
        # One letter of Han or Thai is a word of its own, hardly ever a place.
        closed &= ~is_dense[starts] | (length > 1)
        numbers = gazetteer.find(values[closed])
        hits = np.flatnonzero(numbers >= 0)
        for start, number in zip(
            starts[closed][hits].tolist(), numbers[hits].tolist(), strict=True
        ):
            found[start] = (length, number)
    return found


def _strip_affix(token: Token, gazetteer: Gazetteer) -> int | None:
    """The number of the name that a word holds beside a preposition or particle."""
    word = token.folded
    options: list[str] = []
    if _HANGUL.match(word):
        options = [
            word[: -len(p)] for p in _PARTICLES if word.endswith(p) and len(word) > len(p) + 1
        ]
    elif _ARABIC.match(word):
        options = [
            word[len(p) :]
            for p in _PREFIXES["arabic"]
            if word.startswith(p) and len(word) > len(p) + 2
        ]
    elif _HEBREW.match(word):
        options = [
            word[len(p) :]
            for p in _PREFIXES["hebrew"]
            if word.startswith(p) and len(word) > len(p) + 2
        ]
    if not options:
        return None
    numbers = gazetteer.find(np.array([WORD_HASHES[option] for option in options], dtype=np.uint64))
    known = [int(number) for number in numbers if number >= 0]
    return known[0] if known else None
