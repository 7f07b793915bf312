"""What the operator decides about a stream, and what a stream has no use for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.option_table import options_of

UNUSED = {
    "reread": "a stream reads no files; feedlake ingest and schedule do",
    "text-mode": "a stream reads no files; feedlake ingest and schedule do",
    "field": "a stream reads no files; feedlake ingest and schedule do",
    "publish-within": "a stream publishes what is ready at the end of each --window",
    "archive": "a stream keeps no archive; feedlake schedule does",
}
"""Options of `ingest` that have no effect here, and what to do instead."""

_HEARS = "the workers are other processes, of which this command hears nothing"
_TOLD_HERE = {
    "windows": f"{_HEARS}; end the stream by Ctrl-C or SIGTERM",
    "json": f"{_HEARS}; ask the lake: feedlake query reads its table runs",
    "metrics": f"{_HEARS}; ask the lake: feedlake query reads its table runs",
    "report": f"{_HEARS}; give feedlake report once a day",
}

_PRISM = "prismrunner"
_OF_THIS_PROCESS = ("direct", "fnapi", "bundlebased", "bundle_based", "switching", "interactive")
_ENVIRONMENT = "--environment_type"


@dataclass(frozen=True)
class StreamOptions:
    """What the operator decides about a stream.

    Attributes:
        window_s: How long what is ready is collected before it is published, in seconds.
        windows: Windows after which to stop; None for none.
        compact_files: Files that merging small ones may save before they are merged.
    """

    window_s: float = 60.0
    windows: int | None = None
    compact_files: int = 500


def check_stream_values(values: Mapping[str, Any], *, beam_flags: Sequence[str]) -> None:
    """Checks that all that was given has an effect.

    Args:
        values: By the names of options; those that were not given have their defaults.
        beam_flags: Beam's own flags.

    Raises:
        UsageError: Something has none; the sentence says what to do instead.
    """
    options = options_of("stream")
    without = dict(UNUSED)
    if not has_workers_here(values["runner"], beam_flags):
        without |= _TOLD_HERE
    for name, sentence in without.items():
        if values[name] != options[name].default_value():
            raise UsageError(f"--{name}: {sentence}")


def is_prism(runner: str) -> bool:
    """Returns whether a runner is Prism.

    Args:
        runner: By its usual name, or by module and class.
    """
    return runner.rpartition(".")[2].lower() == _PRISM


def ends_with_its_input(runner: str) -> bool:
    """Returns whether a runner is one of this process, which can't stream.

    Args:
        runner: By its usual name, or by module and class.
    """
    return runner.rpartition(".")[2].lower().startswith(_OF_THIS_PROCESS)


def has_workers_here(runner: str, beam_flags: Sequence[str]) -> bool:
    """Returns whether the steps run in this process, so that it hears what windows come to.

    Args:
        runner: By its usual name, or by module and class.
        beam_flags: Beam's own flags.
    """
    words = iter(beam_flags)
    given = None
    for word in words:
        name, _, value = word.partition("=")
        if name == _ENVIRONMENT:
            given = value or next(words, "")
    if given is None:
        return is_prism(runner) or ends_with_its_input(runner)
    return given.upper() == "LOOPBACK"
