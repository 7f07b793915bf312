"""The lake: its folders, its journal, its lock. Long, but one idea: how a run is published.

A run's files are written to `_staging/<run>/`. The journal entry `_journal/<run>.pending.json`,
which names them, is the commit: it appears whole, and from then on the run has happened. Then the
files move to their places and the entry loses its `.pending`. Whoever opens the lake next
finishes what was begun, and sweeps staging that no entry speaks of. `docs/decisions/0002` says
why, and what readers can rely on. In an object store the commit is a change of the lake's lease
(`pipeline/lease`): the entry lies in staging until then, and is put into the journal after it.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from filelock import FileLock, Timeout

from feedlake.pipeline.lake.journal import DONE, PENDING, Journal
from feedlake.pipeline.lake.journal_entry import (
    CACHE,
    QUARANTINE,
    JournalEntry,
    LakeError,
    VanishedError,
    write_entry,
)
from feedlake.pipeline.lake.lake_state import LakeState
from feedlake.pipeline.lake.snapshot import STAGING, Snapshot, take_snapshot
from feedlake.pipeline.lease.lease import Lease, LeaseHeldError, lease_of
from feedlake.pipeline.options.failures import CommandError, ExitCode, UsageError
from feedlake.transforms.normalize import storage
from feedlake.transforms.stores.object_store import NoConditionsError

JOURNAL = "_journal"
_OWN_FOLDERS = (JOURNAL, STAGING, CACHE, QUARANTINE)
_LEFT_BEHIND = {STAGING, CACHE}
"""What a run makes anew whose lake is deleted meanwhile: nobody else needs it."""
_LOCK = "lock"
_STAGED_ENTRY = "entry.json"
"""Name, in a run's staging folder, of its entry until it is in the journal; in stores alone."""
ATTEMPTS = 5
"""How often to look again at files that a writer moves or replaces meanwhile."""

_LOOKED_AT = 100
"""Files that are looked at to tell whether a place is empty."""

_FOLD_AFTER = 300
"""Entries that are read one by one at most: some milliseconds of CPU for ten."""

_LOOK_AGAIN_S = 0.2
"""How often to look whether a lock that is waited for is free."""

_Read = TypeVar("_Read")


class LakeBusyError(CommandError):
    """Another process writes to the lake."""

    exit_code = ExitCode.BUSY


class Lake:
    """One lake, by the path of its folder."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock_id: tuple[int, int] | None = None
        self._lease: Lease | None = None
        self._journal = Journal(storage.join(path, JOURNAL))

    def __reduce__(self) -> tuple[type[Lake], tuple[str]]:
        return Lake, (self.path,)  # Another process reads the journal for itself.

    @contextlib.contextmanager
    def writing(
        self, *, wait_s: float = 0.0, without_missing: bool = False, is_unlocked: bool = False
    ) -> Iterator[None]:
        """Makes the lake if it is not there, locks it, and finishes what a dead writer left.

        Args:
            wait_s: How long to wait while another process holds the lock, in seconds.
            without_missing: Whether to go on although published files are gone or changed.
            is_unlocked: Whether to go on where neither lock nor lease is to be had: there, one
                writer at a time is the caller's duty.

        Raises:
            UsageError: The path is no lake and cannot become one, or it has neither lock nor lease.
            LakeBusyError: Another process holds the lock, and went on holding it.
            LakeError: What a dead writer left cannot be finished; files are missing or changed; or
                the lake was deleted, or put elsewhere, while the block ran.
        """
        self._create()
        self._check_links(_OWN_FOLDERS)
        if not storage.is_local(self.path):
            with self._leased(wait_s, is_unlocked):
                self._recover(without_missing)
                yield
            return
        lock = FileLock(self._journal.path(_LOCK))
        try:
            lock.acquire(timeout=wait_s, poll_interval=_LOOK_AGAIN_S)
        except Timeout as error:
            raise self._busy("another process", wait_s) from error
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
            LeaseError: Another process writes to the lake now; `holds` tells what was published.
        """
        self._check_held()
        self._check_places(entry)
        token = None if self._lease is None else self._lease.token
        entry = replace(entry, number=self.next_place(), token=token)
        # Folders first: between the commit and the last move there are then only renames.
        folders = {storage.join(self.path, os.path.dirname(file.path)) for file in entry.add}
        for folder in sorted(folders):
            storage.make_folder(folder)
        self._commit(entry)
        try:
            self._finish(entry)
        except FileNotFoundError:
            if self._lease is not None:
                self._lease.confirm()  # Another writer has finished it, if this one was too slow.
            raise

    def next_place(self) -> int:
        """Returns the place that the next run to be published will have among all others, from 1.

        Raises:
            LakeError: The journal is damaged.
        """
        return len(self.state().runs) + 1

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
        if self._journal.holds(run_id):
            return True
        if self._lease is None:
            return False
        # Another writer may have put it into the journal in between.
        return self._lease.has_committed(run_id) or self._journal.holds(run_id)

    def run_ids(self) -> frozenset[str]:
        """Returns the ids of all runs in the journal.

        Raises:
            LakeError: The journal is damaged.
        """
        return frozenset(self.state().runs)

    def entries(self, *, besides: frozenset[str] = frozenset()) -> list[JournalEntry] | None:
        """Returns the journal's entries, by run id; None if some are folded into a checkpoint.

        Args:
            besides: Ids of runs to leave out.

        Raises:
            LakeError: One is damaged.
        """
        return _try_again(lambda: self._journal.entries(besides=besides))

    def state(self) -> LakeState:
        """Returns what the journal says of the lake: what counts, wherever it lies.

        Raises:
            LakeError: The journal is damaged.
        """
        return _try_again(self._journal.state)

    def snapshot(self, *, is_partial: bool = False) -> Snapshot:
        """Returns the lake at one instant: whole runs only, and where each of their files lies.

        Args:
            is_partial: Whether to go on if files are missing or changed.

        Raises:
            LakeError: The journal is damaged; or a file is missing or changed, and `is_partial` is
                not set.
        """
        for _ in range(ATTEMPTS):
            snapshot = take_snapshot(self.path, self.state())
            if not snapshot.faults:
                break  # Otherwise a compaction may have replaced files while we looked.
        if not is_partial:
            snapshot.check()
        return snapshot

    def ask(self, question: Callable[[Snapshot], _Read]) -> _Read:
        """Returns an answer that is of one instant, whatever is written and compacted meanwhile.

        Args:
            question: Finds the answer in a snapshot. It is asked again, with a new one, if files
                of the first are gone.

        Raises:
            LakeError: The journal or a file is damaged, or a file is missing or changed.
        """
        return _try_again(lambda: question(self.snapshot()))

    def files(self, table: str) -> list[str]:
        """Returns the paths of a table's files as of one instant: whole runs only.

        Raises:
            LakeError: The journal is damaged, or a file is missing or changed.
        """
        return self.snapshot().files(table)

    def fold_journal(self, *, after: int) -> None:
        """Folds the journal's entries into a checkpoint; needs the lake's lock.

        Args:
            after: How many there must be since the last one; with fewer, nothing is done.

        Raises:
            LakeError: The journal is damaged.
        """
        confirm = None if self._lease is None else self._lease.confirm
        self._journal.fold(after=after, confirm=confirm)

    def pending_runs(self) -> list[str]:
        """Returns the runs that are published, but whose files have not all been moved."""
        return [entry.run_id for entry in self.state().pending]

    def partition_by(self) -> tuple[str, ...] | None:
        """Returns the layout of `articles`, or None if no run has added any.

        Raises:
            LakeError: The journal is damaged.
        """
        return self.state().partition_by

    def check_exists(self) -> None:
        """Raises UsageError unless the folder is a lake."""
        if not storage.is_local(self.path):
            if not any(storage.list_stored(storage.join(self._journal.folder, ""), limit=1)):
                raise UsageError(f"--lake {self.path}: isn't a lake (it has no {JOURNAL})")
            return
        if not os.path.isdir(self.path):
            kind = "a file, not a folder" if os.path.lexists(self.path) else "no such folder"
            raise UsageError(f"--lake {self.path}: {kind}")
        if not os.path.isdir(self._journal.folder):
            raise UsageError(f"--lake {self.path}: the folder isn't a lake (it has no {JOURNAL})")

    @contextlib.contextmanager
    def _leased(self, wait_s: float, is_unlocked: bool) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            try:
                self._lease = stack.enter_context(lease_of(self._journal.folder, wait_s=wait_s))
            except LeaseHeldError as error:
                raise self._busy(str(error), wait_s) from error
            except NoConditionsError as error:
                if not is_unlocked:
                    raise UsageError(
                        f"--lake {self.path}: can't be locked, as files there can't be written on "
                        "a condition (If-None-Match, If-Match); with --unlocked you see to it "
                        "yourself that only one process writes"
                    ) from error
            except PermissionError as error:
                raise LakeError(f"cannot write to {self.path}: {error.strerror}") from error
            try:
                yield
            finally:
                self._lease = None

    def _busy(self, who: str, waited_s: float) -> LakeBusyError:
        waited = f", and was after {waited_s:g} s" if waited_s else ""
        return LakeBusyError(f"{who} is writing to {self.path}{waited}; nothing was done")

    def _commit(self, entry: JournalEntry) -> None:
        """Makes the run happen: from then on whoever writes next finishes it."""
        pending = self._journal.path(entry.run_id + PENDING)
        if self._lease is None:
            storage.write_bytes(pending, write_entry(entry))
            storage.sync_folders({self._journal.folder})
            return
        staged = storage.join(self.staging_folder(entry.run_id), _STAGED_ENTRY)
        storage.write_bytes(staged, write_entry(entry))
        self._lease.commit(entry.run_id)
        self._enter(entry.run_id)

    def _enter(self, run_id: str) -> None:
        """Puts the entry of a run that the lease names into the journal, unless it has it."""
        assert self._lease is not None
        if not self._journal.holds(run_id):
            staged = storage.join(self.staging_folder(run_id), _STAGED_ENTRY)
            try:
                storage.copy(staged, self._journal.path(run_id + PENDING))
            except FileNotFoundError as error:
                if not self._journal.holds(run_id):  # Another writer may have been faster.
                    raise LakeError(
                        f"{staged} is missing, though run {run_id} was published"
                    ) from error
        self._lease.forget_commit()

    def _create(self) -> None:
        if not storage.is_local(self.path):
            self._check_empty()
            return
        if os.path.lexists(self.path) and not os.path.isdir(self.path):
            raise UsageError(f"--lake {self.path}: a file, not a folder")
        try:
            if (
                os.path.isdir(self.path)
                and set(os.listdir(self.path)) - _LEFT_BEHIND
                and not os.path.isdir(self._journal.folder)
            ):
                raise UsageError(
                    f"--lake {self.path}: the folder isn't a lake (it has no {JOURNAL}) "
                    "and isn't empty"
                )
            os.makedirs(self._journal.folder, exist_ok=True)
        except OSError as error:
            if storage.is_exhausted(error) and error.errno != errno.EROFS:
                raise  # Another path would not help, and the same command may succeed later.
            raise UsageError(f"--lake {self.path}: can't be created: {error.strerror}") from error

    def _check_empty(self) -> None:
        """Raises UsageError if files are there, beyond this machine, that are not a lake's."""
        if any(storage.list_stored(storage.join(self._journal.folder, ""), limit=1)):
            return
        for found in storage.list_stored(storage.join(self.path, ""), limit=_LOOKED_AT):
            if found.path[len(self.path) + 1 :].partition("/")[0] not in _LEFT_BEHIND:
                raise UsageError(
                    f"--lake {self.path}: isn't a lake (it has no {JOURNAL}) and isn't empty"
                )

    def _recover(self, without_missing: bool) -> None:
        if self._lease is not None and (run_id := self._lease.last_commit):
            self._enter(run_id)
        for path in self._journal.stray_entries():
            storage.delete(path)
        pending = self._journal.pending_entries()
        for entry in pending:
            self._check_places(entry)
        for entry in pending:
            self._finish(entry, without_missing=without_missing)
        self._sweep()
        for path in storage.list_files(self._journal.folder):
            if path.endswith(storage.UNFINISHED):
                storage.delete(path)
        if not without_missing:
            self.snapshot()  # Whoever adds to a lake needs all of it.
        self.fold_journal(after=_FOLD_AFTER)

    def _sweep(self) -> None:
        """Deletes what dead writers have left in staging."""
        folder = storage.join(self.path, STAGING)
        if self._lease is None:
            storage.delete_folder(folder)
            return
        # Listed before the lease is confirmed: no later writer's files are among these.
        left = list(storage.list_files(folder))
        if left:
            self._lease.confirm()
            storage.delete_all(left)

    def _finish(self, entry: JournalEntry, *, without_missing: bool = False) -> None:
        """Moves the files of a published run; may be done twice."""
        staging = self.staging_folder(entry.run_id)
        staged = frozenset(storage.list_files(staging))
        moves: list[tuple[str, str]] = []
        last: list[tuple[str, str]] = []  # Rows of `runs`: who sees them sees the rest.
        for file in entry.add:
            source, target = storage.join(staging, file.path), storage.join(self.path, file.path)
            if source in staged:
                storage.make_folder(os.path.dirname(target))
                (last if file.table == "runs" else moves).append((source, target))
            elif not storage.exists(target) and not without_missing:
                raise LakeError(
                    f"{target} is missing, though run {entry.run_id} published it; "
                    f"feedlake compact --quarantine --lake {self.path} goes on without it"
                )
        storage.move_all(moves)
        storage.move_all(last)
        storage.delete_all([storage.join(self.path, path) for path in entry.remove])
        self._purge(entry)
        # A change of layout leaves none of the old folders, whose names readers would look at.
        for folder in {os.path.dirname(path) for path in entry.remove}:
            storage.delete_empty_folders(self.path, below=folder)
        folders = {storage.join(self.path, os.path.dirname(file.path)) for file in entry.add}
        storage.sync_folders({folder for folder in folders if storage.exists(folder)})
        if self._lease is not None:  # First: nobody can put it back into the journal then.
            storage.delete(storage.join(staging, _STAGED_ENTRY))
        pending = self._journal.path(entry.run_id + PENDING)
        storage.move(pending, self._journal.path(entry.run_id + DONE))
        storage.sync_folders({self._journal.folder})
        storage.delete_folder(staging)

    def _purge(self, entry: JournalEntry) -> None:
        """Deletes what the entry names beside files of tables; may be done twice."""
        for path in entry.purge:
            place = storage.join(self.path, path)
            if path != CACHE:
                storage.delete(place)
            elif not storage.is_local(place):
                storage.delete_folder(place)
            elif os.path.lexists(place):
                # At once, as somebody may be writing there; staging is deleted in the end.
                aside = storage.join(self.staging_folder(entry.run_id), CACHE)
                storage.delete_folder(aside)
                storage.make_folder(os.path.dirname(aside))
                os.replace(place, aside)

    def _find_lock(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._journal.path(_LOCK))
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
        self._check_links({os.path.dirname(path) for path in entry.purge})

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


def _try_again(read: Callable[[], _Read]) -> _Read:
    """Returns what is read, after another attempt if a writer moved the files meanwhile."""
    for _ in range(ATTEMPTS - 1):
        with contextlib.suppress(FileNotFoundError, VanishedError):
            return read()
    return read()
