"""What is ready and waits for its publication, within bounds."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable

from feedlake.transforms.records.documents import Document
from feedlake.transforms.records.entry_json import deferred_id
from feedlake.transforms.records.ready import (
    Answered,
    ForArchive,
    ReadAhead,
    Ready,
    Settled,
    join_ready,
)

MAX_BYTES = 32 << 20
"""Texts and pages that may wait: extracting so much takes half a minute on two cores."""

MAX_RECORDS = 5_000
"""Records that may wait, whatever their size."""

QUIET_S = 300.0
"""How long polls may wait that found nothing new: of each address, the last one tells all."""


class ReadyBuffer:
    """Collects what is ready in one thread, and gives it to another.

    Polls that found nothing new, of addresses that were well, come along only so often: a row for
    each of them would be most of what is in a lake that is asked each minute.

    Args:
        max_bytes: See `MAX_BYTES`.
        max_records: See `MAX_RECORDS`.
    """

    def __init__(self, *, max_bytes: int = MAX_BYTES, max_records: int = MAX_RECORDS) -> None:
        self._max_bytes, self._max_records = max_bytes, max_records
        self._lock = threading.Lock()
        self._parts: list[Ready] = []
        self._quiet: dict[str, Answered] = {}
        self._quiet_since_s: float | None = None
        self._bytes = self._records = 0
        self._names = Counter[str]()

    @property
    def is_full(self) -> bool:
        """Returns whether no more is to be asked for until some was taken."""
        return self._bytes >= self._max_bytes or self._records >= self._max_records

    def holds(self, name: str) -> bool:
        """Returns whether an entry is among what is ready.

        Args:
            name: Its `deferred_id`.
        """
        with self._lock:
            return self._names[name] > 0

    def add(self, part: Ready) -> None:
        """Takes something that is ready."""
        with self._lock:
            for one in part.answered:
                self._quiet.pop(one.report.source, None)  # Its state goes on from there.
            self._parts.append(part)
            self._measure(part)

    def add_quiet(self, answered: Answered, *, now_s: float) -> None:
        """Takes a poll that found nothing new, of an address that was well.

        Args:
            answered: The poll.
            now_s: Of a clock that never goes back.
        """
        with self._lock:
            self._quiet[answered.report.source] = answered
            if self._quiet_since_s is None:
                self._quiet_since_s = now_s

    def take(self, *, now_s: float, is_last: bool = False) -> Ready:
        """Returns all that is to be published now.

        Args:
            now_s: Of the same clock.
            is_last: Whether polls that found nothing new come along in any case.
        """
        with self._lock:
            parts, self._parts = self._parts, []
            since_s = self._quiet_since_s
            if since_s is not None and (is_last or now_s - since_s >= QUIET_S):
                parts.append(Ready(tuple(self._quiet.values())))
                self._quiet, self._quiet_since_s = {}, None
            self._bytes = self._records = 0
            self._names.clear()
            return join_ready(parts)

    def give_back(self, ready: Ready) -> None:
        """Takes back what could not be published now, before all that came since."""
        with self._lock:
            self._parts.insert(0, ready)
            self._measure(ready)

    def _measure(self, part: Ready) -> None:
        self._names.update(deferred_id(one.entry.document) for one in part.settled)
        self._records += len(part.answered) + len(part.settled) + len(part.robots)
        self._records += sum(len(one.entries) + len(one.documents) for one in part.answered)
        self._bytes += sum(len(document.body) for document in _documents(part.answered))
        self._bytes += sum(_size(one) for one in part.settled)
        self._bytes += sum(_kept_size(one) for one in part.kept)


def _documents(answered: Iterable[Answered]) -> Iterable[Document]:
    return (
        document for one in answered for document in one.documents if isinstance(document, Document)
    )


def _size(settled: Settled) -> int:
    if isinstance(settled.document, ReadAhead):
        return len(settled.document.fingerprinted.article.text)
    return 0 if settled.document is None else len(settled.document.body)


def _kept_size(kept: ForArchive) -> int:
    return sum(len(one.body) for one in kept.exchanges)
