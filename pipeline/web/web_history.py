"""What earlier runs have found out about addresses: the state of each, and robots.txt files."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from feedlake.pipeline.lake.read_rows import read_columns, with_times
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.web.kept_rows import Found, Looked, Search, find_newest
from feedlake.pipeline.web.newest_rows import Newest
from feedlake.transforms.crawl.crawl_records import RobotsText
from feedlake.transforms.normalize.date_bounds import CLOCK_TOLERANCE
from feedlake.transforms.normalize.microseconds import from_microseconds
from feedlake.transforms.poll.wrong_clocks import without_future
from feedlake.transforms.records.polls import Child, PollState
from feedlake.transforms.write.poll_columns import POLL_COLUMNS, STATE_COLUMNS, read_state

_STATE = [column.name for column in STATE_COLUMNS]
_STATE_TIMES = [column.name for column in STATE_COLUMNS if pa.types.is_timestamp(column.type)]
_NARROW = ["source", "source_kind", "status", "polled_at", "run_id"]
_LAST = ["http_status", "error", "detail"]
_WIDE = ["entry_marks", "children", "title", "entries"]
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


def read_web_history(lake: Snapshot, *, now: datetime, may_write: bool = False) -> WebHistory:
    """Returns what earlier runs have found out.

    The newest row of an address holds its state; the fingerprints of its entries and its children
    are in the newest row that has them. Times that are still to come were written by a clock that
    was wrong, and don't count.

    Args:
        lake: The lake at one instant.
        now: The time, UTC.
        may_write: Whether this process holds the lake's lock, and so may keep what it finds.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    oldest = now - _ROBOTS_AGE

    def is_recent(row: Newest) -> bool:
        return from_microseconds(row.rank) >= oldest

    are_wanted = (_any, _any, is_recent)
    polls, bodies, robots = find_newest(lake, _SEARCH, are_wanted=are_wanted, may_write=may_write)
    return WebHistory(
        {name: _known(found, bodies.get(name), now=now) for name, found in polls.items()},
        tuple(
            _robots(found)
            for found in robots.values()
            if from_microseconds(found.newest.rank) <= now + CLOCK_TOLERANCE
        ),
    )


def _any(_: Newest) -> bool:
    return True


def _look(path: str) -> Looked:
    """What a file says of its rows, by source: polls, those with a body, robots.txt."""
    table = read_columns(path, _NARROW)
    if "polled_at" not in table.column_names:  # An older feedlake wrote it, which polled nothing.
        table = table.append_column("polled_at", pa.nulls(len(table), pa.int64()))
    is_poll = pc.is_valid(table["polled_at"])
    is_robots = pc.fill_null(pc.equal(table["source_kind"], "robots"), False)
    is_state = pc.and_(is_poll, pc.invert(is_robots))
    has_body = pc.is_in(table["status"], value_set=pa.array(["read", "partial"]))
    return Looked(
        table.append_column("rank", table["polled_at"]),
        (is_state, pc.and_(is_state, has_body), pc.and_(is_poll, is_robots)),
    )


_SEARCH = Search(
    "sources",
    key="source",
    time="polled_at",
    columns=(
        (*_NARROW, *_LAST, *(name for name in _STATE if name != "polled_at")),
        (*_NARROW, *_WIDE),
        (*_NARROW, "http_status", "robots_txt"),
    ),
    types={
        **dict.fromkeys(_NARROW, pa.string()),
        **{
            column.name: pa.int64() if pa.types.is_timestamp(column.type) else column.type
            for column in POLL_COLUMNS
        },
        "detail": pa.string(),
    },
    look=_look,
)


def _known(found: Found, body: Found | None, *, now: datetime) -> KnownAddress:
    row, read = found.row, body.row if body else {}
    state = read_state(with_times(row, _STATE_TIMES))
    assert state is not None, "a row with the time of a poll holds its state"
    fingerprints = read.get("entry_marks") or ()
    children = read.get("children") or ()
    return KnownAddress(
        without_future(state, now=now),
        status=row["status"],
        kind=(read or row)["source_kind"],
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


def _robots(found: Found) -> RobotsText:
    row = found.row
    body = (row["robots_txt"] or "").encode("utf-8", "surrogatepass")
    fetched_at = from_microseconds(row["polled_at"])
    return RobotsText(row["source"], status=row["http_status"], body=body, fetched_at=fetched_at)
