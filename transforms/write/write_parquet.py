"""The step that writes records as hive-partitioned Parquet into a staging folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.utils.windowed_value import WindowedValue

from feedlake.transforms.records.batch import Batch
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.records.global_window import in_global_window
from feedlake.transforms.write.parquet_files import WriteOptions, partition_of, write_rows
from feedlake.transforms.write.schema import TABLES, Table

MAX_HELD_ROWS = 10_000
"""Rows that a worker collects by partition before they cross the shuffle: all of a usual chunk, so
that what a shuffle costs is paid once a partition and not once a row."""

Row = dict[str, Any]


@dataclass(eq=False)
class WriteParquet(beam.PTransform[pvalue.PCollection[Batch[Any]], pvalue.PCollection[StagedFile]]):
    """Writes the records of one table, one file a partition unless it gets too large.

    In: a bounded collection of batches of what `table.to_row` takes. Out: a collection of
    `StagedFile`.
    Names follow from run and partition, so that a bundle tried again replaces its own files.

    Attributes:
        table: The table.
        options: Where the files go.
    """

    table: Table
    options: WriteOptions

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, records: pvalue.PCollection[Batch[Any]]) -> pvalue.PCollection[StagedFile]:
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
        self._rows: dict[str, list[Row]] = defaultdict(list)
        self._held = 0

    def process(self, batch: Batch[Any]) -> Iterator[tuple[str, Batch[Row]]]:
        to_row = TABLES[self._table].to_row
        for record in batch.items:
            row = to_row(record)
            partition = partition_of(row, table=self._table, options=self._options)
            self._rows[partition].append(row)
        self._held += len(batch.items)
        if self._held >= MAX_HELD_ROWS:
            yield from self._take()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        for keyed in self._take():
            yield in_global_window(keyed)

    def _take(self) -> Iterator[tuple[str, Batch[Row]]]:
        for partition, rows in self._rows.items():
            yield partition, Batch(rows)
        self._rows.clear()
        self._held = 0


class _WriteFn(beam.DoFn):
    def __init__(self, table: str, options: WriteOptions) -> None:
        self._table, self._options = table, options

    def process(self, keyed: tuple[str, Iterable[Batch[Row]]]) -> Iterator[StagedFile]:
        partition, batches = keyed
        yield from write_rows(
            [row for batch in batches for row in batch.items],
            table=TABLES[self._table],
            partition=partition,
            options=self._options,
        )
