"""Rows of a Parquet file, none of them larger than allowed: what a child process runs.

How much memory a batch of rows takes can't be told before it is decoded: a page of a few kilobytes
may stand for gigabytes, once for each row that refers to it. So a child with a limit decodes them,
and one that dies is followed by one that takes smaller steps.
"""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

Care = Literal[0, 1, 2]
"""How carefully to read: 0 as usual; 1 without a copy of a text for each row that refers to it; 2
the same, row by row."""

_BATCH_ROWS, _BATCH_BYTES = 64, 16 << 20
"""Rows decoded at a time: at 300 kB a page (field measurement) 16 MiB."""

_CAREFUL_ROWS, _CAREFUL_BYTES = 4096, 64 << 20
"""The same where pyarrow copies all texts of a row group for each batch, however few it needs."""

_BUFFER_BYTES = 1 << 20
"""How much of a column is read ahead; by default, all of it in a row group."""

LIBRARY_FAULTS = (pa.ArrowException, OSError, ValueError, OverflowError, KeyError, IndexError)
"""What pyarrow raises for a file that is damaged or beyond what it reads: one whose columns have
names that are not UTF-8, for example (ValueError)."""

_CONVERSION_FAULTS = (pa.ArrowException, ValueError, OverflowError, KeyError, RecursionError)
"""What pyarrow raises for a value that Python has no equal for: a year beyond 9999, a string that
is not UTF-8, a time zone that is unknown, a struct with two fields of one name."""


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be had: a stable reason, and a sentence."""

    reason: str
    detail: str


class ParquetFault(Exception):
    """The file is damaged, or beyond what pyarrow reads; the message is pyarrow's."""


def count_rows(path: str) -> list[int]:
    """Returns how many rows each row group says it has.

    Raises:
        ParquetFault: The file has no readable footer.
    """
    _bound_library()
    try:
        with open(path, "rb") as stream, pq.ParquetFile(stream) as file:
            groups = range(file.metadata.num_row_groups)
            return [file.metadata.row_group(group).num_rows for group in groups]
    except MemoryError:
        raise
    except LIBRARY_FAULTS as error:
        raise ParquetFault(_describe(error)) from error


def read_group(
    path: str, group: int, *, skip: int, care: Care, max_bytes: int
) -> Generator[dict[str, Any] | BadRow]:
    """Yields the rows of a row group.

    Args:
        path: The file.
        group: Number of the row group, from 0.
        skip: How many of its rows to leave out.
        care: How carefully to read.
        max_bytes: Longest text in a row; one that is longer is not made a Python object.

    Raises:
        ParquetFault: The row group is damaged.
    """
    _bound_library()
    batches = _read_batches(path, group, care=care)
    with contextlib.closing(batches):
        for batch in batches:
            passed = min(skip, len(batch))
            skip -= passed
            if passed < len(batch):
                yield from _read_rows(batch.slice(passed), max_bytes=max_bytes)


def _bound_library() -> None:
    """In a child: has pyarrow start no threads, each of which would take some of the memory."""
    if multiprocessing.parent_process() is not None:
        pa.set_cpu_count(1)


def _read_batches(path: str, group: int, *, care: Care) -> Generator[pa.RecordBatch]:
    try:
        with open(path, "rb") as stream:
            metadata = pq.read_metadata(stream)
            dictionaries = _find_dictionaries(metadata, group) if care else None
        with (
            open(path, "rb") as stream,
            pq.ParquetFile(
                stream,
                metadata=metadata,
                buffer_size=_BUFFER_BYTES,
                page_checksum_verification=True,
                read_dictionary=dictionaries,
            ) as file,
        ):
            refers = any(pa.types.is_dictionary(field.type) for field in file.schema_arrow)
            rows = _choose_rows(metadata.row_group(group), 1 if refers and not care else care)
            batches = file.iter_batches(batch_size=rows, row_groups=[group], use_threads=False)
            for batch in batches:
                yield _in_utc(batch)
    except MemoryError:  # One of pyarrow's is an ArrowException, too.
        raise
    except LIBRARY_FAULTS as error:
        raise ParquetFault(_describe(error)) from error


def _choose_rows(group: pq.RowGroupMetaData, care: Care) -> int:
    """How many rows to decode at a time, by the size that the row group says it has."""
    if care == 2:
        return 1
    max_rows, max_bytes = (_CAREFUL_ROWS, _CAREFUL_BYTES) if care else (_BATCH_ROWS, _BATCH_BYTES)
    row_bytes = max(1, group.total_byte_size // max(1, group.num_rows))
    return int(max(1, min(max_rows, max_bytes // row_bytes)))


def _find_dictionaries(metadata: pq.FileMetaData, group: int) -> list[str]:
    """The columns whose values may be references to a list of values."""
    columns = [metadata.row_group(group).column(n) for n in range(metadata.num_columns)]
    return [
        column.path_in_schema
        for column in columns
        if column.physical_type == "BYTE_ARRAY"
        and "." not in column.path_in_schema
        and any(encoding.endswith("DICTIONARY") for encoding in column.encodings)
    ]


def _in_utc(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with all times in UTC and microseconds: Python has no finer ones, nor all zones."""
    for index, field in enumerate(batch.schema):
        kind = _readable_type(field.type)
        if kind != field.type:
            column = batch.column(index).cast(kind, safe=False)
            batch = batch.set_column(index, field.name, column)
    return batch


def _readable_type(kind: pa.DataType) -> pa.DataType:
    """The type, its times in UTC and microseconds, those in lists and objects as well."""
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", tz=kind.tz and "UTC")
    if pa.types.is_time64(kind):
        return pa.time64("us")
    if pa.types.is_duration(kind) and kind.unit == "ns":
        return pa.duration("us")
    if pa.types.is_struct(kind):
        return pa.struct([part.with_type(_readable_type(part.type)) for part in kind])
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_readable_type(kind.value_type)))
    if pa.types.is_map(kind):
        return pa.map_(_readable_type(kind.key_type), _readable_type(kind.item_type))
    return kind


def _read_rows(batch: pa.RecordBatch, *, max_bytes: int) -> Iterator[dict[str, Any] | BadRow]:
    """Yields the rows as dicts; for a row that cannot be one, why."""
    sizes = _measure(batch)
    if sum(sizes) <= _BATCH_BYTES:
        yield from _convert(batch)
        return
    for number, size in enumerate(sizes):
        if size > max_bytes:
            yield BadRow("too_large", f"a value of {size} bytes")
        else:
            yield from _convert(batch.slice(number, 1))


def _convert(batch: pa.RecordBatch) -> list[dict[str, Any] | BadRow]:
    try:
        rows: list[dict[str, Any] | BadRow] = batch.to_pylist()
    except MemoryError:
        raise
    except _CONVERSION_FAULTS as error:
        if len(batch) == 1:
            return [BadRow("bad_value", f"{type(error).__name__}: {_describe(error)}")]
        rows = [row for number in range(len(batch)) for row in _convert(batch.slice(number, 1))]
    return rows


def _measure(batch: pa.RecordBatch) -> list[int]:
    """The bytes of each row's longest text, among those that stand in a column of their own."""
    longest = [0] * len(batch)
    for column in batch.columns:
        if pa.types.is_dictionary(column.type) and _has_length(column.type.value_type):
            lengths = pc.binary_length(column.dictionary).take(column.indices)
        elif _has_length(column.type):
            lengths = pc.binary_length(column)
        else:
            continue
        longest = [
            max(size, length or 0)
            for size, length in zip(longest, lengths.to_pylist(), strict=True)
        ]
    return longest


def _has_length(kind: pa.DataType) -> bool:
    kinds = pa.types
    return bool(
        kinds.is_string(kind)
        or kinds.is_large_string(kind)
        or kinds.is_binary(kind)
        or kinds.is_large_binary(kind)
    )


def _describe(error: Exception) -> str:
    return str(error) or type(error).__name__
