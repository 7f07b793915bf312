"""Lakes whose rows of polls and waiting pages tests make up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.transforms.records.documents import Deferral, Document, Entry
from feedlake.transforms.records.entry_json import deferred_id
from feedlake.transforms.records.polls import PollState
from feedlake.transforms.write.parquet_files import WriteOptions, write_rows
from feedlake.transforms.write.schema import TABLES

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FEED = "https://a.example/feed"
ROBOTS = "https://a.example/robots.txt"
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
PAGE = Document(
    FEED,
    source_kind="feed",
    body="Text.",
    is_html=False,
    text_source="feed",
    url="https://a.example/1",
)
NAME = deferred_id(PAGE)


def publish(
    lake: Lake, table: str, *rows: dict[str, Any], at: datetime, number: int = 1, day: str = "22"
) -> None:
    """Publishes a run whose clock shows this."""
    run_id = f"{at:%Y%m%dT%H%M%SZ}-abcdef-{number:04d}"
    options = WriteOptions(lake.staging_folder(run_id), run_id=run_id, started_at=at)
    partition = f"run_date=2026-11-{day}"  # One for all, so that their files can be merged.
    with lake.writing():
        names = TABLES[table].schema.names
        whole = [{**dict.fromkeys(names), **row} for row in rows]
        files = write_rows(whole, table=TABLES[table], partition=partition, options=options)
        ran = dict.fromkeys(TABLES["runs"].schema.names, 0)
        ran |= {name: [] for name in ("partition_by", "enrich_failures") if name in ran}
        ran |= {"run_id": run_id, "publication": lake.next_place(), "started_at": at}
        ran |= {"finished_at": at, "options": "{}", "versions": "{}"}
        added = write_rows([ran], table=TABLES["runs"], partition=partition, options=options)
        lake.publish(JournalEntry(run_id, partition_by=("date",), add=(*files, *added)))


def polled(at: datetime, *, status: str = "read", **state: Any) -> dict[str, Any]:
    facts = {"size_bytes": 1, "documents": 0, "skipped": [], "duration_ms": 1}
    found = PollState(FEED, polled_at=at, succeeded_at=at, next_due=at + HOUR, polls=9)
    return {**facts, **vars(found), "source": FEED, "source_kind": "feed", "status": status} | state


def robots(at: datetime, text: str) -> dict[str, Any]:
    row = polled(at, source=ROBOTS, source_kind="robots", address=ROBOTS)
    return row | {"http_status": 200, "robots_txt": text}


def waits(at: datetime, *, status: str = "waiting", **more: Any) -> dict[str, Any]:
    entry = Entry(PAGE, attempts=3, first_tried_at=at)
    put_off = Deferral(
        entry,
        status=status,
        reason="http_error",
        detail=None,
        tried_at=at,
        next_try_at=at + HOUR,
        asked_until=at + HOUR,
        asked_by="a.example",
    )
    return {**TABLES["deferred"].to_row(put_off), **more}
