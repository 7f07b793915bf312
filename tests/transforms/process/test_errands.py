"""Errands run beside the steps: no lane holds up another one, and what they raise is not lost."""

from __future__ import annotations

import threading

import pytest

from feedlake.transforms.process.errands import Errands


def end(errands: Errands, name: str) -> list[object]:
    """All that an errand brings, waiting for its end."""
    items: list[object] = []
    for _ in range(20_000):
        taken = errands.take(name)
        if taken is None:
            return items
        items += taken.items
        if taken.is_ended:
            return items
        threading.Event().wait(0.001)
    raise AssertionError(f"{name} does not end")


def test_items_come_as_they_are_ready_and_an_errand_is_forgotten_when_all_are_collected():
    errands, goes_on = Errands(), threading.Event()

    def work():
        yield 1
        goes_on.wait(10)
        yield 2

    errands.begin("a", "lane", work)
    first = []
    while not first:
        taken = errands.take("a")
        assert taken is not None
        assert not taken.is_ended
        first += taken.items
    goes_on.set()

    assert first + end(errands, "a") == [1, 2]
    assert errands.take("a") is None
    assert errands.count() == 0


def test_errands_of_a_lane_run_one_after_another_and_hold_up_no_other_lane():
    errands, goes_on, begun = Errands(), threading.Event(), []

    def hang():
        begun.append("slow 1")
        goes_on.wait(10)
        return ()

    def note(name):
        begun.append(name)
        return (name,)

    errands.begin("slow 1", "slow", hang)
    errands.begin("slow 2", "slow", lambda: note("slow 2"))
    errands.begin("quick", "quick", lambda: note("quick"))

    assert end(errands, "quick") == ["quick"]
    assert "slow 2" not in begun
    goes_on.set()
    assert end(errands, "slow 2") == ["slow 2"]


def test_a_lane_that_hangs_takes_one_place_of_those_that_run_at_a_time():
    errands, goes_on = Errands(max_running=2), threading.Event()

    def hang():
        goes_on.wait(10)
        return ()

    for number in range(5):
        errands.begin(f"slow {number}", "slow", hang)
    errands.begin("quick", "quick", lambda: ("done",))

    assert end(errands, "quick") == ["done"]
    goes_on.set()


def test_one_that_is_under_way_is_not_begun_again():
    errands, calls = Errands(), []

    def work():
        calls.append(1)
        return ()

    errands.begin("a", "lane", work)
    errands.begin("a", "lane", work)

    end(errands, "a")
    assert calls == [1]


def test_what_an_errand_raises_is_raised_where_it_is_collected():
    errands = Errands(max_running=0)

    def work():
        yield 1
        raise ValueError("wrong")

    errands.begin("a", "lane", work)

    with pytest.raises(ValueError, match="wrong"):
        errands.take("a")
    assert errands.take("a") is None
