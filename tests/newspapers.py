"""Makes news sites on the tests' internet: feeds that answer conditionally, and their pages."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

import pyarrow.parquet as pq
from internet import Internet, Reply, Request, Site

FLAGS = ("--allow-network", "127.0.0.0/8", "--host-delay", "0s", "--min-interval", "1s")
"""Flags with which a run may ask the tests' internet, and need not wait."""

_WORDS = "ferry harbour clock tide bell market cheese rain school river bridge tram choir".split()


def story(name: str) -> str:
    """A text of its own for each name."""
    dice = random.Random(name)
    return " ".join(f"{dice.choice(_WORDS)}{dice.randrange(999)}" for _ in range(120))


def page(name: str, *, text: str | None = None) -> Reply:
    """An article."""
    title = f"The {name}"
    body = f"<h1>{title}</h1><p>{text or story(name)}</p>"
    return Reply(
        f"<html lang=en><head><title>{title}</title></head><body>"
        f"<article>{body}</article></body></html>".encode()
    )


def rss(site: Site, names: Iterable[str], *, title: str = "News", text: str = "") -> bytes:
    """A feed whose entries link to pages of the site."""
    items = "".join(
        f"<item><title>The {name}</title><link>{site.url(f'/{name}', by_address=True)}</link>"
        f"<guid isPermaLink='false'>{site.name}/{name}</guid><description>"
        f"{escape(text and f'{text} {story(name)}')}</description></item>"
        for name in names
    )
    return (
        f"<rss version='2.0'><channel><title>{escape(title)}</title>{items}</channel></rss>"
    ).encode()


def serve_feed(site: Site, body: bytes, *, path: str = "/feed.xml") -> str:
    """Scripts a feed that answers 304 to whoever has it, and returns its address."""
    tag = f'"{hash(body)}"'

    def answer(request: Request) -> Reply:
        if request.headers.get("if-none-match") == tag:
            return Reply(status=304, headers={"ETag": tag})
        return Reply(body, content_type="application/rss+xml", headers={"ETag": tag})

    site.add(path, answer)
    return site.url(path, by_address=True)


def open_paper(net: Internet, pages: int, *, delay_s: float = 0.0) -> tuple[Site, str]:
    """A new site with one feed of so many articles; returns it and the feed's address."""
    site = net.add_site()
    number = len(net.names)
    names = [f"story-{number}-{place}" for place in range(pages)]
    for name in names:
        reply = page(name)
        site.add(f"/{name}", Reply(reply.body, delay_s=delay_s))
    return site, serve_feed(site, rss(site, names))


def rows(lake: object, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    from feedlake.pipeline.lake.lake import Lake

    found: list[dict[str, Any]] = []
    for path in Lake(str(lake)).files(table):
        found += pq.ParquetFile(path).read().to_pylist()
    return found
