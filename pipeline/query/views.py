"""The tables of a lake as DuckDB sees them, and the views upon them."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator

import duckdb
import pyarrow as pa

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.transforms.write.schema import TABLES

VIEWS = {
    "latest": """
        SELECT * FROM (
            SELECT *, 0 AS revision FROM articles
            UNION ALL BY NAME
            SELECT * EXCLUDE (similarity, char_delta) FROM revisions
        )
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
            SELECT * FROM deferred QUALIFY row_number() OVER (
                PARTITION BY deferred_id ORDER BY tried_at DESC, status
            ) = 1
        )
        WHERE status = 'waiting'
    """,
}
"""SQL by name of the view.

`latest`: each article in its newest version, `revision` 0 where that is the first. `clusters`:
each article and each duplicate with the near-duplicate group that it is in; groups that a later
document was near to at once are one here, under the smallest of their ids, since the tables keep
what was written first. `waiting`: each entry whose page still waits for a later run, once.
"""

_HIVE_TYPES = {"date": "DATE", "run_date": "DATE", "year": "INTEGER"}
"""Types of the columns that stand in the path; those not named are text."""

_DAY = "coalesce(published_at, fetched_at)::DATE"
"""The column `date` in SQL, where neither path nor file has it."""

_PLAIN_PATH = re.compile(r"[\w /.,:+@~-]*", re.ASCII)


@contextlib.contextmanager
def connect(lake: str, snapshot: Snapshot | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens DuckDB in memory with a view for each table of the lake, times in UTC.

    Args:
        lake: Path of the lake, on this machine.
        snapshot: The lake at the instant that all views are of; None: now.

    Raises:
        LakeError: The journal is damaged, or a file is missing or changed.
    """
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(duckdb.connect())
        show_tables(connection, snapshot or Lake(lake).snapshot(), keep=stack)
        yield connection


def show_tables(
    connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, *, keep: contextlib.ExitStack
) -> None:
    """Gives a connection a view for each table of a lake, times in UTC.

    Args:
        connection: To DuckDB, in memory.
        snapshot: The lake at the instant that all views are of.
        keep: Takes what the views need for as long as they are used.
    """
    lake = snapshot.lake
    connection.execute("SET TimeZone = 'UTC'")
    # All that is needed is in the package; an extension must not be fetched from outside.
    connection.execute("SET autoinstall_known_extensions = false")
    # Otherwise a name that is no table may be one of this program's own variables.
    connection.execute("SET python_enable_replacements = false")
    root = lake
    if not _PLAIN_PATH.fullmatch(lake):
        # DuckDB takes brackets and stars in a path for patterns, and `name=value` in any
        # folder above the lake for a partition; neither can be escaped. A link has no such
        # letters.
        root = os.path.join(keep.enter_context(tempfile.TemporaryDirectory()), "lake")
        os.symlink(lake, root)
    for name, table in TABLES.items():
        files = [root + path[len(lake) :] for path in snapshot.files(name)]
        if files:
            _create_view(connection, name, files)
        else:
            none = table.schema
            if name not in ("articles", "revisions"):
                none = none.append(pa.field("run_date", pa.date32()))
            connection.register("none", none.empty_table())
            connection.execute(f"CREATE TABLE {name} AS FROM none")
            connection.unregister("none")
    for name, sql in VIEWS.items():
        connection.execute(f"CREATE VIEW {name} AS {sql}")


def _create_view(connection: duckdb.DuckDBPyConnection, name: str, files: list[str]) -> None:
    paths = ", ".join(quote(path) for path in files)
    in_path = set(re.findall(r"/(\w+)=", files[0]))
    types = ", ".join(f"{key}: {kind}" for key, kind in _HIVE_TYPES.items() if key in in_path)
    hive_types = f", hive_types = {{{types}}}" if types else ""
    rows = (
        f"read_parquet([{paths}], hive_partitioning = true, "
        f"hive_types_autocast = false{hive_types}, union_by_name = true)"
    )
    connection.execute(f"CREATE VIEW {name} AS FROM {rows}")
    sql = "SELECT column_name FROM duckdb_columns() WHERE table_name = ?"
    held = {column for (column,) in connection.execute(sql, [name]).fetchall()}
    columns = ["*", *_lacking_columns(connection, name, held)]
    if "date" in held - in_path:
        columns[0] = f"* REPLACE (coalesce(date, {_DAY}) AS date)"
    if columns != ["*"]:
        connection.execute(
            f"CREATE OR REPLACE VIEW {name} AS SELECT {', '.join(columns)} FROM {rows}"
        )


def _lacking_columns(
    connection: duckdb.DuckDBPyConnection, name: str, held: set[str]
) -> Iterator[str]:
    """The columns that all of the lake's files are too old to have, in SQL: `date`, and nulls."""
    table = connection.from_arrow(TABLES[name].schema.empty_table())
    for column, kind in zip(table.columns, table.types, strict=True):
        if column not in held:
            yield f"{_DAY if column == 'date' else f'NULL::{kind}'} AS {column}"


def quote(text: str) -> str:
    """Returns a text as a constant of SQL."""
    return "'" + text.replace("'", "''") + "'"
