"""Looking entries up in the lake beside all else: what it knows need not be fetched."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass
from time import monotonic, sleep
from typing import TypeVar

from feedlake.pipeline.history.find_keys import find_facts, find_leads
from feedlake.pipeline.history.index import open_index
from feedlake.pipeline.history.key_columns import KEY_TABLES
from feedlake.pipeline.history.wanted import Leads, Wanted
from feedlake.pipeline.lake.journal_entry import LakeError
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.removal.read_removed import removed_opener
from feedlake.pipeline.service.sort_ready import Waits
from feedlake.transforms.dedup.lookup import Facts, Queries
from feedlake.transforms.fetch.drop_known import settle_known
from feedlake.transforms.process.errands import Errands
from feedlake.transforms.records.documents import Entry
from feedlake.transforms.records.ready import Settled

Found = TypeVar("Found")

_ATTEMPTS, _AGAIN_S = 5, 0.1
_NAME = "look-up"
_PAUSE = 4.0  # After a look-up comes a pause so many times as long.


@dataclass(frozen=True)
class LookedUp:
    """What a look-up came to.

    Attributes:
        entries: All that were looked up.
        wanted: Those of them whose pages are to be fetched.
        settled: The others.
    """

    entries: list[Entry]
    _: KW_ONLY
    wanted: list[Entry]
    settled: list[Settled]


class Lookups:
    """Looks entries up, those together that have come since the last time; one thread uses it.

    Args:
        lake: The lake. Nobody's lock is needed: what a look-up misses, the publication recognises.
        is_indexed: Whether it has an index that the publications keep.
    """

    def __init__(self, lake: Lake, *, is_indexed: bool) -> None:
        self._lake = lake
        self._find = functools.partial(find_in_index if is_indexed else find_in_files, lake)
        self._errands = Errands(max_running=1)  # Python's end waits for none of their threads.
        self._entries: list[Entry] = []
        self._is_looking = False
        self._found: list[tuple[list[Entry], list[Settled]]] = []
        self._under_way: list[Entry] = []
        self._begun_s, self._rests_until_s = 0.0, 0.0
        self.waits: Waits = {}

    @property
    def is_busy(self) -> bool:
        """Returns whether entries wait to be looked up, or are being."""
        return bool(self._entries or self._is_looking)

    def add(self, entries: Iterable[Entry]) -> None:
        """Takes entries to be looked up."""
        self._entries += entries

    def come(self) -> LookedUp | None:
        """Begins what can be begun, and returns what has ended since; None if nothing has.

        Raises:
            Exception: A bug of ours. If the lake cannot be read, all entries count as neither
                wanted nor settled: they wait in the lake once their poll is published.
        """
        ended: LookedUp | None = None
        if self._is_looking and self._has_ended():
            self._is_looking = False
            self._rests_until_s = monotonic() + _PAUSE * (monotonic() - self._begun_s)
            wanted, settled = self._found.pop() if self._found else ([], [])
            ended = LookedUp(self._under_way, wanted=wanted, settled=settled)
        if not self._is_looking and self._entries and monotonic() >= self._rests_until_s:
            self._under_way, self._entries = self._entries, []
            self._begun_s, self._is_looking = monotonic(), True
            look_up = functools.partial(self._look_up, self._under_way, self.waits)
            self._errands.begin(_NAME, _NAME, look_up)
        return ended

    def _has_ended(self) -> bool:
        """Whether the look-up has; what it found is noted."""
        try:
            taken = self._errands.take(_NAME)
        except (OSError, LakeError):
            return True
        assert taken is not None, "it was begun"
        self._found += taken.items
        return taken.is_ended

    def _look_up(
        self, entries: list[Entry], waits: Waits
    ) -> Iterator[tuple[list[Entry], list[Settled]]]:
        opener = removed_opener(self._lake)
        removed = None if opener is None else opener()
        yield settle_known(entries, find=self._find, waits=waits, removed=removed)


def find_in_index(lake: Lake, queries: Queries) -> Facts:
    """Returns what the lake's index knows of keys; it may be made anew meanwhile."""
    return read_again(lambda: open_index(lake.path).find(queries))


def find_in_files(lake: Lake, queries: Queries) -> Facts:
    """Returns what the lake's files know of keys; they may be merged meanwhile."""
    return read_again(lambda: _read_files(lake, queries))


def _read_files(lake: Lake, queries: Queries) -> Facts:
    wanted, snapshot = Wanted.of(queries), lake.snapshot()
    tables = (*KEY_TABLES, "rejects", "known")
    paths = [(name, snapshot.places[file.path]) for name in tables for file in snapshot.held(name)]
    leads = Leads.join(find_leads(path, wanted) for name, path in paths if name in KEY_TABLES)
    found = [facts for name, path in paths for facts in find_facts(path, name, wanted, leads)]
    return Facts(
        frozenset(row for one in found for row in one.rows),
        frozenset(name for one in found for name in one.rejects),
        frozenset(mark for one in found for mark in one.row_marks),
        frozenset(mark for one in found for mark in one.known_marks),
    )


def read_again(read: Callable[[], Found]) -> Found:
    """Returns what is read of the lake; files of it and of its index may be replaced meanwhile.

    Args:
        read: Reads it; called again if files went away.

    Raises:
        OSError: They do at each attempt, or something else is wrong.
        LakeError: The lake is damaged.
    """
    for _ in range(_ATTEMPTS - 1):
        with suppress(OSError, LakeError):
            return read()
        sleep(_AGAIN_S)
    return read()
