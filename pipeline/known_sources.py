"""Which source files an earlier run has read as they are now, and how far."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.lake import Lake, LakeError
from transforms import storage
from transforms.records import SourceFile

_COLUMNS = ["source", "status", "size_bytes", "modified_at", "checksum", "next_record"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Version = tuple[str, int, int | None, str | None]


def leave_out_known(files: list[SourceFile], lake: Lake) -> list[SourceFile]:
    """Returns the files that are to be read, each from where an earlier run stopped in it.

    A file counts as unchanged if size and time of change are what they were or, where the
    filesystem tells no time, size and checksum. One that could not be read is tried again.

    Args:
        files: All files of the sources.
        lake: Says what was read.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    read, begun = _read_sources(lake)
    left = []
    for file in files:
        source = storage.printable(file.path)
        version = (source, file.size_bytes, _microseconds(file.modified_at), file.checksum)
        has_mark = file.modified_at is not None or file.checksum is not None
        if has_mark and version in read:
            continue
        left.append(dataclasses.replace(file, start=begun.get(version, 0)) if has_mark else file)
    return left


def _read_sources(lake: Lake) -> tuple[set[_Version], dict[_Version, int]]:
    """The versions of files that were read to their end, and how far others were."""
    read: set[_Version] = set()
    begun: dict[_Version, int] = {}
    for path in lake.files("sources"):
        try:
            with storage.open_read(path) as stream:
                data = pq.ParquetFile(stream).read(columns=_COLUMNS)
        except (pa.ArrowException, OSError) as error:
            raise LakeError(f"the lake's file {path} cannot be read: {error}") from error
        # As numbers: for times, pyarrow would import pandas, which takes longer than all the rest.
        times = data.column("modified_at").cast(pa.int64())
        data = data.set_column(_COLUMNS.index("modified_at"), "modified_at", times)
        for row in data.to_pylist():
            version = (row["source"], row["size_bytes"], row["modified_at"], row["checksum"])
            if row["status"] == "continued":
                begun[version] = max(begun.get(version, 0), row["next_record"])
            elif row["status"] != "failed":
                read.add(version)
    return read, begun


def _microseconds(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // timedelta(microseconds=1)
