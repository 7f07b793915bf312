"""Reads sitemaps (https://www.sitemaps.org/protocol.html) with Google's news and image elements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from io import BytesIO
from typing import TypeVar

from feedlake.transforms.feeds.url_list import MAX_URL_CHARS, read_url_list, resolve_listed_url
from feedlake.transforms.links.mend_link import mend_link
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.normalize.date_bounds import EARLIEST_DATE
from feedlake.transforms.normalize.dates import latest_moment, parse_usual_date
from feedlake.transforms.normalize.streams import (
    STREAM_FAULTS,
    decompress,
    detect_compression,
    read_head,
)
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.normalize.urls import canonicalize_url, registered_domain
from feedlake.transforms.normalize.xml_tags import Tag, read_tags, resolve_references

MAX_ENTRIES = 2_000
"""Most entries taken of one sitemap by default: twice what Google allows a news sitemap."""

MAX_CHILD_SITEMAPS = 200
"""Most sitemaps taken of one index: at two seconds a request to one host, seven minutes' worth."""

MAX_BYTES = 52_428_800
"""Most bytes of a sitemap, decompressed: the protocol's own limit."""

MAX_TAGS = 50
"""Most keywords kept of one entry, as many as of an article."""

# The protocol allows 50,000 entries; what a file of 50 MB may hold beyond is only counted.
_MAX_READ = 200_000
_MAX_HOSTS = 1_000  # Remembered at a time.
_ROOTS = frozenset({"urlset", "sitemapindex"})
_OTHER_ROOTS = frozenset({"html", "rss", "rdf", "feed", "opml"})
_ITEMS = frozenset({"url", "sitemap"})
_GROUPS = frozenset({"news", "image", "video"})
_FIELDS = frozenset(
    {
        ("", "loc"),
        ("", "lastmod"),
        ("news", "title"),
        ("news", "publication_date"),
        ("news", "name"),
        ("news", "language"),
        ("news", "keywords"),
        ("image", "loc"),
    }
)
_Item = TypeVar("_Item", "SitemapEntry", "SitemapChild")


@dataclass(frozen=True)
class SitemapEntry:
    """A page that a sitemap names.

    Attributes:
        url: Its address, absolute.
        published_at: Publication time (news sitemaps), UTC; None if not stated.
        published_text: The sitemap's own words for it; None if it gave none.
        modified_at: Time of the last change, UTC; None if not stated to the day.
        title: Headline (news sitemaps).
        language: Language tag, as written (news sitemaps).
        site_name: Name of the publication (news sitemaps).
        tags: Keywords (news sitemaps), each once.
        image_url: Its first picture, absolute.
        latest: A moment, UTC, than which it cannot be later, for one whose date is not understood
            or lacks its day; None if nothing tells.
    """

    url: str
    _: KW_ONLY
    published_at: datetime | None = None
    published_text: str | None = None
    modified_at: datetime | None = None
    title: str | None = None
    language: str | None = None
    site_name: str | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None
    latest: datetime | None = None


@dataclass(frozen=True)
class SitemapChild:
    """A sitemap that an index names.

    Attributes:
        url: Its address, absolute.
        modified_at: Time of its last change, UTC; None if not stated to the day.
        latest: As of an entry.
    """

    url: str
    modified_at: datetime | None = None
    latest: datetime | None = None


@dataclass(frozen=True)
class Sitemap:
    """What was read of a sitemap. Entries and children and the counts add up to what it holds.

    Attributes:
        entries: Pages: newest first, then those without date in the file's order.
        children: Sitemaps of an index, in the same order.
        old_count: Entries and children older than was asked for.
        left_out_count: Entries and children beyond the caps.
        foreign_count: Those of another registered domain, which the protocol does not accept.
        wrong_count: Those without an http(s) address.
        repeated_count: Those whose address stands in the file before.
        is_truncated: Whether the file ends before its root element does, or is damaged there.
    """

    entries: tuple[SitemapEntry, ...]
    _: KW_ONLY
    children: tuple[SitemapChild, ...] = ()
    old_count: int = 0
    left_out_count: int = 0
    foreign_count: int = 0
    wrong_count: int = 0
    repeated_count: int = 0
    is_truncated: bool = False


def read_sitemap(
    body: bytes,
    *,
    base_url: str,
    max_entries: int = MAX_ENTRIES,
    since: datetime | None = None,
    charset: str | None = None,
) -> Sitemap | None:
    """Returns what a sitemap or sitemap index names, or None if the body is neither.

    Read are XML with any namespaces or none, lists with one address a line, and either of them
    in gzip. What is cut off within an entry loses that entry. An entry's age is told by its
    publication, or else by its last change; without a date it is never too old.

    Args:
        body: The sitemap as read.
        base_url: Its address; where another site's robots.txt named it, that site's. If it is
            no http(s) address, entries of any host are kept.
        max_entries: Most entries to return, the newest.
        since: Entries and children older than this are left out; with its time zone.
        charset: Character set that the transport declared (HTTP header).
    """
    data, is_cut = _unpack(body)
    text = decode_body(data, declared=charset, is_html=True).lstrip("\ufeff \t\r\n")
    reader = _Reader(base_url)
    if text.startswith("<"):
        is_whole = reader.read_xml(text)
        if is_whole is None:
            return None
        is_cut = is_cut or not is_whole
    else:
        # A cut address is still one, but of another page.
        listed = read_url_list(text.rpartition("\n")[0] if is_cut else text)
        if listed is None:
            return None
        for line in listed:
            reader.add_entry({("", "loc"): line.url})
    entries = _newest(reader.entries.values(), since=since)
    children = _newest(reader.children.values(), since=since)
    found, found_children = len(reader.entries), len(reader.children)
    return Sitemap(
        entries=tuple(entries[:max_entries]),
        children=tuple(children[:MAX_CHILD_SITEMAPS]),
        old_count=found - len(entries) + found_children - len(children),
        left_out_count=reader.unread_count
        + max(0, len(entries) - max_entries)
        + max(0, len(children) - MAX_CHILD_SITEMAPS),
        foreign_count=reader.foreign_count,
        wrong_count=reader.wrong_count,
        repeated_count=reader.repeated_count,
        is_truncated=is_cut,
    )


def _unpack(body: bytes) -> tuple[bytes, bool]:
    """Returns the bytes, decompressed, and whether some are missing at the end."""
    if detect_compression(body[:16]) != "gzip":
        return body[:MAX_BYTES], len(body) > MAX_BYTES
    with decompress(BytesIO(body), "gzip") as stream:
        data = read_head(stream, MAX_BYTES)
        try:
            return data, bool(stream.read(1))
        except STREAM_FAULTS:
            return data, True


class _Reader:
    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._domain = registered_domain(base_url)
        self._is_own_by_host: dict[str, bool] = {}
        self.entries: dict[str, SitemapEntry] = {}
        self.children: dict[str, SitemapChild] = {}
        self.unread_count = 0
        self.foreign_count = 0
        self.wrong_count = 0
        self.repeated_count = 0

    def read_xml(self, text: str) -> bool | None:
        """Returns whether the root element ends; None if it is no sitemap's."""
        root: str | None = None
        item: Tag | None = None  # The start of the entry that is being read.
        group = ""
        fields: dict[tuple[str, str], str] = {}
        for tag in read_tags(text):
            if root is None:
                if tag.name in _OTHER_ROOTS:
                    return None
                root = tag.name if tag.name in _ROOTS and tag.is_start else None
                if root is not None and tag.is_end:
                    return True
            elif tag.name == root and tag.is_end:
                self._add(item, fields)  # If one is open, only its end tag is missing.
                return True
            elif tag.name in _ITEMS and (item is None or tag.prefix == item.prefix):
                self._add(item, fields)
                item, group, fields = (tag if tag.is_start and not tag.is_end else None), "", {}
            elif tag.name in _GROUPS:
                group = "" if tag.is_end else tag.name
            elif item is not None and not tag.is_start:
                # Directly in an entry, `image:loc` is not the page's address.
                key = (group, tag.name)
                if key in _FIELDS and (group or tag.prefix == item.prefix):
                    fields.setdefault(key, tag.text)
        return None if root is None else False

    def add_entry(self, fields: dict[tuple[str, str], str]) -> None:
        """Takes in one entry: the texts of its elements by group (`news`, `image`) and name."""
        found = self._address(fields, self.entries)
        if found is None:
            return
        key, url = found
        image = fields.get(("image", "loc"), "").strip()
        published, modified = fields.get(("news", "publication_date")), fields.get(("", "lastmod"))
        published_at, modified_at = _read_date(published), _read_date(modified)
        self.entries[key] = SitemapEntry(
            url=url,
            published_at=published_at,
            published_text=_line(published),
            modified_at=modified_at,
            latest=None if published_at or modified_at else _latest(published, modified),
            title=_line(fields.get(("news", "title"))),
            language=_line(fields.get(("news", "language"))),
            site_name=_line(fields.get(("news", "name"))),
            tags=_tags(fields.get(("news", "keywords"))),
            image_url=mend_link(image, base=url) if 0 < len(image) <= MAX_URL_CHARS else None,
        )

    def _add(self, item: Tag | None, fields: dict[tuple[str, str], str]) -> None:
        if item is None:
            return
        if item.name == "url":
            self.add_entry(fields)
        elif (found := self._address(fields, self.children)) is not None:
            key, url = found
            modified = fields.get(("", "lastmod"))
            modified_at = _read_date(modified)
            latest = None if modified_at else _latest(modified)
            self.children[key] = SitemapChild(url, modified_at, latest)

    def _address(
        self, fields: dict[tuple[str, str], str], known: Mapping[str, object]
    ) -> tuple[str, str] | None:
        """The identity and the address of what shall be kept; what shall not is counted."""
        written = fields.get(("", "loc"), "").strip()
        url = resolve_listed_url(written, self._base_url) if written else None
        key = canonicalize_url(url) if url is not None else None
        if url is None or key is None:
            self.wrong_count += 1
        elif not self._is_own(key):
            self.foreign_count += 1
        elif key in known:
            self.repeated_count += 1
        elif len(self.entries) + len(self.children) >= _MAX_READ:
            self.unread_count += 1
        else:
            return key, url
        return None

    def _is_own(self, url: str) -> bool:
        if self._domain is None:
            return True
        host = url.split("/", 3)[2]
        if host not in self._is_own_by_host:
            if len(self._is_own_by_host) >= _MAX_HOSTS:
                self._is_own_by_host.clear()
            self._is_own_by_host[host] = registered_domain(url) == self._domain
        return self._is_own_by_host[host]


def _newest(items: Iterable[_Item], *, since: datetime | None) -> list[_Item]:
    """Returns the dated ones from `since` on, newest first, then the others in their order.

    Of those, too, the ones are left out that cannot be of `since` or later.
    """
    dated: list[tuple[datetime, _Item]] = []
    undated: list[_Item] = []
    for item in items:
        date = item.published_at if isinstance(item, SitemapEntry) else None
        date = date or item.modified_at
        latest = date or item.latest
        if since is not None and latest is not None and latest < since:
            continue
        if date is None:
            undated.append(item)
        else:
            dated.append((date, item))
    dated.sort(key=lambda pair: pair[0], reverse=True)  # Stable: equals keep their order.
    return [item for _, item in dated] + undated


def _read_date(text: str | None) -> datetime | None:
    """The moment, if the day is given and no filling such as 1970-01-01.

    By a rule that takes microseconds: a sitemap may hold 50,000 dates.
    """
    return _after_fillings(parse_usual_date(text) if text else None)


def _latest(*texts: str | None) -> datetime | None:
    """A moment than which an entry cannot be later, as far as what stands for its date tells."""
    moments = (_after_fillings(latest_moment(text)) for text in texts if text)
    return max(filter(None, moments), default=None)


def _after_fillings(moment: datetime | None) -> datetime | None:
    return moment if moment is not None and moment.date() >= EARLIEST_DATE else None


def _line(text: str | None) -> str | None:
    # Titles are often escaped twice, as in feeds.
    return normalize_line(resolve_references(text)) if text else None


def _tags(text: str | None) -> tuple[str, ...]:
    tags: dict[str, str] = {}
    for piece in re.split(r"[,;|]", _line(text) or ""):
        tag = piece.strip()
        if tag and len(tags) < MAX_TAGS:
            tags.setdefault(tag.casefold(), tag)
    return tuple(tags.values())
