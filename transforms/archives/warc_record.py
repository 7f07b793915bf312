"""What a WARC record says of its payload: what it is, when it was had, whether it is whole."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from fastwarc.warc import HeaderMap, WarcHeader, WarcRecord, WarcRecordType

from feedlake.transforms.normalize.dates import parse_date
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.records.rights_statement import RightsStatement
from feedlake.transforms.rights.http_rights import RIGHTS_HEADERS, rights_of_headers

_REDIRECTS = (301, 302, 303, 307, 308)  # RFC 9110, section 15.4
_WHOLE = (200, 203)
"""Statuses of pages as they are; 203: as a proxy between has changed them."""

HTML_TYPES = ("text/html", "application/xhtml+xml")
# Types that servers send for HTML by mistake; the body decides (WHATWG MIME Sniffing, 7.1).
_VAGUE_TYPES = (
    "",
    "text/plain",
    "application/octet-stream",
    "unknown/unknown",
    "text/xml",
    "application/xml",
)
MAX_HTTP_HEADER_BYTES = 1 << 20
"""Longest HTTP header of a response: policies and cookies of 100 KiB occur."""

_KINDS = (WarcRecordType.response, WarcRecordType.resource, WarcRecordType.conversion)
_WHOLE_RANGE = re.compile(r"bytes\s+0-([0-9]{1,18})/([0-9]{1,18})", re.I)
_DAY_OF_YEAR = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{1,3})(T.*)")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.I)


@dataclass(frozen=True)
class Doubt:
    """Why a record is no document even if its payload is a page: a rejection's reason and more."""

    reason: str
    detail: str


class Payload(NamedTuple):
    """What a record's headers say of its payload.

    Attributes:
        content_type: In lower case, without parameters; empty if none is declared.
        charset: Declared character set.
        transfer: HTTP transfer encodings.
        encoding: HTTP content encodings.
        otherwise: Why the record is skipped if the payload is neither page nor text.
        doubt: Why a page would be a rejection; None if it would be a document.
        head: Its first bytes, if the header could not be told from it.
        rights: What the header says of its rights.
    """

    content_type: str
    charset: str | None = None
    transfer: str = ""
    encoding: str = ""
    otherwise: str = "not_html"
    doubt: Doubt | None = None
    head: bytes = b""
    rights: tuple[RightsStatement, ...] = ()


def describe_payload(record: WarcRecord) -> Payload | str:
    """Returns what the record's payload is; or, if it can be no page, why."""
    kind = _kind_of(record)
    if kind == WarcRecordType.response:
        return _describe_response(record)
    name = str(kind)
    if kind not in (WarcRecordType.resource, WarcRecordType.conversion):
        return name
    content_type, charset = _split_type(record.headers.get(WarcHeader.CONTENT_TYPE))
    if content_type not in (*HTML_TYPES, *_VAGUE_TYPES):
        return name
    return Payload(content_type, charset, otherwise=name)


def _kind_of(record: WarcRecord) -> WarcRecordType:
    """What the record is; FastWARC tells it only by `WARC-Type` in these very letters."""
    kind = record.record_type
    if str(kind) == "unknown":
        name = (record.headers.get("WARC-Type") or "").strip().lower()
        return next((known for known in _KINDS if str(known) == name), kind)
    return kind


def _describe_response(record: WarcRecord) -> Payload | str:
    if not record.is_http:
        if _split_type(record.headers.get(WarcHeader.CONTENT_TYPE))[0] not in (
            "application/http",  # FastWARC does not know its header in other letters.
            *HTML_TYPES,
            *_VAGUE_TYPES,
        ):
            return "not_http"
        record.is_http = True  # Perhaps it is, and the record does not say so.
    try:
        record.parse_http(
            auto_decode="none", quirks_mode=True, max_header_len=MAX_HTTP_HEADER_BYTES
        )
    except OSError:
        # Not the archive's fault: its records are framed by their own lengths.
        return "bad_http"
    headers = record.http_headers
    status = headers.status_code
    if status is None:
        doubt = Doubt("bad_http", "a page without the HTTP header that says what it is")
        # What is no HTTP was taken for its first line.
        head = re.sub(rb"HTTP/[^\n]*", b"", headers.status_line_bytes or b"")
        return Payload("", otherwise="bad_http", doubt=doubt, head=head)
    if status in _REDIRECTS:
        return "redirect"
    if status >= 400:
        return "http_error"
    if not 200 <= status < 300:
        return "http_status"
    if target_url(record).partition("?")[0].endswith("/robots.txt"):
        return "robots_txt"
    content_type, charset = _split_type(headers.get("Content-Type"))
    payload = Payload(
        content_type,
        charset,
        headers.get("Transfer-Encoding") or "",
        headers.get("Content-Encoding") or "",
        rights=_read_rights(headers, url=target_url(record)),
    )
    if status == 206 and not _is_whole(headers.get("Content-Range")):
        detail = f"a part of a page: {headers.get('Content-Range') or 'HTTP status 206'}"
        return payload._replace(otherwise="http_status", doubt=Doubt("truncated", detail))
    if status not in (*_WHOLE, 206):
        doubt = Doubt("http_status", f"a page with HTTP status {status}")
        return payload._replace(otherwise="http_status", doubt=doubt)
    if content_type not in HTML_TYPES and content_type not in _VAGUE_TYPES:
        doubt = Doubt("content_type", f"a page that is declared as {content_type}")
        return payload._replace(otherwise="content_type", doubt=doubt)
    return payload


def _read_rights(headers: HeaderMap, *, url: str) -> tuple[RightsStatement, ...]:
    said: dict[str, str] = {}
    for name in RIGHTS_HEADERS:
        if values := headers.get_multiple(name):
            said[name] = ", ".join(values)
    return rights_of_headers(said, origin="page_header", url=url or None)


@functools.lru_cache(maxsize=1024)
def _split_type(value: str | None) -> tuple[str, str | None]:
    """The media type without parameters, and the character set that they declare."""
    charset = _CHARSET.search(value or "")
    content_type = re.split(r"[;,\s]", (value or "").strip(), maxsplit=1)[0].lower()
    return content_type, charset[1] if charset else None


def _is_whole(content_range: str | None) -> bool:
    """Whether the range of bytes that a server gave is all of them."""
    found = _WHOLE_RANGE.match((content_range or "").strip())
    return found is not None and int(found[1]) + 1 == int(found[2])


def target_url(record: WarcRecord) -> str:
    """Returns the address of what the record holds; empty if it names none."""
    # WARC 1.0 writers put the URI between angle brackets, as the grammar of its draft had it.
    return (record.headers.get(WarcHeader.WARC_TARGET_URI) or "").strip("<> ")


def read_date(record: WarcRecord) -> datetime | None:
    """Returns when the payload came from its site, UTC, or None if the record names no date.

    Raises:
        OverflowError: The moment is before the year 1 or after the year 9999 in UTC.
    """
    moment = record.record_date
    if moment is None:
        return _parse_date(record.headers.get("WARC-Date") or "")
    return moment.astimezone(UTC)


def _parse_date(text: str) -> datetime | None:
    """The moment that a header names in another form than that of the standard.

    ClueWeb09 counts the days from the first of January: 2009-03-65 is the sixth of March.
    """
    found = _DAY_OF_YEAR.fullmatch(text.strip())
    if found is not None and int(found[3]) > 31:
        try:
            day = date(int(found[1]), 1, 1) + timedelta(days=int(found[3]) - 1)
        except (ValueError, OverflowError):  # In the year 0, or behind the year 9999.
            return None
        if day.month != int(found[2]):
            return None
        text = f"{day}{found[4]}"
    return parse_date(text)


def explain_cut(record: WarcRecord) -> str | None:
    """Returns why the archive holds less of the page than the site gave, or None."""
    if reason := record.headers.get(WarcHeader.WARC_TRUNCATED):
        return f"truncated: {normalize_line(reason)}"
    if record.headers.get(WarcHeader.WARC_SEGMENT_NUMBER) is not None:
        return "truncated: the archive holds the page in several records, this is the first"
    return None
