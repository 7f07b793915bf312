"""A lake's keys as sorted arrays on disk: what a run on one machine looks up.

The index is a cache. It lies under `_cache/`, is caught up from the journal when a run starts,
and is built anew when it is missing, of another version, not as it was left (each run compares
checksums before it asks anything), or when files left the lake. Its arrays are memory-mapped, one
segment at a time: a look-up needs no more memory for a large lake than for a small one.
"""

from __future__ import annotations

import heapq
import json
import logging
import os
import shutil
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.key_columns import (
    KEY_TABLES,
    KeyColumns,
    read_entry_marks,
    read_keys,
    read_reject_ids,
)
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.segment import Array, Segment
from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.lookup import HASH_BYTES, MAX_CLAIMANTS, Facts, LakeRow, Queries
from feedlake.transforms.normalize import storage, urls

INDEX_VERSION = 5
"""Raised when the arrays change; an index of another version is not read."""

MAX_SEGMENT_ROWS = 500_000
"""Rows a segment: building one takes about 1 kB a row of memory."""

MAX_SEGMENTS = 8
"""Small segments beyond which some are merged."""

_TABLES = (*KEY_TABLES, "rejects", "known")
_MANIFEST = "manifest.json"
_BLOCK_BYTES = 1 << 20
_log = logging.getLogger("feedlake")


class LakeIndex:
    """The keys of all rows of a lake; see `feedlake.transforms.dedup.lookup.History`."""

    def __init__(self, files: list[str]) -> None:
        self._files = files

    def find(self, queries: Queries) -> Facts:
        """Returns what the lake holds under these keys."""
        rows: set[LakeRow] = set()
        documents: set[bytes] = set()
        rejects: set[str] = set()
        row_marks: set[bytes] = set()
        known_marks: set[bytes] = set()
        if queries.guid_keys or queries.address_keys:
            # First: an article's versions may stand in other segments than what has the guid.
            ids: set[str] = set()
            at_address: dict[bytes, set[str]] = defaultdict(set)
            for file in self._files:
                segment = Segment.load(file)
                ids.update(segment.find_ids(queries.guid_keys))
                for key, name in segment.find_ids_at(queries.address_keys):
                    at_address[key].add(name)
            for names in at_address.values():
                ids.update(heapq.nsmallest(MAX_CLAIMANTS, names))
            queries = replace(queries, article_ids=queries.article_ids | ids)
        for file in self._files:
            segment = Segment.load(file)
            rows.update(segment.find_rows(queries))
            documents.update(segment.find_documents(queries.document_ids))
            rejects.update(segment.find_rejects(queries.reject_ids))
            row_marks.update(segment.find_marks(queries.entry_marks, of="entry_marks"))
            known_marks.update(segment.find_marks(queries.entry_marks, of="known_marks"))
        return Facts(
            frozenset(rows),
            frozenset(documents),
            frozenset(rejects),
            frozenset(row_marks),
            frozenset(known_marks),
        )


@dataclass(frozen=True)
class _Manifest:
    """Which segments there are, and which runs they cover.

    Attributes:
        segments: Size, time of change and CRC-32 of the file of each, by which it is known as
            our own, and undamaged.
        runs: The runs.
    """

    segments: dict[str, list[int]]
    runs: frozenset[str]


def open_index(path: str) -> LakeIndex:
    """Returns the index of the lake at this path as it stands under `_cache/`, without catching up.

    Raises:
        OSError: There is none.
    """
    folder = _folder(path)
    manifest = _read_manifest(folder)
    if manifest is None:
        raise FileNotFoundError(f"{folder}: no index")
    return LakeIndex([os.path.join(folder, name) for name in manifest.segments])


def catch_up(lake: Lake) -> None:
    """Makes the index of a local lake cover all that is published.

    Only who holds the lake's lock may call it.

    Raises:
        UsageError: A file's ids follow another rule for addresses than this feedlake does.
        LakeError: A file of the lake is damaged.
    """
    folder = _folder(lake.path)
    runs = lake.run_ids()
    manifest = _read_manifest(folder)
    if manifest is not None and not _is_sound(manifest, folder):
        _log.warning("%s: damaged, so it is built anew; the lake itself is not concerned", folder)
        manifest = None
    if manifest is not None and manifest.runs == runs:
        return
    new = lake.entries(besides=manifest.runs) if manifest is not None else None
    if (
        manifest is None
        or new is None
        or not manifest.runs <= runs
        or any(entry.remove and not entry.is_rewrite for entry in new)
    ):
        _remove(folder)
        segments, files = {}, {name: lake.files(name) for name in _TABLES}
    else:
        segments, files = dict(manifest.segments), _new_files(lake, new)
    sizes = {name: len(Segment.load(os.path.join(folder, name))) for name in segments}
    for segment in _build(files):
        name = _save(segment, folder)
        segments[name], sizes[name] = _stamp(folder, name), len(segment)
        del segment  # At most one is in memory, whatever the lake's size.
    merged = _merge_small(sizes, folder)
    if merged is not None:
        segments[merged] = _stamp(folder, merged)
    _write_manifest(folder, _Manifest({name: segments[name] for name in sizes}, runs))
    for name in set(os.listdir(folder)) - {*sizes, _MANIFEST}:
        _remove(os.path.join(folder, name))  # What was merged, or left by a process that died.


def _new_files(lake: Lake, new: list[JournalEntry]) -> dict[str, list[str]]:
    """The files, by table, that hold the rows which these runs have added."""
    removed = {path for entry in new for path in entry.remove}
    added = [file for entry in new if not entry.is_rewrite for file in entry.add]
    if any(file.path in removed for file in added):
        # Rewritten since. The new files hold these rows beside older ones, which are now in two
        # segments: nothing but space is lost.
        added = [file for entry in new for file in entry.add]
    files: dict[str, list[str]] = {name: [] for name in _TABLES}
    for file in added:
        if file.table in files and file.path not in removed:
            files[file.table].append(storage.join(lake.path, file.path))
    return files


def _build(files: dict[str, list[str]]) -> Iterator[Segment]:
    """Yields segments over the rows of the files, by table."""
    paths = [(name, path) for name in KEY_TABLES for path in files[name]]
    rejects = [read_reject_ids(path) for path in files["rejects"]]
    reject_ids = np.concatenate([np.empty((0, HASH_BYTES), dtype=np.uint8), *rejects])
    marks = [read_entry_marks(path) for path in files["known"]]
    known_marks = np.concatenate([np.empty((0, 8), dtype=np.uint8), *marks])
    parts: list[KeyColumns] = []
    for table, path in paths:
        parts.append(read_keys(path, table))
        if sum(map(len, parts)) >= MAX_SEGMENT_ROWS:
            yield _join(parts, reject_ids, known_marks)
            reject_ids, known_marks = reject_ids[:0], known_marks[:0]
    if parts or len(reject_ids) or len(known_marks):
        yield _join(parts, reject_ids, known_marks)


def _join(parts: list[KeyColumns], reject_ids: Array, known_marks: Array) -> Segment:
    """The segment over the parts, which are dropped as soon as they are copied."""
    keys = KeyColumns.join([KeyColumns.empty(), *parts])
    parts.clear()
    return Segment.build(keys, reject_ids, known_marks)


def _merge_small(sizes: dict[str, int], folder: str) -> str | None:
    """Makes one segment of some small ones, where there are too many; returns its name.

    The smallest are merged, up to one that is larger than those before it together: so each row
    is written again about as often as the number of rows doubles.

    Args:
        sizes: Rows by segment; changed to what there is afterwards.
        folder: Of the index.
    """
    small = sorted((rows, name) for name, rows in sizes.items() if rows < MAX_SEGMENT_ROWS // 2)
    if len(small) <= MAX_SEGMENTS:
        return None
    batch: list[str] = []
    total = 0
    for rows, name in small:
        if len(batch) >= 2 and (rows > total or total + rows > MAX_SEGMENT_ROWS):
            break
        batch.append(name)
        total += rows
    segments = [Segment.load(os.path.join(folder, name)) for name in batch]
    merged = _save(Segment.merge(segments), folder)
    for name in batch:
        del sizes[name]
    sizes[merged] = total
    return merged


def _save(segment: Segment, folder: str) -> str:
    os.makedirs(folder, exist_ok=True)
    name = f"{os.urandom(8).hex()}.segment"
    segment.save(os.path.join(folder, name))
    return name


def _folder(lake: str) -> str:
    versions = (INDEX_VERSION, minhash.MINHASH_VERSION, urls.URL_RULE_VERSION)
    return os.path.join(lake, "_cache", f"index-{'.'.join(map(str, versions))}")


def _stamp(folder: str, segment: str) -> list[int]:
    path = os.path.join(folder, segment)
    return [*_size_and_time(path), _checksum(path)]


def _size_and_time(path: str) -> list[int]:
    found = os.stat(path)
    return [found.st_size, found.st_mtime_ns]


def _checksum(path: str) -> int:
    """CRC-32: some GB a second, so that each run can afford it for the whole index."""
    checksum = 0
    with open(path, "rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            checksum = zlib.crc32(block, checksum)
    return checksum


def _is_sound(manifest: _Manifest, folder: str) -> bool:
    return all(
        _checksum(os.path.join(folder, name)) == was[2] for name, was in manifest.segments.items()
    )


def _read_manifest(folder: str) -> _Manifest | None:
    """The manifest, or None if it or what it speaks of is not as it was left."""
    try:
        content = json.loads(storage.read_bytes(os.path.join(folder, _MANIFEST)))
        manifest = _Manifest(content["segments"], frozenset(content["runs"]))
        stamps = {name: _size_and_time(os.path.join(folder, name)) for name in manifest.segments}
        if all([*stamps[name], was[-1]] == was for name, was in manifest.segments.items()):
            return manifest
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass  # A cache: what cannot be read is made again.
    return None


def _write_manifest(folder: str, manifest: _Manifest) -> None:
    content = json.dumps({"segments": manifest.segments, "runs": sorted(manifest.runs)})
    storage.write_bytes(os.path.join(folder, _MANIFEST), content.encode())


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
