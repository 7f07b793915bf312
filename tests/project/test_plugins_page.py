"""The page about plugins: its code runs, and its package is the example."""

from __future__ import annotations

import tomllib

import pytest
from conftest import PROJECT
from pages import blocks_of

import feedlake
from feedlake.plugins import Enricher, Reader, Subject
from feedlake.transforms.plugins.run_plugins import as_plain

PAGE = PROJECT / "docs" / "plugins.md"


def test_package_of_the_page_is_the_example():
    [block] = blocks_of(PAGE, "toml")
    shown = tomllib.loads(block.text)["project"]
    example = PROJECT / "examples" / "feedlake-voices" / "pyproject.toml"
    there = tomllib.loads(example.read_text(encoding="utf-8"))["project"]
    assert shown["entry-points"] == there["entry-points"]
    assert {name: there[name] for name in shown} == shown


def test_code_of_the_page_does_what_it_says(capsys):
    names: dict[str, object] = {}
    blocks = blocks_of(PAGE, "python")
    assert len(blocks) == 3
    for block in blocks:
        exec(compile(block.text, "plugins.md", "exec"), names)
    questions, notes = names["QUESTIONS"], names["NOTES"]
    assert isinstance(questions, Enricher)
    subject = Subject(None, text="Who? Me?", declared_language="en", language="en")
    found = questions.run(subject)
    assert found is not None
    assert as_plain(found, questions) == {"questions": 2}
    assert isinstance(notes, Reader)
    assert [*notes.read(b"One\ntext\n%%\nTwo\nmore\n")] == [
        {"title": "One", "text": "text"},
        {"title": "Two", "text": "more\n"},
    ]
    tell = names["tell"]
    assert callable(tell)
    tell(feedlake.Account("lake", sources=1, unread_sources=1))
    assert capsys.readouterr().out == "nothing came in\n"


@pytest.mark.parametrize("word", ["x_questions", "reader_failed", "is_default", "is_silent_zero"])
def test_page_speaks_of_what_there_is(word):
    assert word in PAGE.read_text(encoding="utf-8")
