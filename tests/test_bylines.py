"""A byline gives up its names, and nothing that stands around them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.bylines import MAX_AUTHORS, find_names


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Ann Lee", ("Ann Lee",)),
        ("By Ann Lee", ("Ann Lee",)),
        ("by ann lee", ("ann lee",)),
        ("Words by Ann Lee", ("Ann Lee",)),
        ("Analysis by Ann Lee, Harbour editor-at-large", ("Ann Lee",)),
        ("Von Änne Löw und Bo Ek", ("Änne Löw", "Bo Ek")),
        ("Текст: Анна Ли", ("Анна Ли",)),
        ("Ann Lee and Bo Ek", ("Ann Lee", "Bo Ek")),
        ("Ann Lee; Bo Ek | Cy Ng / Di Oz & Ed Pi", ("Ann Lee", "Bo Ek", "Cy Ng", "Di Oz", "Ed Pi")),
        ("Ann E. Lee-Ek", ("Ann E. Lee-Ek",)),
        ("Ann Lee, PhD, RDN", ("Ann Lee",)),
        ("Ann Lee Jr.", ("Ann Lee Jr",)),
        ("Ann Lee, staff writer", ("Ann Lee",)),
        ("Ann Lee (Harbour Times)", ("Ann Lee",)),
        ("Ann Lee Monday, November 18, 2019", ("Ann Lee",)),
        ("Theresa May", ("Theresa May",)),
        ("Ann Lee @annlee", ("Ann Lee",)),
        ("Ann Lee ann.lee@paper.example", ("Ann Lee",)),
        ("https://paper.example/profile/ann-lee", ()),
        ("Ann Lee, https://paper.example/profile/ann-lee", ("Ann Lee",)),
        ("Ann Lee; ANN LEE; Ann  Lee", ("Ann Lee",)),
        ("AFP", ("AFP",)),
        ("The Harbour Times", ()),
        ("Ann Lee, the Harbour Times", ("Ann Lee",)),
        ("By", ()),
        ("by:", ()),
        ("admin", ()),
        ("Staff", ()),
        ("12345", ()),
        ("", ()),
        (" \n ", ()),
        ("x" * 101, ()),
    ],
)
def test_names_are_found_without_what_stands_around_them(
    byline: str, names: tuple[str, ...]
) -> None:
    assert find_names([byline], site_names=["The Harbour Times"]) == names


def test_names_keep_the_order_of_their_bylines() -> None:
    assert find_names(["Bo Ek", "Ann Lee, Bo Ek"]) == ("Bo Ek", "Ann Lee")


def test_a_list_without_end_is_cut() -> None:
    assert len(find_names([", ".join(f"Ann {'x' * n}" for n in range(1, 90))])) == MAX_AUTHORS


@given(st.text(max_size=60))
def test_reading_found_names_again_finds_the_same_number_at_most(byline: str) -> None:
    names = find_names([byline])

    assert len(find_names(names)) <= len(names)
