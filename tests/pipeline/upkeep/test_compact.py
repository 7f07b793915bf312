"""Merging, checking and setting aside the files of a lake."""

from __future__ import annotations

import os

import pytest
from conftest import content_of, read_rows

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.query import connect
from feedlake.pipeline.upkeep.verify import verify
from feedlake.transforms.normalize import storage


@pytest.fixture
def lake(tmp_path, feedlake):
    """A lake of three runs, two articles of one day among them."""
    news, lake = tmp_path / "news", tmp_path / "lake"
    news.mkdir()
    for name, text in (
        ("a", "date 2026-01-05 The harbour opens on Monday."),
        ("b", "date 2026-01-05 The bridge stays closed for a week."),
        ("c", "date 2026-01-06 The ferry sails at noon."),
    ):
        (news / f"{name}.txt").write_text(text, encoding="utf-8")
        assert feedlake("ingest", news / f"{name}.txt", "--lake", lake, "--quiet").code == 0
    return lake


def files_of(lake, table):
    return sorted(str(path.relative_to(lake)) for path in (lake / table).glob("*/*.parquet"))


def damage(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))


def test_compaction_keeps_the_rows_in_fewer_files(lake, feedlake):
    before, runs = content_of(lake), read_rows(lake, "runs")

    outcome = feedlake("compact", "--lake", lake)

    assert (outcome.code, outcome.out) == (0, "8 files merged into 3\n")
    assert content_of(lake) == before
    assert sorted(map(repr, read_rows(lake, "runs"))) == sorted(map(repr, runs))
    assert len(files_of(lake, "articles")) == 2
    assert feedlake("compact", "--lake", lake).out == "no small files to merge\n"
    assert feedlake("compact", "--lake", lake, "--verify").out == "the lake is sound\n"


def test_a_query_sees_each_row_once_at_every_moment_of_a_compaction(lake, feedlake, monkeypatch):
    counts = []

    def count_rows():
        with connect(str(lake)) as connection:
            tables = ("articles", "sources", "runs")
            sql = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
            counts.extend(connection.execute(f"SELECT {sql}").fetchall())

    for name in ("move", "delete"):
        change = getattr(storage, name)

        def count_and_change(*paths, change=change):
            count_rows()
            change(*paths)

        monkeypatch.setattr(storage, name, count_and_change)

    assert feedlake("compact", "--lake", lake).out == "8 files merged into 3\n"
    assert counts == [(3, 3, 3)] * 12  # Three moves to their places, eight removals, the end.


def test_what_was_compacted_is_still_known(lake, tmp_path, feedlake):
    feedlake("compact", "--lake", lake)

    for history in ("index", "join"):
        outcome = feedlake(
            *("ingest", tmp_path / "news", "--lake", lake, "--reread", "--history", history)
        )
        assert "3 documents = 0 articles + 0 duplicates + 0 rejects + 3 already" in outcome.out


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda path: path.unlink(), "the file is missing"),
        (damage, "the file's checksum differs from the journal's"),
        (lambda path: path.write_bytes(b""), "the file has 0 bytes"),
        (lambda path: path.rename(path.with_name("x-0000.parquet")), "doesn't name this file"),
    ],
)
def test_verify_names_the_file_at_fault(lake, feedlake, harm, message):
    path = lake / files_of(lake, "articles")[0]
    harm(path)

    outcome = feedlake("compact", "--lake", lake, "--verify")

    assert outcome.code == 1
    assert message in outcome.out
    assert "articles/date=2026-01-0" in outcome.out


def test_verify_finds_an_article_that_is_there_twice(lake):
    entry = Lake(str(lake)).entries()[0]
    file = next(file for file in entry.add if file.table == "articles")
    twin = file.path.replace("-0000.parquet", "-0001.parquet")
    os.link(lake / file.path, lake / twin)
    journal = lake / "_journal" / f"{entry.run_id}.json"
    said = journal.read_text(encoding="utf-8")
    added = said.replace('"add": [', f'"add": [{as_json(file, path=twin)},')
    journal.write_text(added, encoding="utf-8")

    messages = [fault.message for fault in verify(Lake(str(lake)))]

    assert any("an id is twice in articles" in message for message in messages)
    assert any("articles has 4 rows" in message for message in messages)


def as_json(file, *, path):
    import dataclasses
    import json

    return json.dumps({**dataclasses.asdict(file), "path": path})


def test_a_damaged_file_stops_the_run_until_it_is_set_aside(lake, tmp_path, feedlake):
    path = lake / files_of(lake, "articles")[0]
    path.write_bytes(b"not Parquet")
    (lake / "_cache").rename(tmp_path / "no-cache")

    stopped = feedlake("ingest", tmp_path / "news", "--lake", lake, "--reread")
    assert stopped.code == 1
    assert path.name in stopped.err

    outcome = feedlake("compact", "--lake", lake, "--quarantine")
    assert outcome.code == 0
    assert f"moved to _quarantine: {path.relative_to(lake)}" in outcome.out
    assert (lake / "_quarantine" / path.relative_to(lake)).read_bytes() == b"not Parquet"

    outcome = feedlake("ingest", tmp_path / "news", "--lake", lake, "--reread")
    assert "3 documents = 1 article + 0 duplicates + 0 rejects + 2 already" in outcome.out
    assert feedlake("compact", "--lake", lake, "--verify").out == "the lake is sound\n"
