"""A run on a runner with many workers: each asks hosts of its own, and one what leads to others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from feed_sites import Feed, add_pages, page
from internet import Internet, Reply
from web_runs import DELAY_S, Web, check_manners, forget_process, shorten_deadlines

from feedlake.transforms.crawl.shared_crawler import Crawlers

SPREAD = ("--runner", "FnApiRunner")
"""By any other name than the default, it is told to spread over workers, though it has one here."""


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Iterator[Internet]:
    shorten_deadlines(monkeypatch)
    forget_process()
    with Internet(6) as net:
        yield net


def redirect(net: Internet, number: int, path: str, to: str) -> None:
    """Sends those who ask a site for a path on to another site, which has an article there."""
    target = net.sites[(number + 1) % len(net.sites)]
    target.add(to, page(to.strip("/")))
    where = target.url(to, by_address=True)
    net.sites[number].add(path, Reply(status=302, headers={"Location": where}))


def test_what_leads_to_other_sites_is_asked_last_and_gives_the_same_lake(net, tmp_path):
    feeds = []
    for number, site in enumerate(net.sites):
        feeds.append(Feed(site, [f"stays-{number}", f"moves-{number}"]).url)
        redirect(net, number, f"/moves-{number}", f"/moved-{number}")
    local = Web(tmp_path / "local", tuple(feeds))
    assert local.run()["articles"] == 12
    for site in net.sites:
        site.requests.clear()
    asked = len(net.requests)
    forget_process()
    spread = Web(tmp_path / "lake", tuple(feeds))

    account = spread.run(*SPREAD)

    assert account["articles"] == 12
    check_manners(net)
    assert spread.titles() == local.titles()
    paths = [request.path for request in net.requests[asked:]]
    first_moved = min(place for place, path in enumerate(paths) if path.startswith("/moved-"))
    last_stay = max(place for place, path in enumerate(paths) if path.startswith("/stays-"))
    assert last_stay < first_moved, "no other worker asks anything any more"
    assert spread.run(*SPREAD)["articles"] == 0


def test_feeds_that_redirect_or_are_found_elsewhere_are_polled(net, tmp_path):
    moved, target, front, named = net.sites[:4]
    Feed(target, ["one"])
    add_pages(target, "one")
    where = target.url("/feed.xml", by_address=True)
    moved.add("/feed.xml", Reply(status=302, headers={"Location": where}))
    Feed(named, ["two"])
    where = named.url("/feed.xml", by_address=True)
    link = f"<link rel=alternate type='application/rss+xml' href='{where}'>"
    front.add("/", Reply(f"<html><head>{link}</head><body>Home".encode()))
    sources = (moved.url("/feed.xml", by_address=True), front.url("/", by_address=True))
    lakes = {}

    for name, flags in {"local": (), "spread": SPREAD}.items():
        forget_process()
        web = Web(tmp_path / name, sources)
        account = web.run(*flags)
        assert account["articles"] == 2, name
        polls = [row for row in web.rows("sources") if row["source_kind"] != "robots"]
        lakes[name] = web.titles(), sorted((row["source"], row["status"]) for row in polls)
    assert lakes["spread"] == lakes["local"]


def test_a_worker_rests_before_it_asks_a_host_that_another_may_have_asked(
    net, tmp_path, monkeypatch
):
    """Polls and pages of a host may be asked by different workers, one right after the other."""
    rests: list[dict[str, float]] = []
    monkeypatch.setattr(Crawlers, "rest", lambda self, names: rests.append(dict(names)))
    site = net.sites[0]
    feed = Feed(site, ["one"])
    assert Web(tmp_path / "local", (feed.url,)).run()["articles"] == 1
    assert rests == []

    assert Web(tmp_path / "lake", (feed.url,)).run(*SPREAD)["articles"] == 1

    assert rests == [{f"{site.address}:{net.port}": DELAY_S}] * 2


def test_a_host_that_rests_is_not_asked():
    crawlers = Crawlers()

    crawlers.rest({"127.1.0.1": 60.0})

    assert crawlers._hosts.wait_s(crawlers._hosts.host("127.1.0.1")) > 50
    assert crawlers._hosts.wait_s(crawlers._hosts.host("127.1.0.2")) == 0
