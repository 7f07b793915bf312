"""Environments of their own for tools that feedlake is measured against, in the cache folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def make_environment(name: str, packages: Sequence[str]) -> Path:
    """Returns the Python that has the packages, installed into the cache folder if it has not.

    Args:
        name: Of the environment's folder.
        packages: Requirements, as pip reads them.

    Raises:
        CalledProcessError: pip could not install them.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "feedlake-bench" / name
    python, stamp = folder / "bin" / "python", folder / "installed.json"
    if not stamp.exists() or json.loads(stamp.read_text()) != list(packages):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, "--upgrade", "pip>=25"], check=True, env=plain_variables())
        subprocess.run([*install, *packages], check=True, env=plain_variables())
        stamp.write_text(json.dumps(list(packages)))
    return python


def plain_variables(**more: str) -> dict[str, str]:
    """Returns the variables for the other interpreter: feedlake is not on its path."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return inherited | more


def versions(python: Path, names: Sequence[str]) -> str:
    """Returns the versions of those packages that the interpreter has."""
    asked = [str(python), "-m", "pip", "list", "--format=json", "--disable-pip-version-check"]
    done = subprocess.run(asked, check=True, capture_output=True, env=plain_variables())
    listed = json.loads(done.stdout)
    has = {package["name"].lower(): package["version"] for package in listed}
    return ", ".join(f"{name} {has[name]}" for name in names if name in has)
