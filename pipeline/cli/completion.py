"""Scripts by which shells complete the words of the command."""

from __future__ import annotations

import argparse

import shtab

from feedlake.pipeline.cli.command_line import build_parser
from feedlake.pipeline.options import option_kinds as kinds
from feedlake.pipeline.options.option_table import Option

_PATHS = {
    kinds.FILE: shtab.FILE,
    kinds.SOURCES: shtab.FILE,
    kinds.FOLDER: shtab.DIRECTORY,
}


def completion_script(shell: str) -> str:
    """Returns the script for a shell.

    Args:
        shell: `bash`, `zsh` or `fish`.
    """
    return str(shtab.complete(build_parser(_tell_words), shell=shell))


def _tell_words(action: argparse.Action, option: Option) -> None:
    """Tells an action the words that it takes, which the parser itself leaves to the table."""
    words = option.kind.metavar
    if words.startswith("{"):
        action.choices = words.strip("{}").split(",")
    elif option.kind in _PATHS:
        action.complete = _PATHS[option.kind]  # type: ignore[attr-defined]  # Read by shtab.
