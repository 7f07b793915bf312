"""Which address has its turn: what is due, once at a time, and none sooner than it may be asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from feedlake.pipeline.service.agenda import Agenda
from feedlake.pipeline.web.web_history import KnownAddress
from feedlake.transforms.records.polls import PollState, SourceOptions, WebSource

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def minutes(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


def state(url: str, due: float, *, polled: float = -60) -> PollState:
    return PollState(url, polled_at=minutes(polled), next_due=minutes(due), polls=1)


def source(url: str, due: float | None = None, **more: object) -> WebSource:
    options = SourceOptions(**more)  # type: ignore[arg-type]
    return WebSource(url, state=None if due is None else state(url, due), options=options)


def taken(agenda: Agenda, at: float, until: float | None = None) -> list[str]:
    end = None if until is None else minutes(until)
    return [one.url for one in agenda.take_due(now=minutes(at), until=end)]


def hear(agenda: Agenda, url: str, due: float, *, at: float) -> None:
    known = {url: KnownAddress(state(url, due, polled=at), status="read", kind="feed")}
    agenda.hear(url, known=known, now=minutes(at))


def test_each_has_its_turn_when_it_is_due_and_not_again_before_it_was_heard_of():
    agenda = Agenda(least_s=60)
    agenda.set_sources([source("late", 5), source("new"), source("old", -3)], now=NOON)

    assert taken(agenda, 0) == ["new", "old"]
    assert taken(agenda, 4) == []
    assert agenda.next_due() == minutes(5)
    hear(agenda, "old", 4.5, at=1)
    assert taken(agenda, 5) == ["old", "late"]


def test_none_is_asked_sooner_than_it_may_be_though_its_poll_was_lost():
    agenda = Agenda(least_s=60)
    agenda.set_sources([source("a"), source("own", interval_s=600.0)], now=NOON)
    assert taken(agenda, 0) == ["a", "own"]

    again = Agenda(least_s=60, asked_at=agenda.asked_at())
    again.set_sources([source("a"), source("own", interval_s=600.0)], now=minutes(0.5))

    assert taken(again, 0.9) == []
    assert taken(again, 1) == ["a"]
    assert taken(again, 10) == ["own"]


def test_what_comes_due_after_the_last_run_began_waits_and_what_is_new_does_not():
    agenda = Agenda(least_s=1)
    agenda.set_sources([source("later", 2)], now=NOON)
    assert taken(agenda, 3, until=1) == []

    agenda.set_sources([source("later", 2), source("child")], now=minutes(3))

    assert taken(agenda, 3, until=1) == ["child"]


def test_one_that_is_dropped_is_asked_no_more_and_one_that_is_stopped_never():
    agenda = Agenda(least_s=1)
    gone = PollState("gone", polled_at=NOON, is_stopped=True)
    agenda.set_sources([source("a", 1), WebSource("gone", state=gone)], now=NOON)
    agenda.set_sources([WebSource("gone", state=gone)], now=NOON)

    assert taken(agenda, 99) == []
    assert agenda.next_due() is None
