"""One part of the lake's index: sorted arrays over the keys of some rows, in one file."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from feedlake.pipeline.lake.key_columns import KeyColumns
from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.lookup import HASH_BYTES, MAX_CLAIMANTS, LakeRow, Queries

Array = npt.NDArray[Any]

_BLOCK_ROWS = 50_000  # whose band keys are computed at a time


class Segment:
    """Sorted arrays over a part of the lake's rows.

    Beside the columns there are, for ids, texts, guids, claims, addresses and bands, sorted numbers
    of 64 bits: 32 of the key above 32 of the row's number. Of document ids, rejects and marks of
    entries there are sorted numbers of 64 bits alone.
    """

    def __init__(self, arrays: dict[str, Array]) -> None:
        self._arrays = arrays
        self._keys = KeyColumns(**{name: arrays[name] for name in KeyColumns.names()})

    def __len__(self) -> int:
        return len(self._keys)

    @classmethod
    def build(cls, keys: KeyColumns, reject_ids: Array, known_marks: Array) -> Segment:
        """Returns the segment over these rows.

        Args:
            keys: Of articles, revisions and copies.
            reject_ids: Shape (rejects, 16).
            known_marks: Of entries that were recognised; shape (entries, 8).
        """
        arrays: dict[str, Array] = vars(keys).copy()
        numbers = np.arange(len(keys), dtype=np.uint64)
        for name in ("ids", "texts"):
            arrays[f"{name}_sorted"] = np.sort(_prefixes(arrays[name], bits=32) | numbers)
        for name in ("guids", "claims", "addresses"):
            held = np.flatnonzero(arrays[name].any(axis=1))
            arrays[f"{name}_sorted"] = np.sort(
                _prefixes(arrays[name][held], bits=32) | held.astype(np.uint64)
            )
        arrays["documents_sorted"] = np.sort(_prefixes(keys.documents, bits=64))
        arrays["rejects_sorted"] = np.sort(_prefixes(reject_ids, bits=64))
        is_marked, is_correction = keys.entry_marks.any(axis=1), keys.corrections.astype(bool)
        marks = keys.entry_marks[is_marked & ~is_correction]
        known_marks = np.concatenate([known_marks, keys.entry_marks[is_marked & is_correction]])
        arrays["entry_marks_sorted"] = np.sort(_prefixes(marks, bits=64))
        arrays["known_marks_sorted"] = np.unique(_prefixes(known_marks, bits=64))
        signed = np.flatnonzero(keys.minhashes[:, :4].any(axis=1)).astype(np.uint64)
        bands = np.empty((minhash.BANDS, len(signed)), dtype=np.uint64)
        for start in range(0, len(signed), _BLOCK_ROWS):
            block = signed[start : start + _BLOCK_ROWS]
            found = minhash.bands(keys.minhashes[block]).astype(np.uint64)
            bands[:, start : start + len(block)] = ((found << np.uint64(32)) | block[:, None]).T
        bands.sort(axis=1)
        arrays["bands_sorted"] = bands
        return cls(arrays)

    @classmethod
    def merge(cls, segments: list[Segment]) -> Segment:
        """Returns one segment over the rows of several."""
        rejects, marks = (
            np.concatenate([segment._arrays[name] for segment in segments])
            .astype(">u8")
            .view(np.uint8)
            .reshape(-1, 8)
            for name in ("rejects_sorted", "known_marks_sorted")
        )
        return cls.build(KeyColumns.join([segment._keys for segment in segments]), rejects, marks)

    def save(self, path: str) -> None:
        """Writes the arrays into one file, through to the disk, each at a multiple of 64 bytes."""
        kinds = {name: (array.dtype.str, array.shape) for name, array in self._arrays.items()}
        header = json.dumps(kinds).encode()
        with open(path, "wb") as stream:
            stream.write(len(header).to_bytes(8, "little") + header)
            for array in self._arrays.values():
                stream.write(bytes(-stream.tell() % 64))
                stream.write(np.ascontiguousarray(array).data)
            stream.flush()
            os.fsync(stream.fileno())

    @classmethod
    def load(cls, path: str) -> Segment:
        """Returns the segment in a file, its arrays mapped, not read."""
        content = np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))
        start = 8 + int.from_bytes(content[:8].tobytes(), "little")
        arrays = {}
        for name, (kind, shape) in json.loads(content[8:start].tobytes()).items():
            start += -start % 64
            end = start + math.prod(shape) * np.dtype(kind).itemsize
            arrays[name] = content[start:end].view(kind).reshape(shape)
            start = end
        return cls(arrays)

    def find_rows(self, queries: Queries) -> Iterator[LakeRow]:
        """Returns the rows that have one of the ids, one of the texts, or share a band.

        And of those that claim one of the addresses the first `MAX_CLAIMANTS`, by document id.
        """
        found = [
            self._match("ids", _unpack(bytes.fromhex("".join(queries.article_ids)))),
            self._match("texts", _unpack(b"".join(queries.text_hashes))),
        ]
        for claim in queries.claim_keys:
            rows = self._match("claims", np.frombuffer(claim, dtype=np.uint8).reshape(1, 8))
            order = np.argsort(_prefixes(self._arrays["documents"][rows], bits=64), kind="stable")
            found.append(rows[order[:MAX_CLAIMANTS]])
        signatures = [signature for signature in queries.minhashes if signature]
        wanted = minhash.bands(minhash.pack(signatures))
        for number, ordered in enumerate(self._arrays["bands_sorted"]):
            rows, _ = _find(ordered, np.unique(wanted[:, number]))
            found.append(rows)
        return self._keys.take(np.unique(np.concatenate(found))).rows()

    def find_ids(self, guid_keys: frozenset[bytes]) -> Iterator[str]:
        """Yields the `article_id` of each row that has one of the guids."""
        wanted = np.frombuffer(b"".join(guid_keys), dtype=np.uint8).reshape(-1, 8)
        for row in self._arrays["ids"][self._match("guids", wanted)]:
            yield row.tobytes().hex()

    def find_ids_at(self, address_keys: frozenset[bytes]) -> Iterator[tuple[bytes, str]]:
        """Yields the `article_id` of rows that came from one of the addresses, with its key."""
        wanted = np.frombuffer(b"".join(address_keys), dtype=np.uint8).reshape(-1, 8)
        rows = self._match("addresses", wanted)
        pairs = zip(self._arrays["addresses"][rows], self._arrays["ids"][rows], strict=True)
        yield from {(address.tobytes(), name.tobytes().hex()) for address, name in pairs}

    def find_documents(self, wanted: frozenset[bytes]) -> Iterator[bytes]:
        """Yields those of the document ids that are here."""
        names = list(wanted)
        numbers = np.frombuffer(b"".join(names), dtype=np.uint8).reshape(-1, 8)
        for place in _present(self._arrays["documents_sorted"], numbers):
            yield names[place]

    def find_marks(self, wanted: frozenset[bytes], *, of: str) -> Iterator[bytes]:
        """Yields those of the marks of entries that are here.

        Args:
            wanted: The marks.
            of: `entry_marks` or `known_marks`; see `Facts.row_marks` and `Facts.known_marks`.
        """
        names = list(wanted)
        numbers = np.frombuffer(b"".join(names), dtype=np.uint8).reshape(-1, 8)
        for place in _present(self._arrays[f"{of}_sorted"], numbers):
            yield names[place]

    def find_rejects(self, wanted: frozenset[str]) -> Iterator[str]:
        """Yields those of the reject ids that are here."""
        names = list(wanted)
        numbers = _unpack(bytes.fromhex("".join(names)))
        for place in _present(self._arrays["rejects_sorted"], numbers):
            yield names[place]

    def _match(self, name: str, wanted: Array) -> Array:
        """Numbers of the rows whose key in this column is among the wanted."""
        keys = (_prefixes(wanted, bits=32) >> np.uint64(32)).astype(np.uint32)
        rows, places = _find(self._arrays[f"{name}_sorted"], keys)
        matching: Array = rows[(self._arrays[name][rows] == wanted[places]).all(axis=1)]
        return matching


def _unpack(values: bytes) -> Array:
    return np.frombuffer(values, dtype=np.uint8).reshape(-1, HASH_BYTES)


def _prefixes(rows: Array, *, bits: int) -> Array:
    """The first bits of each row, most significant first, the others zero, as 64-bit numbers."""
    first = np.ascontiguousarray(rows[:, :8])
    values: Array = first.view(">u8").reshape(-1).astype(np.uint64)
    return values >> np.uint64(64 - bits) << np.uint64(64 - bits)


def _find(ordered: Array, keys: Array) -> tuple[Array, Array]:
    """Row numbers under the keys (32 bits), and for each the place of its key among the keys."""
    starts = keys.astype(np.uint64) << np.uint64(32)
    first = np.searchsorted(ordered, starts, "left")
    last = np.searchsorted(ordered, starts | np.uint64(0xFFFFFFFF), "right")
    lengths = last - first
    places = np.repeat(np.arange(len(keys)), lengths)
    ends = np.cumsum(lengths)
    found = ordered[np.arange(len(places)) + (last - ends)[places]]
    return (found & np.uint64(0xFFFFFFFF)).astype(np.int64), places


def _present(ordered: Array, wanted: Array) -> list[int]:
    """The places of those of the wanted whose first eight bytes are here."""
    numbers = _prefixes(wanted, bits=64)
    first, last = (np.searchsorted(ordered, numbers, side) for side in ("left", "right"))
    places: list[int] = np.flatnonzero(last > first).tolist()
    return places
