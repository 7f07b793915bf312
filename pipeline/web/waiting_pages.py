"""Which pages wait in the lake for a later run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from feedlake.pipeline.lake.read_rows import read_columns, with_times
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.web.kept_rows import Found, Looked, Search, find_newest
from feedlake.pipeline.web.newest_rows import Newest, read_newest
from feedlake.transforms.crawl.crawl_records import HostBackoff
from feedlake.transforms.normalize.date_bounds import is_ahead
from feedlake.transforms.normalize.hosts import host_of
from feedlake.transforms.records.documents import BACKLOG, Entry
from feedlake.transforms.records.entry_json import read_entry_json
from feedlake.transforms.records.polls import SourceOptions

_NARROW = ["deferred_id", "status", "tried_at", "run_id"]
_TIMES = ["first_tried_at", "next_try_at", "asked_until"]
_WIDE = [*_NARROW, "source", "reason", "attempts", *_TIMES, "asked_by", "url", "etag"]
_WIDE += ["last_modified", "entry"]
_STATUSES = ("recheck", "waiting", "done")
"""Of two rows of one run with the same time, the one with the later status counts."""


def read_waiting(
    lake: Snapshot,
    *,
    now: datetime,
    options: Mapping[str, SourceOptions],
    host_pages: int,
    max_pages: int,
    is_scheduled: bool = False,
    may_write: bool = False,
) -> tuple[Entry, ...]:
    """Returns the entries whose pages are to be asked for now, the longest waiting first.

    Args:
        lake: The lake at one instant.
        now: The time, UTC.
        options: What the operator decides about sources, by address.
        host_pages: Pages of one host, at the most.
        max_pages: Pages in all, at the most.
        is_scheduled: Whether to leave those whose next try is later.
        may_write: Whether this process holds the lake's lock, and so may keep where rows are.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    found = []
    rows = _newest_rows(lake, now=now, may_write=may_write)
    backoffs = _backoffs(rows, now=now)
    for row in rows:
        is_early = is_scheduled and (row["next_try_at"] or now) > now
        is_asked = (row["asked_until"] or now) > now or host_of(row["url"]) in backoffs
        if not is_early and not is_asked:
            found.append((row["first_tried_at"] or row["tried_at"], row["deferred_id"], row))
    pages = Counter[str]()
    rows = [row for _, _, row in sorted(found, key=lambda item: item[:2])]
    entries = (_entry(row, options) for row in rows)
    return _within_bounds(entries, pages=pages, host_pages=host_pages, max_pages=max_pages)


def read_rechecks(
    lake: Snapshot,
    *,
    now: datetime,
    options: Mapping[str, SourceOptions],
    pages: Mapping[str, int],
    host_pages: int,
    max_pages: int,
) -> tuple[Entry, ...]:
    """Returns the articles whose pages are due to be asked for again, the longest due first.

    Args:
        lake: The lake at one instant.
        now: The time, UTC.
        options: What the operator decides about sources, by address.
        pages: Pages of each host that the run asks for before these.
        host_pages: Pages of one host, at the most.
        max_pages: Pages in all, at the most.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    backoffs = _backoffs(_newest_rows(lake, now=now), now=now)
    due = [
        (row["next_try_at"] or now, row["deferred_id"], row)
        for row in _newest_rows(lake, now=now, status="recheck")
        if (row["next_try_at"] or now) <= now and host_of(row["url"]) not in backoffs
    ]
    entries = (_to_recheck(row, options) for _, _, row in sorted(due, key=lambda item: item[:2]))
    return _within_bounds(entries, pages=pages, host_pages=host_pages, max_pages=max_pages)


def read_due(
    lake: Snapshot,
    *,
    now: datetime,
    options: Mapping[str, SourceOptions],
    backlog_before: datetime,
    rechecks: bool,
    host_pages: int,
    max_pages: int,
) -> tuple[tuple[datetime, Entry], ...]:
    """Returns what is due now of all that waits, the longest waiting first, articles to be looked
    at again last; each with the time of its row.

    Args:
        lake: The lake at one instant.
        now: The time, UTC.
        options: What the operator decides about sources, by address.
        backlog_before: Entries that wait only for their turn are left out if their row is younger.
        rechecks: Whether pages of articles are asked for again.
        host_pages: Pages of one host, at the most.
        max_pages: Pages in all, at the most.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    rows = _newest_rows(lake, now=now)
    backoffs = _backoffs(rows, now=now)

    def is_due(row: Mapping[str, Any]) -> bool:
        is_asked = (row["asked_until"] or now) > now or host_of(row["url"]) in backoffs
        is_in_turn = row["reason"] == BACKLOG and row["tried_at"] > backlog_before
        return not (is_asked or is_in_turn) and (row["next_try_at"] or now) <= now

    found = [(row, _entry(row, options)) for row in sorted(filter(is_due, rows), key=_since)]
    if rechecks:
        again = sorted(filter(is_due, _newest_rows(lake, now=now, status="recheck")), key=_since)
        found += ((row, _to_recheck(row, options)) for row in again)
    chosen = _within_bounds(
        (entry for _, entry in found), pages={}, host_pages=host_pages, max_pages=max_pages
    )
    tried_at = {id(entry): row["tried_at"] for row, entry in found}
    return tuple((tried_at[id(entry)], entry) for entry in chosen)


def _since(row: Mapping[str, Any]) -> tuple[datetime, str]:
    return row["first_tried_at"] or row["tried_at"], row["deferred_id"]


def _within_bounds(
    entries: Iterable[Entry], *, pages: Mapping[str, int], host_pages: int, max_pages: int
) -> tuple[Entry, ...]:
    """The first of these entries, no host's more than it may have."""
    asked = Counter(pages)
    chosen: list[Entry] = []
    for entry in entries:
        host = host_of(entry.document.url or "")
        if asked[host] < host_pages and len(chosen) < max_pages:
            asked[host] += 1
            chosen.append(entry)
    return tuple(chosen)


def read_backoffs(lake: Snapshot, *, now: datetime) -> tuple[HostBackoff, ...]:
    """Returns which hosts are to be left alone, by what the waiting pages say.

    Args:
        lake: The lake at one instant.
        now: The time, UTC.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    until = _backoffs(_newest_rows(lake, now=now), now=now)
    return tuple(HostBackoff(f"http://{host}/", until[host]) for host in sorted(until))


def _backoffs(rows: Iterable[Mapping[str, Any]], *, now: datetime) -> dict[str, datetime]:
    """Until when hosts are to be left alone, by name."""
    until: dict[str, datetime] = {}
    for row in rows:
        if row["asked_by"] and row["asked_until"] and row["asked_until"] > now:
            until[row["asked_by"]] = max(row["asked_until"], until.get(row["asked_by"], now))
    return until


def find_backlog(
    lake: Snapshot,
    *,
    now: datetime,
    backlog_pages: Mapping[str, int],
    last_names: frozenset[str] = frozenset(),
    host_pages: int,
) -> tuple[tuple[str, ...], dict[str, int]]:
    """Returns which entries wait since there was no room for them in a chunk, in their order.

    Beside them: the pages of each host that the run has fetched from the backlog, without those
    of the last chunk that had no time for them.

    Args:
        lake: The lake at one instant.
        now: The time, UTC.
        backlog_pages: Pages of each host that the run was to fetch from the backlog before.
        last_names: Entries that the last chunk was to fetch.
        host_pages: Pages of one host, at the most.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    found = []
    for row in _newest_rows(lake, now=now):
        if row["reason"] == BACKLOG:
            host = host_of(read_entry_json(row["entry"]).document.url or "")
            found.append((row["tried_at"], row["deferred_id"], host))
    fetched = Counter(backlog_pages)
    fetched.subtract(host for _, name, host in found if name in last_names)
    pages = Counter(fetched)
    names = []
    for _, name, host in sorted(found):
        pages[host] += 1
        if pages[host] <= host_pages:
            names.append(name)
    return tuple(names), dict(fetched)


def read_named(
    lake: Snapshot, names: Iterable[str], *, now: datetime, options: Mapping[str, SourceOptions]
) -> tuple[Entry, ...]:
    """Returns the entries with these names that wait.

    Args:
        lake: The lake at one instant.
        names: Their names.
        now: The time, UTC.
        options: What the operator decides about sources, by address.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    wanted = frozenset(names)
    rows = (row for row in _newest_rows(lake, now=now) if row["deferred_id"] in wanted)
    return tuple(_entry(row, options) for row in sorted(rows, key=itemgetter("deferred_id")))


def _entry(row: Mapping[str, Any], options: Mapping[str, SourceOptions]) -> Entry:
    entry = read_entry_json(row["entry"])
    return replace(
        entry,
        options=options.get(entry.document.source, SourceOptions()),
        attempts=row["attempts"],
        first_tried_at=row["first_tried_at"],
    )


def _to_recheck(row: Mapping[str, Any], options: Mapping[str, SourceOptions]) -> Entry:
    return replace(
        _entry(row, options),
        is_recheck=True,
        is_changed=True,  # Else it would be left out as one that the lake has.
        etag=row["etag"],
        last_modified=row["last_modified"],
    )


def read_waits(
    lake: Snapshot, *, now: datetime
) -> dict[str, dict[str, tuple[int, datetime | None]]]:
    """Returns, by source and identity, how often what waits was asked for, and when first, UTC.

    Args:
        lake: The lake at one instant.
        now: The time, UTC.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    waits: dict[str, dict[str, tuple[int, datetime | None]]] = {}
    for row in _newest_rows(lake, now=now):
        waited = row["attempts"], row["first_tried_at"]
        waits.setdefault(row["source"], {})[row["deferred_id"]] = waited
    return waits


def _newest_rows(
    lake: Snapshot, *, now: datetime, status: str = "waiting", may_write: bool = False
) -> list[dict[str, Any]]:
    """The newest row of each entry that waits, or has another status.

    Times that are still to come were written by a clock that was wrong: what happened then happened
    by now, and what was to wait for later does not.
    """
    by_path: dict[str, dict[str, Newest]] = {}
    for name, found in _find_newest(lake, may_write).items():
        if _status(found.newest) == status:
            by_path.setdefault(found.path, {})[name] = found.newest
    per = len(_STATUSES)
    rows = {
        row["deferred_id"]: _without_future(with_times(row, ["tried_at", *_TIMES]), now=now)
        for path, names in sorted(by_path.items())
        for row in read_newest(
            lake.places[path], _WIDE, names, key="deferred_id", time="tried_at", per=per
        )
        if row["status"] == status
    }
    return list(rows.values())


_last_found: dict[tuple[str, ...], dict[str, Found]] = {}
"""What `_find_newest` gave for the last files. A run asks several times, and files of the lake
never change, so the same ones say the same."""


def _find_newest(lake: Snapshot, may_write: bool) -> dict[str, Found]:
    """The newest row of each entry that is not done with, and its file."""
    files = tuple(lake.files("deferred"))
    held = _last_found.get(files)
    if held is None:
        [held] = find_newest(lake, _SEARCH, are_wanted=[_is_not_done], may_write=may_write)
        _last_found.clear()
        _last_found[files] = held
    return held


def _is_not_done(row: Newest) -> bool:
    return _status(row) != "done"


def _status(row: Newest) -> str:
    return _STATUSES[row.rank % len(_STATUSES)]


def _look(path: str) -> Looked:
    """What a file says of its rows; `rank` is a time and a status in one."""
    table = read_columns(path, _NARROW)
    code = pc.index_in(table["status"], value_set=pa.array(_STATUSES)).cast(pa.int64())
    rank = pc.add(pc.multiply(table["tried_at"], len(_STATUSES)), code)
    return Looked(table.append_column("rank", rank), [pc.is_valid(rank)])


_SEARCH = Search(
    "deferred",
    key="deferred_id",
    time="tried_at",
    per=len(_STATUSES),
    columns=((),),  # What a page brought with it may be long: only where the rows are.
    types={},
    look=_look,
)


def _without_future(row: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    if is_ahead(row["tried_at"], now=now):
        row |= {"tried_at": now, "next_try_at": None, "asked_until": None}
    first = row["first_tried_at"]
    return row | {"first_tried_at": min(first, now) if first else None}
