"""When most sites fail at once: it is said, and nothing is counted against them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import run_command
from feed_sites import page, rss
from internet import Internet, Reply, Site
from web_runs import OPEN, Web, shorten_deadlines

GONE = Reply(drop=True)


class Weather:
    """Sites of which some may be out of reach, robots.txt included."""

    def __init__(self, net: Internet, sites: int) -> None:
        self.silent: set[str] = set()
        self.sites = [net.add_site() for _ in range(sites)]
        self.feeds = [self._add(site) for site in self.sites]

    def _add(self, site: Site) -> str:
        name = f"story-{site.name}"
        for path, reply in (
            ("/robots.txt", Reply(b"", content_type="text/plain")),
            (f"/{name}", page(name)),
            ("/feed.xml", Reply(rss(site, [name]), content_type="application/rss+xml")),
        ):
            self.answer(site, path, reply)
        return site.url("/feed.xml", by_address=True)

    def answer(self, site: Site, path: str, reply: Reply) -> None:
        site.add(path, lambda _: GONE if site.name in self.silent else reply)

    def out(self, count: int) -> None:
        self.silent = {site.name for site in self.sites[:count]}


@pytest.fixture
def net(monkeypatch) -> Iterator[Internet]:
    shorten_deadlines(monkeypatch)
    with Internet() as internet:
        yield internet


def failures(web: Web) -> dict[str, int]:
    """Failures in a row by address, of the newest polls."""
    rows = sorted(web.rows("sources"), key=lambda row: row["polled_at"])
    return {row["source"]: row["failures"] for row in rows if row["source_kind"] != "robots"}


def test_outage_is_told_and_counts_against_nobody(net, tmp_path):
    weather = Weather(net, 5)
    slow = weather.sites[0]
    name = f"/story-{slow.name}"
    weather.answer(slow, name, Reply(status=503))
    web = Web(tmp_path / "lake", tuple(weather.feeds))

    first = web.run()
    assert (first["articles"], first["deferred"], first["out_of_reach"]) == (4, 1, 0)
    [waiting] = [row for row in web.rows("deferred") if row["status"] == "waiting"]
    assert waiting["attempts"] == 1
    weather.out(5)
    outage = web.run()
    assert outage["out_of_reach"] >= 5
    assert outage["polls"] == {"waiting": 5}
    assert failures(web) == dict.fromkeys(weather.feeds, 0)
    newest = max(web.rows("deferred"), key=lambda row: row["tried_at"])
    assert (newest["attempts"], newest["asked_by"]) == (1, None)
    assert sum(row["out_of_reach"] for row in web.rows("runs")) == outage["out_of_reach"]

    feeds = run_command("feeds", "--lake", web.lake)
    assert feeds.code == 3
    assert "5 of 5 addresses out of reach at the last poll" in feeds.out
    text = run_command("ingest", *weather.feeds, "--lake", web.lake, *OPEN, "--host-delay", "0s")
    assert text.code == 3
    assert "out of reach: most sites failed at once, so it's this machine or its" in text.out

    weather.out(0)
    weather.answer(slow, name, page("late"))
    last = web.run()
    assert (last["out_of_reach"], last["polls"]) == (0, {"unchanged": 5})
    assert len(web.rows("articles")) == 5
    feeds = run_command("feeds", "--lake", web.lake)
    assert (feeds.code, feeds.out.strip()) == (0, "5 addresses: new 5")


def test_sites_that_fail_while_most_answer_are_at_fault(net, tmp_path):
    weather = Weather(net, 5)
    web = Web(tmp_path / "lake", tuple(weather.feeds))
    web.run()
    weather.out(2)
    account = web.run()

    assert account["out_of_reach"] == 0
    assert sorted(failures(web).values()) == [0, 0, 0, 1, 1]


def test_new_list_of_which_most_is_gone_is_no_outage(net, tmp_path):
    weather = Weather(net, 5)
    weather.out(4)
    web = Web(tmp_path / "lake", tuple(weather.feeds))
    account = web.run()

    assert account["out_of_reach"] == 0
    assert sorted(failures(web).values()) == [0, 1, 1, 1, 1]
