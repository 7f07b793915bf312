"""Fetches and builds once what tests need of engines: `engine_cache.py prism flink`."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apache_beam

_HERE = Path(__file__).resolve().parent

CACHE = Path(os.environ.get("FEEDLAKE_ENGINE_CACHE", "~/.cache/feedlake-engines")).expanduser()
"""Where everything is kept: about 800 MB, beside the caches of Go, Maven and pip."""

_MODULE = "github.com/apache/beam/sdks/v2"

_COMMANDS = {
    "prism": (("Go", "go"),),
    "flink": (("Java", "java"), ("Maven", "mvn"), ("Go", "go")),
}
"""What each engine needs on the path, by the name that people know it by."""


class BuildError(Exception):
    """What was fetched is not what `versions.toml` names, or cannot be fetched."""


def why_not(engine: str) -> str | None:
    """Returns why an engine cannot be built here; None if it can."""
    if (sums := versions()["go"]).get(apache_beam.__version__) is None:
        return f"versions.toml knows Beam {', '.join(sums)}, not {apache_beam.__version__}"
    missing = [name for name, command in _COMMANDS[engine] if shutil.which(command) is None]
    return f"no {' and no '.join(missing)}" if missing else None


def versions() -> Mapping[str, Any]:
    """Returns what is to be fetched, and its checksums."""
    return tomllib.loads((_HERE / "versions.toml").read_text(encoding="utf-8"))


def prism() -> Path:
    """Returns Prism's program."""
    return _go_program("go/cmd/prism")


def boot() -> Path:
    """Returns the program that starts a worker of Beam's Python SDK."""
    return _go_program("python/container")


def flink_jars() -> list[Path]:
    """Returns the jars of a Flink cluster that runs what others planned: without its SQL."""
    flink = versions()["flink"]
    folder = CACHE / f"flink-{flink['version']}"
    with _building(folder) as is_needed:
        if is_needed:
            _fetch_flink(flink, folder)
    return sorted(folder.glob("*.jar"))


def job_server() -> Path:
    """Returns the jar of Beam's job server for Flink."""
    wanted = versions()["job_server"]
    line = versions()["flink"]["version"].rpartition(".")[0]
    jar = CACHE / f"beam-flink-{line}-job-server-{wanted['beam']}.jar"
    with _building(jar) as is_needed:
        if is_needed:
            _build_job_server(wanted, line, jar)
    return jar


def beam_alone() -> Path:
    """Returns a virtual environment that holds Beam and what it needs, as Beam's images do."""
    folder = CACHE / f"beam-{apache_beam.__version__}-py{sys.version_info[0]}{sys.version_info[1]}"
    with _building(folder) as is_needed:
        if is_needed:
            work = _empty(CACHE / "work")
            _run(sys.executable, "-m", "venv", str(work / "env"))
            python = str(work / "env" / "bin" / "python")
            wanted = f"apache-beam=={apache_beam.__version__}"
            _run(python, "-m", "pip", "install", "--quiet", wanted)
            (work / "env").replace(folder)
    return folder


@contextmanager
def _building(target: Path) -> Iterator[bool]:
    """Whether to make something; while the block runs, nobody else makes anything."""
    CACHE.mkdir(parents=True, exist_ok=True)
    if target.exists():
        yield False
        return
    with open(CACHE / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not target.exists()


def _go_program(package: str) -> Path:
    version = apache_beam.__version__
    folder = CACHE / f"go-{version}"
    program = folder / Path(package).name
    with _building(program) as is_needed:
        if is_needed:
            work = _empty(CACHE / "work")
            _run("go", "install", f"{_MODULE}/{package}@v{version}", env={"GOBIN": str(work)})
            # Which module it was built of, with the sum that Go has verified.
            built = _run("go", "version", "-m", str(work / program.name)).split()
            _compare(
                f"{_MODULE} v{version}", built[built.index(_MODULE) + 2], versions()["go"][version]
            )
            folder.mkdir(exist_ok=True)
            (work / program.name).replace(program)
    return program


def _fetch_flink(flink: Mapping[str, Any], folder: Path) -> None:
    work = _empty(CACHE / "work")
    wanted = f"apache-flink-libraries=={flink['version']}"
    # It asks for the package's own metadata, for which the setuptools of this environment will do.
    _run(
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--no-binary", ":all:", "--dest", str(work), wanted),
    )
    [archive] = work.glob("*.tar.gz")
    _compare(wanted, _sha256(archive), flink["sha256"])
    with tarfile.open(archive) as packed:
        for member in packed:
            name = Path(member.name)
            if name.parent.name == "lib" and name.name.startswith(("flink-dist-", "log4j-")):
                packed.extract(member, work, filter="data")
    [library] = work.glob("*/deps/lib")
    library.replace(folder)


def _build_job_server(wanted: Mapping[str, Any], line: str, jar: Path) -> None:
    work = _empty(CACHE / "work")
    shutil.copy(_HERE / "pom.xml", work)
    repository = CACHE / "maven"
    _run(
        *("mvn", "--quiet", "--batch-mode", f"-Dmaven.repo.local={repository}", "package"),
        *(f"-Dbeam.version={wanted['beam']}", f"-Dflink.line={line}"),
        cwd=work,
    )
    for name, sha256 in wanted["sha256"].items():
        [part] = repository.glob(f"org/apache/beam/{name}/{wanted['beam']}/*.jar")
        _compare(name, _sha256(part), sha256)
    (work / "target" / "job-server-1.jar").replace(jar)
    shutil.rmtree(repository)


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _run(*command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True
    )
    if done.returncode:
        raise BuildError(f"{' '.join(command)}:\n{(done.stdout + done.stderr)[-2_000:]}")
    return done.stdout


def _sha256(path: Path) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _compare(name: str, found: str, expected: str) -> None:
    if found != expected:
        raise BuildError(f"{name}: the checksum is {found}; versions.toml says {expected}")


BUILDERS: Mapping[str, tuple[Callable[[], object], ...]] = {
    "prism": (prism, boot, beam_alone),
    "flink": (flink_jars, job_server, boot),
}
"""What makes the parts of each engine."""


def build(engine: str) -> None:
    """Makes all parts of an engine that are not there yet."""
    for make in BUILDERS[engine]:
        make()


if __name__ == "__main__":
    for engine in sys.argv[1:]:
        if reason := why_not(engine):
            print(f"{engine}: skipped: {reason}")
        else:
            build(engine)
