"""Files that readers of plugins read: which those are, and their documents."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import BinaryIO, cast

from feedlake.transforms.normalize.streams import TooLargeError, read_all
from feedlake.transforms.plugins.find_plugins import find_one, readers
from feedlake.transforms.plugins.plugin_kinds import MAX_READ_BYTES, Reader
from feedlake.transforms.process.sandbox import Failure, Sandbox
from feedlake.transforms.read.kinds import Unknown, root_of
from feedlake.transforms.read.read_record import DamagedRecordsError, RecordReader
from feedlake.transforms.records.documents import Document, Rejection, SourceKind


def plugin_kind(head: bytes, *, path: str, otherwise: SourceKind | Unknown) -> SourceKind | Unknown:
    """Returns what a file is, in the eyes of plugins too.

    Args:
        head: Its first bytes, decompressed.
        path: Its path or URL.
        otherwise: What it is without plugins.
    """
    known = readers()
    if not known:
        return otherwise
    root = root_of(head) if any(reader.roots for reader in known.values()) else None
    for name, reader in known.items():
        if head.startswith(reader.magic) or (root is not None and root in reader.roots):
            return cast(SourceKind, name)
    if isinstance(otherwise, Unknown) or otherwise == "text":
        for name, reader in known.items():
            if path.lower().endswith(reader.suffixes):
                return cast(SourceKind, name)
    return otherwise


def read_with_plugin(
    stream: BinaryIO,
    *,
    kind: SourceKind,
    source: str,
    fields: Mapping[str, str],
    max_chars: int,
    sandbox: Sandbox[None],
) -> Iterator[Document | Rejection]:
    """Yields what a plugin's reader finds in a file, which is read in a child.

    Args:
        stream: The decompressed bytes.
        kind: The reader's name, with `x_`.
        source: Path or URL of the file.
        fields: Own names of fields of records.
        max_chars: Longest text or page, in characters.
        sandbox: Where it is read.

    Raises:
        DamagedRecordsError: The file is too large, or the child was killed.
    """
    try:
        body = read_all(stream, max_bytes=MAX_READ_BYTES)
    except TooLargeError as error:
        told = f"more than {MAX_READ_BYTES} bytes, which is all that a plugin is given"
        raise DamagedRecordsError(told, reason="too_large") from error
    read = functools.partial(read_records, body, kind, source, dict(fields), max_chars)
    sandbox.submit(None, read)
    for _, found in sandbox.drain():
        if isinstance(found, Failure):
            told = f"{len(body)} bytes, read by {kind}: {found.detail}"
            raise DamagedRecordsError(told, reason=found.reason)
        yield from found


def read_records(
    body: bytes, kind: SourceKind, source: str, fields: dict[str, str], max_chars: int
) -> list[Document | Rejection]:
    """Returns the documents of a file, as a child reads it."""
    records = RecordReader(source=source, kind=kind, fields=fields, max_chars=max_chars)
    found: list[Document | Rejection] = []
    try:
        reader = find_one("reader", kind)
        assert isinstance(reader, Reader)
        for record in reader.read(body):
            value = dict(record) if isinstance(record, Mapping) else record
            found.append(records.read(value, len(found) + 1))
    except MemoryError:
        raise  # The sandbox counts it as a failure.
    # The border to code that is not ours: what was read before stays, and what ended it is told.
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"[:500]
        found.append(records.reject(len(found) + 1, reason="reader_failed", detail=detail))
    return found
