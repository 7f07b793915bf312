"""Commands that only read, without room for what they write: a sentence and exit code 1."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
from collections.abc import Iterator

import pytest
from conftest import run_command


@contextlib.contextmanager
def files_of_at_most(size_bytes: int) -> Iterator[None]:
    """Files of this process can't become larger, as on a disk that is nearly full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("query 'SELECT * FROM articles' --format csv --output out", "File too large"),
        ("search ferry", "the search index cannot be written: File too large"),
        ("export --output out", "File too large"),
        ("report --output out", "--output out: cannot be written: File too large"),
    ],
    ids=["query", "search", "export", "report"],
)
def test_command_without_room_says_so_and_leaves_nothing(
    words, said, seed_lake, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(seed_lake, "lake")
    command, *more = words.replace("'SELECT * FROM articles'", "SQL").split()
    more = ["SELECT * FROM articles" if word == "SQL" else word for word in more]

    with files_of_at_most(8_000):
        outcome = run_command(command, *more, "--lake", "lake")

    assert (outcome.code, outcome.out) == (1, ""), outcome
    assert said in outcome.err
    assert "bug in feedlake" not in outcome.err
    assert os.listdir() == ["lake"]
    assert run_command(command, *more, "--lake", "lake").code == 0


def test_output_at_a_place_that_is_not_there_is_the_operators_mistake(seed_lake, tmp_path):
    outcome = run_command("query", "SELECT 1", "--lake", seed_lake, "--output", tmp_path / "no/x")

    assert outcome.code == 2
    assert "cannot be written: No such file or directory" in outcome.err
