"""Articles go by age with all that belongs to them, and don't come back the next minute."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from articles import prose
from conftest import read_rows, run_command

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.removal.chosen_rows import Selection
from feedlake.pipeline.removal.remove import Removed, remove
from feedlake.pipeline.upkeep.verify import verify

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
YOUNG, OLD = date(2026, 11, 1), date(2026, 3, 4)


def record(name: str, day: date, text: str, **more: Any) -> dict[str, Any]:
    url = f"https://paper.example/{name}"
    return {"url": url, "title": name, "text": text, "date": day.isoformat(), **more}


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    first = tmp_path / "first.jsonl"
    first.write_text(
        "\n".join(
            json.dumps(one)
            for one in (
                record("old", OLD, prose(1)),
                record("copied", OLD, prose(2)),
                record("revised", OLD, prose(3)),
                record("young", YOUNG, prose(4)),
            )
        )
    )
    second = tmp_path / "second.jsonl"
    second.write_text(
        "\n".join(
            json.dumps(one)
            for one in (
                record("copy", YOUNG, prose(2)),
                record("revised", YOUNG, prose(3, changed=range(0, 60, 5))),
            )
        )
    )
    for path in (first, second):
        ingest(tmp_path / "lake", path)
    return tmp_path / "lake"


def ingest(lake: Path, *arguments: object) -> dict[str, Any]:
    outcome = run_command("ingest", *arguments, "--enrich", "none", "--json", "--lake", lake)
    assert outcome.code in (0, 3), outcome.err
    return json.loads(outcome.out)


def retain(lake: Path, *, now: datetime = NOW, where: str | None = None) -> Removed:
    opened = Lake(str(lake))
    with opened.writing():
        return remove(
            opened,
            Selection(before=now.date() - timedelta(days=90), where=where),
            reason="older than 90 days",
            now=now,
            cause="retain",
            forget_before=now - timedelta(days=365),
        )


def titles(lake: Path) -> list[str]:
    return sorted(row["title"] for row in read_rows(lake, "articles"))


def test_old_articles_go_with_copies_and_those_with_a_young_version_stay(lake, tmp_path):
    removed = retain(lake)

    assert removed.rows == {"articles": 2, "duplicates": 1}
    assert titles(lake) == ["revised", "young"]
    assert verify(Lake(str(lake))) == []

    again = ingest(lake, tmp_path / "first.jsonl", tmp_path / "second.jsonl", "--reread")
    assert again["reject_reasons"] == {"removed": 3}
    assert titles(lake) == ["revised", "young"]


def test_second_time_changes_nothing(lake):
    retain(lake)
    before = {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()}

    again = retain(lake)

    assert (again.rows, again.run_id) == ({}, None)
    assert {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()} == before


def test_condition_narrows_it(lake):
    removed = retain(lake, where="title = 'old'")

    assert removed.rows == {"articles": 1}
    assert titles(lake) == ["copied", "revised", "young"]


def test_its_hashes_are_dropped_after_a_year_and_no_others(lake):
    run_command("remove", "--where", "title = 'young'", "--reason", "x", "--lake", lake)
    retain(lake)
    assert [row["cause"] for row in read_rows(lake, "removals")].count("retain") == 3

    early = retain(lake, now=NOW + timedelta(days=364))
    late = retain(lake, now=NOW + timedelta(days=366))

    assert (early.rows, early.forgotten) == ({"articles": 1, "revisions": 1}, 0)
    assert (late.rows, late.forgotten) == ({}, 3)
    causes = [row["cause"] for row in read_rows(lake, "removals")]
    assert (causes.count("remove"), causes.count("retain")) == (1, 2)
    assert verify(Lake(str(lake))) == []


def test_command_counts_days_back_from_today(lake):
    days = (datetime.now(UTC).date() - OLD).days
    told = run_command("retain", "--days", days, "--lake", lake)
    done = run_command("retain", "--days", days - 1, "--lake", lake, "--dry-run")

    assert (told.code, told.out) == (0, "nothing to remove\n")
    assert "would be removed: 3 rows (articles 2, duplicates 1)" in done.out


def test_condition_that_is_none_is_the_operators_mistake(lake):
    done = run_command("retain", "--days", 9, "--where", "titel = 'x'", "--lake", lake)

    assert done.code == 2
    assert '--where: Binder Error: Referenced column "titel"' in done.err
