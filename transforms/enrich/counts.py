"""How long a text is for its readers: sentences, minutes, and tokens of language models."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from feedlake.transforms.normalize.scripts import (
    KANA_HAN,
    READ_BY_LETTER,
    UNSPACED,
    may_lack_spaces,
)
from feedlake.transforms.normalize.text import count_words, in_utf8
from feedlake.transforms.process import library_shortcuts

TOKENIZER = "o200k_base"
"""Open byte-pair encoding in which `token_count` is counted, as shipped in `bpe-openai`."""

WORDS_PER_MINUTE = 238
"""Silent reading of English non-fiction (Brysbaert, 2019, a review of 190 studies)."""

IDEOGRAPHS_PER_MINUTE = 255
"""Silent reading of Chinese (Trauzettel-Klosinski and Dietz, 2012, the IReST texts)."""

LETTERS_PER_MINUTE_UNSPACED = 5 * WORDS_PER_MINUTE
"""For Thai, Lao, Khmer and Burmese, whose words have several letters and no spaces between them."""

_KANA_HAN = re.compile(f"[{KANA_HAN}]")
_BY_LETTER = re.compile(f"[{READ_BY_LETTER}]")
_UNSPACED = re.compile(f"[{UNSPACED}]+")
_WORD = re.compile(r"[^\W_]")
# Ends of sentences: full stops of the world's scripts, with closing quotes after them. A plain
# full stop ends one only before a blank and something other than a small letter or digit. All begin
# with a sign of one set, which makes the search fast. Tibetan writes its stroke twice, parted by a
# blank, where a paragraph ends.
_END = re.compile(
    "[.\u3002\uff01\uff1f\uff0e\uff61\u0964\u0965\u06d4\u061f\u0589\u1362\u1367\u1368\u104b\u17d4\u17d5!?\u2026"
    "\u037e\u0700-\u0702\u0df4\u0f0d-\u0f12\u166e\u1803\u1809\u1b5e\u1b5f\u1c7e\u1c7f\ua4ff\ua60e\ua9c9\uaa5d-\uaa5f"
    "\uabeb]"
    "(?:(?<!\\.)[!?.\u3002\uff01\uff1f\uff0e\u2026\u0964\u0965\u06d4\u1362]*+(?:(?<=[\u0f0d-\u0f12])(?:\\s?[\u0f0d-\u0f12])*+)?"
    "[\"'\u2019\u201d\u00bb)\u300d\u300f\\]]*+(?!\\s*[a-z])"
    "|(?<=\\.)(?<![\\s.]\\.)\\.*+[\"'\u2019\u201d\u00bb)\\]]*+(?=\\s+[^a-z\\d\\s]|\\s+\\d|\\s*$))"
)
# Signs that end a sentence after letters of one script alone: two Ethiopic word dividers, or two
# colons in place of them; an Armenian colon; a Greek semicolon, which asks; an Indian bar.
_BORROWED_END = re.compile("\u1361 ?\u1361|::|:(?!\\S)|;(?!\\S)|\\|\\|?(?!\\S)")
_BORROWERS = {
    "\u1361": re.compile("[\u1200-\u135a]"),
    "::": re.compile("[\u1200-\u135a]"),
    ":": re.compile("[\u0531-\u0587]"),
    ";": re.compile("[\u0370-\u03ff\u1f00-\u1fff]"),
    "|": re.compile("[\u0900-\u0dff]"),
}
_BETWEEN_BORROWERS = re.compile("[\u0370-\u1fff]")  # All their scripts, and others.
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'\u2018\u201c\u00ab-])(?:[A-Za-z]|[A-Z](?:\.[A-Z])+|Mr|Mrs|Ms|Dr|Prof|Sen|Rep|Gov|Gen|Col|Lt|Sgt|Capt|Rev|Hon"
    r"|St|Jr|Sr|vs|No|Nos|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|Inc|Ltd|Co|Corp|etc|e\.g|i\.e"
    r"|bzw|z\.B|Nr|Hr|Fr|bl\.a|ca|Sra?|Dra?|M|Mme|pp?|al|approx|Ave|Blvd|Mt|Ft)$"
)
_ABBREVIATED_CHARS = 7
"""No abbreviation of `_ABBREVIATION` has so many letters in a row."""

_CHUNK_CHARS = 16_000
"""The tokeniser refuses long runs without blanks; longer texts are counted in pieces, which may
count one token more for each."""

_LOCK = threading.Lock()


@dataclass(frozen=True)
class Counts:
    """Sizes of one text.

    Attributes:
        sentence_count: Sentences; headings and list items without a full stop count as one a
            line; 0 for no text. Thai, which writes no full stops, is counted by lines.
        reading_time_s: Seconds that reading it aloud in mind takes, by the rates above.
        token_count: Tokens in the encoding `TOKENIZER`, special tokens read as plain text.
    """

    sentence_count: int
    reading_time_s: int
    token_count: int


def count_text(text: str) -> Counts:
    """Returns the sizes of a text, all 0 for an empty one."""
    return Counts(count_sentences(text), estimate_reading_time_s(text), count_tokens(text))


def count_sentences(text: str) -> int:
    """Returns the number of sentences; each line that holds a letter or digit has at least one."""
    if not text.isascii() and any(map(_BETWEEN_BORROWERS.match, in_utf8(text)[1])):
        text = _BORROWED_END.sub(_read_borrowed_end, text)
    return sum(_count_in_line(line) for line in text.splitlines() if _WORD.search(line))


def _read_borrowed_end(sign: re.Match[str]) -> str:
    """A full stop in place of a sign that ends a sentence in its script; elsewhere the sign."""
    before = sign.string[max(0, sign.start() - 2) : sign.start()].rstrip(" ")[-1:]
    borrower = _BORROWERS["::" if sign[0] == "::" else sign[0][0]]
    return "\u1362" if borrower.match(before) else sign[0]


def _count_in_line(line: str) -> int:
    sentences, last = 0, 0
    for end in _END.finditer(line):
        if line[end.start()] == "." and _is_abbreviated(line, end.start()):
            continue
        sentences += 1
        last = end.end()
    return sentences + (1 if _WORD.search(line, last) or not sentences else 0)


def _is_abbreviated(line: str, stop: int) -> bool:
    """Whether what stands before a full stop is an abbreviation."""
    if line[max(0, stop - _ABBREVIATED_CHARS) : stop].isalpha() and stop >= _ABBREVIATED_CHARS:
        return False  # As for most sentences, a long word.
    return _ABBREVIATION.search(line, max(0, stop - 10), stop) is not None


def estimate_reading_time_s(text: str) -> int:
    """Returns the seconds that silent reading takes, at least 1 for any word, 0 for none."""
    ideographs = letters = 0
    spaced = text
    if may_lack_spaces(text) and _UNSPACED.search(text):
        ideographs, letters = len(_KANA_HAN.findall(text)), len(_BY_LETTER.findall(text))
        spaced = _UNSPACED.sub(" ", text)
    minutes = (
        count_words(spaced) / WORDS_PER_MINUTE
        + ideographs / IDEOGRAPHS_PER_MINUTE
        + letters / LETTERS_PER_MINUTE_UNSPACED
    )
    return max(1, round(60 * minutes)) if minutes else 0


def count_tokens(text: str) -> int:
    """Returns the number of tokens in the encoding `TOKENIZER`."""
    if not text:
        return 0
    count = load_counter()
    try:
        return sum(int(count(piece)) for piece in _cut(text))
    except UnicodeEncodeError:  # Lone surrogates; each counts as a question mark.
        return count_tokens(text.encode("utf-8", "replace").decode("utf-8"))


def _cut(text: str) -> list[str]:
    """The text in pieces of at most `_CHUNK_CHARS`, cut before a blank where there is one."""
    pieces, start = [], 0
    while len(text) - start > _CHUNK_CHARS:
        end = start + _CHUNK_CHARS
        blank = max(text.rfind(" ", start + 1, end), text.rfind("\n", start + 1, end))
        end = blank if blank > start else end
        pieces.append(text[start:end])
        start = end
    pieces.append(text[start:])
    return pieces


def load_counter() -> Callable[[str], int]:
    """Returns what counts the tokens of a text, loaded once per process."""
    with _LOCK:
        return _load_counter()


@cache
def _load_counter() -> Callable[[str], int]:
    """What counts tokens, made once per process; counting does not change it."""
    load = library_shortcuts.find("load_counter") or _load_encoding
    counter: Callable[[str], int] = load(TOKENIZER)
    return counter


def _load_encoding(name: str) -> Callable[[str], int]:
    from bpe_openai import get_encoding

    encode = get_encoding(name).encode_ordinary

    def count(text: str) -> int:
        text.encode("utf-8")  # It would put something else for lone surrogates.
        return len(encode(text))

    return count
