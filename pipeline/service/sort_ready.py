"""The rule for what a publication says of entries that were taken up, settled, or wait on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from feedlake.transforms.fetch.drop_known import Waited
from feedlake.transforms.records.documents import BACKLOG, Deferral, Entry
from feedlake.transforms.records.entry_json import deferred_id
from feedlake.transforms.records.polls import Poll
from feedlake.transforms.records.ready import Answered, Ready, ReadyRows, Settled

Waits = Mapping[str, Waited]
"""Of all that waits in the lake, by `deferred_id`: attempts, and when the first was, UTC."""

_LATER = timedelta(microseconds=1)
_DETAIL = "its page had not come when its feed was published"


def sort_ready(
    ready: Ready, *, waits: Waits, polled_at: Mapping[str, datetime], now: datetime
) -> ReadyRows:
    """Returns what a publication writes; the same records given again add nothing to the lake.

    An entry whose page has not come is a waiting row, so that it is safe whatever happens to this
    process. If it is settled in a later publication, it counts as read there, and waits no more.

    Args:
        ready: What is ready.
        waits: What waits in the lake.
        polled_at: When addresses were polled last, by what the lake holds. A poll that is no later
            is in the lake already, and so are its entries.
        now: The time, UTC.
    """
    answered = [one for one in ready.answered if not _is_published(one, polled_at)]
    begun: dict[str, list[Entry]] = defaultdict(list)
    for one in answered:
        for entry in one.entries:
            begun[deferred_id(entry.document)].append(entry)
    counts, deferrals, settled = Counter[str](), list[Deferral](), list[Settled]()
    ended: dict[str, Deferral] = {}
    for end in ready.settled:
        name = deferred_id(end.entry.document)
        same = [one for one in begun[name] if version_of(one) == version_of(end.entry)]
        is_of_now = bool(same)
        if is_of_now:
            begun[name].remove(same[0])
        elif end.is_waiting and name not in waits:
            continue  # It was settled since; this is an older attempt, given again.
        counts["documents"] += not is_of_now
        settled.append(end)
        if end.deferral is not None:
            deferrals.append(end.deferral)
            counts["deferred"] += end.is_waiting
        elif name in waits:
            ended[name] = _ended(end.entry, at=now)
        if end.known is not None:
            counts[end.known] += 1
    for name, entries in begun.items():
        if entries:
            ended.pop(name, None)
            # Of an entry that was read again meanwhile, the newest words count.
            counts["known_by_entry"] += len(entries) - 1
            deferrals.append(_in_turn(entries[-1], waits.get(name), at=now))
            counts["deferred"] += 1
            counts["backlog"] += 1
    counts["documents"] -= counts["deferred"]
    counts["known_by_entry"] += sum(one.known for one in answered)
    return ReadyRows(
        (
            *(document for one in answered for document in one.documents),
            *(end.document for end in settled if end.document is not None),
        ),
        rejected=(
            *(rejection for one in answered for rejection in one.rejected),
            *(end.rejection for end in settled if end.rejection is not None),
        ),
        reports=(*(one.report for one in answered), *ready.robots),
        deferrals=(*deferrals, *ended.values()),
        recognised=tuple(end.recognised for end in settled if end.recognised is not None),
        counts={name: count for name, count in counts.items() if count},
        kept=ready.kept,
    )


def version_of(entry: Entry) -> tuple[str, str | None]:
    """Returns what an entry is, and what its source says of it: its `deferred_id` and its mark."""
    return deferred_id(entry.document), entry.document.entry_mark


def split_ready(ready: Ready) -> tuple[Ready, Ready]:
    """Returns what needs no text to be extracted, and the rest.

    The first is published in a moment. Then entries of the rest wait in the lake, and are lost to
    nobody if there is no time for it.

    Args:
        ready: What is ready.
    """
    slow = [one for one in ready.answered if one.documents or one.rejected]
    versions = Counter(version_of(entry) for one in slow for entry in one.entries)
    quick, rest = list[Settled](), list[Settled]()
    for end in ready.settled:
        version = version_of(end.entry)
        is_slow = versions[version] > 0 or end.document is not None or end.rejection is not None
        versions[version] -= versions[version] > 0
        (rest if is_slow else quick).append(end)
    answered = tuple(one for one in ready.answered if not (one.documents or one.rejected))
    return (
        Ready(answered, tuple(quick), ready.robots),
        Ready(tuple(slow), tuple(rest), kept=ready.kept),
    )


def _is_published(answered: Answered, polled_at: Mapping[str, datetime]) -> bool:
    poll, last = answered.report.poll, polled_at.get(answered.report.source)
    at = poll.state.polled_at if isinstance(poll, Poll) else None
    return at is not None and last is not None and at <= last


def _ended(entry: Entry, *, at: datetime) -> Deferral:
    return Deferral(entry, status="done", reason=None, detail=None, tried_at=at, next_try_at=None)


def _in_turn(entry: Entry, waited: Waited | None, *, at: datetime) -> Deferral:
    attempts, first_tried_at = waited or (entry.attempts, entry.first_tried_at)
    waiting = replace(entry, attempts=attempts, first_tried_at=first_tried_at, is_deferred=True)
    # After whatever else this publication says of it.
    return Deferral(
        waiting,
        status="waiting",
        reason=BACKLOG,
        detail=_DETAIL,
        tried_at=at + _LATER,
        next_try_at=at,
    )
