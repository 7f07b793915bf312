"""What a run shows: progress while it goes on, the account at its end."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
import textwrap
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from feedlake.pipeline.terminal.console import amount, printable

if TYPE_CHECKING:
    from feedlake.pipeline.run.account import Account
    from feedlake.pipeline.service.schedule import Tick
    from feedlake.pipeline.upkeep.compact import Compacted
    from feedlake.pipeline.upkeep.enrich_lake import Reenriched
    from feedlake.pipeline.upkeep.upgrade import Upgraded
    from feedlake.pipeline.upkeep.verify import Fault
    from feedlake.pipeline.web.feed_opml import Imported
    from feedlake.pipeline.web.feed_status import FeedStatus


_MIN_WIDTH = 30
"""Columns below which a terminal isn't taken for as narrow as it says."""

_MAX_TOLD = 3
"""How many reasons, ways to lack fields, or sources that were not read, an account names."""

TOLD_AGAIN = timedelta(hours=1)
"""After how long a service says once more why its runs fail, if the reason is still the same."""

_RUN_FILES = re.compile(r"_staging/\S+")  # Each run writes files of its own.


def account_json(account: Account) -> str:
    """Returns the account as a JSON object."""
    return json.dumps(dataclasses.asdict(account), indent=2)


def account_text(account: Account) -> str:
    """Returns the account: the sum, the reasons, where the lake is and how to ask it."""
    parts = [
        amount(account.articles, "article"),
        *([amount(account.revisions, "revision")] if account.revisions else []),
        amount(account.duplicates, "duplicate"),
        amount(account.rejects, "reject"),
    ]
    if account.already_in_lake:
        parts.append(f"{account.already_in_lake:,} already in the lake")
    lines = [f"{amount(account.documents, 'document')} = {' + '.join(parts)}"]
    if account.duplicate_tests:
        lines.append(f"  duplicates: {_list(account.duplicate_tests)}")
    if account.reject_reasons:
        lines.append(f"  rejects: {_list(account.reject_reasons)}")
    if account.skipped:
        lines.append(f"  records that aren't documents: {_list(account.skipped)}")
    lines += _missing_fields(account.missing_fields)
    if account.unused_dates:
        rows = amount(account.unused_dates, "row")
        lines.append(f"  dates stated but not usable: {rows} (column published_text has the words)")
    if account.rights_stated:
        rows = amount(account.rights_stated, "row")
        reserved = f", {account.rights_reserved:,} reserved" if account.rights_reserved else ""
        lines.append(f"  rights stated: {rows}{reserved} (column rights)")
    lines += _web_lines(account)
    if account.enrich_failures:
        failed = {str(one["enricher"]): 0 for one in account.enrich_failures}
        for one in account.enrich_failures:
            failed[str(one["enricher"])] += int(one["count"])
        lines.append(f"  not enriched: {_list(failed)} (see runs.enrich_failures)")
    if account.unread_sources:
        unread = f"{account.unread_sources:,} of {account.sources:,}"
        lines.append(f"  sources not read: {unread} (see table sources)")
        lines += [
            f"    {printable(one.source)}: {printable(one.reason)}"
            for one in account.unread[:_MAX_TOLD]
        ]
    sources = amount(account.sources, "source")
    if account.unchanged_sources:
        sources += f" read, {account.unchanged_sources:,} unchanged since an earlier run"
    chunks = f", {len(account.runs)} chunks" if len(account.runs) > 1 else ""
    lines.append(f"  {sources} in {account.elapsed_s:.1f} s, run {account.runs[0]}{chunks}")
    lines.append(f"  lake: {printable(account.lake)}")
    lines += _advice(account)
    sql = "SELECT published_at, title, site FROM articles ORDER BY 1 DESC LIMIT 10"
    lines.append(f'  try: feedlake query "{sql}" --lake {_argument(account.lake)}')
    return "\n".join(lines)


def _web_lines(account: Account) -> list[str]:
    """What became of addresses and pages."""
    lines = []
    if account.polls:
        lines.append(f"  addresses: {_list(account.polls)}")
    if account.out_of_reach:
        lines.append(f"  {_out_of_reach(account)}")
    if account.deferred:
        pages = amount(account.deferred, "page")
        lines.append(f"  {pages} left for later runs (see table deferred)")
    return lines


def _missing_fields(sources: dict[str, int]) -> list[str]:
    """What no record of a source has, the most frequent first; the table has all of it."""
    told = list(sources.items())[:_MAX_TOLD]
    lines = [f"  {amount(count, 'source')}: {printable(what)}" for what, count in told]
    if len(sources) > _MAX_TOLD:
        lines.append("  and more sources whose records lack fields (table sources says which)")
    return lines


def _advice(account: Account) -> list[str]:
    """What would make the lake's files fewer, if they are many of few rows."""
    if not account.fewer_files_by:
        return []
    rows = amount(account.articles + account.revisions, "row")
    flag = f"--partition-by {','.join(account.fewer_files_by)}"
    return [
        f"  small files: {account.files:,} for {rows}, which makes reading slow; fewer with:",
        f"    feedlake compact {flag} --lake {_argument(account.lake)}",
    ]


class Troubles:
    """What was said of runs that fail: of those that fail alike, the first, and one an hour."""

    def __init__(self) -> None:
        self._last = ""
        self._told_at: datetime | None = None
        self._untold = 0

    def text(self, tick: Tick, *, is_quiet: bool) -> str | None:
        """Returns what is to be said of a run; None: nothing.

        Args:
            tick: What it came to.
            is_quiet: Whether only failures are to be told, and that they are over.
        """
        trouble = _RUN_FILES.sub("", tick.failure or tick.put_off or "")
        is_told = self._told_at is not None and tick.started_at - self._told_at < TOLD_AGAIN
        is_repeat = trouble == self._last and is_told and tick.next_at is not None
        if trouble and is_repeat and tick.account is None and not tick.complaints:
            self._untold += 1
            return None
        untold, self._untold = self._untold, 0
        self._last, self._told_at = trouble, tick.started_at if trouble else None
        is_failure = tick.failure or tick.complaints
        if not (is_failure or untold or not (is_quiet or tick.is_idle)):
            return None
        text = tick_text(tick)
        if not untold:
            return text
        return f"{text}; before it, {amount(untold, 'more run')} had the trouble that was told last"


def tick_text(tick: Tick) -> str:
    """Returns what a scheduled run came to, on one line."""
    parts = [f"{tick.started_at:%Y-%m-%d %H:%M:%S} UTC run {tick.number}:"]
    account = tick.account
    if tick.failure is not None:
        parts.append(f"failed: {printable(tick.failure)};")
    if tick.put_off is not None:
        parts.append(f"put off: {printable(tick.put_off)};")
    parts += (
        f"{printable(complaint)}; its last good version was used;" for complaint in tick.complaints
    )
    if account is not None:
        parts.append(_sums(account))
        if account.polls:
            parts.append(f"{_list(account.polls)} of {amount(tick.addresses, 'address', 'es')};")
        if account.out_of_reach:
            parts.append(f"{_out_of_reach(account)};")
        if account.deferred:
            parts.append(f"{amount(account.deferred, 'page')} left for later runs;")
        parts.append(f"{account.elapsed_s:.1f} s;")
    if tick.merged_files:
        parts.append(f"{tick.merged_files:,} files merged;")
    if tick.next_at is None:
        return " ".join(parts).rstrip(";")
    parts.append(f"next run {tick.next_at:%H:%M:%S}")
    if tick.next_due is not None:
        parts.append(f"(first address due {tick.next_due:%Y-%m-%d %H:%M:%S})")
    return " ".join(parts)


def window_text(account: Account, *, merged_files: int) -> str:
    """Returns what a window of a stream came to, on one line.

    Args:
        account: Of what it published.
        merged_files: Small files that were merged after it.
    """
    parts = [f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC:", _sums(account)]
    if account.polls:
        parts.append(f"{amount(sum(account.polls.values()), 'poll')}: {_list(account.polls)};")
    if account.out_of_reach:
        parts.append(f"{_out_of_reach(account)};")
    if account.deferred:
        parts.append(f"{amount(account.deferred, 'page')} left for later;")
    if merged_files:
        parts.append(f"{merged_files:,} files merged;")
    parts.append(f"{account.elapsed_s:.1f} s")
    return " ".join(parts)


def _sums(account: Account) -> str:
    """How many documents there were, and what became of them."""
    parts = [
        amount(account.documents, "document"),
        f"{account.articles:,} new",
        f"{account.revisions:,} revised",
        amount(account.duplicates, "duplicate"),
        amount(account.rejects, "reject"),
    ]
    if account.reject_reasons:
        told = dict(list(account.reject_reasons.items())[:_MAX_TOLD])
        more = ", \u2026" if len(account.reject_reasons) > _MAX_TOLD else ""
        parts[-1] += f" ({_list(told)}{more})"
    if account.already_in_lake:
        parts.append(f"{account.already_in_lake:,} already in the lake")
    return f"{', '.join(parts)};"


def _out_of_reach(account: Account) -> str:
    count = account.out_of_reach
    what = "address or page" if count == 1 else "addresses and pages"
    return (
        f"{count:,} {what} out of reach: most sites failed at once, so it's this machine or its "
        "network; no attempt is counted"
    )


def tick_json(tick: Tick) -> str:
    """Returns what a scheduled run came to, as a JSON object on one line."""
    return json.dumps(dataclasses.asdict(tick), default=str)


def feeds_json(feeds: list[FeedStatus]) -> str:
    """Returns how feeds are, as a JSON list of all of them."""
    return json.dumps([dataclasses.asdict(feed) for feed in feeds], indent=2)


def feeds_text(feeds: list[FeedStatus], *, is_all: bool, width: int) -> str:
    """Returns how feeds are: those that need a look, or all of them; a sum.

    Args:
        feeds: All of them.
        is_all: Whether those are shown, too, that need no look.
        width: Columns of the terminal.
    """
    shown = [feed for feed in feeds if is_all or feed.needs_a_look]
    if not feeds:
        return "no address has been polled into this lake yet"
    words = Counter(_word(feed) for feed in feeds)
    total = f"{amount(len(feeds), 'address', 'es')}: {_list(dict(words.most_common()))}"
    out_of_reach = sum(feed.is_out_of_reach and not feed.is_dropped for feed in feeds)
    head = []
    if out_of_reach:
        head = _wrap(
            f"{out_of_reach:,} of {amount(len(feeds), 'address', 'es')} out of reach at the last "
            "poll: most sites failed at once, so it's this machine or its network. What the "
            "addresses came to before still holds.",
            width,
        )
    return "\n".join([*head, *(_feed_text(feed, width) for feed in shown), *_wrap(total, width)])


def _feed_text(feed: FeedStatus, width: int) -> str:
    """A feed's word and address, its verdict, and its figures, each from a line of its own on."""
    rate = f"{feed.articles_a_day:.1f} articles a day"
    if feed.usual_articles_a_day is not None:
        rate += f", usually {feed.usual_articles_a_day:.1f}"
    last = f"last answer {_minute(feed.last_success)}" if feed.last_success else "no answer yet"
    parts = [rate, last, *([f"next poll {_minute(feed.next_due)}"] if feed.next_due else [])]
    return "\n".join(
        [
            *_wrap(f"{_word(feed)}: {printable(feed.source)}", width),
            *_wrap(printable(feed.sentence), width, indent="  "),
            *_wrap("; ".join(parts), width, indent="  "),
        ]
    )


def _word(feed: FeedStatus) -> str:
    return "dropped" if feed.is_dropped else feed.health


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _wrap(text: str, width: int, *, indent: str = "") -> list[str]:
    """The text in lines that fit; addresses are broken only if no line has room for them."""
    return textwrap.wrap(
        text,
        max(width, _MIN_WIDTH),
        initial_indent=indent,
        subsequent_indent=indent or "  ",
        break_on_hyphens=False,
    )


def imported_text(imported: Imported) -> str:
    """Returns what came of a list of feeds."""
    text = amount(imported.feeds, "address", "es")
    if imported.left_out:
        lists = amount(imported.left_out, "list")
        text += f"; {lists} in the file left out; name them as sources of their own"
    return text


def faults_text(faults: list[Fault], *, pending: list[str]) -> str:
    """Returns what is wrong with a lake, a line each.

    Args:
        faults: What is wrong.
        pending: Runs whose files have not all been moved; that is no fault.
    """
    lines = [f"run {run}: pending, the next command that writes finishes it" for run in pending]
    lines += [printable(fault.message) for fault in faults]
    lines.append(amount(len(faults), "fault") if faults else "the lake is sound")
    return "\n".join(lines)


def compacted_text(done: Compacted) -> str:
    """Returns what a compaction did."""
    lines = [f"moved to _quarantine: {printable(path)}" for path in done.quarantined]
    lines += [f"written off, since it is gone: {printable(path)}" for path in done.written_off]
    if done.moved:
        files = amount(done.moved, "file")
        lines.append(f"{files} of articles and revisions became {done.moved_into:,}")
    if done.completed:
        lines.append(f"{amount(done.completed, 'file')} got the columns of newer files")
    if done.merged:
        lines.append(f"{amount(done.merged, 'file')} merged into {done.written:,}")
    elif not done.moved and not done.completed:
        lines.append("no small files to merge")
    return "\n".join(lines)


def enriched_text(done: Reenriched) -> str:
    """Returns what enriching a lake anew came to."""
    files = amount(done.files, "file")
    text = f"{done.enriched:,} of {amount(done.rows, 'row')} enriched, in {files}"
    return f"{text}\n  not enriched: {_list(done.failures)}" if done.failures else text


def upgraded_text(done: Upgraded) -> str:
    """Returns what an upgrade did: what became of articles one by one, then the sums."""
    if not done.former:
        return f"nothing to do: the ids follow version {done.rule} of the rule for addresses"
    was = ", ".join(map(str, done.former))
    return "\n".join(
        [
            *map(printable, (*done.joined, *done.parted)),
            f"{amount(len(done.joined), 'article')} became part of another, "
            f"{amount(len(done.parted), 'revision')} left their article, "
            f"{amount(done.renamed, 'article')} got a new id; {amount(done.files, 'file')} written",
            f"the ids follow version {done.rule} of the rule for addresses now (before: {was})",
        ]
    )


def _list(counts: dict[str, int]) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in counts.items())


def _argument(path: str) -> str:
    """The path as one writes it in a shell."""
    if printable(path) == path:
        return shlex.quote(path)
    quoted = path.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{printable(quoted)}'"
