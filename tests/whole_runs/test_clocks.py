"""Runs whose clock is ahead or behind: they stop, or what they write harms no later run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import content_of, read_rows, run_command
from feed_sites import Feed, Item, add_pages
from forks import Forks
from internet import Internet, Reply

NOW = datetime.now(UTC)
DAY = 86_400
YEAR = 365 * DAY
TO_1970 = 5 * DAY - int(NOW.timestamp())
FAST = ("--quiet", "--enrich", "none", "--allow-network", "127.1.0.0/16", "--host-delay", "0s")
ONCE = ("--runs", "1", "--min-interval", "1s")


@pytest.fixture
def net() -> Iterator[Internet]:
    with Internet() as internet:
        yield internet


def feed_of(net: Internet, word: str, *hours: float) -> Feed:
    """A feed whose entries are as old as this."""
    moments = [NOW - timedelta(hours=age) for age in hours]
    dates = [f"{moment:%a, %d %b %Y %H:%M:%S} GMT" for moment in moments]
    items = [Item(f"{word}-{number}", date=date) for number, date in enumerate(dates)]
    return Feed(net.add_site(f"{word}.test"), [*items])


class Town:
    """Runs into one lake, each by a clock of its own."""

    def __init__(self, forks: Forks, lake: Path) -> None:
        self.forks, self.lake = forks, lake

    def run(self, command: str, *words: object, ahead_s: int = 0, code: int = 0) -> str:
        """Returns what a run said whose clock is ahead by this, or behind."""
        once = ONCE if command == "schedule" else ()
        ended = self.forks.end(
            *(command, *words, "--lake", self.lake, *FAST, *once),
            environment={"SHIM_JUMP_S": str(ahead_s), "SHIM_NTH": "0"},
            said=self.lake.parent / "said",
        )
        assert ended.code == code, ended.said
        return ended.said

    def dates(self, view: str = "latest") -> list[str | None]:
        sql = f"SELECT published_at::DATE::TEXT AS day FROM {view} ORDER BY title"
        found = run_command("query", sql, "--lake", self.lake, "--format", "json")
        return [row["day"] for row in json.loads(found.out)]

    def ask(self, sql: str) -> list[dict[str, Any]]:
        found = run_command("query", sql, "--lake", self.lake, "--format", "json")
        rows: list[dict[str, Any]] = json.loads(found.out)
        return rows

    def feeds(self) -> dict[str, dict[str, Any]]:
        found = run_command("feeds", "--all", "--json", "--lake", self.lake)
        return {feed["source"]: feed for feed in json.loads(found.out)}

    def assert_sound(self) -> None:
        verified = run_command("compact", "--verify", "--lake", self.lake)
        assert verified.out == "the lake is sound\n"


@pytest.fixture
def town(faulty_forks: Forks, tmp_path: Path) -> Town:
    return Town(faulty_forks, tmp_path / "lake")


def days_of(*hours: float) -> list[str]:
    return [f"{NOW - timedelta(hours=age):%Y-%m-%d}" for age in hours]


@pytest.mark.parametrize("ahead_s", [DAY, YEAR], ids=["day", "year"])
def test_run_with_the_clock_ahead_keeps_nothing_waiting_until_then(town, net, ahead_s):
    feed, gone = feed_of(net, "a", 1, 5), feed_of(net, "gone", 2)
    late = net.add_site("late.test")
    feed.items.append(Item("late", link=late.url("/late", by_address=True)))
    late.add("/late", Reply(b"busy", status=503))
    gone.site.add("/feed.xml", Reply(status=410))
    town.run("schedule", feed.url, gone.url, ahead_s=ahead_s)
    assert town.ask("SELECT count(*) AS n FROM waiting") == [{"n": 1}]
    before = content_of(town.lake)

    said = town.run("schedule", feed.url, gone.url, code=1)

    assert "run 1: failed: this machine's clock shows " in said
    assert said.rstrip().endswith("set the clock or, if that run's was wrong, give --accept-clock")
    assert content_of(town.lake) == before

    add_pages(late, "late")
    added = feed_of(net, "added", 3)
    town.run("schedule", feed.url, gone.url, added.url, "--accept-clock")

    assert feed.site.asked().count("/feed.xml") == 2
    assert feed.site.asked().count("/robots.txt") == 2
    assert gone.site.asked().count("/feed.xml") == 2
    assert late.asked()[-2:] == ["/robots.txt", "/late"]
    assert town.ask("SELECT count(*) AS n FROM waiting") == [{"n": 0}]
    assert not any(status["is_dropped"] for status in town.feeds().values())
    assert town.feeds()[gone.url]["health"] == "stopped"
    feed.items.append("news")
    add_pages(feed.site, "news")

    town.run("ingest", feed.url, added.url)  # Nobody need accept the clock any more.

    assert "news" in [row["title"] for row in read_rows(town.lake, "articles")]
    assert gone.site.asked().count("/feed.xml") == 2
    order = town.ask("SELECT publication FROM runs ORDER BY started_at")
    assert [row["publication"] for row in order] == [2, 3, 1]
    town.assert_sound()


@pytest.mark.parametrize(
    ("command", "behind_s"), [("ingest", -DAY), ("schedule", -YEAR)], ids=["day", "year"]
)
def test_run_before_the_last_one_stops_with_a_sentence(town, net, command, behind_s):
    feed = feed_of(net, "a", 1, 5)
    town.run("schedule", feed.url)
    asked, before = feed.site.asked(), content_of(town.lake)

    said = town.run(command, feed.url, ahead_s=behind_s, code=1)

    shown = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"
    assert re.search(
        rf"this machine's clock shows {shown}, but the last run of {town.lake} began at {shown}; "
        "set the clock",
        said,
    )
    assert said.count("--accept-clock") == 1
    assert (feed.site.asked(), content_of(town.lake)) == (asked, before)
    town.run(command, feed.url, ahead_s=-1_800)  # Clocks of two machines may differ by minutes.
    town.assert_sound()


@pytest.mark.parametrize(
    ("command", "behind_s"), [("schedule", TO_1970), ("ingest", -YEAR)], ids=["1970", "year"]
)
def test_feed_read_with_the_clock_behind_has_its_dates_after_the_next_run(
    town, net, command, behind_s
):
    feed = feed_of(net, "a", 1, 20, 40)

    said = town.run(command, feed.url, ahead_s=behind_s, code=1)

    assert "3 of the 3 documents with a date are of a later time" in said
    assert town.ask("SELECT run_id FROM runs") == []

    town.run(command, feed.url, "--accept-clock", ahead_s=behind_s)
    assert town.dates() == [None] * 3

    town.run(command, feed.url)

    assert town.dates() == days_of(1, 20, 40)
    assert {row["date_source"] for row in town.ask("SELECT date_source FROM latest")} == {"feed"}
    counts = town.ask("SELECT documents, articles, revisions FROM runs ORDER BY publication")
    assert [tuple(row.values()) for row in counts] == [(3, 3, 0), (3, 0, 3)]
    asked = len(feed.site.asked())
    town.run(command, feed.url)
    assert feed.site.asked()[asked:] in ([], ["/feed.xml"])
    assert town.ask("SELECT count(*) AS n FROM revisions") == [{"n": 3}]
    town.assert_sound()


def test_files_read_with_the_clock_behind_have_their_dates_when_read_again(town, net, tmp_path):
    folder = tmp_path / "pages"
    folder.mkdir()
    feed = feed_of(net, "a", 1, 20, 40)
    for number in range(3):
        body = feed.site.routes[f"/a-{number}"][0].body.decode()
        date = f"{NOW - timedelta(hours=24 * number):%Y-%m-%d}T12:00:00+00:00"
        meta = f"<meta property='article:published_time' content='{date}'>"
        page = body.replace("</title>", f"</title>{meta}")
        (folder / f"{number}.html").write_text(page, encoding="utf-8")
    town.run("ingest", folder, ahead_s=TO_1970, code=1)
    town.run("ingest", folder, "--accept-clock", ahead_s=TO_1970)
    assert town.dates() == [None] * 3

    town.run("ingest", folder, "--reread")

    assert town.dates() == days_of(0, 24, 48)
    assert town.ask("SELECT count(*) AS n FROM revisions") == [{"n": 3}]
    town.run("ingest", folder, "--reread")
    assert town.ask("SELECT count(*) AS n FROM revisions") == [{"n": 3}]
    town.assert_sound()


def test_feed_with_dates_to_come_does_not_stop_the_runs_of_others(town, net):
    honest, odd = feed_of(net, "a", 1, 5), feed_of(net, "odd", *range(-9_000, -8_990))
    town.run("schedule", honest.url, odd.url)

    for number in range(4):
        odd.items.append(Item(f"odd-again-{number}", date="Fri, 21 Nov 2098 10:00:00 GMT"))
        add_pages(odd.site, f"odd-again-{number}")
    town.run("ingest", honest.url, odd.url)

    assert len(read_rows(town.lake, "articles")) == 16
