"""Answers as tables: they fit the terminal, and no cell takes more than three lines."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.pipeline.query.answer_table import Answer, draw, wrap


def columns_of(line):
    """How many columns of a terminal a line takes, told by Unicode's own table."""
    return sum(
        0
        if unicodedata.category(one) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(one) in "WF"
        else 1
        for one in line
    )


def table(rows, *, names=("title", "n"), types=("VARCHAR", "INTEGER"), **options):
    return [*draw(Answer(names, types, rows), **options)]


def test_what_fits_is_shown_as_it_is():
    assert table([("Old mill", "1"), (None, "20")], width=80) == [
        "┌──────────┬───────┐",
        "│  title   │   n   │",
        "│ varchar  │ int32 │",
        "├──────────┼───────┤",
        "│ Old mill │     1 │",
        "│ NULL     │    20 │",
        "└──────────┴───────┘",
    ]


def test_long_cells_are_cut_to_three_lines_and_numbers_stay_whole():
    lines = table([("word " * 30, "1234567")], width=30)

    assert lines[4:7] == [
        "│ word word word   │ 1234567 │",
        "│ word word word   │         │",
        "│ word word word…  │         │",
    ]
    assert len(lines) == 8


def test_full_shows_whole_cells():
    lines = table([("one\n\ntwo " + "word " * 8, "7")], width=30, is_full=True)

    assert "".join(lines).count("word") == 8
    assert "…" not in "".join(lines)


def test_columns_that_have_no_room_are_left_out_and_said_to_be():
    names = [f"column{number}" for number in range(9)]
    rows = [["some words in a cell"] * 9]
    lines = table(rows, names=names, types=["VARCHAR"] * 9, width=60)

    assert "column0" in lines[1]
    assert "column8" in lines[1]
    assert "column4" not in lines[1]
    assert lines[-1] == "1 row, 3 of 9 columns; --full shows all"


def test_full_shows_each_row_by_itself_where_columns_have_no_room():
    names = [f"column{number}" for number in range(9)]
    lines = table(
        [list("abcdefghi")] * 2, names=names, types=["VARCHAR"] * 9, width=40, is_full=True
    )

    assert lines[0].startswith("── row 1 ──")
    assert lines[1:3] == ["column0 │ a", "column1 │ b"]
    assert len(lines) == 20


def test_more_rows_are_said_to_be_there():
    answer = Answer(["n"], ["INTEGER"], [["1"]] * 12, has_more=True)

    assert [*draw(answer, width=40)][-1] == "more than 12 rows; --full shows all"
    assert table([("a", "1")] * 12, width=40)[-1] == "12 rows"


def test_control_characters_are_shown_and_not_obeyed():
    lines = table([("a\x1b[31mb\u202ec\r", "1")], width=60)

    assert lines[4] == "│ a\\x1b[31mb\\u202ec\\x0d │     1 │"


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 5, []),
        ("a\nb\n\nc\nd", 5, ["a", "b", "c…"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("abcdefghijklmnop", 4, ["abcd", "efgh", "ijk…"]),
        ("日本経済新聞の記事", 4, ["日本", "経済", "新…"]),
        ("日本", 1, ["日", "本"]),
    ],
)
def test_texts_are_broken_where_they_can_be(text, width, lines):
    assert [*wrap(text, width, max_lines=3)] == lines


_CELLS = st.one_of(st.none(), st.text("ab 日ก\u0301\n\x1b本…", max_size=60))


@given(
    st.lists(st.tuples(_CELLS, _CELLS, _CELLS), max_size=4),
    st.integers(min_value=30, max_value=90),
    st.booleans(),
)
def test_tables_fit_the_terminal(rows, width, is_full):
    answer = Answer(["title", "日本", "n"], ["VARCHAR"] * 3, rows)

    lines = [*draw(answer, width=width, is_full=is_full)]

    if not lines[0].startswith("──"):
        lines = [line for line in lines if line[0] in "┌│├└"]
    assert max(map(columns_of, lines)) <= width
    assert len(set(map(columns_of, lines))) == 1 or lines[0].startswith("──")
