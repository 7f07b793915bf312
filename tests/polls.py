"""Makes answers, and courses of polls, for the tests of polling."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from feedlake.transforms.poll.poll_interval import PollIntervals
from feedlake.transforms.poll.polling import after
from feedlake.transforms.records.polls import Answer, PollState

OWN = "https://example.com/feed"
NEW = "https://www.example.com/rss.xml"
NOON = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
OPTIONS = PollIntervals()
DAY = timedelta(days=1)

NEWS = Answer("changed", http_status=200, etag='"a"', body_sha256=b"a", entries=20, new_entries=2)
SAME = Answer("same", http_status=200, etag='"a"', body_sha256=b"a", entries=20)
NOT_MODIFIED = Answer("not_modified", http_status=304, was_conditional=True)
FAILED = Answer("failed", http_status=500, error="status 500")
GONE = Answer("gone", http_status=410)


def poll(state: PollState | None, *answers: Answer, now: datetime = NOON, **more: Any) -> PollState:
    """The state after answers that came each when the poll was due; with no jitter, if not told."""
    arguments = {"address": OWN, "options": OPTIONS, "chance": 0.5} | more
    for index, answer in enumerate(answers):
        if index and state is not None and state.next_due is not None:
            now = state.next_due
        state = after(state, answer, now=now, **arguments)
    assert state is not None
    return state


def wait(state: PollState) -> timedelta:
    assert state.next_due is not None
    assert state.polled_at is not None
    return state.next_due - state.polled_at


def moved(answer: Answer, target: str | None) -> Answer:
    return replace(answer, permanent_target=target)
