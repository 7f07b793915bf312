"""What reading names in bylines promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.normalize.names import MAX_AUTHORS, find_names


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
        ("Ann Lee News reporter", ("Ann Lee",)),
        ("Ann Lee chief political correspondent", ("Ann Lee",)),
        ("Ann Writer", ("Ann Writer",)),
        ("ANN LEE, BO EK and CY NG Associated Press", ("ANN LEE", "BO EK", "CY NG")),
        ("Ann Lee, Bo Ek Reuters", ("Ann Lee", "Bo Ek")),
        ("The Associated Press", ("The Associated Press",)),
        ("Ann Lee, Bo Ek, and Cy Ng", ("Ann Lee", "Bo Ek", "Cy Ng")),
        ("Ann Lee (Harbour Times)", ("Ann Lee",)),
        ("Ann Lee Monday, November 18, 2019", ("Ann Lee",)),
        ("Ann Lee on Monday, November 18th, 2019 at 11:08 a.m.", ("Ann Lee",)),
        ("Ann Lee Nov 19, 2019 at 9:10 pm ET", ("Ann Lee",)),
        ("Ann Lee - 2019-11-18", ("Ann Lee",)),
        ("Town desk Published 11:11 PM EST Nov 19, 2019", ("Town desk",)),
        ("Theresa May", ("Theresa May",)),
        ("Authored by: Ann Lee", ("Ann Lee",)),
        ("Ann Lee og Bo Ek", ("Ann Lee", "Bo Ek")),
        ("Ann Lee, Bo Ek och Cy Ng", ("Ann Lee", "Bo Ek", "Cy Ng")),
        ("Ann Lee, Harbour University professor of rivers", ("Ann Lee",)),
        ("Reviewed by Ann Lee, Trial Attorney at Ek & Ek, on December 9, 2025", ("Ann Lee",)),
        ("Ann Lee, Home and Garden Expert", ("Ann Lee",)),
        ("Ann Lee, Head of Harbours", ("Ann Lee",)),
        ("Ann, Bo and Cy Ng, editor", ("Ann", "Bo", "Cy Ng")),
        ("\u8bb0\u8005\uff1a\u738b\u660e\u3001\u674e\u534e", ("\u738b\u660e", "\u674e\u534e")),
        ("\ubc15\uc900 \uae30\uc790", ("\ubc15\uc900",)),
        ("Ann Lee, bell hooks", ("Ann Lee", "bell hooks")),
        ("by ann van lee, bo van ek", ("ann van lee", "bo van ek")),
        ("Ann Lee Special to the Pier Post", ("Ann Lee",)),
        ("August 28, 2025", ()),
        ("August Ek", ("August Ek",)),
        ("von der Leyen, Ursula", ("Ursula von der Leyen",)),
        ("von Beethoven, Ludwig; Lee, Ann", ("Ludwig von Beethoven", "Ann Lee")),
        ("Von Anna Löw", ("Anna Löw",)),
        ("N/A", ()),
        ("n.a.", ()),
        ("NaN", ()),
        ("Sat, 20 Dec, 2025 - 06:36", ()),
        ("Ann Lee @annlee", ("Ann Lee",)),
        ("Ann Lee ann.lee@paper.example", ("Ann Lee",)),
        ("https://paper.example/profile/ann-lee", ()),
        ("Ann Lee, https://paper.example/profile/ann-lee", ("Ann Lee",)),
        ("Ann Lee; ANN LEE; Ann  Lee", ("Ann Lee",)),
        ("AFP", ("AFP",)),
        ("The Harbour Times", ()),
        ("Ann Lee, the Harbour Times", ("Ann Lee",)),
        ("Ann Lee. The Harbour Times", ("Ann Lee",)),
        ("Ann Lee for the Harbour Times", ("Ann Lee",)),
        ("Ann Lee THE HARBOUR TIMES", ("Ann Lee",)),
        ("Ann Lee | Pier Media for the Harbour Times", ("Ann Lee",)),
        ("Ann Lee, The Harbour Times Business", ("Ann Lee",)),
        ("Ann Lee and Bo Ek of the Harbour Times", ("Ann Lee", "Bo Ek")),
        ("The Harbour Times staff", ("The Harbour Times staff",)),
        ("Lee, Ann", ("Ann Lee",)),
        ("By Lee, Ann", ("Ann Lee",)),
        ("Lee, Ann; Ek, Bo", ("Ann Lee", "Bo Ek")),
        ("Lee, Ann and Ek, Bo", ("Ann Lee", "Bo Ek")),
        ("van der Berg, Jan Willem", ("Jan Willem van der Berg",)),
        ("O\u2019Neil, A. B.", ("A. B. O\u2019Neil",)),
        ("Lee, A., Ek, B.", ("A. Lee", "B. Ek")),
        ("Ли, Анна", ("Анна Ли",)),
        ("Ann, Bo and Cy", ("Ann", "Bo", "Cy")),
        ("Lee, PhD", ("Lee",)),
        ("Reuters, AFP", ("Reuters",)),
        ("Lee, staff", ("Lee",)),
        ("Lee, reporter", ("Lee",)),
        ("By", ()),
        ("by:", ()),
        ("admin", ()),
        ("name,email@paper.example", ()),
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


def test_a_name_with_days_without_end_behind_it_is_none():
    assert find_names(["Ann Lee" + " monday" * 100]) == ("Ann Lee",)
    assert find_names(["Ann Lee" + " monday" * 100_000]) == ()  # At once, not in half an hour.
