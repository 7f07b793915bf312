"""Where a search index lies, and whether what lies there is as it was left.

The folder holds one generation of Tantivy's files, and a manifest that names it. Bringing the index
up to date makes the next generation beside it, of links to the files that stay, and then one
rename puts the new manifest in the old one's place. Whoever dies in between leaves a folder that
the next one removes, and who reads meanwhile reads one generation, whole.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from feedlake.transforms.normalize import storage

SEARCH_VERSION = 1
"""Raised when fields or words of the index change; an index of another version is not read."""

_NAME = "search"
_MANIFEST = "manifest.json"
_GENERATION = "generation-"
_LOCK_PREFIX = ".tantivy-"
_META = "meta.json"
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What an index is.

    Attributes:
        generation: The name of its folder.
        files: The lake's files whose rows it holds, by name and checksum.
        stamps: Size, time of change and CRC-32 of each of its own files, by name.
        unchecked: How many of the lake's rows it has taken in since the checksums of all its files
            were compared.
    """

    generation: str
    files: frozenset[str]
    stamps: Mapping[str, tuple[int, int, int]]
    unchecked: int


def find_folder(lake: str) -> str:
    """Returns the folder of a lake's search index, which may not be there yet.

    It is in the lake's `_cache`, or in the user's own cache if the lake is not on this machine or
    can't be written to.

    Args:
        lake: Path of the lake.
    """
    name = f"{_NAME}-{SEARCH_VERSION}"
    if storage.is_local(lake):
        cache = os.path.join(lake, "_cache")
        is_there = os.path.isdir(cache) and not os.path.islink(cache)
        if os.access(cache if is_there else lake, os.W_OK | os.X_OK) and (
            is_there or not os.path.lexists(cache)
        ):
            return os.path.join(cache, name)
    own = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    mark = hashlib.sha256(lake.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return os.path.join(own, "feedlake", f"{name}-{mark}")


def drop_index(lake: str) -> None:
    """Removes the search index of a lake, with all texts that it holds; it is built anew when it
    is asked next.

    Args:
        lake: Path of the lake.
    """
    for folder in _folders(lake):
        shutil.rmtree(folder, ignore_errors=True)
        if os.path.lexists(folder):
            raise OSError(errno.EACCES, "The search index can't be removed", folder)


def remove_other_versions(folder: str) -> None:
    """Removes indexes of other versions beside this one, which would lie there for ever."""
    parent, own = os.path.split(folder)
    mark = own.removeprefix(f"{_NAME}-{SEARCH_VERSION}")
    for name in os.listdir(parent):
        version = name.removeprefix(f"{_NAME}-").removesuffix(mark)
        if name != own and name.startswith(f"{_NAME}-") and version.isdecimal():
            shutil.rmtree(os.path.join(parent, name), ignore_errors=True)


def _folders(lake: str) -> set[str]:
    """All folders in which an index of the lake may lie, those of other versions too."""
    found = {find_folder(lake)}
    cache = os.path.join(lake, "_cache")
    if storage.is_local(lake) and os.path.isdir(cache):
        names = [name for name in os.listdir(cache) if name.startswith(f"{_NAME}-")]
        found.update(os.path.join(cache, name) for name in names)
    return {folder for folder in found if os.path.lexists(folder)}


def read_manifest(folder: str) -> Manifest | None:
    """Returns the manifest of an index; None if there is none, or it isn't what was written.

    Args:
        folder: The index's folder.

    Raises:
        OSError: The machine has no room or open files left to read it.
    """
    try:
        content = json.loads(storage.read_bytes(os.path.join(folder, _MANIFEST)))
        stamps = {
            str(name): (int(size), int(time), int(crc))
            for name, (size, time, crc) in content["stamps"].items()
        }
        generation = content["generation"]
        if not generation.startswith(_GENERATION) or os.path.basename(generation) != generation:
            return None
        files = frozenset(map(str, content["files"]))
        return Manifest(generation, files, stamps, int(content["unchecked"]))
    except OSError as error:
        if storage.is_exhausted(error):
            raise  # It may be as it was.
        return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # A cache: what cannot be read is made again.


def is_as_left(folder: str, manifest: Manifest, *, thoroughly: bool) -> bool:
    """Returns whether the files of an index are those that were written.

    Args:
        folder: The index's folder.
        manifest: What it was.
        thoroughly: Whether to compare checksums of all files, and not only of those whose time has
            changed, as in copies.
    """
    generation = os.path.join(folder, manifest.generation)
    try:
        if {*_own_files(generation)} != set(manifest.stamps):
            return False
        for name, (size, time, crc) in manifest.stamps.items():
            path = os.path.join(generation, name)
            found = os.stat(path)
            if found.st_size != size:
                return False
            if (thoroughly or found.st_mtime_ns != time) and _checksum(path) != crc:
                return False
    except OSError:
        return False
    return True


def begin_generation(folder: str, manifest: Manifest | None) -> str:
    """Returns the path of a new generation that is like the one before; needs the index's lock.

    Args:
        folder: The index's folder.
        manifest: The generation before; None: the new one is empty.
    """
    os.makedirs(folder, exist_ok=True)
    _remove_besides(folder, manifest)
    path = os.path.join(folder, _GENERATION + os.urandom(8).hex())
    os.mkdir(path)
    for name in manifest.stamps if manifest else ():
        _link(os.path.join(folder, str(manifest and manifest.generation), name), path, name)
    return path


def publish_generation(
    folder: str,
    path: str,
    *,
    files: frozenset[str],
    before: Manifest | None,
    unchecked: int,
) -> Manifest:
    """Makes a generation the index, removes the one before, and returns its manifest.

    Args:
        folder: The index's folder.
        path: The generation, which nobody writes to any more.
        files: The lake's files whose rows it holds.
        before: The generation before.
        unchecked: See `Manifest`.
    """
    known = before.stamps if before else {}
    stamps = {}
    for name in _own_files(path):
        found = os.stat(os.path.join(path, name))
        size, time, crc = known.get(name, (-1, -1, -1))
        if (found.st_size, found.st_mtime_ns) != (size, time):
            crc = _checksum(os.path.join(path, name))
        stamps[name] = found.st_size, found.st_mtime_ns, crc
    manifest = Manifest(os.path.basename(path), files, stamps, unchecked)
    said = {**vars(manifest), "files": sorted(files)}
    storage.write_bytes(os.path.join(folder, _MANIFEST), json.dumps(said).encode())
    _remove_besides(folder, manifest)
    return manifest


class Counts(NamedTuple):
    """Documents of an index.

    Attributes:
        live: Those that can be found.
        deleted: Those that can't any more, but still take room.
    """

    live: int
    deleted: int


def count_documents(folder: str, manifest: Manifest) -> Counts | None:
    """Returns how many documents an index has; None if its list of segments can't be read.

    Args:
        folder: The index's folder.
        manifest: What it is.
    """
    path = os.path.join(folder, manifest.generation, _META)
    try:
        segments = json.loads(storage.read_bytes(path))["segments"]
        carried = sum(segment["max_doc"] for segment in segments)
        deleted = sum((segment["deletes"] or {}).get("num_deleted_docs", 0) for segment in segments)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Counts(carried - deleted, deleted)


def _own_files(path: str) -> list[str]:
    return sorted(name for name in os.listdir(path) if not name.startswith(_LOCK_PREFIX))


def _remove_besides(folder: str, manifest: Manifest | None) -> None:
    """Removes all generations but one: older ones, and what was left by a process that died."""
    kept = manifest.generation if manifest else ""
    for name in os.listdir(folder):
        if name.startswith(_GENERATION) and name != kept:
            shutil.rmtree(os.path.join(folder, name), ignore_errors=True)


def _link(source: str, folder: str, name: str) -> None:
    """A file of the generation before: Tantivy never changes one, it puts new ones in their
    places."""
    target = os.path.join(folder, name)
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EOPNOTSUPP):
            raise
        shutil.copy2(source, target)


def _checksum(path: str) -> int:
    checksum = 0
    with open(path, "rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            checksum = zlib.crc32(block, checksum)
    return checksum
