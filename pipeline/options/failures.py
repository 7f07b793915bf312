"""How a command can end: its exit code, and the exceptions that bring one with them."""

from __future__ import annotations

import difflib
import errno
import os
import re
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


_OUT_OF_ROOM = {
    getattr(errno, name)
    for name in "EDQUOT EFBIG EIO EMFILE ENFILE ENOMEM ENOSPC".split()
    if hasattr(errno, name)
}
_TOLD_OUT_OF_ROOM = re.compile("|".join(re.escape(os.strerror(code)) for code in _OUT_OF_ROOM))


def cannot_write(shown: str, error: OSError) -> CommandError:
    """Returns what to raise if an output can't be written: by whose fault says the exit code.

    A place that isn't there or isn't the operator's is a mistake in the command; a full or broken
    disk is the machine's, and the same command may do later.

    Args:
        shown: The output as the operator named it, with its flag.
        error: Why.
    """
    is_machines = error.errno in _OUT_OF_ROOM
    return (RunError if is_machines else UsageError)(
        f"{shown}: cannot be written: {error.strerror}"
    )


def out_of_room(words: str) -> str | None:
    """Returns what the machine has run out of, or what broke, if a library's words say so.

    Args:
        words: The library's message.
    """
    found = _TOLD_OUT_OF_ROOM.search(words)
    return found[0] if found else None


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
