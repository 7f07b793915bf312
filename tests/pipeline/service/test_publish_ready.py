"""What is ready is published with books that balance, and only once however often it is given."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from newspapers import rows, story

from feedlake.pipeline.cli.command_line import read_command_line
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.run_options import ingest_options
from feedlake.pipeline.run.account import Account
from feedlake.pipeline.service.publish_ready import publish_ready
from feedlake.pipeline.service.sort_ready import sort_ready
from feedlake.pipeline.upkeep.verify import verify
from feedlake.transforms.records.documents import Deferral, Document, Entry, SourceReport
from feedlake.transforms.records.entry_json import deferred_id
from feedlake.transforms.records.polls import Poll, PollState
from feedlake.transforms.records.ready import Answered, Ready, Settled

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
FEED = "https://paper.example/feed.xml"


def entry(name: str, **more: Any) -> Entry:
    document = Document(
        FEED,
        source_kind="feed",
        body="",
        is_html=False,
        text_source="summary",
        url=f"https://paper.example/{name}",
        title=f"The {name}",
    )
    return Entry(document, **more)


def answer(*entries: Entry, at: datetime = NOON, known: int = 0) -> Answered:
    state = PollState(FEED, polled_at=at, succeeded_at=at, polls=1, next_due=at)
    report = SourceReport(
        FEED,
        source_kind="feed",
        status="read",
        size_bytes=10,
        modified_at=None,
        checksum=None,
        next_record=None,
        documents=len(entries) + known,
        skipped=(),
        detail=None,
        duration_ms=1,
        poll=Poll(state, http_status=200),
    )
    return Answered(report, entries=entries, known=known)


def page(taken: Entry) -> Settled:
    name = (taken.document.url or "").rpartition("/")[2]
    html = f"<html lang=en><title>The {name}</title><article><p>{story(name)}</p></article></html>"
    body = replace(
        taken.document,
        body=html.encode(),
        is_html=True,
        text_source="page",
        fetched_at=NOON,
    )
    return Settled(taken, document=body)


def failed(taken: Entry, *, attempts: int = 1) -> Settled:
    tried = replace(taken, attempts=attempts, first_tried_at=NOON, is_deferred=True)
    row = Deferral(
        tried,
        status="waiting",
        reason="timeout",
        detail="no answer",
        tried_at=NOON,
        next_try_at=NOON + timedelta(minutes=1),
    )
    return Settled(taken, deferral=row)


def sort(
    *parts: Answered | Settled, waits: Iterable[str] = (), last: datetime | None = None
) -> Any:
    ready = Ready(
        tuple(part for part in parts if isinstance(part, Answered)),
        tuple(part for part in parts if isinstance(part, Settled)),
    )
    return sort_ready(
        ready,
        waits={deferred_id(entry(name).document): (2, NOON) for name in waits},
        polled_at={} if last is None else {FEED: last},
        now=NOON,
    )


def told(found: Any) -> list[tuple[str, str, str | None, int]]:
    """The rows about entries: which, status, reason, attempts."""
    return [
        (row.entry.document.url.rpartition("/")[2], row.status, row.reason, row.entry.attempts)
        for row in found.deferrals
    ]


def test_entry_whose_page_has_not_come_waits_and_one_whose_page_has_does_not():
    found = sort(answer(entry("a"), entry("b")), page(entry("a")))

    assert told(found) == [("b", "waiting", "in_turn", 0)]
    assert found.counts == {"documents": -1, "deferred": 1, "backlog": 1}
    assert len(found.documents) == len(found.reports) == 1


def test_entry_of_an_earlier_publication_is_read_in_this_one_and_waits_no_more():
    found = sort(page(entry("a")), waits=["a"])

    assert told(found) == [("a", "done", None, 0)]
    assert found.counts == {"documents": 1}


def test_entry_whose_page_fails_waits_for_its_next_attempt_whenever_its_poll_is_published():
    together = sort(answer(entry("a")), failed(entry("a")))
    later = sort(failed(entry("a", attempts=2), attempts=3), waits=["a"])

    assert told(together) == [("a", "waiting", "timeout", 1)]
    assert together.counts["documents"] == -1
    assert told(later) == [("a", "waiting", "timeout", 3)]
    assert later.counts == {"deferred": 1}


def test_entry_that_a_poll_brings_again_keeps_its_attempts():
    found = sort(answer(entry("a")), waits=["a"])

    assert told(found) == [("a", "waiting", "in_turn", 2)]


def test_entry_that_two_polls_bring_waits_once():
    later = NOON + timedelta(minutes=1)
    found = sort(answer(entry("a")), answer(entry("a", is_changed=True), at=later))

    assert told(found) == [("a", "waiting", "in_turn", 0)]
    assert found.deferrals[0].entry.is_changed
    assert found.counts["documents"] == -1
    assert found.counts["known_by_entry"] == 1


def test_entry_that_is_read_while_a_newer_poll_changes_it_goes_on_waiting():
    later = NOON + timedelta(minutes=1)
    found = sort(
        answer(entry("a", is_changed=True), at=later), answer(entry("a")), page(entry("a"))
    )

    assert told(found) == [("a", "waiting", "in_turn", 0)]
    assert len(found.documents) == 1


def test_page_of_an_earlier_edition_leaves_the_newer_one_waiting():
    older, newer = (edition(entry("a", is_changed=True), mark) for mark in ("1", "2"))
    found = sort(answer(newer), page(older), waits=["a"])

    assert told(found) == [("a", "waiting", "in_turn", 2)]
    assert found.deferrals[0].entry.document.entry_mark == "2"
    assert len(found.documents) == 1
    assert found.counts == {"deferred": 1, "backlog": 1}


def edition(of: Entry, mark: str) -> Entry:
    return replace(of, document=replace(of.document, entry_mark=mark))


def test_poll_that_the_lake_has_is_left_out_with_its_entries():
    found = sort(answer(entry("a"), known=3), last=NOON)

    assert (found.reports, found.deferrals, found.documents, found.counts) == ((), (), (), {})


def test_failure_that_is_older_than_the_page_makes_nothing_wait():
    assert told(sort(failed(entry("a")))) == []


def publish(lake: Path, ready: Ready) -> Account | None:
    values = read_command_line(["schedule", FEED, "--lake", str(lake), "--enrich", "none"]).values
    opened = Lake(str(lake))
    with opened.writing():
        return publish_ready(ingest_options(values), opened, pickle.loads(pickle.dumps(ready)))


@pytest.fixture(scope="module")
def halves() -> tuple[Ready, Ready]:
    """A poll with two of its three pages, and the third."""
    entries = [entry(name) for name in ("one", "two", "three")]
    first = Ready((answer(*entries, known=2),), (page(entries[0]), page(entries[1])))
    return first, Ready(settled=(page(entries[2]),))


@pytest.mark.parametrize(
    "order",
    [(0, 1), (0, 0, 1, 1), (0, 1, 0, 1), (1, 0, 1)],
    ids=["once", "twice", "both", "turned"],
)
def test_the_same_given_again_and_in_another_order_leaves_the_same_articles(
    tmp_path, halves, order
):
    lake = tmp_path / "lake"
    accounts = [publish(lake, halves[half]) for half in order]

    found = rows(lake, "articles")
    assert sorted(row["title"] for row in found) == ["The one", "The three", "The two"]
    assert sum(account.articles for account in accounts if account) == 3
    assert len(rows(lake, "sources")) == 1
    newest = {}
    for row in sorted(rows(lake, "deferred"), key=lambda row: row["tried_at"]):
        newest[row["deferred_id"]] = row["status"]
    assert "waiting" not in newest.values()
    assert rows(lake, "duplicates") == rows(lake, "rejects") == []
    assert verify(Lake(str(lake))) == []


def test_publication_of_polls_alone_writes_what_the_graph_would(tmp_path, halves):
    lake = tmp_path / "lake"
    account = publish(lake, Ready((answer(entry("a"), known=4),)))

    assert account is not None
    assert (account.documents, account.known_by_entry, account.deferred) == (4, 4, 1)
    assert account.polls == {"read": 1}
    [row] = rows(lake, "deferred")
    assert (row["status"], row["reason"]) == ("waiting", "in_turn")
    assert verify(Lake(str(lake))) == []


def test_nothing_new_leaves_no_trace(tmp_path):
    lake = tmp_path / "lake"
    publish(lake, Ready((answer(),)))
    files = sorted(lake.rglob("*.parquet"))

    assert publish(lake, Ready((answer(),))) is None
    assert sorted(lake.rglob("*.parquet")) == files
