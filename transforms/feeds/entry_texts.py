"""Which of an entry's texts is its content, which its summary, and which of them are HTML."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from feedlake.transforms.feeds.parsed_feed import (
    XHTML,
    Fields,
    dicts_in,
    fields_in,
    media_type_of,
    string_in,
)
from feedlake.transforms.normalize.html_text import html_to_line, html_to_text
from feedlake.transforms.normalize.text import normalize_line

_REFERENCE = re.compile(r"&(?:#\d+|#[xX][0-9A-Fa-f]+|[A-Za-z]\w*);")
# What shows that a text of unknown kind is HTML; the "<" of "a <b and c>d" does not.
_MARKUP = re.compile(
    rf"</[A-Za-z][\w:-]*\s*>|<(?:br|hr|img|wbr)\b[^<>]*>|<!--|<!\[CDATA\[|{_REFERENCE.pattern}",
    re.IGNORECASE,
)
_UNCLOSED_BLOCK = re.compile(r"<(?:p|div|li)\b[^<>]*>", re.IGNORECASE)
_BLOCK_ELEMENT = re.compile(
    r"\s*<(p|div|h[1-6]|ul|ol|table|blockquote|section|article|figure)\b[^<>]*>.*</\1\s*>",
    re.IGNORECASE | re.DOTALL,
)
_TAG_OR_REFERENCE = re.compile(rf"</?[A-Za-z][^<>]*>|{_REFERENCE.pattern}")
_TITLE_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)(?:[\s/][^<>]*)?>")
_HIDDEN = re.compile(r"<!--|<!\[CDATA\[")
_FORMATTING = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "blockquote", "center", "cite", "code"}
    | {"del", "dfn", "div", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "i", "ins", "kbd"}
    | {"li", "mark", "nobr", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strike"}
    | {"strong", "sub", "sup", "time", "tt", "u", "ul", "var"}
)
_VOID_FORMATTING = frozenset({"br", "hr", "img", "wbr"})
_TEXT_KINDS = frozenset({"text/plain", "text/html", XHTML})


@dataclass(frozen=True)
class EntryText:
    """A text of an entry.

    Attributes:
        value: As written; its references resolved if it is no HTML.
        is_html: Whether it is HTML.
        plain: Its plain text.
    """

    value: str
    is_html: bool
    plain: str


_NO_TEXT = EntryText("", False, "")


def read_texts(entry: Fields, *, is_rss: bool) -> tuple[EntryText | None, EntryText | None]:
    """Returns the entry's full content and its summary, None for one that has no text.

    The content with most text counts, HTML before plain text. It gives way to a summary that
    it only begins, or that is more than twice as long: some feeds put a picture or a "read
    more" where the content belongs.

    Args:
        entry: As in `ParsedFeed`.
        is_rss: Whether the format leaves open which texts are HTML.
    """
    if not dict.get(entry, "content") and not dict.get(entry, "summaries"):
        return None, None
    read: dict[tuple[str, str], EntryText] = {}  # many feeds give the same text twice
    contents = _read_all(entry, "content", is_rss=is_rss, read=read)
    summaries = _read_all(entry, "summaries", is_rss=is_rss, read=read)
    content = max(contents, key=lambda text: (text.is_html and text.plain != "", len(text.plain)))
    summary = max(summaries, key=lambda text: len(text.plain))
    beginning = content.plain.rstrip(".… ")
    is_beginning = summary.plain.startswith(beginning) and len(summary.plain) > len(content.plain)
    if is_beginning or 2 * len(content.plain) < len(summary.plain):
        content = _NO_TEXT
    return content if content.plain else None, summary if summary.plain else None


def titled(fields: Fields) -> str | None:
    """Returns the title of an entry, feed or source as one line of plain text.

    What a feed declares to be plain text may show tags and references. Where it declares
    nothing, as RSS and JSON Feed never do, the title itself tells whether it is HTML.
    """
    title, detail = string_in(fields, "title"), fields_in(fields, "title_detail")
    kind = media_type_of(detail)
    if kind == "text/plain" and detail.get("is_declared"):
        return normalize_line(title)
    return to_line(title, kind=kind)


def to_line(text: str | None, *, kind: str = "text/plain") -> str | None:
    """Returns a title or name as one line of plain text, its references resolved twice.

    Whatever a format says, titles hold references escaped twice (`&amp;amp;#8217;`).

    Args:
        text: As written.
        kind: Media type that the feed declares.
    """
    if text and ("<" in text or "&" in text):
        is_html = kind in (XHTML, "text/html") and bool(_TAG_OR_REFERENCE.search(text))
        is_html = is_html or _formats(text)
        text = html_to_line(text) if is_html else _resolve_references(text)
    return normalize_line(_resolve_references(text or ""))


def _formats(title: str) -> bool:
    """Whether a title is HTML by its tags: those that format text, and each with its end.

    `Map<String>`, `Forgotten </div> tags` and `When to use <br>` are about tags: another tag,
    one without its partner, one that stands for a word.
    """
    if _HIDDEN.search(title):
        return True
    opened: list[str] = []
    is_found = False
    for match in _TITLE_TAG.finditer(title):
        name = match[2].lower()
        if name not in _FORMATTING and name not in _VOID_FORMATTING:
            return False
        is_word = _is_blank(title, match.start() - 1) and _is_blank(title, match.end())
        if name in _VOID_FORMATTING:
            is_found = is_found or not is_word
        elif not match[1]:
            opened.append(name)
        elif opened and opened[-1] == name:
            opened.pop()
            is_found = True
        else:
            return False
    # A title that was cut may lack the end of what it began with.
    first = _TITLE_TAG.match(title)
    is_cut = len(opened) == 1 and first is not None and not _is_blank(title, first.end())
    return (is_found and not opened) or is_cut


def _is_blank(text: str, position: int) -> bool:
    """Whether a blank is at the position, or nothing."""
    return not 0 <= position < len(text) or text[position].isspace()


def _read_all(
    entry: Fields, key: str, *, is_rss: bool, read: dict[tuple[str, str], EntryText]
) -> list[EntryText]:
    texts = [_NO_TEXT]
    for field in dicts_in(entry, key):
        kind, value = media_type_of(field), string_in(field, "value")
        if value is None or kind not in _TEXT_KINDS:
            continue
        if (kind, value) not in read:
            read[kind, value] = _read_text(value, kind=kind, is_rss=is_rss)
        texts.append(read[kind, value])
    return texts


def _read_text(value: str, *, kind: str, is_rss: bool) -> EntryText:
    """Returns a text as what its format says it is, or as what it must be.

    RSS does not say whether a description is HTML: it is, if there is markup in it. Atom and
    JSON Feed do say, so that their plain text may show tags; yet a plain text that is block
    elements from its first character is HTML under a wrong name.
    """
    if kind == "text/plain" and not is_rss:
        is_html = bool(_BLOCK_ELEMENT.match(value))
    else:
        is_html = kind == XHTML or bool(_MARKUP.search(value) or _UNCLOSED_BLOCK.search(value))
    if is_html:
        if "<" not in value and _BLOCK_ELEMENT.match(unescaped := html.unescape(value)):
            value = unescaped  # escaped twice: as it is, it would be a text about its own tags
        return EntryText(value, is_html, html_to_text(value))
    value = _resolve_references(value).strip()  # escaped once too often is common here, too
    return EntryText(value, is_html, value)


def _resolve_references(text: str) -> str:
    """Returns the text, its references resolved, but not what only begins like one (`&copy=1`)."""
    return _REFERENCE.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text
