"""Bringing a lake's texts up to date: its archived pages are extracted anew, by today's rules.

The pages go through the graph of any run, so that a text is a revision, a copy or known by the
same rules. A chunk that comes to nothing new leaves no trace.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.run_ids import new_command_id
from feedlake.pipeline.lake.url_rule import check_lake
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.run_options import IngestOptions
from feedlake.pipeline.renewal.archived_documents import Archived, check_condition, read_documents
from feedlake.pipeline.run.account import Account, add_up, open_books
from feedlake.pipeline.run.clock_check import check_clock
from feedlake.pipeline.run.enrichment import choose_enrichers
from feedlake.pipeline.run.graph import give_documents
from feedlake.pipeline.run.run import layout_of_lake, start_chunk, write_run
from feedlake.pipeline.run.run_pipeline import run_pipeline
from feedlake.pipeline.terminal import interrupts
from feedlake.pipeline.web.visits import Visits, Work
from feedlake.transforms.archives.archive_writer import ARCHIVE
from feedlake.transforms.plugins import find_plugins
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.tally import Tally
from feedlake.transforms.records.documents import Document

_CHUNK_BYTES = 64 << 20
"""Pages that are in memory at a time."""

NO_ARCHIVE = (
    "--lake {lake}: has no archive to read texts from; runs with --archive keep what they fetch"
)


@dataclass(frozen=True)
class Reextracted:
    """What bringing texts up to date came to.

    Attributes:
        articles: Articles that were asked for.
        pages: Those of them whose page, or whose text in a feed, the archive has.
        account: What was written; its documents are those of chunks that gave something new.
    """

    articles: int
    pages: int
    account: Account


def reextract(lake: Lake, options: IngestOptions, *, where: str | None = None) -> Reextracted:
    """Extracts the archived pages of a lake's articles anew; texts that differ become revisions.

    What ends it costs the chunk under way; the same command goes on.

    Args:
        lake: The lake.
        options: What the operator decides.
        where: Condition in SQL, over the view `latest`: which articles; None: all.

    Raises:
        UsageError: The lake has no archive, or the condition makes no sense.
        LakeBusyError: Another process writes to the lake.
        LakeError: The lake is damaged.
        ClockError: The clock can hardly be right.
        BooksError: Documents got lost on the way; the chunk was not published.
        KeyboardInterrupt: A signal asked for the end.
    """
    if where is not None:
        check_condition(where)
    lake.check_exists()
    process_wide(Tally).reset()
    accounts: list[Account] = []
    command_id = new_command_id(datetime.now(UTC))
    with lake.writing(wait_s=options.wait_s, is_unlocked=options.is_unlocked):
        check_lake(lake)
        check_clock(lake, now=datetime.now(UTC))
        snapshot = lake.snapshot()
        if not snapshot.held(ARCHIVE):
            raise UsageError(NO_ARCHIVE.format(lake=lake.path))
        items = read_documents(
            snapshot, where=where or "true", max_bytes=options.max_document_bytes
        )
        archived = next(items)
        assert isinstance(archived, Archived)
        pages = 0
        for number, documents in enumerate(_in_chunks(items, options), start=1):
            pages += len(documents)
            account = _run_chunk(lake, options, documents, f"{command_id}-{number:04d}")
            if account is not None:
                accounts.append(account)
            if interrupts.has_come():
                raise KeyboardInterrupt
    total = add_up(accounts, lake=lake.path, unchanged=0, elapsed_s=0.0)
    return Reextracted(archived.articles, pages, total)


def _in_chunks(
    items: Iterator[Archived | Document], options: IngestOptions
) -> Iterator[tuple[Document, ...]]:
    held: list[Document] = []
    size = 0
    for item in items:
        if not isinstance(item, Document):
            continue
        process_wide(Tally).count("documents")
        held.append(item)
        size += len(item.body)
        if len(held) >= options.chunk_documents or size >= _CHUNK_BYTES:
            yield tuple(held)
            held, size = [], 0
    if held:
        yield tuple(held)


def _run_chunk(
    lake: Lake, options: IngestOptions, documents: tuple[Document, ...], run_id: str
) -> Account | None:
    """Publishes what pages come to that is new; None if nothing is."""
    enrich = choose_enrichers(options.enrichment, lake=lake.path)
    write = replace(
        start_chunk(lake, run_id, layout_of_lake(options, lake)),
        plugin_columns=find_plugins.columns_of(enrich.names),
        revision_reason="extractor",
    )
    try:
        work = Work((), Visits(), frozenset())
        given = functools.partial(give_documents, documents=documents)
        result = run_pipeline(options, lake, work, write, given=given)
        account = open_books(result, files=0, addresses=0, write=write, lake=lake.path)
        if not (account.documents - account.already_in_lake):
            return None
        row = tuple(write_run(account, lake.next_place(), 1, 0, write, options))
        entry = JournalEntry(run_id, partition_by=write.partition_by, add=(*result.files, *row))
        with interrupts.undisturbed():
            lake.publish(entry)
    finally:
        if not lake.holds(run_id):
            lake.abandon(run_id)
    return account
