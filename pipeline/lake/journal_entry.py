"""What an entry of the journal says, and that it speaks of files of its own lake alone.

A lake may come from elsewhere: unpacked from an archive, copied from a bucket. Whoever finishes an
entry moves and deletes files, so an entry that names anything but a data file below the lake is
refused as a whole.
"""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import KW_ONLY, dataclass
from typing import Any

from feedlake.pipeline.options.failures import CommandError
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.records.file_facts import read_facts

_RUN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")
_FILE = re.compile(
    r"(?P<table>[a-z][a-z_]*)/(?:[a-z_]+=[^/\\\x00-\x1f]*/)*"
    r"[0-9A-Za-z][0-9A-Za-z._-]*-\d{4,}\.(?:parquet|warc\.gz)"
)
"""A data file, or one of the archive: table, partitions, run and number. `..` has no place in it,
nor has an absolute path."""


CACHE, QUARANTINE = "_cache", "_quarantine"
_PURGED = re.compile(rf"{CACHE}|{QUARANTINE}/{_FILE.pattern}")

_FILE_NAME = re.compile(r"(?<![^/])(?P<run>[^/]+)-\d{4,}\.(?:parquet|warc\.gz)\Z")


class LakeError(CommandError):
    """The lake is damaged or cannot be written: the run fails (exit code 1)."""


class VanishedError(LakeError):
    """A file of the lake was there and is gone: it was moved or compacted, or is missing."""


@dataclass(frozen=True)
class JournalEntry:
    """What a run publishes, as the journal records it.

    Attributes:
        run_id: The run.
        partition_by: How the run partitioned `articles`.
        add: Files that the run adds.
        remove: Paths, below the lake, of files that are no longer part of it.
        is_rewrite: Whether what is added holds the rows of what is removed, and no other.
        purge: Paths, below the lake, of what is deleted with them, since rows that are removed for
            good may be in it: files below `_quarantine`, and `_cache` as a whole.
        number: Its place in the order in which the lake's runs were published, from 1; None until
            it is, and in entries of an older feedlake.
        token: The number of the writer that published it, by its lease; None where the lake has a
            lock instead.
    """

    run_id: str
    _: KW_ONLY
    partition_by: tuple[str, ...]
    add: tuple[StagedFile, ...]
    remove: tuple[str, ...] = ()
    is_rewrite: bool = False
    purge: tuple[str, ...] = ()
    number: int | None = None
    token: int | None = None


def write_entry(entry: JournalEntry) -> bytes:
    """Returns the entry as JSON."""
    return json.dumps(dataclasses.asdict(entry), indent=1).encode()


def read_entry(content: bytes, *, run_id: str, path: str) -> JournalEntry:
    """Returns the entry in a file of the journal.

    Args:
        content: The file's bytes.
        run_id: The run whose entry it is by its name.
        path: The file, for messages.

    Raises:
        LakeError: It is damaged, or names what is no data file of its own lake.
    """
    try:
        entry = _entry_of(json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        said = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise LakeError(f"the journal entry {path} is damaged: {said}") from error
    if entry.run_id != run_id or not _RUN_ID.fullmatch(run_id):
        raise LakeError(f"the journal entry {path} is damaged: it is of another run")
    for file in entry.add:
        check_path(file.path, table=file.table, named_by=f"the journal entry {path}")
    for name in entry.remove:
        check_path(name, table=None, named_by=f"the journal entry {path}")
    for name in entry.purge:
        if not _PURGED.fullmatch(name):
            raise _refusal(name, named_by=f"the journal entry {path}")
    return entry


def run_of(path: str) -> str:
    """Returns the run that wrote a file of the lake, by the file's name."""
    match = _FILE_NAME.search(path)
    return match["run"] if match else ""


def check_path(name: str, *, table: str | None, named_by: str) -> None:
    """Raises LakeError unless a name is that of a data file below its lake.

    Args:
        name: The name.
        table: The table it must belong to; None: any.
        named_by: The file of the journal that names it, for the message.
    """
    match = _FILE.fullmatch(name)
    if match is None or table not in (None, match["table"]):
        raise _refusal(name, named_by=named_by)


def _refusal(name: str, *, named_by: str) -> LakeError:
    return LakeError(
        f"{named_by} names {name!r}, which is no file of this lake: nothing was changed"
    )


def _entry_of(content: dict[str, Any]) -> JournalEntry:
    return JournalEntry(
        run_id=_text(content["run_id"]),
        partition_by=tuple(map(_text, content["partition_by"])),
        add=tuple(map(_file_of, content["add"])),
        remove=tuple(map(_text, content["remove"])),
        is_rewrite=bool(content["is_rewrite"]),
        purge=tuple(map(_text, content.get("purge", ()))),
        number=_number(content.get("number")),
        token=_number(content.get("token")),
    )


def _file_of(content: dict[str, Any]) -> StagedFile:
    return StagedFile(
        _text(content["path"]),
        table=_text(content["table"]),
        rows=int(content["rows"]),
        size_bytes=int(content["size_bytes"]),
        sha256=_text(content["sha256"]),
        facts=read_facts(content.get("facts")),
    )


def _number(value: Any) -> int | None:
    if value is None or type(value) is int:
        return value
    raise TypeError(f"{value!r:.100} is no number")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.100} is no text")
    return value
