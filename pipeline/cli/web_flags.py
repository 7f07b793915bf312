"""The flags about polling and fetching."""

from __future__ import annotations

from argparse import ArgumentParser

from feedlake.pipeline.options.flag_types import duration, line, network, whole


def add_web_flags(parser: ArgumentParser) -> None:
    """Adds what the operator decides about requests to sites."""
    add = parser.add_argument_group("addresses on the web").add_argument
    add(
        "--contact",
        type=line,
        default=None,
        metavar="TEXT",
        help="mail address or page where a site can complain; sent in the User-Agent",
    )
    add(
        "--no-fetch",
        action="store_true",
        help="take what feeds themselves give, and do not fetch the pages of their entries",
    )
    add(
        "--no-robots",
        action="store_true",
        help="do not ask for robots.txt (default: ask, and obey it)",
    )
    add(
        "--host-delay",
        type=duration(0, 3_600),
        default=2.0,
        metavar="DURATION",
        help="pause between a host's answer and the next request to it (default 2s); a longer "
        "crawl-delay of its robots.txt wins",
    )
    add(
        "--host-concurrency",
        type=whole(1, 64),
        default=1,
        metavar="N",
        help="requests at a time to one host (default 1)",
    )
    add(
        "--in-flight",
        type=whole(1, 1_024),
        default=64,
        metavar="N",
        help="requests at a time in all (default 64)",
    )
    add(
        "--host-pages",
        type=whole(1, 100_000),
        default=100,
        metavar="N",
        help="pages of one host that a run fetches at the most (default 100); the others wait for "
        "the next run",
    )
    add(
        "--min-interval",
        type=duration(1, 86_400),
        default=900.0,
        metavar="DURATION",
        help="least time between two polls of one address in scheduled runs (default 15m); how "
        "often a feed has news decides, up to a day",
    )
    add(
        "--max-entries",
        type=whole(1, 1_000_000),
        default=2_000,
        metavar="N",
        help="entries read of one feed or sitemap (default 2000)",
    )
    add(
        "--sitemap-days",
        type=whole(1, 36_500),
        default=7,
        metavar="N",
        help="entries of sitemaps that are older are left out (default 7 days)",
    )
    add(
        "--allow-network",
        action="append",
        type=network,
        default=[],
        dest="allow_networks",
        metavar="CIDR",
        help="network that may be asked though it is not public, such as 10.1.0.0/16; may be "
        "given several times (default: public addresses only)",
    )
