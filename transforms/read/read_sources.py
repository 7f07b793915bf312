"""The step that reads source files into documents."""

from __future__ import annotations

import functools
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any, BinaryIO, Literal, NamedTuple

import apache_beam as beam
from apache_beam import pvalue

from feedlake.transforms.normalize import storage
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.normalize.streams import (
    STREAM_FAULTS,
    Compression,
    TooLargeError,
    decompress,
    detect_compression,
    read_all,
    read_head,
)
from feedlake.transforms.normalize.url_list import read_url_list
from feedlake.transforms.process import tally
from feedlake.transforms.process.sandbox import Failure, Limits, Sandbox
from feedlake.transforms.read.kinds import HEAD_BYTES, Unknown, detect_kind, import_feed_readers
from feedlake.transforms.read.read_json import read_json
from feedlake.transforms.read.read_parquet import read_parquet
from feedlake.transforms.read.read_record import DamagedRecordsError
from feedlake.transforms.read.read_text import TextMode, read_text
from feedlake.transforms.read.read_warc import DamagedArchiveError, read_warc
from feedlake.transforms.records.batch import Batch
from feedlake.transforms.records.documents import (
    Document,
    Rejection,
    Skip,
    SourceFile,
    SourceKind,
    SourceReport,
)

_FIRST_MEMBER_BYTES = 8 << 20
"""How much of a gzip archive's first member is looked at for a second record."""

TEXT_WEIGHT = 2
"""Room of a chunk that a byte of plain text takes; one of HTML, which is a tenth text, takes 1."""

_URL_LIST = Unknown("list of addresses")
_LISTS = (_URL_LIST, Unknown("OPML"))


@dataclass(frozen=True)
class ReadOptions:
    """What the operator decides about reading.

    Attributes:
        text_mode: Whether a plain text file is one article, or each line of it.
        fields: Own name of each JSON or Parquet field that is named differently (`text` → `body`).
        max_document_bytes: Largest document, decompressed; a larger one is rejected.
        chunk_documents: Documents that one bundle reads at the most.
        chunk_bytes: Bytes that one bundle reads at the most, decompressed: some 1,000 pages, or
            96 MiB of plain text.
    """

    text_mode: TextMode = "auto"
    fields: Mapping[str, str] = field(default_factory=dict)
    max_document_bytes: int = 10 << 20
    chunk_documents: int = 10_000
    chunk_bytes: int = 192 << 20


class Sources(NamedTuple):
    """What `ReadSources` gives.

    Attributes:
        documents: Of `Document`.
        rejected: Of `Rejection`: documents, or parts of a source, that could not be read.
        reports: Of `Batch` of `SourceReport`, one for each file that was read, in whole or in part.
        begun: Of `SourceFile`: those read in part, with where to go on.
        untouched: Of `SourceFile`: those for which no room was left.
    """

    documents: pvalue.PCollection[Document]
    rejected: pvalue.PCollection[Rejection]
    reports: pvalue.PCollection[Batch[SourceReport]]
    begun: pvalue.PCollection[SourceFile]
    untouched: pvalue.PCollection[SourceFile]


@dataclass(eq=False)
class ReadSources(beam.PTransform[pvalue.PCollection[Batch[SourceFile]], Sources]):
    """Reads files of any kind that feedlake knows, told by their content.

    In: a bounded collection of batches of `SourceFile`. Out: `Sources`; the sum of the reports'
    `documents` is the number of documents and rejections. A file is streamed, record by record;
    feeds are
    parsed in a child process with the given limits. A bundle reads no more than a chunk may
    hold; what is left is given out, not read.

    Attributes:
        options: What the operator decides.
        limits: What parsing one feed may use.
    """

    options: ReadOptions
    limits: Limits

    def __post_init__(self) -> None:
        super().__init__()

    def expand(self, files: pvalue.PCollection[Batch[SourceFile]]) -> Sources:
        """Returns the five collections."""
        outputs = files | "ReadFiles" >> beam.ParDo(
            _ReadFn(self.options, self.limits)
        ).with_outputs("rejected", "reports", "begun", "untouched", main="documents")
        return Sources(
            outputs.documents,
            outputs.rejected,
            outputs.reports,
            outputs.begun,
            outputs.untouched,
        )


class _ReadFn(beam.DoFn):
    def __init__(self, options: ReadOptions, limits: Limits) -> None:
        self._options, self._limits = options, limits
        self._sandbox: Sandbox[None] | None = None
        self._room = Room(0, 0)

    def setup(self) -> None:
        self._sandbox = Sandbox(workers=1, limits=self._limits, imports=import_feed_readers)

    def start_bundle(self) -> None:
        self._room = Room(self._options.chunk_documents, self._options.chunk_bytes)

    def process(
        self, files: Batch[SourceFile]
    ) -> Iterator[Document | pvalue.TaggedOutput[str, Any]]:
        reports: list[SourceReport] = []
        for file in files.items:
            if self._room.is_full:
                yield pvalue.TaggedOutput("untouched", file)
            else:
                yield from self._read(file, reports)
        if reports:
            yield pvalue.TaggedOutput("reports", Batch(reports))

    def _read(
        self, file: SourceFile, reports: list[SourceReport]
    ) -> Iterator[Document | pvalue.TaggedOutput[str, Any]]:
        assert self._sandbox is not None
        for item in read_source(
            file, options=self._options, sandbox=self._sandbox, room=self._room
        ):
            if isinstance(item, Document):
                tally.count("documents")
                yield item
            elif isinstance(item, Rejection):
                tally.count("documents")
                yield pvalue.TaggedOutput("rejected", item)
            else:
                tally.count("sources", 0 if item.status == "continued" else 1)
                reports.append(item)
                if item.next_record is not None:
                    yield pvalue.TaggedOutput("begun", replace(file, start=item.next_record))

    def teardown(self) -> None:
        if self._sandbox is not None:
            self._sandbox.close()


@dataclass
class Room:
    """What a chunk can still take.

    Attributes:
        documents: Documents, those rejected while reading included.
        size_bytes: Their pages; plain text, which stays in memory whole, counts `TEXT_WEIGHT`
            times.
    """

    documents: int
    size_bytes: int

    @property
    def is_full(self) -> bool:
        """Returns whether nothing more is to be read."""
        return self.documents <= 0 or self.size_bytes <= 0

    def take(self, item: Document | Rejection) -> None:
        """Takes room for what was read."""
        self.documents -= 1
        if isinstance(item, Document):
            self.size_bytes -= len(item.body) * (1 if item.is_html else TEXT_WEIGHT)


def read_source(
    file: SourceFile, *, options: ReadOptions, sandbox: Sandbox[None], room: Room | None = None
) -> Iterator[Document | Rejection | SourceReport]:
    """Yields what a file holds, and as the last item the report on it.

    A fault in the file ends its reading, not the run: all before it is yielded, then one
    rejection that names it.

    Args:
        file: The file.
        options: What the operator decides.
        sandbox: Where feeds are parsed.
        room: What may be read; None for all. A file of many documents is left where it is full.
    """
    started_s = monotonic()
    source = storage.printable(file.path)
    kind: SourceKind | None = None
    documents, skipped, fault = 0, Counter[str](), ""
    status: Literal["read", "continued", "partial", "skipped", "failed"] = "read"
    next_record: int | None = None
    last_record = file.start
    try:
        with storage.open_read(file.path) as raw:
            opened = _open(raw, path=file.path)
            if isinstance(opened, Unknown):
                status, fault = "skipped", _why_skipped(opened)
            else:
                kind, stream = opened
                if kind == "warc" and stream.seekable():
                    stream.seek(file.start)
                items = _read_kind(
                    kind, stream, source=source, first=file.start, options=options, sandbox=sandbox
                )
                for item in items:
                    if isinstance(item, Skip):
                        skipped[item.reason] += 1
                        continue
                    if (item.source_record or file.start) < file.start:
                        continue
                    record = item.source_record
                    # Never between records of one place, as a compressed frame may hold them:
                    # the next chunk would begin where this one did, for ever.
                    is_cut_here = record is not None and record > last_record
                    if room is not None and room.is_full and is_cut_here:
                        status, next_record = "continued", record
                        break
                    last_record = file.start if record is None else record
                    documents += 1
                    if room is not None:
                        room.take(item)
                    yield item
    except TooLargeError:
        fault, reason = f"more than {options.max_document_bytes} bytes", "too_large"
    except (DamagedArchiveError, DamagedRecordsError) as error:
        fault, reason = str(error), "corrupt"
    except STREAM_FAULTS as error:
        # The operating system's refusals carry a number; faults of the content do not.
        is_refused = isinstance(error, OSError) and error.errno is not None
        fault, reason = (
            str(error) or type(error).__name__,
            "unreadable" if is_refused else "corrupt",
        )
    if fault and status == "read":
        status = "partial" if documents or file.start else "failed"
        documents += 1
        yield Rejection(source, kind, None, None, None, "read", reason, fault)
    yield SourceReport(
        source=source,
        source_kind=kind,
        status=status,
        size_bytes=file.size_bytes,
        modified_at=file.modified_at,
        checksum=file.checksum,
        next_record=next_record,
        documents=documents,
        skipped=tuple(sorted(skipped.items())),
        detail=fault or None,
        duration_ms=round((monotonic() - started_s) * 1000),
    )


def _open(raw: BinaryIO, *, path: str) -> tuple[SourceKind, BinaryIO] | Unknown:
    """The file's kind and the stream that its reader wants, from its first byte."""
    head = read_head(raw, HEAD_BYTES)
    compression = detect_compression(head)
    if compression:
        raw.seek(0)
        head = read_head(decompress(raw, compression), HEAD_BYTES)
    elif len(head) < HEAD_BYTES and not raw.read(1):  # A fault that ended the head rises here.
        raw = io.BytesIO(head)
    raw.seek(0)
    kind = detect_kind(head, path=path)
    if kind == "text" and b":" in head and _lists_addresses(head):
        return _URL_LIST
    if isinstance(kind, Unknown) or compression is None:
        return kind if isinstance(kind, Unknown) else (kind, raw)
    if kind == "warc" and not _is_compressed_as_a_whole(raw, compression):
        return kind, raw  # FastWARC unpacks each record, and knows where it began.
    return kind, decompress(raw, compression)


def _lists_addresses(head: bytes) -> bool:
    """Whether a text is a list of addresses, as far as its whole first lines tell."""
    text = decode_body(head)
    if len(head) == HEAD_BYTES:
        text = text.rpartition("\n")[0]
    return read_url_list(text) is not None


def _why_skipped(kind: Unknown) -> str:
    if kind in _LISTS:
        return f"{kind.name}: it leads to articles, and is followed if the file itself is named"
    return f"{kind.name}: no kind that holds articles"


def _is_compressed_as_a_whole(raw: BinaryIO, compression: Compression) -> bool:
    """Whether the archive's first gzip member holds more than the first record."""
    if compression != "gzip":
        return compression != "zstd"
    unpacker = zlib.decompressobj(wbits=31)
    unpacked = b""
    while not unpacker.eof and len(unpacked) < _FIRST_MEMBER_BYTES and (part := raw.read(1 << 16)):
        unpacked += unpacker.decompress(part)
    raw.seek(0)
    return re.search(rb"\r\n\r\nWARC/1\.[01]\r\n", unpacked) is not None


def _read_kind(
    kind: SourceKind,
    stream: BinaryIO,
    *,
    source: str,
    first: int,
    options: ReadOptions,
    sandbox: Sandbox[None],
) -> Iterator[Document | Rejection | Skip]:
    max_bytes = options.max_document_bytes
    if kind == "warc":
        return read_warc(stream, source=source, max_bytes=max_bytes)
    if kind == "jsonl":
        return read_json(
            stream, source=source, fields=options.fields, max_bytes=max_bytes, first=first
        )
    if kind == "parquet":
        return read_parquet(
            stream, source=source, fields=options.fields, max_bytes=max_bytes, first=first
        )
    if kind == "text":
        return read_text(stream, source=source, mode=options.text_mode, max_bytes=max_bytes)
    body = read_all(stream, max_bytes=max_bytes)
    if kind == "feed":
        return _read_feed(body, source=source, sandbox=sandbox)
    return iter([Document(source, "html", body, is_html=True, text_source="page")])


def _read_feed(
    body: bytes, *, source: str, sandbox: Sandbox[None]
) -> Iterator[Document | Rejection]:
    # Children alone run it: who reads no feeds does without feedparser (0.03 s, 2026-11).
    from feedlake.transforms.feeds.parse_feed import parse_feed

    sandbox.submit(None, functools.partial(parse_feed, body, source=source))
    for _, entries in sandbox.drain():
        if isinstance(entries, Failure):
            detail = f"{len(body)} bytes of feed: {entries.detail}"
            yield Rejection(source, "feed", None, None, None, "read", entries.reason, detail)
        else:
            yield from entries
