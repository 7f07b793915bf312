"""What the body of a polled address is: a feed, a list of feeds, a sitemap, a site or a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from io import BytesIO

from feedlake.transforms.blocked_pages.find_blocked_page import find_blocked_page
from feedlake.transforms.feeds.entry_fingerprints import fingerprint_entry
from feedlake.transforms.feeds.feed_hints import FeedHints
from feedlake.transforms.feeds.opml import BadOpml, read_opml
from feedlake.transforms.feeds.parse_feed import read_feed
from feedlake.transforms.feeds.sitemap import SitemapEntry, read_sitemap
from feedlake.transforms.feeds.url_list import (
    describe_broken_list,
    describe_skipped,
    find_broken_list,
    is_meant_as_list,
    read_url_list,
)
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.normalize.streams import (
    STREAM_FAULTS,
    TooLargeError,
    decompress,
    detect_compression,
    read_all,
)
from feedlake.transforms.normalize.urls import is_site_root
from feedlake.transforms.poll.autodiscovery import find_feeds, is_article
from feedlake.transforms.read.kinds import HEAD_BYTES, Unknown, detect_kind
from feedlake.transforms.records.documents import Document, Rejection, SourceKind
from feedlake.transforms.records.polls import Child
from feedlake.transforms.rights.http_rights import rights_of_headers

MAX_FOUND_FEEDS = 3
"""Feeds that are followed of those a site's front page names: the first are the site's own, the
others of its topics."""

BLOCKED_PAGE_CHARS = 1 << 16
"""How many characters of a page are searched for signs that it is a blocked page."""

_HTML = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True)
class InterpretOptions:
    """What bounds one source.

    Attributes:
        max_entries: Entries that are read of a feed or sitemap.
        since: Entries of a sitemap that are older are left out, UTC.
        max_bytes: Size of the body, decompressed.
    """

    max_entries: int
    since: datetime
    max_bytes: int


@dataclass(frozen=True)
class Interpretation:
    """What was found.

    Attributes:
        kind: What it is; None if nothing that holds or leads to articles.
        entries: Of a feed or sitemap; of a page the page itself.
        fingerprints: Of the entries of a feed or sitemap: see `fingerprint_entry`.
        children: Where a list, a site or an index of sitemaps leads to.
        is_bare_site: Whether it is a site that names no feed.
        title: Its name.
        hints: When a feed wants to be polled.
        left_out: Entries beyond the bounds.
        error: Stable word for why nothing, or not all, could be read.
        detail: The same as a sentence.
    """

    kind: SourceKind | None
    _: KW_ONLY
    entries: tuple[Document | Rejection, ...] = ()
    fingerprints: tuple[bytes, ...] = ()
    children: tuple[Child, ...] = ()
    is_bare_site: bool = False
    title: str | None = None
    hints: FeedHints = field(default_factory=FeedHints)
    left_out: int = 0
    error: str | None = None
    detail: str | None = None


def interpret(
    body: bytes,
    *,
    source: str,
    url: str,
    charset: str | None,
    content_type: str,
    headers: Mapping[str, str],
    options: InterpretOptions,
) -> Interpretation:
    """Returns what a body is and holds.

    Args:
        body: As it came, content encoding undone.
        source: The source's address, which the records shall name.
        url: Where the body came from in the end.
        charset: Character set that the response declares.
        content_type: Media type that it declares.
        headers: All that it declares, by lower-case name.
        options: What bounds it.
    """
    if not body.strip():
        return _fault("empty", "the body is empty")
    try:
        body = _unpack(body, max_bytes=options.max_bytes)
    except TooLargeError:
        return _fault("too_large", f"more than {options.max_bytes} bytes when decompressed")
    except STREAM_FAULTS as error:
        return _fault("corrupt", str(error) or type(error).__name__)
    # By its bytes alone: neither the suffix of an address nor the declared type is reliable.
    kind = detect_kind(body[:HEAD_BYTES], path="")
    if kind == "feed":
        return _read_feed(
            body, source=source, url=url, charset=charset, headers=headers, options=options
        )
    if kind == "html":
        return _read_html(body, source=source, url=url, charset=charset, headers=headers)
    if kind == Unknown("OPML"):
        return _read_opml(body, url=url, charset=charset)
    if kind == Unknown("sitemap"):
        return _read_sitemap(body, source=source, url=url, options=options)
    if kind == "text":
        text = decode_body(body, declared=charset)
        if content_type == "text/plain" or is_meant_as_list(text):
            return _read_text(text, source=source, url=url, headers=headers)
        if content_type in _HTML and text.lstrip().startswith("<"):
            return _read_html(body, source=source, url=url, charset=charset, headers=headers)
        # Broken XML under a feed's name is a broken feed, not a text.
        return _read_feed(
            body, source=source, url=url, charset=charset, headers=headers, options=options
        )
    what = kind.name if isinstance(kind, Unknown) else kind
    return _fault("content_type", f"{what}: no kind that holds articles")


def _unpack(body: bytes, *, max_bytes: int) -> bytes:
    """The body out of a compressed file, such as `sitemap.xml.gz`."""
    compression = detect_compression(body[:16])
    if compression is None:
        return body
    return read_all(decompress(BytesIO(body), compression), max_bytes=max_bytes)


def _fault(error: str, detail: str) -> Interpretation:
    return Interpretation(None, error=error, detail=detail)


def _read_feed(
    body: bytes,
    *,
    source: str,
    url: str,
    charset: str | None,
    headers: Mapping[str, str],
    options: InterpretOptions,
) -> Interpretation:
    feed = read_feed(
        body,
        source=source,
        base_url=url,
        charset=charset,
        max_entries=options.max_entries,
        rights=rights_of_headers(headers, origin="feed_header", url=url),
    )
    if feed.fault is not None:
        return _fault(feed.fault.reason, feed.fault.detail or feed.fault.reason)
    cut = next((entry for entry in feed.entries if _is_cut(entry)), None)
    return Interpretation(
        "feed",
        entries=feed.entries,
        fingerprints=tuple(fingerprint_entry(entry) for entry in feed.entries),
        title=feed.title,
        hints=feed.hints,
        left_out=feed.left_out,
        error=cut.reason if isinstance(cut, Rejection) else None,
        detail=cut.detail if isinstance(cut, Rejection) else None,
    )


def _is_cut(entry: Document | Rejection) -> bool:
    return isinstance(entry, Rejection) and entry.reason == "corrupt_feed"


def _read_html(
    body: bytes, *, source: str, url: str, charset: str | None, headers: Mapping[str, str]
) -> Interpretation:
    html = decode_body(body, declared=charset, is_html=True)
    blocked = find_blocked_page(
        status=200, headers=headers, html=html[:BLOCKED_PAGE_CHARS], asked_url=source, url=url
    )
    if blocked is not None:
        return _fault(blocked.reason, blocked.detail)
    is_front = is_site_root(url)
    if not is_front and is_article(html):
        return _page(body, source=source, url=url, charset=charset, headers=headers)
    found = find_feeds(html, base_url=url, link_header=headers.get("link", ""))
    if found:
        children = tuple(Child(link.url, is_feed=True) for link in found[:MAX_FOUND_FEEDS])
        return Interpretation("site", children=children)
    if is_front:
        return Interpretation("site", is_bare_site=True)
    return _page(body, source=source, url=url, charset=charset, headers=headers)


def _page(
    body: bytes, *, source: str, url: str, charset: str | None, headers: Mapping[str, str]
) -> Interpretation:
    page = Document(
        source,
        source_kind="page",
        body=body,
        is_html=True,
        text_source="page",
        charset=charset,
        url=url,
        rights=rights_of_headers(headers, origin="page_header", url=url),
    )
    return Interpretation("page", entries=(page,))


def _read_text(text: str, *, source: str, url: str, headers: Mapping[str, str]) -> Interpretation:
    broken = find_broken_list(text)
    if broken is not None:
        return _fault("bad_list", describe_broken_list(broken))
    listed = read_url_list(text)
    if listed is not None:
        children = tuple(Child(item.url, item.tags) for item in listed)
        return Interpretation("opml", children=children, detail=describe_skipped(text))
    page = Document(
        source,
        source_kind="page",
        body=text,
        is_html=False,
        text_source="text",
        url=url,
        rights=rights_of_headers(headers, origin="page_header", url=url),
    )
    return Interpretation("page", entries=(page,))


def _read_opml(body: bytes, *, url: str, charset: str | None) -> Interpretation:
    opml = read_opml(body, base_url=url, charset=charset)
    if isinstance(opml, BadOpml):
        return _fault(opml.reason, opml.detail)
    if opml.is_truncated:  # Taken as it is, it would drop the feeds of its missing end.
        return _fault("bad_list", "the list ends before </opml>; it has been cut off")
    feeds = tuple(Child(feed.url, feed.tags, is_feed=True) for feed in opml.outlines)
    children = feeds + tuple(Child(include.url, include.tags) for include in opml.includes)
    return Interpretation("opml", children=children, title=opml.title)


def _read_sitemap(
    body: bytes, *, source: str, url: str, options: InterpretOptions
) -> Interpretation:
    sitemap = read_sitemap(body, base_url=url, max_entries=options.max_entries, since=options.since)
    if sitemap is None:
        return _fault("not_a_sitemap", "no sitemap could be read in it")
    entries = tuple(_sitemap_document(entry, source=source) for entry in sitemap.entries)
    return Interpretation(
        "sitemap",
        entries=entries,
        fingerprints=tuple(fingerprint_entry(entry) for entry in entries),
        children=tuple(Child(child.url) for child in sitemap.children),
        left_out=sitemap.old_count + sitemap.left_out_count + sitemap.foreign_count,
        error="corrupt" if sitemap.is_truncated else None,
        detail="the sitemap ends before its root element does" if sitemap.is_truncated else None,
    )


def _sitemap_document(entry: SitemapEntry, *, source: str) -> Document:
    return Document(
        source,
        source_kind="sitemap",
        body="",
        is_html=False,
        text_source="summary",
        url=entry.url,
        title=entry.title,
        published_at=entry.published_at,
        published_text=entry.published_text,
        updated_at=entry.modified_at,
        language=entry.language,
        site_name=entry.site_name,
        tags=entry.tags,
        image_url=entry.image_url,
    )
