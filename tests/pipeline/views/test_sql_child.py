"""SQL of strangers: what it may do, and what ends it."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from asgi_client import ask
from shown_lake import NOON, make_shown_lake

from feedlake.pipeline.explore.cookbook import cookbook
from feedlake.pipeline.serve.app import make_app, make_desk
from feedlake.pipeline.views.desk import Desk
from feedlake.pipeline.views.sql_child import Answer, SqlChild, ask_locked

ENDLESS = "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    path = str(tmp_path_factory.mktemp("shown") / "lake")
    make_shown_lake(path, days=6)
    made = make_desk(path, now=lambda: NOON)
    yield made
    made.sql.close()


def locked(desk: Desk, sql: str, *, skip: int = 0, limit: int = 10) -> Answer:
    """Asks in this process, with the same locks."""
    return Answer(*ask_locked(desk.lake, sql, skip, limit))


def test_an_answer_comes_in_pages(desk):
    sql = "SELECT range AS n FROM range(25) ORDER BY n"
    first, last = locked(desk, sql), locked(desk, sql, skip=20)

    assert [row[0] for row in first.rows] == list(range(10))
    assert (first.is_last, last.is_last) == (False, True)
    assert [row[0] for row in last.rows] == [20, 21, 22, 23, 24]


@pytest.mark.parametrize("title", [*cookbook()])
def test_recipes_of_the_cookbook_can_be_asked(desk, title):
    assert locked(desk, cookbook()[title]).failure == ""


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM latest",
        "FROM clusters",
        "DESCRIBE articles",
        "PIVOT (SELECT language, date FROM articles) ON language USING count(*)",
        "SELECT 1 AS a, 2 AS a; -- the end",
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 5) FROM t",
        "SELECT unnest([1, 2, 3]), 'read_text', 'https://a.example/'",
        "SELECT -0.0, 'NaN'::DOUBLE, 1e400::DOUBLE, 170141183460469231731687303715884105727",
        "SELECT '\\xFF'::BLOB, DATE '2026-01-01', INTERVAL 3 DAY, [1, NULL], {'a': 1}",
    ],
)
def test_what_reads_the_lake_or_computes_may_be_asked(desk, sql):
    found = locked(desk, sql)

    assert found.failure == ""
    assert found.rows


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.csv"
    path.write_text("a,b\n1,hidden\n")
    return path


@pytest.mark.parametrize(
    "sql",
    [
        "FROM '{secret}'",
        "FROM read_csv('{secret}')",
        "FROM read_text('{secret}')",
        "FROM glob('{folder}/*')",
        "FROM sniff_csv('{secret}')",
        "FROM (FROM read_blob('{secret}'))",
        "SELECT (SELECT content FROM read_text('{secret}'))",
        "FROM query('FROM read_text(''{secret}'')')",
        "FROM query_table('{secret}')",
        "PIVOT (FROM read_text('{secret}')) ON size USING count(*)",
        "FROM read_parquet('{lake}/_journal/*')",
        "FROM read_text('{lake}/_journal/lock')",
        "FROM 'https://example.org/x.parquet'",
        "COPY (SELECT 1) TO '{folder}/written.csv'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{folder}/written.csv'",
        "ATTACH '{folder}/written.db'",
        "EXPORT DATABASE '{folder}/written'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads = 8",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "PRAGMA enable_profiling",
        "CALL enable_logging(storage = 'file', storage_path = '{folder}/written')",
        "FROM enable_logging(storage = 'file', storage_path = '{folder}/written')",
        "FROM duckdb_secrets()",
        "FROM duckdb_settings()",
        "FROM arrow_scan(1::BIGINT::POINTER, 2::BIGINT::POINTER, 3::BIGINT::POINTER)",
        "FROM ARROW_SCAN(1::BIGINT::POINTER)",
        'FROM "arrow_scan"(1::BIGINT::POINTER)',
        "FROM pandas_scan(1::BIGINT::POINTER)",
        "FROM python_map_function((SELECT 1))",
        "CREATE TABLE t AS SELECT 1",
        "DELETE FROM articles",
        "SELECT 1; SELECT 2",
        "",
        "  -- nothing",
    ],
)
def test_what_reaches_beyond_the_lake_is_refused(desk, secret, sql):
    found = locked(desk, sql.format(secret=secret, folder=secret.parent, lake=desk.lake))

    assert found.failure
    assert "hidden" not in repr(found)
    assert [path.name for path in secret.parent.iterdir()] == ["secret.csv"]


def test_other_files_are_closed_even_to_a_function_that_is_let_through(desk, secret, monkeypatch):
    """The second lock holds by itself."""
    monkeypatch.setattr(
        "feedlake.pipeline.views.sql_child._check_functions", lambda connection, statement: None
    )
    for sql in (
        f"FROM '{secret}'",
        f"FROM read_text('{secret}')",
        f"FROM glob('{secret.parent}/*')",
    ):
        found = locked(desk, sql)
        assert "disabled by configuration" in found.failure or "does not exist" in found.failure


def test_a_query_that_takes_too_long_or_too_much_is_stopped_and_the_next_is_answered(desk):
    child = SqlChild(desk.lake, time_s=3)
    try:
        found = child.ask(ENDLESS, skip=0, limit=1)
        assert found.failure == "It took longer than 3 seconds, and was stopped."
        greedy = child.ask("SELECT list(range) FROM range(500000000)", skip=0, limit=1)
        assert "memory" in greedy.failure.lower()
        assert child.ask("SELECT 40 + 2", skip=0, limit=1).rows == [[42]]
    finally:
        child.close()


def page(desk: Desk, query: str, **headers: str) -> str:
    answered = ask(make_app(desk, port=8200), f"/sql?{query}", headers=headers)
    return html.unescape(answered.text)


def test_the_view_shows_an_answer_and_a_chart_of_two_of_its_columns(desk):
    sql = "SELECT date, count(*) AS articles FROM articles GROUP BY date ORDER BY date"
    text = page(desk, f"q={quote(sql)}&x=date&y=articles")

    assert "Rows 1 to 6" in text
    assert 'aria-label="articles by date"' in text
    assert len(re.findall(r'<rect class="bar"', text)) == 6
    assert sql in text


def test_the_view_says_what_is_wrong(desk):
    assert "syntax error" in page(desk, "q=SELEC")


def test_a_query_that_another_site_leads_to_is_not_asked_before_the_reader_does(desk):
    headers = {
        **{"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        "sec-fetch-dest": "document",
    }
    text = page(desk, f"q={quote('SELECT 40 + 2 AS n')}", **headers)

    assert "Another site led you here" in text
    assert "SELECT 40 + 2 AS n" in text
    assert ">42<" not in text


def test_cells_of_strangers_stay_texts(desk):
    sql = "SELECT '<script>alert(1)</script>' AS \"<b>\", repeat('x', 5000) AS long"
    answered = ask(make_app(desk, port=8200), f"/sql?q={quote(sql)}")

    assert "<script>alert" not in answered.text
    assert "<b>" not in answered.text
    assert "x" * 2_001 not in answered.text


def test_closing_ends_a_query_that_is_under_way(desk):
    child = SqlChild(desk.lake, time_s=60)
    found: list[Answer] = []
    thread = threading.Thread(target=lambda: found.append(child.ask(ENDLESS, skip=0, limit=1)))
    thread.start()
    while child._sandbox is None or not child._sandbox._busy:
        thread.join(0.01)
    child.close()
    thread.join(20)

    assert not thread.is_alive()
    assert found[0].failure
