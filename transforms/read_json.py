"""JSON lines, JSON arrays and Parquet rows: documents as records with named fields."""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, BinaryIO

import ijson

from transforms.dates import parse_date_value
from transforms.records import Document, Rejection, SourceKind
from transforms.text import normalize_line

FIELDS = ("url", "html", "text", "title", "date", "author", "authors", "language", "source")
"""The fields that have a meaning; all others end up in `extra`."""


class DamagedRecordsError(Exception):
    """The records end in something that is no record; the message says where and what."""


def read_json(
    stream: BinaryIO, *, source: str, fields: Mapping[str, str], max_bytes: int
) -> Iterator[Document | Rejection]:
    """Yields the documents of a file of JSON lines, of a JSON array, or of one JSON object.

    Args:
        stream: The decompressed bytes.
        source: Path or URL of the file.
        fields: The file's own name for each field that it names differently (`text` → `body`).
        max_bytes: Largest record, in bytes.

    Raises:
        DamagedRecordsError: A JSON array is broken; all before the fault was yielded.
    """
    raw: io.RawIOBase = _Utf8Reader(stream)
    buffered = io.BufferedReader(raw, 1 << 16)
    first = buffered.peek(4096)[:4096].lstrip()[:1]
    if first == b"[":
        yield from _read_array(buffered, source=source, fields=fields)
        return
    number, whole = 0, b""
    while line := buffered.readline(max_bytes + 1):
        number += 1
        if len(line) > max_bytes and not line.endswith(b"\n"):
            while (rest := buffered.readline(1 << 20)) and not rest.endswith(b"\n"):
                pass
            yield reject_record(
                source, "jsonl", number, "too_large", f"more than {max_bytes} bytes"
            )
            continue
        if not line.strip():
            continue
        value = _parse(line)
        if number == 1 and isinstance(value, ValueError) and line.lstrip().startswith(b"{"):
            whole = line + buffered.read(max_bytes)
            whole_value = _parse(whole)
            if isinstance(whole_value, dict):
                yield read_record(whole_value, source=source, kind="jsonl", number=1, fields=fields)
                return
            raw = _Chained(whole[len(line) :], buffered)
            buffered = io.BufferedReader(raw, 1 << 16)
        if isinstance(value, ValueError):
            yield reject_record(source, "jsonl", number, "bad_json", f"line {number}: {value}")
        else:
            yield read_record(value, source=source, kind="jsonl", number=number, fields=fields)


def read_parquet(
    stream: BinaryIO, *, source: str, fields: Mapping[str, str]
) -> Iterator[Document | Rejection]:
    """Yields the documents of a Parquet file, row by row.

    Args:
        stream: The file, seekable.
        source: Its path or URL.
        fields: As for `read_json`.

    Raises:
        DamagedRecordsError: The file is broken; all before the fault was yielded.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        for batch in pq.ParquetFile(stream).iter_batches(batch_size=256):
            for row in batch.to_pylist():
                number += 1
                yield read_record(row, source=source, kind="parquet", number=number, fields=fields)
    except (pa.ArrowException, OSError) as error:
        raise DamagedRecordsError(f"after row {number}: {error}") from error


def read_record(
    value: object, *, source: str, kind: SourceKind, number: int, fields: Mapping[str, str]
) -> Document | Rejection:
    """Returns the document of one record, or why there is none.

    Args:
        value: The record, a mapping if it is well-formed.
        source: Path or URL of the file.
        kind: `jsonl` or `parquet`.
        number: Number of the record, from 1.
        fields: As for `read_json`.
    """
    if not isinstance(value, dict):
        return reject_record(
            source, kind, number, "not_an_object", f"a {type(value).__name__}, not an object"
        )
    record = dict(value)
    known = {name: record.pop(fields.get(name, name), None) for name in FIELDS}
    html, text = _string(known["html"]), _string(known["text"])
    url, title = _string(known["url"]), normalize_line(_string(known["title"]))
    if not (text or "").strip() and not (html or "").strip():
        return Rejection(source, kind, number, url, title, "read", "empty", "neither text nor html")
    is_html = not (text or "").strip()
    names = known["authors"] if known["authors"] is not None else known["author"]
    return Document(
        source=source,
        source_kind=kind,
        source_record=number,
        body=(html if is_html else text) or "",
        is_html=is_html,
        text_source="page" if is_html else "text",
        url=url,
        title=title,
        authors=_names(names),
        published_at=parse_date_value(known["date"]),
        published_text=None if known["date"] is None else str(known["date"])[:100],
        date_source="seed",
        language=_string(known["language"]),
        site_name=normalize_line(_string(known["source"])),
        extra=_dump({key: item for key, item in record.items() if item is not None}),
    )


def reject_record(
    source: str, kind: SourceKind, number: int, reason: str, detail: str
) -> Rejection:
    """Returns the rejection of a record that could not be read."""
    return Rejection(source, kind, number, None, None, "read", reason, detail)


def _read_array(
    stream: BinaryIO, *, source: str, fields: Mapping[str, str]
) -> Iterator[Document | Rejection]:
    number = 0
    try:
        for value in ijson.items(stream, "item", use_float=True):
            number += 1
            yield read_record(value, source=source, kind="jsonl", number=number, fields=fields)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise DamagedRecordsError(f"after element {number}: {error}") from error


def _parse(line: bytes) -> Any:
    """Returns the value, or the ValueError that says why there is none."""
    try:
        # NaN and Infinity are no JSON, yet common; as null they can be written again.
        return json.loads(line.decode("utf-8", "replace"), parse_constant=lambda _: None)
    except ValueError as error:
        return error
    except RecursionError:
        return ValueError("nested too deep")


def _string(value: object) -> str | None:
    """The value as text: numbers as written, anything structured is none."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def _names(value: object) -> tuple[str, ...]:
    """Names out of a string, a list of strings, or a list of objects with a `name`."""
    items = value if isinstance(value, list) else [value]
    names = [item.get("name") if isinstance(item, dict) else item for item in items]
    lines = [normalize_line(_string(name)) for name in names]
    return tuple(dict.fromkeys(line for line in lines if line))


def _dump(extra: dict[str, object]) -> str | None:
    if not extra:
        return None
    text = json.dumps(extra, ensure_ascii=False, default=_dump_other, sort_keys=True)
    return text.encode("utf-8", "replace").decode()


def _dump_other(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


class _Utf8Reader(io.RawIOBase):
    """The stream as UTF-8 without byte-order mark, whichever Unicode encoding it is in."""

    def __init__(self, stream: BinaryIO) -> None:
        head = stream.read(4)
        self._decoder: codecs.IncrementalDecoder | None = None
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self._decoder = codecs.getincrementaldecoder("utf-16")("replace")
        elif head.startswith(codecs.BOM_UTF8):
            head = head[3:]
        self._head, self._stream, self._ready = head, stream, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._ready:
            data, self._head = self._head or self._stream.read(1 << 16), b""
            if not data:
                return 0
            self._ready = (
                self._decoder.decode(data).encode("utf-8", "replace") if self._decoder else data
            )
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size


class _Chained(io.RawIOBase):
    """Bytes that were read ahead, then the rest of the stream."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head, self._stream = head, stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._head[: len(buffer)] or self._stream.read(len(buffer))
        self._head = self._head[len(data) :] if self._head else b""
        buffer[: len(data)] = data
        return len(data)
