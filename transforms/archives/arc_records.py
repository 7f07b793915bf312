"""The records of ARC archives, the Internet Archive's format before WARC, as those of WARC."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from feedlake.transforms.archives.warc_frames import MAX_HEADER_BYTES, Damage, Frame
from feedlake.transforms.normalize.streams import read_some

MAGIC = b"filedesc://"
"""How an archive begins: with the address of the record that describes it."""

_CHUNK_BYTES = 1 << 16
_DATE = re.compile(rb"[12]\d{13}")
_ADDRESS = re.compile(rb"[a-z][a-z0-9+.-]{0,20}:", re.I)


class _Header(NamedTuple):
    """What the line above a record says of it."""

    url: bytes
    date: bytes
    content_type: bytes
    length: int


def read_arc_frames(stream: BinaryIO, *, max_bytes: int) -> Iterator[Frame | Damage]:
    """Yields the records of an archive of version 1 or 2; its first one describes it.

    Behind bytes that are no record the next line is looked for that may stand above one.

    Args:
        stream: The archive, decompressed.
        max_bytes: How much of a record's content to keep.

    Raises:
        OSError: Or another of `streams.STREAM_FAULTS`: it can't be read further.
    """
    window = _Window(stream)
    damaged_from: int | None = None
    while True:
        start = window.position
        line = window.read_line()
        if not line:
            break
        header = _read_header(line)
        if header is None:
            if damaged_from is None and line.strip(b"\r\n\x00"):
                damaged_from = start
            continue
        if damaged_from is not None:
            yield Damage(damaged_from, f"{start - damaged_from} bytes that are no record")
            damaged_from = None
        content = window.read(header.length, kept=max_bytes)
        if content is None:
            url = header.url.decode("utf-8", "replace")
            yield Damage(start, "the archive ends within a record", url)
            return
        yield Frame(start, _as_warc(header), content, True)
    if damaged_from is not None:
        detail = f"{window.position - damaged_from} bytes that are no record"
        yield Damage(damaged_from, detail)


def _read_header(line: bytes) -> _Header | None:
    """The fields of a line: address, IP address, date, type, others in version 2, length.

    Some programs have left blanks in addresses.
    """
    parts = line.rstrip(b"\r\n").split(b" ")
    if len(parts) < 5 or not parts[-1].isdigit() or len(parts[-1]) > 12:
        return None
    if not _ADDRESS.match(parts[0]):
        return None
    for place in range(2, len(parts) - 2):
        if _DATE.fullmatch(parts[place]):
            url = b"%20".join(parts[: place - 1])
            return _Header(url, parts[place], parts[place + 1], int(parts[-1]))
    return None


def _as_warc(header: _Header) -> bytes:
    """The header that a record of WARC would have."""
    date = header.date
    moment = b"%s-%s-%sT%s:%s:%sZ" % (
        *(date[:4], date[4:6], date[6:8]),
        *(date[8:10], date[10:12], date[12:14]),
    )
    scheme = header.url.partition(b":")[0].lower()
    is_web = scheme in (b"http", b"https")
    lines = (
        b"WARC/1.0",
        b"WARC-Type: " + (b"warcinfo" if scheme == b"filedesc" else b"response"),
        b"WARC-Target-URI: " + header.url,
        b"WARC-Date: " + moment,
        b"Content-Type: "
        + (b"application/http; msgtype=response" if is_web else header.content_type),
        b"Content-Length: %d" % header.length,
    )
    return b"\r\n".join(lines) + b"\r\n\r\n"


class _Window:
    """A stream that is read by lines and by lengths."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._held, self._place = b"", 0
        self.position = stream.tell() if stream.seekable() else 0

    def read_line(self) -> bytes:
        """The next line, or a part of one that is too long; none at the end."""
        end = self._held.find(b"\n", self._place)
        while end < 0 and len(self._held) - self._place < MAX_HEADER_BYTES and self._fill():
            end = self._held.find(b"\n", self._place)
        size = end + 1 - self._place if end >= 0 else len(self._held) - self._place
        return self._take(size)

    def read(self, size: int, *, kept: int) -> bytes | None:
        """The next bytes, as many of them as are to be kept; None if there are fewer."""
        parts: list[bytes] = []
        while size:
            if self._place == len(self._held) and not self._fill():
                return None
            part = self._take(min(size, len(self._held) - self._place))
            size -= len(part)
            if kept > 0:
                parts.append(part[:kept])
                kept -= len(part)
        return b"".join(parts)

    def _take(self, size: int) -> bytes:
        data = self._held[self._place : self._place + size]
        self._place += len(data)
        self.position += len(data)
        return data

    def _fill(self) -> bool:
        data = read_some(self._stream, _CHUNK_BYTES)
        self._held, self._place = self._held[self._place :] + data, 0
        return bool(data)
