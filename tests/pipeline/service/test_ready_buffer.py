"""What waits for its publication: in bounds, and polls without news only so often."""

from __future__ import annotations

from datetime import UTC, datetime

from feedlake.pipeline.service.ready_buffer import ReadyBuffer
from feedlake.pipeline.service.sort_ready import split_ready
from feedlake.transforms.records.documents import Document, Entry, SourceReport
from feedlake.transforms.records.entry_json import deferred_id
from feedlake.transforms.records.polls import Poll, PollState
from feedlake.transforms.records.ready import Answered, Ready, Settled

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def page(name: str, *, size: int = 10) -> Document:
    return Document(
        "https://a.example/feed",
        source_kind="feed",
        body="x" * size,
        is_html=False,
        text_source="feed",
        url=f"https://a.example/{name}",
    )


def poll(url: str, number: int = 1, **more: object) -> Answered:
    report = SourceReport(
        url,
        source_kind="feed",
        status="unchanged",
        size_bytes=0,
        modified_at=None,
        checksum=None,
        next_record=None,
        documents=0,
        skipped=(),
        detail=None,
        duration_ms=1,
        poll=Poll(PollState(url, polled_at=NOON, polls=number)),
    )
    return Answered(report, **more)  # type: ignore[arg-type]


def polls_of(ready: Ready) -> list[tuple[str, int]]:
    return [(one.report.source, one.report.poll.state.polls) for one in ready.answered]  # type: ignore[union-attr]


def test_polls_without_news_come_along_every_five_minutes_the_last_of_each():
    buffer = ReadyBuffer()
    for number in range(1, 4):
        buffer.add_quiet(poll("a", number), now_s=60.0 * number)
    buffer.add_quiet(poll("b"), now_s=200)

    assert not buffer.take(now_s=359)
    assert polls_of(buffer.take(now_s=360)) == [("a", 3), ("b", 1)]
    assert not buffer.take(now_s=999)
    buffer.add_quiet(poll("a", 4), now_s=1_000)
    assert polls_of(buffer.take(now_s=1_001, is_last=True)) == [("a", 4)]


def test_a_poll_with_news_takes_the_place_of_those_without():
    buffer = ReadyBuffer()
    buffer.add_quiet(poll("a", 1), now_s=0)
    buffer.add(Ready((poll("a", 2),)))

    assert polls_of(buffer.take(now_s=999)) == [("a", 2)]


def test_it_is_full_by_bytes_or_records_until_some_was_taken_and_what_comes_back_counts():
    buffer = ReadyBuffer(max_bytes=100, max_records=3)
    buffer.add(Ready(settled=(Settled(Entry(page("a")), document=page("a", size=99)),)))
    assert not buffer.is_full
    buffer.add(Ready((poll("f", documents=(page("b", size=1),)),)))
    assert buffer.is_full

    ready = buffer.take(now_s=0)

    assert not buffer.is_full
    assert not buffer.holds(deferred_id(page("a")))
    buffer.give_back(ready)
    assert buffer.is_full
    assert buffer.holds(deferred_id(page("a")))


def test_at_the_end_nothing_that_waits_for_a_text_holds_up_the_rest():
    direct = poll("direct", documents=(page("d"),), entries=(Entry(page("e")),))
    read = Settled(Entry(page("a")), document=page("a"))
    known = Settled(Entry(page("b")), known="known_by_entry")
    of_slow = Settled(Entry(page("e")), known="known_by_entry")
    plain = poll("plain", entries=(Entry(page("a")), Entry(page("b"))))

    quick, rest = split_ready(Ready((direct, plain), (read, known, of_slow)))

    assert (quick.answered, quick.settled) == ((plain,), (known,))
    assert (rest.answered, rest.settled) == ((direct,), (read, of_slow))
