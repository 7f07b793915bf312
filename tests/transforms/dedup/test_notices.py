"""Marks: what tells notices of one template apart, and leaves their copies together."""

import hashlib
from itertools import combinations

import numpy as np
import pytest
from articles import prose
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.dedup.notices import (
    are_distinct,
    find_marks,
    find_named_apart,
    find_other_figures,
    read_marks,
)
from feedlake.transforms.dedup.text_words import read_words

QUAKE = "A quake of magnitude {} struck {} km north of {} at a depth of {} km, the survey said."
LONG = prose(1)


def marks(text: str) -> bytes:
    return find_marks(text, read_words(text))


def distinct(first: str, second: str) -> bool:
    one, other = read_marks(marks(first)), read_marks(marks(second))
    assert are_distinct(one, other) is are_distinct(other, one)
    return are_distinct(one, other)


def test_marks_are_the_bytes_that_lakes_hold():
    found = marks(QUAKE.format("4.1", "12", "Ashford", "ten") + " Rescuers of Bedford came.")

    assert len(found) == 60
    assert (found[0], found[1]) == (3, 2)
    assert hashlib.sha256(found).hexdigest()[:32] == "f6df14516fc7a6a52a9fc443df42914f"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (("4.1", "12", "Ashford", "10"), ("4.1", "12", "Ashford", "10"), False),
        (("4.1", "12", "Ashford", "10"), ("5.3", "88", "Ashford", "9"), True),
        (("4.1", "12", "Ashford", "10"), ("4.1", "12", "Ashford", "9"), True),
        (("4.1", "12", "Ashford", "10"), ("4.1", "twelve", "Ashford", "ten"), False),
        (("4.1", "12", "Ashford", "10"), ("4,1", "12", "Ashford", "10"), False),
        (("4.1", "12", "Ashford", "10"), ("4.1", "12", "Bedford", "10"), True),
        (("4.1", "12", "Ashford", "10"), ("4.1", "12", "Ashfrod", "10"), False),
        (("4.1", "12", "Rossi", "10"), ("4.1", "12", "Bocci", "10"), True),
        (("4.1", "12", "Ashford", "10"), ("4.1", "\u0661\u0662", "Ashford", "10"), False),
    ],
)
def test_other_figures_or_another_name_make_another_notice(first, second, expected):
    assert distinct(QUAKE.format(*first), QUAKE.format(*second)) is expected


@pytest.mark.parametrize(
    ("contexts", "changed", "expected"),
    [(1, 1, True), (9, 1, True), (10, 1, False), (10, 2, True), (14, 1, False), (14, 2, True)],
)
def test_more_than_a_tenth_of_the_common_contexts(contexts, changed, expected):
    def text(number: int) -> str:
        return "It said that " + " ".join(
            f"in {chr(97 + n)}town {n + (number if n < changed else 0) + 100} voted"
            for n in range(contexts)
        )

    assert distinct(text(0), text(5)) is expected


def test_figures_of_other_contexts_say_nothing():
    assert not distinct(f"{LONG} It cost 12 crowns.", f"{LONG} He is 47 years old.")
    assert not distinct(f"{LONG} It cost 12 crowns.", LONG)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("March 3, 2026", "14 April 2026"),
        ("Updated 3 March 2026, 10:30 p.m.", "Updated 5 March 2026, 9:15 a.m."),
        ("2026-03-03", "2026-03-14"),
        ("03.03.2026", "14.03.2026"),
        ("\u5317\u4eac 2026\u5e743\u67083\u65e5", "\u5317\u4eac 2026\u5e743\u670814\u65e5"),
        ("By Ann Lee, March 3", "By Bo Ek, March 5"),
        ("le 3 mars 2026", "le 14 mars 2026"),
    ],
)
def test_date_lines_and_bylines_at_either_end_make_no_other_text(first, second):
    body = "The council of Ashford will meet in the old hall. It has three items on its list."
    for one, other in ((first, second), (f"Council meets\n{first}", f"Council meets\n{second}")):
        assert not distinct(f"{one}\n\n{body}", f"{other}\n\n{body}")
    assert not distinct(f"{body}\n\n{first}", f"{body}\n\n{second}")


def test_the_dateline_of_a_chinese_wire_story_makes_no_other_text():
    body = "\u5e02\u653f\u5e9c\u4e70\u4e0b\u65e7\u7535\u5f71\u9662\u3002" * 10
    one = f"\u65b0\u534e\u793e\u5317\u4eac3\u67083\u65e5\u7535 {body}"

    assert not distinct(one, one.replace("3\u65e5", "4\u65e5"))
    assert distinct(f"{body}3\u67083\u65e5\u3002", f"{body}3\u67084\u65e5\u3002")


@pytest.mark.parametrize("dash", [" - ", " \u2013 ", "\u2014", " -- "])
def test_the_dateline_of_a_wire_story_makes_no_other_text(dash):
    texts = [
        f"LONDON, {day} ({agency}){dash}The council meets on 12 May in Ashford, it said."
        for day, agency in (("March 3", "Reuters"), ("March 4", "AP"), ("5 March", "AFP"))
    ]

    assert not distinct(texts[0], texts[1])
    assert not distinct(texts[0], texts[2])
    assert distinct(texts[0], texts[0].replace("12 May", "19 May"))


def test_dates_and_scores_within_a_text_count():
    assert distinct(f"{LONG} She died on 3 March.", f"{LONG} She died on 14 March.")
    lines = "Results of the day\n\nAshford 2 Bedford 1\n\nColby 3 Derwent 0"
    assert distinct(lines, lines.replace("3", "4"))


def test_names_count_in_short_texts_only_and_only_where_both_have_others():
    story = "At noon the mayor, {}, opened the bridge that the council of Ashford had built."

    assert distinct(story.format("Ann Lee"), story.format("Olga Novak"))
    assert not distinct(story.format("Ann Lee"), story.format("Ann"))
    assert not distinct(story.format("Ann Lee"), story.format("ann lee"))
    assert not distinct(story.format("Novak"), story.format("Novac"))
    long_one = f"{story} {LONG}"
    assert not distinct(long_one.format("Ann Lee"), long_one.format("Olga Novak"))


@pytest.mark.parametrize("change", [str.upper, str.lower])
def test_where_capitals_say_nothing_all_words_of_very_short_texts_are_names(change):
    story = "The Mayor, {}, opened the Bridge that the Council of Ashford had built."
    one, other, copy = (change(story.format(who)) for who in ("Ann Lee", "Olga Novak", "Anne Lee"))
    rest = change(" ".join(["and the people of the town came to see it too"] * 4))

    assert distinct(one, other)
    assert not distinct(one, copy)
    assert not distinct(one, f"{one} Reuter")
    assert not distinct(f"{one} {rest}", f"{other} {rest}")


def test_a_word_more_does_not_make_names_of_other_words():
    # Half of the words have capitals: with one more, most have.
    story = "Plays of Ada Brook, Bo Ek and Olga Novak in the hall of Ashford of late"

    assert not distinct(story, f"{story} Reuter AP Wire")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("Output rose in March.", "Output rose in April.", True),
        ("Output rose in January.", "Output rose in Jan.", False),
        ("Output rose sharply.", "Output fell sharply.", True),
        ("Output fell sharply.", "Output declined sharply.", False),
        ("Output came to 3 million tons.", "Output came to 3 billion tons.", True),
        ("Output came to 3 million tons.", "Output came to 3 mln tons.", False),
        ("Die Zahl ist gestiegen, hieß es.", "Die Zahl ist gesunken, hieß es.", True),
        ("Выпуск вырос вчера.", "Выпуск снизился вчера.", True),
        ("Output may rise in June.", "Output may rise in June.", False),
        ("It opens on June 16, 2026 at last.", "It opens on June 16 at last.", False),
        ("It opens on June 16, 2026 at last.", "It opens on June 16, 2025 at last.", True),
        ("It opens on June 16, 2026 at last.", "It opens on June 17 at last.", True),
        ("It opened in June 2025 at last.", "It opened in 2025 at last.", False),
        ("It opened in June 2025 at last.", "It opened in July 2025 at last.", True),
        ("It opened in June 2025 at last.", "It opened in 2024 at last.", True),
        ("It opened in June at last.", "It opened in 2025 at last.", True),
        ("They sold 2,000 tons of it.", "They sold 2000 tons of it.", False),
        ("They scored 2-1 in all.", "They scored 1-2 in all.", True),
        ("It is a hundred years old.", "It is a 100 years old.", False),
        ("Output rose 5 percent.", "Output rose 7 percent.", True),
        ("Output rose 5 percent.", "Output fell 5 percent.", True),
        ("Output rose 5 percent.", "Output increased 5 percent.", False),
    ],
)
def test_months_and_the_way_that_a_figure_went_are_figures(first, second, expected):
    assert distinct(f"{LONG} {first}", f"{LONG} {second}") is expected


SOLD = [f"The yard sold {n} tons of wheat at {n + 40} crowns." for n in (5, 7, 9)]
OTHERS = " ".join(f"The {name} weighs {len(name)} stones now." for name in ("ox", "goat", "camel"))
MORE = f"{OTHERS} It has 12 doors, is 30 years old and cost 600 crowns."


@pytest.mark.parametrize("others", ["", MORE])
def test_sentences_with_figures_in_one_context_may_come_in_any_order(others):
    one, two, three = SOLD

    assert not distinct(
        f"{LONG} {one} {two} {three} {others}", f"{LONG} {three} {one} {two} {others}"
    )


def test_a_copy_may_lack_the_first_of_several_figures_in_one_context():
    assert not distinct(f"{LONG} {' '.join(SOLD)} {MORE}", f"{LONG} {' '.join(SOLD[1:])} {MORE}")


def test_lists_whose_figures_share_their_contexts_are_told_apart():
    def forecast(*degrees: int) -> str:
        return LONG + "".join(f" It will have a high of {n} degrees." for n in degrees)

    assert distinct(forecast(3, 5, 8), forecast(3, 5, 9))
    assert not distinct(forecast(3, 5, 8), forecast(3, 8, 5))


def test_lists_whose_figures_stand_between_other_names_are_told_apart():
    def results(*teams: str) -> str:
        return LONG + "".join(f" {team} {n} {team}dale." for n, team in enumerate(teams, 30))

    teams = "Ashford", "Bedford", "Colby", "Derwent", "Eskdale", "Farnham", "Goole"
    others = "Hexham", "Ilkley", "Jarrow", "Kendal", "Leeds", "Malton", "Norwich"
    assert distinct(results(*teams), results(*others))
    assert not distinct(results(*teams), results(*teams[:3], *others[:4]))
    assert not distinct(results(*teams[:4]), results(*others[:4]))
    # There is no room for all contexts of a long list, so one with them all may share few.
    assert not distinct(results(*teams), results(*teams, *(f"Club{'x' * n}" for n in range(60))))


def test_of_many_notices_with_one_figure_none_is_a_copy_by_chance():
    told = [read_marks(marks(f"{LONG} Shares of A{n} rose {n} percent.")) for n in range(60)]

    assert all(are_distinct(one, other) for one, other in combinations(told, 2))


def test_words_that_agree_outweigh_no_number_that_differs():
    same = " ".join(f"The price of {name}s rose at noon." for name in "abcdefghijklmnop")

    assert distinct(f"{LONG} {same} It is 5 crowns.", f"{LONG} {same} It is 7 crowns.")
    assert not distinct(f"{LONG} {same} It fell later.", f"{LONG} {same} It rose later.")


@pytest.mark.parametrize(("figures", "room"), [(0, 29), (2, 25)])
def test_as_many_names_as_there_is_room_for_are_compared(figures, room):
    letters = "abcdeghiklmnoqst"  # Each has a bit of its own.
    names = [f"B{letters[n % 16]}{letters[n // 16]}{letters[(n * 5 + 3) % 16]}" for n in range(31)]
    told = "".join(f" x{'y' * n} {n} z" for n in range(figures))
    story = "and so " + " and so ".join(names) + told

    assert len(read_marks(marks(story)).names) == room
    # One name less leaves room for another, which the other text has too.
    for name in names:
        assert not distinct(story, story.replace(f" so {name}", " so"))


@given(st.text(st.sampled_from("aB1 .,\n-:\u0661\u4e00\u00e9\u0301Z9")), st.text())
def test_any_text_has_marks_and_is_not_distinct_from_itself(first, second):
    for text in (first, second, f"{first} {second}"):
        assert len(marks(text)) == 60
        assert not distinct(text, text)


SAME_BUT_FOR_DATES = [
    read_marks(marks(f"{LONG} x {figure} y.")).figures.popitem()[1]
    for figure in ("9", "june 9", "9 2026", "june 9 2026", "june 2026", "june", "2026")
]


@st.composite
def any_marks(draw: st.DrawFn) -> bytes:
    """Marks with few contexts, figures and names, so that two texts have some in common."""
    # Figures of which some differ in what may be missing, a month or a year, and in nothing else.
    figures = draw(
        st.dictionaries(st.integers(0, 25), st.sampled_from(SAME_BUT_FOR_DATES), max_size=14)
    )
    # Names of which some differ in two letters, others in three or more.
    names = draw(st.sets(st.sampled_from([1, 3, 7, 15, 0xF0, 0xF3, 0xFF00, 0xFF01]), max_size=8))
    names = set(sorted(names)[: (58 - 4 * len(figures)) // 2])
    flags = draw(st.sampled_from([0, 0x40, 0x80, 0xC0])) if names else 0
    held = [part for pair in figures.items() for part in pair] + sorted(names)
    packed = b"".join(part.to_bytes(2, "little") for part in held)
    return (bytes((len(figures), len(names) | flags)) + packed).ljust(60, b"\0")


@given(any_marks(), st.lists(any_marks(), min_size=1, max_size=20))
def test_of_many_those_are_distinct_that_are_one_by_one(one, others):
    first = read_marks(one)
    rows = np.frombuffer(b"".join(others), dtype=np.uint8).reshape(-1, 60)

    found = find_other_figures(first, rows) | find_named_apart(first, rows)

    assert found.tolist() == [are_distinct(first, read_marks(other)) for other in others]
