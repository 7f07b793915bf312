"""Rules for text: what a clean text is, when two texts are the same, how long one is."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

from feedlake.transforms.normalize.scripts import KANA_HAN

MAX_FIELD_CHARS = 10_000
"""Longest one-line field (title, name, tag) kept, the cap that trafilatura uses for metadata."""

# Control characters (Unicode category Cc, but those that are white space), lone surrogates, which
# UTF-8 cannot hold, and three invisible characters that pages sprinkle into words: zero-width
# space, soft hyphen, byte-order mark. Joiners (U+200C, U+200D) stay: Persian and emoji need them.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\ufeff\ud800-\udfff]")
# Embeddings, overrides and isolates (UAX 9): in a line of its own they make `gpj.exe` read as
# `exe.jpg`. The marks LRM, RLM and ALM stay, which Arabic and Hebrew need.
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_BLANK_LINES = re.compile(r"\n{3,}")
_KANA_HAN = re.compile(f"[{KANA_HAN}]")
# Tables for bytes of UTF-8: what is below 128 is an ASCII character, else a part of another one.
_ASCII = bytes(range(128))
_ASCII_BLANKS = bytes(32 if code < 128 and chr(code).isspace() else code for code in range(256))
_AS_LETTERS = bytes(32 if code == 32 else 97 for code in _ASCII_BLANKS)
_ASCII_FOLDED = _ASCII_BLANKS.lower()
_ASCII_SIGNS = bytes(
    code
    for code in range(128)
    if not (chr(code).isalnum() or chr(code).isspace() or chr(code) == "_")
)
_FEW = 16
"""Different characters that are quicker replaced one by one than by going through the text."""
_TEXTS_REMEMBERED, _MAX_REMEMBERED_CHARS = 256, 16_384
"""As many as are extracted in turn, 10 MB with all that is made of them here."""
_SIGNS_ALONE = re.compile(r"\s[^\w\s]+(?!\S)")


def normalize_text(text: str) -> str:
    """Returns the text in NFC, without control characters, its paragraphs one blank line apart.

    Line breaks inside a paragraph stay, those of pages (form feed) among them; blanks within a
    line become one space. Applying it twice changes nothing.
    """
    stripped = text.strip()
    if _is_normal(stripped):
        return stripped
    text = unicodedata.normalize("NFC", _UNWANTED.sub("", text))
    text = "\n".join(" ".join(line.split()) for line in text.splitlines()).strip("\n")
    return _BLANK_LINES.sub("\n\n", text) if "\n\n\n" in text else text


def _is_normal(text: str) -> bool:
    """Whether a text without blanks at its ends is normal, as far as quick looks tell."""
    # Printable leaves out all control and format characters, and all blanks but the space.
    return (
        text.replace("\n", "").isprintable()
        and not any(run in text for run in ("  ", " \n", "\n ", "\n\n\n"))
        and unicodedata.is_normalized("NFC", text)
    )


def normalize_line(text: str | None) -> str | None:
    """Returns the text as one clean line of at most `MAX_FIELD_CHARS`, or None if none is left.

    Characters that make the line read in another order than it is written are left out.
    """
    if not text:
        return None
    text = text[: 4 * MAX_FIELD_CHARS]
    line = " ".join(text.split())
    # Printable leaves out all that other lines are searched for.
    if not line.isprintable() or not unicodedata.is_normalized("NFC", line):
        line = " ".join(normalize_text(_REORDERING.sub("", text)).split())
    return line[:MAX_FIELD_CHARS].strip() or None


def hash_text(text: str) -> bytes:
    """Returns 32 bytes that are equal for texts equal but for case and white space (SHA-256)."""
    data, others = in_utf8(text)
    changed = [char for char in others if char.isspace() or char.casefold() != char]
    if len(changed) > _FEW:
        return hashlib.sha256(" ".join(text.casefold().split()).encode()).digest()
    for char in changed:
        data = data.replace(char.encode(), b" " if char.isspace() else char.casefold().encode())
    folded = data.translate(_ASCII_FOLDED).strip(b" ")
    while b"  " in folded:
        folded = folded.replace(b"  ", b" ")
    return hashlib.sha256(folded).digest()


def count_words(text: str) -> int:
    """Returns the number of words: runs between white space that hold a letter or digit.

    A Chinese or Japanese character counts as one word each. Scripts that neither use spaces
    nor have one character a word (Thai, Lao, Khmer, Burmese) are counted by their spaces, hence
    too low.
    """
    data, others = in_utf8(text)
    signs = [char for char in others if not char.isalnum()]
    if len(signs) > _FEW or _KANA_HAN.search("".join(others)):
        text, ideographs = _KANA_HAN.subn(" ", text)
        return ideographs + len(text.split()) - len(_SIGNS_ALONE.findall(" " + text))
    for char in signs:
        written = char.encode(errors="surrogatepass")
        data = data.replace(written, b" " if char.isspace() else b"")
    # Where a word begins is counted, a tenth of the time of cutting words out.
    return (b" " + data.translate(_AS_LETTERS, _ASCII_SIGNS)).count(b" a")


def in_utf8(text: str) -> tuple[bytes, frozenset[str]]:
    """Returns the text in UTF-8, and its different characters that are not ASCII.

    Args:
        text: Any; lone surrogates may be in it.
    """
    return _short_in_utf8(text) if len(text) <= _MAX_REMEMBERED_CHARS else _in_utf8(text)


def _in_utf8(text: str) -> tuple[bytes, frozenset[str]]:
    data = text.encode(errors="surrogatepass")
    return data, frozenset(data.translate(None, _ASCII).decode(errors="surrogatepass"))


# A text's words are counted, it is hashed, and cut into words: each begins with this.
_short_in_utf8 = lru_cache(_TEXTS_REMEMBERED)(_in_utf8)


def primary_language(tag: str | None) -> str | None:
    """Returns the lower-case primary subtag of a language tag (`en` of `en-GB`), or None.

    Args:
        tag: A BCP 47 tag as written in the wild, `en_GB` and `EN` included.
    """
    primary = re.match(r"\s*([A-Za-z]{2,3})(?:[-_]|\s*$)", tag or "")
    return primary[1].lower() if primary else None
