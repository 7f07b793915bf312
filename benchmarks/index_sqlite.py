"""The lake's index against the same look-ups in SQLite, in alternating rounds.

    python benchmarks/index_sqlite.py FOLDER [--rows 1000000] [--rounds 3] [--runs 20]

FOLDER must not exist. It gets the lake of `history.py`, with distinct random keys. Each step of
each round runs in a process of its own: both build their index from the lake's Parquet, look up
2,000 and 300 new documents and 2,000 that the lake holds, then catch up with runs of 300 articles,
one after the other, as a schedule makes them. Figures are medians; those of building and catching
up include reading the Parquet, which is the same work for both.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from history import DOCUMENTS, ask, ask_known, make_lake, peak_mb, write_random

from feedlake.pipeline.history import index
from feedlake.pipeline.history.key_columns import KEY_TABLES, KeyColumns, read_keys
from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.lookup import Facts, LakeRow, Queries, unpack_statement

RUN_ROWS = 300
STEPS = ("build", "find", "find few", "find known", "catch up")
WAYS = ("arrays", "sqlite")

_KEYED = ("ids", "texts", "guids")
_BAND = 1 << 32
_ROW_BITS = 26
_SLICE_ROWS = 50_000
_SCHEMA = (
    "CREATE TABLE runs (run TEXT PRIMARY KEY) WITHOUT ROWID",
    f"CREATE TABLE rows (number INTEGER PRIMARY KEY, {', '.join(KeyColumns.names())})",
    *(
        f"CREATE TABLE {name} (key INTEGER, number INTEGER, PRIMARY KEY (key, number))"
        " WITHOUT ROWID"
        for name in _KEYED
    ),
    # The band's number, its key and the row's number in one integer: with it as the row id, a
    # table is filled and searched in half the time of one with two columns.
    "CREATE TABLE bands (entry INTEGER PRIMARY KEY)",
)


class SqliteIndex:
    """The keys of a lake's rows in one SQLite database: what `pipeline.index` does without it."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self.path = os.path.join(lake.path, "_cache", "index.sqlite")
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        is_new = not os.path.exists(self.path)
        self._connection = sqlite3.connect(self.path, isolation_level=None)
        run = self._connection.execute
        run("PRAGMA page_size = 8192")
        # What is built anew could be built beside its place: nothing that was there is at stake.
        run(f"PRAGMA journal_mode = {'OFF' if is_new else 'WAL'}")
        run(f"PRAGMA synchronous = {'OFF' if is_new else 'NORMAL'}")
        run("PRAGMA cache_size = -65536")
        run("PRAGMA mmap_size = 8589934592")
        if is_new:
            for statement in _SCHEMA:
                run(statement)

    def close(self) -> None:
        """Closes the database."""
        self._connection.close()

    def catch_up(self) -> None:
        """Makes the index cover all that is published."""
        run = self._connection.execute
        known = frozenset(row[0] for row in run("SELECT run FROM runs"))
        new = self._lake.entries(besides=known)
        if not new:
            return
        files = [file for entry in new for file in entry.add if file.table in KEY_TABLES]
        run("BEGIN IMMEDIATE")
        [(first,)] = run("SELECT coalesce(max(number) + 1, 0) FROM rows").fetchall()
        parts: list[KeyColumns] = []
        for file in files:
            parts.append(read_keys(os.path.join(self._lake.path, file.path), file.table))
            rows = sum(map(len, parts))
            if rows >= index.MAX_SEGMENT_ROWS or file is files[-1]:
                self._add(KeyColumns.join(parts), first)
                first += rows
                parts.clear()
        many = self._connection.executemany
        many("INSERT INTO runs VALUES (?)", [(entry.run_id,) for entry in new])
        run("COMMIT")

    def _add(self, keys: KeyColumns, first: int) -> None:
        many = self._connection.executemany
        numbers = np.arange(first, first + len(keys))
        holes = ", ".join("?" * (1 + len(KeyColumns.names())))
        for start in range(0, len(keys), _SLICE_ROWS):
            part = slice(start, start + _SLICE_ROWS)
            columns = [_values(array[part]) for array in (numbers, *vars(keys).values())]
            many(f"INSERT INTO rows VALUES ({holes})", zip(*columns, strict=True))
        for name in _KEYED:
            values = _integers(vars(keys)[name])
            order = np.argsort(values)
            if name == "guids":
                order = order[values[order] != 0]
            for start in range(0, len(order), _SLICE_ROWS):
                part = order[start : start + _SLICE_ROWS]
                pairs = zip(values[part].tolist(), numbers[part].tolist(), strict=True)
                many(f"INSERT INTO {name} VALUES (?, ?)", pairs)
        has_signature = keys.minhashes[:, :4].any(axis=1)
        found = minhash.bands(keys.minhashes[has_signature]).astype(np.int64).T
        for band, values in enumerate(found):
            entries = np.sort((values + band * _BAND) << _ROW_BITS | numbers[has_signature])
            for start in range(0, len(entries), _SLICE_ROWS):
                part = entries[start : start + _SLICE_ROWS].tolist()
                many("INSERT INTO bands VALUES (?)", zip(part, strict=True))

    def find(self, queries: Queries) -> Facts:
        """Returns what the lake holds under these keys; of rejects, nothing."""
        numbers: set[int] = set()
        ids = {bytes.fromhex(name) for name in queries.article_ids}
        guids = self._equal("guids", queries.guid_keys)
        ids |= {bytes(row[0]) for row in self._rows(guids, "ids")}
        numbers |= self._equal("ids", ids) | self._equal("texts", queries.text_hashes)
        wanted = minhash.bands(minhash.pack([one for one in queries.minhashes if one]))
        places = wanted.astype(np.int64) + np.arange(minhash.BANDS, dtype=np.int64) * _BAND
        starts = (np.unique(places) << _ROW_BITS).tolist()
        run = self._connection.execute
        run("CREATE TEMP TABLE wanted (start INTEGER PRIMARY KEY)")
        self._connection.executemany("INSERT INTO wanted VALUES (?)", zip(starts, strict=True))
        last = (1 << _ROW_BITS) - 1
        sql = f"SELECT entry & {last} FROM wanted CROSS JOIN bands"
        sql += f" WHERE entry BETWEEN start AND start + {last}"
        numbers.update(row[0] for row in run(sql))
        run("DROP TABLE wanted")
        rows = self._rows(numbers, ", ".join(KeyColumns.names()))
        return Facts(frozenset(map(_record, rows)))

    def _equal(self, name: str, wanted: Any) -> set[int]:
        values = _integers(np.array([list(one[:8]) for one in wanted], dtype=np.uint8))
        sql, numbers = f"SELECT number FROM {name} WHERE key = ?", set()
        for value in values.tolist():
            numbers.update(row[0] for row in self._connection.execute(sql, (value,)))
        return numbers

    def _rows(self, numbers: set[int], columns: str) -> Iterator[tuple[Any, ...]]:
        for number in sorted(numbers):
            sql = f"SELECT {columns} FROM rows WHERE number = ?"
            yield from self._connection.execute(sql, (number,))


def _values(array: np.ndarray) -> list[Any]:
    if array.ndim == 1:
        return array.tolist()
    return [row.tobytes() for row in array]


def _integers(array: np.ndarray) -> np.ndarray:
    """The first eight bytes of each row, as a signed number."""
    if not len(array):
        return np.empty(0, dtype=np.int64)
    return np.ascontiguousarray(array[:, :8]).view(">i8").reshape(-1).astype(np.int64)


def _record(row: tuple[Any, ...]) -> LakeRow:
    named = dict(zip(KeyColumns.names(), row, strict=True))
    return LakeRow(
        kind=("article", "revision", "duplicate")[named["kinds"]],
        article_id=named["ids"].hex(),
        original_id=named["originals"].hex(),
        cluster_id=named["clusters"].hex(),
        text_hash=named["texts"],
        content_hash=named["contents"],
        minhash=named["minhashes"],
        revision=named["revisions"],
        published_at=named["published"],
        char_count=named["chars"],
        document_id=named["documents"],
        is_summary=bool(named["summaries"]),
        guid_key=named["guids"] if any(named["guids"]) else b"",
        claim_key=named["claims"] if any(named["claims"]) else b"",
        address_key=named["addresses"] if any(named["addresses"]) else b"",
        entry_mark=named["entry_marks"] if any(named["entry_marks"]) else b"",
        is_correction=bool(named["corrections"]),
        statement=unpack_statement(named["statements"]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--step", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        print(json.dumps(take(*given.step, given)))
        return
    make_lake(Lake(str(given.folder)), given.rows)
    check(given)
    figures: dict[tuple[str, str], list[dict[str, float]]] = {}
    for number in range(given.rounds):
        for way in WAYS[:: 1 if number % 2 else -1]:
            forget(given.folder)
            for step in STEPS:
                command = [sys.executable, __file__, str(given.folder), f"--rows={given.rows}"]
                command += [f"--runs={given.runs}", "--step", way, step]
                out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                figures.setdefault((way, step), []).append(json.loads(out))
    for step in STEPS:
        for way in WAYS:
            found = figures[way, step]
            medians = {name: statistics.median(one[name] for one in found) for name in found[0]}
            words = ", ".join(f"{name} {value:,.3f}" for name, value in medians.items())
            print(f"{given.rows:,} rows, {step}, {way}: {words}", flush=True)


def check(given: argparse.Namespace) -> None:
    """Stops unless both ways find the same."""
    lake = Lake(str(given.folder))
    queries = ask(lake, given.rows)
    index.catch_up(lake)
    other = SqliteIndex(lake)
    other.catch_up()
    mine, theirs = index.open_index(lake.path).find(queries), other.find(queries)
    if not mine.rows or mine != theirs:
        raise SystemExit("the two ways differ")
    other.close()


def forget(folder: Path) -> None:
    """Leaves of the lake what it was made with."""
    shutil.rmtree(folder / "_cache", ignore_errors=True)
    for path in folder.rglob("*-later-*"):
        path.unlink()


def take(way: str, step: str, given: argparse.Namespace) -> dict[str, float]:
    """Does one step, and returns its figures."""
    lake = Lake(str(given.folder))
    if way == "arrays":
        catch_up: Callable[[], None] = lambda: index.catch_up(lake)  # noqa: E731
        find: Callable[[Queries], Facts] = lambda asked: index.open_index(lake.path).find(asked)  # noqa: E731
    else:
        other = SqliteIndex(lake)
        catch_up, find = other.catch_up, other.find
    queries = ask_known(given.rows) if step == "find known" else ask(lake, given.rows)
    if step == "find few":
        held = vars(queries).items()
        queries = Queries(**{name: frozenset(sorted(one)[:RUN_ROWS]) for name, one in held})
    before, seconds, cpu = peak_mb(), [], []
    for number in range(given.runs if step == "catch up" else 1):
        if step == "catch up":
            publish_more(lake, number)
        start, start_cpu = time.perf_counter(), time.process_time()
        if step.startswith("find"):
            find(queries)
        else:
            catch_up()
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - start_cpu)
    files = [path for path in (given.folder / "_cache").rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    rows = given.rows + (given.runs * RUN_ROWS if step == "catch up" else 0)
    return {
        "seconds": statistics.mean(seconds),
        "CPU-s": statistics.mean(cpu),
        "MB above start": peak_mb() - before,
        "bytes a row": size / rows,
    }


def publish_more(lake: Lake, number: int) -> None:
    run_id = f"20200101T{number:06d}Z-later-0001"
    with lake.writing():
        folder = lake.staging_folder(run_id)
        file = write_random(folder, run_id, 10_000 + number, rows=RUN_ROWS)
        lake.publish(JournalEntry(run_id, partition_by=("date",), add=(file,)))


if __name__ == "__main__":
    assert DOCUMENTS > RUN_ROWS
    main()
