"""The members of a tar file, read from its first byte to its last and never back.

Python's own `tarfile` reads a header of any length into memory and stops at the first damaged one.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from feedlake.transforms.archives.members import BadMember, Found, Member, NoFile, decode_name
from feedlake.transforms.normalize.streams import read_some

BLOCK_BYTES = 512
"""POSIX.1-2017, pax, ustar interchange format: all is in blocks of this length."""

_EMPTY = bytes(BLOCK_BYTES)
_MAX_EXTENSION_BYTES = 1 << 20
"""Longest extended header or long name; real ones have some hundred bytes."""

_FILES = (b"0", b"\x00", b"7")
_LINKS, _DEVICES, _FOLDER, _SPARSE = (b"1", b"2"), (b"3", b"4", b"6"), b"5", b"S"
_LONG_NAME, _EXTENDED = b"L", b"x"
_LENGTH = re.compile(rb"(\d{1,18}) ")
"""How a record of an extended header begins."""


@dataclass(frozen=True)
class _Header:
    name: bytes
    size: int
    kind: bytes
    has_more: bool


def begins_tar(head: bytes) -> bool:
    """Returns whether a file begins as tar does: with a header whose checksum is right.

    Args:
        head: Its first bytes.
    """
    return _read_header(head[:BLOCK_BYTES]) is not None


def read_tar(stream: BinaryIO) -> Iterator[Found]:
    """Yields the members of a tar file; what they hold is not read unless somebody does.

    Behind damage the next header is looked for. Folders are left out.

    Args:
        stream: Its bytes, decompressed.

    Raises:
        OSError: Or another of `streams.STREAM_FAULTS`: it can't be read further.
    """
    blocks, said = _Blocks(stream), _Said()
    is_at_end, damaged_from = False, -1
    while block := blocks.next_block():
        header = _read_header(block)
        if header is None:
            is_at_end = is_at_end or block == _EMPTY
            if damaged_from < 0 and not is_at_end:
                damaged_from = blocks.position - len(block)
            continue
        if damaged_from >= 0:
            yield _describe_damage(damaged_from)
        is_at_end, damaged_from = False, -1
        if header.kind not in (_LONG_NAME, _EXTENDED):
            yield from _read_member(header, said, blocks)
            said = _Said()
        elif not said.add(header, blocks):
            detail = f"a header of {header.size} bytes"
            yield BadMember(decode_name(header.name), "corrupt", detail)
    if damaged_from >= 0:
        yield _describe_damage(damaged_from)


def _read_member(header: _Header, said: _Said, blocks: _Blocks) -> Iterator[Found]:
    """Yields what a header leads to, and goes to the next one."""
    name = decode_name(header.name if said.name is None else said.name)
    has_bytes = header.kind not in (*_LINKS, *_DEVICES, _FOLDER)
    blocks.begin((header.size if said.size is None else said.size) if has_bytes else 0)
    has_more = header.kind == _SPARSE and header.has_more
    while has_more:
        has_more = blocks.next_block()[504:505] == b"\x01"
    if header.kind == _SPARSE or said.is_sparse:
        yield BadMember(name, "unsupported", "a sparse file")
    elif header.kind in _FILES and not name.endswith("/"):
        yield Member(name, cast(BinaryIO, io.BufferedReader(blocks.section())))
    elif header.kind in _LINKS:
        yield NoFile("link")
    elif header.kind in _DEVICES:
        yield NoFile("device")
    if not blocks.pass_over():
        yield BadMember(name, "corrupt", "the archive ends within it")


@dataclass
class _Said:
    """What extended headers say of the member behind them."""

    name: bytes | None = None
    size: int | None = None
    is_sparse: bool = False

    def add(self, header: _Header, blocks: _Blocks) -> bool:
        """Reads one of these headers; returns False if it is too long to be one."""
        data = blocks.read_extension(header.size)
        if data is None:
            return False
        if header.kind == _LONG_NAME:
            self.name = data.split(b"\x00", 1)[0]
            return True
        records = _read_records(data)
        self.name = records.get(b"path", self.name)
        self.size = _read_decimal(records.get(b"size"))
        self.is_sparse = any(key.startswith(b"GNU.sparse.") for key in records)
        return True


def _describe_damage(position: int) -> BadMember:
    return BadMember(None, "corrupt", f"byte {position}: no header of a member")


class _Blocks:
    """Where in the archive reading is, and how much of the member under way is left."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.position = 0
        self._left = self._padding = 0
        self._was_told = False

    def next_block(self) -> bytes:
        """The next block; at the end of the archive what there is of it."""
        return self._read_up_to(BLOCK_BYTES)

    def read_extension(self, size: int) -> bytes | None:
        """The bytes of an extended header, or None if there are more of them than anyone needs."""
        self.begin(size)
        data = self._read_up_to(size) if size <= _MAX_EXTENSION_BYTES else None
        self._left -= len(data or b"")
        self.pass_over()
        return data

    def begin(self, size: int) -> None:
        """Notes that a member of this size begins here."""
        self._left, self._padding = size, -size % BLOCK_BYTES
        self._was_told = False

    def section(self) -> io.RawIOBase:
        """The bytes of the member that begins here."""
        return _Section(self)

    def read_member(self, size: int) -> bytes:
        """The member's next bytes; none behind its end."""
        if not self._left:
            return b""
        data = read_some(self._stream, min(size, self._left))
        if not data:
            self._was_told = True
            raise EOFError("the archive ends within the member")
        self.position += len(data)
        self._left -= len(data)
        return data

    def pass_over(self) -> bool:
        """Goes to the next header; returns False if the archive ended, and nobody was told."""
        for end in (self._left, self._padding):
            while end:
                data = read_some(self._stream, min(1 << 16, end))
                if not data:
                    return self._was_told or not self._left
                self.position += len(data)
                end -= len(data)
            self._left = 0
        return True

    def _read_up_to(self, size: int) -> bytes:
        parts = []
        while size and (part := read_some(self._stream, size)):
            parts.append(part)
            size -= len(part)
            self.position += len(part)
        return b"".join(parts)


class _Section(io.RawIOBase):
    def __init__(self, blocks: _Blocks) -> None:
        self._blocks = blocks

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._blocks.read_member(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _read_header(block: bytes) -> _Header | None:
    """The header in a block, or None if it is none."""
    checksum, size = _read_number(block[148:156]), _read_number(block[124:136])
    if len(block) < BLOCK_BYTES or checksum is None or size is None:
        return None
    # As unsigned bytes, or as signed ones by some old programs; its own eight count as blanks.
    unsigned = sum(block) - sum(block[148:156]) + 8 * 0x20
    signed = unsigned - 256 * sum(byte > 127 for byte in block[:148] + block[156:])
    if checksum not in (unsigned, signed):
        return None
    name = block[:100].split(b"\x00", 1)[0]
    prefix = block[345:500].split(b"\x00", 1)[0]
    if block[257:263] == b"ustar\x00" and prefix:
        name = prefix + b"/" + name
    # Of old GNU sparse files: whether a block with more of their map follows.
    return _Header(name, size, block[156:157], block[482:483] == b"\x01")


def _read_number(field: bytes) -> int | None:
    """A number of a header: octal, or, since GNU tar, its bytes behind a set bit."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:])
    digits = field.strip(b" \x00")
    if not digits or digits.strip(b"01234567"):
        return None
    return int(digits, 8)


def _read_decimal(digits: bytes | None) -> int | None:
    return int(digits) if digits and digits.isdigit() and len(digits) < 19 else None


def _read_records(data: bytes) -> dict[bytes, bytes]:
    """The records of an extended header: `27 path=news/the-ferry.txt` and a line break each."""
    records, place = {}, 0
    while found := _LENGTH.match(data, place):
        end = place + int(found[1])
        if end <= found.end() or end > len(data):
            break
        key, _, value = data[found.end() : end - 1].partition(b"=")
        records[key] = value
        place = end
    return records
