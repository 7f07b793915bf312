"""Each entry leaves `FetchPages` exactly once, and each page is asked for once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.testing.test_pipeline import TestPipeline as _TestPipeline
from apache_beam.testing.util import assert_that, equal_to
from crawling import options_for
from internet import Internet, Reply

from feedlake.transforms.crawl.crawl_records import HostBackoff, RobotsText
from feedlake.transforms.crawl.shared_crawler import Crawlers
from feedlake.transforms.fetch.fetch_pages import FetchPages
from feedlake.transforms.fetch.fetched_page import FetchOptions, PageOptions
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.records.documents import Document, Entry
from feedlake.transforms.records.polls import SourceOptions

RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
NOON = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
PAGE = Reply(b"<html><body><p>The ferry left at noon.</p></body></html>")


@pytest.fixture
def net() -> Iterator[Internet]:
    with Internet() as internet:
        yield internet


@pytest.fixture(autouse=True)
def _new_process() -> None:
    process_wide(Crawlers).forget()


def entry(url: str, *, source: str = "http://feeds.test/", days: int = 0, **more: Any) -> Entry:
    document = Document(
        source,
        source_kind="feed",
        body="",
        is_html=True,
        text_source="summary",
        url=url,
        title=url.rpartition("/")[2],
        published_at=NOON - timedelta(days=days),
    )
    return Entry(document, **more)


NAMES: dict[str, Callable[[Any], str]] = {
    "documents": lambda document: str(document.title),
    "rejected": lambda rejection: str(rejection.title),
    "waiting": lambda deferral: f"{deferral.entry.document.title} {deferral.reason}",
    "done": lambda deferral: str(deferral.entry.document.title),
    "reports": lambda report: f"{report.source_kind} {report.poll.http_status}",
}


def fetch(*items: Any, comes_to: dict[tuple[str, str], int], host_pages: int = 100) -> None:
    """Asserts what leaves where, and how often."""
    entries = sum(isinstance(item, Entry) for item in items)
    kinds = ("documents", "rejected", "waiting")
    assert sum(n for (kind, _), n in comes_to.items() if kind in kinds) == entries
    options = FetchOptions(options_for(), PageOptions(min_chars=50), host_pages)
    with _TestPipeline(runner=RUNNER) as p:
        out = p | beam.Create([(0, list(items))]) | FetchPages(options)
        named = [
            getattr(out, name) | f"Name{name}" >> beam.Map(lambda x, n=name: (n, NAMES[n](x)))
            for name in NAMES
        ]
        wanted = list(Counter(comes_to).elements())
        assert_that(named | beam.Flatten(), equal_to(wanted))


def test_each_entry_leaves_once(net):
    good, bad = net.add_site(), net.add_site()
    good.add("/good", PAGE)
    good.add("/lost", Reply(status=400))
    bad.add("/bad", Reply(status=503))
    urls = [good.url("/good", by_address=True), good.url("/lost", by_address=True)]
    urls.append(bad.url("/bad", by_address=True))

    fetch(
        *map(entry, urls),
        entry(urls[0], source="http://others.test/", is_deferred=True),
        entry(urls[1] + "?utm_source=x", is_deferred=True),
        entry("nonsense"),
        comes_to={
            ("documents", "good"): 2,
            ("rejected", "lost"): 1,
            ("rejected", "lost?utm_source=x"): 1,
            ("rejected", "nonsense"): 1,
            ("waiting", "bad http_error"): 1,
            ("done", "good"): 1,
            ("done", "lost?utm_source=x"): 1,
            ("reports", "robots 404"): 2,
        },
    )
    asked = Counter(request.path for request in good.requests)
    assert asked == {"/robots.txt": 1, "/good": 1, "/lost": 1}


def test_those_that_have_waited_come_first_and_then_the_newest(net):
    site, other = net.add_site(), net.add_site()
    for name in "abcdef":
        site.add(f"/{name}", PAGE)
        other.add(f"/{name}", PAGE)
    items = [entry(site.url(f"/{n}", by_address=True), days=d) for d, n in enumerate("abcde")]
    items.append(entry(site.url("/f", by_address=True), days=9, is_deferred=True))

    fetch(
        *items,
        entry(other.url("/a", by_address=True)),
        host_pages=3,
        comes_to={
            ("documents", "a"): 2,
            ("documents", "b"): 1,
            ("documents", "f"): 1,
            ("done", "f"): 1,
            **{("waiting", f"{name} host_pages"): 1 for name in "cde"},
            ("reports", "robots 404"): 2,
        },
    )

    assert site.asked() == ["/robots.txt", "/f", "/a", "/b"]


def test_what_earlier_runs_know_of_hosts_counts(net):
    closed, ruled = net.add_site(), net.add_site()
    now = datetime.now(UTC)
    place = ruled.url("/robots.txt", by_address=True)
    fetch(
        HostBackoff(closed.url("/", by_address=True), now + timedelta(hours=1)),
        HostBackoff(ruled.url("/", by_address=True), now - timedelta(hours=1)),
        RobotsText(place, status=200, body=b"User-agent: *\nDisallow: /a", fetched_at=now),
        entry(closed.url("/a", by_address=True)),
        entry(ruled.url("/a", by_address=True)),
        entry(ruled.url("/b", by_address=True)),
        comes_to={
            ("waiting", "a host_closed"): 1,
            ("rejected", "a"): 1,
            ("rejected", "b"): 1,
        },
    )
    assert closed.asked() == []
    assert ruled.asked() == ["/b"]


def test_a_sources_own_headers_delay_and_rules_stay_at_its_site(net, monkeypatch):
    monkeypatch.setenv("OWN_COOKIE", "key=1")
    own, other = net.add_site(), net.add_site()
    own.add("/page", PAGE)
    other.add("/page", PAGE)
    options = SourceOptions(headers=(("X-Key", "2"),), cookies_env="OWN_COOKIE")
    source = own.url("/feed", by_address=True)
    fetch(
        *(
            entry(site.url("/page", by_address=True), source=source, options=options)
            for site in (own, other)
        ),
        comes_to={("documents", "page"): 2, ("reports", "robots 404"): 2},
    )

    shown = {
        site.name: [(r.headers.get("cookie"), r.headers.get("x-key")) for r in site.requests]
        for site in (own, other)
    }
    assert shown == {
        own.name: [(None, None), ("key=1", "2")],
        other.name: [(None, None), (None, None)],
    }


def test_entry_without_its_secret_waits_and_the_others_do_not(net, monkeypatch):
    monkeypatch.delenv("OWN_COOKIE", raising=False)
    site = net.add_site()
    site.add("/a", PAGE)
    site.add("/b", PAGE)
    secret = replace(
        entry(site.url("/a", by_address=True), source=site.url("/feed", by_address=True)),
        options=SourceOptions(cookies_env="OWN_COOKIE"),
    )
    fetch(
        secret,
        entry(site.url("/b", by_address=True)),
        comes_to={
            ("waiting", "a missing_secret"): 1,
            ("documents", "b"): 1,
            ("reports", "robots 404"): 1,
        },
    )


def test_crawler_ends_with_the_last_who_uses_it():
    crawlers, options, before = Crawlers(), options_for(), set(threading.enumerate())
    first = crawlers.share(options)
    assert crawlers.share(options) is first
    crawlers.give_back(options)
    assert len(set(threading.enumerate()) - before) == 1, "the crawler's own thread"
    crawlers.give_back(options)
    assert set(threading.enumerate()) <= before
