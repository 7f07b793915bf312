"""`feedlake init`: the file that it writes, and the page about it."""

from __future__ import annotations

import json
import os
import re
import tomllib
from argparse import Namespace
from pathlib import Path

import pytest
from conftest import PROJECT, Outcome, read_rows

from feedlake.pipeline.cli import flags
from feedlake.pipeline.config.config_file import keys_of, read_config
from feedlake.pipeline.config.config_keys import SOURCE_KEYS
from feedlake.pipeline.config.config_template import EXAMPLES, render_template

FEED = "https://news.example/feed.xml"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def write(text: str, name: str = "feedlake.toml") -> None:
    Path(name).write_text(text, encoding="utf-8")


def read(*words: str) -> Namespace:
    return flags.read_flags(list(words))


def test_init_writes_a_file_that_parses_to_the_defaults(feedlake):
    outcome = feedlake("init")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("feedlake.toml is written; name what to read under sources")
    assert outcome.out.endswith("feedlake schedule\n")
    for command in ("ingest", "schedule"):
        found = vars(read(command, "a"))
        os.rename("feedlake.toml", "aside")
        assert found == vars(read(command, "a", "--lake", "lake"))
        os.rename("aside", "feedlake.toml")


def test_what_init_writes_names_every_key_with_its_default():
    text = render_template(flags.commands_of())
    head, _, table = text.partition("#[[source]]")
    settings = re.sub(r"^#(?=\S)", "", head, flags=re.MULTILINE)
    kept = "".join(
        f"{line}\n" for line in settings.splitlines() if line.partition(" =")[0] not in EXAMPLES
    )
    write(kept)
    found = {command: vars(read(command, "a")) for command in ("ingest", "schedule")}
    os.remove("feedlake.toml")

    for command, parser in flags.commands_of().items():
        if command in ("ingest", "schedule"):
            names = {option[2:] for action in parser._actions for option in action.option_strings}
            assert names - {"help", "h", "config", ""} <= set(tomllib.loads(settings))
            assert found[command] == vars(read(command, "a", "--lake", "lake"))
    assert set(tomllib.loads(settings)) == set(keys_of(flags.commands_of()))
    assert set(EXAMPLES) == {
        key
        for key, action in keys_of(flags.commands_of()).items()
        if action.default is None and key not in ("sources", "lake")
    }
    write(settings)
    assert read("schedule", "a").runs == int(EXAMPLES["runs"])
    write(re.sub(r"^#(?=\S)", "", "#[[source]]" + table, flags=re.MULTILINE))
    assert list(read("schedule", "a", "--lake", "l").source_options) == [FEED]
    assert len(re.findall(r"^#[a-z-]+ = ", table, re.MULTILINE)) == len(SOURCE_KEYS)


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


def test_page_about_the_file_has_a_row_for_every_key():
    page = (PROJECT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)
    top, table = rows[: -len(SOURCE_KEYS)], rows[-len(SOURCE_KEYS) :]

    assert sorted(top) == sorted(keys_of(flags.commands_of()))
    assert table == list(SOURCE_KEYS)
    for block in re.findall(r"^```toml\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        write(block)
        read_config(None, commands=flags.commands_of())
