"""The stream's steps on a clock of our own: what comes late, twice, in disorder, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from stream_worlds import IDLE, QUICK, SLOW, World, entry, run, sight, stream_world, titles

from feedlake.transforms.process.errands import Errands, Taken

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
