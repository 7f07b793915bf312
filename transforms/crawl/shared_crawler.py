"""The crawler of a process, and what outlives it: what is known of hosts and robots.txt files."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from feedlake.transforms.crawl.crawl_records import CrawlOptions, HostRest, RobotsText
from feedlake.transforms.crawl.crawler import Crawler
from feedlake.transforms.crawl.politeness import Hosts
from feedlake.transforms.normalize.hosts import host_of

_lock = threading.Lock()
_crawlers: dict[CrawlOptions, tuple[Crawler, int]] = {}
_hosts = Hosts()
_robots: dict[str, RobotsText] = {}


def share_crawler(options: CrawlOptions) -> Crawler:
    """Returns the process's crawler with these options, which all its steps share.

    Each call wants one of `return_crawler`; the last one ends the crawler. What is known of the
    hosts stays, so that a limit holds from one run to the next.
    """
    with _lock:
        crawler, users = _crawlers.get(options) or (Crawler(options, _hosts, _robots), 0)
        _crawlers[options] = crawler, users + 1
        return crawler


def return_crawler(options: CrawlOptions) -> None:
    """Gives back what `share_crawler` gave."""
    with _lock:
        crawler, users = _crawlers.pop(options)
        if users > 1:
            _crawlers[options] = crawler, users - 1
            return
    crawler.close()


def remember(items: Iterable[Any]) -> None:
    """Notes what earlier runs have found out of hosts, where this process knows no better.

    Args:
        items: Of them, `RobotsText` and `HostRest` count.
    """
    items = list(items)
    now = datetime.now(UTC)
    for item in items:
        if isinstance(item, HostRest):
            seconds = (item.until - now).total_seconds()
            because = (
                f"an earlier run was asked to leave the host alone until {item.until:%H:%M} UTC"
            )
            _hosts.close(_hosts.host(host_of(item.url)), seconds, because=because)
    known = [item for item in items if isinstance(item, RobotsText)]
    with _lock:
        stale = [place for place, text in list(_robots.items()) if not text.is_fresh(now)]
        for place in stale:
            _robots.pop(place, None)
        for text in known:
            if text.is_fresh(now):
                _robots.setdefault(text.url, text)
