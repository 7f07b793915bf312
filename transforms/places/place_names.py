"""Words of texts and of place names, folded so that their many spellings meet."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import zlib
from collections.abc import Callable
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from feedlake.transforms.normalize.scripts import UNSPACED_LETTERS, UNSPACED_MARKS

NAMES_VERSION = 3
"""Raised with any change of what a name is folded to: indexes of other versions are rebuilt."""

MAX_NAME_TOKENS, MAX_DENSE_TOKENS = 6, 14
"""Longest name in words, and in letters of a script without spaces between words."""

HASH_FACTOR = 0x9E3779B97F4A7C15
LOOSE_SEED = 0x51ED270B76A1D3E5
"""Start of the hashes of loosely folded names, which are kept apart from the exact ones."""

ANY_SPELLING = (1 << 16) - 1
"""Stands for each spelling of a name that has many."""

_MASK = (1 << 64) - 1

_APOSTROPHES = "'\u2018\u2019\u201b\u02b9-\u02bf\u0060\u00b4\u02c8\u02ca\u02cb"
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0903"
    "\u093a-\u094f\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a03\u0a3c-\u0a4d\u0a70"
    "\u0a71\u0a81-\u0a83\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b57\u0b82\u0bbe-\u0bcd"
    "\u0c00-\u0c04\u0c3e-\u0c56\u0c81-\u0c83\u0cbc-\u0cd6\u0d00-\u0d03\u0d3e-\u0d4d\u0d82"
    "\u0d83\u0dca-\u0ddf\u135d-\u135f\u200c\u200d"
)
_LETTER = rf"[^\W_{UNSPACED_LETTERS}]"
_TOKEN = re.compile(
    # The look ahead and the first branches, plain words before a blank, are there for speed.
    rf"((?=[\w{_APOSTROPHES}])(?:[a-z]{{1,60}}+(?=[ ,.\n])|[A-Z][a-z]{{0,60}}+(?=[ ,])"
    # Elided articles and prepositions of French and Italian, before a capital.
    rf"|(?<![A-Za-z])(?:[dlDL]|[Qq]u|[dnDN]ell|[adAD]all?|[Ss]ull)['\u2019](?=[A-Z\u00c0-\u00de])"
    # In scripts without spaces each letter, with its marks, is a token.
    rf"|[{UNSPACED_LETTERS}][{UNSPACED_MARKS}]*+"
    r"|(?:[A-Z]\.){2,6}(?![A-Za-z])|(?<![\w.])(?:St|Ste|Mt|Ft|Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Sgt|Lt|Col|Capt|Prof|Rev)\.(?=\s)"
    rf"|[{_APOSTROPHES}]?{_LETTER}(?:{_LETTER}|[{_MARKS}]|[{_APOSTROPHES}](?={_LETTER})){{0,60}}+))"
)
# An article before a hyphen (`al-`, `esh-`). The hyphen comes first, as it is found fast.
_ATTACHED = re.compile(r"-(?:(?<=\b[AaEe][ldzsnrt]-)|(?<=\b[AaEe]sh-)|(?<=\b[Aa][dt]h-))")
# Latin beyond ASCII, Cyrillic, Greek, and accents by themselves.
_HAS_ACCENTS = re.compile("[\u00aa-\u024f\u0259\u0300-\u052f\u1e00-\u1fff]")
_PUNCTUATION = re.compile(rf"[{_APOSTROPHES}.]")
_PREFIX = re.compile("[a-z]{1,8}(?=[A-Z][a-z])")
_ENDING = re.compile(r"(?<=\w\w)['\u2019][^\W\d_A-Z]{1,8}$")
_PLURALS = ("ma", "mi", "zi")
"""Ends of what stands before nouns in the plural, and so before no place: `kwamaCala`."""

_POSSESSIVE = re.compile(r"['\u2019][sS]$")
_DROPPED = re.compile(
    rf"[{_APOSTROPHES}.\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0640\u200c\u200d]"
)
_FOLD_LETTERS = str.maketrans(
    {
        "\u0131": "i", "\u0142": "l", "\u00f8": "o", "\u0111": "d", "\u00f0": "d", "\u00fe": "th",
        "\u00e6": "ae", "\u0153": "oe", "\u0259": "e", "\u0451": "\u0435", "\u0449": "\u0449",
        "\u0623": "\u0627", "\u0625": "\u0627", "\u0622": "\u0627", "\u0649": "\u064a",
        "\u0629": "\u0647", "\u06a9": "\u0643", "\u06cc": "\u064a",
    }
)  # fmt: skip
_EXPANDED = {"st": "saint", "ste": "sainte", "mt": "mount", "ft": "fort"}

ARTICLES = frozenset("al ad az as ash an ar at el ed ez es esh er et en adh ath".split())
_LOWER_ARTICLES = frozenset("al el ad az ed ez ash".split())
_MAX_ARTICLE_CHARS = 5
"""The most letters that an article has, its apostrophe or accent included."""

_LOOSE = (
    (re.compile("[dtkgs]h"), lambda m: m[0][0]),
    (re.compile("ou|oo"), lambda m: "u"),
    (re.compile("ee|ei|ai|ay|ey"), lambda m: "i"),
    (re.compile(r"([^\W\d_])\1+"), lambda m: m[1]),
)
_IS_LOOSE = re.compile(r"[dtkgs]h|o[uo]|e[eiy]|a[iy]|([^\W\d_])\1")
_LOOSE_LETTERS = str.maketrans("oeyqjc", "uiikgk")
TRANSLITERATED = frozenset(
    "AE AF BH DZ EG ER IL IQ IR JO KW LB LY MA MR OM PK PS QA SA SD SO SY TD TN YE".split()
)
"""Countries whose place names are transliterated from the Arabic script, in many spellings."""

MIN_LOOSE_LETTERS = 7
"""Loosely folded names with fewer letters would be taken for too many other words."""


class Tokens(NamedTuple):
    """The words of a text, in three lists of the same length.

    A record for each word would take as long to make as the word takes to find.

    Attributes:
        texts: As written.
        starts: Offsets of their first characters.
        ends: Offsets after their last.
    """

    texts: list[str]
    starts: list[int]
    ends: list[int]

    def fold(self, number: int) -> str:
        """Returns a word folded, see `fold_word`."""
        return FOLDED_WORDS[self.texts[number]]

    def without_prefixes(self, is_name: Callable[[str], bool]) -> Tokens:
        """Returns the words without small letters before a capital: `waseNigeria`.

        Args:
            is_name: Says of a whole word whether a place has that name, as `eThekwini` is.
        """
        texts, starts = list(self.texts), list(self.starts)
        for number, word in enumerate(texts):
            if "a" <= word < "{" and (found := _PREFIX.match(word)):
                if found[0].endswith(_PLURALS):
                    continue
                last = found.end() - 1
                if found[0] == "kwa" or is_name(word):
                    texts[number] = word[0].upper() + word[1:]
                elif is_name(word[last:]):  # `aseThekwini`
                    texts[number] = word[last].upper() + word[last + 1 :]
                    starts[number] += last
                else:
                    texts[number], starts[number] = (
                        word[found.end() :],
                        starts[number] + found.end(),
                    )
        return Tokens(texts, starts, self.ends)

    def without_endings(self) -> Tokens:
        """Returns the words without what hangs on them with an apostrophe: `Ankara'da`."""
        texts, ends = list(self.texts), list(self.ends)
        for number, word in enumerate(texts):
            if word[:1].isupper() and (found := _ENDING.search(word)):
                texts[number] = word[: found.start()]
                ends[number] -= len(word) - found.start()
        return Tokens(texts, self.starts, ends)

    def bounds(self) -> list[int]:
        """Returns the numbers of the words with which a name may begin or end.

        Those are all but words that begin with a small letter; scripts without capitals have none.
        """
        return [
            number
            for number, word in enumerate(self.texts)
            if not "a" <= word < "{" and (word < "\x7f" or not word[0].islower())
        ]


def tokenize_names(text: str) -> Tokens:
    """Returns the words of a text; a letter of a script without spaces is a word.

    Arabic articles that hang on their noun (`al-Duhur`) are left out.
    """
    parts = _TOKEN.split(text)
    ends = list(accumulate(map(len, parts)))
    texts, starts, ends = parts[1::2], ends[:-1:2], ends[1::2]
    if _LOWER_ARTICLES.isdisjoint(texts) and ("-" not in text or not _ATTACHED.search(text)):
        return Tokens(texts, starts, ends)
    articles = {
        word
        for word in set(texts)
        if len(word) <= _MAX_ARTICLE_CHARS and FOLDED_WORDS[word] in ARTICLES
    }
    for number in reversed(range(len(texts)) if articles else ()):
        word = texts[number]
        if word in articles and _is_article(
            word, text[ends[number] : ends[number] + 1], is_first=not number
        ):
            del texts[number], starts[number], ends[number]
    return Tokens(texts, starts, ends)


def _is_article(word: str, after: str, *, is_first: bool) -> bool:
    """Whether a word is an Arabic article: with a hyphen after it, or small inside a name."""
    if word.isupper():
        return False
    return after == "-" or (word in _LOWER_ARTICLES and not is_first)


def fold_word(word: str) -> str:
    """Returns a word without case, accents, apostrophes, stops and possessive."""
    if word.isascii() and word.isalpha():
        return word.lower()
    abbreviation = _EXPANDED.get(word[:-1].lower()) if word.endswith(".") else None
    if abbreviation:
        return abbreviation
    word = _POSSESSIVE.sub("", word).casefold()
    word = unicodedata.normalize("NFKD", word).translate(_FOLD_LETTERS)
    word = _DROPPED.sub("", word)
    return unicodedata.normalize("NFC", word)


def spell_word(word: str) -> str:
    """Returns a word without case, apostrophes, stops and possessive, but with its accents.

    In scripts that leave their marks out or not, as Arabic does, it is the folded word.
    """
    folded = FOLDED_WORDS[word]
    if word.isascii() or not _HAS_ACCENTS.search(word):
        return folded
    word = unicodedata.normalize("NFC", _POSSESSIVE.sub("", word).casefold())
    return _PUNCTUATION.sub("", word).replace("i\u0307", "i").replace("\u0451", "\u0435")


def hash_spelling(name: str) -> int:
    """Returns 16 bits for how a name is spelled with its accents; 0 if it has none."""
    if name.isascii() or not _HAS_ACCENTS.search(name):
        return 0
    texts = tokenize_names(name.partition("(")[0]).texts
    spelled = [word for word in map(spell_word, texts) if word]
    if spelled == [FOLDED_WORDS[word] for word in texts if FOLDED_WORDS[word]]:
        return 0
    return 1 + zlib.crc32(" ".join(spelled).encode("utf-8", "replace")) % (ANY_SPELLING - 1)


def fold_loosely(folded: str) -> str:
    """Returns a folded Latin word with what transliterations of Arabic vary made equal."""
    if _IS_LOOSE.search(folded):  # Half of the words need none of this.
        for pattern, replace in _LOOSE:
            folded = pattern.sub(replace, folded)
    return folded.translate(_LOOSE_LETTERS)


@lru_cache(maxsize=256)  # Whoever builds the gazetteer asks several times for each of a place's.
def name_tokens(name: str) -> list[str]:
    """Returns the folded words of a place name, those in brackets left out."""
    words = map(FOLDED_WORDS.__getitem__, tokenize_names(name.partition("(")[0]).texts)
    return [word for word in words if word]


def hash_name(words: list[str]) -> list[int]:
    """Returns the hashes (64 bits) of the first folded word, of the first two, and so on."""
    return list(accumulate(map(WORD_HASHES.__getitem__, words), extend_hash))


def extend_hash(value: int, word: int) -> int:
    """Returns 64 bits for a name and one more word, by the hash of each."""
    return (value * HASH_FACTOR + word) & _MASK


def hash_loose_name(words: list[str]) -> list[int]:
    """Returns the same for loosely folded words; none if it is short or not in Latin letters."""
    loose = [LOOSE_WORDS[word] for word in words]
    if sum(map(len, loose)) < MIN_LOOSE_LETTERS or not all(word.isascii() for word in loose):
        return []
    hashes = map(WORD_HASHES.__getitem__, loose)
    return list(accumulate(hashes, extend_hash, initial=LOOSE_SEED))[1:]


class _Folded(dict[str, str]):
    """Folded words by word, remembered because words repeat and folding takes ten times as long."""

    def __missing__(self, word: str) -> str:
        if len(self) >= 1 << 16:
            self.clear()
        self[word] = value = fold_word(word)
        return value


class _Loose(dict[str, str]):
    def __missing__(self, word: str) -> str:
        if len(self) >= 1 << 16:
            self.clear()
        self[word] = value = fold_loosely(word)
        return value


class _Hashes(dict[str, int]):
    def __missing__(self, word: str) -> int:
        if len(self) >= 1 << 17:
            self.clear()
        digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
        self[word] = value = int.from_bytes(digest, "little")
        return value


FOLDED_WORDS, LOOSE_WORDS, WORD_HASHES = _Folded(), _Loose(), _Hashes()
