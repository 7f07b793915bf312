"""The graph of a run: the only place where the steps meet."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam import pvalue

from transforms import storage
from transforms.batch import Batch, in_batches
from transforms.crawl import HostRest, RobotsText
from transforms.decide import NearOptions
from transforms.deduplicate import Deduplicate
from transforms.drop_known import DropKnown, Lookup
from transforms.drop_low_quality import DropLowQuality
from transforms.enrich import Enrich
from transforms.enrichers import EnrichOptions
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
    EnrichFailure,
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

BATCH_FILES, BATCH_FILE_BYTES = 100, 4 << 20
"""Files that one element of the pipeline names, and their size: a worker's share of a cluster's
work is no smaller than that."""

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
        hosts: What is known of hosts: robots.txt files, and until when some are left alone.
        polling: Options of polling.
        fetching: Options of fetching pages.
        shards: Parts that are polled and fetched side by side, each in one worker; all of a host
            is in one.
    """

    sources: tuple[WebSource, ...]
    waiting: tuple[Entry, ...]
    hosts: tuple[RobotsText | HostRest, ...]
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
        enrich: Which enrichers are run, and how.
        min_quality: Lowest quality score to keep; 0 keeps all.
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
    enrich: EnrichOptions
    min_quality: float
    reread: frozenset[str]
    web: WebPlan | None = None


def build(pipeline: beam.Pipeline, plan: Plan) -> None:
    """Adds the steps of a chunk to a pipeline; running it leaves a `ChunkResult` in staging."""
    files = (
        pipeline
        | "ListSources" >> beam.Create(list(_in_batches(plan.files)))
        | "SpreadSources" >> beam.Reshuffle()
        | "ReadSources" >> ReadSources(plan.read, plan.limits)
    )
    web = _build_web(pipeline, plan.web, plan.lookup) if plan.web is not None else _Web()
    documents = (files.documents, *web.documents) | "JoinDocuments" >> beam.Flatten()
    extracted = documents | "Extract" >> Extract(plan.extract, plan.workers, plan.limits)
    articles = extracted.articles
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
    reports = (
        files.reports,
        *(part | f"PackReports{n}" >> beam.Map(_pack) for n, part in enumerate(web.reports)),
    ) | "JoinReports" >> beam.Flatten()
    decided = (articles, rejected) | "Deduplicate" >> Deduplicate(
        plan.lookup, plan.near, plan.reread
    )
    enriched = (
        (decided.articles, decided.revisions)
        | "JoinDecided" >> beam.Flatten()
        | "Enrich" >> Enrich(plan.enrich, plan.workers, plan.limits)
    )
    written = {
        "articles": enriched.articles,
        "revisions": enriched.revisions,
        "duplicates": decided.duplicates,
        "rejects": decided.rejected | "PackRejects" >> beam.Map(_pack),
        "sources": reports,
    }
    if plan.web is not None:
        deferrals = web.deferrals | "JoinDeferrals" >> beam.Flatten()
        written["deferred"] = deferrals | "PackDeferrals" >> beam.Map(_pack)
    staged = [
        records | f"Write{name.title()}" >> WriteParquet(TABLES[name], plan.write)
        for name, records in written.items()
    ]
    known = (decided.known, *web.known) | "JoinKnown" >> beam.Flatten()
    counts = (
        reports | "CountSources" >> beam.FlatMap(_count_sources),
        known | "CountKnown" >> beam.Map(lambda known: ("already_in_lake", known)),
        *web.counts,
    )
    failures = (
        enriched.failures
        | "KeyFailures" >> beam.Map(lambda one: ((one.enricher, one.cause), one))
        | "SumFailures" >> beam.CombinePerKey(_sum_failures)
        | "BareFailures" >> beam.Values()
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
            failures=pvalue.AsList(failures),
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
    hosts = pipeline | "ListHosts" >> beam.Create(plan.hosts)
    sources = pipeline | "ListAddresses" >> beam.Create(plan.sources)
    retried = pipeline | "ListWaiting" >> beam.Create(plan.waiting)
    polled = (
        (sources, hosts)
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
        (sorted_.entries, hosts)
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


def _shard(item: WebSource | Entry | RobotsText | HostRest, *, shards: int) -> tuple[int, Any]:
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
        enrich_failures=tuple(EnrichFailure(**one) for one in content["enrich_failures"]),
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


def _pack(record: Any) -> Batch[Any]:
    return Batch((record,))


def _count_sources(reports: Batch[SourceReport]) -> Iterable[tuple[str, int]]:
    counts: Counter[str] = Counter()
    for report in reports.items:
        kind = "files" if report.poll is None else "polls"
        counts[f"{'robots' if report.source_kind == 'robots' else kind}_read"] += 1
        counts["documents"] += report.documents
    return counts.items()


def _sum_failures(failures: Iterable[EnrichFailure]) -> EnrichFailure:
    """How often an enricher failed for one cause, with the first example by its words."""
    held = list(failures)
    first = min(held, key=lambda one: one.example)
    return dataclasses.replace(first, count=sum(one.count for one in held))


def _write_result(
    _: None,
    *,
    files: list[StagedFile],
    totals: list[tuple[str, int]],
    begun: list[SourceFile],
    untouched: list[SourceFile],
    failures: list[EnrichFailure],
    path: str,
) -> None:
    counts = dict(totals)
    result = ChunkResult(
        files=tuple(sorted(files, key=lambda file: file.path)),
        **{name: counts.get(name, 0) for name in _COUNTS},
        begun=tuple(sorted(begun, key=lambda file: file.path)),
        untouched=tuple(sorted(untouched, key=lambda file: file.path)),
        enrich_failures=tuple(sorted(failures, key=lambda one: (one.enricher, one.cause))),
    )
    content = json.dumps(dataclasses.asdict(result), default=datetime.isoformat)
    storage.write_bytes(path, content.encode())
