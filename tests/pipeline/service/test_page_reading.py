"""Pages that take long to read hold up neither other hosts nor a publication."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from internet import Internet
from newspapers import FLAGS, open_paper, page, rows, rss, serve_feed

from feedlake.pipeline.cli.command_line import read_command_line
from feedlake.pipeline.options.run_options import ingest_options
from feedlake.pipeline.service import page_reading
from feedlake.pipeline.service.page_reading import PageReading
from feedlake.pipeline.service.schedule import ScheduleOptions, Tick, schedule
from feedlake.transforms.extract.extract_document import ExtractOptions
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.sandbox import Failure, Limits
from feedlake.transforms.process.stop import StopRequest
from feedlake.transforms.records.documents import Document

LATE_S = 60.0
OPTIONS = ExtractOptions(
    datetime(2026, 11, 30, tzinfo=UTC),
    min_chars=1,
    earliest_date=datetime(1990, 1, 1, tzinfo=UTC),
)


class Children:
    """Two children in which a task ends when a test says so."""

    def __init__(self, **_: object) -> None:
        self.begun: list[Any] = []
        self.ended: list[tuple[Any, Any]] = []

    @property
    def has_room(self) -> bool:
        return len(self.begun) < 2

    def submit(self, token: Any, *_: object) -> None:
        self.begun.append(token)

    def end(self, url: str, answer: object) -> None:
        [token] = [one for one in self.begun if one.attempt.document.url == url]
        self.begun.remove(token)
        self.ended.append((token, answer))

    def come(self) -> Iterator[tuple[Any, Any]]:
        while self.ended:
            yield self.ended.pop(0)

    def close(self) -> None:
        self.begun.clear()

    def urls(self) -> list[str]:
        return [one.attempt.document.url for one in self.begun]


class Desk:
    """A `PageReading` over such children, with a clock that stands still."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.children, self.now_s = Children(), 0.0
        self.told: dict[str, object] = {}
        monkeypatch.setattr(page_reading, "Sandbox", lambda **_: self.children)
        self.reading = PageReading(OPTIONS, Limits(), workers=2, clock=lambda: self.now_s)

    def add(self, *urls: str, size: int = 9) -> None:
        for url in urls:
            tell = functools.partial(self.told.__setitem__, url)
            self.reading.add(url.partition("/")[0], document(url, size), tell)
        self.reading.go_on()

    def end(self, url: str, answer: object = "read") -> None:
        self.children.end(url, answer)
        self.reading.go_on()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


def document(url: str, size: int) -> Document:
    return Document(
        "http://a.example/feed",
        source_kind="rss",
        source_record=1,
        body=b"x" * size,
        is_html=True,
        text_source="page",
        url=url,
    )


def test_host_has_one_page_read_at_a_time_in_their_order(desk: Desk) -> None:
    desk.add("a/1", "a/2", "a/3", "b/1")

    assert desk.children.urls() == ["a/1", "b/1"]
    desk.end("b/1")
    assert desk.children.urls() == ["a/1"]
    desk.end("a/1")
    assert desk.children.urls() == ["a/2"]
    assert desk.told == {"b/1": "read", "a/1": "read"}


def test_host_whose_pages_have_taken_least_time_is_next(desk: Desk) -> None:
    desk.add("heavy/1", "heavy/2", "dull/1", "dull/2", "quick/1", "quick/2")

    assert desk.children.urls() == ["dull/1", "heavy/1"]
    desk.now_s = 2.0
    desk.end("dull/1")
    assert desk.children.urls() == ["heavy/1", "quick/1"]
    desk.now_s = 2.1
    desk.end("quick/1")
    desk.end("quick/2")
    assert desk.children.urls() == ["heavy/1", "dull/2"]


def test_slow_hosts_leave_a_child_to_the_others(desk: Desk) -> None:
    desk.add("a/1", "a/2", "b/1", "b/2")
    desk.now_s = 10.0
    desk.end("a/1")
    desk.end("b/1")

    assert desk.children.urls() == ["a/2"]
    assert desk.reading.is_slow("a")
    desk.add("quick/1")
    assert desk.children.urls() == ["a/2", "quick/1"]
    desk.end("quick/1")
    desk.now_s = 11.0
    desk.end("a/2")
    assert not desk.reading.is_slow("a")
    assert desk.children.urls() == ["b/2"]


def test_page_that_passes_a_limit_is_tried_once_more_and_told_once(desk: Desk) -> None:
    desk.add("a/1", "a/2")
    desk.end("a/1", Failure("timeout", "more than 20 CPU seconds"))

    assert desk.children.urls() == ["a/1"]
    assert desk.told == {}
    desk.end("a/1", Failure("memory", "more than 9 MiB"))
    assert desk.told["a/1"].reason == "timeout"  # type: ignore[attr-defined]
    assert desk.children.urls() == ["a/2"]
    assert desk.reading.unread("a") == 1


def test_large_pages_wait_within_bounds(desk: Desk) -> None:
    size = 10 << 20
    assert desk.reading.has_room("a", 100 << 20)
    desk.add("a/1", size=size)

    assert not desk.reading.has_room("a", size)
    assert desk.reading.has_room("a", 6 << 20)
    assert desk.reading.has_room("b", size)
    desk.add(*(f"{host}/1" for host in "bcdef"), size=size)
    assert not desk.reading.is_full
    desk.add("g/1", size=size)
    assert desk.reading.is_full
    desk.end("a/1")
    assert not desk.reading.is_full


class UnreadablePages(Children):
    """Children that read at once what they get, but a page of a site that they never end with."""

    heavy = ""

    def submit(self, token: Any, *task: object) -> None:
        function, *arguments = task
        assert callable(function)
        if (token.attempt.document.url or "").startswith(self.heavy):
            self.begun.append(token)
        else:
            self.ended.append((token, function(*arguments)))


def test_news_is_published_while_a_page_is_read_that_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process_wide(StopRequest).reset()
    lake, asked = tmp_path / "lake", list[str]()
    with Internet() as net:
        heavy, heavy_feed = open_paper(net, 30)
        quick, quick_feed = open_paper(net, 1)
        monkeypatch.setattr(UnreadablePages, "heavy", heavy.url("", by_address=True))
        monkeypatch.setattr(page_reading, "Sandbox", UnreadablePages)

        def tell(tick: Tick) -> None:
            assert tick.failure is None
            titles = {row["title"] for row in rows(lake, "articles")}
            if "The news" in titles:
                process_wide(StopRequest).ask()
            elif not asked and titles:
                asked.append("news")
                quick.add("/news", page("news"))
                serve_feed(quick, rss(quick, ["news"]))

        words = ["schedule", heavy_feed, quick_feed, "--lake", str(lake), *FLAGS]
        options = ingest_options(read_command_line([*words, "--enrich", "none"]).values)
        monkeypatch.setattr("feedlake.pipeline.service.schedule.FIRST_WITHIN_S", 0.5)
        late: Callable[[], object] = process_wide(StopRequest).ask
        timer = threading.Timer(LATE_S, late)
        timer.start()
        schedule(options, ScheduleOptions(0.5), tell=tell, explain=repr)
        timer.cancel()

    assert "The news" in {row["title"] for row in rows(lake, "articles")}
    assert len(rows(lake, "articles")) == 2
    waiting = {row["url"] for row in rows(lake, "deferred") if row["reason"] == "in_turn"}
    assert len(waiting) >= 30  # None is lost: their pages come after the next start.
