"""A question opens the files that its filters leave, and its answer is that of all files."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import duckdb
import pytest
from small_files import FIRST, id_of, publish_articles, url_of, write_articles

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.query import query
from feedlake.pipeline.query.views import connect, show_tables
from feedlake.pipeline.upkeep.compact import compact

DAYS = 40
RUNS = 4


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """80 articles of 40 days, which four runs of ten days brought: 40 files."""
    lake = Lake(str(tmp_path_factory.mktemp("small") / "lake"))
    a_run = 2 * DAYS // RUNS
    for run in range(RUNS):
        numbers = range(run * a_run, (run + 1) * a_run)
        publish_articles(lake, f"2024041{run}T000000Z-aaaaaa-0000", numbers)
    with lake.writing():
        name = "20240420T000000Z-aaaaaa-0000"
        files = [
            file.__class__(**{**vars(file), "facts": None})
            for file in write_articles(lake, name, [2 * DAYS])
        ]
        lake.publish(JournalEntry(name, partition_by=("date",), add=tuple(files)))
    return lake


def ask(lake: Lake, sql: str) -> tuple[list[tuple[object, ...]], int]:
    """The answer, and how many files of articles were looked at."""
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(duckdb.connect())
        show_tables(connection, lake.snapshot(), keep=stack, sql=sql)
        [(paths,)] = connection.execute(
            "SELECT list_concat(getvariable('articles_0'), getvariable('articles_1'))"
        ).fetchall()
        return sorted(connection.execute(sql).fetchall(), key=repr), len(paths or ())


def ask_all(lake: Lake, sql: str) -> list[tuple[object, ...]]:
    with connect(lake.path) as connection:
        return sorted(connection.execute(sql).fetchall(), key=repr)


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


ID, URL = id_of(17), url_of(17)
FEW = [
    f"FROM articles WHERE article_id = '{ID}'",
    f"FROM articles WHERE '{ID}' = article_id AND language = 'en'",
    f"FROM articles WHERE article_id IN ('{ID}', '{id_of(18)}', 'x')",
    f"FROM articles WHERE url = '{URL}'",
    f"FROM articles WHERE canonical_url = '{URL}'",
    "FROM articles WHERE url = 'optional: it''s none'",
    f"FROM articles WHERE date = '{day(7)}'",
    f"FROM articles WHERE date BETWEEN '{day(7)}' AND '{day(8)}'",
    f"FROM articles WHERE date IN ('{day(7)}', '{day(30)}')",
    f"FROM articles WHERE date > '{day(37)}'",
    f"FROM articles WHERE date < '{day(2)}'",
    f"FROM articles WHERE published_at::DATE = '{day(7)}'",
    f"FROM articles WHERE published_at >= '{day(7)} 07:30' AND published_at < '{day(8)}'",
    f"FROM articles WHERE fetched_at <= '{day(0)} 08:30:00+00'",
    f"FROM articles WHERE fetched_at > TIMESTAMPTZ '{day(38)} 23:00:00+00'",
    "FROM articles WHERE run_id = 'x' OR run_id > '2024042'",
    f"FROM latest WHERE article_id = '{ID}'",
    f"WITH a AS (FROM articles WHERE date > '{day(36)}') FROM a, a b WHERE a.url = b.url",
    f"FROM articles a JOIN articles b USING (article_id) WHERE b.article_id = '{ID}'",
    f"FROM articles WHERE url = '{URL}' UNION ALL FROM articles WHERE date = '{day(9)}'",
    f"FROM articles WHERE date = '{day(3)}' ORDER BY published_at DESC LIMIT 1",
    f"SELECT rank() OVER (PARTITION BY date ORDER BY url) FROM articles QUALIFY date = '{day(4)}'",
]
ALL = [
    "SELECT count(*) FROM articles",
    "FROM articles ORDER BY published_at DESC, url LIMIT 3",
    "FROM articles WHERE published_at IS NULL",
    f"FROM articles WHERE NOT article_id = '{ID}'",
    f"FROM articles WHERE article_id = '{ID}' OR language = 'de'",
    f"FROM articles WHERE url = 'x\n(date = $$2024-03-08$$)\ny' OR url = '{URL}\n'",
    f"FROM articles WHERE article_id = '{ID}' AND false",
    f"SELECT count(*), (SELECT max(title) FROM articles WHERE date = '{day(3)}') FROM articles",
    f"FROM articles a LEFT JOIN (FROM articles WHERE date = '{day(3)}') b USING (url)",
    "FROM articles WHERE upper(article_id) > ''",
    "SELECT max(date) FROM articles",
    "FROM articles WHERE date = (SELECT max(date) FROM articles)",
    f"SELECT count(*) FILTER (date = '{day(3)}') FROM articles",
    "SELECT language, count(*) FROM articles GROUP BY ALL HAVING language = 'de'",
]


@pytest.mark.parametrize("sql", FEW)
def test_files_that_no_filter_lets_through_are_not_opened(lake, sql):
    answer, files = ask(lake, sql)

    assert answer == ask_all(lake, sql)
    assert files <= 9


@pytest.mark.parametrize("sql", ALL)
def test_question_about_all_articles_reads_all_files(lake, sql):
    answer, files = ask(lake, sql)

    assert answer == ask_all(lake, sql)
    assert files == DAYS + 1


def test_file_that_nothing_is_known_of_is_always_read(lake):
    [row], _ = ask(lake, f"SELECT title FROM articles WHERE article_id = '{id_of(2 * DAYS)}'")

    assert row == ("It's 80",)


def test_tables_that_are_not_named_are_not_made(lake):
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(duckdb.connect())
        sql = "SELECT sum(articles) FROM runs"
        show_tables(connection, lake.snapshot(), keep=stack, sql=sql)
        made = connection.execute("SELECT table_name FROM information_schema.tables").fetchall()

    assert made == [("runs",)]


@pytest.mark.parametrize("layout", [("date:month",), ("language",), ("date:year", "site")])
def test_days_are_found_in_other_layouts(tmp_path, layout):
    lake = Lake(str(tmp_path / "lake"))
    for run in range(10):
        publish_articles(
            lake, f"2024041{run}T000000Z-aaaaaa-0000", range(run * 8, run * 8 + 8), layout=layout
        )
    sql = f"SELECT title FROM articles WHERE date = '{day(17)}'"

    answer, files = ask(lake, sql)

    assert answer == ask_all(lake, sql) == [("It's 34",), ("It's 35",)]
    assert files <= 3


def test_files_that_are_compacted_after_they_were_chosen_are_chosen_anew(
    tmp_path, feedlake, monkeypatch
):
    lake = Lake(str(tmp_path / "lake"))
    for run in range(10):
        publish_articles(lake, f"2024041{run}T000000Z-aaaaaa-0000", [2, 3, 20 + run])
    real, asked = query.show_tables, 0

    def show_then_compact(*given, **named):
        nonlocal asked
        real(*given, **named)
        asked += 1
        if asked == 1:
            with lake.writing():
                assert compact(lake, quarantine=False).merged > 10

    monkeypatch.setattr(query, "show_tables", show_then_compact)
    sql = f"SELECT count(*) AS rows FROM articles WHERE url = '{url_of(3)}'"

    answer = feedlake("query", sql, "--lake", lake.path, "--format", "csv")

    assert (answer.code, answer.out, answer.err) == (0, "rows\n10\n", "")
    assert asked == 2
