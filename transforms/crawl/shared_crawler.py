"""The crawlers that steps share, and what outlives them: what is known of hosts."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from feedlake.transforms.crawl.crawl_records import CrawlOptions, HostBackoff, RobotsText
from feedlake.transforms.crawl.crawler import Crawler
from feedlake.transforms.crawl.network_watch import NetworkWatch
from feedlake.transforms.crawl.politeness import Hosts, HostTimes
from feedlake.transforms.normalize.hosts import host_of
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest


class Crawlers:
    """One crawler for all steps with the same options, so that a host's limits hold for all.

    What is known of hosts stays when the last step has given its crawler back: limits hold from
    one run of the process to the next, too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._crawlers: dict[CrawlOptions, tuple[Crawler, int]] = {}
        self._hosts = Hosts()
        self._robots: dict[str, RobotsText] = {}
        self._times: dict[tuple[str, str], HostTimes] = {}
        self._watches: dict[tuple[str, str], NetworkWatch] = {}

    def host_times(self, run: str, *, what: str) -> HostTimes:
        """Returns since when a run asks each host, all its chunks together.

        Args:
            run: Its name; what is known of the run before is forgotten.
            what: What it asks for, `polls` or `pages`: each may take its own time.
        """
        with self._lock:
            self._times = {key: held for key, held in self._times.items() if key[0] == run}
            return self._times.setdefault((run, what), HostTimes())

    def network(self, run: str, *, what: str) -> NetworkWatch:
        """Returns what the sites came to that a run has asked, all its chunks together.

        Args:
            run: Its name; what is known of the run before is forgotten.
            what: What it asks for, `polls` or `pages`.
        """
        with self._lock:
            self._watches = {key: held for key, held in self._watches.items() if key[0] == run}
            return self._watches.setdefault((run, what), NetworkWatch())

    def open_silent_hosts(self) -> None:
        """Leaves no host alone for not having answered: it was not its fault."""
        self._hosts.open_silent()

    def share(self, options: CrawlOptions) -> Crawler:
        """Returns the crawler with these options.

        Each call wants one of `give_back`; the last one ends the crawler.
        """
        with self._lock:
            crawler, users = self._crawlers.get(options) or (self._open(options), 0)
            self._crawlers[options] = crawler, users + 1
            return crawler

    def give_back(self, options: CrawlOptions) -> None:
        """Gives back what `share` gave."""
        with self._lock:
            crawler, users = self._crawlers.pop(options)
            if users > 1:
                self._crawlers[options] = crawler, users - 1
                return
        crawler.close()

    def remember(self, items: Iterable[Any]) -> None:
        """Notes what earlier runs have found out of hosts, where this process knows no better.

        Args:
            items: Of them, `RobotsText` and `HostBackoff` count.
        """
        items = list(items)
        now = datetime.now(UTC)
        for item in items:
            if isinstance(item, HostBackoff):
                seconds = (item.until - now).total_seconds()
                because = (
                    f"an earlier run was asked to leave the host alone until {item.until:%H:%M} UTC"
                )
                host = self._hosts.host(host_of(item.url))
                self._hosts.close(host, seconds, because=because)
        known = [item for item in items if isinstance(item, RobotsText)]
        with self._lock:
            stale = [place for place, text in list(self._robots.items()) if not text.is_fresh(now)]
            for place in stale:
                self._robots.pop(place, None)
            for text in known:
                if text.is_fresh(now):
                    self._robots.setdefault(text.url, text)

    def rest(self, names: Mapping[str, float]) -> None:
        """Leaves hosts alone for a moment: another worker may just have asked them.

        Args:
            names: Of the hosts, and for how long, in seconds.
        """
        for name, seconds in names.items():
            self._hosts.back_off(self._hosts.host(name), seconds)

    def _open(self, options: CrawlOptions) -> Crawler:
        return Crawler(options, self._hosts, self._robots, process_wide(StopRequest))

    def forget(self) -> None:
        """Forgets what is known of hosts, as a new process would; while no crawler is shared."""
        with self._lock:
            self._hosts = Hosts()
            self._robots = {}
            self._times = {}
            self._watches = {}
