"""Sites with feeds and pages for the tests of polling, and what a lake holds of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from articles import prose
from conftest import Outcome, read_rows, run_command
from internet import Reply, Request, Site

OPEN = ("--allow-network", "127.0.0.0/8", "--host-delay", "0s", "--quiet")
DATE = "Sat, 21 Nov 2026 10:00:00 GMT"


@dataclass(frozen=True)
class Item:
    """An entry as a feed writes it; its page is at `/name`.

    Attributes:
        name: Last part of its address; what its text is made of.
        guid: As written; None for none, as is empty.
        link: As written; None for the page's whole address, empty for none.
        title: None for the name.
        summary: Short words.
        date: Time of publication.
    """

    name: str
    guid: str | None = None
    link: str | None = None
    title: str | None = None
    summary: str = "Short words."
    date: str = DATE


def text_of(name: str, edition: int = 0) -> str:
    """Returns the text of a page; each edition differs in a few words from the others."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4])
    return prose(seed, changed=range(0, 40 * edition, 7))


def page(name: str, edition: int = 0, *, head: str = "") -> Reply:
    """Returns the page of an article."""
    paragraphs = "".join(f"<p>{part}</p>" for part in text_of(name, edition).split("\n\n"))
    body = f"<article>{paragraphs}</article>"
    return Reply(
        f"<html lang=en><head><title>{name}</title>"
        f"<meta property='og:type' content='article'>{head}</head><body>{body}".encode()
    )


def rss(site: Site, items: Iterable[Item | str], *, head: str = "") -> bytes:
    """Returns an RSS feed of entries, or of the entries with these names."""
    parts = []
    for item in (Item(item) if isinstance(item, str) else item for item in items):
        link = site.url(f"/{item.name}", by_address=True) if item.link is None else item.link
        parts += [
            "<item>",
            f"<title>{escape(item.title or item.name)}</title>",
            f"<link>{escape(link)}</link>" if link else "",
            f"<guid isPermaLink='false'>{item.guid}</guid>" if item.guid else "",
            f"<description>{escape(item.summary)}</description>",
            f"<pubDate>{item.date}</pubDate></item>",
        ]
    root = site.url("/", by_address=True)
    return (
        f"<rss version='2.0'><channel><title>News of {site.name}</title><link>{root}</link>{head}"
        f"{''.join(parts)}</channel></rss>"
    ).encode()


def atom(site: Site, names: Iterable[str]) -> bytes:
    entries = "".join(
        f"<entry><id>tag:{site.name},2026:{name}</id><title>{name}</title>"
        f"<link href='/{name}'/><updated>2026-11-21T10:00:00Z</updated><summary>Short.</summary>"
        "</entry>"
        for name in names
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>A</title>{entries}</feed>".encode()


def rdf(site: Site, names: Iterable[str]) -> bytes:
    items = "".join(
        f"<item rdf:about='{name}'><title>{name}</title>"
        f"<link>{site.url('/' + name, by_address=True)}</link></item>"
        for name in names
    )
    return (
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
        f"xmlns='http://purl.org/rss/1.0/'><channel><title>R</title></channel>{items}</rdf:RDF>"
    ).encode()


def json_feed(site: Site, names: Iterable[str]) -> bytes:
    items = [
        {"id": name, "url": site.url("/" + name, by_address=True), "content_text": "Short."}
        for name in names
    ]
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": "J", "items": items}).encode()


def urlset(site: Site, names: Iterable[str], *, date: str = "2026-11-21") -> bytes:
    urls = "".join(
        f"<url><loc>{site.url('/' + name, by_address=True)}</loc><lastmod>{date}</lastmod></url>"
        for name in names
    )
    return (f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}</urlset>").encode()


def opml(*outlines: str) -> bytes:
    return f"<opml version='2.0'><body>{''.join(outlines)}</body></opml>".encode()


def outline(url: str) -> str:
    return f"<outline type='rss' text='x' xmlUrl='{escape(url)}'/>"


def add_pages(site: Site, *names: str) -> None:
    for name in names:
        site.add(f"/{name}", page(name))


def versioned(body: bytes | Callable[[], bytes], *, content_type: str = "text/xml") -> Any:
    """Returns an answer with an ETag that fits its body, and 304 to those who know it."""

    def answer(request: Request) -> Reply:
        content = body() if callable(body) else body
        tag = f'"{hashlib.sha256(content).hexdigest()[:8]}"'
        if request.headers.get("if-none-match") == tag:
            return Reply(status=304, headers={"ETag": tag})
        return Reply(content, content_type=content_type, headers={"ETag": tag})

    return answer


@dataclass
class Feed:
    """A feed at `/feed.xml` whose entries a test may change; each change is another version."""

    site: Site
    items: list[Item | str] = field(default_factory=list)
    head: str = ""

    def __post_init__(self) -> None:
        self.url = self.site.url("/feed.xml", by_address=True)
        self.site.add("/feed.xml", versioned(lambda: rss(self.site, self.items, head=self.head)))
        for item in self.items:
            add_pages(self.site, item if isinstance(item, str) else item.name)


@dataclass
class Ticks:
    """Runs of one set of sources into one lake.

    Attributes:
        lake: Its folder.
        sources: As given to the command.
        flags: Further flags.
    """

    lake: Path
    sources: tuple[object, ...]
    flags: tuple[object, ...] = ()

    def run(self, *flags: object) -> dict[str, Any]:
        """Returns the account of one more run, whose books are closed."""
        command = ("ingest", *self.sources, "--lake", self.lake, *OPEN, "--json")
        outcome: Outcome = run_command(*command, *self.flags, *flags)
        assert outcome.code in (0, 3), outcome
        account: dict[str, Any] = json.loads(outcome.out)
        ended = ("articles", "revisions", "duplicates", "rejects", "already_in_lake")
        assert account["documents"] == sum(account[name] for name in ended)
        for name in ended[:-1]:
            rows = [row for row in read_rows(self.lake, name) if row["run_id"] in account["runs"]]
            assert len(rows) == account[name], name
        return account

    def rows(self, table: str) -> list[dict[str, Any]]:
        return read_rows(self.lake, table)

    def titles(self, table: str = "articles") -> list[str]:
        return sorted(str(row["title"]) for row in self.rows(table))

    def counts(self) -> dict[str, int]:
        tables = ("articles", "revisions", "duplicates", "rejects")
        return {name: len(self.rows(name)) for name in tables}

    def polls(self, url: str) -> list[dict[str, Any]]:
        """Returns the rows of an address's polls, oldest first."""
        rows = [row for row in self.rows("sources") if row["source"] == url]
        return sorted(rows, key=lambda row: row["polled_at"])


def feed_requests(site: Site, path: str = "/feed.xml") -> list[Request]:
    return [request for request in site.requests if request.path == path]
