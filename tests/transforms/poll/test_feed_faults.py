"""What feeds may do wrong, and that they come back as they were."""

from __future__ import annotations

import functools
import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from feed_sites import Feed, Item, Ticks, add_pages, feed_requests, page, rss
from internet import Internet, Reply, Site

from feedlake.pipeline.web import crawl_options

MIB = 1 << 20
XML = "application/rss+xml"

FAULTS = {
    "html": (Reply(b"<html><title>Sold</title><body>This domain is for sale."), "soft_404"),
    "page": (page("Any"), "not_a_feed"),
    "challenge": (
        Reply(
            b"<html><head><title>Just a moment...</title></head><body><noscript>Enable JavaScript"
            b" and cookies to continue</noscript><script src='/cdn-cgi/challenge-platform/x'>"
            b"</script></body></html>",
            headers={"cf-mitigated": "challenge"},
        ),
        "challenge",
    ),
    "lost": (Reply(b"<h1>Not found", status=404), "http_error"),
    "broken": (Reply(b"Oops", status=500), "http_error"),
    "dropped": (Reply(drop=True), "connect"),
    "hung": (Reply(hang=True), "timeout"),
    "short": (Reply(b"<rss><channel><item>" * 99, cut_at=400), "truncated"),
    "empty": (Reply(b"", content_type=XML), "empty"),
    "blank": (Reply(b"  \r\n\t ", content_type=XML), "empty"),
    "garbage": (Reply(bytes(range(256)) * 40, content_type=XML), "content_type"),
    "words": (Reply(b"Fatal error: out of memory in feed.php", content_type=XML), "not_a_feed"),
    "large": (Reply(b"<rss><channel><item>" * MIB, gzip=True), "too_large"),
    "bomb": (Reply(gzip.compress(bytes(50 * MIB), mtime=0), content_type=XML), "too_large"),
    "pdf": (Reply(b"%PDF-1.4 x", content_type="application/pdf"), "content_type"),
    "loop": (Reply(status=302, headers={"Location": "/feed.xml"}), "redirect_loop"),
    "inside": (Reply(status=302, headers={"Location": "http://10.0.0.1/"}), "forbidden_address"),
    "file": (Reply(status=301, headers={"Location": "file:///etc/passwd"}), "bad_url"),
}  # fmt: skip

XXE = "<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
LAUGHS = "<!DOCTYPE rss [<!ENTITY a 'ha'>{}]>".format(
    "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
)


def odd_but_good(site: Site) -> dict[str, tuple[Reply, str]]:
    """Returns feeds that are read all the same, and the title that comes of each."""
    summary = "What the feed itself tells of the odd."
    plain = rss(site, [Item("Odd", title="Größe", summary=summary)]).decode()
    return {
        "utf16": (Reply(plain.encode("utf-16"), content_type=XML), "Größe"),
        "wrong_charset": (
            Reply(plain.encode(), content_type=f"{XML}; charset=iso-8859-1"),
            "Größe",
        ),
        "undeclared_gzip": (Reply(gzip.compress(plain.encode(), mtime=0)), "Größe"),
        "xxe": (Reply((XXE + plain.replace("Größe", "Odd &x;")).encode()), "Odd &x;"),
        "laughs": (Reply((LAUGHS + plain.replace("Größe", "Odd &i;")).encode()), "Odd &i;"),
        "as_html": (Reply(plain.encode(), content_type="text/html"), "Größe"),
        "as_nothing": (Reply(plain.encode(), content_type=None), "Größe"),
        "blank_before": (Reply(b"\n\n  " + plain.encode(), content_type=XML), "Größe"),
    }


@pytest.fixture(autouse=True, scope="module")
def _short_deadlines() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        http = functools.partial(crawl_options.HttpOptions, read_s=2.0)
        patch.setattr(crawl_options, "HttpOptions", http)
        crawl = functools.partial(crawl_options.CrawlOptions, backoff_s=0.02)
        patch.setattr(crawl_options, "CrawlOptions", crawl)
        yield


@pytest.fixture
def net() -> Iterator[Internet]:
    with Internet() as internet:
        yield internet


def test_a_feed_that_fails_is_as_before_when_it_comes_back(net, tmp_path):
    feeds = {name: Feed(net.add_site(), [f"{name}0"]) for name in FAULTS}
    ticks = Ticks(tmp_path / "lake", tuple(feed.url for feed in feeds.values()))
    ticks.run()
    for name, feed in feeds.items():
        feed.site.add("/feed.xml", FAULTS[name][0])
        add_pages(feed.site, f"{name}1")
    account = ticks.run()

    assert account["documents"] == 0
    assert account["polls"] == {"failed": len(FAULTS)}
    errors = {name: ticks.polls(feed.url)[-1]["error"] for name, feed in feeds.items()}
    assert errors == {name: error for name, (_, error) in FAULTS.items()}
    for feed in feeds.values():
        first, second = ticks.polls(feed.url)
        assert (second["failures"], second["source_kind"]) == (1, "feed")
        assert second["detail"]
        assert [second[name] for name in ("etag", "body_sha256", "succeeded_at")] == [
            first[name] for name in ("etag", "body_sha256", "succeeded_at")
        ]

    for name, feed in feeds.items():
        feed.items = [f"{name}1", f"{name}0"]
        Feed(feed.site, feed.items)
        feed.site.requests.clear()
    account = ticks.run()

    assert account["articles"] == len(FAULTS)
    assert ticks.titles() == sorted(f"{name}{number}" for name in FAULTS for number in (0, 1))
    for name, feed in feeds.items():
        assert sorted(feed.site.asked()) == sorted([f"/{name}1", "/feed.xml"]), name
        assert ticks.polls(feed.url)[-1]["failures"] == 0
    assert {request.address for request in net.requests} == {
        feed.site.address for feed in feeds.values()
    }


def test_odd_feeds_are_read(net, tmp_path):
    titles = {}
    sources = []
    for name in odd_but_good(net.add_site()):
        site = net.add_site()
        add_pages(site, "Odd")
        site.add("/Odd", page(name))
        reply, title = odd_but_good(site)[name]
        sources.append(site.add("/feed.xml", reply).replace(site.name, site.address))
        titles[sources[-1]] = title
    ticks = Ticks(tmp_path / "lake", tuple(sources), ("--no-fetch", "--min-chars", "1"))

    ticks.run()

    found = {
        row["source"]: row["title"] for row in ticks.rows("articles") + ticks.rows("duplicates")
    }
    assert found == titles
    assert {row["status"] for row in ticks.rows("sources")} == {"read"}


def test_a_cut_feed_gives_its_whole_entries_and_says_so(net, tmp_path):
    feed = Feed(net.add_site(), ["a", "b", "c"])
    whole = rss(feed.site, feed.items)
    feed.site.add("/feed.xml", Reply(whole[: whole.rindex(b"<description>") + 20]))
    ticks = Ticks(tmp_path / "lake", (feed.url,))

    ticks.run()
    [poll] = ticks.polls(feed.url)
    assert (poll["status"], poll["error"], poll["documents"]) == ("partial", "corrupt_feed", 3)
    assert ticks.titles() == ["a", "b"]
    ticks.run()
    feed.site.add("/feed.xml", Reply(whole))
    ticks.run()

    assert ticks.titles() == ["a", "b", "c"]
    assert ticks.counts() == {"articles": 3, "revisions": 0, "duplicates": 0, "rejects": 1}


def test_a_feed_that_is_gone_twice_is_left_alone_until_it_is_named(net, tmp_path):
    feed = Feed(net.add_site(), ["a"])
    (tmp_path / "list.txt").write_text(feed.url, encoding="utf-8")
    listed = Ticks(tmp_path / "lake", (tmp_path / "list.txt",))
    listed.run()
    feed.site.add("/feed.xml", Reply(b"", status=410))
    listed.run()
    listed.run()
    feed.site.requests.clear()

    account = listed.run()
    assert (account["polls"], feed.site.asked()) == ({}, [])
    assert listed.polls(feed.url)[-1]["is_stopped"] is True

    named = Ticks(tmp_path / "lake", (feed.url,))
    Feed(feed.site, ["b", "a"])
    account = named.run()
    assert (account["articles"], sorted(feed.site.asked())) == (1, ["/b", "/feed.xml"])
    assert named.polls(feed.url)[-1]["is_stopped"] is False


def test_a_feed_that_asks_for_patience_is_not_asked_by_the_next_run(net, tmp_path):
    patient = {
        "limit": Reply(b"", status=429, headers={"Retry-After": "3600"}),
        "down": Reply(b"", status=503, headers={"Retry-After": "Wed, 01 Jan 2042 00:00:00 GMT"}),
    }
    sites = {name: net.add_site() for name in patient}
    for name, reply in patient.items():
        sites[name].add("/feed.xml", reply)
    urls = tuple(site.url("/feed.xml", by_address=True) for site in sites.values())
    ticks = Ticks(tmp_path / "lake", urls)

    first = ticks.run()
    asked = [len(site.requests) for site in sites.values()]
    second = ticks.run()

    assert (first["polls"], second["polls"]) == ({"waiting": 2}, {})
    assert [len(site.requests) for site in sites.values()] == asked
    waits = [
        (poll["next_due"] - poll["polled_at"]).total_seconds()
        for url in urls
        for poll in ticks.polls(url)
    ]
    assert 3_600 <= waits[0] <= 4_000
    assert 86_400 <= waits[1] <= 100_000


def test_a_feed_moves_after_two_permanent_redirects_and_never_after_others(net, tmp_path):
    old, temporary = net.add_site(), net.add_site()
    new = Feed(net.add_site(), ["a"])
    other = Feed(net.add_site(), ["b"])
    old.add("/feed.xml", Reply(status=301, headers={"Location": new.url}))
    temporary.add("/feed.xml", Reply(status=302, headers={"Location": other.url}))
    ticks = Ticks(
        tmp_path / "lake", tuple(s.url("/feed.xml", by_address=True) for s in (old, temporary))
    )
    ticks.run()
    ticks.run()
    new.items = ["c", "a"]
    add_pages(new.site, "c")
    old.requests.clear()
    ticks.run()

    assert old.asked() == []
    assert len(feed_requests(temporary)) == 3
    assert ["if-none-match" in request.headers for request in feed_requests(other.site)][1:].count(
        True
    ) >= 1
    assert ticks.titles() == ["a", "b", "c"]
    assert ticks.counts() == {"articles": 3, "revisions": 0, "duplicates": 0, "rejects": 0}
    assert {row["source"] for row in ticks.rows("articles")} == set(ticks.sources)
    moved, _ = (ticks.polls(str(url))[-1] for url in ticks.sources)
    assert (moved["address"], moved["source"]) == (new.url, ticks.sources[0])


def test_validators_of_a_304_are_taken_over_and_lying_ones_dropped(net, tmp_path):
    site, liar = net.add_site(), net.add_site()
    add_pages(site, "a")
    add_pages(liar, "b", "c")
    served: list[str | None] = []

    def rolling(request: Any) -> Reply:
        served.append(request.headers.get("if-none-match"))
        if served[-1] is None:
            return Reply(rss(site, ["a"]), headers={"ETag": '"0"'})
        return Reply(status=304, headers={"ETag": f'"{len(served)}"'})

    site.add("/feed.xml", rolling)
    names = ["b"]
    liar.add("/feed.xml", lambda _: Reply(rss(liar, names), headers={"ETag": '"same"'}))
    urls = tuple(s.url("/feed.xml", by_address=True) for s in (site, liar))
    ticks = Ticks(tmp_path / "lake", urls)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("feedlake.transforms.poll.poll_desk.random.random", lambda: 0.5)
        ticks.run()
        ticks.run()
        names.insert(0, "c")
        ticks.run()
        ticks.run()

    assert served == [None, '"0"', '"2"', '"3"']
    assert ["if-none-match" in r.headers for r in feed_requests(liar)] == [False, True, True, False]
    assert ticks.polls(urls[1])[-1]["has_lying_validators"] is True
    assert ticks.titles() == ["a", "b", "c"]
