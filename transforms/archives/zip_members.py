"""The members of a ZIP file, by the directory at its end, or without it if that is lost.

Python's own `zipfile` reads the whole directory into memory, and gives up without one.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal, cast

from feedlake.transforms.archives.members import BadMember, Found, Member, NoFile, decode_name
from feedlake.transforms.normalize.streams import Compression, decompress, read_some

# Names as in APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.9, 4.3.12, 4.3.14 to 4.3.16.
_LOCAL, _CENTRAL = b"PK\x03\x04", b"PK\x01\x02"
_END, _END_64, _LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_LOCAL_HEAD = struct.Struct("<4s5H3L2H")
_CENTRAL_HEAD = struct.Struct("<4s4B4H3L5H2L")
_END_BYTES, _END_64_BYTES, _LOCATOR_BYTES = 22, 56, 20
_MAX_COMMENT_BYTES = 65_535
_FULL = 0xFFFFFFFF
"""A number that stands in the extra field of ZIP64 instead (4.5.3)."""

_ENCRYPTED, _LATER_SIZES = 0x2041, 0x0008
_UNIX = 3
_STORED = 0
_PACKED: dict[int, Compression | Literal["deflate"]] = {
    8: "deflate",
    12: "bzip2",
    93: "zstd",
    95: "xz",
}
_CHUNK_BYTES = 1 << 16
_WINDOW_BYTES, _MAX_ENTRY_BYTES = 1 << 20, _CENTRAL_HEAD.size + 3 * 0xFFFF
_MEMBER_START = re.compile(rb"PK\x03\x04")
_ANY_START = re.compile(rb"PK(?:\x03\x04|\x01\x02|\x07\x08)")


@dataclass(frozen=True)
class _Entry:
    """What the directory, or else its own header, says of a member.

    `crc` and `size` are None if nothing says them.
    """

    name: str
    flags: int
    method: int
    crc: int | None
    packed_size: int
    size: int | None
    mode: int
    offset: int


def read_zip(stream: BinaryIO, *, max_members: int) -> Iterator[Found]:
    """Yields the members of a ZIP file in the order of its directory; folders are left out.

    A byte of the file is read for one member only: what lies in another one is no member. If
    there is no directory, or it is damaged, the members behind the last known one are found by
    their own headers.

    Args:
        stream: The file, which can seek.
        max_members: How many members to look at.

    Raises:
        OSError: It can't be read further.
    """
    file = _File(stream)
    directory = _find_directory(file)
    if directory is None:
        yield from _scan(file, 0)
        yield BadMember(None, "corrupt", "its directory is lost: it is cut off, or damaged")
        return
    starts = array("Q")
    for entry in _read_directory(file, directory):
        if isinstance(entry, int) or len(starts) >= max_members:
            break
        starts.append(entry.offset)
    starts = array("Q", sorted(starts))
    taken: set[int] = set()
    behind = 0
    for count, entry in enumerate(_read_directory(file, directory)):
        if isinstance(entry, int):
            yield BadMember(None, "corrupt", f"byte {entry}: no entry of the directory")
            yield from _scan(file, behind)
            return
        if count >= max_members:
            return
        place = bisect_right(starts, entry.offset)
        end = starts[place] if place < len(starts) else directory.start
        is_shared = place > 1 and starts[place - 2] == entry.offset
        if is_shared and entry.offset in taken:
            yield BadMember(entry.name, "corrupt", "another member has the same bytes")
            continue
        if is_shared:
            taken.add(entry.offset)
        data_start = _find_data(file, entry)
        if data_start is not None and data_start + entry.packed_size > end:
            yield BadMember(entry.name, "corrupt", "it overlaps the next member")
            continue
        behind = max(behind, (data_start or 0) + entry.packed_size)
        if found := _open(file, entry, data_start):
            yield found


def _open(file: _File, entry: _Entry, data_start: int | None) -> Found | None:
    """What an entry leads to; None for a folder."""
    kind = stat.S_IFMT(entry.mode)
    if entry.name.endswith("/") or kind == stat.S_IFDIR:
        return None
    if kind == stat.S_IFLNK:
        return NoFile("link")
    if kind not in (0, stat.S_IFREG):
        return NoFile("device")
    if entry.flags & _ENCRYPTED:
        return BadMember(entry.name, "encrypted", "it is encrypted")
    if data_start is None:
        return BadMember(entry.name, "corrupt", f"byte {entry.offset}: no header of a member")
    section = io.BufferedReader(_Section(file, data_start, entry.packed_size), _CHUNK_BYTES)
    unpacked: BinaryIO = section
    if entry.method in _PACKED:
        unpacked = decompress(section, _PACKED[entry.method])
    elif entry.method != _STORED:
        return BadMember(entry.name, "unsupported", f"compression method {entry.method}")
    return Member(
        entry.name, cast(BinaryIO, io.BufferedReader(_Checked(unpacked, entry), _CHUNK_BYTES))
    )


def _find_data(file: _File, entry: _Entry) -> int | None:
    """Where the bytes of a member begin, or None if its header isn't where the directory says."""
    head = file.read_at(entry.offset, _LOCAL_HEAD.size)
    if len(head) < _LOCAL_HEAD.size or not head.startswith(_LOCAL):
        return None
    *_, name_bytes, extra_bytes = _LOCAL_HEAD.unpack(head)
    return int(entry.offset + _LOCAL_HEAD.size + name_bytes + extra_bytes)


class _File:
    """A file that is read at any place."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size = stream.seek(0, os.SEEK_END)

    def read_at(self, offset: int, size: int) -> bytes:
        """The bytes there, as many as there are."""
        if offset >= self.size:
            return b""
        self._stream.seek(offset)
        parts = []
        while size and (part := self._stream.read(size)):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


class _Section(io.RawIOBase):
    """A part of a file; that ends before the part does is a fault."""

    def __init__(self, file: _File, start: int, size: int) -> None:
        self._file, self._place, self._left = file, start, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._file.read_at(self._place, min(len(buffer), self._left))
        if not data and self._left:
            raise EOFError("the archive ends within the member")
        self._place += len(data)
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


class _Checked(io.RawIOBase):
    """A member's bytes; that they aren't those that were packed is a fault at their end."""

    def __init__(self, stream: BinaryIO, entry: _Entry) -> None:
        self._stream, self._entry = stream, entry
        self._crc = self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = read_some(self._stream, len(buffer))
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)
        entry = self._entry
        if entry.size is not None and (
            self._size > entry.size or (not data and self._size < entry.size)
        ):
            raise OSError(f"the member does not unpack to the {entry.size} bytes that it should")
        if not data and entry.crc not in (None, self._crc):
            raise OSError("the member's checksum is wrong")
        buffer[: len(data)] = data
        return len(data)


@dataclass(frozen=True)
class _Directory:
    """Where the directory is, and by how much all offsets are too low."""

    start: int
    end: int
    shift: int


def _find_directory(file: _File) -> _Directory | None:
    """The directory, by the record at the end of the file; None if there is none."""
    tail_bytes = min(file.size, _END_BYTES + _MAX_COMMENT_BYTES)
    base = file.size - tail_bytes
    tail = file.read_at(base, tail_bytes)
    place = tail.rfind(_END)
    while place >= 0:
        record = tail[place : place + _END_BYTES]
        if len(record) == _END_BYTES:
            size, offset = struct.unpack_from("<2L", record, 12)
            end = base + place
            # Whichever of its numbers is too large for it: that of members alone may be.
            end, size, offset = _read_end_64(file, end) or (end, size, offset)
            start = end - size
            if start >= 0 and (not size or file.read_at(start, 4) == _CENTRAL):
                return _Directory(start, end, start - offset)
        place = tail.rfind(_END, 0, place)
    return None


def _read_end_64(file: _File, end: int) -> tuple[int, int, int] | None:
    """Where the directory of a ZIP64 file ends, its size, and its offset (4.3.14)."""
    locator = file.read_at(max(0, end - _LOCATOR_BYTES), _LOCATOR_BYTES)
    if len(locator) < _LOCATOR_BYTES or not locator.startswith(_LOCATOR_64):
        return None
    (said,) = struct.unpack_from("<Q", locator, 8)
    # Something may stand before the archive; then its end record is right before the locator.
    for place in (said, end - _LOCATOR_BYTES - _END_64_BYTES):
        record = file.read_at(place, _END_64_BYTES) if 0 <= place < file.size else b""
        if len(record) == _END_64_BYTES and record.startswith(_END_64):
            size, offset = struct.unpack_from("<2Q", record, 40)
            return place, size, offset
    return None


def _read_directory(file: _File, directory: _Directory) -> Iterator[_Entry | int]:
    """Yields the entries; the place of the first bytes that are none as the last item."""
    place = directory.start
    window, window_at = b"", place
    while place < directory.end:
        wanted = min(_MAX_ENTRY_BYTES, directory.end - place)
        if window_at + len(window) - place < wanted:
            window_at = place
            window = file.read_at(place, min(_WINDOW_BYTES, directory.end - place))
        entry, size = _read_entry(window, place - window_at, directory.shift)
        if entry is None:
            yield place
            return
        yield entry
        place += size


def _read_entry(window: bytes, at: int, shift: int) -> tuple[_Entry | None, int]:
    """An entry of the directory (4.3.12), None if there is none, and its length."""
    behind_head = at + _CENTRAL_HEAD.size
    if len(window) < behind_head or not window.startswith(_CENTRAL, at):
        return None, 0
    fields = _CENTRAL_HEAD.unpack_from(window, at)
    _, _, system, _, _, flags, method, _, _, crc, packed_size, size = fields[:12]
    name_bytes, extra_bytes, comment_bytes, _, _, attributes, offset = fields[12:]
    behind_name = behind_head + name_bytes
    behind = behind_name + extra_bytes + comment_bytes
    extra = window[behind_name : behind_name + extra_bytes]
    numbers = _read_zip64(extra, (size, packed_size, offset))
    if numbers is None or len(window) < behind or numbers[2] + shift < 0:
        return None, 0
    size, packed_size, offset = numbers
    entry = _Entry(
        decode_name(window[behind_head:behind_name]),
        flags,
        method,
        crc,
        packed_size,
        size,
        attributes >> 16 if system == _UNIX else 0,
        offset + shift,
    )
    return entry, behind - at


def _read_zip64(extra: bytes, numbers: tuple[int, int, int]) -> tuple[int, int, int] | None:
    """The numbers, those that are full by the extra field (4.5.3); None if they aren't there."""
    if _FULL not in numbers:
        return numbers
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<2H", extra)
        if kind == 1:
            body = extra[4 : 4 + size]
            values = iter(struct.unpack(f"<{len(body) // 8}Q", body[: len(body) // 8 * 8]))
            found = [next(values, -1) if number == _FULL else number for number in numbers]
            return None if min(found) < 0 or max(found) >> 63 else (found[0], found[1], found[2])
        extra = extra[4 + size :]
    return None


def _scan(file: _File, place: int) -> Iterator[Found]:
    """Yields the members from some place on by the headers before each of them (4.3.7)."""
    while (offset := _find(file, place, _MEMBER_START)) is not None:
        head = file.read_at(offset, _LOCAL_HEAD.size)
        if len(head) < _LOCAL_HEAD.size:
            return
        fields = _LOCAL_HEAD.unpack(head)
        _, _, flags, method, _, _, crc, packed_size, size, name_bytes, extra_bytes = fields
        name = file.read_at(offset + _LOCAL_HEAD.size, name_bytes)
        extra = file.read_at(offset + _LOCAL_HEAD.size + name_bytes, extra_bytes)
        start = offset + _LOCAL_HEAD.size + name_bytes + extra_bytes
        numbers = _read_zip64(extra, (size, packed_size, 0))
        is_known = not flags & _LATER_SIZES and numbers is not None
        if numbers is not None and is_known:
            size, packed_size, _ = numbers
            end = start + packed_size
        else:
            found = _find(file, start, _ANY_START)
            end = file.size if found is None else found
        entry = _Entry(
            decode_name(name),
            flags,
            method,
            crc if is_known else None,
            end - start,
            size if is_known else None,
            0,
            offset,
        )
        if end > file.size:
            yield BadMember(entry.name, "corrupt", "the archive ends within it")
            place = start
            continue
        if member := _open(file, entry, start):
            yield member
        place = end


def _find(file: _File, place: int, pattern: re.Pattern[bytes]) -> int | None:
    """Where something of four bytes stands first, from a place on."""
    while window := file.read_at(place, _CHUNK_BYTES):
        if found := pattern.search(window):
            return place + found.start()
        if len(window) < _CHUNK_BYTES:
            return None
        place += len(window) - 3
    return None
