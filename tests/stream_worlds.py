"""A world for the steps of a stream, whose clock a test moves: feeds, pages, and who publishes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.direct import direct_runner
from apache_beam.runners.direct.clock import TestClock as _TestClock
from apache_beam.testing.test_pipeline import TestPipeline as _TestPipeline
from apache_beam.testing.test_stream import TestStream as _TestStream

from feedlake.pipeline.stream.stream_graph import StreamPlan, build_stream
from feedlake.transforms.process.errands import Errands
from feedlake.transforms.records.documents import Document, Entry, SourceReport
from feedlake.transforms.records.polls import Poll, PollState, WebSource
from feedlake.transforms.records.ready import Answered, Ready, Settled
from feedlake.transforms.stream.watch_lake import Sight

SLOW, QUICK, IDLE = "http://slow.test/feed", "http://quick.test/feed", "http://idle.test/feed"


class World:
    """What the steps see: a clock, feeds, pages, and what was published. One for each test."""

    errands: ClassVar[Errands]
    clock: ClassVar[Callable[[], float]]
    feeds: ClassVar[dict[str, Callable[[int], list[str] | None]]]
    sights: ClassVar[list[Sight]]
    polls: ClassVar[list[tuple[float, str]]]
    fetched: ClassVar[list[tuple[float, str]]]
    windows: ClassVar[list[tuple[float, Ready]]]


class _Clock(_TestClock):
    def __init__(self) -> None:
        super().__init__()
        World.clock = self.time


def now() -> datetime:
    return datetime.fromtimestamp(World.clock(), UTC)


def _clock() -> float:
    return World.clock()


def _errands() -> Errands:
    return World.errands


def _look(is_first: bool) -> Sight:
    return World.sights.pop(0) if len(World.sights) > 1 else World.sights[0]


def _ask(source: WebSource) -> Iterable[Ready | Entry]:
    World.polls.append((World.clock(), source.url))
    polls = source.state.polls if source.state else 0
    names = World.feeds[source.url](polls)
    entries = [entry(source.url, name) for name in names or ()]
    state = PollState(
        source.url, polls=polls + 1, polled_at=now(), next_due=now() + timedelta(seconds=60)
    )
    row = report(source.url, state, len(entries), is_unchanged=names is None)
    yield Ready((Answered(row, entries=tuple(entries)),))
    yield from entries


def fetch(entries: tuple[Entry, ...]) -> Iterable[Ready]:
    for entry in entries:
        World.fetched.append((World.clock(), entry.document.title or ""))
        yield Ready(settled=(Settled(entry, document=entry.document),))


def publish(ready: Ready) -> None:
    World.windows.append((World.clock(), ready))


def entry(source: str, name: str) -> Entry:
    url = f"{source.rpartition('/')[0]}/{name.partition('#')[0]}"
    document = Document(
        source, source_kind="feed", body="", is_html=False, text_source="text", url=url, title=name
    )
    return Entry(document)


def report(
    url: str, state: PollState, documents: int, *, is_unchanged: bool = False
) -> SourceReport:
    return SourceReport(
        url,
        source_kind="feed",
        status="unchanged" if is_unchanged else "read",
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


def sight(*urls: str, waiting: Iterable[tuple[datetime, Entry]] = ()) -> Sight:
    return Sight(tuple(WebSource(url) for url in urls), waiting=tuple(waiting))


@pytest.fixture
def stream_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct_runner, "TestClock", _Clock)
    World.errands = Errands(max_running=0)  # Each ends as it begins: time stands still meanwhile.
    World.feeds, World.sights = {}, []
    monkeypatch.setattr("feedlake.transforms.stream.publish_windows.LOOK_S", 20.0)
    World.polls, World.fetched, World.windows = [], [], []


def run(
    *advances: float,
    tick_at: Iterable[int] = (0,),
    fetch: Any = fetch,
    publish: Any = publish,
    **more: Any,
) -> None:
    """Runs the stream: time advances in these steps, and ticks come after some of them.

    A feed that gives None has not changed.
    """
    ticks = _TestStream().advance_processing_time(1_000.0)  # At 0, no timer fires.
    for number, seconds in enumerate((0.0, *advances)):
        if seconds:
            ticks.advance_processing_time(seconds)
        if number in tick_at:
            ticks.add_elements([(0, number)])
    plan = StreamPlan(
        _look,
        ask=_ask,
        fetch=fetch,
        publish=publish,
        errands=_errands,
        clock=_clock,
        **more,
    )
    options = PipelineOptions(["--streaming", "--allow_unsafe_triggers"])
    with _TestPipeline("BundleBasedDirectRunner", options=options) as pipeline:
        build_stream(pipeline | ticks.with_output_types(tuple[int, int]), plan)


def titles(ready: Ready) -> list[str]:
    return sorted(end.document.title or "" for end in ready.settled if end.document)
