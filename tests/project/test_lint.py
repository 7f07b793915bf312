"""`make lint` says the same of a checkout whatever else lies in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_lake_in_the_checkout_changes_no_order_of_imports(tmp_path):
    """`make run` writes the folder `lake`, which is a module of the benchmarks, too."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "benchmarks", tmp_path / "benchmarks")
    (tmp_path / "lake").mkdir()

    linted = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--select", "I", "--no-cache", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert linted.returncode == 0, linted.stdout
