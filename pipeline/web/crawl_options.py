"""What the operator decides about requests, as the crawler takes it."""

from __future__ import annotations

from ipaddress import ip_network

from feedlake import __version__
from feedlake.pipeline.options.run_options import IngestOptions
from feedlake.transforms.crawl.crawl_records import CrawlOptions
from feedlake.transforms.crawl.http_client import HttpOptions

PROJECT = "feedlake: no contact given"
"""What stands in the User-Agent where the operator names no contact."""


def crawl_options(options: IngestOptions) -> CrawlOptions:
    """Returns what holds for all requests of a run."""
    web = options.web
    return CrawlOptions(
        http=HttpOptions(
            user_agent=user_agent(web.contact),
            max_bytes=options.max_document_bytes,
            allow_networks=tuple(ip_network(network) for network in web.allow_networks),
            in_flight=web.in_flight,
        ),
        host_delay_s=web.host_delay_s,
        host_concurrency=web.host_concurrency,
        in_flight=web.in_flight,
        obeys_robots=web.obeys_robots,
        keeps_exchanges=web.is_archived,
    )


def user_agent(contact: str | None) -> str:
    """Returns how feedlake names itself to sites."""
    return f"feedlake/{__version__} (+{contact or PROJECT})"
