"""One writer at a time for a lake in an object store, and a commit that only this writer can make.

A store has no locks that end with their process. It has files that are written on a condition: only
if nothing is there, or only in place of the version that one has read. `_journal/lease` is such a
file. It says who writes, under which number (the token), and what was committed last. Whoever wants
to write replaces it; its writer renews it; and publishing a run is nothing but replacing it by one
that names the run. So a writer that slept through the end of its lease, and woke up after another
had begun, has no version in hand that the store would let it replace: it cannot publish.
`docs/decisions/0023` goes through the cases.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic, sleep

from feedlake.pipeline.options.failures import CommandError
from feedlake.transforms.normalize import storage
from feedlake.transforms.stores.object_store import (
    ConditionError,
    NoConditionsError,
    ObjectStore,
    StoredFile,
)
from feedlake.transforms.stores.stores import store_of

LEASE = "lease"
_PROBE = "lease-probe-"

LEASE_S = 60.0
"""How long a lease holds that is not renewed. A writer that gets no CPU for so long loses it, and
one that was killed elsewhere blocks the next one for so long."""

MAX_PROBE_S = 600.0
"""Age from which a probe is swept: by then its process has had the store's answers, or has died."""

_RENEWALS = 4
"""In the time that a lease holds: three requests may fail in a row."""

_LOOK_AGAIN_S = 1.0
_MAX_BYTES = 1 << 16
_log = logging.getLogger("feedlake")


class LeaseError(CommandError):
    """The lease is lost to another writer, or makes no sense: the run fails (exit code 1)."""


class LeaseHeldError(Exception):
    """Another process holds the lease; the words say which, and for how long it holds."""


@dataclass(frozen=True)
class LeaseFile:
    """What `_journal/lease` says.

    Attributes:
        token: Which writer it is: each has a higher number than the one before.
        writer: Name of the process, made up anew for each.
        host: Name of its machine, for people.
        process: By what the process can be found on its own machine; None where it can't.
        beat: How often the writer has replaced the file.
        lease_s: How long it holds after that, in seconds.
        is_held: Whether the writer is still at work.
        commit: The run that was committed last and may still have to be entered in the journal.
    """

    token: int
    writer: str
    host: str
    process: str | None
    beat: int
    lease_s: float
    is_held: bool
    commit: str | None

    def to_json(self) -> bytes:
        """Returns the file's bytes."""
        return json.dumps(dataclasses.asdict(self), indent=1).encode()


class Lease:
    """The right to write to one lake, as long as it lasts."""

    def __init__(self, store: ObjectStore, path: str, held: LeaseFile, version: str) -> None:
        self._store, self._path = store, path
        self._held, self._version = held, version
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._is_lost = False

    @property
    def token(self) -> int:
        """This writer's number."""
        return self._held.token

    @property
    def last_commit(self) -> str | None:
        """The run that was committed last, unless the journal is known to have it."""
        return self._held.commit

    def has_committed(self, run_id: str) -> bool:
        """Returns whether a run has happened that may not be in the journal yet.

        The lease is renewed for it: if the store didn't answer the attempt to commit the run, that
        attempt comes too late from now on.

        Raises:
            OSError: The store doesn't answer.
        """
        with contextlib.suppress(LeaseError):
            self._replace()
            return self._held.commit == run_id
        found = _read(self._store, self._path)
        return found is not None and found[0].commit == run_id

    def confirm(self) -> None:
        """Renews the lease, which shows that nobody else has had it.

        Raises:
            LeaseError: Another writer has it.
            OSError: The store doesn't answer.
        """
        self._replace()

    def commit(self, run_id: str) -> None:
        """Makes a run happen, in one step, if this writer still has the lease.

        Raises:
            LeaseError: Another writer has it: the run has not happened.
            OSError: The store doesn't answer: the run may have happened.
        """
        self._replace(commit=run_id)

    def forget_commit(self) -> None:
        """Lets the next renewal no longer name the run that was committed: the journal has it."""
        with self._lock:
            self._held = dataclasses.replace(self._held, commit=None)

    def renew(self) -> None:
        """Renews the lease until it is released or lost; runs in a thread of its own."""
        while not self._ended.wait(self._held.lease_s / _RENEWALS):
            try:
                self._replace()
            except LeaseError as error:
                _log.warning("%s; nothing more will be published", error)
                return
            except OSError as error:  # The store may be back before the lease has run out.
                _log.warning("the lease of the lake could not be renewed: %s", error)

    def check(self) -> None:
        """Raises LeaseError if it is known that another writer has the lease."""
        if self._is_lost:
            raise self._lost()

    def release(self) -> None:
        """Gives the lease back; if the store doesn't answer, it runs out by itself."""
        self._ended.set()
        if not self._is_lost:
            with contextlib.suppress(LeaseError, OSError):
                self._replace(is_held=False)

    def _replace(self, *, commit: str | None = None, is_held: bool = True) -> None:
        with self._lock:
            while not self._is_lost:
                held = dataclasses.replace(
                    self._held,
                    beat=self._held.beat + 1,
                    commit=commit or self._held.commit,
                    is_held=is_held,
                )
                content = held.to_json()
                try:
                    self._version = self._store.put_if(self._path, content, version=self._version)
                except ConditionError:
                    # Unless an earlier request of ours came through, and its answer did not.
                    found = _read(self._store, self._path)
                    if found is None or found[0].writer != held.writer:
                        self._is_lost = True
                        break
                    self._held, self._version = found
                    if found[0] == held:
                        return
                else:
                    self._held = held
                    return
            raise self._lost()

    def _lost(self) -> LeaseError:
        lake = self._path.rpartition("/_journal/")[0]
        return LeaseError(
            f"{lake}: this process was not heard of for {self._held.lease_s:g} s, and another "
            "writes to the lake now"
        )


@contextlib.contextmanager
def lease_of(journal: str, *, wait_s: float) -> Iterator[Lease]:
    """Holds the lease of a lake while the block runs.

    Args:
        journal: URL of its folder `_journal`.
        wait_s: How long to wait while another process has it, in seconds.

    Raises:
        LeaseHeldError: Another process has it, and went on having it.
        LeaseError: Another process got it while the block ran.
        NoConditionsError: The store does not keep to conditions.
        OSError: The store does not answer, or refuses.
    """
    store = store_of(journal)
    if store is None:
        raise NoConditionsError
    first_look = _check_conditions(store, journal)
    lease = _acquire(store, storage.join(journal, LEASE), wait_s=wait_s, first_look=first_look)
    thread = threading.Thread(target=lease.renew, name="lease", daemon=True)
    thread.start()
    try:
        yield lease
    finally:
        lease.release()
        thread.join()
        lease.check()  # Whatever else was raised: another writer has swept what this one staged.


def _acquire(
    store: ObjectStore, path: str, *, wait_s: float, first_look: tuple[str | None, float]
) -> Lease:
    """Waits for the lease and takes it.

    Args:
        store: The store.
        path: URL of the lease.
        wait_s: How long to wait, in seconds.
        first_look: Version of the lease, and how old that was by the store's own clock. From then
            on this machine's clock counts: clocks of two machines are never compared.

    Raises:
        LeaseHeldError: Another process has it.
    """
    started_s = seen_s = monotonic()
    seen, age_s = first_look
    tried: LeaseFile | None = None
    while True:
        last, version = _read(store, path) or (None, None)
        if last is not None and version is not None and last == tried:
            return Lease(store, path, last, version)  # Only the answer was lost.
        if version != seen:
            seen, age_s, seen_s = version, 0.0, monotonic()
        left_s = 0.0 if last is None else last.lease_s - age_s - (monotonic() - seen_s)
        if last is None or not last.is_held or left_s <= 0 or _is_dead(last):
            tried = _next(last)
            with contextlib.suppress(ConditionError):  # Another was faster.
                taken = store.put_if(path, tried.to_json(), version=version)
                return Lease(store, path, tried, taken)
            continue
        waited_s = monotonic() - started_s
        if waited_s >= wait_s:
            raise LeaseHeldError(
                f"a process on {last.host}, whose lease ends in {max(left_s, 1):.0f} s "
                "unless it renews it"
            )
        sleep(min(_LOOK_AGAIN_S, wait_s - waited_s))


def _next(last: LeaseFile | None) -> LeaseFile:
    return LeaseFile(
        token=1 if last is None else last.token + 1,
        writer=secrets.token_hex(8),
        host=socket.gethostname(),
        process=_process_mark(os.getpid()),
        beat=0,
        lease_s=LEASE_S,
        is_held=True,
        commit=None if last is None else last.commit,
    )


def _check_conditions(store: ObjectStore, journal: str) -> tuple[str | None, float]:
    """Returns the version of the lease, if there is one, and its age by the store's own clock.

    A store that passes over conditions answers as if it had kept to them, so it is tried out.

    Raises:
        NoConditionsError: It passes over them.
    """
    probe, lease = (
        storage.join(journal, _PROBE + secrets.token_hex(8)),
        storage.join(journal, LEASE),
    )
    try:
        first = store.put_if(probe, b"1", version=None)
        store.put_if(probe, b"2", version=first)
        for version in (None, first):
            with contextlib.suppress(ConditionError):
                store.put_if(probe, b"3", version=version)
                raise NoConditionsError
        listed = {file.path: file for file in store.list(lease)}
    finally:
        store.delete([probe])
    now, held = listed.get(probe), listed.get(lease)
    if now is not None:
        store.delete([path for path in listed if _is_left(listed[path], now=now)])
    if now is None or held is None or now.modified_at is None or held.modified_at is None:
        return None, 0.0
    return held.version, max((now.modified_at - held.modified_at).total_seconds(), 0.0)


def _is_left(file: StoredFile, *, now: StoredFile) -> bool:
    """Whether a file is the probe of a process that died over it; `now` was just written."""
    if not file.path.rpartition("/")[2].startswith(_PROBE):
        return False
    if file.modified_at is None or now.modified_at is None:
        return False
    return (now.modified_at - file.modified_at).total_seconds() > MAX_PROBE_S


def _read(store: ObjectStore, path: str) -> tuple[LeaseFile, str] | None:
    """What the lease says, and its version; None if there is none.

    Raises:
        LeaseError: It makes no sense.
    """
    try:
        part = store.read(path, 0, _MAX_BYTES)
    except FileNotFoundError:
        return None
    try:
        said = json.loads(part.content)
        names = [field.name for field in dataclasses.fields(LeaseFile)]
        lease = LeaseFile(**{name: said[name] for name in names})
        if not (type(lease.token) is int and type(lease.beat) is int and lease.lease_s > 0):
            raise ValueError("a number is none")
        return lease, part.version
    except (ValueError, KeyError, TypeError) as error:
        raise LeaseError(
            f"{path} makes no sense ({error}); delete it if no process writes to the lake"
        ) from error


def _process_mark(pid: int) -> str | None:
    """By what a process of this machine is told from all others; None if there is none, or no way.

    The machine's boot and the namespace of process numbers keep containers apart, and the time of
    its start a process from another that got its number later.
    """
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as stream:
            boot = stream.read().strip()
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            state, *fields = stream.read().rpartition(")")[2].split()
        space = os.stat("/proc/self/ns/pid").st_ino
    except (OSError, ValueError):
        return None
    return None if state in "ZX" else f"{boot}/{space}/{pid}/{fields[18]}"


def _is_dead(lease: LeaseFile) -> bool:
    """Whether the writer ran on this machine, and has ended: then nobody need wait for its lease.

    Where that is wrong, the writer loses its lease, as if it had slept: nothing gets mixed up.
    """
    if lease.process is None or (own := _process_mark(os.getpid())) is None:
        return False
    *place, pid, _ = lease.process.split("/")
    return (
        place == own.split("/")[:2] and pid.isdigit() and _process_mark(int(pid)) != lease.process
    )
