"""Which addresses there are, and which of them have their turn now."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from feedlake.pipeline.web.web_history import KnownAddress
from feedlake.pipeline.web.web_sources import with_state
from feedlake.transforms.poll.polling import is_due
from feedlake.transforms.records.documents import SourceReport
from feedlake.transforms.records.polls import WebSource

_AT_ONCE = datetime.min.replace(tzinfo=UTC)


class Agenda:
    """The addresses of a service, each with what its last poll found, published or not.

    It is used by one thread at a time, and knows no clock.

    Args:
        least_s: Shortest time between two polls of an address that has none of its own.
        asked_at: When addresses were asked last, UTC, as far as the lake may not know it.
    """

    def __init__(self, *, least_s: float, asked_at: Mapping[str, datetime] | None = None) -> None:
        self._least = timedelta(seconds=least_s)
        self._sources: dict[str, WebSource] = {}
        self._turns: list[tuple[datetime, str]] = []
        self._asked_at = dict(asked_at or {})
        self._under_way: set[str] = set()

    def __len__(self) -> int:
        return len(self._sources)

    def names(self) -> set[str]:
        """Returns all addresses."""
        return set(self._sources)

    def set_sources(self, sources: Iterable[WebSource], *, now: datetime) -> None:
        """Takes which addresses there are now, with their states.

        Args:
            sources: All of them.
            now: The time, UTC.
        """
        self._sources = {source.url: source for source in sources}
        self._turns = []
        for url in sorted(self._sources.keys() - self._under_way):
            self._add_turn(url, now=now)
        heapq.heapify(self._turns)
        self._asked_at = {
            url: moment for url, moment in self._asked_at.items() if url in self._sources
        }

    def take_due(self, *, now: datetime, until: datetime | None = None) -> list[WebSource]:
        """Returns the addresses that are due, the longest due first; each is under way then.

        Args:
            now: The time, UTC.
            until: When the last of them was due; None: now.
        """
        due = []
        while self._turns and self._turns[0][0] <= (until or now):
            _, url = heapq.heappop(self._turns)
            source = self._sources.get(url)
            if source is None or url in self._under_way:
                continue
            self._under_way.add(url)
            self._asked_at[url] = now
            due.append(source)
        return due

    def hear(self, url: str, *, known: Mapping[str, KnownAddress], now: datetime) -> None:
        """Notes that a poll has ended.

        Args:
            url: The address.
            known: What is known of all addresses now.
            now: The time, UTC.
        """
        self._under_way.discard(url)
        if url in self._sources:
            self._sources[url] = with_state(self._sources[url], known)
            self._add_turn(url, now=now)

    def asked_at(self) -> dict[str, datetime]:
        """Returns when addresses were asked last, UTC."""
        return dict(self._asked_at)

    def next_due(self) -> datetime | None:
        """Returns when the next address has its turn; None if none has, or all are under way."""
        while self._turns and self._turns[0][1] not in self._sources:
            heapq.heappop(self._turns)
        return self._turns[0][0] if self._turns else None

    def _earliest(self, source: WebSource) -> datetime | None:
        """Before that an address isn't asked again, even if its last poll was lost."""
        asked_at, own_s = self._asked_at.get(source.url), source.options.interval_s
        if asked_at is None:
            return None
        return asked_at + (self._least if own_s is None else timedelta(seconds=own_s))

    def _add_turn(self, url: str, *, now: datetime) -> None:
        state = self._sources[url].state
        if state is not None and state.is_stopped:
            return
        if state is None or state.next_due is None:
            due = _AT_ONCE
        else:  # Its last poll may lie ahead, by a clock that was wrong.
            due = min(state.next_due, now) if is_due(state, now=now) else state.next_due
        heapq.heappush(self._turns, (max(due, self._earliest(self._sources[url]) or due), url))


def known_after(report: SourceReport, before: KnownAddress | None) -> KnownAddress:
    """Returns what is known of an address after a poll, as the lake will tell it.

    Args:
        report: The poll's row.
        before: What was known before it.
    """
    poll = report.poll
    assert poll is not None, "a poll has its columns"
    has_body = report.status in ("read", "partial")
    known = KnownAddress(
        poll.state,
        status=report.status,
        kind=report.source_kind,
        http_status=poll.http_status,
        error=poll.error,
        detail=report.detail,
    )
    if has_body:
        return replace(
            known,
            entry_fingerprints=poll.entry_fingerprints or (),
            children=poll.children or (),
            title=poll.title,
            entries=poll.entries,
        )
    if before is None:
        return known
    return replace(
        known,
        kind=before.kind or report.source_kind,
        entry_fingerprints=before.entry_fingerprints,
        children=before.children,
        title=before.title,
        entries=before.entries,
    )
