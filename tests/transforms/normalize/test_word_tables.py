"""Tables of words are read whole, and a mistake in one is told with its place."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import feedlake.transforms
from feedlake.transforms.blocked_pages.blocked_page_words import read_reason
from feedlake.transforms.normalize.word_tables import WordTables, read_rows

EXAMPLE = """
small = "of and"
towns = '''
new york

rio de janeiro
'''
rows = [["a", "b"], ["c", "d"]]
number = 1

[nations]
FR = "french"
DE = "german"

[nested.latin]
en = "the"
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The folder of a package, `some_tables`."""
    folder = tmp_path / "some_tables"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "some_tables", raising=False)
    return folder


@pytest.fixture
def read(package):
    """Reads a table of that package."""

    def read_text(text: str) -> WordTables:
        (package / "words.toml").write_text(text, encoding="utf-8")
        return WordTables("some_tables", "words.toml")

    return read_text


def test_what_stands_in_the_file_is_read(read):
    tables = read(EXAMPLE)

    assert tables.words("small") == {"of", "and"}
    assert tables.lines("towns") == {"new york", "rio de janeiro"}
    assert tables.rows("rows", columns=2) == [("a", "b"), ("c", "d")]
    assert list(tables.texts("nations").items()) == [("FR", "french"), ("DE", "german")]
    assert tables.words("nested", "latin", "en") == {"the"}
    assert "small" in tables
    assert "large" not in tables


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda tables: tables.words("large"), "words.toml in some_tables has no large"),
        (lambda tables: tables.text("nested", "greek"), "has no nested.greek"),
        (lambda tables: tables.text("small", "part"), "has no small.part"),
        (lambda tables: tables.words("number"), "number must be a text"),
        (lambda tables: tables.texts("small"), "small must be a section"),
        (lambda tables: tables.texts("nested"), "nested.latin must be a text"),
        (lambda tables: tables.rows("small", columns=2), "small must be an array of rows"),
        (lambda tables: tables.rows("rows", columns=3), "rows needs 3 texts a row, not ['a', 'b']"),
    ],
)
def test_a_mistake_is_told_with_file_and_name(read, ask, sentence):
    tables = read(EXAMPLE)

    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the sentence is compared below
        ask(tables)

    assert sentence in str(caught.value)


def test_what_is_no_toml_is_told_with_its_line(read):
    with pytest.raises(ValueError, match=r"words.toml in some_tables is no TOML: .*line 2"):
        read("good = 1\nbad\n")


def test_rows_are_read_without_comments(package):
    (package / "words.toml").write_text("# name\tvalue\none\t1\n\ntwo\t2\n")

    assert read_rows("some_tables", "words.toml", columns=2) == [["one", "1"], ["two", "2"]]


def test_a_row_with_a_value_too_few_is_told_with_its_line(package):
    (package / "words.toml").write_text("one\t1\n# Tabs part values.\ntwo 2\n")

    with pytest.raises(ValueError, match="needs 2 values a row; line 3 has 1"):
        read_rows("some_tables", "words.toml", columns=2)


def test_a_missing_file_asks_for_another_install(read):
    read("")

    with pytest.raises(FileNotFoundError, match=r"other\.toml in some_tables is missing: install"):
        WordTables("some_tables", "other.toml")


def test_a_reason_that_does_not_exist_is_told():
    with pytest.raises(ValueError, match="robot must be one of blocked, challenge"):
        read_reason("robot")


FOLDER = Path(feedlake.transforms.__file__).parent


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.toml")), ids=lambda path: path.name)
def test_each_table_is_read_by_the_module_of_its_name(path):
    # A word list that no module reads would be edited in vain.
    modules = [other.read_text("utf-8") for other in path.parent.glob("*.py")]

    assert sum(f'"{path.name}"' in text for text in modules) == 1
    assert max(map(len, path.read_text("utf-8").splitlines())) <= 110
