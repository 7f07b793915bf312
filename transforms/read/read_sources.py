"""The step that reads source files into documents."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from time import monotonic
from typing import Any, BinaryIO, NamedTuple, Protocol

import apache_beam as beam
from apache_beam import pvalue

from feedlake.transforms.archives.replay import Replay, is_own
from feedlake.transforms.normalize import storage
from feedlake.transforms.normalize.streams import (
    STREAM_FAULTS,
    TooLargeError,
    read_all,
)
from feedlake.transforms.plugins.find_plugins import PREFIX
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.sandbox import Limits, Sandbox
from feedlake.transforms.process.tally import Tally
from feedlake.transforms.read.kinds import Unknown
from feedlake.transforms.read.open_source import open_source, why_skipped
from feedlake.transforms.read.read_archive import is_archive, read_archive
from feedlake.transforms.read.read_csv import read_csv
from feedlake.transforms.read.read_in_children import (
    read_feed,
    read_mail,
    read_marked_up,
    read_with_plugin,
)
from feedlake.transforms.read.read_json import read_json
from feedlake.transforms.read.read_parquet import read_parquet
from feedlake.transforms.read.read_record import (
    DamagedRecordsError,
    RecordReader,
    UnknownColumnsError,
)
from feedlake.transforms.read.read_warc import DamagedArchiveError, read_arc, read_warc
from feedlake.transforms.read.reading import Reading, Room, explain_fault
from feedlake.transforms.records.batch import Batch
from feedlake.transforms.records.documents import (
    Document,
    Rejection,
    Skip,
    SourceFile,
    SourceKind,
    SourceReport,
)
from feedlake.transforms.records.outcome import Outcome
from feedlake.transforms.records.stateless import StatelessFn
from feedlake.transforms.stores.store_settings import StoreSettings
from feedlake.transforms.stores.stores import use_stores
from feedlake.transforms.texts.read_text import TextMode, read_text


class _ReadRecords(Protocol):
    def __call__(
        self, stream: BinaryIO, records: RecordReader, *, first: int
    ) -> Iterator[Document | Rejection]: ...


class _Judge(Protocol):
    def __call__(self, outcome: Outcome, *, max_bytes: int) -> Document | Rejection | Skip: ...


_READ_RECORDS: dict[SourceKind, _ReadRecords] = {
    "csv": read_csv,
    "jsonl": read_json,
}


@dataclass(frozen=True)
class ReadOptions:
    """What the operator decides about reading.

    Attributes:
        text_mode: Whether a plain text file is one article, or each line of it.
        fields: Own name of each field of records that is named differently (`text` → `body`).
        max_document_bytes: Largest document, decompressed; a larger one is rejected.
        chunk_documents: Documents that one bundle reads at the most.
        chunk_bytes: Bytes that one bundle reads at the most, decompressed: some 1,000 pages, or
            96 MiB of plain text.
        judge: Makes documents of what feedlake's own archives hold; None: these are read as any.
        stores: How workers elsewhere reach object stores; None: as this process does.
    """

    text_mode: TextMode = "auto"
    _: KW_ONLY
    fields: Mapping[str, str] = field(default_factory=dict)
    max_document_bytes: int = 10 << 20
    chunk_documents: int = 10_000
    chunk_bytes: int = 192 << 20
    judge: _Judge | None = None
    stores: StoreSettings | None = None


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


class _ReadFn(StatelessFn):
    def __init__(self, options: ReadOptions, limits: Limits) -> None:
        self._options, self._limits = options, limits
        self._sandbox: Sandbox[None] | None = None
        self._room = Room(0, 0)

    def setup(self) -> None:
        use_stores(self._options.stores)
        self._sandbox = Sandbox(workers=1, limits=self._limits)

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
                process_wide(Tally).count("documents")
                yield item
            elif isinstance(item, Rejection):
                process_wide(Tally).count("documents")
                yield pvalue.TaggedOutput("rejected", item)
            else:
                process_wide(Tally).count("sources", 0 if item.status == "continued" else 1)
                reports.append(item)
                if item.next_record not in (None, file.goes_on_at):
                    yield pvalue.TaggedOutput("begun", replace(file, start=item.next_record))

    def teardown(self) -> None:
        if self._sandbox is not None:
            self._sandbox.close()


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
    reading = Reading(file, source=file.name or storage.escape_path(file.path))
    read = functools.partial(
        _read_items, options=options, sandbox=sandbox, room=room or Room(sys.maxsize, sys.maxsize)
    )

    def read_file() -> Iterator[Document | Rejection]:
        with storage.open_read(file.path) as raw:
            yield from read(reading, _open(file, raw))

    yield from _up_to_fault(reading, read_file(), max_bytes=options.max_document_bytes)
    yield reading.report(duration_s=monotonic() - started_s)


def _open(file: SourceFile, raw: BinaryIO) -> tuple[SourceKind, BinaryIO] | Unknown:
    if file.lines_of is not None:
        return file.lines_of, raw
    return open_source(raw, path=file.name or file.path)


def _up_to_fault(
    reading: Reading, items: Iterator[Document | Rejection], *, max_bytes: int
) -> Iterator[Document | Rejection]:
    """Yields the items, and instead of a fault of the file one rejection that names it."""
    try:
        yield from items
    except UnknownColumnsError as error:
        reading.detail = str(error)
        yield reading.reject_rest(reason="unknown_columns")
    except (TooLargeError, DamagedArchiveError, DamagedRecordsError, *STREAM_FAULTS) as error:
        if storage.is_exhausted(error):
            raise  # The run fails, and the next one reads the file: there is nothing to reject.
        if isinstance(error, TooLargeError):
            reason, reading.detail = "too_large", f"more than {max_bytes} bytes"
        else:
            reason, reading.detail = explain_fault(error)
        if reading.status == "read":
            yield reading.reject_rest(reason=reason)


def _read_items(
    reading: Reading,
    opened: tuple[SourceKind, BinaryIO] | Unknown,
    *,
    options: ReadOptions,
    sandbox: Sandbox[None],
    room: Room,
) -> Iterator[Document | Rejection]:
    """Yields what a file holds from its start on, as long as there is room."""
    if isinstance(opened, Unknown):
        reading.skip_file(why_skipped(opened))
        return
    file = reading.file
    reading.kind, stream = opened
    if is_archive(reading.kind):
        read = functools.partial(_read_items, options=options, sandbox=sandbox, room=room)
        yield from read_archive(
            stream,
            reading,
            room=room,
            read=lambda member, held: _up_to_fault(
                member, read(member, held), max_bytes=options.max_document_bytes
            ),
        )
        return
    if reading.kind in ("arc", "warc") and stream.seekable():
        stream.seek(file.start)
    if reading.kind in (*_READ_RECORDS, "parquet"):
        reading.records = RecordReader(
            source=reading.source,
            kind=reading.kind,
            fields=options.fields,
            max_chars=options.max_document_bytes,
        )
    if file.lines_of is not None:
        options = replace(options, text_mode="lines")
    for item in _read_kind(reading.kind, stream, reading, options=options, sandbox=sandbox):
        if file.lines_before and not isinstance(item, Skip) and item.source_record is not None:
            item = replace(item, source_record=item.source_record + file.lines_before)
        if isinstance(item, Skip):
            reading.skipped[item.reason] += 1
        elif not reading.is_read_before(item):
            if room.is_full and reading.cut_before(item):
                return
            reading.count(item)
            room.take(item)
            yield _as_given(item, reading)


def _as_given(item: Document | Rejection, reading: Reading) -> Document | Rejection:
    """The item as its own source gave it: what an archive repeats had no place in that."""
    if item.source == reading.source or item.source_record is None:
        return item
    return replace(item, source_record=None)


def _read_kind(
    kind: SourceKind,
    stream: BinaryIO,
    reading: Reading,
    *,
    options: ReadOptions,
    sandbox: Sandbox[None],
) -> Iterator[Document | Rejection | Skip]:
    source, max_bytes = reading.source, options.max_document_bytes
    path, first = reading.path, reading.file.start - reading.file.lines_before
    if kind == "warc":
        read = None
        if options.judge is not None and is_own(stream):
            judge = functools.partial(options.judge, max_bytes=max_bytes)
            read = Replay(path, source=source, max_bytes=max_bytes, judge=judge).read
        return read_warc(stream, source=source, max_bytes=max_bytes, read=read)
    if kind == "arc":
        return read_arc(stream, source=source, max_bytes=max_bytes)
    if reading.records is not None:
        if kind == "parquet":
            return read_parquet(stream, reading.records, path=path, sandbox=sandbox, first=first)
        return _READ_RECORDS[kind](stream, reading.records, first=first)
    if kind == "text":
        return read_text(stream, source=source, mode=options.text_mode, max_bytes=max_bytes)
    if kind == "mail":
        return read_mail(stream, reading, max_bytes=max_bytes, sandbox=sandbox)
    if kind.startswith(PREFIX):
        return read_with_plugin(
            stream,
            kind=kind,
            source=source,
            fields=options.fields,
            max_chars=max_bytes,
            sandbox=sandbox,
        )
    body = read_all(stream, max_bytes=max_bytes)
    if kind == "feed":
        return read_feed(body, source=source, sandbox=sandbox)
    if kind == "markdown":
        return read_marked_up(body, reading, sandbox=sandbox)
    return iter([Document(source, source_kind="html", body=body, is_html=True, text_source="page")])
