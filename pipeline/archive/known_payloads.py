"""What a lake's archive holds, by the digests of payloads."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.read_rows import read_columns
from feedlake.transforms.archives.archive_writer import Held
from feedlake.transforms.normalize.microseconds import from_microseconds

_MAX_RECORDS = 2_000_000
"""Records that are looked at, the newest: 24 MB. What a site answers twice, it mostly answers twice
within days."""

_HELD_FILES = 4
"""Files of which the rows stay in memory, once one of them was asked for."""

_ROW = ["record_type", "payload_sha256", "record_id", "url", "fetched_at", "archive_file"]


class KnownPayloads:
    """Finds the record that has a payload, among those that earlier runs have published.

    Nothing is read before the first question; workers elsewhere read for themselves.

    Args:
        lake: The lake.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._keys: np.ndarray[Any, Any] | None = None

    def __reduce__(self) -> tuple[type[KnownPayloads], tuple[Lake]]:
        return KnownPayloads, (self._lake,)

    def __call__(self, sha256: bytes) -> Held | None:
        """Returns the record that has a payload; None if none of the newest has.

        Args:
            sha256: Its digest.

        Raises:
            LakeError: A file of the lake is damaged.
        """
        if self._keys is None:
            self._read()
        assert self._keys is not None
        key = np.frombuffer(sha256[:8], np.uint64)[0]
        first, end = (np.searchsorted(self._keys, key, side) for side in ("left", "right"))
        for place in self._places[first:end]:
            held = self._find(self._paths[place], sha256)
            if held is not None:
                return held
        return None

    def _read(self) -> None:
        """Reads the digests, file by file, the newest files first."""
        snapshot = self._lake.snapshot()
        files = sorted(
            snapshot.held("captures"),
            key=lambda file: (snapshot.state.place_of(file.path), file.path),
            reverse=True,
        )
        self._paths: list[str] = []
        keys: list[np.ndarray[Any, Any]] = []
        places: list[np.ndarray[Any, Any]] = []
        count = 0
        for file in files:
            path = snapshot.places[file.path]
            found = _keys_of(read_columns(path, ["record_type", "payload_sha256"]))
            keys.append(found)
            places.append(np.full(len(found), len(self._paths), np.uint32))
            self._paths.append(path)
            count += len(found)
            if count >= _MAX_RECORDS:
                break
        joined = np.concatenate(keys) if keys else np.empty(0, np.uint64)
        order = np.argsort(joined, kind="stable")
        self._keys = joined[order]
        self._places = np.concatenate(places)[order] if places else np.empty(0, np.uint32)
        self._rows = lru_cache(_HELD_FILES)(lambda path: read_columns(path, _ROW))

    def _find(self, path: str, sha256: bytes) -> Held | None:
        rows = self._rows(path)
        is_it = pc.and_(
            pc.equal(rows["record_type"], "response"),
            pc.equal(rows["payload_sha256"], pa.scalar(sha256, rows["payload_sha256"].type)),
        )
        found = rows.filter(is_it).slice(0, 1).to_pylist()
        if not found:
            return None
        row = found[0]
        return Held(
            row["record_id"],
            url=row["url"],
            fetched_at=from_microseconds(row["fetched_at"]),
            file=row["archive_file"],
        )


def _keys_of(rows: pa.Table) -> np.ndarray[Any, Any]:
    """The first eight bytes of the digests of records that have a payload."""
    rows = rows.filter(pc.equal(rows["record_type"], "response"))
    digests = rows["payload_sha256"].combine_chunks().drop_null()
    joined = b"".join(digests.to_pylist())
    return np.frombuffer(joined, np.uint64)[::4]
