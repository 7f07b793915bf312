"""Searching a lake: its index, which a process of its own keeps up with the lake."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Literal

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.transforms.process.child_server import child_context

if TYPE_CHECKING:
    from feedlake.pipeline.search.search_index import SearchIndex

State = Literal["current", "behind", "missing", "failed"]
"""How the index is: it holds the lake, it will soon, there is none yet, or it can't be made."""

_PATIENCE_S = 2.0
"""How long a first question waits for an index: that of a small lake is there then."""


class Searcher:
    """The search index of a lake, for views. May be used in several threads at once."""

    def __init__(self, lake: str) -> None:
        """Opens no index yet: that takes a library which the other views don't need.

        Args:
            lake: Path of the lake.
        """
        self._lake = lake
        self._lock = threading.Lock()
        self._opened: SearchIndex | None = None
        self._following: Any = None

    @property
    def index(self) -> SearchIndex:
        """The index, which may not be there yet."""
        from feedlake.pipeline.search.search_index import SearchIndex

        with self._lock:
            if self._opened is None:
                self._opened = SearchIndex(Lake(self._lake))
            return self._opened

    def follow(self, snapshot: Snapshot) -> State:
        """Returns how the index is, after it was set to follow the lake if it is behind.

        Args:
            snapshot: The lake as it is.
        """
        from feedlake.pipeline.search.index_folder import find_folder, read_manifest

        index = self.index
        if index.is_current(snapshot):
            return "current"
        with self._lock:
            if self._following is None or not self._following.is_alive():
                has_failed = self._following is not None and self._following.exitcode != 0
                self._following = child_context().Process(
                    target=catch_up, args=(self._lake,), daemon=True
                )
                self._following.start()
            else:
                has_failed = False
            following = self._following
        following.join(_PATIENCE_S)
        if index.is_current(snapshot):
            return "current"
        if has_failed or (not following.is_alive() and following.exitcode != 0):
            return "failed"
        return "missing" if read_manifest(find_folder(self._lake)) is None else "behind"

    def close(self) -> None:
        """Ends the process that follows the lake; the index stays as it is."""
        with self._lock:
            if self._following is not None and self._following.is_alive():
                self._following.kill()
                self._following.join()


def catch_up(lake: str) -> None:
    """Brings the index of a lake up to date; runs in a child process.

    Args:
        lake: Path of the lake.
    """
    from feedlake.pipeline.search.search_index import SearchIndex

    SearchIndex(Lake(lake)).catch_up()
