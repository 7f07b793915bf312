"""Which files the operator's SOURCE arguments stand for."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pipeline.options import UsageError
from transforms import storage
from transforms.records import SourceFile


def list_sources(arguments: tuple[str, ...], *, lake: str) -> list[SourceFile]:
    """Returns the files to read, each once, sorted by path.

    A folder is walked to its leaves, leaving out the lake and names that begin with a dot.

    Args:
        arguments: Files, folders and globs; on this machine, or URLs of a filesystem that Beam
            knows.
        lake: Folder of the lake, which is never a source.

    Raises:
        UsageError: An argument stands for no file, or for one that cannot be read.
    """
    files: dict[str, SourceFile] = {}
    for argument in arguments:
        listed = (
            _list_local(argument, lake) if storage.is_local(argument) else _list_remote(argument)
        )
        files.update((file.path, file) for file in listed)
    return [files[path] for path in sorted(files)]


def _list_local(argument: str, lake: str) -> list[SourceFile]:
    path = os.path.abspath(os.path.expanduser(argument))
    # A name that exists is that file, also if it holds a bracket.
    if os.path.isdir(path):
        files = [_describe(leaf) for leaf in _walk(path, lake)]
        if not files:
            raise UsageError(f"SOURCE {argument}: the folder holds no files")
        return files
    if os.path.lexists(path):
        return [_describe_named(path, argument)]
    if not glob.has_magic(argument):
        raise UsageError(f"SOURCE {argument}: no such file or folder")
    files = []
    for match in sorted(glob.glob(path, recursive=True)):
        if os.path.isdir(match):
            if not path.endswith("**"):
                files += [_describe(leaf) for leaf in _walk(match, lake)]
        elif not _is_inside(match, lake):
            files.append(_describe(match))
    if not files:
        raise UsageError(f"SOURCE {argument}: the pattern matches no file")
    return files


def _walk(folder: str, lake: str) -> Iterator[str]:
    def fail(error: OSError) -> None:
        raise UsageError(f"SOURCE {error.filename}: the folder cannot be read: {error.strerror}")

    for parent, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(
            name
            for name in folders
            if name[0] != "." and not _is_inside(os.path.join(parent, name), lake)
        )
        yield from (os.path.join(parent, name) for name in sorted(names) if name[0] != ".")


def _is_inside(path: str, lake: str) -> bool:
    return path == lake or path.startswith(lake + os.sep)


def _describe_named(path: str, argument: str) -> SourceFile:
    """A file that the operator named: that it cannot be read is a mistake to say at once."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UsageError(f"SOURCE {argument}: neither a regular file nor a folder")
        with open(path, "rb"):
            return _describe(path)
    except OSError as error:
        raise UsageError(f"SOURCE {argument}: the file cannot be read: {error.strerror}") from error


def _describe(path: str) -> SourceFile:
    try:
        status = os.stat(path)
    except OSError:
        return SourceFile(path, 0)  # A link to nothing: reading it says so, in `rejects`.
    return SourceFile(path, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _list_remote(argument: str) -> list[SourceFile]:
    from apache_beam.io.filesystem import BeamIOError
    from apache_beam.io.filesystems import FileSystems

    patterns = [argument, argument.rstrip("/") + "/**"]
    try:
        results = FileSystems.match(patterns)
    except (BeamIOError, ValueError) as error:
        raise UsageError(f"SOURCE {argument}: {error}") from error
    metadata: dict[str, Any] = {
        match.path: match for result in results for match in result.metadata_list
    }
    if not metadata:
        raise UsageError(f"SOURCE {argument}: no such file, folder or pattern")
    return [_describe_remote(match) for match in metadata.values()]


def _describe_remote(match: Any) -> SourceFile:
    seconds = match.last_updated_in_seconds
    modified_at = datetime.fromtimestamp(seconds, UTC) if seconds else None
    return SourceFile(match.path, match.size_in_bytes or 0, modified_at)
