"""The file with the articles: Parquet, JSON lines or CSV, in one order, in little memory."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from typing import Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.query.query import guard_formula
from feedlake.pipeline.query.views import quote, show_tables
from feedlake.transforms.write.parquet_files import PARTITION_COLUMNS
from feedlake.transforms.write.schema import ARTICLES

Format = Literal["parquet", "jsonl", "csv"]

FILE_NAMES: dict[Format, str] = {
    "parquet": "articles.parquet",
    "jsonl": "articles.jsonl",
    "csv": "articles.csv",
}

LEFT_OUT = ("minhash", "content_sha256")
"""Columns by which feedlake compares texts, and which nobody else can use."""

MEMORY_LIMIT = "1GB"
"""What DuckDB may use before it writes to the disk: sorting a million articles takes more."""

_BATCH_ROWS = 2_048
_GROUP_ROWS, _GROUP_BYTES = 20_000, 64 << 20
"""Rows and bytes from which on a row group of Parquet is full."""

_UNSORTED_ROWS = 8_192

_IN_PATH_ONLY = {*PARTITION_COLUMNS.values()}

_OF_LATEST = {"revision": "Number of the version; 0 for the first."}


def connect_bounded(
    snapshot: Snapshot | None, *, spill: str, keep: contextlib.ExitStack, sql: str | None = None
) -> duckdb.DuckDBPyConnection:
    """Returns a connection that uses little memory, and the disk beyond that.

    Args:
        snapshot: The lake to see; None: none.
        spill: Folder for what finds no room in memory.
        keep: Closes it.
        sql: The statement that will be asked of the lake.
    """
    connection = keep.enter_context(duckdb.connect())
    connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    connection.execute(f"SET temp_directory = {quote(spill)}")
    connection.execute("SET TimeZone = 'UTC'")
    if snapshot is not None:
        show_tables(connection, snapshot, keep=keep, sql=sql)
    return connection


def write_articles(snapshot: Snapshot, path: str, *, condition: str | None, spill: str) -> int:
    """Writes the articles that match to a file of Parquet, by day and id; returns their number.

    They are sorted from a file of their own: what several tables give, DuckDB 2.0.1 sorts in
    memory alone.

    Args:
        snapshot: The lake.
        path: Where to.
        condition: One condition of SQL; None: all articles.
        spill: Folder for what finds no room in memory.
    """
    unsorted = os.path.join(spill, "unsorted.parquet")
    # The condition may end in a comment.
    sql = "FROM latest" if condition is None else f"FROM latest WHERE (\n{condition}\n)"
    with contextlib.ExitStack() as keep:
        connection = connect_bounded(snapshot, spill=spill, keep=keep, sql=sql)
        columns = ", ".join(map(_name, _chosen(connection.sql(sql).columns)))
        connection.execute(
            f"COPY (SELECT {columns} {sql}) TO {quote(unsorted)} "
            f"(FORMAT parquet, ROW_GROUP_SIZE {_UNSORTED_ROWS})"
        )
    rows = 0
    with contextlib.ExitStack() as keep:
        connection = connect_bounded(None, spill=spill, keep=keep)
        sql = f"FROM read_parquet({quote(unsorted)}) ORDER BY date, article_id"
        reader = connection.sql(sql).to_arrow_reader(_BATCH_ROWS)
        schema = pa.schema([_field(column) for column in reader.schema])
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for group in _row_groups(reader):
                writer.write_table(group.cast(schema), row_group_size=group.num_rows)
                rows += group.num_rows
    os.remove(unsorted)
    return rows


def _chosen(columns: Iterable[str]) -> list[str]:
    """The columns in one order, whatever order and partitions the lake's files have."""
    held = set(columns) - {*LEFT_OUT, *(_IN_PATH_ONLY - set(ARTICLES.names))}
    usual = [name for name in (*ARTICLES.names, *_OF_LATEST) if name in held]
    return [*usual, *sorted(held.difference(usual))]


def _row_groups(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        rows = sum(one.num_rows for one in held)
        if rows >= _GROUP_ROWS or sum(one.nbytes for one in held) >= _GROUP_BYTES:
            yield pa.Table.from_batches(held)
            held = []
    if any(one.num_rows for one in held):
        yield pa.Table.from_batches(held)


def _field(column: pa.Field) -> pa.Field:
    """The column with its type and meaning in the lake; what an older lake lacks is null."""
    place = ARTICLES.get_field_index(column.name)
    known = column if place < 0 else ARTICLES.field(place)
    meaning = _OF_LATEST.get(column.name)
    metadata = {"meaning": meaning} if meaning else known.metadata
    return pa.field(column.name, known.type, nullable=True, metadata=metadata)


def write_in_format(parquet: str, path: str, *, output_format: Format, spill: str) -> None:
    """Writes a file of Parquet in another format, or moves it where that is what is wanted.

    JSON lines and CSV have times in ISO 8601 and hashes in hex digits; CSV has lists and objects
    as JSON, and a `'` before what a spreadsheet would run as a formula.

    Args:
        parquet: The file.
        path: Where to.
        output_format: `parquet`, `jsonl` or `csv`.
        spill: Folder for what finds no room in memory.
    """
    if output_format == "parquet":
        os.rename(parquet, path)
        return
    with contextlib.ExitStack() as keep:
        connection = connect_bounded(None, spill=spill, keep=keep)
        relation = connection.sql(f"FROM read_parquet({quote(parquet)})")
        columns = ", ".join(
            f"{_plain(name, str(kind), is_csv=output_format == 'csv')} AS {_name(name)}"
            for name, kind in zip(relation.columns, relation.types, strict=True)
        )
        options = "FORMAT csv, HEADER" if output_format == "csv" else "FORMAT json"
        connection.execute(
            f"COPY (SELECT {columns} FROM read_parquet({quote(parquet)})) "
            f"TO {quote(path)} ({options})"
        )


def _plain(name: str, kind: str, *, is_csv: bool) -> str:
    """SQL for a column's values as text formats have them."""
    column = _name(name)
    if kind == "BLOB":
        return f"lower(hex({column}))"
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"strftime({column} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"
    if not is_csv:
        return column
    if kind == "VARCHAR":
        return guard_formula(column)
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP")):
        return f"CASE WHEN {column} IS NOT NULL THEN to_json({column})::VARCHAR END"
    return column


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
