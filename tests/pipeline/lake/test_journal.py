"""A journal says the same before, while and after it folds, whatever dies or is damaged."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import os
from dataclasses import replace
from pathlib import Path

import pytest

from feedlake.pipeline.lake import lake as lakes
from feedlake.pipeline.lake.checkpoint import name_checkpoint
from feedlake.pipeline.lake.journal import Journal
from feedlake.pipeline.lake.journal_entry import JournalEntry, LakeError, read_entry
from feedlake.pipeline.lake.lake import Lake
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.records.file_facts import FileFacts

ROWS = b"rows"


def staged(lake: Lake, run: str, *paths: str) -> tuple[StagedFile, ...]:
    files = []
    for path in paths:
        target = Path(lake.staging_folder(run), path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(ROWS)
        digest = hashlib.sha256(ROWS).hexdigest()
        table = path.partition("/")[0]
        files.append(StagedFile(path, table=table, rows=3, size_bytes=4, sha256=digest))
    return tuple(files)


def publish(lake: Lake, number: int, remove: tuple[str, ...] = (), **said: object) -> None:
    run = f"run-{number:03d}"
    paths = (f"articles/date=2026-01-05/{run}-0000.parquet", f"runs/date=2026/{run}-0001.parquet")
    added = staged(lake, run, *(paths if said.pop("adds", True) else ()))
    layout = said.pop("layout", ("date",))
    lake.publish(JournalEntry(run, partition_by=layout, add=added, remove=remove, **said))


@pytest.fixture
def lake(tmp_path):
    """Eight runs: of two the articles were merged, of another they were set aside."""
    lake = Lake(str(tmp_path / "lake"))
    with lake.writing():
        for number in range(5):
            publish(lake, number)
        path = "articles/date=2026-01-05/run-{:03d}-0000.parquet"
        publish(lake, 5, (path.format(0), path.format(1)), is_rewrite=True)
        publish(lake, 6, (path.format(2),), adds=False)
        publish(lake, 7, layout=("language",))
    return lake


def said_of(lake: Lake) -> tuple[object, ...]:
    """All that is asked of a journal, read anew."""
    state = Lake(lake.path).state()
    files = sorted(state.files.items())
    set_aside = {table: rows for table, rows in state.set_aside.items() if rows}
    runs = sorted(state.runs, key=lambda run: state.runs[run])
    return runs, files, state.partition_by, set_aside, state.pending


def names(lake: Lake, ending: str) -> list[str]:
    found = sorted(os.listdir(f"{lake.path}/_journal"))
    return [name for name in found if name.endswith(ending) and name != "folded.pending.json"]


def fold_twice(lake: Lake) -> tuple[object, ...]:
    """Folds eight runs, and then two more; returns what the journal said before the second time."""
    lake.fold_journal(after=1)
    publish(lake, 8)
    publish(lake, 9)
    before = said_of(lake)
    lake.fold_journal(after=1)
    return before


def test_folded_journal_says_the_same(lake):
    before = said_of(lake)
    assert before[0] == [f"run-{number:03d}" for number in range(8)]
    assert len(before[1]) == 11
    assert before[2:] == (("language",), {"articles": 3}, ())

    lake.fold_journal(after=1)

    assert said_of(lake) == before
    assert len(names(lake, ".checkpoint")) == 1
    assert len(names(lake, ".json")) == 8


def test_runs_stand_in_the_order_in_which_they_were_published_whatever_their_ids(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    order = [7, 2, 9, 1, 8]
    with lake.writing():
        for number in order:
            publish(lake, number, layout=(f"column{number}",))
    named = [f"run-{number:03d}" for number in order]

    assert said_of(lake)[0] == named
    assert said_of(lake)[2] == ("column8",)
    assert Lake(lake.path).state().newest_file(["articles"]).path.endswith("run-008-0000.parquet")
    lake.fold_journal(after=1)
    publish(lake, 3, layout=("column3",))
    publish(lake, 0, adds=False)
    lake.fold_journal(after=1)
    assert len(names(lake, ".json")) == 2
    assert said_of(lake)[0] == [*named, "run-003", "run-000"]
    assert said_of(lake)[2] == ("column3",)
    assert Lake(lake.path).state().newest_file(["articles"]).path.endswith("run-003-0000.parquet")


def test_runs_of_an_older_feedlake_stand_by_their_ids_before_all_others(lake):
    folder = Path(lake.path, "_journal")
    for number in (2, 6):
        path = folder / f"run-{number:03d}.json"
        said = json.loads(path.read_bytes())
        del said["number"]
        path.write_bytes(json.dumps(said).encode())

    assert said_of(lake)[0] == [f"run-{number:03d}" for number in (2, 6, 0, 1, 3, 4, 5, 7)]
    publish(lake, 8)
    assert json.loads((folder / "run-008.json").read_bytes())["number"] == 9
    assert said_of(lake)[0][-1] == "run-008"


def test_entries_go_once_two_checkpoints_have_them(lake):
    before = fold_twice(lake)

    assert said_of(lake) == before
    assert names(lake, ".json") == ["run-008.json", "run-009.json"]
    assert len(names(lake, ".checkpoint")) == 2
    assert all(lake.holds(f"run-{number:03d}") for number in range(10))
    assert not lake.holds("run-010")
    with pytest.raises(ValueError, match="run-003 is published"):
        lake.abandon("run-003")


def test_further_runs_are_read_beside_the_checkpoint(lake):
    fold_twice(lake)
    publish(lake, 10, ("articles/date=2026-01-05/run-003-0000.parquet",), adds=False)

    runs, files, _, set_aside, _ = said_of(lake)

    assert len(runs) == 11
    assert "articles/date=2026-01-05/run-003-0000.parquet" not in dict(files)
    assert set_aside == {"articles": 6}


def test_each_entry_is_read_once_however_many_come_after_it(lake, monkeypatch):
    lake.state()
    read_bytes, read = storage.read_bytes, []

    def count_and_read(path):
        read.append(os.path.basename(path))
        return read_bytes(path)

    monkeypatch.setattr(storage, "read_bytes", count_and_read)
    for number in range(20, 26):
        publish(lake, number)
        assert f"run-{number:03d}" in lake.state().runs

    assert sorted(read) == [f"run-{number:03d}.json" for number in range(20, 26)]
    assert lake.state() == Lake(lake.path).state()


def test_journal_that_is_folded_is_not_folded_again_without_further_runs(lake):
    fold_twice(lake)
    before = sorted(os.listdir(f"{lake.path}/_journal"))

    lake.fold_journal(after=1)

    assert sorted(os.listdir(f"{lake.path}/_journal")) == before


def test_a_fold_changes_nothing_once_the_lake_is_another_writers(lake):
    def confirm() -> None:
        raise LakeError("the lake is another writer's")

    before = names(lake, "")
    with pytest.raises(LakeError, match="another writer's"):
        Journal(f"{lake.path}/_journal").fold(after=1, confirm=confirm)

    assert names(lake, "") == before


def test_writer_folds_after_some_hundred_runs(lake, monkeypatch):
    for _ in range(2):
        with lake.writing():
            pass
    assert names(lake, ".checkpoint") == []

    monkeypatch.setattr(lakes, "_FOLD_AFTER", 8)
    with lake.writing():
        pass
    assert len(names(lake, ".checkpoint")) == 1


@pytest.mark.parametrize("content", [b"", b"{}"], ids=["empty", "other"])
@pytest.mark.parametrize("folds", [1, 2])
def test_damaged_checkpoint_is_named_and_costs_nothing(lake, caplog, content, folds):
    if folds == 2:
        fold_twice(lake)
    else:
        lake.fold_journal(after=1)
    before = said_of(lake)
    newest = names(lake, ".checkpoint")[-1]
    Path(lake.path, "_journal", newest).write_bytes(content)

    with caplog.at_level(logging.WARNING, "feedlake"):
        assert said_of(lake) == before
    assert newest in caplog.text

    mended = Lake(lake.path)
    mended.fold_journal(after=1)
    caplog.clear()
    assert said_of(mended) == before
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("harm", "said"),
    [(lambda path: path.write_bytes(b"{"), "is damaged"), (lambda path: path.unlink(), "is gone")],
    ids=["damaged", "gone"],
)
def test_journal_without_any_whole_checkpoint_is_refused(lake, harm, said):
    fold_twice(lake)
    for name in names(lake, ".checkpoint"):
        harm(Path(lake.path, "_journal", name))

    with pytest.raises(LakeError, match=f"newest checkpoint of the journal .* {said}"):
        said_of(lake)


class Died(BaseException):
    """The process ends here."""


def fold_and_die(lake: Lake, *, steps: int) -> bool:
    """Folds until so many files are changed; returns whether it died of it."""
    left = [steps]

    def step(real, *given):
        if not left[0]:
            raise Died
        left[0] -= 1
        return real(*given)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("write_bytes", "delete", "sync_folders"):
            patch.setattr(storage, name, functools.partial(step, getattr(storage, name)))
        try:
            Lake(lake.path).fold_journal(after=1)
        except Died:
            return True
    return False


def test_whatever_ends_a_fold_the_journal_says_the_same(lake):
    lake.fold_journal(after=1)
    steps, has_died = 0, True
    while has_died:
        publish(lake, 8 + steps)
        before = said_of(lake)
        has_died = fold_and_die(lake, steps=steps)
        assert said_of(lake) == before
        steps += 1
    assert steps > 8


def test_feedlake_of_before_refuses_a_folded_lake_and_says_why(lake):
    """It reads each file that ends so as an entry."""
    fold_twice(lake)
    path = Path(lake.path, "_journal", "folded.pending.json")

    with pytest.raises(LakeError, match="a newer feedlake wrote this lake"):
        read_entry(path.read_bytes(), run_id="folded", path=str(path))


def rewrite_checkpoint(lake: Lake, change) -> None:
    [name] = names(lake, ".checkpoint")
    path = Path(lake.path, "_journal", name)
    said = json.loads(path.read_bytes())
    change(said)
    path.unlink()
    content = json.dumps(said).encode()
    path.with_name(name_checkpoint(1, content)).write_bytes(content)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda said: said["files"]["articles"][0].__setitem__(0, "articles/../../x.parquet"),
            "no file of this lake",
        ),
        (lambda said: said["files"].update(runs=said["files"]["articles"]), "no file of this lake"),
        (lambda said: said.update(version=2), "a newer feedlake wrote this lake"),
        (lambda said: said.pop("runs"), "makes no sense"),
        (lambda said: said.update(files=[]), "makes no sense"),
        (lambda said: said["files"]["articles"][0].pop(), "makes no sense"),
    ],
)
def test_checkpoint_is_not_trusted(lake, change, message):
    lake.fold_journal(after=1)
    rewrite_checkpoint(lake, change)

    with pytest.raises(LakeError, match=message):
        said_of(lake)


FACTS = FileFacts(3, "00ff", (("article_id", "a", "b"), ("fetched_at", 1, 2)), "AAAA")


def publish_with_facts(lake: Lake) -> dict[str, FileFacts | None]:
    """Publishes two files, of one of which something is known; returns what is known of each."""
    paths = [f"articles/date=2026-01-05/run-900-000{number}.parquet" for number in range(2)]
    plain, other = staged(lake, "run-900", *paths)
    known = replace(plain, facts=FACTS)
    lake.publish(JournalEntry("run-900", partition_by=("date",), add=(known, other)))
    return dict(zip(paths, [FACTS, None], strict=True))


def test_what_is_known_of_files_stays_known_in_entries_and_checkpoints(lake):
    expected = publish_with_facts(lake)

    for _ in range(2):
        files = Lake(lake.path).state().files
        assert {path: files[path].facts for path in expected} == expected
        lake.fold_journal(after=1)
    assert len(names(lake, ".checkpoint")) == 1


def test_older_feedlake_reads_the_files_of_a_checkpoint_as_before(lake):
    publish_with_facts(lake)
    lake.fold_journal(after=1)
    [name] = names(lake, ".checkpoint")

    said = json.loads(Path(lake.path, "_journal", name).read_text())

    assert said["version"] == 1
    assert {len(row) for rows in said["files"].values() for row in rows} == {4}


def test_checkpoint_without_facts_is_read(lake):
    publish_with_facts(lake)
    lake.fold_journal(after=1)
    [name] = names(lake, ".checkpoint")
    before = said_of(lake)[1]
    path = Path(lake.path, "_journal", name)
    said = json.loads(path.read_text())
    del said["facts"]
    content = json.dumps(said).encode()
    path.unlink()
    path.with_name(name_checkpoint(1, content)).write_bytes(content)

    after = said_of(lake)[1]

    assert after == [(name, replace(file, facts=None)) for name, file in before]


@pytest.mark.parametrize(
    "facts",
    [
        *(3, "facts", [], {}, {"schema_version": 3}),
        {"schema_version": "3", "columns": "", "ranges": [], "keys": ""},
        {"schema_version": 3, "columns": "", "ranges": [["a", "b"]], "keys": ""},
        {"schema_version": 3, "columns": "", "ranges": [["a", 1, "b"]], "keys": ""},
        {"schema_version": 3, "columns": "", "ranges": [["a", None, None]], "keys": ""},
        {"schema_version": 3, "columns": "", "ranges": 5, "keys": ""},
    ],
)
def test_facts_that_make_no_sense_are_damage(facts):
    file = {"path": "runs/run_date=2026-01-05/r-0000.parquet", "table": "runs", "rows": 1}
    file |= {"size_bytes": 1, "sha256": "", "facts": facts}
    entry = {"run_id": "r", "partition_by": [], "add": [file], "remove": [], "is_rewrite": False}

    with pytest.raises(LakeError, match="is damaged"):
        read_entry(json.dumps(entry).encode(), run_id="r", path="r.json")
