"""Merging the small files that many runs leave, and setting damaged ones aside."""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime
from time import monotonic

import pyarrow as pa

from feedlake.pipeline.lake.journal_entry import QUARANTINE, JournalEntry, run_of
from feedlake.pipeline.lake.lake import Lake, LakeBusyError
from feedlake.pipeline.lake.run_ids import new_command_id
from feedlake.pipeline.lake.url_rule import IDENTITY_TABLES
from feedlake.pipeline.terminal import interrupts
from feedlake.pipeline.upkeep.change_layout import change_layout
from feedlake.pipeline.upkeep.levels import MERGED_BYTES, Merge, SizedFile, plan_merges
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
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.parquet_files import layout_of, schema_in, words_of
from feedlake.transforms.write.schema import TABLES

STEP_BYTES = 16 << 20
"""Size up to which files are merged between two scheduled runs, as `MERGED_BYTES` in `compact`: to
write so much takes half a second of CPU, so less than ten seconds where twenty others want it."""

STEP_FILES = 128
"""Files of one folder that are merged at a time between two scheduled runs: to read so many takes
about as long as to write `STEP_BYTES`."""

MERGING_S, STEP_S = 5.0, 2.0
"""How long files are merged after a publication, and how long they are read at a time; these are
written and published then, and the lock is let go."""

_FOLD_AFTER = 20
"""Entries of the journal from which on it is folded, too: fewer are read as quickly one by one."""

_BATCH_FILES = 1000
"""Files from which on what has been merged is published."""


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
    """Merges the small files of each partition as levels call for; needs the lake's lock.

    The rows stay as they are. Files that an older feedlake wrote get the columns that they lack,
    so that engines which take the columns from one file can read them all, and signatures of today,
    so that they need not be made at each look-up on a cluster. Who reads through
    `feedlake query` sees the files before or those after; who reads the folders themselves may,
    for the moment of the renames, see both. What is done when the process ends stays done: files
    are published some hundred at a time.

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
    merged = written = 0
    # A merged file is smaller than its parts together, so that levels may call for more.
    while groups := list(_fitting(lake, plan_merges(_sizes(lake)))):
        for batch in _in_batches(groups):
            _write(lake, [(TODAY, files) for files in batch])
        merged += sum(map(len, groups))
        written += len(groups)
    outdated = list(_find_outdated(lake))
    _write(lake, outdated)
    lake.fold_journal(after=_FOLD_AFTER)
    return Compacted(
        merged=merged,
        written=written,
        completed=len(outdated),
        moved=moved,
        moved_into=moved_into,
        quarantined=_paths(faults, "damaged", "unknown"),
        written_off=_paths(faults, "missing"),
    )


def merge_if_many(lake: Lake, *, most: int, is_unlocked: bool) -> int:
    """Merges some of a lake's small files if there are too many; returns how many were merged.

    It begins nothing more once the end is asked for, and nothing at all while another process
    writes. Every two seconds it publishes what it has merged, and lets the lock go.

    Args:
        lake: The lake, whose lock nobody in this process holds.
        most: Files that merging may save before it is done.
        is_unlocked: Whether the lake is written to without a lock.
    """
    if count_small_files(lake, max_bytes=STEP_BYTES) <= most:
        return 0
    end_s, merged = monotonic() + MERGING_S, 0
    stop = process_wide(StopRequest)

    def has_time(until_s: float) -> bool:
        return monotonic() < until_s and not stop.is_asked()

    with contextlib.suppress(LakeBusyError):
        while has_time(end_s):
            with lake.writing(is_unlocked=is_unlocked):
                until_s = min(end_s, monotonic() + STEP_S)
                step = merge_some(lake, may_go_on=functools.partial(has_time, until_s))
            if not step:
                break
            merged += step
    return merged


def merge_some(lake: Lake, *, may_go_on: Callable[[], bool]) -> int:
    """Merges small files as long as there is time; returns how many. Needs the lake's lock.

    Those come first that leave the fewest files for the fewest bytes, and files above 16 MB are
    left to `compact`. If time is up, the rest of a folder's files is left for the next time.

    Args:
        lake: The lake, whose lock this process holds.
        may_go_on: Asked before each file that is written, and before each that is read beyond the
            two that it takes for a merge.

    Raises:
        LakeError: The journal or a file is damaged.
    """
    plan = plan_merges(_sizes(lake), max_bytes=STEP_BYTES)
    plan.sort(key=lambda merge: merge.size_bytes / (len(merge.files) - 1))
    # Those that are not among them are there in the next plan.
    few = (merge._replace(files=merge.files[:STEP_FILES]) for merge in plan)
    taken = itertools.takewhile(lambda _: may_go_on(), few)
    return _write(lake, ((TODAY, files) for files in _fitting(lake, taken)), may_go_on=may_go_on)


def count_small_files(lake: Lake, *, max_bytes: int = MERGED_BYTES) -> int:
    """Returns by how many files the lake would have fewer after merging what levels call for.

    Args:
        lake: The lake.
        max_bytes: Size up to which files are merged into one.

    Raises:
        LakeError: The journal is damaged.
    """
    plan = plan_merges(_sizes(lake), max_bytes=max_bytes)
    return sum(len(merge.files) - 1 for merge in plan)


def _sizes(lake: Lake) -> dict[str, list[SizedFile]]:
    """The files of each folder, as the plan wants them."""
    sizes: dict[str, list[SizedFile]] = defaultdict(list)
    for file in _merging(lake):
        # Ids of runs end with the number of a chunk, those of rewritings with a word.
        is_new = run_of(file.path).rpartition("-")[2].isdigit()
        sizes[file.path.rpartition("/")[0]].append(SizedFile(file.size_bytes, file.path, is_new))
    return sizes


def _merging(lake: Lake) -> Iterator[StagedFile]:
    """The files of tables: those of the archive stay as they are, as `captures` names them."""
    return (file for file in lake.state().files.values() if file.table in TABLES)


def _fitting(lake: Lake, plan: Iterable[Merge]) -> Iterator[list[StagedFile]]:
    """The files of each merge that may stand in one file, where there are several, the smallest
    first: if there is time for a part, it is those that cost least."""
    held = lake.state().files
    for merge in plan:
        files = [held[file.path] for file in merge.files]
        fitting = [file for file in files if _may_be_merged(file, _version(lake, file))]
        if len(fitting) > 1:
            yield fitting


def _find_outdated(lake: Lake) -> Iterator[tuple[FileVersion, list[StagedFile]]]:
    """Files that lack columns or have older signatures, and the version to write them in."""
    for file in sorted(_merging(lake), key=lambda file: file.path):
        schema = read_schema(lake, file.path)
        version = version_of(schema)
        if _may_be_merged(file, version):
            if not _has_all_columns(schema, file) or _has_old_signatures(file, version):
                yield TODAY, [file]
        elif not _has_all_columns(schema, file):
            yield version, [file]


def _in_batches(groups: list[list[StagedFile]]) -> Iterator[list[list[StagedFile]]]:
    """Groups that are published together: what has been done stays, and needs its space once."""
    batch: list[list[StagedFile]] = []
    files = size = 0
    for group in groups:
        batch.append(group)
        files += len(group)
        size += sum(file.size_bytes for file in group)
        if files >= _BATCH_FILES or size >= MERGED_BYTES:
            yield batch
            batch, files, size = [], 0, 0
    if batch:
        yield batch


def _write(
    lake: Lake,
    groups: Iterable[tuple[FileVersion, list[StagedFile]]],
    *,
    may_go_on: Callable[[], bool] = lambda: True,
) -> int:
    """Writes each group, or the part of it for which there is time, as one file and publishes these
    in place of the old ones, whose number is returned."""
    run_id = f"{new_command_id(datetime.now(UTC))}-compact"
    add: list[StagedFile] = []
    remove: list[str] = []
    try:
        for number, (version, group) in enumerate(groups):
            parts = [read_signed(lake, file) for file in group[:2]]
            parts += [
                read_signed(lake, file)
                for file in itertools.takewhile(lambda _: may_go_on(), group[2:])
            ]
            path = f"{group[0].path.rpartition('/')[0]}/{run_id}-{number:04d}.parquet"
            add.append(write_merged(lake, parts, run_id=run_id, path=path, version=version))
            remove += [file.path for file in group[: len(parts)]]
        if add:
            entry = JournalEntry(
                run_id,
                partition_by=lake.partition_by() or ("date",),
                add=tuple(add),
                remove=tuple(remove),
                is_rewrite=True,
            )
            with interrupts.undisturbed():
                lake.publish(entry)
    finally:
        if not lake.holds(run_id):
            lake.abandon(run_id)
    return len(remove)


def _version(lake: Lake, file: StagedFile) -> FileVersion:
    return version_of(read_schema(lake, file.path))


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
        run_id = f"{new_command_id(datetime.now(UTC))}-quarantine"
        layout = lake.partition_by() or ("date",)
        lake.publish(JournalEntry(run_id, partition_by=layout, add=(), remove=leaving))


def _paths(faults: list[Fault], *kinds: str) -> tuple[str, ...]:
    return tuple(fault.path for fault in faults if fault.path and fault.kind in kinds)
