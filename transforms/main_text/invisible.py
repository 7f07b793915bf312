"""Invisible characters that a text needs, kept through a library that drops them.

trafilatura drops all that is not printable: the joiners of Persian, Sinhala and emoji, the marks of
direction of Arabic and Hebrew, and characters that Unicode got later than Python. Each has a
stand-in while it works, a printable one that joins the character before it.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape

from lxml.html import HtmlElement

from feedlake.transforms.normalize.text import normalize_text

StandIns = dict[int, str]
"""What stands for each character, by its code point: a table for `str.translate`."""

# The last variation selectors. Unicode's database of ideographs has given none of them a meaning.
_SELECTORS = range(0xE01EF, 0xE0141, -1)  # Those up to there mark lines of code.
_ASCII = bytes(range(128))
_REFERENCE = re.compile(
    "&(?:zwn?j;|[lr]lm;|#0*8(?:20[4-7]|23[4-8]|29[4-7])\\b|#[xX]0*20(?:0[c-f]|2[a-e]|6[6-9])\\b)",
    re.I,
)


def find_stand_ins(html: str, *, utf8: bytes | None = None) -> StandIns:
    """Returns what to put for each invisible character of a page; empty if it has none.

    Left out are those that no text keeps (`normalize_text`), and those for private use, with
    which pages draw icons.

    Args:
        html: Its source.
        utf8: The same in UTF-8, if that is at hand.
    """
    data = html.encode(errors="ignore") if utf8 is None else utf8
    others = frozenset(data.translate(None, _ASCII).decode(errors="ignore"))
    found = {char for char in others if not char.isprintable() and _is_kept(char)}
    found.update(unescape(reference) for reference in set(_REFERENCE.findall(html)))
    free = (chr(code) for code in _SELECTORS if chr(code) not in others)
    return {ord(char): selector for char, selector in zip(sorted(found), free, strict=False)}


def _is_kept(char: str) -> bool:
    return normalize_text(char) == char and unicodedata.category(char) not in ("Co", "Cs")


def put_stand_ins(tree: HtmlElement, stand_ins: StandIns) -> None:
    """Replaces the characters in all of the tree's text; where they are alone, they go.

    Args:
        tree: The page.
        stand_ins: What stands for each.
    """
    invisible = "".join(map(chr, stand_ins))
    blank = f"{invisible} \t\r\n\xa0"
    for element in tree.iter():
        if element.text and any(char in element.text for char in invisible):
            is_blank = not element.text.strip(blank)
            element.text = " " if is_blank else element.text.translate(stand_ins)
        if element.tail and any(char in element.tail for char in invisible):
            is_blank = not element.tail.strip(blank)
            element.tail = " " if is_blank else element.tail.translate(stand_ins)


def put_back(text: str, stand_ins: StandIns) -> str:
    """Returns the text with the characters that others stood for.

    Args:
        text: What a library made of the tree.
        stand_ins: What stood for each.
    """
    return text.translate({ord(selector): code for code, selector in stand_ins.items()})
