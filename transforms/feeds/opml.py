"""Reads and writes lists of feeds in OPML (http://opml.org/spec2.opml).

Why listparser does not carry it (measured 2026-11, version 0.20): it takes UTF-8 without a
declaration for Latin-1, keeps neither `htmlUrl` nor tags of folders within folders, misses a
prefixed `outline`, and copies the whole path for each feed, which takes quadratic time for
outlines within outlines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import groupby
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from feedlake.transforms.feeds.url_list import MAX_LISTED_URLS, WrongLine, resolve_listed_url
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.normalize.urls import canonicalize_url
from feedlake.transforms.normalize.xml_tags import Tag, read_tags, resolve_references

MAX_FEEDS = MAX_LISTED_URLS
"""Most feeds, and most included lists, read of one OPML file."""

MAX_TAGS = 50
"""Most tags kept of one feed, as many as of an article."""

MAX_WRONG_URLS = 100
"""Addresses shown that are none; of the others the number is kept."""

_SHOWN_CHARS = 200
_ADDRESS_OR_COMMENT = re.compile(
    r"""(?:(?<=\s)xmlurl\s*+=\s*+["']([^"'<>]*+))|<!--(?:.*?-->|.*+)""", re.IGNORECASE | re.DOTALL
)
# What an `outline` of an old list may say of a feed whose address stands in `url`.
_FEED_TYPES = frozenset({"rss", "rss1", "rss2", "atom", "rdf", "json", "jsonfeed", "feed"})
_LIST_TYPES = frozenset({"include", "source"})
_OTHER_ROOTS = frozenset({"html", "rss", "rdf", "feed", "urlset", "sitemapindex"})
# Characters that XML 1.0, section 2.2, forbids even as references.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Outline:
    """A feed of a list, or a list that it includes.

    Attributes:
        url: Its address, absolute http(s), as written.
        title: What people call it; None if the list does not say.
        tags: The folders around it from the outermost, then its categories, each once.
        site_url: Address of the site it belongs to, absolute; None if the list does not say.
    """

    url: str
    _: KW_ONLY
    title: str | None = None
    tags: tuple[str, ...] = ()
    site_url: str | None = None


@dataclass(frozen=True)
class Opml:
    """What was read of an OPML file.

    Attributes:
        title: Title of the list.
        outlines: Its feeds in their order, each once, with the tags of all its places.
        includes: Lists that it includes, in the same shape; they have not been fetched.
        wrong_urls: What stands where an address of a feed or list should, shortened; the first
            `MAX_WRONG_URLS`.
        wrong_count: How many such there are.
        left_out_count: Feeds and lists beyond `MAX_FEEDS`.
        is_truncated: Whether the file ends before its root element does.
    """

    title: str | None
    _: KW_ONLY
    outlines: tuple[Outline, ...]
    includes: tuple[Outline, ...] = ()
    wrong_urls: tuple[str, ...] = ()
    wrong_count: int = 0
    left_out_count: int = 0
    is_truncated: bool = False


@dataclass(frozen=True)
class BadOpml:
    """Why a body is no OPML.

    Attributes:
        reason: `not_opml`.
        detail: One sentence for people.
    """

    reason: str
    detail: str


def read_opml(
    body: bytes, *, base_url: str | None = None, charset: str | None = None
) -> Opml | BadOpml:
    """Returns the feeds of an OPML file, or why it is none.

    Read with indulgence: attributes in any case, a bare `&`, missing and surplus end tags, any
    encoding, a cut end. Entities that the file declares stay as written. What is commented out
    (`isComment`) and links to pages count for nothing.

    Args:
        body: The file as read.
        base_url: Its address, for addresses relative to it.
        charset: Character set that the transport declared (HTTP header).
    """
    text = decode_body(body, declared=charset, is_html=True)
    tags = read_tags(text)
    for tag in tags:
        if tag.name == "opml" and tag.is_start:
            return _Reader(base_url).read(tags)
        if tag.name in _OTHER_ROOTS:
            return BadOpml("not_opml", f"The root element is <{tag.name}>, not <opml>.")
    return BadOpml("not_opml", "The body has no <opml> element." if text else "The body is empty.")


def find_lost_address(body: bytes) -> WrongLine | None:
    """Returns the first address that stands in an OPML file, and that `read_opml` cannot see.

    A missing quotation mark or angle bracket hides it. Comments hide addresses on purpose.

    Args:
        body: The file as read.
    """
    text = decode_body(body, is_html=True)
    seen = {tag.attributes().get("xmlurl") for tag in read_tags(text) if tag.name == "outline"}
    hidden_until = 0
    for found in _ADDRESS_OR_COMMENT.finditer(text):
        if found[1] is None:
            hidden_until = found.end()
        elif found.start() >= hidden_until and resolve_references(found[1]) not in seen:
            line = text.count("\n", 0, found.start()) + 1
            return WrongLine(line, found[1].strip()[:_SHOWN_CHARS], len(found[1]))
    return None


def write_opml(feeds: Iterable[Outline], *, title: str, created_at: datetime) -> bytes:
    """Returns an OPML 2.0 file that `read_opml` reads as the same feeds.

    A feed's first tag is its folder, all its tags are its categories; a tag with a comma or
    slash, which no category can hold, makes the tags up to it folders within folders. Feeds that
    follow each other share their folder. Characters that XML forbids are left out.

    Args:
        feeds: The feeds in the order wanted: sorted by tags, each folder is written once.
        title: Title of the list.
        created_at: Time of writing, with its time zone.
    """
    date = format_datetime(created_at.astimezone(UTC), usegmt=True)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"<head><title>{_escape(title)}</title><dateCreated>{date}</dateCreated></head>",
        "<body>",
    ]
    for folders, group in groupby(feeds, key=_folders):
        for folder in folders:
            name = _quote(folder)
            lines.append(f"<outline text={name} title={name}>")
        lines += map(_line, group)
        lines += ["</outline>"] * len(folders)
    lines += ["</body>", "</opml>", ""]
    return "\n".join(lines).encode()


class _Found:
    """A feed or list, to which each of its places adds what it says."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.title: str | None = None
        self.site_url: str | None = None
        self.tags: dict[str, None] = {}

    def add(self, *, title: str | None, tags: Iterable[str], site_url: str | None) -> None:
        self.title = self.title or (title if title != self.url else None)
        self.site_url = self.site_url or site_url
        for tag in tags:
            if len(self.tags) < MAX_TAGS:
                self.tags.setdefault(tag)

    def outline(self) -> Outline:
        return Outline(self.url, title=self.title, tags=tuple(self.tags), site_url=self.site_url)


class _Reader:
    def __init__(self, base_url: str | None) -> None:
        self._base_url = base_url
        self._feeds: dict[str, _Found] = {}
        self._includes: dict[str, _Found] = {}
        self._wrong_urls: list[str] = []
        self._wrong_count = 0
        self._left_out_count = 0

    def read(self, tags: Iterator[Tag]) -> Opml:
        title = None
        is_whole = False
        # For each open outline the tags of what stands in it; None if that is commented out.
        paths: list[tuple[str, ...] | None] = []
        for tag in tags:
            if tag.name == "outline":
                if tag.is_start:
                    path = paths[-1] if paths else ()
                    inner = path if path is None else self._read_outline(tag, path)
                    if not tag.is_end:
                        paths.append(inner)
                elif paths:
                    paths.pop()
            elif tag.name == "title" and tag.is_end and not tag.is_start:
                title = title or normalize_line(tag.text)
            elif tag.name == "opml" and tag.is_end:
                is_whole = True
        return Opml(
            title=title,
            outlines=tuple(found.outline() for found in self._feeds.values()),
            includes=tuple(found.outline() for found in self._includes.values()),
            wrong_urls=tuple(self._wrong_urls),
            wrong_count=self._wrong_count,
            left_out_count=self._left_out_count,
            is_truncated=not is_whole,
        )

    def _read_outline(self, tag: Tag, path: tuple[str, ...]) -> tuple[str, ...] | None:
        """Takes in one outline, and returns the tags of those within it."""
        attributes = tag.attributes()
        if attributes.get("iscomment", "").strip().lower() == "true":
            return None
        kind: str | None = attributes.get("type", "").strip().lower()
        name = normalize_line(attributes.get("text")) or normalize_line(attributes.get("title"))
        xml_url, url = attributes.get("xmlurl"), attributes.get("url")
        if not tag.is_end and not (xml_url or "").strip() and not (url or "").strip():
            xml_url = kind = None  # Some programs write a folder like a feed without address.
        if kind in _LIST_TYPES or (kind == "link" and xml_url is None and _names_opml(url)):
            target, written = self._includes, url or xml_url
        elif xml_url is not None or kind in _FEED_TYPES:
            target, written = self._feeds, xml_url or url
        else:
            is_folder = kind != "link" and name is not None and len(path) < MAX_TAGS
            return (*path, name) if is_folder and name is not None else path
        tags = (*path, *_categories(attributes.get("category", "")))
        site_url = self._resolve(attributes.get("htmlurl", ""))
        self._add(target, written or "", name=name, tags=tags, site_url=site_url)
        return path

    def _add(
        self,
        target: dict[str, _Found],
        written: str,
        *,
        name: str | None,
        tags: Iterable[str],
        site_url: str | None,
    ) -> None:
        address = self._resolve(written)
        key = canonicalize_url(address) if address is not None else None
        if address is None or key is None:
            self._wrong_count += 1
            if len(self._wrong_urls) < MAX_WRONG_URLS:
                self._wrong_urls.append((normalize_line(written) or name or "")[:_SHOWN_CHARS])
        elif key in target or len(target) < MAX_FEEDS:
            target.setdefault(key, _Found(address)).add(title=name, tags=tags, site_url=site_url)
        else:
            self._left_out_count += 1

    def _resolve(self, written: str) -> str | None:
        return resolve_listed_url(written, self._base_url) if written.strip() else None


def _names_opml(url: str | None) -> bool:
    """Whether a link leads to a list; links to pages are bookmarks (OPML 2.0, "Inclusion")."""
    try:
        return urlsplit(url or "").path.strip().lower().endswith(".opml")
    except ValueError:
        return False


def _categories(written: str) -> Iterator[str]:
    """Yields each name of `/News/Europe,Harbours`: paths and tags alike."""
    names = (name for category in written.split(",") for name in category.split("/"))
    yield from filter(None, map(normalize_line, names))


def _folders(feed: Outline) -> tuple[str, ...]:
    inexpressible = [n for n, tag in enumerate(feed.tags, 1) if "," in tag or "/" in tag]
    return feed.tags[: max([1, *inexpressible])]


def _line(feed: Outline) -> str:
    name = _quote(feed.title or feed.url)
    parts = [f'<outline type="rss" text={name} title={name} xmlUrl={_quote(feed.url)}']
    if feed.site_url:
        parts.append(f"htmlUrl={_quote(feed.site_url)}")
    categories = [tag for tag in feed.tags if "," not in tag and "/" not in tag]
    if categories:
        parts.append(f"category={_quote(','.join(categories))}")
    return " ".join(parts) + "/>"


def _quote(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("", text))


def _escape(text: str) -> str:
    return escape(_FORBIDDEN.sub("", text))
