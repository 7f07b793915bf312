"""Values of rows, one column, that are read where they lie in many files.

What is read is checked: a checksum of each 16 rows was taken when their places were found.
"""

from __future__ import annotations

import itertools
import os
import zlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from feedlake.pipeline.arrays.byte_rows import Flags
from feedlake.pipeline.arrays.value_places import Places, read_places

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]

_BLOCK_ROWS = 16
"""Rows of a file that have a checksum, and are read, together."""

_READ_BLOCKS = 4_096
"""Blocks that stand one after the other that are read at once: 16 MB of signatures."""

_KEPT_BLOCKS = 16_384
"""Blocks that are kept for the next time, as the rows that are found are read again: 64 MB."""


class DamagedFileError(OSError):
    """A file doesn't hold what it held; `filename` says which."""


class PlacedValues:
    """One column of rows, file after file, each of which has a value or none."""

    def __init__(
        self,
        *,
        files: list[tuple[str, Places | None]],
        own: Bytes,
        checksums: npt.NDArray[np.uint32],
        counts: Numbers,
        held: Flags | None,
    ) -> None:
        """
        Args:
            files: Path of each file, and where its values lie; None: among those held here.
            own: Those.
            checksums: Of each block.
            counts: Rows of each file.
            held: Which rows have a value; None: all of them.
        """
        self._files, self._own, self._held = files, own, held
        self._checksums = checksums
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        self._first_blocks = _first_blocks(counts)
        self._before = self._count(self._starts)
        self._are_own = np.array([places is None for _, places in files], dtype=np.bool_)
        of_own = np.where(self._are_own, np.diff(self._before), 0)
        self._own_starts = np.cumsum(of_own) - of_own
        self._kept: dict[int, Bytes] = {}

    def read(self, rows: Numbers) -> Bytes:
        """Returns the values of rows; zeros of those that have none.

        Args:
            rows: Their numbers.

        Raises:
            FileNotFoundError: A file is not there.
            DamagedFileError: It holds other values than it did, or fewer.
            OSError: It can't be read.
        """
        values = np.zeros((len(rows), self._own.shape[1]), dtype=np.uint8)
        files = np.searchsorted(self._starts, rows, "right") - 1
        are_held = np.ones(len(rows), np.bool_) if self._held is None else self._held.are_set(rows)
        are_own = are_held & self._are_own[files]
        own = files[are_own]
        places = self._own_starts[own] + self._count(rows[are_own]) - self._before[own]
        values[are_own] = self._own[places]
        are_placed = are_held & ~are_own
        values[are_placed] = self._read_placed(rows[are_placed], files[are_placed])
        return values

    def _read_placed(self, rows: Numbers, files: Numbers) -> Bytes:
        block_of = self._first_blocks[files] + (rows - self._starts[files]) // _BLOCK_ROWS
        blocks, place_of = np.unique(block_of, return_inverse=True)
        in_file = np.searchsorted(self._first_blocks, blocks, "right") - 1
        first = self._starts[in_file] + (blocks - self._first_blocks[in_file]) * _BLOCK_ROWS
        last = np.minimum(first + _BLOCK_ROWS, self._starts[in_file + 1])
        first, last = self._count(first), self._count(last)
        are_new = np.array([block not in self._kept for block in blocks.tolist()], dtype=np.bool_)
        self._read_blocks(blocks[are_new], in_file[are_new], first[are_new], last[are_new])
        values = np.concatenate([self._own[:0], *(self._kept[block] for block in blocks.tolist())])
        if len(self._kept) > _KEPT_BLOCKS:
            self._kept.clear()
        starts = np.cumsum(last - first) - (last - first)
        found: Bytes = values[self._count(rows) - first[place_of] + starts[place_of]]
        return found

    def _read_blocks(self, blocks: Numbers, files: Numbers, first: Numbers, last: Numbers) -> None:
        """Reads blocks, and keeps them.

        Args:
            blocks: Their numbers, in order.
            files: The file of each.
            first: How many values there are before each.
            last: And before the one after it.
        """
        if not len(blocks):
            return
        before = self._before[files]
        owners, starts, ends = files.tolist(), (first - before).tolist(), (last - before).tolist()
        contents = []
        with _Files() as opened:
            for begin, end in _spans(blocks, files):
                path, places = self._files[owners[begin]]
                assert places is not None, "only what lies in files has blocks"
                contents.append(_read(opened, path, places, starts[begin], ends[end - 1]))
        width = self._own.shape[1]
        whole = np.frombuffer(b"".join(contents), dtype=np.uint8).reshape(-1, places.length)
        values = np.ascontiguousarray(whole[:, :width])
        content, place = values.reshape(-1).data, 0
        sums = self._checksums[blocks].tolist()
        for number, block in enumerate(blocks.tolist()):
            end = place + ends[number] - starts[number]
            if zlib.crc32(content[place * width : end * width]) != sums[number]:
                path, _ = self._files[owners[number]]
                raise DamagedFileError(0, "its keys are not those that were indexed", path)
            self._kept[block] = values[place:end]
            place = end

    def _count(self, rows: Numbers) -> Numbers:
        """How many values there are before rows."""
        return rows if self._held is None else self._held.count_before(rows)


def make_checksums(values: Bytes, counts: Numbers, held: Flags | None) -> npt.NDArray[np.uint32]:
    """Returns the checksums of a column's blocks.

    Args:
        values: Of all rows that have one.
        counts: Rows of each file.
        held: Which rows have one; None: all.
    """
    starts = np.cumsum(counts) - counts
    first_blocks = _first_blocks(counts)
    file_of = np.repeat(np.arange(len(counts)), np.diff(first_blocks))
    first = starts[file_of] + (np.arange(len(file_of)) - first_blocks[file_of]) * _BLOCK_ROWS
    last = np.minimum(first + _BLOCK_ROWS, (starts + counts)[file_of])
    if held is not None:
        first, last = held.count_before(first), held.count_before(last)
    content, width = np.ascontiguousarray(values).reshape(-1).data, values.shape[1]
    bounds = zip((first * width).tolist(), (last * width).tolist(), strict=True)
    sums = [zlib.crc32(content[start:end]) for start, end in bounds]
    return np.array(sums, dtype=np.uint32)


def _first_blocks(counts: Numbers) -> Numbers:
    """The number of each file's first block, and behind them how many there are."""
    return np.concatenate([[0], np.cumsum(-(-counts // _BLOCK_ROWS))])


def _spans(blocks: Numbers, files: Numbers) -> Iterator[tuple[int, int]]:
    """Yields first and last place, which is not included, of blocks that follow on each other."""
    are_apart = (np.diff(blocks) != 1) | (np.diff(files) != 0)
    bounds = [0, *(np.flatnonzero(are_apart) + 1).tolist(), len(blocks)]
    for begin, end in itertools.pairwise(bounds):
        for start in range(begin, end, _READ_BLOCKS):
            yield start, min(start + _READ_BLOCKS, end)


class _Files:
    """Files that are open for reading, one at a time."""

    def __init__(self) -> None:
        self._path, self._file = "", -1

    def __enter__(self) -> _Files:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def open(self, path: str) -> int:
        """Returns the descriptor of a file."""
        if path != self._path:
            self._close()
            self._file = os.open(path, os.O_RDONLY)
            self._path = path
        return self._file

    def _close(self) -> None:
        if self._path:
            os.close(self._file)
            self._path = ""


def _read(opened: _Files, path: str, places: Places, first: int, last: int) -> bytes:
    if first == last:
        return b""
    try:
        content = read_places(opened.open(path), places, first, last)
    except OSError as error:
        error.filename = path  # Reading doesn't know it.
        raise
    if len(content) < (last - first) * places.length:
        raise DamagedFileError(0, "it is shorter than it was", path)
    return content
