"""What is told of rows as they are written, so that nobody has to open their files for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from feedlake.transforms.normalize.date_bounds import FUTURE_TOLERANCE, is_ahead
from feedlake.transforms.normalize.dates import parse_date
from feedlake.transforms.records.chunk_result import DatedSource

_WITH_TEXTS = frozenset({"articles", "revisions", "duplicates"})


@dataclass
class RowNotes:
    """What rows with texts come to; those of other tables count for nothing here.

    Attributes:
        counts: By the names that they have in `ChunkResult`.
    """

    counts: Counter[str] = field(default_factory=Counter)
    _dated: Counter[str] = field(default_factory=Counter)
    _ahead: Counter[str] = field(default_factory=Counter)

    def add(self, rows: Iterable[dict[str, Any]], *, table: str, now: datetime) -> None:
        """Takes note of rows that are written.

        Args:
            rows: The rows.
            table: Name of their table.
            now: What the clock showed when the chunk began, UTC.
        """
        if table not in _WITH_TEXTS:
            return
        for row in rows:
            self.counts["unused_dates"] += has_unused_date(row)
            self.counts["rights_stated"] += bool(row["rights"])
            self.counts["rights_reserved"] += bool(row["rights_reserved"])
            late = lies_ahead(row, now=now)
            if late is not None:
                self._dated[row["source"]] += 1
                self._ahead[row["source"]] += late

    def dated(self) -> list[DatedSource]:
        """Returns how many dates each source states, if it states any."""
        return [DatedSource(one, rows, self._ahead[one]) for one, rows in self._dated.items()]


def has_unused_date(row: dict[str, Any]) -> bool:
    """Returns whether a row has words for a date, but `published_at` from elsewhere or nowhere."""
    return bool(row["published_text"]) and row["date_source"] in ("url", "guess", "fetched")


def lies_ahead(row: dict[str, Any], *, now: datetime) -> bool | None:
    """Returns whether the date that a document states lies ahead of the clock; None if none does.

    Nor does one count that is guessed. Of an archive's record, the time of its capture counts, too.

    Args:
        row: Its row.
        now: What the clock shows, UTC.
    """
    if row["source_kind"] in ("arc", "warc") and is_ahead(row["fetched_at"], now=now):
        return True
    stated = row["published_at"] if row["date_source"] in ("feed", "page", "seed") else None
    if stated is None and row["published_text"]:
        stated = parse_date(row["published_text"])
    return None if stated is None else stated > now + FUTURE_TOLERANCE
