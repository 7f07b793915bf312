"""Where WARC records begin and end, also in archives of which some bytes are damaged.

FastWARC is faster, and stops at the first fault. What it stops at is read here: a record ends
where its length says only if another one, or nothing, follows there. Behind damage the next
record is looked for: one that is compressed by itself by the first bytes of its member, any other
by the line that begins its header.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, cast

from fastwarc.warc import WarcRecord

from feedlake.transforms.archives.tape import Tape
from feedlake.transforms.normalize.streams import (
    STREAM_FAULTS,
    check_ratio,
    detect_compression,
    make_zstd_unpacker,
)

MAX_HEADER_BYTES = 1 << 16
"""Longest header of a record: URLs of 32 KiB occur."""

_START = re.compile(rb"WARC/[01]\.\d{1,2}[ \t]*\r?\n[A-Za-z]")
_RAW_START = re.compile(_START.pattern + rb"|\x1f\x8b\x08|\x28\xb5\x2f\xfd")
"""The same, or the first bytes of a compressed member (RFC 1952, RFC 8878)."""

_LONGEST_START = 32
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
_HEADER_END = re.compile(rb"\n\r?\n")
_LENGTH = re.compile(rb"^Content-Length[ \t]*:[ \t]*(\d{1,18})[ \t]*$", re.I | re.M)
_TARGET = re.compile(rb"^WARC-Target-URI[ \t]*:[ \t]*<?([^>\n]*)", re.I | re.M)
_NAMES = {name.lower(): name for name in (b"Content-Length", b"Content-Type", b"WARC-Type")}
_NAME = re.compile(rb"^(?:%s)(?=[ \t]*:)" % b"|".join(_NAMES), re.I | re.M)
_PADDING = b"\r\n\x00"
_CHUNK_BYTES = 1 << 16
# A zstd block of 4 bytes may stand for 128 KiB (RFC 8878, section 3.1.1.2): little at a time.
_ZSTD_CHUNK_BYTES = 1 << 10
_PROBE_BYTES = 160 << 10
"""How much of a member is unpacked to see whether it holds a record: a whole zstd block."""


@dataclass(frozen=True)
class Frame:
    """A record as it stands in the archive.

    Attributes:
        offset: Where it begins; a compressed one: where its member does.
        header: Its header, each line with CRLF, whatever ended it in the archive; the names that
            FastWARC needs as it knows them.
        content: Its content, as much of it as was asked for.
        is_strict: Whether all lines of its header end in CRLF.
    """

    offset: int
    header: bytes
    content: bytes
    is_strict: bool

    def to_record(self) -> WarcRecord:
        """Returns the record as FastWARC would have read it."""
        return WarcRecord.from_bytes(self.header + self.content)


@dataclass(frozen=True)
class Damage:
    """Bytes of the archive that are no whole record.

    Attributes:
        offset: Where they begin.
        detail: What is wrong, for people.
        url: The record's address, if its header tells.
    """

    offset: int
    detail: str
    url: str | None = None


def scan(tape: Tape, *, max_bytes: int) -> Iterator[tuple[Frame | Damage, int | None]]:
    """Yields all records and damages from where the tape is, each with the offset behind it.

    The offset is None where reading cannot go on with FastWARC: within a compressed member.
    Zeros and empty lines between records are padding.

    Args:
        tape: The archive, or its decompressed bytes.
        max_bytes: How much of a record's content to keep.
    """
    reader = _FrameReader(tape, max_bytes=max_bytes, starts=_RAW_START)
    while head := reader.peek():
        if detect_compression(head) not in ("gzip", "zstd"):
            frame = reader.read()
            if frame is not None:
                yield frame, reader.position
            continue
        offset = reader.position
        tape.forget(offset)
        tape.go_to(offset)
        member = _Member(tape)
        yield from ((item, None) for item in _scan_member(member, offset, max_bytes=max_bytes))
        if member.end is None:
            reader.look_for_start(offset + 1)
        else:
            reader.go_to(member.end)


def _scan_member(member: _Member, offset: int, *, max_bytes: int) -> Iterator[Frame | Damage]:
    """Yields the records of a member; the last only if all its bytes are as they were packed."""
    held: Frame | Damage | None = None
    with closing(Tape(cast(BinaryIO, member))) as tape:
        reader = _FrameReader(tape, max_bytes=max_bytes, starts=_START)
        while (item := reader.read()) is not None:
            if held is not None:
                yield held
            held = replace(item, offset=offset)
        if tape.fault is not None:
            url = held.url if isinstance(held, Damage) else None
            held = Damage(offset, str(tape.fault), url)
    if held is not None:
        yield held
    elif not member.is_empty:
        yield Damage(offset, "a compressed member without a record")


class _FrameReader:
    """Reads records that stand one after another, uncompressed."""

    def __init__(self, tape: Tape, *, max_bytes: int, starts: re.Pattern[bytes]) -> None:
        self._tape, self._max_bytes, self._starts = tape, max_bytes, starts
        self._window = b""
        self._end: int | None = None
        self.position = tape.tell()

    def go_to(self, offset: int) -> None:
        """Goes on reading at an offset."""
        self._tape.go_to(offset)
        self._window, self.position = b"", self._tape.tell()

    def peek(self) -> bytes:
        """Returns the first bytes behind padding, and goes there; none at the end."""
        while self._fill(1):
            rest = self._window.lstrip(_PADDING)
            self._drop(len(self._window) - len(rest))
            if rest:
                self._fill(_LONGEST_START)
                return self._window[:_LONGEST_START]
        return b""

    def read(self) -> Frame | Damage | None:
        """Returns the next record, or what stands in its place; None at the end."""
        if not self.peek():
            return None
        start = self.position
        self._tape.forget(start)
        if not _START.match(self._window):
            self.look_for_start(start + 1)
            return Damage(start, f"{self.position - start} bytes that are no record")
        header = self._read_header()
        if header is None:
            self.look_for_start(start + 1)
            return Damage(start, "a header that does not end")
        lines = header.replace(b"\r\n", b"\n")
        target = _TARGET.search(lines)
        url = target[1].decode("utf-8", "replace").strip() or None if target else None
        length = _LENGTH.search(lines)
        if length is None:
            self.look_for_start(start + 1)
            return Damage(start, "a record without a length", url)
        return self._read_content(start, header, url, int(length[1]))

    def _read_header(self) -> bytes | None:
        while True:
            end = _HEADER_END.search(self._window, 0, MAX_HEADER_BYTES)
            if end is not None:
                header = self._window[: end.end()]
                self._drop(end.end())
                return header
            if len(self._window) >= MAX_HEADER_BYTES or not self._fill(len(self._window) + 1):
                return None

    def _read_content(
        self, start: int, header: bytes, url: str | None, length: int
    ) -> Frame | Damage:
        begin, missing, parts, kept = self.position, length, list[bytes](), 0
        # Once the end is known, no other record is read up to it in vain: there may be many.
        is_beyond = self._end is not None and begin + length > self._end
        while missing and not is_beyond and self._fill(1):
            part = self._window[:missing]
            parts.append(part[: self._max_bytes - kept])
            kept += len(parts[-1])
            missing -= len(part)
            self._drop(len(part))
        if not missing and self._is_at_border():
            lines = header.replace(b"\r\n", b"\n")
            is_strict = lines.count(b"\n") == header.count(b"\r\n")
            lines = _NAME.sub(lambda name: _NAMES[name[0].lower()], lines)
            return Frame(start, lines.replace(b"\n", b"\r\n"), b"".join(parts), is_strict)
        detail = f"a record that is not {length} bytes long"
        if missing and not self.look_for_start(begin):
            detail = str(self._tape.fault or "the archive ends within a record")
        elif not missing:
            self.look_for_start(begin)
        return Damage(start, detail, url)

    def _is_at_border(self) -> bool:
        """Whether a record may end here: an empty line follows, another record, or nothing."""
        self._fill(_LONGEST_START)
        rest = self._window[:_LONGEST_START]
        behind = rest.lstrip(b"\r\n")
        if _EMPTY_LINE.match(rest) or behind[:1] in (b"", b"\x00"):
            return True
        return self._starts.match(behind) is not None

    def look_for_start(self, offset: int) -> bool:
        """Goes to the next place from an offset on where a record begins, or to the end."""
        self.go_to(offset)
        while True:
            is_more = self._fill(_CHUNK_BYTES)
            found = self._starts.search(self._window)
            if found is None and not is_more:
                self._drop(len(self._window))
                return False
            if found is None:
                self._drop(len(self._window) - _LONGEST_START)  # One may have begun in them.
                continue
            self._drop(found.start())
            if found[0][:1] == b"W" or self._holds_record():
                return True
            self._drop(1)

    def _holds_record(self) -> bool:
        """Whether what begins here is a compressed member with a record in it."""
        self._fill(_PROBE_BYTES)
        member = _Member(Tape(io.BytesIO(self._window)))
        head = b""
        try:
            while len(head) < _LONGEST_START and (part := member.read1(_LONGEST_START)):
                head += part
        except STREAM_FAULTS:
            pass  # Here or further on: what was unpacked before tells.
        return _START.match(head) is not None

    def _fill(self, size: int) -> bool:
        """Whether the window holds so many bytes, read as far as needed."""
        while len(self._window) < size:
            data = self._tape.read(_CHUNK_BYTES)
            if not data:
                self._end = self.position + len(self._window)
                return False
            self._window += data
        return True

    def _drop(self, size: int) -> None:
        self._window = self._window[size:]
        self.position += size


class _Member:
    """The bytes of one gzip member or zstd frame.

    Attributes:
        end: Offset behind it, as soon as it was read to its end without a fault.
    """

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._start, self._size = tape.tell(), 0
        self.end: int | None = None
        self._packed = tape.read(_ZSTD_CHUNK_BYTES)
        self._is_gzip = detect_compression(self._packed) == "gzip"
        self._unpacker: Any = (
            zlib.decompressobj(wbits=31) if self._is_gzip else make_zstd_unpacker()
        )
        self._ready = memoryview(b"")

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing at all, as a frame to skip does."""
        return self.end is not None and not self._size

    def seekable(self) -> bool:
        return False

    def read1(self, size: int) -> bytes:
        while not self._ready and self.end is None:
            if not self._packed:
                self._packed = self._tape.read(_CHUNK_BYTES if self._is_gzip else _ZSTD_CHUNK_BYTES)
                if not self._packed:
                    raise self._tape.fault or EOFError("the archive ends within a member")
            if self._is_gzip:
                data = self._unpacker.decompress(self._packed, size)
                self._packed = self._unpacker.unconsumed_tail
            else:
                data, self._packed = self._unpacker.decompress(self._packed), b""
            if self._unpacker.eof:
                self.end = self._tape.tell() - len(self._unpacker.unused_data)
            self._size += len(data)
            check_ratio(self._tape.tell() - self._start, self._size)
            self._ready = memoryview(data)
        data, self._ready = bytes(self._ready[:size]), self._ready[size:]
        return data
