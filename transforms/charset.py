"""Which characters a body's bytes stand for."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes
from w3lib.encoding import html_body_declared_encoding, read_bom, resolve_encoding

SAMPLE_BYTES = 32_768
"""Bytes shown to charset-normalizer, all from lines that are not ASCII. Of a longer text it looks
at five pieces of 512 bytes only, which in mostly English text may all be plain ASCII."""

MAX_DAMAGE = 0.001
"""Share of undecodable characters up to which a body declared as UTF-8 still counts as UTF-8:
pages with one bad byte in a quotation are common."""

# Encodings whose bytes are also valid ASCII, so that trying UTF-8 first would misread them.
_SEVEN_BIT = ("iso-2022", "iso2022", "hz")
_NON_ASCII_LINE = re.compile(rb"[^\n]*[\x80-\xff][^\n]*\n?")


def decode_body(body: bytes, *, declared: str | None = None, is_html: bool = False) -> str:
    """Returns the body's text.

    The order: byte-order mark; UTF-8 if the bytes are valid; the declared encoding (transport,
    then the page's own); UTF-16 told by its zero bytes; charset-normalizer's guess from the
    lines that are not ASCII; UTF-8 with replacement characters. UTF-8 goes before the
    declaration since bytes of another encoding are next to never valid UTF-8, while wrong
    declarations are common.

    Args:
        body: The bytes as read.
        declared: Encoding named by the transport, such as HTTP's `charset`.
        is_html: Whether to look for `<meta charset>` and an XML declaration.
    """
    encoding, bom = read_bom(body)
    if encoding is not None and bom is not None:
        return body[len(bom) :].decode(encoding, errors="replace")
    named = [resolve_encoding(name) for name in (declared, _declared_inside(body, is_html)) if name]
    candidates = [name for name in named if name and name != "utf-7"]
    for name in candidates:
        if name.startswith(_SEVEN_BIT) and (text := _decode_strictly(body, name)) is not None:
            return text
    if _looks_like_utf16(body):
        even_zeros = body[0:4096:2].count(0)
        return body.decode(
            "utf-16-be" if even_zeros > body[1:4096:2].count(0) else "utf-16-le", "replace"
        )
    for name in ["utf-8", *candidates]:
        if (text := _decode_strictly(body, name)) is not None:
            return text
    lossy = body.decode("utf-8", errors="replace")
    is_nearly_utf8 = lossy.count("\ufffd") <= max(1, len(lossy) * MAX_DAMAGE)
    if is_nearly_utf8 and any("\x80" <= character != "\ufffd" for character in lossy):
        return lossy
    guess = _guess(body)
    return lossy if guess is None else body.decode(guess, errors="replace")


def _declared_inside(body: bytes, is_html: bool) -> str | None:
    return html_body_declared_encoding(body[:4096]) if is_html else None


def _decode_strictly(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _looks_like_utf16(body: bytes) -> bool:
    """Whether one of two bytes is zero: Latin text in UTF-16 without a byte-order mark."""
    head = body[:4096]
    even, odd = head[0::2], head[1::2]
    if len(head) < 4 or len(head) % 2:
        return False
    few, many = sorted((even.count(0), odd.count(0)))
    return many > 0.6 * len(odd) and few < 0.05 * len(even)


def _guess(body: bytes) -> str | None:
    sample = b""
    for line in _NON_ASCII_LINE.finditer(body):
        sample += line[0][:SAMPLE_BYTES]
        if len(sample) >= SAMPLE_BYTES:
            break
    best = from_bytes(sample[:SAMPLE_BYTES]).best()
    if best is None:
        return None
    return codecs.lookup(best.encoding).name
