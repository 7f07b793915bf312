"""Plain text: one article a file, or one a line."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import BinaryIO, Literal

from feedlake.transforms.normalize.charset import detect_encoding
from feedlake.transforms.normalize.dates import split_seed_header
from feedlake.transforms.normalize.streams import (
    TooLargeError,
    put_back,
    read_all,
    read_head,
    read_lines,
)
from feedlake.transforms.records.documents import Document, Rejection

TextMode = Literal["auto", "whole", "lines"]

_SNIFFED_BYTES = 1 << 20
"""In a file too large for one document: the part whose lines all need the header for `auto`."""

_HEADER_CHARS = 64
"""Longest header, the blanks in it included, that is looked for in a line without an end."""

_EMPTY = "\x00\ufeff \t\r\n"


def read_text(
    stream: BinaryIO, *, source: str, mode: TextMode, max_bytes: int
) -> Iterator[Document | Rejection]:
    """Yields the articles of a plain text file.

    Args:
        stream: The decompressed bytes.
        source: Path or URL of the file.
        mode: `whole`: one article a file. `lines`: one a line. `auto`: `lines` if the file has
            several lines and each has the date header, else `whole`.
        max_bytes: Largest article, in bytes; in characters if it is one of many lines.

    Raises:
        TooLargeError: A file that is one article is larger.
    """
    head = read_head(stream, max_bytes + 1)
    is_cut = len(head) > max_bytes
    encoding = detect_encoding(head, is_cut=is_cut)
    if mode == "lines" or (mode == "auto" and is_list_of_articles(head, encoding, is_cut=is_cut)):
        whole = put_back(head, stream)
        yield from _read_lines(whole, source=source, encoding=encoding, max_chars=max_bytes)
    elif is_cut:
        raise TooLargeError
    else:
        body = head + read_all(stream, max_bytes=0)  # Raises what cut the head short.
        yield _read_article(body.decode(encoding, errors="replace"), source=source, record=None)


def is_list_of_articles(head: bytes, encoding: str, *, is_cut: bool) -> bool:
    """Returns whether every line of a file has the header (of its first part, if it is cut).

    Args:
        head: How the file begins.
        encoding: Its encoding.
        is_cut: Whether it goes on.
    """
    text = (head[:_SNIFFED_BYTES] if is_cut else head).decode(encoding, errors="replace")
    count = 0
    for line in io.StringIO(text, newline=None):
        if is_cut and len(line) < _HEADER_CHARS and not line.endswith("\n"):
            break  # The rest of it, perhaps of its header, is beyond the part looked at.
        if line.strip(_EMPTY):
            if split_seed_header(line)[0] is None:
                return False
            count += 1
    return count > 1


def _read_lines(
    stream: io.BufferedReader, *, source: str, encoding: str, max_chars: int
) -> Iterator[Document | Rejection]:
    for number, line in read_lines(stream, encoding=encoding, max_chars=max_chars):
        if line is None:
            detail = f"more than {max_chars} characters"
            yield Rejection(
                source,
                source_kind="text",
                source_record=number,
                url=None,
                title=None,
                step="read",
                reason="too_large",
                detail=detail,
            )
        elif line.strip(_EMPTY):
            yield _read_article(line, source=source, record=number)


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
        published_text=None if day is None else day.isoformat(),
        date_source="seed",
    )
