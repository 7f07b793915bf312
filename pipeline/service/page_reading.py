"""Texts of pages, extracted between publications, so that none of these waits for a page."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import monotonic

from feedlake.transforms.dedup.fingerprint import Fingerprinted
from feedlake.transforms.extract.extract_document import (
    ExtractOptions,
    extract_fingerprinted,
    import_page_readers,
)
from feedlake.transforms.extract.page_attempts import Attempt, next_attempt, outcome_of, task_of
from feedlake.transforms.process.sandbox import Limits, Sandbox
from feedlake.transforms.records.documents import Document, Rejection

Tell = Callable[[Fingerprinted | Rejection], None]
"""Receives what a document comes to."""

MAX_HOST_BYTES, MAX_BYTES = 16 << 20, 64 << 20
"""Documents that may wait of one host, of which one always may, and of all."""

SLOW_S = 3.0
"""A page that takes so long to read makes its host a slow one, until one takes less."""

_LEAST_CHILDREN = 2  # One that a hostile page keeps busy holds up no other host's.
_IDLE_S = 10.0  # Then the children end: a new one takes milliseconds, an old one 60 MB.


@dataclass(eq=False)
class _Host:
    """What waits to be read of one host.

    Attributes:
        waiting: Documents, and who receives what comes of each.
        turn_s: How much time its pages have taken, on the scale of all hosts' turns.
        unread: Documents that wait or are being read.
        size: Their bytes.
        is_being_read: Whether one of them is: they are read in their order.
        is_slow: Whether its last page took long.
    """

    waiting: deque[tuple[Document, Tell]] = field(default_factory=deque)
    turn_s: float = 0.0
    unread: int = 0
    size: int = 0
    is_being_read: bool = False
    is_slow: bool = False


class PageReading:
    """Has children read documents, those of that host first whose pages have taken least time.

    A page may take twenty seconds of CPU, and a site may have hundreds of such pages. They wait for
    each other: a host has one child at a time, slow hosts leave one to the others, and who has
    taken milliseconds has the next turn. So an edition is never read after a newer one, either.
    What is to be told is told in the thread that calls `go_on`.

    Args:
        options: What the operator decides, but for the time.
        limits: What one document may use.
        workers: Children, at least; there are two in any case.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        options: ExtractOptions,
        limits: Limits,
        *,
        workers: int,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._options, self._clock = options, clock
        self._size = max(_LEAST_CHILDREN, workers)
        self._sandbox: Sandbox[_Reading] = Sandbox(
            workers=self._size, limits=limits, imports=import_page_readers
        )
        self._hosts: dict[str, _Host] = {}
        self._turn_s = 0.0  # Of the host that was served last.
        self._unread = self._bytes = self._slow_under_way = 0
        self._idle_since_s: float | None = None

    @property
    def is_busy(self) -> bool:
        """Returns whether anything is still to be read."""
        return self._unread > 0

    @property
    def is_full(self) -> bool:
        """Returns whether so much waits that nothing more should come."""
        return self._bytes >= MAX_BYTES

    def is_slow(self, host: str) -> bool:
        """Returns whether the last page of a host took long to read."""
        return host in self._hosts and self._hosts[host].is_slow

    def unread(self, host: str) -> int:
        """Returns how many documents of a host are still to be read."""
        return self._hosts[host].unread if host in self._hosts else 0

    def has_room(self, host: str, size: int) -> bool:
        """Returns whether a host may have more documents waiting.

        Args:
            host: The host.
            size: Of the documents, in bytes.
        """
        held = self._hosts.get(host)
        return held is None or not held.unread or held.size + size <= MAX_HOST_BYTES

    def add(self, host: str, document: Document, tell: Tell) -> None:
        """Takes a document.

        Args:
            host: Whose turn it takes.
            document: HTML.
            tell: Receives what comes of it, from `go_on`.
        """
        held = self._hosts.setdefault(host, _Host())
        held.turn_s = max(held.turn_s, self._turn_s)
        held.waiting.append((document, tell))
        self._count(held, document, 1)

    def go_on(self) -> None:
        """Tells what was read since the last call, and has read what can be; waits for nothing.

        Raises:
            TaskError: A bug of ours.
        """
        for reading, answer in self._sandbox.come():
            again = next_attempt(reading.attempt, answer, self._options)
            if again is None:
                self._end(reading, outcome_of(reading.attempt, answer))
            else:
                self._begin(replace(reading, attempt=again))
        while self._sandbox.has_room and (name := self._next_host()) is not None:
            held = self._hosts[name]
            document, tell = held.waiting.popleft()
            self._turn_s, held.is_being_read = max(self._turn_s, held.turn_s), True
            self._slow_under_way += held.is_slow
            self._begin(_Reading(name, Attempt(document), tell, self._clock(), held.is_slow))
        self._rest_if_idle()

    def close(self) -> None:
        """Ends the children; what they read is told to nobody."""
        self._sandbox.close()

    def _begin(self, reading: _Reading) -> None:
        options = replace(self._options, read_at=datetime.now(UTC))
        self._sandbox.submit(reading, extract_fingerprinted, *task_of(reading.attempt, options))

    def _end(self, reading: _Reading, found: Fingerprinted | Rejection) -> None:
        held, took_s = self._hosts[reading.host], self._clock() - reading.begun_s
        self._slow_under_way -= reading.is_slow
        held.is_being_read, held.is_slow = False, took_s >= SLOW_S
        held.turn_s += took_s
        self._count(held, reading.attempt.document, -1)
        if not (held.unread or held.is_slow):
            del self._hosts[reading.host]
        reading.tell(found)

    def _count(self, held: _Host, document: Document, number: int) -> None:
        size = number * len(document.body)
        held.unread, held.size = held.unread + number, held.size + size
        self._unread, self._bytes = self._unread + number, self._bytes + size

    def _next_host(self) -> str | None:
        """The host whose turn it is; None if none has one."""
        is_for_all = self._slow_under_way < self._size - 1
        turns = (
            (held.turn_s, name)
            for name, held in self._hosts.items()
            if held.waiting and not held.is_being_read and (is_for_all or not held.is_slow)
        )
        return min(turns, default=(0.0, None))[1]

    def _rest_if_idle(self) -> None:
        if self._unread:
            self._idle_since_s = None
        elif self._idle_since_s is None:
            self._idle_since_s = self._clock()
        elif self._clock() >= self._idle_since_s + _IDLE_S:
            self._sandbox.close()


@dataclass(frozen=True)
class _Reading:
    """A document that a child reads.

    Attributes:
        host: Whose turn it took.
        attempt: What the child is asked for.
        tell: Receives what comes of it.
        begun_s: When the first attempt began, of the clock.
        is_slow: Whether it took the place of a slow host.
    """

    host: str
    attempt: Attempt
    tell: Tell
    begun_s: float
    is_slow: bool
