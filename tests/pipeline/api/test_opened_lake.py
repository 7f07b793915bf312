"""`feedlake.open`: a lake that is asked."""

from __future__ import annotations

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone

import duckdb
import pytest
from articles import prose
from conftest import run_command

import feedlake


def ids(relation: duckdb.DuckDBPyRelation) -> set[str]:
    return {row[0] for row in relation.select("article_id").fetchall()}


def test_sql_answers_in_the_form_that_is_wanted(seed_lake):
    lake = feedlake.open(seed_lake)
    answer = lake.sql("SELECT language, count(*) AS n FROM articles GROUP BY ALL")
    assert isinstance(answer, duckdb.DuckDBPyRelation)
    assert answer.df()["n"].sum() == 31
    assert answer.pl()["n"].sum() == 31
    assert answer.arrow().read_all().num_rows == len(answer.fetchall())
    assert lake.path == str(seed_lake)


def test_times_are_in_utc(seed_lake, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    [(zone,)] = feedlake.open(seed_lake).sql("SELECT current_setting('TimeZone')").fetchall()
    assert zone in ("UTC", "Etc/UTC")


def test_parameters_are_values_and_no_sql(seed_lake):
    lake = feedlake.open(seed_lake)
    nothing = lake.sql("SELECT title FROM articles WHERE title = ?", ["x' OR 'a' = 'a"])
    assert nothing.fetchall() == []
    found = lake.sql(
        "SELECT count(*) FROM articles WHERE language = ? AND date < ?", ["en", date(1930, 1, 1)]
    )
    assert found.fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        (feedlake.UsageError, "DELETE FROM articles"),
        (feedlake.UsageError, "COPY articles TO 'x.csv'"),
        (feedlake.UsageError, "SELECT 1; SELECT 2"),
        (feedlake.UsageError, ""),
        (feedlake.UsageError, "SELECT '\udcff'"),
        (feedlake.QueryError, "SELEC title FROM articles"),
        (feedlake.QueryError, "SELECT nothing FROM articles"),
    ],
)
def test_sql_that_is_no_question_is_refused(kind, sql, seed_lake):
    with pytest.raises(kind):
        feedlake.open(seed_lake).sql(sql)


def test_no_lake_is_told_at_once(tmp_path):
    with pytest.raises(feedlake.UsageError, match="no such folder"):
        feedlake.open(tmp_path / "none")
    with pytest.raises(feedlake.UsageError, match="isn't a lake"):
        feedlake.open(tmp_path)


def test_filters_give_what_sql_gives(seed_lake):
    lake = feedlake.open(seed_lake)
    for filters, where in [
        ({}, "true"),
        ({"language": "en"}, "language = 'en'"),
        ({"language": ["de", "es"]}, "language IN ('de', 'es')"),
        ({"site": "example.org"}, "site = 'example.org'"),
        ({"since": "2026-03-14"}, "date >= '2026-03-14'"),
        (
            {"since": date(2026, 3, 14), "until": "2026-04-08"},
            "date BETWEEN '2026-03-14' AND '2026-04-08'",
        ),
        (
            {"language": "en", "site": ("example.org",), "since": "2026-01-01"},
            "language = 'en' AND site = 'example.org' AND date >= '2026-01-01'",
        ),
    ]:
        expected = ids(lake.sql(f"SELECT article_id FROM articles WHERE {where}"))
        assert expected, where
        assert ids(lake.articles(**filters)) == expected, where
    assert ids(lake.articles(language=[])) == set()
    assert ids(lake.articles(language="x' OR true --")) == set()
    assert ids(lake.articles(site=["example.org", "' OR '1"])) == ids(
        lake.articles(site="example.org")
    )


def test_times_bound_to_the_second_whatever_their_zone(seed_lake):
    lake = feedlake.open(seed_lake)
    [(moment,)] = lake.sql(
        "SELECT published_at FROM articles WHERE title LIKE 'Lighthouse at Skarn Head opens%'"
    ).fetchall()
    east = moment.astimezone(timezone(timedelta(hours=9)))
    assert moment == datetime(2026, 3, 14, 7, 30, tzinfo=UTC)
    [exact] = ids(lake.articles(since=east, until=east + timedelta(seconds=1)))
    assert exact not in ids(lake.articles(until=east))
    assert exact not in ids(lake.articles(since=east + timedelta(microseconds=1)))


@pytest.mark.parametrize("bound", ["last week", "2026-13-01", "", datetime(2026, 1, 1)])
def test_day_that_is_none_is_refused(bound, seed_lake):
    with pytest.raises(feedlake.UsageError, match="since: "):
        feedlake.open(seed_lake).articles(since=bound)


def test_next_answer_has_what_was_published_meanwhile_and_the_last_one_stays(story, tmp_path):
    run_command("ingest", story, "--lake", tmp_path / "lake")
    lake = feedlake.open(tmp_path / "lake")
    before = lake.articles()
    (story / "other.txt").write_text("Quite another story, of the harbour and its cats.\n")
    run_command("ingest", story, "--lake", tmp_path / "lake")

    assert len(before.fetchall()) == 1
    assert len(lake.articles().fetchall()) == 2
    assert len(before.fetchall()) == 1


@pytest.mark.parametrize("ask", ["sql", "articles", "select"])
def test_answer_that_is_read_after_a_compaction_says_what_to_do(ask, tmp_path):
    lake_path = tmp_path / "lake"
    for number in (1, 2):
        source = tmp_path / f"{number}.txt"
        source.write_text(f"Date: 2025-11-20\n\n{prose(number)}")
        assert run_command("ingest", source, "--lake", lake_path, "--enrich", "none").code == 0
    lake = feedlake.open(lake_path)
    answer = lake.articles() if ask == "articles" else lake.sql("SELECT * FROM articles")
    assert len(answer.fetchall()) == 2
    assert run_command("compact", "--lake", lake_path).code == 0
    if ask == "select":
        answer = answer.select("title")

    with pytest.raises(duckdb.Error, match=r"files were replaced .* ask again"):
        answer.fetchall()
    assert len(lake.sql("SELECT * FROM articles").fetchall()) == 2


@pytest.mark.parametrize("name", ["lake", "la[k]e", "run=1 'x' ü"])
def test_answer_stays_usable_whatever_the_lake_is_called(name, story, tmp_path):
    run_command("ingest", story, "--lake", tmp_path / name)
    lake = feedlake.open(tmp_path / name)
    derived = lake.articles().filter("char_count > 0").select("title, date")
    gc.collect()
    assert len(derived.fetchall()) == 1
    assert len(lake.sql("FROM latest").fetchall()) == 1


def test_answers_leave_nothing_behind(story, tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    run_command("ingest", story, "--lake", tmp_path / "la[k]e")
    before = set((tmp_path / "la[k]e").rglob("*"))
    with feedlake.open(tmp_path / "la[k]e") as lake:
        assert len(lake.articles().fetchall()) == 1
        assert os.listdir(tmp_path / "temporary")
    assert os.listdir(tmp_path / "temporary") == []
    lake.close()
    assert set((tmp_path / "la[k]e").rglob("*")) == before


def test_lake_that_cannot_be_written_is_read(story, tmp_path):
    run_command("ingest", story, "--lake", tmp_path / "lake")
    folders = [tmp_path / "lake", *(p for p in (tmp_path / "lake").rglob("*") if p.is_dir())]
    for folder in folders:
        folder.chmod(0o500)
    try:
        assert len(feedlake.open(tmp_path / "lake").articles().fetchall()) == 1
    finally:
        for folder in folders:
            folder.chmod(0o700)


def test_threads_may_ask_at_once(seed_lake):
    lake = feedlake.open(seed_lake)
    with ThreadPoolExecutor(4) as pool:
        tables = list(pool.map(lambda _: lake.articles().df(), range(8)))
    assert {len(table) for table in tables} == {31}


def test_damaged_lake_is_named(story, tmp_path):
    run_command("ingest", story, "--lake", tmp_path / "lake")
    [path] = (tmp_path / "lake" / "articles").rglob("*.parquet")
    path.unlink()
    with pytest.raises(feedlake.LakeError, match="is missing"):
        feedlake.open(tmp_path / "lake").articles()


def test_lake_says_why_a_page_is_not_in_it(seed_lake):
    lake = feedlake.open(seed_lake)
    assert lake.explain("https://courier.example.org/culture/lighthouse-library").is_found
    assert not lake.explain("https://example.org/never/seen").is_found
    with pytest.raises(feedlake.UsageError):
        lake.explain("")
