"""What many threads borrow: no more of it than there may be, and what was made before first."""

from __future__ import annotations

import threading

import pytest

from feedlake.transforms.process.pool import Pool


def test_a_pool_lends_what_was_made_before_and_no_more_than_so_many_at_a_time():
    pool, made = Pool[object](), []

    def make() -> object:
        made.append(object())
        return made[-1]

    with pool.borrow("small", make, most=2) as first:
        with pool.borrow("small", make, most=2) as second, pool.borrow("big", make, most=1):
            waiter = threading.Thread(target=lambda: pool.borrow("small", make, most=2).__enter__())
            waiter.start()
            waiter.join(0.05)
            assert waiter.is_alive()
        waiter.join(10)
        assert not waiter.is_alive()
    with pool.borrow("small", make, most=2) as again:
        assert again in (first, second)
    assert len(made) == 3


def test_a_pool_is_not_smaller_after_something_could_not_be_made():
    pool = Pool[str]()

    with pytest.raises(OSError, match="no room"), pool.borrow("a", _fail, most=1):
        pass
    with pool.borrow("a", lambda: "made", most=1) as lent:
        assert lent == "made"


def _fail() -> str:
    raise OSError("no room")
