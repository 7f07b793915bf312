"""A lake's keys in arrays on disk: what a run on one machine looks up.

The index is a cache. It lies under `_cache/`, and says what the files of the lake say: each segment
knows of which files it holds the rows. When a run starts, files that came are read, and those that
left are passed over, whatever made them come and leave. It is built anew when it is missing, of
another version, or not as it was left (each run compares checksums before it asks anything). Its
arrays are memory-mapped, one segment at a time: a look-up needs no more memory for a large lake
than for a small one.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import logging
import os
import shutil
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from feedlake.pipeline.history.key_columns import (
    KEY_TABLES,
    KeyColumns,
    read_entry_marks,
    read_placed_keys,
    read_reject_ids,
)
from feedlake.pipeline.history.segment import IndexedFile, IndexedSet, Part, Segment
from feedlake.pipeline.lake.lake import Lake
from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.lookup import MAX_CLAIMANTS, Facts, LakeRow, Queries
from feedlake.transforms.normalize import storage, urls
from feedlake.transforms.records.documents import StagedFile

INDEX_VERSION = 8
"""Raised when the arrays change; an index of another version is not read."""

MAX_SEGMENT_ROWS = 500_000
"""Rows a segment: building one takes about 1 kB a row of memory."""

MAX_SEGMENTS = 8
"""Small segments beyond which some are merged."""

_MAX_DEAD = 6
"""A segment is written anew once more than one of so many of its rows are of files that left: the
index holds at most 1.2 times the rows of the lake."""

_MARK_DIGITS = 12  # Of a file's SHA-256.
_TABLES = (*KEY_TABLES, "rejects", "known")
_FOLDER = "index-"
_MANIFEST = "manifest.json"
_BLOCK_BYTES = 1 << 20
_log = logging.getLogger("feedlake")


class LakeIndex:
    """The keys of all rows of a lake; see `feedlake.transforms.dedup.lookup.History`."""

    def __init__(self, lake: str, segments: list[tuple[str, list[int]]]) -> None:
        """
        Args:
            lake: Path of the lake.
            segments: Path of each segment, and the places of its files that left the lake.
        """
        self._lake, self._segments = lake, segments

    def find(self, queries: Queries) -> Facts:
        """Returns what the lake holds under these keys."""
        rows: set[LakeRow] = set()
        rejects: set[str] = set()
        row_marks: set[bytes] = set()
        known_marks: set[bytes] = set()
        if queries.guid_keys or queries.address_keys:
            # First: an article's versions may stand in other segments than what has the guid.
            ids: set[str] = set()
            at_address: dict[bytes, set[str]] = defaultdict(set)
            for segment in self._load_all():
                ids.update(segment.find_ids(queries.guid_keys))
                for key, name in segment.find_ids_at(queries.address_keys):
                    at_address[key].add(name)
            for names in at_address.values():
                ids.update(heapq.nsmallest(MAX_CLAIMANTS, names))
            queries = replace(queries, article_ids=queries.article_ids | ids)
        for segment in self._load_all():
            rows.update(segment.find_rows(queries))
            rejects.update(segment.find_rejects(queries.reject_ids))
            of_rows, of_known = segment.find_marks(queries.entry_marks)
            row_marks |= of_rows
            known_marks |= of_known
        return Facts(
            frozenset(rows),
            frozenset(rejects),
            frozenset(row_marks),
            frozenset(known_marks),
        )

    def _load_all(self) -> Iterator[Segment]:
        for path, dead in self._segments:
            yield Segment.load(path, lake=self._lake, dead=dead)


@dataclass(frozen=True)
class _Held:
    """A segment, as the manifest has it.

    Attributes:
        stamp: Size, time of change and CRC-32 of its file, by which it is known as our own, and
            undamaged.
        dead: Places of those of its files that have left the lake.
    """

    stamp: list[int]
    dead: list[int]


@dataclass(frozen=True)
class _Manifest:
    """Which segments there are, and what they cover.

    Attributes:
        segments: By the names of their files.
        cover: A hash of that, and of the lake's files that they hold.
    """

    segments: dict[str, _Held]
    cover: str


def open_index(path: str) -> LakeIndex:
    """Returns the index of the lake at this path as it stands under `_cache/`, without catching up.

    Raises:
        OSError: There is none, or the machine refuses to give it.
    """
    folder = _folder(path)
    manifest = _read_manifest(folder, is_there=True)
    if manifest is None:
        raise FileNotFoundError(f"{folder}: no index")
    segments = manifest.segments.items()
    return LakeIndex(path, [(os.path.join(folder, name), held.dead) for name, held in segments])


def catch_up(lake: Lake) -> None:
    """Makes the index of a local lake hold the keys of all rows that are published, and no others.

    Only who holds the lake's lock may call it.

    Raises:
        UsageError: A file's ids follow another rule for addresses than this feedlake does.
        LakeError: A file of the lake is damaged.
    """
    folder = _folder(lake.path)
    wanted = {_name_of(file): file for file in lake.state().files.values() if file.table in _TABLES}
    manifest = _read_manifest(folder)
    if manifest is not None and not _is_sound(manifest, folder):
        _log.warning("%s: damaged, so it is built anew; the lake itself is not concerned", folder)
        manifest = None
    if manifest is None:
        _remove_all(lake.path)
        manifest = _Manifest({}, "")
    if manifest.cover == _cover(manifest.segments, wanted):
        return
    work = _Work(lake.path, folder)
    missing = dict(wanted)
    for name, held in manifest.segments.items():
        for known in work.keep(name, held.stamp, wanted):
            missing.pop(known, None)
    work.add(missing)
    work.merge_small()
    _write_manifest(folder, _Manifest(work.segments, _cover(work.segments, wanted)))
    for name in set(os.listdir(folder)) - {*work.segments, _MANIFEST}:
        _remove(os.path.join(folder, name))  # What was merged, or left by a process that died.


class _Work:
    """Bringing an index up to date, segment by segment: at most one is in memory at a time.

    Attributes:
        segments: Those that there are so far.
    """

    def __init__(self, lake: str, folder: str) -> None:
        self.segments: dict[str, _Held] = {}
        self._lake, self._folder = lake, folder
        self._sizes: dict[str, int] = {}

    def keep(self, name: str, stamp: list[int], wanted: Collection[str]) -> list[str]:
        """Keeps a segment of before, and returns the names of the lake's files in it.

        Args:
            name: Of the segment.
            stamp: As the manifest has it.
            wanted: Names of all the lake's files that are looked up.
        """
        segment = self._load(name, ())
        files = [_name(file.path, file.mark) for file in segment.files]
        dead = [place for place, file in enumerate(files) if file not in wanted]
        segment = self._load(name, dead)
        live = segment.live_size()
        if live and (len(segment) - live) * _MAX_DEAD <= len(segment):
            self.segments[name], self._sizes[name] = _Held(stamp, dead), live
        elif live:
            self._save(Segment.build([segment.live_part()], lake=self._lake))
        return [file for file in files if file in wanted] if live else []

    def add(self, files: dict[str, StagedFile]) -> None:
        """Makes segments of the rows of files that came to the lake."""
        parts: list[Part] = []
        for name, file in files.items():
            parts.append(_read_part(self._lake, file, mark=name.rpartition(" ")[2]))
            if sum(map(len, parts)) >= MAX_SEGMENT_ROWS:
                self._save(Segment.build(parts, lake=self._lake))
        if parts:
            self._save(Segment.build(parts, lake=self._lake))

    def merge_small(self) -> None:
        """Makes one segment of some small ones, where there are too many.

        The smallest are merged, up to one that is larger than those before it together: so each
        row is written again about as often as the number of rows doubles.
        """
        sizes = self._sizes.items()
        small = sorted((size, name) for name, size in sizes if size < MAX_SEGMENT_ROWS // 2)
        if len(small) <= MAX_SEGMENTS:
            return
        batch: list[str] = []
        total = 0
        for size, name in small:
            if len(batch) >= 2 and (size > total or total + size > MAX_SEGMENT_ROWS):
                break
            batch.append(name)
            total += size
        parts = [self._load(name, self.segments[name].dead).live_part() for name in batch]
        self._save(Segment.build(parts, lake=self._lake))
        for name in batch:
            del self.segments[name], self._sizes[name]

    def _load(self, name: str, dead: Collection[int]) -> Segment:
        return Segment.load(os.path.join(self._folder, name), lake=self._lake, dead=dead)

    def _save(self, segment: Segment) -> None:
        os.makedirs(self._folder, exist_ok=True)
        name = f"{os.urandom(8).hex()}.segment"
        segment.save(os.path.join(self._folder, name))
        self.segments[name] = _Held(_stamp(self._folder, name), [])
        self._sizes[name] = len(segment)


def _read_part(lake: str, file: StagedFile, *, mark: str) -> Part:
    path = storage.join(lake, file.path)
    rejects = known = IndexedSet.of(np.empty((0, 8), dtype=np.uint8), 0)
    if file.table in KEY_TABLES:
        keys, places = read_placed_keys(path, file.table)
        own = IndexedFile(file.path, mark=mark, rows=len(keys), places=places)
        return Part((own,), keys=keys, rejects=rejects, known=known)
    if file.table == "rejects":
        rejects = IndexedSet.of(read_reject_ids(path), 0)
    else:
        known = IndexedSet.of(read_entry_marks(path), 0)
    own = IndexedFile(file.path, mark=mark, values=len(rejects.values) + len(known.values))
    return Part((own,), keys=KeyColumns.empty(), rejects=rejects, known=known)


def _name_of(file: StagedFile) -> str:
    return _name(file.path, file.sha256[:_MARK_DIGITS])


def _name(path: str, mark: str) -> str:
    """What a file is told apart by, also from one that had its path before."""
    return f"{path} {mark}"


def _folder(lake: str) -> str:
    versions = (INDEX_VERSION, minhash.MINHASH_VERSION, urls.URL_RULE_VERSION)
    return os.path.join(lake, "_cache", _FOLDER + ".".join(map(str, versions)))


def _remove_all(lake: str) -> None:
    """Removes the index, and those of other versions, which would lie there for ever."""
    cache = os.path.join(lake, "_cache")
    for name in os.listdir(cache) if os.path.isdir(cache) else ():
        if name.startswith(_FOLDER):
            _remove(os.path.join(cache, name))


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
        _checksum(os.path.join(folder, name)) == held.stamp[2]
        for name, held in manifest.segments.items()
    )


def _cover(segments: Mapping[str, _Held], files: Iterable[str]) -> str:
    """A hash of segments, and of the names of the lake's files whose rows they hold.

    It takes the place of these names: nothing in the manifest grows with the lake.
    """
    said = json.dumps([_listed(segments), sorted(files)])
    return hashlib.sha256(said.encode()).hexdigest()


def _listed(segments: Mapping[str, _Held]) -> dict[str, list[list[int]]]:
    return {name: [held.stamp, held.dead] for name, held in sorted(segments.items())}


def _read_manifest(folder: str, *, is_there: bool = False) -> _Manifest | None:
    """The manifest, or None if it or what it speaks of is not as it was left.

    If it must be there, since `catch_up` has been, an error of the system is one.
    """
    try:
        content = json.loads(storage.read_bytes(os.path.join(folder, _MANIFEST)))
        segments = {name: _Held(*held) for name, held in content["segments"].items()}
        stamps = {name: _size_and_time(os.path.join(folder, name)) for name in segments}
        if all([*stamps[name], held.stamp[-1]] == held.stamp for name, held in segments.items()):
            return _Manifest(segments, content["cover"])
    except OSError as error:
        if is_there or storage.is_exhausted(error):
            raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass  # A cache: what cannot be read is made again.
    return None


def _write_manifest(folder: str, manifest: _Manifest) -> None:
    content = json.dumps({"segments": _listed(manifest.segments), "cover": manifest.cover})
    storage.write_bytes(os.path.join(folder, _MANIFEST), content.encode())


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
