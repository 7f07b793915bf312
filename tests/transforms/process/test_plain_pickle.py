"""What a child answers is data: nothing that it names is called, unless it is a record."""

import enum
import os
import pickle
from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from feedlake.transforms.process import plain_pickle
from feedlake.transforms.process.sandbox import Failure, Limits, Sandbox
from feedlake.transforms.records.documents import Document

DOCUMENT = Document(
    source="a.html", source_kind="html", body=b"<p>", is_html=True, text_source="page"
)

PLAIN = [
    None,
    "text",
    b"bytes",
    1.5,
    (1, [2, {"a": {3}}], frozenset([4])),
    datetime(2026, 11, 5, 12, tzinfo=UTC),
    datetime(2026, 11, 5, tzinfo=timezone(timedelta(hours=-3))),
    date(1923, 1, 7),
    Decimal("1.10"),
    Counter("aab"),
    DOCUMENT,
    Failure("memory", "more than 4 MiB"),
]


class Calls:
    """Pickles to a call."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


class Place(enum.Enum):
    HERE = 1


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: type(value).__name__)
def test_records_and_plain_values_come_back(value):
    assert plain_pickle.loads(pickle.dumps(value, pickle.HIGHEST_PROTOCOL)) == value


def test_nothing_that_an_answer_names_is_called(tmp_path):
    trace = str(tmp_path / "trace")
    calls = [
        Calls(os.mkdir, trace),
        Calls(eval, f"__import__('os').mkdir({trace!r})"),
        Calls(getattr, 1, "real"),
        Calls(open, trace, "w"),
        Calls(pickle.loads, pickle.dumps(Calls(os.mkdir, trace))),
        Calls(Sandbox),
        Place.HERE,
    ]
    for call in calls:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            content = pickle.dumps(call, protocol)
            with pytest.raises(pickle.UnpicklingError, match="an answer may not hold"):
                plain_pickle.loads(content)
    assert list(tmp_path.iterdir()) == []


NAMED = [
    "cposix\nsystem\n.",
    "cfeedlake.transforms.process.sandbox\nos\n.",
    "cfeedlake.transforms.process.sandbox\nSandbox\n.",
    "cfeedlake.transforms.process.sandbox\nos.system\n.",
    "cfeedlake.__main__\nmain\n.",
    "cfeedlake.pipeline.cli.main\nmain\n.",
    "cfeedlake.transforms.nowhere\nThing\n.",
    "c../../a\nThing\n.",
]


@pytest.mark.parametrize("name", NAMED)
def test_nothing_but_records_has_a_name(name):
    with pytest.raises(pickle.UnpicklingError, match="an answer may not hold"):
        plain_pickle.loads(name.encode())


def answer_with_a_call(path: str) -> object:
    return Calls(os.mkdir, path)


def test_a_child_that_answers_with_a_call_is_a_crash_and_the_next_task_is_answered(tmp_path):
    sandbox: Sandbox[int] = Sandbox(workers=1, limits=Limits())
    sandbox.submit(1, answer_with_a_call, str(tmp_path / "made"))
    sandbox.submit(2, str, "next")
    answers = dict(sandbox.drain())
    sandbox.close()

    assert answers == {1: Failure("crash", "an answer may not hold posix.mkdir"), 2: "next"}
    assert list(tmp_path.iterdir()) == []
