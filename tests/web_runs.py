"""Runs over a scripted internet at a measurable pace, and what no site may see of them."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from crawling import gaps, strays
from feed_sites import Ticks
from internet import Internet

from feedlake.pipeline.web import crawl_options
from feedlake.transforms.crawl.crawl_records import CrawlOptions
from feedlake.transforms.crawl.http_client import HttpOptions
from feedlake.transforms.crawl.shared_crawler import Crawlers
from feedlake.transforms.process.process_wide import process_wide

OPEN = ("--allow-network", "127.1.0.0/16")
DELAY_S = 0.05
SLACK_S = 0.005


def shorten_deadlines(monkeypatch: pytest.MonkeyPatch, *, reply_s: float = 30.0) -> None:
    """Has runs of this process try again at once, and leave nothing to chance.

    Args:
        monkeypatch: What undoes it.
        reply_s: How long a reply is waited for. Where some site never answers, little, and yet
            enough for the sites beside it on a busy machine.
    """
    limits = {"connect_s": reply_s, "read_s": reply_s, "total_s": 1.5 * reply_s}
    monkeypatch.setattr(crawl_options, "HttpOptions", functools.partial(HttpOptions, **limits))
    crawl = functools.partial(CrawlOptions, backoff_s=0.02)
    monkeypatch.setattr(crawl_options, "CrawlOptions", crawl)
    monkeypatch.setattr("feed_sites.OPEN", ("--quiet",))  # `Web` opens less.
    monkeypatch.setattr("random.random", lambda: 0.5)  # No poll is unconditional by chance.


def forget_process() -> None:
    """As if the next run were in another process: nothing is known but what the lake holds."""
    process_wide(Crawlers).forget()


class Web(Ticks):
    """Runs that may ask nothing but 127.1.0.0/16, at a measurable pace."""

    def run(self, *flags: object) -> dict[str, Any]:
        return super().run(*OPEN, "--host-delay", f"{DELAY_S}s", *flags)

    def waiting(self) -> dict[str, str]:
        """Returns the reasons of those that wait, by title."""
        newest: dict[str, dict[str, Any]] = {}
        for row in sorted(self.rows("deferred"), key=lambda row: row["tried_at"]):
            newest[row["deferred_id"]] = row
        return {r["title"]: r["reason"] for r in newest.values() if r["status"] == "waiting"}

    def ends(self) -> dict[str, str]:
        """Returns where each entry is, by title."""
        found = {row["title"]: row["text_source"] for row in self.rows("articles")}
        found |= {row["title"]: row["reason"] for row in self.rows("rejects")}
        both = found.keys() & self.waiting().keys()
        assert not both, both
        return found | {name: f"waits: {why}" for name, why in self.waiting().items()}


def check_manners(net: Internet) -> None:
    """Asserts what no site and no trap may see."""
    assert strays(net) == []
    for site in net.sites:
        assert min(gaps(site.requests), default=1) >= DELAY_S - SLACK_S, site.asked()
        assert site.asked()[:1] in ([], ["/robots.txt"])
        assert len(site.asked("/robots.txt")) <= 1 or site.asked("/robots.txt")[0] == "/robots.txt"
        assert all(r.headers["user-agent"].startswith("feedlake/") for r in site.requests)
        assert not any("cookie" in request.headers for request in site.requests)
    for request in net.requests:
        assert request.method == "GET"
