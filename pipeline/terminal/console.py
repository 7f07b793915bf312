"""What is shown on a terminal: progress, notices, and why a command ends."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic

from feedlake.pipeline.terminal.progress_line import amount as amount
from feedlake.pipeline.terminal.progress_line import progress_line
from feedlake.pipeline.terminal.runner_failures import explain_job
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.stores.object_store import StoreError

_LOG_EVERY_S = 10.0


_LINE_EVERY_S = 0.2

_SPINNER_CELLS = 2  # The turning sign before the line, and a space.


# Errors for which the machine is to blame, not feedlake.
_REFUSALS = {
    getattr(errno, name)
    for name in (
        "EACCES EAGAIN EBUSY EDQUOT EFBIG EIO EMFILE ENFILE ENODEV ENOLCK ENOMEM ENOSPC ENXIO "
        "EPERM EROFS ESTALE".split()
    )
    if hasattr(errno, name)
}


# Libraries, and processes that hand an error on, keep its words but not its number.
_TOLD_REFUSAL = re.compile("|".join(re.escape(os.strerror(code)) for code in sorted(_REFUSALS)))
_TOLD_STORE = re.compile(r"Store(?:Mistake)?Error: ([^\n]{1,500}?)(?: \[while running|\n|$)")
_NO_MEMORY = re.compile(
    r"Cannot allocate memory|cannot allocate memory|bad_alloc|Out of Memory Error"
    r"|failed to map segment|malloc of size"
)
_NO_THREAD = re.compile(r"can't (?:start|allocate lock for) new thread|can't allocate lock")
_NO_TEMPORARY_FOLDER = "No usable temporary directory"


# Control characters steer terminals, and surrogates stand for bytes that are no UTF-8.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


_PASSWORD = re.compile(r"[^\s/@:'\"]{1,200}:[^\s/@'\"]{1,500}@")
"""User and password before a host, whether the address has a scheme or not."""


def without_passwords(text: str) -> str:
    """Returns a sentence, which may name an address as it was given, without passwords in it."""
    return _PASSWORD.sub("…@", text)


def printable(text: str) -> str:
    """Returns the text on one line, with what a terminal would obey written as an escape."""
    return _UNPRINTABLE.sub(lambda found: _escape(found[0]), text)


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00  # A byte of a file name that is no UTF-8 (PEP 383).
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_passwords(super().format(record))


@dataclass
class Quiet:
    """Whether the operator wants to read nothing but failures.

    Attributes:
        is_wanted: Whether to leave out what is only good to know.
    """

    is_wanted: bool = False


@contextlib.contextmanager
def progress(
    *, is_quiet: bool, show: Callable[[threading.Event, float], None] | None = None
) -> Iterator[None]:
    """Shows the counts of this process on standard error while the block runs.

    On a terminal one line that is kept up to date, else a log line every ten seconds.

    Args:
        is_quiet: Whether to show nothing.
        show: Shows them in another way, in a thread, until the event is set; it is told when the
            block was entered, by `monotonic`.
    """
    with _logging():
        process_wide(Quiet).is_wanted = is_quiet
        if is_quiet:
            yield
            return
        stop = threading.Event()
        usual = _show_line if sys.stderr.isatty() else _show_log
        thread = threading.Thread(target=show or usual, args=(stop, monotonic()), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


@contextlib.contextmanager
def _logging() -> Iterator[None]:
    """Sends warnings to standard error while the block runs."""
    # Beam installs a handler of its own unless there is one, and is loud below WARNING.
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(levelname)s %(name)s: %(message)s"))
    handler.addFilter(_is_news)
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


_IDLE = ("apitools not found", "Could not find a compatible bson", "Unparseable argument")


def _is_news(record: logging.LogRecord) -> bool:
    """Leaves out what Beam says twice: its runners log each exception that they then raise.

    And its remarks, at each start, that it was installed without Google's clients, or finds no
    MongoDB (`left_out_packages`); and that it cannot parse a flag, which was found to be the job
    server's.
    """
    is_raised_too = record.exc_info is not None and record.name.startswith("apache_beam.runners")
    is_job_failure = record.levelno == logging.ERROR and record.funcName == "read_messages"
    is_raised_too |= record.getMessage().startswith("Error processing instruction")
    is_idle = record.getMessage().startswith(_IDLE)
    return not (is_raised_too or is_job_failure or is_idle)


def print_failure(sentence: str, details: str = "") -> None:
    """Prints why the command ends, on standard error.

    Args:
        sentence: Printed last.
        details: Lines before it, such as a traceback.
    """
    for line in details.splitlines():
        print(without_passwords(printable(line)), file=sys.stderr)
    print_notice(sentence)


def print_notice(sentence: str) -> None:
    """Prints something to know on standard error."""
    print(f"feedlake: {without_passwords(printable(sentence))}", file=sys.stderr)


def notify(sentence: str) -> None:
    """Prints something to know on standard error, unless the run is to be quiet."""
    if not process_wide(Quiet).is_wanted:
        print_notice(sentence)


def explain(error: BaseException) -> tuple[str, str]:
    """Returns why the command fails, in one sentence, and the traceback of a fault of ours.

    Args:
        error: What ended it.
    """
    causes = list(_causes(error))
    if known := _refusal(causes) or explain_job(causes):
        return known, ""
    told = traceback.TracebackException.from_exception(error)
    # Of the sixty frames that Beam puts around a step none is the place of the fault.
    ours = [frame for frame in told.stack if "apache_beam" not in frame.filename]
    told.stack = traceback.StackSummary.from_list(ours or told.stack)
    if "[while running" in str(error):
        told.__context__ = None  # The same exception, before Beam added the step's name.
    return f"a bug in feedlake: {type(error).__name__}", "".join(told.format())


def _refusal(chain: list[BaseException]) -> str | None:
    """What the machine or a store refused, if that is why: it has no room, no memory, no rights."""
    for cause in chain:
        if isinstance(cause, StoreError):
            return str(cause)
        if found := _TOLD_STORE.search(str(cause)):
            return found[1]
    for cause in chain:
        if isinstance(cause, OSError) and cause.errno in _REFUSALS:
            place = f"{cause.filename}: " if cause.filename else ""
            return f"{place}{cause.strerror}"
    for cause in chain:
        words = str(cause)
        if isinstance(cause, MemoryError) or _NO_MEMORY.search(words):
            return "not enough memory"
        if _NO_THREAD.search(words):
            return "the system lets feedlake start no more threads (ulimit -u)"
        if _NO_TEMPORARY_FOLDER in words:
            return "no folder for temporary files can be written to: TMPDIR may name one"
        if found := _TOLD_REFUSAL.search(words):
            return found[0]
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _show_line(stop: threading.Event, started_s: float) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    with console.status("starting") as status:
        while not stop.wait(_LINE_EVERY_S):
            # Each time: the window may have another size now.
            width = max(1, console.width - _SPINNER_CELLS)
            line = progress_line(monotonic() - started_s, width=width)
            status.update(Text(line, no_wrap=True, overflow="crop"))


def _show_log(stop: threading.Event, started_s: float) -> None:
    # Whoever reads the log may have gone; the run goes on.
    with contextlib.suppress(OSError):
        while not stop.wait(_LOG_EVERY_S):
            print(progress_line(monotonic() - started_s), file=sys.stderr, flush=True)
