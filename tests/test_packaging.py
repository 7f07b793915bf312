"""The wheel: what is in it, and that the command works from an empty folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import PROJECT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy, without network and without isolation."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("pipeline", "transforms", "tests", "seeds"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / name, copy / name, ignore=ignored)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(PROJECT / name, copy / name)
    target = tmp_path_factory.mktemp("wheel")
    run_pip("wheel", "--no-build-isolation", "--wheel-dir", str(target), str(copy))
    [built] = target.iterdir()
    return built


def run_pip(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", *arguments, "--no-deps", "--no-index", "--quiet"],
        check=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )


def test_wheel_holds_exactly_the_two_packages(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    code = {name for name in names if ".dist-info/" not in name}
    expected = {
        f"{package}/{path.name}"
        for package in ("pipeline", "transforms")
        for path in (PROJECT / package).iterdir()
        if path.suffix == ".py" or path.name in ("py.typed", "regions.tsv")
    }

    assert code == expected
    assert {"pipeline/py.typed", "transforms/py.typed"} <= code
    licences = {Path(name).name for name in names if "licenses/" in name}
    assert licences == {"LICENSE", "NOTICE"}


def test_installed_command_works_from_an_empty_folder(wheel, tmp_path):
    target, empty = tmp_path / "installed", tmp_path / "empty"
    empty.mkdir()
    run_pip("install", "--target", str(target), str(wheel))
    (tmp_path / "story.txt").write_text("date 2020-01-02\nA story.", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(target)}

    def run(*command: str) -> str:
        return subprocess.run(
            command, cwd=empty, env=environment, check=True, capture_output=True, text=True
        ).stdout

    feedlake = str(target / "bin" / "feedlake")
    places = run(sys.executable, "-c", "import pipeline, transforms as t; print(pipeline, t)")
    assert places.count(str(target)) == 2
    assert run(feedlake, "--version").startswith("feedlake ")
    assert "1 document = 1 article" in run(feedlake, "ingest", "../story.txt", "--lake", "lake")
    assert "2020-01-02" in run(feedlake, "query", "SELECT date FROM articles", "--lake", "lake")
