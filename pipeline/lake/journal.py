"""The folder `_journal`: its entries, the checkpoints that they fold into, and what both come to.

The newest two checkpoints are kept, and all entries that the older one does not cover. So one of
the two may be damaged, and nothing is lost.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

from feedlake.pipeline.lake.checkpoint import (
    CHECKPOINT,
    is_whole,
    name_checkpoint,
    number_of,
    read_checkpoint,
    write_checkpoint,
)
from feedlake.pipeline.lake.journal_entry import JournalEntry, LakeError, read_entry
from feedlake.pipeline.lake.lake_state import LakeState, add_entries
from feedlake.transforms.normalize import storage

PENDING, DONE = ".pending.json", ".json"
"""How the names of entries end: before all of a run's files are moved, and after."""

FOLDED = "folded.pending.json"
"""Is there from the first time on that entries are deleted, which are in checkpoints alone then. An
older feedlake, which would read a part of the lake, takes it for an entry that it cannot read, and
says what is in it."""

_GUARD = json.dumps(
    {"run_id": ["a newer feedlake wrote this lake, install it"], "add": [], "remove": []}
).encode()

_log = logging.getLogger("feedlake")


class Journal:
    """A journal, by the path of its folder. What has been read once is not read again."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._state: tuple[frozenset[str], LakeState] | None = None
        self._checkpoint: tuple[str, LakeState] | None = None
        self._entries: dict[str, JournalEntry] = {}

    def path(self, name: str) -> str:
        """Returns the path of a file in it."""
        return storage.join(self.folder, name)

    def entries(self, *, besides: frozenset[str] = frozenset()) -> list[JournalEntry] | None:
        """Returns the entries, by run id; None if some are in checkpoints alone.

        Args:
            besides: Ids of runs to leave out.

        Raises:
            FileNotFoundError: A writer has renamed one meanwhile.
            LakeError: One is damaged.
        """
        names = self._names()
        there = _entry_names(names)
        _, base = self._newest_checkpoint(names)
        if base.runs.keys() - besides - there.keys():
            return None
        return [self._read_entry(name) for run, name in sorted(there.items()) if run not in besides]

    def state(self) -> LakeState:
        """Returns what all entries come to.

        Raises:
            FileNotFoundError: A writer has renamed one meanwhile.
            LakeError: One is damaged, or none of the checkpoints is whole.
        """
        names = self._names()
        if self._state is None or self._state[0] != names:
            _, base = self._newest_checkpoint(names)
            further = {
                run: name for run, name in _entry_names(names).items() if run not in base.runs
            }
            pending = frozenset(run for run, name in further.items() if name.endswith(PENDING))
            # An entry never changes under its name: a run that has added one reads that alone.
            self._entries = {
                name: self._entries.get(name) or self._read_entry(name)
                for _, name in sorted(further.items())
            }
            entries = list(self._entries.values())
            self._state = names, add_entries(base, entries, pending=pending)
        return self._state[1]

    def pending_entries(self) -> list[JournalEntry]:
        """Returns the entries of runs whose files have not all been moved.

        Raises:
            LakeError: One is damaged.
        """
        names = self._names()
        folded = self._newest_checkpoint(names)[1].runs
        there = sorted(_entry_names(names).items())
        return [
            self._read_entry(name)
            for run, name in there
            if name.endswith(PENDING) and run not in folded
        ]

    def stray_entries(self) -> list[str]:
        """Returns paths of entries that are there as pending, and also as finished or folded.

        In a store, a writer that wakes up late may put an entry back that another has finished.
        """
        names = self._names()
        folded = self._newest_checkpoint(names)[1].runs
        return [
            self.path(name)
            for name in names
            if name.endswith(PENDING)
            and name != FOLDED
            and (_run_id(name) in folded or _run_id(name) + DONE in names)
        ]

    def holds(self, run_id: str) -> bool:
        """Returns whether a run is published.

        Raises:
            LakeError: None of the checkpoints is whole.
        """
        if any(storage.exists(self.path(run_id + end)) for end in (PENDING, DONE)):
            return True
        return run_id in self._newest_checkpoint(self._names())[1].runs

    def fold(self, *, after: int, confirm: Callable[[], None] | None = None) -> None:
        """Writes a checkpoint, and deletes the entries that the one before it covers.

        Only who holds the lake's lock may call it. Whatever ends it, the journal says the same.

        Args:
            after: How many entries must have come since the last one; with fewer, nothing is done.
            confirm: Called before anything is changed: raises if the lake is another writer's now.

        Raises:
            LakeError: The journal is damaged.
        """
        names = self._names()
        last, base = self._newest_checkpoint(names)
        there = _entry_names(names)
        state = self.state()
        if len(state.runs) - len(base.runs) < after or state.pending:
            return
        if confirm is not None:
            confirm()
        checkpoints = [name for name in names if name.endswith(CHECKPOINT)]
        content = write_checkpoint(state)
        name = name_checkpoint(1 + max(map(number_of, checkpoints), default=0), content)
        self._write(name, content)
        covered = [there[run] for run in there.keys() & base.runs.keys()]
        if covered and FOLDED not in names:
            self._write(FOLDED, _GUARD)
        for gone in [*sorted(covered), *sorted(set(checkpoints) - {last})]:
            storage.delete(self.path(gone))
        storage.sync_folders({self.folder})

    def _write(self, name: str, content: bytes) -> None:
        storage.write_bytes(self.path(name), content)
        storage.sync_folders({self.folder})

    def _names(self) -> frozenset[str]:
        """The names of entries and checkpoints."""
        names = (path.rsplit("/", 1)[1] for path in storage.list_files(self.folder))
        return frozenset(name for name in names if name.endswith((DONE, CHECKPOINT)))

    def _newest_checkpoint(self, names: frozenset[str]) -> tuple[str | None, LakeState]:
        """The newest whole checkpoint: its name, and the state in it, which is empty without any.

        Raises:
            FileNotFoundError: A writer has deleted it meanwhile.
            LakeError: There is none, though entries were deleted that only it had.
        """
        checkpoints = sorted((name for name in names if name.endswith(CHECKPOINT)), reverse=True)
        for name in checkpoints:
            if self._checkpoint is not None and self._checkpoint[0] == name:
                return self._checkpoint
            path = self.path(name)
            content = storage.read_bytes(path)
            if is_whole(name, content):
                self._checkpoint = name, read_checkpoint(content, path=path)
                return self._checkpoint
            _log.warning("%s: damaged; the journal is read without it, and nothing is lost", path)
        if FOLDED in names:
            what = "is damaged" if checkpoints else "is gone"
            raise LakeError(
                f"the newest checkpoint of the journal {self.folder} {what}, and so is the one "
                "before it: restore one of them from a backup"
            )
        return None, LakeState()

    def _read_entry(self, name: str) -> JournalEntry:
        path = self.path(name)
        return read_entry(storage.read_bytes(path), run_id=_run_id(name), path=path)


def _entry_names(names: frozenset[str]) -> dict[str, str]:
    """The names of entries, by run. One that is renamed while we look may be there twice."""
    found: dict[str, str] = {}
    for name in sorted(names, reverse=True):  # `.pending.json` before `.json`.
        if name.endswith(DONE) and name != FOLDED:
            found[_run_id(name)] = name
    return found


def _run_id(name: str) -> str:
    return name.removesuffix(DONE).removesuffix(".pending")
