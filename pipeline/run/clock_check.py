"""Whether this machine's clock can be right, by what the lake and the documents say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow.parquet as pq

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.failures import CommandError
from feedlake.transforms.normalize import storage
from feedlake.transforms.normalize.date_bounds import FUTURE_TOLERANCE, is_ahead
from feedlake.transforms.normalize.dates import parse_date
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.parquet_files import WriteOptions, values_in

MIN_AHEAD = 3
"""Documents that must lie ahead of the clock before it is doubted: one or two may be a slip of
their authors."""

_RUN_ID = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{6}-\d{4,}")
_TIME = "%Y%m%dT%H%M%SZ"
_TABLES = ("articles", "revisions", "duplicates")
_COLUMNS = ["source", "source_kind", "published_at", "published_text", "date_source", "fetched_at"]


class ClockError(CommandError):
    """The clock can hardly be right: nothing was published (exit code 1)."""


def check_clock(lake: Lake, *, now: datetime) -> None:
    """Raises ClockError if the clock is before the last run that was published.

    Clocks of several machines may differ by an hour.

    Args:
        lake: The lake.
        now: What the clock shows, UTC.

    Raises:
        LakeError: The journal is damaged.
    """
    last_at = _last_run_at(lake)
    if last_at is not None and is_ahead(last_at, now=now):
        raise ClockError(
            f"this machine's clock shows {_shown(now)}, but the last run of {lake.path} began at "
            f"{_shown(last_at)}; set the clock or, if that run's was wrong, give --accept-clock"
        )


def check_documents(
    files: Collection[StagedFile], *, write: WriteOptions, timely: Collection[str]
) -> None:
    """Raises ClockError if most of what a chunk has read lies ahead of the clock.

    A source lies ahead if most of its documents do that have a date. No single source can stop a
    run for long: those that the lake knows, and that were on time when they were polled last, speak
    for the clock, whether this chunk asks them or not.

    Args:
        files: What the chunk has written.
        write: Where it is, and what the clock showed when the chunk began.
        timely: Sources that are known to be on time by this clock.
    """
    ahead, dated = Counter[str](), Counter[str]()
    for row in _rows(files, write):
        is_late = _lies_ahead(row, now=write.started_at)
        if is_late is not None:
            dated[row["source"]] += 1
            ahead[row["source"]] += is_late
    doubting = {source for source, count in ahead.items() if 2 * count > dated[source]}
    doubting -= set(timely)
    trusting = (dated.keys() | set(timely)) - doubting
    if len(doubting) > len(trusting) and sum(ahead.values()) >= MIN_AHEAD:
        raise ClockError(
            f"this machine's clock shows {_shown(write.started_at)}, but {sum(ahead.values()):,} "
            f"of the {sum(dated.values()):,} documents with a date are of a later time; "
            "set the clock or, if the documents are wrong, give --accept-clock"
        )


def _last_run_at(lake: Lake) -> datetime | None:
    """When the run began that was published last, by its own clock; None without any."""
    runs = lake.state().runs
    for run in sorted(runs, key=lambda run: runs[run], reverse=True):
        if found := _RUN_ID.fullmatch(run):
            return datetime.strptime(found[1], _TIME).replace(tzinfo=UTC)
    return None


def _rows(files: Collection[StagedFile], write: WriteOptions) -> Iterator[dict[str, Any]]:
    for file in files:
        if file.table in _TABLES:
            in_path = values_in(file.path)  # By some layouts, the kind of the source.
            with storage.open_read(storage.join(write.folder, file.path)) as stream:
                rows = pq.ParquetFile(stream).read(columns=_COLUMNS).to_pylist()
            yield from ({**in_path, **row} for row in rows)


def _lies_ahead(row: dict[str, Any], *, now: datetime) -> bool | None:
    """Whether the date that a document states lies ahead of the clock; None if it states none.

    Nor does one count that is guessed. Of an archive's record, the time of its capture counts, too.
    """
    if row["source_kind"] in ("arc", "warc") and is_ahead(row["fetched_at"], now=now):
        return True
    stated = row["published_at"] if row["date_source"] in ("feed", "page", "seed") else None
    if stated is None and row["published_text"]:
        stated = parse_date(row["published_text"])
    return None if stated is None else stated > now + FUTURE_TOLERANCE


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
