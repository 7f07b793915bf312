"""Reading an archive of feedlake's own: the documents are made again that its runs were given.

Beside each response lies what became of the documents that it was asked for, so that what the feed
said of a page counts as it did then. Other programs' archives have no such records.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, replace
from typing import BinaryIO

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from feedlake.transforms.archives.archive_writer import MARK
from feedlake.transforms.archives.warc_bytes import OUTCOME_TYPE
from feedlake.transforms.archives.warc_record import MAX_HTTP_HEADER_BYTES, read_date, target_url
from feedlake.transforms.normalize import storage
from feedlake.transforms.normalize.streams import STREAM_FAULTS
from feedlake.transforms.records.documents import Document, Rejection, Skip
from feedlake.transforms.records.outcome import Outcome, Reply, read_outcome_json

Judge = Callable[[Outcome], Document | Rejection | Skip]
"""Makes of an outcome what the run made of it, by the rules of today."""

_HEAD_BYTES = 4096
_HELD_BYTES = 32 << 20
"""Bodies that are kept of the last responses: polls of many addresses are judged side by side."""

_MAX_INDEXED = 4
"""Files of which it is known where each response lies."""

_MAX_OUTCOME_BYTES = 64 << 20
"""Largest outcome: a feed's own text of an entry is in it, with its letters escaped."""

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STATUS = re.compile(rb"HTTP/\d\.\d (\d{3})(?: [^\r\n]*)?\r\n")
_FILE = re.compile(r"(date=\d{4}-\d{2}-\d{2})/([0-9A-Za-z][0-9A-Za-z._-]*)-\d{4,}\.warc\.gz")


def is_own(stream: BinaryIO) -> bool:
    """Returns whether an archive is one of feedlake's own; the stream stays where it is."""
    if not stream.seekable():
        return False
    position = stream.tell()
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    stream.seek(position)
    if head.startswith(b"\x1f\x8b"):
        with suppress(zlib.error):
            head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _HEAD_BYTES)
    return head.startswith(b"WARC/") and f"\r\n{MARK}: ".encode() in head


@dataclass(frozen=True)
class _Held:
    """A response.

    Attributes:
        record_id: Of its record.
        offset: Where that begins.
        reply: What the site answered; of a revisit, with an empty body.
        digest: Digest of the body, as the record names it.
        place: Of a revisit: id and file of the record that has the body.
    """

    record_id: str
    _: KW_ONLY
    offset: int
    reply: Reply
    digest: str
    place: tuple[str, str] | None


class Replay:
    """Makes documents of the records of one file, which come in their order.

    Args:
        path: Where the file can be opened once more; None: nowhere.
        source: Its path, as rejections name it.
        max_bytes: Largest body.
        judge: Makes documents of outcomes.
    """

    def __init__(self, path: str | None, *, source: str, max_bytes: int, judge: Judge) -> None:
        self._path, self._source, self._max_bytes, self._judge = path, source, max_bytes, judge
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._held_bytes = 0
        self._indexes: OrderedDict[str, dict[str, int]] = OrderedDict()

    def read(self, record: WarcRecord, offset: int) -> Document | Rejection | Skip:
        """Returns the document that a record leads to, or why there is none.

        Args:
            record: The next record.
            offset: Where it begins.

        Raises:
            EOFError: The archive ends within the record.
            OSError: It cannot be unpacked.
        """
        kind = record.record_type
        if kind in (WarcRecordType.response, WarcRecordType.revisit):
            found = _read_response(record, offset, max_bytes=self._max_bytes)
            if found is not None:
                self._hold(found)
            return Skip(str(kind))
        if kind != WarcRecordType.metadata or _content_type(record) != OUTCOME_TYPE:
            _read_content(record, 0)
            return Skip(str(kind))
        content = _read_content(record, _MAX_OUTCOME_BYTES)
        try:
            outcome, record_id = read_outcome_json(content)
        except ValueError as error:
            return self._reject(record, offset, reason="bad_value", detail=str(error))
        place = offset
        if record_id is not None and _needs_reply(outcome):
            held = self._find(record_id)
            reply = None if held is None else self._whole(held)
            if held is None or reply is None:
                detail = f"the record {record_id}, which has its page, isn't in the archive"
                return self._reject(record, offset, reason="missing_record", detail=detail)
            if len(reply.body) > self._max_bytes:
                detail = f"more than {self._max_bytes} bytes"
                return self._reject(record, offset, reason="too_large", detail=detail)
            outcome = replace(outcome, reply=reply)
            if self._held and next(reversed(self._held)) == record_id:
                place = held.offset  # Reading can go on there, and meets both.
        made = self._judge(outcome)
        return made if isinstance(made, Skip) else replace(made, source_record=place)

    def _hold(self, held: _Held) -> None:
        self._held[held.record_id] = held
        self._held_bytes += len(held.reply.body)
        while self._held_bytes > _HELD_BYTES and len(self._held) > 1:
            _, oldest = self._held.popitem(last=False)
            self._held_bytes -= len(oldest.reply.body)

    def _find(self, record_id: str) -> _Held | None:
        held = self._held.get(record_id)
        if held is None and self._path is not None:
            held = self._look_up(self._path, record_id)
        return held

    def _whole(self, held: _Held) -> Reply | None:
        """The reply with its body, wherever that is; None if it is nowhere."""
        if held.place is None:
            return held.reply
        record_id, name = held.place
        first = self._find(record_id)
        for path in () if first else self._paths_of(name):
            first = self._look_up(path, record_id)
            if first is not None:
                break
        if first is None or first.place is not None:
            return None
        body = first.reply.body
        digest = base64.b32encode(hashlib.sha256(body).digest()).decode()
        if len(body) <= self._max_bytes and held.digest != f"sha256:{digest}":
            return None
        return replace(held.reply, body=body)

    def _paths_of(self, name: str) -> Iterator[str]:
        """Files of the archive that a name may mean: one that was written anew has another number.

        Names come from an archive, which may come from anywhere: none leads out of its folder.
        """
        match = _FILE.fullmatch(name)
        if match is None or self._path is None or "/" not in self._path:
            return
        own, beside = self._path.rpartition("/")[0], self._path.rsplit("/", 2)[0]
        for folder in (f"{beside}/{match[1]}", own):
            for path in storage.list_files(folder):
                if path.rpartition("/")[2].startswith(f"{match[2]}-"):
                    yield path

    def _look_up(self, path: str, record_id: str) -> _Held | None:
        """The response with an id in a file; None if it is not there, or the file is damaged."""
        with suppress(FileNotFoundError, *STREAM_FAULTS), storage.open_read(path) as stream:
            if path not in self._indexes:
                self._indexes[path] = _index(stream)
                while len(self._indexes) > _MAX_INDEXED:
                    self._indexes.popitem(last=False)
            self._indexes.move_to_end(path)
            offset = self._indexes[path].get(record_id)
            if offset is None:
                return None
            stream.seek(offset)
            for record in ArchiveIterator(stream, parse_http=False):
                return _read_response(record, offset, max_bytes=self._max_bytes)
        return None

    def _reject(self, record: WarcRecord, offset: int, *, reason: str, detail: str) -> Rejection:
        return Rejection(
            self._source,
            source_kind="warc",
            source_record=offset,
            url=target_url(record) or None,
            title=None,
            step="read",
            reason=reason,
            detail=detail,
        )


def _needs_reply(outcome: Outcome) -> bool:
    return outcome.is_in_reply or (outcome.entry is not None and outcome.not_fetched is None)


def _index(stream: BinaryIO) -> dict[str, int]:
    """Where each response of a file begins, by the ids of their records."""
    found: dict[str, int] = {}
    kinds = WarcRecordType.response | WarcRecordType.revisit
    for record in ArchiveIterator(stream, record_types=kinds, parse_http=False):
        found.setdefault(id_of(record.headers.get("WARC-Record-ID")), record.stream_pos)
    return found


def _read_response(record: WarcRecord, offset: int, *, max_bytes: int) -> _Held | None:
    """The response in a record; None if it is none of HTTP."""
    content = _read_content(record, max_bytes + 1 + MAX_HTTP_HEADER_BYTES)
    status = _STATUS.match(content)
    head, sep, body = content.partition(b"\r\n\r\n")
    if status is None or not sep:
        return None
    try:
        fetched_at = read_date(record)
    except OverflowError:
        return None
    if fetched_at is None:
        return None
    place = None
    if record.record_type == WarcRecordType.revisit:
        named = record.headers.get("WARC-Refers-To-Filename") or ""
        place = id_of(record.headers.get("WARC-Refers-To")), named
    reply = Reply(
        target_url(record),
        status=int(status[1]),
        headers=_headers_of(head),
        body=body[: max_bytes + 1],
        fetched_at=fetched_at,
    )
    return _Held(
        id_of(record.headers.get("WARC-Record-ID")),
        offset=offset,
        reply=reply,
        digest=record.headers.get("WARC-Payload-Digest") or "",
        place=place,
    )


def _headers_of(head: bytes) -> dict[str, str]:
    """The headers by lower-case name, values of repeated ones joined, as the client has them."""
    joined: dict[str, str] = {}
    for line in head.split(b"\r\n")[1:]:
        name, sep, value = line.partition(b":")
        if not sep:
            continue
        key = name.strip().lower().decode("latin-1")
        try:
            text = value.strip().decode()
        except UnicodeDecodeError:
            text = value.strip().decode("latin-1")
        joined[key] = f"{joined[key]}, {text}" if key in joined else text
    return joined


def _read_content(record: WarcRecord, max_bytes: int) -> bytes:
    """The first bytes of a record's content; all of it is passed over."""
    size: int = record.content_length
    wanted = min(size, max_bytes)
    content: bytes = record.reader.read(wanted) if wanted else b""
    if len(content) < wanted or record.consume() < size - wanted:
        raise EOFError
    return content


def _content_type(record: WarcRecord) -> str:
    return (record.headers.get("Content-Type") or "").partition(";")[0].strip().lower()


def id_of(value: str | None) -> str:
    """Returns the UUID in the header of a record; empty if there is none."""
    found = _UUID.search((value or "").lower())
    return found[0] if found else ""
