"""SQL that a reader wrote, asked in a process that can be killed.

DuckDB is locked: it reads the files of the lake that the statement needs, and nothing else, and
none of its settings can be changed. What its own limits don't stop, the process's do.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.options.failures import CommandError, UsageError
from feedlake.pipeline.query.named_tables import nodes_of, parse
from feedlake.pipeline.query.query import answer, read_statement
from feedlake.pipeline.query.views import quote, show_tables
from feedlake.transforms.process.sandbox import MIB, Failure, Limits, Sandbox

TIME_S = 10
MEMORY_MB = 256
"""What DuckDB may take for an answer. The process may take some more around it."""

_PROCESS_MEMORY = 1024 * MIB
_WAIT_S = 15.0
_ENDING_S, _MAX_ENDINGS = 0.2, 100
_MAX_CELL_CHARS = 2_000
_TABLE_FUNCTIONS = frozenset(("range", "generate_series", "unnest", "repeat", "json_each"))
"""Table functions that only compute. Others look at DuckDB itself, at files or into memory."""


@dataclass(frozen=True)
class Answer:
    """A page of an answer.

    Attributes:
        columns: Names.
        types: DuckDB's, as words.
        rows: Values: numbers as they are, None, and texts for all others.
        is_last: Whether no rows follow.
        failure: Why there is no answer, as a sentence; empty if there is one.
    """

    columns: list[str]
    types: list[str]
    rows: list[list[Any]]
    is_last: bool = True
    failure: str = ""


def failed(sentence: str) -> Answer:
    """Returns that there is no answer, and why."""
    return Answer([], [], [], failure=sentence)


class SqlChild:
    """Asks a lake what readers write: one statement at a time, in a child process."""

    def __init__(self, lake: str, *, time_s: int = TIME_S) -> None:
        """Starts no process yet.

        Args:
            lake: Path of the lake.
            time_s: How long an answer may take.
        """
        self._lake = lake
        self._time_s = time_s
        self._turn = threading.Lock()
        self._sandbox: Sandbox[None] | None = None
        self._is_closed = False

    def ask(self, sql: str, *, skip: int, limit: int) -> Answer:
        """Returns a page of the answer to a statement, or why there is none.

        Args:
            sql: What a reader wrote.
            skip: Rows before the page.
            limit: Rows of the page, at the most.
        """
        if not self._turn.acquire(timeout=_WAIT_S):
            return failed("Other queries are under way; try again in a moment.")
        try:
            if self._is_closed:
                return failed(_ENDS)
            if self._sandbox is None:
                limits = Limits(
                    cpu_s=2 * self._time_s, wall_s=self._time_s, memory_bytes=_PROCESS_MEMORY
                )
                self._sandbox = Sandbox(workers=1, limits=limits)
            self._sandbox.submit(None, ask_locked, self._lake, sql, skip, limit)
            [(_, found)] = self._sandbox.drain()
        finally:
            self._turn.release()
        if isinstance(found, Failure) and self._is_closed:
            return failed(_ENDS)
        if isinstance(found, Failure):
            return failed(_SENTENCES[found.reason].format(self._time_s))
        columns, types, rows, is_last, failure = found
        return Answer(columns, types, rows, is_last, failure)

    def close(self) -> None:
        """Ends the process, whatever it does."""
        self._is_closed = True
        for _ in range(_MAX_ENDINGS):
            # Only one thread closes pipes: a second one would close what others opened since.
            if self._turn.acquire(timeout=_ENDING_S):
                try:
                    if self._sandbox is not None:
                        self._sandbox.close()
                finally:
                    self._turn.release()
                return
            if self._sandbox is not None:
                self._sandbox.kill_busy()


_ENDS = "The server ends."
_SENTENCES = {
    "timeout": "It took longer than {} seconds, and was stopped.",
    "memory": "It took more memory than a query may take, and was stopped.",
    "crash": "It ended the process that asked it; nothing else was harmed.",
}


def ask_locked(
    lake: str, sql: str, skip: int, limit: int
) -> tuple[list[str], list[str], list[list[Any]], bool, str]:
    """Returns a page of an answer as plain values; runs in a child process.

    Args:
        lake: Path of the lake.
        sql: What a reader wrote.
        skip: Rows before the page.
        limit: Rows of the page, at the most.
    """
    try:
        return answer(_lake(lake), lambda snapshot: _ask(snapshot, sql, skip, limit))
    except CommandError as error:
        return [], [], [], True, str(error)


@cache
def _lake(path: str) -> Lake:
    return Lake(path)  # Keeps what it has read of the journal.


def _ask(
    snapshot: Snapshot, sql: str, skip: int, limit: int
) -> tuple[list[str], list[str], list[list[Any]], bool, str]:
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(duckdb.connect())
        statement, kind = read_statement(connection, sql)
        if kind not in ("SELECT", "MULTI"):
            raise UsageError(f"SQL: {kind} can't be asked here; must be a query, such as SELECT")
        _check_functions(connection, statement)
        paged = f"SELECT * FROM ({statement}\n) LIMIT {limit + 1} OFFSET {skip}"
        show_tables(connection, snapshot, keep=stack, sql=paged)
        _lock(connection)
        answered = connection.execute(paged)
        described = answered.description or ()
        rows = answered.fetchall()
    return (
        [str(column[0]) for column in described],
        [str(column[1]) for column in described],
        [[_cell(value) for value in row] for row in rows[:limit]],
        len(rows) <= limit,
        "",
    )


def _check_functions(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    """Raises UsageError if the statement calls a table function that does more than compute."""
    tree = parse(connection, statement)
    if tree is not None:
        for node in nodes_of(tree):
            match node:
                case {"type": "TABLE_FUNCTION", "function": {"function_name": name}}:
                    if str(name).casefold() not in _TABLE_FUNCTIONS:
                        raise UsageError(f"SQL: {name}() can't be asked here; feedlake query can")
        return
    # PIVOT can't be parsed in advance: then no such name may be in it at all.
    names = connection.execute(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type <> 'scalar' "
        "AND function_type LIKE '%table%' OR function_type = 'pragma'"
    ).fetchall()
    text = statement.casefold()
    for (name,) in names:
        if name not in _TABLE_FUNCTIONS and name in text:
            raise UsageError(f"SQL: {name} can't stand in such a statement here")


def _lock(connection: duckdb.DuckDBPyConnection) -> None:
    """Leaves DuckDB the files of the tables that are there, and nothing that could be changed."""
    tables = connection.execute("SELECT name FROM duckdb_variables()").fetchall()
    paths: list[str] = []
    for (table,) in tables:
        [(files,)] = connection.execute(f"SELECT getvariable({quote(table)})").fetchall()
        paths += files
    connection.execute(f"SET memory_limit = '{MEMORY_MB}MB'")
    connection.execute("SET threads = 2")
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET temp_directory = ''")
    connection.execute(f"SET allowed_paths = [{', '.join(map(quote, paths))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value if not isinstance(value, int) or abs(value) < 1 << 53 else str(value)
    shown = value.hex() if isinstance(value, bytes) else str(value)
    return shown if len(shown) <= _MAX_CELL_CHARS else f"{shown[:_MAX_CELL_CHARS]}…"
