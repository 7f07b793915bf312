"""Reading bytes that may be compressed, never more of them than allowed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zlib
from typing import BinaryIO, Literal, cast

import zstandard

Compression = Literal["gzip", "bzip2", "xz", "zstd"]

_MAGIC: tuple[tuple[re.Pattern[bytes], Compression], ...] = (
    (re.compile(rb"\x1f\x8b\x08"), "gzip"),  # RFC 1952, section 2.3.1: deflate is the only method
    # Block size, then the first block's mark (pi) or, in an empty file, the end mark (root of pi).
    (re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), "bzip2"),
    (re.compile(rb"\xfd7zXZ\x00"), "xz"),
    (re.compile(rb"\x28\xb5\x2f\xfd"), "zstd"),  # RFC 8878, section 3.1.1
)

STREAM_FAULTS = (EOFError, OSError, zlib.error, lzma.LZMAError, zstandard.ZstdError)
"""What reading damaged or vanished bytes raises."""


class TooLargeError(Exception):
    """The stream holds more bytes than allowed."""


def detect_compression(head: bytes) -> Compression | None:
    """Returns how a stream that begins with these bytes is compressed, or None."""
    return next((name for magic, name in _MAGIC if magic.match(head)), None)


def decompress(stream: BinaryIO, compression: Compression) -> BinaryIO:
    """Returns the stream of decompressed bytes, all members and frames one after another.

    Reading from it raises one of `STREAM_FAULTS` where the compressed bytes end too early or
    are damaged.
    """
    if compression == "gzip":
        return cast(BinaryIO, gzip.GzipFile(fileobj=stream))
    if compression == "bzip2":
        return cast(BinaryIO, bz2.BZ2File(stream))
    if compression == "xz":
        return cast(BinaryIO, lzma.LZMAFile(stream))
    return cast(BinaryIO, io.BufferedReader(_ZstdReader(stream)))


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


class _ZstdReader(io.RawIOBase):
    """Zstandard frames as a raw stream; zstandard's own reader takes a cut-off frame for whole."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._frame_is_begun = False
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._ready:
            if self._frame.eof:
                rest = self._frame.unused_data
                self._frame = zstandard.ZstdDecompressor().decompressobj()
                self._frame_is_begun = False
            else:
                rest = b""
            data = rest or self._stream.read(1 << 16)
            if not data:
                if self._frame_is_begun:
                    raise EOFError("compressed file ended before the end of its last frame")
                return 0
            self._frame_is_begun = True
            self._ready = self._frame.decompress(data)
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size
