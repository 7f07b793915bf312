"""What `feedlake report` does: finds the days, gathers, and writes a file as a whole."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
from datetime import date, datetime, timedelta

from feedlake.pipeline.explore.day import newest_day
from feedlake.pipeline.explore.explorer import Explorer, Instant
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.failures import UsageError, cannot_write
from feedlake.pipeline.report.gather import Report, gather
from feedlake.pipeline.report.page import render

STANDARD_OUTPUT = "-"

_FIRST_DAY, _LAST_DAY = date(1000, 1, 1), date(9998, 12, 31)
"""Days before and after these can't be reckoned with."""


def report(lake: str, *, day: date | None, days: int, output: str | None, now: datetime) -> None:
    """Writes a report on some days of a lake.

    Args:
        lake: Path of the lake.
        day: The last of the days, UTC; None: the newest that has articles, or today if none has.
        days: How many days.
        output: Path of the file; None or `-` for standard output.
        now: The time, UTC.

    Raises:
        UsageError: The path is no lake, the day is none that can be reckoned with, or the output
            can't be written.
        LakeError: The lake is damaged.
    """
    if day is not None and not _FIRST_DAY <= day <= _LAST_DAY:
        raise UsageError(f"--day {day}: must be from {_FIRST_DAY} to {_LAST_DAY}")
    is_standard = output is None or output == STANDARD_OUTPUT
    if output is None and sys.stdout.isatty():
        raise UsageError("report: needs --output FILE, or a pipe, not a terminal")
    if not is_standard:
        check_file(str(output))
    held = Lake(lake)
    held.check_exists()
    body = page_of(held, day=day, days=days, now=now)
    if is_standard:
        sys.stdout.flush()
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
    else:
        write_whole(str(output), body)


def page_of(lake: Lake, *, day: date | None, days: int, now: datetime) -> bytes:
    """Returns a report as HTML.

    Args:
        lake: The lake.
        day: The last of the days, UTC; None: the newest that has articles, or today.
        days: How many days.
        now: The time, UTC.
    """

    def find(instant: Instant) -> Report:
        last = day or _newest(instant, now)
        return gather(instant, first=last - timedelta(days=days - 1), last=last, now=now)

    return render(Explorer(lake).ask(find), lake=lake.path)


def _newest(instant: Instant, now: datetime) -> date:
    """The newest day with articles; what lies in the future isn't the news."""
    found = newest_day(instant, until=now.date())
    return now.date() if found is None else max(found, _FIRST_DAY)


def check_file(path: str) -> None:
    """Raises UsageError if a path can't be that of a file to write."""
    if os.path.isdir(path) or path.endswith(os.sep):
        raise UsageError(f"--output {path}: is a folder; must be a file")
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise UsageError(f"--output {path}: there is no folder {folder}")


def write_whole(path: str, body: bytes) -> None:
    """Writes a file so that nobody ever sees a part of it.

    Args:
        path: Its path; what is there is replaced. A pipe or device is written to as it is.
        body: What it holds.

    Raises:
        UsageError: It can't be written there.
        RunError: The disk is full or broken.
    """
    target = os.path.realpath(path)  # A link stays one.
    staged = f"{target}.{secrets.token_hex(4)}.part"
    try:
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISREG(os.stat(target).st_mode):
                with open(target, "wb") as stream:
                    stream.write(body)
                return
        try:
            with open(staged, "xb") as stream:
                stream.write(body)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(staged, target)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(staged)
            raise
    except OSError as error:
        raise cannot_write(f"--output {path}", error) from error
