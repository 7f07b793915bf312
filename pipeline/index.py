"""A lake's keys as sorted arrays on disk: what a run on one machine looks up.

The index is a cache. It lies under `_cache/`, is caught up from the journal when a run starts,
and is built anew when it is missing, damaged, of another version, or when files left the lake.
Its arrays are memory-mapped: a look-up touches the pages that it needs, whatever the lake's size.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.lake import Entry, Lake
from pipeline.lake_rows import KEY_TABLES, KeyColumns, read_keys, read_reject_ids
from transforms import minhash, storage
from transforms.history import HASH_BYTES, Facts, LakeRow, Queries

INDEX_VERSION = 1
"""Raised when the arrays change; an index of another version is not read."""

MAX_SEGMENT_ROWS = 1_000_000
"""Rows a segment: building one takes about 1 kB a row of memory."""

MAX_SEGMENTS = 8
"""Small segments beyond which they are merged into one."""

Array = npt.NDArray[Any]


class LakeIndex:
    """The keys of all rows of a lake; see `transforms.history.History`."""

    def __init__(self, segments: list[Segment]) -> None:
        self._segments = segments

    def find(self, queries: Queries) -> Facts:
        """Returns what the lake holds under these keys."""
        rows: set[LakeRow] = set()
        documents: set[bytes] = set()
        rejects: set[str] = set()
        for segment in self._segments:
            rows.update(segment.find_rows(queries))
            documents.update(segment.find_documents(queries.document_ids))
            rejects.update(segment.find_rejects(queries.reject_ids))
        return Facts(frozenset(rows), frozenset(documents), frozenset(rejects))


class Segment:
    """Sorted arrays over a part of the lake's rows."""

    def __init__(self, arrays: dict[str, Array]) -> None:
        self._arrays = arrays

    def __len__(self) -> int:
        return len(self._arrays["kinds"])

    @classmethod
    def build(cls, keys: KeyColumns, reject_ids: Array) -> Segment:
        """Returns the segment over these rows."""
        arrays: dict[str, Array] = vars(keys).copy()
        for name in ("ids", "texts"):
            prefixes = _prefixes(arrays[name])
            order = np.argsort(prefixes, kind="stable").astype(np.uint32)
            arrays[f"{name}_sorted"], arrays[f"{name}_order"] = prefixes[order], order
        arrays["documents_sorted"] = np.sort(_prefixes(keys.documents))
        arrays["rejects_sorted"] = np.sort(_prefixes(reject_ids))
        signed = np.flatnonzero(keys.minhashes[:, :4].any(axis=1)).astype(np.uint32)
        band_keys = minhash.bands(keys.minhashes[signed])
        orders = np.argsort(band_keys, axis=0, kind="stable")
        arrays["bands_sorted"] = np.ascontiguousarray(np.take_along_axis(band_keys, orders, 0).T)
        arrays["bands_order"] = np.ascontiguousarray(signed[orders].T)
        return cls(arrays)

    @classmethod
    def merge(cls, segments: list[Segment]) -> Segment:
        """Returns one segment over the rows of several."""
        columns = {
            name: np.concatenate([segment._arrays[name] for segment in segments])
            for name in KeyColumns.names()
        }
        rejects = np.concatenate([segment._arrays["rejects_sorted"] for segment in segments])
        return cls.build(KeyColumns(**columns), rejects.view(np.uint8).reshape(-1, 8))

    def save(self, folder: str) -> None:
        """Writes the arrays into a new folder."""
        os.makedirs(folder)
        for name, array in self._arrays.items():
            np.save(os.path.join(folder, f"{name}.npy"), array)

    @classmethod
    def load(cls, folder: str) -> Segment:
        """Returns the segment in a folder, its arrays mapped, not read."""
        return cls(
            {
                name.removesuffix(".npy"): np.load(os.path.join(folder, name), mmap_mode="r")
                for name in os.listdir(folder)
            }
        )

    def find_rows(self, queries: Queries) -> Iterator[LakeRow]:
        """Yields the rows that have one of the ids, one of the texts, or share a band."""
        ids = np.frombuffer(bytes.fromhex("".join(queries.article_ids)), dtype=np.uint8)
        texts = np.frombuffer(b"".join(queries.text_hashes), dtype=np.uint8)
        found = [
            self._match("ids", ids.reshape(-1, HASH_BYTES)),
            self._match("texts", texts.reshape(-1, HASH_BYTES)),
        ]
        signatures = [signature for signature in queries.minhashes if signature]
        if signatures:
            packed = np.frombuffer(b"".join(signatures), dtype=np.uint8)
            wanted = minhash.bands(packed.reshape(len(signatures), -1))
            for number in range(minhash.BANDS):
                ordered = self._arrays["bands_sorted"][number]
                first, last = _ranges(ordered, np.unique(wanted[:, number]))
                found.append(self._arrays["bands_order"][number][_expand(first, last)])
        keys = KeyColumns(**{name: self._arrays[name] for name in KeyColumns.names()})
        for number in np.unique(np.concatenate(found)).tolist():
            yield keys.row(number)

    def find_documents(self, wanted: Iterable[bytes]) -> Iterator[bytes]:
        """Yields those of the document ids that are here."""
        yield from _present(self._arrays["documents_sorted"], list(wanted), bytes)

    def find_rejects(self, wanted: Iterable[str]) -> Iterator[str]:
        """Yields those of the reject ids that are here."""
        yield from _present(self._arrays["rejects_sorted"], list(wanted), bytes.fromhex)

    def _match(self, name: str, wanted: Array) -> Array:
        """Numbers of the rows whose 16 bytes are among the wanted."""
        ordered, order = self._arrays[f"{name}_sorted"], self._arrays[f"{name}_order"]
        first, last = _ranges(ordered, _prefixes(wanted))
        rows = order[_expand(first, last)]
        asked = np.repeat(wanted, last - first, axis=0)
        matching: Array = rows[(self._arrays[name][rows] == asked).all(axis=1)]
        return matching


@dataclass(frozen=True)
class _Manifest:
    """Which segments there are, and which runs they cover."""

    segments: tuple[str, ...]
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
    return LakeIndex([Segment.load(os.path.join(folder, name)) for name in manifest.segments])


def catch_up(lake: Lake) -> None:
    """Makes the index of a local lake cover all that is published.

    Only who holds the lake's lock may call it.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    folder = _folder(lake.path)
    entries = lake.entries()
    manifest = _read_manifest(folder)
    new = [entry for entry in entries if manifest and entry.run_id not in manifest.runs]
    runs = frozenset(entry.run_id for entry in entries)
    if (
        manifest is None
        or not manifest.runs <= runs
        or any(entry.remove and not entry.is_rewrite for entry in new)
    ):
        shutil.rmtree(folder, ignore_errors=True)
        manifest = _Manifest((), frozenset())
        files = {name: lake.files(name) for name in (*KEY_TABLES, "rejects")}
    elif not new:
        return
    else:
        files = _added_files(lake, [entry for entry in new if not entry.is_rewrite])
    try:
        segments = [Segment.load(os.path.join(folder, name)) for name in manifest.segments]
    except (OSError, ValueError):
        shutil.rmtree(folder)
        catch_up(lake)
        return
    names = list(manifest.segments)
    for segment in _build(files):
        names.append(_save(segment, folder))
        segments.append(segment)
    names = _merge_small(names, segments, folder)
    _write_manifest(folder, _Manifest(tuple(names), runs))
    for name in set(os.listdir(folder)) - {*names, "manifest.json"}:
        shutil.rmtree(os.path.join(folder, name))


def _added_files(lake: Lake, entries: list[Entry]) -> dict[str, list[str]]:
    files: dict[str, list[str]] = {}
    for entry in entries:
        for file in entry.add:
            files.setdefault(file.table, []).append(storage.join(lake.path, file.path))
    return files


def _build(files: dict[str, list[str]]) -> Iterator[Segment]:
    """Yields segments over the rows of the files, by table."""
    paths = [(name, path) for name in KEY_TABLES for path in files.get(name, [])]
    rejects = [read_reject_ids(path) for path in files.get("rejects", [])]
    reject_ids = np.concatenate([np.empty((0, HASH_BYTES), dtype=np.uint8), *rejects])
    parts: list[KeyColumns] = []
    for table, path in paths:
        parts.append(read_keys(path, table))
        if sum(map(len, parts)) >= MAX_SEGMENT_ROWS:
            yield Segment.build(KeyColumns.join(parts), reject_ids)
            parts, reject_ids = [], reject_ids[:0]
    if parts or len(reject_ids):
        yield Segment.build(KeyColumns.join([KeyColumns.empty(), *parts]), reject_ids)


def _merge_small(names: list[str], segments: list[Segment], folder: str) -> list[str]:
    """The segments' names, after the small ones have become one where there are too many."""
    small = [i for i, segment in enumerate(segments) if len(segment) < MAX_SEGMENT_ROWS // 2]
    if len(small) <= MAX_SEGMENTS:
        return names
    batch, rows = [], 0
    for i in small:
        if rows + len(segments[i]) <= MAX_SEGMENT_ROWS:
            batch.append(i)
            rows += len(segments[i])
    merged = Segment.merge([segments[i] for i in batch])
    return [name for i, name in enumerate(names) if i not in batch] + [_save(merged, folder)]


def _save(segment: Segment, folder: str) -> str:
    name = os.urandom(8).hex()
    segment.save(os.path.join(folder, name))
    return name


def _folder(lake: str) -> str:
    return os.path.join(lake, "_cache", f"index-{INDEX_VERSION}.{minhash.MINHASH_VERSION}")


def _read_manifest(folder: str) -> _Manifest | None:
    try:
        with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as stream:
            content = json.load(stream)
        return _Manifest(tuple(content["segments"]), frozenset(content["runs"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # A cache: what cannot be read is made again.


def _write_manifest(folder: str, manifest: _Manifest) -> None:
    os.makedirs(folder, exist_ok=True)
    content = json.dumps({"segments": manifest.segments, "runs": sorted(manifest.runs)})
    storage.write_bytes(os.path.join(folder, "manifest.json"), content.encode())


def _prefixes(rows: Array) -> Array:
    """The first eight bytes of each row as a number, most significant first."""
    first = np.ascontiguousarray(rows[:, :8])
    return first.view(">u8").reshape(-1).astype(np.uint64)


def _ranges(ordered: Array, wanted: Array) -> tuple[Array, Array]:
    return np.searchsorted(ordered, wanted, "left"), np.searchsorted(ordered, wanted, "right")


def _expand(first: Array, last: Array) -> Array:
    """All numbers of the half-open ranges, one range after the other."""
    lengths = last - first
    starts = np.repeat(first - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
    return (starts + np.arange(int(lengths.sum()))).astype(np.int64)


def _present(ordered: Array, wanted: list[Any], to_bytes: Any) -> Iterator[Any]:
    if not wanted:
        return
    prefixes = np.array(
        [int.from_bytes(to_bytes(item)[:8], "big") for item in wanted], dtype=np.uint64
    )
    first, last = _ranges(ordered, prefixes)
    for number in np.flatnonzero(last > first).tolist():
        yield wanted[number]
