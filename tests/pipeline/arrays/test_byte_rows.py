"""Rows of bytes come back, those without any too."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from feedlake.pipeline.arrays.byte_rows import Flags, pack_rows, take_rows


@given(st.lists(st.booleans(), max_size=300))
def test_rows_that_are_set_are_counted(flags):
    found = Flags.build(np.array(flags, dtype=np.bool_))
    places = np.arange(len(flags))
    assert found.are_set(places).tolist() == flags
    counted = found.count_before(np.arange(len(flags) + 1)).tolist()
    assert counted == [sum(flags[:place]) for place in range(len(flags) + 1)]


@given(st.lists(st.sampled_from([b"\0\0", b"\0\1", b"ab"]), max_size=200))
def test_each_row_comes_back(rows):
    packed = pack_rows("rows", np.frombuffer(b"".join(rows), np.uint8).reshape(-1, 2))
    found = take_rows(packed, "rows", np.arange(len(rows))[::-1])
    assert [row.tobytes() for row in found] == rows[::-1]


def test_rows_without_bytes_take_a_bit():
    packed = pack_rows("rows", np.eye(6_400, 8, dtype=np.uint8))
    assert sum(array.nbytes for array in packed.values()) < 6_400 / 8 + 6_400 / 16 + 100
