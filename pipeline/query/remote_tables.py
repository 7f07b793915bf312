"""Tables whose files lie beyond this machine, as DuckDB reads them: through pyarrow.

DuckDB's own reader of stores is an extension, which it would download. pyarrow reads what a query
needs, columns and row groups, through the same verbs as all of feedlake.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs

from feedlake.transforms.normalize import storage
from feedlake.transforms.write.parquet_files import values_in
from feedlake.transforms.write.schema import TABLES

_PATH_TYPES = {"date": pa.date32(), "run_date": pa.date32(), "year": pa.int32()}
"""Types of the columns that stand in the path; those not named are text."""


def dataset_of(files: Sequence[str], *, table: str) -> Any:
    """Returns files of a table as one pyarrow dataset, which reads nothing until it is asked.

    It has all columns of today, with nulls where a file has none, those of the paths, and those
    that the first file has besides: a plugin's, or a newer feedlake's.

    Args:
        files: URLs, all of one layout and, where the journal tells their columns, of one set.
        table: The table's name.
    """
    parquet, filesystem = ds.ParquetFileFormat(), fs.PyFileSystem(_Verbs())
    own = TABLES[table].schema
    keys = {name: _PATH_TYPES.get(name, pa.string()) for name in values_in(files[0])}
    with storage.open_read(files[0]) as stream:
        first = pq.read_schema(stream)
    schema = pa.schema(
        [
            *(column for column in own if column.name not in keys),
            *(column for column in first if column.name not in own.names),
            *(pa.field(name, kind) for name, kind in keys.items()),
        ]
    )
    fragments = [
        parquet.make_fragment(path, filesystem, partition_expression=_partition(path, schema))
        for path in files
    ]
    return ds.FileSystemDataset(fragments, schema, parquet, filesystem)


def _partition(path: str, schema: pa.Schema) -> Any:
    """What the path says about each of the file's rows, as pyarrow's expression."""
    told = []
    for name, value in values_in(path).items():
        kind = schema.field(name).type
        if value is None:
            told.append(pc.field(name).is_null())
            continue
        typed: Any = value
        if kind == pa.date32():
            typed = date.fromisoformat(value)
        elif kind == pa.int32():
            typed = int(value)
        told.append(pc.field(name) == pa.scalar(typed, kind))
    return functools.reduce(lambda one, other: one & other, told) if told else None


class _Verbs(fs.FileSystemHandler):  # type: ignore[misc]
    """Our own verbs, as far as a dataset of known files needs them."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Verbs)

    def __hash__(self) -> int:
        return hash(_Verbs)

    def get_type_name(self) -> str:
        return "feedlake"

    def normalize_path(self, path: str) -> str:
        return path

    def open_input_file(self, path: str) -> Any:
        return pa.PythonFile(storage.open_read(path), mode="r")

    def open_input_stream(self, path: str) -> Any:
        return self.open_input_file(path)

    def get_file_info(self, paths: list[str]) -> list[Any]:
        return [fs.FileInfo(path, fs.FileType.File) for path in paths]

    def get_file_info_selector(self, selector: Any) -> list[Any]:
        raise NotImplementedError

    def create_dir(self, path: str, recursive: bool) -> None:
        raise NotImplementedError

    def delete_dir(self, path: str) -> None:
        raise NotImplementedError

    def delete_dir_contents(self, path: str, missing_dir_ok: bool = False) -> None:
        raise NotImplementedError

    def delete_root_dir_contents(self) -> None:
        raise NotImplementedError

    def delete_file(self, path: str) -> None:
        raise NotImplementedError

    def move(self, src: str, dest: str) -> None:
        raise NotImplementedError

    def copy_file(self, src: str, dest: str) -> None:
        raise NotImplementedError

    def open_output_stream(self, path: str, metadata: Any) -> Any:
        raise NotImplementedError

    def open_append_stream(self, path: str, metadata: Any) -> Any:
        raise NotImplementedError
