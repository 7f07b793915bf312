"""Which characters a body's bytes stand for.

The file is long, but one idea: the rules, from the surest to a guess, that name the encoding.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from math import log
from pathlib import Path

from charset_normalizer import CharsetMatch, from_bytes
from w3lib.encoding import html_body_declared_encoding, resolve_encoding

SAMPLE_BYTES = 32_768
"""Bytes shown to charset-normalizer, all from around those that are not ASCII. Of a longer text
it looks at five pieces of 512 bytes only, which in mostly English text may all be plain ASCII."""

MAX_DAMAGE_IF_DECLARED, MAX_DAMAGE, MAX_DAMAGE_IF_ANOTHER_IS_DECLARED = 0.5, 0.34, 0.1
"""Share of the sequences beyond ASCII that may be damaged in a body that counts as UTF-8: if it
says that it is UTF-8, says nothing, says that it is something else. In other encodings nearly all
sequences are bad UTF-8. Most valid ones, by chance: Japanese in EUC-JP 28 %, Thai 26 %, Chinese in
GBK 20 %, Arabic 1 %, European languages 0 (20 labelled pages encoded so, 2026-11)."""

FEW_DAMAGED, FEW_DAMAGED_OF_TEN = 0.001, 0.005
"""The same as a share of all characters: so few, or up to ten that are so few, say nothing about
the encoding of the others, if any of these is valid UTF-8. Where none is, ten are not enough for a
guess, which takes the pound sign for a Polish letter. The text is in a language of plain letters,
so what browsers take for the default is likeliest: Windows-1252."""

_FEW = 10
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Encodings whose bytes are also valid ASCII, so that trying UTF-8 first would misread them, and
# what their texts begin other characters with; zeros may be UTF-16.
_SEVEN_BIT = ("iso2022", "hz")
_MAY_SHIFT = (b"\x00", b"\x0e", b"\x1b")
_SHIFT = re.compile(rb"~[{~]")  # Looks only at tildes; `in` takes three times as long.
# Python's codecs that are no character sets, and those that would take any ASCII for something
# else: UTF-7, which no browser accepts; UTF-16 and UTF-32, which are told by their bytes.
_NOT_CHARSETS = (
    "idna",
    "mbcs",
    "oem",
    "punycode",
    "raw-unicode-escape",
    "undefined",
    "unicode-escape",
    "utf-16",
    "utf-32",
    "utf-7",
)
_ASCII = bytes(range(32, 127))
_CONTEXT_BYTES = 48
_BEYOND_ASCII_BYTES = re.compile(
    rb"[\x80-\xff](?:[\x00-\x7f]{0,48}[\x80-\xff]){0,1000}[\x00-\x7f]{0,48}"
)
_PARTS = re.compile(rb"[<>]|[^<>]+")
_HIGH = re.compile(rb"[\x80-\xff]")
_UTF8_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|\xe0[\xa0-\xbf][\x80-\xbf]"
    rb"|[\xf0-\xf4][\x80-\xbf]{3}"
)
_LATIN_1 = ("cp1252", "latin-1", "iso8859-1", "ascii")
# The beginning of a character in UTF-8 whose rest is missing; another encoding has it by chance.
_CUT_CHARACTER = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f\ufffd]")
_BLANKS = re.compile("[ \n\u3000]")
# What no text holds, or only a damaged one: control characters, private and unassigned code
# points (the two blocks stand for all), replacement characters.
_ODD = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ue000-\uf8ff\ufff0-\uffff]")
_UTF16_SAMPLE_BYTES = 4096
_LONGEST_CHARACTER_BYTES = 8
# Languages by the encodings that they are written in: the letters beyond ASCII of each, and how
# likely it is before any of them is seen, as a logarithm. Of several, the likeliest counts.
_ALPHABETS: dict[str, tuple[tuple[str, float], ...]] = {
    "cp1252": (
        *(("áâãàçéêíóôõúü", 0.0), ("áéíóúñü", 0.0), ("àâæçéèêëîïôœùûüÿ", 0.0), ("äöüß", 0.0)),
        *(("åäöé", 0.0), ("æøåé", 0.0), ("àèéìòùî", 0.0), ("áéëïóöüè", 0.0), ("àçèéíïòóúü", -1.0)),
        ("áðéíóúýþæö", -3.0),
    ),
    "cp1250": (
        *(("ąćęłńóśźż", -0.5), ("áčďéěíňóřšťúůýž", -0.5), ("áäčďéíĺľňóôŕšťúýž", -1.0)),
        *(("áéíóöőúüű", -0.5), ("ăâîşţ", -1.0), ("čćđšž", -0.5)),
    ),
    "iso8859-2": (
        *(("ąćęłńóśźż", -0.6), ("áčďéěíňóřšťúůýž", -0.6), ("áäčďéíĺľňóôŕšťúýž", -1.1)),
        *(("áéíóöőúüű", -0.6), ("ăâîşţ", -0.9), ("čćđšž", -0.6)),
    ),
    "cp1254": (("çğ\u0131öşüâîi\u0307", -1.0),),
    "cp1257": (*(("ąčęėįšųūž", -1.0), ("āčēģīķļņšūž", -1.0), ("äõöüšž", -1.0)),),
}
_HIGH_RUN = re.compile(rb"([A-Za-z]?)([\x80-\xff]+)(?=([A-Za-z]?))")
_MARKS = frozenset(
    "\u2018\u2019\u201a\u201c\u201d\u201e\u2013\u2014\u2026\u20ac\xaa\xba\xb7\xa0\xab\xbb\xb4"
)
_MAX_RUNS = 2_000
_LONG_RUN, _IN_WORDS, _MAX_MISFITS = 2.2, 0.5, 0.1
_UNKNOWN = -9.0
# How far two guesses of charset-normalizer may lie apart and still count as equally good.
_CLOSE_CHAOS = 0.02
_CLOSE_COHERENCE = 0.1


def decode_body(body: bytes, *, declared: str | None = None, is_html: bool = False) -> str:
    """Returns the body's text, with replacement characters where the bytes are damaged.

    Args:
        body: The bytes as read.
        declared: Encoding named by the transport, such as HTTP's `charset`.
        is_html: Whether to look for `<meta charset>` and an XML declaration.
    """
    text = decode_utf8(body)
    if text is not None:
        return text
    encoding = detect_encoding(body, declared=declared, is_html=is_html)
    return body.decode(encoding, errors="replace")


def decode_markup(body: bytes, *, declared: str | None = None) -> str:
    """Returns the text of XML whose parts may be in two encodings, as programs glue them together.

    What stands between two tags is read as UTF-8 if it can be nothing else, and the rest in the
    encoding that is declared. If the transport declares Latin-1, as many servers do for all that
    they send, and the document another encoding that fits, the document is right.

    Args:
        body: The bytes as read.
        declared: Encoding named by the transport, such as HTTP's `charset`.
    """
    if (text := decode_utf8(body)) is not None:
        return text
    names = (declared, html_body_declared_encoding(body[:4096]))
    outer, inner = (_character_set(name) if name else None for name in names)
    if outer in _LATIN_1 and inner is not None and not inner.startswith("utf") and inner != outer:
        declared = None if _is_valid(body, inner, is_cut=False) else declared
    encoding = detect_encoding(body, declared=declared, is_html=True)
    bare = _UTF8_SEQUENCE.sub(b"", body)
    fallback = next(
        (
            name
            for name in (None if declared is None else outer, inner, encoding)
            if name is not None and _is_single_byte(name) and _is_valid(bare, name, is_cut=False)
        ),
        None,
    )
    if fallback is None or not (encoding == "utf-8" or _is_single_byte(encoding)):
        return body.decode(encoding, errors="replace")
    is_utf8 = encoding == "utf-8"
    return "".join(_decode_part(part, fallback, is_utf8=is_utf8) for part in _PARTS.findall(body))


def _decode_part(part: bytes, encoding: str, *, is_utf8: bool) -> str:
    """Returns the text of what stands between two tags.

    Args:
        part: Its bytes.
        encoding: The one, of single bytes, that the document declares.
        is_utf8: Whether most of the document is UTF-8 all the same.
    """
    if part.isascii():
        return part.decode()
    sequences = _UTF8_SEQUENCE.findall(part)
    bad = len(_HIGH.findall(_UTF8_SEQUENCE.sub(b"", part)))
    is_likely = 2 * bad <= len(sequences) if bad else _is_text(sequences)
    if not sequences or not (is_utf8 or is_likely):
        return part.decode(encoding, errors="replace")
    pieces, position = [], 0
    for match in _UTF8_SEQUENCE.finditer(part):
        pieces += [part[position : match.start()].decode(encoding, errors="replace")]
        pieces += [match[0].decode(errors="replace")]
        position = match.end()
    return "".join([*pieces, part[position:].decode(encoding, errors="replace")])


def _is_text(sequences: list[bytes]) -> bool:
    """Whether sequences of UTF-8 stand for what texts hold, and not for two other letters each."""
    text = b"".join(sequences).decode(errors="replace")
    return len(text) > 1 or text.isalpha() or "\u2010" <= text <= "\u203a"


def _is_single_byte(encoding: str) -> bool:
    high = bytes(range(0x80, 0x100)).decode(encoding, errors="replace")
    is_table = len(high) == 0x80 and high.count("\ufffd") < 0x40  # ISO-2022 has none of these
    return is_table and _ASCII.decode(encoding, errors="replace") == _ASCII.decode()


def decode_utf8(body: bytes) -> str | None:
    """Returns the body's text if the bytes can be nothing but UTF-8 without a byte-order mark."""
    if _may_be_utf8(body):
        with suppress(UnicodeDecodeError):
            return body.decode()
    return None


def detect_encoding(
    body: bytes, *, declared: str | None = None, is_html: bool = False, is_cut: bool = False
) -> str:
    """Returns the name of the Python codec that reads the body, its byte-order mark included.

    The order: byte-order mark; UTF-16 told by its zero bytes; UTF-8 if the bytes are valid, or
    nearly so; the declared encoding (transport, then the page's own); UTF-8 with more bad bytes;
    Windows-1252 if few bytes are beyond ASCII, else charset-normalizer's guess; UTF-8. UTF-8 goes
    before the declaration since bytes of another encoding are next to never valid UTF-8, while
    wrong declarations are common; only encodings in seven bits, which look like ASCII, go before
    it.

    Args:
        body: The bytes as read, or the first of them.
        declared: Encoding named by the transport, such as HTTP's `charset`.
        is_html: Whether to look for `<meta charset>` and an XML declaration.
        is_cut: Whether more bytes follow, so that the last character may be incomplete.
    """
    if _may_be_utf8(body) and _is_valid(body, "utf-8", is_cut=is_cut):
        return "utf-8"
    for bom, encoding in _BOMS:
        # The mark of UTF-32 may also be that of UTF-16 and a zero character.
        if body.startswith(bom) and (
            encoding != "utf-32" or _is_valid(body, encoding, is_cut=is_cut)
        ):
            return encoding
    inside = html_body_declared_encoding(body[:4096]) if is_html else None
    named = [_character_set(name) for name in (declared, inside) if name]
    candidates = [name for name in named if name is not None]
    seven_bit = [name for name in candidates if name.startswith(_SEVEN_BIT)]
    for name in seven_bit:
        if _is_valid(body, name, is_cut=is_cut):
            return name
    if (utf16 := _utf16_without_bom(body)) is not None:
        return utf16
    if _is_valid(body, "utf-8", is_cut=is_cut):
        return "utf-8"
    is_declared = any(codecs.lookup(name).name == "utf-8" for name in candidates)
    good, bad, share = _count_sequences(body, is_cut=is_cut)
    damage = bad / (good + bad) if good else 1
    are_few = bad <= 1 or (bad <= _FEW and share <= FEW_DAMAGED_OF_TEN)
    if damage <= (MAX_DAMAGE_IF_DECLARED if is_declared else MAX_DAMAGE_IF_ANOTHER_IS_DECLARED):
        return "utf-8"
    for name in candidates:
        if _is_valid(body, name, is_cut=is_cut):
            return name
    if damage <= MAX_DAMAGE or (good and (are_few or share <= FEW_DAMAGED)):
        return "utf-8"
    return (_default(body, is_cut=is_cut) if are_few else _guess(body)) or "utf-8"


def _default(body: bytes, *, is_cut: bool) -> str | None:
    """What browsers take for the default, unless a character in UTF-8 was cut."""
    is_cut_utf8 = _CUT_CHARACTER.search(body) is not None
    return "cp1252" if not is_cut_utf8 and _is_valid(body, "cp1252", is_cut=is_cut) else None


def _count_sequences(body: bytes, *, is_cut: bool) -> tuple[int, int, float]:
    """How many sequences beyond ASCII are good UTF-8, how many are not, and their share of all.

    Args:
        body: The bytes.
        is_cut: Whether the last one may be incomplete.
    """
    lossy = body.decode(errors="replace")
    if is_cut:
        lossy = lossy.rstrip("\ufffd")
    replaced = body.count("\ufffd".encode())  # By whoever wrote it: these are good UTF-8.
    good, bad = len(_BEYOND_ASCII.findall(lossy)), max(0, lossy.count("\ufffd") - replaced)
    return good + replaced, bad, bad / max(1, len(lossy))


def _may_be_utf8(body: bytes) -> bool:
    """Whether the body is UTF-8 if it is valid, whatever is declared."""
    if _SHIFT.search(body) or any(sign in body for sign in _MAY_SHIFT):
        return False
    return body[:3] != codecs.BOM_UTF8


def _character_set(name: str) -> str | None:
    """Python's name of a declared encoding, or None if it is no encoding of characters."""
    encoding: str | None = resolve_encoding(name)
    if encoding is None or encoding.replace("_", "-").startswith(_NOT_CHARSETS):
        return None
    return encoding


def _is_valid(body: bytes, encoding: str, *, is_cut: bool) -> bool:
    try:
        body.decode(encoding)
    except UnicodeDecodeError as error:
        return is_cut and error.start >= len(body) - _LONGEST_CHARACTER_BYTES
    except (UnicodeError, LookupError):  # LookupError: a codec such as base64
        return False
    return True


def _utf16_without_bom(body: bytes) -> str | None:
    """The codec of UTF-16 without byte-order mark, if that is what the body looks like.

    Latin text has a zero in every second byte. Other scripts may have them in their blanks only;
    then the body must be good text as UTF-16 and a bad one as UTF-8.
    """
    head = body[: min(_UTF16_SAMPLE_BYTES, len(body) // 2 * 2)]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if not even and not odd:
        return None
    few, many = sorted((even, odd))
    if many > 0.6 * len(head) / 2 and few < 0.05 * many:
        return "utf-16-be" if even > odd else "utf-16-le"
    if _odd_share(head.decode(errors="replace")) < 0.1:
        return None
    readings = ((name, head.decode(name, errors="replace")) for name in ("utf-16-le", "utf-16-be"))
    good = [
        (len(_BLANKS.findall(text)), name) for name, text in readings if _odd_share(text) < 0.01
    ]
    blanks, name = max(good, default=(0, ""))
    return name if blanks else None


def _odd_share(text: str) -> float:
    return len(_ODD.findall(text)) / max(1, len(text))


def _guess(body: bytes) -> str | None:
    """The encoding in which a Latin language is written, or charset-normalizer's guess.

    From the bytes beyond ASCII and the words around them.
    """
    if (latin := _guess_latin(body)) is not None:
        return latin
    sample, position = b"", 0
    while len(sample) < SAMPLE_BYTES and (match := _BEYOND_ASCII_BYTES.search(body, position)):
        before = body[max(position, match.start() - _CONTEXT_BYTES) : match.start()]
        sample += before + match[0] + b"\n"
        position = match.end()
    matches = [
        match
        for match in from_bytes(sample[:SAMPLE_BYTES])
        # Not EBCDIC and the like: a few odd bytes must not turn the rest into another text.
        if _ASCII.decode(match.encoding, errors="replace") == _ASCII.decode()
    ]
    if not matches:
        return None
    best = matches[0]
    # It ranks single-byte encodings that differ in a few letters by chance: French in Windows-1252
    # came out as Windows-1250, Swedish as DOS 852. The letters of the language decide; where it
    # has none of them, what browsers take for the default.
    equals = [
        match
        for match in matches
        if match.chaos <= best.chaos + _CLOSE_CHAOS
        and match.coherence >= best.coherence - _CLOSE_COHERENCE
    ]
    return codecs.lookup(max(equals, key=_plausibility).encoding).name


def _guess_latin(body: bytes) -> str | None:
    """The encoding in which the letters beyond ASCII are those of one language; None for others.

    In languages with Latin letters, those beyond ASCII stand single within words of ASCII. In
    other scripts, hardly any does. charset-normalizer, which knows nothing of words, took
    Portuguese for Hungarian, and single words for Cyrillic. Of 860 pieces of 60 to 2,000
    characters from pages in 17 languages it read 719 rightly; with this rule it's 831 (2026-11).
    """
    runs = [match for match, _ in zip(_HIGH_RUN.finditer(body), range(_MAX_RUNS), strict=False)]
    if not runs or sum(len(run[2]) for run in runs) > _LONG_RUN * len(runs):
        return None
    if sum(bool(run[1] or run[3]) or len(run[2]) == 1 for run in runs) < _IN_WORDS * len(runs):
        return None
    best, misfits = max(
        (_fit_of(runs, encoding, alphabet, prior), encoding)
        for encoding, languages in _ALPHABETS.items()
        for alphabet, prior in languages
    )[::-1]
    return best if misfits[1] <= _MAX_MISFITS * len(runs) else None


def _fit_of(
    runs: Iterable[re.Match[bytes]], encoding: str, alphabet: str, prior: float
) -> tuple[float, int]:
    """How likely a language is by its letters, and how many of them are none of its own."""
    fit, misfits, known = prior, 0, -log(len(alphabet))
    for run in runs:
        for letter in run[2].decode(encoding, errors="replace").lower():
            if letter in alphabet:
                fit += known
            elif letter not in _MARKS:
                is_in_word = bool(run[1] or run[3])
                fit += _UNKNOWN if is_in_word else _UNKNOWN / 3
                misfits += is_in_word
    return fit, misfits


def _plausibility(match: CharsetMatch) -> tuple[float, bool]:
    """Which part of the letters beyond ASCII belongs to the language that was recognised."""
    letters = [letter for letter in str(match).lower() if letter > "\x7f" and letter.isalpha()]
    alphabet = _frequent_letters().get(match.language, "")
    known = sum(letter in alphabet for letter in letters)
    return known / max(1, len(letters)), not known and match.encoding == "cp1252"


@cache
def _frequent_letters() -> dict[str, str]:
    """Letters beyond ASCII that each language uses often, by charset-normalizer's name for it."""
    table = Path(__file__).with_name("frequent_letters.tsv").read_text(encoding="utf-8")
    rows = (line.partition("\t") for line in table.splitlines() if not line.startswith("#"))
    return {language: letters for language, _, letters in rows}
