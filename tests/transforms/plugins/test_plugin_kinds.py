"""What a plugin may be, and what is said of one that is something else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest

from feedlake.transforms.plugins.plugin_kinds import Enricher, PluginFault, Reader
from feedlake.transforms.plugins.run_plugins import as_plain
from feedlake.transforms.records.subject import Subject

NUMBER = pa.field("number", pa.int32())


def nothing(_: Subject) -> None:
    return None


def enricher(*fields: Any, version: Any = 1, run: Any = nothing) -> Enricher:
    return Enricher(version, fields=tuple(fields), run=run)


def reader(**given: Any) -> Reader:
    return Reader(1, read=lambda content: [], **given)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: enricher(), "fields: there are none"),
        (lambda: enricher("number"), "fields: 'number' is no pyarrow.Field"),
        (lambda: enricher(NUMBER, NUMBER), "fields: a name is there twice"),
        (lambda: enricher(pa.field("Number", pa.int32())), "field 'Number': must be lower-case"),
        (lambda: enricher(pa.field("when", pa.timestamp("ns"))), r"field when: timestamp\[ns\] is"),
        (lambda: enricher(pa.field("m", pa.map_(pa.string(), pa.string()))), "field m: map<"),
        (lambda: enricher(pa.field("l", pa.list_(pa.duration("s")))), "field l: duration"),
        (lambda: enricher(NUMBER, version="1, 2"), "version '1, 2': must be a number"),
        (lambda: enricher(NUMBER, version=""), "version '': must be a number"),
        (lambda: enricher(NUMBER, run=None), "run: must be a function"),
        (lambda: reader(), "neither magic nor roots nor suffixes"),
        (lambda: reader(suffixes=("ext",)), "suffixes: each must begin with a dot"),
        (lambda: reader(suffixes=".ext"), "suffixes: must be a tuple of str"),
        (lambda: reader(magic=("text",)), "magic: must be a tuple of bytes"),
        (lambda: reader(magic=(b"",)), "magic: one of them is empty"),
        (lambda: Reader(1, read=3, roots=("a",)), "read: must be a function"),  # type: ignore[arg-type]
    ],
)
def test_what_is_none_says_why(make, sentence):
    with pytest.raises(PluginFault, match=sentence):
        make()


def test_column_is_a_struct_whose_fields_may_be_null():
    fields = (
        pa.field("number", pa.int32(), nullable=False, metadata={"meaning": "A number."}),
        pa.field("names", pa.list_(pa.struct([pa.field("name", pa.string())]))),
    )
    assert enricher(*fields).type == pa.struct(
        [
            pa.field("number", pa.int32()),
            pa.field("names", pa.list_(pa.struct([pa.field("name", pa.string())]))),
        ]
    )


def test_values_become_plain_ones_of_their_fields_types():
    pytest.importorskip("numpy")
    import numpy as np

    several = enricher(
        NUMBER,
        pa.field("share", pa.float32()),
        pa.field("at", pa.timestamp("us", tz="UTC")),
        pa.field("days", pa.list_(pa.date32())),
        pa.field("missing", pa.string()),
    )
    east = timezone(timedelta(hours=2))
    plain = as_plain(
        {
            "number": np.int64(3),
            "share": np.float64(0.5),
            "at": datetime(2026, 1, 2, 3, tzinfo=east),
            "days": [date(2026, 1, 2)],
        },
        several,
    )
    assert plain == {
        "number": 3,
        "share": 0.5,
        "at": datetime(2026, 1, 2, 1, tzinfo=UTC),
        "days": [date(2026, 1, 2)],
        "missing": None,
    }
    assert type(plain["number"]) is int
    assert plain["at"].tzinfo is UTC


@pytest.mark.parametrize(
    "found", [3, "text", {"other": 1}, {"number": "three"}, {"number": 1 << 40}, [("number", 1)]]
)
def test_value_that_does_not_fit_is_refused(found):
    with pytest.raises((PluginFault, pa.ArrowException, TypeError, ValueError, OverflowError)):
        as_plain(found, enricher(NUMBER))
