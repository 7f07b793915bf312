"""The records that steps hand to each other: source, document, article, duplicate, rejection."""

from __future__ import annotations

import hashlib
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from typing import Literal

from feedlake.transforms.records.file_facts import FileFacts
from feedlake.transforms.records.polls import Poll, SourceOptions
from feedlake.transforms.records.rights_statement import RightsStatement

_FileKind = Literal["text", "html", "jsonl", "csv", "feed", "warc", "arc", "parquet"]
_MoreKinds = Literal["zip", "tar", "markdown", "mail"]
SourceKind = Literal[_FileKind, _MoreKinds, "page", "sitemap", "site", "opml", "robots"]
"""What a source is, decided by its content: the values of the column `source_kind`. The last
three hold no articles: `site` and `opml` lead to feeds, `robots` says what may be fetched."""

TextSource = Literal["text", "page", "feed", "summary"]
"""Where an article's text stood: given as text, in an HTML page, in a feed's full content,
or only in a feed's summary."""

DateSource = Literal["feed", "page", "url", "guess", "seed", "fetched"]
"""What an article's date was taken from; `fetched`: no trustworthy date was found."""

BACKLOG = "in_turn"
"""The reason of entries that wait because their chunk was full, or had taken its time: further
chunks of the run fetch them."""


@dataclass(frozen=True)
class SourceFile:
    """One file to read.

    Attributes:
        path: Absolute path, or URL of a filesystem that Beam knows (`gs://…`).
        size_bytes: Size as listed, before decompression.
        modified_at: Last change, UTC; None where the filesystem does not tell.
        checksum: The filesystem's own checksum, where it does not tell the last change.
        start: `Document.source_record` of the first record to read; 0 for all.
        name: How rows name it; None: by its path.
        lines_of: What each line is, of a piece of a stream; None: the file says what it is.
        lines_before: How many lines of the stream are in earlier pieces.
        goes_on_at: Number of the line with which the next piece begins; None: there is none.
    """

    path: str
    _: KW_ONLY
    size_bytes: int
    modified_at: datetime | None = None
    checksum: str | None = None
    start: int = 0
    name: str | None = None
    lines_of: Literal["jsonl", "text"] | None = None
    lines_before: int = 0
    goes_on_at: int | None = None


@dataclass(frozen=True)
class FeedText:
    """What a feed itself gives of a document whose page was fetched.

    Attributes:
        body: Plain text or HTML fragment.
        is_html: Whether `body` is HTML.
        text_source: `feed` for full content, `summary` for less.
    """

    body: str
    is_html: bool
    text_source: TextSource


@dataclass(frozen=True)
class Document:
    """One thing that may become an article, with what its source says about it.

    Attributes:
        source: Path or URL of the source that held it.
        source_kind: Kind of that source.
        source_record: Where in the source it stands: line number (from 1) in text, CSV and JSON
            lines, element number (from 1) in a JSON array or feed, row number (from 1) in
            Parquet, byte offset in a WARC; None if the source is this one document.
        body: Plain text (str), or an HTML page or fragment (bytes as read, or str).
        is_html: Whether `body` is HTML.
        text_source: What kind of text `body` is.
        charset: Character set that the transport declared (HTTP header), for a body in bytes.
        url: The document's own address, if the source names one.
        has_shared_url: True if several documents of the source carry this URL, so that it
            does not identify any of them.
        is_media_url: True if the URL is that of a sound, a film or another file that the entry of
            a feed brings with it for want of a page, so that no page is to be asked for there.
        title: Title, if the source names one.
        authors: Names, in the source's order.
        published_at: Publication time in UTC, if the source names one.
        published_text: The source's own words for it; None if it gave none.
        updated_at: Time of the last change in UTC, if the source names one.
        date_source: What `published_at` was taken from.
        fetched_at: When the bytes came from their site, UTC; None for a file, whose time of
            reading counts.
        language: Declared language tag, as written.
        site_name: Declared name of the publication.
        tags: Declared tags and categories.
        image_url: Declared main image.
        excerpt: Declared summary, as plain text.
        extra: JSON object of fields that feedlake has no column for.
        guid: The feed's own identity of the entry; None if it gives none, or gives the same one
            to entries with different links.
        has_shared_text: True if the feed gives the same text for other entries, too, so that it is
            no article's.
        feed_text: Of a page that a feed's entry leads to: what the feed gives of it.
        text_note: Why the body is not the page's, though the page was asked for, or not all of it.
        entry_mark: What a polled feed or sitemap says of it as a whole, as 16 hex digits: see
            `entry_fingerprints.mark_of`.
        rights: What its source, and the HTTP header that came with it, say of its rights, the
            nearest to it first.
        read_at: Start of the run that read it, UTC, if an archive repeats that run; else None.
    """

    source: str
    _: KW_ONLY
    source_kind: SourceKind
    body: str | bytes
    is_html: bool
    text_source: TextSource
    source_record: int | None = None
    charset: str | None = None
    url: str | None = None
    has_shared_url: bool = False
    is_media_url: bool = False
    title: str | None = None
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    published_text: str | None = None
    updated_at: datetime | None = None
    date_source: DateSource = "feed"
    fetched_at: datetime | None = None
    language: str | None = None
    site_name: str | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None
    excerpt: str | None = None
    extra: str | None = None
    guid: str | None = None
    has_shared_text: bool = False
    feed_text: FeedText | None = None
    text_note: str | None = None
    entry_mark: str | None = None
    rights: tuple[RightsStatement, ...] = ()
    read_at: datetime | None = None


@dataclass(frozen=True)
class Article:
    """One accepted article: the columns of the table `articles` (see `schema.ARTICLES`).

    Beside them, `is_claimed`: whether `canonical_url` is no more than what the page claims, so that
    another document which claims it too, with another text, shows it to be wrong; and
    `declared_language`.
    """

    article_id: str
    _: KW_ONLY
    url: str | None
    canonical_url: str | None
    claimed_url: str | None
    is_claimed: bool
    source: str
    source_kind: SourceKind
    source_record: int | None
    guid: str | None
    site: str | None
    site_name: str | None
    title: str | None
    authors: tuple[str, ...]
    excerpt: str | None
    image_url: str | None
    tags: tuple[str, ...]
    published_at: datetime | None
    published_text: str | None
    published_offset_min: int | None
    updated_at: datetime | None
    fetched_at: datetime
    date_source: DateSource
    text: str
    text_source: TextSource
    text_note: str | None
    declared_language: str
    word_count: int
    char_count: int
    text_sha256: bytes
    extractor: str
    extra: str | None
    entry_mark: str | None = None
    rights: tuple[RightsStatement, ...] = ()


@dataclass(frozen=True)
class Rejection:
    """One document, or one unreadable part of a source, that could not become an article.

    Attributes:
        source: Path or URL of the source.
        source_kind: Kind of the source; None if it was not recognised.
        source_record: Where in the source, as in `Document`.
        url: The document's address, if known.
        title: The document's title, if known.
        step: `read`, `fetch`, `extract` or `enrich`.
        reason: Stable word that programs may test, such as `too_short`.
        detail: One sentence for people.
    """

    source: str
    _: KW_ONLY
    source_kind: SourceKind | None
    source_record: int | None
    url: str | None
    title: str | None
    step: Literal["read", "fetch", "extract", "enrich"]
    reason: str
    detail: str | None


@dataclass(frozen=True)
class Skip:
    """One record of a source that is no document: a redirect, an image, a request.

    Attributes:
        reason: Stable word, such as `http_error`.
    """

    reason: str


@dataclass(frozen=True)
class SourceReport:
    """What reading one source came to: the columns of the table `sources`.

    Attributes:
        source: Path or URL.
        source_kind: Kind by content; None if it was not recognised.
        status: `read`; `continued` (the run goes on with it in its next chunk); `partial`
            (read up to a fault); `skipped` (no kind that holds articles); `failed` (nothing
            could be read); `unchanged` (an address that answered that nothing is new);
            `waiting` (an address that was not asked, since its host wants to be left alone).
        size_bytes: Size before decompression.
        modified_at: Last change of the file, UTC.
        checksum: The filesystem's own checksum, where it does not tell the last change.
        next_record: For `continued`: where to go on, as in `SourceFile.start`.
        documents: Documents read, those rejected while reading included.
        skipped: Records that are no documents, counted by reason.
        detail: For `partial`, `skipped` and `failed`: why; else which fields no record has.
        duration_ms: Wall time spent on the source, whatever ran downstream of it included; of an
            address, on its request.
        poll: What asking an address came to; None for a file.
    """

    source: str
    _: KW_ONLY
    source_kind: SourceKind | None
    status: Literal["read", "continued", "partial", "skipped", "failed", "unchanged", "waiting"]
    size_bytes: int
    modified_at: datetime | None
    checksum: str | None
    next_record: int | None
    documents: int
    skipped: tuple[tuple[str, int], ...]
    detail: str | None
    duration_ms: int
    poll: Poll | None = None


@dataclass(frozen=True)
class Entry:
    """An entry of a feed or sitemap whose page may be fetched.

    Attributes:
        document: What the source says of it; its body is empty if that is no text.
        options: What the operator decides about its source.
        is_changed: Whether the source says something else of it than at the poll before.
        restless_mark: What the source said of it at the poll before, if it has changed nothing but
            figures and dates lately; None if it has, or did not change.
        attempts: How often its page was asked for, in vain; with `is_recheck`: how often again.
        first_tried_at: When it was first, UTC.
        is_deferred: Whether the lake holds it as one that waits.
        is_recheck: Whether the lake has its article, and its page is asked for again.
        etag: Of that page, as of the last time; `last_modified` likewise.
    """

    document: Document
    _: KW_ONLY
    options: SourceOptions = field(default_factory=SourceOptions)
    is_changed: bool = False
    restless_mark: str | None = None
    attempts: int = 0
    first_tried_at: datetime | None = None
    is_deferred: bool = False
    is_recheck: bool = False
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Deferral:
    """An entry whose page waits for a later run, or waits no more: a row of `deferred`.

    Attributes:
        entry: The entry, its attempts counted.
        status: `waiting`; `done`: it is in another table; `recheck`: and its page is asked again.
        reason: Stable word: why the page could not be had.
        detail: One sentence.
        tried_at: When, UTC.
        next_try_at: Before that, scheduled runs leave it, UTC.
        asked_until: Before that, all runs do, since a host asks for it or is down, UTC.
        asked_by: That host, as `host_of` names it; no run asks it for anything before then.
    """

    entry: Entry
    _: KW_ONLY
    status: Literal["waiting", "done", "recheck"]
    reason: str | None
    detail: str | None
    tried_at: datetime
    next_try_at: datetime | None
    asked_until: datetime | None = None
    asked_by: str | None = None


@dataclass(frozen=True)
class Recognised:
    """An entry that adds no row, since the lake has its article: a row of `known`.

    Attributes:
        source: Address of the feed or sitemap.
        url: Where it leads to.
        title: Its title.
        guid: See `Document`.
        entry_mark: See `Document`.
        test: By what it was recognised: `address` or `guid`, without being read, or `text`.
    """

    source: str
    _: KW_ONLY
    url: str | None
    title: str | None
    guid: str | None
    entry_mark: str | None
    test: Literal["address", "guid", "text"]


@dataclass(frozen=True)
class StagedFile:
    """A file that was written and waits to be published.

    Attributes:
        path: Its path below the lake, and below the staging folder.
        table: The table it belongs to.
        rows: Number of rows.
        size_bytes: Its length.
        sha256: Hex digest of its bytes.
        facts: What is known of its rows; None if an older feedlake wrote it.
    """

    path: str
    _: KW_ONLY
    table: str
    rows: int
    size_bytes: int
    sha256: str
    facts: FileFacts | None = None


@dataclass(frozen=True)
class EnrichFailure:
    """An enricher that gave nothing for some articles.

    Attributes:
        enricher: Its name.
        cause: `error` (it raised), `timeout`, `memory` or `crash`.
        count: Articles.
        example: Id of one of them, and the exception or the limit passed.
    """

    enricher: str
    _: KW_ONLY
    cause: str
    count: int
    example: str


def reject_id(rejection: Rejection) -> str:
    """Returns the identity of a rejection: the same one for the same document rejected again."""
    record = rejection.source_record
    # Entries of a polled feed have no number, since it changes: their address tells them apart.
    place = f"{rejection.url} {rejection.title}" if record is None else str(record)
    parts = (rejection.source, place, rejection.step, rejection.reason)
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]
