"""Plain text: one article a file, or one a line."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import BinaryIO, Literal

from transforms.charset import decode_body
from transforms.dates import split_seed_header
from transforms.records import Document, Rejection
from transforms.streams import read_all

TextMode = Literal["auto", "whole", "lines"]

_SNIFFED_BYTES = 1 << 20
"""In a file too large for one document: the part whose lines all need the header for `auto`."""


def read_text(
    stream: BinaryIO, *, source: str, mode: TextMode, max_bytes: int
) -> Iterator[Document | Rejection]:
    """Yields the articles of a plain text file.

    Args:
        stream: The decompressed bytes.
        source: Path or URL of the file.
        mode: `whole`: one article a file. `lines`: one a line. `auto`: `lines` if the file has
            several lines and each has the date header, else `whole`.
        max_bytes: Largest article, in bytes.

    Raises:
        TooLargeError: A file that is one article is larger.
    """
    head = stream.read(max_bytes + 1) if mode != "whole" else b""
    if mode == "lines" or (
        mode == "auto" and _is_list_of_articles(head, is_cut=len(head) > max_bytes)
    ):
        yield from _read_lines(head, stream, source=source, max_bytes=max_bytes)
    else:
        body = head if len(head) > max_bytes else head + read_all(stream, max_bytes=max_bytes)
        if len(body) > max_bytes:
            yield _too_large(source, None, max_bytes)
        else:
            yield _read_article(decode_body(body), source=source, record=None)


def _is_list_of_articles(head: bytes, *, is_cut: bool) -> bool:
    """Whether every line of the file has the header (of its first part, if it is cut)."""
    if is_cut:
        head = head[:_SNIFFED_BYTES].rpartition(b"\n")[0]
    if b"date " not in head[:4096].replace(b"\x00", b""):
        return False
    lines = [line for line in decode_body(head).splitlines() if line.strip("\x00\ufeff \t")]
    return len(lines) > 1 and all(split_seed_header(line)[0] is not None for line in lines)


def _read_lines(
    head: bytes, stream: BinaryIO, *, source: str, max_bytes: int
) -> Iterator[Document | Rejection]:
    if len(head) <= max_bytes:
        lines: Iterator[bytes | str | None] = iter(decode_body(head).splitlines())
    else:
        lines = _split_lines(head, stream, max_bytes=max_bytes)
    for number, line in enumerate(lines, start=1):
        if line is None:
            yield _too_large(source, number, max_bytes)
            continue
        text = decode_body(line) if isinstance(line, bytes) else line
        if text.strip("\x00\ufeff \t\r"):
            yield _read_article(text, source=source, record=number)


def _split_lines(head: bytes, stream: BinaryIO, *, max_bytes: int) -> Iterator[bytes | None]:
    """Yields the lines of a large file one by one, None for one that is too large."""
    # UTF-16 has zero bytes beside its line ends, so it must be decoded before it is cut.
    utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    decoder = codecs.getincrementaldecoder("utf-16")("replace") if utf16 else None
    pending, is_too_large = b"", False
    part = head
    while part:
        pending += decoder.decode(part).encode() if decoder else part
        *lines, pending = pending.split(b"\n")
        for line in lines:
            yield None if is_too_large or len(line) > max_bytes else line
            is_too_large = False
        if len(pending) > max_bytes:
            pending, is_too_large = b"", True
        part = stream.read(1 << 20)
    if pending or is_too_large:
        yield None if is_too_large else pending


def _read_article(text: str, *, source: str, record: int | None) -> Document:
    day, body = split_seed_header(text)
    return Document(
        source=source,
        source_kind="text",
        source_record=record,
        body=body,
        is_html=False,
        text_source="text",
        published_at=None if day is None else datetime.combine(day, time(), UTC),
        date_source="seed",
    )


def _too_large(source: str, record: int | None, max_bytes: int) -> Rejection:
    return Rejection(
        source=source,
        source_kind="text",
        source_record=record,
        url=None,
        title=None,
        step="read",
        reason="too_large",
        detail=f"more than {max_bytes} bytes",
    )
