"""What reading the rows of a table promises."""

import csv
import io
import time
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.tables import csv_rows
from feedlake.transforms.tables.csv_rows import BadRow, Dialect, RowReader

COMMAS = Dialect(",")
BAD = "bad_csv"

CELLS = st.text(st.sampled_from('ab ,;"\n\\é'), max_size=6)
TABLES = st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=6)


def _read(
    text: str, dialect: Dialect = COMMAS, *, width: int | None = None, max_chars: int = 1 << 20
) -> list[tuple[int, object]]:
    """Number and fields of each row, or the reason of a bad one."""
    reader = RowReader(io.StringIO(text), dialect=dialect, max_chars=max_chars, width=width)
    return [
        (row.number, row.reason if isinstance(row, BadRow) else list(row.fields)) for row in reader
    ]


def _write(rows: Iterable[Iterable[str]], **how: object) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n", **how).writerows(rows)  # type: ignore[call-overload]
    return stream.getvalue()


@given(TABLES)
def test_what_was_written_with_doubled_quotes_is_read(rows: list[list[str]]) -> None:
    assert [fields for _, fields in _read(_write(rows))] == [row for row in rows if any(row)]


@given(TABLES)
def test_what_was_written_with_a_backslash_before_quotes_is_read(rows: list[list[str]]) -> None:
    text = _write(rows, doublequote=False, escapechar="\\", quoting=csv.QUOTE_ALL)
    found = _read(text, Dialect(",", has_escapes=True))
    assert [fields for _, fields in found] == [row for row in rows if any(row)]


@given(TABLES, st.integers(1, 9))
def test_lines_are_read_the_same_in_parts_of_any_length(rows: list[list[str]], chars: int) -> None:
    text = _write(rows)
    whole = _read(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_rows, "_PART_CHARS", chars)
        assert _read(text) == whole


@given(st.text(st.sampled_from('ab,"\n \\'), max_size=40), st.booleans())
def test_any_text_has_rows_in_the_order_of_its_lines(text: str, has_escapes: bool) -> None:
    numbers = [number for number, _ in _read(text, Dialect(",", '"', has_escapes), width=2)]
    assert numbers == sorted(set(numbers))
    assert all(1 <= number <= text.count("\n") + 1 for number in numbers)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", []),
        ("\n\n,\n", []),
        ("a,b", [(1, ["a", "b"])]),
        ("a,b\n\nc,d\n", [(1, ["a", "b"]), (3, ["c", "d"])]),
        ('a,"b\n\nc"\nd,e', [(1, ["a", "b\n\nc"]), (4, ["d", "e"])]),
        ('a, "b, c" ', [(1, ["a", "b, c"])]),
        ('5" pipe,b', [(1, ['5" pipe', "b"])]),
        ('"",""""', [(1, ["", '"'])]),
        ("a,b\n1,2,3\n4,5\n", [(1, ["a", "b"]), (2, BAD), (3, ["4", "5"])]),
        ("a,b\n1\n4,5\n", [(1, ["a", "b"]), (2, BAD), (3, ["4", "5"])]),
        ("a,b,,\n", [(1, ["a", "b", "", ""])]),
        ('"The "old" ferry",b\n', [(1, ['The "old" ferry', "b"])]),
        ('"The "old", ferry",b\nc,d', [(1, BAD), (2, ["c", "d"])]),
    ],
)
def test_rows_are_told_apart(text: str, rows: list[tuple[int, object]]) -> None:
    assert _read(text, width=2) == rows


@pytest.mark.parametrize(
    "text",
    [
        'a,"b\nc,d\ne,f',
        'a,"b\nc,d\ne,"f"\n',
        'a,"b" x\nc,d\ne,f',
        '"a,b\nc,d\ne,f\n',
    ],
)
def test_a_wrong_quote_costs_its_line_only(text: str) -> None:
    assert _read(text, width=2) == [(1, BAD), (2, ["c", "d"]), (3, ["e", "f"])]


def test_an_end_is_looked_for_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "_LOOK_AHEAD_CHARS", 8)
    assert _read('a,"b\nc,d\ne,f\n"', width=2) == [
        *((1, BAD), (2, ["c", "d"]), (3, ["e", "f"])),
        (4, BAD),
    ]


def test_a_row_that_is_too_long_costs_itself_only() -> None:
    text = 'a,"' + "b,\n" * 40 + '"\nc,d\n' + "e" * 101 + ",f\ng,h\n"
    rows = _read(text, width=2, max_chars=100)
    assert rows == [(1, "too_large"), (42, ["c", "d"]), (43, "too_large"), (44, ["g", "h"])]


def test_backslashes_stand_for_line_breaks_where_nothing_is_quoted() -> None:
    dialect = Dialect("\t", None, has_escapes=True)
    assert _read('a\\nb\\tc\\\\n\t\\N\t"d\n', dialect) == [(1, ["a\nb\tc\\n", None, '"d'])]


@pytest.mark.parametrize(
    "text",
    [
        '"a\n' * 100_000,
        'a,"b\n' + '""c,d\n' * 100_000,
        '"' * 200_001,
        '"a" ' * 100_000,
        '"a"' + " " * 400_000 + "b",
        '"' + '" ' * 200_000,
        "," * 4_000_000,
        '"' + "a" * (3 << 20) + '"' + "," * 4_000_000,
    ],
)
def test_no_quotes_take_time_by_the_square(text: str) -> None:
    started = time.process_time()
    _read(text, width=2)
    assert time.process_time() - started < 10
