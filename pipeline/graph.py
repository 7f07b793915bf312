"""The graph of a run: the only place where the steps meet."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import apache_beam as beam
from apache_beam import pvalue

from transforms import storage
from transforms.decide import NearOptions
from transforms.deduplicate import Deduplicate
from transforms.extract import Extract
from transforms.extract_document import ExtractOptions
from transforms.history import Facts, Queries
from transforms.parquet_files import WriteOptions
from transforms.read_sources import ReadOptions, ReadSources
from transforms.records import ChunkResult, SourceFile, SourceReport, StagedFile
from transforms.sandbox import Limits
from transforms.schema import TABLES
from transforms.write_parquet import WriteParquet

RESULT_NAME = "result.json"
"""File of a run's staging folder that says what the pipeline wrote and counted."""


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
        reread: Sources that an earlier run has read as they are now, as rows name them.
    """

    files: tuple[SourceFile, ...]
    read: ReadOptions
    extract: ExtractOptions
    write: WriteOptions
    workers: int
    limits: Limits
    lookup: beam.PTransform[pvalue.PCollection[Queries], pvalue.PCollection[Facts]]
    near: NearOptions
    reread: frozenset[str]


def build(pipeline: beam.Pipeline, plan: Plan) -> None:
    """Adds the steps of a chunk to a pipeline; running it leaves a `ChunkResult` in staging."""
    sources = (
        pipeline
        | "ListSources" >> beam.Create(plan.files)
        | "SpreadSources" >> beam.Reshuffle()
        | "ReadSources" >> ReadSources(plan.read, plan.limits)
    )
    extracted = sources.documents | "Extract" >> Extract(plan.extract, plan.workers, plan.limits)
    rejected = (sources.rejected, extracted.rejected) | "JoinRejected" >> beam.Flatten()
    decided = (extracted.articles, rejected) | "Deduplicate" >> Deduplicate(
        plan.lookup, plan.near, plan.reread
    )
    written = {
        "articles": decided.articles,
        "revisions": decided.revisions,
        "duplicates": decided.duplicates,
        "rejects": decided.rejected,
        "sources": sources.reports,
    }
    files = [
        records | f"Write{name.title()}" >> WriteParquet(TABLES[name], plan.write)
        for name, records in written.items()
    ]
    counts = (
        sources.reports | "CountSources" >> beam.FlatMap(_count_source),
        decided.known | "CountKnown" >> beam.Map(lambda known: ("already_in_lake", known)),
    )
    totals = counts | "JoinCounts" >> beam.Flatten() | "SumCounts" >> beam.CombinePerKey(sum)
    _ = (
        pipeline
        | "StartResult" >> beam.Create([None])
        | "WriteResult"
        >> beam.Map(
            _write_result,
            files=pvalue.AsList(files | "JoinFiles" >> beam.Flatten()),
            totals=pvalue.AsList(totals),
            begun=pvalue.AsList(sources.begun),
            untouched=pvalue.AsList(sources.untouched),
            path=storage.join(plan.write.folder, RESULT_NAME),
        )
    )


def read_result(folder: str) -> ChunkResult:
    """Returns what the pipeline left in its staging folder."""
    content = json.loads(storage.read_bytes(storage.join(folder, RESULT_NAME)))
    return ChunkResult(
        **{name: content[name] for name in ("sources", "documents", "already_in_lake")},
        files=tuple(StagedFile(**file) for file in content["files"]),
        begun=tuple(_read_file(file) for file in content["begun"]),
        untouched=tuple(_read_file(file) for file in content["untouched"]),
    )


def _read_file(content: dict[str, Any]) -> SourceFile:
    modified_at = content["modified_at"]
    moment = None if modified_at is None else datetime.fromisoformat(modified_at)
    return SourceFile(**{**content, "modified_at": moment})


def _count_source(report: SourceReport) -> Iterable[tuple[str, int]]:
    return ("sources", 1), ("documents", report.documents)


def _write_result(
    _: None,
    *,
    files: list[StagedFile],
    totals: list[tuple[str, int]],
    begun: list[SourceFile],
    untouched: list[SourceFile],
    path: str,
) -> None:
    counts = dict(totals)
    result = ChunkResult(
        files=tuple(sorted(files, key=lambda file: file.path)),
        sources=counts.get("sources", 0),
        documents=counts.get("documents", 0),
        already_in_lake=counts.get("already_in_lake", 0),
        begun=tuple(sorted(begun, key=lambda file: file.path)),
        untouched=tuple(sorted(untouched, key=lambda file: file.path)),
    )
    content = json.dumps(dataclasses.asdict(result), default=datetime.isoformat)
    storage.write_bytes(path, content.encode())
