"""Puts the faults of `faults.toml` into a copy of the code, and says which ones a test notices.

`make faults` tries all of them, `make faults ONLY=summary` those of which this word is said.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

_COPIED = ("feedlake", "pipeline", "seeds", "tests", "transforms", "pyproject.toml")
_TESTS_FAILED = 1  # What pytest exits with then; if it could run none, with another number.


@dataclass(frozen=True)
class Fault:
    """One fault, and the test that must notice it.

    Attributes:
        does: What the faulty code does.
        file: The file to change, below the project.
        right: Text that the file has exactly once.
        wrong: What to put in its place.
        test: Name of the test function, which one test file has.
    """

    does: str
    file: str
    right: str
    wrong: str
    test: str


class InapplicableError(Exception):
    """The code or the tests have changed: the fault's entry must change with them, or go."""


def read_faults() -> list[Fault]:
    """Returns the faults of the table."""
    content = tomllib.loads((PROJECT / "tests" / "faults.toml").read_text(encoding="utf-8"))
    return [Fault(**entry) for entry in content["fault"]]


def put_in(fault: Fault, folder: Path) -> str:
    """Returns what the fault's file holds with the fault in it.

    Raises:
        InapplicableError: The text to replace does not stand there exactly once.
    """
    path = folder / fault.file
    if not path.is_file():
        raise InapplicableError(f"there is no file {fault.file}")
    text = path.read_text(encoding="utf-8")
    if (times := text.count(fault.right)) != 1:
        raise InapplicableError(f"{fault.file} has this {times} times, not once: {fault.right}")
    return text.replace(fault.right, fault.wrong)


def find_test(fault: Fault, folder: Path) -> str:
    """Returns the fault's test, as pytest takes it.

    Raises:
        InapplicableError: There is no such test, or more than one.
    """
    head = f"\ndef {fault.test}("
    paths = sorted(folder.glob("tests/**/test_*.py"))
    files = [path for path in paths if head in path.read_text(encoding="utf-8")]
    if len(files) != 1:
        raise InapplicableError(f"{len(files)} files of tests have {fault.test}")
    return f"{files[0].relative_to(folder)}::{fault.test}"


def try_fault(fault: Fault, folder: Path) -> str:
    """Returns what becomes of the fault in this copy of the project: `caught` is good.

    Raises:
        InapplicableError: The fault cannot be put in, or its test cannot be run.
    """
    test, faulty = find_test(fault, folder), put_in(fault, folder)
    path = folder / fault.file
    right = path.read_text(encoding="utf-8")
    path.write_text(faulty, encoding="utf-8")
    done = run_tests([test], folder)
    path.write_text(right, encoding="utf-8")
    if done.returncode not in (0, _TESTS_FAILED):
        raise InapplicableError(f"{test} could not be run:\n{done.stdout}")
    return "caught" if done.returncode == _TESTS_FAILED else f"SURVIVED {test}"


def run_tests(tests: Iterable[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs tests of the copy, which import the code of the copy."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-qx", "-o", f"cache_dir={folder}/cache", *tests],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def main(word: str) -> int:
    """Tries the faults of which the word is said; returns the exit code."""
    faults = [fault for fault in read_faults() if word in fault.does]
    outcomes = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in _COPIED:
            source, target = PROJECT / part, folder / part
            if source.is_dir():
                shutil.copytree(source, target, symlinks=True)
            else:
                shutil.copyfile(source, target)
        for fault in faults:
            try:
                outcome = try_fault(fault, folder)
            except InapplicableError as error:
                outcome = f"CANNOT BE TRIED: {error}"
            outcomes.append(outcome)
            print(f"{fault.does}: {outcome}", flush=True)
        # A test that fails without any fault has noticed nothing.
        done = run_tests(sorted({find_test(fault, folder) for fault in faults}), folder)
        if done.returncode:
            print(f"Without a fault, too, a test fails:\n{done.stdout}")
    print(f"{outcomes.count('caught')} of {len(outcomes)} faults caught")
    return 0 if outcomes == ["caught"] * len(faults) and not done.returncode else 1


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
