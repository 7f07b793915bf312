"""Whole runs over sources that lead to more than a run can take: bounded, told, gone on with."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator

import pytest
from feed_sites import Feed, add_pages, opml, outline, rss
from internet import Internet, Reply, Request, Site
from web_runs import Web, forget_process, shorten_deadlines

from feedlake.transforms.crawl.politeness import HostTimes
from feedlake.transforms.poll import poll_sources, polling


@pytest.fixture
def net() -> Iterator[Internet]:
    with Internet() as internet:
        yield internet


@pytest.fixture(autouse=True)
def _shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_deadlines(monkeypatch)


def index(site: Site, paths: list[str]) -> Reply:
    places = "".join(
        f"<sitemap><loc>{site.url(path, by_address=True)}</loc></sitemap>" for path in paths
    )
    name = "http://www.sitemaps.org/schemas/sitemap/0.9"
    body = f"<sitemapindex xmlns='{name}'>{places}</sitemapindex>"
    return Reply(body.encode(), content_type="text/xml")


def test_long_list_is_polled_run_by_run_and_says_how_many_wait(net, tmp_path, monkeypatch):
    monkeypatch.setattr(polling, "NEW_OF_SOURCE", 20)
    monkeypatch.setattr(poll_sources, "CHUNK_CHILDREN", 8)
    site = net.add_site()
    paths = [f"/feed-{number:02}.xml" for number in range(30)]
    for path in paths:
        site.add(path, Reply(rss(site, []), content_type="text/xml"))
    listed = "".join(outline(site.url(path, by_address=True)) for path in paths)
    site.add("/list.opml", Reply(opml(listed), content_type="text/xml"))
    url = site.url("/list.opml", by_address=True)
    web = Web(tmp_path / "lake", (url,))

    first = web.run("--host-delay", "0s")
    assert len({target for target in site.asked() if "feed-" in target}) == 20
    assert (len(first["runs"]), first["polls"]) == (2, {"read": 21})
    assert web.polls(url)[0]["detail"] == "10 of its addresses wait for later runs"
    web.run("--host-delay", "0s")
    assert {target for target in site.asked() if "feed-" in target} == set(paths)


def test_indexes_that_name_further_indexes_for_ever_are_left_at_the_third(net, tmp_path):
    site, made = net.add_site(), Counter[str]()

    def deeper(request: Request) -> Reply:
        made[request.path] += 1
        return index(site, [f"{request.path.removesuffix('.xml')}-{n}.xml" for n in range(3)])

    site.fallback = deeper
    web = Web(tmp_path / "lake", (site.url("/a.xml", by_address=True),))

    account = web.run("--host-delay", "0s")

    assert len(made) == 1 + 3 + 9 + 27
    assert account["polls"]["read"] == 40
    [deepest] = web.polls(site.url("/a-0-0-0.xml", by_address=True))
    assert deepest["detail"] == "3 addresses not followed, 3 others lead here"


def test_host_that_takes_all_its_time_keeps_no_other_waiting_and_goes_on_with_those_left(
    net, tmp_path, monkeypatch
):
    times = functools.partial(HostTimes, 2.0)
    monkeypatch.setattr("feedlake.transforms.crawl.shared_crawler.HostTimes", times)
    slow, quick = net.add_site(), Feed(net.add_site(), ["Quick"])
    names = [f"Slow{number}" for number in range(12)]
    for name in names:
        slow.add(f"/{name}.xml", Reply(rss(slow, [name]), content_type="text/xml"))
        add_pages(slow, name)
    listed = "".join(outline(slow.url(f"/{name}.xml", by_address=True)) for name in names)
    list_url = quick.site.add("/list.opml", Reply(opml(listed), content_type="text/xml"))
    given = (list_url.replace(quick.site.name, quick.site.address), quick.url)
    web = Web(tmp_path / "lake", given)

    first = web.run("--host-delay", "0.4s")

    assert "Quick" in web.titles()
    polled = {target for target in slow.asked() if target.endswith(".xml")}
    assert 2 <= len(polled) <= 6
    assert first["polls"] == {"read": 2 + len(polled), "waiting": 12 - len(polled)}
    assert len(web.rows("sources")) == 2 + len(polled) + 2, "and two robots.txt; none for the left"
    for _ in range(9):
        if web.titles() == ["Quick", *sorted(names)]:
            break
        forget_process()
        web.run("--host-delay", "0.4s")
    assert web.titles() == ["Quick", *sorted(names)]
