"""All that a lake knows of one address, id or file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import duckdb

from feedlake.pipeline.explain.passages import differing_passages
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.query.query import answer, check_readable
from feedlake.pipeline.query.views import connect
from feedlake.transforms.crawl.robots import read_robots, robots_place
from feedlake.transforms.dedup.lookup import article_id_of
from feedlake.transforms.normalize.storage import IN_ARCHIVE
from feedlake.transforms.normalize.urls import canonicalize_url, registered_domain

Row = dict[str, Any]
"""A row of the lake by its columns; times in UTC."""

MAX_ROWS = 20
"""Rows of a table that are told; the newest. What has more is a source of many documents, or an
address that is polled for years."""

_ID = re.compile(r"[0-9a-f]{32}")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_HOST_AND_PATH = re.compile(r"(?:[\w-]+\.)+[^\W\d_]{2,}(?::\d+)?/\S*")

_VERSION = (
    "article_id, url, canonical_url, claimed_url, source, source_kind, source_record, guid, "
    "site, title, published_at, published_text, date_source, fetched_at, text, text_source, "
    "text_note, language, language_score, char_count, cluster_id, enrichers, extractor, rights, "
    "rights_reserved, run_id"
)
_COPY = (
    "article_id, original_id, matched_id, test, similarity, url, canonical_url, claimed_url, "
    "source, source_kind, source_record, guid, title, published_at, date_source, fetched_at, "
    "text, rights, rights_reserved, run_id"
)
_POLL = (
    "source, source_kind, status, detail, address, polled_at, succeeded_at, http_status, error, "
    "redirect, moved_to, entries, new_entries, missed_entries, left_out, failures, next_due, "
    "is_stopped, documents, title, run_id, run_date"
)


@dataclass(frozen=True)
class Explanation:
    """What a lake knows of one address, id or file.

    Attributes:
        asked: What was asked for.
        canonical_url: Its address in the form that identifies an article; None if it has none.
        changes: How that form differs from what was asked, as parts of a sentence.
        articles: Rows of `articles`.
        revisions: Rows of `revisions`, the first first; `passages` is what has changed since the
            version before.
        duplicates: Rows of `duplicates`; `original` is the row of the article that each repeats,
            `passages` where it differs from the document that it was found similar to.
        rejects: Rows of `rejects`.
        waiting: The newest row of `deferred` of each entry that leads there.
        known: Rows of `known`: entries of feeds that were recognised.
        removals: Rows of `removals` about it: what was at the address, or had the id, was removed.
        amendments: Rows of `amendments` about its articles, the last first.
        polls: Rows of `sources` with this address or path, or of files in this folder, the newest
            first.
        robots: What the site's robots.txt said when it was fetched last: `source`, `polled_at`,
            `is_allowed`; None if it was never fetched.
        site_polls: If nothing else is known: the newest poll of each address of its site.
        runs: The runs that wrote one of these rows: `run_id` and `started_at`, the first first.
    """

    asked: str
    canonical_url: str | None = None
    changes: list[str] = field(default_factory=list)
    articles: list[Row] = field(default_factory=list)
    revisions: list[Row] = field(default_factory=list)
    duplicates: list[Row] = field(default_factory=list)
    rejects: list[Row] = field(default_factory=list)
    waiting: list[Row] = field(default_factory=list)
    known: list[Row] = field(default_factory=list)
    removals: list[Row] = field(default_factory=list)
    amendments: list[Row] = field(default_factory=list)
    polls: list[Row] = field(default_factory=list)
    robots: Row | None = None
    site_polls: list[Row] = field(default_factory=list)
    runs: list[Row] = field(default_factory=list)

    @property
    def is_found(self) -> bool:
        """Whether the lake knows anything of it."""
        tables = (self.articles, self.revisions, self.duplicates, self.rejects, self.waiting)
        return any((*tables, self.known, self.removals, self.polls))


def explain(asked: str, *, lake: str) -> Explanation:
    """Returns what a lake knows of an address, an id or a file, all of one instant.

    Args:
        asked: An address, with or without its scheme; the id of an article, of a reject or of an
            entry that waits; or the path of a file that was read.
        lake: Path of the lake.

    Raises:
        UsageError: What is asked for is empty, or the path is no lake.
        LakeError: The lake is damaged.
    """
    if not asked.strip():
        raise UsageError("an empty text: must be an address, an id or a file")
    check_readable(lake)
    return answer(Lake(lake), lambda snapshot: _explain_first(asked.strip(), snapshot))


def _explain_first(asked: str, snapshot: Snapshot) -> Explanation:
    """Returns what the lake knows of the address by https or, without a scheme, else by http."""
    subject = _Subject(asked)
    found = _explain(subject, snapshot)
    if found.is_found or subject.address is None or subject.address == asked:
        return found
    by_http = _explain(_Subject(f"http://{asked}"), snapshot)
    return replace(by_http, asked=asked) if by_http.is_found else found


class _Subject:
    """What is asked for, in the forms that rows may have it in."""

    def __init__(self, asked: str) -> None:
        self.asked = asked
        self.id = asked.lower() if _ID.fullmatch(asked.lower()) else None
        address = asked if _SCHEME.match(asked) else None
        if self.id is None and address is None and not os.path.lexists(asked):
            address = f"https://{asked}" if _HOST_AND_PATH.fullmatch(asked) else None
        self.address = address
        self.canonical_url = canonicalize_url(address) if address else None
        self.is_stream = asked in ("-", "stdin")
        self.path = None if self.id or address else os.path.abspath(asked)

    @property
    def ids(self) -> list[str]:
        """Ids of articles."""
        made = article_id_of(self.canonical_url.encode()) if self.canonical_url else None
        return [name for name in (self.id, made) if name]

    @property
    def spellings(self) -> list[str]:
        """Forms of the address, or the path."""
        stream = "stdin" if self.is_stream else None
        forms = (self.address, self.canonical_url, self.path, stream)
        return list(dict.fromkeys(form for form in forms if form))

    def below(self) -> tuple[str, list[Any]] | None:
        """A condition of SQL: the source is in the folder; None if it is no folder."""
        if self.path is None or not os.path.isdir(self.path):
            return None
        return "starts_with(source, ?)", [os.path.join(self.path, "")]

    def is_asked_for(self, url: str) -> bool:
        """Whether an address is another form of this one."""
        return canonicalize_url(url) == self.canonical_url

    def where(self, *columns: str, ids: Iterable[str] = ()) -> tuple[str, list[Any]]:
        """A condition of SQL: one of the columns has the address or path, or one of `ids` an id."""
        tests = [f"{column} IN (SELECT unnest(?))" for column in columns]
        values: list[Any] = [self.spellings for _ in columns]
        if self.canonical_url is not None and "url" in columns:
            # Rows without a canonical address have it in some form.
            form = "contains(lower(url), ?) AND is_asked_for(url)"
            lacking = "canonical_url IS NULL AND " if "canonical_url" in columns else ""
            tests.append(f"({lacking}{form})")
            values.append(urlsplit(self.canonical_url).netloc)
        tests += [f"{column} IN (SELECT unnest(?))" for column in ids]
        values += [self.ids for _ in ids]
        if self.path is not None and "source" in columns:
            tests.append("starts_with(source, ?)")
            values.append(self.path + IN_ARCHIVE)
        return f"({' OR '.join(tests)})", values


def _explain(subject: _Subject, snapshot: Snapshot) -> Explanation:
    with connect(snapshot.lake, snapshot) as connection:
        ask = _Asker(connection)
        connection.create_function("is_asked_for", subject.is_asked_for, [str], bool)
        places = ("url", "canonical_url", "claimed_url", "source")
        articles = ask(
            f"SELECT {_VERSION} FROM articles",
            *subject.where(*places, ids=["article_id"]),
            order="fetched_at DESC",
        )
        ids = list(dict.fromkeys([*subject.ids, *(row["article_id"] for row in articles)]))
        seen, values = subject.where(*places)
        revisions = ask(
            f"SELECT {_VERSION}, revision, similarity, char_delta FROM revisions",
            f"({seen} OR article_id IN (SELECT unnest(?)))",
            [*values, ids],
            order="article_id, revision",
        )
        duplicates = ask(
            f"SELECT {_COPY} FROM duplicates",
            *subject.where(*places, ids=["article_id"]),
            order="fetched_at DESC",
        )
        _add_changes(ask, articles, revisions)
        _add_originals(ask, duplicates)
        found = Explanation(
            subject.asked,
            subject.canonical_url,
            _changes(subject),
            articles,
            revisions,
            duplicates,
            ask(
                "SELECT source, source_kind, source_record, url, title, step, reason, detail, "
                "rejected_at, run_id FROM rejects",
                *subject.where("url", "source", ids=["reject_id"]),
                order="rejected_at DESC",
            ),
            ask(
                "SELECT * EXCLUDE (deferred_id) FROM (SELECT deferred_id, source, url, title, "
                "status, reason, detail, attempts, first_tried_at, tried_at, next_try_at, "
                "asked_until, asked_by, run_id FROM deferred QUALIFY row_number() OVER "
                "(PARTITION BY deferred_id ORDER BY tried_at DESC, status) = 1)",
                *subject.where("url", ids=["deferred_id"]),
                order="tried_at DESC",
            ),
            ask(
                "SELECT source, url, title, guid, test, run_id FROM known",
                *subject.where("url"),
                order="run_id DESC",
            ),
            ask(
                "SELECT kind, article_id, cause, reason, removed_at, run_id FROM removals",
                "(article_id IN (SELECT unnest(?)) OR list_has_any(address_ids, ?))",
                [subject.ids, subject.ids],
                order="removed_at DESC, kind",
            ),
            ask(
                "SELECT article_id, column_name, value, value_list, reason, amended_at, run_id "
                "FROM amendments",
                "article_id IN (SELECT unnest(?))",
                [ids],
                order="publication DESC, column_name",
            ),
            ask(
                f"SELECT {_POLL} FROM sources",
                *(subject.below() or subject.where("source", "address")),
                order="polled_at DESC, run_id DESC, source",
            ),
            _robots(ask, subject),
        )
        if not found.is_found:
            found.site_polls.extend(_site_polls(ask, subject))
        found.runs.extend(_runs(ask, found))
        return found


class _Asker:
    """Asks a connection for rows."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def __call__(self, select: str, where: str, values: list[Any], *, order: str) -> list[Row]:
        sql = f"{select} WHERE {where} ORDER BY {order} LIMIT {MAX_ROWS}"
        answered = self._connection.execute(sql, values)
        names = [column[0] for column in answered.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answered.fetchall()]

    def texts(self, ids: Iterable[str]) -> dict[str, str]:
        """The first known text of documents, by their ids."""
        held: dict[str, str] = {}
        wanted = list(ids)
        for table in ("duplicates", "articles"):
            for row in self(
                f"SELECT article_id, text FROM {table}",
                "article_id IN (SELECT unnest(?)) AND text IS NOT NULL",
                [wanted],
                order="article_id",
            ):
                held[row["article_id"]] = row["text"]
        return held


def _add_changes(ask: _Asker, articles: list[Row], revisions: list[Row]) -> None:
    """Adds to each revision what has changed since the version before."""
    missing = {row["article_id"] for row in revisions} - {row["article_id"] for row in articles}
    before = ask.texts(missing) if missing else {}
    before.update({row["article_id"]: row["text"] for row in articles})
    for row in revisions:
        name = row["article_id"]
        row["passages"] = differing_passages(before.get(name, ""), row["text"])
        before[name] = row["text"]


def _add_originals(ask: _Asker, duplicates: list[Row]) -> None:
    """Adds to each duplicate the article that it repeats, and where it differs."""
    if not duplicates:
        return
    originals = {
        row["article_id"]: row
        for row in ask(
            f"SELECT {_VERSION} FROM articles",
            "article_id IN (SELECT unnest(?))",
            [[row["original_id"] for row in duplicates]],
            order="article_id",
        )
    }
    texts = ask.texts({row["matched_id"] for row in duplicates})
    for row in duplicates:
        original = originals.get(row["original_id"])
        row["original"] = None if original is None else {**original, "text": None}
        matched: Any = texts.get(row["matched_id"]) or (original["text"] if original else None)
        row["passages"] = (
            []
            if row["text"] is None or matched is None
            else differing_passages(matched, row["text"])
        )


def _robots(ask: _Asker, subject: _Subject) -> Row | None:
    place = robots_place(subject.canonical_url) if subject.canonical_url else None
    if place is None:
        return None
    rows = ask(
        "SELECT source, polled_at, robots_txt FROM sources",
        "source = ? AND robots_txt IS NOT NULL",
        [place],
        order="polled_at DESC",
    )
    if not rows:
        return None
    rules = read_robots(rows[0].pop("robots_txt").encode())
    return {**rows[0], "is_allowed": rules.is_allowed(subject.canonical_url or "")}


def _site_polls(ask: _Asker, subject: _Subject) -> list[Row]:
    """The newest poll of each address on the site of one of which nothing is known."""
    site = registered_domain(subject.canonical_url) if subject.canonical_url else None
    if site is None:
        return []
    rows = ask(
        f"SELECT * FROM (SELECT {_POLL} FROM sources WHERE contains(source, ?) "
        "AND polled_at IS NOT NULL AND robots_txt IS NULL QUALIFY row_number() OVER "
        "(PARTITION BY source ORDER BY polled_at DESC, run_id DESC) = 1)",
        "true",
        [site],
        order="source",
    )
    return [row for row in rows if registered_domain(row["source"]) == site]


def _runs(ask: _Asker, found: Explanation) -> list[Row]:
    tables = (found.articles, found.revisions, found.duplicates, found.rejects, found.waiting)
    ids = {row["run_id"] for table in (*tables, found.known, found.polls) for row in table}
    return ask(
        "SELECT run_id, started_at FROM runs",
        "run_id IN (SELECT unnest(?))",
        [sorted(ids)],
        order="started_at",
    )


def _changes(subject: _Subject) -> list[str]:
    """How the canonical address differs from the one that was asked for."""
    if not subject.canonical_url or not subject.address:
        return []
    if subject.address == subject.canonical_url:
        return []
    try:
        before, after = urlsplit(subject.address), urlsplit(subject.canonical_url)
    except ValueError:
        return ["it is written in one form"]
    names = [name for name, _ in parse_qsl(before.query, keep_blank_values=True)]
    kept = [name for name, _ in parse_qsl(after.query, keep_blank_values=True)]
    lost = [name for name in dict.fromkeys(names) if name not in kept]
    told = [f"without {', '.join(lost)} (how a reader came there)"] if lost else []
    if before.fragment:
        told.append("without the fragment")
    if [name for name in names if name in kept] != kept:
        told.append("its parameters sorted")
    if before.netloc != after.netloc:
        told.append("its host in one form")
    return told or ["it is written in one form"]
