"""Parquet files: the documents among their rows."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from feedlake.transforms.read.read_record import DamagedRecordsError, RecordReader
from feedlake.transforms.records.documents import Document, Rejection

_BATCH_ROWS = 64
"""Rows decoded at a time: at 300 kB a page (field measurement) 20 MB."""

_CONVERSION_FAULTS = (ValueError, OverflowError, KeyError)
"""What pyarrow raises for a value that Python has no equal for: a year beyond 9999, a string that
is not UTF-8, a time zone that is unknown, a struct with two fields of one name."""


def read_parquet(
    stream: BinaryIO, records: RecordReader, *, first: int = 1
) -> Iterator[Document | Rejection]:
    """Yields the documents of a Parquet file, row by row.

    Args:
        stream: The file; one that cannot seek is copied to the disk first.
        records: Makes documents of its rows.
        first: Number of the first row to yield; those before it are passed over.

    Raises:
        DamagedRecordsError: The file is broken; all before the fault was yielded.
    """
    with contextlib.ExitStack() as stack:
        if not stream.seekable():
            spooled = stack.enter_context(tempfile.TemporaryFile())
            shutil.copyfileobj(stream, spooled)
            stream = spooled
        number = 0
        try:
            file = stack.enter_context(pq.ParquetFile(stream, page_checksum_verification=True))
            for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                if number + len(batch) < first:
                    number += len(batch)
                    continue
                for row in _rows(_in_utc(batch)):
                    number += 1
                    if isinstance(row, Exception):
                        detail = f"{type(row).__name__}: {row}"
                        yield records.reject(number, reason="bad_value", detail=detail)
                    else:
                        yield records.read(row, number)
        except (pa.ArrowException, OSError) as error:
            raise DamagedRecordsError(f"after row {number}: {error}") from error


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


def _rows(batch: pa.RecordBatch) -> list[dict[str, Any] | Exception]:
    """The rows as dicts; for a row that cannot be one, why."""
    try:
        rows: list[dict[str, Any] | Exception] = batch.to_pylist()
    except _CONVERSION_FAULTS as error:
        if len(batch) == 1:
            return [error]
        rows = [row for number in range(len(batch)) for row in _rows(batch.slice(number, 1))]
    return rows
