"""A month of scheduled runs in a minute: what must not grow with the number of runs."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT

from feedlake.pipeline.upkeep.verify import verify

DAYS, RUNS_A_DAY, FEEDS = 30, 24, 40


def load_simulation() -> Any:
    """The module of the benchmarks, whose other names are those of tests' modules."""
    path = PROJECT / "benchmarks" / "simulated_lake.py"
    spec = importlib.util.spec_from_file_location("simulated_lake", path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules["simulated_lake"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[int]]:
    """The lake after that month, and how many files it had beyond one a folder after each day."""
    lake = str(tmp_path_factory.mktemp("month") / "lake")
    grown = load_simulation().SimulatedLake(
        lake,
        feeds=FEEDS,
        per_day=RUNS_A_DAY,
        start=datetime(2026, 1, 5, tzinfo=UTC),
        compact_files=100,
    )
    beyond = []
    for _ in range(DAYS):
        grown.run_days(1)
        files = grown.lake.state().files
        beyond.append(len(files) - len({os.path.dirname(path) for path in files}))
    return grown, beyond


def test_lake_is_sound_and_no_row_is_lost(month):
    grown, _ = month

    assert verify(grown.lake) == []
    rows = Counter[str]()
    for file in grown.lake.state().files.values():
        rows[file.table] += file.rows
    assert rows["runs"] == 720
    assert rows["articles"] == grown.articles > 1_000


def test_small_files_are_as_few_after_a_month_as_after_some_days(month):
    grown, beyond = month

    assert grown.lake.sizes.merges >= 10
    assert max(beyond) <= 320
    assert max(beyond[-10:]) <= 1.5 * max(beyond[:10])
    folders = Counter(os.path.dirname(path) for path in grown.lake.state().files)
    today = f"run_date={grown.last_run_at:%Y-%m-%d}"
    settled = [count for folder, count in folders.items() if not folder.endswith(today)]
    assert sum(settled) <= 1.5 * len(settled)


def test_merging_writes_less_than_eight_bytes_for_each_that_came(month):
    sizes = month[0].lake.sizes

    assert sizes.came > 10_000_000
    assert 0 < sizes.rewritten <= 8 * sizes.came


def test_row_of_runs_does_not_keep_the_file_that_it_came_in(month):
    """Each came in a file of 13 kB."""
    runs = [file for file in month[0].lake.state().files.values() if file.table == "runs"]

    assert sum(file.size_bytes for file in runs) <= 2_500 * sum(file.rows for file in runs)


def test_journal_is_as_long_as_after_a_few_hundred_runs(month):
    folder = Path(month[0].lake.path, "_journal")

    assert 2 <= len(list(folder.iterdir())) <= 2 * 300 + 10
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 3_000_000


def test_index_stays_in_proportion_to_the_rows_however_often_they_are_merged(month):
    files = month[0].lake.state().files.values()
    rows = sum(file.rows for file in files if file.table in ("articles", "revisions", "duplicates"))
    cache = Path(month[0].lake.path, "_cache")

    size = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file())

    assert 100 * rows <= size <= 250 * rows
