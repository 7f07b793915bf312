"""Fixtures: the command in this process, a lake made of `seeds/`, and the rows of a lake."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from buckets import (  # noqa: F401  (fixtures)
    any_bucket,
    bucket,
    gcs_server,
    gofakes3_server,
    moto_server,
    place,
    reach,
    stories,
)
from certificates import certificate  # noqa: F401  (a fixture)
from faulty_system import faulty_forks, shim, tasks  # noqa: F401  (fixtures)
from forks import forks  # noqa: F401  (a fixture)
from hypothesis import settings

from feedlake.pipeline.cli.main import main
from feedlake.transforms.enrich.enrichers import EnrichOptions
from feedlake.transforms.enrich.places_index import prepare
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest

PROJECT = Path(__file__).resolve().parent.parent

Rows = list[dict[str, Any]]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_OF_THE_RUN = {"run_id", "run_date", "rejected_at", "duration_ms"}
"""Columns that say when and by which run a row was written."""


def pytest_configure(config: pytest.Config) -> None:
    """Keeps the index of places between test runs, out of the home of whoever runs them."""
    for name in ("COLUMNS", "LINES"):  # Of the terminal; pytest-xdist hands them to its workers.
        os.environ.pop(name, None)
    # Who has no credentials for a store asks the machine's own cloud for them: not in a test.
    os.environ.update(AWS_EC2_METADATA_DISABLED="true", NO_GCE_CHECK="true")
    os.environ["XDG_CACHE_HOME"] = str(config.cache.mkdir("home"))  # type: ignore[union-attr]
    prepare(EnrichOptions(("places",)))
    # A busy machine is no fault of the code.
    settings.register_profile("untimed", settings.default, deadline=None)
    settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts whole runs behind the many short tests, and last what kills and starves runs."""
    late = {"whole_runs": 1, "object_stores": 2, "faulty_machine": 2}
    folders = {PROJECT / "tests" / name: rank for name, rank in late.items()}
    items.sort(key=lambda item: folders.get(item.path.parent, 0))


def pytest_runtest_setup() -> None:
    """Skips what begins after `FEEDLAKE_TESTS_UNTIL`, in seconds of Unix time: CI has an end."""
    if time.time() > float(os.environ.get("FEEDLAKE_TESTS_UNTIL", "inf")):
        pytest.skip("the machine is slow, and the time for tests is over")


@dataclass(frozen=True)
class Outcome:
    """What a command came to.

    Attributes:
        code: Exit code.
        out: Standard output.
        err: Standard error.
    """

    code: int
    out: str
    err: str


def run_command(*arguments: object) -> Outcome:
    """Runs the command in this process."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with _same_signals(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as error:
            code = int(error.code or 0)
    out.flush()
    return Outcome(code, out.buffer.getvalue().decode(), err.getvalue())  # type: ignore[attr-defined]


@contextlib.contextmanager
def _same_signals() -> Iterator[None]:
    """The command ignores signals at its end; this process, and what it starts, goes on."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def read_rows(lake: Path, table: str) -> Rows:
    """Returns a table's rows file by file, without pyarrow's own idea of partitions."""
    rows: Rows = []
    for path in sorted((lake / table).glob("**/*.parquet")):
        parts = [part for part in path.relative_to(lake / table).parts if "=" in part]
        in_path = dict(part.split("=", 1) for part in parts)
        rows += [{**in_path, **row} for row in pq.ParquetFile(path).read().to_pylist()]
    return rows


def content_of(lake: Path) -> dict[str, Rows]:
    """Returns all rows but those of `runs`, sorted, without what differs from run to run."""
    content = {}
    for table in ("articles", "revisions", "duplicates", "rejects", "sources"):
        rows = []
        for row in read_rows(lake, table):
            kept = {name: value for name, value in row.items() if name not in _OF_THE_RUN}
            if row.get("source_kind") != "warc":
                kept.pop("fetched_at", None)  # Files are fetched when the run starts.
            if row.get("date_source") == "fetched":
                kept.pop("date", None)
            rows.append(kept)
        content[table] = sorted(rows, key=repr)
    return content


@pytest.fixture(autouse=True)
def _no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """One poll in twenty is unconditional by chance: none of a test's."""
    monkeypatch.setattr("random.random", lambda: 0.5)


@pytest.fixture(autouse=True)
def _no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of ten seconds logs its progress, and on a busy machine a test's may take as long."""
    monkeypatch.setattr("feedlake.pipeline.terminal.console._LOG_EVERY_S", 3_600.0)


@pytest.fixture
def feedlake() -> Callable[..., Outcome]:
    return run_command


@pytest.fixture(scope="session")
def seed_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that `seeds/` was read into once; tests only read it."""
    lake = tmp_path_factory.mktemp("seeds") / "lake"
    outcome = run_command("ingest", PROJECT / "seeds", "--lake", lake, "--quiet")
    assert outcome == Outcome(0, "", "")
    return lake


@pytest.fixture
def story(tmp_path: Path) -> Path:
    """A folder with one small article."""
    folder = tmp_path / "story"
    folder.mkdir()
    text = "date 2020-02-03\nThe ferry left at noon, and the whole town waved.\n"
    (folder / "ferry.txt").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    """Also where a test calls the command's parts by itself; nobody's call to stop lasts."""
    process_wide(StopRequest).reset()
    with _same_signals():
        yield
