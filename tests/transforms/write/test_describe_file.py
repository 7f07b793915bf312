"""What the journal is told of a file: least and greatest values, its columns, its keys."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa

from feedlake.transforms.write.describe_file import describe
from feedlake.transforms.write.key_filter import KeyQuestion

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


def rows(**columns: object) -> pa.Table:
    kinds = {"published_at": pa.timestamp("us", tz="UTC"), "date": pa.date32()}
    return pa.table(
        {name: pa.array(values, kinds.get(name, pa.string())) for name, values in columns.items()}
    )


def test_ranges_leave_nulls_out_and_have_days_of_the_path():
    data = rows(
        article_id=["b", "a"], published_at=[None, NOON], fetched_at=[None, None], run_id=["r", "r"]
    )

    facts = describe(data, in_path={"date": "2024-03-01", "site": "x"}, schema_version=3)

    assert facts.schema_version == 3
    assert facts.ranges == (
        ("article_id", "a", "b"),
        ("date", "2024-03-01", "2024-03-01"),
        ("run_id", "r", "r"),
        ("published_at", 1709294400000000, 1709294400000000),
    )


def test_days_of_rows_are_a_range():
    data = rows(date=[date(2024, 3, 2), date(2024, 2, 29)])

    facts = describe(data, in_path={"month": "2024-03"}, schema_version=3)

    assert facts.ranges == (("date", "2024-02-29", "2024-03-02"),)


def test_keys_are_ids_and_addresses():
    data = rows(article_id=["a"], url=["https://b.example/"], canonical_url=[None], title=["c"])

    keys = describe(data, in_path={}, schema_version=3).keys

    assert all(KeyQuestion(key).may_be_in(keys) for key in ("a", "https://b.example/"))
    assert not KeyQuestion("c").may_be_in(keys)
    assert describe(data.drop_columns(["url"]), in_path={}, schema_version=3).keys == ""


def test_columns_are_the_same_in_whatever_order_and_differ_with_their_types():
    one, other, third = rows(a=["x"], b=["y"]), rows(b=["z"], a=["x"]), rows(a=["x"], date=[None])

    columns = [describe(data, in_path={}, schema_version=3).columns for data in (one, other, third)]

    assert columns[0] == columns[1] != columns[2]
