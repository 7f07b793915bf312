"""Rows of files with different columns of plugins, as one table."""

from __future__ import annotations

import pyarrow as pa

from feedlake.pipeline.upkeep.unite_tables import unite


def table(number: int, kind: pa.DataType | None = None, value: object = None) -> pa.Table:
    columns = {"number": pa.array([number])}
    if kind is not None:
        columns["x_mood"] = pa.array([value], pa.struct(kind))
    return pa.table(columns)


SHORT = [("score", pa.int32())]
LONG = [("score", pa.int32()), ("word", pa.string())]
TEXT = [("score", pa.string())]
LISTS = [("score", pa.list_(pa.int32()))]


def test_columns_that_parts_lack_are_null_there():
    united = unite([table(1), table(2, SHORT, {"score": 7}), table(3, LONG, None)])
    assert united.to_pylist() == [
        {"number": 1, "x_mood": None},
        {"number": 2, "x_mood": {"score": 7, "word": None}},
        {"number": 3, "x_mood": None},
    ]


def test_field_of_several_types_becomes_text_and_no_value_is_dropped():
    parts = [
        table(1, SHORT, {"score": 7}),
        table(2, TEXT, {"score": "high"}),
        table(3, LONG, {"score": None, "word": "w"}),
        table(4, LISTS, {"score": [1, 2]}),
        table(5, SHORT, None),
    ]
    assert [row["x_mood"] for row in unite(parts).to_pylist()] == [
        {"score": "7", "word": None},
        {"score": "high", "word": None},
        {"score": None, "word": "w"},
        {"score": "[1, 2]", "word": None},
        None,
    ]
