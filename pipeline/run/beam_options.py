"""Beam's own options: which runner, and the flags after `--`."""

from __future__ import annotations

import contextlib
import io
from typing import Any, TypeVar

from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.runner import create_runner

from feedlake.pipeline.options.failures import UsageError

# The in-process engine by its full name: Beam's `DirectRunner` is a switch that first tries to
# download another engine from the internet.
_LOCAL_RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"

_View = TypeVar("_View", bound=PipelineOptions)


class _Options(PipelineOptions):
    """Beam's options, of which each view is made once.

    Beam asks for several views with each step that is added, 400 in all, and parses the flags for
    each: 0.09 of the 0.25 s of building a graph (measured 2026-11, Beam 2.77). Views share their
    values with the options, so that one made before is as good as a new one.
    """

    def view_as(self, cls: type[_View]) -> _View:
        """Returns the options of one of Beam's classes."""
        # Beam's own __setattr__ takes nothing but options.
        views: dict[type[PipelineOptions], Any] = self.__dict__.setdefault("_views", {})
        if cls not in views:
            views[cls] = super().view_as(cls)
        view: _View = views[cls]
        return view

    def __getstate__(self) -> dict[str, Any]:
        """Returns what a copy is made of: it makes views of its own, which share its values."""
        state: dict[str, Any] = super().__getstate__()  # type: ignore[no-untyped-call]
        return {name: value for name, value in state.items() if name != "_views"}


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
    return _Options([f"--runner={name}", *flags])


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
            raise  # It was --help.
        said = messages.getvalue().strip().rpartition("error: ")[2]
        raise UsageError(f"{said} (a flag of Beam's, after the --)") from error
    return list(unknown)
