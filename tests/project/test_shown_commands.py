"""Commands that pages show without their output: each can be given, and those on a lake do work."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROJECT, run_command
from pages import PAGES, blocks_of, split_session

from feedlake.pipeline.cli.command_line import read_command_line
from feedlake.pipeline.options.option_table import OPTIONS

SHELLS = ("sh", "console", "ini", "python", "dockerfile", "")
ON_A_LAKE = (
    "amend",
    "compact",
    "explain",
    "export",
    "query",
    "remove",
    "report",
    "retain",
    "search",
)
"""What needs no network, and no second for each page or text."""
NOT_IN_THE_SAMPLES = ("published_at < '2020-01-01'", "news/ferry.txt")


def commands_of(text: str, language: str) -> Iterator[list[str]]:
    """Yields the words of each `feedlake …` that a block gives to a shell."""
    if language == "console":
        text = "\n".join(command for command, _ in split_session(text))
    elif language != "sh":
        text = "\n".join(_IN_OTHER_FILES.findall(text))
    for command in _ENDS.split(_QUOTED.sub(_without_ends, text.replace("\\\n", " "))):
        words = shlex.split(command.translate(_ENDS_AGAIN), comments=True)
        if "feedlake" in words:
            yield words[words.index("feedlake") + 1 :]


_IN_OTHER_FILES = re.compile(r"(?:/bin/|\"|^|\*  )(feedlake [a-z][^\"\n]*)", re.MULTILINE)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|(?<=\s)#.*")
_ENDS = re.compile(r"[;|&<>\n]+")
_ENDS_WITHIN = str.maketrans(";|&<>\n", "\ue000\ue001\ue002\ue003\ue004\ue005")
_ENDS_AGAIN = {after: before for before, after in _ENDS_WITHIN.items()}


def _without_ends(found: re.Match[str]) -> str:
    """What ends no command within quotes, nor in a comment."""
    return "" if found[0].startswith("#") else found[0].translate(_ENDS_WITHIN)


SHOWN = [
    (page, words)
    for page in PAGES
    if page.name != "CHANGELOG.md"
    for block in blocks_of(page)
    if block.language in SHELLS
    for words in commands_of(block.text, block.language)
]


def test_pages_show_commands():
    assert len(SHOWN) > 100
    assert {page.name for page, _ in SHOWN} >= {"README.md", "scheduling.md", "removal.md"}


@pytest.mark.parametrize(
    ("page", "words"), SHOWN, ids=[f"{page.stem}-{' '.join(words)[:60]}" for page, words in SHOWN]
)
def test_command_on_a_page_can_be_given(page: Path, words: list[str], tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for place in range(len(words)):
        if words[place - 1] == "--config":
            (tmp_path / "feedlake.toml").write_text('lake = "lake"\nsources = ["feeds.opml"]\n')
            words = [*words[:place], str(tmp_path / "feedlake.toml"), *words[place + 1 :]]
    if words[0] == "init" or "--version" in words or "--help" in words:
        return
    if not {"--lake", "--config"} & set(words):
        (tmp_path / "feedlake.toml").write_text('lake = "lake"\nsources = ["feeds.opml"]\n')

    read_command_line(words)


@pytest.mark.parametrize("name", ["search", "removal", "report", "operations"])
def test_commands_of_a_page_work_on_the_lake_of_the_samples(name, seed_lake, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(PROJECT / "seeds", "seeds")
    given = 0
    for place, block in enumerate(blocks_of(PROJECT / "docs" / f"{name}.md", "sh")):
        lake = tmp_path / f"lake-{place}"
        shutil.copytree(seed_lake, lake)
        for words in commands_of(block.text, "sh"):
            if words[0] not in ON_A_LAKE or "--quarantine" in words:
                continue
            words = [str(lake) if word in ("lake", "/srv/lake") else word for word in words]
            outcome = run_command(*words)
            is_elsewhere = any(word in " ".join(words) for word in NOT_IN_THE_SAMPLES)
            assert outcome.code == 0 or (outcome.code == 3 and is_elsewhere), (words, outcome)
            given += 1
    assert given >= 3


def test_operations_names_all_commands_that_write_and_all_that_read():
    page = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
    writing, reading = page.split("\n## One writer\n")[1].split("\n## ")[0].split("Commands that")
    waits = next(option for option in OPTIONS if option.name == "wait")
    lake = next(option for option in OPTIONS if option.name == "lake")
    writers = {*waits.section.commands, *waits.also}

    assert set(re.findall(r"`([a-z]+)`", writing)) == writers
    readers = {*lake.section.commands, *lake.also} - writers - {"completion", "init", "plugins"}
    assert readers <= set(re.findall(r"`([a-z]+)`", reading))
