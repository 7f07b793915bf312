"""Whoever asks a lake while another process adds to it and compacts it sees whole runs only."""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
from pathlib import Path

from conftest import run_command

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.upkeep.verify import verify

ROUNDS = 6
WRITER = """
import sys
from feedlake.pipeline.cli.main import main
from feedlake.pipeline.upkeep import compact
compact._BATCH_FILES = 3  # Several entries a compaction.
lake, *files = sys.argv[1:]
for file in files:
    assert main(["ingest", file, "--lake", lake, "--enrich", "none", "--quiet"]) == 0
    assert main(["compact", "--lake", lake]) == 0
"""
SUMS = """
SELECT (SELECT count(*) FROM articles) AS articles, (SELECT sum(articles) FROM runs) AS by_runs,
    (SELECT count(DISTINCT article_id) FROM articles) AS ids,
    (SELECT sum(documents) FROM sources) AS documents, (SELECT count(*) FROM runs) AS runs,
    (SELECT count(*) FROM sources) AS sources
"""


def write_stories(path: Path, number: int) -> None:
    lines = []
    for story in range(6):
        dice = random.Random(100 * number + story)
        text = " ".join(f"word{dice.randrange(20_000)}" for _ in range(60))
        url, day = f"https://a.example/{number}/{story}", f"2026-01-{1 + story % 3:02}"
        lines.append(json.dumps({"url": url, "text": text, "date": day}))
    path.write_text("\n".join(lines), encoding="utf-8")


def test_each_answer_is_of_one_instant_while_runs_and_compactions_are_published(tmp_path):
    lake, answer = tmp_path / "lake", tmp_path / "answer.csv"
    files = [tmp_path / f"batch-{number}.jsonl" for number in range(ROUNDS)]
    for number, file in enumerate(files):
        write_stories(file, number)
    assert run_command("ingest", files[0], "--lake", lake, "--enrich", "none").code == 0
    seen = []

    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(lake), *map(str, files[1:])], stdout=subprocess.DEVNULL
    ) as writer:
        while writer.poll() is None or len(seen) < 3:
            asked = run_command(
                *("query", SUMS, "--lake", lake, "--format", "csv", "--output", answer)
            )
            assert (asked.code, asked.err) == (0, "")
            with open(answer, encoding="utf-8") as stream:
                [row] = csv.DictReader(stream)
            seen.append({name: int(float(value)) for name, value in row.items()})
        assert writer.returncode == 0

    for row in seen:
        assert row["articles"] == row["by_runs"] == row["ids"] == row["documents"]
        assert row["articles"] == 6 * row["runs"] == 6 * row["sources"]
    counts = [row["runs"] for row in seen]
    assert counts == sorted(counts)
    assert len(set(counts)) >= 3  # It did look meanwhile.
    assert verify(Lake(str(lake))) == []
    merged = [file for file in Lake(str(lake)).state().files if "-compact-" in file]
    assert len(merged) >= 4
