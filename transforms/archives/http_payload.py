"""Payloads of archived HTTP responses, without the encodings of their transfer."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from typing import BinaryIO, cast

from fastwarc.stream_io import BrotliReader

from feedlake.transforms.normalize.streams import (
    STREAM_FAULTS,
    TooLargeError,
    decompress,
    detect_compression,
    read_all,
    read_some,
)

_CHUNK_START = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")


def decode_payload(
    body: bytes,
    *,
    transfer: str,
    content: str,
    is_plain: Callable[[bytes], bool],
    is_cut: bool,
    max_bytes: int,
) -> bytes:
    """Returns the payload without transfer and content encoding.

    Archives keep the encoding headers also where the crawler has decoded the payload already
    (CC-NEWS renames them, others do not), so the body must look encoded, too.

    Args:
        body: The body as it is archived.
        transfer: Value of `Transfer-Encoding`.
        content: Value of `Content-Encoding`: what was done to it, first to last.
        is_plain: Tells a body that is decoded already by its first bytes.
        is_cut: Whether the archive says that it holds a part only: what there is counts then.
        max_bytes: Largest payload.

    Raises:
        TooLargeError: It is larger.
        OSError: Or another of `streams.STREAM_FAULTS`: the body is not encoded as it is said.
    """
    if "chunked" in transfer.lower() and _CHUNK_START.match(body):
        body = _join_chunks(body, is_cut=is_cut)
    for encoding in reversed([name.strip().lower() for name in content.split(",")] or [""]):
        body = _decode(body, encoding, is_plain=is_plain, is_cut=is_cut, max_bytes=max_bytes)
    return body


def _decode(
    body: bytes, encoding: str, *, is_plain: Callable[[bytes], bool], is_cut: bool, max_bytes: int
) -> bytes:
    if compression := detect_compression(body):
        stream: BinaryIO = decompress(io.BytesIO(body), compression)
    elif encoding not in ("br", "deflate") or is_plain(body):
        return body
    elif encoding == "deflate":
        return _inflate(body, is_cut=is_cut, max_bytes=max_bytes)
    else:
        stream = cast(BinaryIO, BrotliReader(io.BytesIO(body)))
    return _read_begun(stream, max_bytes) if is_cut else read_all(stream, max_bytes=max_bytes)


def _read_begun(stream: BinaryIO, max_bytes: int) -> bytes:
    """All bytes before the end or a fault."""
    parts, size = [], 0
    try:
        while part := read_some(stream, 1 << 16):
            parts.append(part)
            size += len(part)
            if size > max_bytes:
                raise TooLargeError
    except STREAM_FAULTS:
        pass  # The archive says that it cut the body.
    return b"".join(parts)


def _join_chunks(body: bytes, *, is_cut: bool) -> bytes:
    """The payload of a chunked body (RFC 9112, section 7.1); FastWARC knows no chunk extensions."""
    parts: list[bytes] = []
    position = 0
    while chunk := _CHUNK_START.match(body, position):
        size = int(chunk[1], 16)
        if not size:
            return b"".join(parts)
        parts.append(body[chunk.end() : chunk.end() + size])
        position = chunk.end() + size
        position += 1 if body[position : position + 1] == b"\n" else len(b"\r\n")
    if is_cut:
        return b"".join(parts)
    raise EOFError("the body ends within a chunk, or holds what is none")


def _inflate(body: bytes, *, is_cut: bool, max_bytes: int) -> bytes:
    # RFC 9110, section 8.4.1.2: with zlib's header; some servers leave it out.
    has_header = body[:1] == b"\x78" and int.from_bytes(body[:2]) % 31 == 0
    unpacker = zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
    payload = unpacker.decompress(body, max_bytes + 1)
    if len(payload) > max_bytes:
        raise TooLargeError
    if not unpacker.eof and not is_cut:
        raise EOFError("the deflated body is cut off")
    return payload
