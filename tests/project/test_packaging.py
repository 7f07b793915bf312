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
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git keeps of the project, with its links, and nothing that builds left."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("feedlake", "pipeline", "transforms", "tests", "seeds"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / name, copy / name, ignore=ignored, symlinks=True)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(PROJECT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def wheel(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without network and without isolation."""
    return build_wheel(copy, tmp_path_factory.mktemp("wheel"))


def build_wheel(source: Path, target: Path) -> Path:
    run_pip("wheel", "--no-build-isolation", "--wheel-dir", str(target), str(source))
    [built] = target.iterdir()
    return built


def run_pip(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", *arguments, "--no-deps", "--no-index", "--quiet"],
        check=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )


def code_of(names: list[str]) -> set[str]:
    return {name for name in names if ".dist-info/" not in name}


def test_wheel_holds_the_package_feedlake_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    expected = {
        f"feedlake/{path.relative_to(PROJECT)}"
        for package in ("pipeline", "transforms")
        for path in (PROJECT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }

    assert code_of(names) == expected | {
        *(
            "feedlake/__init__.py",
            "feedlake/__main__.py",
            "feedlake/beam.py",
            "feedlake/plugins.py",
            "feedlake/py.typed",
        ),
    }
    licences = {Path(name).name for name in names if "licenses/" in name}
    assert licences == {"LICENSE", "NOTICE"}


def test_source_distribution_builds_the_same_wheel(copy, wheel, tmp_path):
    """Beam sends workers a source distribution: `--setup_file ./setup.py`."""
    subprocess.run(
        [sys.executable, "setup.py", "--quiet", "sdist", "--dist-dir", str(tmp_path / "sdist")],
        cwd=copy,
        check=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
    )
    [archive] = (tmp_path / "sdist").iterdir()
    built = build_wheel(archive, tmp_path / "wheel")

    assert code_of(zipfile.ZipFile(built).namelist()) == code_of(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with packages `pipeline` and `transforms` that are the user's, as Beam's have."""
    folder = tmp_path_factory.mktemp("foreign")
    for name in ("pipeline", "transforms"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("raise RuntimeError('the wrong package')")
    return folder


@pytest.mark.parametrize(
    "command",
    [
        ("-m", "feedlake", "--version"),
        ("-c", "import feedlake; print('feedlake', feedlake.__version__)"),
    ],
)
def test_packages_of_the_user_are_not_in_the_way(foreign, command):
    """The user's own folder is first on the path, as it is in each of these commands."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=foreign,
        env={**os.environ, "PYTHONPATH": str(foreign)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.startswith("feedlake ")


def test_ingest_works_beside_packages_of_the_user(foreign, tmp_path):
    """Children and Beam's workers import by name, too."""
    page = tmp_path / "page.html"
    page.write_text("<html><body><article><p>" + "The ferry came late. " * 40)
    done = subprocess.run(
        [sys.executable, "-m", "feedlake", "ingest", str(page), "--lake", str(tmp_path / "lake")],
        cwd=foreign,
        env={**os.environ, "PYTHONPATH": str(foreign)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "1 document = 1 article" in done.stdout


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
    places = run(sys.executable, "-c", "import feedlake; print(feedlake.__file__)")
    assert places.startswith(str(target))
    assert {path.name for path in target.iterdir() if path.suffix != ".dist-info"} == {
        *("feedlake", "bin"),
    }
    assert run(feedlake, "--version").startswith("feedlake ")
    assert "1 document = 1 article" in run(feedlake, "ingest", "../story.txt", "--lake", "lake")
    assert "2020-01-02" in run(feedlake, "query", "SELECT date FROM articles", "--lake", "lake")
