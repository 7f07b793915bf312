"""What the journal is told of a file's rows when it is written."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import pyarrow as pa

from feedlake.transforms.records.file_facts import Bound, FileFacts
from feedlake.transforms.write.key_filter import KEYS, make_filter

RANGED = (
    *("article_id", "date", "run_date", "run_id", "published_at", "fetched_at"),
    *("rejected_at", "polled_at", "tried_at", "started_at"),
)
"""The columns whose least and greatest values the journal names: what questions are about."""


def describe(data: pa.Table, *, in_path: dict[str, str | None], schema_version: int) -> FileFacts:
    """Returns the facts about a file.

    Args:
        data: Its rows.
        in_path: Names and values of the columns that are in its path.
        schema_version: Version of its columns.
    """
    rows = slice(0, len(data))
    return FactFinder(data).find(rows, in_path=in_path, schema_version=schema_version)


class FactFinder:
    """Finds the facts about files that hold some of these rows each."""

    def __init__(self, data: pa.Table) -> None:
        """Looks at the rows of all files.

        Args:
            data: The rows.
        """
        names = data.schema.names
        columns = "\n".join(sorted(f"{field.name} {field.type}" for field in data.schema))
        self._columns = blake2b(columns.encode(), digest_size=8).hexdigest()
        self._bounds = {name: _bounds_of(data.column(name)) for name in RANGED if name in names}
        self._keys = [data.column(name).to_pylist() for name in KEYS] if {*KEYS} <= {*names} else []

    def find(
        self, rows: slice, *, in_path: dict[str, str | None], schema_version: int
    ) -> FileFacts:
        """Returns the facts about one file.

        Args:
            rows: Which rows it holds.
            in_path: See `describe`.
            schema_version: See `describe`.
        """
        ranges: list[tuple[str, Bound, Bound]] = []
        for name in RANGED:
            if name in self._bounds:
                if values := [each for each in self._bounds[name][rows] if each is not None]:
                    ranges.append((name, min(values), max(values)))
            elif value := in_path.get(name):
                ranges.append((name, value, value))
        keys = {key for column in self._keys for key in column[rows]} - {None}
        return FileFacts(schema_version, self._columns, tuple(ranges), make_filter(keys))


def _bounds_of(column: pa.ChunkedArray) -> list[Any]:
    """The values as facts have them."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    elif pa.types.is_date(column.type):
        column = column.cast(pa.string())
    values: list[Any] = column.to_pylist()
    return values
