"""What is kept of the newest rows says what the files say, and spares looking into old ones."""

from __future__ import annotations

import dataclasses
import os
import random
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from polled_lakes import FEED, HOUR, NOW, ROBOTS, polled, publish, robots, waits

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.upkeep.compact import compact
from feedlake.pipeline.web import kept_rows, waiting_pages, web_history
from feedlake.pipeline.web.web_history import read_web_history
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.parquet_files import write_file
from feedlake.transforms.write.schema import TABLES

STATUSES = ["read", "partial", "unchanged", "failed"]


class AgingLake:
    """A lake to which things happen, decided by dice."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.lake = Lake(str(folder / "lake"))
        self.dice = random.Random(seed)
        self.number = 0

    def poll(self) -> None:
        """A run polls some addresses, by a clock that may jump."""
        at = NOW + self.dice.randrange(-80, 80) * HOUR
        names = self.dice.sample(range(6), k=self.dice.randrange(1, 6))
        rows = [self._row(at, name) for name in names]
        rows.append(robots(at, f"Disallow: /{self.number}") | {"source": f"{ROBOTS}{names[0]}"})
        rows.append(polled(at, polled_at=None, source="/a/file", source_kind="html"))
        self._publish("sources", rows, at)

    def _row(self, at: Any, name: int) -> dict[str, Any]:
        status = self.dice.choice(STATUSES)
        marks = [self.dice.randbytes(25)] if status in ("read", "partial") else None
        row = polled(at, status=status, source=f"{FEED}{name}", failures=self.number)
        children = [{"url": f"{FEED}{self.number}", "tags": ["a"], "is_feed": True}]
        return row | {"entry_marks": marks, "children": marks and children}

    def wait(self) -> None:
        """Some pages have to wait, and others do no more."""
        at = NOW + self.dice.randrange(-80, 80) * HOUR
        rows = [
            waits(at, status=self.dice.choice(["waiting", "done", "recheck"]))
            | {"deferred_id": f"{name:032x}", "attempts": self.number}
            for name in self.dice.sample(range(6), k=3)
        ]
        self._publish("deferred", rows, at)

    def _publish(self, table: str, rows: list[dict[str, Any]], at: Any) -> None:
        self.number += 1
        day = self.dice.choice(["21", "22"])
        publish(self.lake, table, *rows, at=at, number=self.number, day=day)

    def merge(self) -> None:
        """As `feedlake compact` does; the journal folds at last."""
        with self.lake.writing():
            compact(self.lake, quarantine=False)
            self.lake.fold_journal(after=5)

    def remove_rows(self) -> None:
        """Single rows leave, wherever they are: what was newest before is so again."""
        held = [*self.lake.snapshot().held("sources"), *self.lake.snapshot().held("deferred")]
        if not held:
            return
        self.replace(self.dice.choice(held), lambda data: data.slice(0, len(data) - 1))

    def replace(self, old: StagedFile, change: Callable[[pa.Table], pa.Table]) -> None:
        """Writes the rows of a file anew, otherwise than they were."""
        data = change(pq.ParquetFile(os.path.join(self.lake.path, old.path)).read())
        self.number += 1
        run_id = f"20260101T000000Z-abcdef-{self.number:04d}-change"
        path = f"{os.path.dirname(old.path)}/{run_id}-0000.parquet"
        target = os.path.join(self.lake.staging_folder(run_id), path)
        with self.lake.writing():
            new = write_file(target, data, path=path, table=TABLES[old.table])
            add = (new,) if len(data) else ()
            entry = JournalEntry(run_id, partition_by=("date",), add=add, remove=(old.path,))
            self.lake.publish(entry)

    def lose_file(self) -> None:
        """A file is damaged, and set aside."""
        held = [*self.lake.snapshot().held("sources"), *self.lake.snapshot().held("deferred")]
        if held:
            Path(self.lake.path, self.dice.choice(held).path).write_bytes(b"")
            with self.lake.writing(without_missing=True):
                compact(self.lake, quarantine=True)

    def forget(self) -> None:
        """The cache is deleted."""
        shutil.rmtree(Path(self.lake.path, "_cache"), ignore_errors=True)

    def save(self) -> None:
        """The lake is copied, its cache with it, and once more without."""
        for name in ("copy", "cache"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(self.lake.path, self.folder / "copy")
        if Path(self.lake.path, "_cache").exists():
            shutil.copytree(Path(self.lake.path, "_cache"), self.folder / "cache")

    def bring_back_cache(self) -> None:
        """The cache of an earlier instant is put into the lake."""
        if (self.folder / "cache").exists():
            self.forget()
            shutil.copytree(self.folder / "cache", Path(self.lake.path, "_cache"))

    def bring_back_lake(self) -> None:
        """The lake is that of an earlier instant, with the cache of a later one."""
        if not (self.folder / "copy").exists():
            return
        later = self.folder / "later"
        shutil.rmtree(self.folder / "later", ignore_errors=True)
        shutil.move(self.lake.path, later)
        shutil.copytree(self.folder / "copy", self.lake.path)
        self.forget()
        if (later / "_cache").exists():
            shutil.copytree(later / "_cache", Path(self.lake.path, "_cache"))


def told(snapshot: Snapshot, *, may_write: bool = False) -> list[Any]:
    """What the lake says of addresses and of pages that wait."""
    waiting_pages._last_found.clear()
    history = read_web_history(snapshot, now=NOW, may_write=may_write)
    rows = [
        waiting_pages._newest_rows(snapshot, now=NOW, status=status, may_write=may_write)
        for status in ("waiting", "recheck")
    ]
    return [
        sorted(history.addresses.items(), key=lambda item: item[0]),
        sorted((text.url, text.body) for text in history.robots),
        *(sorted(found, key=lambda row: row["deferred_id"]) for found in rows),
    ]


@pytest.fixture
def without_cache(monkeypatch) -> Callable[[Snapshot], list[Any]]:
    def read(snapshot: Snapshot) -> list[Any]:
        with monkeypatch.context() as patch:
            patch.setattr(kept_rows, "_read", lambda lake, search: None)
            return told(snapshot)

    return read


@pytest.mark.parametrize("seed", range(3))
def test_what_is_kept_says_what_all_files_say(tmp_path, monkeypatch, without_cache, seed):
    monkeypatch.setattr(kept_rows, "WRITTEN_AFTER", 1 + seed % 2)
    aging = AgingLake(tmp_path, seed)
    rare = [aging.merge, aging.remove_rows, aging.lose_file, aging.forget, aging.save]
    rare += [aging.bring_back_cache, aging.bring_back_lake]
    for _ in range(4):
        aging.poll()
        aging.wait()
    happened = aging.dice.choices(
        [aging.poll, aging.wait, *rare], [8, 8, 4, 2, 1, 1, 2, 2, 1], k=30
    )
    for happen in happened:
        happen()
        snapshot = Lake(aging.lake.path).snapshot()
        expected = without_cache(snapshot)

        assert told(snapshot) == expected, happen.__name__
        assert told(snapshot, may_write=True) == expected, happen.__name__
        assert told(snapshot) == expected, happen.__name__


@pytest.fixture
def aging(tmp_path) -> AgingLake:
    found = AgingLake(tmp_path, 7)
    for _ in range(9):
        found.poll()
        found.wait()
    return found


@pytest.mark.parametrize("status", ["done", "waiting"])
def test_page_waits_again_when_the_row_is_removed_that_was_newest(tmp_path, status):
    aging, first = AgingLake(tmp_path, 0), waits(NOW - HOUR)
    publish(aging.lake, "deferred", first, at=NOW - HOUR, number=1)
    last = waits(NOW, status=status) | {"attempts": 9}
    publish(aging.lake, "deferred", last, at=NOW, number=2)
    write_now(aging.lake)
    assert [row["attempts"] for row in told(aging.lake.snapshot())[2]] == [9] * (status != "done")

    aging.replace(aging.lake.snapshot().held("deferred")[1], lambda data: data.slice(1))

    assert [row["attempts"] for row in told(aging.lake.snapshot(), may_write=True)[2]] == [3]
    assert told(aging.lake.snapshot())[2][0]["attempts"] == 3
    kept = kept_rows._read(aging.lake.path, waiting_pages._SEARCH)
    assert kept is not None
    assert len(kept.files) == 1


def test_what_is_kept_of_a_row_is_read_anew_where_the_row_was_changed(tmp_path):
    aging = AgingLake(tmp_path, 0)
    publish(aging.lake, "sources", polled(NOW, title="old"), at=NOW)
    write_now(aging.lake)

    def rename(data: pa.Table) -> pa.Table:
        place = data.schema.get_field_index("title")
        return data.set_column(place, "title", pa.array(["new"], pa.string()))

    aging.replace(aging.lake.snapshot().held("sources")[0], rename)

    history = read_web_history(aging.lake.snapshot(), now=NOW)
    assert history.addresses[FEED].title == "new"


def test_row_that_is_of_another_address_since_is_newest_of_that_one(tmp_path):
    """As many rows as before, but not those that are kept."""
    aging = AgingLake(tmp_path, 0)
    for number, hours in ((1, 2), (2, 0)):
        at = NOW - hours * HOUR
        publish(aging.lake, "sources", polled(at, failures=number), at=at, number=number)
    write_now(aging.lake)

    def rename(data: pa.Table) -> pa.Table:
        place = data.schema.get_field_index("source")
        return data.set_column(place, "source", pa.array(["https://other.example"], pa.string()))

    aging.replace(aging.lake.snapshot().held("sources")[1], rename)

    history = read_web_history(aging.lake.snapshot(), now=NOW)
    assert history.addresses[FEED].state.failures == 1
    assert history.addresses["https://other.example"].state.failures == 2


def write_now(lake: Lake) -> None:
    """Keeps what is found, however few files there are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept_rows, "WRITTEN_AFTER", 1)
        told(lake.snapshot(), may_write=True)


def opened(lake: Lake, monkeypatch) -> int:
    """How many files are looked into to tell what the lake says."""
    paths: list[str] = []
    for module in (waiting_pages, web_history):
        read = module.read_columns
        spy = lambda path, columns, read=read: paths.append(path) or read(path, columns)  # noqa: E731
        monkeypatch.setattr(module, "read_columns", spy)
    told(lake.snapshot())
    monkeypatch.undo()
    return len(paths)


def test_only_files_that_came_are_looked_into(aging, monkeypatch):
    assert opened(aging.lake, monkeypatch) == 18
    told(aging.lake.snapshot(), may_write=True)
    assert opened(aging.lake, monkeypatch) == 0

    aging.poll()
    aging.wait()
    assert opened(aging.lake, monkeypatch) == 2

    aging.merge()
    merged = len(aging.lake.files("sources")) + len(aging.lake.files("deferred"))
    assert opened(aging.lake, monkeypatch) == merged == 4


def test_few_files_are_looked_into_again_and_nothing_is_written(aging, monkeypatch):
    told(aging.lake.snapshot(), may_write=True)
    cache = Path(aging.lake.path, "_cache")
    before = {path: path.read_bytes() for path in cache.rglob("*") if path.is_file()}
    assert len(before) == 2
    for _ in range(7):
        aging.poll()
    told(aging.lake.snapshot(), may_write=True)
    assert {path: path.read_bytes() for path in before} == before

    aging.poll()
    told(aging.lake.snapshot(), may_write=True)
    assert {path: path.read_bytes() for path in before} != before
    assert opened(aging.lake, monkeypatch) == 0


def test_who_only_reads_writes_nothing(aging):
    told(aging.lake.snapshot())
    assert not Path(aging.lake.path, "_cache").exists()


@pytest.mark.parametrize("what", ["cut off", "one byte", "empty"])
def test_cache_that_is_damaged_is_made_again(aging, monkeypatch, without_cache, what):
    told(aging.lake.snapshot(), may_write=True)
    expected = without_cache(aging.lake.snapshot())
    for path in Path(aging.lake.path, "_cache").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            middle = len(content) // 2
            changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
            path.write_bytes({"cut off": content[:-9], "one byte": changed, "empty": b""}[what])

    assert told(aging.lake.snapshot()) == expected
    assert told(aging.lake.snapshot(), may_write=True) == expected
    assert opened(aging.lake, monkeypatch) == 0


def test_cache_of_a_feedlake_with_other_columns_is_made_again(aging, monkeypatch, without_cache):
    polls, *others = web_history._SEARCH.columns
    fewer = tuple(name for name in polls if name != "failures")
    older = dataclasses.replace(web_history._SEARCH, columns=(fewer, *others))
    with monkeypatch.context() as patch:
        patch.setattr(web_history, "_SEARCH", older)
        told(aging.lake.snapshot(), may_write=True)

    assert told(aging.lake.snapshot()) == without_cache(aging.lake.snapshot())


def test_robots_of_more_than_a_day_ago_are_not_kept(aging):
    at = NOW - timedelta(days=2)
    publish(aging.lake, "sources", robots(at, "x" * 9000), at=at, number=77)
    told(aging.lake.snapshot(), may_write=True)

    [kept] = Path(aging.lake.path, "_cache").rglob("sources")

    assert b"x" * 100 not in kept.read_bytes()
    assert kept_rows._read(aging.lake.path, web_history._SEARCH) is not None
