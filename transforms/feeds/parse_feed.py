"""Reads a feed (RSS, RDF, Atom or JSON Feed): what it says of itself, and its entries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass

from feedlake.transforms.feeds.entry_document import (
    EntryContext,
    link_in,
    mark_shared,
    read_entry,
    without_text,
)
from feedlake.transforms.feeds.entry_texts import read_all_texts, rights_in, titled
from feedlake.transforms.feeds.feed_hints import NO_HINTS, FeedHints, read_hints
from feedlake.transforms.feeds.json_feed import read_json_feed
from feedlake.transforms.feeds.parsed_feed import (
    BadFeed,
    Fields,
    ParsedFeed,
    dicts_in,
    fields_in,
    newest_entries,
    string_in,
)
from feedlake.transforms.feeds.xml_feed import read_xml_feed
from feedlake.transforms.normalize.charset import decode_markup
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.records.documents import Document, Rejection
from feedlake.transforms.records.rights_statement import RightsStatement
from feedlake.transforms.rights.statements import join_statements

MAX_ENTRIES = 2_000
"""Most entries to take from one poll of a feed; some hold 50,000, every story since the first.
A feed that is asked again after an hour would need more than 40,000 new ones a day to lose any."""

# How XML begins in the encodings that nothing else tells (XML 1.0, appendix F).
_BEGINNINGS = {
    b"<\x00\x00\x00": "utf-32-le",
    b"\x00\x00\x00<": "utf-32-be",
    b"\x4c\x6f\xa7\x94": "cp037",
}
_EBCDIC = "cp037"
_DECLARED = re.compile(r"<\?xml\s[^<>]*?\bencoding\s*=\s*[\"']([\w.:-]{1,40})")


@dataclass(frozen=True)
class Feed:
    """A feed as read.

    Attributes:
        title: Its title, as one line of plain text.
        site_url: Absolute address of the site that it belongs to.
        self_url: Absolute address that it gives as its own.
        language: Language tag that it declares, as written.
        hints: When it wants to be asked for again.
        entries: A document for each entry, or the reason why there is none, in the feed's order;
            numbered by their places in the whole feed.
        left_out: Number of entries beyond those asked for, which are not among `entries`.
        fault: Why nothing could be read, if so; then all else is empty.
    """

    title: str | None = None
    _: KW_ONLY
    site_url: str | None = None
    self_url: str | None = None
    language: str | None = None
    hints: FeedHints = NO_HINTS
    entries: tuple[Document | Rejection, ...] = ()
    left_out: int = 0
    fault: Rejection | None = None

    @property
    def is_feed(self) -> bool:
        """Whether the body is a feed at all; one cut off in the middle is."""
        return self.fault is None


def read_feed(
    body: bytes,
    *,
    source: str,
    base_url: str | None = None,
    charset: str | None = None,
    max_entries: int | None = None,
    rights: tuple[RightsStatement, ...] = (),
) -> Feed:
    """Returns what the feed says of itself, and a document for each of its entries.

    An entry that has a link but no text is a document whose body is empty: its page may have
    one. A feed cut off in the middle gives its whole entries, then one rejection with the reason
    `corrupt_feed`, which also stands for the entry that was cut.

    Args:
        body: The feed as read.
        source: Path or URL that the records shall name.
        base_url: Address of the feed, for links relative to it.
        charset: Character set that the transport declared (HTTP header).
        max_entries: How many entries to keep, the newest of them; None for all.
        rights: What the transport says of its rights (HTTP header).
    """
    text = _decode(body, charset=charset).lstrip("\ufeff\x00 \t\r\n")
    if not text:
        return Feed(fault=_unreadable(source, "not_a_feed", "The body is empty."))
    try:
        feed = read_json_feed(text) if text.startswith("{") else read_xml_feed(text)
    except BadFeed as error:
        return Feed(fault=_unreadable(source, error.reason, error.detail))
    site_url = link_in(_site_link(feed), base=base_url or "")
    self_url = _link(feed, "self", base=base_url or site_url or "")
    base = _base_of(feed, base_url=base_url, self_url=self_url, site_url=site_url)
    context = EntryContext(
        source=source,
        base=base,
        feed=feed,
        site_name=titled(feed.fields),
        language=normalize_line(string_in(feed.fields, "language")),
        rights=join_statements(rights_in(feed.fields, origin="feed", base=base), rights),
    )
    kept = newest_entries(
        feed.entries, max_entries=len(feed.entries) if max_entries is None else max_entries
    )
    return Feed(
        title=context.site_name,
        site_url=site_url,
        self_url=self_url,
        language=context.language,
        hints=read_hints(feed.fields, hub=_link(feed, "hub", base=context.base)),
        entries=tuple(_read_entries(kept, context=context)),
        left_out=len(feed.entries) - len(kept),
    )


def parse_feed(
    body: bytes, *, source: str, base_url: str | None = None, charset: str | None = None
) -> list[Document | Rejection]:
    """Returns a document for each entry that has a text, or the reason why there is none.

    For feeds whose pages are not asked for; else as `read_feed`. A body that is no feed is one
    rejection, a feed without entries gives nothing.

    Args:
        body: The feed as read.
        source: Path or URL that the records shall name.
        base_url: Address of the feed, for links relative to it.
        charset: Character set that the transport declared (HTTP header).
    """
    feed = read_feed(body, source=source, base_url=base_url, charset=charset)
    if feed.fault is not None:
        return [feed.fault]
    return [
        without_text(source, number=entry.source_record, url=entry.url, title=entry.title)
        if isinstance(entry, Document) and not entry.body
        else entry
        for entry in feed.entries
    ]


def _decode(body: bytes, *, charset: str | None) -> str:
    if (encoding := _BEGINNINGS.get(body[:4])) is not None:
        text = body.decode(encoding, errors="replace")
        declared = _DECLARED.match(text) if encoding == _EBCDIC else None
        if declared is None:
            return text
        with suppress(LookupError, UnicodeError):  # Of the same family, it can be read so far.
            again = body.decode(declared[1], errors="replace")
            return again if again.startswith("<?xml") else text
        return text
    return decode_markup(body, declared=charset)


def _read_entries(positions: Sequence[int], *, context: EntryContext) -> list[Document | Rejection]:
    feed = context.feed
    entries = [feed.entries[position] for position in positions]
    texts = read_all_texts(entries, is_rss=feed.is_rss)
    records = mark_shared(
        [
            read_entry(entry, text, number=position + 1, context=context)
            for position, entry, text in zip(positions, entries, texts, strict=True)
        ],
        entries=entries,
    )
    if not feed.is_truncated:
        return records
    if positions and feed.is_last_entry_cut and positions[-1] == len(feed.entries) - 1:
        return [*records[:-1], _cut_entry(records[-1])]
    detail = "The feed ends before its root does."
    return [*records, _unreadable(context.source, "corrupt_feed", detail)]


def _base_of(
    feed: ParsedFeed, *, base_url: str | None, self_url: str | None, site_url: str | None
) -> str:
    """Returns the address that relative links go by where no `xml:base` says more.

    Atom follows XML Base (RFC 4287, section 2): it is where the feed came from. RSS and JSON Feed
    demand absolute links; in the relative ones that they hold nevertheless, the address of the
    site is left out, which the channel's link names.
    """
    is_atom = feed.version.startswith("atom")
    order = (base_url, self_url, site_url) if is_atom else (site_url, base_url, self_url)
    return next(filter(None, order), "")


def _site_link(feed: ParsedFeed) -> Fields:
    link = fields_in(feed.fields, "link")
    return link or {"href": string_in(feed.fields, "link")}


def _link(feed: ParsedFeed, rel: str, *, base: str) -> str | None:
    links = (link for link in dicts_in(feed.fields, "links") if string_in(link, "rel") == rel)
    return next(filter(None, (link_in(link, base=base) for link in links)), None)


def _unreadable(source: str, reason: str, detail: str) -> Rejection:
    return Rejection(
        source,
        source_kind="feed",
        source_record=None,
        url=None,
        title=None,
        step="read",
        reason=reason,
        detail=detail,
    )


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
