"""Reads RSS, RDF and Atom, well-formed or not, after taking out what is dangerous or forbidden."""

from __future__ import annotations

import re
import xml.sax
from html.entities import html5
from io import BytesIO
from typing import Any

import feedparser

from feedlake.transforms.feeds.feed_tree import read_tree
from feedlake.transforms.feeds.parsed_feed import (
    XHTML,
    BadFeed,
    Fields,
    ParsedFeed,
    dicts_in,
    is_image,
    media_type_of,
    string_in,
)
from feedlake.transforms.normalize.xml_tags import find_wrapped_feed

MAX_ENTITY_GROWTH_CHARS = 1_000_000
"""Most that a document's own entities may add to it; beyond, they stay as written."""

# Element names that may be a feed's root, with or without a prefix.
_ROOT = re.compile(r"<((?:[\w.-]+:)?(?:rss|rdf|feed|channel))(?=[\s>/])", re.IGNORECASE)
_FIRST_TAG = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
# What a page begins with, or a part of one; not `<br>` and `<b>`, with which PHP begins a warning.
_PAGE_TAGS = frozenset(
    {"html", "head", "body", "title", "meta", "base", "script", "style", "noscript", "h1", "header"}
)
_PROLOGUE = re.compile(r"(?:\s++|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE\b", re.IGNORECASE)
_PAGE_DOCTYPE = re.compile(r"<!DOCTYPE\s+html\b", re.IGNORECASE)
_DOCTYPE_TOKEN = re.compile(r"""<!--(?:.*?-->|.*)|"[^"]*"?|'[^']*'?|[\[\]>]""", re.DOTALL)
_ENTITY = re.compile(r"""<!ENTITY\s+([\w.-]+)\s+(?:"((?:[^"<&%]|&#\w+;)*)"|'([^'"<&%]*)')\s*>""")
_ENTITY_REFERENCE = re.compile(r"&([\w.-]+);")
# Characters that XML 1.0 forbids: one of them makes the document ill-formed.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CHARACTER_REFERENCE = re.compile(r"&#(?:[xX]0*([0-9A-Fa-f]+)|0*([0-9]+));?")
# What is never closed reaches to the end: to look for the end from each of many such beginnings
# would take hours.
_OPAQUE_OR_AMPERSAND = re.compile(
    r"<!\[CDATA\[(?:.*?\]\]>|.*)|<!--(?:.*?-->|.*)"
    r"|&(?!#[0-9]+;|#x[0-9A-Fa-f]+;)(?:(\w{1,40});)?",
    re.DOTALL,
)
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_SPECIAL = frozenset("<>&")  # `&LT;` and `&nvlt;` stay as written
_ENTRY_TAG = re.compile(r"<(/?)(?:[\w.-]+:)?(?:item|entry)(?:\s[^<>]*)?>", re.IGNORECASE)
# The elements of full content: content:encoded and Atom's content; media:content is a picture.
_FULL_CONTENT = re.compile(r"<(?:(?!media:)[\w.-]+:)?(?:content|encoded)[\s>]", re.IGNORECASE)
_SKIPPED = re.compile(
    r"<skip(hours|days)\s*>((?:\s*<(?:hour|day)\s*>[^<>]{0,20}</(?:hour|day)\s*>){1,40})",
    re.IGNORECASE,
)
_MEDIA_TEXT = re.compile(r"(</?)media:(?=(?:description|title)[\s>])", re.IGNORECASE)
_WORD = re.compile(r">([^<>]+)</")

# feedparser trusts an element of these names to hold what it should, and each closing tag to
# have had an opening one. Of them only licences are used, which are lost then.
_UNUSED_TAGS = re.compile(
    r"</?(?:(?:georss|gml|psc|cc|creativeCommons):[\w.-]+|textinput|width|height)(?:\s[^<>]*)?>",
    re.IGNORECASE,
)
# What it raises where that trust is broken, and all that it raised on 20,000 feeds changed at
# random (feedparser 6.0.14). Anything else is a bug, of ours or a new one, and shall be seen.
_FEEDPARSER_FAULTS = (LookupError, OverflowError, TypeError, ValueError)


def read_xml_feed(text: str) -> ParsedFeed:
    """Returns the feed, its links as written.

    What is not well-formed because of a bare `&` or a reference that only HTML knows is read as
    if these had been written rightly; anything worse is left to feedparser.

    Args:
        text: The whole document.

    Raises:
        BadFeed: The text is no RSS, RDF or Atom, or nothing could be read from it.
    """
    root, has_preface, xml_text = _prepare_xml(text)
    feed = read_tree(xml_text)
    if feed is None and (repaired := _escape_ampersands(xml_text)) != xml_text:
        feed = read_tree(repaired)
    if feed is None:
        feed = _read_ill_formed(xml_text, root=root)
    if not _is_feed(feed, has_preface=has_preface):
        raise BadFeed("not_a_feed", f"No kind of feed that is known begins with <{root}>.")
    return feed


def _is_feed(feed: ParsedFeed, *, has_preface: bool) -> bool:
    """Whether it is a feed, and no text about feeds or other use of a feed's element.

    RDF is used for much else, and a channel is a feed only by what it holds.
    """
    if has_preface and feed.is_truncated:
        return len(feed.entries) > 1
    if feed.entries:
        return True
    if has_preface or feed.version in ("", "cdf"):
        return False
    return feed.version != "rss10" or bool(feed.fields.get("title"))


def _read_ill_formed(xml_text: str, *, root: str) -> ParsedFeed:
    # feedparser files what is said of a picture or film with what is said of the entry.
    xml_text = _MEDIA_TEXT.sub(r"\1media:own", xml_text)
    try:
        parsed = _parse(xml_text)
    except _FEEDPARSER_FAULTS:
        try:
            parsed = _parse(_UNUSED_TAGS.sub("", xml_text))
        except _FEEDPARSER_FAULTS as error:
            detail = f"feedparser stopped with {type(error).__name__}."
            raise BadFeed("corrupt_feed", detail) from error
    is_truncated = isinstance(parsed.get("bozo_exception"), xml.sax.SAXException) and not re.search(
        rf"</{re.escape(root)}\s*>", xml_text, re.IGNORECASE
    )
    entry_tags = [match[1] for match in _ENTRY_TAG.finditer(xml_text)] if is_truncated else []
    feed = ParsedFeed(
        version=parsed["version"],
        fields={**parsed["feed"], **_skipped(xml_text)},
        entries=parsed["entries"],
        is_truncated=is_truncated,
        is_last_entry_cut=entry_tags[-1:] == [""],
    )
    has_full_content = bool(_FULL_CONTENT.search(xml_text))
    for entry in feed.entries:
        _sort_texts(entry, is_rss=feed.is_rss, has_full_content=has_full_content)
    return feed


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


def _sort_texts(entry: Fields, *, is_rss: bool, has_full_content: bool) -> None:
    """Parts what feedparser calls an entry's content into content and all else.

    It files whatever else describes an entry (itunes:summary, media:description) under content,
    as plain text, which content:encoded never is; and it copies the content of an entry without
    summary to its summary.
    """
    contents: list[Fields] = []
    summaries: list[Fields] = []
    declared = string_in(entry, "summary")
    found = dicts_in(entry, "content")
    if declared not in [string_in(field, "value") for field in found]:
        detail = dict.get(entry, "summary_detail")
        summaries.append({**(detail if isinstance(detail, dict) else {}), "value": declared})
    for field in found:
        kind = media_type_of(field)
        is_full = kind == XHTML or (has_full_content and not (is_rss and kind == "text/plain"))
        (contents if is_full else summaries).append(field)
    entry["content"], entry["summaries"] = contents, summaries
    pictures = [is_image(media) for media in dicts_in(entry, "media_content")]
    if pictures and all(pictures):
        return
    if about := string_in(entry, "media_owndescription"):
        entry["media_texts"] = [{"type": "text/html", "value": about}]
    if string_in(entry, "title") is None and (title := string_in(entry, "media_owntitle")):
        entry["title"] = title


def _skipped(xml_text: str) -> Fields:
    """Returns the hours and days of RSS, of which feedparser keeps the last."""
    found = _SKIPPED.finditer(xml_text)
    return {f"skip{match[1].lower()}": _WORD.findall(match[2]) for match in found}


def _prepare_xml(text: str) -> tuple[str, bool, str]:
    """Returns the root's name, whether anything stood before it, and the XML from there on.

    Nothing is left in it to expand or fetch: entities of plain text are filled in here, and no
    declaration of an entity reaches a parser.
    """
    if (start := find_wrapped_feed(text)) is not None:
        text = _until_root_ends(text[start:])
    position = _end_of_prologue(text, 0)
    subset = ""
    is_page = _PAGE_DOCTYPE.match(text, position) is not None
    if _DOCTYPE.match(text, position):
        end = _end_of_doctype(text, position)
        subset, position = text[position:end], _end_of_prologue(text, end)
    first = _FIRST_TAG.search(text, position)
    if first is None:
        raise BadFeed("not_a_feed", "The body is neither XML nor a JSON object.")
    # Something may stand before the root, such as the warnings of a server's script.
    root = _ROOT.search(text, first.start())
    has_preface = root is None or root.start() > first.start()
    if has_preface and (is_page or first[1].lower() in _PAGE_TAGS):
        raise BadFeed("not_a_feed", "The body is an HTML page.")
    if root is None:
        raise BadFeed("not_a_feed", f"No kind of feed that is known begins with <{first[1]}>.")
    text = _FORBIDDEN.sub("", text[root.start() :]).replace("<!ENTITY", "&lt;!ENTITY")
    text = _CHARACTER_REFERENCE.sub(_allowed_reference, text)
    return root[1], has_preface, _fill_entities(text, subset=subset)


def _until_root_ends(text: str) -> str:
    """Returns a feed without what a page has behind it."""
    root = _ROOT.match(text)
    ends = [*re.finditer(rf"</{re.escape(root[1])}\s*>", text, re.IGNORECASE)] if root else []
    return text[: ends[-1].end()] if ends else text


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


def _escape_ampersands(text: str) -> str:
    """Returns the text with HTML's named characters in it, and each bare `&` as `&amp;`."""
    return _OPAQUE_OR_AMPERSAND.sub(_escaped_ampersand, text)


def _escaped_ampersand(match: re.Match[str]) -> str:
    if not match[0].startswith("&") or match[1] in _XML_ENTITIES:
        return match[0]
    character = html5.get(f"{match[1]};")
    return character if character and not _SPECIAL & {*character} else f"&amp;{match[0][1:]}"
