"""A lake in another layout: the same rows, the same laws, and runs that go on in it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from conftest import content_of, run_command
from forks import Forks

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.query.views import connect
from feedlake.pipeline.upkeep import change_layout
from feedlake.pipeline.upkeep.verify import verify

DAYS = [date(2026, 1, 20) + timedelta(days=place) for place in range(30)]


@pytest.fixture
def lake(tmp_path, news) -> Path:
    """Thirty articles of as many days in two months, and a revision."""
    assert run_command("ingest", news, "--lake", tmp_path / "lake", "--quiet").code == 0
    news.write_text(record(2, more="The mayor has answered since."), encoding="utf-8")
    assert run_command("ingest", news, "--lake", tmp_path / "lake", "--quiet").code == 0
    return tmp_path / "lake"


@pytest.fixture
def news(tmp_path) -> Path:
    path = tmp_path / "news.jsonl"
    path.write_text("\n".join(map(record, range(len(DAYS)))), encoding="utf-8")
    return path


def record(number: int, *, more: str = "") -> str:
    text = (
        f"The council of town {number} talked about the harbour and its {number} new piers. {more}"
    )
    address = {"url": f"https://paper{number % 2}.example/{number}"} if number % 3 else {}
    return json.dumps(
        {"text": text, "date": str(DAYS[number]), "title": f"Piers {number}", **address}
    )


def folders_of(lake: Path) -> set[str]:
    """The folders that hold files of articles; there are no others."""
    table = lake / "articles"
    held = {path.parent for path in table.glob("**/*.parquet")}
    made = {path for path in table.glob("**") if path.is_dir()}
    assert made == {above for folder in held for above in (folder, *folder.parents)} & made
    return {str(folder.relative_to(table)) for folder in held}


def rows_of(lake: Path) -> list[tuple[object, ...]]:
    with connect(str(lake)) as connection:
        columns = "article_id, date, site, language, title, text, published_at, run_id"
        return connection.execute(
            f"SELECT {columns} FROM articles UNION ALL SELECT {columns} FROM revisions ORDER BY ALL"
        ).fetchall()


@pytest.mark.parametrize(
    ("words", "folders"),
    [
        ("date:month", {"month=2026-01", "month=2026-02"}),
        ("date:year,language", {"year=2026/language=en"}),
        ("site", {"by_site=paper0.example", "by_site=paper1.example", "by_site=no-address"}),
    ],
)
def test_another_layout_holds_the_same_rows_and_is_that_of_later_runs(lake, news, words, folders):
    before = rows_of(lake)

    outcome = run_command("compact", "--partition-by", words, "--lake", lake)

    assert f"31 files of articles and revisions became {len(folders) + 1}\n" in outcome.out
    assert folders_of(lake) == folders
    assert rows_of(lake) == before
    news.write_text(record(1, more="More was said."), encoding="utf-8")
    known = run_command("ingest", news, "--lake", lake, "--json")
    assert json.loads(known.out)["documents"] == 1
    assert folders_of(lake) == folders
    assert verify(Lake(str(lake))) == []
    again = run_command("compact", "--partition-by", words, "--lake", lake)
    assert "of articles and revisions became" not in again.out


def test_there_and_back_again(lake):
    before = content_of(lake)
    for words in ("date:month", "language,site", "site", "date"):
        assert run_command("compact", "--partition-by", words, "--lake", lake).code == 0

    assert content_of(lake) == before
    assert Lake(str(lake)).partition_by() == ("date",)
    assert verify(Lake(str(lake))) == []


def test_a_clock_set_back_does_not_bring_the_former_layout_back(lake):
    ahead = lake / "_journal" / "29990101T000000Z-aaaaaa-0001.json"
    first = min(lake.glob("_journal/*.json"))
    said = json.loads(first.read_text(encoding="utf-8"))
    ahead.write_text(json.dumps({**said, "run_id": ahead.stem}), encoding="utf-8")
    first.unlink()

    assert run_command("compact", "--partition-by", "date:month", "--lake", lake).code == 0

    assert Lake(str(lake)).partition_by() == ("date:month",)


def test_rows_that_do_not_fit_into_memory_are_written_in_parts(lake, monkeypatch):
    monkeypatch.setattr(change_layout, "HELD_BYTES", 1)
    before = rows_of(lake)

    with Lake(str(lake)).writing():
        assert change_layout.change_layout(Lake(str(lake)), ("date:month",)) == (31, 31)

    assert rows_of(lake) == before
    assert verify(Lake(str(lake))) == []


def test_kill_at_any_instant_leaves_one_layout_or_the_other(forks: Forks, lake):
    before = rows_of(lake)
    pending = 0
    for words, changes in (("date:month", 0), ("site", 0), ("date", 0)):
        given = ("compact", "--lake", lake, "--partition-by", words)
        for die_at in (1, 3, 12, 20, 45, 60):
            changes = forks.run(*given, die_at=die_at)
            pending += len(list(lake.glob("_journal/*.pending.json")))
            assert rows_of(lake) == before
            if changes:  # It was not killed.
                break
        assert run_command(*given).code == 0
        assert rows_of(lake) == before
        assert verify(Lake(str(lake))) == []
        assert not list(lake.glob("_staging/*"))
    assert pending


def test_a_run_that_makes_many_tiny_files_names_the_flag_for_fewer(tmp_path):
    lines = (
        f"date {date(2026, 1, 1) + timedelta(days=day)} Story {day} of it." for day in range(99)
    )
    (tmp_path / "days.txt").write_text("\n".join(lines), encoding="utf-8")
    few = run_command("ingest", tmp_path / "days.txt", "--lake", tmp_path / "few")
    assert "small files" not in few.out

    with (tmp_path / "days.txt").open("a", encoding="utf-8") as stream:
        stream.write("\ndate 2025-01-01 One more day makes it a hundred.")
    many = run_command("ingest", tmp_path / "days.txt", "--lake", tmp_path / "lake")

    flag = f"feedlake compact --partition-by date:month --lake {tmp_path / 'lake'}\n"
    assert "  small files: 100 for 100 rows" in many.out
    assert flag in many.out
    months = run_command(
        *("ingest", tmp_path / "days.txt", "--lake", tmp_path / "m", "--partition-by", "date:month")
    )
    assert "small files" not in months.out
