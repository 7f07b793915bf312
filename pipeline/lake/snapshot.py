"""A lake at one instant: which files count by its journal, and where each of them lies."""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from feedlake.pipeline.lake.journal_entry import LakeError
from feedlake.pipeline.lake.lake_state import LakeState
from feedlake.pipeline.lake.pruning import Span, prune
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import StagedFile

STAGING = "_staging"
MISSING = "is missing"
_MAX_TOLD = 3


@dataclass(frozen=True)
class Snapshot:
    """The files of a lake, all of one instant.

    Attributes:
        lake: Path of the lake.
        state: What the journal says.
        places: Where files lie, by their paths below the lake. A published file that is still to
            be moved lies in staging.
        faults: What is wrong with files that are missing, or have another size than the journal
            says, by their paths below the lake; they are not in `places`.
    """

    lake: str
    state: LakeState
    places: dict[str, str]
    faults: dict[str, str]

    def files(
        self,
        table: str,
        *,
        ids: Collection[str] | None = None,
        within: Mapping[str, Span] | None = None,
    ) -> list[str]:
        """Returns the paths of a table's files, of those only that may hold what is asked for.

        Args:
            table: The table.
            ids: Values of `article_id`; None: any.
            within: Least and greatest values, by column; see `pruning.may_be_within`.
        """
        held = self.held(table)
        if ids is not None or within:
            held = prune(held, ids=ids, within=within)
        return [self.places[file.path] for file in held]

    def held(self, table: str) -> list[StagedFile]:
        """Returns a table's files as the journal has them."""
        return self._by_table.get(table, [])

    @cached_property
    def _by_table(self) -> dict[str, list[StagedFile]]:
        found: dict[str, list[StagedFile]] = defaultdict(list)
        for path in self.places:
            file = self.state.files[path]
            found[file.table].append(file)
        return found

    def check(self) -> None:
        """Raises LakeError if files are missing or changed; it names them."""
        if self.faults:
            raise LakeError(
                f"{self.complaint()}; feedlake compact --quarantine --lake {self.lake} goes on "
                "without what they held, and feedlake query --partial answers without it"
            )

    def complaint(self) -> str:
        """Returns which files are missing or changed, in words."""
        told = [
            f"the lake's file {storage.join(self.lake, path)} {what}"
            for path, what in list(self.faults.items())[:_MAX_TOLD]
        ]
        more = len(self.faults) - len(told)
        return ", ".join(told) + (f", and {more:,} more are missing or changed" if more else "")


def take_snapshot(lake: str, state: LakeState) -> Snapshot:
    """Returns where the files of a lake lie now.

    Args:
        lake: Its path.
        state: What its journal says.
    """
    places: dict[str, str] = {}
    faults: dict[str, str] = {}
    size_of = _local_size if storage.is_local(lake) else _remote_size(lake, state)
    staged = {file.path: entry.run_id for entry in state.pending for file in entry.add}
    for path, file in sorted(state.files.items()):
        place, size = storage.join(lake, path), None
        if path in staged:
            staging = storage.join(lake, STAGING, staged[path], path)
            size = size_of(staging)  # First: it may be moved while we look.
            place = place if size is None else staging
        size = size_of(place) if size is None else size
        if size is None:
            faults[path] = MISSING
        elif size != file.size_bytes:
            faults[path] = f"has {size} bytes, the journal says {file.size_bytes}"
        else:
            places[path] = place
    return Snapshot(lake, state, places, faults)


def _local_size(path: str) -> int | None:
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _remote_size(lake: str, state: LakeState) -> Callable[[str], int | None]:
    """Looks into one listing for each table and each pending run."""
    folders = {file.table for file in state.files.values()}
    folders |= {storage.join(STAGING, entry.run_id) for entry in state.pending}
    sizes = {
        found.path: found.size_bytes
        for folder in sorted(folders, reverse=True)  # Tables last: files move there.
        for found in storage.list_stored(storage.join(lake, folder, ""))
    }
    return sizes.get
