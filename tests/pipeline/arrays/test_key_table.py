"""A table of keys misses none, and finds little that was not asked for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from feedlake.pipeline.arrays.key_table import find_keys, pack_keys

KEYS = st.integers(0, 2**64 - 1) | st.sampled_from([0, 1, 2**32, 2**32 + 1, 2**63, 2**64 - 1])


@given(st.lists(st.tuples(KEYS, st.integers(0, 50))), st.lists(KEYS, max_size=5))
def test_each_number_is_found_under_its_key(entries, others):
    keys = np.array([key for key, _ in entries], dtype=np.uint64)
    numbers = np.array([number for _, number in entries], dtype=np.int64)
    table = pack_keys("table", keys.copy(), numbers, check_bits=5)

    wanted = np.array([*{key for key, _ in entries}, *others], dtype=np.uint64)
    found, places = find_keys(table, "table", wanted)

    pairs = set(zip(wanted[places].tolist(), found.tolist(), strict=True))
    assert pairs >= set(entries)


def test_one_of_32_keys_that_are_not_there_leads_to_a_number():
    generator = np.random.default_rng(1)
    keys, others = generator.integers(0, 2**64, (2, 50_000), dtype=np.uint64)
    table = pack_keys("table", keys.copy(), np.arange(50_000), check_bits=5)

    found, _ = find_keys(table, "table", others)
    assert 500 < len(found) < 50_000 / 32 * 1.1
    assert len(find_keys(table, "table", keys)[0]) < 50_000 * 1.04


def test_an_entry_takes_the_bits_of_its_number_and_ten_more():
    generator = np.random.default_rng(1)
    keys = generator.integers(0, 2**64, 50_000, dtype=np.uint64)
    table = pack_keys("table", keys.copy(), np.arange(50_000), check_bits=5)  # Numbers of 16 bits.
    assert sum(array.nbytes for array in table.values()) * 8 < 50_000 * 26


def test_ten_thousand_numbers_of_one_key_are_all_found():
    keys = np.full(10_000, 77 << 50, dtype=np.uint64)
    table = pack_keys("table", keys.copy(), np.arange(10_000), check_bits=5)
    assert len(find_keys(table, "table", keys[:1])[0]) == 10_000
    assert not len(find_keys(table, "table", ~keys[:1])[0])
