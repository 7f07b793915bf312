"""Where in a file values of equal length lie, and reading some of them there.

Parquet keeps the values of a column of fixed length one after the other, page by page, if they are
neither compressed nor in a dictionary. So the file itself can be read like an array, once it is
known where each page's values begin. That is found by looking for the values, of which a reader of
Parquet has said what they are: whatever is not found byte by byte has no place.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

_COMPARED = 4_096
"""Values that are compared at a time: a page of hashes holds a few of these."""

_MAX_HEADER_BYTES = 4_096
"""Longest header of a page: it holds up to four values."""

_MIN_IN_RUN = 16
"""Values that lie together, in the mean. With fewer to a page, their places would take more room
than they are worth."""


class Places(NamedTuple):
    """Where values lie in a file.

    Attributes:
        firsts: The number of the first value of each run of values that lie together.
        offsets: Where in the file it begins.
        length: Bytes from one value to the next.
    """

    firsts: list[int]
    offsets: list[int]
    length: int


def find_places(values: Bytes, parts: Iterable[tuple[int, bytes]], *, length: int) -> Places | None:
    """Returns where values lie; None if they don't lie there one after the other.

    Args:
        values: Shape (values, bytes), all or the first bytes of each.
        parts: Parts of a file in which they may be, in order: where each begins, and its bytes.
        length: Bytes of a whole value.
    """
    firsts: list[int] = []
    offsets: list[int] = []
    number = 0
    for start, content in parts:
        place = 0
        while number < len(values):
            place, found = _longest_run(values[number:], content, place, length)
            if not found:
                break
            firsts.append(number)
            offsets.append(start + place)
            number += found
            place += found * length
    is_scattered = len(firsts) > 1 + len(values) // _MIN_IN_RUN
    return None if number < len(values) or is_scattered else Places(firsts, offsets, length)


def _longest_run(values: Bytes, content: bytes, place: int, length: int) -> tuple[int, int]:
    """Where the first of the values lies, and how many of them from there on.

    The header of a page names its least and its greatest value, which are not meant.
    """
    first, best, end = values[0].tobytes(), (0, 0), len(content)
    while (place := content.find(first, place, end)) >= 0:
        if not best[1]:
            end = place + _MAX_HEADER_BYTES
        found = _count_equal(values, content, place, length)
        best = max(best, (place, found), key=lambda run: run[1])
        place += 1
    return best


def _count_equal(values: Bytes, content: bytes, place: int, length: int) -> int:
    """How many of the values lie one after the other from a place on."""
    count = min(len(values), (len(content) - place) // length)
    there = np.frombuffer(content, np.uint8, count * length, place).reshape(count, length)
    for start in range(0, count, _COMPARED):
        own = values[start : start + _COMPARED]
        equal = (there[start : start + len(own), : values.shape[1]] == own[: count - start]).all(
            axis=1
        )
        if not equal.all():
            return start + int(equal.argmin())
    return count


def read_places(file: int, places: Places, first: int, last: int) -> bytes:
    """Returns values by their numbers, one after the other; less if the file ends before.

    Args:
        file: Descriptor of the file.
        places: Where its values lie.
        first: Of the values.
        last: Behind the last one.
    """
    parts = []
    run = bisect_right(places.firsts, first) - 1
    while first < last:
        end = min(last, places.firsts[run + 1]) if run + 1 < len(places.firsts) else last
        size = (end - first) * places.length
        offset = places.offsets[run] + (first - places.firsts[run]) * places.length
        parts.append(os.pread(file, size, offset))
        first, run = end, run + 1
    return parts[0] if len(parts) == 1 else b"".join(parts)
