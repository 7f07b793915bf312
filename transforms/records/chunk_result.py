"""What one pipeline came to, as its two ends counted it."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from feedlake.transforms.records.documents import EnrichFailure, SourceFile, StagedFile

KNOWN_COUNTS = (
    "known_by_entry",
    "known_by_address",
    "known_by_guid",
    "known_by_text",
    "known_rejects",
)
"""The counts of documents that add no row, since the lake holds them."""


@dataclass(frozen=True)
class DatedSource:
    """The dates that one source's documents state, as far as they were written.

    Attributes:
        source: As its rows name it.
        rows: Rows that state a date.
        ahead: Those of them that lie ahead of the clock.
    """

    source: str
    rows: int
    ahead: int


@dataclass(frozen=True)
class ChunkResult:
    """What one pipeline came to; its two sides were counted at opposite ends of the graph.

    Attributes:
        files: What was written.
        files_read: Files read, in whole or in part.
        polls_read: Addresses polled.
        robots_read: robots.txt files fetched.
        documents: Documents read, as the readers counted them, without those that wait.
        deferred: Entries whose pages wait for a later run.
        backlog: Those of them for which there was no room in the chunk.
        known_by_entry: Entries that say what they said when they were read.
        known_by_address: Entries that were not read since the lake has an article of their link.
        known_by_guid: Entries that were not read since the lake has an article of their guid.
        known_by_text: Documents that were read and are nothing new.
        known_rejects: Documents that were rejected before.
        begun: Files read in part, with where to go on.
        untouched: Files for which there was no room in the chunk.
        enrich_failures: What could not be enriched.
        unasked: Addresses that the chunk had no time to poll; the run's next chunk does.
        left: How many a later run polls, since this one may ask their host for no more.
        unused_dates: Rows written whose source or page states a date that was not used.
        rights_stated: Rows written of which anything is said about their rights.
        rights_reserved: Of these, rows that are reserved from text and data mining.
        dated: What the rows written say about the clock; a source may be there more than once.
    """

    files: tuple[StagedFile, ...]
    _: KW_ONLY
    files_read: int
    polls_read: int
    robots_read: int
    documents: int
    deferred: int
    backlog: int
    known_by_entry: int
    known_by_address: int
    known_by_guid: int
    known_by_text: int
    known_rejects: int
    begun: tuple[SourceFile, ...]
    untouched: tuple[SourceFile, ...]
    enrich_failures: tuple[EnrichFailure, ...] = ()
    unasked: tuple[str, ...] = ()
    left: int = 0
    unused_dates: int = 0
    rights_stated: int = 0
    rights_reserved: int = 0
    dated: tuple[DatedSource, ...] = ()


NOTHING_READ = ChunkResult(
    files=(),
    files_read=0,
    polls_read=0,
    robots_read=0,
    documents=0,
    deferred=0,
    backlog=0,
    known_by_entry=0,
    known_by_address=0,
    known_by_guid=0,
    known_by_text=0,
    known_rejects=0,
    begun=(),
    untouched=(),
)
"""What a run comes to that has nothing to do."""
