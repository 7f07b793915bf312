"""Builds the files that the readers' tests read."""

import bz2
import gzip
import io
import lzma
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from feedlake.transforms.read.read_sources import ReadOptions, read_source
from feedlake.transforms.records.documents import Document, Rejection, SourceFile, SourceReport

PAGE = b"<!doctype html><html><body><p>The ferry sails at nine.</p></body></html>"

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
}


def await_next_second() -> None:
    """Returns in another second: runs of one second are in the order of their random letters."""
    second = int(time.time())
    while int(time.time()) == second:
        time.sleep(0.01)


class InlineSandbox:
    """Runs what it is given at once and in this process."""

    def __init__(self) -> None:
        self._answers: deque[tuple[Any, Any]] = deque()

    def submit(self, token: Any, function: Callable[..., Any], *arguments: object) -> None:
        self._answers.append((token, function(*arguments)))

    def drain(self) -> Iterator[tuple[Any, Any]]:
        while self._answers:
            yield self._answers.popleft()


def read_file(
    path: Path | str, **options: Any
) -> tuple[list[Document], list[Rejection], SourceReport]:
    """Returns all that reading a file gives, its documents and rejections counted."""
    items = list(
        read_source(
            SourceFile(str(path), size_bytes=0),
            options=ReadOptions(**options),
            sandbox=InlineSandbox(),
        )
    )
    documents = [item for item in items if isinstance(item, Document)]
    rejections = [item for item in items if isinstance(item, Rejection)]
    report = items[-1]
    assert isinstance(report, SourceReport)
    assert len(items) == len(documents) + len(rejections) + 1
    assert report.documents == len(documents) + len(rejections)
    return documents, rejections, report


def http_response(
    body: bytes = PAGE,
    *,
    status: str = "200 OK",
    content_type: str | None = "text/html",
    headers: str = "",
) -> bytes:
    declared = "" if content_type is None else f"Content-Type: {content_type}\r\n"
    return f"HTTP/1.1 {status}\r\nServer: own\r\n{declared}{headers}\r\n".encode() + body


def warc_record(
    content: bytes | None = None,
    *,
    kind: str = "response",
    uri: str | None = "http://harbour.example/ferry",
    date: str | None = "2020-01-02T03:04:05Z",
    content_type: str | None = "application/http; msgtype=response",
    length: object = None,
    version: str = "1.0",
) -> bytes:
    content = http_response() if content is None else content
    fields = {
        "WARC-Type": kind,
        "WARC-Record-ID": "<urn:uuid:00000000-0000-0000-0000-000000000001>",
        "WARC-Target-URI": uri,
        "WARC-Date": date,
        "Content-Type": content_type,
        "Content-Length": len(content) if length is None else length,
    }
    lines = [f"{name}: {value}\r\n" for name, value in fields.items() if value is not None]
    return f"WARC/{version}\r\n{''.join(lines)}\r\n".encode() + content + b"\r\n\r\n"


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream, **options)
    return stream.getvalue()
