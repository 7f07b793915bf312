"""CSV and TSV: the documents among the rows of a table."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from feedlake.transforms.normalize.charset import detect_encoding
from feedlake.transforms.normalize.streams import put_back, read_head
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.read.read_record import DamagedRecordsError, RecordReader
from feedlake.transforms.records.documents import Document, Rejection
from feedlake.transforms.tables.csv_dialect import find_dialect
from feedlake.transforms.tables.csv_rows import BadRow, RowReader

_HEAD_BYTES = 1 << 20
"""How much of a file decides its encoding and how it is written."""

_MAX_COLUMNS = 10_000


def read_csv(
    stream: BinaryIO, records: RecordReader, *, first: int = 1
) -> Iterator[Document | Rejection]:
    """Yields the documents of a table, row by row; the first row names its columns.

    Each bad row is one rejection, whose number is that of its first line, and the next line goes
    on. No more than one row is held in memory.

    Args:
        stream: The decompressed bytes.
        records: Makes documents of its rows; none is longer than its `max_chars`.
        first: Number of the first line to yield; rows before it are passed over.

    Raises:
        UnknownColumnsError: No column holds texts or pages.
        DamagedRecordsError: The header cannot be read.
    """
    head = read_head(stream, _HEAD_BYTES)
    is_cut = len(head) == _HEAD_BYTES
    encoding = detect_encoding(head, is_cut=is_cut)
    shown = io.StringIO(head.decode(encoding, errors="replace"), newline=None).read()
    dialect, passed_chars = find_dialect(shown, names=records.likely_names, is_cut=is_cut)
    with io.TextIOWrapper(put_back(head, stream), encoding, errors="replace") as text:
        if passed_chars:
            text.readline()
        reader = RowReader(text, dialect=dialect, max_chars=records.max_chars)
        rows = iter(reader)
        header = next(rows, None)
        if header is None:
            return
        if isinstance(header, BadRow):
            raise DamagedRecordsError(f"the header cannot be read: {header.detail}")
        names = _name_columns(header.fields)
        records.expect_fields(names)
        reader.width = len(names)
        for row in rows:
            number = row.number + bool(passed_chars)
            if number < first:
                continue
            if isinstance(row, BadRow):
                yield records.reject(number, reason=row.reason, detail=row.detail)
            else:
                fields = zip(names, row.fields, strict=False)
                yield records.read({name: value or None for name, value in fields}, number)


def _name_columns(fields: list[str | None]) -> list[str]:
    """The columns' names, each of its own: `column 3` for an empty one, `text 2` for a second."""
    if len(fields) > _MAX_COLUMNS:
        raise DamagedRecordsError(f"the header has {len(fields)} columns")
    while fields and not (fields[-1] or "").strip():
        fields = fields[:-1]
    names: dict[str, None] = {}
    for number, field in enumerate(fields, start=1):
        name = normalize_line(field) or f"column {number}"
        while name in names:
            name = f"{name} {number}"
        names[name] = None
    return list(names)
