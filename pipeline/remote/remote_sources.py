"""Which files beyond this machine a SOURCE stands for, and whether such a place can be had."""

from __future__ import annotations

import re
from collections.abc import Iterator

from feedlake.pipeline.lake.lake import JOURNAL
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.option_table import DEFAULT_FILE
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import SourceFile
from feedlake.transforms.stores.object_store import StoredFile, StoreMistakeError
from feedlake.transforms.stores.stores import store_of

_WILDCARD = re.compile(r"(\*\*/|\*\*|\*|\?|\[!?\]?[^\]/]{0,100}\])")
_MAGIC = re.compile(r"[*?\[]")


def check_place(path: str, *, name: str) -> None:
    """Raises UsageError if there is no such filesystem or store, or it doesn't let us in.

    Args:
        path: A URL.
        name: What the operator calls it.

    Raises:
        StoreError: The store doesn't answer.
    """
    try:
        if store_of(path):
            any(storage.list_stored(path, limit=1))
            return
    except StoreMistakeError as error:
        raise UsageError(f"{name} {path}: {_without_place(str(error), path)}") from error
    except PermissionError as error:
        raise UsageError(f"{name} {path}: {error.strerror}") from error
    try:
        storage.find_filesystem(path)
    except ValueError as error:
        scheme = path.partition("://")[0]
        if scheme in ("http", "https"):
            raise UsageError(f"{name} {path}: must be a folder, not a web address") from error
        if scheme == "file":
            raise UsageError(f"{name} {path}: must be a plain path, without file://") from error
        raise UsageError(
            f"{name} {path}: no filesystem {scheme}:// here; s3:// needs the extra s3, gs:// the "
            "extra gcs, others a package that teaches Beam"
        ) from error


def list_remote(argument: str, *, lake: str) -> list[SourceFile]:
    """Returns the files that a URL stands for: one file, all below a folder, or those of a pattern.

    Lakes are left out, and names that begin with a dot, and `feedlake.toml`.

    Args:
        argument: The URL.
        lake: Path of the lake that is written to.

    Raises:
        UsageError: There are none, or they cannot be listed.
        StoreError: The store doesn't answer.
    """
    check_place(argument, name="SOURCE")
    if argument == lake or argument.startswith(lake + "/"):
        raise UsageError(f"SOURCE {argument}: is inside the lake; must be outside of it")
    listed = _list_store(argument) if store_of(argument) else _list_with_beam(argument)
    try:
        files = list(listed)
    except PermissionError as error:
        raise UsageError(f"SOURCE {argument}: cannot be listed: {error.strerror}") from error
    lakes = {lake + "/"}
    for file in files:
        folder, found, _ = file.path.partition(f"/{JOURNAL}/")
        if found:
            lakes.add(folder + "/")
    sources = [_describe(file) for file in files if not file.path.startswith(tuple(sorted(lakes)))]
    if not sources:
        raise UsageError(f"SOURCE {argument}: no such file, folder or pattern")
    return sources


def _list_store(argument: str) -> Iterator[StoredFile]:
    if storage.exists(argument):  # A name that exists is that file, also if it holds a bracket.
        yield from storage.list_stored(argument, limit=1)
        return
    if magic := _MAGIC.search(argument):
        matches = _pattern(argument).fullmatch
        for file in storage.list_stored(argument[: magic.start()]):
            if matches(file.path) and not _is_hidden(file.path, below=argument[: magic.start()]):
                yield file
        return
    folder = storage.join(argument, "")
    for file in storage.list_stored(folder):
        if not _is_hidden(file.path, below=folder):
            yield file


def _pattern(glob: str) -> re.Pattern[str]:
    """The files of a pattern, and those below folders that match it, as for local ones."""
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = _WILDCARD.split(glob)
    translated = (
        words.get(part)
        or (f"[{'^' if part[1] == '!' else ''}{_in_class(part)}]" if number % 2 else None)
        or re.escape(part)
        for number, part in enumerate(parts)
        if part
    )
    return re.compile("".join(translated) + "(?:/.*)?", re.DOTALL)


def _in_class(part: str) -> str:
    """The letters of `[a-z]` or `[!a-z]`, as a regular expression has them."""
    return re.sub(r"([\\^\[\]&~|])", r"\\\1", part[1:-1].removeprefix("!"))


def _is_hidden(path: str, *, below: str) -> bool:
    parts = path[below.rfind("/") + 1 :].split("/")
    return any(part.startswith(".") for part in parts) or parts[-1] == DEFAULT_FILE


def _list_with_beam(argument: str) -> Iterator[StoredFile]:
    from apache_beam.io.filesystem import BeamIOError
    from apache_beam.io.filesystems import FileSystems

    try:
        found = {
            match.path: match
            for result in FileSystems.match([argument, argument.rstrip("/") + "/**"])
            for match in result.metadata_list
        }
    except (BeamIOError, ValueError) as error:
        raise UsageError(f"SOURCE {argument}: cannot be listed: {error}") from error
    for match in found.values():
        modified_at = storage.moment_of(match.last_updated_in_seconds)
        version = None if modified_at else _checksum(match.path)
        yield StoredFile(match.path, match.size_in_bytes or 0, modified_at, version)


def _checksum(path: str) -> str | None:
    """The filesystem's own checksum; None without one, so that the file is read each time."""
    from apache_beam.io.filesystem import BeamIOError
    from apache_beam.io.filesystems import FileSystems

    try:
        return str(FileSystems.checksum(path))
    except (BeamIOError, NotImplementedError, OSError):
        return None


def _describe(file: StoredFile) -> SourceFile:
    return SourceFile(
        file.path,
        size_bytes=file.size_bytes,
        modified_at=file.modified_at,
        checksum=file.version,
    )


def _without_place(sentence: str, path: str) -> str:
    """The sentence without the bucket before it, which stands there already."""
    return sentence.removeprefix("/".join(path.split("/")[:3]) + ": ")
