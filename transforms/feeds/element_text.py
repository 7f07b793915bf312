"""The text in an element of a feed, and the markup that some feeds put there unescaped."""

from __future__ import annotations

import re
from contextlib import suppress
from html import escape

from lxml import etree

MAX_ATTRIBUTES = 64
"""Most attributes of an element that are read, else none: to read those of one element with
100,000 takes 40 s (lxml 6.1.3), and none that means anything has more than a dozen."""

# HTML's elements without end tag: XML writes `<br></br>`, in which HTML would see two of them.
_VOID = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
        *("source", "track", "wbr"),
    }
)
_C1_CONTROL = re.compile("[\x80-\x9f]")
# What Windows-1252 has in the place of these control characters, which no text holds.
_WINDOWS_1252 = {
    code: bytes([code]).decode("cp1252", errors="replace").replace("\ufffd", "")
    for code in range(0x80, 0xA0)
}
# The bytes of what Windows-1252 has in place of them, as characters.
_LATIN_1 = {ord(text): chr(code) for code, text in _WINDOWS_1252.items() if text}
# The first two bytes of a character in UTF-8, as Windows-1252 shows them.
_ENCODED_TWICE = re.compile(
    f"[\xc2-\xf4][\x80-\xbf{''.join(text for text in _WINDOWS_1252.values() if text)}]"
)


def text_in(element: etree._Element) -> str:
    """Returns the text, that of the elements in it included, without blanks around it.

    Two common faults are undone: bytes of UTF-8 read as Latin-1 or Windows-1252 and encoded
    again, and characters of Windows-1252 written by their number there, such as `&#147;` for a
    quotation mark.
    """
    text = "".join(element.itertext()) if len(element) else element.text or ""
    return _repair(text.strip())


def attributes_of(element: etree._Element) -> list[tuple[str, str]]:
    """Returns names, without their prefixes, and values."""
    if not 0 < len(element.attrib) <= MAX_ATTRIBUTES:
        return []
    return [(name.rpartition("}")[2], value) for name, value in element.items()]


def inner_html(element: etree._Element, *, drops_only_div: bool = False) -> str:
    """Returns what stands in the element as HTML, names without their prefixes.

    Args:
        element: An element that holds XHTML, or text that is none.
        drops_only_div: Whether to leave out a `<div>` that holds everything, which Atom demands
            around XHTML.
    """
    only = _only_child(element) if drops_only_div else None
    if only is not None and _local_name(only) == "div":
        element = only
    pieces = [escape(element.text or "", quote=False)]
    # Not recursive: elements may be nested 2,000 deep.
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if node is element:
            continue
        name = _local_name(node)
        if event == "start":
            slash = " /" if name in _VOID else ""
            pieces.append(f"<{name}{_written(node)}{slash}>")
            pieces.append(escape(node.text or "", quote=False))
        else:
            if name not in _VOID:
                pieces.append(f"</{name}>")
            pieces.append(escape(node.tail or "", quote=False))
    return _repair("".join(pieces).strip())


def _only_child(element: etree._Element) -> etree._Element | None:
    if len(element) != 1 or (element.text or "").strip() or (element[0].tail or "").strip():
        return None
    return element[0]


def _local_name(element: etree._Element) -> str:
    name: str = element.tag.rpartition("}")[2]
    return name


def _written(element: etree._Element) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes_of(element))


def _repair(text: str) -> str:
    if text.isascii():
        return text
    if _ENCODED_TWICE.search(text):
        with suppress(UnicodeError):
            text = text.translate(_LATIN_1).encode("latin-1").decode()
    return text.translate(_WINDOWS_1252) if _C1_CONTROL.search(text) else text
