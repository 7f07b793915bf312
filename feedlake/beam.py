"""The steps of a run as transforms of Apache Beam, for pipelines of your own.

`docs/python.md` shows such a pipeline. Elements are single records, so that you can filter and
change them between two steps; the run's own graph has the same steps, packed for speed. All inputs
are bounded and in the global window. Beam's `DirectRunner` first tries to download another engine:
`beam.Pipeline(runner=LOCAL_RUNNER)` stays on this machine.

To import this module takes a second, and fails in IPython, where Beam asks for a part of pandas
that pandas 3 no longer has.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal, NamedTuple

import apache_beam as beam
from apache_beam import pvalue
from apache_beam.utils.windowed_value import WindowedValue

from feedlake.pipeline.api.keyword_options import read_keywords
from feedlake.pipeline.history.lake_lookup import look_up_by_join
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.option_kinds import lake_path
from feedlake.pipeline.options.run_options import IngestOptions, ingest_options
from feedlake.pipeline.run.enrichment import choose_enrichers
from feedlake.pipeline.run.sources import list_sources
from feedlake.transforms.dedup.decide import Decided, NearOptions, Verdict
from feedlake.transforms.dedup.deduplicate import Deduplicate as _Deduplicate
from feedlake.transforms.dedup.deduplicate import LookUpInHistory
from feedlake.transforms.dedup.fingerprint import Fingerprinted, fingerprint_articles
from feedlake.transforms.dedup.lookup import Facts, History, Queries
from feedlake.transforms.enrich.enrich_articles import Enrich as _Enrich
from feedlake.transforms.extract.extract_articles import BATCH_ARTICLES, BATCH_CHARS
from feedlake.transforms.extract.extract_articles import Extract as _Extract
from feedlake.transforms.extract.extract_document import ExtractOptions
from feedlake.transforms.plugins.find_plugins import columns_of
from feedlake.transforms.read.read_sources import ReadOptions
from feedlake.transforms.read.read_sources import ReadSources as _ReadSources
from feedlake.transforms.records.batch import Batch
from feedlake.transforms.records.documents import (
    Article,
    Document,
    EnrichFailure,
    Rejection,
    SourceFile,
    SourceReport,
    StagedFile,
)
from feedlake.transforms.records.global_window import in_global_window
from feedlake.transforms.write.parquet_files import WriteOptions, layout_of
from feedlake.transforms.write.write_parquet import WriteParquet as _WriteParquet

__all__ = (
    "LOCAL_RUNNER",
    "Article",
    "Decided",
    "Deduplicate",
    "Deduplicated",
    "Document",
    "Enrich",
    "EnrichFailure",
    "Enriched",
    "Extract",
    "Extracted",
    "ReadSources",
    "Rejection",
    "SourceReport",
    "Sources",
    "Verdict",
    "WriteParquet",
)

LOCAL_RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
"""Beam's engine in this process, by its full name: no network, no download."""


class Sources(NamedTuple):
    """What `ReadSources` gives.

    Attributes:
        documents: Of `Document`.
        rejected: Of `Rejection`: documents, or parts of a file, that could not be read.
        reports: Of `SourceReport`, one for each file.
    """

    documents: pvalue.PCollection[Document]
    rejected: pvalue.PCollection[Rejection]
    reports: pvalue.PCollection[SourceReport]


class ReadSources(beam.PTransform[pvalue.PBegin, Sources]):
    """Reads files of any kind that feedlake knows, told by their content.

    In: the pipeline. Out: `Sources`; the sum of the reports' `documents` is the number of documents
    and rejections. The files are listed when the pipeline is built. Addresses on the web are no
    files: `feedlake.ingest` polls them.

    Args:
        *sources: Files, folders and globs, at least one.
        text_mode: As `--text-mode`.
        field: As `--field`: your own names of fields of records (`{"text": "body"}`).
        max_document_mb: As `--max-document-mb`.

    Raises:
        UsageError: A source is not there, or an option is not allowed.
    """

    def __init__(
        self,
        *sources: str | os.PathLike[str],
        text_mode: Literal["auto", "whole", "lines"] = "auto",
        field: Mapping[str, str] | None = None,
        max_document_mb: int = 10,
    ) -> None:
        super().__init__()
        if not sources:
            raise UsageError("sources: names none; must be a path, or several")
        self._paths = tuple(os.fspath(source) for source in sources)
        told = _options(text_mode=text_mode, field=field, max_document_mb=max_document_mb)
        self._limits = told.limits
        self._options = ReadOptions(
            told.text_mode,
            fields=dict(told.fields),
            max_document_bytes=told.max_document_bytes,
            chunk_documents=sys.maxsize,  # Nothing is left for a later chunk: there is none.
            chunk_bytes=sys.maxsize,
        )

    def expand(self, pipeline: pvalue.PBegin) -> Sources:
        """Returns the three collections."""
        files = list_sources(self._paths, lake=os.devnull)
        read = (
            pipeline
            | "ListFiles" >> beam.Create([Batch[SourceFile]([file]) for file in files])
            | "SpreadFiles" >> beam.Reshuffle()
            | "ReadFiles" >> _ReadSources(self._options, self._limits)
        )
        reports: pvalue.PCollection[SourceReport] = read.reports | "Reports" >> beam.FlatMap(_items)
        return Sources(read.documents, read.rejected, reports)


class Extracted(NamedTuple):
    """What `Extract` gives: each document is in exactly one of the two.

    Attributes:
        articles: Of `Article`.
        rejected: Of `Rejection`.
    """

    articles: pvalue.PCollection[Article]
    rejected: pvalue.PCollection[Rejection]


class Extract(beam.PTransform[pvalue.PCollection[Document], Extracted]):
    """Makes an article of each document, or a rejection that says why there is none.

    In: a collection of `Document`. Out: `Extracted`; each document leaves exactly once, in no
    particular order. Pages are read in child processes with limits.

    Args:
        min_chars: As `--min-chars`.
        extraction: As `--extraction`.
        earliest_date: As `--earliest-date`.
        workers: Child processes for each worker of Beam's.
        timeout: As `--timeout`, in seconds.
        max_memory_mb: As `--max-memory-mb`.

    Raises:
        UsageError: An option is not allowed.
    """

    def __init__(
        self,
        *,
        min_chars: int = 200,
        extraction: Literal["fast", "balanced", "thorough"] = "balanced",
        earliest_date: date | str = "1990-01-01",
        workers: int = 1,
        timeout: int = 20,
        max_memory_mb: int = 1024,
    ) -> None:
        super().__init__()
        told = _options(
            min_chars=min_chars,
            extraction=extraction,
            earliest_date=earliest_date,
            workers=workers,
            timeout=timeout,
            max_memory_mb=max_memory_mb,
        )
        self._workers, self._limits = told.workers, told.limits
        self._options = ExtractOptions(
            datetime.now(UTC),
            min_chars=told.min_chars,
            earliest_date=told.earliest_date,
            extraction=told.extraction,
        )

    def expand(self, documents: pvalue.PCollection[Document]) -> Extracted:
        """Returns the two collections."""
        extracted = documents | "ExtractDocuments" >> _Extract(
            self._options, self._workers, self._limits
        )
        articles: pvalue.PCollection[Article] = extracted.articles | "Articles" >> beam.FlatMap(
            _articles_of
        )
        return Extracted(articles, extracted.rejected)


class Deduplicated(NamedTuple):
    """What `Deduplicate` gives: each article is in exactly one of the first three, or known.

    Attributes:
        articles: Of `Decided`: new articles.
        revisions: Of `Decided`: new versions of articles.
        duplicates: Of `Decided`: copies, each naming the article that it repeats.
        known: Of int, whose sum says how many the lake holds as they are.
    """

    articles: pvalue.PCollection[Decided]
    revisions: pvalue.PCollection[Decided]
    duplicates: pvalue.PCollection[Decided]
    known: pvalue.PCollection[int]


class Deduplicate(beam.PTransform[pvalue.PCollection[Article], Deduplicated]):
    """Decides what each article is beside the others, and beside a lake.

    In: a collection of `Article`, whose keys (3 kB each) meet in one place. Out: `Deduplicated`.
    Neither their order nor the number of workers decides.

    Args:
        lake: A lake whose articles count as known; it is read, and not written to. None: none.
        near_duplicates: As `--near-duplicates`.
        near_threshold: As `--near-threshold`.

    Raises:
        UsageError: There is no such lake, or an option is not allowed.
    """

    def __init__(
        self,
        *,
        lake: str | os.PathLike[str] | None = None,
        near_duplicates: Literal["drop", "keep"] = "drop",
        near_threshold: float = 0.8,
    ) -> None:
        super().__init__()
        told = _options(near_duplicates=near_duplicates, near_threshold=near_threshold)
        self._near = NearOptions(told.near_threshold, are_kept=told.near_duplicates == "keep")
        self._lake = None if lake is None else Lake(lake_path(os.fspath(lake)))
        if self._lake is not None:
            self._lake.check_exists()

    def expand(self, articles: pvalue.PCollection[Article]) -> Deduplicated:
        """Returns the four collections."""
        lookup = LookUpInHistory(_Nothing) if self._lake is None else look_up_by_join(self._lake)
        batches = articles | "Fingerprint" >> beam.ParDo(_FingerprintFn())
        none = articles.pipeline | "NoRejects" >> beam.Create([]).with_output_types(Rejection)
        decided = (batches, none) | "Decide" >> _Deduplicate(lookup, self._near)
        return Deduplicated(
            decided.rows | "Articles" >> beam.FlatMap(_items_of, outcome="article"),
            decided.rows | "Revisions" >> beam.FlatMap(_items_of, outcome="revision"),
            decided.duplicates | "Duplicates" >> beam.FlatMap(_items),
            decided.known | "Known" >> beam.Values(),
        )


class Enriched(NamedTuple):
    """What `Enrich` gives.

    Attributes:
        rows: Of `Decided`, with the enrichers' columns in `enrichment`.
        failures: Of `EnrichFailure`: one for each enricher that failed on an article.
    """

    rows: pvalue.PCollection[Decided]
    failures: pvalue.PCollection[EnrichFailure]


class Enrich(beam.PTransform[pvalue.PCollection[Decided], Enriched]):
    """Adds language, places, tone and the like to articles and revisions.

    In: a collection of `Decided` that are articles or revisions. Out: `Enriched`; each leaves
    exactly once, in no particular order. Texts are read in child processes with limits; an enricher
    that fails on one leaves its columns empty there.

    Args:
        enrich: As `--enrich`.
        entities: As `--entities`.
        workers: Child processes for each worker of Beam's.

    Raises:
        UsageError: An option is not allowed, or an enricher needs an extra that is not installed.
    """

    def __init__(
        self,
        enrich: str | Sequence[str] = "default",
        *,
        entities: Literal["off", "lead", "full"] = "off",
        workers: int = 1,
    ) -> None:
        super().__init__()
        told = _options(enrich=enrich, entities=entities, workers=workers)
        self._workers, self._limits = told.workers, told.limits
        self._options = choose_enrichers(told.enrichment, lake=os.devnull)

    def expand(self, rows: pvalue.PCollection[Decided]) -> Enriched:
        """Returns the two collections."""
        enriched = (
            rows
            | "Pack" >> beam.Map(_pack)
            | "EnrichRows" >> _Enrich(self._options, self._workers, self._limits)
        )
        unpacked: pvalue.PCollection[Decided] = enriched.rows | "Unpack" >> beam.FlatMap(_items)
        return Enriched(unpacked, enriched.failures)


class WriteParquet(beam.PTransform[pvalue.PCollection[Any], pvalue.PCollection[str]]):
    """Writes the rows of one table, in the columns and folders that a lake has.

    In: a collection of `Decided` (for `articles`, `revisions` and `duplicates`), `Rejection`
    (`rejects`) or `SourceReport` (`sources`). Out: the paths of the files, each of which appears
    whole. They are no lake: there is no journal, so what an interrupted pipeline has written stays.
    `feedlake.ingest` writes lakes.

    Args:
        folder: Where to write; the files go to `articles/date=…/` below it.
        table: Name of the table.
        partition_by: As `--partition-by`.
        enrich: As `--enrich`: whose plugins have columns in `articles` and `revisions`.

    Raises:
        UsageError: There is no such table, or an option is not allowed.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        table: Literal["articles", "revisions", "duplicates", "rejects", "sources"] = "articles",
        partition_by: str | Sequence[str] = "date",
        enrich: str | Sequence[str] = "default",
    ) -> None:
        super().__init__()
        tables = ("articles", "revisions", "duplicates", "rejects", "sources")
        if table not in tables:
            raise UsageError(f"table: {table}: must be one of {', '.join(tables)}")
        now = datetime.now(UTC)
        told = _options(partition_by=partition_by, enrich=enrich)
        layout = told.partition_by or ("date",)
        names = choose_enrichers(told.enrichment, lake=os.devnull).names
        self._table = table
        self._options = WriteOptions(
            lake_path(os.fspath(folder)),
            run_id=f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
            started_at=now,
            partition_by=layout_of(layout),
            plugin_columns=columns_of(names),
        )

    def expand(self, records: pvalue.PCollection[Any]) -> pvalue.PCollection[str]:
        """Returns the paths of the files."""
        folder = self._options.folder
        written = (records,) | "WriteFiles" >> _WriteParquet(self._options, self._table)
        paths: pvalue.PCollection[str] = written.files | "Paths" >> beam.Map(
            _path_of, folder=folder
        )
        return paths


class _Nothing(History):
    """The history of a pipeline without a lake."""

    def find(self, queries: Queries) -> Facts:
        return Facts()


class _FingerprintFn(beam.DoFn):
    def __init__(self) -> None:
        self._held: list[Article] = []
        self._chars = 0

    def process(self, article: Article) -> Iterator[Batch[Fingerprinted]]:
        self._held.append(article)
        self._chars += article.char_count
        if len(self._held) >= BATCH_ARTICLES or self._chars >= BATCH_CHARS:
            yield self._take()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        if self._held:
            yield in_global_window(self._take())

    def _take(self) -> Batch[Fingerprinted]:
        held, self._held, self._chars = self._held, [], 0
        return Batch(fingerprint_articles(held))


def _options(**given: object) -> IngestOptions:
    """What a run would be told with these options; of its sources and lake nothing is asked."""
    values = read_keywords(given, function="ingest")
    return ingest_options({**values, "sources": (), "lake": os.devnull})


def _items(batch: Batch[Any]) -> Iterable[Any]:
    return batch.items


def _items_of(batch: Batch[Decided], outcome: str) -> Iterable[Decided]:
    return batch.items if batch.items[0].verdict.outcome == outcome else ()


def _articles_of(batch: Batch[Fingerprinted]) -> Iterable[Article]:
    return [fingerprinted.article for fingerprinted in batch.items]


def _pack(record: Any) -> Batch[Any]:
    return Batch((record,))


def _path_of(file: StagedFile, *, folder: str) -> str:
    return f"{folder}/{file.path}"
