"""What is amended is in `latest`, and what was read stays."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from articles import prose
from conftest import Outcome, read_rows, run_command

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.query.views import connect
from feedlake.pipeline.upkeep.verify import verify

RECORD = {
    "url": "https://paper.example/one",
    "title": "Harbor opns",
    "authors": ["Ada Brook"],
    "date": "2026-03-04T10:00:00Z",
}


def ingest(folder: Path, name: str, *records: dict[str, Any]) -> None:
    path = folder / f"{name}.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    outcome = run_command("ingest", path, "--enrich", "none", "--quiet", "--lake", folder / "lake")
    assert outcome.code == 0, outcome.err


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    other = {**RECORD, "url": "https://paper.example/two", "text": prose(2), "title": "Other"}
    ingest(folder, "first", {**RECORD, "text": prose(1)}, other)
    return folder


@pytest.fixture
def lake(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made / "lake", tmp_path / "lake")


def id_of(lake: Path, title: str = "Harbor opns") -> str:
    [row] = [row for row in read_rows(lake, "articles") if row["title"] == title]
    return str(row["article_id"])


def amend(lake: Path, *settings: str, name: str | None = None) -> Outcome:
    flags = [word for setting in settings for word in ("--set", setting)]
    article = ("--id", name or id_of(lake))
    return run_command("amend", *article, *flags, "--reason", "as printed", "--lake", lake)


def latest(lake: Path, columns: str, where: str = "url LIKE '%/one'") -> tuple[Any, ...]:
    with connect(str(lake)) as connection:
        sql = f"SELECT {columns} FROM latest WHERE {where}"
        [row] = connection.execute(sql).fetchall()
    return tuple(row)


def test_view_says_what_was_amended_and_the_tables_what_was_read(lake):
    before = read_rows(lake, "articles")

    done = amend(
        lake,
        "title=Harbour opens",
        "authors=Ada Brook",
        "authors=Jon  Fell",
        "published_at=2026-03-06T01:30:00+02:00",
        "excerpt=",
        "language=EN-gb",
    )

    assert done.code == 0, done.err
    assert "  title: Harbor opns -> Harbour opens\n" in done.out
    assert "  authors: Ada Brook -> Ada Brook, Jon Fell\n" in done.out
    columns = "title, authors, published_at::VARCHAR, date::VARCHAR, excerpt, language, revision"
    assert latest(lake, columns) == (
        "Harbour opens",
        ["Ada Brook", "Jon Fell"],
        "2026-03-05 23:30:00+00",
        "2026-03-05",
        None,
        "en",
        0,
    )
    assert latest(lake, "title", "url LIKE '%/two'") == ("Other",)
    assert latest(lake, "count(*)", "title = 'Harbour opens' AND date > '2026-03-04'") == (1,)
    assert read_rows(lake, "articles") == before
    assert {row["reason"] for row in read_rows(lake, "amendments")} == {"as printed"}
    assert verify(Lake(str(lake))) == []
    told = run_command("explain", "https://paper.example/one", "--lake", lake).out
    assert "authors says Ada Brook, Jon Fell (as printed)" in told


def test_what_is_said_last_counts_and_said_twice_changes_nothing(lake):
    amend(lake, "title=One", "tags=a")
    amend(lake, "title=Two")
    cleared = amend(lake, "tags=", "image_url=https://paper.example/a.jpg")
    rows = len(read_rows(lake, "amendments"))

    again = amend(lake, "title=Two", "tags=", "published_at=2026-03-04T11:00+01:00")

    assert "tags: a -> nothing" in cleared.out
    assert latest(lake, "title, tags, image_url") == ("Two", [], "https://paper.example/a.jpg")
    assert again.out == "nothing to do: the view latest says that already\n"
    assert len(read_rows(lake, "amendments")) == rows == 5


def test_it_holds_for_versions_to_come_and_is_kept_by_compact(made, lake, tmp_path):
    amend(lake, "title=Harbour opens")
    revised = prose(1, changed=range(0, 60, 5))
    ingest(tmp_path, "later", {**RECORD, "text": revised, "title": "Harbor opns again"})

    run_command("compact", "--lake", lake)

    assert latest(lake, "title, revision, text") == ("Harbour opens", 1, revised)


def test_removal_takes_amendments_along(lake):
    amend(lake, "title=Zebrastory")
    amend(lake, "title=Another title", name=id_of(lake, "Other"))

    done = run_command("remove", "--id", id_of(lake), "--reason", "x", "--lake", lake)

    assert "articles 1, amendments 1" in done.out
    assert [row["value"] for row in read_rows(lake, "amendments")] == ["Another title"]
    assert verify(Lake(str(lake))) == []


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("titel=x", "--set titel: no such column; did you mean title?"),
        ("site-name=x", "--set site-name: no such column; did you mean site_name?"),
        ("zzz=x", "--set zzz: no such column; must be one of title, authors,"),
        ("text=x", "--set text: is a column that can't be amended; must be one of title,"),
        ("date=2026-01-01", "--set date: follows published_at; set that"),
        ("published_at=soon", "--set published_at=soon: must be a time such as 2026-03-14"),
        ("image_url=a.jpg", "--set image_url=a.jpg: must be an http(s) address"),
        ("language=12", "--set language=12: must be a language such as en or pt-BR"),
        ("language=", "--set language: must say something"),
        ("title", "--set: title: must be NAME=VALUE"),
    ],
)
def test_what_a_column_cannot_say_is_the_operators_mistake(made, setting, said):
    done = amend(made / "lake", setting)

    assert done.code == 2
    assert said in done.err
    assert not (made / "lake" / "amendments").exists()


def test_two_titles_and_an_unknown_id_are_mistakes_as_well(made):
    lake = made / "lake"

    assert "--set title: takes one value, 2 are given" in amend(lake, "title=a", "title=b").err
    unknown = amend(lake, "title=a", name="0" * 32)
    assert (unknown.code, "the lake has no article with this id" in unknown.err) == (2, True)


def test_killed_at_any_instant_it_leaves_the_lake_before_or_after(forks, lake, tmp_path):
    command = ("amend", "--id", id_of(lake), "--set", "title=After", "--reason", "x", "--lake")
    whole = shutil.copytree(lake, tmp_path / "whole")
    changes = forks.run(*command, whole)

    seen = set()
    for die_at in range(2, changes + 1, max(1, changes // 4)):
        tried = shutil.copytree(lake, tmp_path / f"tried-{die_at}")
        forks.run(*command, tried, die_at=die_at)
        seen.add(latest(tried, "title"))
        forks.run(*command, tried)
        assert latest(tried, "title") == ("After",)
        assert len(read_rows(tried, "amendments")) == 1

    assert seen <= {("Harbor opns",), ("After",)}
