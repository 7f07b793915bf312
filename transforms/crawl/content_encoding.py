"""Undoing the Content-Encoding of a response while it arrives, never more of it than allowed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Literal, Protocol

import brotli
import zstandard

from feedlake.transforms.normalize.streams import detect_compression

ACCEPT_ENCODING = "gzip, deflate, br, zstd"
"""What a request says that `Decoder` understands."""

DecodingReason = Literal["too_large", "truncated", "bad_encoding"]

# Values that servers send for bodies that are not compressed: the name of a character encoding,
# and what stays on objects that were uploaded to S3 in signed chunks.
_NO_ENCODINGS = frozenset({"", "identity", "none", "utf-8", "utf8", "aws-chunked"})
# Every layer may be a bomb of its own. Real chains have two: a script's and a proxy's.
_MAX_LAYERS = 4

_PIECE_BYTES = 1 << 16
# Bytes behind a gzip member are copied for each member: in small pieces that stays linear.
_GZIP_PIECE_BYTES = 1 << 14
# A zstd block of 4 bytes may stand for 128 KiB (RFC 8878, section 3.1.1.2), and the decoder gives
# all that its input holds: this much at a time keeps the worst case at 8 MiB.
_ZSTD_PIECE_BYTES = 1 << 8
_ZSTD_WINDOW_BYTES = 1 << 23  # RFC 9659: content for the web needs no larger window.

_GZIP_MAGIC = b"\x1f\x8b"  # RFC 1952, section 2.3.1
_ZSTD_MAGIC_BYTES = 4  # RFC 8878, section 3.1.1
_PLAIN_STARTS = (b"<", b"{", b"[", b"\xef\xbb\xbf")
# Read as bare deflate these might give a few bytes, and even an end.
_JSON_STARTS = frozenset(
    {b'{"', b"{ ", b"{\n", b"{\r", b"{}", b'["', b"[{", b"[ ", b"[\n", b"[\r", b"[]"}
)
_BLANKS = b" \t\r\n"


class DecodingError(Exception):
    """The body cannot be had as it was before it was sent.

    Attributes:
        reason: `too_large`, `truncated` or `bad_encoding`.
        detail: What is wrong, as half a sentence.
    """

    def __init__(self, reason: DecodingReason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


class Decoder:
    """Collects a body, part by part, in the order in which it arrives.

    A body that does not begin as its encoding does is taken as it is: servers declare what a
    proxy has undone already. Bytes behind the end of a compressed body are left out.

    Attributes:
        wire_bytes: Bytes that arrived so far.
    """

    def __init__(self, declared: str, *, max_bytes: int) -> None:
        """Reads the header.

        Args:
            declared: Value of `Content-Encoding`; empty without one.
            max_bytes: Largest body, compressed, decompressed and between two encodings.

        Raises:
            DecodingError: An encoding is unknown.
        """
        self.wire_bytes = 0
        self._max_bytes = max_bytes
        self._parts: list[bytes] = []
        self._layers = _make_layers(declared) if declared else []
        self._sizes = [0] * len(self._layers)

    def feed(self, data: bytes) -> None:
        """Takes the next bytes.

        Raises:
            DecodingError: They are damaged or too many; `body` is what came before that.
        """
        self.wire_bytes += len(data)
        surplus = self.wire_bytes - self._max_bytes
        if surplus > 0:
            if surplus < len(data):
                self._unpack(data[:-surplus], 0)
            raise DecodingError("too_large", f"more than {self._max_bytes:,} bytes")
        self._unpack(data, 0)

    def finish(self) -> None:
        """Says that nothing more arrives.

        Raises:
            DecodingError: The compressed body is not complete.
        """
        for number, layer in enumerate(self._layers):
            for part in layer.finish():
                self._pass_on(part, number)

    def body(self) -> bytes:
        """Returns what is decoded so far."""
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    def _unpack(self, data: bytes, number: int) -> None:
        if number == len(self._layers):
            self._parts.append(data)
            return
        for part in self._layers[number].feed(data):
            self._pass_on(part, number)

    def _pass_on(self, part: bytes, number: int) -> None:
        """Hands what a layer gave to the next one."""
        if not part:
            return
        room = self._max_bytes - self._sizes[number]
        self._sizes[number] += len(part)
        if len(part) > room:
            self._unpack(part[:room], number + 1)
            raise DecodingError("too_large", f"more than {self._max_bytes:,} bytes decompressed")
        self._unpack(part, number + 1)


class _Layer(Protocol):
    """One encoding."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yields what the bytes give, in parts of bounded size."""

    def finish(self) -> Iterator[bytes]:
        """Yields what was held back; raises `DecodingError` if the end is missing."""


def _make_layers(declared: str) -> list[_Layer]:
    """Returns the encodings to undo, the outermost first."""
    names = [name.strip().lower() for name in declared.split(",")]
    names = [name for name in reversed(names) if name not in _NO_ENCODINGS]
    if len(names) > _MAX_LAYERS:
        raise DecodingError("bad_encoding", f"{len(names)} encodings")
    layers: list[_Layer] = []
    for name in names:
        if name in ("gzip", "x-gzip"):
            layers.append(_Gzip())
        elif name == "deflate":
            layers.append(_Guess(_Deflate()))
        elif name == "br":
            layers.append(_Guess(_Brotli()))
        elif name == "zstd":
            layers.append(_Zstd())
        else:
            raise DecodingError("bad_encoding", f"unknown encoding {name[:40]!r}")
    return layers


class _Gzip:
    """RFC 1952: members one after another; whatever follows the last one is no part of it."""

    def __init__(self) -> None:
        self._head = b""
        self._is_plain = False
        self._is_over = False
        self._members = 0
        self._member = _new_gzip_member()

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._is_plain:
            yield data
            return
        for start in range(0, len(data), _GZIP_PIECE_BYTES):
            yield from self._feed(data[start : start + _GZIP_PIECE_BYTES])

    def finish(self) -> Iterator[bytes]:
        if not self._members:
            yield self._head
        elif not self._is_over and not self._member.eof:
            raise DecodingError("truncated", "gzip ends too early")

    def _feed(self, data: bytes) -> Iterator[bytes]:
        while data and not self._is_over:
            if self._is_plain:
                yield data
                return
            if not self._members or self._member.eof:
                data = self._head + data
                if len(data) < len(_GZIP_MAGIC):
                    self._head = data
                    return
                self._head = b""
                if not data.startswith(_GZIP_MAGIC):
                    self._is_plain = not self._members
                    self._is_over = not self._is_plain
                    continue
                self._members += 1
                self._member = _new_gzip_member()
            yield from _inflate(self._member, data)
            data = self._member.unused_data


class _Deflate:
    """RFC 1950 (zlib), as RFC 9110 has it, or bare RFC 1951, as some servers have it."""

    def __init__(self) -> None:
        self._head = b""
        self._stream: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None:
            data = self._head + data
            if len(data) < 2:
                self._head = data
                return
            if data[:2] in _JSON_STARTS:
                raise DecodingError("bad_encoding", "deflate is JSON")
            # RFC 1950, section 2.2: method 8, and the first two bytes are a multiple of 31.
            is_zlib = data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)
        if not self._stream.eof:
            yield from _inflate(self._stream, data)

    def finish(self) -> Iterator[bytes]:
        if self._head if self._stream is None else not self._stream.eof:
            raise DecodingError("truncated", "deflate ends too early")
        yield from ()


class _Brotli:
    """RFC 7932."""

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self._is_begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._is_begun = self._is_begun or bool(data)
        if self._stream.is_finished():
            return
        try:
            # A call gives up to twice the limit, and may leave output behind that needs no more
            # input (brotli 1.2.1): only an empty answer says that there is none.
            part = self._stream.process(data, output_buffer_limit=_PIECE_BYTES)
            yield part
            while not self._stream.is_finished() and (
                part or not self._stream.can_accept_more_data()
            ):
                part = self._stream.process(b"", output_buffer_limit=_PIECE_BYTES)
                yield part
        except brotli.error:
            raise DecodingError("bad_encoding", "br is damaged") from None

    def finish(self) -> Iterator[bytes]:
        if self._is_begun and not self._stream.is_finished():
            raise DecodingError("truncated", "br ends too early")
        yield from ()


class _Zstd:
    """RFC 8878: frames one after another; whatever follows the last one is no part of it."""

    def __init__(self) -> None:
        self._frames = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._head = b""
        self._is_begun = False
        self._is_plain = False
        self._is_over = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._is_plain:
            yield data
            return
        for start in range(0, len(data), _ZSTD_PIECE_BYTES):
            yield from self._feed(data[start : start + _ZSTD_PIECE_BYTES])

    def finish(self) -> Iterator[bytes]:
        if not self._is_begun:
            yield self._head
        elif self._frame is not None:
            raise DecodingError("truncated", "zstd ends too early")

    def _feed(self, data: bytes) -> Iterator[bytes]:
        while data and not self._is_over:
            if self._is_plain:
                yield data
                return
            if self._frame is None:
                data = self._head + data
                if len(data) < _ZSTD_MAGIC_BYTES:
                    self._head = data
                    return
                self._head = b""
                if detect_compression(data) != "zstd":
                    self._is_plain = not self._is_begun
                    self._is_over = not self._is_plain
                    continue
                self._is_begun = True
                self._frame = self._frames.decompressobj()
            try:
                yield self._frame.decompress(data)
            except zstandard.ZstdError:
                raise DecodingError("bad_encoding", "zstd is damaged") from None
            data = b""
            if self._frame.eof:
                data, self._frame = self._frame.unused_data, None


class _Guess:
    """An encoding without a mark at its beginning, whose bytes may turn out to be plain.

    They count as plain if the decoder breaks before it gives anything, and they begin as
    markup or JSON does.
    """

    def __init__(self, layer: _Layer) -> None:
        self._layer = layer
        self._held: list[bytes] = []
        self._is_plain = False
        self._is_sure = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._is_plain:
            yield data
            return
        if not self._is_sure:
            self._held.append(data)
        try:
            for part in self._layer.feed(data):
                if part:
                    self._is_sure = True
                    self._held.clear()
                    yield part
        except DecodingError:
            if not self._may_be_plain():
                raise
            yield self._release()

    def finish(self) -> Iterator[bytes]:
        if self._is_plain:
            return
        try:
            yield from self._layer.finish()
        except DecodingError:
            if not self._may_be_plain():
                raise
            yield self._release()

    def _may_be_plain(self) -> bool:
        if self._is_sure:
            return False
        start = b"".join(self._held).lstrip(_BLANKS)[:3]
        return start.startswith(_PLAIN_STARTS) or any(p.startswith(start) for p in _PLAIN_STARTS)

    def _release(self) -> bytes:
        """Returns the bytes as they came, and takes those that follow for plain as well."""
        self._is_plain = True
        held = b"".join(self._held)
        self._held.clear()
        return held


def _new_gzip_member() -> zlib._Decompress:
    """Returns a decoder for the next member."""
    return zlib.decompressobj(16 + zlib.MAX_WBITS)


def _inflate(stream: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """Yields what the bytes give, up to the end of the stream in them."""
    try:
        part = stream.decompress(data, _PIECE_BYTES)
        yield part
        # A full part may have left output behind that needs no more input.
        while not stream.eof and (stream.unconsumed_tail or len(part) == _PIECE_BYTES):
            part = stream.decompress(stream.unconsumed_tail, _PIECE_BYTES)
            yield part
    except zlib.error:
        raise DecodingError("bad_encoding", "deflate is damaged") from None
