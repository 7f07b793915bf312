"""Writing to the archive what a step has asked of sites, and what became of that."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime
from typing import Protocol

from feedlake.transforms.archives import warc_bytes
from feedlake.transforms.archives.archive_file import GrowingFile
from feedlake.transforms.normalize import storage
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.records.exchange import Archived, Capture, Exchange
from feedlake.transforms.records.outcome import Outcome, outcome_json
from feedlake.transforms.stores.store_settings import StoreSettings
from feedlake.transforms.stores.stores import use_stores

ARCHIVE = "archive"
"""Folder of the archive in a lake, and what its files' table is called in the journal."""

MARK = "feedlake-archive"
"""Field of `warcinfo` that tells an archive of feedlake's own, with its version."""

MARK_VERSION = "1"

_MAX_FILE_BYTES = 1 << 30
"""Size from which on another file is begun: what the standard advises (WARC 1.1, annex C)."""


@dataclass(frozen=True)
class Held:
    """A record that has a payload.

    Attributes:
        record_id: Its id.
        url: Its address.
        fetched_at: When its response had come, UTC.
        file: Its file, by the path below the lake.
    """

    record_id: str
    _: KW_ONLY
    url: str
    fetched_at: datetime
    file: str


class FindPayload(Protocol):
    """Finds what earlier runs have put into the archive."""

    def __call__(self, sha256: bytes) -> Held | None:
        """Returns the record that has a payload, by its digest; None if none has."""


@dataclass(frozen=True)
class ArchiveOptions:
    """Where the archive of one chunk goes.

    Attributes:
        folder: The run's staging folder.
        run_id: The run.
        started_at: Its start, UTC.
        software: Name and version of the program.
        find: Finds payloads of earlier runs.
        is_alone: Whether this process asks everything that the chunk asks.
        stores: How workers elsewhere reach object stores; None: as this process does.
    """

    folder: str
    _: KW_ONLY
    run_id: str
    started_at: datetime
    software: str
    find: FindPayload
    is_alone: bool = True
    stores: StoreSettings | None = None


class _OfRun:
    """What the writers of one run share in a process: numbers of files, and payloads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._run_id = ""
        self._files = 0
        self.held: dict[bytes, Held] = {}

    def begin(self, run_id: str) -> None:
        """Forgets the run before."""
        with self._lock:
            if run_id != self._run_id:
                self._run_id, self._files, self.held = run_id, 0, {}

    def number(self) -> int:
        """Returns the number of the next file."""
        with self._lock:
            self._files += 1
            return self._files - 1


class Archive(Protocol):
    """Where a step puts what it has asked and been answered.

    Attributes:
        read_at: Start of the run, UTC.
    """

    read_at: datetime

    def add_exchanges(
        self, exchanges: Iterable[Exchange], *, wanted_at: datetime | None = None
    ) -> str | None:
        """Takes requests and responses, and returns the id of a response's record.

        Args:
            exchanges: What was asked and answered.
            wanted_at: When the response had come whose record is wanted, UTC.
        """

    def add_outcome(self, outcome: Outcome, *, record: str | None) -> None:
        """Takes what became of a document.

        Args:
            outcome: What became of it.
            record: Id of the record of the response that it was made of, if it was.
        """

    def finish(self) -> Archived:
        """Returns what was written."""

    def close(self) -> None:
        """Gives up what was not finished."""


def open_archive(options: ArchiveOptions | None, *, step: str) -> Archive:
    """Returns where a step puts what it has asked and been answered.

    Args:
        options: Where to write it; None: it is dropped.
        step: Which step it is: a word for people.
    """
    return NoArchive() if options is None else ArchiveWriter(options, step=step)


class NoArchive:
    """Keeps nothing."""

    read_at = datetime.max.replace(tzinfo=UTC)

    def add_exchanges(
        self, exchanges: Iterable[Exchange], *, wanted_at: datetime | None = None
    ) -> str | None:
        """Drops them."""
        return None

    def add_outcome(self, outcome: Outcome, *, record: str | None) -> None:
        """Drops it."""

    def finish(self) -> Archived:
        """Returns that nothing was written."""
        return Archived((), ())

    def close(self) -> None:
        """Does nothing."""


class ArchiveWriter:
    """Writes records to files of its own; nobody knows of them before `finish` names them.

    A step that is tried again writes other files, and those of the first attempt are swept with
    the rest of the staging folder.

    Args:
        options: Where to.
        step: Which step writes: a word for people.
    """

    def __init__(self, options: ArchiveOptions, *, step: str) -> None:
        use_stores(options.stores)
        self._options, self._step = options, step
        self.read_at = options.started_at
        self._file: GrowingFile | None = None
        self._path, self._info, self._records = "", "", 0
        self._files: list[StagedFile] = []
        self._captures: list[Capture] = []
        self._held: dict[bytes, Held] = {}
        if options.is_alone:
            # What another worker has written may not be published in the end.
            process_wide(_OfRun).begin(options.run_id)
            self._held = process_wide(_OfRun).held

    def add_exchanges(
        self, exchanges: Iterable[Exchange], *, wanted_at: datetime | None = None
    ) -> str | None:
        """Writes requests and responses: see `Archive`."""
        wanted = None
        for exchange in exchanges:
            self._make_room()
            record_id = self._add(exchange)
            if exchange.fetched_at == wanted_at:
                wanted = record_id
        return wanted

    def add_outcome(self, outcome: Outcome, *, record: str | None) -> None:
        """Writes what became of a document: see `Archive`."""
        self._make_room(unless_after=record)
        record_id = warc_bytes.new_id()
        content = warc_bytes.metadata(
            outcome_json(outcome, record=record),
            record_id=record_id,
            url=outcome.url,
            about=record,
            info=self._info,
            now=outcome.judged_at,
        )
        self._captures.append(
            Capture(
                outcome.url,
                fetched_at=outcome.fetched_at,
                record_type="metadata",
                http_status=None,
                content_type=None,
                payload_sha256=None,
                payload_bytes=None,
                record_id=record_id,
                refers_to=record,
                archive_file=self._path,
                record_offset=self._size(),
                record_bytes=len(content),
            )
        )
        self._write(content)

    def finish(self) -> Archived:
        """Returns what was written."""
        self._end_file()
        return Archived(tuple(self._files), tuple(self._captures))

    def close(self) -> None:
        """Gives up what was not finished."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _add(self, exchange: Exchange) -> str:
        record_id = warc_bytes.new_id()
        digest = hashlib.sha256(exchange.body).digest()
        held = (self._held.get(digest) or self._options.find(digest)) if exchange.body else None
        if exchange.is_cut:
            held = None  # What was cut from it may differ.
        if held is None:
            content = warc_bytes.response(
                exchange, record_id=record_id, info=self._info, payload_sha256=digest
            )
        else:
            content = warc_bytes.revisit(
                exchange,
                record_id=record_id,
                info=self._info,
                payload_sha256=digest,
                first_id=held.record_id,
                first_url=held.url,
                first_at=held.fetched_at,
                first_file=held.file.partition("/")[2],
            )
        headers = {name.lower(): value for name, value in exchange.headers}
        kind = headers.get(b"content-type")
        self._captures.append(
            Capture(
                exchange.url,
                fetched_at=exchange.fetched_at,
                record_type="response" if held is None else "revisit",
                http_status=exchange.status,
                content_type=None if kind is None else kind.decode("utf-8", "replace"),
                payload_sha256=digest,
                payload_bytes=len(exchange.body),
                record_id=record_id,
                refers_to=None if held is None else held.record_id,
                archive_file=self._path,
                record_offset=self._size(),
                record_bytes=len(content),
            )
        )
        self._write(content)
        self._write(warc_bytes.request(exchange, about=record_id, info=self._info))
        if held is None and exchange.body and not exchange.is_cut:
            self._held[digest] = Held(
                record_id, url=exchange.url, fetched_at=exchange.fetched_at, file=self._path
            )
        return record_id

    def _size(self) -> int:
        assert self._file is not None
        return self._file.size_bytes

    def _write(self, content: bytes) -> None:
        assert self._file is not None
        self._file.write(content)
        self._records += 1

    def _make_room(self, *, unless_after: str | None = None) -> None:
        """Begins a file if there is none, or the last is full.

        What became of a response stays in its file.
        """
        if self._file is not None and (unless_after or self._size() < _MAX_FILE_BYTES):
            return
        self._end_file()
        options = self._options
        number = process_wide(_OfRun).number() if options.is_alone else secrets.randbelow(10**12)
        day = f"date={options.started_at:%Y-%m-%d}"
        name = f"{options.run_id}-{number:04d}.warc.gz"
        self._path = f"{ARCHIVE}/{day}/{name}"
        self._file = GrowingFile(storage.join(options.folder, self._path))
        about = [
            ("software", options.software),
            ("format", "WARC File Format 1.1"),
            (
                "conformsTo",
                "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            ),
            (MARK, MARK_VERSION),
            ("run", options.run_id),
            ("step", self._step),
        ]
        content, self._info = warc_bytes.warcinfo(name=name, about=about, now=datetime.now(UTC))
        self._write(content)

    def _end_file(self) -> None:
        if self._file is None:
            return
        written = self._file.finish()
        self._files.append(
            StagedFile(
                self._path,
                table=ARCHIVE,
                rows=self._records,
                size_bytes=written.size_bytes,
                sha256=written.sha256,
            )
        )
        self._file, self._records = None, 0
