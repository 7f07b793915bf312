"""Files that children read: feeds, Markdown, mail, and those of plugins, which tell their kind."""

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
from feedlake.transforms.read.reading import Reading
from feedlake.transforms.records.documents import Document, Rejection, SourceKind
from feedlake.transforms.texts.read_mail import read_message, reject_message, split_messages
from feedlake.transforms.texts.read_markdown import read_markdown


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


def read_marked_up(
    body: bytes, reading: Reading, *, sandbox: Sandbox[None]
) -> Iterator[Document | Rejection]:
    """Yields the document of a Markdown file.

    Args:
        body: The file.
        reading: Which one it is.
        sandbox: Where it is read.

    Raises:
        DamagedRecordsError: The child was killed.
    """
    name = reading.file.name or reading.file.path
    sandbox.submit(None, functools.partial(read_markdown, body, source=reading.source, name=name))
    for _, found in sandbox.drain():
        if isinstance(found, Failure):
            detail = f"{len(body)} bytes of Markdown: {found.detail}"
            raise DamagedRecordsError(detail, reason=found.reason)
        yield found


def read_mail(
    stream: BinaryIO, reading: Reading, *, max_bytes: int, sandbox: Sandbox[None]
) -> Iterator[Document | Rejection]:
    """Yields the documents of a message or a mailbox.

    Args:
        stream: The decompressed bytes.
        reading: Which file it is, and where to begin.
        max_bytes: Largest message; a larger one is rejected.
        sandbox: Where messages are read.
    """
    source, first = reading.source, reading.file.start
    for number, message in split_messages(stream, max_bytes=max_bytes, first=first):
        if message is None:
            detail = f"more than {max_bytes} bytes"
            yield reject_message(source, number, reason="too_large", detail=detail)
            continue
        read = functools.partial(read_message, message, source=source, number=number)
        sandbox.submit(None, read)
        for _, found in sandbox.drain():
            if isinstance(found, Failure):
                detail = f"{len(message)} bytes of mail: {found.detail}"
                yield reject_message(source, number, reason=found.reason, detail=detail)
            else:
                yield found


def read_feed(
    body: bytes, *, source: str, sandbox: Sandbox[None]
) -> Iterator[Document | Rejection]:
    """Yields the entries of a feed.

    Args:
        body: The feed.
        source: Path or URL of the file.
        sandbox: Where it is parsed.
    """
    # Only children run it, and this process need not import feedparser (0.03 s, 2026-11).
    from feedlake.transforms.feeds.parse_feed import parse_feed

    sandbox.submit(None, functools.partial(parse_feed, body, source=source))
    for _, entries in sandbox.drain():
        if isinstance(entries, Failure):
            detail = f"{len(body)} bytes of feed: {entries.detail}"
            yield Rejection(
                source,
                source_kind="feed",
                source_record=None,
                url=None,
                title=None,
                step="read",
                reason=entries.reason,
                detail=detail,
            )
        else:
            yield from entries
