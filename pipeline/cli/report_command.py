"""What `feedlake report` and `feedlake schedule --report` do, by their options."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from feedlake.pipeline.options.option_kinds import lake_path
from feedlake.pipeline.terminal.standard_streams import discard_output

if TYPE_CHECKING:
    from feedlake.pipeline.report.day_reports import DayReports


def write_report(values: Mapping[str, Any], *, lake: str) -> None:
    """Writes the report that was asked for.

    Args:
        values: Of the options of `feedlake report`.
        lake: Path of the lake.
    """
    from feedlake.pipeline.report.write_report import report

    now = datetime.now(UTC)
    with contextlib.suppress(BrokenPipeError):
        report(lake, day=values["day"], days=values["days"], output=values["output"], now=now)
        return
    discard_output()


def day_reports(values: Mapping[str, Any]) -> AbstractContextManager[DayReports | None]:
    """Returns what writes reports beside a schedule; None in it if none are wanted.

    Args:
        values: Of the options of `feedlake schedule`.
    """
    folder = values["report"]
    if folder is None:
        return contextlib.nullcontext()
    from feedlake.pipeline.report.day_reports import DayReports

    return DayReports(lake_path(values["lake"]), folder)
