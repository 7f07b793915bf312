"""`feedlake.beam`: the steps in pipelines of one's own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow.parquet as pq
import pytest
from apache_beam.testing.util import assert_that, equal_to
from conftest import PROJECT, content_of, read_rows, run_command

import feedlake
from feedlake.beam import (
    LOCAL_RUNNER,
    Deduplicate,
    Enrich,
    Extract,
    ReadSources,
    WriteParquet,
)

SEEDS = PROJECT / "seeds"


def start() -> beam.Pipeline:
    return beam.Pipeline(runner=LOCAL_RUNNER)


def test_steps_in_their_order_write_the_rows_of_a_run(seed_lake, tmp_path):
    out = tmp_path / "out"
    with start() as pipeline:
        read = pipeline | ReadSources(SEEDS)
        extracted = read.documents | Extract(workers=2)
        decided = extracted.articles | Deduplicate()
        for table in ("articles", "revisions"):
            enriched = getattr(decided, table) | f"Enrich {table}" >> Enrich()
            _ = enriched.rows | f"Write {table}" >> WriteParquet(out, table=table)
        _ = decided.duplicates | "Write duplicates" >> WriteParquet(out, table="duplicates")
        rejected = (read.rejected, extracted.rejected) | beam.Flatten()
        _ = rejected | "Write rejects" >> WriteParquet(out, table="rejects")
        paths = read.reports | "Write sources" >> WriteParquet(out, table="sources")
        assert_that(paths | beam.Map(Path) | beam.Map(Path.is_file), equal_to([True]))

    assert content_of(out) == content_of(seed_lake)


def test_what_a_lake_holds_is_known(seed_lake):
    with start() as pipeline:
        read = pipeline | ReadSources(SEEDS / "html", SEEDS / "text")
        extracted = read.documents | Extract()
        decided = extracted.articles | Deduplicate(lake=seed_lake)
        everything = (decided.articles, decided.revisions, decided.duplicates) | beam.Flatten()
        assert_that(everything, equal_to([]), label="nothing is new")
        articles = extracted.articles | "Count articles" >> beam.combiners.Count.Globally()
        known = decided.known | "Sum known" >> beam.CombineGlobally(sum)
        pair = (articles, known) | "Join" >> beam.Flatten() | beam.combiners.ToList()
        assert_that(pair, _are_equal, label="all are known")


def _are_equal(lists: list[list[int]]) -> None:
    [[first, second]] = lists
    assert first == second > 10


def test_articles_may_be_filtered_and_changed_between_two_steps(tmp_path):
    for number in range(3):
        text = f"The ferry {number} left at noon, and {'the whole town waved ' * number}. " * 9
        (tmp_path / f"{number}.txt").write_text(text)
    with start() as pipeline:
        read = pipeline | ReadSources(tmp_path / "*.txt", text_mode="whole")
        articles = (read.documents | Extract()).articles
        kept = (
            articles
            | beam.Filter(lambda article: article.word_count > 100)
            | beam.Map(lambda article: replace(article, title="Ours"))
        )
        rows = ((kept | Deduplicate()).articles | Enrich("counts")).rows
        found = rows | beam.Map(
            lambda row: (
                row.article.title,
                row.verdict.outcome,
                row.enrichment["sentence_count"] is not None,
                row.enrichment["enrichers"],
            )
        )
        assert_that(found, equal_to([("Ours", "article", True, "counts 2")] * 1))


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: ReadSources(), "sources: names none"),
        (lambda: ReadSources("a", text_mode="some"), "text_mode: some: must be one of auto"),
        (lambda: Extract(workers=0), "workers: 0: must be a whole number from 1 to 256"),
        (lambda: Extract(timeout="soon"), "timeout: must be a number"),
        (lambda: Deduplicate(near_threshold=0.1), "near_threshold: 0.1: must be a number from"),
        (lambda: Deduplicate(lake="nowhere"), "no such folder"),
        (lambda: Enrich("mood"), "enrich: mood: must be default, all, none, or among"),
        (lambda: WriteParquet("out", table="runs"), "table: runs: must be one of articles"),
        (lambda: WriteParquet("out", partition_by="mood"), "partition_by: mood: must be among"),
    ],
)
def test_mistakes_are_told_when_the_pipeline_is_built(build: Any, sentence: str) -> None:
    with pytest.raises(feedlake.UsageError, match=sentence):
        build()


def test_source_that_is_not_there_is_told_when_the_pipeline_is_built():
    pipeline = start()
    with pytest.raises(feedlake.UsageError, match="nowhere: no such file"):
        _ = pipeline | ReadSources("nowhere")


def test_page_that_passes_a_limit_is_a_rejection(tmp_path):
    slow = "".join(f"<p>{number}</p>" for number in range(95_000))  # 5.5 s of CPU.
    (tmp_path / "page.html").write_text(slow)
    with start() as pipeline:
        extracted = (pipeline | ReadSources(tmp_path)).documents | Extract(timeout=1)
        reasons = extracted.rejected | beam.Map(lambda rejection: rejection.reason)
        assert_that(reasons, equal_to(["timeout"]))
        assert_that(extracted.articles, equal_to([]), label="none")


def test_example_runs(tmp_path):
    done = subprocess.run(
        [sys.executable, PROJECT / "examples" / "own_pipeline.py", SEEDS, tmp_path / "out"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    files = sorted(done.stdout.split())
    assert files == sorted(str(path) for path in (tmp_path / "out" / "articles").rglob("*.parquet"))
    rows = read_rows(tmp_path / "out", "articles")
    assert rows
    assert all(row["word_count"] >= 100 and "long read" in row["tags"] for row in rows)
    assert {row["enrichers"].split()[0] for row in rows} == {"language"}
    assert read_rows(tmp_path / "out", "rejects")
    assert pq.read_schema(files[0]).names == pq.read_schema(_a_file(tmp_path)).names


def _a_file(folder: Path) -> Path:
    """A file of `articles` that a run has written."""
    run_command("ingest", SEEDS / "html", "--lake", folder / "lake")
    return next((folder / "lake" / "articles").rglob("*.parquet"))
