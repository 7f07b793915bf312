"""A run in a process of its own, which a Python program has started: what that process does.

It gets its options from standard input, as a pickle, and writes messages to what was standard
output, each a JSON object on a line: counts while it runs, and at the end the account or why there
is none. When the program goes away, standard input ends, and the run is cut short.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pickle
import signal
import sys
import threading
from dataclasses import KW_ONLY, dataclass
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, TextIO

from feedlake.pipeline.options.failures import CommandError
from feedlake.pipeline.options.run_options import IngestOptions
from feedlake.pipeline.plugins.notify import notify
from feedlake.pipeline.run import collector
from feedlake.pipeline.terminal import console, interrupts
from feedlake.pipeline.terminal.progress_line import progress_line
from feedlake.pipeline.terminal.standard_streams import open_standard_streams
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.tally import Tally

if TYPE_CHECKING:
    from feedlake.pipeline.run.account import Account

COUNTS_EVERY_S = 0.2
"""How often the counts are told."""

AGAIN_S = 1.5
"""How long to wait before a run that goes on is told again to end."""


@dataclass(frozen=True)
class Task:
    """What such a process is to do.

    Attributes:
        options: Of the run.
        is_quiet: Whether to tell no counts, and nothing that is only good to know.
    """

    options: IngestOptions
    _: KW_ONLY
    is_quiet: bool


class _Messages:
    """Where messages go; whoever read them may have gone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._lock = stream, threading.Lock()

    def send(self, **message: object) -> None:
        """Writes one message."""
        line = json.dumps(message) + "\n"
        with self._lock:
            try:
                self._stream.write(line)
                self._stream.flush()
            except BrokenPipeError:
                return

    def show_counts(self, stop: threading.Event, started_s: float) -> None:
        """Writes the counts of this process again and again."""
        while not stop.wait(COUNTS_EVERY_S):
            line = progress_line(monotonic() - started_s)
            self.send(counts=process_wide(Tally).snapshot(), line=line)


def main() -> None:
    """Does what standard input says, and tells what came of it."""
    open_standard_streams()
    collector.claim_process()
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # What libraries print is no message.
    messages = _Messages(own)
    accounts: list[Account] = []
    end: dict[str, Any]
    with interrupts.raised():
        try:
            task: Task = pickle.load(sys.stdin.buffer)
            threading.Thread(target=_end_with_parent, daemon=True).start()
            with console.progress(is_quiet=task.is_quiet, show=messages.show_counts):
                account = _run(task.options, accounts)
                notify(account)
            end = {"account": dataclasses.asdict(account)}
        except BaseException as error:  # The border: what it was is told, and raised again there.
            end = _failure(error, accounts)
    messages.send(**end)


def _run(options: IngestOptions, accounts: list[Account]) -> Account:
    with collector.paused():
        from feedlake.pipeline.run.check_options import check_options
        from feedlake.pipeline.run.run import run

    check_options(options)
    return run(options, accounts)


def _end_with_parent() -> None:
    """Cuts the run short when the program that started it is gone."""
    while os.read(0, 1 << 10):  # Not by `sys.stdin`: Python cannot end while a thread reads that.
        pass
    main = threading.main_thread().ident
    while main is not None:  # Libraries have been seen to swallow what a signal raises.
        signal.pthread_kill(main, signal.SIGTERM)
        sleep(AGAIN_S)


def _failure(error: BaseException, accounts: list[Account]) -> dict[str, Any]:
    """What ended the run, as a message: the exception's class, its sentence, and a traceback."""
    stays = "nothing was published"
    if accounts:
        count = "1 chunk was" if len(accounts) == 1 else f"{len(accounts):,} chunks were"
        stays = f"{count} published; the same call goes on after that"
    if isinstance(error, CommandError):
        sentence = str(error) if error.exit_code != 1 else f"{error}; {stays}"
        return {"failure": sentence, "kind": type(error).__name__}
    if interrupts.has_come():
        return {"failure": f"interrupted; {stays}", "kind": "RunError"}
    why, details = console.explain(error)
    return {"failure": f"{why}; {stays}", "kind": "RunError", "details": details}


if __name__ == "__main__":
    main()
