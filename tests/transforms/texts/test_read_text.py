"""What reading plain text promises."""

import io
from datetime import UTC, datetime

import pytest

from feedlake.transforms.normalize.streams import TooLargeError
from feedlake.transforms.records.documents import Document, Rejection
from feedlake.transforms.texts.read_text import read_text

DAY = datetime(2020, 1, 2, tzinfo=UTC)
LINES = "date 2020-01-02 The ferry sails.\ndate 2020-01-03\tCafé gulls.\n"


def _read(body: bytes | str, mode: str = "auto", max_bytes: int = 1 << 20) -> list[object]:
    """Returns the day and text of each article, or the reason of each rejection, by record."""
    stream = io.BytesIO(body.encode() if isinstance(body, str) else body)
    found: list[object] = []
    for item in read_text(stream, source="a.txt", mode=mode, max_bytes=max_bytes):
        assert item.source == "a.txt"
        assert item.source_kind == "text"
        if isinstance(item, Rejection):
            found.append((item.source_record, item.reason))
        else:
            assert (item.is_html, item.text_source, item.date_source) == (False, "text", "seed")
            assert item.title is None
            found.append((item.source_record, item.published_at, item.body))
    return found


@pytest.mark.parametrize(
    ("text", "day", "body"),
    [
        ("date 2020-01-02\nThe ferry\n\nsails.\n", DAY, "The ferry\n\nsails.\n"),
        ("  \n date 2020-01-02 The ferry", DAY, "The ferry"),
        ("date 2020-01-02\r\nThe ferry\r\nsails", DAY, "The ferry\r\nsails"),
        ("date 2020-01-02\rThe ferry", DAY, "The ferry"),
        ("date 2020-01-02", DAY, ""),
        ("date 2019-13-45\nThe ferry", None, "date 2019-13-45\nThe ferry"),
        ("date 2019-02-29 The ferry", None, "date 2019-02-29 The ferry"),
        ("date palms grow in the south", None, "date palms grow in the south"),
        ("date 2020-01-02nd of the month", None, "date 2020-01-02nd of the month"),
        ("The ferry\ndate 2020-01-02", None, "The ferry\ndate 2020-01-02"),
        ("", None, ""),
        ("\x00The\x00 ferry sails at nine", None, "\x00The\x00 ferry sails at nine"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_one_article_with_the_date_of_its_header(
    text: str, day: datetime | None, body: str, encoding: str
) -> None:
    assert _read(text.encode(encoding)) == [(None, day, body)]


def test_the_header_of_utf16_without_a_mark_is_found() -> None:
    assert _read("date 2020-01-02\nThe ferry".encode("utf-16-be")) == [(None, DAY, "The ferry")]


def test_a_long_text_without_a_line_end_is_one_article() -> None:
    assert _read("word " * 1_000_000, max_bytes=10 << 20) == [(None, None, "word " * 1_000_000)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("max_bytes", [1 << 20, 150])
def test_a_file_whose_lines_all_have_the_header_is_many_articles(
    encoding: str, end: str, max_bytes: int
) -> None:
    text = (LINES + "\n").replace("\n", end) * 3
    records = [
        record
        for first in (1, 4, 7)
        for record in (
            (first, DAY, "The ferry sails."),
            (first + 1, DAY.replace(day=3), "Café gulls."),
        )
    ]
    assert _read(text.encode(encoding), max_bytes=max_bytes) == records


@pytest.mark.parametrize(
    "text",
    [
        "date 2020-01-02 The ferry sails.\n",
        "date 2020-01-02 The ferry sails.\nThe gulls.\n",
        "date 2020-01-02 The ferry sails.\ndate 2020-13-02 The gulls.\n",
        "date 2020-01-02\n\nThe ferry sails.\n",
    ],
)
def test_one_line_without_the_header_makes_it_one_article(text: str) -> None:
    assert [item[0] for item in _read(text)] == [None]  # type: ignore[index]


def test_the_operator_can_say_what_the_lines_are() -> None:
    assert _read("One.\n\ndate 2020-01-02 Two.", "lines") == [(1, None, "One."), (3, DAY, "Two.")]
    assert _read("", "lines") == []
    assert _read(LINES, "whole") == [(None, DAY, LINES.removeprefix("date 2020-01-02 "))]


@pytest.mark.parametrize("mode", ["auto", "lines"])
def test_of_many_articles_only_the_too_large_one_is_lost(mode: str) -> None:
    text = f"date 2020-01-02 One.\ndate 2020-01-02 {'x' * 200_000}\ndate 2020-01-02 Three."
    expected = [(1, DAY, "One."), (2, "too_large"), (3, DAY, "Three.")]
    assert _read(text, mode, max_bytes=100_000) == expected


@pytest.mark.parametrize("mode", ["auto", "whole"])
@pytest.mark.parametrize(("size", "fits"), [(100, True), (101, False)])
def test_an_article_above_the_limit_is_not_read(mode: str, size: int, fits: bool) -> None:
    if fits:
        assert _read("x" * size, mode, max_bytes=100) == [(None, None, "x" * size)]
    else:
        with pytest.raises(TooLargeError):
            _read("x" * size, mode, max_bytes=100)


def test_an_article_is_a_document() -> None:
    (item,) = read_text(io.BytesIO(b"Words"), source="s", mode="auto", max_bytes=9)
    assert isinstance(item, Document)
