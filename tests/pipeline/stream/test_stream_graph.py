"""The stream's steps on a clock of our own: what comes late, twice, in disorder, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from stream_worlds import (
    IDLE,
    QUICK,
    SLOW,
    World,
    entry,
    fetch,
    run,
    sight,
    stream_world,
    titles,
)

from feedlake.transforms.process.errands import Errands, Taken
from feedlake.transforms.process.unpublished import Unpublished
from feedlake.transforms.records.ready import Ready

pytestmark = pytest.mark.usefixtures(stream_world.__name__)


def _waits_ten_minutes(name: str) -> bool:
    return name == "pages of slow.test" and World.clock() < 1_600


class _Resting(Errands):
    """Errands of which one lets wait for it: its host rests."""

    def take(self, name: str) -> Taken | None:
        if _waits_ten_minutes(name) and self.age_s(name) is not None:
            return Taken([], False)
        return super().take(name)


def test_each_address_is_polled_at_its_own_time_and_an_idle_one_publishes_its_poll_alone():
    World.sights = [sight(QUICK, IDLE)]
    World.feeds = {QUICK: lambda polls: [f"story-{polls}"], IDLE: lambda polls: []}

    run(*[10.0] * 14)

    for url in World.feeds:
        moments = [moment for moment, one in World.polls if one == url]
        assert len(moments) == 3
        assert all(60 <= later - earlier <= 70 for earlier, later in pairwise(moments))
    assert [name for _, name in World.fetched] == ["story-0", "story-1", "story-2"]
    assert [titles(ready) for _, ready in World.windows] == [["story-0"], ["story-1"]]
    assert [len(ready.answered) for _, ready in World.windows] == [2, 2]


def test_host_that_rests_ten_minutes_holds_up_no_window_of_others():
    World.errands = _Resting(max_running=0)
    World.sights = [sight(QUICK, SLOW)]
    World.feeds = {
        QUICK: lambda polls: [f"quick-{polls}"],
        SLOW: lambda polls: [f"slow-{min(polls, 5)}"],
    }

    run(*[20.0] * 36)

    ends = [moment for moment, _ in World.windows]
    assert len(ends) >= 8
    assert all(60 <= later - earlier <= 100 for earlier, later in pairwise(ends))
    for moment, ready in World.windows:
        came = titles(ready)
        assert any(title.startswith("quick") for title in came), moment
        assert moment > 1_600 or not any(title.startswith("slow") for title in came)
    # What its feed has said again and again meanwhile is asked for once.
    slow = [name for at, name in World.fetched if name.startswith("slow") and at <= 1_600]
    assert slow == ["slow-0", *(f"slow-{number}" for number in range(1, 6))]


def test_address_that_left_its_list_is_polled_no_more_and_a_new_one_at_the_next_look():
    World.sights = [sight(QUICK), sight(IDLE)]
    World.feeds = {QUICK: lambda polls: [], IDLE: lambda polls: []}

    run(*[20.0] * 8, tick_at=(0, 4))

    assert [round(moment) for moment, url in World.polls if url == QUICK] == [1_000, 1_060]
    assert next(moment for moment, url in World.polls if url == IDLE) == 1_080


def test_what_waits_in_the_lake_is_fetched_once_for_each_of_its_rows():
    first, later = (datetime(2026, 11, 30, hour, tzinfo=UTC) for hour in (8, 9))
    held = entry(QUICK, "waiting")
    World.sights = [
        sight(waiting=[(first, held)]),
        sight(waiting=[(first, held)]),
        sight(waiting=[(later, held)]),
    ]

    run(*[20.0] * 8, tick_at=(0, 2, 4, 6))

    assert [round(moment) for moment, _ in World.fetched] == [1_000, 1_080]


def test_polls_that_find_nothing_new_are_published_together_after_five_minutes():
    World.sights = [sight(QUICK, IDLE)]
    World.feeds = dict.fromkeys((QUICK, IDLE), lambda polls: None if polls else ["story"])

    run(*[20.0] * 36)

    ends = [moment for moment, _ in World.windows]
    rows = [[one.report.status for one in ready.answered] for _, ready in World.windows]
    assert len(World.polls) >= 18
    assert rows[0] == ["read", "read"]
    assert rows[1:] == [["unchanged", "unchanged"]] * len(rows[1:])
    assert len(rows) >= 2
    assert all(300 <= later - earlier <= 420 for earlier, later in pairwise(ends))
    # Of each address the last poll is the one that is told.
    told = [one.report.poll.state.polled_at for one in World.windows[1][1].answered]
    assert [round(ends[1] - at.timestamp()) <= 80 for at in told] == [True, True]


def test_news_is_published_in_its_minute_while_quiet_polls_wait():
    World.sights = [sight(QUICK, IDLE)]
    World.feeds = {
        QUICK: lambda polls: [f"story-{polls}"],
        IDLE: lambda polls: None if polls else ["old"],
    }

    run(*[20.0] * 24)

    with_idle = [
        moment
        for moment, ready in World.windows
        if any(one.report.source == IDLE for one in ready.answered)
    ]
    ends = [moment for moment, _ in World.windows]
    assert all(60 <= later - earlier <= 100 for earlier, later in pairwise(ends))
    assert len(ends) >= 5
    assert len(with_idle) == 2  # At the start, and after five minutes.


def test_a_host_gives_its_share_of_pages_in_each_window():
    World.sights = [sight(QUICK)]
    World.feeds = {QUICK: lambda polls: [] if polls else [f"story-{n}" for n in range(8)]}

    run(*[20.0] * 12, host_pages=3)

    moments = [round(moment) for moment, _ in World.fetched]
    assert len(moments) == 8
    assert [moments.count(moment) for moment in sorted({*moments})] == [3, 3, 2]
    assert all(later - earlier >= 60 for earlier, later in pairwise(sorted({*moments})))


@pytest.mark.parametrize(("limit", "value"), [("records", 2), ("bytes", 1)])
def test_a_window_ends_at_once_when_it_holds_much(limit, value, monkeypatch):
    if limit == "bytes":
        monkeypatch.setattr("feedlake.transforms.stream.publish_windows.MAX_BYTES", value)
    World.sights = [sight(QUICK)]
    World.feeds = {QUICK: lambda polls: [] if polls else ["one", "two", "three"]}
    more = {"window_records": value} if limit == "records" else {}

    run(*[20.0] * 5, fetch=fetch_with_text, **more)

    assert World.windows[0][0] == 1_060  # Not 1,080: it was a minute long.


def fetch_with_text(entries):
    for one in fetch(entries):
        [end] = one.settled
        document = replace(end.document, body="Some words.")
        yield Ready(settled=(replace(end, document=document),))


def test_nothing_new_is_asked_for_while_a_publication_takes_long(monkeypatch):
    World.sights = [sight(QUICK)]
    World.feeds = {QUICK: lambda polls: [f"story-{polls}"]}
    monkeypatch.setattr(
        Unpublished, "is_stalled", property(lambda _: 1_030 < World.clock() < 1_200)
    )

    run(*[10.0] * 30)

    moments = [moment for moment, _ in World.polls]
    assert not any(1_030 < moment < 1_200 for moment in moments)
    assert any(moment >= 1_200 for moment in moments)
