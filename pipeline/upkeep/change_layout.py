"""Moving a lake's articles and revisions to another layout of partitions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.run_ids import new_command_id
from feedlake.pipeline.terminal import interrupts
from feedlake.pipeline.upkeep.merged_file import (
    FileVersion,
    read_file,
    read_schema,
    version_of,
    write_merged,
)
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.parquet_files import hive_path, values_in
from feedlake.transforms.write.schema import TABLES

HELD_BYTES = 512 << 20
"""Size of the rows that are held at a time, before encoding. A lake of more has several files in a
partition, if its old files hold rows of many new partitions."""

_DECIDING = ("date", "published_at", "fetched_at", "language", "site", "source_kind", "text_source")

_Held = dict[tuple[str, FileVersion], list[pa.Table]]


def change_layout(lake: Lake, layout: tuple[str, ...]) -> tuple[int, int]:
    """Partitions a lake's articles and revisions otherwise; needs its lock.

    All files are replaced in one journal entry: the lake has one layout or the other, whatever ends
    the process, and runs after it go on in the new one. Rows and their order stay as they are.

    Args:
        lake: The lake, whose lock this process holds.
        layout: The new layout, as `layout_of` has it.

    Returns:
        How many files there were and how many there are; zeros if the lake has this layout.

    Raises:
        LakeError: The journal or a file is damaged.
        KeyboardInterrupt: A signal asked for the end; the lake is as it was.
    """
    if lake.partition_by() in (None, layout):
        return 0, 0
    files = [
        file
        for _, file in sorted(lake.state().files.items())
        if file.table in ("articles", "revisions")
    ]
    run_id = f"{new_command_id(datetime.now(UTC))}-layout"
    try:
        add = tuple(_write(lake, run_id, files, layout))
        entry = JournalEntry(
            run_id,
            partition_by=layout,
            add=add,
            remove=tuple(file.path for file in files),
            is_rewrite=True,
        )
        with interrupts.undisturbed():
            lake.publish(entry)
    finally:
        if not lake.holds(run_id):
            lake.abandon(run_id)
    return len(files), len(add)


def _write(
    lake: Lake, run_id: str, files: list[StagedFile], layout: tuple[str, ...]
) -> Iterator[StagedFile]:
    """Writes the rows of all files into staging, at most `HELD_BYTES` of them at a time."""
    held: _Held = defaultdict(list)
    size = number = 0
    for file in files:
        version = version_of(read_schema(lake, file.path))
        for folder, part in _split(read_file(lake, file), file.path, layout):
            held[folder, version].append(part)
            size += part.nbytes
        if size < HELD_BYTES and file is not files[-1]:
            continue
        for (folder, of), parts in sorted(held.items()):
            target = f"{folder}/{run_id}-{number:04d}.parquet"
            yield write_merged(lake, parts, run_id=run_id, path=target, version=of)
            number += 1
        held.clear()
        size = 0


def _split(data: pa.Table, path: str, layout: tuple[str, ...]) -> Iterator[tuple[str, pa.Table]]:
    """Yields the rows of a file by the folder that they go to, with the columns of its files."""
    table = path.partition("/")[0]
    schema = TABLES[table].schema
    for name, value in values_in(path).items():
        if name in schema.names and name not in data.column_names:
            constant = pa.array([value] * len(data), pa.string()).cast(schema.field(name).type)
            data = data.append_column(name, constant)
    rows = data.select([name for name in _DECIDING if name in data.column_names]).to_pylist()
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        numbers[hive_path(row, layout)].append(number)
    for partition, taken in numbers.items():
        in_path = [name for name in values_in(partition) if name in data.column_names]
        yield f"{table}/{partition}", data.take(taken).drop_columns(in_path)
