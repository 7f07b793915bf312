"""Columns of a file of the lake, and times in its rows.

pyarrow turns a time into Python's with the help of pandas, whose import takes longer than reading
the lake. So times are read as numbers, and those that are needed become times here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from feedlake.pipeline.lake.lake_file import open_file
from feedlake.transforms.normalize.microseconds import from_microseconds


def read_columns(path: str, columns: Sequence[str]) -> pa.Table:
    """Returns columns of a file of the lake, times as microseconds since 1970 (UTC).

    Args:
        path: The file.
        columns: Their names; those that the file does not have, since an older feedlake wrote it,
            are left out.

    Raises:
        LakeError: The file is damaged.
    """
    with open_file(path) as file:
        table = file.read(columns=list(columns))
    for number, column in enumerate(table.schema):
        if pa.types.is_timestamp(column.type):
            table = table.set_column(number, column.name, table[number].cast(pa.int64()))
    return table


def with_times(row: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Returns the row with times in place of numbers.

    Args:
        row: Of a table that `read_columns` gave.
        names: Its columns that hold times; what is null, or is not there, is None.
    """
    held = {name: row.get(name) for name in names}
    return row | {
        name: None if number is None else from_microseconds(number) for name, number in held.items()
    }
