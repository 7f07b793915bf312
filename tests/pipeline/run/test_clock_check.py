"""A clock that can hardly be right stops a run; what documents say of themselves alone does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.run.clock_check import ClockError, check_clock, check_documents
from feedlake.transforms.write.row_notes import RowNotes

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def publish(lake: Lake, *run_ids: str) -> None:
    with lake.writing():
        for run_id in run_ids:
            lake.publish(JournalEntry(run_id, partition_by=("date",), add=()))


@pytest.mark.parametrize(
    ("run_ids", "is_right"),
    [
        ((), True),
        (["20261122T132900Z-abcdef-0001"], True),
        (["20261122T133100Z-abcdef-0001"], False),
        (["20991122T133100Z-abcdef-0001", "20261122T120000Z-abcdef-0001"], True),
        (["20261122T120000Z-abcdef-0001", "20991122T133100Z-abcdef-0012"], False),
        # What is done to a lake beside runs writes no times.
        (["20261122T120000Z-abcdef-0001", "20991122T133100Z-abcdef-compact"], True),
        (["run-1"], True),
    ],
)
def test_clock_is_compared_with_the_run_published_last(tmp_path, run_ids, is_right):
    lake = Lake(str(tmp_path / "lake"))
    publish(lake, *run_ids)

    if is_right:
        check_clock(lake, now=NOW)
    else:
        with pytest.raises(ClockError, match="clock shows 2026-11-22 12:30 UTC, but the last run"):
            check_clock(lake, now=NOW)


def dated(days: float, **more: Any) -> dict[str, Any]:
    """A row with a date that a feed states, so many days after the clock."""
    moment = NOW + timedelta(days=days)
    is_dropped = days > 2
    return {
        "source": "https://a.example/feed",
        "source_kind": "feed",
        "published_at": None if is_dropped else moment,
        "published_text": moment.isoformat(),
        "date_source": "fetched" if is_dropped else "feed",
        "fetched_at": NOW,
        **more,
    }


def check(*rows: dict[str, Any], timely: tuple[str, ...] = ()) -> str | None:
    """Returns why the clock is doubted; None if it is not."""
    notes = RowNotes()
    for row in rows:  # One part after the other, as they are written.
        notes.add([{**row, "rights": [], "rights_reserved": False}], table="articles", now=NOW)
    try:
        check_documents(notes.dated(), now=NOW, timely=timely)
    except ClockError as error:
        return str(error)
    return None


def test_clock_behind_most_documents_is_doubted():
    said = check(dated(300), dated(40), dated(3), dated(-1))

    assert said is not None
    assert "clock shows 2026-11-22 12:30 UTC, but 3 of the 4 documents with a date" in said


@pytest.mark.parametrize(
    "rows",
    [
        [dated(3), dated(3)],  # Two may be a slip.
        [dated(3)] * 3 + [dated(-1)] * 3,  # Not most.
        [dated(1.9)] * 9,  # Tomorrow's paper.
        [dated(3, published_text="soon")] * 9,
        [dated(3, published_text=None)] * 9,
        [dated(-1, date_source="guess", published_text=None)] * 9,
        [dated(-1, fetched_at=NOW + DAY)] * 9,  # The clock was set right meanwhile.
        [],
    ],
)
def test_what_does_not_speak_against_the_clock(rows):
    assert check(*rows) is None


def test_dates_of_the_user_s_own_files_count_though_they_are_kept():
    own = {"source_kind": "jsonl", "date_source": "seed"}

    assert check(*[{**dated(0), **own, "published_at": NOW + 9 * DAY}] * 3)


def test_captures_in_an_archive_count_by_their_own_time():
    assert check(*[dated(-1, source_kind="warc", fetched_at=NOW + DAY)] * 3)


def test_one_source_of_many_entries_does_not_outvote_two():
    others = [dated(-1, source="https://b.example/"), dated(-1, source="https://c.example/")]
    odd = [dated(900)] * 50

    assert check(*odd, *others) is None
    assert check(*odd, others[0]) is None
    assert check(*odd) is not None


def test_sources_that_were_on_time_speak_for_the_clock():
    odd = [dated(900)] * 50

    assert check(*odd, timely=("https://b.example/",)) is None
    assert check(*odd, timely=("https://a.example/feed",)) is None
    worse = [dated(900, source=f"https://{name}.example/") for name in "xyz"]
    assert check(*worse, timely=("https://b.example/",)) is not None
