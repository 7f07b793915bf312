"""Mail, such as newsletters: one message, or a mailbox of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr
from typing import BinaryIO

from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.normalize.dates import parse_date
from feedlake.transforms.normalize.names import find_names
from feedlake.transforms.normalize.text import normalize_line
from feedlake.transforms.records.documents import Document, Rejection

_FIELD = re.compile(rb"[!-9;-~]{1,76}[ \t]*:")
_HEADER_LINE = re.compile(rb"[!-9;-~]{1,76}[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*")
# What programs that send mail write, and nobody at the head of a text.
_OF_MAIL = re.compile(
    rb"^(?:MIME-Version|Message-ID|Received|Return-Path|Delivered-To|X-Mailer)[ \t]*:", re.I | re.M
)
_SENDER = re.compile(rb"^(?:From|Subject)[ \t]*:", re.I | re.M)
_ESCAPED_FROM = re.compile(rb"^>(>*From )", re.M)
_IN_ANGLES = re.compile(r"<([^<>]{1,2000})>")
_ADDRESS = re.compile(r"https?://\S+", re.I)
_FLOWED = re.compile(r"(?<=[^\n]) \n(?!\n)")
_LINE_BYTES = 1 << 16
_MAX_WORDS_CHARS = 100


def begins_mail(head: bytes) -> bool:
    """Returns whether a file begins as a message or a mailbox does.

    Args:
        head: Its first bytes.
    """
    head = head.replace(b"\r\n", b"\n")
    if head.startswith(b"From "):
        head = head.partition(b"\n")[2]
        if not _FIELD.match(head):
            return False
    place = 0
    while found := _HEADER_LINE.match(head, place):
        place = found.end()
    fields = head[:place]
    return _OF_MAIL.search(fields) is not None and _SENDER.search(fields) is not None


def split_messages(
    stream: BinaryIO, *, max_bytes: int, first: int
) -> Iterator[tuple[int | None, bytes | None]]:
    """Yields the messages of a file with their numbers from 1; a file that is one has none.

    Instead of a message that is too large comes None.

    Args:
        stream: The file, decompressed.
        max_bytes: Largest message.
        first: Number of the first message to yield.
    """
    line = stream.readline(_LINE_BYTES)
    is_box = line.startswith(b"From ")
    number, size, parts = 1, 0, [] if is_box else [line]
    is_after_blank = is_held = False
    separator = b""
    while line := stream.readline(_LINE_BYTES):
        if is_held and _FIELD.match(line):
            if number >= first:
                yield number, _join(parts, size, max_bytes)
            number, size, parts = number + 1, 0, []
        elif is_held:
            size += len(separator)
            parts.append(separator)
        is_held = is_box and is_after_blank and line.startswith(b"From ")
        is_after_blank = not line.strip(b"\r\n")
        separator = line
        if not is_held:
            size += len(line)
            if size <= max_bytes:
                parts.append(line)
    if number >= first:
        message = _join(parts, size, max_bytes)
        if not is_box:
            yield None, message
        else:
            yield number, message


def _join(parts: list[bytes], size: int, max_bytes: int) -> bytes | None:
    return None if size > max_bytes else b"".join(parts)


def read_message(message: bytes, *, source: str, number: int | None) -> Document | Rejection:
    """Returns the article of a message: its HTML or else its text; what is attached is left out.

    Args:
        message: Its bytes.
        source: Path or URL of the file.
        number: Its number in a mailbox; None if the file is this one message.
    """
    if number is not None:
        message = _ESCAPED_FROM.sub(rb"\1", message)
    try:
        parsed = BytesParser().parsebytes(message)
        parts = list(parsed.walk())
    except RecursionError:
        return reject_message(source, number, reason="corrupt", detail="nested too deep")
    if not parsed.keys():
        return reject_message(source, number, reason="corrupt", detail="no header of a message")
    html = next((part for part in parts if _is_shown(part, "text/html")), None)
    chosen = html or next((part for part in parts if _is_shown(part, "text/plain")), None)
    body = "" if chosen is None else _read_part(chosen, is_html=html is not None)
    sender, address = _sender(parsed)
    date = _header(parsed, "Date")
    list_id = _header(parsed, "List-Id")
    archived = _IN_ANGLES.search(_header(parsed, "Archived-At") or "")
    url = archived[1].strip() if archived and _ADDRESS.fullmatch(archived[1].strip()) else None
    extra = {"from": address, "list_id": list_id}
    extra = {name: value for name, value in extra.items() if value}
    keywords = (_header(parsed, "Keywords") or "").split(",")
    message_id = _IN_ANGLES.search(_header(parsed, "Message-ID") or "")
    return Document(
        source=source,
        source_kind="mail",
        source_record=number,
        body=body,
        is_html=html is not None,
        text_source="text",
        url=url,
        title=_header(parsed, "Subject"),
        authors=find_names([sender] if sender else []),
        published_at=parse_date(date) if date else None,
        published_text=date[:_MAX_WORDS_CHARS] if date else None,
        date_source="seed",
        language=_header(parsed, "Content-Language"),
        site_name=normalize_line((list_id or "").partition("<")[0].strip(" \"'")),
        tags=tuple(dict.fromkeys(filter(None, map(normalize_line, keywords)))),
        guid=normalize_line(message_id[1]) if message_id else None,
        extra=json.dumps(extra, ensure_ascii=False, sort_keys=True) if extra else None,
    )


def _is_shown(part: Message, content_type: str) -> bool:
    """Whether a part is of a type, and no attachment."""
    if part.is_multipart() or part.get_content_type() != content_type:
        return False
    disposition = str(part.get("Content-Disposition") or "")
    return not disposition.strip().lower().startswith("attachment")


def _read_part(part: Message, *, is_html: bool) -> str:
    content = part.get_payload(decode=True)
    declared = part.get_param("charset")
    charset = declared if isinstance(declared, str) else None
    body = content if isinstance(content, bytes) else b""
    text = decode_body(body, declared=charset, is_html=is_html)
    flowed = part.get_param("format")
    if not is_html and isinstance(flowed, str) and flowed.lower() == "flowed":
        text = _FLOWED.sub(" ", text.replace("\r\n", "\n"))  # RFC 3676, section 4.1.
    return text


def _sender(message: Message) -> tuple[str | None, str | None]:
    """The name and the address of who sent a message."""
    try:
        name, address = parseaddr(_header(message, "From") or "")
    except RecursionError:  # Of a thousand brackets.
        return None, None
    return normalize_line(name), normalize_line(address)


def _header(message: Message, name: str) -> str | None:
    """A header's value as a line of text, its encoded words decoded."""
    value = message.get(name)
    if value is None:
        return None
    try:
        words = decode_header(str(value))
    except (HeaderParseError, ValueError):  # Base64 that is none: it is shown as it is.
        return normalize_line(str(value))
    parts = [
        part if isinstance(part, str) else decode_body(part, declared=charset)
        for part, charset in words
    ]
    return normalize_line("".join(parts))


def reject_message(source: str, number: int | None, *, reason: str, detail: str) -> Rejection:
    """Returns the rejection of a message.

    Args:
        source: Path or URL of the file.
        number: Its number in a mailbox.
        reason: Stable word that programs may test.
        detail: One sentence for people.
    """
    return Rejection(
        source,
        source_kind="mail",
        source_record=number,
        url=None,
        title=None,
        step="read",
        reason=reason,
        detail=detail,
    )
