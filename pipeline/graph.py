"""The graph of a run: the only place where the steps meet."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue

from transforms import storage
from transforms.crawl import RobotsText
from transforms.decide import NearOptions
from transforms.deduplicate import Deduplicate
from transforms.drop_known import DropKnown, Lookup
from transforms.extract import Extract
from transforms.extract_document import ExtractOptions
from transforms.fetch_pages import FetchPages
from transforms.fetched_page import FetchOptions
from transforms.parquet_files import WriteOptions
from transforms.politeness import host_of
from transforms.poll_answer import PollingOptions
from transforms.poll_sources import PollSources
from transforms.read_sources import ReadOptions, ReadSources
from transforms.records import (
    ChunkResult,
    Deferral,
    Document,
    Entry,
    Rejection,
    SourceFile,
    SourceReport,
    StagedFile,
)
from transforms.sandbox import Limits
from transforms.schema import TABLES
from transforms.web_records import WebSource
from transforms.write_parquet import WriteParquet

RESULT_NAME = "result.json"
"""File of a run's staging folder that says what the pipeline wrote and counted."""


_COUNTS = (
    "files_read",
    "polls_read",
    "robots_read",
    "documents",
    "deferred",
    "in_turn",
    "already_in_lake",
)


@dataclass(frozen=True)
class WebPlan:
    """What one pipeline does on the web.

    Attributes:
        sources: Addresses to poll.
        waiting: Entries whose pages earlier runs could not have.
        robots: robots.txt files that are known.
        polling: Options of polling.
        fetching: Options of fetching pages.
        shards: Parts that are polled and fetched side by side, each in one worker; all of a host
            is in one.
    """

    sources: tuple[WebSource, ...]
    waiting: tuple[Entry, ...]
    robots: tuple[RobotsText, ...]
    polling: PollingOptions
    fetching: FetchOptions
    shards: int


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
        web: What to poll and to fetch; None for files alone.
    """

    files: tuple[SourceFile, ...]
    read: ReadOptions
    extract: ExtractOptions
    write: WriteOptions
    workers: int
    limits: Limits
    lookup: Lookup
    near: NearOptions
    reread: frozenset[str]
    web: WebPlan | None = None


def build(pipeline: beam.Pipeline, plan: Plan) -> None:
    """Adds the steps of a chunk to a pipeline; running it leaves a `ChunkResult` in staging."""
    files = (
        pipeline
        | "ListSources" >> beam.Create(plan.files)
        | "SpreadSources" >> beam.Reshuffle()
        | "ReadSources" >> ReadSources(plan.read, plan.limits)
    )
    web = _build_web(pipeline, plan.web, plan.lookup) if plan.web is not None else _Web()
    documents = (files.documents, *web.documents) | "JoinDocuments" >> beam.Flatten()
    extracted = documents | "Extract" >> Extract(plan.extract, plan.workers, plan.limits)
    rejected = (
        files.rejected,
        *web.rejected,
        extracted.rejected,
    ) | "JoinRejected" >> beam.Flatten()
    reports = (files.reports, *web.reports) | "JoinReports" >> beam.Flatten()
    decided = (extracted.articles, rejected) | "Deduplicate" >> Deduplicate(
        plan.lookup, plan.near, plan.reread
    )
    written = {
        "articles": decided.articles,
        "revisions": decided.revisions,
        "duplicates": decided.duplicates,
        "rejects": decided.rejected,
        "sources": reports,
    }
    if plan.web is not None:
        written["deferred"] = web.deferrals | "JoinDeferrals" >> beam.Flatten()
    staged = [
        records | f"Write{name.title()}" >> WriteParquet(TABLES[name], plan.write)
        for name, records in written.items()
    ]
    known = (decided.known, *web.known) | "JoinKnown" >> beam.Flatten()
    counts = (
        reports | "CountSources" >> beam.FlatMap(_count_source),
        known | "CountKnown" >> beam.Map(lambda known: ("already_in_lake", known)),
        *web.counts,
    )
    totals = counts | "JoinCounts" >> beam.Flatten() | "SumCounts" >> beam.CombinePerKey(sum)
    _ = (
        pipeline
        | "StartResult" >> beam.Create([None])
        | "WriteResult"
        >> beam.Map(
            _write_result,
            files=pvalue.AsList(staged | "JoinFiles" >> beam.Flatten()),
            totals=pvalue.AsList(totals),
            begun=pvalue.AsList(files.begun),
            untouched=pvalue.AsList(files.untouched),
            path=storage.join(plan.write.folder, RESULT_NAME),
        )
    )


class _Web(NamedTuple):
    """What the web gives to the rest of the graph."""

    documents: tuple[pvalue.PCollection[Document], ...] = ()
    rejected: tuple[pvalue.PCollection[Rejection], ...] = ()
    reports: tuple[pvalue.PCollection[SourceReport], ...] = ()
    known: tuple[pvalue.PCollection[int], ...] = ()
    deferrals: tuple[pvalue.PCollection[Deferral], ...] = ()
    counts: tuple[pvalue.PCollection[tuple[str, int]], ...] = ()


def _build_web(pipeline: beam.Pipeline, plan: WebPlan, lookup: Lookup) -> _Web:
    """Adds polling and fetching; all requests to a host are made in one place, one by one."""
    robots = pipeline | "ListRobots" >> beam.Create(plan.robots)
    sources = pipeline | "ListAddresses" >> beam.Create(plan.sources)
    retried = pipeline | "ListWaiting" >> beam.Create(plan.waiting)
    polled = (
        (sources, robots)
        | "JoinAddresses" >> beam.Flatten()
        | "KeyAddresses" >> beam.Map(_shard, shards=plan.shards)
        | "GroupAddresses" >> beam.GroupByKey()
        | "PollSources" >> PollSources(plan.polling)
    )
    sorted_ = (
        (polled.entries, retried)
        | "JoinEntries" >> beam.Flatten()
        | "DropKnown" >> DropKnown(lookup)
    )
    pages = (
        (sorted_.entries, robots)
        | "JoinPages" >> beam.Flatten()
        | "KeyPages" >> beam.Map(_shard, shards=plan.shards)
        | "GroupPages" >> beam.GroupByKey()
        | "FetchPages" >> FetchPages(plan.fetching)
    )
    waiting = (polled.waiting, pages.waiting) | "JoinWaiting" >> beam.Flatten()
    return _Web(
        documents=(polled.documents, pages.documents),
        rejected=(polled.rejected, pages.rejected),
        reports=(polled.reports, pages.reports),
        known=(polled.known, sorted_.known),
        deferrals=(waiting, pages.done, sorted_.done),
        counts=(
            retried | "CountRetried" >> beam.Map(lambda _: ("documents", 1)),
            waiting | "CountWaiting" >> beam.FlatMap(_count_waiting),
        ),
    )


def _shard(item: WebSource | Entry | RobotsText, *, shards: int) -> tuple[int, Any]:
    """The item, keyed by the part that its host is in."""
    if isinstance(item, WebSource):
        url = item.state.address if item.state else item.url
    else:
        url = item.document.url or "" if isinstance(item, Entry) else item.url
    return zlib.crc32(host_of(url).encode("utf-8", "surrogatepass")) % shards, item


def _count_waiting(deferral: Deferral) -> Iterable[tuple[str, int]]:
    """It was counted as read, and is not."""
    in_turn = 1 if deferral.reason == "in_turn" else 0
    return ("documents", -1), ("deferred", 1), ("in_turn", in_turn)


def read_result(folder: str) -> ChunkResult:
    """Returns what the pipeline left in its staging folder."""
    content = json.loads(storage.read_bytes(storage.join(folder, RESULT_NAME)))
    return ChunkResult(
        **{name: content[name] for name in _COUNTS},
        files=tuple(StagedFile(**file) for file in content["files"]),
        begun=tuple(_read_file(file) for file in content["begun"]),
        untouched=tuple(_read_file(file) for file in content["untouched"]),
    )


def _read_file(content: dict[str, Any]) -> SourceFile:
    modified_at = content["modified_at"]
    moment = None if modified_at is None else datetime.fromisoformat(modified_at)
    return SourceFile(**{**content, "modified_at": moment})


def _count_source(report: SourceReport) -> Iterable[tuple[str, int]]:
    kind = "files" if report.poll is None else "polls"
    kind = "robots" if report.source_kind == "robots" else kind
    return (f"{kind}_read", 1), ("documents", report.documents)


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
        **{name: counts.get(name, 0) for name in _COUNTS},
        begun=tuple(sorted(begun, key=lambda file: file.path)),
        untouched=tuple(sorted(untouched, key=lambda file: file.path)),
    )
    content = json.dumps(dataclasses.asdict(result), default=datetime.isoformat)
    storage.write_bytes(path, content.encode())
