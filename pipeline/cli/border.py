"""The border of the command: beyond it there are no exceptions, only sentences and exit codes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from feedlake.pipeline.options.failures import CommandError, ExitCode
from feedlake.pipeline.terminal import console, interrupts
from feedlake.pipeline.terminal.standard_streams import print_out


@dataclass
class Ending:
    """How the command ends.

    Attributes:
        code: What the process ends with.
        text: What goes to standard output once the outcome is decided.
    """

    code: ExitCode = ExitCode.DONE
    text: str = ""


def _nothing() -> str:
    return ""


@contextlib.contextmanager
def border(
    *,
    what_stays: Callable[[], str] = _nothing,
    after_interruption: Callable[[], str] | None = None,
    code_if_interrupted: ExitCode = ExitCode.FAILED,
) -> Iterator[Ending]:
    """Turns whatever ends the block into one sentence on standard error and an exit code.

    Signals that ask the process to end raise in the block, and are ignored after it: by then the
    outcome is decided, and what is left is to say it.

    Args:
        what_stays: Says after a failure what of the command's work is left.
        after_interruption: Says it after a signal, if it is to be said in other words.
        code_if_interrupted: The exit code after a signal; DONE says nothing, as the command was
            to run until one came.
    """
    ending = Ending()
    sentences: list[str] = []
    details = ""
    try:
        with interrupts.raised():
            yield ending
    except SystemExit:
        raise  # Beam's own --help.
    except BaseException as error:
        if isinstance(error, CommandError):
            ending.code = error.exit_code
            is_under_way = ending.code == ExitCode.FAILED
            sentences = [str(error), what_stays() if is_under_way else ""]
        elif interrupts.has_come():  # Libraries make other exceptions of the signal's.
            ending.code = code_if_interrupted
            if ending.code:
                sentences = ["interrupted", (after_interruption or what_stays)()]
        else:
            ending.code = ExitCode.FAILED
            why, details = console.explain(error)
            sentences = [why, what_stays()]
    if sentences:
        console.print_failure("; ".join(filter(None, sentences)), details)
    elif ending.text:
        print_out(ending.text)
