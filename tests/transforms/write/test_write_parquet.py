"""Rows of a partition are one file, unless there are many: then any worker writes some of them."""

from pathlib import Path

import apache_beam as beam
import pyarrow.parquet as pq
from apache_beam.testing.test_pipeline import TestPipeline as _TestPipeline
from apache_beam.testing.util import assert_that
from articles import NOON, rejection
from batches import batches

from feedlake.transforms.records.batch import Batch
from feedlake.transforms.records.documents import Recognised, StagedFile
from feedlake.transforms.write.parquet_files import Part, WriteOptions, write_parts, write_rows
from feedlake.transforms.write.schema import TABLES
from feedlake.transforms.write.write_parquet import WriteParquet

RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"


def write(folder: Path, rows: int) -> dict[str, list[int]]:
    """Writes rejects and returns the records in each file, by its path."""
    options = WriteOptions(str(folder), run_id="run", started_at=NOON)

    def are_counted(files: list[StagedFile]) -> None:
        found = {file.path: file.rows for file in files}
        paths = [str(path.relative_to(folder)) for path in folder.rglob("*.parquet")]
        assert found == {path: pq.read_metadata(folder / path).num_rows for path in paths}

    with _TestPipeline(runner=RUNNER) as pipeline:
        made = batches(pipeline, *map(rejection, range(rows)))
        written = (made,) | WriteParquet(options)
        assert_that(written.files, are_counted)
    return {
        str(path.relative_to(folder)): sorted(
            pq.read_table(path, columns=["source_record"]).column(0).to_pylist()
        )
        for path in sorted(folder.rglob("*.parquet"))
    }


def test_rows_of_a_partition_are_one_file(tmp_path):
    assert write(tmp_path, 50) == {"rejects/run_date=2019-01-23/run-0000.parquet": [*range(50)]}


def test_many_rows_of_a_partition_are_keyed_for_more_than_one_worker(tmp_path, monkeypatch):
    monkeypatch.setattr("feedlake.transforms.write.write_parquet.MAX_HELD_ROWS", 8)
    monkeypatch.setattr("feedlake.transforms.write.write_parquet.MIN_PART_ROWS", 5)

    first, again = write(tmp_path / "first", 20), write(tmp_path / "again", 20)

    assert sorted(record for records in first.values() for record in records) == [*range(20)]
    assert sorted(map(len, first.values())) == [4, 8, 8]
    assert len(first["rejects/run_date=2019-01-23/run-0000.parquet"]) == 4
    assert again == first, "a bundle that is tried again replaces its own files"


def test_a_usual_chunk_has_one_file_a_partition(tmp_path):
    assert len(write(tmp_path, 6_000)) == 1


def test_parts_written_together_are_the_files_of_each_by_itself(tmp_path):
    options = WriteOptions(str(tmp_path), run_id="run", started_at=NOON)
    rows = [TABLES["rejects"].to_row(rejection(number)) for number in (5, 1, 4, 2, 3)]
    parts = [
        Part("run_date=2019-01-23", "", rows[:2]),
        Part("run_date=2019-01-25", "late", rows[2:4]),
        Part("run_date=2019-01-24", "", rows[4:]),
    ]

    together = list(write_parts(parts, table=TABLES["rejects"], options=options))
    alone = [
        file
        for partition, name, held in parts
        for file in write_rows(
            held, table=TABLES["rejects"], partition=partition, part=name, options=options
        )
    ]

    assert together == alone  # Checksums and facts, too.
    assert [file.rows for file in together] == [2, 2, 1]
    assert together[1].path == "rejects/run_date=2019-01-25/run-late-0000.parquet"


def test_no_rows_make_no_file(tmp_path):
    options = WriteOptions(str(tmp_path), run_id="run", started_at=NOON)

    assert [*write_rows([], table=TABLES["rejects"], partition="run_date=x", options=options)] == []


def test_each_record_says_its_table_and_records_of_all_tables_come_alone_or_in_batches(tmp_path):
    options = WriteOptions(str(tmp_path), run_id="run", started_at=NOON)
    known = Recognised("a.xml", url="", title=None, guid="1", entry_mark="m", test="text")

    with _TestPipeline(runner=RUNNER) as pipeline:
        made = pipeline | beam.Create([rejection(1), Batch([rejection(2), rejection(3)]), known])
        _ = (made,) | WriteParquet(options)

    found = {
        path.parts[-3]: pq.read_metadata(path).num_rows for path in tmp_path.rglob("*.parquet")
    }
    assert found == {"rejects": 3, "known": 1}


def test_a_partition_that_gets_large_is_several_files(tmp_path, monkeypatch):
    monkeypatch.setattr("feedlake.transforms.write.parquet_files.MAX_FILE_BYTES", 2_000)

    found = write(tmp_path, 50)

    assert len(found) > 3
    assert sorted(record for records in found.values() for record in records) == [*range(50)]
