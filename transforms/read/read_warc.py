"""WARC archives: the HTML pages among their records."""

from __future__ import annotations

import functools
import io
import re
import zlib
from collections.abc import Iterator
from datetime import UTC
from typing import BinaryIO, cast

from fastwarc.stream_io import BrotliReader
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from feedlake.transforms.normalize.streams import (
    STREAM_FAULTS,
    Compression,
    TooLargeError,
    decompress,
    detect_compression,
    read_all,
    read_some,
)
from feedlake.transforms.records.documents import Document, Rejection, Skip

_REDIRECTS = (301, 302, 303, 307, 308)  # RFC 9110, section 15.4
_HTML_TYPES = ("text/html", "application/xhtml+xml")
# Types that servers send for HTML by mistake; the body decides (WHATWG MIME Sniffing, 7.1).
_VAGUE_TYPES = (
    "",
    "text/plain",
    "application/octet-stream",
    "unknown/unknown",
    "text/xml",
    "application/xml",
)
# An atomic group: each comment tried in all ways, thirty of them would take hours.
_HTML_START = re.compile(
    rb"(?>(?:\xef\xbb\xbf|\s++|<!--.*?-->|<\?xml[^>]*>)*)"
    rb"<(?:!doctype html|html|head|body|title|meta|script|div|h1|p|table|a)[\s>]",
    re.I | re.S,
)
_OTHER_START = re.compile(
    rb"%PDF-|\x89PNG|\xff\xd8\xff|GIF8|PK\x03\x04|\x1f\x8b|\s*[{\[]\s*[\"{\[\]}]|RIFF"
)
_CHUNK_START = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")


_skip = functools.cache(Skip)


class DamagedArchiveError(Exception):
    """The archive ends within a record or holds bytes that are none; the message says where."""


def read_warc(
    stream: BinaryIO, *, source: str, max_bytes: int
) -> Iterator[Document | Rejection | Skip]:
    """Yields the HTML pages of an archive, and a `Skip` for each record that is none.

    `source_record` is the record's byte offset in the stream, which is where reading could
    resume; if one gzip or zstd member holds the whole archive it is the offset of that member.

    Args:
        stream: The archive, with its own compression if each record is compressed by itself.
        source: Its path or URL.
        max_bytes: Largest page; a larger one is rejected.

    Raises:
        DamagedArchiveError: The archive is truncated or corrupt; all before was yielded.
    """
    offset, count = 0, 0
    source_bytes = _SourceBytes(stream)
    try:
        for record in ArchiveIterator(
            cast(BinaryIO, source_bytes), record_types=WarcRecordType.any_type, parse_http=False
        ):
            offset = record.stream_pos
            count += 1
            if not record.content_length and not _says_it_is_empty(record):
                raise DamagedArchiveError(f"byte {offset}: a record without a length")
            yield _read_record(record, source=source, max_bytes=max_bytes)
    except OSError as error:
        raise DamagedArchiveError(f"after byte {offset}: {error}") from error
    fault = source_bytes.fault or _fault_behind(stream, offset, source_bytes.compression)
    if fault is not None:
        raise DamagedArchiveError(f"after byte {offset}: {fault}") from fault
    if not count:
        raise DamagedArchiveError("byte 0: the archive holds no record")


class _SourceBytes:
    """What FastWARC reads from. A fault ends the bytes: a raised one aborts its Rust code."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.fault: Exception | None = None
        self.compression: Compression | None = None
        self._is_begun = False

    def tell(self) -> int:
        return self._stream.tell() if self._stream.seekable() else 0

    def read(self, size: int) -> bytes:
        try:
            data = read_some(self._stream, size)
        except STREAM_FAULTS as error:
            self.fault = error
            return b""
        if not self._is_begun:
            self._is_begun, self.compression = True, detect_compression(data)
        return data


def _says_it_is_empty(record: WarcRecord) -> bool:
    """Whether a record of length 0 is one, and not one whose header is cut off or damaged."""
    length = record.headers.get("Content-Length") or ""
    return length != "" and not length.strip("0")


def _fault_behind(
    stream: BinaryIO, offset: int, compression: Compression | None
) -> Exception | None:
    """The fault in the compressed record at the offset, or in what is left of one behind it.

    FastWARC stops in silence within a gzip member's header or checksum.
    """
    if compression is None:
        return None
    stream.seek(offset)
    rest = decompress(stream, compression)
    try:
        while rest.read1():
            pass
    except STREAM_FAULTS as error:
        return error
    return None


def _read_record(record: WarcRecord, *, source: str, max_bytes: int) -> Document | Rejection | Skip:
    reason = _reason_to_skip(record)
    size = record.content_length
    if reason is not None:
        if record.consume() < size:
            raise DamagedArchiveError(f"byte {record.stream_pos}: the archive ends within a record")
        return _skip(reason)
    body = record.reader.read(max_bytes + 1)
    if len(body) < min(size, max_bytes + 1):
        raise DamagedArchiveError(f"byte {record.stream_pos}: the archive ends within a record")
    url = _target_url(record) or None
    try:
        body = body if len(body) > max_bytes else _decode_payload(body, record, max_bytes=max_bytes)
    except TooLargeError:
        body = bytes(max_bytes + 1)
    except STREAM_FAULTS as error:
        return _reject(record, source, url, "bad_encoding", str(error))
    if len(body) > max_bytes:
        return _reject(record, source, url, "too_large", f"more than {max_bytes} bytes")
    if not _is_html(body, is_declared=(record.http_content_type or "").lower() in _HTML_TYPES):
        return _skip("not_html")
    moment = record.record_date
    return Document(
        source=source,
        source_kind="warc",
        source_record=record.stream_pos,
        body=body,
        is_html=True,
        text_source="page",
        charset=record.http_charset,
        url=url,
        fetched_at=None if moment is None else moment.astimezone(UTC),
    )


def _reject(
    record: WarcRecord, source: str, url: str | None, reason: str, detail: str
) -> Rejection:
    return Rejection(
        source,
        source_kind="warc",
        source_record=record.stream_pos,
        url=url,
        title=None,
        step="read",
        reason=reason,
        detail=detail,
    )


def _reason_to_skip(record: WarcRecord) -> str | None:
    """Why the record cannot be a page, told by its headers; None if it may be one."""
    if record.record_type != WarcRecordType.response:
        return str(record.record_type)
    if not record.is_http:
        return "not_http"
    try:
        record.parse_http(auto_decode="none")
    except OSError:
        # Not the archive's fault: its records are framed by their own lengths.
        return "bad_http"
    headers = record.http_headers
    status = headers.status_code if headers else None
    if status is None:
        return "bad_http"
    if status in _REDIRECTS:
        return "redirect"
    if status != 200:
        return "http_error" if status >= 400 else "http_status"
    content_type = (record.http_content_type or "").lower()
    if content_type not in _HTML_TYPES and content_type not in _VAGUE_TYPES:
        return "content_type"
    if _target_url(record).partition("?")[0].endswith("/robots.txt"):
        return "robots_txt"
    return None


def _target_url(record: WarcRecord) -> str:
    # WARC 1.0 writers put the URI between angle brackets, as the grammar of its draft had it.
    return (record.headers.get("WARC-Target-URI") or "").strip("<> ")


def _decode_payload(body: bytes, record: WarcRecord, *, max_bytes: int) -> bytes:
    """The payload without transfer and content encoding.

    Archives keep the encoding headers also where the crawler has decoded the payload already
    (CC-NEWS renames them, others do not), so the body must look encoded, too.
    """
    headers = record.http_headers
    if "chunked" in (headers.get("Transfer-Encoding") or "").lower() and _CHUNK_START.match(body):
        body = _join_chunks(body)
    encoding = (headers.get("Content-Encoding") or "").strip().lower()
    if compression := detect_compression(body):
        return read_all(decompress(io.BytesIO(body), compression), max_bytes=max_bytes)
    if encoding not in ("br", "deflate") or _HTML_START.match(body):
        return body
    if encoding == "deflate":
        return _inflate(body, max_bytes=max_bytes)
    return read_all(cast(BinaryIO, BrotliReader(io.BytesIO(body))), max_bytes=max_bytes)


def _join_chunks(body: bytes) -> bytes:
    """The payload of a chunked body (RFC 9112, section 7.1); FastWARC knows no chunk extensions."""
    parts: list[bytes] = []
    position = 0
    while chunk := _CHUNK_START.match(body, position):
        size = int(chunk[1], 16)
        if not size:
            return b"".join(parts)
        position = chunk.end() + size + len(b"\r\n")
        parts.append(body[chunk.end() : chunk.end() + size])
    raise EOFError("the body ends within a chunk, or holds what is none")


def _inflate(body: bytes, *, max_bytes: int) -> bytes:
    # RFC 9110, section 8.4.1.2: with zlib's header; some servers leave it out.
    has_header = body[:1] == b"\x78" and int.from_bytes(body[:2]) % 31 == 0
    unpacker = zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
    payload = unpacker.decompress(body, max_bytes + 1)
    if not unpacker.eof and len(payload) <= max_bytes:
        raise EOFError("the deflated body is cut off")
    return payload


def _is_html(body: bytes, *, is_declared: bool) -> bool:
    """By the first bytes: declared HTML unless it is plainly something else, else only HTML."""
    head = body[:4096]
    if is_declared:
        return not _OTHER_START.match(head)
    return bool(_HTML_START.match(head))
