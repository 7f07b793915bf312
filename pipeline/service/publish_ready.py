"""Publishing what is ready: one bounded graph and one journal entry, as a chunk of `ingest` has."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.run_ids import new_command_id
from feedlake.pipeline.lake.url_rule import check_lake
from feedlake.pipeline.options.option_table import DEFAULT_RUNNER
from feedlake.pipeline.options.run_options import IngestOptions
from feedlake.pipeline.run import collector
from feedlake.pipeline.run.account import Account
from feedlake.pipeline.run.clock_check import check_clock
from feedlake.pipeline.run.enrichment import choose_enrichers
from feedlake.pipeline.run.run import Chunk, commit_chunk, layout_of_lake, start_chunk
from feedlake.pipeline.run.web_plan import archive_options
from feedlake.pipeline.service.sort_ready import Waits, sort_ready
from feedlake.pipeline.web.visits import Visits, Work
from feedlake.pipeline.web.waiting_pages import read_waits
from feedlake.pipeline.web.web_history import read_web_history
from feedlake.transforms.archives.archive_writer import ArchiveOptions, open_archive
from feedlake.transforms.enrich.enrich_pool import loads_of
from feedlake.transforms.extract.extract_document import import_page_readers
from feedlake.transforms.plugins import find_plugins
from feedlake.transforms.process import child_server
from feedlake.transforms.process.left_out_packages import OF_BEAM, left_out
from feedlake.transforms.records.chunk_result import NOTHING_READ, ChunkResult
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.records.exchange import Archived
from feedlake.transforms.records.ready import ForArchive, Ready, ReadyRows
from feedlake.transforms.write.parquet_files import WriteOptions, partition_of, write_rows
from feedlake.transforms.write.schema import TABLES


def publish_ready(
    options: IngestOptions,
    lake: Lake,
    ready: Ready,
    *,
    waits: Waits | None = None,
    polled_at: Mapping[str, datetime] | None = None,
    timely: Collection[str] = frozenset(),
) -> Account | None:
    """Publishes what is ready; returns what it came to, or None if it adds nothing to the lake.

    The same records may be given again, all or some of them: polls that the lake has are left out,
    and documents are recognised. Without `waits` and `polled_at` the lake is read for them.

    Args:
        options: What the operator decides.
        lake: The lake, whose lock this process holds.
        ready: What is ready.
        waits: Of all that waits in the lake: attempts, and when the first was.
        polled_at: When addresses were polled last, by what the lake holds.
        timely: Addresses whose newest entry is known to be not ahead of the clock.

    Raises:
        UsageError: The lake follows another rule for addresses, or is partitioned otherwise.
        LakeError: The lake is damaged.
        ClockError: The clock can hardly be right.
        BooksError: Documents got lost on the way.
    """
    now = datetime.now(UTC)
    if waits is None:
        by_source = read_waits(lake.snapshot(), now=now)
        waits = {name: held for some in by_source.values() for name, held in some.items()}
    if polled_at is None:
        history = read_web_history(lake.snapshot(), now=now, may_write=True)
        moments = {url: known.state.polled_at for url, known in history.addresses.items()}
        polled_at = {url: moment for url, moment in moments.items() if moment is not None}
    rows = sort_ready(ready, waits=waits, polled_at=polled_at, now=now)
    return publish_rows(options, lake, rows, timely=timely)


def publish_rows(
    options: IngestOptions, lake: Lake, rows: ReadyRows, *, timely: Collection[str] = frozenset()
) -> Account | None:
    """Publishes what `sort_ready` gave; returns what it came to, or None if there is nothing.

    Args:
        options: What the operator decides.
        lake: The lake, whose lock this process holds.
        rows: What to publish.
        timely: Addresses whose newest entry is known to be not ahead of the clock.

    Raises:
        UsageError: See `publish_ready`, likewise the others.
        LakeError: The lake is damaged.
        ClockError: The clock can hardly be right.
        BooksError: Documents got lost on the way.
    """
    if not (rows.reports or rows.deferrals or rows.documents or rows.rejected or rows.recognised):
        return None
    now = datetime.now(UTC)
    check_lake(lake)
    if not options.accepts_clock:
        check_clock(lake, now=now)
    layout = layout_of_lake(options, lake)
    enrich = choose_enrichers(options.enrichment, lake=lake.path)
    write = start_chunk(lake, f"{new_command_id(now)}-0001", layout)
    write = replace(write, plugin_columns=find_plugins.columns_of(enrich.names))
    accounts: list[Account] = []
    try:
        archive = archive_options(options, lake, write) if options.web.is_archived else None
        archived = None if archive is None else _write_archive(rows.kept, archive)
        if rows.documents or rows.rejected:
            result = _run_graph(options, lake, rows, archived, write)
        else:
            result = _write_rows(rows, archived, write)
        polls = sum(report.source_kind != "robots" for report in rows.reports)
        chunk = Chunk(addresses=polls)
        commit_chunk(options, lake, result, chunk, write=write, timely=timely, accounts=accounts)
    finally:
        if not lake.holds(write.run_id):
            lake.abandon(write.run_id)
    elapsed_s = round((datetime.now(UTC) - now).total_seconds(), 3)
    return replace(accounts[0], elapsed_s=elapsed_s)


def _run_graph(
    options: IngestOptions,
    lake: Lake,
    rows: ReadyRows,
    archived: Archived | None,
    write: WriteOptions,
) -> ChunkResult:
    if options.runner == DEFAULT_RUNNER:
        child_server.share_imports(import_page_readers)
        names = choose_enrichers(options.enrichment, lake=lake.path).names
        for load in loads_of(names):
            child_server.share_imports(load)
        if names:
            child_server.start_server()
    # Beam takes a second to import; a publication of nothing but polls does without it.
    left = OF_BEAM if options.runner == DEFAULT_RUNNER else ()
    with collector.paused(), left_out(left):
        from feedlake.pipeline.run.run_pipeline import run_pipeline
        from feedlake.pipeline.service.ready_graph import give_ready

    work = Work((), Visits(), frozenset())
    given = functools.partial(give_ready, rows=rows, archived=archived)
    return run_pipeline(options, lake, work, write, given=given)


def _write_rows(rows: ReadyRows, archived: Archived | None, write: WriteOptions) -> ChunkResult:
    """Writes what needs no step: rows of polls, and entries that wait or are known."""
    captures, files = ((), ()) if archived is None else (archived.captures, archived.files)
    tables = {
        "sources": rows.reports,
        "deferred": rows.deferrals,
        "known": rows.recognised,
        "captures": captures,
    }
    robots = sum(report.source_kind == "robots" for report in rows.reports)
    documents = sum(report.documents for report in rows.reports)
    counts: dict[str, Any] = {
        **rows.counts,
        "documents": documents + rows.counts.get("documents", 0),
    }
    return replace(
        NOTHING_READ,
        files=(
            *(file for table, records in tables.items() for file in _write(table, records, write)),
            *files,
        ),
        polls_read=len(rows.reports) - robots,
        robots_read=robots,
        **counts,
    )


def _write(table: str, records: tuple[object, ...], write: WriteOptions) -> Iterator[StagedFile]:
    by_partition: dict[str, list[dict[str, object]]] = defaultdict(list)
    for record in records:
        row = TABLES[table].to_row(record)
        by_partition[partition_of(row, table=table, options=write)].append(row)
    for partition, some in sorted(by_partition.items()):
        yield from write_rows(some, table=TABLES[table], partition=partition, options=write)


def _write_archive(kept: Collection[ForArchive], options: ArchiveOptions) -> Archived:
    archive = open_archive(options, step="ready")
    try:
        for one in kept:
            record = archive.add_exchanges(one.exchanges, wanted_at=one.wanted_at)
            for outcome in one.outcomes:
                archive.add_outcome(replace(outcome, read_at=archive.read_at), record=record)
        return archive.finish()
    finally:
        archive.close()
