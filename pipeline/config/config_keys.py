"""The keys of a table [[source]]: what each means, and an example."""

from __future__ import annotations

from typing import NamedTuple


class SourceKey(NamedTuple):
    """A key of a table [[source]].

    Attributes:
        example: A value, as TOML.
        help: What it means.
    """

    example: str
    help: str


SOURCE_KEYS = {
    "url": SourceKey(
        '"https://news.example/feed.xml"',
        "address of a feed, site, sitemap, OPML file or page; required",
    ),
    "tags": SourceKey('["local", "economy"]', "added to the tags of its articles"),
    "language": SourceKey('"de"', "language of its articles, where the source names none"),
    "interval": SourceKey(
        '"6h"',
        "least time between two polls of it in scheduled runs, instead of min-interval; up to 30d",
    ),
    "delay": SourceKey(
        '"5s"', "pause between requests to its host, instead of host-delay; up to 1h"
    ),
    "headers": SourceKey(
        '{ Accept-Language = "de" }',
        "sent with requests to its own site, and to no other; no place for secrets",
    ),
    "fetch": SourceKey("false", "whether the pages of its entries are fetched (default true)"),
    "robots": SourceKey("false", "whether its robots.txt is asked for and obeyed (default true)"),
    "auth-env": SourceKey(
        '"NEWS_LOGIN"',
        "name of the environment variable that holds user:password for it (basic authentication)",
    ),
    "cookies-env": SourceKey(
        '"NEWS_COOKIES"', "name of the environment variable that holds the Cookie header for it"
    ),
}
"""In the order in which `feedlake init` writes them."""
