"""The step that writes records as hive-partitioned Parquet into a staging folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam import pvalue

from transforms.parquet_files import WriteOptions, partition_of, write_rows
from transforms.records import StagedFile
from transforms.schema import TABLES, Table


@dataclass(eq=False)
class WriteParquet(beam.PTransform[pvalue.PCollection[Any], pvalue.PCollection[StagedFile]]):
    """Writes the records of one table, one file a partition unless it gets too large.

    In: a bounded collection of what `table.to_row` takes. Out: a collection of `StagedFile`.
    Names follow from run and partition, so that a bundle tried again replaces its own files.

    Attributes:
        table: The table.
        options: Where the files go.
    """

    table: Table
    options: WriteOptions

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, records: pvalue.PCollection[Any]) -> pvalue.PCollection[StagedFile]:
        """Returns the files written."""
        table, options = self.table, self.options
        files: pvalue.PCollection[StagedFile] = (
            records
            | "KeyByPartition" >> beam.ParDo(_KeyFn(table.name, options))
            | "GroupByPartition" >> beam.GroupByKey()
            | "WritePartitions" >> beam.ParDo(_WriteFn(table.name, options))
        )
        return files


class _KeyFn(beam.DoFn):
    # Tables go by name: a DoFn carries a word to its worker, not schemas and functions.
    def __init__(self, table: str, options: WriteOptions) -> None:
        self._table, self._options = table, options

    def process(self, record: Any) -> Iterator[tuple[str, Any]]:
        row = TABLES[self._table].to_row(record)
        yield partition_of(row, table=self._table, options=self._options), record


class _WriteFn(beam.DoFn):
    def __init__(self, table: str, options: WriteOptions) -> None:
        self._table, self._options = table, options

    def process(self, keyed: tuple[str, Iterable[Any]]) -> Iterator[StagedFile]:
        partition, records = keyed
        table = TABLES[self._table]
        rows = (table.to_row(record) for record in records)
        yield from write_rows(rows, table=table, partition=partition, options=self._options)
