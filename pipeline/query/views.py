"""The tables of a lake as DuckDB sees them, and the views upon them.

Nothing here imports pyarrow, which takes longer than a question to a small lake.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import duckdb

from feedlake.pipeline.lake.journal_entry import VanishedError
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.query.amended_view import amended
from feedlake.pipeline.query.named_tables import find_names
from feedlake.pipeline.query.pushed_filters import Predicate, find_filters
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import StagedFile

VIEWS = {
    "latest": """
        SELECT *, 0 AS revision FROM articles ANTI JOIN revisions USING (article_id)
        UNION ALL BY NAME
        SELECT * EXCLUDE (similarity, char_delta) FROM revisions
        QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY revision DESC) = 1
    """,
    "clusters": """
        WITH RECURSIVE documents AS (
            SELECT article_id, article_id AS original_id, url, site, title, published_at,
                cluster_id, other_clusters, true AS is_article FROM articles
            UNION ALL
            SELECT article_id, original_id, url, site, title, published_at,
                cluster_id, other_clusters, false FROM duplicates
        ), links AS (
            SELECT cluster_id AS first, unnest(other_clusters) AS second FROM documents
            UNION ALL
            SELECT cluster_id, unnest(other_clusters) FROM revisions
        ), edges AS (
            SELECT first, second FROM links UNION SELECT second, first FROM links
        ), reached AS (
            SELECT first, second FROM edges
            UNION
            SELECT reached.first, edges.second
            FROM reached JOIN edges ON reached.second = edges.first
        ), joined AS (
            SELECT first AS cluster_id, least(first, min(second)) AS joined_id
            FROM reached GROUP BY first
        )
        SELECT documents.* EXCLUDE (cluster_id, other_clusters),
            coalesce(joined_id, cluster_id) AS cluster_id
        FROM documents LEFT JOIN joined USING (cluster_id)
    """,
    "waiting": """
        SELECT deferred_id, source, url, title, reason, detail, attempts, first_tried_at,
            tried_at, next_try_at, asked_until, asked_by
        FROM (
            SELECT deferred.* FROM deferred LEFT JOIN runs USING (run_id)
            QUALIFY row_number() OVER (
                PARTITION BY deferred_id
                ORDER BY publication DESC NULLS LAST, tried_at DESC, status
            ) = 1
        )
        WHERE status = 'waiting'
    """,
}
"""SQL by name of the view.

`latest`: each article in its newest version, `revision` 0 where that is the first, as the operator
has amended it. `clusters`:
each article and each duplicate with the near-duplicate group that it is in; groups that a later
document was near to at once are one here, under the smallest of their ids, since the tables keep
what was written first. `waiting`: each entry whose page still waits for a later run, once.
"""

FILES = "files"
"""The table of the lake's own files, which its journal lists: it is made of them, not read."""

_FILES_COLUMNS = "table_name VARCHAR, path VARCHAR, rows BIGINT, size_bytes BIGINT"

_TABLES_OF = {
    "latest": ("articles", "revisions", "amendments"),
    "clusters": ("articles", "duplicates", "revisions"),
    "waiting": ("deferred", "runs"),
}
"""The tables that each view reads."""

_HIVE_TYPES = {"date": "DATE", "run_date": "DATE", "year": "INTEGER"}
"""Types of the columns that stand in the path; those not named are text."""

_DAY = "coalesce(published_at, fetched_at)::DATE"
"""The column `date` in SQL, where neither path nor file has it."""

_PLAIN_PATH = re.compile(r"[\w /.,:+@~-]*", re.ASCII)

_WORTH_PRUNING = 8
"""Files from which on it takes less to find out which are needed than to open all."""

GONE = "the lake's files were replaced (compacted) before this answer was read: ask again"
"""What who reads an answer late is told."""

Files = Mapping[str, list[StagedFile]]


@contextlib.contextmanager
def connect(
    lake: str, snapshot: Snapshot | None = None, *, files: Files | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens DuckDB in memory with tables and views of the lake, times in UTC.

    Args:
        lake: Path of the lake.
        snapshot: The lake at the instant that all are of; None: now.
        files: The tables that are there, and of which files; None: all.

    Raises:
        LakeError: The journal is damaged, or a file is missing or changed.
    """
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(duckdb.connect())
        show_tables(connection, snapshot or Lake(lake).snapshot(), keep=stack, files=files)
        yield connection


def show_tables(
    connection: duckdb.DuckDBPyConnection,
    snapshot: Snapshot,
    *,
    keep: contextlib.ExitStack,
    sql: str | None = None,
    files: Files | None = None,
    is_read_later: bool = False,
) -> None:
    """Gives a connection the tables and views of a lake, times in UTC.

    Args:
        connection: To DuckDB, in memory.
        snapshot: The lake at the instant that all are of.
        keep: Takes what the views need for as long as they are used.
        sql: One statement that reads, which will be executed, and nothing else: only what it
            names is there, and may be without files that it doesn't need. None: all is there.
        files: The tables that are there, and of which files; None: see `sql`.
        is_read_later: Whether answers may be read when files are gone. DuckDB then says `GONE`,
            and not that some path matches no file.
    """
    lake = snapshot.lake
    connection.execute("SET TimeZone = 'UTC'")
    # All that is needed is in the package; an extension must not be fetched from outside.
    connection.execute("SET autoinstall_known_extensions = false")
    # Otherwise a name that is no table may be one of this program's own variables.
    connection.execute("SET python_enable_replacements = false")
    root = lake
    if storage.is_local(lake) and not _PLAIN_PATH.fullmatch(lake):
        # DuckDB takes brackets and stars in a path for patterns, and `name=value` in any
        # folder above the lake for a partition; neither can be escaped. A link has no such
        # letters.
        root = os.path.join(keep.enter_context(tempfile.TemporaryDirectory()), "lake")
        os.symlink(lake, root)
    named = None if sql is None else find_names(connection, sql)
    if files is None and (named is None or FILES in named):
        _create_files(connection, snapshot)
    names = frozenset(files) if files is not None else _with_tables(named)
    if files is None:
        files = {name: snapshot.held(name) for name in columns_of() if name in names}
    if sql and named is not None and sum(map(len, files.values())) >= _WORTH_PRUNING:
        connection.begin()  # `now()` is one instant, in the search for files and in the answer.
        files = _needed(connection, sql, files, names)
    list_paths = _checked_paths(connection) if is_read_later else _paths_in_variable(connection)
    for name, held in files.items():
        places = {file.path: root + snapshot.places[file.path][len(lake) :] for file in held}
        _create_table(connection, name, [*_groups(held, places)], list_paths)
    for name in names & VIEWS.keys():
        connection.execute(f"CREATE VIEW {name} AS {_view(name, files)}")


def _with_tables(named: frozenset[str] | None) -> frozenset[str]:
    """Those of the names that a lake has (None: all), with the tables that its views read."""
    every = frozenset(columns_of()) | frozenset(VIEWS)
    names = every if named is None else named & every
    return names.union(*(_TABLES_OF[name] for name in names & VIEWS.keys()))


def _view(name: str, files: Files) -> str:
    """SQL for a view; that of `latest` is simpler where nothing was ever amended."""
    is_amended = name == "latest" and files.get("amendments")
    return amended(VIEWS[name]) if is_amended else VIEWS[name]


def _needed(
    connection: duckdb.DuckDBPyConnection, sql: str, held: Files, names: Collection[str]
) -> Files:
    """The files that a statement may need; of each table that has any, one at least."""
    views = [name for name in VIEWS if name in names]
    for name in held:
        _create_empty(connection, name)
    for name in views:
        connection.execute(f"CREATE VIEW {name} AS {_view(name, held)}")
    try:
        may_need = find_filters(connection, sql)
    except duckdb.Error:
        # The statement itself will say what is wrong with it.
        connection.rollback()
        connection.begin()
        return held
    for name in views:
        connection.execute(f"DROP VIEW {name}")
    for name in held:
        connection.execute(f"DROP TABLE {name}")
    return {name: _those_of(files, may_need.get(name)) for name, files in held.items()}


def _those_of(files: list[StagedFile], may_need: Predicate | None) -> list[StagedFile]:
    needed = files if may_need is None else [file for file in files if may_need(file)]
    return needed or files[:1]  # One has the columns.


class _Group(NamedTuple):
    """Files that have the same columns in their paths.

    Attributes:
        paths: Where they lie.
        in_path: The names of those columns.
        is_even: Whether their other columns are known to be the same, too.
    """

    paths: list[str]
    in_path: tuple[str, ...]
    is_even: bool


def _groups(files: list[StagedFile], places: Mapping[str, str]) -> Iterator[_Group]:
    """The files in groups, the newest columns first: they decide how columns are ordered."""
    groups: dict[tuple[int, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for file in files:
        in_path = tuple(re.findall(r"/(\w+)=", file.path))
        known = (file.facts.schema_version, file.facts.columns) if file.facts else (0, "")
        groups[*known, in_path].append(places[file.path])
    for version, columns, in_path in sorted(groups, reverse=True):
        yield _Group(groups[version, columns, in_path], in_path, is_even=bool(columns))


_ListPaths = Callable[[str, list[str]], str]
"""Makes SQL for a list of paths, which it keeps under a name: written out, they would be parsed
anew each time that DuckDB looks at a view."""


def _paths_in_variable(connection: duckdb.DuckDBPyConnection) -> _ListPaths:
    def keep(name: str, paths: list[str]) -> str:
        connection.execute(f"SET VARIABLE {name} = ?", [paths])
        return f"getvariable('{name}')"

    return keep


def _checked_paths(connection: duckdb.DuckDBPyConnection) -> _ListPaths:
    """Lists that are looked at again whenever an answer is read."""
    kept: dict[str, list[str]] = {}

    def look(name: str) -> list[str]:
        if not all(map(os.path.exists, kept[name])):
            raise VanishedError(GONE)
        return kept[name]

    def keep(name: str, paths: list[str]) -> str:
        kept[name] = paths
        return f"_files_of('{name}')"

    connection.create_function("_files_of", look, ["VARCHAR"], "VARCHAR[]")
    return keep


def _create_table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    groups: list[_Group],
    list_paths: _ListPaths,
) -> None:
    """Makes a table's view over its files."""
    if not groups:
        _create_empty(connection, name)
        return
    rows = " UNION ALL BY NAME ".join(
        f"SELECT * FROM ({_rows_of(connection, group, f'{name}_{number}', list_paths)})"
        for number, group in enumerate(groups)
    )
    connection.execute(f"CREATE VIEW {name} AS {rows}")
    sql = "SELECT column_name FROM duckdb_columns() WHERE table_name = ?"
    held = {column for (column,) in connection.execute(sql, [name]).fetchall()}
    columns = ["*", *_lacking_columns(name, held)]
    if "date" in held and not all(group.is_even or "date" in group.in_path for group in groups):
        columns[0] = f"* REPLACE (coalesce(date, {_DAY}) AS date)"
    if columns != ["*"]:
        connection.execute(
            f"CREATE OR REPLACE VIEW {name} AS SELECT {', '.join(columns)} FROM ({rows})"
        )


def _rows_of(
    connection: duckdb.DuckDBPyConnection, group: _Group, name: str, list_paths: _ListPaths
) -> str:
    """SQL for the rows of files."""
    if not storage.is_local(group.paths[0]):
        # Late: it takes pyarrow.
        from feedlake.pipeline.query.remote_tables import dataset_of

        table, _, _ = name.rpartition("_")
        connection.register(f"_{name}", dataset_of(group.paths, table=table))
        return f"FROM _{name}"
    kinds = [f"{key}: {kind}" for key, kind in _HIVE_TYPES.items() if key in group.in_path]
    hive_types = f"hive_types = {{{', '.join(kinds)}}}, " if kinds else ""
    return (
        f"FROM read_parquet({list_paths(name, group.paths)}, hive_partitioning = true, "
        f"hive_types_autocast = false, {hive_types}union_by_name = {not group.is_even})"
    )


def _create_empty(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    columns = ", ".join(f'"{column}" {kind}' for column, kind in columns_of()[name].items())
    connection.execute(f"CREATE TABLE {name} ({columns})")


def _create_files(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
    held = [snapshot.state.files[path] for path in snapshot.places]
    columns = [
        [file.table for file in held],
        [file.path for file in held],
        [file.rows for file in held],
        [file.size_bytes for file in held],
    ]
    connection.execute(f"CREATE TABLE {FILES} ({_FILES_COLUMNS})")
    if held:
        rows = ", ".join("unnest(?)" for _ in columns)
        connection.execute(f"INSERT INTO {FILES} SELECT {rows}", columns)


def _lacking_columns(name: str, held: set[str]) -> Iterator[str]:
    """The columns that all of the lake's files are too old to have, in SQL: `date`, and nulls."""
    for column, kind in columns_of()[name].items():
        if column not in held:
            yield f"{_DAY if column == 'date' else f'NULL::{kind}'} AS {column}"


@cache
def columns_of() -> dict[str, dict[str, str]]:
    """Returns the columns of each table and their types, as DuckDB has them."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    text = Path(__file__).with_name("table_columns.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        table, column, kind = line.split("\t")
        found[table][column] = kind
    return dict(found)


def quote(text: str) -> str:
    """Returns a text as a constant of SQL."""
    return "'" + text.replace("'", "''") + "'"
