"""What a run shows: progress while it goes on, the account at its end."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import io
import json
import logging
import re
import shlex
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from transforms import tally

if TYPE_CHECKING:
    from pipeline.account import Account
    from pipeline.compact import Compacted
    from pipeline.enrich_lake import Reenriched
    from pipeline.feeds import FeedStatus, Imported
    from pipeline.schedule import Tick
    from pipeline.verify import Fault

_LOG_EVERY_S = 10.0
_LINE_EVERY_S = 0.2
_quiet = threading.Event()
# What the machine, not the program, is to blame for.
_REFUSALS = {
    getattr(errno, name)
    for name in ("EACCES EDQUOT EFBIG EIO EMFILE ENFILE ENOMEM ENOSPC EPERM EROFS ESTALE".split())
    if hasattr(errno, name)
}

# Control characters steer terminals, and surrogates stand for bytes that are no UTF-8.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    """Returns the text on one line, with what a terminal would obey written as an escape."""
    return _UNPRINTABLE.sub(lambda found: _escape(found[0]), text)


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00  # A byte of a file name that is no UTF-8 (PEP 383).
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


@contextlib.contextmanager
def progress(*, is_quiet: bool) -> Iterator[None]:
    """Shows the counts of this process on standard error while the block runs.

    On a terminal one line that is kept up to date, else a log line every ten seconds.
    """
    with _logging():
        _quiet.clear()
        if is_quiet:
            _quiet.set()
            yield
            return
        stop = threading.Event()
        is_terminal = sys.stderr.isatty()
        show = _show_line if is_terminal else _show_log
        thread = threading.Thread(target=show, args=(stop, monotonic()), daemon=True)
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
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    handler.addFilter(_is_news)
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def _is_news(record: logging.LogRecord) -> bool:
    """Leaves out what Beam says twice: its runners log each exception that they then raise.

    And its remark, at each start, that it was installed without Google's clients.
    """
    is_raised_too = record.exc_info is not None and record.name.startswith("apache_beam.runners")
    return not (is_raised_too or record.getMessage().startswith("apitools not found"))


def print_failure(sentence: str, details: str = "") -> None:
    """Prints why the command ends, on standard error.

    Args:
        sentence: Printed last.
        details: Lines before it, such as a traceback.
    """
    for line in details.splitlines():
        print(printable(line), file=sys.stderr)
    print(f"feedlake: {printable(sentence)}", file=sys.stderr)


def print_notice(sentence: str) -> None:
    """Prints something to know on standard error."""
    print(f"feedlake: {printable(sentence)}", file=sys.stderr)


def notify(sentence: str) -> None:
    """Prints something to know on standard error, unless the run is to be quiet."""
    if not _quiet.is_set():
        print_notice(sentence)


def explain(error: BaseException) -> tuple[str, str]:
    """Returns why the command fails, in one sentence, and the traceback of a fault of ours.

    Args:
        error: What ended it.
    """
    chain = list(_causes(error))
    for cause in chain:
        if isinstance(cause, OSError) and cause.errno in _REFUSALS:
            place = f"{cause.filename}: " if cause.filename else ""
            return f"{place}{cause.strerror}", ""
    if any(isinstance(cause, MemoryError) for cause in chain):
        return "not enough memory", ""
    told = traceback.TracebackException.from_exception(error)
    # Of the sixty frames that Beam puts around a step none is the place of the fault.
    ours = [frame for frame in told.stack if "apache_beam" not in frame.filename]
    told.stack = traceback.StackSummary.from_list(ours or told.stack)
    if "[while running" in str(error):
        told.__context__ = None  # The same exception, before Beam added the step's name.
    return f"a fault in feedlake: {type(error).__name__}", "".join(told.format())


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def account_json(account: Account) -> str:
    """Returns the account as a JSON object."""
    return json.dumps(dataclasses.asdict(account), indent=2)


def account_text(account: Account) -> str:
    """Returns the account: the sum, the reasons, where the lake is and how to ask it."""
    parts = [
        _count(account.articles, "article"),
        *([_count(account.revisions, "revision")] if account.revisions else []),
        _count(account.duplicates, "duplicate"),
        _count(account.rejects, "reject"),
    ]
    if account.already_in_lake:
        parts.append(f"{account.already_in_lake:,} already in the lake")
    lines = [f"{_count(account.documents, 'document')} = {' + '.join(parts)}"]
    if account.duplicate_tests:
        lines.append(f"  duplicates: {_list(account.duplicate_tests)}")
    if account.reject_reasons:
        lines.append(f"  rejects: {_list(account.reject_reasons)}")
    if account.skipped:
        lines.append(f"  records that are no documents: {_list(account.skipped)}")
    if account.polls:
        lines.append(f"  addresses: {_list(account.polls)}")
    if account.deferred:
        lines.append(f"  {_count(account.deferred, 'page')} left to later runs (table deferred)")
    if account.enrich_failures:
        failed = {str(one["enricher"]): 0 for one in account.enrich_failures}
        for one in account.enrich_failures:
            failed[str(one["enricher"])] += int(one["count"])
        lines.append(f"  not enriched: {_list(failed)} (runs.enrich_failures says why)")
    if account.unread_sources:
        unread = f"{account.unread_sources:,} of {account.sources:,}"
        lines.append(f"  sources not read: {unread} (table sources says why)")
    sources = _count(account.sources, "source")
    if account.unchanged_sources:
        sources += f" read, {account.unchanged_sources:,} unchanged since they were read"
    chunks = f", {len(account.runs)} chunks" if len(account.runs) > 1 else ""
    lines.append(f"  {sources} in {account.elapsed_s:.1f} s, run {account.runs[0]}{chunks}")
    lines.append(f"  lake: {printable(account.lake)}")
    sql = "SELECT published_at, title, site FROM articles ORDER BY 1 DESC LIMIT 10"
    lines.append(f'  try: feedlake query "{sql}" --lake {_argument(account.lake)}')
    return "\n".join(lines)


def tick_text(tick: Tick) -> str:
    """Returns what a scheduled run came to, on one line."""
    parts = [f"{tick.started_at:%Y-%m-%d %H:%M:%S} UTC run {tick.number}:"]
    account = tick.account
    if tick.failure is not None:
        parts.append(f"failed: {printable(tick.failure)};")
    if account is not None:
        sums = _count(account.documents, "document")
        parts.append(f"{sums}, {account.articles:,} new, {account.revisions:,} revised;")
        if account.polls:
            parts.append(f"{_list(account.polls)} of {_count(tick.addresses, 'address', 'es')};")
        if account.deferred:
            parts.append(f"{_count(account.deferred, 'page')} left to later runs;")
        parts.append(f"{account.elapsed_s:.1f} s;")
    if tick.merged_files:
        parts.append(f"{tick.merged_files:,} files merged;")
    if tick.next_at is None:
        return " ".join(parts).rstrip(";")
    parts.append(f"next run {tick.next_at:%H:%M:%S}")
    if tick.next_due is not None:
        parts.append(f"(first address due {tick.next_due:%Y-%m-%d %H:%M:%S})")
    return " ".join(parts)


def tick_json(tick: Tick) -> str:
    """Returns what a scheduled run came to, as a JSON object on one line."""
    return json.dumps(dataclasses.asdict(tick), default=str)


def feeds_json(feeds: list[FeedStatus]) -> str:
    """Returns how feeds are, as a JSON list of all of them."""
    return json.dumps([dataclasses.asdict(feed) for feed in feeds], indent=2)


def feeds_text(feeds: list[FeedStatus], *, is_all: bool) -> str:
    """Returns how feeds are: a table of those that need a look, or of all; a sum."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = [feed for feed in feeds if is_all or feed.needs_a_look]
    if not feeds:
        return "the lake knows no addresses"
    words = Counter("dropped" if feed.is_dropped else feed.health for feed in feeds)
    total = f"{_count(len(feeds), 'address', 'es')}: {_list(dict(words.most_common()))}"
    if not shown:
        return total
    table = Table(box=None, pad_edge=False)
    for name in ("health", "last success", "new a day", "usual", "articles a day", "next due"):
        table.add_column(name, no_wrap=True)
    table.add_column("source, and why", overflow="fold")
    for feed in shown:
        usual = feed.usual_entries_a_day
        table.add_row(
            "dropped" if feed.is_dropped else feed.health,
            (feed.last_success or "never")[:16].replace("T", " "),
            f"{feed.entries_a_day:.1f}",
            "" if usual is None else f"{usual:.1f}",
            f"{feed.articles_a_day:.1f}",
            (feed.next_due or "")[:16].replace("T", " "),
            Text(printable(f"{feed.source}: {feed.sentence}")),
        )
    console = Console(width=160, file=io.StringIO())
    with console.capture() as capture:
        console.print(table)
    return f"{capture.get().rstrip()}\n{total}"


def imported_text(imported: Imported) -> str:
    """Returns what came of a list of feeds."""
    text = _count(imported.feeds, "address", "es")
    if imported.left_out:
        lists = _count(imported.left_out, "list")
        text += f"; {lists} that the file includes left out, give them as sources of their own"
    return text


def faults_text(faults: list[Fault]) -> str:
    """Returns what is wrong with a lake, a line each."""
    if not faults:
        return "the lake is sound"
    return "\n".join(
        [*(printable(fault.message) for fault in faults), _count(len(faults), "fault")]
    )


def compacted_text(done: Compacted) -> str:
    """Returns what a compaction did."""
    moved = [f"moved to _quarantine: {printable(path)}" for path in done.quarantined]
    return "\n".join([*moved, f"{_count(done.merged, 'file')} merged into {done.written:,}"])


def enriched_text(done: Reenriched) -> str:
    """Returns what enriching a lake anew came to."""
    files = _count(done.files, "file")
    text = f"{done.enriched:,} of {_count(done.rows, 'row')} enriched, in {files}"
    return f"{text}\n  not enriched: {_list(done.failures)}" if done.failures else text


def _count(number: int, noun: str, plural: str = "s") -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}{plural}"


def _list(counts: dict[str, int]) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in counts.items())


def _argument(path: str) -> str:
    """The path as one writes it in a shell."""
    if printable(path) == path:
        return shlex.quote(path)
    quoted = path.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{printable(quoted)}'"


def _line(elapsed_s: float) -> str:
    counts = tally.snapshot()
    documents = counts.get("documents", 0)
    parts = [f"chunk {counts.get('chunks', 0)}"] if counts.get("chunks", 0) > 1 else []
    parts.append(
        f"{counts.get('sources', 0):,} of {_count(counts.get('sources to read', 0), 'source')}"
    )
    parts.append(_count(documents, "document"))
    if pages := counts.get("pages", 0):
        parts.append(f"{_count(pages, 'page')} fetched")
    # What becomes of a chunk's documents turns out when all are read.
    parts += [
        _count(counts[fate], fate)
        for fate in ("article", "revision", "duplicate", "reject")
        if counts.get(fate)
    ]
    if waiting := counts.get("waiting", 0):
        parts.append(f"{waiting:,} left to later runs")
    if already_in_lake := counts.get("known", 0):
        parts.append(f"{already_in_lake:,} already in the lake")
    rate = f"{documents / elapsed_s:,.0f}/s"
    return f"{', '.join(parts)}; {rate}, {timedelta(seconds=int(elapsed_s))}"


def _show_line(stop: threading.Event, started_s: float) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    with console.status("starting") as status:
        while not stop.wait(_LINE_EVERY_S):
            line = _line(monotonic() - started_s)
            status.update(Text(line, no_wrap=True, overflow="ellipsis"))


def _show_log(stop: threading.Event, started_s: float) -> None:
    # Whoever reads the log may have gone; the run goes on.
    with contextlib.suppress(OSError):
        while not stop.wait(_LOG_EVERY_S):
            print(_line(monotonic() - started_s), file=sys.stderr, flush=True)
