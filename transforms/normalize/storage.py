"""Files on the local disk and on the filesystems that Beam knows, through one set of verbs.

Paths with `://` go through Beam's `FileSystems`; all others are local, where writing is durable:
a file appears under its name whole and on the disk, or not at all.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, cast


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

    That says nothing about the file that it was done on: later, it may succeed.
    """
    return isinstance(error, MemoryError) or (
        isinstance(error, OSError) and error.errno in _EXHAUSTED
    )


def escape_path(path: str) -> str:
    """Returns the path as it may stand in a table: bytes that are not UTF-8 become `\\xff`."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


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
    """Renames a file into a folder that exists, replacing what is there."""
    if is_local(source):
        os.replace(source, target)
    else:
        _filesystems().rename([source], [target])


def exists(path: str) -> bool:
    """Returns whether a file (or, locally, a folder) is there."""
    return os.path.lexists(path) if is_local(path) else bool(_filesystems().exists(path))


def delete(path: str) -> None:
    """Deletes one file; one that is not there is no error."""
    if is_local(path):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    elif exists(path):
        _filesystems().delete([path])


def delete_folder(path: str) -> None:
    """Deletes a folder and all that is in it; one that is not there is no error."""
    if is_local(path):
        shutil.rmtree(path, ignore_errors=False) if os.path.isdir(path) else None
    else:
        files = list(list_files(path))
        if files:
            _filesystems().delete(files)


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
        matches = _filesystems().match([join(folder, "**")])[0].metadata_list
        yield from sorted(match.path for match in matches)


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

    return FileSystems


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
