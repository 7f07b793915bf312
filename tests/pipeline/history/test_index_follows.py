"""Whatever brings files into the lake and out of it, the index says what they say, and no more."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from articles import MemoryHistory, article, prose, publish, queries_of, rejection
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from old_lakes import rewrite_files

from feedlake.pipeline.history import index, segment
from feedlake.pipeline.history.index import catch_up, open_index
from feedlake.pipeline.history.key_columns import KEY_TABLES, read_keys, read_reject_ids
from feedlake.pipeline.history.segment import Segment
from feedlake.pipeline.lake.journal_entry import JournalEntry, LakeError, VanishedError
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.upkeep.compact import compact
from feedlake.transforms.dedup.lookup import Facts
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import Article, StagedFile
from feedlake.transforms.write import parquet_encoding
from feedlake.transforms.write.parquet_files import write_file
from feedlake.transforms.write.schema import TABLES

_numbers = itertools.count()


def story(number: int) -> Article:
    """One of a few stories, their edits, copies and notices: what is near, and what is not."""
    kind, number = number % 3, number // 3
    url = f"https://news.example/{number}" if kind < 2 else None
    text = prose(number, changed=range(40) if kind == 1 else [7] * kind)
    title = " ".join(f"word{place}" for place in range(number)) or None
    return article(text, url=url, record=number, title=title, guid=str(number), authors=("Ann",))


QUERIES = queries_of(map(story, range(60)), map(rejection, range(9)))


def facts_of_files(lake: Lake) -> Facts:
    """What a look at each row of each file finds."""
    history = MemoryHistory()
    for table in KEY_TABLES:
        for path in lake.files(table):
            history.rows += read_keys(path, table).rows()
    for path in lake.files("rejects"):
        history.rejects |= {name.tobytes().hex() for name in read_reject_ids(path)}
    return history.find(QUERIES)


def ask(lake: Lake) -> Facts:
    with lake.writing():
        catch_up(lake)
        return open_index(lake.path).find(QUERIES)


def run(lake: Lake, number: int) -> None:
    history = MemoryHistory()
    history.rows = list(facts_of_files(lake).rows)
    made = [story(3 * number), story(3 * number + 1), story(number)]
    publish(lake, next(_numbers), made, history, rejections=[rejection(number % 9)])


def merge(lake: Lake, _: int) -> None:
    with lake.writing():
        compact(lake, quarantine=False)


def change_layout(lake: Lake, number: int) -> None:
    with lake.writing():
        words = ("date", "language") if number % 2 else ("date:year",)
        compact(lake, quarantine=False, partition_by=words)


def rewrite(lake: Lake, number: int, *, without: int = 0) -> None:
    """Replaces a file by one with the same rows, as an enrichment does, or without the first."""
    files = [file for file in lake.state().files.values() if file.table in KEY_TABLES]
    if not files:
        return
    old = files[number % len(files)]
    data = pq.ParquetFile(os.path.join(lake.path, old.path)).read().slice(without)
    run_id = f"20200101T{next(_numbers):06d}Z-000000-0001"
    path = f"{os.path.dirname(old.path)}/{run_id}-0000.parquet"
    add: list[StagedFile] = []
    with lake.writing():
        if len(data):
            target = os.path.join(lake.staging_folder(run_id), path)
            add = [write_file(target, data, path=path, table=TABLES[old.table])]
        lake.publish(
            JournalEntry(
                run_id,
                partition_by=lake.partition_by() or ("date",),
                add=tuple(add),
                remove=(old.path,),
                is_rewrite=not without,
            )
        )


def remove_row(lake: Lake, number: int) -> None:
    rewrite(lake, number, without=1)


def lose_file(lake: Lake, number: int) -> None:
    files = [file for file in lake.state().files.values() if file.table in index._TABLES]
    if files:
        os.unlink(os.path.join(lake.path, files[number % len(files)].path))
        with lake.writing(without_missing=True):
            compact(lake, quarantine=True)


def fold(lake: Lake, _: int) -> None:
    with lake.writing():
        lake.fold_journal(after=1)


def forget(lake: Lake, _: int) -> None:
    shutil.rmtree(os.path.join(lake.path, "_cache"), ignore_errors=True)


def move(lake: Lake, _: int) -> None:
    """The lake lies elsewhere, its cache with it."""
    lake.path = shutil.move(lake.path, f"{lake.path}-moved")
    lake.__init__(lake.path)


STEPS = (run, run, merge, change_layout, rewrite, remove_row, lose_file, fold, forget, move)


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 19), st.booleans()), max_size=12),
    st.sampled_from([3, 500_000]),
)
def test_the_index_says_what_a_look_at_each_row_says(steps, segment_rows):
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(index, "MAX_SEGMENTS", 2)
        patch.setattr(index, "MAX_SEGMENT_ROWS", segment_rows)
        lake = Lake(f"{folder}/lake")
        run(lake, 0)
        for step, number, is_asked in steps:
            step(lake, number)
            if is_asked:
                assert ask(lake) == facts_of_files(lake)

        facts = ask(lake)
        assert facts == facts_of_files(lake)
        assert indexed_rows(lake) <= 1.2 * sum(
            file.rows for file in lake.state().files.values() if file.table in index._TABLES
        )


def segments(lake: Lake) -> Iterator[Segment]:
    for path in Path(lake.path, "_cache").rglob("*.segment"):
        yield Segment.load(str(path), lake=lake.path)


def indexed_rows(lake: Lake) -> int:
    return sum(map(len, segments(lake)))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def test_rows_of_compacted_files_are_in_the_index_once(lake):
    for number in range(12):
        run(lake, number)
        ask(lake)
        run(lake, number + 12)
        merge(lake, 0)
        facts = ask(lake)

    tables = ("articles", "revisions", "duplicates", "rejects")
    rows = sum(file.rows for file in lake.state().files.values() if file.table in tables)
    assert rows > 30
    assert indexed_rows(lake) <= 1.2 * rows
    assert facts == facts_of_files(lake)


def test_rows_of_replaced_files_leave_the_index(lake):
    for number in range(8):
        run(lake, number)
    facts = ask(lake)
    rows = indexed_rows(lake)
    for _ in range(6):
        rewrite(lake, 0)
        assert ask(lake) == facts
        assert indexed_rows(lake) <= 1.2 * rows


def test_an_idle_look_reads_no_segment_and_depends_on_no_number_of_runs(lake, monkeypatch):
    run(lake, 0)
    ask(lake)
    [manifest] = Path(lake.path, "_cache").rglob("manifest.json")
    size = manifest.stat().st_size
    for number in range(5):
        with lake.writing():  # Runs that found nothing.
            lake.publish(
                JournalEntry(f"2020010{number}T000000Z-1-1", partition_by=("date",), add=())
            )
    content = manifest.read_bytes()
    monkeypatch.setattr(segment, "load_arrays", None)

    with lake.writing():
        catch_up(lake)

    assert manifest.read_bytes() == content
    assert size < 300


def test_an_index_of_another_version_is_removed(lake):
    run(lake, 0)
    old = Path(lake.path, "_cache", "index-5.2.3")
    old.mkdir(parents=True)
    (old / "0.segment").write_bytes(b"of an older feedlake")

    assert ask(lake) == facts_of_files(lake)
    assert not old.exists()


@pytest.mark.parametrize("small_bytes", [256 << 10, 0])  # Small files are written otherwise.
def test_signatures_lie_in_the_lake_alone(lake, monkeypatch, small_bytes):
    monkeypatch.setattr(parquet_encoding, "SMALL_BYTES", small_bytes)
    run(lake, 1)
    ask(lake)

    [paths] = [list(Path(lake.path, "_cache").rglob("*.segment"))]
    content = b"".join(path.read_bytes() for path in paths)
    files = [path for table in KEY_TABLES for path in lake.files(table)]
    rows = [row for path in files for row in pq.ParquetFile(path).read().to_pylist()]
    assert len(rows) > 1
    for row in rows:
        assert row["minhash"] is None or row["minhash"] not in content


def test_keys_that_do_not_lie_open_are_kept_in_the_index(lake):
    run(lake, 1)
    run(lake, 2)
    facts = facts_of_files(lake)

    def same(data: pa.Table) -> pa.Table:
        return data  # Written with pyarrow's own settings: in dictionaries, compressed.

    for table in KEY_TABLES:
        rewrite_files(Path(lake.path), f"{table}/**/*.parquet", same)
    lake = Lake(lake.path)

    assert ask(lake) == facts
    [stored] = segments(lake)
    assert all(not file.places.get("minhashes") for file in stored.files)


@pytest.mark.parametrize("column", ["minhash", "content_sha256"])
def test_keys_that_change_where_they_lie_are_noticed(lake, column):
    run(lake, 1)
    ask(lake)
    path = Path(lake.files("articles")[0])
    [value, *_] = pq.ParquetFile(path).read(columns=[column])[column].to_pylist()
    content = path.read_bytes()
    path.write_bytes(content.replace(value, bytes([value[0] ^ 1]) + value[1:]))

    with pytest.raises(LakeError, match=f"{path.name} cannot be read: its keys"):
        ask(lake)


def test_a_file_that_is_gone_is_named(lake):
    run(lake, 1)
    ask(lake)
    path = lake.files("articles")[0]
    os.unlink(path)

    with pytest.raises(VanishedError, match="is missing"):
        open_index(lake.path).find(QUERIES)


def test_a_machine_without_open_files_says_nothing_about_the_index(lake, monkeypatch):
    run(lake, 1)
    ask(lake)
    [before] = Path(lake.path).glob("_cache/index-*")

    def refuse(path):
        raise OSError(24, "Too many open files", path)

    with monkeypatch.context() as patches:
        patches.setattr(storage, "read_bytes", refuse)
        for reads in (lambda: open_index(lake.path), lambda: catch_up(lake)):
            with pytest.raises(OSError, match="Too many open files"):
                reads()

    assert sorted(before.iterdir())
    assert open_index(lake.path).find(QUERIES) == facts_of_files(lake)


def test_a_file_that_took_the_place_of_another_is_read_anew(lake):
    run(lake, 1)
    ask(lake)
    rewrite_files(Path(lake.path), "articles/**/*.parquet", lambda data: data.slice(1))
    lake = Lake(lake.path)

    assert ask(lake) == facts_of_files(lake)
