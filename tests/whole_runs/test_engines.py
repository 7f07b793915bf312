"""The lake as others read it: DuckDB, Polars, pandas, pyarrow see the same rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.dataset as ds
import pytest

from feedlake.transforms.write.schema import TABLES

Rows = list[dict[str, Any]]


def read_by_duckdb(folder: Path) -> Rows:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return (
            connection.sql(f"FROM read_parquet('{folder}/**/*.parquet', hive_partitioning = true)")
            .to_arrow_table()
            .to_pylist()
        )


def read_by_polars(folder: Path) -> Rows:
    return pl.read_parquet(f"{folder}/**/*.parquet", hive_partitioning=True).to_dicts()


def read_by_pandas(folder: Path) -> Rows:
    return pd.read_parquet(folder).to_dict("records")


def read_by_pyarrow(folder: Path) -> Rows:
    return ds.dataset(folder, partitioning="hive").to_table().to_pylist()


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


@pytest.mark.parametrize(
    "read", [read_by_duckdb, read_by_polars, read_by_pandas], ids=lambda read: read.__name__
)
@pytest.mark.parametrize("table", [name for name in TABLES if name != "deferred"])  # No seed waits.
def test_engines_read_the_same_rows(seed_lake, table, read: Callable[[Path], Rows]):
    folder = seed_lake / table
    expected = sorted((plain(row) for row in read_by_pyarrow(folder)), key=repr_sorted)
    rows = sorted((plain(row) for row in read(folder)), key=repr_sorted)

    assert rows == expected
    assert rows


def repr_sorted(row: dict[str, Any]) -> str:
    return repr(sorted(row.items()))
