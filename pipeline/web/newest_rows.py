"""The newest row of each key of a table: that of the run that was published last.

Clocks do not decide. One may have been set back, and what another wrote may bear a date of next
year. Only among the rows of one run, which one clock wrote, does the later one count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from feedlake.pipeline.lake.read_rows import read_rows_where


class Newest(NamedTuple):
    """Where the newest row of a key is.

    Attributes:
        run_id: The run that wrote it.
        rank: By which it is the last one of its run.
    """

    run_id: str
    rank: int


def newest_in(
    table: pa.Table, *, key: str, rank: str, places: Mapping[str, int]
) -> dict[str, Newest]:
    """Returns the newest row of each key in some rows.

    Args:
        table: With the columns `run_id`, key and rank.
        key: Name of a column of texts.
        rank: Name of a column of whole numbers by which the rows of one run are told apart.
        places: The place of each run in the order in which they were published.
    """
    if not len(table):
        return {}
    if pc.count_distinct(table[key], mode="all").as_py() == len(table):
        return _rows_of(table, key=key, rank=rank)  # As a run writes them: nothing to compare.
    runs = table["run_id"].unique()
    run_places = pa.array([places.get(run, 0) for run in runs.to_pylist()], pa.int64())
    numbers = pc.take(run_places, pc.index_in(table["run_id"], value_set=runs))
    table = table.append_column("place", numbers)
    for name in ("place", rank):
        latest = table.group_by(key).aggregate([(name, "max")])
        which = pc.index_in(table[key], value_set=latest[key].combine_chunks())
        table = table.filter(pc.equal(table[name], pc.take(latest[f"{name}_max"], which)))
    return _rows_of(table, key=key, rank=rank)


def _rows_of(table: pa.Table, *, key: str, rank: str) -> dict[str, Newest]:
    names, runs, ranks = (table[name].to_pylist() for name in (key, "run_id", rank))
    return dict(zip(names, map(Newest, runs, ranks), strict=True))


def keep_newest(
    found: dict[str, tuple[Newest, str]],
    rows: Mapping[str, Newest],
    *,
    path: str,
    places: Mapping[str, int],
) -> None:
    """Adds the newest rows of a file to those of others.

    Args:
        found: The newest row of each key so far, and the file that it is in.
        rows: Those of the file.
        path: Of the file.
        places: The place of each run in the order in which they were published.
    """
    place_of = {run: places.get(run, 0) for run in {row.run_id for row in rows.values()}}
    for name, row in rows.items():  # Of each address that is polled, in each file: thousands.
        known = found.get(name)
        if known is not None:
            place, known_place = place_of[row.run_id], places.get(known[0].run_id, 0)
            if (place, row.rank) < (known_place, known[0].rank):
                continue
        found[name] = row, path


def read_newest(
    path: str,
    columns: Sequence[str],
    wanted: Mapping[str, Newest],
    *,
    key: str,
    time: str,
    per: int = 1,
) -> Iterator[dict[str, Any]]:
    """Yields the rows of a file that are the newest ones; those of one rank and key are all there.

    Args:
        path: The file.
        columns: Those to read, `run_id`, key and time among them.
        wanted: The rows that are wanted of it, by their keys.
        key: As in `newest_in`.
        time: Name of a column of times.
        per: How many ranks there are to a time, in microseconds.

    Raises:
        LakeError: The file is damaged.
    """
    times = {name: row.rank // per for name, row in wanted.items()}
    where = {key: frozenset(times), time: frozenset(times.values())}
    for table in read_rows_where(path, columns, where):
        for row in table.to_pylist():
            name = row[key]
            if (row["run_id"], row[time]) == (wanted[name].run_id, times[name]):
                yield row
