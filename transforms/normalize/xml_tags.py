"""Reads the tags of XML that may be broken or hostile, one after another, without a tree.

Nothing is declared, expanded, fetched or nested here: external entities, entity bombs and
elements in elements without end have nothing to act on. For lists of addresses the parsers at
hand repair too much (measured 2026-11, lxml 6.1.3 with libxml2 2.14.6): lxml makes `?a=1=2` of
the address `?a=1&b=2` and drops all that follows a surplus end tag; its HTML parser, which
listparser uses, drops CDATA sections and prefixed elements; expat stops at the first fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from typing import NamedTuple

# A quoted value may hold `<` and `>`, but not what looks like the end of one tag and the start
# of the next: there, a quotation mark is missing. No part is ever tried in two ways, so that the
# time is proportional to the text.
_GAP = r"(?:/>\s*+<|>[ \t\r]*+\n\s*+<)"
_TAG = re.compile(
    r"<(/?)(?:([A-Za-z_][\w.-]*+):)?([A-Za-z_][\w.-]*+)"
    r"((?:[^<>\"']++"
    rf'|"(?:[^"/>]++|(?!{_GAP})[/>])*+"'
    rf"|'(?:[^'/>]++|(?!{_GAP})[/>])*+'"
    r")*+)>"
)
_TAG_WITH_ODD_QUOTES = re.compile(r"<(/?)(?:([A-Za-z_][\w.-]*+):)?([A-Za-z_][\w.-]*+)([^<>]*+)>")
_ATTRIBUTE = re.compile(
    r"""(?<![^\s"'/])(?:[^\s"'<>=/:]++:)*+([^\s"'<>=/:]++)\s*+=\s*+"""
    r"""(?:"([^"]*+)"|'([^']*+)'|([^\s"'<>]++))"""
)
_DOCTYPE_TOKEN = re.compile(
    r"""<!--(?:.*?-->|.*+)|<\?(?:.*?\?>|.*+)|"[^"]*+"?|'[^']*+'?|[\[\]>]""", re.DOTALL
)
# Only with its semicolon: `&copy=1` is part of an address.
_REFERENCE = re.compile(r"&(?:#([0-9]{1,8})|#[xX]([0-9A-Fa-f]{1,8})|([A-Za-z][A-Za-z0-9]{1,31}));")
# A feed that a template, or a program that shows pages, has put into a page of HTML.
_WRAPPED_FEED = re.compile(
    r"(?:<\?xml[^<>]*+>\s*+)?(?:<!DOCTYPE[^<>]*+>\s*+)?<html\b[^<>]*+>\s*+"
    r"(?:<head\s*+/>|<head\b[^<>]*+>(?>.{0,5000}?</head\b)\s*+>)?\s*+"
    r"(?:<(?:body|div|main|pre)\b[^<>]*+>\s*+){0,5}(?:(?:<!--)?<\?xml[^<>]*+>(?:-->)?\s*+)?"
    r"(?:<!--(?:[^-]|-(?!->)){0,2000}-->\s*+){0,5}"
    r"(?=<((?:[\w.-]+:)?(?:rss|rdf|feed)[\s>]))",
    re.IGNORECASE | re.DOTALL,
)
_LARGEST_CODE_POINT = 0x10FFFF


class Tag(NamedTuple):
    """One tag, and the text before it.

    Attributes:
        name: Local name in lower case.
        prefix: Namespace prefix as written; empty if it has none.
        is_start: Whether an element begins here.
        is_end: Whether one ends here; an empty element does both.
        written: Its attributes as written.
        text: Characters since the tag before, references resolved.
    """

    name: str
    prefix: str
    is_start: bool
    is_end: bool
    written: str
    text: str

    def attributes(self) -> dict[str, str]:
        """Returns the values by lower-case local name, the first of each, references resolved."""
        found: dict[str, str] = {}
        for name, double, single, bare in _ATTRIBUTE.findall(self.written):
            found.setdefault(name.lower(), resolve_references(double or single or bare))
        return found


def read_tags(text: str) -> Iterator[Tag]:
    """Yields each tag of the document in its order; comments and declarations are passed over.

    What is cut off at the end gives nothing.

    Args:
        text: The document, decoded.
    """
    pieces: list[str] = []
    position, doctype_is_read = 0, False
    while (start := text.find("<", position)) >= 0:
        pieces.append(resolve_references(text[position:start]))
        match = _TAG.match(text, start) or _TAG_WITH_ODD_QUOTES.match(text, start)
        if match is not None:
            slash, prefix, name, written = match.groups(default="")
            is_empty = not slash and written.rstrip().endswith("/")
            if is_empty:
                written = written.rstrip()[:-1]
            before = "".join(pieces)
            pieces = []
            yield Tag(name.lower(), prefix, not slash, bool(slash) or is_empty, written, before)
            position = match.end()
        elif text.startswith("<!--", start):
            position = _end_of(text, "-->", start + 4)
        elif text.startswith("<![CDATA[", start):
            position = _end_of(text, "]]>", start + 9)
            pieces.append(text[start + 9 : position].removesuffix("]]>"))
        elif text.startswith("<?", start):
            position = _end_of(text, "?>", start + 2)
        elif not doctype_is_read and text[start : start + 9].upper() == "<!DOCTYPE":
            position, doctype_is_read = _end_of_doctype(text, start), True
        else:
            pieces.append("<")
            position = start + 1


def find_wrapped_feed(text: str) -> int | None:
    """Returns where the feed begins that is all there is in a page of HTML, or None.

    Args:
        text: The document, without blanks before it.
    """
    match = _WRAPPED_FEED.match(text)
    return match.end() if match is not None else None


def resolve_references(text: str) -> str:
    """Returns the text, those references resolved that name a character."""
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(match: re.Match[str]) -> str:
    if match[3]:
        return html5.get(f"{match[3]};", match[0])
    code = int(match[1]) if match[1] else int(match[2], 16)
    is_character = 0 < code <= _LARGEST_CODE_POINT and not 0xD800 <= code < 0xE000
    return chr(code) if is_character else "\ufffd"


def _end_of(text: str, mark: str, start: int) -> int:
    """Where the mark ends; the end of the text if it does not come, as for a cut document."""
    found = text.find(mark, start)
    return len(text) if found < 0 else found + len(mark)


def _end_of_doctype(text: str, start: int) -> int:
    """Where the document type declaration ends, its bracketed part included."""
    depth = 0
    for token in _DOCTYPE_TOKEN.finditer(text, start + 9):
        depth += {"[": 1, "]": -1}.get(token[0], 0)
        if token[0] == ">" and depth <= 0:
            return token.end()
    return start + 9
