"""Enriching anew what a lake holds: what changes, what stays, and `kill -9` in the midst of it."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from conftest import read_rows, run_command
from forks import Forks
from old_lakes import forget_columns

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.query.views import connect
from feedlake.pipeline.upkeep import enrich_lake
from feedlake.pipeline.upkeep.verify import verify
from feedlake.transforms.enrich.enrichers import ENRICHERS
from feedlake.transforms.enrich.enrichment_columns import ENRICHMENT

FILLED = {"language", *(column.name for column in ENRICHMENT)}
TEXTS = (
    "The mayor of Berlin spoke in Hamburg about the new railway line to Munich.",
    "Der Zug fuhr am Montag von Hamburg nach Berlin, und alle kamen zu spaet.",
    "Le train est parti de Marseille pour Lyon avec une heure de retard lundi matin.",
    "Police in Moscow said on Friday that the bridge over the river was closed again.",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A lake of four days that nothing has enriched, with a revision, and what was read last."""
    folder = tmp_path_factory.mktemp("made")
    news = folder / "news.jsonl"
    for texts in (TEXTS, (f"{TEXTS[0]} It will be opened in the spring of next year.",)):
        news.write_text(records_of(texts), encoding="utf-8")
        run_command("ingest", news, "--lake", folder / "lake", "--enrich", "none", "--quiet")
    return folder


@pytest.fixture
def lake(made, tmp_path) -> Path:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "lake"


def records_of(texts: Iterable[str]) -> str:
    records = [
        {"url": f"https://a.example/{place}", "text": text, "date": f"2026-01-0{place + 1}"}
        for place, text in enumerate(texts)
    ]
    return "\n".join(map(json.dumps, records))


def rest_of(lake) -> list[object]:
    """The rows without what enrichers fill."""
    rows = read_rows(lake, "articles") + read_rows(lake, "revisions")
    kept = [{name: row[name] for name in row if name not in FILLED} for row in rows]
    return sorted(kept, key=repr)


def by_url(lake) -> dict[str, dict[str, object]]:
    return {row["url"][-1]: row for row in read_rows(lake, "articles")}


def test_only_what_is_asked_changes_and_all_else_stays(lake):
    before, runs = rest_of(lake), read_rows(lake, "runs")

    outcome = run_command("enrich", "--lake", lake)

    assert (outcome.code, outcome.out) == (0, "5 of 5 rows enriched, in 5 files\n")
    assert (rest_of(lake), read_rows(lake, "runs")) == (before, runs)
    rows = by_url(lake)
    assert [rows[url]["language"] for url in "0123"] == ["en", "de", "fr", "en"]
    assert {row["declared_language"] for row in rows.values()} == {"und"}
    assert rows["3"]["countries"] == ["RU"]
    assert verify(Lake(str(lake))) == []
    assert run_command("enrich", "--lake", lake).out == "0 of 5 rows enriched, in 0 files\n"


def test_rows_are_the_same_as_if_they_had_been_enriched_at_once(lake, tmp_path):
    run_command("enrich", "--lake", lake)
    at_once = tmp_path / "at once"
    news = tmp_path / "again.jsonl"
    news.write_text(records_of(TEXTS), encoding="utf-8")
    run_command("ingest", news, "--lake", at_once)

    for url, row in by_url(at_once).items():
        assert {name: row[name] for name in FILLED} == {
            name: by_url(lake)[url][name] for name in FILLED
        }


def test_new_version_of_one_enricher_is_all_that_is_redone(lake, monkeypatch):
    run_command("enrich", "--lake", lake)
    before = by_url(lake)
    newer = dataclasses.replace(ENRICHERS["quality"], version=99)
    monkeypatch.setitem(ENRICHERS, "quality", newer)  # type: ignore[index]

    outcome = run_command("enrich", "--lake", lake, "--json")

    assert json.loads(outcome.out)["enriched"] == 5
    for url, row in by_url(lake).items():
        assert "quality 99" in str(row["enrichers"])
        assert {**row, "enrichers": ""} == {**before[url], "enrichers": ""}


def test_one_enricher_leaves_the_columns_of_others(lake):
    run_command("enrich", "--lake", lake, "--only", "quality,counts")

    row = by_url(lake)["0"]
    assert (row["enrichers"], row["language"], row["places"]) == (
        "quality 2, counts 2",
        "und",
        None,
    )
    assert row["quality_score"] is not None


def test_what_was_enriched_is_still_known(lake, tmp_path):
    run_command("enrich", "--lake", lake)

    (tmp_path / "news.jsonl").rename(tmp_path / "renamed.jsonl")
    for history in ("index", "join"):
        given = ("ingest", tmp_path / "renamed.jsonl", "--lake", lake, "--reread")
        outcome = run_command(*given, "--history", history)
        assert "1 already in the lake" in outcome.out


def test_rows_move_where_the_lake_is_partitioned_by_language(tmp_path):
    lake, news = tmp_path / "lake", tmp_path / "news.jsonl"
    records = [{"text": text, "date": "2026-01-01"} for text in TEXTS]
    news.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    layout = ("--partition-by", "language,date")
    run_command("ingest", news, "--lake", lake, "--enrich", "none", *layout)
    assert [path.name for path in (lake / "articles").iterdir()] == ["language=und"]

    outcome = run_command("enrich", "--lake", lake)

    assert outcome.out == "4 of 4 rows enriched, in 3 files\n"
    with connect(str(lake)) as connection:
        sql = "SELECT language, declared_language, count(*) FROM articles GROUP BY ALL ORDER BY 1"
        found = connection.execute(sql).fetchall()
    assert found == [("de", "und", 1), ("en", "und", 2), ("fr", "und", 1)]
    assert verify(Lake(str(lake))) == []
    assert run_command("enrich", "--lake", lake).out == "0 of 4 rows enriched, in 0 files\n"


def test_files_from_before_the_columns_are_read_and_enriched(lake):
    """As they were written before any of this: no such columns, the declared language."""
    forget_columns(lake, FILLED - {"language"})
    sql = "SELECT language, places, quality, enrichers FROM articles ORDER BY url LIMIT 1"
    with connect(str(lake)) as connection:
        assert connection.execute(sql).fetchall() == [("und", None, None, None)]

    assert run_command("enrich", "--lake", lake).out == "5 of 5 rows enriched, in 5 files\n"

    rows = by_url(lake)
    assert [rows[url]["language"] for url in "0123"] == ["en", "de", "fr", "en"]
    assert {row["declared_language"] for row in rows.values()} == {"und"}
    assert run_command("compact", "--lake", lake, "--verify").out == "the lake is sound\n"


def test_kill_at_any_instant_shows_each_row_once_and_the_next_goes_on(forks: Forks, lake):
    given = ("enrich", "--lake", lake, "--only", "quality", "--workers", "1", "--quiet")
    before = rest_of(lake)
    changes = forks.run(*given)
    pending = 0
    # More of them near the end, where files move.
    for die_at in sorted({1, changes // 2, *range(changes - 16, changes, 3)}):
        assert forks.run(*given, "--all", die_at=die_at) == 0, "it was killed"
        pending += len(list(lake.glob("_journal/*.pending.json")))
        with connect(str(lake)) as connection:
            [seen] = connection.execute(
                "SELECT count(*), count(DISTINCT article_id), count(quality_score) FROM articles"
            ).fetchall()
        assert seen == (4, 4, 4)
    assert pending

    assert run_command(*given).code == 0
    assert rest_of(lake) == before
    assert verify(Lake(str(lake))) == []
    assert not list(lake.glob("_staging/*"))


def test_work_is_published_in_parts(lake, monkeypatch):
    monkeypatch.setattr(enrich_lake, "ENTRY_FILES", 2)

    outcome = run_command("enrich", "--lake", lake, "--only", "quality")

    assert outcome.out == "5 of 5 rows enriched, in 5 files\n"
    assert len(list((lake / "_journal").glob("*-enrich-*.json"))) == 3
    assert verify(Lake(str(lake))) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--lake", "nowhere"), "no such folder"),
        (("--lake", "lake", "--only", "none"), "--only none"),
        (("--lake", "lake", "--only", "sentiment"), "among language, places"),
        (("--lake", "lake", "--onyl", "places"), "did you mean --only?"),
    ],
)
def test_wrong_words_are_one_sentence_and_exit_code_2(lake, tmp_path, monkeypatch, given, said):
    monkeypatch.chdir(tmp_path)

    outcome = run_command("enrich", *given)

    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
