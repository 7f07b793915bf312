"""The line of progress says what is done, and fits the terminal."""

import pytest

from feedlake.pipeline.terminal.progress_line import progress_line
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.tally import Tally


@pytest.fixture
def tally():
    tally = process_wide(Tally)
    tally.reset()
    yield tally
    tally.reset()


def test_the_line_names_the_phase_and_what_was_counted(tally):
    tally.enter("reading")
    for name, count in {"sources": 3, "sources to read": 28, "documents": 1_200}.items():
        tally.count(name, count)
    first = progress_line(10.0)
    tally.count("chunks", 2)
    tally.count("article", 900)
    tally.enter("storing")

    assert first == "reading: 3 of 28 sources, 1,200 documents; 120/s, 0:00:10"
    assert progress_line(10.0) == (
        "chunk 2, storing: 3 of 28 sources, 1,200 documents, 900 articles; 120/s, 0:00:10"
    )


def test_an_index_that_is_built_is_counted_in_articles(tally):
    tally.enter("indexing")
    tally.count("articles to index", 1_000_000)
    tally.count("articles indexed", 12_000)

    assert progress_line(6.0) == "indexing: 12,000 of 1,000,000 articles; 2,000/s, 0:00:06"


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (80, "storing: 3 of 28 sources, 1,200 documents, 900 articles; 120/s, 0:00:10"),
        (66, "storing: 3 of 28 sources, 1,200 documents, 900 articles; 0:00:10"),
        (60, "storing: 3 of 28 sources, 1,200 documents; 0:00:10"),
        (34, "storing: 3 of 28 sources; 0:00:10"),
        (30, "storing: 3 of 28 sources"),
        (20, "storing: 0:00:10"),
        (10, "storing"),
        (4, "sto…"),
        (1, "…"),
        (0, ""),
    ],
)
def test_what_says_least_is_left_out_where_there_is_no_room(tally, width, line):
    tally.enter("storing")
    for name, count in {"sources": 3, "sources to read": 28, "documents": 1_200}.items():
        tally.count(name, count)
    tally.count("article", 900)

    assert progress_line(10.0, width=width) == line


@pytest.mark.parametrize("width", range(30))
def test_characters_that_take_two_columns_are_counted_as_two(tally, width):
    tally.enter("索引を作成しています")

    line = progress_line(1.0, width=width)
    assert sum(1 if character.isascii() or character == "…" else 2 for character in line) <= width
