"""The folder `_journal`: its entries, and what they come to together."""

from __future__ import annotations

from feedlake.pipeline.lake.journal_entry import JournalEntry, read_entry
from feedlake.pipeline.lake.lake_state import LakeState, add_entries
from feedlake.transforms.normalize import storage

PENDING, DONE = ".pending.json", ".json"
"""How the names of entries end: before all of a run's files are moved, and after."""


class Journal:
    """A journal, by the path of its folder. What has been read once is not read again."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._read: tuple[tuple[str, ...], LakeState] | None = None

    def path(self, name: str) -> str:
        """Returns the path of a file in it."""
        return storage.join(self.folder, name)

    def names(self, ending: str = DONE) -> list[str]:
        """Returns the names of its entries that end so, sorted."""
        names = (path.rsplit("/", 1)[1] for path in storage.list_files(self.folder))
        return sorted(name for name in names if name.endswith(ending))

    def read_entry(self, name: str) -> JournalEntry:
        """Returns the entry in a file.

        Raises:
            FileNotFoundError: A writer has renamed it meanwhile.
            LakeError: It is damaged.
        """
        path = self.path(name)
        return read_entry(storage.read_bytes(path), run_id=_run_id(name), path=path)

    def entries(self, *, besides: frozenset[str] = frozenset()) -> list[JournalEntry]:
        """Returns the entries, by run id.

        Args:
            besides: Ids of runs to leave out.

        Raises:
            FileNotFoundError: A writer has renamed one meanwhile.
            LakeError: One is damaged.
        """
        return [self.read_entry(name) for name in self.names() if _run_id(name) not in besides]

    def state(self) -> LakeState:
        """Returns what all entries come to.

        Raises:
            FileNotFoundError: A writer has renamed one meanwhile.
            LakeError: One is damaged.
        """
        names = tuple(self.names())
        if self._read is None or self._read[0] != names:
            pending = frozenset(_run_id(name) for name in names if name.endswith(PENDING))
            entries = [self.read_entry(name) for name in names]
            self._read = names, add_entries(LakeState(), entries, pending=pending)
        return self._read[1]

    def pending_entries(self) -> list[JournalEntry]:
        """Returns the entries of runs whose files have not all been moved.

        Raises:
            LakeError: One is damaged.
        """
        return [self.read_entry(name) for name in self.names(PENDING)]

    def holds(self, run_id: str) -> bool:
        """Returns whether a run is published."""
        return any(storage.exists(self.path(run_id + end)) for end in (PENDING, DONE))


def _run_id(name: str) -> str:
    return name.removesuffix(DONE).removesuffix(".pending")
