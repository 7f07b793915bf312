"""The step that writes records as hive-partitioned Parquet into a staging folder."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.utils.windowed_value import WindowedValue

from feedlake.transforms.records.batch import Batch
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.records.global_window import in_global_window
from feedlake.transforms.stores.stores import use_stores
from feedlake.transforms.write.parquet_files import WriteOptions, partition_of, write_rows
from feedlake.transforms.write.schema import TABLES

MAX_HELD_ROWS = 20_000
"""Rows that a worker collects by partition before they cross the shuffle: all of a usual chunk, so
that what a shuffle costs is paid once a partition and not once a row."""

MIN_PART_ROWS = 5_000
"""Rows of one partition that a worker has collected and that are a file of their own, about 10 MB:
any worker writes it. What is less goes to the one that writes the partition's other rows."""

Row = dict[str, Any]

_Part = tuple[str, str, str]
"""A table's name, the hive path of a partition, and a name for part of it; empty for the rest."""


@dataclass(eq=False)
class WriteParquet(beam.PTransform[Any, pvalue.PCollection[StagedFile]]):
    """Writes the records of all tables, one file a partition unless it gets large.

    In: a table's name → a bounded collection of batches of what its `to_row` takes. Out: a
    collection of `StagedFile`. Rows of all tables cross one shuffle: on a cluster, each further one
    would be three more tasks that wait for their turn. A partition with many rows is written by
    more than one worker.
    Names follow from run, partition and rows, so that a bundle tried again replaces its own files.

    Attributes:
        options: Where the files go.
    """

    options: WriteOptions

    def __post_init__(self) -> None:
        super().__init__()

    def expand(
        self, records: Mapping[str, pvalue.PCollection[Batch[Any]]]
    ) -> pvalue.PCollection[StagedFile]:
        """Returns the files written."""
        rows = [
            batches | f"Key{name.title()}" >> beam.ParDo(_KeyFn(name, self.options))
            for name, batches in records.items()
        ]
        files: pvalue.PCollection[StagedFile] = (
            rows
            | "JoinTables" >> beam.Flatten()
            | "GroupByPartition" >> beam.GroupByKey()
            | "WritePartitions" >> beam.ParDo(_WriteFn(self.options))
        )
        return files


class _KeyFn(beam.DoFn):
    # Tables go by name: a DoFn carries a word to its worker, not schemas and functions.
    def __init__(self, table: str, options: WriteOptions) -> None:
        self._table, self._options = table, options
        self._rows: dict[str, list[Row]] = defaultdict(list)
        self._held = 0

    def process(self, batch: Batch[Any]) -> Iterator[tuple[_Part, Batch[Row]]]:
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

    def _take(self) -> Iterator[tuple[_Part, Batch[Row]]]:
        for partition, rows in self._rows.items():
            is_large = len(rows) >= MIN_PART_ROWS
            part = _name(rows[0], self._table) if is_large else ""
            yield (self._table, partition, part), Batch(rows)
        self._rows.clear()
        self._held = 0


class _WriteFn(beam.DoFn):
    def __init__(self, options: WriteOptions) -> None:
        self._options = options

    def setup(self) -> None:
        use_stores(self._options.stores)

    def process(self, keyed: tuple[_Part, Iterable[Batch[Row]]]) -> Iterator[StagedFile]:
        (table, partition, part), batches = keyed
        yield from write_rows(
            [row for batch in batches for row in batch.items],
            table=TABLES[table],
            partition=partition,
            part=part,
            options=self._options,
        )


def _name(row: Row, table: str) -> str:
    """A name for the part that begins with this row; parts of one name become one."""
    identity = repr([row.get(column) for column in TABLES[table].sort_columns])
    return hashlib.blake2b(identity.encode(errors="surrogatepass"), digest_size=4).hexdigest()
