"""What `feeds` says of feeds after whole runs: those that give nothing are named, no others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import run_command
from feed_sites import Item, Ticks, add_pages, page, rss, text_of
from internet import Internet, Reply, Site

LOGIN = Reply(
    b"<html><title>Log in</title><body><form action=/login method=post><input name=user>"
    b"<input type=password name=pw><button>Log in</button></form></body></html>"
)
HTML = Reply(
    b"<html lang=en><head><title>Sorry, our feeds have moved</title></head><body><article><h1>Sorry"
    b"</h1><p>" + text_of("moved").encode() + b"</p></article></body></html>"
)


@pytest.fixture
def net() -> Iterator[Internet]:
    with Internet() as internet:
        yield internet


class Town:
    """Sites with a feed each, to which every run adds three entries."""

    def __init__(self, net: Internet) -> None:
        self.net, self.tick = net, 0
        self.feeds: dict[str, str] = {}
        self._bodies: dict[str, Any] = {}

    def add(self, word: str, body: Any) -> Site:
        site = self.net.add_site(f"{word}.test")
        site.add("/feed.xml", lambda _: self._bodies[word](site))
        self._bodies[word] = body
        self.feeds[site.url("/feed.xml", by_address=True)] = word
        return site

    def names(self, prefix: str) -> list[str]:
        return [f"{prefix}-{tick}-{number}" for tick in range(self.tick + 1) for number in range(3)]


def xml(body: bytes) -> Reply:
    return Reply(body, content_type="application/rss+xml")


def episodes(names: list[str]) -> bytes:
    """A feed of sounds that its own text describes."""
    text = "<p>" + text_of("podcast").replace("\n\n", "</p><p>") + "</p>"
    items = "".join(
        f"<item><title>{name}</title><guid>{name}</guid><enclosure url='http://a.test/{name}.mp3'"
        f" type='audio/mpeg'/><description><![CDATA[{text} {name}]]></description></item>"
        for name in names
    )
    return f"<rss version='2.0'><channel><title>P</title>{items}</channel></rss>".encode()


def build(net: Internet) -> Town:
    town = Town(net)

    def well(site: Site) -> Reply:
        add_pages(site, *town.names("well"))
        return xml(rss(site, town.names("well")))

    def copies(site: Site) -> Reply:  # The same texts under addresses of its own.
        for name in town.names("well"):
            site.add(f"/{name}", page(name))
        return xml(rss(site, town.names("well")))

    def podcast(_: Site) -> Reply:
        return xml(episodes(town.names("podcast")))

    def sent_to(place: str, prefix: str) -> Any:
        def body(site: Site) -> Reply:
            for name in town.names(prefix):
                target = site.url(place, by_address=True)
                site.add(f"/{name}", Reply(status=302, headers={"Location": target}))
            return xml(rss(site, town.names(prefix)))

        return body

    def forbidden(site: Site) -> Reply:
        return xml(rss(site, town.names("forbidden")))

    def cut(site: Site) -> Reply:
        names = town.names("cut")
        add_pages(site, *names)
        body = rss(site, names)
        return xml(body[: body.rindex(b"<pubDate>")])

    def emptied(site: Site) -> Reply:
        names = [] if town.tick else town.names("emptied")
        add_pages(site, *names)
        return xml(rss(site, names))

    def torrent(site: Site) -> Reply:
        day, ttl = 1 + 8 * town.tick, "<ttl>1440</ttl>"
        items = [
            Item(f"torrent-{town.tick}-{n}", date=f"Sat, {day + n:02} Nov 2025 10:00:00 GMT")
            for n in range(4)
        ]
        add_pages(site, *(item.name for item in items))
        return xml(rss(site, items, head=ttl))

    town.add("well", well)
    town.add("copies", copies)
    town.add("podcast", podcast)
    town.add("login", sent_to("/login", "login")).add("/login", LOGIN)
    town.add("home", sent_to("/", "home")).add("/", page("Welcome"))
    rules = Reply(b"User-agent: *\nDisallow: /forbidden", content_type="text/plain")
    town.add("forbidden", forbidden).add("/robots.txt", rules)
    town.add("cut", cut)
    town.add("emptied", emptied)
    old = [Item("rare", date="Sat, 21 Nov 2020 10:00:00 GMT")]
    add_pages(town.add("rare", lambda site: xml(rss(site, old))), "rare")
    town.add("torrent", torrent)
    town.add("html", lambda _: HTML)
    return town


def feeds_of(lake: Path, town: Town) -> dict[str, dict[str, Any]]:
    found = json.loads(run_command("feeds", "--lake", lake, "--json").out)
    return {town.feeds[feed["source"]]: feed for feed in found}


def test_feeds_that_give_nothing_are_named_and_no_others(net, tmp_path, monkeypatch):
    town = build(net)
    path = tmp_path / "feeds.txt"
    path.write_text("\n".join(town.feeds))
    ticks = Ticks(tmp_path / "lake", (path,))
    for _ in range(3):
        ticks.run()
        town.tick += 1

    found = feeds_of(ticks.lake, town)

    assert {word: feed["health"] for word, feed in found.items()} == {
        "well": "new",
        "copies": "new",
        "podcast": "new",
        "rare": "new",
        "login": "barren",
        "home": "barren",
        "forbidden": "barren",
        "cut": "truncated",
        "emptied": "empty",
        "torrent": "overflowing",
        "html": "not_a_feed",
    }
    assert found["login"]["sentence"] == "9 entries in 3 polls, 0 articles; login_wall 9."
    assert found["home"]["sentence"] == "9 entries in 3 polls, 0 articles; soft_404 9."
    assert found["forbidden"]["lost"] == {"robots_txt": 9}
    # From the 4th to the 9th, and from the 12th to the 17th: four days without an entry each.
    assert found["torrent"]["missed_entries"] == 8
    assert not [title for title in ticks.titles() if "moved" in title]

    monkeypatch.setenv("COLUMNS", "60")
    outcome = run_command("feeds", "--lake", ticks.lake)
    assert outcome.code == 3
    assert max(map(len, outcome.out.splitlines())) <= 60
    unfolded = " ".join(outcome.out.split())
    assert all(found[word]["sentence"] in unfolded for word in ("login", "cut", "html", "torrent"))
    assert found["well"]["source"] not in outcome.out
    assert run_command("compact", "--lake", ticks.lake).code == 0
    assert feeds_of(ticks.lake, town) == found
