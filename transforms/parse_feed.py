"""Turns a feed (RSS, RDF, Atom or JSON Feed) into one document for each of its entries."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from transforms.charset import decode_body
from transforms.dates import parse_date
from transforms.json_feed import read_json_feed
from transforms.plain_text import html_to_line, html_to_text
from transforms.records import Document, Rejection
from transforms.text import normalize_line
from transforms.xml_feed import BadFeed, ParsedFeed, read_xml_feed

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
_IMAGE_FILE = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)(?:\?|$)", re.IGNORECASE)
_MAIL = r"(?:mailto:)?[^\s@()<>]+@[^\s@()<>]+"
_NAME_AFTER_MAIL = re.compile(rf"{_MAIL}\s*\((.+)\)")
_NAME_BEFORE_MAIL = re.compile(rf"([^@<>()]*[^@<>()\s])\s*[<(]\s*{_MAIL}\s*[>)]")

_XHTML = "application/xhtml+xml"
_TEXT_KINDS = ("text/plain", "text/html", _XHTML)

# What feedparser gives.
_Fields = dict[str, Any]


@dataclass(frozen=True)
class _Text:
    """A text of an entry: as written, whether that is HTML, and its plain text."""

    value: str
    is_html: bool
    plain: str


_NO_TEXT = _Text("", False, "")


@dataclass(frozen=True)
class _Context:
    """What the entries of one feed share."""

    source: str
    base: str
    feed: ParsedFeed


def parse_feed(
    body: bytes, *, source: str, base_url: str | None = None, charset: str | None = None
) -> list[Document | Rejection]:
    """Returns a document for each entry, or the reason why there is none, in the feed's order.

    A feed cut off in the middle gives its whole entries, then one rejection with the reason
    `corrupt_feed`, which also stands for the entry that was cut. A feed without entries gives
    nothing.

    Args:
        body: The feed as read.
        source: Path or URL that the records shall name.
        base_url: Address of the feed, for links relative to it.
        charset: Character set that the transport declared (HTTP header).
    """
    text = decode_body(body, declared=charset, is_html=True).lstrip("\ufeff\x00 \t\r\n")
    if not text:
        return [_unreadable(source, "not_a_feed", "The body is empty.")]
    try:
        feed = read_json_feed(text) if text.startswith("{") else read_xml_feed(text)
    except BadFeed as error:
        return [_unreadable(source, error.reason, error.detail)]
    own_link = _absolute(_string(feed.fields, "link"), base=base_url or "")
    context = _Context(source=source, base=own_link or base_url or "", feed=feed)
    records = _mark_shared_urls(
        [_read_entry(entry, number=n, context=context) for n, entry in enumerate(feed.entries, 1)],
        entries=feed.entries,
    )
    if not feed.is_truncated:
        return records
    if records and feed.is_last_entry_cut:
        return [*records[:-1], _cut_entry(records[-1])]
    return [*records, _unreadable(source, "corrupt_feed", "The feed ends before its root does.")]


def _unreadable(source: str, reason: str, detail: str) -> Rejection:
    return Rejection(source, "feed", None, None, None, "read", reason, detail)


def _cut_entry(record: Document | Rejection) -> Rejection:
    return Rejection(
        source=record.source,
        source_kind="feed",
        source_record=record.source_record,
        url=record.url,
        title=record.title,
        step="read",
        reason="corrupt_feed",
        detail=f"The feed ends in the middle of entry {record.source_record}.",
    )


def _read_entry(entry: _Fields, *, number: int, context: _Context) -> Document | Rejection:
    feed = context.feed
    url = _entry_url(entry, base=context.base)
    title = _titled(entry)
    content, summary = _read_texts(entry, feed=feed)
    body = content or summary
    if body is None:
        detail = "The entry has neither content nor summary."
        return Rejection(
            context.source, "feed", number, url, title, "extract", "no_main_text", detail
        )
    published_at, published_text = _published(entry)
    has_excerpt = content and summary and summary.plain != content.plain
    return Document(
        source=context.source,
        source_kind="feed",
        source_record=number,
        body=body.value,
        is_html=body.is_html,
        text_source="feed" if content else "summary",
        url=url,
        title=title,
        authors=_authors(entry, feed=feed),
        published_at=published_at,
        published_text=published_text,
        updated_at=_updated_at(entry, published_at=published_at, feed=feed),
        date_source="feed",
        language=_language(entry) or normalize_line(_string(feed.fields, "language")),
        site_name=_titled(_fields(entry, "source")) or _titled(feed.fields),
        tags=_unique(
            _line(_string(tag, "term") or _string(tag, "label")) for tag in _dicts(entry, "tags")
        ),
        image_url=_image_url(entry, base=context.base),
        excerpt=summary.plain if summary and has_excerpt else None,
    )


def _read_texts(entry: _Fields, *, feed: ParsedFeed) -> tuple[_Text | None, _Text | None]:
    """Returns the entry's full content and its summary, None for one that has no text.

    The content with most text counts, HTML before plain text. It gives way to a summary that
    it only begins, or that is more than twice as long: some feeds put a picture or a "read
    more" where the content belongs.
    """
    contents, summaries = [_NO_TEXT], [_NO_TEXT]
    declared = _string(entry, "summary")
    # feedparser copies the content of an entry without summary to its summary.
    if declared not in [_string(field, "value") for field in _dicts(entry, "content")]:
        detail = _fields(entry, "summary_detail")
        summaries.append(_read_text(declared, kind=_kind(detail), feed=feed))
    for field in _dicts(entry, "content"):
        kind = _kind(field)
        if kind not in _TEXT_KINDS:
            continue
        text = _read_text(_string(field, "value"), kind=kind, feed=feed)
        # feedparser files whatever else describes an entry (itunes:summary, media:description)
        # under its content, as plain text; content:encoded is never that.
        if kind == _XHTML or (feed.has_full_content and not (feed.is_rss and kind == "text/plain")):
            contents.append(text)
        else:
            summaries.append(text)
    content = max(contents, key=lambda text: (text.is_html and text.plain != "", len(text.plain)))
    summary = max(summaries, key=lambda text: len(text.plain))
    beginning = content.plain.rstrip(".… ")
    is_beginning = summary.plain.startswith(beginning) and len(summary.plain) > len(content.plain)
    if is_beginning or 2 * len(content.plain) < len(summary.plain):
        content = _NO_TEXT
    return content if content.plain else None, summary if summary.plain else None


def _read_text(value: str | None, *, kind: str, feed: ParsedFeed) -> _Text:
    """Returns a text as what its format says it is, or as what it must be.

    RSS does not say whether a description is HTML: it is, if there is markup in it. Atom and
    JSON Feed do say, so that their plain text may show tags; yet a plain text that is block
    elements from its first character is HTML under a wrong name.
    """
    if not value:
        return _NO_TEXT
    if kind == "text/plain" and not feed.is_rss:
        is_html = bool(_BLOCK_ELEMENT.match(value))
    else:
        is_html = kind == _XHTML or bool(_MARKUP.search(value) or _UNCLOSED_BLOCK.search(value))
    if is_html:
        return _Text(value, is_html, html_to_text(value))
    value = _resolve_references(value).strip()  # escaped once too often is common here, too
    return _Text(value, is_html, value)


def _entry_url(entry: _Fields, *, base: str) -> str | None:
    links = [link for link in _dicts(entry, "links") if _string(link, "rel") == "alternate"]
    links.sort(
        key=lambda link: _kind(link) not in ("text/html", _XHTML)
    )  # stable: first stays first
    candidates = [
        _string(entry, "feedburner_origlink"),
        *(_string(link, "href") for link in links),
    ]
    if entry.get("guidislink"):
        identity = _string(entry, "id") or ""
        candidates.append(
            identity if identity.lower().startswith(("http://", "https://")) else None
        )
    return next(filter(None, (_absolute(link, base=base) for link in candidates)), None)


def _absolute(link: str | None, *, base: str) -> str | None:
    """Returns the link as an absolute HTTP address, or None if it is none."""
    if not link:
        return None
    try:
        url = urljoin(base, link.strip())
    except ValueError:
        return None
    return url if url.lower().startswith(("http://", "https://")) else None


def _mark_shared_urls(
    records: Sequence[Document | Rejection], *, entries: Sequence[_Fields]
) -> list[Document | Rejection]:
    """Returns the records, those marked whose page several different entries name.

    Entries differ by their id, or by their title where they have none. What follows a `#` in a
    link does not count: it is not part of a page's identity.
    """
    names: defaultdict[str, set[str]] = defaultdict(set)
    for record, entry in zip(records, entries, strict=True):
        if record.url and (name := _string(entry, "id") or record.title):
            names[record.url.partition("#")[0]].add(name)
    return [
        replace(record, has_shared_url=True)
        if isinstance(record, Document)
        and record.url
        and len(names[record.url.partition("#")[0]]) > 1
        else record
        for record in records
    ]


def _authors(entry: _Fields, *, feed: ParsedFeed) -> tuple[str, ...]:
    """Returns the names; e-mail addresses only where there is no name.

    In Atom and JSON Feed, what an entry does not say, its source and its feed say for it.
    """
    owners = [entry]
    if not feed.is_rss:
        owners += [_fields(entry, "source"), feed.fields]
    for owner in owners:
        found = _unique(
            _author_name(_string(author, "name") or _string(author, "email"))
            for author in _dicts(owner, "authors")
        )
        if found:
            return tuple(name for name in found if "@" not in name) or found
    return ()


def _author_name(text: str | None) -> str | None:
    name = _line(text)
    if name is None:
        return None
    match = _NAME_AFTER_MAIL.fullmatch(name) or _NAME_BEFORE_MAIL.fullmatch(name)
    return match[1].strip("\"' ") or name if match else name


def _published(entry: _Fields) -> tuple[datetime | None, str | None]:
    """Returns the first date that can be read, and its words; else the words of the first.

    The words, because feedparser's own reading invents: it takes `2016/6/29` for the current
    month. An entry that only names its last change was published then, as far as it tells.
    """
    texts = [text for key in ("published", "updated", "created") if (text := _string(entry, key))]
    for text in texts:
        if (published_at := parse_date(text)) is not None:
            return published_at, text
    return None, texts[0] if texts else None


def _updated_at(
    entry: _Fields, *, published_at: datetime | None, feed: ParsedFeed
) -> datetime | None:
    """Returns the time of the last change.

    RSS has none: what feedparser calls so is Dublin Core's date, the time of publication if
    there is no other.
    """
    text = _string(entry, "updated")
    updated_at = parse_date(text) if text else None
    if not feed.is_rss or updated_at is None or published_at is None:
        return updated_at
    return updated_at if updated_at > published_at else None


def _language(entry: _Fields) -> str | None:
    details = [
        *_dicts(entry, "content"),
        _fields(entry, "summary_detail"),
        _fields(entry, "title_detail"),
    ]
    tags = [_string(entry, "language"), *(_string(detail, "language") for detail in details)]
    return normalize_line(next(filter(None, tags), None))


def _image_url(entry: _Fields, *, base: str) -> str | None:
    links = [link for link in _dicts(entry, "links") if _string(link, "rel") == "enclosure"]
    pictures = [
        *(_string(media, "url") for media in _dicts(entry, "media_content") if _is_image(media)),
        *(_string(link, "href") for link in links if _is_image(link)),
        *(_string(thumbnail, "url") for thumbnail in _dicts(entry, "media_thumbnail")),
        _string(_fields(entry, "image"), "href"),
    ]
    return next(filter(None, (_absolute(picture, base=base) for picture in pictures)), None)


def _is_image(media: _Fields) -> bool:
    kind = _string(media, "type") or _string(media, "medium")
    if kind:
        return kind.lower().startswith("image")
    return bool(_IMAGE_FILE.search(_string(media, "url") or _string(media, "href") or ""))


def _titled(fields: _Fields) -> str | None:
    return _line(_string(fields, "title"), kind=_kind(_fields(fields, "title_detail")))


def _line(text: str | None, *, kind: str = "text/plain") -> str | None:
    """Returns a title or name as one line of plain text, its references resolved twice.

    Whatever a format says, titles hold HTML and references escaped twice (`&amp;amp;#8217;`).
    """
    if text and (kind == _XHTML or _MARKUP.search(text)):
        text = html_to_line(text)
    return normalize_line(_resolve_references(text or ""))


def _resolve_references(text: str) -> str:
    """Returns the text, its references resolved, but not what only begins like one (`&copy=1`)."""
    return _REFERENCE.sub(lambda match: html.unescape(match[0]), text)


def _unique(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def _kind(detail: _Fields) -> str:
    return (_string(detail, "type") or "text/plain").partition(";")[0].strip().lower()


# feedparser takes an element of any name for a field, so a field's value may be of any type.
# `dict.get`, because its own `get` answers for `updated` with `published`, and warns.


def _string(fields: _Fields, key: str) -> str | None:
    value = dict.get(fields, key)
    return value if isinstance(value, str) and value.strip() else None


def _fields(fields: _Fields, key: str) -> _Fields:
    value = dict.get(fields, key)
    return value if isinstance(value, dict) else {}


def _dicts(fields: _Fields, key: str) -> list[_Fields]:
    value = dict.get(fields, key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
