"""Which files the operator's SOURCE arguments stand for."""

from __future__ import annotations

import dataclasses
import errno
import glob
import os
import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime

from feedlake.pipeline.lake.lake import JOURNAL, Lake
from feedlake.pipeline.lake.read_rows import read_rows_where
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.option_table import DEFAULT_FILE
from feedlake.pipeline.remote.remote_sources import list_remote
from feedlake.transforms.normalize import storage
from feedlake.transforms.normalize.microseconds import to_microseconds
from feedlake.transforms.records.documents import SourceFile


def list_sources(arguments: tuple[str, ...], *, lake: str) -> list[SourceFile]:
    """Returns the files to read, each once, sorted by path.

    A folder is walked to its leaves, links included, leaving out lakes and names that begin with
    a dot, and `feedlake.toml`. A folder in it that may not be looked into stands for its files:
    reading it will fail, and `rejects` says why. A file that can be reached by several paths is
    read by its own, or else by the first.

    Args:
        arguments: Files, folders and globs; on this machine, or URLs of a store or of a filesystem
            that Beam knows.
        lake: Folder of the lake, which is never a source.

    Raises:
        UsageError: An argument stands for no file, or for one that cannot be read.
    """
    own_path_of: dict[str, str] = {}
    remote: dict[str, SourceFile] = {}
    for argument in arguments:
        if storage.is_local(argument):
            for path in _list_local(argument, os.path.realpath(lake)):
                own = os.path.realpath(path)
                known = own_path_of.setdefault(own, path)
                own_path_of[own] = own if own in (path, known) else min(path, known)
        else:
            remote.update((file.path, file) for file in list_remote(argument, lake=lake))
    files = [_describe(path) for path in own_path_of.values()] + list(remote.values())
    return sorted(files, key=lambda file: file.path)


_LIKE_ADDRESS = re.compile(r"www\.|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/")
"""How an address begins that somebody wrote without its scheme."""


def _list_local(argument: str, lake: str) -> list[str]:
    path = os.path.abspath(os.path.expanduser(argument))
    # A name that exists is that file, also if it holds a bracket.
    if os.path.lexists(path):
        if _is_inside(os.path.realpath(path), lake):
            raise UsageError(f"SOURCE {argument}: is inside the lake; must be outside of it")
        if not os.path.isdir(path):
            _check_readable(path, argument)
            return [path]
        files = list(_walk(path, lake))
        if not files:
            raise UsageError(f"SOURCE {argument}: the folder holds no files")
        return files
    if not glob.has_magic(argument):
        hint = "; an address begins with https://" if _LIKE_ADDRESS.match(argument) else ""
        raise UsageError(f"SOURCE {argument}: no such file or folder{hint}")
    files = []
    for match in sorted(glob.glob(path, recursive=True)):
        if _is_inside(os.path.realpath(match), lake):
            continue
        if not os.path.isdir(match):
            files.append(match)
        elif not path.endswith("**"):
            files += _walk(match, lake)
    if not files:
        raise UsageError(f"SOURCE {argument}: the pattern matches no file")
    return files


_NOT_TO_BE_ENTERED = (errno.EACCES, errno.EPERM, errno.ENOENT)
"""Why a folder within one is passed over, such as `lost+found`, or one that has just gone."""


def _walk(folder: str, lake: str) -> Iterator[str]:
    closed: list[str] = []

    def fail(error: OSError) -> None:
        if error.filename == folder or error.errno not in _NOT_TO_BE_ENTERED:
            told = f"SOURCE {error.filename}: the folder cannot be read: {error.strerror}"
            raise UsageError(told)
        closed.append(error.filename)

    seen: set[str] = set()  # Links can lead in circles.
    for parent, folders, names in os.walk(folder, onerror=fail, followlinks=True):
        real = os.path.realpath(parent)
        if real in seen or _is_inside(real, lake) or JOURNAL in folders:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if name[0] != ".")
        own = {name for name in names if name[0] != "." and name != DEFAULT_FILE}
        yield from (os.path.join(parent, name) for name in sorted(own))
    yield from closed


def _is_inside(path: str, lake: str) -> bool:
    return path == lake or path.startswith(lake.rstrip(os.sep) + os.sep)


def _check_readable(path: str, argument: str) -> None:
    """That a file which the operator named cannot be read is a mistake to say at once."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UsageError(f"SOURCE {argument}: neither a regular file nor a folder")
        with open(path, "rb"):
            return
    except OSError as error:
        raise UsageError(f"SOURCE {argument}: the file cannot be read: {error.strerror}") from error


def _describe(path: str) -> SourceFile:
    try:
        status = os.stat(path)
    except OSError:
        # A broken link: reading it will fail, and `rejects` says why.
        return SourceFile(path, size_bytes=0)
    return SourceFile(
        path, size_bytes=status.st_size, modified_at=datetime.fromtimestamp(status.st_mtime, UTC)
    )


_COLUMNS = ["source", "status", "size_bytes", "modified_at", "checksum", "next_record"]
_Version = tuple[str, int, int | None, str | None]


def leave_out_known(files: list[SourceFile], lake: Lake) -> list[SourceFile]:
    """Returns the files that are to be read, each from where an earlier run stopped in it.

    A file counts as unchanged if size and time of change are what they were or, where the
    filesystem tells no time, size and checksum. One that could not be read is tried again.

    Args:
        files: All files of the sources.
        lake: Says what was read.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    read, begun = _read_sources(lake, {storage.escape_path(file.path) for file in files})
    left = []
    for file in files:
        source = storage.escape_path(file.path)
        version = (source, file.size_bytes, _microseconds(file.modified_at), file.checksum)
        has_mark = file.modified_at is not None or file.checksum is not None
        if has_mark and version in read:
            continue
        left.append(dataclasses.replace(file, start=begun.get(version, 0)) if has_mark else file)
    return left


def _read_sources(lake: Lake, names: set[str]) -> tuple[set[_Version], dict[_Version, int]]:
    """The versions of these files that were read to their end, and how far others were.

    A lake of feeds has millions of rows about polls, which are not looked at.
    """
    read: set[_Version] = set()
    begun: dict[_Version, int] = {}
    for path in lake.files("sources"):
        found = read_rows_where(path, _COLUMNS, {"source": names})
        for row in (row for table in found for row in table.to_pylist()):
            version = (row["source"], row["size_bytes"], row["modified_at"], row["checksum"])
            if row["status"] == "continued":
                begun[version] = max(begun.get(version, 0), row["next_record"])
            elif row["status"] != "failed":
                read.add(version)
    return read, begun


def _microseconds(moment: datetime | None) -> int | None:
    return None if moment is None else to_microseconds(moment)
