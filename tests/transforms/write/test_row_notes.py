"""What rows come to is counted as they are written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from feedlake.transforms.records.chunk_result import DatedSource
from feedlake.transforms.write.row_notes import RowNotes, has_unused_date

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)


def row(**columns: Any) -> dict[str, Any]:
    plain = {"source": "/in/a.jsonl", "source_kind": "jsonl", "published_at": NOW}
    more = {"published_text": None, "date_source": "seed", "rights": [], "rights_reserved": False}
    return {**plain, **more, "fetched_at": NOW, **columns}


@pytest.mark.parametrize(
    ("words", "date_source", "is_unused"),
    [
        ("soon", "fetched", True),
        ("0000-00-00", "url", True),
        ("31/31/2020", "guess", True),
        ("2026-11-22", "page", False),
        (None, "fetched", False),
        ("", "url", False),
    ],
)
def test_dates_are_unused_whose_words_led_to_none(words, date_source, is_unused):
    assert has_unused_date(row(published_text=words, date_source=date_source)) is is_unused


def test_rows_of_all_tables_with_texts_are_counted_and_no_others():
    notes, stated = RowNotes(), [{"kind": "license", "value": "x", "origin": "page"}]

    notes.add([row(rights=stated), row()], table="articles", now=NOW)
    notes.add([row(rights=stated, rights_reserved=True)], table="revisions", now=NOW)
    notes.add([row(published_text="soon", date_source="url")], table="duplicates", now=NOW)
    notes.add([{"source": "/in/a.jsonl"}], table="rejects", now=NOW)

    assert notes.counts == {"unused_dates": 1, "rights_stated": 2, "rights_reserved": 1}
    assert notes.dated() == [DatedSource("/in/a.jsonl", rows=3, ahead=0)]
