"""`feedlake init`: the file that it writes, and the page about it."""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path

import pytest
from conftest import PROJECT, Outcome, read_rows

from feedlake.pipeline.cli.command_line import Call, read_command_line
from feedlake.pipeline.config.config_template import render_template
from feedlake.pipeline.options.option_table import FILE_OPTIONS, SOURCE_OPTIONS

FEED = "https://news.example/feed.xml"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def write(text: str, name: str = "feedlake.toml") -> None:
    Path(name).write_text(text, encoding="utf-8")


def read(*words: str) -> Call:
    return read_command_line(list(words))


def test_init_writes_a_file_that_parses_to_the_defaults(feedlake):
    outcome = feedlake("init")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("feedlake.toml is written. List what to read under sources")
    assert outcome.out.endswith("feedlake schedule\n")
    for command in ("ingest", "schedule"):
        found = read(command, "a")
        os.rename("feedlake.toml", "aside")
        assert found == read(command, "a", "--lake", "lake")
        os.rename("aside", "feedlake.toml")


def test_what_init_writes_names_every_key_with_its_default_or_an_example():
    head, _, table = render_template().partition("#[[source]]")
    settings = re.sub(r"^#(?=\S)", "", head, flags=re.MULTILINE)
    assert list(tomllib.loads(settings)) == list(FILE_OPTIONS)

    examples = [name for name, option in FILE_OPTIONS.items() if option.default is None]
    of_defaults = re.sub(rf"^(?:{'|'.join(examples)}) = .*$", "", settings, flags=re.MULTILINE)
    for command in ("ingest", "schedule"):
        write(of_defaults)
        found = read(command, "a", "--lake", "lake")
        os.remove("feedlake.toml")
        assert found == read(command, "a", "--lake", "lake")
        assert set(found.values) - {"config"} <= set(FILE_OPTIONS)

    write(settings)
    assert read("schedule", "a").values["runs"] == int(FILE_OPTIONS["runs"].example)
    write(re.sub(r"^#(?=\S)", "", "#[[source]]" + table, flags=re.MULTILINE))
    assert list(read("schedule", "a", "--lake", "l").sources) == [FEED]
    assert re.findall(r"^#([a-z-]+) = ", table, re.MULTILINE) == list(SOURCE_OPTIONS)


def test_init_overwrites_nothing(feedlake):
    write("lake = 'mine'")
    os.symlink("nowhere", "link.toml")

    for words in ([], ["--config", "link.toml"], ["--config", "."]):
        outcome = feedlake("init", *words)
        assert (outcome.code, outcome.out) == (2, "")
        assert "is there already; nothing was written" in outcome.err
    assert Path("feedlake.toml").read_text() == "lake = 'mine'"
    assert not os.path.exists("nowhere")


def test_init_says_what_is_wrong_with_the_place(feedlake):
    outcome = feedlake("init", "--config", "no/such.toml")

    assert outcome == Outcome(
        2, "", "feedlake: no/such.toml: cannot be written: No such file or directory\n"
    )


def test_init_names_the_file_that_it_was_told_to_write(feedlake):
    outcome = feedlake("init", "--config", "my lake.toml")

    assert "feedlake schedule --config 'my lake.toml'\n" in outcome.out
    assert Path("my lake.toml").exists()


def test_file_that_init_wrote_works_once_a_source_is_named(feedlake, story):
    feedlake("init")
    text = Path("feedlake.toml").read_text(encoding="utf-8")
    write(text.replace('# "/srv/news"', json.dumps(str(story))))

    assert feedlake("ingest", "--quiet") == Outcome(0, "", "")
    assert len(read_rows(Path("lake"), "articles")) == 1


def test_examples_of_the_page_about_the_file_are_read():
    page = (PROJECT / "docs" / "configuration.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)

    assert len(blocks) >= 2
    for block in blocks:
        write(block)
        assert read("schedule").sources
