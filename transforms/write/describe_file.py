"""What the journal is told of a file's rows when it is written."""

from __future__ import annotations

from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

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
    ranges = []
    for name in RANGED:
        if name in data.schema.names:
            if found := _range_of(data.column(name)):
                ranges.append((name, *found))
        elif value := in_path.get(name):
            ranges.append((name, value, value))
    columns = "\n".join(sorted(f"{field.name} {field.type}" for field in data.schema))
    return FileFacts(
        schema_version,
        blake2b(columns.encode(), digest_size=8).hexdigest(),
        tuple(ranges),
        make_filter(_keys_of(data)),
    )


def _range_of(column: pa.ChunkedArray) -> tuple[Bound, Bound] | None:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    elif pa.types.is_date(column.type):
        column = column.cast(pa.string())
    found = pc.min_max(column).as_py()
    return None if found["min"] is None else (found["min"], found["max"])


def _keys_of(data: pa.Table) -> set[str]:
    if not set(KEYS) <= set(data.schema.names):
        return set()
    keys = set[str]().union(*(data.column(name).unique().to_pylist() for name in KEYS))
    return keys - {None}
