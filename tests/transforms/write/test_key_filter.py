"""A filter never denies a key that it was made of, and seldom admits another."""

from __future__ import annotations

import pytest

from feedlake.transforms.write.key_filter import KeyQuestion, make_filter


@pytest.mark.parametrize("count", [1, 2, 10, 1000])
def test_filter_holds_each_of_its_keys(count):
    keys = [f"https://a.example/é/{number}" for number in range(count)]
    made = make_filter(keys)

    assert all(KeyQuestion(key).may_be_in(made) for key in keys)


def test_one_file_of_sixty_at_most_is_opened_in_vain():
    filters = [make_filter([f"{file}-{key}" for key in range(8)]) for file in range(3000)]

    assert sum(KeyQuestion("https://a.example/").may_be_in(made) for made in filters) < 50


def test_filter_takes_two_bytes_a_key():
    assert len(make_filter([str(number) for number in range(3000)])) == 5000


def test_filter_over_nothing_tells_nothing():
    assert make_filter([]) == ""
    assert KeyQuestion("x").may_be_in("")


def test_filter_is_the_same_on_every_machine():
    assert make_filter(["a", "b", "c"]) == make_filter({"c", "b", "a"}) == "sRjCSQ=="
