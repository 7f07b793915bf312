"""The step that writes records as hive-partitioned Parquet into a staging folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO
from urllib.parse import quote

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam import pvalue

from transforms import storage
from transforms.minhash import MINHASH_VERSION
from transforms.records import StagedFile
from transforms.schema import MINHASH_KEY, SCHEMA_VERSION, Table

MAX_FILE_BYTES = 512 << 20
"""Text and fields per file before encoding; zstd makes news text about a third of it, so that
files stay under 256 MB."""

ROW_GROUP_BYTES = 64 << 20
ROW_GROUP_ROWS = 100_000
"""Bounds of a row group, in bytes before encoding and in rows: DuckDB and Spark read row groups
in parallel and skip them by their statistics."""

NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
"""Hive's name for a null partition value; DuckDB, Polars, pyarrow and Spark read it as null."""

PARTITION_COLUMNS = {
    "date": "date",
    "date:month": "month",
    "date:year": "year",
    "language": "language",
    "site": "site",
    "source_kind": "source_kind",
    "text_source": "text_source",
}
"""What `articles` can be partitioned by: the option's word → the name in the path."""

_DATE_CHARS = {"date": 10, "date:month": 7, "date:year": 4}
"""How much of YYYY-MM-DD makes the partition's value."""


@dataclass(frozen=True)
class WriteOptions:
    """Where the files of one run go.

    Attributes:
        folder: The run's staging folder.
        run_id: The run.
        started_at: Its start, UTC: the date of the partitions that are by run.
        partition_by: Keys of `PARTITION_COLUMNS`, for `articles` and `revisions`.
    """

    folder: str
    run_id: str
    started_at: datetime
    partition_by: tuple[str, ...] = ("date",)


@dataclass(eq=False)
class WriteParquet(beam.PTransform[pvalue.PCollection[Any], pvalue.PCollection[StagedFile]]):
    """Writes the records of one table, one file a partition unless it gets too large.

    In: a bounded collection of what `table.to_row` takes. Out: a collection of `StagedFile`.
    Names follow from run and partition, so that a bundle tried again replaces its own files.

    Attributes:
        table: The table.
        options: Where the files go.
    """

    table: Table
    options: WriteOptions

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, records: pvalue.PCollection[Any]) -> pvalue.PCollection[StagedFile]:
        """Returns the files written."""
        table, options = self.table, self.options
        files: pvalue.PCollection[StagedFile] = (
            records
            | "KeyByPartition" >> beam.ParDo(_KeyFn(table.name, options))
            | "GroupByPartition" >> beam.GroupByKey()
            | "WritePartitions" >> beam.ParDo(_WriteFn(table.name, options))
        )
        return files


def partition_of(row: dict[str, Any], *, table: str, options: WriteOptions) -> str:
    """Returns the hive path of a row's partition, such as `date=2019-01-23`."""
    if table not in ("articles", "revisions"):
        return f"run_date={options.started_at:%Y-%m-%d}"
    parts = []
    for key in options.partition_by:
        value = _day(row)[: _DATE_CHARS[key]] if key in _DATE_CHARS else row[key]
        encoded = quote(value, safe="") if value else NULL_PARTITION
        parts.append(f"{PARTITION_COLUMNS[key]}={encoded}")
    return "/".join(parts)


def write_rows(
    rows: Iterable[dict[str, Any]], *, table: Table, partition: str, options: WriteOptions
) -> Iterator[StagedFile]:
    """Writes the rows of one partition and yields the files.

    Args:
        rows: The columns by name, those about the run apart; missing ones are null.
        table: The table.
        partition: The hive path.
        options: Where the files go.
    """
    in_path = {part.partition("=")[0] for part in partition.split("/")}
    schema = pa.schema([column for column in table.schema if column.name not in in_path])
    schema = schema.with_metadata(
        {
            "feedlake.table": table.name,
            "feedlake.schema_version": str(SCHEMA_VERSION),
            MINHASH_KEY: str(MINHASH_VERSION),
        }
    )
    provenance = {
        "run_id": options.run_id,
        "schema_version": SCHEMA_VERSION,
        "rejected_at": options.started_at,
    }
    for number, part in enumerate(_cut(sorted(rows, key=table.sort_key))):
        path = f"{table.name}/{partition}/{options.run_id}-{number:04d}.parquet"
        # Column by column: four times as fast as `Table.from_pylist`, which looks at each row.
        columns = [
            pa.array(
                [provenance[name]] * len(part)
                if name in provenance
                else [row[name] for row in part],
                type=schema.field(name).type,
            )
            for name in schema.names
        ]
        data = pa.Table.from_arrays(columns, schema=schema)
        written = storage.write_file(storage.join(options.folder, path), _writer(data))
        yield StagedFile(path, table.name, len(part), written.size_bytes, written.sha256)


def _writer(data: pa.Table) -> Callable[[BinaryIO], None]:
    bytes_per_row = max(1, data.nbytes // max(1, len(data)))
    rows = max(1, min(ROW_GROUP_ROWS, ROW_GROUP_BYTES // bytes_per_row))
    # A dictionary pays where values repeat; for texts, ids and hashes it is tried in vain.
    unique = {
        *("article_id", "cluster_id", "text", "text_sha256", "content_sha256", "minhash"),
        *("reject_id", "extra", "excerpt"),
    }
    dictionary = [
        name
        for name in data.schema.names
        if name not in unique and not pa.types.is_nested(data.schema.field(name).type)
    ]

    def write(stream: BinaryIO) -> None:
        pq.write_table(
            data,
            stream,
            row_group_size=rows,
            compression="zstd",
            use_dictionary=dictionary,
            write_statistics=True,
            write_page_index=True,
        )

    return write


def _cut(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The rows in as few parts as hold at most `MAX_FILE_BYTES` each."""
    part: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        row_bytes = 500 + len(row.get("text") or "") + len(row.get("extra") or "")
        if part and size + row_bytes > MAX_FILE_BYTES:
            yield part
            part, size = [], 0
        part.append(row)
        size += row_bytes
    if part:
        yield part


def _day(row: dict[str, Any]) -> str:
    moment: datetime = row["published_at"] or row["fetched_at"]
    return f"{moment:%Y-%m-%d}"


class _KeyFn(beam.DoFn):
    def __init__(self, table: str, options: WriteOptions) -> None:
        self._table, self._options = table, options

    def process(self, record: Any) -> Iterator[tuple[str, Any]]:
        row = _tables()[self._table].to_row(record)
        yield partition_of(row, table=self._table, options=self._options), record


class _WriteFn(beam.DoFn):
    def __init__(self, table: str, options: WriteOptions) -> None:
        self._table, self._options = table, options

    def process(self, keyed: tuple[str, Iterable[Any]]) -> Iterator[StagedFile]:
        partition, records = keyed
        table = _tables()[self._table]
        rows = (table.to_row(record) for record in records)
        yield from write_rows(rows, table=table, partition=partition, options=self._options)


def _tables() -> dict[str, Table]:
    # By name, so that a DoFn carries a word to its worker, not schemas and functions.
    from transforms.schema import TABLES

    return TABLES
