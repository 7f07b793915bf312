"""Reports of ended days, written beside a schedule by a process that can't hold it up."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from multiprocessing import spawn
from time import monotonic
from types import TracebackType
from typing import IO

import feedlake
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.failures import CommandError, UsageError
from feedlake.pipeline.terminal import console
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest

DAYS_BACK = 7
"""How many ended days are made up for, after a time in which nothing ran."""

_MAX_S = 600.0
"""How long the process may take before it is ended; a day takes it a second or two."""

_WAIT_S = 60.0
"""How long a schedule that ends by itself waits for it."""

_PROGRAM = """
import sys
sys.path.append(sys.argv[1])
from feedlake.pipeline.report.day_reports import main
main(*sys.argv[2:])
"""


class DayReports:
    """Starts a process that writes the reports that are missing, and tells if it fails.

    Use it as a context manager: at its end the process is waited for or, if the schedule was asked
    to stop, ended; what it had not finished is written after the next start.
    """

    def __init__(self, lake: str, folder: str) -> None:
        """Makes the folder.

        Args:
            lake: Path of the lake.
            folder: Where reports belong.

        Raises:
            UsageError: It can't be a folder on this machine.
        """
        self._lake, self._folder = lake, folder
        self._child: subprocess.Popen[bytes] | None = None
        self._words: IO[bytes] | None = None
        self._started_s = 0.0
        self._until: date | None = None  # The days before it are known to be written.
        self._starting: date | None = None
        self._told = ""
        if "://" in folder:
            raise UsageError(f"--report {folder}: must be a folder on this machine")
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise UsageError(f"--report {folder}: {error.strerror}") from error

    def __enter__(self) -> DayReports:
        """Returns itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Waits for the process, or ends it."""
        is_in_haste = error is not None or process_wide(StopRequest).is_asked()
        self._look(wait_s=0.0 if is_in_haste else _WAIT_S)
        self._end()

    def after_run(self, now: datetime) -> None:
        """Starts the process if a day has ended whose report may be missing.

        Args:
            now: The time, UTC.
        """
        self._look()
        today = now.astimezone(UTC).date()
        if self._child is not None or self._until == today:
            return
        if all(os.path.exists(self._path(day)) for day in _ended_days(today)):
            self._until = today
            return
        self._starting, self._started_s = today, monotonic()
        executable = os.fsdecode(spawn.get_executable())
        package = os.path.dirname(feedlake.__path__[0])
        arguments = [package, self._lake, self._folder, now.isoformat()]
        try:
            self._words = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process ends
            self._child = subprocess.Popen(
                [executable, "-P", "-c", _PROGRAM, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=self._words,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the schedule, which ends it.
            )
        except OSError as error:
            self._tell(str(error))

    def _path(self, day: date) -> str:
        return path_of(self._folder, day)

    def _look(self, *, wait_s: float = 0.0) -> None:
        """Takes note of a process that has ended, and ends one that takes too long."""
        if self._child is None:
            return
        try:
            code = self._child.wait(wait_s or 0.001)
        except subprocess.TimeoutExpired:
            if monotonic() - self._started_s > _MAX_S:
                self._end()
                self._tell(f"it took more than {_MAX_S:g} s")
            return
        words = self._read_words()
        self._end()
        if code == 0:
            self._until, self._told = self._starting, ""
        else:
            self._tell(words or f"exit code {code}")

    def _read_words(self) -> str:
        """The last line that it printed."""
        if self._words is None:
            return ""
        self._words.seek(0)
        lines = self._words.read(1 << 16).decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def _end(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None
        if self._words is not None:
            self._words.close()
            self._words = None

    def _tell(self, why: str) -> None:
        """Once for each reason, not after every run."""
        if why != self._told:
            self._told = why
            console.print_notice(f"warning: --report {self._folder}: {why}")


def path_of(folder: str, day: date) -> str:
    """Returns where the report of a day belongs."""
    return os.path.join(folder, f"report-{day.isoformat()}.html")


def write_missing(lake: Lake, folder: str, *, now: datetime) -> list[date]:
    """Writes the reports of ended days that are not there yet, and returns these days.

    Days end with those of UTC. Those before the lake's first run have none.

    Args:
        lake: The lake; if it isn't there yet, nothing is written.
        folder: Where they belong.
        now: The time, UTC.

    Raises:
        UsageError: A report can't be written.
        LakeError: The lake is damaged.
    """
    # Late: the schedule itself needs nothing of it.
    from feedlake.pipeline.report.write_report import page_of, write_whole

    first = _first_day(lake)
    written = []
    for day in _ended_days(now.astimezone(UTC).date()):
        path = path_of(folder, day)
        if first is not None and day >= first and not os.path.exists(path):
            write_whole(path, page_of(lake, day=day, days=1, now=now))
            written.append(day)
    return written


def _ended_days(today: date) -> Iterator[date]:
    """The newest first: it is what is waited for."""
    return (today - timedelta(days=back) for back in range(1, DAYS_BACK + 1))


def _first_day(lake: Lake) -> date | None:
    """The day of the lake's first run, by its id; None if it has none."""
    try:
        lake.check_exists()
    except UsageError:
        return None
    runs = lake.state().runs
    days = []
    for run in runs:
        with contextlib.suppress(ValueError):
            days.append(datetime.strptime(run[:8], "%Y%m%d").date())
    return min(days, default=date.min if runs else None)


def main(lake: str, folder: str, now: str) -> None:
    """What the process does.

    Args:
        lake: Path of the lake.
        folder: Where reports belong.
        now: The time, ISO 8601.
    """
    os.nice(10)
    try:
        write_missing(Lake(lake), folder, now=datetime.fromisoformat(now))
    except CommandError as error:
        sys.exit(str(error))
