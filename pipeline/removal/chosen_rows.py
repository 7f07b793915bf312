"""Which articles and copies a removal takes, and what is kept of each to know it again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.query.views import connect
from feedlake.transforms.dedup.lookup import article_id_of
from feedlake.transforms.normalize.microseconds import from_microseconds
from feedlake.transforms.normalize.urls import canonicalize_url, registered_domain
from feedlake.transforms.removal.tombstone import Kind, Tombstone, address_ids, tombstone_of

Mask = npt.NDArray[np.bool_]

KINDS: dict[str, Kind] = {
    "articles": "article",
    "revisions": "revision",
    "duplicates": "duplicate",
}
"""The tables of documents, and what tombstones call their rows."""

_ID = re.compile(r"[0-9a-f]{32}")
_FETCHED_ROWS = 10_000
_TOMBSTONE_COLUMNS = (
    *("article_id", "url", "canonical_url", "source", "guid", "title", "entry_mark"),
    *("text_sha256", "content_sha256"),
)


@dataclass(frozen=True)
class Selection:
    """What the operator wants to be removed: exactly one of these.

    Attributes:
        url: What is at an address.
        id: What has an id.
        where: What a condition in SQL holds for.
        before: Articles whose versions are all of earlier days than this; `where` may narrow it.
    """

    _: KW_ONLY
    url: str | None = None
    id: str | None = None
    where: str | None = None
    before: date | None = None

    def stated_id(self) -> str | None:
        """Returns the id that the operator has named, or that of the address."""
        if self.url is not None:
            canonical_url = canonicalize_url(self.url)
            if canonical_url is None:
                raise UsageError(f"--url {self.url}: must be an http(s) address")
            return article_id_of(canonical_url.encode())
        if self.id is not None and not _ID.fullmatch(self.id):
            raise UsageError(f"--id {self.id}: must be 32 hex digits, as article_id has them")
        return self.id


@dataclass(frozen=True, eq=False)
class Chosen:
    """The documents that are removed.

    Attributes:
        ids: What was asked for, by `article_id`.
        originals: Those of them that are articles: their versions and their copies go with them.
        tombstones: One for each row.
        kept: Keys that rows which stay have as well, and that no tombstone has therefore.
        examples: Table, id, address and title of the first rows.
    """

    ids: frozenset[str]
    originals: frozenset[str]
    tombstones: tuple[Tombstone, ...]
    kept: int
    examples: tuple[dict[str, Any], ...]

    def mask(self, table: str, data: pa.Table) -> Mask:
        """Returns which rows of a file go.

        Args:
            table: One of `KINDS`, or `amendments`.
            data: The file's `article_id` and, of copies, `original_id`.
        """
        if table == "amendments":
            return _are_in(data.column("article_id"), self.originals)
        found = _are_in(data.column("article_id"), self.ids)
        if table == "duplicates":
            found |= _are_in(data.column("original_id"), self.originals)
        return found


def choose(
    snapshot: Snapshot,
    selection: Selection,
    *,
    cause: Literal["remove", "retain"],
    reason: str,
    now: datetime,
    examples: int,
) -> Chosen:
    """Returns what a selection takes of a lake.

    An article goes with all its versions and all its copies, whichever of them was asked for by its
    own id. A copy that is asked for goes alone.

    Args:
        snapshot: The lake.
        selection: What is wanted.
        cause: The command.
        reason: Why, in the operator's words.
        now: The time, UTC.
        examples: How many rows to name.

    Raises:
        UsageError: The selection makes no sense.
        LakeError: A file is damaged.
    """
    with connect(snapshot.lake, snapshot) as connection:
        connection.execute("CREATE TEMP TABLE chosen (article_id VARCHAR)")
        try:
            for sql, values in _questions(connection, selection):
                connection.execute(f"INSERT INTO chosen {sql}", values)
        except duckdb.Error as error:
            if selection.where is None:
                raise
            raise _complaint(error) from error
        connection.execute(_GONE_AND_KEPT)
        kept_texts, kept_ids = _kept(connection)
        tombstones = []
        left_out = 0
        for row in _rows(connection):
            whole = tombstone_of(
                row, kind=KINDS[row["table"]], cause=cause, reason=reason, removed_at=now
            )
            own = tuple(name for name in whole.address_ids if name not in kept_ids)
            texts = {whole.text_sha256, whole.content_sha256} & kept_texts
            left_out += len(whole.address_ids) - len(own) + len(texts)
            tombstones.append(
                replace(
                    whole,
                    address_ids=own,
                    text_sha256=None if whole.text_sha256 in texts else whole.text_sha256,
                    content_sha256=None if texts else whole.content_sha256,
                )
            )
        ids = _column(connection, "SELECT DISTINCT article_id FROM chosen")
        return Chosen(
            frozenset(ids),
            frozenset(_column(connection, "SELECT article_id FROM originals")),
            tuple(tombstones),
            left_out,
            tuple(_examples(connection, examples)),
        )


def _questions(
    connection: duckdb.DuckDBPyConnection, selection: Selection
) -> Iterator[tuple[str, list[Any]]]:
    """SQL that gives the ids asked for."""
    if selection.before is not None:
        where = "true" if selection.where is None else f"(\n{selection.where}\n)"
        # Who goes by its newest day: what is still brought up to date is not old.
        days = f"""
            SELECT article_id FROM (
                SELECT article_id, date FROM articles WHERE article_id IN (
                    SELECT article_id FROM articles WHERE {where}
                )
                UNION ALL SELECT article_id, date FROM revisions
            ) GROUP BY article_id HAVING max(date) < ?
                AND article_id IN (SELECT article_id FROM articles WHERE {where})
        """
        _check_one(days)
        yield days, [selection.before]
    elif selection.where is not None:
        for sql in _conditions(connection, selection.where):
            yield sql, []
    elif selection.id is not None:
        yield "SELECT ?", [selection.stated_id()]
    elif selection.url is not None:
        for name in dict.fromkeys(_ids_at(connection, selection.url)):
            yield "SELECT ?", [name]


def _conditions(connection: duckdb.DuckDBPyConnection, where: str) -> Iterator[str]:
    """The questions that a condition makes, of each table that has the columns it names."""
    first: duckdb.Error | None = None
    asked = 0
    for table in KINDS:
        sql = f"SELECT article_id FROM {table} WHERE (\n{where}\n)"
        try:
            _check_one(sql)
            connection.execute(f"EXPLAIN {sql}")
        except duckdb.Error as error:
            first = first or error
            continue
        asked += 1
        yield sql
    if first and not asked:
        raise _complaint(first)


def _check_one(sql: str) -> None:
    if len(duckdb.extract_statements(sql)) != 1:
        raise UsageError("--where: must be one condition")


def _complaint(error: duckdb.Error) -> UsageError:
    return UsageError(f"--where: {str(error).splitlines()[0]}")


def _ids_at(connection: duckdb.DuckDBPyConnection, url: str) -> Iterator[str]:
    """The ids of all documents at an address, in whatever form they have it."""
    canonical_url = canonicalize_url(url)
    if canonical_url is None:
        raise UsageError(f"--url {url}: must be an http(s) address")
    wanted = article_id_of(canonical_url.encode())
    yield wanted
    site = registered_domain(canonical_url)
    host = canonical_url.split("/")[2]
    for table in KINDS:
        found = connection.execute(
            f"SELECT DISTINCT article_id, url, canonical_url FROM {table} "
            "WHERE canonical_url = ? OR site = ? OR contains(lower(url), ?)",
            [canonical_url, site, host],
        )
        while rows := found.fetchmany(_FETCHED_ROWS):
            for name, own, canonical in rows:
                if canonical == canonical_url or wanted in address_ids(own):
                    yield name


_GONE_AND_KEPT = f"""
    CREATE TEMP TABLE originals AS
        SELECT DISTINCT article_id FROM articles
        WHERE article_id IN (SELECT article_id FROM chosen);
    CREATE TEMP TABLE ids AS SELECT DISTINCT article_id FROM chosen;
    CREATE TEMP VIEW documents AS
        SELECT 'articles' AS "table", article_id, article_id AS original_id,
            {", ".join(_TOMBSTONE_COLUMNS[1:])}, epoch_us(published_at) AS published FROM articles
        UNION ALL
        SELECT 'revisions', article_id, article_id,
            {", ".join(_TOMBSTONE_COLUMNS[1:])}, epoch_us(published_at) FROM revisions
        UNION ALL
        SELECT 'duplicates', article_id, original_id,
            {", ".join(_TOMBSTONE_COLUMNS[1:])}, epoch_us(published_at) FROM duplicates;
    CREATE TEMP TABLE gone AS
        SELECT * FROM documents WHERE article_id IN (SELECT article_id FROM ids)
            OR original_id IN (SELECT article_id FROM originals);
    CREATE TEMP TABLE gone_addresses AS
        SELECT url FROM gone UNION SELECT canonical_url FROM gone;
    CREATE TEMP VIEW staying AS
        SELECT * FROM documents WHERE article_id NOT IN (SELECT article_id FROM ids)
            AND original_id NOT IN (SELECT article_id FROM originals);
"""


def _kept(connection: duckdb.DuckDBPyConnection) -> tuple[frozenset[bytes], frozenset[str]]:
    """Texts and ids of addresses that rows which stay have in common with those that go."""
    texts: set[bytes] = set()
    for column in ("text_sha256", "content_sha256"):
        sql = f"SELECT DISTINCT {column} FROM staying WHERE {column} IN (SELECT {column} FROM gone)"
        texts.update(map(bytes, _column(connection, sql)))
    ids = set(
        _column(
            connection,
            "SELECT DISTINCT article_id FROM staying "
            "WHERE article_id IN (SELECT article_id FROM gone)",
        )
    )
    for column in ("url", "canonical_url"):
        sql = f"SELECT DISTINCT {column} FROM staying WHERE {column} IN (FROM gone_addresses)"
        ids.update(address_ids(*_column(connection, sql)))
    return frozenset(texts), frozenset(ids)


def _rows(connection: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    found = connection.execute(
        f'SELECT "table", {", ".join(_TOMBSTONE_COLUMNS)}, published FROM gone ORDER BY ALL'
    )
    names = [column[0] for column in found.description or ()]
    while rows := found.fetchmany(_FETCHED_ROWS):
        for values in rows:
            row = dict(zip(names, values, strict=True))
            published = row.pop("published")
            row["published_at"] = None if published is None else from_microseconds(published)
            yield row


def _examples(connection: duckdb.DuckDBPyConnection, most: int) -> Iterator[dict[str, Any]]:
    sql = 'SELECT "table", article_id, url, title FROM gone ORDER BY ALL LIMIT ?'
    for table, name, url, title in connection.execute(sql, [most]).fetchall():
        yield {"table": table, "article_id": name, "url": url, "title": title}


def _column(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Any]:
    return [value for (value,) in connection.execute(sql).fetchall()]


def _are_in(column: pa.ChunkedArray, values: frozenset[str]) -> Mask:
    if not values:
        return np.zeros(len(column), dtype=np.bool_)
    found = pc.is_in(column, value_set=pa.array(sorted(values), pa.string()))
    return np.asarray(found.to_numpy(), dtype=np.bool_)
