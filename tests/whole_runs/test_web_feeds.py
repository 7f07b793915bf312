"""Whole runs over feeds, lists, sitemaps, sites and pages of a scripted internet."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from feed_sites import (
    Feed,
    Ticks,
    add_pages,
    atom,
    json_feed,
    opml,
    outline,
    page,
    rdf,
    rss,
    text_of,
    urlset,
    versioned,
)
from internet import Internet, Site

from feedlake.transforms.crawl.shared_crawler import Crawlers
from feedlake.transforms.process.process_wide import process_wide


@pytest.fixture
def net() -> Iterator[Internet]:
    with Internet() as internet:
        yield internet


def forget_process() -> None:
    """As if the next run were in another process: nothing is known but what the lake holds."""
    process_wide(Crawlers).forget()


def asked_since(net: Internet, before: int) -> Counter[str]:
    return Counter(request.address + request.target for request in net.requests[before:])


def build_all_kinds(net: Internet, tmp_path: Path) -> tuple[list[object], list[str], list[str]]:
    """Returns sources of every kind, the titles of their articles, and the addresses polled."""
    sources: list[object] = []
    polled: list[str] = []
    names: list[str] = []

    def site(*pages: str) -> Site:
        new = net.add_site()
        add_pages(new, *pages)
        names.extend(pages)
        return new

    def given(site: Site, path: str, answer: object, *, is_source: bool = True) -> str:
        site.add(path, answer)  # type: ignore[arg-type]
        url = site.url(path, by_address=True)
        polled.append(url)
        if is_source:
            sources.append(url)
        return url

    for number, make in enumerate((rss, atom, rdf, json_feed)):
        wanted = [f"Format{number}a", f"Format{number}b"]
        new = site(*wanted)
        given(new, "/feed", versioned(make(new, wanted)))  # type: ignore[operator]
    listed = [Feed(site(f"Listed{number}"), [f"Listed{number}"]) for number in range(5)]
    polled.extend(feed.url for feed in listed)
    lists = net.add_site()
    inner = given(lists, "/inner.opml", versioned(opml(outline(listed[1].url))), is_source=False)
    include = f"<outline type='include' url='{inner}'/>"
    nested = f"<outline text='Towns'><outline text='North'>{outline(listed[0].url)}</outline>"
    given(lists, "/outer.opml", versioned(opml(nested, "</outline>", include)))
    (tmp_path / "list.opml").write_bytes(opml(outline(listed[2].url)))
    (tmp_path / "list.txt").write_text(f"# Feeds\n\n{listed[3].url}  # daily\n", encoding="utf-8")
    sources += [tmp_path / "list.opml", tmp_path / "list.txt"]
    text = versioned(f"; remote\n{listed[4].url}\n".encode(), content_type="text/plain")
    given(lists, "/list.txt", text)
    linked = site("Linked")
    link = b"<link rel=alternate type='application/rss+xml' href='news.rss'>"
    given(linked, "/", versioned(b"<html><head>" + link, content_type="text/html"))
    given(linked, "/news.rss", versioned(rss(linked, ["Linked"])), is_source=False)
    guessed = site("Guessed")
    given(guessed, "/", versioned(b"<html><title>Town</title><p>Hi", content_type="text/html"))
    given(guessed, "/rss.xml", versioned(rss(guessed, ["Guessed"])), is_source=False)
    mapped = site("Mapped", "Zipped", "Newsmap")
    given(mapped, "/a.xml", versioned(urlset(mapped, ["Mapped"])), is_source=False)
    zipped = gzip.compress(urlset(mapped, ["Zipped"]), mtime=0)
    given(mapped, "/b.xml.gz", versioned(zipped, content_type="application/gzip"), is_source=False)
    index = "".join(
        f"<sitemap><loc>{mapped.url(path, by_address=True)}</loc></sitemap>"
        for path in ("/a.xml", "/b.xml.gz")
    )
    given(mapped, "/index.xml", versioned(f"<sitemapindex>{index}</sitemapindex>".encode()))
    news = (
        "<urlset xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'><url>"
        f"<loc>{mapped.url('/Newsmap', by_address=True)}</loc><news:news><news:publication>"
        "<news:name>Town News</news:name><news:language>en</news:language></news:publication>"
        "<news:publication_date>2026-11-21T09:00:00Z</news:publication_date>"
        "<news:title>Newsmap</news:title></news:news></url></urlset>"
    )
    given(mapped, "/news.xml", versioned(news.encode()))
    single = site("Single")
    given(single, "/Single", versioned(page("Single").body, content_type="text/html"))
    return sources, names, polled


def test_sources_of_every_kind_are_read_once_and_then_asked_conditionally(net, tmp_path):
    sources, names, polled = build_all_kinds(net, tmp_path)
    ticks = Ticks(tmp_path / "lake", tuple(sources), ("--sitemap-days", "36500"))

    first = ticks.run()

    assert ticks.titles() == sorted(names)
    assert {row["text"] for row in ticks.rows("articles")} == set(map(text_of, names))
    assert ticks.counts() == {
        "articles": len(names),
        "revisions": 0,
        "duplicates": 0,
        "rejects": 0,
    }
    assert (first["deferred"], first["polls"]) == (0, {"read": len(polled)})
    once = asked_since(net, 0)
    assert {count for target, count in once.items() if "/robots" not in target} == {1}
    assert {count for target, count in once.items() if "/robots" in target} == {1}

    forget_process()
    before = len(net.requests)
    second = ticks.run()

    asked = asked_since(net, before)
    assert sorted(asked) == sorted(
        url.partition("://")[2].replace(f":{net.port}", "") for url in polled
    )
    assert set(asked.values()) == {1}
    is_conditional = ["if-none-match" in request.headers for request in net.requests[before:]]
    assert is_conditional.count(False) <= 3  # One poll in twenty is made without.
    assert second["documents"] == 0
    assert second["polls"] == {"unchanged": len(polled)}
    assert ticks.titles() == sorted(names)
    kinds = {row["source"]: row["source_kind"] for row in ticks.rows("sources")}
    assert all(kinds.values())
    tags = {row["title"]: row["tags"] for row in ticks.rows("articles") if row["tags"]}
    assert tags == {"Listed0": ["Towns", "North"]}
