"""How the feeds of a lake are shown, and lists of them read and written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from internet import Internet
from newspapers import FLAGS, open_paper

from feedlake.pipeline.cli.reports import feeds_text
from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.web.feed_opml import export_opml, import_list
from feedlake.pipeline.web.feed_status import FeedStatus, read_feeds
from feedlake.transforms.feeds.opml import Opml, Outline, read_opml, write_opml
from feedlake.transforms.records.polls import PollState
from feedlake.transforms.write.parquet_files import WriteOptions, write_rows
from feedlake.transforms.write.schema import TABLES

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FEED = "https://example.org/feed"


@dataclass(frozen=True)
class Polled:
    """A poll as a row tells of it."""

    state: PollState
    kind: str | None = "feed"
    new: int = 0
    error: str | None = None
    title: str | None = None
    entries: int | None = None
    children: Sequence[dict[str, Any]] | None = None
    source: str | None = None


def good(url: str, at: datetime = NOW - timedelta(hours=1), **more: Any) -> PollState:
    state = PollState(
        url, polled_at=at, succeeded_at=at, changed_at=at, next_due=at + timedelta(hours=2),
        polls=20, observed_s=40 * 86_400.0, new_per_day=3.0,
    )  # fmt: skip
    return replace(state, **more)


def bad(url: str, failures: int, **more: Any) -> PollState:
    at = NOW - timedelta(hours=1)
    state = good(url, at=at, succeeded_at=NOW - 5 * DAY, failing_since=at - 3 * DAY)
    return replace(state, failures=failures, **more)


def publish(lake: Path, *polls: Polled, number: int = 1) -> None:
    """Writes a run whose polls these were."""
    at = polls[0].state.polled_at or NOW
    options = WriteOptions(
        str(lake / "_staging" / f"run-{number:04}"), run_id=f"run-{number:04}", started_at=at
    )
    held = Lake(str(lake))
    defaults = {"size_bytes": 1, "documents": 0, "skipped": [], "duration_ms": 1}
    found = [
        {
            **dict.fromkeys(TABLES["sources"].schema.names),
            **defaults,
            **vars(poll.state),
            "source": poll.source or poll.state.address,
            "source_kind": poll.kind,
            "status": "failed" if poll.state.failures else "read",
            "http_status": 500 if poll.state.failures else 200,
            "new_entries": poll.new,
            "entries": poll.entries,
            "error": poll.error,
            "title": poll.title,
            "children": poll.children,
        }
        for poll in polls
    ]
    with held.writing():
        partition = f"run_date={at:%Y-%m-%d}"
        files = write_rows(found, table=TABLES["sources"], partition=partition, options=options)
        held.publish(JournalEntry(options.run_id, partition_by=("date",), add=tuple(files)))


def publish_days(lake: Path, url: str, *, days: range) -> None:
    """Polls of a feed that had news on each of these days before now, the last one the last."""
    for number, before in enumerate(days, start=100):
        publish(lake, Polled(good(url, at=NOW - before * DAY), new=2), number=number)


def words(lake: Path, *, now: datetime = NOW) -> dict[str, str]:
    return {feed.source: feed.health for feed in read_feeds(str(lake), now=now)}


def one(lake: Path, *, now: datetime = NOW) -> FeedStatus:
    [feed] = read_feeds(str(lake), now=now)
    return feed


def test_each_state_of_a_feed_has_its_word_and_those_that_need_a_look_come_first(tmp_path):
    lake = tmp_path / "lake"
    publish_days(lake, "https://a.example/ok", days=range(20, -1, -1))
    publish(
        lake,
        Polled(good("https://b.example/new")),
        Polled(bad("https://c.example/failing", 4), error="dns"),
        Polled(bad("https://d.example/blip", 1), error="timeout"),
        Polled(bad("https://e.example/blocked", 4), error="challenge"),
        Polled(bad("https://f.example/never", 4, succeeded_at=None), kind=None, error="not_found"),
        Polled(good("https://g.example/gone", gone=1)),
        Polled(good("https://h.example/stopped", gone=2, is_stopped=True)),
        Polled(good("https://new.example/"), source="https://i.example/moved"),
        Polled(good("https://j.example/silent", changed_at=NOW - 45 * DAY)),
        number=2,
    )

    found = read_feeds(str(lake), now=NOW)

    assert {feed.source.rpartition("/")[2]: feed.health for feed in found} == {
        "ok": "ok",
        "new": "new",
        "failing": "failing",
        "blip": "new",
        "blocked": "blocked",
        "never": "never",
        "gone": "gone",
        "stopped": "stopped",
        "moved": "moved",
        "silent": "silent",
    }
    looks = [feed.needs_a_look for feed in found]
    assert looks == sorted(looks, reverse=True)
    assert sum(looks) == 6


def test_news_are_counted_against_the_usual(tmp_path):
    lake = tmp_path / "lake"
    publish_days(lake, FEED, days=range(20, -1, -1))

    feed = one(lake)

    assert feed.health == "ok"
    assert feed.entries_a_day == pytest.approx(2 * 8 / 7)
    assert feed.usual_entries_a_day == 3.0
    assert feed.last_success == "2026-11-22T12:00:00+00:00"
    assert feed.next_due == "2026-11-22T14:00:00+00:00"


def test_entries_that_a_feed_had_when_it_was_first_polled_are_no_news(tmp_path):
    lake = tmp_path / "lake"
    publish(lake, Polled(good(FEED, polls=1), new=500))

    assert one(lake).entries_a_day == 0.0


def test_feed_that_answers_with_nothing_new_for_long_is_a_silent_zero(tmp_path):
    lake = tmp_path / "lake"
    publish_days(lake, FEED, days=range(30, 8, -1))
    publish(lake, Polled(good(FEED, changed_at=NOW - 9 * DAY)), number=900)

    feed = one(lake)

    assert (feed.health, feed.needs_a_look) == ("silent", True)
    assert "nothing new for 9 days; its usual gap is 1 day" in feed.sentence


@pytest.mark.parametrize("kind", ["site", "opml", "page", "sitemap"])
def test_addresses_that_lead_to_feeds_are_not_called_silent(tmp_path, kind):
    lake = tmp_path / "lake"
    child = {"url": FEED, "tags": ["News"], "is_feed": True}
    state = good("https://example.org/", changed_at=None)
    children = None if kind == "page" else [child]
    publish(lake, Polled(state, kind=kind, children=children))

    feed = one(lake)

    assert (feed.health, feed.needs_a_look) == ("ok", False)
    assert "silent" not in feed.sentence


def test_addresses_that_lead_to_feeds_need_a_look_if_they_fail(tmp_path):
    lake = tmp_path / "lake"
    publish(lake, Polled(bad("https://example.org/list.opml", 5), kind="opml"))

    assert (one(lake).health, one(lake).needs_a_look) == ("failing", True)


@pytest.mark.parametrize(
    ("poll", "word"),
    [
        (Polled(good(FEED), entries=0), "empty"),
        (Polled(good(FEED), kind="sitemap", entries=0), "new"),  # Its old entries aren't read.
        (Polled(good(FEED), kind="opml", entries=0), "ok"),
        (Polled(bad(FEED, 1), error="empty"), "empty"),
        (Polled(bad(FEED, 1), error="dns", entries=0), "new"),
        (Polled(bad(FEED, 1), error="not_a_feed"), "not_a_feed"),
        (Polled(bad(FEED, 1), error="soft_404"), "not_a_feed"),
        (Polled(bad(FEED, 1), kind="page", error="content_type"), "ok"),
        (Polled(bad(FEED, 1), error="truncated"), "new"),
        (Polled(bad(FEED, 2), error="truncated"), "truncated"),
        (Polled(good(FEED), error="no_network"), "new"),
    ],
)
def test_last_answer_decides_what_a_feed_lacks(tmp_path, poll, word):
    lake = tmp_path / "lake"
    publish(lake, poll)

    assert one(lake).health == word
    assert one(lake).is_out_of_reach is (poll.error == "no_network")


def test_robots_txt_files_are_no_feeds(tmp_path):
    lake = tmp_path / "lake"
    state = PollState("https://example.org/robots.txt", polled_at=NOW)
    publish(lake, Polled(good(FEED)), Polled(state, kind="robots"))

    assert list(words(lake)) == [FEED]


def test_feed_that_no_run_includes_any_more_needs_no_look(tmp_path):
    lake = tmp_path / "lake"
    old = "https://old.example/feed"
    publish(lake, Polled(bad(old, 5, polled_at=NOW - 9 * DAY, next_due=NOW - 8 * DAY)))
    publish(lake, Polled(good(FEED)), number=2)

    feeds = {feed.source: feed for feed in read_feeds(str(lake), now=NOW)}

    assert feeds[old].is_dropped
    assert not feeds[old].needs_a_look
    assert feeds[old].sentence == "No run includes it any more."
    assert not feeds[FEED].is_dropped
    text = feeds_text(list(feeds.values()), is_all=False, width=80)
    assert text == "2 addresses: new 1, dropped 1"


def test_feeds_are_not_dropped_because_nothing_was_polled_for_long(tmp_path):
    lake = tmp_path / "lake"
    publish(lake, Polled(good(FEED)), Polled(bad("https://b.example/", 5)))

    later = NOW + 30 * DAY
    feeds = {feed.source: feed for feed in read_feeds(str(lake), now=later)}

    assert not any(feed.is_dropped for feed in feeds.values())
    assert "It should have been polled on 2026-11-22" in feeds[FEED].sentence
    assert feeds["https://b.example/"].needs_a_look


def test_exit_code_says_whether_something_needs_a_look(feedlake, tmp_path):
    well, ill = tmp_path / "well", tmp_path / "ill"
    publish(well, Polled(good(FEED, at=datetime.now(UTC))))
    publish(ill, Polled(bad(FEED, 5)))

    assert feedlake("feeds", "--lake", well).code == 0
    assert feedlake("feeds", "--lake", ill).code == 3
    assert feedlake("feeds", "export", "--lake", ill).code == 0


def test_only_what_needs_a_look_is_shown_unless_asked_for(feedlake, tmp_path):
    lake = tmp_path / "lake"
    now = datetime.now(UTC)
    ill = "https://ill.example/"
    publish(lake, Polled(good(FEED, at=now)), Polled(bad(ill, 5, polled_at=now, next_due=now)))

    short = feedlake("feeds", "--lake", lake).out
    full = feedlake("feeds", "--lake", lake, "--all").out

    assert ill in short
    assert FEED not in short
    assert FEED in full
    assert short.splitlines()[-1] == "2 addresses: failing 1, new 1"


def test_json_holds_all_of_them(feedlake, tmp_path):
    lake = tmp_path / "lake"
    publish(lake, Polled(good(FEED)), Polled(bad("https://ill.example/", 5), error="dns"))

    outcome = feedlake("feeds", "--lake", lake, "--json")

    assert outcome.code == 3
    first, second = json.loads(outcome.out)
    assert (first["source"], first["health"]) == ("https://ill.example/", "failing")
    assert (second["source"], second["failures"]) == (FEED, 0)


def test_lake_without_addresses_says_so(feedlake, story, tmp_path):
    lake = tmp_path / "lake"
    with Lake(str(lake)).writing():
        pass

    outcome = feedlake("feeds", "--lake", lake)

    assert (outcome.code, outcome.out) == (0, "no address has been polled into this lake yet\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--lake"),
        (("--lake", "none"), "no such folder"),
        (("import",), "needs a FILE"),
        (("import", "none.opml"), "none.opml"),
    ],
)
def test_wrong_usage_is_told(feedlake, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    outcome = feedlake("feeds", *arguments)

    assert outcome.code == 2
    assert said in outcome.err
    assert len(outcome.err.splitlines()) == 1


HOSTILE = "https://x.example/\x1b[2J\u202e[red]\x9b[/link]\u200f"


def test_hostile_names_do_not_reach_the_terminal(feedlake, tmp_path):
    lake = tmp_path / "lake"
    detail = "\x1b]0;owned\x07[bold red]\u2066"
    publish(lake, Polled(bad(HOSTILE, 5), error=detail, title=f"[blink]{HOSTILE}\n\r"))
    publish(lake, Polled(good(FEED), title=f"[blink]{HOSTILE}"), number=2)

    for arguments in (("--all",), ("--json",), ("export",)):
        outcome = feedlake("feeds", *arguments, "--lake", lake)
        shown = outcome.out + outcome.err
        assert not set(shown) & set("\x1b\x07\x9b\r\u202e\u2066\u200f"), arguments
    table = feedlake("feeds", "--lake", lake, "--all").out
    unfolded = "".join(line.strip() for line in table.splitlines())
    assert "[red]" in unfolded
    assert "[/link]" in unfolded
    assert "[bold red]" in unfolded


def test_export_names_each_feed_with_the_tags_of_its_lists(tmp_path):
    lake = tmp_path / "lake"
    children = [
        {"url": FEED, "tags": ["Harbours", "Europe"], "is_feed": True},
        {"url": "https://moved.example/old", "tags": [], "is_feed": True},
    ]
    publish(
        lake,
        Polled(good("https://example.org/list.opml"), kind="opml", children=children),
        Polled(good(FEED), title="Ferries & <Tides>"),
        Polled(good("https://moved.example/new"), source="https://moved.example/old"),
        Polled(good("https://gone.example/", is_stopped=True)),
        Polled(bad("https://never.example/", 3, succeeded_at=None), kind=None),
        Polled(good("https://old.example/", at=NOW - 9 * DAY)),
    )

    read = read_opml(export_opml(str(lake), now=NOW))

    assert isinstance(read, Opml)
    assert set(read.outlines) == {
        Outline(FEED, title="Ferries & <Tides>", tags=("Harbours", "Europe")),
        Outline("https://moved.example/new"),
        Outline("https://never.example/"),
    }


def test_list_of_feeds_survives_import(tmp_path):
    outlines = [
        Outline(FEED, title="Ferries", tags=("Harbours",), site_url="https://example.org/"),
        Outline("https://b.example/rss?a=1&b=2", title="Zürich [red]", tags=("A, B", "C/D")),
        Outline("https://c.example/", title="東京"),
    ]
    path = tmp_path / "feeds.opml"
    path.write_bytes(write_opml(outlines, title="Mine", created_at=NOW))

    imported = import_list(str(path), now=NOW)
    read = read_opml(imported.body)
    path.write_bytes(imported.body)

    assert isinstance(read, Opml)
    assert set(read.outlines) == set(outlines)
    assert (imported.feeds, imported.left_out) == (3, 0)
    assert import_list(str(path), now=NOW).body == imported.body


def test_lists_that_a_list_includes_are_left_out_and_told(feedlake, tmp_path):
    path = tmp_path / "feeds.opml"
    path.write_text(
        f'<opml version="2.0"><body><outline type="rss" xmlUrl="{FEED}"/>'
        '<outline type="include" url="https://b.example/list.opml"/></body></opml>'
    )

    outcome = feedlake("feeds", "import", path)

    assert outcome.code == 0
    assert "list.opml" not in outcome.out
    assert outcome.err.startswith("feedlake: 1 address; 1 list in the file left out")


def test_list_of_addresses_becomes_opml(feedlake, tmp_path):
    path, target = tmp_path / "feeds.txt", tmp_path / "feeds.opml"
    path.write_text(f"# mine\n{FEED}\n\nhttps://b.example/rss\n{FEED}\n")

    outcome = feedlake("feeds", "import", path, "--output", target)
    read = read_opml(target.read_bytes())

    assert outcome.code == 0
    assert outcome.out == ""
    assert isinstance(read, Opml)
    assert [outline.url for outline in read.outlines] == ["https://b.example/rss", FEED]


@pytest.mark.parametrize("content", [b"", b"just words\n", b"<html><p>no list</p></html>"])
def test_what_is_no_list_of_feeds_is_not_imported(tmp_path, content):
    path = tmp_path / "feeds.txt"
    path.write_bytes(content)

    with pytest.raises(UsageError, match="not a list of feeds"):
        import_list(str(path), now=NOW)


def test_feeds_of_real_runs_are_shown_and_exported(feedlake, tmp_path):
    lake = tmp_path / "lake"
    with Internet() as net:
        _, feed = open_paper(net, 2)
        site = net.add_site()
        missing = site.url("/feed.xml", by_address=True)
        feedlake("ingest", feed, missing, "--lake", lake, *FLAGS)

    outcome = feedlake("feeds", "--lake", lake, "--json")

    [lost, found] = json.loads(outcome.out)
    assert outcome.code == 3
    assert (lost["source"], lost["health"], lost["failures"]) == (missing, "never", 1)
    assert (found["source"], found["health"]) == (feed, "new")
    assert found["articles_a_day"] == pytest.approx(2 / 7)
