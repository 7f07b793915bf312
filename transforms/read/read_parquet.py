"""Parquet files: the documents among their rows."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from feedlake.transforms.read.read_record import DamagedRecordsError, read_record, reject_record
from feedlake.transforms.records.documents import Document, Rejection

_BATCH_ROWS = 64
"""Rows decoded at a time: at 300 kB a page (field measurement) 20 MB."""

_CONVERSION_FAULTS = (ValueError, OverflowError, KeyError)
"""What pyarrow raises for a value that Python has no equal for: a year beyond 9999, a string that
is not UTF-8, a time zone that is unknown, a struct with two fields of one name."""


def read_parquet(
    stream: BinaryIO, *, source: str, fields: Mapping[str, str], max_bytes: int, first: int = 1
) -> Iterator[Document | Rejection]:
    """Yields the documents of a Parquet file, row by row.

    Args:
        stream: The file; one that cannot seek is copied to the disk first.
        source: Its path or URL.
        fields: The file's own name for each field that it names differently (`text` → `body`).
        max_bytes: Largest document, in characters.
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
                    yield _read_row(row, source, number, fields=fields, max_chars=max_bytes)
        except (pa.ArrowException, OSError) as error:
            raise DamagedRecordsError(f"after row {number}: {error}") from error


def _read_row(
    row: dict[str, Any] | Exception,
    source: str,
    number: int,
    *,
    fields: Mapping[str, str],
    max_chars: int,
) -> Document | Rejection:
    if isinstance(row, Exception):
        return reject_record(source, "parquet", number, "bad_value", f"{type(row).__name__}: {row}")
    return read_record(
        row, source=source, kind="parquet", number=number, fields=fields, max_chars=max_chars
    )


def _in_utc(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with all times in UTC and microseconds: Python has no finer ones, nor all zones."""
    for index, field in enumerate(batch.schema):
        if pa.types.is_timestamp(field.type):
            utc = pa.timestamp("us", tz=field.type.tz and "UTC")
            column = batch.column(index).cast(utc, safe=False)
            batch = batch.set_column(index, field.name, column)
    return batch


def _rows(batch: pa.RecordBatch) -> list[dict[str, Any] | Exception]:
    """The rows as dicts; for a row that cannot be one, why."""
    try:
        rows: list[dict[str, Any] | Exception] = batch.to_pylist()
    except _CONVERSION_FAULTS as error:
        if len(batch) == 1:
            return [error]
        rows = [row for number in range(len(batch)) for row in _rows(batch.slice(number, 1))]
    return rows
