"""The lake: its folders, its journal, its lock.

A run's files are written to `_staging/<run>/`. The journal entry `_journal/<run>.pending.json`,
which names them, is the commit: it appears whole, and from then on the run has happened. Then the
files move to their places and the entry loses its `.pending`. Whoever opens the lake next
finishes what was begun, and sweeps staging that no entry speaks of. `docs/decisions/0002` says
why, and what readers can rely on.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TypeVar

from filelock import FileLock, Timeout

from feedlake.pipeline.lake.journal_entry import JournalEntry, LakeError, read_entry, write_entry
from feedlake.pipeline.options.failures import CommandError, ExitCode, UsageError
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import StagedFile

JOURNAL, STAGING = "_journal", "_staging"
_OWN_FOLDERS = (JOURNAL, STAGING, "_cache", "_quarantine")
_LEFT_BEHIND = {STAGING, "_cache"}
"""What a run makes anew whose lake is deleted meanwhile: nobody else needs it."""
_PENDING, _DONE, _LOCK = ".pending.json", ".json", "lock"
_ATTEMPTS = 5
_Read = TypeVar("_Read")
_FILE_NAME = re.compile(r"(?<![^/])(?P<run>[^/]+)-\d{4,}\.parquet\Z")


class LakeBusyError(CommandError):
    """Another process writes to the lake."""

    exit_code = ExitCode.BUSY


class Lake:
    """One lake, by the path of its folder."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock_id: tuple[int, int] | None = None

    @contextlib.contextmanager
    def writing(self, *, without_missing: bool = False) -> Iterator[None]:
        """Makes the lake if it is not there, locks it, and finishes what a dead writer left.

        Object stores have no lock: there, one writer at a time is the scheduler's duty.

        Args:
            without_missing: Whether to finish a run although files that it published are gone.

        Raises:
            UsageError: The path is no lake and cannot become one.
            LakeBusyError: Another process holds the lock.
            LakeError: What a dead writer left cannot be finished; or the lake was deleted, or put
                elsewhere, while the block ran.
        """
        self._create()
        self._check_links(_OWN_FOLDERS)
        if not storage.is_local(self.path):
            self._recover(without_missing)
            yield
            return
        lock = FileLock(self._journal_path(_LOCK), blocking=False)
        try:
            lock.acquire()
        except Timeout as error:
            raise LakeBusyError(
                f"another process is writing to {self.path}; nothing was done"
            ) from error
        except OSError as error:
            raise LakeError(f"cannot write to {self.path}: {error.strerror}") from error
        self._lock_id = self._find_lock()
        try:
            self._recover(without_missing)
            yield
        finally:
            lock.release()
            self._check_held()  # Whatever else was raised: the files were gone.
            self._lock_id = None

    def staging_folder(self, run_id: str) -> str:
        """Returns the folder for the files of a run in progress."""
        return storage.join(self.path, STAGING, run_id)

    def publish(self, entry: JournalEntry) -> None:
        """Makes the run's files part of the lake, all of them or, if this process dies, none.

        Raises:
            OSError: The journal entry could not be written (nothing was published), or the
                files could not all be moved: `holds` tells, and the next writer finishes.
            LakeError: The lake was deleted meanwhile; nothing was published.
        """
        self._check_held()
        self._check_places(entry)
        # Folders first: between the commit and the last move there are then only renames.
        folders = {storage.join(self.path, os.path.dirname(file.path)) for file in entry.add}
        for folder in sorted(folders):
            storage.make_folder(folder)
        pending = self._journal_path(entry.run_id + _PENDING)
        storage.write_bytes(pending, write_entry(entry))
        storage.sync_folders({self._journal_path()})
        self._finish(entry)

    def abandon(self, run_id: str) -> None:
        """Removes what a run that will not be published has written.

        Raises:
            ValueError: The journal holds the run: what it wrote is the lake's.
        """
        if self.holds(run_id):
            raise ValueError(f"run {run_id} is published")
        storage.delete_folder(self.staging_folder(run_id))

    def holds(self, run_id: str) -> bool:
        """Returns whether the run is published, even if its files have not all been moved."""
        return any(storage.exists(self._journal_path(run_id + end)) for end in (_PENDING, _DONE))

    def run_ids(self) -> frozenset[str]:
        """Returns the ids of all runs in the journal."""
        return frozenset(_run_id(name) for name in self._journal_names())

    def entries(self, *, besides: frozenset[str] = frozenset()) -> list[JournalEntry]:
        """Returns the journal's entries, by run id.

        Args:
            besides: Ids of runs to leave out.

        Raises:
            LakeError: One is damaged.
        """
        return _try_again(
            lambda: [
                self._read_entry(name)
                for name in self._journal_names()
                if _run_id(name) not in besides
            ]
        )

    def files(self, table: str) -> list[str]:
        """Returns the paths of a table's files as of one instant: whole runs only.

        Files of a run whose journal entry is there but which are still on their way are named
        where they are now, and those that it removes are left out.

        Raises:
            LakeError: A journal entry is damaged.
        """
        return _try_again(lambda: self._files(table))

    def _files(self, table: str) -> list[str]:
        names = self._journal_names()
        runs = {_run_id(name) for name in names}
        files: dict[str, str] = {}
        removed: set[str] = set()
        for name in (name for name in names if name.endswith(_PENDING)):
            entry = self._read_entry(name)
            removed.update(entry.remove)
            for file in entry.add:
                if file.table == table:
                    files[file.path] = storage.join(self.staging_folder(entry.run_id), file.path)
        for path in storage.list_files(storage.join(self.path, table)):
            match = _FILE_NAME.search(path)
            below = path[len(self.path.rstrip("/")) + 1 :]
            if match and match["run"] in runs and below not in removed:
                files[below] = path
        return [files[path] for path in sorted(files)]

    def place_of(self, file: StagedFile) -> str | None:
        """Returns where a file of the lake is now; None if it is gone.

        What a run published and what is not yet moved lies in staging.
        """
        staged = storage.join(self.path, STAGING, run_of(file.path), file.path)
        for path in (staged, storage.join(self.path, file.path)):
            if storage.exists(path):
                return path
        return None

    def pending_runs(self) -> list[str]:
        """Returns the runs that are published, but whose files have not all been moved."""
        return [_run_id(name) for name in self._journal_names(_PENDING)]

    def newest_file(self, tables: Collection[str]) -> str | None:
        """Returns the path of a file that the newest run added to one of these tables.

        Runs of which no file is left are passed over. None if there is no such file.

        Raises:
            LakeError: A journal entry is damaged.
        """
        for name in reversed(self._journal_names()):
            for file in self._read_entry(name).add:
                path = storage.join(self.path, file.path)
                if file.table in tables and storage.exists(path):
                    return path
        return None

    def partition_by(self) -> tuple[str, ...] | None:
        """Returns the layout of `articles`, or None if no run has added any.

        It is that of the newest run whose articles are not all replaced (a change of layout
        replaces those of all runs before it), or of the newest at all.
        """
        removed: set[str] = set()
        newest: tuple[str, ...] | None = None
        for name in reversed(self._journal_names()):
            entry = self._read_entry(name)
            removed.update(entry.remove)
            added = [file.path for file in entry.add if file.table == "articles"]
            if not removed.issuperset(added):
                return entry.partition_by
            if added:
                newest = newest or entry.partition_by
        return newest

    def check_exists(self) -> None:
        """Raises UsageError unless the folder is a lake."""
        if not storage.is_local(self.path):
            return
        if not os.path.isdir(self.path):
            kind = "a file, not a folder" if os.path.lexists(self.path) else "no such folder"
            raise UsageError(f"--lake {self.path}: {kind}")
        if not os.path.isdir(self._journal_path()):
            raise UsageError(f"--lake {self.path}: the folder isn't a lake (it has no {JOURNAL})")

    def _create(self) -> None:
        if not storage.is_local(self.path):
            return
        if os.path.lexists(self.path) and not os.path.isdir(self.path):
            raise UsageError(f"--lake {self.path}: a file, not a folder")
        try:
            if (
                os.path.isdir(self.path)
                and set(os.listdir(self.path)) - _LEFT_BEHIND
                and not os.path.isdir(self._journal_path())
            ):
                raise UsageError(
                    f"--lake {self.path}: the folder isn't a lake (it has no {JOURNAL}) "
                    "and isn't empty"
                )
            os.makedirs(self._journal_path(), exist_ok=True)
        except OSError as error:
            if storage.is_exhausted(error) and error.errno != errno.EROFS:
                raise  # Another path would not help, and the same command may succeed later.
            raise UsageError(f"--lake {self.path}: can't be created: {error.strerror}") from error

    def _recover(self, without_missing: bool) -> None:
        pending = [self._read_entry(name) for name in self._journal_names(_PENDING)]
        for entry in pending:
            self._check_places(entry)
        for entry in pending:
            self._finish(entry, without_missing=without_missing)
        storage.delete_folder(storage.join(self.path, STAGING))
        for path in storage.list_files(self._journal_path()):
            if path.endswith(storage.UNFINISHED):
                storage.delete(path)

    def _finish(self, entry: JournalEntry, *, without_missing: bool = False) -> None:
        """Moves the files of a published run; may be done twice."""
        staging = self.staging_folder(entry.run_id)
        for file in entry.add:
            source, target = storage.join(staging, file.path), storage.join(self.path, file.path)
            if storage.exists(source):
                storage.make_folder(os.path.dirname(target))
                storage.move(source, target)
            elif not storage.exists(target) and not without_missing:
                raise LakeError(
                    f"{target} is missing, though run {entry.run_id} published it; "
                    f"feedlake compact --quarantine --lake {self.path} goes on without it"
                )
        for path in entry.remove:
            storage.delete(storage.join(self.path, path))
        # A change of layout leaves none of the old folders, whose names readers would look at.
        for folder in {os.path.dirname(path) for path in entry.remove}:
            storage.delete_empty_folders(self.path, below=folder)
        folders = {storage.join(self.path, os.path.dirname(file.path)) for file in entry.add}
        storage.sync_folders({folder for folder in folders if storage.exists(folder)})
        pending = self._journal_path(entry.run_id + _PENDING)
        storage.move(pending, self._journal_path(entry.run_id + _DONE))
        storage.sync_folders({self._journal_path()})
        storage.delete_folder(staging)

    def _find_lock(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._journal_path(_LOCK))
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _check_held(self) -> None:
        """Raises LakeError if the lock that this process took is not the lake's any more."""
        if self._lock_id is not None and self._find_lock() != self._lock_id:
            raise LakeError(f"{self.path} was deleted or replaced while feedlake was writing to it")

    def _check_places(self, entry: JournalEntry) -> None:
        """Raises LakeError if a link would lead what the entry moves or deletes out of the lake."""
        staging = f"{STAGING}/{entry.run_id}"
        added = [file.path for file in entry.add]
        self._check_links([*(f"{staging}/{path}" for path in added), *added])
        self._check_links({os.path.dirname(path) for path in entry.remove})

    def _check_links(self, paths: Iterable[str]) -> None:
        """Raises LakeError if one of the paths below the lake, or a folder on its way, is a link.

        The lake's own path may be one: who gave it knows where it leads.
        """
        if not storage.is_local(self.path):
            return
        ways = set(paths)
        while parents := {os.path.dirname(path) for path in ways} - ways - {""}:
            ways |= parents
        for path in sorted(ways):
            if os.path.islink(storage.join(self.path, path)):
                raise LakeError(
                    f"{storage.join(self.path, path)} is a link, and could lead out of the lake: "
                    "nothing was changed"
                )

    def _journal_path(self, *names: str) -> str:
        return storage.join(self.path, JOURNAL, *names)

    def _journal_names(self, ending: str = _DONE) -> list[str]:
        paths = storage.list_files(self._journal_path())
        return sorted(name for path in paths if (name := path.rsplit("/", 1)[1]).endswith(ending))

    def _read_entry(self, name: str) -> JournalEntry:
        path = self._journal_path(name)
        return read_entry(storage.read_bytes(path), run_id=_run_id(name), path=path)


def run_of(path: str) -> str:
    """Returns the run that wrote a file of the lake, by the file's name."""
    match = _FILE_NAME.search(path)
    return match["run"] if match else ""


def _run_id(journal_name: str) -> str:
    return journal_name.removesuffix(_DONE).removesuffix(".pending")


def _try_again(read: Callable[[], _Read]) -> _Read:
    """Returns what is read, after another attempt if a writer moved the files meanwhile."""
    for _ in range(_ATTEMPTS - 1):
        with contextlib.suppress(FileNotFoundError):
            return read()
    return read()
