"""Whole numbers from zero on, each in as many bits as the largest of them needs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.uint64]

_MAX_BITS = 57
"""Bits of a number that lie within the eight bytes from the one in which they start, wherever in it
that is."""

_HEAD_BYTES = 8  # The first says how many bits.
_LANES = 8  # Numbers that start where a byte does, and end where one does.
_STEP = 16  # Offsets of which one is held whole.


def pack_numbers(values: npt.NDArray[Any]) -> Bytes:
    """Returns numbers as bytes.

    Args:
        values: Whole numbers, none below zero.
    """
    numbers = values.astype("<u8", copy=False)
    bits = int(numbers.max()).bit_length() if len(numbers) else 0
    if bits > _MAX_BITS:
        return np.concatenate([_head(64), numbers.view(np.uint8)])
    whole = len(numbers) // _LANES * _LANES
    rest = np.zeros(_LANES, dtype="<u8")
    rest[: len(numbers) - whole] = numbers[whole:]
    packed = [_pack_lanes(part.reshape(-1, _LANES), bits) for part in (numbers[:whole], rest)]
    # Beyond the last one there are eight bytes, since eight are read for each.
    return np.concatenate([_head(bits), *packed, np.zeros(8, np.uint8)])


def _pack_lanes(lanes: npt.NDArray[Any], bits: int) -> Bytes:
    packed = np.zeros((len(lanes), bits + 8), dtype=np.uint8)
    for lane in range(_LANES if bits else 0):
        first, shift = divmod(lane * bits, 8)
        shifted = (lanes[:, lane] << np.uint64(shift)).astype("<u8", copy=False)
        packed[:, first : first + 8] |= shifted.view(np.uint8).reshape(-1, 8)
    return packed[:, :bits].reshape(-1)


def take_numbers(packed: Bytes, places: npt.NDArray[Any]) -> Numbers:
    """Returns some of the numbers.

    Args:
        packed: As `pack_numbers` returned it.
        places: Which.
    """
    bits, content = int(packed[0]), packed[_HEAD_BYTES:]
    if not bits:
        return np.zeros(len(places), dtype=np.uint64)
    if bits > _MAX_BITS:
        whole: Numbers = content.view("<u8")[places].astype(np.uint64)
        return whole
    words: Numbers = np.ndarray((len(content) - 7,), "<u8", content.data, 0, (1,))
    first = places.astype(np.uint64) * np.uint64(bits)
    found: Numbers = words[first >> np.uint64(3)] >> (first & np.uint64(7))
    found &= np.uint64((1 << bits) - 1)
    return found


def pack_offsets(offsets: npt.NDArray[Any]) -> tuple[npt.NDArray[np.uint32], Bytes]:
    """Returns numbers of which none is less than the one before, below 2^32: every 16th, and the
    rest by how much they are above that."""
    whole = offsets[::_STEP].astype(np.uint32)
    above = offsets - whole[np.arange(len(offsets)) // _STEP]
    return whole, pack_numbers(above)


def take_offsets(
    whole: npt.NDArray[np.uint32], above: Bytes, places: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Returns some of the numbers that `pack_offsets` was given."""
    return whole[places // _STEP].astype(np.int64) + take_numbers(above, places).astype(np.int64)


def _head(bits: int) -> Bytes:
    return np.array([bits, *bytes(_HEAD_BYTES - 1)], dtype=np.uint8)
