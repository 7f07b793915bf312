"""The lake as others read it: DuckDB, Polars, pandas, pyarrow and Spark see the same rows."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.dataset as ds
import pytest
from articles import MemoryHistory, article, prose, publish
from conftest import PROJECT, run_command
from old_lakes import forget_columns
from pages import blocks_of
from spark_reader import Spark, why_not

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.query.views import connect
from feedlake.transforms.write.parquet_files import layout_of
from feedlake.transforms.write.schema import TABLES

Rows = list[dict[str, Any]]
Read = Callable[[Path], Rows]

LAYOUTS = (("date",), ("language", "date"), ("date:month",), ("date:year", "site"), ("site",))
VECTOR = [0.5, -0.25, 1.0]
YOUNG = ("published_text", "embedding", "places", "guid", "text_note", "enrichers")
"""Columns that older files lack: schema version 1 had none of these."""


def read_by_duckdb(folder: Path) -> Rows:
    paths = f"'{folder}/**/*.parquet'"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return (
            connection.sql(f"FROM read_parquet({paths}, hive_partitioning = true)")
            .to_arrow_table()
            .to_pylist()
        )


def read_by_polars(folder: Path) -> Rows:
    return pl.read_parquet(f"{folder}/**/*.parquet", hive_partitioning=True).to_dicts()


def read_by_pandas(folder: Path) -> Rows:
    return pd.read_parquet(folder).to_dict("records")


def read_by_pyarrow(folder: Path) -> Rows:
    return ds.dataset(folder, partitioning="hive").to_table().to_pylist()


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:
    if reason := why_not():
        if os.environ.get("FEEDLAKE_ENGINES") == "all":
            pytest.fail(reason)
        pytest.skip(reason)
    reader = Spark(tmp_path_factory.mktemp("spark"))
    yield reader
    reader.close()


@pytest.fixture(params=["duckdb", "polars", "pandas", "pyarrow", "spark"])
def read(request: pytest.FixtureRequest) -> Read:
    """Each engine as it comes, without an option that forgives files their differences."""
    if request.param == "spark":
        reader: Spark = request.getfixturevalue("spark")
        return reader.read
    found: Read = globals()[f"read_by_{request.param}"]
    return found


def plain(value: Any) -> Any:
    """The value without what is peculiar to an engine."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, datetime):
        assert value.tzinfo is not None
        return value.timestamp()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return round(value, 6)
    return value


def sorted_rows(rows: Rows) -> Rows:
    return sorted((plain(row) for row in rows), key=lambda row: repr(sorted(row.items())))


# No seed waits, is known without being read, comes from the web, or is removed or amended.
NOT_OF_SEEDS = ("deferred", "known", "captures", "removals", "amendments")


@pytest.mark.parametrize("table", [name for name in TABLES if name not in NOT_OF_SEEDS])
def test_engines_read_the_same_rows(seed_lake, table, read: Read):
    expected = sorted_rows(read_by_pyarrow(seed_lake / table))

    assert sorted_rows(read(seed_lake / table)) == expected
    assert expected


def grow(path: Path, layout: tuple[str, ...], *, is_old: bool = False) -> Path:
    """A lake of three runs, with and without an embedding and an address; the first may be old."""
    lake, history = Lake(str(path)), MemoryHistory()
    vector = {"embedding": VECTOR, "enrichers": "embedding 1/0.3.0"}
    for run, (site, enrichment) in enumerate(((None, {}), ("a.example", vector), (None, {}))):
        moment = datetime(2019, 1 + run, 23, 12, tzinfo=UTC)
        url = f"https://{site}/{run}" if site else None
        one = article(prose(run), url=url, site=site, record=run, published=moment)
        filled = {"language": "en", **enrichment}
        publish(lake, run, [one], history, partition_by=layout, enrichment=filled)
        if is_old and run == 0:
            forget_columns(path, {*YOUNG, "date"})
    return path


def check_grown(rows: Rows) -> None:
    first, second, third = sorted(map(plain, rows), key=lambda row: row["source_record"])
    assert [row["site"] for row in (first, second, third)] == [None, "a.example", None]
    assert [row["embedding"] for row in (first, second, third)] == [None, VECTOR, None]
    days = [row["date"] for row in (first, second, third)]
    assert days == ["2019-01-23", "2019-02-23", "2019-03-23"]
    assert first.keys() >= set(TABLES["articles"].schema.names)


@pytest.mark.parametrize("words", LAYOUTS, ids=",".join)
def test_files_of_all_options_are_read_together(tmp_path, words, read: Read):
    lake = grow(tmp_path / "lake", layout_of(words))

    check_grown(read(lake / "articles"))


@pytest.mark.parametrize("layout", [("date",), ("date:month",), ("site",)], ids=",".join)
def test_a_compacted_lake_of_all_versions_is_read(tmp_path, layout, read: Read):
    """`site` in a journal: the site is in the path only, and may be null there."""
    lake = grow(tmp_path / "lake", layout, is_old=True)

    assert run_command("compact", "--lake", lake).code == 0

    rows = {row["source_record"]: row for row in map(plain, read(lake / "articles"))}
    assert [rows[run]["site"] for run in range(3)] == [None, "a.example", None]
    assert [rows[run]["embedding"] for run in range(3)] == [None, VECTOR, None]
    assert [str(rows[run]["date"]) for run in range(3)] == [
        "2019-01-23",
        "2019-02-23",
        "2019-03-23",
    ]
    assert set(rows[0]) >= set(TABLES["articles"].schema.names)


@pytest.mark.parametrize("layout", [("date",), ("date:month",), ("site",)], ids=",".join)
def test_a_query_gives_old_files_their_day(tmp_path, layout):
    lake = grow(tmp_path / "lake", layout, is_old=True)

    with connect(str(lake)) as connection:
        sql = "SELECT date, site, embedding FROM articles ORDER BY source_record"
        rows = connection.execute(sql).fetchall()

    assert rows == [
        (date(2019, 1, 23), None, None),
        (date(2019, 2, 23), "a.example", VECTOR),
        (date(2019, 3, 23), None, None),
    ]


SNIPPETS = blocks_of(PROJECT / "README.md", "python")
READERS = [block for block in SNIPPETS if "feedlake.ingest" not in block.text]


def test_readme_snippet_that_writes_runs_as_it_stands(seed_lake, tmp_path):
    [block] = [block for block in SNIPPETS if block not in READERS]
    shutil.copytree(seed_lake, tmp_path / "lake")
    (tmp_path / "news").mkdir()
    shutil.copy(PROJECT / "seeds" / "html" / "old-mill.html", tmp_path / "news")
    command = [sys.executable, "-c", block.text]

    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert shown.returncode == 0, shown.stderr
    first, second, *rows = shown.stdout.splitlines()
    assert (first, second) == ("1", "Old mill at Fennel Lock turns again")
    assert any("2026-03-14" in row for row in rows)


@pytest.mark.parametrize("block", READERS, ids=lambda block: block.text.split()[1])
@pytest.mark.parametrize("lacking", ["nothing", "old files first", "old files last"])
def test_readme_snippets_read_files_of_all_versions(
    request, seed_lake, tmp_path, block, lacking, monkeypatch
):
    if "pyspark" in block.text:
        request.getfixturevalue("spark")  # Says why it isn't there.
    shutil.copytree(seed_lake, tmp_path / "lake")
    days = sorted((tmp_path / "lake" / "articles").iterdir())
    for day in {"nothing": [], "old files first": days[:1], "old files last": days[1:]}[lacking]:
        forget_columns(day.parent, YOUNG, table=day.name)

    shown = subprocess.run(
        [sys.executable, "-c", block.text],
        cwd=tmp_path,
        env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert shown.returncode == 0, shown.stderr
    assert "2026-03-14" in shown.stdout


def test_cookbook_snippet_reads_the_articles_of_one_site(seed_lake, tmp_path, monkeypatch, capfd):
    [block] = blocks_of(PROJECT / "docs" / "cookbook.md", "python")
    shutil.copytree(seed_lake, tmp_path / "lake")
    moved = run_command("compact", "--partition-by", "site", "--lake", tmp_path / "lake")
    assert moved.code == 0
    monkeypatch.chdir(tmp_path)

    exec(compile(block.text, "cookbook.md", "exec"), {})

    assert "shape: (7, 2)" in capfd.readouterr().out
