"""Values of Parquet files are read where they lie, byte by byte."""

import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feedlake.pipeline.arrays.value_places import Places, find_places, read_places

VALUES = np.random.default_rng(1).integers(0, 256, (5_000, 32), dtype=np.uint8)


def write(path, values=VALUES, **options):
    rows = [None if value is None else value.tobytes() for value in values]
    table = pa.table({"other": ["word"] * len(rows), "value": pa.array(rows, pa.binary(32))})
    given = {"compression": "none", "use_dictionary": False, "data_page_size": 10_000}
    pq.write_table(table, path, **(given | options))
    return path.read_bytes()


@pytest.mark.parametrize("row_group_size", [100_000, 1_700])
@pytest.mark.parametrize("width", [32, 16])
def test_values_are_found_page_by_page_and_read_again(tmp_path, row_group_size, width):
    path = tmp_path / "file.parquet"
    content = write(path, row_group_size=row_group_size)
    half = len(content) // 2  # Of the parts, one may end within a value.

    places = find_places(VALUES[:, :width], [(0, content)], length=32)
    assert places is not None
    assert len(places.firsts) >= 5
    file = os.open(path, os.O_RDONLY)
    for first, last in [(0, 5_000), (17, 18), (300, 4_400), (4_999, 5_000), (7, 7)]:
        assert read_places(file, places, first, last) == VALUES[first:last].tobytes()
    os.close(file)
    assert find_places(VALUES, [(0, content[:half])], length=32) is None


@pytest.mark.parametrize("options", [{"compression": "zstd"}, {"use_dictionary": True}])
def test_what_does_not_lie_there_has_no_place(tmp_path, options):
    even = np.zeros((5_000, 32), dtype=np.uint8)
    even[:, 0] = np.arange(5_000) % 7
    content = write(tmp_path / "file.parquet", even, **options)
    assert find_places(even, [(0, content)], length=32) is None


def test_values_of_rows_that_have_one_are_found(tmp_path):
    held = [value if number % 3 else None for number, value in enumerate(VALUES)]
    content = write(tmp_path / "file.parquet", held)
    own = np.array([value for value in held if value is not None])

    places = find_places(own, [(0, content)], length=32)
    assert places is not None
    assert [content[offset : offset + 32] for offset in places.offsets] == [
        own[first].tobytes() for first in places.firsts
    ]


def test_values_that_lie_apart_have_no_place():
    content = b"".join(value.tobytes() + b"-" for value in VALUES[:100])
    assert find_places(VALUES[:100], [(0, content)], length=32) is None


def test_no_values_need_no_place():
    assert find_places(VALUES[:0], [], length=32) == Places([], [], 32)


def test_a_file_that_was_cut_off_is_noticed(tmp_path):
    path = tmp_path / "file.parquet"
    places = find_places(VALUES, [(0, write(path))], length=32)
    os.truncate(path, 1_000)
    with path.open("rb") as stream:
        assert len(read_places(stream.fileno(), places, 100, 110)) < 320
