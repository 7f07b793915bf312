"""The order in which archived runs are read again: as they were published, each by itself.

What the lake held when a run came decided what became of its documents, so the runs must come one
after another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import groupby, islice

from feedlake.pipeline.lake.lake import JOURNAL, Lake
from feedlake.pipeline.lake.read_rows import read_rows_where
from feedlake.transforms.archives.archive_writer import ARCHIVE
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import SourceFile

_NAME = re.compile(r"(?P<run>\d{8}T\d{6}Z-[0-9a-f]{6}-\d{4,})-\d{4,}\.warc(?:\.gz)?")


def in_order(files: Sequence[SourceFile]) -> list[SourceFile]:
    """Returns files with those of archived runs in the order in which the runs were published.

    The journal of their lake knows it. Where that isn't beside them, the ids of the runs tell,
    which begin with times. Other files come first, in their order.
    """
    places = cache(_places_of)

    def key(file: SourceFile) -> tuple[int, str]:
        run = run_of(file)
        return places(_lake_of(file.path)).get(run, 0), run

    return sorted(files, key=key)


def take_chunk(files: Sequence[SourceFile], room: int) -> tuple[list[SourceFile], list[SourceFile]]:
    """Returns the files of the next chunk, which are of one archived run or of none, and the rest.

    Args:
        files: As `in_order` has them.
        room: How many there are at the most.
    """
    for _, group in groupby(files, run_of):
        batch = list(islice(group, room))
        return batch, list(files[len(batch) :])
    return [], []


def read_before(files: Sequence[SourceFile], lake: Lake) -> frozenset[str]:
    """Returns which archived runs among files the lake holds already: its own, and those repeated.

    An archive may have come from another folder then.

    Args:
        files: All files to read.
        lake: The lake.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    wanted = {run_of(file) for file in files} - {""}
    if not wanted:
        return frozenset()
    found = set(lake.run_ids())
    for path in lake.files("sources"):
        for rows in read_rows_where(path, ["source"], {"source_kind": {"warc"}}):
            found |= {_run_of(source) for source in rows["source"].to_pylist()}
    return frozenset(wanted & found)


def run_of(file: SourceFile) -> str:
    """Returns the run that an archive's file is of, by its name; empty for any other file."""
    return _run_of(file.path)


def _run_of(path: str) -> str:
    match = _NAME.fullmatch(path.rpartition("/")[2])
    return match["run"] if match else ""


def _lake_of(path: str) -> str:
    """The lake that a file is in the archive of, if it is; empty if by its path it is not."""
    parts = path.rsplit("/", 3)
    return parts[0] if len(parts) == 4 and parts[1] == ARCHIVE else ""


def _places_of(lake: str) -> dict[str, int]:
    if not lake or not any(storage.list_files(storage.join(lake, JOURNAL))):
        return {}
    return dict(Lake(lake).state().runs)
