"""The step that writes records as hive-partitioned Parquet into a staging folder."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.utils.windowed_value import WindowedValue

from feedlake.transforms.dedup.decide import Decided
from feedlake.transforms.records.batch import Batch, items_of
from feedlake.transforms.records.chunk_result import DatedSource
from feedlake.transforms.records.documents import (
    Deferral,
    Recognised,
    Rejection,
    SourceReport,
    StagedFile,
)
from feedlake.transforms.records.exchange import Capture
from feedlake.transforms.records.global_window import in_global_window
from feedlake.transforms.records.stateless import StatelessFn
from feedlake.transforms.stores.stores import use_stores
from feedlake.transforms.write.parquet_files import Part, WriteOptions, partition_of, write_parts
from feedlake.transforms.write.row_notes import RowNotes
from feedlake.transforms.write.schema import TABLES

MAX_HELD_ROWS = 20_000
"""Rows that a worker collects by partition before they cross the shuffle: all of a usual chunk, so
that what a shuffle costs is paid once a partition and not once a row."""

MIN_PART_ROWS = 5_000
"""Rows of one partition that a worker has collected and that are a file of their own, about 10 MB:
any worker writes it. What is less goes to the one that writes the partition's other rows."""

MAX_SMALL_ROWS = 500
"""Rows of partitions that are made into columns together, some 2 MB."""

Row = dict[str, Any]

_TABLE_OF = {
    Rejection: "rejects",
    SourceReport: "sources",
    Deferral: "deferred",
    Recognised: "known",
    Capture: "captures",
}

_Part = tuple[str, str, str]
"""A table's name, the hive path of a partition, and a name for part of it; empty for the rest."""


class Written(NamedTuple):
    """What `WriteParquet` gives.

    Attributes:
        files: The files.
        counts: Pairs of a number's name in `ChunkResult`, and what to add to it.
        dated: What the rows say about the clock.
    """

    files: pvalue.PCollection[StagedFile]
    counts: pvalue.PCollection[tuple[str, int]]
    dated: pvalue.PCollection[DatedSource]


@dataclass(eq=False)
class WriteParquet(beam.PTransform[Sequence[pvalue.PCollection[Any]], Written]):
    """Writes the records of all tables, one file a partition unless it gets large.

    In: bounded collections of records, or batches of them, each of which says which table it is a
    row of. They aren't joined before: that would pack all texts once more. Out: `Written`; each row
    is in one file, and counted once. Rows of all tables cross one shuffle: on a cluster, each
    further one would be three more tasks that wait for their turn. A partition with many rows is
    written by more than one worker.
    Names follow from run, partition and rows, so that a bundle tried again replaces its own files.

    Attributes:
        options: Where the files go.
        table: Name of the table that all records are rows of, whatever they say; None: they say it.
    """

    options: WriteOptions
    table: str | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, records: Sequence[pvalue.PCollection[Any]]) -> Written:
        """Returns the three collections."""
        keyed = [
            each
            | f"KeyRows{number}"
            >> beam.ParDo(_KeyFn(self.table, self.options)).with_output_types(
                tuple[tuple[str, str, str], Any]
            )
            for number, each in enumerate(records)
        ]
        outputs = (
            keyed
            | "JoinRows" >> beam.Flatten()
            | "GroupByPartition" >> beam.GroupByKey()
            | "WritePartitions"
            >> beam.ParDo(_WriteFn(self.options)).with_outputs("counts", "dated", main="files")
        )
        return Written(outputs.files, outputs.counts, outputs.dated)


class _KeyFn(StatelessFn):
    # Tables go by name: a DoFn carries a word to its worker, not schemas and functions.
    def __init__(self, table: str | None, options: WriteOptions) -> None:
        self._table, self._options = table, options
        self._rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self._held = 0

    def process(self, one: Any) -> Iterator[tuple[_Part, Batch[Row]]]:
        for record in items_of(one):
            table = self._table or _table_of(record)
            row = TABLES[table].to_row(record)
            partition = partition_of(row, table=table, options=self._options)
            self._rows[table, partition].append(row)
            self._held += 1
        if self._held >= MAX_HELD_ROWS:
            yield from self._take()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        for keyed in self._take():
            yield in_global_window(keyed)

    def _take(self) -> Iterator[tuple[_Part, Batch[Row]]]:
        for (table, partition), rows in self._rows.items():
            is_large = len(rows) >= MIN_PART_ROWS
            part = _name(rows[0], table) if is_large else ""
            yield (table, partition, part), Batch(rows)
        self._rows.clear()
        self._held = 0


class _WriteFn(StatelessFn):
    def __init__(self, options: WriteOptions) -> None:
        self._options = options
        self._notes = RowNotes()
        self._small: dict[str, list[Part]] = defaultdict(list)
        self._held = 0

    def setup(self) -> None:
        use_stores(self._options.stores)

    def process(self, keyed: tuple[_Part, Iterable[Batch[Row]]]) -> Iterator[StagedFile]:
        (table, partition, name), batches = keyed
        part = Part(partition, name, [row for batch in batches for row in batch.items])
        self._notes.add(part.rows, table=table, now=self._options.started_at)
        if len(part.rows) > MAX_SMALL_ROWS:
            yield from write_parts([part], table=TABLES[table], options=self._options)
            return
        self._small[table].append(part)
        self._held += len(part.rows)
        if self._held >= MAX_SMALL_ROWS:
            yield from self._write_small()

    def finish_bundle(self) -> Iterator[WindowedValue | pvalue.TaggedOutput[str, WindowedValue]]:
        for file in self._write_small():
            yield in_global_window(file)
        notes, self._notes = self._notes, RowNotes()
        for pair in notes.counts.items():
            yield pvalue.TaggedOutput("counts", in_global_window(pair))
        for source in notes.dated():
            yield pvalue.TaggedOutput("dated", in_global_window(source))

    def _write_small(self) -> Iterator[StagedFile]:
        for table, parts in self._small.items():
            yield from write_parts(parts, table=TABLES[table], options=self._options)
        self._small.clear()
        self._held = 0


def _table_of(record: Any) -> str:
    """The table that a record is a row of."""
    if isinstance(record, Decided):
        return f"{record.verdict.outcome}s"
    return _TABLE_OF[type(record)]


def _name(row: Row, table: str) -> str:
    """A name for the part that begins with this row; parts of one name become one."""
    identity = repr([row.get(column) for column in TABLES[table].sort_columns])
    return hashlib.blake2b(identity.encode(errors="surrogatepass"), digest_size=4).hexdigest()
