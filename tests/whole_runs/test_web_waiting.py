"""Whole runs over pages that cannot be had at once, and runs that are cut short."""

from __future__ import annotations

import functools
import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pyarrow as pa
import pytest
from conftest import PROJECT, run_command
from crawling import gaps
from feed_sites import Feed, Item, add_pages, opml, outline, page, rss
from internet import Internet, Reply
from old_lakes import rewrite_files
from web_runs import OPEN, Web, check_manners, forget_process, shorten_deadlines

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.upkeep.verify import verify
from feedlake.pipeline.web import crawl_options
from feedlake.transforms.crawl.http_client import HttpOptions


@pytest.fixture
def net() -> Iterator[Internet]:
    with Internet() as internet:
        yield internet


@pytest.fixture(autouse=True)
def _shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_deadlines(monkeypatch)


def test_pages_beyond_a_hosts_share_of_a_run_are_fetched_by_the_next_runs(net, tmp_path):
    names = [f"Name{number:03}" for number in range(30)]
    feed = Feed(net.add_site(), names)
    web = Web(tmp_path / "lake", (feed.url,))
    flags = ("--host-pages", "10", "--host-delay", "0s")

    accounts = [web.run(*flags) for _ in range(3)]

    assert [account["articles"] for account in accounts] == [10, 10, 10]
    assert [account["deferred"] for account in accounts] == [20, 0, 0]
    assert web.titles() == names
    asked = Counter(feed.site.asked())
    assert {asked[f"/{name}"] for name in names} == {1}
    assert (asked["/robots.txt"], asked["/feed.xml"]) == (1, 3)
    assert web.waiting() == {}
    assert web.run(*flags)["documents"] == 0


def test_page_that_works_later_becomes_an_article_once(net, tmp_path):
    feed = Feed(net.add_site(), ["Late", "Early"])
    feed.site.add("/Late", Reply(status=503))
    web = Web(tmp_path / "lake", (feed.url,))

    assert (web.run()["deferred"], web.ends()) == (
        1,
        {"Late": "waits: http_error", "Early": "page"},
    )
    assert web.run()["deferred"] == 1
    attempts = [row["attempts"] for row in web.rows("deferred")]
    assert sorted(attempts) == [1, 2]
    feed.site.add("/Late", page("Late"))
    account = web.run()

    assert (account["documents"], account["articles"], account["deferred"]) == (1, 1, 0)
    assert web.ends() == {"Late": "page", "Early": "page"}
    assert [row["status"] for row in web.rows("deferred")].count("done") == 1
    check_manners(net)


def test_young_page_that_is_refused_at_first_becomes_an_article_and_an_old_one_a_reject(
    net, tmp_path
):
    site, busy = net.add_site(), net.add_site()
    now = format_datetime(datetime.now(UTC) - timedelta(hours=2), usegmt=True)
    names = {"Forbidden": 403, "Missing": 404, "Gone": 410, "Login": 401}
    feed = Feed(site, [*(Item(name, date=now) for name in names), "Old"])
    for name, status in {**names, "Old": 404}.items():
        site.add(f"/{name}", Reply(b"<h1>No</h1>", status=status))
    busy_feed = Feed(busy, [Item("Busy", date=now), Item("Next", date=now)])
    busy.add("/Busy", Reply(status=429))
    busy.add("/Next", Reply(status=429))
    web = Web(tmp_path / "lake", (feed.url, busy_feed.url))

    first = web.run()
    assert (first["deferred"], first["reject_reasons"]) == (6, {"http_error": 1})
    assert set(web.waiting()) == {*names, "Busy", "Next"}
    asked = len(busy.requests)
    assert asked == 3, "robots.txt, the feed and one page"
    for name in names:
        add_pages(site, name)
    forget_process()
    web.run()

    assert web.ends() == {
        **dict.fromkeys(names, "page"),
        "Old": "http_error",
        "Busy": "waits: http_error",
        "Next": "waits: host_closed",
    }
    assert len(busy.requests) == asked, "it is left alone by the next run, too"


def test_feed_that_changes_a_waiting_entry_does_not_begin_its_attempts_anew(
    feedlake, net, tmp_path
):
    feed = Feed(net.add_site(), [Item("Late")])
    feed.site.add("/Late", Reply(status=503))
    web = Web(tmp_path / "lake", (feed.url,))
    web.run()
    forget_process()
    feed.items = [Item("Late", summary="Other words.", date="Sun, 22 Nov 2026 10:00:00 GMT")]
    web.run()
    forget_process()
    # A run of what is due: the page is not, but the feed tells of it once more.
    make_due(web, feed.url)
    feed.items = [Item("Late", summary="Third words.")]
    flags = (*OPEN, "--host-delay", "0s", "--runs", "1", "--json")
    run_command("schedule", feed.url, "--lake", web.lake, *flags)

    rows = sorted(web.rows("deferred"), key=lambda row: row["tried_at"])
    waits = [row for row in rows if row["status"] == "waiting"]
    assert [row["attempts"] for row in waits] == [1, 2, 3]
    assert len({row["first_tried_at"] for row in waits}) == 1
    assert "Third words." in waits[-1]["entry"]
    shown = feedlake("query", "FROM waiting", "--lake", web.lake, "--format", "json")
    [waiting] = json.loads(shown.out)
    assert (waiting["title"], waiting["reason"], waiting["attempts"]) == ("Late", "http_error", 3)


def make_due(web: Web, url: str) -> None:
    """Lets the time pass until an address is due."""
    rewrite_files(web.lake, "sources/**/*.parquet", lambda rows: without_times(rows, "next_due"))


def test_slow_sites_do_not_hold_back_what_is_ready_and_the_run_goes_on_with_them(
    net, tmp_path, monkeypatch
):
    # A page that hangs may do so for as long as it likes: only the end of a chunk cuts it.
    monkeypatch.setattr("feedlake.transforms.crawl.crawler.END_WITHIN_S", 0.2)
    crawl = functools.partial(HttpOptions, connect_s=9.0, read_s=60.0, total_s=60.0)
    monkeypatch.setattr(crawl_options, "HttpOptions", crawl)
    quick = Feed(net.add_site(), ["Quick"])
    slow = Feed(net.add_site(), [f"Slow{number}" for number in range(6)])
    slow.site.latency_s = 0.3
    hangs = Feed(net.add_site(), ["Hangs"])
    hangs.site.add("/Hangs", Reply(hang=True))
    published: list[set[str]] = []
    publish = Lake.publish

    def publish_and_look(self: Lake, entry: JournalEntry) -> None:
        publish(self, entry)
        published.append(set(web.titles()))

    monkeypatch.setattr(Lake, "publish", publish_and_look)
    web = Web(tmp_path / "lake", (quick.url, slow.url, hangs.url))

    account = web.run("--publish-within", "2s", "--host-delay", "0.2s")

    assert "Quick" in published[0]
    assert len(published[0]) < len(published[-1]) == 7
    assert web.ends() == {
        "Quick": "page",
        **{f"Slow{number}": "page" for number in range(6)},
        "Hangs": "waits: timeout",
    }
    assert account["articles"] == 7
    assert {path: len(slow.site.asked(path)) for path in set(slow.site.asked())} == {
        **{f"/Slow{number}": 1 for number in range(6)},
        "/feed.xml": 1,
        "/robots.txt": 1,
    }


def test_feeds_that_a_chunk_has_no_time_for_are_polled_by_the_next_one(net, tmp_path):
    site = net.add_site()
    names = [f"Feed{number}" for number in range(8)]
    for name in names:
        site.add(f"/{name}.xml", Reply(rss(site, [name]), content_type="text/xml"))
        add_pages(site, name)
    listed = "".join(outline(site.url(f"/{name}.xml", by_address=True)) for name in names[4:])
    listed_at = site.add("/list.opml", Reply(opml(listed), content_type="text/xml"))
    given = [site.url(f"/{name}.xml", by_address=True) for name in names[:4]]
    web = Web(tmp_path / "lake", (*given, listed_at.replace(site.name, site.address)))

    account = web.run("--publish-within", "2s", "--host-delay", "0.4s")

    assert web.titles() == names
    assert len(account["runs"]) > 2
    assert account["polls"] == {"read": 9}
    assert Counter(site.asked()).most_common(1)[0][1] == 1, "nothing is asked for twice"


def test_page_that_never_works_ends_as_a_reject(net, tmp_path, monkeypatch):
    monkeypatch.setattr("feedlake.transforms.fetch.fetched_page.MIN_ATTEMPTS", 3)
    monkeypatch.setattr("feedlake.transforms.fetch.fetched_page.MIN_PATIENCE", timedelta(0))
    site, silent, unsure = (net.add_site() for _ in range(3))
    site.add("/Never", Reply(status=500))
    silent.add("/Silent", Reply(drop=True))
    unsure.add("/robots.txt", Reply(status=500))
    dead = f"http://127.1.200.1:{net.closed_port}/Dead"
    feed = Feed(net.add_site(), [])
    feed.items = [
        Item("Never", link=site.url("/Never", by_address=True)),
        Item("Silent", link=silent.url("/Silent", by_address=True)),
        Item("Unsure", link=unsure.url("/Unsure", by_address=True)),
        Item("Dead", link=dead),
    ]
    web = Web(tmp_path / "lake", (feed.url,))

    for _ in range(2):
        web.run()
        assert set(web.waiting()) == {"Never", "Silent", "Unsure", "Dead"}
        make_old(web)
        forget_process()
    account = web.run()

    assert account["rejects"] == 4
    assert web.ends() == {
        "Never": "http_error",
        "Silent": "connect",
        "Unsure": "robots_unreachable",
        "Dead": "connect",
    }
    assert all("tried 3 times since" in row["detail"] for row in web.rows("rejects"))
    before = len(net.requests)
    assert web.run()["documents"] == 0
    assert {request.path for request in net.requests[before:]} == {"/feed.xml"}


def make_old(web: Web) -> None:
    """Lets the time pass for which silent hosts are left alone."""
    rewrite_files(
        web.lake, "deferred/**/*.parquet", lambda rows: without_times(rows, "asked_until")
    )


def without_times(rows: pa.Table, name: str) -> pa.Table:
    place = rows.schema.get_field_index(name)
    never = pa.nulls(rows.num_rows, rows.schema.field(place).type)
    return rows.set_column(place, rows.schema.field(place), never)


def test_host_that_asks_for_a_long_rest_is_left_alone_by_all_and_by_the_next_run(net, tmp_path):
    value = "Fri, 31 Dec 2100 23:59:59 GMT"
    busy, other = net.add_site(), net.add_site()
    names = ["First", "Second", "Third"]
    own = Feed(busy, names)
    busy.add("/First", Reply(status=429, headers={"Retry-After": value}))
    busy.add("/Second", Reply(status=429, headers={"Retry-After": value}))
    busy.add("/Third", Reply(status=429, headers={"Retry-After": value}))
    feed = Feed(other, ["Other"])
    add_pages(busy, "Fourth")
    web = Web(tmp_path / "lake", (own.url, feed.url))

    web.run()
    assert len(busy.requests) == 3
    assert set(web.waiting()) == set(names)
    assert len({row["asked_by"] for row in web.rows("deferred")}) == 1
    forget_process()
    feed.items = ["Other", Item("Fourth", link=busy.url("/Fourth", by_address=True))]
    account = web.run()

    assert len(busy.requests) == 3, "neither its feed nor its pages, old and new"
    assert account["deferred"] == 1
    assert web.waiting()["Fourth"] == "host_closed"
    assert web.ends()["Other"] == "page"
    assert web.polls(own.url)[-1]["status"] == "waiting"


def test_entry_whose_secret_is_missing_waits(net, tmp_path, monkeypatch):
    (tmp_path / "feedlake.toml").write_text("")
    feed = Feed(net.add_site(), ["Late"])
    feed.site.add("/Late", Reply(status=503))
    config = tmp_path / "own.toml"
    config.write_text(f'[[source]]\nurl = "{feed.url}"\ncookies-env = "FEEDLAKE_OWN_COOKIE"\n')
    monkeypatch.setenv("FEEDLAKE_OWN_COOKIE", "key=hush-hush")
    web = Web(tmp_path / "lake", (feed.url,), ("--config", config))
    web.run()
    monkeypatch.delenv("FEEDLAKE_OWN_COOKIE")
    web.run()

    assert web.waiting() == {"Late": "missing_secret"}
    assert [row["attempts"] for row in web.rows("deferred")] == [1, 1]
    monkeypatch.setenv("FEEDLAKE_OWN_COOKIE", "key=hush-hush\n")
    feed.site.add("/Late", page("Late"))
    web.run()
    assert web.ends() == {"Late": "page"}
    cookies = {request.headers.get("cookie") for request in feed.site.requests}
    assert cookies == {"key=hush-hush", None}
    assert feed.site.asked("/robots.txt") == ["/robots.txt"]
    files = (tmp_path / "lake").glob("**/*")
    assert all(b"hush-hush" not in file.read_bytes() for file in files if file.is_file())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_run_that_is_ended_while_it_fetches_loses_nothing(net, tmp_path, number):
    names = [f"Name{number:02}" for number in range(24)]
    feeds = [Feed(net.add_site(), names[start::3]) for start in range(3)]
    for feed in feeds:
        feed.site.latency_s = 0.05
    web = Web(tmp_path / "lake", tuple(feed.url for feed in feeds))
    command = ("ingest", *web.sources, "--lake", web.lake, *OPEN, "--host-delay", "0.05s")
    with subprocess.Popen(
        [sys.executable, "-m", "feedlake", *map(str, command)],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        net.wait_until(lambda: sum(r.path.startswith("/Name") for r in list(net.requests)) >= 12)
        process.send_signal(number)
        process.wait(30)
    assert process.returncode != 0
    assert Path(web.lake).is_dir()

    account = web.run()

    assert web.titles() == names
    assert (account["articles"], account["deferred"]) == (24, 0)
    assert verify(Lake(str(web.lake))) == []
    for feed in feeds:
        assert min(gaps(feed.site.requests)) > 0.045
