"""The newest rows of a table's keys, kept under `_cache/` so that old files needn't be searched.

What feedlake knows of an address is its newest row, and in a lake of a year any file may hold that.
So what was found is kept, together with the files that were searched and the place of the run that
had been published last by then. Next time it holds:

* Rows of later runs are in files that came since. They are newer than all that is kept.
* Rows of earlier runs in such a file were moved there by a compaction: as many as the files had
  held that left, and the kept ones among them. These are read anew where they are now.
* If there are fewer or more of them, or a kept row is not among them, rows have left the lake in
  another way. Then all files are searched, as if nothing had been kept.

So the lake is the only state: deleting the cache changes nothing, and what is said of the lake
doesn't depend on which command has moved its rows.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from operator import itemgetter
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.web.newest_rows import Newest, keep_newest, newest_in, read_newest
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import StagedFile

WRITTEN_AFTER = 8
"""Files that must have come or left before what was found is written: some are read as quickly."""

_VERSION = 1
"""Raised when the same rows would be kept otherwise."""

_OWN = ("kept_kind", "kept_key", "kept_rank", "kept_file")
_COVER = b"feedlake.cover"
_BATCH_ROWS = 10_000  # Some 2 kB each.
_DIGEST_BYTES = hashlib.sha256().digest_size


class Looked(NamedTuple):
    """What a file says of its rows.

    Attributes:
        table: All rows: `run_id`, key, and `rank` by which the rows of one run are told apart.
        are: For each kind, which of the rows are of it.
    """

    table: pa.Table
    are: Sequence[pa.Array | pa.ChunkedArray]


@dataclass(frozen=True)
class Search:
    """What is looked for.

    Attributes:
        table: Of the lake.
        key: Name of a column of texts: the newest row of each is looked for.
        time: Name of the column of times by which rows of one run are told apart.
        per: How many ranks there are to a time.
        columns: For each kind of rows, the columns that are read of the newest ones; none if it
            only matters where they are.
        types: Of these columns, times as `read_columns` gives them.
        look: Looks into a file.
    """

    table: str
    _: KW_ONLY
    key: str
    time: str
    per: int = 1
    columns: Sequence[Sequence[str]]
    types: Mapping[str, pa.DataType]
    look: Callable[[str], Looked]


class Found(NamedTuple):
    """The newest row of a key.

    Attributes:
        newest: Which it is.
        path: Of its file, below the lake.
        row: Its columns by name; empty if none are read.
    """

    newest: Newest
    path: str
    row: dict[str, Any]


@dataclass(frozen=True)
class _Kept:
    """What was found in the files of a lake.

    Attributes:
        files: How many rows each had, by names that tell it apart from one that had its path
            before.
        run_id: The run that had been published last; None without any.
        place: Its place.
        found: By kind and key.
    """

    files: Mapping[str, int]
    run_id: str | None
    place: int
    found: Sequence[Mapping[str, Found]]


def find_newest(
    lake: Snapshot,
    search: Search,
    *,
    are_wanted: Sequence[Callable[[Newest], bool]],
    may_write: bool = False,
) -> list[dict[str, Found]]:
    """Returns the newest rows by key, for each kind.

    Args:
        lake: The lake at one instant.
        search: What is looked for.
        are_wanted: For each kind, whether a newest row is of use, now or later.
        may_write: Whether this process holds the lake's lock, and so may keep what it finds.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    nothing = _Kept({}, None, -1, [{} for _ in search.columns])
    kept = _read(lake.lake, search) or nothing
    found = _catch_up(kept, lake, search)
    is_void = found is None
    if found is None:
        kept, found = nothing, _catch_up(nothing, lake, search)
    assert found is not None, "nothing that is kept contradicts no lake"
    wanted = [
        {key: row for key, row in rows.items() if is_wanted(row.newest)}
        for rows, is_wanted in zip(found, are_wanted, strict=True)
    ]
    files = {_name_of(file): file.rows for file in lake.held(search.table)}
    if may_write and (is_void or len(files.keys() ^ kept.files.keys()) >= WRITTEN_AFTER):
        run_id, place = max(lake.state.runs.items(), key=itemgetter(1), default=(None, 0))
        _write(lake.lake, search, _Kept(files, run_id, place, wanted))
    return wanted


def _catch_up(kept: _Kept, lake: Snapshot, search: Search) -> list[dict[str, Found]] | None:
    """What is newest now; None if the files contradict what is kept."""
    places = lake.state.runs
    if kept.run_id is not None and places.get(kept.run_id) != kept.place:
        return None  # It is of a later instant, or of another lake.
    held = {_name_of(file): file for file in lake.held(search.table)}
    left = kept.files.keys() - held.keys()
    gone = {name.rpartition(" ")[0] for name in left}
    stay = [{key: row for key, row in rows.items() if row.path not in gone} for rows in kept.found]
    moved = [
        {key: row.newest for key, row in rows.items() if row.path in gone} for rows in kept.found
    ]
    new: list[dict[str, tuple[Newest, str]]] = [{} for _ in kept.found]
    again: list[dict[str, tuple[Newest, str]]] = [{} for _ in kept.found]
    old_rows = 0
    for name in sorted(held.keys() - kept.files.keys()):
        path = held[name].path
        table, are = search.look(lake.places[path])
        is_old = _are_of_runs_to(kept.place, table, places)
        old_rows += pc.sum(is_old).as_py() or 0
        for number, is_kind in enumerate(are):
            later = table.filter(pc.and_(is_kind, pc.invert(is_old)))
            rows = newest_in(later, key=search.key, rank="rank", places=places)
            keep_newest(new[number], rows, path=path, places=places)
            if moved[number]:
                earlier = table.filter(pc.and_(is_kind, is_old))
                rows = _those_again(earlier, moved[number], key=search.key)
                again[number].update((key, (row, path)) for key, row in rows.items())
    if old_rows != sum(kept.files[name] for name in left):
        return None
    if any(rows.keys() != known.keys() for rows, known in zip(moved, again, strict=True)):
        return None
    return [
        {**stay[number], **_read_found({**again[number], **new[number]}, lake, search, columns)}
        for number, columns in enumerate(search.columns)
    ]


def _are_of_runs_to(place: int, table: pa.Table, places: Mapping[str, int]) -> pa.ChunkedArray:
    """Whether each row was written by a run up to a place in the order of publication."""
    runs = table["run_id"].unique()
    are_earlier = pa.array([places.get(run, 0) <= place for run in runs.to_pylist()], pa.bool_())
    return pc.take(are_earlier, pc.index_in(table["run_id"], value_set=runs))


def _those_again(table: pa.Table, wanted: Mapping[str, Newest], *, key: str) -> dict[str, Newest]:
    """The rows that are wanted, of those of a file."""
    rows = table.filter(pc.is_in(table[key], value_set=pa.array(wanted, pa.string())))
    columns = (rows[name].to_pylist() for name in (key, "run_id", "rank"))
    held = ((name, Newest(run, rank)) for name, run, rank in zip(*columns, strict=True))
    return {name: newest for name, newest in held if wanted[name] == newest}


def _read_found(
    found: Mapping[str, tuple[Newest, str]],
    lake: Snapshot,
    search: Search,
    columns: Sequence[str],
) -> dict[str, Found]:
    """The columns of newest rows, from the files that hold them."""
    if not columns:
        return {key: Found(newest, path, {}) for key, (newest, path) in found.items()}
    by_path: dict[str, dict[str, Newest]] = defaultdict(dict)
    for key, (newest, path) in found.items():
        by_path[path][key] = newest
    rows: dict[str, Found] = {}
    for path, wanted in sorted(by_path.items()):
        place = lake.places[path]
        for row in read_newest(
            place, columns, wanted, key=search.key, time=search.time, per=search.per
        ):
            rows[row[search.key]] = Found(wanted[row[search.key]], path, row)
    return rows


def _name_of(file: StagedFile) -> str:
    return f"{file.path} {file.sha256[:16]}"


def _path(lake: str, search: Search) -> str:
    return storage.join(lake, "_cache", f"newest-{_VERSION}", search.table)


def _schema(search: Search) -> pa.Schema:
    """That of what is kept."""
    kinds = (pa.int8(), pa.string(), pa.int64(), pa.int32())
    columns = dict.fromkeys(name for names in search.columns for name in names)
    return pa.schema(
        [
            *zip(_OWN, kinds, strict=True),
            ("run_id", pa.string()),
            *((name, search.types[name]) for name in columns if name != "run_id"),
        ]
    )


def _write(lake: str, search: Search, kept: _Kept) -> None:
    """Writes what was found, behind a checksum."""
    numbers = {name.rpartition(" ")[0]: number for number, name in enumerate(kept.files)}
    rows = (
        {"run_id": row.newest.run_id, **row.row}
        | dict(zip(_OWN, (kind, key, row.newest.rank, numbers[row.path]), strict=True))
        for kind, found in enumerate(kept.found)
        for key, row in found.items()
    )
    cover = {"files": kept.files, "run_id": kept.run_id, "place": kept.place}
    schema = _schema(search).with_metadata({_COVER: json.dumps(cover)})
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        while some := list(itertools.islice(rows, _BATCH_ROWS)):
            writer.write_table(pa.Table.from_pylist(some, schema))
    content = memoryview(sink.getvalue())

    def write(stream: BinaryIO) -> None:
        stream.write(hashlib.sha256(content).digest())
        stream.write(content)

    storage.write_file(_path(lake, search), write)


def _read(lake: str, search: Search) -> _Kept | None:
    """What was kept; None if there is nothing, or nothing that this feedlake can use."""
    try:
        content = memoryview(storage.read_bytes(_path(lake, search)))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    digest, content = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        return None
    try:
        table = pq.read_table(pa.BufferReader(content))
        cover = json.loads((table.schema.metadata or {})[_COVER])
        if not table.schema.equals(_schema(search)):
            return None  # Another feedlake wrote it, which knew other columns.
        paths = [name.rpartition(" ")[0] for name in cover["files"]]
        kinds = enumerate(search.columns)
        found = [_read_kind(table, kind, columns, paths) for kind, columns in kinds]
        return _Kept(cover["files"], cover["run_id"], cover["place"], found)
    except (pa.ArrowException, LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return None  # What is damaged is made again.


def _read_kind(
    table: pa.Table, kind: int, columns: Collection[str], paths: Sequence[str]
) -> dict[str, Found]:
    """What is kept of one kind."""
    table = table.filter(pc.equal(table["kept_kind"], kind))
    own = (table[name].to_pylist() for name in ("kept_key", "run_id", "kept_rank", "kept_file"))
    rows = table.select(list(columns)).to_pylist() if columns else [{}] * len(table)
    return {
        key: Found(Newest(run_id, rank), paths[file], row)
        for key, run_id, rank, file, row in zip(*own, rows, strict=True)
    }
