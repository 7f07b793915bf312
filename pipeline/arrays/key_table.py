"""From keys to numbers, in few bits: of each key only so much that few others look like it.

Keys are hashes, so that they spread evenly. Their first bits say in which bucket an entry stands,
of which there are so many that each has four to eight; of the bits after that, an entry holds some,
and its number. Who looks a key up gets each number under it, and now and then one of another key.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from feedlake.pipeline.arrays.packed_numbers import (
    pack_numbers,
    pack_offsets,
    take_numbers,
    take_offsets,
)

Arrays = dict[str, npt.NDArray[Any]]
Keys = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_BUCKET = 4  # Entries in it, at least.


def pack_keys(name: str, keys: Keys, numbers: Places, *, check_bits: int) -> Arrays:
    """Returns the arrays of a table.

    Args:
        name: What the names of the arrays begin with.
        keys: The keys, whose first 32 bits count at most. The array is used up: a large segment has
            twelve million.
        numbers: The number of each.
        check_bits: Bits beyond those that tell as many keys apart as there are: a key that is not
            there looks like one that is with the probability 2^-bits, at most.
    """
    least = (max(1, len(keys)) - 1).bit_length()
    in_bucket = max(0, (len(keys) // _BUCKET).bit_length() - 1)
    in_entry = min(32, least + check_bits) - in_bucket
    of_number = int(numbers.max()).bit_length() if len(numbers) else 0
    entries = keys
    entries >>= np.uint64(64 - in_bucket - in_entry)
    entries <<= np.uint64(of_number)
    entries |= numbers.view(np.uint64)
    del numbers
    entries.sort()
    is_first = np.ones(len(entries), dtype=np.bool_)
    np.not_equal(entries[1:], entries[:-1], out=is_first[1:])
    entries = entries if is_first.all() else entries[is_first]
    starts = np.arange((1 << in_bucket) + 1, dtype=np.uint64) << np.uint64(in_entry + of_number)
    firsts = np.searchsorted(entries, starts)
    whole, above = pack_offsets(firsts)
    entries &= np.uint64((1 << in_entry + of_number) - 1)
    return {
        f"{name}.shape": np.array([in_bucket, in_entry, of_number], dtype=np.uint8),
        f"{name}.firsts": whole,
        f"{name}.above": above,
        f"{name}.entries": pack_numbers(entries),
    }


def find_keys(arrays: Arrays, name: str, keys: Keys) -> tuple[Places, Places]:
    """Returns the numbers that may be under some keys, and for each the place of its key.

    Args:
        arrays: As `pack_keys` returned them.
        name: The same as there.
        keys: The keys, each once.
    """
    in_bucket, in_entry, of_number = map(int, arrays[f"{name}.shape"])
    shortened = keys >> np.uint64(64 - in_bucket - in_entry)
    buckets = (shortened >> np.uint64(in_entry)).astype(np.int64)
    both = np.concatenate([buckets, buckets + 1])
    firsts = take_offsets(arrays[f"{name}.firsts"], arrays[f"{name}.above"], both)
    first, lengths = firsts[: len(keys)], firsts[len(keys) :] - firsts[: len(keys)]
    places = np.repeat(np.arange(len(keys)), lengths)
    ends = np.cumsum(lengths)
    numbers = np.arange(len(places)) + (first - ends + lengths)[places]
    entries = take_numbers(arrays[f"{name}.entries"], numbers)
    wanted = (shortened & np.uint64((1 << in_entry) - 1))[places]
    are_found = entries >> np.uint64(of_number) == wanted
    found = entries[are_found] & np.uint64((1 << of_number) - 1)
    return found.astype(np.int64), places[are_found]
