"""What a reader sees of a lake while its writers live and die."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading

import pytest

from feedlake.pipeline.lake.journal_entry import JournalEntry, LakeError
from feedlake.pipeline.lake.lake import Lake, LakeBusyError
from feedlake.pipeline.options.failures import UsageError
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import StagedFile

PATH = "articles/date=2026-01-05/run-1-0000.parquet"


@pytest.fixture
def lake(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    with lake.writing():
        pass
    return lake


def stage(lake, run_id="run-1", path=PATH, content=b"rows"):
    target = os.path.join(lake.staging_folder(run_id), path)
    os.makedirs(os.path.dirname(target))
    with open(target, "wb") as stream:
        stream.write(content)
    digest = hashlib.sha256(content).hexdigest()
    return JournalEntry(
        run_id,
        partition_by=("date",),
        add=(StagedFile(path, table="articles", rows=1, size_bytes=len(content), sha256=digest),),
    )


def test_published_files_are_in_their_places(lake):
    lake.publish(stage(lake))

    assert lake.files("articles") == [f"{lake.path}/{PATH}"]
    assert os.listdir(f"{lake.path}/_staging") == []
    assert lake.partition_by() == ("date",)


def test_staged_files_are_not_seen(lake):
    stage(lake)

    assert lake.files("articles") == []


def test_files_that_the_journal_does_not_know_are_not_seen(lake):
    lake.publish(stage(lake))
    stranger = f"{lake.path}/articles/date=2026-01-05/copy-of-run-1-0000.parquet"
    shutil.copyfile(f"{lake.path}/{PATH}", stranger)

    assert lake.files("articles") == [f"{lake.path}/{PATH}"]


class Died(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("moves_done", [0, 1])
def test_a_writer_that_died_after_the_commit_has_published(lake, monkeypatch, moves_done):
    entry = stage(lake)
    other = stage(lake, "run-2", PATH.replace("-0000", "-0001"), b"more")
    both = JournalEntry("run-1", partition_by=("date",), add=(*entry.add, *other.add))
    shutil.move(
        f"{lake.staging_folder('run-2')}/{other.add[0].path}",
        f"{lake.staging_folder('run-1')}/{other.add[0].path}",
    )
    real, moved = storage.move, []

    def move_then_die(source, target):
        if len(moved) == moves_done:
            raise Died
        moved.append(target)
        real(source, target)

    monkeypatch.setattr(storage, "move", move_then_die)
    with pytest.raises(Died):
        lake.publish(both)
    monkeypatch.undo()
    names = [os.path.basename(path) for path in lake.files("articles")]
    assert names == ["run-1-0000.parquet", "run-1-0001.parquet"]

    with lake.writing():
        pass

    assert os.path.exists(f"{lake.path}/{PATH}")
    assert os.path.exists(f"{lake.path}/{other.add[0].path}")
    assert not os.path.exists(f"{lake.path}/_staging")


def test_a_writer_that_died_before_the_commit_has_not(lake, monkeypatch):
    entry = stage(lake)

    def die(path, content):
        raise Died

    monkeypatch.setattr(storage, "write_bytes", die)
    with pytest.raises(Died):
        lake.publish(entry)
    monkeypatch.undo()

    with lake.writing():
        assert lake.files("articles") == []

    assert not os.path.exists(f"{lake.path}/_staging")


def test_what_a_writer_left_that_died_while_it_wrote_its_entry_is_swept(lake):
    unfinished = f"{lake.path}/_journal/run-1.pending.json.part"
    with open(unfinished, "w") as stream:
        stream.write('{"run_id": "run-')

    with lake.writing():
        pass

    assert sorted(os.listdir(f"{lake.path}/_journal")) == ["lock"]


def test_removed_files_leave_with_the_entry_that_says_so(lake):
    lake.publish(stage(lake))
    path = PATH.replace("run-1", "run-2")
    merged = stage(lake, "run-2", path, b"merged")

    lake.publish(
        JournalEntry(
            "run-2", partition_by=("date",), add=merged.add, remove=(PATH,), is_rewrite=True
        )
    )

    assert lake.files("articles") == [f"{lake.path}/{path}"]
    assert not os.path.exists(f"{lake.path}/{PATH}")


def test_files_that_a_dead_writer_had_still_to_remove_are_not_seen(lake, monkeypatch):
    lake.publish(stage(lake))
    path = PATH.replace("run-1", "run-2")
    merged = stage(lake, "run-2", path, b"merged")

    def die(path):
        raise Died

    monkeypatch.setattr(storage, "delete", die)
    with pytest.raises(Died):
        lake.publish(
            JournalEntry(
                "run-2", partition_by=("date",), add=merged.add, remove=(PATH,), is_rewrite=True
            )
        )
    monkeypatch.undo()

    assert os.path.exists(f"{lake.path}/{PATH}")
    assert lake.files("articles") == [f"{lake.path}/{path}"]
    with lake.writing():
        pass
    assert not os.path.exists(f"{lake.path}/{PATH}")


def test_the_second_writer_is_turned_away(lake):
    with (
        lake.writing(),
        pytest.raises(LakeBusyError, match="another process is writing"),
        Lake(lake.path).writing(),
    ):
        pass


def test_a_writer_waits_for_the_lock_as_long_as_it_may(lake):
    first = lake.writing()
    first.__enter__()
    with (
        pytest.raises(LakeBusyError, match=r"and was after 0\.3 s"),
        Lake(lake.path).writing(wait_s=0.3),
    ):
        pass
    threading.Timer(0.3, lambda: first.__exit__(None, None, None)).start()

    with Lake(lake.path).writing(wait_s=30):
        pass


def test_a_missing_file_of_a_published_run_is_named(lake):
    entry = stage(lake)
    lake.publish(entry)
    done = f"{lake.path}/_journal/run-1.json"
    os.rename(done, f"{lake.path}/_journal/run-1.pending.json")
    os.unlink(f"{lake.path}/{PATH}")

    with pytest.raises(LakeError, match=r"run-1-0000\.parquet is missing"), lake.writing():
        pass


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", json.dumps({"run_id": "run-1"})])
def test_a_damaged_journal_entry_is_named(lake, content):
    lake.publish(stage(lake))
    with open(f"{lake.path}/_journal/run-1.json", "w", encoding="utf-8") as stream:
        stream.write(content)

    with pytest.raises(LakeError, match=r"run-1\.json is damaged"):
        lake.entries()


def test_a_folder_with_other_things_does_not_become_a_lake(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear aunt", encoding="utf-8")

    with pytest.raises(UsageError, match="isn't empty"), Lake(str(tmp_path)).writing():
        pass

    assert os.listdir(tmp_path) == ["letter.txt"]
