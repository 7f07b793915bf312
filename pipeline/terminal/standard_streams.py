"""Standard output and error, whatever they are and whoever reads them."""

from __future__ import annotations

import io
import os
import sys

from feedlake.pipeline.terminal import console


def open_standard_streams() -> None:
    """Makes standard output and error usable whatever they are."""
    # A shell can start a process with a stream closed (`>&-`): the first file opened would take
    # its number, and what some library prints would go into that file.
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # Titles in a terminal without UTF-8.


def print_out(text: str) -> None:
    """Prints the account of a run that is published, whatever becomes of these words."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        discard_output()
    except OSError as error:
        discard_output()
        console.print_failure(f"standard output: {error.strerror}; the run is published")


def discard_output() -> None:
    """Whoever read standard output has seen enough, as `head` has; Python flushes it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
