"""Files on the local disk, in object stores and on filesystems that Beam knows: one set of verbs.

Paths that begin with `s3://` or `gs://` are files in a store, others with `://` go through Beam's
`FileSystems`. All others are local, where writing is durable: a file appears under its name whole
and on the disk, or not at all.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast

from feedlake.transforms.stores.object_store import StoredFile, StoreError
from feedlake.transforms.stores.object_stream import open_stream
from feedlake.transforms.stores.stores import flags_in_use, store_of

_SPOOLED_BYTES = 64 << 20
"""What is kept in memory of a file on its way to a store; more waits on this machine's disk."""

_AT_ONCE = 16
"""Files that are moved at the same time in a store, where each takes some requests."""


@dataclass(frozen=True)
class WrittenFile:
    """What was written.

    Attributes:
        size_bytes: Length of the file.
        sha256: Hex digest of its bytes.
    """

    size_bytes: int
    sha256: str


def is_local(path: str) -> bool:
    """Returns whether the path is on this machine's own filesystem."""
    return "://" not in path


_EXHAUSTED = {
    getattr(errno, name)
    for name in "EDQUOT EMFILE ENFILE ENOMEM ENOSPC EROFS".split()
    if hasattr(errno, name)
}


def is_exhausted(error: BaseException) -> bool:
    """Returns whether the machine had no room, memory or open files left for an operation.

    Or the store that the file is in was down, or let nobody in. That says nothing about the file
    that it was done on: later, it may succeed.
    """
    return isinstance(error, MemoryError | StoreError) or (
        isinstance(error, OSError) and error.errno in _EXHAUSTED
    )


def escape_path(path: str) -> str:
    """Returns the path as it may stand in a table: bytes that are not UTF-8 become `\\xff`."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


IN_ARCHIVE = "!/"
"""What stands between an archive and a member of it, in the name of a source."""


def files_of(source: str) -> Iterator[str]:
    """Yields a source, and the archives that it may lie in."""
    while source:
        yield source
        source = source.rpartition(IN_ARCHIVE)[0]


def join(folder: str, *names: str) -> str:
    """Returns the path of a name below a folder."""
    return "/".join([folder.rstrip("/"), *names]) if names else folder


def open_read(path: str) -> BinaryIO:
    """Returns the file's bytes as stored, as a seekable stream.

    Raises:
        OSError: It is not there, cannot be read, or is no file (a pipe, a device).
    """
    if is_local(path):
        # Without O_NONBLOCK a pipe without a writer is waited for without end; Windows has neither.
        no_wait = getattr(os, "O_NONBLOCK", 0)
        stream = open(path, "rb", opener=lambda name, flags: os.open(name, flags | no_wait))  # noqa: SIM115 - the caller closes it
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            stream.close()
            raise OSError(errno.EINVAL, "Not a regular file", path)
        return stream
    if store := store_of(path):
        return open_stream(store, path)
    return cast(BinaryIO, _filesystems().open(path, compression_type=_as_stored()))


UNFINISHED = ".part"
"""How the name ends of a local file that is being written; it has its own name when it is whole."""


def write_file(path: str, write: Callable[[BinaryIO], None]) -> WrittenFile:
    """Writes a file whose folder may not exist yet.

    Args:
        path: Where; a file that is there is replaced.
        write: Called with the stream to write to, which cannot seek.

    Raises:
        OSError: It could not be written; nothing is left under `path`.
    """
    if store := store_of(path):
        with tempfile.SpooledTemporaryFile(_SPOOLED_BYTES, prefix="feedlake-") as spooled:
            sink = _HashingSink(cast(BinaryIO, spooled))
            write(cast(BinaryIO, sink))
            spooled.seek(0)
            store.upload(path, cast(BinaryIO, spooled), size_bytes=sink.tell())
        return sink.written()
    if not is_local(path):
        with contextlib.closing(
            _filesystems().create(path, compression_type=_as_stored())
        ) as stream:
            sink = _HashingSink(stream)
            write(cast(BinaryIO, sink))
        return sink.written()
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = path + UNFINISHED
    try:
        with open(temporary, "wb") as stream:
            sink = _HashingSink(stream)
            write(cast(BinaryIO, sink))
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = path  # Writing and syncing know a number only.
        raise
    return sink.written()


def write_bytes(path: str, content: bytes) -> WrittenFile:
    """Writes a file as `write_file` does."""

    def write(stream: BinaryIO) -> None:
        stream.write(content)

    return write_file(path, write)


def read_bytes(path: str) -> bytes:
    """Returns the whole file."""
    with open_read(path) as stream:
        return stream.read()


def move(source: str, target: str) -> None:
    """Renames a file into a folder that exists, replacing what is there.

    In a store that is a copy and a deletion: what ends it in between leaves both.
    """
    if is_local(source):
        os.replace(source, target)
    elif store := store_of(source):
        store.copy(source, target)
        store.delete([source])
    else:
        _filesystems().rename([source], [target])


def move_all(pairs: Collection[tuple[str, str]]) -> None:
    """Renames files as `move` does, in any order; in a store, many at a time."""
    if all(is_local(source) for source, _ in pairs):
        for source, target in pairs:
            move(source, target)
        return
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _ in pool.map(lambda pair: move(*pair), pairs):
            pass  # Asking for the answers raises what went wrong.


def copy(source: str, target: str) -> None:
    """Copies a file to where a folder exists, replacing what is there."""
    if is_local(source):
        shutil.copyfile(source, target)
    elif store := store_of(source):
        store.copy(source, target)
    else:
        _filesystems().copy([source], [target])


def exists(path: str) -> bool:
    """Returns whether a file (or, locally, a folder) is there."""
    if is_local(path):
        return os.path.lexists(path)
    if store := store_of(path):
        # By name, the file itself comes before all whose names only begin so.
        return any(found.path == path for found in store.list(path, limit=1))
    return bool(_filesystems().exists(path))


def delete(path: str) -> None:
    """Deletes one file; one that is not there is no error."""
    if is_local(path):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    else:
        delete_all([path])


def delete_all(paths: Sequence[str]) -> None:
    """Deletes files of one place; those that are not there are no error."""
    if not paths or is_local(paths[0]):
        for path in paths:
            delete(path)
    elif store := store_of(paths[0]):
        store.delete(paths)
    else:
        _filesystems().delete([path for path in paths if exists(path)])


def delete_folder(path: str) -> None:
    """Deletes a folder and all that is in it; one that is not there is no error."""
    if is_local(path):
        shutil.rmtree(path, ignore_errors=False) if os.path.isdir(path) else None
    else:
        delete_all(list(list_files(path)))


def delete_empty_folders(root: str, *, below: str) -> None:
    """Deletes a local folder that holds nothing, and those above it that then hold nothing.

    Args:
        root: Where to stop: this folder stays.
        below: Path of the first one to look at, below `root`.
    """
    while below and is_local(root):
        try:
            os.rmdir(join(root, below))
        except OSError:  # It holds something, or is not there.
            return
        below = os.path.dirname(below)


def make_folder(path: str) -> None:
    """Makes a local folder and those above it; object stores have none to make."""
    if is_local(path):
        os.makedirs(path, exist_ok=True)


def list_files(folder: str) -> Iterator[str]:
    """Returns the paths of all files below a folder, sorted; none if it is not there."""
    if is_local(folder):
        for parent, folders, names in os.walk(folder):
            folders.sort()
            yield from (join(parent, name) for name in sorted(names))
    else:
        yield from sorted(file.path for file in list_stored(join(folder, "")))


def list_stored(prefix: str, *, limit: int | None = None) -> Iterator[StoredFile]:
    """Yields the files beyond this machine whose URLs begin with a prefix.

    Args:
        prefix: How they begin; on filesystems that only Beam knows, a folder and a slash.
        limit: How many to look at, at most; None: all.
    """
    if store := store_of(prefix):
        yield from store.list(prefix, limit=limit)
        return
    matches = _filesystems().match([join(prefix, "**")], None if limit is None else [limit])
    for match in matches[0].metadata_list:
        modified_at = moment_of(match.last_updated_in_seconds)
        yield StoredFile(match.path, match.size_in_bytes or 0, modified_at, None)


def moment_of(seconds: float | None) -> datetime | None:
    """Returns the time that a filesystem of Beam's tells, UTC; None where it tells none."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def find_filesystem(path: str) -> None:
    """Raises ValueError unless Beam knows a filesystem for a URL, and can begin to use it."""
    _filesystems().get_filesystem(path)


def sync_folders(folders: set[str]) -> None:
    """Makes renames into these local folders survive a power cut."""
    for folder in sorted(folders):
        if is_local(folder):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _filesystems() -> Any:
    # Imported late: Beam takes seconds to import, and a local lake is queried without it.
    from apache_beam.io.filesystems import FileSystems

    if flags := flags_in_use():
        _tell_beam(flags)
    return FileSystems


@functools.lru_cache(maxsize=1)
def _tell_beam(flags: tuple[str, ...]) -> None:
    """Hands Beam's own flags to its filesystems, which some of them need; once."""
    from apache_beam.io.filesystems import FileSystems
    from apache_beam.options.pipeline_options import PipelineOptions

    FileSystems.set_options(PipelineOptions(list(flags)))


def _as_stored() -> Any:
    from apache_beam.io.filesystem import CompressionTypes

    return CompressionTypes.UNCOMPRESSED


class _HashingSink:
    """A write-only stream that counts and hashes what passes; pyarrow asks for these methods."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self._size = 0
        self.closed = False

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self._size += memoryview(data).nbytes
        self._stream.write(data)
        return memoryview(data).nbytes

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        self._stream.flush()

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        """The owner closes the stream below: it still has to sync it."""

    def written(self) -> WrittenFile:
        return WrittenFile(self._size, self._hash.hexdigest())
