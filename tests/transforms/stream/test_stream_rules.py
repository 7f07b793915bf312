"""What the steps of a stream remember of addresses, hosts and the lake."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from feedlake.transforms.records.documents import Document, Entry, Rejection, SourceReport
from feedlake.transforms.records.polls import Poll, PollState, SourceOptions, WebSource
from feedlake.transforms.records.ready import Answered, ReadAhead, Ready, Settled
from feedlake.transforms.stream.extract_ready import extract_ready
from feedlake.transforms.stream.keep_fetching import next_hand
from feedlake.transforms.stream.keep_polling import after_poll, merge
from feedlake.transforms.stream.timing import next_look_s
from feedlake.transforms.stream.watch_lake import Seen, Sight, what_is_new

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
FEED = "https://paper.example/feed.xml"
SOURCE = WebSource(FEED)


def state(minutes: int) -> PollState:
    at = NOON + timedelta(minutes=minutes)
    return PollState(FEED, polled_at=at, next_due=at + timedelta(minutes=1))


def report(status: str, kind: str | None, marks: tuple[bytes, ...] | None) -> SourceReport:
    return SourceReport(
        FEED,
        source_kind=kind,  # type: ignore[arg-type]
        status=status,  # type: ignore[arg-type]
        size_bytes=1,
        modified_at=None,
        checksum=None,
        next_record=None,
        documents=0,
        skipped=(),
        detail=None,
        duration_ms=1,
        poll=Poll(state(5), entry_fingerprints=marks),
    )


def entry(name: str, *, minutes: int = 0, **more: bool) -> Entry:
    document = Document(
        FEED,
        source_kind="feed",
        body="",
        is_html=False,
        text_source="summary",
        url=f"https://paper.example/{name.partition('#')[0]}",
        title=name,
        published_at=NOON + timedelta(minutes=minutes),
        fetched_at=NOON + timedelta(minutes=minutes),
    )
    return Entry(document, **more)


def test_a_poll_that_read_a_body_is_what_the_next_one_compares_with():
    known = replace(SOURCE, entry_fingerprints=(b"old",))

    read = after_poll(known, report("read", "feed", (b"new",)))
    failed = after_poll(read, report("failed", None, None))

    assert (read.state, read.entry_fingerprints, read.kind) == (state(5), (b"new",), "feed")
    assert (failed.state, failed.entry_fingerprints, failed.kind) == (state(5), (b"new",), "feed")


def test_a_page_that_was_read_once_may_be_another_kind_the_next_time():
    assert after_poll(SOURCE, report("read", "page", ())).kind is None


def test_what_the_stream_polled_last_counts_until_the_lake_knows_a_later_poll():
    held = replace(SOURCE, state=state(5), entry_fingerprints=(b"stream",))
    options = SourceOptions(interval_s=60)
    older = replace(SOURCE, state=state(4), entry_fingerprints=(b"lake",), options=options)
    newer = replace(older, state=state(6))

    assert merge(older, held) == replace(held, options=options)
    assert merge(newer, held) == newer
    assert merge(SOURCE, held) == held


def test_an_address_is_given_out_again_when_something_else_is_stated_of_it_but_not_at_each_poll():
    _, _, seen = what_is_new(Sight((SOURCE,)), Seen())
    polled = replace(SOURCE, state=state(1), entry_fingerprints=(b"1",))
    tagged = replace(polled, options=SourceOptions(tags=("news",)))

    assert what_is_new(Sight((polled,)), seen)[0] == []
    assert what_is_new(Sight((tagged,)), seen)[0] == [(FEED, tagged)]
    assert what_is_new(Sight(()), seen)[0] == [(FEED, None)]


def test_lists_that_cannot_be_read_drop_no_address():
    _, _, seen = what_is_new(Sight((SOURCE,)), Seen())

    found, _, after = what_is_new(Sight(None), seen)

    assert found == []
    assert what_is_new(Sight((SOURCE,)), after)[0] == []


def test_of_an_entry_that_came_twice_the_last_words_are_fetched():
    old, new, other = entry("a#1", minutes=1), entry("a#2", minutes=2), entry("b")

    assert next_hand([new, other, old])[0] == (new, other)


def test_entries_that_waited_come_first_then_the_newest_and_rechecks_last():
    waited = entry("waited", minutes=1, is_deferred=True)
    late, early = entry("late", minutes=9), entry("early", minutes=2)
    again = entry("again", minutes=10, is_recheck=True)

    assert next_hand([again, early, late, waited])[0] == (waited, late, early, again)


def test_a_host_of_many_entries_is_fetched_hand_by_hand():
    entries = [entry(f"story-{number}", minutes=number) for number in range(20)]

    hand, rest = next_hand(entries)

    assert len(hand) == 16
    assert sorted((*hand, *rest), key=entries.index) == entries


def test_an_errand_is_looked_after_soon_at_first_and_seldom_if_it_takes_long():
    waits = [next_look_s(age_s) for age_s in (None, 0.1, 2.0, 60.0)]

    assert waits == [0.2, 0.2, 1.0, 4.0]


def test_each_document_that_is_read_ahead_becomes_a_text_or_the_reason_there_is_none():
    good, bad = (replace(entry(name).document, body=name) for name in ("good", "bad"))

    def read(documents):
        rejected = [
            Rejection(
                FEED,
                source_kind="feed",
                source_record=None,
                url=one.url,
                title=one.title,
                step="extract",
                reason="too_short",
                detail=None,
            )
            for one in documents
            if one.body == "bad"
        ]
        return [one.body for one in documents if one.body == "good"], rejected

    answered = Answered(report("read", "feed", ()), documents=(good, bad))
    pages = tuple(Settled(entry(one.body), document=one) for one in (good, bad))

    found = extract_ready(Ready((answered,), pages), read)

    assert found.answered[0].documents == (ReadAhead("good"),)
    assert [one.reason for one in found.answered[0].rejected] == ["too_short"]
    assert [end.document for end in found.settled] == [ReadAhead("good"), None]
    assert [end.rejection is not None for end in found.settled] == [False, True]
    assert extract_ready(found, read) == found
