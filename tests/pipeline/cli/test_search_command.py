"""`feedlake search` and `Lake.search`: what they find, and how they say it."""

import io
import json
import shutil
from datetime import date

import pyarrow.parquet as pq
import pytest
from conftest import run_command

import feedlake


@pytest.fixture(scope="module")
def lake(seed_lake, tmp_path_factory):
    """The seeds in a lake of its own, as the index is written into it."""
    return shutil.copytree(seed_lake, tmp_path_factory.mktemp("search") / "lake")


def titles(lake, *words):
    outcome = run_command("search", *words, "--lake", lake, "--json")
    assert outcome.code == 0
    return [hit["title"] for hit in json.loads(outcome.out)["hits"]]


def test_articles_are_shown_with_what_was_found_in_them(lake):
    outcome = run_command("search", "lamp* -bakery", "--lake", lake, "--limit", "1")

    lines = outcome.out.splitlines()
    assert outcome.code == 0
    assert lines[0] == "3 articles, the best 1 of them"
    assert "Lighthouse at Skarn Head opens its lamp room as a library" in lines
    assert "2026-03-17  example.org  en" in lines
    assert "\x1b" not in outcome.out


def test_json_says_where_in_title_and_snippet_the_words_stand(lake):
    outcome = run_command("search", '"lamp room" skarn', "--lake", lake, "--format", "json")

    [hit] = json.loads(outcome.out)["hits"]
    marked = [hit["title"][first:last] for first, last in hit["title_matches"]]
    assert marked == ["Skarn", "lamp room"]
    assert {hit["snippet"][first:last] for first, last in hit["snippet_matches"]} == {"Skarn"}
    assert hit["date"] == "2026-03-17"


def test_filters_narrow_a_search(lake):
    every = titles(lake, "the")
    of_site = titles(lake, "the", "--site", "example.org,nobody.example")
    of_march = titles(lake, "the", "--since", "2026-03-01", "--until", "2026-03-31")

    assert titles(lake, "glocke", "--language", "de") == [None]
    assert titles(lake, "glocke", "--language", "en", "--language", "fr") == []
    assert 0 < len(of_site) < len(every)
    assert 0 < len(of_march) < len(every)


def test_hits_can_be_had_as_rows(lake, tmp_path):
    run_command(
        "search", "lamp*", "--lake", lake, "--format", "parquet", "--output", tmp_path / "x"
    )
    csv = run_command("search", "lamp*", "--lake", lake, "--format", "csv").out

    rows = pq.read_table(tmp_path / "x").to_pylist()
    assert len(rows) == 4
    assert rows[0]["date"] == date(2026, 3, 17)
    assert csv.splitlines()[0].split(",")[:3] == ["article_id", "title", "url"]
    assert len(list(io.StringIO(csv))) == 5


def test_a_search_that_finds_nothing_is_no_failure(lake):
    outcome = run_command("search", "xyzzy", "--lake", lake)

    assert (outcome.code, outcome.out, outcome.err) == (0, "no articles\n", "")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("(lamp",), "the search has a ( without a ) after it"),
        (("",), "the search is empty; write a word"),
        (("lamp", "--since", "tomorrow"), "--since: tomorrow: must be a date, YYYY-MM-DD"),
        (("lamp", "--since", "2026-02-02", "--until", "2026-02-01"), "must not be after --until"),
        (("lamp", "--limit", "0"), "--limit: 0: must be a whole number from 1 to 10,000"),
        (("lamp", "--language", "english language"), "must be languages such as en,de"),
        (("lamp", "room"), "room: one word too many"),
    ],
)
def test_a_search_that_makes_no_sense_gets_a_sentence(lake, words, sentence):
    outcome = run_command("search", *words, "--lake", lake)

    assert outcome.code == 2
    assert sentence in outcome.err
    assert outcome.err.count("\n") == 1


def test_a_folder_that_is_no_lake_is_left_alone(tmp_path):
    outcome = run_command("search", "lamp", "--lake", tmp_path)

    assert outcome.code == 2
    assert "isn't a lake" in outcome.err
    assert [*tmp_path.iterdir()] == []


def test_without_words_the_index_is_made_and_nothing_shown(seed_lake, tmp_path):
    lake = shutil.copytree(seed_lake, tmp_path / "lake")
    outcome = run_command("search", "--lake", lake)

    assert (outcome.code, outcome.out) == (0, "")
    assert [*lake.glob("_cache/search-*/manifest.json")]


def test_python_finds_the_same(lake):
    opened = feedlake.open(lake)
    found = opened.search("lamp*", limit=2)
    rest = opened.search("lamp*", limit=5, offset=2)

    assert found.count == rest.count == 4
    shown = [hit.article.title for hit in (*found.hits, *rest.hits)]
    assert shown == titles(lake, "lamp*")
    assert opened.search("lamp*", site=[]).count == 0
    assert (
        opened.search("glocke", language="DE", since="2026-03-23", until=date(2026, 3, 23)).count
        == 1
    )
    with pytest.raises(feedlake.SearchError, match="without"):
        opened.search('"lamp')
    with pytest.raises(feedlake.UsageError, match="YYYY-MM-DD"):
        opened.search("lamp", since="soon")
