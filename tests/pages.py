"""The pages of the documentation: their fenced blocks, and the commands in them, run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conftest import PROJECT

HOME = "/home/ada/feedlake"
"""Where the checkout lies, in the documents."""

PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")])
FENCE = re.compile(
    r"(?P<run><!-- run -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    text: str
    is_run: bool


def blocks_of(page: Path, language: str | None = None) -> list[Block]:
    """Returns the page's blocks in a language, or all of them."""
    found = FENCE.finditer(page.read_text(encoding="utf-8"))
    blocks = [Block(match["language"], match["text"], bool(match["run"])) for match in found]
    return [block for block in blocks if language in (None, block.language)]


@dataclass(frozen=True)
class Step:
    """A command of a page, what the page says that it prints, and what it printed."""

    command: str
    shown: str
    printed: str


def make_checkout(folder: Path) -> Path:
    """Returns a checkout in which `make run` finds this environment installed."""
    checkout = folder / "feedlake"
    shutil.copytree(PROJECT / "seeds", checkout / "seeds")
    for name in ("Makefile", "setup.py", "pyproject.toml", "models.txt"):
        shutil.copyfile(PROJECT / name, checkout / name)
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    for stamp in (".created", ".installed", ".installed-dev"):
        (checkout / ".venv" / stamp).touch()
    return checkout


def run_session(page: Path, checkout: Path) -> list[Step]:
    """Returns the page's commands, run one after the other."""
    steps = []
    path = f"{checkout / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    for block in blocks_of(page, "console"):
        assert block.is_run
        for command, shown in split_session(block.text):
            done = subprocess.run(
                ["sh", "-c", command],
                cwd=checkout,
                env={**os.environ, "PATH": path, "PYTHONWARNINGS": "", "MAKEFLAGS": ""},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, (command, done.stderr)
            assert "Warning" not in done.stderr, (command, done.stderr)
            steps.append(Step(command, shown, done.stdout.replace(str(checkout), HOME)))
    return steps


def split_session(text: str) -> Iterator[tuple[str, str]]:
    """Yields the commands, which begin with `$ ` and go on with `> `, and what they print."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        length = 1
        while length < len(lines) and lines[length].startswith("> "):
            length += 1
        command = [lines[0], *(line.removeprefix("> ") for line in lines[1:length])]
        yield "\n".join(command), "\n".join(lines[length:])


def check_shown(steps: list[Step]) -> None:
    """Asserts that each command printed what its page shows, parts left out as `…` apart."""
    for step in steps:
        printed = _without_changing_parts(step.printed)
        start = 0
        for part in re.split(r"^…\n?", _without_changing_parts(step.shown), flags=re.MULTILINE):
            found = printed.find(part.strip("\n"), start)
            assert found >= 0, f"{step.command}\nprints no more\n{part}\nbut\n{printed}"
            start = found + len(part.strip("\n"))
        if "…\n" not in step.shown + "\n":
            assert printed.strip("\n") == _without_changing_parts(step.shown).strip("\n")


def _without_changing_parts(text: str) -> str:
    text = re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{6}", "RUN", text)
    return re.sub(r"in \d+\.\d s", "in # s", text)
