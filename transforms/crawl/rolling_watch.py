"""Whether this machine's network is down, for what asks sites all the time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from feedlake.transforms.crawl.crawl_records import Fetched, NotFetched
from feedlake.transforms.crawl.network_watch import NetworkWatch, is_network_down, is_silent
from feedlake.transforms.normalize.urls import registered_domain

MEMORY_S = 900.0
"""How long what a site came to counts: the usual time between two polls of a feed."""

ANSWER_S = 30.0
"""How long an answer speaks for a site of which another address is silent."""


class _Site(NamedTuple):
    """What one site came to last.

    Attributes:
        at_s: When.
        answered_s: When it answered last; below zero: never.
        was_well: Whether it had answered before it was silent.
    """

    at_s: float
    answered_s: float
    was_well: bool


class RollingWatch(NetworkWatch):
    """What the sites came to last; other than in a run, an answer counts for a moment only.

    Args:
        clock: Seconds that never go back.
    """

    def __init__(self, *, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._clock, self._own_lock = clock, threading.Lock()
        self._sites: dict[str, _Site] = {}

    def note(self, url: str, result: Fetched | NotFetched, *, was_well: bool | None) -> None:
        """Notes what came of a request: see `NetworkWatch`."""
        silent, now_s = is_silent(result), self._clock()
        if not silent and not isinstance(result, Fetched):
            return
        site = registered_domain(url) or url
        with self._own_lock:
            before = self._sites.get(site)
            if silent:
                if was_well is False and before is None:
                    return
                answered_s = before.answered_s if before else -MEMORY_S
                was_well = bool(was_well) or (before.was_well if before else False)
                self._sites[site] = _Site(now_s, answered_s, was_well)
            else:
                self._sites[site] = _Site(now_s, now_s, True)

    def has_answer(self, url: str | None = None) -> bool:
        """Returns whether a site has answered lately: see `NetworkWatch`."""
        with self._own_lock:
            if url is None:
                return any(map(self._is_answering, self._sites.values()))
            held = self._sites.get(registered_domain(url) or url)
            return held is not None and self._is_answering(held)

    def is_down(self, *, is_sure: bool = False) -> bool:
        """Returns whether it is this machine or its network that fails: see `NetworkWatch`."""
        oldest_s = self._clock() - MEMORY_S
        with self._own_lock:
            self._sites = {
                name: held for name, held in self._sites.items() if held.at_s >= oldest_s
            }
            proven = {
                name: self._is_answering(held)
                for name, held in self._sites.items()
                if held.was_well
            }
            unproven = {name: False for name, held in self._sites.items() if not held.was_well}
        return is_network_down(proven, {} if is_sure else unproven)

    def _is_answering(self, held: _Site) -> bool:
        return held.answered_s >= held.at_s - ANSWER_S
