"""Asking a lake: formats, what is refused, odd paths, other layouts, a writer at work."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from conftest import PROJECT, read_rows

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.query.query import QueryError, query
from feedlake.pipeline.query.views import connect
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.write.parquet_files import WriteOptions, write_rows
from feedlake.transforms.write.schema import TABLES

VIEWS = ("articles", "revisions", "duplicates", "rejects", "sources", "runs", "latest", "clusters")


def ask(sql: str, lake: Path) -> list[tuple[object, ...]]:
    with connect(str(lake)) as connection:
        return connection.execute(sql).fetchall()


def test_formats_give_the_same_rows(feedlake, seed_lake, tmp_path):
    sql = "SELECT title, word_count FROM articles WHERE title IS NOT NULL ORDER BY article_id;"
    given = ["query", sql, "--lake", seed_lake, "--format"]
    expected = sorted(
        (row["article_id"], row["title"], row["word_count"])
        for row in read_rows(seed_lake, "articles")
        if row["title"]
    )

    table = feedlake(*given, "table")
    as_csv = list(csv.DictReader(io.StringIO(feedlake(*given, "csv").out)))
    as_json = json.loads(feedlake(*given, "json").out)
    feedlake(*given, "parquet", "--output", tmp_path / "answer.parquet")
    as_parquet = pq.read_table(tmp_path / "answer.parquet").to_pylist()

    assert [(row["title"], row["word_count"]) for row in as_json] == [row[1:] for row in expected]
    assert as_parquet == as_json
    assert [(row["title"], int(row["word_count"])) for row in as_csv] == [
        (row["title"], row["word_count"]) for row in as_json
    ]
    assert all(title in table.out for _, title, _ in expected)
    assert (table.code, table.err) == (0, "")


def test_output_takes_every_format(feedlake, seed_lake, tmp_path):
    for name in ("table", "csv", "json"):
        given = ("query", "SELECT 1 AS one", "--lake", seed_lake, "--format", name)
        outcome = feedlake(*given, "--output", tmp_path / name)

        assert (outcome.code, outcome.out) == (0, "")
        assert (tmp_path / name).read_text(encoding="utf-8") == feedlake(*given).out


@pytest.mark.parametrize("sign", [*"=+-@", "\t", "\r", "\n"])
def test_no_cell_of_safe_csv_is_a_formula(feedlake, seed_lake, sign):
    cell = f"{sign}HYPERLINK('http://evil.example')"
    text = cell.replace("'", "''")
    sql = f"""SELECT '{text}' AS "a, b", 'it''s = c' AS c, -3 AS d, NULL::VARCHAR AS e"""

    plain, safe = (
        feedlake("query", sql, "--lake", seed_lake, "--format", name).out
        for name in ("csv", "csv-safe")
    )

    [row] = csv.DictReader(io.StringIO(safe, newline=""))
    assert row == {"a, b": f"'{cell}", "c": "it's = c", "d": "-3", "e": ""}
    [row] = csv.DictReader(io.StringIO(plain, newline=""))
    assert row["a, b"] == cell


@pytest.mark.parametrize("end", ["", ";", " ; ;", "; -- the end", " -- the end", "; /* ; */ ;"])
@pytest.mark.parametrize("output_format", ["table", "csv"])
def test_end_of_the_statement_does_not_matter(feedlake, seed_lake, end, output_format):
    sql = f"SELECT 'é;' AS x{end}"

    outcome = feedlake("query", sql, "--lake", seed_lake, "--format", output_format)

    assert outcome.code == 0, outcome.err
    assert "é;" in outcome.out


@pytest.mark.parametrize(
    "sql",
    [
        "FROM rejects",
        "DESCRIBE articles",
        "SUMMARIZE runs",
        "SHOW TABLES",
        "EXPLAIN FROM articles",
        "WITH a AS (SELECT 1 AS x) FROM a",
        "PIVOT articles ON language USING count(*)",
        "VALUES (1)",
    ],
)
@pytest.mark.parametrize("output_format", ["table", "json"])
def test_whatever_reads_is_answered(feedlake, seed_lake, sql, output_format):
    outcome = feedlake("query", sql, "--lake", seed_lake, "--format", output_format)

    assert outcome.code == 0, outcome.err
    assert outcome.out


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("", "SQL: 0 statements; must be one query"),
        (" ; -- nothing", "SQL: 0 statements; must be one query"),
        ("SELECT 1; SELECT 2", "SQL: 2 statements; must be one query"),
        ("selec 1", 'Parser Error: syntax error at or near "selec"'),
        ("SELECT colour FROM articles", '"colour" not found'),
        ("FROM nowhere", "Table with name nowhere does not exist!"),
        ("FROM sql", "Table with name sql does not exist!"),
        ("SELECT 1 / 'x'", "Conversion Error"),
        ("FROM 'missing.csv'", "missing.csv"),
        ("CREATE TABLE t (i INT)", "SQL: a CREATE statement; must be a query that reads"),
        ("COPY articles TO 'x.csv'", "SQL: a COPY statement"),
        ("INSTALL httpfs", "SQL: a LOAD statement"),
        ("ATTACH 'x.db'", "SQL: a ATTACH statement"),
        ("SET threads = 1", "SQL: a SET statement"),
        ("SELECT '\udcff'", "SQL: not in UTF-8"),
    ],
)
@pytest.mark.parametrize("output_format", ["table", "csv"])
def test_sql_that_is_no_query_is_one_sentence_and_exit_code_2(
    feedlake, seed_lake, sql, said, output_format, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)

    outcome = feedlake("query", sql, "--lake", seed_lake, "--format", output_format)

    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
    assert not os.listdir()


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("missing/x", "--output missing/x: cannot be written: No such file or directory"),
        (".", "--output .: cannot be written: Is a directory"),
    ],
)
def test_output_that_cannot_be_written_is_exit_code_2(
    feedlake, seed_lake, output, said, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)

    outcome = feedlake("query", "SELECT 1", "--lake", seed_lake, "--output", output)

    assert (outcome.code, outcome.err) == (2, f"feedlake: {said}\n")


@pytest.mark.parametrize(
    ("lake", "said"),
    [
        ("nowhere", "no such folder"),
        ("file", "a file, not a folder"),
        ("folder", "the folder isn't a lake (it has no _journal)"),
        ("shed://bucket/lake", "no filesystem shed:// here"),
    ],
)
def test_path_that_is_no_lake_is_exit_code_2(feedlake, lake, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    os.mkdir("folder")

    outcome = feedlake("query", "SELECT 1", "--lake", lake)

    assert outcome.code == 2
    assert said in outcome.err


def test_extension_is_not_fetched_from_the_internet(seed_lake):
    with connect(str(seed_lake)) as connection:
        settings = connection.execute(
            "SELECT value FROM duckdb_settings() WHERE name = 'autoinstall_known_extensions'"
        ).fetchall()

    assert settings == [("false",)]
    with pytest.raises(QueryError):
        query(
            "FROM 'https://192.0.2.1/x.parquet'",
            lake=str(seed_lake),
            output_format="table",
            output=None,
        )


def test_views_of_an_empty_lake_have_all_columns(tmp_path, seed_lake):
    with Lake(str(tmp_path / "lake")).writing():
        pass

    for view in VIEWS:
        described = f"SELECT column_name, column_type FROM (DESCRIBE {view}) ORDER BY ALL"
        assert ask(f"FROM {view}", tmp_path / "lake") == []
        assert ask(described, tmp_path / "lake") == ask(described, seed_lake)


def test_days_are_dates_and_times_are_utc(seed_lake):
    [(day, moment, kinds)] = ask(
        """
        SELECT date, published_at, typeof(date) || ' ' || typeof(published_at) FROM articles
        WHERE canonical_url LIKE '%tide-gauge%' OR true ORDER BY published_at LIMIT 1
        """,
        seed_lake,
    )

    assert kinds == "DATE TIMESTAMP WITH TIME ZONE"
    assert isinstance(day, date)
    assert isinstance(moment, datetime)
    assert moment.astimezone(UTC).date() == day


ODD_NAMES = (
    "it's",
    "a[1]b",
    "a*b",
    "a?b",
    "a{1,2}b",
    "100%",
    "a b",
    'say "x"',
    "env=prod",
    "date=2000-01-01",
    "new\nline",
    "東京",
    "\udcff",
    "back\\slash",
)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_letters_of_a_lakes_path_mean_nothing(feedlake, story, tmp_path, name):
    lake = tmp_path / name / "lake"
    # What patterns would match, if the letters were patterns.
    for other in ("a1b", "axb", "a2b"):
        copy = tmp_path / other / "lake" / "articles" / "date=1999-01-01"
        copy.mkdir(parents=True)
        pq.write_table(TABLES["articles"].schema.empty_table(), copy / "x-0000.parquet")
    assert feedlake("ingest", story, "--lake", lake).code == 0

    answer = feedlake("query", "SELECT * FROM articles", "--lake", lake, "--format", "json")

    [article] = json.loads(answer.out)
    assert article["date"] == "2020-02-03"
    assert set(article) == set(TABLES["articles"].schema.names)


@pytest.mark.parametrize(
    ("columns", "folder"),
    [
        ("language", "language=*"),
        ("site", "by_site=*"),
        ("date:month", "month=[12]???-??"),
        ("date:year,language", "year=[12]???/language=*"),
        ("site,date", "by_site=*/date=[12]???-??-??"),
        ("source_kind,text_source", "source_kind=*/text_source=*"),
    ],
)
def test_other_layouts_hold_the_same_articles(feedlake, seed_lake, tmp_path, columns, folder):
    lake = tmp_path / "lake"

    outcome = feedlake("ingest", PROJECT / "seeds", "--lake", lake, "--partition-by", columns)

    assert outcome.code == 0, outcome.err
    assert not set(lake.glob("articles/**/*.parquet")) - set(
        lake.glob(f"articles/{folder}/*.parquet")
    )
    names = "article_id, date, language, site, source_kind, text_source"
    sql = f"SELECT {names} FROM articles WHERE date_source <> 'fetched' ORDER BY 1"
    assert ask(sql, lake) == ask(sql, seed_lake)


def test_more_than_1024_partitions_are_one_run(feedlake, tmp_path):
    days = [date(2015, 1, 1) + timedelta(days=place) for place in range(1030)]
    lines = (f"date {day} The story of day {day.toordinal()} is this one." for day in days)
    (tmp_path / "days.txt").write_text("\n".join(lines), encoding="utf-8")
    lake = tmp_path / "lake"

    outcome = feedlake("ingest", tmp_path / "days.txt", "--lake", lake, "--json")

    assert json.loads(outcome.out)["articles"] == 1030
    assert len(list(lake.glob("articles/date=*"))) == 1030
    assert ask("SELECT count(DISTINCT date), min(date) FROM articles", lake) == [(1030, days[0])]


def staged_run(lake: Lake, number: int) -> JournalEntry:
    """An empty run's row of `runs`, staged."""
    moment = datetime(2024, 5, 6, tzinfo=UTC)
    options = WriteOptions(
        lake.staging_folder(f"run-{number}"), run_id=f"run-{number}", started_at=moment
    )
    row = dict.fromkeys(TABLES["runs"].schema.names, 0)
    row |= {"started_at": moment, "finished_at": moment, "options": "{}", "versions": "{}"}
    row["enrich_failures"] = []
    files: Iterator[StagedFile] = write_rows(
        [row], table=TABLES["runs"], partition="run_date=2024-05-06", options=options
    )
    return JournalEntry(f"run-{number}", partition_by=("date",), add=tuple(files))


class Died(BaseException):
    """The writer ends here."""


def publish_without_moving(lake: Lake, entry: JournalEntry) -> None:
    """Publishes by a writer that dies when it has committed."""

    def die(source: str, target: str) -> None:
        raise Died

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "move", die)
        with pytest.raises(Died):
            lake.publish(entry)


def test_run_that_is_committed_but_not_yet_moved_is_seen(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    with lake.writing():
        lake.publish(staged_run(lake, 1))
        publish_without_moving(lake, staged_run(lake, 2))
        staged_run(lake, 3)

    runs = ask("SELECT run_id FROM runs ORDER BY 1", tmp_path / "lake")

    assert runs == [("run-1",), ("run-2",)]


def test_files_that_a_writer_moves_meanwhile_are_found_again(tmp_path, monkeypatch, feedlake):
    lake = Lake(str(tmp_path / "lake"))
    with lake.writing():
        publish_without_moving(lake, staged_run(lake, 1))
    names, asked = Snapshot.held, []

    def name_then_move(self: Snapshot, table: str) -> list[StagedFile]:
        named = names(self, table)
        if table == "runs":
            asked.append(named)
            with lake.writing():  # The next writer finishes what the dead one began.
                pass
        return named

    monkeypatch.setattr(Snapshot, "held", name_then_move)

    answer = feedlake("query", "SELECT run_id FROM runs", "--lake", lake.path, "--format", "csv")

    assert (answer.code, answer.out) == (0, "run_id\nrun-1\n")
    assert len(asked) == 2


def test_tables_of_one_query_are_of_one_instant(tmp_path, monkeypatch):
    lake = Lake(str(tmp_path / "lake"))
    with lake.writing():
        lake.publish(staged_run(lake, 1))
    names, asked = Snapshot.held, []

    def name_and_publish(self: Snapshot, table: str) -> list[StagedFile]:
        asked.append(table)
        with lake.writing():  # A run is published before each table is looked up.
            lake.publish(staged_run(lake, len(asked) + 1))
        return names(self, table)

    monkeypatch.setattr(Snapshot, "held", name_and_publish)

    assert ask("SELECT count(*) FROM runs", tmp_path / "lake") == [(1,)]
    assert len(asked) > 3


@pytest.fixture
def two_runs(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    with lake.writing():
        for number in (1, 2):
            lake.publish(staged_run(lake, number))
    return Path(lake.path)


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(b"PAR1"), "has 4 bytes, the journal says "),
    ],
    ids=["missing", "changed"],
)
def test_file_that_is_gone_or_changed_is_named_unless_a_part_will_do(
    feedlake, two_runs, harm, what
):
    path = next((two_runs / "runs").glob("**/run-2-*.parquet"))
    harm(path)
    given = ("query", "SELECT run_id FROM runs", "--lake", two_runs, "--format", "csv")

    refused, partial = feedlake(*given), feedlake(*given, "--partial")

    assert (refused.code, refused.out) == (1, "")
    assert f"{path} {what}" in refused.err
    assert "compact --quarantine" in refused.err
    assert "query --partial" in refused.err
    assert (partial.code, partial.out) == (0, "run_id\nrun-1\n")
    assert f"{path} {what}" in partial.err


def test_file_under_the_name_of_a_run_that_its_entry_does_not_name_is_not_read(two_runs):
    path = next((two_runs / "runs").glob("**/run-2-*.parquet"))
    shutil.copyfile(path, path.with_name("run-2-0007.parquet"))

    assert ask("SELECT count(*) FROM runs", two_runs) == [(2,)]


def test_table_says_when_it_shows_a_part(feedlake, seed_lake):
    table = feedlake("query", "FROM range(3000)", "--lake", seed_lake).out

    assert "more than 1,000 rows; --full shows all" in table
    assert len(table.splitlines()) < 1020


def test_verify_and_query_see_the_same_files(seed_lake):
    with duckdb.connect() as connection:
        named = connection.execute(
            f"SELECT count(*) FROM read_parquet('{seed_lake}/articles/**/*.parquet')"
        ).fetchall()

    assert ask("SELECT count(*) FROM articles", seed_lake) == named
    assert all(storage.exists(path) for path in Lake(str(seed_lake)).files("articles"))
