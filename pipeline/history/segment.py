"""One part of the lake's index: the keys of the rows of some files, in one file.

What is written and what is looked up is one idea: each array has its form for one question.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection, Iterator
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from feedlake.pipeline.arrays.array_file import load_arrays, save_arrays
from feedlake.pipeline.arrays.byte_rows import Flags, take_rows
from feedlake.pipeline.arrays.key_table import find_keys, pack_keys
from feedlake.pipeline.arrays.packed_numbers import pack_numbers, take_numbers
from feedlake.pipeline.arrays.placed_values import PlacedValues, make_checksums
from feedlake.pipeline.arrays.value_places import Places
from feedlake.pipeline.history import crowds
from feedlake.pipeline.history.key_columns import PLACED, ColumnPlaces, KeyColumns
from feedlake.pipeline.history.packed_keys import (
    fill_documents,
    pack_columns,
    signed_rows,
    take_ages,
    take_clusters,
    take_columns,
)
from feedlake.pipeline.lake.journal_entry import LakeError, VanishedError
from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.lookup import HASH_BYTES, MAX_CLAIMANTS, LakeRow, Queries
from feedlake.transforms.normalize import storage

Array = npt.NDArray[Any]
Arrays = dict[str, Array]
Numbers = npt.NDArray[np.int64]

_CHECK_BITS = 0
"""Of each key beyond those that tell a segment's keys apart: with none, each look-up of what is not
there leads to some row in vain, at most, whose key is next to it in memory."""

_FILE_CHECK_BITS = 4
"""The same where the key is in one of the lake's files: one of sixteen."""

_GROUP = 32
"""Rows that the entry of a band leads to: their signatures say which of them has it. With 16, an
entry would be a bit longer, with 64 a bit shorter, and reading them take twice as long."""

_HITS = 10_000  # Entries that are verified at a time, for which 30 MB are needed.
_BLOCK_ROWS = 50_000  # whose band keys are computed at a time
_KEYED = ("ids", "texts", "guids", "claims", "addresses", "entry_marks")
_SETS = ("rejects", "known")

_LOW = np.uint64(0xFFFFFFFF)

# The same values have the same key in each band: by this, bands are told apart in one table.
_OF_BAND = np.arange(minhash.BANDS, dtype=np.uint64) * np.uint64(0x9E3779B9) & _LOW


@dataclass(frozen=True)
class IndexedFile:
    """A file of the lake, as a segment knows it.

    Attributes:
        path: Below the lake.
        mark: Tells it from another one that had the same path.
        rows: Of `articles`, `revisions` or `duplicates`: how many it has; of others, 0.
        values: Of `rejects` or `known`: how many it has; of others, 0.
        places: Where the long keys of its rows lie in it, by their names in `KeyColumns`.
    """

    path: str
    _: KW_ONLY
    mark: str
    rows: int = 0
    values: int = 0
    places: ColumnPlaces = field(default_factory=dict)


@dataclass(frozen=True)
class IndexedSet:
    """Values that files have, of which it is asked only whether they are there.

    Attributes:
        values: 64 bits of each.
        files: The place of its file among the part's.
    """

    values: npt.NDArray[np.uint64]
    files: Numbers

    @classmethod
    def of(cls, values: Array, file: int) -> IndexedSet:
        """Returns the values of one file.

        Args:
            values: Shape (values, bytes), of which the first eight count.
            file: Its place.
        """
        return cls(_prefixes(values), np.full(len(values), file, dtype=np.int64))


@dataclass(frozen=True)
class Part:
    """What some files hold.

    Attributes:
        files: The files.
        keys: Of their rows, file after file.
        rejects: Ids of rejections.
        known: Marks of entries that were recognised.
    """

    files: tuple[IndexedFile, ...]
    _: KW_ONLY
    keys: KeyColumns
    rejects: IndexedSet
    known: IndexedSet

    def __len__(self) -> int:
        return len(self.keys) + len(self.rejects.values) + len(self.known.values)


class Segment:
    """The keys of some files' rows: see `docs/decisions/0019`.

    Rows are numbered file after file. The short keys are in arrays in this order, the long ones
    where they lie in the lake's files. For ids, texts, guids, claims, addresses, marks
    of entries and bands there are tables that lead to the numbers of rows. Files may leave the lake
    while the segment stays: their rows are not found any more.
    """

    def __init__(
        self, arrays: dict[str, Array], files: list[IndexedFile], lake: str, dead: Collection[int]
    ) -> None:
        self.files = files
        self._arrays, self._lake = arrays, lake
        self._are_alive = np.ones(len(files), dtype=np.bool_)
        self._are_alive[list(dead)] = False
        self._counts = np.array([file.rows for file in files], dtype=np.int64)
        self._starts = np.concatenate([[0], np.cumsum(self._counts)])

    def __len__(self) -> int:
        """Rows, rejections and marks, those of files that left the lake included."""
        return sum(file.rows + file.values for file in self.files)

    @classmethod
    def build(cls, parts: list[Part], *, lake: str) -> Segment:
        """Returns the segment over these parts, which are dropped as soon as they are copied.

        Args:
            parts: What files hold.
            lake: Path of the lake.
        """
        firsts = np.cumsum([0, *(len(part.files) for part in parts[:-1])])
        sets = {name: _join_sets([vars(part)[name] for part in parts], firsts) for name in _SETS}
        files = [file for part in parts for file in part.files]
        joined = [part.keys for part in parts]
        parts.clear()
        keys = KeyColumns.join(joined)
        joined.clear()
        counts = np.array([file.rows for file in files], dtype=np.int64)
        arrays = pack_columns(keys)
        for name in PLACED:
            arrays |= _pack_placed(name, keys, files, counts)
        for name in _KEYED:
            values: Array = vars(keys)[name]
            are_held = values.any(axis=1)
            if name == "texts":
                are_held &= ~keys.are_signed()  # A text that is signed is found by its bands.
            held = np.flatnonzero(are_held)
            bits = _FILE_CHECK_BITS if name in PLACED else _CHECK_BITS
            arrays |= pack_keys(f"{name}.table", _prefixes(values[held]), held, check_bits=bits)
        arrays |= _pack_bands(keys)
        for name, found in sets.items():
            order = np.argsort(found.values, kind="stable")
            arrays[name] = found.values[order]
            arrays[f"{name}.files"] = pack_numbers(found.files[order])
        return cls(arrays, files, lake, ())

    def save(self, path: str) -> None:
        """Writes the segment into a file, through to the disk."""
        about = [
            [
                file.path,
                file.mark,
                file.rows,
                file.values,
                {name: places and list(places) for name, places in file.places.items()},
            ]
            for file in self.files
        ]
        save_arrays(path, self._arrays, about)

    @classmethod
    def load(cls, path: str, *, lake: str, dead: Collection[int] = ()) -> Segment:
        """Returns the segment in a file, its arrays mapped, not read.

        Args:
            path: The file.
            lake: Path of the lake.
            dead: Places of those of its files that have left the lake.
        """
        arrays, about = load_arrays(path)
        files = [
            IndexedFile(
                name,
                mark=mark,
                rows=rows,
                values=values,
                places={name: found and Places(*found) for name, found in places.items()},
            )
            for name, mark, rows, values, places in about
        ]
        return cls(arrays, files, lake, dead)

    def live_part(self) -> Part:
        """Returns what those of its files hold that are still in the lake."""
        places = np.cumsum(self._are_alive) - 1  # Of each live file among them.
        sets = {}
        for name in _SETS:
            files = self._files_of(name, np.arange(len(self._arrays[name])))
            are_alive = self._are_alive[files]
            values = self._arrays[name][are_alive].astype(np.uint64)
            sets[name] = IndexedSet(values, places[files[are_alive]])
        rows = np.flatnonzero(np.repeat(self._are_alive, self._counts))
        return Part(tuple(self._live_files()), keys=self._take(rows), **sets)

    def live_size(self) -> int:
        """Returns how many of what `len` counts are of files that are still in the lake."""
        return sum(file.rows + file.values for file in self._live_files())

    def _live_files(self) -> Iterator[IndexedFile]:
        return itertools.compress(self.files, self._are_alive)

    def find_rows(self, queries: Queries) -> Iterator[LakeRow]:
        """Returns the rows that have one of the ids, one of the texts, or share a band.

        Rows whose text is signed are found by their bands: who asks for a text asks for those of
        its signature, too. And of those that claim one of the addresses the first `MAX_CLAIMANTS`,
        by document id. Of a crowd that has one text or shares bands those are left out that nothing
        depends on: see `crowds`.
        """
        found = [
            self._match("ids", _unpack(bytes.fromhex("".join(queries.article_ids)), HASH_BYTES)),
            self._find_by_text(queries),
            self._find_by_band(queries),
        ]
        for claim in queries.claim_keys:
            rows = np.sort(self._match("claims", _unpack(claim, 8)))
            if len(rows) > MAX_CLAIMANTS:
                order = np.argsort(_prefixes(self._take(rows).documents), kind="stable")
                rows = rows[order[:MAX_CLAIMANTS]]
            found.append(rows)
        return self._take(np.unique(np.concatenate(found))).rows()

    def _find_by_text(self, queries: Queries) -> Numbers:
        rows = self._match("texts", _unpack(b"".join(queries.text_hashes), HASH_BYTES))
        if not crowds.is_crowd(len(rows), documents=len(queries.text_hashes)):
            return rows
        rows = self._by_age(rows)
        return self._with_their_ids(
            rows, crowds.choose_firsts(self._column("texts", rows)), queries
        )

    def _find_by_band(self, queries: Queries) -> Numbers:
        signatures = [signature for signature in queries.minhashes if signature]
        rows = self._match_bands(signatures)
        is_crowd = crowds.is_crowd(len(rows), documents=len(signatures))
        if not is_crowd or not queries.near_threshold:
            return rows
        rows = self._by_age(rows)
        are_chosen = crowds.choose_copies(
            signatures,
            clusters=take_clusters(self._arrays, rows),
            read=lambda part: self._column("minhashes", rows[part]),
            threshold=queries.near_threshold,
        )
        return self._with_their_ids(rows, are_chosen, queries)

    def _by_age(self, rows: Numbers) -> Numbers:
        return rows[crowds.age_order(take_ages(self._arrays, rows), self._arrays["ids"][rows])]

    def _with_their_ids(self, rows: Numbers, chosen: Array, queries: Queries) -> Numbers:
        others = _unpack(bytes.fromhex("".join(queries.other_ids)), HASH_BYTES)
        return rows[crowds.with_their_ids(chosen, self._arrays["ids"][rows], others=others)]

    def find_ids(self, guid_keys: frozenset[bytes]) -> Iterator[str]:
        """Yields the `article_id` of each row that has one of the guids."""
        for row in self._arrays["ids"][self._match("guids", _unpack(b"".join(guid_keys), 8))]:
            yield row.tobytes().hex()

    def find_ids_at(self, address_keys: frozenset[bytes]) -> Iterator[tuple[bytes, str]]:
        """Yields the `article_id` of rows that came from one of the addresses, with its key."""
        rows = self._match("addresses", _unpack(b"".join(address_keys), 8))
        pairs = zip(self._column("addresses", rows), self._arrays["ids"][rows], strict=True)
        yield from {(address.tobytes(), name.tobytes().hex()) for address, name in pairs}

    def find_marks(self, wanted: frozenset[bytes]) -> tuple[set[bytes], set[bytes]]:
        """Returns those of the marks of entries that are here.

        Args:
            wanted: The marks.

        Returns:
            Those of `Facts.row_marks`, and those of `Facts.known_marks`.
        """
        marks = list(wanted)
        values = _unpack(b"".join(marks), 8)
        rows = self._match("entry_marks", values)
        corrections = take_numbers(self._arrays["flags"], rows) >> np.uint64(2) & np.uint64(1)
        found: tuple[set[bytes], set[bytes]] = set(), set()
        for mark, is_correction in zip(self._column("entry_marks", rows), corrections, strict=True):
            found[int(is_correction)].add(mark.tobytes())
        found[1].update(marks[place] for place in self._present("known", values))
        return found

    def find_rejects(self, wanted: frozenset[str]) -> Iterator[str]:
        """Yields those of the reject ids that are here."""
        names = list(wanted)
        numbers = _unpack(bytes.fromhex("".join(names)), HASH_BYTES)
        for place in self._present("rejects", numbers):
            yield names[place]

    def _present(self, name: str, wanted: Array) -> set[int]:
        """The places of those of the wanted whose first eight bytes are in the set."""
        ordered, numbers = self._arrays[name], _prefixes(wanted)
        first, last = (np.searchsorted(ordered, numbers, side) for side in ("left", "right"))
        places = np.repeat(np.arange(len(numbers)), last - first)
        ends = np.cumsum(last - first)
        found = np.arange(len(places)) + (last - ends)[places]
        return set(places[self._are_alive[self._files_of(name, found)]].tolist())

    def _files_of(self, name: str, places: Numbers) -> Numbers:
        """The files of some values of a set."""
        return take_numbers(self._arrays[f"{name}.files"], places).astype(np.int64)

    def _match(self, name: str, wanted: Array) -> Numbers:
        """Numbers of the rows whose key in this column is among the wanted."""
        rows, places = find_keys(self._arrays, f"{name}.table", _prefixes(wanted))
        alive = self._alive(rows)
        rows, places = rows[alive], places[alive]
        matching: Numbers = rows[(self._column(name, rows) == wanted[places]).all(axis=1)]
        return matching

    def _match_bands(self, signatures: list[bytes]) -> Numbers:
        """Numbers of the rows that share a band with one of the signatures."""
        keys = minhash.bands(minhash.pack(signatures)).astype(np.uint64)
        wanted = (keys | np.arange(minhash.BANDS, dtype=np.uint64) << np.uint64(32)).reshape(-1)
        wanted.sort()  # `np.unique` takes several times as long.
        wanted = wanted[np.diff(wanted, prepend=~wanted[:1]) != 0]
        bands = (wanted >> np.uint64(32)).astype(np.int64)
        groups, places = find_keys(self._arrays, "bands", _band_hashes(wanted, bands))
        found = [np.empty(0, dtype=np.int64)]
        for start in range(0, len(groups), _HITS):
            hits = slice(start, start + _HITS)
            found.append(self._verify(groups[hits], wanted[places[hits]], bands[places[hits]]))
        return np.unique(np.concatenate(found))

    def _verify(self, groups: Numbers, wanted: npt.NDArray[np.uint64], bands: Numbers) -> Numbers:
        """Those rows of groups whose signatures have a band.

        Args:
            groups: The groups.
            wanted: For each, the key that one of its rows may have, in the lower 32 bits.
            bands: The number of that band.
        """
        own, places = np.unique(groups, return_inverse=True)
        rows = own[:, None] * _GROUP + np.arange(_GROUP)
        are_there = rows < len(self._arrays["ids"])
        are_there[are_there] &= self._signed.are_set(rows[are_there])
        are_there[are_there] &= self._alive(rows[are_there])
        signatures = np.zeros((*rows.shape, minhash.SIGNATURE_BYTES), dtype=np.uint8)
        signatures[are_there] = self._column("minhashes", rows[are_there])
        firsts = (places * _GROUP)[:, None]
        keys = _band_keys(signatures, firsts + np.arange(_GROUP), bands)
        found: Numbers = rows[places][(keys == (wanted & _LOW)[:, None]) & are_there[places]]
        return found

    def _take(self, rows: Numbers) -> KeyColumns:
        """The keys of rows, whose numbers are in order."""
        keys = take_columns(self._arrays, rows)
        for name in PLACED:
            setattr(keys, name, self._column(name, rows))
        fill_documents(keys)
        return keys

    def _column(self, name: str, rows: Numbers) -> Array:
        """The keys of rows in one column."""
        if name in PLACED:
            try:
                return self._placed[name].read(rows)
            except FileNotFoundError as error:
                raise VanishedError(f"the lake's file {error.filename} is missing") from error
            except OSError as error:
                raise LakeError(
                    f"the lake's file {error.filename} cannot be read: {error.strerror}; "
                    f"feedlake compact --verify --lake {self._lake} says what is damaged"
                ) from error
        return self._arrays["ids"][rows] if name == "ids" else take_rows(self._arrays, name, rows)

    def _alive(self, rows: Numbers) -> npt.NDArray[np.bool_]:
        """Whether the files of rows are in the lake."""
        return self._are_alive[np.searchsorted(self._starts, rows, "right") - 1]

    @functools.cached_property
    def _signed(self) -> Flags:
        return signed_rows(self._arrays)

    @functools.cached_property
    def _placed(self) -> dict[str, PlacedValues]:
        return {
            name: PlacedValues(
                files=[
                    (storage.join(self._lake, file.path), file.places.get(name))
                    for file in self.files
                ],
                own=self._arrays[f"{name}.own"],
                checksums=self._arrays[f"{name}.sums"],
                counts=self._counts,
                held=self._signed if name == "minhashes" else None,
            )
            for name in PLACED
        }


def _join_sets(sets: list[IndexedSet], firsts: Numbers) -> IndexedSet:
    """The values of several parts, whose files follow on each other."""
    return IndexedSet(
        np.concatenate([one.values for one in sets]),
        np.concatenate([one.files + first for one, first in zip(sets, firsts, strict=True)]),
    )


def _pack_placed(name: str, keys: KeyColumns, files: list[IndexedFile], counts: Numbers) -> Arrays:
    """What a segment holds of a column whose values lie in the lake's files: those of files in
    which they cannot be read as they lie, and checksums of all."""
    values: Array = vars(keys)[name]
    are_own = np.repeat([file.places.get(name) is None for file in files], counts)
    held = None
    if name == "minhashes":
        are_signed = keys.are_signed()
        held, are_own = Flags.build(are_signed), are_own[are_signed]
        values = values if are_signed.all() else values[are_signed]
    return {
        f"{name}.own": values[are_own],
        f"{name}.sums": make_checksums(values, counts, held),
    }


def _pack_bands(keys: KeyColumns) -> Arrays:
    """The table of the bands of all rows, which leads to groups of them."""
    signed = np.flatnonzero(keys.are_signed())
    hashes = np.empty((len(signed), minhash.BANDS), dtype=np.uint64)
    for start in range(0, len(signed), _BLOCK_ROWS):
        block = minhash.bands(keys.minhashes[signed[start : start + _BLOCK_ROWS]])
        hashes[start : start + len(block)] = _band_hashes(
            block.astype(np.uint64), np.arange(minhash.BANDS)
        )
    groups = np.repeat(signed // _GROUP, minhash.BANDS)
    return pack_keys("bands", hashes.reshape(-1), groups, check_bits=_FILE_CHECK_BITS)


def _band_hashes(keys: npt.NDArray[np.uint64], bands: Numbers) -> npt.NDArray[np.uint64]:
    """The keys of one table for all bands, of which the same values stand for something else."""
    return (keys & _LOW ^ _OF_BAND[bands]) << np.uint64(32)


def _band_keys(signatures: Array, numbers: Numbers, bands: Numbers) -> npt.NDArray[np.uint32]:
    """The keys that some of the signatures have in a band.

    Args:
        signatures: One after the other, in one stretch of memory.
        numbers: Shape (bands, signatures): of which signatures.
        bands: In which band, for each.
    """
    content = signatures.reshape(-1)
    # Eight bytes from each place on, of which the values are the first.
    words: Array = np.ndarray((max(0, len(content) - 7),), ">u8", content.data, 0, (1,))
    places = numbers * minhash.SIGNATURE_BYTES + (4 + minhash.BAND_ROWS * bands)[:, None]
    values: npt.NDArray[np.uint64] = words[places].astype(np.uint64)
    return minhash.hash_bands(values >> np.uint64(64 - 8 * minhash.BAND_ROWS))


def _unpack(values: bytes, width: int) -> Array:
    return np.frombuffer(values, dtype=np.uint8).reshape(-1, width)


def _prefixes(rows: Array) -> npt.NDArray[np.uint64]:
    """The first 64 bits of each row, most significant first, as numbers."""
    first = np.ascontiguousarray(rows[:, :8])
    return first.view(">u8").reshape(-1).astype(np.uint64)
