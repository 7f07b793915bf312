"""Workers that ask different hosts leave each other's alone."""

from __future__ import annotations

import pytest
from crawling import crawling
from internet import Internet, Reply

from feedlake.transforms.crawl.crawl_records import NotFetched, Request
from feedlake.transforms.crawl.host_shards import Shard, shard_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/feed", "http://www.example.com:8080/x"),
        ("https://feeds.bbc.co.uk/rss", "https://www.bbc.co.uk/news"),
        ("http://127.1.0.1/a", "http://127.1.0.1:81/b"),
    ],
)
def test_all_hosts_of_a_site_are_in_one_shard(one, other):
    assert shard_of(one, of=1_000_003) == shard_of(other, of=1_000_003)


def test_sites_are_spread():
    shards = {shard_of(f"https://paper-{number}.example/", of=32) for number in range(400)}

    assert shards == set(range(32))


@pytest.fixture
def net():
    with Internet(2) as net:
        yield net


def shards_of(net: Internet) -> tuple[Shard, Shard]:
    """Two of so many shards that each site is in one of its own."""
    urls = [site.url(by_address=True) for site in net.sites]
    of = next(of for of in range(2, 99) if len({shard_of(url, of=of) for url in urls}) == 2)
    here, there = (Shard(shard_of(url, of=of), of=of) for url in urls)
    return here, there


def test_redirect_to_a_host_of_another_shard_is_not_followed(net):
    here, there = net.sites
    own, _ = shards_of(net)
    there.add("/page", Reply(b"there"))
    moved = Reply(status=302, headers={"Location": there.url("/page", by_address=True)})
    here.add("/page", moved)
    here.add("/old", Reply(status=301, headers={"Location": "/new"}))
    here.add("/new", Reply(b"here"))
    page, old = here.url("/page", by_address=True), here.url("/old", by_address=True)

    with crawling() as crawl:
        strayed, stayed = crawl.fetch(Request(page, shard=own), Request(old, shard=own))
        assert there.requests == []
        assert here.asked("/page") == ["/page"], "it is given up, not tried again"
        followed = crawl.fetch(Request(page))[0]

    assert isinstance(strayed, NotFetched)
    assert (strayed.reason, strayed.was_tried) == ("strayed", False)
    assert stayed.response.body == b"here"
    assert followed.response.body == b"there"


def test_robots_txt_at_a_host_of_another_shard_is_not_asked_for(net):
    here, there = net.sites
    own, _ = shards_of(net)
    rules = there.url("/rules", by_address=True)
    here.add("/robots.txt", Reply(status=302, headers={"Location": rules}))
    here.add("/page", Reply(b"here"))
    there.add("/rules", Reply(b"User-agent: *\nDisallow: /page", content_type="text/plain"))
    page = here.url("/page", by_address=True)

    with crawling() as crawl:
        strayed = crawl.fetch(Request(page, shard=own))[0]
        assert (strayed.reason, there.requests) == ("strayed", [])
        refused = crawl.fetch(Request(page))[0]

    assert refused.reason == "robots_txt"
    assert here.asked("/page") == []
