"""The books of a chunk: they are opened only if what was read is what was written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feedlake.pipeline.run import run
from feedlake.pipeline.run.account import BooksError, open_books
from feedlake.transforms.records.chunk_result import KNOWN_COUNTS, NOTHING_READ
from feedlake.transforms.records.documents import SourceFile, StagedFile
from feedlake.transforms.write.parquet_files import WriteOptions

SOURCES = [
    {"source": "a.txt", "source_kind": "text", "status": "read"},
    {"source": "b.jsonl", "source_kind": "jsonl", "status": "continued"},
    {"source": "https://example.org/feed", "source_kind": "feed", "status": "read"},
    {"source": "https://example.org/robots.txt", "source_kind": "robots", "status": "read"},
]
DEFERRED = [{"status": "waiting", "reason": "timeout"}, {"status": "done", "reason": None}]
COUNTS = {
    "files_read": 2,
    "polls_read": 1,
    "robots_read": 1,
    "documents": 10,
    "deferred": 1,
    **dict.fromkeys(KNOWN_COUNTS, 1),
}


@pytest.fixture
def write(tmp_path):
    return WriteOptions(str(tmp_path), run_id="run", started_at=datetime(2026, 11, 30, tzinfo=UTC))


@pytest.fixture
def chunk(tmp_path):
    """A chunk of ten documents: a row for each of five, and five that the lake has."""
    rows = {
        "articles": [{}] * 2,
        "revisions": [{}],
        "duplicates": [{"test": "near"}],
        "rejects": [{"reason": "empty"}],
        "sources": [
            {"skipped": [], "detail": None, "error": None, "http_status": None, **row}
            for row in SOURCES
        ],
        "deferred": DEFERRED,
    }
    for table, held in rows.items():
        pq.write_table(pa.Table.from_pylist([{"row": 1, **row} for row in held]), tmp_path / table)
    files = tuple(
        StagedFile(table, table=table, rows=len(held), size_bytes=1, sha256="")
        for table, held in rows.items()
    )
    return replace(NOTHING_READ, files=files, **COUNTS)


def test_books_that_balance_say_where_each_document_ended(chunk, write):
    account = open_books(chunk, files=2, addresses=1, write=write, lake="lake")

    ended = account.articles, account.revisions, account.duplicates, account.rejects
    assert (account.documents, ended, account.already_in_lake) == (10, (2, 1, 1, 1), 5)
    assert (account.sources, account.deferred) == (2, 1), "one goes on in the next chunk"
    assert (account.reject_reasons, account.duplicate_tests) == ({"empty": 1}, {"near": 1})


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("more", [1, -1])
def test_books_with_one_more_or_less_of_anything_are_refused(chunk, write, name, more):
    changed = replace(chunk, **{name: COUNTS[name] + more})

    with pytest.raises(BooksError, match="the books do not balance"):
        open_books(changed, files=2, addresses=1, write=write, lake="lake")


@pytest.mark.parametrize("table", ["articles", "revisions", "duplicates", "rejects", "sources"])
@pytest.mark.parametrize("more", [1, -1])
def test_books_are_refused_if_a_row_is_missing_or_there_twice(chunk, write, table, more):
    files = [
        replace(file, rows=file.rows + more) if file.table == table else file
        for file in chunk.files
    ]

    with pytest.raises(BooksError, match="the books do not balance"):
        open_books(
            replace(chunk, files=tuple(files)), files=2, addresses=1, write=write, lake="lake"
        )


@pytest.mark.parametrize(("files", "addresses"), [(3, 1), (1, 1), (2, 2)])
def test_books_are_refused_if_a_source_was_not_read(chunk, write, files, addresses):
    with pytest.raises(BooksError, match="the books do not balance"):
        open_books(chunk, files=files, addresses=addresses, write=write, lake="lake")


@pytest.mark.parametrize("later", [{"unasked": ("https://example.org/later",)}, {"left": 1}])
def test_address_that_is_asked_later_is_accounted_for(chunk, write, later):
    changed = replace(chunk, **later)

    assert open_books(changed, files=2, addresses=2, write=write, lake="lake").documents == 10


def test_file_that_the_chunk_had_no_room_for_is_accounted_for(chunk, write):
    changed = replace(chunk, untouched=(SourceFile("c.txt", size_bytes=1),))

    assert open_books(changed, files=3, addresses=1, write=write, lake="lake").documents == 10


def test_run_that_lost_a_document_publishes_nothing(tmp_path, feedlake, monkeypatch):
    (tmp_path / "a.txt").write_text("A note about the tide.", encoding="utf-8")
    lost = replace(NOTHING_READ, files_read=1, documents=1)
    monkeypatch.setattr(run, "_run_pipeline", lambda *_: lost)

    outcome = feedlake("ingest", tmp_path / "a.txt", "--lake", tmp_path / "lake")

    assert outcome.code == 1
    assert "the books do not balance: 1 documents from 1 sources were read, 0 from 0" in outcome.err
    assert not [*(tmp_path / "lake").rglob("*.parquet"), *(tmp_path / "lake").rglob("*.json")]
