"""The lake's tables: their columns, in one place, as users see them. Long, but one idea."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from feedlake.transforms.dedup.decide import Decided
from feedlake.transforms.dedup.minhash import SIGNATURE_BYTES
from feedlake.transforms.enrich.enrichment_columns import ENRICHMENT, FAILURES, NOTHING
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.records.documents import (
    Deferral,
    Recognised,
    Rejection,
    SourceReport,
    reject_id,
)
from feedlake.transforms.records.entry_json import deferred_id, entry_json
from feedlake.transforms.removal.removed_keys import REMOVED
from feedlake.transforms.rights.statements import find_reservation
from feedlake.transforms.write.poll_columns import POLL_COLUMNS, poll_row

MINHASH_KEY = b"feedlake.minhash_version"
"""File metadata: version of the signatures in the file."""

URL_RULE_KEY = b"feedlake.url_rule_version"
"""File metadata: version of the rule for addresses that made the identities in the file; see
`urls.URL_RULE_VERSION`."""

SCHEMA_VERSION = 3
"""Raised whenever a column is added or its meaning changes; stored in every row."""

_TIME = pa.timestamp("us", tz="UTC")
_NAMES = pa.list_(pa.string())
_SKIPPED = pa.list_(pa.struct([("reason", pa.string()), ("count", pa.int64())]))


def _column(name: str, kind: pa.DataType, meaning: str, *, nullable: bool = True) -> pa.Field:
    return pa.field(name, kind, nullable=nullable, metadata={"meaning": meaning})


def _required(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    return _column(name, kind, meaning, nullable=False)


_SOURCE = (
    _required("source", pa.string(), "Absolute path or URL of the file or feed it was read from."),
    _column(
        "source_kind",
        pa.string(),
        "`feed`, `sitemap`, `page` (an address that is a single page), `text`, `html`, `jsonl`, `csv` (TSV, too), `warc` or `parquet`; `x_` and a name if a [plugin](plugins.md#readers) read it; null if feedlake didn't recognise the content.",
    ),
    _column(
        "source_record",
        pa.int64(),
        "Where in the source the document is: line number (text, JSON lines, CSV), element number (JSON array, feed), row number (Parquet), each from 1, or byte offset (WARC). Null if the source is one document.",
    ),
)
_PROVENANCE = (
    _required("run_id", pa.string(), "The run that wrote the row: `runs.run_id`."),
    _required("schema_version", pa.int16(), "Version of these columns when the row was written."),
)
_DATES = (
    _column(
        "published_at",
        _TIME,
        "Time of publication, UTC; midnight if only the day is known; null if none was found.",
    ),
    _column(
        "published_text",
        pa.string(),
        "The date of publication in the source's or page's own words, with its zone, also where it could not be read; null if neither states one.",
    ),
    _column(
        "published_offset_min",
        pa.int16(),
        "Minutes by which the zone that the source or page states for `published_at` is ahead of UTC: add them for the day and time that its readers saw. 0 if it is stated in UTC; null if no zone is stated.",
    ),
    _required(
        "fetched_at",
        _TIME,
        "When the document was fetched from its site (WARC: the record's date) or, for a file, when it was read; UTC.",
    ),
    _required(
        "date_source",
        pa.string(),
        "Where `published_at` comes from: `feed`, `page` (the page states it), `seed` (the file or record gives it), `url` (the address) or `guess` (a line of a page that states no date); `fetched` means that no date was found, so `date` is the day of `fetched_at`.",
    ),
)

_RIGHTS = (
    _column(
        "rights",
        pa.list_(
            pa.struct([("kind", pa.string()), ("value", pa.string()), ("origin", pa.string())])
        ),
        "What is said about the rights, each statement in its own words, the nearest to the text first: `kind` is `license` (address or name), `copyright` (notice or holder), `robots` (`noai` or `noimageai`), `tdm_reservation` or `tdm_policy`; `origin`, who says it, is `page`, `page_header` (its HTTP header), `entry`, `feed`, `feed_header` or `record` (of a file). Statements that contradict each other are all there. Empty if nothing is said; null in rows of older feedlakes, which didn't look. [More](inputs.md#rights).",
    ),
    _column(
        "rights_reserved",
        pa.bool_(),
        "Whether one of `rights` reserves the text from mining, so that `--respect-rights` rejects it: `noai`, or a `tdm_reservation` of `1`. Null where `rights` is.",
    ),
)

_NEAR = (
    _required(
        "content_sha256",
        pa.binary(32),
        "SHA-256 of the text without date lines and counters: if it is equal, one version isn't a revision of the other.",
    ),
    _column(
        "minhash",
        pa.binary(SIGNATURE_BYTES),
        "Near-duplicate signature, whose version is in the file's metadata; null if the row holds no text, as another one holds the same.",
    ),
    _required(
        "cluster_id",
        pa.string(),
        "Id of the first known article of the group of near-duplicates; an article's own id if it is the first.",
    ),
    _required(
        "other_clusters",
        _NAMES,
        "Further groups that the document is similar to, and that the lake had kept apart before: the view `clusters` joins them.",
    ),
)

ARTICLES = pa.schema([
    _required("article_id", pa.string(), "Stable id, 32 hex digits: from the SHA-256 of `canonical_url`, or of the text if there is none. A version that is recognised by its guid has the id of its article."),
    _column("url", pa.string(), "The document's address as the source gives it; if it gives none, the one that its page claims, unless that is only in `claimed_url`."),
    _column("canonical_url", pa.string(), "The address in the form that identifies the article: host in lower case, without fragment, default port and tracking parameters, query sorted. Null if there is no address (or only one that is in `claimed_url`), if a feed gives one address to several entries, or if the address is that of another story."),
    _column("claimed_url", pa.string(), "The address that the page claims as its own (canonical link, `og:url`, JSON-LD), if that doesn't identify the document: it disagrees with the address that the page came from, it can't be that of a published page, or another document with another text claims it too. Otherwise null."),
    *_SOURCE,
    _column("guid", pa.string(), "The feed's own identity for the entry (RSS `guid`, Atom and JSON Feed `id`); null if there is none, or if the feed gives one to several links."),
    _column("entry_mark", pa.string(), "What the polled feed or sitemap says about the entry (link, title, text, dates), as 16 hex digits that change with it; null if it didn't come from one."),
    _column("site", pa.string(), "Registered domain of the address, such as `bbc.co.uk`; if `claimed_url` is all there is, of that."),
    _column("site_name", pa.string(), "The publication's name, as the page, feed or record gives it."),
    _column("title", pa.string(), "Title as the source or the page gives it; null if neither does."),
    _required("authors", _NAMES, "Names of the authors; empty if unknown."),
    _column("excerpt", pa.string(), "The page's or feed's own summary."),
    _column("image_url", pa.string(), "Address of the main image."),
    _required("tags", _NAMES, "Categories and tags as declared; empty if none."),
    _DATES[0],
    _column("updated_at", _TIME, "Time of the last change, as the source or page declares it, UTC."),
    *_DATES[1:],
    _required("text", pa.string(), "Clean text, Unicode NFC, paragraphs separated by one blank line."),
    _required("text_source", pa.string(), "`page` (main text of an HTML page), `text` (the source gives plain text), `feed` (full content of a feed entry), `summary` (the feed gives only a summary)."),
    _column("text_note", pa.string(), "Why the text isn't the page's, or not all of it: if feedlake asked for an entry's page but took the feed's text, why; if an archive says that it cut the page (`WARC-Truncated`), `truncated:` and why. Otherwise null."),
    _required("language", pa.string(), "Language identified from title and text, as its primary BCP 47 subtag in lower case; `und` if that is uncertain; the declared language if it wasn't identified (then `language_score` is null)."),
    *ENRICHMENT[:2],
    _required("word_count", pa.int32(), "Words in `text`: runs between white space that contain a letter or digit; each Chinese or Japanese character counts as one. Too low for Thai, Lao, Khmer and Burmese, which don't put spaces between words."),
    _required("char_count", pa.int32(), "Unicode code points in `text`."),
    _required("text_sha256", pa.binary(32), "SHA-256 of the text without regard to case and white space: equal for equal texts."),
    *_NEAR,
    *ENRICHMENT[2:],
    _required("extractor", pa.string(), "Name and version of what produced `text`."),
    *_RIGHTS,
    _required("date", pa.date32(), "Day (UTC) of `published_at`, or of `fetched_at` if `date_source` is `fetched`. In the path, or [in the files](#where-the-files-are) if the path doesn't say it."),
    _column("extra", pa.string(), "JSON object of the fields of a JSON, CSV or Parquet record that feedlake has no column for."),
    *_PROVENANCE,
])  # fmt: skip

REVISIONS = pa.schema([
    *(column for column in ARTICLES if column not in _PROVENANCE),
    _required("revision", pa.int32(), "Number of the version: 1 for the first one after the one in `articles`."),
    _required("similarity", pa.float32(), "Similarity to the version before, 0 to 1 (Jaccard similarity of word pairs)."),
    _column("revision_reason", pa.string(), "Why there is a new version. `source`: the source has another text. `extractor`: a newer feedlake finds another text in the same page ([`feedlake reextract`](archive.md#bringing-texts-up-to-date)). Null in rows of feedlake 0.1."),
    _required("char_delta", pa.int32(), "Code points added since the version before; negative if there are fewer."),
    *_PROVENANCE,
])  # fmt: skip

DUPLICATES = pa.schema([
    _required("article_id", pa.string(), "The id that the document would have had as an article or, if it is recognised by its guid, the id of that article."),
    _required("original_id", pa.string(), "`articles.article_id` of the article that it repeats."),
    _required("matched_id", pa.string(), "Id of the document that it is equal or similar to: the original, or another copy of it."),
    _required("test", pa.string(), "`url`: same canonical URL, no new version; `guid`: same guid in the same feed, no new version; `text`: same text; `near`: similar text."),
    _required("similarity", pa.float32(), "Similarity to the matched document, 0 to 1: 1.0 for the same text, otherwise the Jaccard similarity of word pairs."),
    *(ARTICLES.field(name) for name in ("url", "canonical_url", "claimed_url")),
    *_SOURCE,
    *(ARTICLES.field(name) for name in ("guid", "entry_mark", "site", "title")),
    *_DATES,
    _column("text", pa.string(), "The document's text; null if the original has the same."),
    *(ARTICLES.field(name) for name in ("char_count", "text_sha256")),
    *_NEAR,
    *_RIGHTS,
    *_PROVENANCE,
])  # fmt: skip

REJECTS = pa.schema([
    _required("reject_id", pa.string(), "Stable id, 32 hex digits, from source, record, step and reason: if the same document is rejected again, that adds no row."),
    *_SOURCE,
    _column("url", pa.string(), "The document's address, if known."),
    _column("title", pa.string(), "The document's title, if known."),
    _required("step", pa.string(), "`read`, `fetch`, `extract` or `enrich`."),
    _required("reason", pa.string(), "Why, as a stable word: see the list of reasons."),
    _column("detail", pa.string(), "Why, as a sentence: sizes, positions, the library's message."),
    _required("rejected_at", _TIME, "Start of the run, UTC."),
    *_PROVENANCE,
])  # fmt: skip

SOURCES = pa.schema([
    _required("source", pa.string(), "Absolute path or URL."),
    _column("source_kind", pa.string(), "Kind, decided by the content; null if feedlake didn't recognise it."),
    _required("status", pa.string(), "`read`; `continued`: the rest is in the next chunk; `partial`: read up to a fault; `skipped`: not a kind that holds articles; `failed`: nothing could be read; `unchanged`: an address that had nothing new; `waiting`: an address that feedlake didn't ask, because its host wants to be left alone."),
    _required("size_bytes", pa.int64(), "Size as stored, before decompression."),
    _column("modified_at", _TIME, "Last change of the file, UTC."),
    _column("checksum", pa.string(), "The filesystem's own checksum, if it has no modification times."),
    _column("next_record", pa.int64(), "For `continued`: the `source_record` at which the next chunk continues."),
    _required("documents", pa.int64(), "Documents read, including rejected ones; for a feed, also entries whose pages wait."),
    _required("skipped", _SKIPPED, "Records that aren't documents, by reason: `redirect`, `http_error`, `robots_txt`, `content_type`, `not_html`, `request`, `warcinfo`…"),
    _column("detail", pa.string(), "For `partial`, `skipped` and `failed`: why. For `read`: which fields no record of the file has, and which there are."),
    _required("duration_ms", pa.int64(), "Wall time from opening the source to its end, including the extraction of its documents; for an address, of its last request."),
    *POLL_COLUMNS,
    *_PROVENANCE,
])  # fmt: skip

DEFERRED = pa.schema([
    _required("deferred_id", pa.string(), "Stable id of the entry, 32 hex digits, from source and address: its newest row says whether it still waits."),
    _required("source", pa.string(), "Address of the feed or sitemap."),
    _required("url", pa.string(), "Address of the page."),
    _column("title", pa.string(), "The entry's title."),
    _required("status", pa.string(), "`waiting`, or `done`: it has become a row of `articles`, `revisions`, `duplicates` or `rejects`, or was already in the lake; or `recheck`: it has become one, and its page is asked for again (`--recheck`)."),
    _column("reason", pa.string(), "Why the page couldn't be fetched, as a stable word: see the list of reasons."),
    _column("detail", pa.string(), "Why, as a sentence."),
    _required("attempts", pa.int32(), "How often feedlake has asked for the page, without success; for `recheck`, how often it has asked again."),
    _column("first_tried_at", _TIME, "First attempt, UTC."),
    _required("tried_at", _TIME, "Time of this row, UTC."),
    _column("next_try_at", _TIME, "When a scheduled run will try again, UTC."),
    _column("asked_until", _TIME, "Until then no run tries again, because a host asked for that or is down, UTC."),
    _column("asked_by", pa.string(), "That host: its name, with the port if it isn't the default. feedlake asks it for nothing before `asked_until`."),
    _column("etag", pa.string(), "For `recheck`: the page's ETag, which the next request sends."),
    _column("last_modified", pa.string(), "For `recheck`: the page's Last-Modified, which the next request sends."),
    _column("entry", pa.string(), "JSON object with everything the source says about the entry; null for `done`."),
    *_PROVENANCE,
])  # fmt: skip

KNOWN = pa.schema([
    _required("source", pa.string(), "Address of the feed or sitemap."),
    _column("url", pa.string(), "Where the entry leads to."),
    _column("title", pa.string(), "The entry's title."),
    ARTICLES.field("guid"),
    ARTICLES.field("entry_mark"),
    _required("test", pa.string(), "What feedlake recognised it by. `address` and `guid`: the lake has an article with this address, or this guid in this feed, and nothing that the entry says speaks against it. Then feedlake didn't read it. `text`: feedlake read it, and it was nothing new."),
    *_PROVENANCE,
])  # fmt: skip

CAPTURES = pa.schema([
    _required("url", pa.string(), "Address that feedlake asked for; for `metadata`, the document's, which may be empty."),
    _required("fetched_at", _TIME, "When the response had come, UTC; for `metadata`, `articles.fetched_at` of its article, if it became one."),
    _required("record_type", pa.string(), "`response`: what the site answered; `revisit`: the same, but the record `refers_to` has the body; `metadata`: what became of a document, and what the feed said about it."),
    _column("http_status", pa.int32(), "HTTP status; null for `metadata`."),
    _column("content_type", pa.string(), "`Content-Type` of the response, as the site declares it."),
    _column("payload_sha256", pa.binary(32), "SHA-256 of the body without `Content-Encoding`; null for `metadata`."),
    _column("payload_bytes", pa.int64(), "Length of that body."),
    _required("record_id", pa.string(), "`WARC-Record-ID`, a UUID."),
    _column("refers_to", pa.string(), "For `revisit`, the record that has the body; for `metadata`, the record of the response that the document was made of, if it was."),
    _required("archive_file", pa.string(), "The file that holds the record, by its path in the lake."),
    _required("record_offset", pa.int64(), "Byte at which the record begins there."),
    _required("record_bytes", pa.int64(), "Its length there, compressed."),
    *_PROVENANCE,
])  # fmt: skip

RUNS = pa.schema([
    _required("run_id", pa.string(), "The run's id: start time, a random part, number of the chunk."),
    _column("publication", pa.int64(), "The run's place in the order in which the lake's runs were published, from 1; compactions and the like take places, too. Order runs by it, and not by times: a clock may have been wrong. Null in rows of feedlake 0.1, which came before all others."),
    _required("started_at", _TIME, "Start, UTC."),
    _required("finished_at", _TIME, "When all files were written, just before the chunk was published, UTC."),
    _required("chunk", pa.int32(), "Number of the chunk in its command, from 1; the run ids of the chunks differ only in this number."),
    _required("sources", pa.int64(), "Sources read."),
    _required("unchanged_sources", pa.int64(), "Sources that weren't read, because they haven't changed since an earlier run read them."),
    _required("documents", pa.int64(), "Documents read: the sum of the next five numbers."),
    _required("articles", pa.int64(), "Rows added to `articles`."),
    _required("revisions", pa.int64(), "Rows added to `revisions`."),
    _required("duplicates", pa.int64(), "Rows added to `duplicates`."),
    _required("rejects", pa.int64(), "Rows added to `rejects`."),
    _required("already_in_lake", pa.int64(), "Documents that were already in the lake, from an earlier run: the sum of the next five numbers, where they aren't null."),
    _column("known_by_entry", pa.int64(), "Entries that feedlake didn't read, because they say what they said when it did, or have changed only figures and dates again and again."),
    _column("known_by_address", pa.int64(), "Entries that it didn't read, because the lake has an article with their address and nothing speaks against it. The table `known` names them."),
    _column("known_by_guid", pa.int64(), "Entries that it didn't read, because the lake has an article with their guid and nothing speaks against it. The table `known` names them."),
    _column("known_by_text", pa.int64(), "Documents that it read and that were nothing new. The table `known` names those of polled feeds."),
    _column("known_rejects", pa.int64(), "Documents that it had rejected before."),
    _column("unused_dates", pa.int64(), "Rows added whose source or page states a date of publication that could not be used; `published_text` has the words."),
    _column("rights_stated", pa.int64(), "Rows added to `articles`, `revisions` and `duplicates` of which anything is said about their rights."),
    _column("rights_reserved", pa.int64(), "Of these, rows that are reserved from text and data mining; 0 with `--respect-rights`."),
    _column("deferred", pa.int64(), "Rows added to `deferred` that wait: entries whose pages a later run will fetch. They count in the `documents` of that run, not of this one."),
    _column("out_of_reach", pa.int64(), "Addresses and pages that weren't reached because most of what the run asked failed at once, which is the fault of this machine or its network. No attempt is counted for them; they are in `sources` and `deferred` with the reason `no_network`."),
    _column("enrich_failures", FAILURES, "Enrichers that failed on some articles: `cause` is `error`, `timeout`, `memory` or `crash`; `count` says on how many articles; `example` has one of them, with the reason."),
    _required("options", pa.string(), "The run's options, as a JSON object."),
    _required("versions", pa.string(), "Versions of feedlake, Python and the libraries that shape the rows, as a JSON object."),
    _required("schema_version", pa.int16(), "Version of these columns when the row was written."),
])  # fmt: skip

REMOVALS = pa.schema([
    _required("kind", pa.string(), "What was removed: a row of `articles` (`article`), `revisions` (`revision`) or `duplicates` (`duplicate`); `entry`: the link of a feed's entry that led there; `address`: an address that the command named, whatever is there."),
    _required("article_id", pa.string(), "The id that the row had; of an address, the id of the article there."),
    _required("cause", pa.string(), "The command that removed it: `remove`, or `retain` (by age)."),
    _required("reason", pa.string(), "Why, in the words that the command was given."),
    _required("removed_at", _TIME, "When, UTC."),
    _required("address_ids", _NAMES, "Ids of the addresses that identified it, as `article_id` is made from an address. Empty if it had none of its own."),
    _column("text_sha256", pa.binary(32), "Hash of its text, as `articles.text_sha256`; null if a row that stays has the same text."),
    _column("content_sha256", pa.binary(32), "Hash of its text without date lines and counters, likewise."),
    _column("guid_key", pa.binary(8), "Hash of its feed and guid; null without a guid."),
    _column("title_key", pa.binary(4), "First bytes of a hash of its title, if it has a guid: one guid may stand for many stories."),
    _column("published_at", _TIME, "Time of publication, UTC, if it has a guid, for the same reason."),
    _column("entry_mark", pa.string(), "What the polled feed said of it, as a hash: `articles.entry_mark`."),
    *_PROVENANCE,
])  # fmt: skip

AMENDMENTS = pa.schema([
    _required("article_id", pa.string(), "The article: `articles.article_id`."),
    _required("column_name", pa.string(), "The column of `latest` that says something else."),
    _column("value", pa.string(), "What it says; times as in ISO 8601, UTC. Null if it says nothing, or is a list."),
    _required("value_list", _NAMES, "The same of `authors` and `tags`; otherwise empty."),
    _required("reason", pa.string(), "Why, in the words that the command was given."),
    _required("amended_at", _TIME, "When, UTC."),
    _required("publication", pa.int64(), "Place in the order of publication, as in `runs`. Of several rows about one column of an article, the one with the greatest counts."),
    *_PROVENANCE,
])  # fmt: skip


@dataclass(frozen=True)
class Table:
    """One table of the lake that a pipeline writes.

    Attributes:
        name: Folder and view name.
        schema: All columns, those that a partition moves into the path included.
        to_row: The columns of a record, those about the run apart.
        sort_columns: Order of the rows in a file.
    """

    name: str
    schema: pa.Schema
    to_row: Callable[[Any], dict[str, Any]]
    sort_columns: tuple[str, ...]


def _article_row(decided: Decided) -> dict[str, Any]:
    return {
        **NOTHING,
        "language": decided.article.declared_language,
        **vars(decided.article),
        **vars(decided.verdict),  # Its `article_id` replaces that of the article.
        "minhash": decided.minhash,
        "content_sha256": decided.content_sha256,
        **decided.enrichment,
        "rights": [vars(statement) for statement in decided.article.rights],
        "rights_reserved": find_reservation(decided.article.rights) is not None,
    }


def _duplicate_row(decided: Decided) -> dict[str, Any]:
    text = None if decided.verdict.same_text else decided.article.text
    return {**_article_row(decided), "text": text}


def _reject_row(rejection: Rejection) -> dict[str, Any]:
    told = {"url": None, "title": None} if rejection.reason == REMOVED else {}
    return {**vars(rejection), **told, "reject_id": reject_id(rejection)}


def _source_row(report: SourceReport) -> dict[str, Any]:
    skipped = [{"reason": reason, "count": count} for reason, count in report.skipped]
    return {**vars(report), "skipped": skipped, **poll_row(report.poll)}


def _deferred_row(deferral: Deferral) -> dict[str, Any]:
    entry = deferral.entry
    document = entry.document
    return {
        **vars(deferral),
        "deferred_id": deferred_id(document),
        "source": document.source,
        "url": "" if deferral.reason == REMOVED else normalize_line(document.url) or "",
        "title": None if deferral.reason == REMOVED else normalize_line(document.title),
        "attempts": entry.attempts,
        "first_tried_at": entry.first_tried_at,
        "etag": entry.etag,
        "last_modified": entry.last_modified,
        "entry": None if deferral.status == "done" else entry_json(entry),
    }


def _known_row(recognised: Recognised) -> dict[str, Any]:
    lines = {name: normalize_line(getattr(recognised, name)) for name in ("url", "title", "guid")}
    return {**vars(recognised), **lines}


_BY_TIME = ("published_at", "article_id", "source", "source_record")
_BY_SOURCE = ("source", "source_record", "reason")

TABLES = {
    table.name: table
    for table in (
        Table("articles", ARTICLES, _article_row, _BY_TIME),
        Table("revisions", REVISIONS, _article_row, _BY_TIME),
        Table("duplicates", DUPLICATES, _duplicate_row, _BY_TIME),
        Table("rejects", REJECTS, _reject_row, _BY_SOURCE),
        Table("sources", SOURCES, _source_row, ("source",)),
        Table("deferred", DEFERRED, _deferred_row, ("source", "url")),
        Table("known", KNOWN, _known_row, ("source", "url")),
        Table("captures", CAPTURES, vars, ("url", "fetched_at")),
        Table("runs", RUNS, dict, ("run_id",)),
        Table("amendments", AMENDMENTS, dict, ("article_id", "column_name")),
        Table("removals", REMOVALS, dict, ("article_id", "kind")),
    )
}
"""All tables by name, in the order in which they are documented."""
