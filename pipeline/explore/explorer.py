"""Asking a lake for figures, again and again, while others write to it."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, TypeVar

import duckdb

from feedlake.pipeline.explore.figure import Figure, Value
from feedlake.pipeline.lake.journal_entry import VanishedError
from feedlake.pipeline.lake.lake import ATTEMPTS, Lake
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.query.query import QueryError
from feedlake.pipeline.query.views import Files, show_tables
from feedlake.transforms.normalize import storage

Row = dict[str, Any]
"""A row of an answer by its columns; times in UTC."""

MEMORY = "256MB"
"""What DuckDB may take for one figure."""

_KEPT_ANSWERS = 256
"""Answers that are kept, of the newest instant."""

_KEPT_ROWS = 2_000
"""Rows of an answer from which on it is not kept."""

_LOOK_AGAIN_S = 5.0
"""How long a lake in an object store, where each look is a request, counts as unchanged."""

_Answer = TypeVar("_Answer")


class Instant:
    """A lake at one instant. What it was asked once, it answers from memory.

    Attributes:
        snapshot: The files that count.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._lock = threading.Lock()
        self._kept: OrderedDict[object, Any] = OrderedDict()

    def rows(self, figure: Figure, **values: Value) -> list[Row]:
        """Returns the rows of a figure.

        Args:
            figure: What is asked.
            values: What it is asked about.

        Raises:
            duckdb.Error: DuckDB cannot answer.
        """
        return self.ask(figure.filled(**values))

    def ask(self, sql: str) -> list[Row]:
        """Returns the rows of an answer.

        Args:
            sql: One statement of ours; those of strangers are for a process of their own.

        Raises:
            duckdb.Error: DuckDB cannot answer.
        """
        return self.keep(sql, lambda: self._ask(sql))

    def ask_all(self, statements: Sequence[str], *, files: Files) -> list[list[Row]]:
        """Returns the answers to statements about the same few files, which costs less than each.

        Args:
            statements: Of ours; each alone.
            files: The tables that they name, and the files that hold what they ask for.

        Raises:
            duckdb.Error: DuckDB cannot answer.
        """
        return self.keep(tuple(statements), lambda: self._ask_all(statements, files))

    def keep(self, key: object, find: Callable[[], _Answer]) -> _Answer:
        """Returns what was found before under a key, or finds it.

        Args:
            key: Says what is looked for, and all that it depends on beside the lake.
            find: Finds it.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                found: _Answer = self._kept[key]
                return found
        found = find()
        if not isinstance(found, list) or len(found) <= _KEPT_ROWS:
            with self._lock:
                self._kept[key] = found
                while len(self._kept) > _KEPT_ANSWERS:
                    self._kept.popitem(last=False)
        return found

    def _ask(self, sql: str) -> list[Row]:
        with contextlib.ExitStack() as stack:
            connection = stack.enter_context(duckdb.connect())
            connection.execute(f"SET memory_limit = '{MEMORY}'")
            show_tables(connection, self.snapshot, keep=stack, sql=sql)
            return _rows(connection, sql)

    def _ask_all(self, statements: Sequence[str], files: Files) -> list[list[Row]]:
        with contextlib.ExitStack() as stack:
            connection = stack.enter_context(duckdb.connect())
            connection.execute(f"SET memory_limit = '{MEMORY}'")
            show_tables(connection, self.snapshot, keep=stack, files=files)
            return [_rows(connection, sql) for sql in statements]


class Explorer:
    """A lake that is asked for figures. May be used in several threads at once."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self._lock = threading.Lock()
        self._instant: Instant | None = None
        self._looked_at = 0.0

    def ask(self, question: Callable[[Instant], _Answer]) -> _Answer:
        """Returns an answer that is of one instant: the newest.

        Args:
            question: Finds the answer. It is asked again, of a new instant, if a writer has moved
                or replaced files meanwhile.

        Raises:
            LakeError: The lake is damaged.
            QueryError: DuckDB cannot answer.
        """
        for attempt in range(ATTEMPTS):
            instant = self._newest(is_again=attempt > 0)
            try:
                return question(instant)
            except (duckdb.IOException, FileNotFoundError, VanishedError) as error:
                if attempt == ATTEMPTS - 1:
                    raise QueryError(_sentence(error)) from error
            except duckdb.Error as error:
                raise QueryError(_sentence(error)) from error
        raise AssertionError("the last attempt returns or raises")

    def _newest(self, *, is_again: bool) -> Instant:
        with self._lock:
            now = monotonic()
            if self._instant is None or is_again:
                self._instant = Instant(self.lake.snapshot())
            elif storage.is_local(self.lake.path) or now - self._looked_at > _LOOK_AGAIN_S:
                if self.lake.state() is not self._instant.snapshot.state:
                    self._instant = Instant(self.lake.snapshot())
            else:
                return self._instant
            self._looked_at = now
            return self._instant


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    answered = connection.execute(sql)
    names = [column[0] for column in answered.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answered.fetchall()]


def _sentence(error: BaseException) -> str:
    return " ".join(str(error).split("\nLINE ")[0].split())
