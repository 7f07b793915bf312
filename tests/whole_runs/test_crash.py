"""`kill -9` at any instant: readers see whole runs, and the next run goes on."""

from __future__ import annotations

import errno
import json
import os
import random
import subprocess
from pathlib import Path

import duckdb
import pytest
from conftest import content_of, run_command

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.query.views import connect
from feedlake.pipeline.upkeep.verify import verify

TABLES = ("articles", "duplicates", "rejects", "sources")
SEED = 20190123
# A kill takes two seconds with what is looked at after it: `make crash` asks for 200.
KILLS = int(os.environ.get("FEEDLAKE_KILLS", "20"))


def write_batch(folder: Path, number: int) -> None:
    """Two new stories, and that of the batch before under another address."""
    stories = [
        {"url": f"https://a.example/{number}", "text": story(number), "date": day(number)},
        {"url": f"https://b.example/{number}", "text": story(number + 500), "date": day(number)},
        {"url": f"https://c.example/{number}", "text": story(number - 1), "date": day(number)},
    ]
    lines = [*map(json.dumps, stories), '{"cut off']
    (folder / f"batch-{number:03}.jsonl").write_text("\n".join(lines), encoding="utf-8")


def story(number: int) -> str:
    words = random.Random(number)
    return " ".join(words.choice(WORDS) + str(words.randrange(99)) for _ in range(60))


def day(number: int) -> str:
    return f"2020-{1 + number // 28:02}-{1 + number % 28:02}"


WORDS = "ferry harbour clock tide bell market cheese rain school river bridge tram choir".split()


def assert_whole_runs_only(lake: Path) -> None:
    if not lake.joinpath("_journal").is_dir():
        return  # It died before there was a lake.
    with connect(str(lake)) as connection:
        added = dict.fromkeys(TABLES, 0)
        for table in TABLES:
            sql = f"""
                SELECT runs.run_id, any_value(runs.{table}), count({table}.run_id)
                FROM runs FULL JOIN {table} USING (run_id) GROUP BY ALL
            """
            for run_id, expected, found in connection.execute(sql).fetchall():
                assert run_id is not None, f"{table} has rows of a run that was not published"
                assert found == expected, f"{table} shows {found} of {expected} rows of {run_id}"
                added[table] += found
    if not list(lake.glob("_journal/*.pending.json")):
        assert count_by_glob(lake) == added


def count_by_glob(lake: Path) -> dict[str, int]:
    """Rows as someone who knows of no journal reads them."""
    counts = dict.fromkeys(TABLES, 0)
    with duckdb.connect() as connection:
        for table in TABLES:
            if list(lake.glob(f"{table}/**/*.parquet")):
                pattern = f"{lake}/{table}/**/*.parquet"
                [(counts[table],)] = connection.execute(
                    f"SELECT count(*) FROM read_parquet('{pattern}', union_by_name = true)"
                ).fetchall()
    return counts


def test_killed_runs_leave_whole_runs_and_the_next_goes_on(forks, tmp_path):
    chance = random.Random(SEED)
    folder, lake = tmp_path / "batches", tmp_path / "lake"
    folder.mkdir()
    write_batch(folder, 0)
    # Once without harm, to learn how many changes there are to die at.
    changes = forks.run("ingest", folder, "--lake", tmp_path / "measured", "--quiet")
    killed = 0

    for number in range(1, KILLS + 1):
        write_batch(folder, number)
        if number % 4:
            how = {"die_at": chance.randint(1, changes)}
        else:
            how = {"kill_after_s": chance.uniform(0.05, 0.8)}
        killed += forks.run("ingest", folder, "--lake", lake, "--quiet", **how) == 0
        assert_whole_runs_only(lake)

    forks.run("ingest", folder, "--lake", lake, "--quiet")
    run_command("ingest", folder, "--lake", tmp_path / "undisturbed", "--quiet")

    assert killed >= KILLS * 3 // 4
    assert_whole_runs_only(lake)
    assert content_of(lake) == content_of(tmp_path / "undisturbed")
    assert verify(Lake(str(lake))) == []
    assert not list(lake.glob("_staging/*"))


@pytest.mark.parametrize("kills", [1, 3])
def test_recovery_that_is_killed_can_be_recovered(forks, tmp_path, kills):
    folder, lake = tmp_path / "batches", tmp_path / "lake"
    folder.mkdir()
    write_batch(folder, 0)
    changes = forks.run("ingest", folder, "--lake", tmp_path / "measured", "--quiet")
    # From the last change back, until the entry is committed but not yet finished.
    for die_at in range(changes, 0, -1):
        if list(lake.glob("_journal/*.pending.json")):
            break
        subprocess.run(["rm", "-rf", str(lake)], check=True)
        forks.run("ingest", folder, "--lake", lake, "--quiet", die_at=die_at)
    assert list(lake.glob("_journal/*.pending.json"))

    for die_at in range(1, kills + 1):
        forks.run("ingest", folder, "--lake", lake, "--quiet", die_at=die_at)
        assert_whole_runs_only(lake)
    forks.run("ingest", folder, "--lake", lake, "--quiet")

    assert content_of(lake) == content_of(tmp_path / "measured")
    assert verify(Lake(str(lake))) == []


def test_run_that_fails_after_its_commit_is_finished_by_the_next(story, tmp_path, monkeypatch):
    lake = tmp_path / "lake"

    def refuse(source: str, target: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", target)

    with monkeypatch.context() as full:
        full.setattr("feedlake.transforms.normalize.storage.move", refuse)
        failed = run_command("ingest", story, "--lake", lake)
    assert_whole_runs_only(lake)
    (story / "other.txt").write_text("date 2020-03-04\nAnother story.", encoding="utf-8")
    run_command("ingest", story, "--lake", lake)

    assert failed.code == 1
    assert "nothing was published" not in failed.err
    assert verify(Lake(str(lake))) == []
    assert count_by_glob(lake)["articles"] == 2


def test_failure_in_a_later_chunk_does_not_unsay_the_earlier(tmp_path, monkeypatch):
    folder, lake = tmp_path / "batches", tmp_path / "lake"
    folder.mkdir()
    for number in range(3):
        write_batch(folder, number)
    publish = Lake.publish

    def refuse_the_second(self: Lake, entry: JournalEntry) -> None:
        if entry.run_id.endswith("-0002"):
            raise OSError(errno.ENOSPC, "No space left on device")
        publish(self, entry)

    with monkeypatch.context() as full:
        full.setattr(Lake, "publish", refuse_the_second)
        failed = run_command("ingest", folder, "--lake", lake, "--chunk-documents", "4")
    published = count_by_glob(lake)["articles"]
    run_command("ingest", folder, "--lake", lake, "--chunk-documents", "4")

    assert failed.code == 1
    assert published > 0
    assert "nothing was published" not in failed.err
    assert count_by_glob(lake)["articles"] > published
    assert verify(Lake(str(lake))) == []
