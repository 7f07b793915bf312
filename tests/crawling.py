"""Crawls the scripted internet of a test, and says what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from itertools import pairwise

from internet import Internet
from internet import Request as Asked

from feedlake.transforms.crawl.crawl_records import (
    CrawlOptions,
    Fetched,
    NotFetched,
    Request,
    RobotsText,
)
from feedlake.transforms.crawl.crawler import Crawler
from feedlake.transforms.crawl.http_client import HttpOptions
from feedlake.transforms.crawl.politeness import Hosts
from feedlake.transforms.process.stop import StopRequest

NETWORK = ip_network("127.1.0.0/16")
"""Where the sites are; what else of the loopback is asked is a trap."""


def options_for(
    *, host_delay_s: float = 0.0, concurrency: int = 1, in_flight: int = 64, **http: float
) -> CrawlOptions:
    """Returns options for the internet of a test, whose deadlines no busy machine misses."""
    limits = {"connect_s": 30.0, "read_s": 30.0, "total_s": 60.0, "max_bytes": 200_000, **http}
    return CrawlOptions(
        http=HttpOptions("feedlake/test", allow_networks=(NETWORK,), **limits),  # type: ignore[arg-type]
        host_delay_s=host_delay_s,
        host_concurrency=concurrency,
        in_flight=in_flight,
        backoff_s=0.02,
    )


@dataclass
class Crawl:
    """A crawler and what it knows."""

    crawler: Crawler
    hosts: Hosts
    robots: dict[str, RobotsText]
    stop: StopRequest
    fetched: list[RobotsText] = field(default_factory=list)

    def fetch(self, *requests: Request | str) -> list[Fetched | NotFetched]:
        """Returns the results, in the order of the requests."""
        pending = self.crawler.open_requests()
        for number, request in enumerate(requests):
            asked = Request(request) if isinstance(request, str) else request
            pending.submit(number, asked)
        results = {}
        for result in pending.results():
            if isinstance(result, RobotsText):
                self.fetched.append(result)
            else:
                results[result[0]] = result[1]
        return [results[number] for number in range(len(requests))]


@contextmanager
def crawling(
    options: CrawlOptions | None = None,
    *,
    robots: dict[str, RobotsText] | None = None,
    hosts: Hosts | None = None,
) -> Iterator[Crawl]:
    """Gives a crawler while the block runs."""
    known = {} if robots is None else robots
    hosts = hosts or Hosts()
    stop = StopRequest()
    crawler = Crawler(options or options_for(), hosts, known, stop)
    try:
        yield Crawl(crawler, hosts, known, stop)
    finally:
        crawler.close()


def status_of(result: Fetched | NotFetched) -> int | str:
    """The status of an answer, or the reason why there is none."""
    return result.response.status if isinstance(result, Fetched) else result.reason


def gaps(asked: Sequence[Asked]) -> list[float]:
    """Seconds between the arrivals of requests."""
    times = sorted(request.at for request in asked)
    return [later - earlier for earlier, later in pairwise(times)]


def strays(net: Internet) -> list[str]:
    """Requests and connections to addresses at which there is no site."""
    sites = {site.address for site in net.sites}
    return [address for address in net.connections if address not in sites]
