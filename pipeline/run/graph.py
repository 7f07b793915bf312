"""The graph of a run: where the steps meet, but for those that ask the web (`web_graph.py`)."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue

from feedlake.transforms.dedup.decide import NearOptions
from feedlake.transforms.dedup.deduplicate import Deduplicate
from feedlake.transforms.dedup.fingerprint import Fingerprinted
from feedlake.transforms.enrich.drop_low_quality import DropLowQuality
from feedlake.transforms.enrich.enrich_articles import Enrich
from feedlake.transforms.enrich.enrichers import EnrichOptions
from feedlake.transforms.extract.extract_articles import Extract
from feedlake.transforms.extract.extract_document import ExtractOptions
from feedlake.transforms.fetch.drop_known import Lookup
from feedlake.transforms.normalize import storage
from feedlake.transforms.process.sandbox import Limits
from feedlake.transforms.read.read_sources import ReadOptions, ReadSources
from feedlake.transforms.records.batch import Batch, in_batches, items_of
from feedlake.transforms.records.chunk_result import KNOWN_COUNTS, ChunkResult, DatedSource
from feedlake.transforms.records.documents import (
    Deferral,
    Document,
    EnrichFailure,
    Recognised,
    Rejection,
    SourceFile,
    SourceReport,
    StagedFile,
)
from feedlake.transforms.records.exchange import Archived, Capture
from feedlake.transforms.records.file_facts import read_facts
from feedlake.transforms.records.stateless import flat_map, map_one
from feedlake.transforms.removal.drop_removed import DropRemoved
from feedlake.transforms.removal.removed_keys import RemovedKeys
from feedlake.transforms.stores.store_settings import StoreSettings
from feedlake.transforms.stores.stores import use_stores
from feedlake.transforms.write.parquet_files import WriteOptions
from feedlake.transforms.write.write_parquet import WriteParquet

RESULT_NAME = "result.json"
"""File of a run's staging folder that says what the pipeline wrote and counted."""

BATCH_FILES, BATCH_FILE_BYTES = 100, 4 << 20
"""Files that one element of the pipeline names, and their size: a worker's share of a cluster's
work is no smaller than that."""

_COUNTS = (
    "files_read",
    "polls_read",
    "robots_read",
    "documents",
    "deferred",
    "backlog",
    *KNOWN_COUNTS,
    "left",
    *("unused_dates", "rights_stated", "rights_reserved"),
)


class Web(NamedTuple):
    """What the web gives to the graph.

    Attributes:
        documents: Of `Document`.
        articles: Of `Batch` of `Fingerprinted`: what was extracted before.
        rejected: Of `Rejection`.
        reports: Of `SourceReport`.
        known: Of pairs of a name of `KNOWN_COUNTS`, and how many entries the lake held already.
        recognised: Of `Recognised`, for those of them that said something new.
        deferrals: Of `Deferral`.
        counts: Of pairs of a name in `result.json` and a number to add to it.
        unasked: Of str: addresses that the run's next chunk polls; None: there are none.
        archived: Of `Archived`: what was written to the archive; empty: there is to be none.
    """

    documents: tuple[pvalue.PCollection[Document], ...] = ()
    articles: tuple[pvalue.PCollection[Batch[Fingerprinted]], ...] = ()
    rejected: tuple[pvalue.PCollection[Rejection], ...] = ()
    reports: tuple[pvalue.PCollection[SourceReport], ...] = ()
    known: tuple[pvalue.PCollection[tuple[str, int]], ...] = ()
    recognised: tuple[pvalue.PCollection[Recognised], ...] = ()
    deferrals: tuple[pvalue.PCollection[Deferral], ...] = ()
    counts: tuple[pvalue.PCollection[tuple[str, int]], ...] = ()
    unasked: pvalue.PCollection[str] | None = None
    archived: tuple[pvalue.PCollection[Archived], ...] = ()


BuildWeb = Callable[[beam.Pipeline, Lookup], Web]
"""Adds what polls and fetches to a pipeline."""


@dataclass(frozen=True)
class Plan:
    """What one pipeline does.

    Attributes:
        files: What to read.
        read: Options of reading.
        extract: Options of extraction.
        write: Where the files go.
        workers: Processes that extract, per Beam worker.
        limits: What one document may use.
        lookup: Finds keys in the lake.
        near: What the operator decides about near-duplicates.
        enrich: Which enrichers are run, and how.
        min_quality: Lowest quality score to keep; 0 keeps all.
        reread: Sources that an earlier run has read as they are now, as rows name them.
        is_spread: Whether other workers read files, too: one that is alone takes them as they are.
        build_web: Adds what polls and fetches; None for files alone.
        open_removed: Gives a worker what was removed from the lake; None: nothing was.
    """

    files: tuple[SourceFile, ...]
    _: KW_ONLY
    read: ReadOptions
    extract: ExtractOptions
    write: WriteOptions
    workers: int
    limits: Limits
    lookup: Lookup
    near: NearOptions
    enrich: EnrichOptions
    min_quality: float
    reread: frozenset[str]
    is_spread: bool = True
    build_web: BuildWeb | None = None
    open_removed: Callable[[], RemovedKeys] | None = None


def build(pipeline: beam.Pipeline, plan: Plan) -> None:
    """Adds the steps of a chunk to a pipeline; running it leaves a `ChunkResult` in staging."""
    begin = pipeline | "Begin" >> beam.Impulse()
    listed = begin | "ListSources" >> flat_map(_listed, batches=[*_in_batches(plan.files)])
    if plan.is_spread:
        listed = listed | "SpreadSources" >> beam.Reshuffle()
    files = listed | "ReadSources" >> ReadSources(plan.read, plan.limits)
    web = Web() if plan.build_web is None else plan.build_web(pipeline, plan.lookup)
    documents = (files.documents, *web.documents) | "JoinDocuments" >> beam.Flatten()
    extracted = documents | "Extract" >> Extract(plan.extract, plan.workers, plan.limits)
    articles = extracted.articles
    if web.articles:
        articles = (articles, *web.articles) | "JoinArticles" >> beam.Flatten()
    low: tuple[pvalue.PCollection[Rejection], ...] = ()
    if plan.min_quality:
        judged = articles | "DropLowQuality" >> DropLowQuality(
            plan.min_quality, plan.workers, plan.limits
        )
        articles, low = judged.articles, (judged.rejected,)
    rejected = (
        files.rejected,
        *web.rejected,
        extracted.rejected,
        *low,
    ) | "JoinRejected" >> beam.Flatten()
    if plan.open_removed:
        articles, rejected = (articles, rejected) | "DropRemoved" >> DropRemoved(plan.open_removed)
    reports = (files.reports, *web.reports) | "JoinReports" >> beam.Flatten()
    decided = (articles, rejected) | "Deduplicate" >> Deduplicate(
        plan.lookup, plan.near, plan.reread
    )
    enriched = decided.rows | "Enrich" >> Enrich(plan.enrich, plan.workers, plan.limits)
    others = [decided.rejected, reports, *web.deferrals]
    if plan.build_web is not None:
        others += [decided.recognised, *web.recognised]
    staged: tuple[pvalue.PCollection[StagedFile], ...] = ()
    if web.archived:
        archived = web.archived | "JoinArchived" >> beam.Flatten()
        others.append(archived | "PackCaptures" >> map_one(_captures_of))
        staged = (archived | "TakeArchiveFiles" >> flat_map(_files_of),)
    joined = others | "JoinOthers" >> beam.Flatten()
    rows = (enriched.rows, decided.duplicates, joined)
    tables = rows | "WriteTables" >> WriteParquet(plan.write)
    _ = (
        (
            begin | "StartResult" >> map_one(lambda _: ("documents", 0)),
            *(tables.files, *staged, tables.dated, enriched.failures),
            files.begun | "NameBegun" >> map_one(_named, "begun"),
            files.untouched | "NameUntouched" >> map_one(_named, "untouched"),
            *(() if web.unasked is None else (web.unasked,)),
            reports | "CountSources" >> flat_map(_count_sources),
            *(decided.known, *web.known, tables.counts, *web.counts),
        )
        | "JoinParts" >> beam.Flatten()
        | "KeyParts" >> map_one(_key_part)
        | "SumParts" >> beam.CombinePerKey(_SumParts())
        | "WriteResult"
        >> map_one(
            _write_result,
            path=storage.join(plan.write.folder, RESULT_NAME),
            stores=plan.write.stores,
        )
    )


def give_documents(
    pipeline: beam.Pipeline, lookup: Lookup, *, documents: tuple[Document, ...]
) -> Web:
    """Gives documents to the graph that were read before, in the place of the web.

    Args:
        pipeline: Where the rest of the graph is added to.
        lookup: Not needed.
        documents: The documents.
    """
    return Web(
        documents=(pipeline | "GiveDocuments" >> beam.Create(list(documents)),),
        deferrals=(pipeline | "GiveNoDeferrals" >> beam.Create([]),),
        counts=(pipeline | "CountGiven" >> beam.Create([("documents", len(documents))]),),
    )


def read_result(folder: str) -> ChunkResult:
    """Returns what the pipeline left in its staging folder."""
    content = json.loads(storage.read_bytes(storage.join(folder, RESULT_NAME)))
    return ChunkResult(
        **{name: content[name] for name in _COUNTS},
        files=tuple(
            StagedFile(**{**file, "facts": read_facts(file["facts"])}) for file in content["files"]
        ),
        begun=tuple(_read_file(file) for file in content["begun"]),
        untouched=tuple(_read_file(file) for file in content["untouched"]),
        enrich_failures=tuple(EnrichFailure(**one) for one in content["enrich_failures"]),
        unasked=tuple(content["unasked"]),
        dated=tuple(DatedSource(**one) for one in content["dated"]),
    )


def _read_file(content: dict[str, Any]) -> SourceFile:
    modified_at = content["modified_at"]
    moment = None if modified_at is None else datetime.fromisoformat(modified_at)
    return SourceFile(**{**content, "modified_at": moment})


def _in_batches(files: tuple[SourceFile, ...]) -> Iterator[Batch[SourceFile]]:
    """The files as they are spread over workers: small ones together, large ones alone."""
    return in_batches(
        files, max_items=BATCH_FILES, size=lambda file: file.size_bytes, max_size=BATCH_FILE_BYTES
    )


def _listed(_: bytes, *, batches: list[Batch[SourceFile]]) -> list[Batch[SourceFile]]:
    return batches


def _captures_of(archived: Archived) -> Batch[Capture]:
    return Batch(archived.captures)


def _files_of(archived: Archived) -> Iterable[StagedFile]:
    return archived.files


def _count_sources(reports: Batch[SourceReport] | SourceReport) -> Iterable[tuple[str, int]]:
    counts: Counter[str] = Counter()
    for report in items_of(reports):
        kind = "files" if report.poll is None else "polls"
        counts[f"{'robots' if report.source_kind == 'robots' else kind}_read"] += 1
        counts["documents"] += report.documents
    return counts.items()


_Part = tuple[str, Any]
"""A field of `ChunkResult`, and a number to add to it or a record of it."""


_NAMES = {
    StagedFile: "files",
    DatedSource: "dated",
    EnrichFailure: "enrich_failures",
    str: "unasked",
}
"""Fields of `ChunkResult` by what only they hold."""


def _named(record: Any, name: str) -> _Part:
    return name, record


def _key_part(part: Any) -> tuple[None, _Part]:
    """What has come, by the name of its field unless it has that, as all of it is summed up."""
    return None, part if isinstance(part, tuple) else (_NAMES[type(part)], part)


@dataclass
class _Sums:
    """What parts add up to.

    Attributes:
        counts: By name.
        records: By name, in the order in which they came.
        failures: By enricher and cause, all failures of one as one.
    """

    counts: Counter[str] = field(default_factory=Counter)
    records: defaultdict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    failures: dict[tuple[str, str], EnrichFailure] = field(default_factory=dict)

    def add_failure(self, failure: EnrichFailure) -> None:
        """Adds one, and keeps the first example by its words."""
        key = failure.enricher, failure.cause
        if (held := self.failures.get(key)) is not None:
            failure = dataclasses.replace(
                held,
                count=held.count + failure.count,
                example=min(held.example, failure.example),
            )
        self.failures[key] = failure


class _SumParts(beam.CombineFn):
    """Adds up on each worker what the chunk came to there, so that little is sent on."""

    def __init__(self) -> None:
        pass

    def create_accumulator(self) -> _Sums:
        return _Sums()

    def add_input(self, sums: _Sums, part: _Part) -> _Sums:
        name, value = part
        if isinstance(value, int):
            sums.counts[name] += value
        elif isinstance(value, EnrichFailure):
            sums.add_failure(value)
        else:
            sums.records[name].append(value)
        return sums

    def merge_accumulators(self, accumulators: Iterable[_Sums]) -> _Sums:
        merged = _Sums()
        for sums in accumulators:
            merged.counts.update(sums.counts)
            for name, records in sums.records.items():
                merged.records[name] += records
            for failure in sums.failures.values():
                merged.add_failure(failure)
        return merged

    def extract_output(self, sums: _Sums) -> _Sums:
        return sums


def _write_result(keyed: tuple[None, _Sums], *, path: str, stores: StoreSettings | None) -> None:
    use_stores(stores)
    _, sums = keyed

    def sorted_by_path(name: str) -> tuple[Any, ...]:
        return tuple(sorted(sums.records[name], key=lambda file: file.path))

    result = ChunkResult(
        files=sorted_by_path("files"),
        **{name: sums.counts[name] for name in _COUNTS},
        begun=sorted_by_path("begun"),
        untouched=sorted_by_path("untouched"),
        enrich_failures=tuple(sums.failures[key] for key in sorted(sums.failures)),
        unasked=tuple(sorted(sums.records["unasked"])),
        dated=tuple(sums.records["dated"]),
    )
    content = json.dumps(dataclasses.asdict(result), default=datetime.isoformat)
    storage.write_bytes(path, content.encode())
