"""Beam's own options: which runner, and the flags after `--`."""

from __future__ import annotations

import contextlib
import io
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.runner import create_runner

from feedlake.pipeline.options.failures import UsageError

# The in-process engine by its full name: Beam's `DirectRunner` is a switch that first tries to
# download another engine from the internet.
_LOCAL_RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"


def read_beam_options(runner: str, flags: tuple[str, ...]) -> PipelineOptions:
    """Returns Beam's options.

    Args:
        runner: Beam runner by its usual name, or by module and class.
        flags: Beam's own flags.

    Raises:
        UsageError: There is no such runner, or Beam does not take one of the flags.
    """
    if any(flag == "--runner" or flag.startswith("--runner=") for flag in flags):
        raise UsageError("--runner: stands before the --, as in: --runner FlinkRunner -- …")
    if runner.lower() in ("direct", "directrunner", "fnapi", "fnapirunner"):
        name = _LOCAL_RUNNER
    else:
        name = runner
        try:
            create_runner(runner)
        except (ValueError, ImportError, AttributeError) as error:
            raise UsageError(f"--runner {runner}: {error}") from error
    if unknown := _unknown_flags(flags):
        raise UsageError(f"{unknown[0]}: Beam knows no such flag")
    return PipelineOptions([f"--runner={name}", *flags])


def _unknown_flags(flags: tuple[str, ...]) -> list[str]:
    """The flags that Beam would drop with a warning, and words that belong to no flag."""
    parsers: list[Any] = []
    PipelineOptions([]).get_all_options(add_extra_args_fn=parsers.append)
    messages = io.StringIO()
    try:
        with contextlib.redirect_stderr(messages):
            _, unknown = parsers[0].parse_known_args(flags)
    except SystemExit as error:
        if not error.code:
            raise  # argparse has printed the --help that was asked for.
        said = messages.getvalue().strip().rpartition("error: ")[2]
        raise UsageError(f"{said} (a flag of Beam's, after the --)") from error
    return list(unknown)
