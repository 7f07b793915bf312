"""Bytes of equal length for rows of which some have none."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

_WORD = 64  # Rows whose bits are counted together.
_COUNTS = np.array([number.bit_count() for number in range(256)], dtype=np.uint8)


class Flags:
    """Which of some rows are set, and how many are before a row; all of them without any bits."""

    def __init__(self, bits: Bytes, before: npt.NDArray[np.uint32]) -> None:
        self.bits, self.before = bits, before

    @classmethod
    def build(cls, are_set: npt.NDArray[np.bool_]) -> Flags:
        """Returns those of these rows."""
        if are_set.all():
            return cls(np.empty(0, np.uint8), np.empty(0, np.uint32))
        words = -(-(len(are_set) + 1) // _WORD)
        padded = np.zeros(words * _WORD, dtype=np.bool_)
        padded[: len(are_set)] = are_set
        counts = padded.reshape(-1, _WORD).sum(axis=1)
        before = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.uint32)
        return cls(np.packbits(padded, bitorder="little"), before)

    def are_set(self, places: Places) -> npt.NDArray[np.bool_]:
        """Returns whether these rows are."""
        if not len(self.bits):
            return np.ones(len(places), dtype=np.bool_)
        bits: Bytes = self.bits[places >> 3] >> (places & 7).astype(np.uint8) & np.uint8(1)
        return bits.view(np.bool_)

    def count_before(self, places: Places) -> Places:
        """Returns how many rows before each of these are set; the row after the last may be asked
        for."""
        if not len(self.bits):
            return places
        words = places // _WORD
        bytes_of = self.bits.reshape(-1, _WORD // 8)[words]
        kept = np.clip(places[:, None] - words[:, None] * _WORD - np.arange(0, _WORD, 8), 0, 8)
        masked = bytes_of & ((1 << kept) - 1).astype(np.uint8)
        in_word = _COUNTS[masked].sum(axis=1, dtype=np.int64)
        found: Places = self.before[words].astype(np.int64) + in_word
        return found


def pack_rows(name: str, rows: Bytes) -> dict[str, npt.NDArray[Any]]:
    """Returns the arrays that hold rows of bytes; those that are all zeros take a bit each.

    Args:
        name: What the names of the arrays begin with.
        rows: Shape (rows, length).
    """
    are_set = np.asarray(rows.any(axis=1))
    flags = Flags.build(are_set)
    return {
        name: rows if are_set.all() else rows[are_set],
        f"{name}.bits": flags.bits,
        f"{name}.before": flags.before,
    }


def take_rows(arrays: dict[str, npt.NDArray[Any]], name: str, places: Places) -> Bytes:
    """Returns some of the rows that `pack_rows` was given."""
    flags = Flags(arrays[f"{name}.bits"], arrays[f"{name}.before"])
    held: Bytes = arrays[name]
    found = np.zeros((len(places), held.shape[1]), dtype=np.uint8)
    are_set = flags.are_set(places)
    found[are_set] = held[flags.count_before(places[are_set])]
    return found
