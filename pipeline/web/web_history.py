"""What earlier runs have found out about addresses: the state of each, and robots.txt files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from feedlake.pipeline.lake.read_rows import read_columns, with_times
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.web.newest_rows import Newest, keep_newest, newest_in, read_newest
from feedlake.transforms.crawl.crawl_records import RobotsText
from feedlake.transforms.normalize.date_bounds import CLOCK_TOLERANCE
from feedlake.transforms.normalize.microseconds import from_microseconds
from feedlake.transforms.poll.wrong_clocks import without_future
from feedlake.transforms.records.polls import Child, PollState
from feedlake.transforms.write.poll_columns import STATE_COLUMNS, read_state

_STATE = [column.name for column in STATE_COLUMNS]
_STATE_TIMES = [column.name for column in STATE_COLUMNS if pa.types.is_timestamp(column.type)]
_NARROW = ["source", "source_kind", "status", "polled_at", "run_id"]
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
    are in the newest row that has them. Times that are still to come were written by a clock that
    was wrong, and don't count.

    Args:
        lake: The lake at one instant.
        now: The time, UTC.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    newest: dict[str, tuple[Newest, str]] = {}
    bodies: dict[str, tuple[Newest, str]] = {}
    robots: dict[str, tuple[Newest, str]] = {}
    places = lake.state.runs
    oldest = now - _ROBOTS_AGE
    for path in lake.files("sources"):
        for found, rows in zip((newest, bodies, robots), _newest_of(path, places), strict=True):
            keep_newest(found, rows, path=path, places=places)
    robots = {
        name: (row, path)
        for name, (row, path) in robots.items()
        if oldest <= from_microseconds(row.rank) <= now + CLOCK_TOLERANCE
    }
    own = [name for name in _STATE if name != "polled_at"]
    states = _rows_at(newest, [*_NARROW, *_LAST, *own])
    wide = _rows_at(bodies, [*_NARROW, *_WIDE])
    texts = _rows_at(robots, [*_NARROW, "http_status", "robots_txt"])
    return WebHistory(
        {name: _known(row, wide.get(name), now=now) for name, row in states.items()},
        tuple(_robots(row) for row in texts.values()),
    )


def _read(path: str) -> pa.Table | None:
    """Returns the rows of a file that tell of polls; None if there is none."""
    table = read_columns(path, _NARROW)
    if "polled_at" not in table.column_names:
        return None  # An older feedlake wrote it, which polled no addresses.
    table = table.filter(pc.is_valid(table["polled_at"]))
    return table if len(table) else None


class _InFile(NamedTuple):
    """The newest rows of a file by source: polls, those with a body, robots.txt."""

    polls: Mapping[str, Newest]
    bodies: Mapping[str, Newest]
    robots: Mapping[str, Newest]


_in_files: dict[str, _InFile] = {}
"""By path. A file of the lake never changes, nor does the order of the runs whose rows it holds,
and a process that polls for months reads each once."""


def _newest_of(path: str, places: Mapping[str, int]) -> _InFile:
    found = _in_files.get(path)
    if found is None:
        found = _in_files[path] = _look_into(path, places)
        if len(_in_files) > _MAX_FILES:
            del _in_files[next(iter(_in_files))]
    return found


def _look_into(path: str, places: Mapping[str, int]) -> _InFile:
    table = _read(path)
    if table is None:
        return _InFile({}, {}, {})
    is_robots = pc.fill_null(pc.equal(table["source_kind"], "robots"), False)
    is_body = pc.is_in(table["status"], value_set=pa.array(["read", "partial"]))
    are = (pc.invert(is_robots), pc.and_(pc.invert(is_robots), is_body), is_robots)
    return _InFile(
        *(
            newest_in(table.filter(wanted), key="source", rank="polled_at", places=places)
            for wanted in are
        )
    )


def _rows_at(
    wanted: dict[str, tuple[Newest, str]], columns: list[str]
) -> dict[str, dict[str, Any]]:
    """The rows of these sources, from the files that hold them."""
    by_path: dict[str, dict[str, Newest]] = {}
    for name, (row, path) in wanted.items():
        by_path.setdefault(path, {})[name] = row
    rows: dict[str, dict[str, Any]] = {}
    for path, names in sorted(by_path.items()):
        found = read_newest(path, columns, names, key="source", time="polled_at")
        rows.update((row["source"], row) for row in found)
    return rows


def _known(row: dict[str, Any], body: dict[str, Any] | None, *, now: datetime) -> KnownAddress:
    state = read_state(with_times(row, _STATE_TIMES))
    assert state is not None, "a row with the time of a poll holds its state"
    read = body or {}
    fingerprints = read.get("entry_marks") or ()
    children = read.get("children") or ()
    return KnownAddress(
        without_future(state, now=now),
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
