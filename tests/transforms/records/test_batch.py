"""Batches lose nothing and are packed once."""

import pickle

from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.records import batch as module
from feedlake.transforms.records.batch import Batch, in_batches


@given(st.lists(st.integers(0, 50)), st.integers(1, 5), st.integers(1, 100))
def test_items_are_divided_in_order_within_the_bounds(sizes, max_items, max_size):
    made = list(in_batches(sizes, max_items=max_items, size=lambda size: size, max_size=max_size))

    assert [item for batch in made for item in batch.items] == sizes
    for batch in made:
        assert 1 <= len(batch.items) <= max_items
        assert sum(batch.items[:-1]) < max_size


def test_batch_comes_through_a_pickle_and_is_packed_once(monkeypatch):
    packed = []
    compress = module.pa.compress
    monkeypatch.setattr(
        module.pa, "compress", lambda *args, **kw: packed.append(1) or compress(*args, **kw)
    )
    batch = Batch([("a", 1), ("é" * 1000, None)])

    again = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(batch))))
    pickle.dumps(batch)

    assert again.items == batch.items == (("a", 1), ("é" * 1000, None))
    assert packed == [1]
