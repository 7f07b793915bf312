"""WARC and ARC archives: the pages and texts among their records."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from typing import BinaryIO, cast

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from feedlake.transforms.archives.arc_records import read_arc_frames
from feedlake.transforms.archives.http_payload import decode_payload
from feedlake.transforms.archives.tape import Tape
from feedlake.transforms.archives.warc_frames import MAX_HEADER_BYTES, Damage, Frame, scan
from feedlake.transforms.archives.warc_record import (
    HTML_TYPES,
    MAX_HTTP_HEADER_BYTES,
    Payload,
    describe_payload,
    explain_cut,
    read_date,
    target_url,
)
from feedlake.transforms.normalize.streams import STREAM_FAULTS, TooLargeError
from feedlake.transforms.read.kinds import HEAD_BYTES, detect_kind
from feedlake.transforms.records.documents import Document, Rejection, Skip

# An atomic group: each comment tried in all ways, thirty of them would take hours.
_BEFORE_HTML = rb"(?>(?:\xef\xbb\xbf|\s++|<!--.*?-->|<\?xml[^>]*>)*)"
_HTML_START = re.compile(
    _BEFORE_HTML + rb"<(?:!doctype html|html|head|body|title|meta|script|div|h1|p|table|a)[\s>]",
    re.I | re.S,
)
_PAGE_START = re.compile(_BEFORE_HTML + rb"<(?:!doctype html|html)[\s>]", re.I | re.S)
"""How whole pages begin: what else begins with an element may be a script that makes some."""

_OTHER_START = re.compile(
    rb"%PDF-|\x89PNG|\xff\xd8\xff|GIF8|PK\x03\x04|\x1f\x8b|\s*[{\[]\s*[\"{\[\]}]|RIFF"
)
_PROSE = re.compile(rb"(?<!\S)(?:[^\s]++[ \t]++){11}[^\s]|[\x80-\xff]{60}")
"""Twelve words on a line, or twenty letters where words have no blanks between them; `ads.txt` and
lists of addresses have neither."""

_HEAD_BYTES = 4096

_skip = functools.cache(Skip)


class DamagedArchiveError(Exception):
    """The archive cannot be read further, or holds no record; the message says where."""


ReadRecord = Callable[[WarcRecord, int], Document | Rejection | Skip]
"""Reads a record that begins at an offset, as `_read_record` does."""


def read_warc(
    stream: BinaryIO, *, source: str, max_bytes: int, read: ReadRecord | None = None
) -> Iterator[Document | Rejection | Skip]:
    """Yields the pages and texts of an archive, and a `Skip` for each record that is neither.

    `source_record` is the record's byte offset in the stream, which is where reading could
    resume; if one gzip or zstd member holds several records it is the offset of that member.
    Each damaged stretch is one rejection, and what follows it is read.

    Args:
        stream: The archive, with its own compression if each record is compressed by itself.
        source: Its path or URL.
        max_bytes: Largest page; a larger one is rejected.
        read: Reads each record; None: as a page or text of any archive.

    Raises:
        DamagedArchiveError: The rest cannot be read, or there is no record.
    """
    read = read or functools.partial(_read_record, source=source, max_bytes=max_bytes)
    with closing(Tape(stream)) as tape:
        yield from _read_tape(tape, read, source=source, max_bytes=max_bytes)


def read_arc(
    stream: BinaryIO, *, source: str, max_bytes: int
) -> Iterator[Document | Rejection | Skip]:
    """Yields the same of an ARC archive, whose offsets are those of its decompressed bytes.

    Args:
        stream: The archive, decompressed.
        source: Its path or URL.
        max_bytes: Largest page; a larger one is rejected.

    Raises:
        OSError: Or another of `streams.STREAM_FAULTS`: it can't be read further.
    """
    for frame in read_arc_frames(stream, max_bytes=max_bytes + 1 + MAX_HTTP_HEADER_BYTES):
        if isinstance(frame, Damage):
            detail = f"byte {frame.offset}: {frame.detail}"
            item: Document | Rejection | Skip = _reject(
                source, frame.offset, frame.url, "corrupt", detail
            )
        else:
            item = _read_record(frame.to_record(), frame.offset, source=source, max_bytes=max_bytes)
        yield item if isinstance(item, Skip) else replace(item, source_kind="arc")


def _read_tape(
    tape: Tape, read: ReadRecord, *, source: str, max_bytes: int
) -> Iterator[Document | Rejection | Skip]:
    """Yields what an archive holds: by FastWARC, and around faults by `scan`."""
    item: Frame | Damage | None = None
    # FastWARC may read up to the end of the archive before it stops: each time that it did, more
    # records are read without it.
    patience = 1
    while True:
        offset, passed = yield from _read_quickly(tape, read)
        tape.go_to(offset)
        lost_bytes = tape.tell() - offset
        if lost_bytes:  # A record is longer than what is held of one.
            detail = f"after byte {offset}: {lost_bytes} bytes that cannot be read again"
            item, passed = Damage(offset, detail), 0
            yield _reject(source, offset, None, "corrupt", detail)
        found = scan(tape, max_bytes=max_bytes + 1 + MAX_HTTP_HEADER_BYTES)
        for count, (item, behind) in enumerate(found, start=1):
            if count <= passed:
                continue
            offset = item.offset
            if isinstance(item, Damage):
                detail = f"byte {offset}: {item.detail}"
                yield _reject(source, offset, item.url, "corrupt", detail)
                continue
            yield read(item.to_record(), offset)
            # The first may be the last before the fault.
            if count > passed + patience and item.is_strict and behind is not None:
                tape.go_to(behind)
                patience *= 2
                break
        else:
            break
    if tape.fault is not None and not isinstance(item, Damage):
        raise DamagedArchiveError(f"after byte {offset}: {tape.fault}") from tape.fault
    if item is None:
        raise DamagedArchiveError("byte 0: the archive holds no record")


def _read_quickly(
    tape: Tape, read: ReadRecord
) -> Generator[Document | Rejection | Skip, None, tuple[int, int]]:
    """Yields what FastWARC reads up to a fault or the end, but for the last record.

    Only the next one shows that a record was as long as it says, and that it is the only one in
    its compressed member: FastWARC gives a second one the offset behind the member.

    Returns:
        Where to read on, and how many records that begin there were yielded: none or one.
    """
    resume = (tape.tell(), 0)
    offset, held = -1, None
    tape.start_clock()
    try:
        for record in ArchiveIterator(
            cast(BinaryIO, tape),
            record_types=WarcRecordType.any_type,
            parse_http=False,
            max_header_len=MAX_HEADER_BYTES,
        ):
            if record.stream_pos <= offset or not tape.may_begin_at(record.stream_pos):
                break
            if held is not None:
                yield held
                tape.start_clock()
                resume = (offset, 1)
                tape.forget(offset)
            offset, held = record.stream_pos, None
            if not record.content_length and not _says_it_is_empty(record):
                break
            held = read(record, offset)
    except (EOFError, OSError):
        pass  # Whoever reads on from there meets it again, and says what it is.
    return resume


def _says_it_is_empty(record: WarcRecord) -> bool:
    """Whether a record of length 0 is one, and not one whose header is cut off or damaged."""
    length = record.headers.get("Content-Length") or ""
    return length != "" and not length.strip("0")


def _read_record(
    record: WarcRecord, offset: int, *, source: str, max_bytes: int
) -> Document | Rejection | Skip:
    """The record's document, or why there is none.

    Raises:
        EOFError: The archive ends within the record.
        OSError: It cannot be unpacked.
    """
    payload = describe_payload(record)
    if isinstance(payload, str):
        _consume(record, record.content_length)
        return _skip(payload)
    url = target_url(record)
    note = explain_cut(record)
    size = record.content_length
    kept = min(size, _HEAD_BYTES if payload.doubt else max_bytes + 1)
    body = record.reader.read(kept)
    if len(body) < kept:
        raise EOFError
    _consume(record, 0 if len(body) > max_bytes else size - len(body))
    decode = functools.partial(
        decode_payload,
        transfer=payload.transfer,
        content=payload.encoding,
        is_plain=_begins_as_html,
        max_bytes=max_bytes,
    )
    if payload.doubt is not None:
        with suppress(TooLargeError, *STREAM_FAULTS):
            body = decode(body, is_cut=True)
        if not _is_page(payload, body):
            return _skip(payload.otherwise)
        return _reject(source, offset, url, payload.doubt.reason, payload.doubt.detail)
    try:
        body = body if len(body) > max_bytes else decode(body, is_cut=note is not None)
    except TooLargeError:
        body = bytes(max_bytes + 1)
    except STREAM_FAULTS as error:
        return _reject(source, offset, url, "bad_encoding", str(error))
    if len(body) > max_bytes:
        return _reject(source, offset, url, "too_large", f"more than {max_bytes} bytes")
    is_html = _is_html(body, is_declared=payload.content_type in HTML_TYPES)
    if not is_html and not _is_text(body, payload, url):
        return _skip(payload.otherwise)
    try:
        fetched_at = read_date(record)
    except OverflowError:
        date = record.headers.get("WARC-Date")
        detail = f"WARC-Date {date} is not between the years 1 and 9999 in UTC"
        return _reject(source, offset, url, "bad_value", detail)
    return Document(
        source=source,
        source_kind="warc",
        source_record=offset,
        body=body,
        is_html=is_html,
        text_source="page" if is_html else "text",
        charset=payload.charset,
        url=url or None,
        fetched_at=fetched_at,
        text_note=note,
        rights=payload.rights,
    )


def _reject(source: str, offset: int, url: str | None, reason: str, detail: str) -> Rejection:
    return Rejection(
        source,
        source_kind="warc",
        source_record=offset,
        url=url or None,
        title=None,
        step="read",
        reason=reason,
        detail=detail,
    )


def _consume(record: WarcRecord, size: int) -> None:
    if record.consume() < size:
        raise EOFError


def _is_page(payload: Payload, body: bytes) -> bool:
    head = payload.head + body[:_HEAD_BYTES]
    if payload.content_type in HTML_TYPES:
        return bool(head.strip()) and not _OTHER_START.match(head)
    return _PAGE_START.match(head) is not None


def _begins_as_html(body: bytes) -> bool:
    return _HTML_START.match(body) is not None


def _is_html(body: bytes, *, is_declared: bool) -> bool:
    """By the first bytes: declared HTML unless it is plainly something else, else only HTML."""
    head = body[:_HEAD_BYTES]
    if is_declared:
        return not _OTHER_START.match(head)
    return _begins_as_html(head)


def _is_text(body: bytes, payload: Payload, url: str) -> bool:
    """Whether the body is a text to read: that of a conversion, or else prose."""
    if payload.content_type != "text/plain":
        return False
    if payload.otherwise == "conversion":
        return True
    # Other addresses are those of texts that a crawler took out of pages (`urn:text:`).
    is_of_web = url.lower().startswith(("http:", "https:"))
    head = body[:HEAD_BYTES].lstrip()
    is_markup = head.startswith(b"<")
    return (
        is_of_web
        and not is_markup
        and _PROSE.search(head) is not None
        and detect_kind(head, path="") == "text"
    )
