"""Whether what fails does so because of this machine or its network, not of the sites."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from feedlake.transforms.crawl.crawl_records import Fetched, NotFetched
from feedlake.transforms.normalize.urls import registered_domain

NO_NETWORK = "no_network"
"""Reason of what wasn't reached for that cause."""

MIN_SITES = 3
"""Sites that must have failed at once: two may share a machine that is down."""

# Nobody answers, names aren't known, or a stranger answers in the site's place.
_SILENT = ("connect", "dns", "timeout", "tls")


def is_silent(result: Fetched | NotFetched) -> bool:
    """Returns whether the host could not be reached, for whatever cause."""
    if isinstance(result, Fetched):
        return False
    is_down = result.reason == "host_closed" and result.was_tried
    return is_down or result.reason in _SILENT


def without_blame(result: NotFetched) -> NotFetched:
    """Returns what to say of a request that failed although the site may be well.

    It is no attempt, and the host isn't left alone for it.

    Args:
        result: Why it failed.
    """
    return NotFetched(
        NO_NETWORK,
        detail=f"most sites failed at once, so it's this machine or its network: {result.detail}",
        is_transient=True,
        was_tried=False,
        is_settled=True,
    )


def is_network_down(proven: Mapping[str, bool], unproven: Mapping[str, bool]) -> bool:
    """Returns whether so many sites failed at once that it is not their fault.

    Of sites that answered the last time more than half must have failed. If these are too few to
    tell, all that were never asked before count too, and none may have answered: a list may be
    full of sites that are gone.

    Args:
        proven: Whether sites answered now that answered the last time, by name.
        unproven: The same of sites that were never asked, and those that were silent before and
            answered now.
    """
    silent = sum(not answered for answered in proven.values())
    if silent >= MIN_SITES and silent * 2 > len(proven):
        return True
    both = [*proven.values(), *unproven.values()]
    return len(both) >= MIN_SITES > len(proven) and not any(both)


class NetworkWatch:
    """What the sites came to that a run has asked; one of its addresses that answers is enough."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._proven: dict[str, bool] = {}
        self._unproven: dict[str, bool] = {}

    def note(self, url: str, result: Fetched | NotFetched, *, was_well: bool | None) -> None:
        """Notes what came of a request.

        Args:
            url: What was asked for.
            result: What came of it; what says nothing of the network counts for nothing.
            was_well: Whether the site answered the last time; None if it was never asked.
        """
        silent = is_silent(result)
        if not silent and not isinstance(result, Fetched):
            return
        if silent and was_well is False:
            return
        site = registered_domain(url) or url
        with self._lock:
            held = self._proven if was_well else self._unproven
            held[site] = held.get(site, False) or not silent

    def has_answer(self, url: str | None = None) -> bool:
        """Returns whether a site has answered.

        Args:
            url: An address of it; None: any site.
        """
        with self._lock:
            if url is None:
                return any(self._proven.values()) or any(self._unproven.values())
            site = registered_domain(url) or url
            return self._proven.get(site, False) or self._unproven.get(site, False)

    def is_down(self, *, is_sure: bool = False) -> bool:
        """Returns whether it is this machine or its network that fails.

        Args:
            is_sure: Whether only sites count that are known to have answered.
        """
        with self._lock:
            return is_network_down(self._proven, {} if is_sure else self._unproven)
