"""Which files of a lake to merge: a plan by their sizes alone, with bounds on what is rewritten.

Files are merged within their folder, the smallest first. Two things may pay for a merge:

- **Levels**: the files together have at least `GROWTH` times the bytes of the largest of them. So
  whatever is rewritten by this rule is in a file `GROWTH` times as large as before, and that
  happens to it a few times only: from 4 kB to 256 MB four or five times.
- **Credit**: each byte that a run published pays for `CREDIT` further bytes, once, when it is first
  merged into something larger than itself. So new files of like size pay for themselves. What is
  left of it is spent where it saves a file for the fewest bytes, in any folder: on the last leaves
  of a day that is over, on late articles of old days.

Both together write less than eight bytes for each that came in, however often somebody compacts.
`docs/decisions/0020` has the figures, and what else was tried.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

MERGED_BYTES = 256 << 20
"""Size up to which files are merged into one."""

GROWTH = 12
"""How many times as large as its largest file a merged one is, if levels call for it."""

CREDIT = 3
"""Bytes that may be rewritten beyond the levels for each byte that is merged for the first time."""

DEAREST_BYTES = 8 << 20
"""Most bytes that are rewritten to have one file less, unless levels call for it, or new files of
like size pay for it themselves: each query opens the file, in about the time in which it reads
some MB."""


class SizedFile(NamedTuple):
    """What the plan has to know of a file.

    Attributes:
        size_bytes: Its size.
        path: Its path below the lake.
        is_new: Whether a run wrote it: no compaction has written its rows.
    """

    size_bytes: int
    path: str
    is_new: bool


class Merge(NamedTuple):
    """Files of one folder that become one.

    Attributes:
        size_bytes: Their size together.
        files: The files, the smallest first; at least two.
    """

    size_bytes: int
    files: tuple[SizedFile, ...]


class _Folder:
    """The smallest files of a folder that fit into one, and how many of them are to be merged."""

    def __init__(self, files: Iterable[SizedFile], *, max_bytes: int) -> None:
        self.files: list[SizedFile] = []
        size = 0
        for file in sorted(files):
            size += file.size_bytes
            if size > max_bytes:
                break
            self.files.append(file)
        self.taken = 0

    def take(self) -> int:
        """Takes the files that levels call for, and those that pay for themselves; returns the
        credit that is left over."""
        size = credit = levels_size = left = 0
        for number, file in enumerate(self.files, 1):
            size += file.size_bytes
            if number > 1 and size >= GROWTH * file.size_bytes:
                self.taken, levels_size, left = number, size, credit
            elif number > 1 and size - levels_size <= credit:
                self.taken, left = number, credit - (size - levels_size)
            credit += CREDIT * _new_bytes(file)
        return left

    def next_step(self) -> tuple[int, int] | None:
        """Returns what one file less would cost, and the credit that it would bring, in bytes."""
        next_number = max(1, self.taken)
        if next_number >= len(self.files):
            return None
        cost = self.files[next_number].size_bytes
        if not self.taken:
            cost += self.files[0].size_bytes
        return cost, CREDIT * _new_bytes(self.files[next_number - 1])

    def take_step(self) -> None:
        """Takes the next file, at the beginning the first two."""
        self.taken = max(1, self.taken) + 1

    def merge(self) -> Merge:
        """Returns what was taken."""
        files = tuple(self.files[: self.taken])
        return Merge(sum(file.size_bytes for file in files), files)


def plan_merges(
    folders: Mapping[str, Sequence[SizedFile]], *, max_bytes: int = MERGED_BYTES
) -> list[Merge]:
    """Returns the merges to make now, none of them if there is nothing to be gained.

    Args:
        folders: The files of each folder.
        max_bytes: Size up to which files are merged into one.
    """
    kept = [_Folder(files, max_bytes=max_bytes) for files in folders.values() if len(files) > 1]
    credit = sum(folder.take() for folder in kept)
    left, has_taken = kept, True
    while has_taken:
        left, credit, has_taken = _spend(left, credit)
    return [folder.merge() for folder in kept if folder.taken]


def _spend(folders: list[_Folder], credit: int) -> tuple[list[_Folder], int, bool]:
    """Takes the cheapest steps that can be paid.

    Returns:
        The folders whose next step could not be; the credit left; whether any step was taken.
    """
    steps = [(*step, number) for number, one in enumerate(folders) if (step := one.next_step())]
    heapq.heapify(steps)
    left, has_taken = [], False
    while steps:
        cost, gain, number = heapq.heappop(steps)
        folder = folders[number]
        if cost > min(credit + gain, DEAREST_BYTES):
            left.append(folder)
            continue
        credit += gain - cost
        folder.take_step()
        has_taken = True
        if step := folder.next_step():
            heapq.heappush(steps, (*step, number))
    return left, credit, has_taken


def _new_bytes(file: SizedFile) -> int:
    return file.size_bytes if file.is_new else 0
