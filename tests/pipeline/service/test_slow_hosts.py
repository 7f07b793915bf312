"""News of quick hosts is published while others hang, and while one has many pages."""

from __future__ import annotations

import functools
import threading
from pathlib import Path

import pytest
from internet import Internet, Reply
from newspapers import FLAGS, open_paper, page, rows, rss, serve_feed

import feedlake.pipeline.service.schedule as schedule_module
import feedlake.pipeline.service.service as service_module
from feedlake.pipeline.cli.command_line import read_command_line
from feedlake.pipeline.options.run_options import ingest_options
from feedlake.pipeline.service import front, lookups
from feedlake.pipeline.service.schedule import ScheduleOptions, Tick, schedule
from feedlake.pipeline.web import crawl_options
from feedlake.transforms.crawl.http_client import HttpOptions
from feedlake.transforms.dedup.lookup import Facts
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest

LATE_S = 120.0
"""When a service is ended that waits for what hangs; then the test fails."""


@pytest.fixture(autouse=True)
def unasked() -> None:
    process_wide(StopRequest).reset()


def test_news_is_published_while_a_feed_and_a_page_hang_and_a_backlog_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = tmp_path / "lake"
    patient = functools.partial(HttpOptions, read_s=600.0, total_s=600.0)
    monkeypatch.setattr(crawl_options, "HttpOptions", patient)
    monkeypatch.setattr("feedlake.transforms.crawl.crawler.END_WITHIN_S", 0.1)

    with Internet() as net:
        silent = net.add_site()
        silent.add("/feed.xml", Reply(hang=True))
        halting, halting_feed = open_paper(net, 1)
        [hanging_page] = [target for target in halting.routes if target.startswith("/story")]
        halting.add(hanging_page, Reply(hang=True))
        _, busy_feed = open_paper(net, 90)
        quick, quick_feed = open_paper(net, 1)
        urls = [silent.url("/feed.xml", by_address=True), halting_feed, busy_feed, quick_feed]
        words = ["schedule", *urls, "--lake", str(lake), *FLAGS, "--enrich", "none"]
        words[words.index("--host-delay") + 1] = "2s"
        asked: list[int] = []

        def tell(tick: Tick) -> None:
            assert tick.failure is None
            titles = {row["title"] for row in rows(lake, "articles")}
            if not asked and silent.at_once and halting.at_once and titles:
                asked[:] = len(silent.requests), len(halting.requests)
                quick.add("/news", page("news"))
                serve_feed(quick, rss(quick, ["news"]))
            elif "The news" in titles:
                process_wide(StopRequest).ask()

        options = ingest_options(read_command_line(words).values)
        late = threading.Timer(LATE_S, process_wide(StopRequest).ask)
        late.start()
        schedule(options, ScheduleOptions(0.5), tell=tell, explain=repr)
        late.cancel()

        # The same requests hang as before the news; nobody was asked anew.
        assert asked == [len(silent.requests), len(halting.requests)]
        assert asked[0] == 2
        assert "The news" in {row["title"] for row in rows(lake, "articles")}
        assert len(rows(lake, "articles")) < 80


def test_first_run_does_not_wait_for_a_site_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = tmp_path / "lake"
    patient = functools.partial(HttpOptions, read_s=600.0, total_s=600.0)
    monkeypatch.setattr(crawl_options, "HttpOptions", patient)
    monkeypatch.setattr("feedlake.transforms.crawl.crawler.END_WITHIN_S", 0.1)
    monkeypatch.setattr(schedule_module, "FIRST_WITHIN_S", 0.5)
    ticks: list[Tick] = []

    def tell(tick: Tick) -> None:
        ticks.append(tick)
        process_wide(StopRequest).ask()

    with Internet() as net:
        silent = net.add_site()
        silent.add("/feed.xml", Reply(hang=True))
        _, quick_feed = open_paper(net, 1)
        words = ["schedule", silent.url("/feed.xml", by_address=True), quick_feed]
        words += ["--lake", str(lake), *FLAGS, "--enrich", "none", "--no-fetch"]
        options = ingest_options(read_command_line(words).values)
        late = threading.Timer(LATE_S, process_wide(StopRequest).ask)
        late.start()
        schedule(options, ScheduleOptions(600.0), tell=tell, explain=repr)
        late.cancel()

    assert ticks[0].next_at is not None, "it waited until it was asked to end"


def test_end_waits_for_no_look_up_that_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, may_end, looks = tmp_path / "lake", threading.Event(), list[str]()

    def find(*_: object) -> Facts:
        looks.append("begun")
        may_end.wait(LATE_S)
        raise OSError

    def tell(tick: Tick) -> None:
        assert tick.failure is None
        process_wide(StopRequest).ask()

    monkeypatch.setattr(lookups, "find_in_index", find)
    monkeypatch.setattr(service_module, "END_WITHIN_S", 0.1)
    monkeypatch.setattr(front, "CLOSE_WITHIN_S", 0.1)
    monkeypatch.setattr(schedule_module, "FIRST_WITHIN_S", 0.5)
    with Internet() as net:
        _, feed = open_paper(net, 1)
        words = ["schedule", feed, "--lake", str(lake), *FLAGS, "--enrich", "none"]
        options = ingest_options(read_command_line(words).values)
        late = threading.Timer(LATE_S, may_end.set)
        late.start()
        schedule(options, ScheduleOptions(600.0), tell=tell, explain=repr)
        late.cancel()

    assert looks == ["begun"]
    assert not may_end.is_set(), "it waited for the look-up"
    may_end.set()
    assert [row["reason"] for row in rows(lake, "deferred")] == ["in_turn"]
