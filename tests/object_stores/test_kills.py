"""`kill -9` before any request: readers see whole runs, and the next run goes on."""

from __future__ import annotations

import json
import os
import random
import signal

from conftest import run_command

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.upkeep.verify import verify

SEED = 20190123
KILLS = min(int(os.environ.get("FEEDLAKE_KILLS", "6")), 40)
TABLES = ("articles", "duplicates", "rejects", "sources")


def write_batch(folder, number):
    """A new story, and that of the batch before under another address."""
    words = "ferry harbour clock tide bell market cheese rain school river bridge tram".split()

    def story(of):
        chosen = random.Random(1000 + of)  # Of -1 and 1 it makes the same.
        return " ".join(chosen.choice(words) + str(chosen.randrange(99)) for _ in range(60))

    lines = [
        {"url": f"https://a.example/{number}", "text": story(number), "date": "2026-01-05"},
        {"url": f"https://b.example/{number}", "text": story(number - 1), "date": "2026-01-06"},
    ]
    text = "\n".join([*map(json.dumps, lines), '{"cut off'])
    (folder / f"batch-{number:03}.jsonl").write_text(text, encoding="utf-8")


def rows_of(lake, sql):
    answered = run_command("query", sql, "--lake", lake, "--format", "json")
    assert (answered.code, answered.err) == (0, "")
    return json.loads(answered.out)


def assert_whole_runs_only(lake):
    sql = " UNION ALL ".join(
        f"""
            SELECT '{table}' AS name, runs.run_id AS run,
                any_value(runs.{table}) AS due, count({table}.run_id) AS found
            FROM runs FULL JOIN {table} USING (run_id) GROUP BY ALL
        """
        for table in TABLES
    )
    for row in rows_of(lake, sql):
        assert row["run"] is not None, f"{row['name']} has rows of a run that was not published"
        assert row["due"] == row["found"], row


def test_killed_runs_leave_whole_runs_and_the_next_goes_on(any_bucket, forks, tmp_path):
    chance = random.Random(SEED)
    folder, lake = tmp_path / "batches", f"{any_bucket.url}/lake"
    folder.mkdir()

    def ingest(into, **how):
        return forks.end(
            "ingest", folder, "--lake", into, "--quiet", environment=any_bucket.environment, **how
        )

    write_batch(folder, 0)
    whole = ingest(f"{any_bucket.url}/measured")  # To learn how many requests there are to die at.
    ingest(lake)
    killed = 0
    # From the last ones back, among which are the commit and the moves after it, and at random.
    points = [*range(whole.changes, 0, -2)][: KILLS // 2]
    points += [chance.randint(1, whole.changes) for _ in range(KILLS - len(points))]

    for number, point in enumerate(points, start=1):
        write_batch(folder, number)
        killed += ingest(lake, die_at=point).code == -signal.SIGKILL
        assert_whole_runs_only(lake)

    assert ingest(lake).code == 0
    near = tmp_path / "undisturbed"
    assert run_command("ingest", folder, "--lake", near, "--quiet").code == 0
    assert killed >= len(points) * 3 // 4
    assert_whole_runs_only(lake)
    assert verify(Lake(lake)) == []
    same = "SELECT url, text, date FROM articles ORDER BY ALL"
    assert rows_of(lake, same) == rows_of(near, same)
    copies = "SELECT url, test FROM duplicates ORDER BY ALL"
    assert rows_of(lake, copies) == rows_of(near, copies)
    assert any_bucket.names("lake/_staging") == []
    # Whoever died over its probe has left that; it is swept when it is old.
    probes = [name for name in any_bucket.names("lake/_journal") if "probe" in name]
    assert len(probes) <= killed
