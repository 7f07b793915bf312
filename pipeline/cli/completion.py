"""Scripts by which shells complete the words of the command."""

from __future__ import annotations

import argparse

import shtab

from feedlake.pipeline.cli.command_line import build_parser
from feedlake.pipeline.options import option_kinds as kinds
from feedlake.pipeline.options.option_table import Option, options_of

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
    parser = build_parser()
    for command, own in _commands_of(parser).items():
        options = {option.name: option for option in options_of(command).values()}
        for action in own._actions:
            if option := options.get(action.dest):
                _tell_words(action, option)
    return shtab.complete(parser, shell=shell)


def _commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return next(
        action.choices
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
    )


def _tell_words(action: argparse.Action, option: Option) -> None:
    """Tells an action the words that it takes, which the parser itself leaves to the table."""
    words = option.kind.metavar
    if words.startswith("{"):
        action.choices = words.strip("{}").split(",")
    elif option.kind in _PATHS:
        action.complete = _PATHS[option.kind]  # type: ignore[attr-defined]  # Read by shtab.
