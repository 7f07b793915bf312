"""The run that was published last has the last word, whatever the clocks of others showed."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import run_command
from polled_lakes import DAY, FEED, HOUR, MINUTE, NAME, NOW, polled, publish, robots, waits

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.web.waiting_pages import (
    find_backlog,
    read_backoffs,
    read_named,
    read_rechecks,
    read_waiting,
    read_waits,
)
from feedlake.pipeline.web.web_history import read_web_history
from feedlake.transforms.normalize.date_bounds import CLOCK_TOLERANCE

ORDERS = [(NOW - DAY, NOW), (NOW + 400 * DAY, NOW), (NOW, NOW - 400 * DAY), (NOW, NOW - DAY)]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


@pytest.mark.parametrize("is_compacted", [False, True])
@pytest.mark.parametrize(("first", "last"), ORDERS)
def test_state_of_an_address_is_that_of_the_run_published_last(lake, first, last, is_compacted):
    old = polled(first, failures=7, title="old", entry_marks=[b"old"])
    publish(lake, "sources", old, robots(first, "old"), at=first)
    new = polled(last, title="new", entry_marks=[b"new"])
    publish(lake, "sources", new, robots(last, "new"), at=last)
    if is_compacted:
        for number in range(20):  # So that the journal folds.
            publish(
                lake, "sources", polled(last, source=f"{number}"), at=last - (number + 1) * MINUTE
            )
        assert run_command("compact", "--lake", lake.path).code == 0
        assert len(lake.files("sources")) == 1

    history = read_web_history(Lake(lake.path).snapshot(), now=NOW)

    known = history.addresses[FEED]
    assert (known.state.failures, known.title, known.entry_fingerprints) == (0, "new", (b"new",))
    assert known.state.polled_at == last
    assert [text.body for text in history.robots] == ([b"new"] if last > NOW - 400 * DAY else [])


def test_times_to_come_are_void(lake):
    ahead = NOW + 90 * MINUTE
    state = {"changed_at": ahead, "overflowed_at": ahead, "failing_since": ahead, "failures": 2}
    publish(lake, "sources", polled(ahead, **state), robots(ahead, "no"), at=ahead)

    history = read_web_history(lake.snapshot(), now=NOW)

    found = history.addresses[FEED].state
    assert (found.polled_at, found.next_due, found.overflowed_at) == (None, None, None)
    assert (found.succeeded_at, found.changed_at, found.failing_since) == (NOW, NOW, NOW)
    assert found.failures == 2
    assert history.robots == ()


def test_clocks_that_differ_by_minutes_void_nothing(lake):
    ahead = NOW + 50 * MINUTE
    publish(lake, "sources", polled(ahead), robots(ahead, "yes"), at=ahead)

    history = read_web_history(lake.snapshot(), now=NOW)

    assert history.addresses[FEED].state.next_due == ahead + HOUR
    assert [text.body for text in history.robots] == [b"yes"]
    assert timedelta(minutes=60) == CLOCK_TOLERANCE


@pytest.mark.parametrize(("first", "last"), ORDERS)
@pytest.mark.parametrize("ended", ["done", "waiting"])
def test_page_waits_if_the_run_published_last_says_so(lake, first, last, ended):
    before = "waiting" if ended == "done" else "done"
    publish(lake, "deferred", waits(first, status=before), at=first)
    publish(lake, "deferred", waits(last, status=ended), at=last)

    named = read_named(lake.snapshot(), [NAME], now=NOW, options={})
    sql = "SELECT count(*) AS n FROM waiting"
    counted = run_command("query", sql, "--lake", lake.path, "--format", "json")

    assert len(named) == json.loads(counted.out)[0]["n"] == (ended == "waiting")


def test_of_two_rows_of_one_run_with_one_time_the_one_that_is_done_counts(lake):
    publish(lake, "deferred", waits(NOW, status="done"), waits(NOW), at=NOW)

    assert read_named(lake.snapshot(), [NAME], now=NOW, options={}) == ()


def test_page_that_was_put_off_by_a_clock_ahead_is_asked_for_now(lake):
    ahead = NOW + 90 * DAY
    publish(lake, "deferred", waits(ahead, reason="in_turn"), at=ahead)
    bounds: dict[str, Any] = {"now": NOW, "options": {}, "host_pages": 9, "max_pages": 9}

    [entry] = read_waiting(lake.snapshot(), is_scheduled=True, **bounds)

    assert (entry.attempts, entry.first_tried_at) == (3, NOW)
    assert read_backoffs(lake.snapshot(), now=NOW) == ()
    assert read_waits(lake.snapshot(), now=NOW) == {FEED: {NAME: (3, NOW)}}
    assert find_backlog(lake.snapshot(), now=NOW, backlog_pages={}, host_pages=9)[0] == (NAME,)
    assert len(read_waiting(lake.snapshot(), is_scheduled=True, **bounds | {"now": ahead})) == 0


def test_page_that_is_checked_again_does_not_wait_for_a_clock_that_was_ahead(lake):
    ahead = NOW + 90 * DAY
    publish(lake, "deferred", waits(ahead, status="recheck"), at=ahead)
    bounds: dict[str, Any] = {"options": {}, "host_pages": 9, "max_pages": 9, "pages": {}}

    assert len(read_rechecks(lake.snapshot(), now=NOW, **bounds)) == 1
    assert len(read_rechecks(lake.snapshot(), now=ahead, **bounds)) == 0
