"""A schedule with an archive: what it asked and read is kept, and gives the same texts again."""

from __future__ import annotations

from pathlib import Path

from conftest import run_command
from internet import Internet
from newspapers import FLAGS, open_paper, rows

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.upkeep.verify import verify


def test_pages_and_feeds_that_a_schedule_asked_for_are_in_its_archive(tmp_path: Path) -> None:
    lake, again, plain = tmp_path / "lake", tmp_path / "again", ("--enrich", "none", "--quiet")
    with Internet() as net:
        _, feed = open_paper(net, 3)
        once = ("--runs", "1", "--archive", *FLAGS)
        assert run_command("schedule", feed, "--lake", lake, *once, *plain).code == 0

    assert verify(Lake(str(lake))) == []
    kinds = sorted(row["record_type"] for row in rows(lake, "captures"))
    assert kinds == ["metadata"] * 3 + ["response"] * 5  # With the feed and robots.txt.
    assert run_command("ingest", lake / "archive", "--lake", again, *plain).code == 0
    texts = [sorted(row["text_sha256"] for row in rows(one, "articles")) for one in (lake, again)]
    assert texts[0] == texts[1]
    assert len(texts[0]) == 3
