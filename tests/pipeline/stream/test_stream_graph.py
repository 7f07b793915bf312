"""The stream's steps on a clock of our own: what comes late, twice, in disorder, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.direct import direct_runner
from apache_beam.runners.direct.clock import TestClock as _TestClock
from apache_beam.testing.test_pipeline import TestPipeline as _TestPipeline
from apache_beam.testing.test_stream import TestStream as _TestStream

from feedlake.pipeline.stream.stream_graph import StreamPlan, add_steps
from feedlake.transforms.process.errands import Errands, Taken
from feedlake.transforms.records.documents import Document, Entry, SourceReport
from feedlake.transforms.records.polls import Poll, PollState, WebSource
from feedlake.transforms.records.ready import Answered, Ready, Settled
from feedlake.transforms.stream.watch_lake import Sight

SLOW, QUICK, IDLE = "http://slow.test/feed", "http://quick.test/feed", "http://idle.test/feed"


class World:
    """What the steps see: a clock, feeds, pages, and what was published. One for each test."""

    clock: ClassVar[Callable[[], float]]
    feeds: ClassVar[dict[str, Callable[[int], list[str]]]]
    sights: ClassVar[list[Sight]]
    polls: ClassVar[list[tuple[float, str]]]
    fetched: ClassVar[list[tuple[float, str]]]
    windows: ClassVar[list[tuple[float, Ready]]]


_ERRANDS = Errands(max_running=0)  # Each ends as it begins: time stands still meanwhile.


class _Clock(_TestClock):
    def __init__(self) -> None:
        super().__init__()
        World.clock = self.time


def _now() -> datetime:
    return datetime.fromtimestamp(World.clock(), UTC)


def _clock() -> float:
    return World.clock()


def _errands() -> Errands:
    return _ERRANDS


def _look(is_first: bool) -> Sight:
    return World.sights.pop(0) if len(World.sights) > 1 else World.sights[0]


def _ask(source: WebSource) -> Iterable[Ready | Entry]:
    World.polls.append((World.clock(), source.url))
    polls = source.state.polls if source.state else 0
    names = World.feeds[source.url](polls)
    entries = [_entry(source.url, name) for name in names]
    state = PollState(
        source.url, polls=polls + 1, polled_at=_now(), next_due=_now() + timedelta(seconds=60)
    )
    yield Ready((Answered(_report(source.url, state, len(entries)), entries=tuple(entries)),))
    yield from entries


def _fetch(entries: tuple[Entry, ...]) -> Iterable[Ready]:
    for entry in entries:
        World.fetched.append((World.clock(), entry.document.title or ""))
        yield Ready(settled=(Settled(entry, document=entry.document),))


def _publish(ready: Ready) -> None:
    World.windows.append((World.clock(), ready))


def _entry(source: str, name: str) -> Entry:
    url = f"{source.rpartition('/')[0]}/{name.partition('#')[0]}"
    document = Document(
        source, source_kind="feed", body="", is_html=False, text_source="text", url=url, title=name
    )
    return Entry(document)


def _report(url: str, state: PollState, documents: int) -> SourceReport:
    return SourceReport(
        url,
        source_kind="feed",
        status="read",
        size_bytes=1,
        modified_at=None,
        checksum=None,
        next_record=None,
        documents=documents,
        skipped=(),
        detail=None,
        duration_ms=1,
        poll=Poll(state, entry_fingerprints=()),
    )


def _sight(*urls: str, waiting: Iterable[tuple[datetime, Entry]] = ()) -> Sight:
    return Sight(tuple(WebSource(url) for url in urls), waiting=tuple(waiting))


@pytest.fixture(autouse=True)
def _world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct_runner, "TestClock", _Clock)
    World.feeds, World.sights = {}, []
    monkeypatch.setattr("feedlake.transforms.stream.publish_windows.LOOK_S", 20.0)
    World.polls, World.fetched, World.windows = [], [], []


def _run(*advances: float, tick_at: Iterable[int] = (0,), fetch: Any = _fetch) -> None:
    """Runs the stream: time advances in these steps, and ticks come after some of them."""
    ticks = _TestStream().advance_processing_time(1_000.0)  # At 0, no timer fires.
    for number, seconds in enumerate((0.0, *advances)):
        if seconds:
            ticks.advance_processing_time(seconds)
        if number in tick_at:
            ticks.add_elements([(0, number)])
    plan = StreamPlan(
        _look, ask=_ask, fetch=fetch, publish=_publish, errands=_errands, clock=_clock
    )
    options = PipelineOptions(["--streaming", "--allow_unsafe_triggers"])
    with _TestPipeline("BundleBasedDirectRunner", options=options) as pipeline:
        add_steps(pipeline | ticks.with_output_types(tuple[int, int]), plan)


def _titles(ready: Ready) -> list[str]:
    return sorted(end.document.title or "" for end in ready.settled if end.document)


def _waits_ten_minutes(name: str) -> bool:
    return name == "pages of slow.test" and World.clock() < 1_600


class _Resting(Errands):
    """Errands of which one lets wait for it: its host rests."""

    def take(self, name: str) -> Taken | None:
        if _waits_ten_minutes(name) and self.age_s(name) is not None:
            return Taken([], False)
        return super().take(name)


def test_each_address_is_polled_at_its_own_time_and_an_idle_one_publishes_its_poll_alone():
    World.sights = [_sight(QUICK, IDLE)]
    World.feeds = {QUICK: lambda polls: [f"story-{polls}"], IDLE: lambda polls: []}

    _run(*[10.0] * 14)

    for url in World.feeds:
        moments = [moment for moment, one in World.polls if one == url]
        assert len(moments) == 3
        assert all(60 <= later - earlier <= 70 for earlier, later in pairwise(moments))
    assert [name for _, name in World.fetched] == ["story-0", "story-1", "story-2"]
    assert [_titles(ready) for _, ready in World.windows] == [["story-0"], ["story-1"]]
    assert [len(ready.answered) for _, ready in World.windows] == [2, 2]


def test_host_that_rests_ten_minutes_holds_up_no_window_of_others(monkeypatch):
    monkeypatch.setattr(f"{__name__}._ERRANDS", _Resting(max_running=0))
    World.sights = [_sight(QUICK, SLOW)]
    World.feeds = {
        QUICK: lambda polls: [f"quick-{polls}"],
        SLOW: lambda polls: [f"slow-{min(polls, 5)}"],
    }

    _run(*[20.0] * 36)

    ends = [moment for moment, _ in World.windows]
    assert len(ends) >= 8
    assert all(60 <= later - earlier <= 100 for earlier, later in pairwise(ends))
    for moment, ready in World.windows:
        titles = _titles(ready)
        assert any(title.startswith("quick") for title in titles), moment
        assert moment > 1_600 or not any(title.startswith("slow") for title in titles)
    # What its feed has said again and again meanwhile is asked for once.
    slow = [name for at, name in World.fetched if name.startswith("slow") and at <= 1_600]
    assert slow == ["slow-0", *(f"slow-{number}" for number in range(1, 6))]


def test_address_that_left_its_list_is_polled_no_more_and_a_new_one_at_the_next_look():
    World.sights = [_sight(QUICK), _sight(IDLE)]
    World.feeds = {QUICK: lambda polls: [], IDLE: lambda polls: []}

    _run(*[20.0] * 8, tick_at=(0, 4))

    assert [round(moment) for moment, url in World.polls if url == QUICK] == [1_000, 1_060]
    assert next(moment for moment, url in World.polls if url == IDLE) == 1_080


def test_what_waits_in_the_lake_is_fetched_once_for_each_of_its_rows():
    first, later = (datetime(2026, 11, 30, hour, tzinfo=UTC) for hour in (8, 9))
    entry = _entry(QUICK, "waiting")
    World.sights = [
        _sight(waiting=[(first, entry)]),
        _sight(waiting=[(first, entry)]),
        _sight(waiting=[(later, entry)]),
    ]

    _run(*[20.0] * 8, tick_at=(0, 2, 4, 6))

    assert [round(moment) for moment, _ in World.fetched] == [1_000, 1_080]
