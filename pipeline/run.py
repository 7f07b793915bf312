"""One run: list the sources, run the pipeline, check the books, publish."""

from __future__ import annotations

import dataclasses
import json
import platform
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import apache_beam as beam
import pyarrow.parquet as pq
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline import __version__, graph
from pipeline.history import look_up_in_index
from pipeline.lake import Entry, Lake, new_run_id
from pipeline.options import IngestOptions, UsageError
from pipeline.sources import list_sources
from transforms import storage, tally
from transforms.decide import NearOptions
from transforms.extract_document import ExtractOptions
from transforms.read_sources import ReadOptions
from transforms.records import SourceFile, StagedFile
from transforms.schema import TABLES
from transforms.write_parquet import WriteOptions, partition_of, write_rows

_LIBRARIES = ("apache-beam", "trafilatura", "htmldate", "lxml", "feedparser", "fastwarc", "pyarrow")
# The in-process engine by its full name: Beam's `DirectRunner` is a switch that first tries to
# download another engine from the internet.
_LOCAL_RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"


class BooksError(Exception):
    """The documents read are not those accounted for: nothing was published (exit code 1)."""


@dataclass(frozen=True)
class Account:
    """What one run came to.

    Attributes:
        run_id: The run.
        sources: Sources read.
        documents: Documents read.
        articles: Rows added to `articles`.
        revisions: Rows added to `revisions`.
        duplicates: Rows added to `duplicates`.
        rejects: Rows added to `rejects`.
        already_in_lake: Documents that the lake held already.
        reject_reasons: Rows added to `rejects`, by reason.
        skipped: Records that are no documents and sources of no known kind, by reason.
        unread_sources: Sources that are no kind that holds articles, or could not be read.
        lake: The lake's path.
        elapsed_s: Wall time of the run.
    """

    run_id: str
    sources: int
    documents: int
    articles: int
    revisions: int
    duplicates: int
    rejects: int
    already_in_lake: int
    reject_reasons: dict[str, int]
    skipped: dict[str, int]
    unread_sources: int
    lake: str
    elapsed_s: float

    @property
    def is_silent_zero(self) -> bool:
        """Whether a scheduler should look: no source could be read, or all was rejected."""
        return self.unread_sources == self.sources or (
            self.documents > 0 and self.rejects == self.documents
        )


def run(options: IngestOptions) -> Account:
    """Reads the sources into the lake and returns the account.

    Raises:
        UsageError: The sources or the lake are not what the options take them for.
        LakeBusyError: Another process writes to the lake.
        LakeError: The lake is damaged.
        BooksError: Documents got lost on the way; nothing was published.
    """
    started_at = datetime.now(UTC)
    lake = Lake(options.lake)
    files = list_sources(options.sources, lake=options.lake)
    tally.reset()
    with lake.writing():
        run_id = new_run_id(started_at)
        write = WriteOptions(
            folder=lake.staging_folder(run_id),
            run_id=run_id,
            started_at=started_at,
            partition_by=_partition_by(options, lake),
        )
        try:
            result = _run_pipeline(options, lake, files, write)
            account = _account(result, files, write, options)
            runs = list(_write_run(account, write, options))
            lake.publish(Entry(run_id, write.partition_by, (*result.files, *runs)))
        except BaseException:
            lake.abandon(run_id)
            raise
    return account


def _partition_by(options: IngestOptions, lake: Lake) -> tuple[str, ...]:
    found = lake.partition_by()
    if found and options.partition_by and found != options.partition_by:
        raise UsageError(
            f"--partition-by {','.join(options.partition_by)}: this lake is partitioned by "
            f"{','.join(found)}; one lake has one layout"
        )
    return found or options.partition_by or ("date",)


def _run_pipeline(
    options: IngestOptions, lake: Lake, files: list[SourceFile], write: WriteOptions
) -> graph.Result:
    plan = graph.Plan(
        files=tuple(files),
        read=ReadOptions(options.text_mode, dict(options.fields), options.max_document_bytes),
        extract=ExtractOptions(write.started_at, options.min_chars, options.earliest_date),
        write=write,
        workers=options.workers,
        limits=options.limits,
        lookup=look_up_in_index(lake),
        near=NearOptions(),
    )
    is_local = options.runner in ("DirectRunner", "FnApiRunner")
    flags = [f"--runner={_LOCAL_RUNNER if is_local else options.runner}", *options.beam_flags]
    beam_options = PipelineOptions(flags)
    known = beam_options.get_all_options()
    given = beam_options.get_all_options(retain_unknown_options=True)
    if unknown := sorted(set(given) - set(known)):
        raise UsageError(f"--{unknown[0]}: Beam knows no such flag")
    with beam.Pipeline(options=beam_options) as pipeline:
        graph.build(pipeline, plan)
    return graph.read_result(write.folder)


def _account(
    result: graph.Result, files: list[SourceFile], write: WriteOptions, options: IngestOptions
) -> Account:
    """The run's account, from the rows that were written.

    Raises:
        BooksError: The sum does not close, or not every source was read.
    """
    rows = Counter(dict.fromkeys(TABLES, 0))
    for file in result.files:
        rows[file.table] += file.rows
    reasons = Counter(_read_column(result.files, "rejects", "reason", write))
    skipped: Counter[str] = Counter()
    for records in _read_column(result.files, "sources", "skipped", write):
        skipped.update({record["reason"]: record["count"] for record in records})
    statuses = Counter(_read_column(result.files, "sources", "status", write))
    accounted = (
        rows["articles"]
        + rows["revisions"]
        + rows["duplicates"]
        + rows["rejects"]
        + result.already_in_lake
    )
    if accounted != result.documents or not len(files) == result.sources == rows["sources"]:
        raise BooksError(
            f"the books do not balance: {result.documents} documents read of {len(files)} sources, "
            f"{accounted} accounted for of {rows['sources']}; nothing was published"
        )
    return Account(
        run_id=write.run_id,
        sources=result.sources,
        documents=result.documents,
        articles=rows["articles"],
        revisions=rows["revisions"],
        duplicates=rows["duplicates"],
        rejects=rows["rejects"],
        already_in_lake=result.already_in_lake,
        reject_reasons=dict(reasons.most_common()),
        skipped=dict(skipped.most_common()),
        unread_sources=statuses["skipped"] + statuses["failed"],
        lake=options.lake,
        elapsed_s=round((datetime.now(UTC) - write.started_at).total_seconds(), 3),
    )


def _read_column(
    files: tuple[StagedFile, ...], table: str, column: str, write: WriteOptions
) -> list[Any]:
    values: list[Any] = []
    for file in files:
        if file.table == table:
            with storage.open_read(storage.join(write.folder, file.path)) as stream:
                values += pq.ParquetFile(stream).read(columns=[column]).column(0).to_pylist()
    return values


def _write_run(
    account: Account, write: WriteOptions, options: IngestOptions
) -> Iterator[StagedFile]:
    versions = {name: version(name) for name in _LIBRARIES}
    row = {
        **dataclasses.asdict(account),
        "unchanged_sources": 0,
        "started_at": write.started_at,
        "finished_at": datetime.now(UTC),
        "options": options.to_json(),
        "versions": json.dumps(
            {"feedlake": __version__, "python": platform.python_version(), **versions}
        ),
    }
    partition = partition_of(row, table="runs", options=write)
    return write_rows([row], table=TABLES["runs"], partition=partition, options=write)
