"""How rows are encoded as Parquet: small files plainly, large ones so that they become short."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP_BYTES = 64 << 20
ROW_GROUP_ROWS = 100_000
"""Bounds of a row group, in bytes before encoding and in rows: DuckDB and Spark read row groups
in parallel and skip them by their statistics."""

SMALL_BYTES = 256 << 10
"""Size of rows before encoding up to which a file is written plainly: texts are compressed and
nothing else, no dictionaries, no page index. To set those up for 60 columns takes as long as all
the rest, and makes such a file no smaller. Of 38 kB that a page took, 7 were Arrow's own form of
the schema, which says nothing that Parquet's doesn't, and 7 the least and greatest values of texts,
hashes and nested columns, by which nobody looks for rows (measured 2026-11)."""

_LONG_TEXTS = ("text", "excerpt", "extra", "entry")

_AS_THEY_LIE = {"minhash", "text_sha256", "content_sha256"}
"""Hashes, which no codec makes shorter. They are written without one, so that the index of the
lake can read them where they lie (`docs/decisions/0019`)."""

_UNIQUE = {
    *("article_id", "cluster_id", "text", "text_sha256", "content_sha256", "minhash"),
    *("reject_id", "extra", "excerpt"),
}


def encoder(data: pa.Table) -> Callable[[BinaryIO], None]:
    """Returns what writes the rows, as one file, to a stream.

    Args:
        data: The rows; the metadata of their schema becomes the file's.
    """
    size_bytes = data.nbytes
    rows = ROW_GROUP_BYTES * len(data) // max(1, size_bytes)
    is_small = size_bytes <= SMALL_BYTES

    def write(stream: BinaryIO) -> None:
        # A small file is handed over whole: pyarrow writes each page by itself.
        sink: Any = pa.BufferOutputStream() if is_small else stream
        with pq.ParquetWriter(
            sink,
            data.schema,
            compression=dict.fromkeys(
                _LONG_TEXTS if is_small else _leaves(data.schema) - _AS_THEY_LIE, "zstd"
            ),
            # A dictionary pays where values repeat; for texts and hashes it is tried in vain.
            use_dictionary=[] if is_small else _repeating(data.schema),
            write_statistics=_compared(data.schema) if is_small else True,
            write_page_index=not is_small,
            write_page_checksum=True,
            store_schema=not is_small,
        ) as writer:
            writer.write_table(data, row_group_size=max(1, min(ROW_GROUP_ROWS, rows)))
            if is_small:  # Else it is stored with the schema.
                writer.add_key_value_metadata(data.schema.metadata or {})
        if is_small:
            stream.write(sink.getvalue())

    return write


def _leaves(schema: pa.Schema) -> set[str]:
    """The columns as Parquet names them, which of lists and structs are those of their values."""
    return {name for field in schema for name in _leaves_of(field.name, field.type)}


def _leaves_of(name: str, kind: pa.DataType) -> Iterator[str]:
    if pa.types.is_list(kind):
        yield from _leaves_of(f"{name}.list.element", kind.value_type)
    elif pa.types.is_struct(kind):
        for number in range(kind.num_fields):
            field = kind.field(number)
            yield from _leaves_of(f"{name}.{field.name}", field.type)
    else:
        yield name


def _compared(schema: pa.Schema) -> list[str]:
    """The columns whose values are asked for by comparing them."""
    left_out = _AS_THEY_LIE.union(_LONG_TEXTS)
    return [
        column.name
        for column in schema
        if column.name not in left_out and not pa.types.is_nested(column.type)
    ]


def _repeating(schema: pa.Schema) -> list[str]:
    return [
        column.name
        for column in schema
        if column.name not in _UNIQUE and not pa.types.is_nested(column.type)
    ]
