"""Reads RSS, RDF and Atom with feedparser, after taking out what is dangerous or forbidden."""

from __future__ import annotations

import re
import xml.sax
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import feedparser

MAX_ENTITY_GROWTH_CHARS = 1_000_000
"""Most that a document's own entities may add to it; beyond, they stay as written."""

# Element names that may be a feed's root, with or without a prefix.
_ROOT = re.compile(r"<((?:[\w.-]+:)?(?:rss|rdf|feed|channel))(?=[\s>/])", re.IGNORECASE)
_FIRST_TAG = re.compile(r"<([A-Za-z_][\w.:-]*)")
_PROLOGUE = re.compile(r"(?:\s++|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE\b", re.IGNORECASE)
_DOCTYPE_TOKEN = re.compile(r"""<!--(?:.*?-->|.*)|"[^"]*"?|'[^']*'?|[\[\]>]""", re.DOTALL)
_ENTITY = re.compile(r"""<!ENTITY\s+([\w.-]+)\s+(?:"((?:[^"<&%]|&#\w+;)*)"|'([^'"<&%]*)')\s*>""")
_ENTITY_REFERENCE = re.compile(r"&([\w.-]+);")
# Characters that XML 1.0 forbids: with one of them feedparser leaves its exact parser.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CHARACTER_REFERENCE = re.compile(r"&#(?:[xX]0*([0-9A-Fa-f]+)|0*([0-9]+));?")
_ENTRY_TAG = re.compile(r"<(/?)(?:[\w.-]+:)?(?:item|entry)(?:\s[^<>]*)?>", re.IGNORECASE)
# The elements of full content: content:encoded and Atom's content; media:content is a picture.
_FULL_CONTENT = re.compile(r"<(?:(?!media:)[\w.-]+:)?(?:content|encoded)[\s>]", re.IGNORECASE)

# feedparser trusts an element of these names to hold what it should, and each closing tag to
# have had an opening one. None of them is used here.
_UNUSED_TAGS = re.compile(
    r"</?(?:(?:georss|gml|psc|cc|creativeCommons):[\w.-]+|textinput|width|height)(?:\s[^<>]*)?>",
    re.IGNORECASE,
)
# What it raises where that trust is broken, and all that it raised on 20,000 feeds changed at
# random (feedparser 6.0.14). Anything else is a bug, of ours or a new one, and shall be seen.
_FEEDPARSER_FAULTS = (LookupError, OverflowError, TypeError, ValueError)


@dataclass(frozen=True)
class ParsedFeed:
    """A feed as feedparser shapes it, whatever its format.

    Attributes:
        version: feedparser's word for the format, such as `atom10`; `json` for a JSON Feed.
        fields: What the feed says about itself.
        entries: The fields of each entry, in the feed's order.
        has_full_content: Whether it holds elements made for whole texts.
        is_truncated: Whether it ends before its root element does.
        is_last_entry_cut: Whether it ends within its last entry.
    """

    version: str
    fields: dict[str, Any]
    entries: Sequence[dict[str, Any]]
    has_full_content: bool
    is_truncated: bool = False
    is_last_entry_cut: bool = False

    @property
    def is_rss(self) -> bool:
        """Whether it is RSS of any version, RDF included."""
        return self.version.startswith("rss")


@dataclass(frozen=True)
class BadFeed(Exception):
    """Nothing could be read from a body.

    Attributes:
        reason: `not_a_feed`, `corrupt_feed` or `bad_json`.
        detail: One sentence for people.
    """

    reason: str
    detail: str


def read_xml_feed(text: str) -> ParsedFeed:
    """Returns the feed, its links resolved against `xml:base` only.

    Args:
        text: The whole document.

    Raises:
        BadFeed: The text is no RSS, RDF or Atom, or feedparser could not read it.
    """
    root, xml_text = _prepare_xml(text)
    try:
        parsed = _parse(xml_text)
    except _FEEDPARSER_FAULTS:
        try:
            parsed = _parse(_UNUSED_TAGS.sub("", xml_text))
        except _FEEDPARSER_FAULTS as error:
            detail = f"feedparser stopped with {type(error).__name__}."
            raise BadFeed("corrupt_feed", detail) from error
    if not parsed["version"] and not parsed["entries"]:
        raise BadFeed("not_a_feed", f"No kind of feed that is known begins with <{root}>.")
    is_truncated = isinstance(parsed.get("bozo_exception"), xml.sax.SAXException) and not re.search(
        rf"</{re.escape(root)}\s*>", xml_text, re.IGNORECASE
    )
    entry_tags = [match[1] for match in _ENTRY_TAG.finditer(xml_text)] if is_truncated else []
    return ParsedFeed(
        version=parsed["version"],
        fields=parsed["feed"],
        entries=parsed["entries"],
        has_full_content=bool(_FULL_CONTENT.search(xml_text)),
        is_truncated=is_truncated,
        is_last_entry_cut=entry_tags[-1:] == [""],
    )


def _parse(xml_text: str) -> dict[str, Any]:
    # A stream, since feedparser opens a string that names a file or URL; the content type, since
    # it doubts the encoding otherwise; no cleaning, since only text is taken from the HTML, and
    # cleaning is two thirds of the time.
    parsed: dict[str, Any] = feedparser.parse(
        BytesIO(xml_text.encode()),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    return parsed


def _prepare_xml(text: str) -> tuple[str, str]:
    """Returns the root's name, and the XML from there on without anything to expand or fetch.

    Entities of plain text are filled in here; no entity declaration reaches a parser.
    """
    position = _end_of_prologue(text, 0)
    subset = ""
    if _DOCTYPE.match(text, position):
        end = _end_of_doctype(text, position)
        subset, position = text[position:end], _end_of_prologue(text, end)
    first = _FIRST_TAG.search(text, position)
    if first is None:
        raise BadFeed("not_a_feed", "The body is neither XML nor a JSON object.")
    if first[1].lower() == "html":
        raise BadFeed("not_a_feed", "The body is an HTML page.")
    # Something may stand before the root, such as the warnings of a server's script.
    root = _ROOT.search(text, first.start())
    if root is None:
        raise BadFeed("not_a_feed", f"No kind of feed that is known begins with <{first[1]}>.")
    text = _FORBIDDEN.sub("", text[root.start() :]).replace("<!ENTITY", "&lt;!ENTITY")
    text = _CHARACTER_REFERENCE.sub(_allowed_reference, text)
    return root[1], _fill_entities(text, subset=subset)


def _end_of_prologue(text: str, position: int) -> int:
    match = _PROLOGUE.match(text, position)
    return match.end() if match else position


def _end_of_doctype(text: str, start: int) -> int:
    """Returns where the document type declaration ends, its bracketed part included."""
    depth = 0
    for token in _DOCTYPE_TOKEN.finditer(text, start):
        depth += {"[": 1, "]": -1}.get(token[0], 0)
        if token[0] == ">" and depth <= 0:
            return token.end()
    return start + len("<!DOCTYPE")


def _fill_entities(text: str, *, subset: str) -> str:
    values = {name: double or single for name, double, single in _ENTITY.findall(subset)}
    if not values:
        return text
    found = _ENTITY_REFERENCE.finditer(text)
    if sum(len(values.get(match[1], "")) for match in found) > MAX_ENTITY_GROWTH_CHARS:
        return text
    return _ENTITY_REFERENCE.sub(lambda match: values.get(match[1], match[0]), text)


def _allowed_reference(match: re.Match[str]) -> str:
    """Returns the reference, or U+FFFD if its character is one that XML forbids."""
    digits, base = (match[1], 16) if match[1] else (match[2], 10)
    code = int(digits, base) if len(digits) <= 7 else 0
    allowed = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE
    return match[0] if allowed or 0x10000 <= code <= 0x10FFFF else "\ufffd"
