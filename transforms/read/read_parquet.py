"""Parquet files: the documents among their rows."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO
from uuid import uuid4

from feedlake.transforms.normalize import storage
from feedlake.transforms.normalize.streams import UnpackError
from feedlake.transforms.process.sandbox import Failure, Sandbox
from feedlake.transforms.read.parquet_part import Part, Place, count_parquet_rows, read_part
from feedlake.transforms.read.read_record import DamagedRecordsError, RecordReader
from feedlake.transforms.records.documents import Document, Rejection
from feedlake.transforms.tables.parquet_rows import Care

_MAX_SPOOLED_BYTES = 4 << 30
"""Largest file, unpacked, of those that are compressed as a whole: it goes to the disk first."""

_COPIED_BYTES = 1 << 20

_USUAL_CARE: Care = 0
_MORE_CARE: dict[Care, Care] = {0: 1, 1: 2}


def read_parquet(
    stream: BinaryIO,
    records: RecordReader,
    *,
    path: str | None,
    sandbox: Sandbox[None],
    first: int = 1,
) -> Iterator[Document | Rejection]:
    """Yields the documents of a Parquet file, row by row.

    Rows are decoded in a child with limits. A row that passes one is one rejection, and so is what
    is left of a row group that is damaged, or whose next row passes one, too; the next row group
    goes on.

    Args:
        stream: The file.
        records: Makes documents of its rows.
        path: Where it is, if anywhere; if the child can't open it, it is copied to the disk.
        sandbox: Where rows are decoded.
        first: Number of the first row to yield; those before it are passed over.

    Raises:
        DamagedRecordsError: Nothing of the file can be read.
        UnpackError: It is compressed, and unpacks to too much.
    """
    with _on_disk(stream, path) as local:
        sizes = _ask(sandbox, count_parquet_rows, local)
        if isinstance(sizes, Failure):
            raise DamagedRecordsError(f"the footer: {sizes.detail}", reason=sizes.reason)
        if isinstance(sizes, str):
            raise DamagedRecordsError(f"the footer: {sizes}")
        before, reading = 0, uuid4().hex
        for group, size in enumerate(sizes):
            end = before + size
            if end >= first:
                place = Place(local, reading, group, before, max(first, before + 1), end)
                yield from _read_group(place, records, sandbox)
            before = max(before, end)


def _read_group(
    place: Place, records: RecordReader, sandbox: Sandbox[None]
) -> Iterator[Document | Rejection]:
    """Yields what the rows of a row group come to, from one of them on."""
    row, care, is_stuck = place.start, _USUAL_CARE, False
    while row <= place.end:
        part = _ask(sandbox, read_part, replace(place, start=row), records, care)
        if isinstance(part, Part):
            records.notes = part.notes
            yield from part.items
            row += len(part.items)
            is_stuck = is_stuck and not part.items
            if part.fault is None:
                continue
            reason, detail = "corrupt", part.fault
        elif part.reason != "timeout" and care in _MORE_CARE:
            care = _MORE_CARE[care]
            continue
        else:
            reason, detail = part.reason, part.detail
            if part.reason != "timeout" and not is_stuck:
                yield records.reject(row, reason=reason, detail=f"row {row}: {detail}")
                row, is_stuck = row + 1, True
                continue
        yield records.reject(row, reason=reason, detail=f"rows {row} to {place.end}: {detail}")
        return


def _ask(sandbox: Sandbox[None], function: Callable[..., Any], *arguments: object) -> Any:
    """What the function gives, run in a child, or the `Failure`."""
    sandbox.submit(None, function, *arguments)
    ((_, answer),) = sandbox.drain()
    return answer


@contextlib.contextmanager
def _on_disk(stream: BinaryIO, path: str | None) -> Iterator[str]:
    """Gives the path of a file on this machine that holds the stream's bytes."""
    if path is not None and storage.is_local(path) and stream.seekable():
        yield os.path.abspath(path)
        return
    max_bytes = sys.maxsize if stream.seekable() else _MAX_SPOOLED_BYTES
    with tempfile.NamedTemporaryFile(prefix="feedlake-", suffix=".parquet") as spooled:
        size = 0
        while part := stream.read(_COPIED_BYTES):
            size += len(part)
            if size > max_bytes:
                detail = f"it unpacks to more than {max_bytes >> 30} GiB"
                raise UnpackError("too_large", detail)
            spooled.write(part)
        spooled.flush()
        yield spooled.name
