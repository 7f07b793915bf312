"""What a child process does for the reader of Parquet: a part of a file at a time."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from feedlake.transforms.read.read_record import FieldNotes, RecordReader
from feedlake.transforms.records.documents import Document, Rejection
from feedlake.transforms.tables.parquet_rows import (
    BadRow,
    Care,
    ParquetFault,
    count_rows,
    read_group,
)

_PART_ROWS, _PART_CHARS = 1024, 16 << 20
"""Where a part ends: after so many rows, or with the row that makes it so large."""

_MAX_BYTES_PER_CHAR = 4


@dataclass(frozen=True)
class Place:
    """Rows of a file.

    Attributes:
        path: The file, on this machine.
        reading: Another one each time that the file is read.
        group: Number of the row group, from 0.
        before: How many rows are in the row groups before it.
        start: Number of the first row to read, from 1.
        end: Number of the last row of the row group.
    """

    path: str
    reading: str
    group: int
    before: int
    start: int
    end: int


@dataclass(frozen=True)
class Part:
    """What was read of a row group.

    Attributes:
        items: The documents and rejections, one a row.
        fault: Why no row behind them can be read; None if one can, or if there is none.
        notes: What the rows say of their fields.
    """

    items: list[Document | Rejection]
    fault: str | None
    notes: FieldNotes


@dataclass
class _Begun:
    """A row group whose next part may be asked for."""

    reading: str
    next_row: int
    care: Care
    rows: Generator[dict[str, Any] | BadRow]


_begun: list[_Begun] = []
"""The row group that this process was last asked for, if it has not ended."""


def count_parquet_rows(path: str) -> list[int] | str:
    """Returns how many rows each row group says it has, or why that can't be read.

    Args:
        path: The file, on this machine.
    """
    try:
        return count_rows(path)
    except ParquetFault as error:
        return str(error)


def read_part(place: Place, records: RecordReader, care: Care) -> Part:
    """Returns the next rows of a row group, made into documents.

    Args:
        place: Where they stand.
        records: Makes documents of them.
        care: How carefully to read.
    """
    begun = _go_to(place, care, records.max_chars * _MAX_BYTES_PER_CHAR)
    items: list[Document | Rejection] = []
    fault, chars = None, 0
    try:
        for row in begun.rows:
            if isinstance(row, BadRow):
                item: Document | Rejection = records.reject(
                    begun.next_row, reason=row.reason, detail=row.detail
                )
            else:
                item = records.read(row, begun.next_row)
            items.append(item)
            begun.next_row += 1
            chars += len(item.body) if isinstance(item, Document) else 0
            if begun.next_row > place.end or len(items) >= _PART_ROWS or chars >= _PART_CHARS:
                break
        else:
            fault = "there are fewer rows than the row group says"
    except ParquetFault as error:
        fault = str(error)
    if fault is not None or begun.next_row > place.end:
        _close_begun()
    return Part(items, fault, records.notes)


def _go_to(place: Place, care: Care, max_bytes: int) -> _Begun:
    asked = (place.reading, place.start, care)
    if not _begun or (_begun[0].reading, _begun[0].next_row, _begun[0].care) != asked:
        _close_begun()
        rows = read_group(
            place.path,
            place.group,
            skip=place.start - place.before - 1,
            care=care,
            max_bytes=max_bytes,
        )
        _begun.append(_Begun(place.reading, place.start, care, rows))
    return _begun[0]


def _close_begun() -> None:
    for begun in _begun:
        begun.rows.close()
    _begun.clear()
