"""The index is a cache: whatever happens to it, it says what the lake's files say."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from articles import NOON, MemoryHistory, article, prose, publish, queries_of, rejection
from old_lakes import rewrite_files

from feedlake.pipeline.history import index
from feedlake.pipeline.history.index import catch_up, open_index
from feedlake.pipeline.history.key_columns import KEY_TABLES
from feedlake.pipeline.history.segment import Segment
from feedlake.pipeline.lake.journal_entry import JournalEntry, LakeError
from feedlake.pipeline.lake.lake import Lake
from feedlake.transforms.dedup.lookup import Facts, Queries
from feedlake.transforms.records.documents import Article
from feedlake.transforms.write.parquet_files import WriteOptions, write_rows
from feedlake.transforms.write.schema import MINHASH_KEY, TABLES

RUNS = 4


def story(number: int, *, changed: range = range(0), record: int = 1) -> Article:
    url = f"https://news.example/{number}"
    return article(prose(number, changed=changed), url=url, record=record)


EVERYTHING = [
    *(story(number) for number in range(2 * RUNS)),
    *(article(prose(number, changed=[7]), record=number) for number in range(2 * RUNS)),
]
QUERIES = queries_of(EVERYTHING, [rejection(record) for record in range(RUNS)])


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def fill(
    lake: Lake, runs: Iterable[int] = range(RUNS), history: MemoryHistory | None = None
) -> Facts:
    """Publishes runs of articles, copies and revisions, and returns what the lake holds."""
    history = history or MemoryHistory()
    for run in runs:
        copy = article(prose(run, changed=[7]), record=run)
        made = [story(2 * run), story(2 * run + 1), copy]
        made += [story(0, changed=range(run, 60), record=run + 2)]
        rejected = [rejection(run)]
        for key, verdict in publish(lake, run, made, history, rejections=rejected):
            history.add(key, verdict)
        history.rejects |= queries_of([], rejected).reject_ids
    return history.find(QUERIES)


def ask(lake: Lake, queries: Queries = QUERIES) -> Facts:
    with lake.writing():
        catch_up(lake)
        return open_index(lake.path).find(queries)


def segments(lake: Lake) -> int:
    return len(list(Path(lake.path, "_cache").rglob("*.segment")))


def test_an_empty_lake_holds_nothing(lake):
    assert ask(lake) == Facts()
    assert ask(lake, Queries()) == Facts()


def test_catching_up_run_by_run_gives_what_building_gives(lake):
    history = MemoryHistory()
    for run in range(RUNS):
        facts = fill(lake, [run], history)
        assert ask(lake) == facts

    shutil.rmtree(Path(lake.path, "_cache"))

    assert ask(lake) == facts
    assert len(facts.rejects) == RUNS
    assert {row.kind for row in facts.rows} == {"article", "revision", "duplicate"}


def test_nothing_is_written_when_nothing_is_new(lake):
    fill(lake)
    ask(lake)
    before = {path: path.stat().st_mtime_ns for path in Path(lake.path, "_cache").rglob("*")}

    ask(lake)

    assert {p: p.stat().st_mtime_ns for p in Path(lake.path, "_cache").rglob("*")} == before


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


DAMAGES: list[Callable[[Path], None]] = [flip, cut, empty, Path.unlink]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["*.segment", "manifest.json"])
def test_a_damaged_index_changes_nothing(lake, damage, name):
    facts = fill(lake)
    assert ask(lake) == facts
    [path, *_] = Path(lake.path, "_cache").rglob(name)

    damage(path)

    assert ask(lake) == facts


@pytest.mark.parametrize("place", [9, 200, 0.5, -1])
def test_a_flipped_bit_is_noticed_even_if_the_file_looks_untouched(lake, place, caplog):
    facts = fill(lake)
    assert ask(lake) == facts
    path = max(Path(lake.path, "_cache").rglob("*.segment"), key=os.path.getsize)
    was, content = path.stat(), bytearray(path.read_bytes())
    content[int(place * len(content)) if place == 0.5 else place] ^= 0x10
    path.write_bytes(content)
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))

    assert ask(lake) == facts
    assert ask(lake) == facts
    [said] = caplog.messages
    assert said.endswith("damaged, so it is built anew; the lake itself is not concerned")


@pytest.mark.parametrize("content", ["[]", "{}", '{"segments": [], "runs": []}', "null", "\x00"])
def test_a_manifest_of_another_form_changes_nothing(lake, content):
    facts = fill(lake)
    ask(lake)
    [manifest] = Path(lake.path, "_cache").rglob("manifest.json")

    manifest.write_text(content)

    assert ask(lake) == facts


def test_what_a_dead_process_left_is_swept_and_other_caches_stay(lake):
    history = MemoryHistory()
    fill(lake, range(RUNS - 1), history)
    ask(lake)
    facts = fill(lake, [RUNS - 1], history)
    [manifest] = Path(lake.path, "_cache").rglob("manifest.json")
    left = [manifest.with_suffix(".json.part"), manifest.parent / "0123"]
    left[0].write_text("{")
    left[1].mkdir()
    other = Path(lake.path, "_cache", "other")
    other.mkdir()

    assert ask(lake) == facts
    assert not any(path.exists() for path in left)
    assert other.exists()


def test_small_segments_are_merged_and_nothing_is_lost(lake, monkeypatch):
    monkeypatch.setattr(index, "MAX_SEGMENTS", 2)
    history = MemoryHistory()
    for run in range(6):
        facts = fill(lake, [run], history)
        assert ask(lake) == facts
        assert segments(lake) <= 2


def test_merging_makes_no_segment_larger_than_the_bound(lake, monkeypatch):
    history = MemoryHistory()
    for run in range(6):
        facts = fill(lake, [run], history)
        if run == 5:  # Until then each run has a segment of its own, of four or five rows.
            monkeypatch.setattr(index, "MAX_SEGMENTS", 1)
            monkeypatch.setattr(index, "MAX_SEGMENT_ROWS", 12)
        assert ask(lake) == facts

    paths = Path(lake.path, "_cache").rglob("*.segment")
    sizes = [len(Segment.load(str(path), lake="")) for path in paths]
    assert len(sizes) < 6
    assert max(sizes) <= 12


def test_a_large_lake_is_built_in_segments(lake, monkeypatch):
    facts = fill(lake)
    monkeypatch.setattr(index, "MAX_SEGMENT_ROWS", 3)

    assert ask(lake) == facts
    assert segments(lake) > 2


def compact(lake: Lake, *, is_rewrite: bool = True) -> None:
    """Rewrites all articles into one file, or removes them."""
    run_id = "20200101T000000Z-000000-0001"
    old = lake.files("articles")
    with lake.writing():
        files = []
        if is_rewrite:
            empty = dict.fromkeys(TABLES["articles"].schema.names)  # Files leave out empty columns.
            rows = [empty | row for path in old for row in pq.ParquetFile(path).read().to_pylist()]
            options = WriteOptions(lake.staging_folder(run_id), run_id=run_id, started_at=NOON)
            partition = "date=2019-01-23"
            files = list(
                write_rows(rows, table=TABLES["articles"], partition=partition, options=options)
            )
        removed = tuple(os.path.relpath(path, lake.path) for path in old)
        lake.publish(
            JournalEntry(
                run_id,
                partition_by=("date",),
                add=tuple(files),
                remove=removed,
                is_rewrite=is_rewrite,
            )
        )


@pytest.mark.parametrize("is_indexed_before", [True, False])
def test_compaction_changes_nothing_whether_the_index_saw_the_small_files_or_not(
    lake, is_indexed_before
):
    history = MemoryHistory()
    fill(lake, [0], history)
    ask(lake)
    facts = fill(lake, range(1, RUNS), history)
    if is_indexed_before:
        ask(lake)

    compact(lake)

    assert ask(lake) == facts


def test_rows_that_left_the_lake_are_not_found(lake):
    facts = fill(lake)
    ask(lake)

    compact(lake, is_rewrite=False)

    assert ask(lake).rows == {row for row in facts.rows if row.kind != "article"}


def damaged_files(lake: Lake) -> Iterator[Path]:
    for table in ("articles", "revisions", "duplicates", "rejects"):
        yield Path(lake.files(table)[0])


@pytest.mark.parametrize("damage", DAMAGES[1:3])
def test_a_damaged_file_of_the_lake_is_named(lake, damage):
    fill(lake)
    for path in damaged_files(lake):
        whole = path.read_bytes()
        damage(path)

        with pytest.raises(LakeError, match=path.name):
            ask(lake)

        path.write_bytes(whole)
    assert ask(lake).rows


def test_signatures_of_another_version_are_made_anew_from_the_texts(lake):
    facts = fill(lake)

    def reverse(data):
        old = [old and old[::-1] for old in data["minhash"].to_pylist()]
        place = data.schema.get_field_index("minhash")
        data = data.set_column(place, "minhash", pa.array(old, data.schema.types[place]))
        return data.replace_schema_metadata({MINHASH_KEY: "0"})

    for table in KEY_TABLES:
        rewrite_files(Path(lake.path), f"{table}/**/*.parquet", reverse)

    assert ask(Lake(lake.path)) == facts
