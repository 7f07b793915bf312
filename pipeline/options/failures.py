"""How a command can end: its exit code, and the exceptions that bring one with them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says of its end, as the README lists it."""

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    SILENT_ZERO = 3
    BUSY = 4


class CommandError(Exception):
    """Ends the command with one sentence.

    Attributes:
        exit_code: What the process ends with.
    """

    exit_code = ExitCode.FAILED


class UsageError(CommandError):
    """The operator's mistake: one sentence with name, value and what is allowed."""

    exit_code = ExitCode.WRONG_USAGE


class RunError(CommandError):
    """A run, or the reading of a page, was cut short: by the machine, by a signal or by a bug.

    The command has a sentence and an exit code for that; only callers in Python meet this class.
    """


def nearest(
    word: str,
    known: Iterable[str],
    *,
    otherwise: str = "feedlake init writes a file with all keys",
) -> str:
    """Returns a hint about a word that does not exist.

    Args:
        word: As written.
        known: Those that do exist.
        otherwise: The hint if none of them is similar.
    """
    similar = difflib.get_close_matches(word.lower().replace("_", "-"), list(known), 1)
    return f"did you mean {similar[0]}?" if similar else otherwise
