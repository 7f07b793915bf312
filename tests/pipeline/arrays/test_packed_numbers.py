"""Numbers come back from their bits as they were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.pipeline.arrays.packed_numbers import (
    pack_numbers,
    pack_offsets,
    take_numbers,
    take_offsets,
)


@given(st.integers(0, 64).flatmap(lambda bits: st.lists(st.integers(0, (1 << bits) - 1))))
def test_each_number_comes_back(values):
    packed = pack_numbers(np.array(values, dtype=np.uint64))
    places = np.arange(len(values))[::-1]
    assert take_numbers(packed, places).tolist() == values[::-1]


@pytest.mark.parametrize(("largest", "bits"), [(0, 0), (1, 1), (1000, 10), (2**40, 41)])
def test_a_number_takes_the_bits_of_the_largest(largest, bits):
    packed = pack_numbers(np.full(8_000, largest, dtype=np.uint64))
    assert len(packed) == 1_001 * bits + 16


@given(st.lists(st.integers(0, 100_000), min_size=1))
def test_offsets_come_back(values):
    ordered = sorted(values)
    whole, above = pack_offsets(np.array(ordered))
    assert take_offsets(whole, above, np.arange(len(ordered))).tolist() == ordered
