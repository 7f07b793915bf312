"""An entry of the journal speaks of files of its own lake, or is refused before it is acted on."""

from __future__ import annotations

import json

import pytest
from conftest import content_of

VICTIM = "kept by somebody else"


@pytest.fixture
def lake(tmp_path, feedlake):
    lake, page = tmp_path / "lake", tmp_path / "a.txt"
    page.write_text("date 2026-01-05 The harbour opens on Monday.", encoding="utf-8")
    assert feedlake("ingest", page, "--lake", lake, "--quiet").code == 0
    (tmp_path / "victim.txt").write_text(VICTIM, encoding="utf-8")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "v-0001.parquet").write_text(VICTIM, encoding="utf-8")
    return lake


def pend(lake, *, run="20990101T000000Z-ffffff", **said):
    """A journal entry that somebody else has put into the lake."""
    content = {"run_id": run, "partition_by": ["date"], "add": [], "remove": []}
    entry = lake / "_journal" / f"{run}.pending.json"
    entry.write_text(json.dumps({**content, "is_rewrite": False, **said}), encoding="utf-8")


def added(path, table="articles"):
    return {"path": path, "table": table, "rows": 1, "size_bytes": 1, "sha256": "0" * 64}


def stage(lake, path, run="20990101T000000Z-ffffff"):
    file = lake / "_staging" / run / path
    file.parent.mkdir(parents=True)
    file.write_text("put there", encoding="utf-8")


OUTSIDE = [
    "../victim.txt",
    "articles/../../victim.txt",
    "articles/date=../../../victim-0001.parquet",
    "/etc/v-0001.parquet",
    "articles//v-0001.parquet",
    "articles/date=2026-01-05/./v-0001.parquet",
    "_journal/lock",
    "_cache/v-0001.parquet",
    "articles\\..\\v-0001.parquet",
    "articles/date=2026-01-05/v-0001.parquet\n",
    "",
]


@pytest.mark.parametrize("command", [("compact",), ("ingest",), ("enrich",)])
@pytest.mark.parametrize("path", OUTSIDE)
def test_an_entry_that_removes_what_is_no_data_file_stops_every_writer(
    lake, tmp_path, feedlake, path, command
):
    sources = [tmp_path / "a.txt"] if command == ("ingest",) else []
    pend(lake, remove=[path])
    files = sorted(file for file in tmp_path.rglob("*") if "_journal" not in str(file))

    outcome = feedlake(*command, *sources, "--lake", lake)

    assert outcome.code == 1
    assert "which is no file of this lake: nothing was changed" in outcome.err
    assert files == sorted(file for file in tmp_path.rglob("*") if "_journal" not in str(file))
    assert (tmp_path / "victim.txt").read_text(encoding="utf-8") == VICTIM


@pytest.mark.parametrize(
    "path", [*OUTSIDE, "articles/date=2026-01-05/v-0001.parquet", "_quarantine"]
)
def test_an_entry_that_purges_what_was_not_set_aside_is_refused(lake, tmp_path, feedlake, path):
    before = content_of(lake)
    pend(lake, purge=[path])

    outcome = feedlake("compact", "--lake", lake)

    assert (outcome.code, "nothing was changed" in outcome.err) == (1, True)
    assert (tmp_path / "victim.txt").read_text(encoding="utf-8") == VICTIM
    (lake / "_journal" / "20990101T000000Z-ffffff.pending.json").unlink()
    assert content_of(lake) == before


@pytest.mark.parametrize("path", OUTSIDE)
def test_an_entry_that_adds_what_is_no_data_file_is_refused(lake, tmp_path, feedlake, path):
    pend(lake, add=[added(path)])

    outcome = feedlake("compact", "--lake", lake)

    assert (outcome.code, "nothing was changed" in outcome.err) == (1, True)
    assert (tmp_path / "victim.txt").read_text(encoding="utf-8") == VICTIM


def test_an_entry_that_adds_a_file_to_another_table_than_it_says_is_refused(lake, feedlake):
    pend(lake, add=[added("articles/date=2026-01-05/v-0001.parquet", table="runs")])

    assert feedlake("compact", "--lake", lake).code == 1


@pytest.mark.parametrize("link", ["articles/date=1999-01-01", "revisions", "_staging", "_cache"])
def test_no_link_leads_a_writer_out_of_the_lake(lake, tmp_path, feedlake, link):
    path = "articles/date=1999-01-01/v-0001.parquet"
    if link == "revisions":
        path = "revisions/v-0001.parquet"
    if link == "_staging":
        (lake / link).rmdir() if (lake / link).exists() else None
    else:
        stage(lake, path)
    if link == "_cache":
        (lake / link).rename(tmp_path / "cache")
    (lake / link).symlink_to(tmp_path / "outside")
    pend(lake, add=[added(path, table=path.split("/")[0])], remove=[path])

    outcome = feedlake("compact", "--lake", lake)

    assert outcome.code == 1
    assert f"{link} is a link, and could lead out of the lake" in outcome.err
    [kept] = (tmp_path / "outside").iterdir()
    assert kept.read_text(encoding="utf-8") == VICTIM


def test_the_lakes_own_path_may_be_a_link(lake, tmp_path, feedlake):
    (tmp_path / "by-link").symlink_to(lake)

    assert feedlake("compact", "--lake", tmp_path / "by-link").code == 0


DAMAGED = [
    b"[" * 100_000,
    b"",
    b"\xff\xfe",
    b"{}",
    b"null",
    b'{"run_id": 3, "partition_by": [], "add": [], "remove": [], "is_rewrite": false}',
    b'{"run_id": "other", "partition_by": [], "add": [], "remove": [], "is_rewrite": false}',
    b'{"run_id": "20990101T000000Z-ffffff", "partition_by": [], "add": [], "remove": [], '
    b'"is_rewrite": false, "number": "3"}',
]


@pytest.mark.parametrize("content", DAMAGED)
@pytest.mark.parametrize(
    "command", [("compact",), ("compact", "--verify"), ("query", "SELECT * FROM runs"), ("feeds",)]
)
def test_a_damaged_entry_stops_all_commands_with_a_sentence(lake, feedlake, content, command):
    (lake / "_journal" / "20990101T000000Z-ffffff.pending.json").write_bytes(content)

    outcome = feedlake(*command, "--lake", lake)

    assert (outcome.code, outcome.out) == (1, "")
    assert "20990101T000000Z-ffffff.pending.json is damaged: " in outcome.err
    assert len(outcome.err) < 600


def test_the_lake_is_as_it_was_once_the_entry_is_gone(lake, feedlake):
    before = content_of(lake)
    pend(lake, remove=["../victim.txt"])
    assert feedlake("compact", "--lake", lake).code == 1
    (lake / "_journal" / "20990101T000000Z-ffffff.pending.json").unlink()

    assert feedlake("compact", "--lake", lake, "--verify").out == "the lake is sound\n"
    assert content_of(lake) == before
