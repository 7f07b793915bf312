"""Names of the gazetteer in a text, the longest at each place: one idea, whatever the script."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from feedlake.transforms.inflection.place_forms import INFLECTED
from feedlake.transforms.normalize.scripts import (
    UNSPACED_LETTERS,
    may_inflect_names,
    may_lack_spaces,
)
from feedlake.transforms.places.gazetteer import Gazetteer, KnownPlace
from feedlake.transforms.places.name_use import Rules
from feedlake.transforms.places.place_names import (
    ANY_SPELLING,
    ARTICLES,
    FOLDED_WORDS,
    HASH_FACTOR,
    LOOSE_SEED,
    LOOSE_WORDS,
    MAX_DENSE_TOKENS,
    MAX_NAME_TOKENS,
    MIN_LOOSE_LETTERS,
    WORD_HASHES,
    Tokens,
    extend_hash,
    hash_spelling,
)
from feedlake.transforms.places.place_words import ACRONYMS, AFFIXES, COMMON_WORDS, CYRILLIC_ENDINGS

_IS_DENSE = re.compile(f"[{UNSPACED_LETTERS}]")
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]")
_PREFIXING_SCRIPTS = {
    "arabic": re.compile("[\u0620-\u06d3]"),
    "hebrew": re.compile("[\u05d0-\u05ea]"),
    "ethiopic": re.compile("[\u1200-\u135a]"),
}
_CYRILLIC = re.compile("[\u0430-\u045f\u0491]")
_LEAST_STEM = 4
_WELL_KNOWN = 100_000
"""Inflected names in Latin letters count from here on, or as countries and divisions."""

_LARGE = 200_000
"""Inflected names in Cyrillic only count as countries, capitals, or cities of this size."""

_DATELINE = re.compile(
    r"\s{0,3}(?:\([A-Z]|[\u2013\u2014]|--|,\s?[A-Z][a-z]{1,20}\.?\s?(?:\(|[\u2013\u2014]|--))"
)
_BEFORE_CAPITALS = re.compile(r"(?:^|[.!?\n]\s?)$")
_AFTER_CAPITALS = re.compile(r"\.?\s?[-\u2013\u2014]\s|, \d{1,2}\.? ")
"""What stands before and after such a place, too, if it is in capitals: `ROMA - Il governo`, and
at the start of later items (`BARI, 5 gen - Una donna`)."""

_OPENING = 4
"""Words at the start of a text, after which no dateline begins."""

_LEAST_CAPITALS = 4
"""Letters of a name in capitals that is no acronym where a dateline is: `KYIV`, but not `EU`."""

_HANGUL = re.compile("[\uac00-\ud7a3]")
_JOINT = re.compile(
    r"[ \u00a0]?[-\u2010\u2011\u2013\u2014]?[ \u00a0]?|\. ?|[ '\u2019]"
    rf"|[ -](?:{'|'.join(sorted(ARTICLES))})[ -]",
    re.IGNORECASE,
)
_MAX_LOOSE_TOKENS = 3
_MAX_JOINT_CHARS = 6


def find_spans(
    text: str,
    tokens: Tokens,
    bounds: list[int],
    gazetteer: Gazetteer,
    rules: Rules,
    *,
    opening: int,
) -> list[tuple[int, int, int, int]]:
    """Returns the names of a text, none of them overlapping.

    Of each its first token, its number of tokens, its number in the gazetteer and its spelling.

    Args:
        text: Title and text.
        tokens: Its words.
        bounds: Those with which a name may begin or end.
        gazetteer: The names to find.
        rules: What holds for names in the text's language.
        opening: The first token after the title.
    """
    if not bounds:
        return []
    words = tokens.texts
    if may_lack_spaces(text) and _IS_DENSE.search(text):
        found = _find_in_dense_text(text, tokens, bounds, gazetteer)
    else:
        found = _find_names(text, tokens, bounds, gazetteer, rules)
    inflected: dict[int, tuple[int, int]] = {}
    if may_inflect_names(text) and rules.language not in INFLECTED:
        inflected = _find_inflected(
            {start: tokens.fold(start) for start in bounds if start not in found}, gazetteer
        )
        found |= inflected
    ended = _find_endings(words, bounds, found, gazetteer, rules) if rules.endings else {}
    found |= {start: (1, number) for start, (number, _) in ended.items()}
    spans, position = [], 0
    is_ascii = text.isascii()
    is_shouted = text.isupper()
    for start in sorted(found):
        length, number = found[start]
        if start < position:
            continue
        is_acronym = length == 1 and (
            _IS_SHORT[words[start]] or (is_shouted and words[start] in ("US", "UK"))
        )
        if is_acronym and words[start] not in rules.short_names:
            is_place = len(words[start]) >= _LEAST_CAPITALS
            if not (is_place and is_dateline(text, tokens, start, tokens.ends[start], opening)):
                continue
        spelling = 0
        if start in ended:
            spelling = ended[start][1]
        elif start in inflected:
            spelling = ANY_SPELLING
        elif not is_ascii:
            spelling = _spell(words[start : start + length])
        spans.append((start, length, number, spelling))
        position = start + length
    return spans


def is_dateline(text: str, tokens: Tokens, first: int, end: int, opening: int) -> bool:
    """Returns whether a name stands where agencies put the place of their report.

    Args:
        text: Title and text.
        tokens: Its words.
        first: The first one of the name.
        end: Offset after the name.
        opening: The first one after the title.
    """
    start = tokens.starts[first]
    if opening <= first < opening + _OPENING and _DATELINE.match(text, end):
        return True
    return (
        text[start:end].isupper()
        and _BEFORE_CAPITALS.search(text, max(0, start - 2), start) is not None
        and _AFTER_CAPITALS.match(text, end) is not None
    )


def _spell(words: list[str]) -> int:
    """How a name is spelled; in capitals, where many leave accents away, it may be any way."""
    name = " ".join(words)
    spelling = hash_spelling(name)
    return ANY_SPELLING if not spelling and name.isupper() else spelling


def _find_names(
    text: str, tokens: Tokens, bounds: list[int], gazetteer: Gazetteer, rules: Rules
) -> dict[int, tuple[int, int]]:
    """For each token that begins a name: tokens of the longest one, and its number."""
    closing = set(bounds)
    if rules.lower_ends:
        ends = rules.lower_ends
        closing.update(number for number, word in enumerate(tokens.texts) if word in ends)
    found = _find_longest(text, tokens, bounds, closing, gazetteer, is_loose=False)
    if any(gazetteer.has_many_spellings(number) for _, number in found.values()):
        loose = _find_longest(text, tokens, bounds, closing, gazetteer, is_loose=True)
        _add_loose(found, loose, tokens)
    return found


def _find_longest(
    text: str,
    tokens: Tokens,
    bounds: list[int],
    closing: set[int],
    gazetteer: Gazetteer,
    *,
    is_loose: bool,
) -> dict[int, tuple[int, int]]:
    """As `_find_names`, by names folded exactly, or loosely and without common words.

    Most words begin no name of several words, which the gazetteer tells of all of them at once.
    """
    texts, starts, ends = tokens
    most = _MAX_LOOSE_TOKENS if is_loose else MAX_NAME_TOKENS
    word_hashes = _LOOSE_HASHES if is_loose else _SPAN_HASHES
    firsts = gazetteer.first_words(
        [texts[start] for start in bounds],
        "loose" if is_loose else "exact",
        _hash_loose_first if is_loose else _SPAN_HASHES.__getitem__,
    )
    found: dict[int, tuple[int, int]] = {}
    count = len(texts)
    for start in bounds:
        first = firsts[texts[start]]
        if first is None:
            continue
        value, number, limit = first
        if number >= 0:
            found[start] = (1, number)
        if limit < 2 or (limit == 2 and start + 1 not in closing):
            continue  # The most frequent case: a word that begins names, then one in small letters.
        for last in range(start + 1, min(count, start + most, start + limit)):
            gap = text[ends[last - 1] : starts[last]]
            if gap != " " and not _JOINED[gap]:
                break
            value = extend_hash(value, word_hashes[texts[last]])
            if last in closing and not (is_loose and tokens.fold(last) in COMMON_WORDS):
                number = gazetteer.find_one(value)
                if number >= 0:
                    found[start] = (last - start + 1, number)
            if last == start + 1 and not gazetteer.goes_on(value):
                break
    return found


def _hash_loose_first(word: str) -> int | None:
    """The hash with which a loosely folded name begins, None for a common word."""
    if FOLDED_WORDS[word] in COMMON_WORDS:
        return None
    return extend_hash(LOOSE_SEED, _LOOSE_HASHES[word])


def _add_loose(
    exact: dict[int, tuple[int, int]], loose: dict[int, tuple[int, int]], tokens: Tokens
) -> None:
    """Adds the names that are found only if they are folded loosely."""
    for start, (length, number) in loose.items():
        words = map(tokens.fold, range(start, start + length))
        letters = sum(len(LOOSE_WORDS[word]) for word in words)
        if letters >= MIN_LOOSE_LETTERS and (start not in exact or exact[start][0] < length):
            exact[start] = (length, number)


def _find_in_dense_text(
    text: str, tokens: Tokens, bounds: list[int], gazetteer: Gazetteer
) -> dict[int, tuple[int, int]]:
    """As `_find_names`, for texts in which most letters are words and begin a name."""
    words, count = tokens.texts, len(tokens.texts)
    is_dense = np.array([_IS_DENSE.match(word) is not None for word in words], bool)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    may_bound = np.zeros(count, bool)
    may_bound[bounds] = True
    is_joined = _find_joints(text, codes, tokens)
    # A word in katakana begins and ends where the run of katakana does.
    goes_on = np.zeros(count + 1, bool)
    is_kana = np.array([_KATAKANA.match(word) is not None for word in words], bool)
    goes_on[1:-1] = is_kana[:-1] & is_kana[1:] & is_joined
    may_begin, may_end = may_bound & ~goes_on[:-1], may_bound & ~goes_on[1:]
    exact = _find_runs(
        np.fromiter(map(_SPAN_HASHES.__getitem__, words), np.uint64, count),
        0, is_dense, may_begin, may_end, is_joined, gazetteer,
    )  # fmt: skip
    if any(gazetteer.has_many_spellings(number) for _, number in exact.values()):
        loose = _find_runs(
            np.fromiter(map(_LOOSE_HASHES.__getitem__, words), np.uint64, count),
            LOOSE_SEED, is_dense, may_begin & ~is_dense, may_end, is_joined, gazetteer,
        )  # fmt: skip
        _add_loose(exact, loose, tokens)
    return exact


def _is_lone_acronym(text: str) -> bool:
    """Whether a word is a single letter, or an acronym that is no usual short name of a country."""
    folded = FOLDED_WORDS[text]
    word = bare_word(text)
    if len(folded) < 2 and not _IS_DENSE.match(word):
        return True
    if word in ACRONYMS:
        return False
    if folded in ("us", "uk", "uae", "drc", "usa"):
        return True
    return len(word) <= 4 and word.isascii() and (word.isupper() or "." in word)


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


class _SpanHashes(dict[str, int]):
    """Hashes of words as they stand in texts."""

    def __missing__(self, word: str) -> int:
        if len(self) >= 1 << 16:
            self.clear()
        is_plain = word.isalpha() and not word.isupper()
        folded = (not is_plain and ACRONYMS.get(bare_word(word))) or FOLDED_WORDS[word]
        self[word] = value = WORD_HASHES[folded]
        return value


class _LooseHashes(dict[str, int]):
    """Those of the words folded loosely."""

    def __missing__(self, word: str) -> int:
        if len(self) >= 1 << 16:
            self.clear()
        self[word] = value = WORD_HASHES[LOOSE_WORDS[FOLDED_WORDS[word]]]
        return value


class _IsShort(dict[str, bool]):
    """Whether a word alone is no name, see `_is_lone_acronym`."""

    def __missing__(self, word: str) -> bool:
        if len(self) >= 1 << 14:
            self.clear()
        self[word] = is_short = _is_lone_acronym(word)
        return is_short


_IS_SHORT = _IsShort()
_JOINED, _SPAN_HASHES, _LOOSE_HASHES = _Joined(), _SpanHashes(), _LooseHashes()


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
        # A single letter of Han or Thai may be a word, but is hardly ever a place.
        closed &= ~is_dense[starts] | (length > 1)
        numbers = gazetteer.find(values[closed])
        hits = np.flatnonzero(numbers >= 0)
        for start, number in zip(
            starts[closed][hits].tolist(), numbers[hits].tolist(), strict=True
        ):
            found[start] = (length, number)
    return found


def _find_inflected(words: dict[int, str], gazetteer: Gazetteer) -> dict[int, tuple[int, int]]:
    """For those of some folded words that hold a name beside an ending or particle: 1, its number.

    In Cyrillic, where persons and things have the same endings, only countries and large cities.
    """
    options = [(start, option) for start, word in words.items() for option in _strip_affix(word)]
    if not options:
        return {}
    hashes = (WORD_HASHES[option] for _, option in options)
    numbers = gazetteer.find(np.fromiter(hashes, np.uint64, len(options)))
    found: dict[int, tuple[int, int]] = {}
    for place in np.flatnonzero(numbers >= 0).tolist():
        (start, option), number = options[place], int(numbers[place])
        if not _CYRILLIC.match(option) or _is_large(gazetteer.places(number)):
            found.setdefault(start, (1, number))
    return found


def _find_endings(
    words: list[str],
    bounds: list[int],
    found: dict[int, tuple[int, int]],
    gazetteer: Gazetteer,
    rules: Rules,
) -> dict[int, tuple[int, int]]:
    """For words that are a well-known name but for their ending: its number and its spelling."""
    ended: dict[int, tuple[int, int]] = {}
    known: dict[str, tuple[int, int] | None] = {}
    for start in bounds:
        length, number = found.get(start, (1, -1))
        if length > 1:
            continue
        word = words[start]
        if number >= 0 and gazetteer.candidates(number, rules, hash_spelling(word)):
            continue
        if word not in known:
            known[word] = _find_ended(word.lower(), gazetteer, rules)
        hit = known[word]
        if hit is not None:
            ended[start] = hit
    return ended


def _find_ended(word: str, gazetteer: Gazetteer, rules: Rules) -> tuple[int, int] | None:
    ending, others = next((pair for pair in rules.endings if word.endswith(pair[0])), ("", ()))
    stem = word.removesuffix(ending)
    for other in others:
        name = stem + other
        number = gazetteer.find_one(WORD_HASHES[FOLDED_WORDS[name]])
        if len(name) < _LEAST_STEM or number < 0:
            continue
        spelling = hash_spelling(name)
        if any(
            is_usual and (place.feature != "city" or place.population >= _WELL_KNOWN)
            for place, is_usual in gazetteer.candidates(number, rules, spelling)
        ):
            return number, spelling
    return None


def _is_large(places: tuple[KnownPlace, ...]) -> bool:
    return any(
        place.feature in ("country", "capital") or place.population >= _LARGE for place in places
    )


def cut_affix(word: str, number: int, gazetteer: Gazetteer) -> tuple[int, int]:
    """Returns how many letters before and after a name in a word are no part of it.

    That goes for prepositions and particles; endings of cases stay.

    Args:
        word: As written.
        number: The name's number in the gazetteer.
        gazetteer: The names known.
    """
    folded = FOLDED_WORDS[word]
    if word.isascii() or len(folded) != len(word) or _CYRILLIC.match(folded):
        return 0, 0
    for option in _strip_affix(folded):
        if gazetteer.find_one(WORD_HASHES[option]) == number:
            rest = len(word) - len(option)
            return (0, rest) if folded.startswith(option) else (rest, 0)
    return 0, 0


def _strip_affix(word: str) -> list[str]:
    """The names that a folded word may hold beside an ending, preposition or particle."""
    if word.isascii():
        return []
    if _CYRILLIC.match(word):
        ending = next((end for end in CYRILLIC_ENDINGS if word.endswith(end)), "")
        stem = word.removesuffix(ending)
        if not ending or len(stem) < _LEAST_STEM:
            return []
        return [stem + other for other in CYRILLIC_ENDINGS[ending]]
    if _HANGUL.match(word):
        return [
            word[: -len(p)]
            for p in AFFIXES["hangul"]
            if word.endswith(p) and len(word) > len(p) + 1
        ]
    found = (name for name, letters in _PREFIXING_SCRIPTS.items() if letters.match(word))
    script = next(found, "")
    prefixes = AFFIXES.get(script, ())
    return [word[len(p) :] for p in prefixes if word.startswith(p) and len(word) > len(p) + 2]
