"""Columns of a file of the lake, and times in its rows.

pyarrow turns a time into Python's with the help of pandas, whose import takes longer than reading
the lake. So times are read as numbers, and those that are needed become times here.
"""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

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
        return _times_as_numbers(file.read(columns=list(columns)))


def read_rows_where(
    path: str, columns: Sequence[str], where: Mapping[str, Collection[Any]]
) -> Iterator[pa.Table]:
    """Yields the rows of a file that have certain values, as `read_columns` gives them.

    Row groups that can't have the texts, by the file's statistics, are not read, and of those that
    have no such row only the columns that say so. One row group is in memory at a time.

    Args:
        path: The file.
        columns: As for `read_columns`.
        where: Values, texts or times as microseconds, by column: a row must have one of each. A
            file without such a column has no such row.

    Raises:
        LakeError: The file is damaged.
    """
    wanted = {name: sorted(values) for name, values in where.items()}
    with open_file(path) as file:
        if not wanted.keys() <= set(file.schema_arrow.names):
            return
        for number in range(file.num_row_groups):
            if not _may_have(file.metadata.row_group(number), wanted):
                continue
            held = _times_as_numbers(file.read_row_group(number, columns=list(wanted)))
            flags = [_are_in(held[name], values) for name, values in wanted.items()]
            are_wanted = functools.reduce(np.logical_and, flags)
            if are_wanted.any():
                group = file.read_row_group(number, columns=list(columns))
                yield _times_as_numbers(group.filter(pa.array(are_wanted)))


def _may_have(group: pq.RowGroupMetaData, wanted: Mapping[str, Sequence[Any]]) -> bool:
    """Whether what a row group's columns of texts span has one of the values, which are sorted."""
    for number in range(group.num_columns):
        column = group.column(number)
        values = wanted.get(column.path_in_schema)
        spans = column.statistics
        if values is None or spans is None or not spans.has_min_max:
            continue
        if isinstance(spans.min, str):
            place = bisect_left(values, spans.min)
            if place == len(values) or values[place] > spans.max:
                return False
    return True


def _are_in(column: pa.ChunkedArray, values: Sequence[Any]) -> npt.NDArray[np.bool_]:
    """Whether each value is one of some: looked up once for rows that repeat it, as sources do."""
    flags = [np.empty(0, dtype=np.bool_)]
    for chunk in column.chunks:
        coded = chunk.dictionary_encode()
        value_set = pa.array(values, chunk.type)
        are_in = pc.is_in(coded.dictionary, value_set=value_set).take(coded.indices)
        flags.append(are_in.fill_null(False).to_numpy(zero_copy_only=False))
    return np.concatenate(flags)


def _times_as_numbers(table: pa.Table) -> pa.Table:
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
