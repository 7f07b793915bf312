"""What a run shows: progress while it goes on, the account at its end."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import shlex
import sys
import threading
from collections.abc import Iterator
from time import monotonic
from typing import TYPE_CHECKING

from transforms import tally

if TYPE_CHECKING:
    from pipeline.run import Account

_LOG_EVERY_S = 10.0
_SHOWN = ("documents", "articles and duplicates", "rejects", "already in the lake")


@contextlib.contextmanager
def progress(*, is_quiet: bool) -> Iterator[None]:
    """Shows the counts of this process on standard error while the block runs.

    On a terminal one line that is kept up to date, else a log line every ten seconds.
    """
    # Beam installs a handler of its own unless there is one, and is loud below WARNING.
    logging.basicConfig(
        level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", force=True
    )
    logging.getLogger().addFilter(_is_relevant)
    if is_quiet:
        yield
        return
    stop = threading.Event()
    show = _show_line if sys.stderr.isatty() else _show_log
    thread = threading.Thread(target=show, args=(stop, monotonic()), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _is_relevant(record: logging.LogRecord) -> bool:
    """Leaves out Beam's remark, at each start, that it was installed without Google's clients."""
    return not record.getMessage().startswith("apitools not found")


def account_json(account: Account) -> str:
    """Returns the account as a JSON object."""
    return json.dumps(dataclasses.asdict(account), indent=2)


def print_account(account: Account) -> None:
    """Prints the account: the sum, the reasons, where the lake is and how to ask it."""
    parts = [
        f"{account.articles:,} articles",
        f"{account.duplicates:,} duplicates",
        f"{account.rejects:,} rejects",
    ]
    if account.already_in_lake:
        parts.append(f"{account.already_in_lake:,} already in the lake")
    print(f"{account.documents:,} documents = {' + '.join(parts)}")
    if account.reject_reasons:
        print(f"  rejects: {_list(account.reject_reasons)}")
    if account.skipped:
        print(f"  records that are no documents: {_list(account.skipped)}")
    if account.unread_sources:
        unread = f"{account.unread_sources:,} of {account.sources:,}"
        print(f"  sources not read: {unread} (table sources says why)")
    print(f"  {account.sources:,} sources in {account.elapsed_s:.1f} s, run {account.run_id}")
    print(f"  lake: {account.lake}")
    sql = "SELECT date, title, site FROM articles ORDER BY published_at DESC LIMIT 10"
    print(f'  try: feedlake query "{sql}" --lake {shlex.quote(account.lake)}')


def _list(counts: dict[str, int]) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in counts.items())


def _line(started_s: float) -> str:
    counts = tally.snapshot()
    elapsed_s = monotonic() - started_s
    shown = ", ".join(f"{counts.get(name, 0):,} {name}" for name in _SHOWN)
    return f"{shown}; {counts.get('documents', 0) / elapsed_s:,.0f} documents/s, {elapsed_s:,.0f} s"


def _show_line(stop: threading.Event, started_s: float) -> None:
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("starting") as status:
        while not stop.wait(0.2):
            status.update(_line(started_s))


def _show_log(stop: threading.Event, started_s: float) -> None:
    while not stop.wait(_LOG_EVERY_S):
        print(_line(started_s), file=sys.stderr, flush=True)
