"""What is ready to be published: answered polls and settled entries, without Beam, picklable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from typing import Any

from feedlake.transforms.records.documents import (
    Deferral,
    Document,
    Entry,
    Recognised,
    Rejection,
    SourceReport,
)
from feedlake.transforms.records.exchange import Exchange
from feedlake.transforms.records.outcome import Outcome


@dataclass(frozen=True)
class ForArchive:
    """What the archive keeps of one thing that was asked for.

    Attributes:
        exchanges: What was asked and answered.
        wanted_at: When the response had come that the outcomes were made of, UTC.
        outcomes: What became of it; the start of the run is put in when it is published.
    """

    exchanges: tuple[Exchange, ...] = ()
    _: KW_ONLY
    wanted_at: datetime | None = None
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True)
class ReadAhead:
    """A document whose text was extracted before its publication begins.

    Attributes:
        fingerprinted: The article with its fingerprint, as `Extract` gives it.
    """

    fingerprinted: Any


@dataclass(frozen=True)
class Answered:
    """An address that was polled, and what its answer holds.

    Attributes:
        report: Its row; `report.documents` counts all that follows.
        documents: What is read as it is.
        entries: Entries whose pages are asked for. Each is settled in the same publication or a
            later one; until then it waits in the lake.
        rejected: Entries that hold nothing.
        known: How many entries were there before as they are.
    """

    report: SourceReport
    _: KW_ONLY
    documents: tuple[Document | ReadAhead, ...] = ()
    entries: tuple[Entry, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    known: int = 0


@dataclass(frozen=True)
class Settled:
    """An entry that was taken up, and what became of it: one of the first three, or that it waits.

    Attributes:
        entry: The entry, as the poll or the lake gave it.
        document: Its page, or what stands for it.
        rejection: Why there will be none.
        known: One of `KNOWN_COUNTS`, if the lake holds its article.
        recognised: The row that tells of that, if the entry says something new.
        deferral: That it waits, with the reason; or when its page is to be checked again. That an
            entry waits no more is added when it is published.
    """

    entry: Entry
    _: KW_ONLY
    document: Document | ReadAhead | None = None
    rejection: Rejection | None = None
    known: str | None = None
    recognised: Recognised | None = None
    deferral: Deferral | None = None

    @property
    def is_waiting(self) -> bool:
        """Returns whether it waits for a later attempt."""
        return self.deferral is not None and self.deferral.status == "waiting"


@dataclass(frozen=True)
class Ready:
    """What one publication takes.

    Attributes:
        answered: Addresses that were polled.
        settled: Entries, in any order, whether their polls are among `answered` or not.
        robots: Rows on robots.txt files.
        kept: What the archive keeps of all that.
        is_quiet: Whether it may wait for a while, since it says nothing but that all is as it was.
    """

    answered: tuple[Answered, ...] = ()
    settled: tuple[Settled, ...] = ()
    robots: tuple[SourceReport, ...] = ()
    kept: tuple[ForArchive, ...] = ()
    is_quiet: bool = False

    def __bool__(self) -> bool:
        return bool(self.answered or self.settled or self.robots or self.kept)


@dataclass(frozen=True)
class ReadyRows:
    """The same as the graph takes it, once it is known what waits and what does no longer.

    Attributes:
        documents: To be extracted, those left out that were read ahead.
        rejected: Rows of `rejects`.
        reports: Rows of `sources`.
        deferrals: Rows of `deferred`.
        recognised: Rows of `known`.
        counts: Names in the chunk's result, and what to add to them.
        kept: What the archive keeps.
    """

    documents: tuple[Document | ReadAhead, ...] = ()
    _: KW_ONLY
    rejected: tuple[Rejection, ...] = ()
    reports: tuple[SourceReport, ...] = ()
    deferrals: tuple[Deferral, ...] = ()
    recognised: tuple[Recognised, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    kept: tuple[ForArchive, ...] = ()


def join_ready(parts: Iterable[Ready]) -> Ready:
    """Returns all of these as one."""
    parts = list(parts)
    return Ready(
        tuple(one for part in parts for one in part.answered),
        tuple(one for part in parts for one in part.settled),
        tuple(one for part in parts for one in part.robots),
        tuple(one for part in parts for one in part.kept),
    )
