from __future__ import annotations

from datetime import UTC, date, datetime

import duckdb
import pytest

from feedlake.pipeline.explore.figure import Figure, Sql, literal


@pytest.mark.parametrize(
    "value",
    [
        "it's",
        "'; DROP TABLE articles; --",
        "$day and \\ and \n",
        None,
        True,
        -3,
        0.25,
        date(2026, 3, 14),
        datetime(2026, 3, 14, 5, 6, 7, 89, UTC),
    ],
)
def test_a_value_comes_back_as_it_went_in(value):
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        [(found,)] = connection.execute(f"SELECT {literal(value)}").fetchall()

    assert found == value


def test_what_is_no_text_is_left_out_of_it():
    assert literal("a\0b\ud800c") == "'ab?c'"


def test_a_value_that_looks_like_a_placeholder_stays_a_value():
    figure = Figure("f", "F", "SELECT $one, $two")

    assert figure.filled(one="$two", two=Sql("1 + 1")) == "SELECT '$two', 1 + 1"


def test_a_list_is_for_in_and_an_empty_one_holds_nothing():
    with duckdb.connect() as connection:
        [(found, none)] = connection.execute(
            f"SELECT 'b' IN {literal(['a', 'b'])}, coalesce('b' IN {literal([])}, false)"
        ).fetchall()

    assert (found, none) == (True, False)
