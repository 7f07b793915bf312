"""Rows of the lake's files, with their times."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.pipeline.lake.journal_entry import LakeError
from feedlake.pipeline.lake.read_rows import read_columns, with_times
from feedlake.transforms.normalize.microseconds import from_microseconds, to_microseconds

NOON = datetime(2026, 11, 4, 12, 0, 0, 250_001, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    table = pa.table(
        {
            "name": ["a", "b"],
            "polled_at": pa.array([NOON, None], pa.timestamp("us", "UTC")),
            "size": [1, 2],
        }
    )
    pq.write_table(table, tmp_path / "rows.parquet")
    return str(tmp_path / "rows.parquet")


def test_times_are_read_as_microseconds_and_nothing_else_changes(path):
    rows = read_columns(path, ["polled_at", "name"]).to_pylist()
    assert rows == [
        {"polled_at": 1_793_793_600_250_001, "name": "a"},
        {"polled_at": None, "name": "b"},
    ]


def test_rows_get_their_times_back(path):
    first, second = read_columns(path, ["name", "polled_at"]).to_pylist()
    assert with_times(first, ["polled_at"]) == {"name": "a", "polled_at": NOON}
    assert with_times(second, ["polled_at"]) == second
    assert first["polled_at"] == to_microseconds(NOON), "the row itself stays as it is"


def test_a_column_that_an_older_file_lacks_is_left_out(path):
    assert read_columns(path, ["size", "next_due"]).column_names == ["size"]


def test_a_damaged_file_is_named(tmp_path):
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 but nothing else PAR1")
    with pytest.raises(LakeError, match=r"broken\.parquet cannot be read"):
        read_columns(str(broken), ["name"])


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_as_a_number_is_the_same_moment(moment):
    assert from_microseconds(to_microseconds(moment)) == moment
