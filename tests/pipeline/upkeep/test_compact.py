"""Merging, checking and setting aside the files of a lake."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import content_of, read_rows
from old_lakes import rewrite_files

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.query.views import connect
from feedlake.pipeline.upkeep.compact import count_small_files, merge_some
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


def test_five_new_rows_leave_large_files_as_they_are(tmp_path, feedlake, monkeypatch):
    lake, sizes = tmp_path / "lake", {"came": 0, "rewritten": 0}
    publish = Lake.publish

    def count_and_publish(self, entry):
        name = "rewritten" if entry.is_rewrite else "came"
        sizes[name] += sum(file.size_bytes for file in entry.add)
        publish(self, entry)

    monkeypatch.setattr(Lake, "publish", count_and_publish)
    flags = ("--lake", lake, "--partition-by", "date:year", "--enrich", "none", "--quiet")
    write_articles(tmp_path / "many.jsonl", range(600))
    assert feedlake("ingest", tmp_path / "many.jsonl", *flags).code == 0
    [large] = files_of(lake, "articles")
    at_first = sizes["came"]
    for number in range(6):
        file = tmp_path / f"few-{number}.jsonl"
        write_articles(file, range(1_000 + 5 * number, 1_005 + 5 * number))
        assert feedlake("ingest", file, *flags).code == 0
        assert feedlake("compact", "--lake", lake).code == 0
        assert count_small_files(Lake(str(lake))) == 0

    assert large in files_of(lake, "articles")
    assert 2 <= len(files_of(lake, "articles")) <= 4
    assert 0 < sizes["rewritten"] <= 8 * (sizes["came"] - at_first)
    assert len(read_rows(lake, "articles")) == 630
    assert feedlake("compact", "--lake", lake, "--verify").out == "the lake is sound\n"


def write_articles(path, numbers):
    """JSON lines of articles of one year that are like no other."""
    lines = []
    for number in numbers:
        dice = random.Random(number)
        text = " ".join(f"word{dice.randrange(20_000)}" for _ in range(60))
        day = f"2026-{1 + number % 12:02}-05"
        lines.append(json.dumps({"url": f"https://a.example/{number}", "text": text, "date": day}))
    path.write_text("\n".join(lines), encoding="utf-8")


def test_merging_some_files_stops_in_time_and_goes_on_later(lake):
    """The three files of runs leave two files fewer for the fewest bytes, those of sources next."""
    rows = content_of(lake)
    # Asked before each merge, and before each further file of those of sources and of runs.
    left = iter([True, True, False, True, True, True, True])
    opened = Lake(str(lake))

    with opened.writing():
        first = merge_some(opened, may_go_on=lambda: next(left))
        once = len(opened.state().files)
        second = merge_some(opened, may_go_on=lambda: next(left))

    assert (first, once) == (3, 7)
    assert second == 5
    assert len(opened.state().files) == 4
    assert content_of(lake) == rows
    assert verify(opened) == []


def test_a_compaction_killed_at_any_change_keeps_whole_tables_and_goes_on(lake, forks, tmp_path):
    """Three merges, each published by itself."""
    rows, runs = content_of(lake), sorted(map(repr, read_rows(lake, "runs")))
    each = {"feedlake.pipeline.upkeep.compact._BATCH_FILES": 2}
    shutil.copytree(lake, tmp_path / "copy")
    ended = forks.end("compact", "--lake", lake, sets=each)
    assert ended.code == 0
    assert len(list(lake.glob("_journal/*-compact.json"))) == 3
    assert len(Lake(str(lake)).state().files) == 4
    states = set()
    for die_at in range(1, ended.changes + 1, ended.changes // 12):
        shutil.rmtree(lake)
        shutil.copytree(tmp_path / "copy", lake)

        assert forks.end("compact", "--lake", lake, sets=each, die_at=die_at).code == -9

        states.add(len(Lake(str(lake)).state().files))
        with connect(str(lake)) as connection:
            counts = [
                connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("articles", "sources", "runs")
            ]
        assert counts == [3, 3, 3]
        assert forks.end("compact", "--lake", lake, sets=each).code == 0
        assert content_of(lake) == rows
        assert sorted(map(repr, read_rows(lake, "runs"))) == runs
        assert len(Lake(str(lake)).state().files) == 4
        assert verify(Lake(str(lake))) == []
    assert len(states) >= 3


@pytest.mark.parametrize("runs", [1, 3])
def test_compaction_makes_older_signatures_anew(lake, tmp_path, feedlake, runs):
    def minhashes():
        return {row["article_id"]: row["minhash"] for row in read_rows(lake, "articles")}

    if runs == 1:
        feedlake("compact", "--lake", lake)
    before = minhashes()

    def sign_as_before(data: pa.Table) -> pa.Table:
        place = data.schema.get_field_index("minhash")
        old = pa.array([bytes(244)] * len(data), pa.binary(244))
        metadata = data.schema.metadata | {b"feedlake.minhash_version": b"1"}
        data = data.set_column(place, data.schema.field(place), old)
        return data.replace_schema_metadata(metadata)

    rewrite_files(lake, "articles/*/*.parquet", sign_as_before)
    assert set(minhashes().values()) == {bytes(244)}

    assert feedlake("compact", "--lake", lake).code == 0

    assert minhashes() == before
    for path in (lake / "articles").glob("*/*.parquet"):
        assert pq.read_schema(path).metadata[b"feedlake.minhash_version"] == b"5"
    assert feedlake("compact", "--lake", lake).out == "no small files to merge\n"


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


REWRITING = [
    ("compact",),
    ("compact", "--partition-by", "date:month"),
    ("enrich", "--all", "--only", "counts"),
    ("ingest", "--reread"),
]


@pytest.mark.parametrize("command", REWRITING, ids=" ".join)
def test_no_command_makes_one_flipped_bit_sound(lake, tmp_path, feedlake, command):
    """Wherever it is in an article's file: in a text, in a footer, where nobody looks."""
    path = lake / files_of(lake, "articles")[0]
    sound = path.read_bytes()
    shutil.rmtree(lake / "_cache")  # Without it a run reads the keys in the file.
    shutil.copytree(lake, tmp_path / "copy")
    sources = [tmp_path / "news"] if command[0] == "ingest" else []
    stopped = 0
    for place in range(40, len(sound), len(sound) // 9):
        shutil.rmtree(lake)
        shutil.copytree(tmp_path / "copy", lake)
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 0x04]) + sound[place + 1 :])

        outcome = feedlake(*command, *sources, "--lake", lake)

        assert outcome.code in ((0, 1) if command[0] == "ingest" else (1,))
        assert outcome.code == 0 or path.name in outcome.err
        stopped += outcome.code
        checked = feedlake("compact", "--lake", lake, "--verify")
        assert checked.code == 1
        assert path.name in checked.out
    assert stopped > 0


@pytest.mark.parametrize("fails_at", [0, 2, 3, 6, 10])
def test_a_compaction_that_was_cut_off_is_pending_and_no_fault(
    lake, feedlake, monkeypatch, fails_at
):
    calls = 0
    for name in ("move", "delete"):
        change = getattr(storage, name)

        def fail_or_change(*paths, change=change):
            nonlocal calls
            calls += 1
            if calls > fails_at:
                raise OSError(5, "Input/output error")
            change(*paths)

        monkeypatch.setattr(storage, name, fail_or_change)
    assert feedlake("compact", "--lake", lake).code == 1
    monkeypatch.undo()

    outcome = feedlake("compact", "--lake", lake, "--verify")

    assert outcome.code == 0
    assert "-compact: pending, the next command that writes finishes it\n" in outcome.out
    assert outcome.out.endswith("the lake is sound\n")
    assert feedlake("compact", "--lake", lake).code == 0
    assert feedlake("compact", "--lake", lake, "--verify").out == "the lake is sound\n"
    assert len(read_rows(lake, "articles")) == 3


def test_what_a_writer_does_meanwhile_is_no_fault(lake, tmp_path, feedlake, monkeypatch):
    """Verifying takes long; here a file appears and the small files vanish while it goes on."""
    take = Lake.snapshot
    done = []

    def compact_first(self, **wish):
        found = take(self, **wish)
        if not done:
            done.append("begun")
            done.append(feedlake("ingest", tmp_path / "news", "--lake", lake, "--reread").code)
            done.append(feedlake("compact", "--lake", lake).code)
        return found

    monkeypatch.setattr(Lake, "snapshot", compact_first)

    assert verify(Lake(str(lake))) == []
    assert done == ["begun", 0, 0]


def test_quarantine_writes_off_what_is_gone_and_sets_aside_what_nobody_named(
    lake, tmp_path, feedlake
):
    gone = lake / files_of(lake, "articles")[0]
    gone.unlink()
    stray = gone.with_name("x-0000.parquet")
    stray.write_bytes(b"from elsewhere")

    outcome = feedlake("compact", "--lake", lake, "--quarantine")

    assert outcome.code == 0
    assert f"written off, since it is gone: {gone.relative_to(lake)}\n" in outcome.out
    assert f"moved to _quarantine: {stray.relative_to(lake)}\n" in outcome.out
    aside = lake / "_quarantine" / stray.relative_to(lake)
    assert aside.read_bytes() == b"from elsewhere"
    assert feedlake("compact", "--lake", lake, "--verify").out == "the lake is sound\n"
    outcome = feedlake("ingest", tmp_path / "news", "--lake", lake, "--reread")
    assert "3 documents = 1 article + 0 duplicates + 0 rejects + 2 already" in outcome.out
    assert feedlake("compact", "--lake", lake, "--verify").out == "the lake is sound\n"


def test_quarantine_takes_no_file_for_damaged_that_could_not_be_opened(lake, feedlake, monkeypatch):
    open_read, refused = storage.open_read, []

    def refuse(path):
        if path.endswith(".parquet") and not refused:
            refused.append(path)
            raise OSError(errno.EMFILE, "Too many open files", path)
        return open_read(path)

    with monkeypatch.context() as short_of_files:
        short_of_files.setattr(storage, "open_read", refuse)
        outcome = feedlake("compact", "--lake", lake, "--quarantine")

    assert outcome.code == 1
    assert outcome.err.startswith(f"feedlake: {lake}/")
    assert outcome.err.endswith("Too many open files; the lake still holds the same rows\n")
    assert not (lake / "_quarantine").exists()
    assert feedlake("compact", "--lake", lake, "--verify").out == "the lake is sound\n"


def test_no_run_adds_to_a_lake_that_lacks_a_file(lake, tmp_path, feedlake):
    """The index knows its rows, so nothing else would notice."""
    gone = lake / files_of(lake, "articles")[0]
    gone.unlink()

    for command in (
        ("ingest", tmp_path / "news"),
        ("ingest", tmp_path / "news", "--reread"),
        ("compact",),
        ("enrich",),
        ("feeds",),
    ):
        stopped = feedlake(*command, "--lake", lake)
        assert stopped.code == 1
        assert f"{gone} is missing" in stopped.err
    scheduled = feedlake("schedule", tmp_path / "news", "--lake", lake, "--runs", "1")
    assert scheduled.code == 1
    assert f"failed: the lake's file {gone} is missing" in scheduled.out
    assert scheduled.err.count("Traceback") == 0


def test_a_published_run_whose_files_are_gone_can_be_written_off(lake, feedlake):
    """A backup made during a run may hold its journal entry, but not all of its files."""
    [*_, last] = sorted((lake / "_journal").glob("*.json"))
    last.rename(last.with_suffix(".pending.json"))
    gone = lake / files_of(lake, "runs")[-1]
    gone.unlink()

    stopped = feedlake("compact", "--lake", lake)
    assert stopped.code == 1
    assert f"{gone} is missing" in stopped.err
    assert "feedlake compact --quarantine" in stopped.err
    assert feedlake("compact", "--lake", lake, "--quarantine").code == 0
    assert gone.name not in feedlake("compact", "--lake", lake, "--verify").out


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
