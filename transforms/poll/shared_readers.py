"""The children of a process that read what polls bring, whichever thread polls."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from feedlake.transforms.crawl.crawl_records import Fetched
from feedlake.transforms.poll.poll_desk import Asked
from feedlake.transforms.poll.polling import import_answer_readers
from feedlake.transforms.process.pool import Pool
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.sandbox import Limits, Sandbox

READERS = 4
"""Children at a time. One that a hostile feed keeps busy is gone for a minute at the most, and the
others go on."""

_Body = tuple[Asked, Fetched]


class SharedReaders(Pool[Sandbox[_Body]]):
    """The sandboxes of a process that read bodies, each lent to one poll at a time."""


class BodyQueue:
    """Bodies of one poll, read by children that all polls share, when answers are wanted.

    Args:
        limits: What reading one may use.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._waiting: deque[tuple[_Body, Callable[..., Any]]] = deque()

    def submit(self, token: _Body, function: Callable[..., Any], /) -> None:
        """Takes a body to read, and the answer that it belongs to."""
        self._waiting.append((token, function))

    def answers(self) -> Iterator[tuple[_Body, Any]]:
        """Yields nothing: what waits is read by `drain`."""
        return iter(())

    def drain(self) -> Iterator[tuple[_Body, Any]]:
        """Reads all that waits, and yields what was found."""
        readers = process_wide(SharedReaders)
        while self._waiting:
            with readers.borrow(self._limits, self._make, most=READERS) as sandbox:
                sandbox.submit(*self._waiting.popleft())
                found = list(sandbox.drain())
            yield from found

    def _make(self) -> Sandbox[_Body]:
        return Sandbox(workers=1, limits=self._limits, imports=import_answer_readers)
