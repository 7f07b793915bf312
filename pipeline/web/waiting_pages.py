"""Which pages wait in the lake for a later run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.read_rows import read_columns, read_rows_where, with_times
from feedlake.transforms.crawl.crawl_records import HostBackoff
from feedlake.transforms.normalize.hosts import host_of
from feedlake.transforms.records.documents import BACKLOG, Entry
from feedlake.transforms.records.entry_json import read_entry_json
from feedlake.transforms.records.polls import SourceOptions

_NARROW = ["deferred_id", "status", "tried_at"]
_TIMES = ["first_tried_at", "next_try_at", "asked_until"]
_WIDE = [*_NARROW, "source", "reason", "attempts", *_TIMES, "asked_by", "url", "etag"]
_WIDE += ["last_modified", "entry"]


def read_waiting(
    lake: Lake,
    *,
    now: datetime,
    options: Mapping[str, SourceOptions],
    host_pages: int,
    max_pages: int,
    is_scheduled: bool = False,
) -> tuple[Entry, ...]:
    """Returns the entries whose pages are to be asked for now, the longest waiting first.

    Args:
        lake: The lake.
        now: The time, UTC.
        options: What the operator decides about sources, by address.
        host_pages: Pages of one host, at the most.
        max_pages: Pages in all, at the most.
        is_scheduled: Whether to leave those whose next try is later.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    found = []
    rows = _newest_rows(lake)
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
    lake: Lake,
    *,
    now: datetime,
    options: Mapping[str, SourceOptions],
    pages: Mapping[str, int],
    host_pages: int,
    max_pages: int,
) -> tuple[Entry, ...]:
    """Returns the articles whose pages are due to be asked for again, the longest due first.

    Args:
        lake: The lake.
        now: The time, UTC.
        options: What the operator decides about sources, by address.
        pages: Pages of each host that the run asks for before these.
        host_pages: Pages of one host, at the most.
        max_pages: Pages in all, at the most.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    backoffs = _backoffs(_newest_rows(lake), now=now)
    due = [
        (row["next_try_at"], row["deferred_id"], row)
        for row in _newest_rows(lake, status="recheck")
        if row["next_try_at"] <= now and host_of(row["url"]) not in backoffs
    ]
    entries = (
        replace(
            _entry(row, options),
            is_recheck=True,
            is_changed=True,  # Else it would be left out as one that the lake has.
            etag=row["etag"],
            last_modified=row["last_modified"],
        )
        for _, _, row in sorted(due, key=lambda item: item[:2])
    )
    return _within_bounds(entries, pages=pages, host_pages=host_pages, max_pages=max_pages)


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


def read_backoffs(lake: Lake, *, now: datetime) -> tuple[HostBackoff, ...]:
    """Returns which hosts are to be left alone, by what the waiting pages say.

    Args:
        lake: The lake.
        now: The time, UTC.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    until = _backoffs(_newest_rows(lake), now=now)
    return tuple(HostBackoff(f"http://{host}/", until[host]) for host in sorted(until))


def _backoffs(rows: Iterable[Mapping[str, Any]], *, now: datetime) -> dict[str, datetime]:
    """Until when hosts are to be left alone, by name."""
    until: dict[str, datetime] = {}
    for row in rows:
        if row["asked_by"] and row["asked_until"] and row["asked_until"] > now:
            until[row["asked_by"]] = max(row["asked_until"], until.get(row["asked_by"], now))
    return until


def find_backlog(
    lake: Lake,
    *,
    backlog_pages: Mapping[str, int],
    last_names: frozenset[str] = frozenset(),
    host_pages: int,
) -> tuple[tuple[str, ...], dict[str, int]]:
    """Returns which entries wait since there was no room for them in a chunk, in their order.

    Beside them: the pages of each host that the run has fetched from the backlog, without those
    of the last chunk that had no time for them.

    Args:
        lake: The lake.
        backlog_pages: Pages of each host that the run was to fetch from the backlog before.
        last_names: Entries that the last chunk was to fetch.
        host_pages: Pages of one host, at the most.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    found = []
    for row in _newest_rows(lake):
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
    lake: Lake, names: Iterable[str], *, options: Mapping[str, SourceOptions]
) -> tuple[Entry, ...]:
    """Returns the entries with these names that wait.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    wanted = frozenset(names)
    rows = (row for row in _newest_rows(lake) if row["deferred_id"] in wanted)
    return tuple(_entry(row, options) for row in sorted(rows, key=itemgetter("deferred_id")))


def _entry(row: Mapping[str, Any], options: Mapping[str, SourceOptions]) -> Entry:
    entry = read_entry_json(row["entry"])
    return replace(
        entry,
        options=options.get(entry.document.source, SourceOptions()),
        attempts=row["attempts"],
        first_tried_at=row["first_tried_at"],
    )


def read_waits(lake: Lake) -> dict[str, dict[str, tuple[int, datetime | None]]]:
    """Returns, by source and identity, how often what waits was asked for, and when first, UTC.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    waits: dict[str, dict[str, tuple[int, datetime | None]]] = {}
    for row in _newest_rows(lake):
        waited = row["attempts"], row["first_tried_at"]
        waits.setdefault(row["source"], {})[row["deferred_id"]] = waited
    return waits


def count_waiting(lake: Lake) -> int:
    """Returns how many pages wait in all.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    return len(_newest_rows(lake))


def _newest_rows(lake: Lake, *, status: str = "waiting") -> list[dict[str, Any]]:
    """The newest row of each entry that waits, or has another status."""
    newest = _find_newest(tuple(lake.files("deferred")))
    waiting = {name: found for name, found in newest.items() if found[1] == status}
    rows = {}
    for path in sorted({path for _, _, path in waiting.values()}):
        names = {name for name, (_, _, there) in waiting.items() if there == path}
        times = {waiting[name][0] for name in names}
        for table in read_rows_where(path, _WIDE, {"deferred_id": names, "tried_at": times}):
            for row in table.to_pylist():
                at, own_status, _ = waiting[row["deferred_id"]]
                if (at, own_status) == (row["tried_at"], row["status"]):
                    rows[row["deferred_id"]] = with_times(row, ["tried_at", *_TIMES])
    return list(rows.values())


@lru_cache(1)
def _find_newest(files: tuple[str, ...]) -> dict[str, tuple[int, str, str]]:
    """Time, status and file of the newest row of each entry.

    A run asks several times. Files of the lake never change, so the same ones say the same.
    """
    newest: dict[str, tuple[int, str, str]] = {}
    for path in files:
        table = read_columns(path, _NARROW)
        columns = (table[name].to_pylist() for name in _NARROW)
        for name, status, tried_at in zip(*columns, strict=True):
            known = newest.get(name)
            # If two rows have the same time, `done` counts.
            if known is None or (tried_at, status == "done") >= (known[0], known[1] == "done"):
                newest[name] = tried_at, status, path
    return newest
