"""Reading bytes that may be compressed or damaged, never more of them than allowed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, Literal, Protocol, cast

import zstandard

Compression = Literal["gzip", "bzip2", "xz", "zstd"]

_MAGIC: tuple[tuple[re.Pattern[bytes], Compression], ...] = (
    (re.compile(rb"\x1f\x8b\x08"), "gzip"),  # RFC 1952, section 2.3.1: deflate is the only method
    # Block size, then the first block's mark (pi) or, in an empty file, the end mark (root of pi).
    (re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), "bzip2"),
    (re.compile(rb"\xfd7zXZ\x00"), "xz"),
    # RFC 8878, sections 3.1.1 and 3.1.2: a frame, or one to skip, with which pzstd begins files.
    (re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"), "zstd"),
)

MAX_UNPACKER_BYTES = 1 << 27
"""What an unpacker may hold of what it has unpacked: as much as `zstd` takes without being asked.
`xz -9` needs 65 MiB."""

MAX_RATIO, MIN_UNPACKED_BYTES = 500, 1 << 26
"""How many times its size a stream may unpack to, if that is more than 64 MiB. News pages come to
10 times (2026-11); gzip reaches 1,000, bzip2 and zstd a million."""


class UnpackError(Exception):
    """A stream takes more to unpack than it may.

    Attributes:
        reason: `memory` or `too_large`.
    """

    def __init__(self, reason: Literal["memory", "too_large"], detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


STREAM_FAULTS = (
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
    zstandard.ZstdError,
    UnpackError,
)
"""What reading damaged, vanished or hostile bytes raises."""

_CHUNK_BYTES = 1 << 16
# A zstd block of 4 bytes may stand for 128 KiB (RFC 8878, section 3.1.1.2), and the decoder gives
# all that its input holds: this much at a time keeps the worst case at 32 MiB.
_ZSTD_CHUNK_BYTES = 1 << 10
_XZ_MAGIC_BYTES = 6


class TooLargeError(Exception):
    """The stream holds more bytes than allowed."""


def detect_compression(head: bytes) -> Compression | None:
    """Returns how a stream that begins with these bytes is compressed, or None."""
    return next((name for magic, name in _MAGIC if magic.match(head)), None)


def decompress(
    stream: BinaryIO, compression: Compression | Literal["deflate"]
) -> io.BufferedReader:
    """Returns the stream of decompressed bytes, all members and frames one after another.

    `deflate` is one stream without a header (RFC 1951), which no first bytes tell.

    Reading from it raises one of `STREAM_FAULTS` where the compressed bytes end too early, are
    damaged, or unpack to `MAX_RATIO` times their size, again and again; `read1` gives all bytes
    before that.
    """
    packed = _Counted(stream)
    unpackers: dict[str, Any] = {
        "gzip": lambda: gzip.GzipFile(fileobj=cast(BinaryIO, packed)),
        "bzip2": lambda: bz2.BZ2File(cast(BinaryIO, packed)),
        "xz": lambda: _XzFile(packed),
        "zstd": lambda: _ZstdFile(packed),
        "deflate": lambda: _DeflatedFile(packed),
    }
    return io.BufferedReader(_UpToFault(unpackers[compression](), packed), _CHUNK_BYTES)


def check_ratio(packed_bytes: int, unpacked_bytes: int) -> None:
    """Looks whether a stream unpacks to more than it may.

    Args:
        packed_bytes: What was read of it.
        unpacked_bytes: What that came to.

    Raises:
        UnpackError: It does.
    """
    if unpacked_bytes > max(MIN_UNPACKED_BYTES, MAX_RATIO * packed_bytes):
        detail = f"{packed_bytes} compressed bytes unpack to over {MAX_RATIO} times as many"
        raise UnpackError("too_large", detail)


def make_zstd_unpacker() -> Any:
    """Returns what unpacks one zstd frame, with a bound on the memory that it takes.

    It raises `zstandard.ZstdError`.
    """
    return zstandard.ZstdDecompressor(max_window_size=MAX_UNPACKER_BYTES).decompressobj()


def read_some(stream: BinaryIO, size: int) -> bytes:
    """Returns what one read gives: `read` would lose what it has already when it meets a fault."""
    read1 = getattr(stream, "read1", None)
    return cast(bytes, read1(size) if read1 else stream.read(size))


def read_head(stream: BinaryIO, size: int) -> bytes:
    """Returns the stream's first bytes, as many as there are before its end or a fault."""
    parts, missing = [], size
    try:
        while missing and (part := read_some(stream, missing)):
            parts.append(part)
            missing -= len(part)
    except STREAM_FAULTS:
        pass  # The next read raises it again.
    return b"".join(parts)


def read_all(stream: BinaryIO, *, max_bytes: int) -> bytes:
    """Returns the rest of the stream.

    Raises:
        TooLargeError: It holds more than `max_bytes`; no more than that were read.
    """
    parts, size = [], 0
    while part := stream.read(min(1 << 20, max_bytes + 1 - size)):
        parts.append(part)
        size += len(part)
        if size > max_bytes:
            raise TooLargeError
    return b"".join(parts)


def put_back(head: bytes, stream: BinaryIO) -> io.BufferedReader:
    """Returns the stream that begins with what was read of it already."""
    return io.BufferedReader(_PutBack(head, stream), _CHUNK_BYTES)


def read_lines(
    stream: io.BufferedReader, *, encoding: str, max_chars: int
) -> Iterator[tuple[int, str | None]]:
    """Yields the number (from 1) and text of each line, without its end (LF, CRLF or CR).

    Args:
        stream: The encoded bytes; closed at the end.
        encoding: Their encoding; damaged bytes become replacement characters.
        max_chars: Longest line; instead of a longer one comes None.
    """
    with io.TextIOWrapper(stream, encoding, errors="replace") as text:
        number = 0
        while line := text.readline(max_chars + 1):
            number += 1
            is_too_long = len(line) > max_chars and line[-1] != "\n"
            rest = is_too_long
            while rest:
                part = text.readline(_CHUNK_BYTES)
                rest = bool(part) and part[-1] != "\n"
            yield number, None if is_too_long else line.removesuffix("\n")


class _Unpacker(Protocol):
    def read1(self, size: int) -> bytes: ...


class _UpToFault(io.RawIOBase):
    """What an unpacker gives; its fault stays, where Python's unpackers may then go on."""

    def __init__(self, unpacker: _Unpacker, packed: _Counted) -> None:
        self._unpacker, self._packed = unpacker, packed
        self._size = 0
        self._fault: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._fault is not None:
            raise self._fault
        try:
            data = self._unpacker.read1(len(buffer))
            self._size += len(data)
            check_ratio(self._packed.size, self._size)
        except STREAM_FAULTS as error:
            self._fault = error
            raise
        buffer[: len(data)] = data
        return len(data)


class _PutBack(io.RawIOBase):
    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head, self._stream = memoryview(head), stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._head[: len(buffer)] or read_some(self._stream, len(buffer))
        self._head = self._head[len(data) :]
        buffer[: len(data)] = data
        return len(data)


class _Counted:
    """A stream, and how many bytes were read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.size += len(data)
        return data

    def readinto(self, buffer: memoryview) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seekable(self) -> bool:
        return False


class _DeflatedFile:
    """One deflated stream; what follows it is none of it."""

    def __init__(self, stream: _Counted) -> None:
        self._stream = stream
        self._unpacker = zlib.decompressobj(-zlib.MAX_WBITS)

    def read1(self, size: int) -> bytes:
        while not self._unpacker.eof:
            packed = self._unpacker.unconsumed_tail or self._stream.read(_CHUNK_BYTES)
            if not packed:
                raise EOFError("compressed file ended before the end of its stream")
            if data := self._unpacker.decompress(packed, size):
                return data
        return b""


class _XzFile:
    """The streams of an xz file; Python's own reader takes as much memory as they ask for."""

    def __init__(self, stream: _Counted) -> None:
        self._stream = stream
        self._unpacker: lzma.LZMADecompressor | None = None
        self._is_begun = False
        self._rest = b""

    def read1(self, size: int) -> bytes:
        while True:
            if self._unpacker is not None and self._unpacker.eof:
                self._rest, self._unpacker = self._unpacker.unused_data, None
            if self._unpacker is None:
                if not self._begin():
                    return b""
                assert self._unpacker is not None
            if self._unpacker.needs_input:
                packed = self._rest or self._stream.read(_CHUNK_BYTES)
                self._rest = b""
                if not packed:
                    raise EOFError("compressed file ended before the end of its last stream")
            else:
                packed = b""
            if data := self._unpack(packed, size):
                return data

    def _begin(self) -> bool:
        """Begins the next stream, behind padding (its format, section 2.2); False at the end."""
        while not self._rest.strip(b"\x00"):
            self._rest = self._stream.read(_CHUNK_BYTES)
            if not self._rest:
                return False
        self._rest = self._rest.lstrip(b"\x00")
        self._rest += self._stream.read(_XZ_MAGIC_BYTES)
        if self._is_begun and detect_compression(self._rest) != "xz":
            self._rest = b""
            return False  # What follows the last stream is none, and left out.
        self._unpacker = lzma.LZMADecompressor(memlimit=MAX_UNPACKER_BYTES)
        self._is_begun = True
        return True

    def _unpack(self, packed: bytes, size: int) -> bytes:
        assert self._unpacker is not None
        try:
            return self._unpacker.decompress(packed, size)
        except lzma.LZMAError as error:
            if "emory usage limit" not in str(error):
                raise
            detail = f"it takes more than {MAX_UNPACKER_BYTES >> 20} MiB to unpack"
            raise UnpackError("memory", detail) from error


class _ZstdFile:
    """Zstandard frames; zstandard's own reader takes a cut-off frame for whole."""

    def __init__(self, stream: _Counted) -> None:
        self._stream = stream
        self._frame = make_zstd_unpacker()
        self._frame_is_begun = False
        self._ready = memoryview(b"")

    def read1(self, size: int) -> bytes:
        while not self._ready:
            rest = b""
            if self._frame.eof:
                rest = self._frame.unused_data
                self._frame = make_zstd_unpacker()
                self._frame_is_begun = False
            data = rest or self._stream.read(_ZSTD_CHUNK_BYTES)
            if not data:
                if self._frame_is_begun:
                    raise EOFError("compressed file ended before the end of its last frame")
                return b""
            self._frame_is_begun = True
            self._ready = memoryview(self._unpack(data))
        data, self._ready = bytes(self._ready[:size]), self._ready[size:]
        return data

    def _unpack(self, packed: bytes) -> bytes:
        try:
            data: bytes = self._frame.decompress(packed)
        except zstandard.ZstdError as error:
            if "too much memory" not in str(error):
                raise
            detail = f"it takes more than {MAX_UNPACKER_BYTES >> 20} MiB to unpack"
            raise UnpackError("memory", detail) from error
        return data
