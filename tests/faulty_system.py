"""A machine that fails on purpose, commands that run on it, and what must be true afterwards."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from forks import Ended, Forks, forking

SHIM = Path(__file__).with_name("shim.c")

WORDS = "ferry harbour clock tide bell market cheese rain school river bridge tram choir".split()

COMMANDS = ("ingest", "schedule", "compact", "enrich")

DOCUMENTED = (0, 1, 2, 3, 4)


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library to preload; skips where there is no C compiler, or none for Linux."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no cc here: calls of the system can't be made to fail")
    library = tmp_path_factory.mktemp("shim") / "shim.so"
    built = subprocess.run(
        [compiler, "-O1", "-shared", "-fPIC", "-o", library, SHIM, "-ldl", "-lpthread"],
        capture_output=True,
        text=True,
    )
    if built.returncode:
        pytest.skip(f"cc can't build what makes calls fail: {built.stderr.splitlines()[-1]}")
    return library


@pytest.fixture(scope="module")
def faulty_forks(shim: Path) -> Iterator[Forks]:
    """Ready-made runs whose calls of the system can be made to fail."""
    with forking({"LD_PRELOAD": str(shim)}) as server:
        yield server


def write_stories(folder: Path, first: int, count: int = 3) -> None:
    """Writes a file of new stories, a copy under another address, and a line cut off."""
    folder.mkdir(exist_ok=True)
    numbers = [*range(first, first + count)]
    rows = [
        {"url": f"https://a.example/{n}", "text": story(n), "date": f"2020-03-{1 + n % 28:02}"}
        for n in numbers
    ]
    rows.append({**rows[0], "url": f"https://b.example/{first}"})
    lines = [*map(json.dumps, rows), '{"cut off']
    (folder / f"from-{first:03}.jsonl").write_text("\n".join(lines), encoding="utf-8")


def story(number: int) -> str:
    words = random.Random(number)
    return " ".join(words.choice(WORDS) + str(words.randrange(99)) for _ in range(60))


@dataclass(frozen=True)
class Task:
    """A command, the lake it finds, and the lake that it leaves if nothing disturbs it.

    Attributes:
        name: Of the command.
        words: Its words, but for the lake.
        before: A lake to copy; None if it makes one.
        undisturbed: What is in the lake afterwards.
        changes: On disk that it makes.
    """

    name: str
    words: tuple[str, ...]
    before: Path | None
    undisturbed: dict[str, list[dict[str, Any]]]
    changes: int

    def lay_out(self, lake: Path) -> None:
        """Puts the lake that the command finds into a folder."""
        shutil.rmtree(lake, ignore_errors=True)
        if self.before:
            shutil.copytree(self.before, lake)


@pytest.fixture(scope="module")
def tasks(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Task]:
    """Each command that writes, with its lake."""
    from conftest import content_of, run_command  # It imports this module.

    home = tmp_path_factory.mktemp("tasks").resolve()
    sources, before = home / "sources", home / "before"
    quick = ("--quiet", "--enrich", "none")  # Enrichers take a second to import.
    for run in range(3):
        write_stories(sources, run * 10)
        assert run_command("ingest", sources, "--lake", before, *quick).code == 0
    write_stories(sources, 30)
    words = {
        "ingest": ("ingest", str(sources), *quick),
        "schedule": ("schedule", str(sources), *quick, "--runs", "1"),
        "compact": ("compact",),
        "enrich": ("enrich", "--all", "--quiet", "--workers", "1"),
    }
    found = {}
    for name in COMMANDS:
        lake = home / f"after-{name}"
        shutil.copytree(before, lake)
        ended = forks.end(*words[name], "--lake", lake, said=home / "said")
        assert ended.code == 0, ended.said
        found[name] = Task(name, words[name], before, content_of(lake), ended.changes)
    return found


def run_in_shell(*words: object, environment: Mapping[str, str | None], limits: str = "") -> Ended:
    """Runs feedlake as a process of its own.

    Args:
        words: The command line.
        environment: Variables to set; None: to leave out.
        limits: Commands of the shell before it, such as `ulimit -n 40`.
    """
    variables = {**os.environ, **environment}
    done = subprocess.run(
        ["sh", "-c", f'{limits}\nexec "$@"', "sh", sys.executable, "-m", "feedlake", *words],
        env={name: value for name, value in variables.items() if value is not None},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=300,
    )
    return Ended(done.returncode, changes=0, calls=0, said=done.stdout)


def is_explained(ended: Ended) -> bool:
    """Whether a run that was not killed ended as documented, and said why in a sentence."""
    if ended.code in (0, 3):
        return "Traceback" not in ended.said
    last = ended.said.rstrip().rpartition("\n")[2]
    is_sentence = re.match(r"(feedlake|.* run \d+: failed): \S.{8,}", last) is not None
    is_blamed = "Traceback" in ended.said or "a bug in feedlake" in ended.said
    return ended.code in DOCUMENTED and is_sentence and not is_blamed


def assert_survived(task: Task, lake: Path, forks: Forks, about: str = "") -> None:
    """Asserts that the lake is sound, and that the command given again makes what it would have."""
    from conftest import content_of, run_command  # It imports this module.

    if (lake / "_journal").is_dir():
        verified = run_command("compact", "--verify", "--lake", lake)
        assert verified.code == 0, f"{about}\n{verified.out}{verified.err}"
    again = forks.end(*task.words, "--lake", lake, said=lake.parent / "said-again")
    assert again.code == 0, f"{about}\n{again.said}"
    assert content_of(lake) == task.undisturbed, about
    verified = run_command("compact", "--verify", "--lake", lake)
    assert verified.out == "the lake is sound\n"
    assert not list(lake.glob("_staging/*"))
