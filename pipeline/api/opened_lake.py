"""`feedlake.open`: a lake that a Python program asks, in SQL or by a few filters."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from datetime import UTC, date, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Literal

import duckdb

from feedlake.pipeline.explain.explain import Explanation, explain
from feedlake.pipeline.lake.lake import Lake as StoredLake
from feedlake.pipeline.lake.pruning import prune
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.option_kinds import lake_path
from feedlake.pipeline.query.query import answer, check_readable, read_statement
from feedlake.pipeline.query.views import show_tables

if TYPE_CHECKING:
    from feedlake.pipeline.export.export import Exported
    from feedlake.pipeline.search.search_index import Found, SearchIndex

_FORMATS = ("parquet", "jsonl", "csv")


class Lake:
    """A lake to ask; `feedlake.open` makes it.

    Each answer is of one instant: the lake as it was when the method was called. What runs publish
    later is in later answers. The methods may be called in several threads at once.

    Attributes:
        path: Where the lake is.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._stored = StoredLake(path)
        self._kept = contextlib.ExitStack()
        self._index: SearchIndex | None = None

    def __repr__(self) -> str:
        return f"feedlake.open({self.path!r})"

    def __enter__(self) -> Lake:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Gives back what answers may need that are still to be read; may be called twice."""
        self._kept.close()

    def sql(
        self, query: str, parameters: Iterable[object] | None = None
    ) -> duckdb.DuckDBPyRelation:
        """Returns the answer to a query, as a relation of DuckDB's: `.df()`, `.pl()`, `.arrow()`.

        It is computed when it is read, and can be read as long as this object lives. If a
        compaction deletes files before that, DuckDB raises an exception that says so: ask again.

        Args:
            query: One SQL query that reads, over the tables and views that `feedlake query` has.
            parameters: Values for its `?`, in their order. The answer is then computed at once.

        Raises:
            QueryError: DuckDB cannot run the query.
            UsageError: It is not one query, or changes something.
            LakeError: The lake is damaged.
        """
        values = None if parameters is None else list(parameters)

        def ask(snapshot: Snapshot) -> duckdb.DuckDBPyRelation:
            # One for each answer, as threads must not share any; the answer keeps it open.
            connection = duckdb.connect()
            statement, _ = read_statement(connection, query)
            show_tables(connection, snapshot, keep=self._kept, sql=statement, is_read_later=True)
            return connection.sql(statement, params=values)

        return answer(self._stored, ask)

    def articles(
        self,
        *,
        language: str | Iterable[str] | None = None,
        site: str | Iterable[str] | None = None,
        since: date | str | None = None,
        until: date | str | None = None,
    ) -> duckdb.DuckDBPyRelation:
        """Returns articles, each in its first version, as a relation like that of `sql`.

        Args:
            language: Only those in this language, or one of these, as `language` has it: `en`.
            site: Only those of this site, or one of these, as `site` has it: `example.org`.
            since: Only those of this day or later, by `date`. A time, with its zone, is compared
                with `published_at`, or `fetched_at` where that is null.
            until: Only those of this day or earlier; of a time: before it.

        Raises:
            UsageError: A day is none.
            LakeError: The lake is damaged.
        """
        first, last = _bound("since", since), _bound("until", until)
        wanted = [
            *_one_of("language", language),
            *_one_of("site", site),
            *([] if first is None else _from(first)),
            *([] if last is None else _to(last)),
        ]
        days = tuple(None if day is None else f"{day:%Y-%m-%d}" for day in (first, last))

        def ask(snapshot: Snapshot) -> duckdb.DuckDBPyRelation:
            connection = duckdb.connect()
            files = prune(snapshot.held("articles"), within={"date": (days[0], days[1])})
            show_tables(
                connection,
                snapshot,
                keep=self._kept,
                files={"articles": files},
                is_read_later=True,
            )
            relation = connection.sql("FROM articles")
            for condition in wanted:
                relation = relation.filter(condition)
            return relation

        return answer(self._stored, ask)

    def export(
        self,
        output: str | os.PathLike[str],
        *,
        where: str | None = None,
        format: Literal["parquet", "jsonl", "csv"] = "parquet",
    ) -> Exported:
        """Writes articles to a folder, with a description of them, as `feedlake export` does.

        Args:
            output: The folder, which must not exist yet.
            where: A condition of SQL on the columns of the view `latest`; None: all articles.
            format: How the articles are written.

        Raises:
            QueryError: DuckDB cannot run the condition.
            UsageError: The folder exists or can't be written, or the condition is none.
            LakeError: The lake is damaged.
        """
        # Late: it takes pyarrow, which no question to a lake needs.
        from feedlake.pipeline.export.export import export

        if format not in _FORMATS:
            raise UsageError(f"format: {format}: must be one of {', '.join(_FORMATS)}")
        return export(self.path, os.fspath(output), where=where, output_format=format)

    def search(
        self,
        words: str,
        *,
        language: str | Iterable[str] | None = None,
        site: str | Iterable[str] | None = None,
        since: date | str | None = None,
        until: date | str | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> Found:
        """Returns the articles that fit a search best, each in its newest version.

        First it adds to the lake's search index what is new in the lake. The first search of all
        builds it, which takes some minutes for a million articles.

        Args:
            words: Words, "phrases", prefix*, NEAR, AND, OR, NOT, parentheses, fields.
            language: As for `articles`.
            site: As for `articles`.
            since: Only those of this day or later, by `date`.
            until: Only those of this day or earlier.
            limit: How many hits to return.
            offset: How many of the best to leave out.

        Raises:
            SearchError: The search makes no sense; the sentence says why.
            UsageError: A day is none.
            LakeError: The lake is damaged.
        """
        # Late: who doesn't search needs no engine.
        from feedlake.pipeline.search.engine import Filters
        from feedlake.pipeline.search.query_language import parse_query
        from feedlake.pipeline.search.search_index import Found, SearchIndex

        if limit < 0 or offset < 0:
            raise UsageError(f"limit {limit}, offset {offset}: must not be below 0")
        filters = Filters(
            _day("since", since),
            _day("until", until),
            languages=_names(language),
            sites=_names(site),
        )
        parse_query(words)  # Before the index is built.
        if (language is not None and not filters.languages) or (
            site is not None and not filters.sites
        ):
            return Found((), 0)
        index = self._index = self._index or SearchIndex(self._stored)
        index.catch_up()
        return index.search(words, filters=filters, limit=limit, offset=offset)

    def explain(self, subject: str | os.PathLike[str]) -> Explanation:
        """Returns what the lake knows of one address, id or file, as `feedlake explain` shows it.

        Args:
            subject: An address; the id of an article, of a reject or of an entry that waits; or the
                path of a file that was read.

        Raises:
            UsageError: It is empty.
            LakeError: The lake is damaged.
        """
        return explain(os.fspath(subject), lake=self.path)


def open_lake(lake: str | os.PathLike[str]) -> Lake:
    """Returns a lake to ask. Nothing is read yet, and nothing is ever written but the index that
    `Lake.search` needs.

    Args:
        lake: Its folder, or its URL.

    Raises:
        UsageError: There is no lake.
    """
    path = lake_path(os.fspath(lake))
    check_readable(path)
    return Lake(path)


def _one_of(column: str, wanted: str | Iterable[str] | None) -> list[duckdb.Expression]:
    if wanted is None:
        return []
    values = [wanted] if isinstance(wanted, str) else list(wanted)
    if not values:
        return [duckdb.ConstantExpression(False)]
    constants = [duckdb.ConstantExpression(value) for value in values]
    return [duckdb.ColumnExpression(column).isin(*constants)]


def _names(wanted: str | Iterable[str] | None) -> tuple[str, ...]:
    if wanted is None:
        return ()
    return (wanted,) if isinstance(wanted, str) else tuple(wanted)


def _day(name: str, bound: date | str | None) -> date | None:
    if isinstance(bound, datetime):
        raise UsageError(f"{name}: {bound}: must be a day, not a time")
    return _bound(name, bound)


def _bound(name: str, bound: date | str | None) -> date | None:
    """A day, or a time in UTC."""
    if isinstance(bound, str):
        try:
            return date.fromisoformat(bound)
        except ValueError as error:
            raise UsageError(f"{name}: {bound}: must be a date, YYYY-MM-DD") from error
    if not isinstance(bound, datetime):
        return bound
    if bound.tzinfo is None:
        raise UsageError(f"{name}: {bound}: a time must have a zone, such as UTC")
    return bound.astimezone(UTC)


def _from(first: date) -> list[duckdb.Expression]:
    if not isinstance(first, datetime):
        return [duckdb.ConstantExpression(first) <= _DATE]
    # The day leaves out whole files; the time decides.
    day = duckdb.ConstantExpression(first.date())
    return [day <= _DATE, duckdb.ConstantExpression(first) <= _TIME]


def _to(last: date) -> list[duckdb.Expression]:
    if not isinstance(last, datetime):
        return [duckdb.ConstantExpression(last) >= _DATE]
    day = duckdb.ConstantExpression(last.date())
    return [day >= _DATE, duckdb.ConstantExpression(last) > _TIME]


_DATE = duckdb.ColumnExpression("date")
_TIME = duckdb.CoalesceOperator(
    duckdb.ColumnExpression("published_at"), duckdb.ColumnExpression("fetched_at")
)
