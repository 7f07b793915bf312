"""Asking a lake in SQL, through DuckDB."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from typing import Any, TypeVar

import duckdb

from feedlake.pipeline.lake.lake import ATTEMPTS, Lake
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.options.failures import (
    CommandError,
    RunError,
    UsageError,
    cannot_write,
    out_of_room,
)
from feedlake.pipeline.query.answer_table import Answer, draw
from feedlake.pipeline.query.views import GONE, quote, show_tables
from feedlake.pipeline.terminal import console
from feedlake.pipeline.terminal.console import printable

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


_Answer = TypeVar("_Answer")


class QueryError(UsageError):
    """The query cannot be answered; why, in one sentence."""


def query(
    sql: str,
    *,
    lake: str,
    output_format: str,
    output: str | None,
    is_partial: bool = False,
    is_full: bool = False,
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
        is_full: Whether a `table` shows all of each cell, all columns and all rows.

    Raises:
        LakeError: The journal is damaged; or files are missing or changed, and `is_partial` is not
            set.
        UsageError: The path is no lake, the SQL is not one query, or the output cannot be written.
        QueryError: DuckDB cannot run the query.
    """
    check_readable(lake)
    _check_output(output_format, output)
    with tempfile.TemporaryDirectory() as folder:
        written = os.path.join(folder, "answer")
        write = functools.partial(
            _write_answer, sql, output_format=output_format, path=written, is_full=is_full
        )
        answer(Lake(lake), write, is_partial=is_partial)
        _deliver(written, output)


def write_rows(rows: Any, *, output_format: str, output: str | None) -> None:
    """Writes rows as `query` writes an answer.

    Args:
        rows: What DuckDB can read, such as a table of pyarrow.
        output_format: As for `query`.
        output: As for `query`.

    Raises:
        UsageError: The output cannot be written there.
        RunError: The disk is full or broken.
    """
    _check_output(output_format, output)
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        written = os.path.join(folder, "answer")
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("answer", rows)
        _copy(connection, "FROM answer", output_format=output_format, path=written)
        _deliver(written, output)


def _check_output(output_format: str, output: str | None) -> None:
    if output is None and output_format == "parquet" and sys.stdout.isatty():
        raise UsageError("--format parquet: needs --output FILE, or a pipe, not a terminal")


def _deliver(written: str, output: str | None) -> None:
    """Copies a file to where the answer is to go."""
    with open(written, "rb") as stream:
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
            raise cannot_write(f"--output {output}", error) from error


def check_readable(lake: str) -> None:
    """Raises UsageError unless a lake is there that SQL can be asked of.

    Args:
        lake: Its path.
    """
    Lake(lake).check_exists()


def answer(lake: Lake, ask: Callable[[Snapshot], _Answer], *, is_partial: bool = False) -> _Answer:
    """Returns an answer that is of one instant.

    Args:
        lake: The lake.
        ask: Finds the answer in a snapshot. It is asked again, with a new one, if a writer moved
            the lake's files meanwhile.
        is_partial: Whether to answer from what is there if files are missing or changed; a notice
            on standard error names those.

    Raises:
        LakeError: The journal is damaged; or files are missing or changed, and `is_partial` is not
            set.
        UsageError: The SQL is not one query.
        QueryError: DuckDB cannot run it.
    """
    for attempt in range(ATTEMPTS):
        snapshot = lake.snapshot(is_partial=is_partial)
        try:
            found = ask(snapshot)
        except duckdb.Error as error:
            may_be_moved = isinstance(error, duckdb.IOException) or GONE in str(error)
            if not may_be_moved or attempt == ATTEMPTS - 1:
                raise _failure(error) from error
            continue
        if snapshot.faults:
            console.print_notice(f"{snapshot.complaint()}; the answer is without what they held")
        return found
    raise AssertionError("the last attempt returns or raises")


def _write_answer(
    sql: str, snapshot: Snapshot, *, output_format: str, path: str, is_full: bool
) -> None:
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(duckdb.connect())
        statement, kind = read_statement(connection, sql)
        show_tables(connection, snapshot, keep=stack, sql=statement)
        if output_format == "table":
            if kind == "SELECT":
                _write_table(connection, statement, path, is_full=is_full)
            else:
                _write_shown(connection.sql(statement), path)
            return
        if kind != "SELECT":
            # DuckDB runs such a statement, but can't COPY its answer to a file.
            connection.register("answer", connection.sql(statement).to_arrow_table())
            statement = "FROM answer"
        _copy(connection, statement, output_format=output_format, path=path)


def _copy(
    connection: duckdb.DuckDBPyConnection, statement: str, *, output_format: str, path: str
) -> None:
    """Writes the answer to a SELECT to a file, in any format but `table`."""
    if output_format == "csv-safe":
        statement = _without_formulas(connection.sql(statement), statement)
    options = _COPY_OPTIONS[output_format]
    connection.execute(f"COPY ({statement}\n) TO {quote(path)} ({options})")


def _without_formulas(answer: duckdb.DuckDBPyRelation, statement: str) -> str:
    """SQL for the same answer, its texts begun by `'` where a spreadsheet would see a formula."""
    columns = []
    for name, kind in zip(answer.columns, answer.types, strict=True):
        column = '"' + name.replace('"', '""') + '"'
        is_text = str(kind) == "VARCHAR"
        columns.append(f"{guard_formula(column)} AS {column}" if is_text else column)
    return f"SELECT {', '.join(columns)} FROM ({statement}\n)"


def guard_formula(column: str) -> str:
    """Returns SQL for a column of texts, a `'` before what a spreadsheet would run as a formula.

    Args:
        column: Its name in SQL.
    """
    return f"regexp_replace({column}, {quote(_FORMULA)}, {quote(_GUARDED)})"


def read_statement(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[str, str]:
    """Returns the SQL's one statement, without what ends it, and its type.

    Raises:
        UsageError: It is another number of statements, or changes something.
    """
    try:
        encoded = sql.encode()
    except UnicodeEncodeError as error:
        raise UsageError("SQL: not in UTF-8") from error
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise UsageError(f"SQL: {len(statements)} statements; must be one query")
    kind = statements[0].type.name
    if kind not in _READING:
        raise UsageError(f"SQL: a {kind} statement; must be a query that reads, such as SELECT")
    end = len(encoded)
    for offset, token in reversed(duckdb.tokenize(sql)):
        if encoded[offset : offset + 1] == b";":
            end = offset
        elif token != duckdb.token_type.comment:
            break
    return encoded[:end].decode(), kind


def _write_table(
    connection: duckdb.DuckDBPyConnection, statement: str, path: str, *, is_full: bool
) -> None:
    width = shutil.get_terminal_size((_TABLE_COLUMNS, 24)).columns
    relation = connection.sql(statement)
    texts = connection.sql(f"SELECT COLUMNS(*)::VARCHAR FROM ({statement}\n)")
    rows = (texts if is_full else texts.limit(_TABLE_ROWS + 1)).fetchall()
    table = Answer(
        relation.columns,
        [str(kind) for kind in relation.types],
        rows if is_full else rows[:_TABLE_ROWS],
        has_more=not is_full and len(rows) > _TABLE_ROWS,
    )
    with open(path, "w", encoding="utf-8") as stream:
        stream.writelines(line + "\n" for line in draw(table, width=width, is_full=is_full))


def _write_shown(relation: duckdb.DuckDBPyRelation, path: str) -> None:
    """Writes the answer to a statement that is no SELECT, as DuckDB draws it."""
    drawn = io.StringIO()
    with contextlib.redirect_stdout(drawn):
        relation.show(
            max_rows=_TABLE_ROWS,
            max_width=shutil.get_terminal_size((_TABLE_COLUMNS, 24)).columns,
        )
    lines = (printable(line) for line in drawn.getvalue().rstrip("\n").split("\n"))
    with open(path, "w", encoding="utf-8") as stream:
        stream.writelines(line + "\n" for line in lines)


def _failure(error: duckdb.Error) -> CommandError:
    """By whose fault DuckDB can't go on: the machine's or the query's."""
    if isinstance(error, duckdb.IOException) and (why := out_of_room(str(error))):
        return RunError(f"DuckDB cannot go on: {why}")
    return QueryError(_sentence(error))


def _sentence(error: duckdb.Error) -> str:
    """DuckDB's message without its drawing of where the fault is."""
    lines = str(error).split("\nLINE ")[0].splitlines()
    return " ".join(line.strip() for line in lines if line.strip())
