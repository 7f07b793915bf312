"""The lake: its folders, its journal, its lock.

A run's files are written to `_staging/<run>/`. The journal entry `_journal/<run>.pending.json`,
which names them, is the commit: it appears whole, and from then on the run has happened. Then the
files move to their places and the entry loses its `.pending`. Whoever opens the lake next
finishes what was begun, and sweeps staging that no entry speaks of. `docs/decisions/0002` says
why, and what readers can rely on.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import KW_ONLY, asdict, dataclass
from typing import Any, TypeVar

from filelock import FileLock, Timeout

from feedlake.pipeline.options.failures import CommandError, ExitCode, UsageError
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import StagedFile

JOURNAL, STAGING = "_journal", "_staging"
_PENDING, _DONE, _LOCK = ".pending.json", ".json", "lock"
_ATTEMPTS = 5
_Read = TypeVar("_Read")
_FILE_NAME = re.compile(r"(?P<run>[^/]+)-\d{4,}\.parquet\Z")


class LakeError(CommandError):
    """The lake is damaged or cannot be written: the run fails (exit code 1)."""


class LakeBusyError(CommandError):
    """Another process writes to the lake."""

    exit_code = ExitCode.BUSY


@dataclass(frozen=True)
class JournalEntry:
    """What a run publishes, as the journal records it.

    Attributes:
        run_id: The run.
        partition_by: How the run partitioned `articles`.
        add: Files that the run adds.
        remove: Paths, below the lake, of files that are no longer part of it.
        is_rewrite: Whether what is added holds the rows of what is removed, and no other.
    """

    run_id: str
    _: KW_ONLY
    partition_by: tuple[str, ...]
    add: tuple[StagedFile, ...]
    remove: tuple[str, ...] = ()
    is_rewrite: bool = False


class Lake:
    """One lake, by the path of its folder."""

    def __init__(self, path: str) -> None:
        self.path = path

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Makes the lake if it is not there, locks it, and finishes what a dead writer left.

        Object stores have no lock: there, one writer at a time is the scheduler's duty.

        Raises:
            UsageError: The path is no lake and cannot become one.
            LakeBusyError: Another process holds the lock.
            LakeError: What a dead writer left cannot be finished.
        """
        self._create()
        if not storage.is_local(self.path):
            self._recover()
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
        try:
            self._recover()
            yield
        finally:
            lock.release()

    def staging_folder(self, run_id: str) -> str:
        """Returns the folder for the files of a run in progress."""
        return storage.join(self.path, STAGING, run_id)

    def publish(self, entry: JournalEntry) -> None:
        """Makes the run's files part of the lake, all of them or, if this process dies, none.

        Raises:
            OSError: The journal entry could not be written (nothing was published), or the
                files could not all be moved: `holds` tells, and the next writer finishes.
        """
        content = json.dumps(asdict(entry), indent=1).encode()
        # Folders first: between the commit and the last move there are then only renames.
        folders = {storage.join(self.path, os.path.dirname(file.path)) for file in entry.add}
        for folder in sorted(folders):
            storage.make_folder(folder)
        storage.write_bytes(self._journal_path(entry.run_id + _PENDING), content)
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
                and os.listdir(self.path)
                and not os.path.isdir(self._journal_path())
            ):
                raise UsageError(
                    f"--lake {self.path}: the folder isn't a lake (it has no {JOURNAL}) "
                    "and isn't empty"
                )
            os.makedirs(self._journal_path(), exist_ok=True)
        except OSError as error:
            raise UsageError(f"--lake {self.path}: can't be created: {error.strerror}") from error

    def _recover(self) -> None:
        for name in self._journal_names():
            if name.endswith(_PENDING):
                self._finish(self._read_entry(name))
        storage.delete_folder(storage.join(self.path, STAGING))

    def _finish(self, entry: JournalEntry) -> None:
        """Moves the files of a published run; may be done twice."""
        staging = self.staging_folder(entry.run_id)
        for file in entry.add:
            source, target = storage.join(staging, file.path), storage.join(self.path, file.path)
            if storage.exists(source):
                storage.make_folder(os.path.dirname(target))
                storage.move(source, target)
            elif not storage.exists(target):
                raise LakeError(f"{target} is missing, though run {entry.run_id} published it")
        for path in entry.remove:
            storage.delete(storage.join(self.path, path))
        # A change of layout leaves none of the old folders, whose names readers would look at.
        for folder in {os.path.dirname(path) for path in entry.remove}:
            storage.delete_empty_folders(self.path, below=folder)
        storage.sync_folders(
            {storage.join(self.path, os.path.dirname(file.path)) for file in entry.add}
        )
        pending = self._journal_path(entry.run_id + _PENDING)
        storage.move(pending, self._journal_path(entry.run_id + _DONE))
        storage.sync_folders({self._journal_path()})
        storage.delete_folder(staging)

    def _journal_path(self, *names: str) -> str:
        return storage.join(self.path, JOURNAL, *names)

    def _journal_names(self) -> list[str]:
        paths = storage.list_files(self._journal_path())
        return sorted(name for path in paths if (name := path.rsplit("/", 1)[1]).endswith(_DONE))

    def _read_entry(self, name: str) -> JournalEntry:
        path = self._journal_path(name)
        try:
            content: dict[str, Any] = json.loads(storage.read_bytes(path))
            return JournalEntry(
                run_id=content["run_id"],
                partition_by=tuple(content["partition_by"]),
                add=tuple(StagedFile(**file) for file in content["add"]),
                remove=tuple(content["remove"]),
                is_rewrite=content["is_rewrite"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise LakeError(f"the journal entry {path} is damaged: {error}") from error


def _run_id(journal_name: str) -> str:
    return journal_name.removesuffix(_DONE).removesuffix(".pending")


def _try_again(read: Callable[[], _Read]) -> _Read:
    """Returns what is read, after another attempt if a writer moved the files meanwhile."""
    for _ in range(_ATTEMPTS - 1):
        with contextlib.suppress(FileNotFoundError):
            return read()
    return read()
