"""A lake's Parquet files: their partitions, their names, their rows."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import date, datetime
from operator import itemgetter
from typing import Any, Literal, NamedTuple
from urllib.parse import quote, unquote

import pyarrow as pa

from feedlake.transforms.dedup.minhash import MINHASH_VERSION
from feedlake.transforms.enrich.enrichment_columns import embedding_metadata
from feedlake.transforms.normalize import storage, urls
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.records.file_facts import FileFacts
from feedlake.transforms.stores.store_settings import StoreSettings
from feedlake.transforms.write.describe_file import FactFinder, describe
from feedlake.transforms.write.parquet_encoding import encoder
from feedlake.transforms.write.schema import MINHASH_KEY, SCHEMA_VERSION, URL_RULE_KEY, Table

MAX_FILE_BYTES = 512 << 20
"""Size of a file's rows before encoding; zstd makes news text about a third of it, so that files
stay under 256 MB."""

_ENRICHED = ("articles", "revisions")
NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
"""Hive's name for a null partition value. pandas cannot read it (`docs/decisions/0014`): only lakes
begun before schema version 3 have any."""

NO_SITE = "no-address"
"""Value of `by_site` for documents without an address; no registered domain, as it has no dot."""

PARTITION_COLUMNS = {
    "date": "date",
    "date:month": "month",
    "date:year": "year",
    "language": "language",
    "site": "by_site",
    "source_kind": "source_kind",
    "text_source": "text_source",
}
"""What `articles` can be partitioned by: the option's word → the name in the path.

Columns of these names are in the path only. There is none called `by_site`: the files themselves
say which site, so that it may be null."""

_BY_SITE = PARTITION_COLUMNS["site"]

_DATE_CHARS = {"date": 10, "date:month": 7, "date:year": 4}
"""How much of YYYY-MM-DD makes the partition's value."""


@dataclass(frozen=True)
class WriteOptions:
    """Where the files of one run go.

    Attributes:
        folder: The run's staging folder.
        run_id: The run.
        started_at: Its start, UTC: the date of the partitions that are by run.
        partition_by: A layout, as `layout_of` has it, for `articles` and `revisions`.
        plugin_columns: What plugins add to the columns of these two.
        revision_reason: Why there are new versions: the source has another text, or the extractor.
        stores: How workers elsewhere reach object stores; None: as this process does.
    """

    folder: str
    _: KW_ONLY
    run_id: str
    started_at: datetime
    partition_by: tuple[str, ...] = ("date",)
    plugin_columns: tuple[pa.Field, ...] = ()
    revision_reason: Literal["source", "extractor"] = "source"
    stores: StoreSettings | None = None


def layout_of(words: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the layout that the words of `--partition-by` stand for, as journals have it.

    In a journal, `site` is the layout of lakes begun before schema version 3: those have the site
    in the path only.
    """
    return tuple(_BY_SITE if word == "site" else word for word in words)


def words_of(layout: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the words of `--partition-by` that a layout, older ones too, stands for."""
    return tuple("site" if key == _BY_SITE else key for key in layout)


def coarser_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """Returns words of `--partition-by` that make fewer files than these; empty: there are none."""
    coarser = {"date": ("date:month",), "date:month": ("date:year",), "site": ()}
    found = [one for word in words for one in coarser.get(word, (word,))]
    return () if found == [*words] else tuple(dict.fromkeys(found)) or ("date:month",)


def partition_of(row: dict[str, Any], *, table: str, options: WriteOptions) -> str:
    """Returns the hive path of a row's partition, such as `date=2019-01-23`."""
    if table not in ("articles", "revisions"):
        return f"run_date={options.started_at:%Y-%m-%d}"
    return hive_path(row, options.partition_by)


def hive_path(row: dict[str, Any], layout: tuple[str, ...]) -> str:
    """Returns the hive path of a row of `articles` or `revisions` in a layout."""
    parts = []
    for key in layout:
        if key in _DATE_CHARS:
            value = day_of(row).isoformat()[: _DATE_CHARS[key]]
        elif key == _BY_SITE:
            value = row["site"] or NO_SITE
        else:
            value = row[key]
        name = key if key in ("site", _BY_SITE) else PARTITION_COLUMNS[key]
        parts.append(f"{name}={_encode(value)}")
    return "/".join(parts)


def values_in(path: str) -> dict[str, str | None]:
    """Returns the names and values of the partitions in a path; null where Hive says so."""
    parts = [part.partition("=") for part in path.split("/") if "=" in part]
    return {name: None if value == NULL_PARTITION else unquote(value) for name, _, value in parts}


def day_of(row: dict[str, Any]) -> date:
    """Returns the day of an article or revision: the one its row has, or that of its times."""
    if (day := row.get("date")) is not None:
        return date.fromisoformat(day) if isinstance(day, str) else day
    moment: datetime = row["published_at"] or row["fetched_at"]
    return moment.date()


def write_rows(
    rows: Iterable[dict[str, Any]],
    *,
    table: Table,
    partition: str,
    options: WriteOptions,
    part: str = "",
) -> Iterator[StagedFile]:
    """Writes the rows of one partition, or a part of them, and yields the files.

    Args:
        rows: All columns by name, those about the run apart.
        table: The table.
        partition: The hive path.
        options: Where the files go.
        part: Name of the part in the names of its files, unless all other rows are meant.
    """
    if held := [*rows]:
        yield from write_parts([Part(partition, part, held)], table=table, options=options)


class Part(NamedTuple):
    """Rows of one partition that make files of their own.

    Attributes:
        partition: The hive path.
        name: As `write_rows` takes it.
        rows: All columns by name, those about the run apart.
    """

    partition: str
    name: str
    rows: list[dict[str, Any]]


def write_parts(
    parts: Sequence[Part], *, table: Table, options: WriteOptions
) -> Iterator[StagedFile]:
    """Writes the rows of partitions of one layout, and yields the files.

    The rows of all become columns at once: for each partition by itself, 60 columns of a row or two
    took longer to make than to write.

    Args:
        parts: The rows; at least one part, and none without rows.
        table: The table.
        options: Where the files go.
    """
    order = _order_of(table)
    held = [row for part in parts for row in sorted(part.rows, key=order)]
    data = _as_columns(held, partition=parts[0].partition, table=table, options=options)
    facts = FactFinder(data)
    # To ask each part for its size takes a twentieth as long as to write it.
    may_be_large = data.nbytes > MAX_FILE_BYTES
    first = 0
    for part in parts:
        end = first + len(part.rows)
        size_bytes = data.slice(first, len(part.rows)).nbytes if may_be_large else 0
        rows_per_file = -(-len(part.rows) // max(1, -(-size_bytes // MAX_FILE_BYTES)))
        for number, start in enumerate(range(first, end, rows_per_file)):
            name = "-".join(filter(None, (options.run_id, part.name, f"{number:04d}")))
            path = f"{table.name}/{part.partition}/{name}.parquet"
            rows = slice(start, min(start + rows_per_file, end))
            yield _write_slice(
                storage.join(options.folder, path),
                data.slice(rows.start, rows.stop - rows.start),
                path=path,
                table=table,
                facts=facts.find(rows, in_path=values_in(path), schema_version=SCHEMA_VERSION),
            )
        first = end


def _as_columns(
    rows: list[dict[str, Any]], *, partition: str, table: Table, options: WriteOptions
) -> pa.Table:
    """The rows as files of the table hold them, in their order."""
    provenance = {
        "run_id": options.run_id,
        "schema_version": SCHEMA_VERSION,
        "rejected_at": options.started_at,
        "revision_reason": options.revision_reason,
    }
    schema = schema_in(partition, table=table)
    own = {column.name for column in options.plugin_columns}
    if table.name in _ENRICHED:
        schema = pa.schema([*schema, *options.plugin_columns])
    # Column by column: four times as fast as `Table.from_pylist`, which looks at each row.
    computed: dict[str, Callable[[dict[str, Any]], Any]] = {"date": day_of}
    columns = [
        pa.array(
            [provenance[name]] * len(rows)
            if name in provenance
            else [row.get(name) for row in rows]
            if name in own
            else [*map(computed.get(name) or itemgetter(name), rows)],
            type=schema.field(name).type,
        )
        for name in schema.names
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def schema_in(partition: str, *, table: Table) -> pa.Schema:
    """Returns the schema of a table's files in a partition: without the columns in the path."""
    in_path = {part.partition("=")[0] for part in partition.split("/")}
    # Without what the columns mean: it would take more of a small file than its rows.
    columns = [column for column in table.schema if column.name not in in_path]
    return pa.schema([column.remove_metadata() for column in columns])


def complete(data: pa.Table, *, path: str, table: Table) -> pa.Table:
    """Returns rows of an older file with the columns that files have today; no column is dropped.

    Args:
        data: The rows.
        path: Where they stand or are to stand; columns in it are not added.
        table: The table.
    """
    fields, columns = [], []
    for field in schema_in(path, table=table):
        if field.name in data.column_names:
            column = data.column(field.name).cast(field.type)
        elif field.name == "date":
            times = data.select(["published_at", "fetched_at"]).to_pylist()
            column = pa.array(map(day_of, times), field.type)
        else:
            field = field.with_nullable(True)
            column = pa.nulls(len(data), field.type)
        fields.append(field)
        columns.append(column)
    known = {field.name for field in fields}
    for field in data.schema:
        if field.name not in known:
            fields.append(field.remove_metadata())
            columns.append(data.column(field.name))
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


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
    facts = describe(data, in_path=values_in(path), schema_version=SCHEMA_VERSION)
    return _write_slice(
        target,
        data,
        path=path,
        table=table,
        facts=facts,
        minhash_version=minhash_version,
        url_rule=url_rule,
    )


def _write_slice(
    target: str,
    data: pa.Table,
    *,
    path: str,
    table: Table,
    facts: FileFacts,
    minhash_version: bytes = str(MINHASH_VERSION).encode(),
    url_rule: int | None = None,
) -> StagedFile:
    data = data.replace_schema_metadata(
        {
            "feedlake.table": table.name,
            "feedlake.schema_version": str(SCHEMA_VERSION),
            MINHASH_KEY: minhash_version,
            URL_RULE_KEY: str(url_rule or urls.URL_RULE_VERSION),
            **embedding_metadata(data),
        }
    )
    written = storage.write_file(target, encoder(data))
    return StagedFile(
        path,
        table=table.name,
        rows=len(data),
        size_bytes=written.size_bytes,
        sha256=written.sha256,
        facts=replace(
            facts,
            url_rule=url_rule or urls.URL_RULE_VERSION,
            minhash_version=int(minhash_version) if minhash_version.isdigit() else None,
        ),
    )


def sort_rows(data: pa.Table, *, table: Table) -> pa.Table:
    """Returns the rows in the order that files of the table have, null values last."""
    return data.sort_by([(name, "ascending") for name in table.sort_columns])


def _order_of(table: Table) -> Callable[[dict[str, Any]], Any]:
    """The same order for rows that are no Arrow table yet."""
    names = table.sort_columns
    return lambda row: [(row.get(name) is None, row.get(name)) for name in names]


@functools.lru_cache(maxsize=1024)
def _encode(value: str | None) -> str:
    return quote(value, safe="") if value else NULL_PARTITION
