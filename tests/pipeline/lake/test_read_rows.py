"""Rows of the lake's files, with their times."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedlake.pipeline.lake.journal_entry import LakeError
from feedlake.pipeline.lake.read_rows import read_columns, read_rows_where, with_times
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


TIMES = st.integers(0, 4) | st.none()
ROWS = st.lists(st.fixed_dictionaries({"name": st.sampled_from("abcdef"), "at": TIMES}), max_size=9)


@settings(deadline=None)
@given(rows=ROWS, names=st.sets(st.sampled_from("abcdefg")), times=st.sets(st.integers(0, 4)))
def test_rows_with_given_values_are_those_that_a_look_at_each_row_finds(rows, names, times):
    numbered = [row | {"size": number} for number, row in enumerate(rows)]
    schema = pa.schema(
        [("name", pa.string()), ("at", pa.timestamp("us", "UTC")), ("size", pa.int64())]
    )
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/rows.parquet"
        pq.write_table(pa.Table.from_pylist(numbered, schema=schema), path, row_group_size=2)

        found = read_rows_where(path, ["size"], {"name": names, "at": times})
        sizes = [row["size"] for table in found for row in table.to_pylist()]

    wanted = [row for row in numbered if row["name"] in names and row["at"] in times]
    assert sizes == [row["size"] for row in wanted]


def test_row_groups_that_cannot_hold_a_text_are_not_read(tmp_path):
    path = tmp_path / "rows.parquet"
    rows = pa.table({"source": ["/in/a", "/in/b", "http://x", "http://y"], "size": [1, 2, 3, 4]})
    pq.write_table(
        rows, path, row_group_size=2, compression="none", use_dictionary=False,
        write_statistics=["source"], write_page_checksum=True,
    )  # fmt: skip
    content = path.read_bytes()
    path.write_bytes(content.replace(b"\x08\0\0\0http://x", b"\x08\0\0\0http://z"))

    found = read_rows_where(str(path), ["size"], {"source": ["/in/b", "/in/c"]})
    assert [table.to_pylist() for table in found] == [[{"size": 2}]]
    with pytest.raises(LakeError, match="cannot be read"):
        list(read_rows_where(str(path), ["size"], {"source": ["http://y"]}))


def test_a_file_without_the_column_has_no_such_row(path):
    assert not list(read_rows_where(path, ["name"], {"guid": ["a"]}))
