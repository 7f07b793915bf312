"""Merging the small files that many runs leave, and setting damaged ones aside."""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime

import pyarrow as pa

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.url_rule import IDENTITY_TABLES
from feedlake.pipeline.terminal import interrupts
from feedlake.pipeline.upkeep.change_layout import change_layout
from feedlake.pipeline.upkeep.merged_file import (
    TODAY,
    FileVersion,
    has_older_signatures,
    read_schema,
    read_signed,
    version_of,
    write_merged,
)
from feedlake.pipeline.upkeep.verify import Fault, verify
from feedlake.transforms.normalize import storage, urls
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.parquet_files import layout_of, schema_in, words_of
from feedlake.transforms.write.schema import TABLES

MERGED_BYTES = 256 << 20
"""Size up to which files are merged into one."""

QUARANTINE = "_quarantine"

_FOLD_AFTER = 20
"""Entries of the journal from which on it is folded, too: fewer are read as quickly one by one."""


@dataclass(frozen=True)
class Compacted:
    """What a compaction did.

    Attributes:
        merged: Files that became part of larger ones.
        written: Those larger ones.
        completed: Files of an older feedlake that were written anew with all of today's columns,
            and with today's signatures.
        moved: Files whose rows went to another layout.
        moved_into: Files that those rows are in now.
        quarantined: Files, by their path below the lake, that are below `_quarantine/` now: they
            were damaged, or the journal did not name them.
        written_off: Files that the journal named and that were gone.
    """

    _: KW_ONLY
    merged: int = 0
    written: int = 0
    completed: int = 0
    moved: int = 0
    moved_into: int = 0
    quarantined: tuple[str, ...] = ()
    written_off: tuple[str, ...] = ()


def compact(
    lake: Lake, *, quarantine: bool, partition_by: tuple[str, ...] | None = None
) -> Compacted:
    """Merges the small files of each partition; needs the lake's lock.

    The rows stay as they are. Files that an older feedlake wrote get the columns that they lack,
    so that engines which take the columns from one file can read them all, and signatures of today,
    so that they need not be made at each look-up on a cluster. Who reads through
    `feedlake query` sees the files before or those after; who reads the folders themselves may,
    for the moment of the renames, see both.

    Args:
        lake: The lake, whose lock this process holds.
        quarantine: Whether to move damaged and unknown files below `_quarantine/` and to write
            off those that are missing; their rows leave the lake, and what they held is read anew
            when its sources come again.
        partition_by: Words of `--partition-by`: what articles and revisions are partitioned by
            from now on; None: as they are.

    Raises:
        LakeError: The journal is damaged; or a file is damaged, and `quarantine` is not set.
    """
    faults = [fault for fault in verify(lake) if fault.path] if quarantine else []
    if faults:
        _set_aside(lake, faults)
    # In the words of today, if the lake was begun when they meant another layout.
    words = partition_by or words_of(lake.partition_by() or ())
    moved, moved_into = change_layout(lake, layout_of(words))
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}-compact"
    groups = _groups(lake)
    try:
        _write(lake, run_id, groups)
    finally:
        if not lake.holds(run_id):
            lake.abandon(run_id)
    lake.fold_journal(after=_FOLD_AFTER)
    merging = [group for _, group in groups if len(group) > 1]
    return Compacted(
        merged=sum(map(len, merging)),
        written=len(merging),
        completed=len(groups) - len(merging),
        moved=moved,
        moved_into=moved_into,
        quarantined=_paths(faults, "damaged", "unknown"),
        written_off=_paths(faults, "missing"),
    )


def count_small_files(lake: Lake) -> int:
    """Returns by how many files the lake would have fewer if all small ones were merged.

    Raises:
        LakeError: The journal is damaged.
    """
    small = Counter[str]()
    for file in lake.state().files.values():
        small[file.path.rpartition("/")[0]] += file.size_bytes < MERGED_BYTES // 2
    return sum(count - 1 for count in small.values() if count > 1)


def _groups(lake: Lake) -> list[tuple[FileVersion, list[StagedFile]]]:
    """The files to be written as one: several of a folder, or one that is out of date."""
    sizes: dict[str, list[StagedFile]] = defaultdict(list)
    for file in lake.state().files.values():
        sizes[file.path.rpartition("/")[0]].append(file)
    groups = []
    for _, files in sorted(sizes.items()):
        size, group, is_whole = 0, list[StagedFile](), True
        for file in sorted(files, key=lambda file: file.size_bytes):
            schema = read_schema(lake, file.path)
            version = version_of(schema)
            if size + file.size_bytes <= MERGED_BYTES and _may_be_merged(file, version):
                size += file.size_bytes
                group.append(file)
                is_whole = _has_all_columns(schema, file) and not _has_old_signatures(file, version)
            elif not _has_all_columns(schema, file):
                groups.append((version, [file]))
        if len(group) > 1 or (group and not is_whole):
            groups.append((TODAY, sorted(group, key=lambda file: file.path)))
    return groups


def _write(lake: Lake, run_id: str, groups: list[tuple[FileVersion, list[StagedFile]]]) -> None:
    """Writes each group as one file and publishes them in place of the old ones."""
    add = [
        write_merged(
            lake,
            [read_signed(lake, file) for file in group],
            run_id=run_id,
            path=f"{group[0].path.rpartition('/')[0]}/{run_id}-{number:04d}.parquet",
            version=version,
        )
        for number, (version, group) in enumerate(groups)
    ]
    if add:
        entry = JournalEntry(
            run_id,
            partition_by=lake.partition_by() or ("date",),
            add=tuple(add),
            remove=tuple(file.path for _, group in groups for file in group),
            is_rewrite=True,
        )
        with interrupts.undisturbed():
            lake.publish(entry)


def _may_be_merged(file: StagedFile, version: FileVersion) -> bool:
    """Whether the ids and signatures of the file are of this version, or can be made so."""
    if file.table in IDENTITY_TABLES and version.url_rule != urls.URL_RULE_VERSION:
        return False
    is_signed = "minhash" in TABLES[file.table].schema.names
    return not is_signed or version.minhash == TODAY.minhash or has_older_signatures(version)


def _has_old_signatures(file: StagedFile, version: FileVersion) -> bool:
    return "minhash" in TABLES[file.table].schema.names and has_older_signatures(version)


def _has_all_columns(schema: pa.Schema, file: StagedFile) -> bool:
    expected = schema_in(file.path, table=TABLES[file.table])
    held = {field.name: field.type for field in schema}
    return all(held.get(field.name) == field.type for field in expected)


def _set_aside(lake: Lake, faults: list[Fault]) -> None:
    """Takes damaged and missing files out of the lake, and moves what is there to `_quarantine`."""
    for path in _paths(faults, "damaged"):
        content = storage.read_bytes(storage.join(lake.path, path))
        storage.write_bytes(storage.join(lake.path, QUARANTINE, path), content)
    for path in _paths(faults, "unknown"):
        target = storage.join(lake.path, QUARANTINE, path)
        storage.make_folder(target.rpartition("/")[0])
        storage.move(storage.join(lake.path, path), target)
    if leaving := _paths(faults, "damaged", "missing"):
        run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}-quarantine"
        layout = lake.partition_by() or ("date",)
        lake.publish(JournalEntry(run_id, partition_by=layout, add=(), remove=leaving))


def _paths(faults: list[Fault], *kinds: str) -> tuple[str, ...]:
    return tuple(fault.path for fault in faults if fault.path and fault.kind in kinds)
