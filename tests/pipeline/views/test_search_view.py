from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import duckdb
import feedparser
import polars
import pyarrow.parquet as pq
import pytest
from asgi_client import ask
from shown_lake import NOON, TODAY, make_shown_lake, publish_run
from starlette.types import ASGIApp

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.search.search_index import SearchIndex
from feedlake.pipeline.serve.app import make_app, make_desk
from feedlake.pipeline.views.searcher import Searcher


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("shown") / "lake")
    make_shown_lake(path, days=12, is_hostile=True)
    SearchIndex(Lake(path)).catch_up()
    return path


@pytest.fixture(scope="module")
def app(lake: str) -> ASGIApp:
    return make_app(make_desk(lake, now=lambda: NOON), port=8200)


def words(text: str) -> str:
    main = text[text.index("<main") : text.index("</main>")]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main)).split())


def count_in(lake: str, condition: str) -> int:
    with duckdb.connect() as connection:
        files = f"{lake}/articles/**/*.parquet"
        found = connection.execute(
            f"SELECT count(*) FROM read_parquet('{files}') WHERE {condition}"
        ).fetchone()
    assert found is not None
    return int(found[0])


def test_what_was_found_is_counted_and_marked(app, lake):
    text = ask(app, "/search?q=foghorn").text

    expected = count_in(lake, "title ILIKE '%foghorn%' OR text ILIKE '%foghorn%'")
    assert f"{expected} articles" in words(text)
    assert len(re.findall(r"<h3><a[^>]*><bdi>[^<]*<mark>foghorn</mark>", text)) == expected
    assert expected > 1


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("q=foghorn&language=en", "title ILIKE '%foghorn%'"),
        ("q=foghorn&language=de", "false"),
        (f"q=foghorn&since={TODAY}", f"title ILIKE '%foghorn%' AND date = '{TODAY}'"),
        ("q=foghorn&site=signal.example", "title ILIKE '%foghorn%' AND site = 'signal.example'"),
        (f"q={quote('蛍')}", "title LIKE '%蛍%'"),
    ],
)
def test_filters_narrow_the_answer(app, lake, query, condition):
    found = count_in(lake, condition)
    shown = words(ask(app, f"/search?{query}").text)

    assert re.findall(r"(\d+) articles?\b", shown)[0] == str(found)


def test_attention_of_two_searches_is_on_one_chart(app):
    text = ask(app, "/search?q=harbour&q2=council").text

    assert text.count('class="line line-') == 2
    assert re.search(r"harbour : \d+ council : \d+", words(text))


def test_a_search_that_cannot_be_read_is_explained(app):
    answered = ask(app, f"/search?q={quote('(ferry')}")

    assert answered.status == 400
    assert 'role="alert"' in answered.text


def rows_of(app: ASGIApp, name: str, query: str) -> bytes:
    answered = ask(app, f"/search/answer.{name}?{query}")
    assert answered.status == 200
    return answered.body


def test_files_have_the_same_articles_in_each_format(app, lake, tmp_path):
    query = "q=foghorn"
    of_csv = [*csv.DictReader(io.StringIO(rows_of(app, "csv", query).decode()))]
    of_json = [json.loads(line) for line in rows_of(app, "jsonl", query).splitlines()]
    path = tmp_path / "answer.parquet"
    path.write_bytes(rows_of(app, "parquet", query))
    of_parquet = pq.read_table(path).to_pylist()

    ids = [row["article_id"] for row in of_parquet]
    assert len(ids) == count_in(lake, "title ILIKE '%foghorn%'")
    assert [row["article_id"] for row in of_csv] == [row["article_id"] for row in of_json] == ids
    assert {row["published_at"].utcoffset().total_seconds() for row in of_parquet} == {0}
    assert of_json[0]["text"] == of_parquet[0]["text"]


def test_cells_that_spreadsheets_would_run_are_guarded(app, tmp_path):
    path = str(tmp_path / "lake")
    make_shown_lake(path, days=3)
    from feedlake.pipeline.views.search_exports import _cell

    assert _cell("=HYPERLINK(1)") == "'=HYPERLINK(1)"
    assert _cell("plain") == "plain"


@pytest.mark.parametrize("name", ["rss", "atom"])
def test_feeds_of_an_answer_can_be_read_and_have_the_newest_first(app, name):
    body = rows_of(app, name, "q=harbour%20OR%20council")
    parsed = feedparser.parse(body)

    ElementTree.fromstring(body)
    assert not parsed.bozo
    assert len(parsed.entries) == 50
    times = [entry.get("published_parsed") or entry.updated_parsed for entry in parsed.entries]
    assert times == sorted(times, reverse=True)
    assert times[0][:3] == (2026, 11, 30)
    assert len({entry.id for entry in parsed.entries}) == 50


@pytest.mark.parametrize("name", ["rss", "atom"])
def test_feeds_of_hostile_titles_are_sound(app, name):
    body = rows_of(app, name, f"q={quote('owned OR long OR alert')}")

    ElementTree.fromstring(body)
    assert not feedparser.parse(body).bozo
    assert b"<script" not in body


def copied(text: str, name: str) -> str:
    found = re.search(rf"Copy as {name}</summary>.*?<code id=[^>]*>(.*?)</code>", text, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def test_code_to_copy_finds_the_same_articles(app, lake, capsys):
    text = ask(app, "/search?q=foghorn").text
    expected = count_in(lake, "title ILIKE '%foghorn%'")

    desk = make_desk(lake)
    sql = copied(text, "SQL")
    assert len(desk.explorer.ask(lambda instant: instant.ask(sql))) == expected
    for name in ("Polars", "pandas"):
        with polars.Config(tbl_rows=5):
            exec(copied(text, name), {})
        shown = capsys.readouterr().out
        assert f"({expected}, " in shown or f"[{expected} rows x " in shown


def test_hostile_titles_are_marked_and_do_nothing(app):
    text = ask(app, f"/search?q={quote('script')}").text

    assert "&lt;<mark>script</mark>&gt;" in text
    assert "<script>document" not in text


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[tuple[str, Searcher]]:
    path = str(tmp_path / "lake")
    make_shown_lake(path, days=3, today=TODAY)
    searcher = Searcher(path)
    yield path, searcher
    searcher.close()


def test_the_index_is_made_and_follows_the_lake(fresh):
    path, searcher = fresh

    def follow() -> None:
        for _ in range(60):  # Each waits some seconds on a machine that is busy.
            if searcher.follow(Lake(path).snapshot()) == "current":
                return
        raise AssertionError("the index did not catch up")

    follow()
    before = searcher.index.search("council").count
    lake = Lake(path)
    with lake.writing():
        publish_run(lake, [TODAY + timedelta(days=1)], 77)
    follow()

    assert before < searcher.index.search("council").count


def test_an_index_that_is_being_built_is_said_to_be(lake, tmp_path, monkeypatch):
    path = str(tmp_path / "lake")
    make_shown_lake(path, days=3)
    desk = make_desk(path, now=lambda: NOON)
    monkeypatch.setattr(Searcher, "follow", lambda self, snapshot: "missing")

    answered = ask(make_app(desk, port=8200), "/search?q=ferry")

    assert answered.status == 200
    assert "The search index is being built." in answered.text
    assert ask(make_app(desk, port=8200), "/search/answer.csv?q=ferry").status == 503
