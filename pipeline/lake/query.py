"""Asking a lake in SQL, through DuckDB."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator

import duckdb
import pyarrow as pa

from feedlake.pipeline.lake.lake import ATTEMPTS, Lake
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.terminal import console
from feedlake.pipeline.terminal.console import printable
from feedlake.transforms.normalize import storage
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


_COPY_OPTIONS = {
    "csv": "FORMAT csv, HEADER",
    "csv-safe": "FORMAT csv, HEADER",
    "json": "FORMAT json, ARRAY true",
    "parquet": "FORMAT parquet, COMPRESSION zstd",
}
_FORMULA, _GUARDED = r"^[=+@\t\r\n-]", r"'\0"
"""Beginnings of cells that spreadsheets take for formulas, or strip before they do (OWASP, CSV
injection), and what they become."""

_TABLE_ROWS = 1000
_TABLE_COLUMNS = 120
"""Width of a table that is not shown on a terminal, in characters."""

_READING = ("SELECT", "EXPLAIN", "CALL", "MULTI", "PRAGMA")
"""DuckDB's types of the statements that change nothing; MULTI is PIVOT."""

_HIVE_TYPES = {"date": "DATE", "run_date": "DATE", "year": "INTEGER"}
"""Types of the columns that stand in the path; those not named are text."""

_DAY = "coalesce(published_at, fetched_at)::DATE"
"""The column `date` in SQL, where neither path nor file has it."""

_PLAIN_PATH = re.compile(r"[\w /.,:+@~-]*", re.ASCII)


class QueryError(UsageError):
    """The query cannot be answered; why, in one sentence."""


def query(
    sql: str, *, lake: str, output_format: str, output: str | None, is_partial: bool = False
) -> None:
    """Writes the query's answer to a file or to standard output.

    All tables are of one instant. If another process moves or compacts files meanwhile, the query
    starts again.

    Args:
        sql: One SQL query over the views, which are named as the tables are.
        lake: Path of the lake.
        output_format: `table`, `csv`, `csv-safe`, `json` or `parquet`.
        output: Path of a file; None for standard output.
        is_partial: Whether to answer from what is there if files are missing or changed; a notice
            on standard error names those.

    Raises:
        LakeError: The journal is damaged; or files are missing or changed, and `is_partial` is not
            set.
        UsageError: The path is no lake, the SQL is not one query, or the output cannot be written.
        QueryError: DuckDB cannot run the query.
    """
    if not storage.is_local(lake):
        raise UsageError(
            f"--lake {lake}: query only reads lakes on this machine; read others with DuckDB"
        )
    if output is None and output_format == "parquet" and sys.stdout.isatty():
        raise UsageError("--format parquet: needs --output FILE, or a pipe, not a terminal")
    Lake(lake).check_exists()
    try:
        sql.encode()
    except UnicodeEncodeError as error:
        raise UsageError("SQL: not in UTF-8") from error
    with tempfile.TemporaryDirectory() as folder:
        answer = os.path.join(folder, "answer")
        _answer(
            sql,
            lake=Lake(lake),
            output_format=output_format,
            path=answer,
            is_partial=is_partial,
        )
        with open(answer, "rb") as stream:
            if output is None:
                # Python's own buffer first: text that is in it belongs before these bytes.
                sys.stdout.flush()
                shutil.copyfileobj(stream, sys.stdout.buffer)
                sys.stdout.buffer.flush()
                return
            try:
                with open(output, "wb") as target:
                    shutil.copyfileobj(stream, target)
            except OSError as error:
                raise UsageError(
                    f"--output {output}: cannot be written: {error.strerror}"
                ) from error


def _answer(sql: str, *, lake: Lake, output_format: str, path: str, is_partial: bool) -> None:
    """Writes the answer to a file, once more if a writer moved the lake's files meanwhile."""
    for attempt in range(ATTEMPTS):
        snapshot = lake.snapshot(is_partial=is_partial)
        try:
            _write_answer(sql, snapshot=snapshot, output_format=output_format, path=path)
        except duckdb.Error as error:
            may_be_moved = isinstance(error, duckdb.IOException)
            if not may_be_moved or attempt == ATTEMPTS - 1:
                raise QueryError(_sentence(error)) from error
            continue
        if snapshot.faults:
            console.print_notice(f"{snapshot.complaint()}; the answer is without what they held")
        return


def _write_answer(sql: str, *, snapshot: Snapshot, output_format: str, path: str) -> None:
    with connect(snapshot.lake, snapshot) as connection:
        statement, kind = _statement(connection, sql)
        if output_format == "table":
            _write_table(connection.sql(statement), path)
            return
        if kind != "SELECT":
            # DuckDB runs such a statement, but can't COPY its answer to a file.
            connection.register("answer", connection.sql(statement).to_arrow_table())
            statement = "FROM answer"
        if output_format == "csv-safe":
            statement = _without_formulas(connection.sql(statement), statement)
        options = _COPY_OPTIONS[output_format]
        connection.execute(f"COPY ({statement}\n) TO {_quote(path)} ({options})")


def _without_formulas(answer: duckdb.DuckDBPyRelation, statement: str) -> str:
    """SQL for the same answer, its texts begun by `'` where a spreadsheet would see a formula."""
    columns = []
    for name, kind in zip(answer.columns, answer.types, strict=True):
        column = '"' + name.replace('"', '""') + '"'
        is_text = str(kind) == "VARCHAR"
        guarded = f"regexp_replace({column}, {_quote(_FORMULA)}, {_quote(_GUARDED)}) AS {column}"
        columns.append(guarded if is_text else column)
    return f"SELECT {', '.join(columns)} FROM ({statement}\n)"


@contextlib.contextmanager
def connect(lake: str, snapshot: Snapshot | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens DuckDB in memory with a view for each table of the lake, times in UTC.

    Args:
        lake: Path of the lake, on this machine.
        snapshot: The lake at the instant that all views are of; None: now.

    Raises:
        LakeError: The journal is damaged, or a file is missing or changed.
    """
    snapshot = snapshot or Lake(lake).snapshot()
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(duckdb.connect())
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
            root = os.path.join(stack.enter_context(tempfile.TemporaryDirectory()), "lake")
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
        yield connection


def _create_view(connection: duckdb.DuckDBPyConnection, name: str, files: list[str]) -> None:
    paths = ", ".join(_quote(path) for path in files)
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


def _statement(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[str, str]:
    """The SQL's one statement, without what ends it, and its type.

    Raises:
        UsageError: It is another number of statements, or changes something.
    """
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise UsageError(f"SQL: {len(statements)} statements; must be one query")
    kind = statements[0].type.name
    if kind not in _READING:
        raise UsageError(f"SQL: a {kind} statement; must be a query that reads, such as SELECT")
    encoded = sql.encode()
    end = len(encoded)
    for offset, token in reversed(duckdb.tokenize(sql)):
        if encoded[offset : offset + 1] == b";":
            end = offset
        elif token != duckdb.token_type.comment:
            break
    return encoded[:end].decode(), kind


def _write_table(relation: duckdb.DuckDBPyRelation, path: str) -> None:
    drawn = io.StringIO()
    with contextlib.redirect_stdout(drawn):
        relation.show(
            max_rows=_TABLE_ROWS,
            max_width=shutil.get_terminal_size((_TABLE_COLUMNS, 24)).columns,
        )
    lines = (printable(line) for line in drawn.getvalue().rstrip("\n").split("\n"))
    with open(path, "w", encoding="utf-8") as stream:
        stream.writelines(line + "\n" for line in lines)


def _sentence(error: duckdb.Error) -> str:
    """DuckDB's message without its drawing of where the fault is."""
    lines = str(error).split("\nLINE ")[0].splitlines()
    return " ".join(line.strip() for line in lines if line.strip())


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
