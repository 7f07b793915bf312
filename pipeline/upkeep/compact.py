"""Merging the small files that many runs leave, and setting damaged ones aside."""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq

from feedlake.pipeline.lake.lake import JournalEntry, Lake
from feedlake.pipeline.lake.url_rule import IDENTITY_TABLES, rule_of
from feedlake.pipeline.upkeep.verify import Fault, current_files, verify
from feedlake.transforms.dedup.minhash import MINHASH_VERSION
from feedlake.transforms.normalize import storage, urls
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.parquet_files import schema_in, sort_rows, write_file
from feedlake.transforms.write.schema import MINHASH_KEY, TABLES

MERGED_BYTES = 256 << 20
"""Size up to which files are merged into one."""

QUARANTINE = "_quarantine"


@dataclass(frozen=True)
class Compacted:
    """What a compaction did.

    Attributes:
        merged: Files that became part of larger ones.
        written: Those larger ones.
        quarantined: Damaged files, by their path below the lake, now below `_quarantine/`.
    """

    merged: int
    written: int
    quarantined: tuple[str, ...]


def compact(lake: Lake, *, quarantine: bool) -> Compacted:
    """Merges the small files of each partition; needs the lake's lock.

    The rows stay as they are. Who reads through `feedlake query` sees the files before or those
    after; who reads the folders themselves may, for the moment of the renames, see both.

    Args:
        lake: The lake, whose lock this process holds.
        quarantine: Whether to move damaged files below `_quarantine/`; their rows leave the
            lake, and what they hold is read anew when its sources come again.

    Raises:
        LakeError: The journal is damaged; or a file is damaged, and `quarantine` is not set.
    """
    damaged = [fault for fault in verify(lake) if fault.is_damaged] if quarantine else []
    if damaged:
        _set_aside(lake, damaged)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}-compact"
    groups = _groups(lake)
    written = [_merge(lake, run_id, folder, paths) for folder, paths in sorted(groups.items())]
    merged = tuple(path for paths in groups.values() for path in paths)
    if written:
        partition_by = lake.partition_by() or ("date",)
        lake.publish(
            JournalEntry(
                run_id,
                partition_by=partition_by,
                add=tuple(written),
                remove=merged,
                is_rewrite=True,
            )
        )
    return Compacted(len(merged), len(written), tuple(fault.path or "" for fault in damaged))


def count_small_files(lake: Lake) -> int:
    """Returns by how many files the lake would have fewer if all small ones were merged.

    Raises:
        LakeError: The journal is damaged.
    """
    small = Counter[str]()
    for file in current_files(lake.entries()).values():
        small[file.path.rpartition("/")[0]] += file.size_bytes < MERGED_BYTES // 2
    return sum(count - 1 for count in small.values() if count > 1)


def _groups(lake: Lake) -> dict[str, list[str]]:
    """Paths of the files to be merged with each other, by folder below the lake."""
    sizes: dict[str, list[StagedFile]] = defaultdict(list)
    for file in current_files(lake.entries()).values():
        sizes[file.path.rpartition("/")[0]].append(file)
    groups = {}
    for folder, files in sizes.items():
        size, paths = 0, []
        for file in sorted(files, key=lambda file: file.size_bytes):
            if size + file.size_bytes <= MERGED_BYTES and _is_current(lake, file):
                size += file.size_bytes
                paths.append(file.path)
        if len(paths) > 1:
            groups[folder] = sorted(paths)
    return groups


def _is_current(lake: Lake, file: StagedFile) -> bool:
    """Whether the file may be merged: its ids and signatures, if any, are of this version."""
    with storage.open_read(storage.join(lake.path, file.path)) as stream:
        schema = pq.ParquetFile(stream).schema_arrow
    if file.table in IDENTITY_TABLES and rule_of(schema) != urls.URL_RULE_VERSION:
        return False
    version = (schema.metadata or {}).get(MINHASH_KEY, b"").decode()
    return "minhash" not in schema.names or version == str(MINHASH_VERSION)


def _merge(lake: Lake, run_id: str, folder: str, paths: list[str]) -> StagedFile:
    table = TABLES[folder.partition("/")[0]]
    parts = [schema_in(folder, table=table).empty_table()]
    for path in paths:
        with storage.open_read(storage.join(lake.path, path)) as stream:
            part = pq.ParquetFile(stream).read()
        # Files of an older schema lack columns; all they have is kept.
        parts.append(part.replace_schema_metadata(None))
    data = sort_rows(pa.concat_tables(parts, promote_options="default"), table=table)
    path = f"{folder}/{run_id}-0000.parquet"
    target = storage.join(lake.staging_folder(run_id), path)
    return write_file(target, data, path=path, table=table)


def _set_aside(lake: Lake, damaged: list[Fault]) -> None:
    """Copies damaged files below `_quarantine/`, then takes them out of the lake."""
    paths = tuple(fault.path for fault in damaged if fault.path is not None)
    for path in paths:
        content = storage.read_bytes(storage.join(lake.path, path))
        storage.write_bytes(storage.join(lake.path, QUARANTINE, path), content)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}-quarantine"
    lake.publish(
        JournalEntry(run_id, partition_by=lake.partition_by() or ("date",), add=(), remove=paths)
    )
