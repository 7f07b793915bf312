"""What earlier runs have found out about addresses: the state of each, and robots.txt files."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from feedlake.pipeline.lake.read_rows import read_columns, read_rows_where, with_times
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.transforms.crawl.crawl_records import RobotsText
from feedlake.transforms.normalize.microseconds import from_microseconds, to_microseconds
from feedlake.transforms.records.polls import Child, PollState
from feedlake.transforms.write.poll_columns import STATE_COLUMNS, read_state

_STATE = [column.name for column in STATE_COLUMNS]
_STATE_TIMES = [column.name for column in STATE_COLUMNS if pa.types.is_timestamp(column.type)]
_NARROW = ["source", "source_kind", "status", "polled_at"]
_LAST = ["http_status", "error", "detail"]
_WIDE = ["entry_marks", "children", "title", "entries"]
_MAX_FILES = 4_096  # How many of the last files keep their summary in memory.
_ROBOTS_AGE = timedelta(days=1)


@dataclass(frozen=True)
class KnownAddress:
    """What the lake holds of one polled address.

    Attributes:
        state: As of its last poll.
        status: Of its last poll, as in `SourceReport`.
        kind: What it is.
        entry_fingerprints: Of the last poll whose body was read, and of entries before it.
        children: Where it leads to, as of the last poll whose body was read.
        http_status: Of its last poll.
        error: Of its last poll, as a stable word.
        detail: The same as a sentence.
        title: Its name, as of the last poll whose body was read.
        entries: What its body held in that poll; None if none was read.
    """

    state: PollState
    _: KW_ONLY
    status: str
    kind: str | None
    entry_fingerprints: tuple[bytes, ...] = ()
    children: tuple[Child, ...] = ()
    http_status: int | None = None
    error: str | None = None
    detail: str | None = None
    title: str | None = None
    entries: int | None = None


@dataclass(frozen=True)
class WebHistory:
    """What the lake holds of all addresses.

    Attributes:
        addresses: By `SourceReport.source`.
        robots: The robots.txt files that are younger than a day.
    """

    addresses: dict[str, KnownAddress] = field(default_factory=dict)
    robots: tuple[RobotsText, ...] = ()


def read_web_history(lake: Snapshot, *, now: datetime) -> WebHistory:
    """Returns what earlier runs have found out.

    The newest row of an address holds its state; the fingerprints of its entries and its children
    are in the newest row that has them.

    Args:
        lake: The lake at one instant.
        now: The time, UTC.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    newest: dict[str, tuple[int, str]] = {}
    bodies: dict[str, tuple[int, str]] = {}
    robots: dict[str, tuple[int, str]] = {}
    oldest = to_microseconds(now - _ROBOTS_AGE)
    for path in lake.files("sources"):
        for found, times in zip((newest, bodies, robots), _newest_in(path), strict=True):
            for name, at in times.items():
                if name not in found or at >= found[name][0]:
                    found[name] = at, path
    robots = {name: found for name, found in robots.items() if found[0] >= oldest}
    own = [name for name in _STATE if name != "polled_at"]
    states = _rows_at(newest, [*_NARROW, *_LAST, *own])
    wide = _rows_at(bodies, [*_NARROW, *_WIDE])
    texts = _rows_at(robots, [*_NARROW, "http_status", "robots_txt"])
    return WebHistory(
        {name: _known(row, wide.get(name)) for name, row in states.items()},
        tuple(_robots(row) for row in texts.values()),
    )


def _read(path: str) -> pa.Table | None:
    """Returns the rows of a file that tell of polls; None if there is none."""
    table = read_columns(path, _NARROW)
    if "polled_at" not in table.column_names:
        return None  # An older feedlake wrote it, which polled no addresses.
    table = table.filter(pc.is_valid(table["polled_at"]))
    return table if len(table) else None


@lru_cache(_MAX_FILES)
def _newest_in(path: str) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Times of the newest rows of a file by source: polls, those with a body, robots.txt.

    A file of the lake never changes, and a process that polls for months reads each once.
    """
    table = _read(path)
    if table is None:
        return {}, {}, {}
    is_robots = pc.fill_null(pc.equal(table["source_kind"], "robots"), False)
    is_body = pc.is_in(table["status"], value_set=pa.array(["read", "partial"]))
    return (
        _newest_of(table.filter(pc.invert(is_robots))),
        _newest_of(table.filter(pc.and_(pc.invert(is_robots), is_body))),
        _newest_of(table.filter(is_robots)),
    )


def _newest_of(table: pa.Table) -> dict[str, int]:
    latest = table.group_by("source").aggregate([("polled_at", "max")])
    names, times = latest["source"].to_pylist(), latest["polled_at_max"].to_pylist()
    return dict(zip(names, times, strict=True))


def _rows_at(wanted: dict[str, tuple[int, str]], columns: list[str]) -> dict[str, dict[str, Any]]:
    """The rows of these sources with these times, from the files that hold them."""
    rows: dict[str, dict[str, Any]] = {}
    for path in sorted({path for _, path in wanted.values()}):
        times = {name: at for name, (at, there) in wanted.items() if there == path}
        where = {"source": frozenset(times), "polled_at": frozenset(times.values())}
        for table in read_rows_where(path, columns, where):
            for row in table.to_pylist():
                if times[row["source"]] == row["polled_at"]:
                    rows[row["source"]] = row
    return rows


def _known(row: dict[str, Any], body: dict[str, Any] | None) -> KnownAddress:
    state = read_state(with_times(row, _STATE_TIMES))
    assert state is not None, "a row with the time of a poll holds its state"
    read = body or {}
    fingerprints = read.get("entry_marks") or ()
    children = read.get("children") or ()
    return KnownAddress(
        state,
        status=row["status"],
        kind=(body or row)["source_kind"],
        entry_fingerprints=tuple(fingerprints),
        children=tuple(
            Child(child["url"], tuple(child["tags"]), child["is_feed"]) for child in children
        ),
        http_status=row.get("http_status"),
        error=row.get("error"),
        detail=row.get("detail"),
        title=read.get("title"),
        entries=read.get("entries"),
    )


def _robots(row: dict[str, Any]) -> RobotsText:
    body = (row["robots_txt"] or "").encode("utf-8", "surrogatepass")
    fetched_at = from_microseconds(row["polled_at"])
    return RobotsText(row["source"], status=row["http_status"], body=body, fetched_at=fetched_at)
