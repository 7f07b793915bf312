"""Which of an entry's texts is its content, which its summary, and which of them are HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace

from feedlake.transforms.feed_texts.markup import (
    has_active_tags,
    is_marked_up,
    undo_escapes,
    without_cut_tag,
    without_short_codes,
)
from feedlake.transforms.feed_texts.whole_text import (
    find_cut_alike,
    find_shared,
    is_cut,
    is_whole,
    says_nothing,
    shared_form,
    without_lead_on,
)
from feedlake.transforms.feeds.parsed_feed import (
    XHTML,
    Fields,
    dicts_in,
    fields_in,
    media_type_of,
    string_in,
    strings_in,
)
from feedlake.transforms.normalize.html_text import html_to_line, html_to_text
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.records.rights_statement import RightsOrigin, RightsStatement
from feedlake.transforms.rights.feed_rights import rights_of_feed

_REFERENCE = re.compile(r"&(?:#\d+|#[xX][0-9A-Fa-f]+|[A-Za-z]\w*);")
# What shows that a text of unknown kind is HTML; the "<" of "a <b and c>d" does not.
_MARKUP = re.compile(
    rf"</[A-Za-z][\w:-]*\s*>|<(?:br|hr|img|wbr)\b[^<>]*>|<!--|<!\[CDATA\[|{_REFERENCE.pattern}",
    re.IGNORECASE,
)
_UNCLOSED_BLOCK = re.compile(r"<(?:p|div|li)\b[^<>]*>", re.IGNORECASE)
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
_TAG = re.compile(r"<[^<>]*>")
_TEXT_KINDS = frozenset({"text/plain", "text/html", XHTML})
# What sites of films put around a description: whose it is, how often it was seen.
_FILM_TABLE = re.compile(r"(?:^|\n)From: [^\n]{1,200}\n+Views: ?[\d,.]*")


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


@dataclass(frozen=True)
class EntryTexts:
    """What an entry says.

    Attributes:
        body: Its text; None if it has none.
        is_whole: Whether that is all of the article rather than a summary.
        excerpt: A summary beside it, as plain text.
        is_shared: Whether other entries of the feed say the same, so that it tells of none.
    """

    body: EntryText | None
    _: KW_ONLY
    is_whole: bool = False
    excerpt: str | None = None
    is_shared: bool = False


_NO_TEXT = EntryText("", False, "")
_NO_TEXTS = EntryTexts(None)


def read_all_texts(entries: Sequence[Fields], *, is_rss: bool) -> list[EntryTexts]:
    """Returns what each entry of a feed says.

    A text that stands for several entries is marked, and texts that were all cut at one length
    are summaries.

    Args:
        entries: As in `ParsedFeed`.
        is_rss: Whether the format leaves open which texts are HTML.
    """
    texts = [read_texts(entry, is_rss=is_rss) for entry in entries]
    names = [titled(entry) or string_in(entry, "id") for entry in entries]
    shared = find_shared(
        (text.body.plain, name) for text, name in zip(texts, names, strict=True) if text.body
    )
    excerpts = find_shared(
        (text.excerpt, name) for text, name in zip(texts, names, strict=True) if text.excerpt
    )
    are_cut = find_cut_alike([text.body.plain for text in texts if text.body])
    return [
        _judged_together(text, shared=shared, excerpts=excerpts, are_cut=are_cut) for text in texts
    ]


def read_texts(entry: Fields, *, is_rss: bool) -> EntryTexts:
    """Returns what an entry says, judged by itself.

    The content with most text counts, HTML before plain text. It gives way to a summary that
    it only begins, or that is more than twice as long: some feeds put a picture or a "read
    more" where the content belongs. What is said of a picture or film beside it counts only if
    there is nothing else.

    Args:
        entry: As in `ParsedFeed`.
        is_rss: Whether the format leaves open which texts are HTML.
    """
    if not any(dict.get(entry, key) for key in ("content", "summaries", "media_texts")):
        return _NO_TEXTS
    read: dict[tuple[str, str], EntryText] = {}  # many feeds give the same text twice
    contents = _read_all(entry, "content", is_rss=is_rss, read=read)
    summaries = _read_all(entry, "summaries", is_rss=is_rss, read=read)
    content = max(contents, key=lambda text: (text.is_html and text.plain != "", len(text.plain)))
    summary = max(summaries, key=lambda text: len(text.plain))
    is_film = bool(_FILM_TABLE.search(summary.plain))
    if is_film or not (content.plain or summary.plain):
        media = max(
            _read_all(entry, "media_texts", is_rss=is_rss, read=read),
            key=lambda text: len(text.plain),
        )
        summary = media if media.plain or not is_film else _without_film_table(summary)
    return _choose(content, summary)


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


def rights_in(fields: Fields, *, origin: RightsOrigin, base: str) -> tuple[RightsStatement, ...]:
    """Returns what a feed, or an entry, says about rights.

    Args:
        fields: Its fields.
        origin: Which of the two.
        base: Address that relative links go by; empty if none is known.
    """
    notices = strings_in(fields, "notices") or [string_in(fields, "rights") or ""]
    links = [link for link in dicts_in(fields, "links") if string_in(link, "rel") == "license"]
    return rights_of_feed(
        links=[(string_in(link, "href"), string_in(link, "base")) for link in links],
        licenses=strings_in(fields, "licenses"),
        notices=map(to_line, notices),
        origin=origin,
        base=base,
    )


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


def _choose(content: EntryText, summary: EntryText) -> EntryTexts:
    beginning = content.plain.rstrip(".… ")
    is_beginning = summary.plain.startswith(beginning) and len(summary.plain) > len(content.plain)
    if is_beginning or 2 * len(content.plain) < len(summary.plain):
        content = _NO_TEXT
    is_content_cut = is_cut(content.plain, written_chars=_written_chars(content))
    is_summary_whole = is_whole(summary.plain, written_chars=_written_chars(summary))
    if is_content_cut and is_summary_whole:
        content = _NO_TEXT
    body = content if content.plain else summary
    if not body.plain:
        return _NO_TEXTS
    excerpt = None
    if (
        content.plain
        and summary.plain != content.plain
        and not says_nothing(summary.plain, min_words=1)
    ):
        excerpt = without_lead_on(summary.plain) or None
    return EntryTexts(
        body,
        is_whole=not is_content_cut if content.plain else is_summary_whole,
        excerpt=excerpt,
    )


def _written_chars(text: EntryText) -> int:
    """Length of the text before its blanks are tidied, which a program may have cut it at."""
    return len(html.unescape(_TAG.sub("", text.value)).strip()) if text.is_html else len(text.plain)


def _judged_together(
    texts: EntryTexts, *, shared: frozenset[str], excerpts: frozenset[str], are_cut: bool
) -> EntryTexts:
    if texts.body is None:
        return texts
    if shared and shared_form(texts.body.plain) in shared:
        texts = replace(texts, is_whole=False, is_shared=True)
    if excerpts and texts.excerpt and shared_form(texts.excerpt) in excerpts:
        texts = replace(texts, excerpt=None)
    return replace(texts, is_whole=False) if are_cut and texts.is_whole else texts


def _without_film_table(summary: EntryText) -> EntryText:
    match = _FILM_TABLE.search(summary.plain)
    plain = summary.plain[: match.start()].strip() if match else summary.plain
    return EntryText(plain, False, plain)


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
    JSON Feed do say, so that their plain text may show tags; yet a plain text that is nothing
    but markup, or in which links and pictures are at work, is HTML under a wrong name.
    """
    value = without_short_codes(value)
    if kind == "text/plain" and not is_rss:
        if "<" not in value and "&lt;" in value and is_marked_up(unescaped := html.unescape(value)):
            value = unescaped
        is_html = is_marked_up(value)
    else:
        is_html = kind == XHTML or bool(
            _MARKUP.search(value) or _UNCLOSED_BLOCK.search(value) or has_active_tags(value)
        )
    if is_html:
        value = without_cut_tag(undo_escapes(value))
        return EntryText(value, is_html, html_to_text(value))
    value = _resolve_references(value).strip()  # escaped once too often is common here, too
    return EntryText(value, is_html, value)


def _resolve_references(text: str) -> str:
    """Returns the text, its references resolved, but not what only begins like one (`&copy=1`)."""
    return _REFERENCE.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text
