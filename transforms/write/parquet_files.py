"""A lake's Parquet files: their partitions, their names, how they are written."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from typing import Any, BinaryIO
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from feedlake.transforms.dedup.minhash import MINHASH_VERSION
from feedlake.transforms.enrich.enrichment_columns import embedding_metadata, without_empty
from feedlake.transforms.normalize import storage, urls
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.schema import MINHASH_KEY, SCHEMA_VERSION, URL_RULE_KEY, Table

MAX_FILE_BYTES = 512 << 20
"""Size of a file's rows before encoding; zstd makes news text about a third of it, so that files
stay under 256 MB."""

ROW_GROUP_BYTES = 64 << 20
ROW_GROUP_ROWS = 100_000
"""Bounds of a row group, in bytes before encoding and in rows: DuckDB and Spark read row groups
in parallel and skip them by their statistics."""

SMALL_BYTES = 256 << 10
"""Size of rows before encoding up to which a file is written plainly: texts are compressed and
nothing else, no dictionaries, no page index. To set those up for 60 columns takes as long as all
the rest, and makes such a file no smaller (measured 2026-11)."""

_LONG_TEXTS = ("text", "excerpt", "extra", "entry")

_UNIQUE = {
    *("article_id", "cluster_id", "text", "text_sha256", "content_sha256", "minhash"),
    *("reject_id", "extra", "excerpt"),
}

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
    _: KW_ONLY
    run_id: str
    started_at: datetime
    partition_by: tuple[str, ...] = ("date",)


def partition_of(row: dict[str, Any], *, table: str, options: WriteOptions) -> str:
    """Returns the hive path of a row's partition, such as `date=2019-01-23`."""
    if table not in ("articles", "revisions"):
        return f"run_date={options.started_at:%Y-%m-%d}"
    parts = []
    for key in options.partition_by:
        value = _day(row)[: _DATE_CHARS[key]] if key in _DATE_CHARS else row[key]
        parts.append(f"{PARTITION_COLUMNS[key]}={_encode(value)}")
    return "/".join(parts)


def write_rows(
    rows: Iterable[dict[str, Any]], *, table: Table, partition: str, options: WriteOptions
) -> Iterator[StagedFile]:
    """Writes the rows of one partition and yields the files.

    Args:
        rows: All columns by name, those about the run apart.
        table: The table.
        partition: The hive path.
        options: Where the files go.
    """
    provenance = {
        "run_id": options.run_id,
        "schema_version": SCHEMA_VERSION,
        "rejected_at": options.started_at,
    }
    schema = schema_in(partition, table=table)
    held = sorted(rows, key=_order_of(table))
    # Column by column: four times as fast as `Table.from_pylist`, which looks at each row.
    columns = [
        pa.array(
            [provenance[name]] * len(held) if name in provenance else [row[name] for row in held],
            type=schema.field(name).type,
        )
        for name in schema.names
    ]
    data = pa.Table.from_arrays(columns, schema=schema)
    rows_per_file = -(-len(held) // max(1, -(-data.nbytes // MAX_FILE_BYTES)))
    for number, start in enumerate(range(0, len(held), rows_per_file or 1)):
        path = f"{table.name}/{partition}/{options.run_id}-{number:04d}.parquet"
        part = data.slice(start, rows_per_file)
        yield write_file(storage.join(options.folder, path), part, path=path, table=table)


def schema_in(partition: str, *, table: Table) -> pa.Schema:
    """Returns the schema of a table's files in a partition: without the columns in the path."""
    in_path = {part.partition("=")[0] for part in partition.split("/")}
    # Without what the columns mean: it would take more of a small file than its rows.
    columns = [column for column in table.schema if column.name not in in_path]
    return pa.schema([column.remove_metadata() for column in columns])


def write_file(
    target: str,
    data: pa.Table,
    *,
    path: str,
    table: Table,
    minhash_version: bytes = str(MINHASH_VERSION).encode(),
    url_rule: int | None = None,
) -> StagedFile:
    """Writes one Parquet file and returns what the journal has to know of it.

    Args:
        target: Where to write it.
        data: The rows, as `sort_rows` has them.
        path: Its path below the lake.
        table: The table it belongs to.
        minhash_version: Version of its signatures.
        url_rule: Version of the rule for addresses that its identities follow; None: this one.
    """
    data = without_empty(data)
    data = data.replace_schema_metadata(
        {
            "feedlake.table": table.name,
            "feedlake.schema_version": str(SCHEMA_VERSION),
            MINHASH_KEY: minhash_version,
            URL_RULE_KEY: str(url_rule or urls.URL_RULE_VERSION),
            **embedding_metadata(data),
        }
    )
    written = storage.write_file(target, _writer(data))
    return StagedFile(
        path, table=table.name, rows=len(data), size_bytes=written.size_bytes, sha256=written.sha256
    )


def sort_rows(data: pa.Table, *, table: Table) -> pa.Table:
    """Returns the rows in the order that files of the table have, null values last."""
    return data.sort_by([(name, "ascending") for name in table.sort_columns])


def _order_of(table: Table) -> Callable[[dict[str, Any]], Any]:
    """The same order for rows that are no Arrow table yet."""
    names = table.sort_columns
    return lambda row: [(row.get(name) is None, row.get(name)) for name in names]


def _writer(data: pa.Table) -> Callable[[BinaryIO], None]:
    rows = ROW_GROUP_BYTES * len(data) // max(1, data.nbytes)
    is_small = data.nbytes <= SMALL_BYTES

    def write(stream: BinaryIO) -> None:
        # A small file is handed over whole: pyarrow writes each page by itself.
        sink: Any = pa.BufferOutputStream() if is_small else stream
        pq.write_table(
            data,
            sink,
            row_group_size=max(1, min(ROW_GROUP_ROWS, rows)),
            compression=dict.fromkeys(_LONG_TEXTS, "zstd") if is_small else "zstd",
            # A dictionary pays where values repeat; for texts and hashes it is tried in vain.
            use_dictionary=[] if is_small else _repeating(data.schema),
            write_statistics=True,
            write_page_index=not is_small,
        )
        if is_small:
            stream.write(sink.getvalue())

    return write


def _repeating(schema: pa.Schema) -> list[str]:
    return [
        column.name
        for column in schema
        if column.name not in _UNIQUE and not pa.types.is_nested(column.type)
    ]


def _day(row: dict[str, Any]) -> str:
    moment: datetime = row["published_at"] or row["fetched_at"]
    return moment.date().isoformat()


@functools.lru_cache(maxsize=1024)
def _encode(value: str | None) -> str:
    return quote(value, safe="") if value else NULL_PARTITION
