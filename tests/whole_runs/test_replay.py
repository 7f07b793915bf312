"""An archive that is read again gives the lake whose runs it was kept by."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import read_rows
from feed_sites import Feed, Item, Ticks, page, rss, text_of
from internet import Internet, Reply
from web_runs import forget_process

FULL = (
    "<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>{}</content:encoded>"
)
OF_RUNS = {"run_id", "rejected_at"}
"""What a row says of the run that wrote it."""


def rows_of(lake: Path, table: str) -> list[dict[str, Any]]:
    """Returns all that the rows of a table say of documents, in an order of their own."""
    rows = [
        {name: value for name, value in row.items() if name not in (*OF_RUNS, "run_date")}
        for row in read_rows(lake, table)
    ]
    return sorted(rows, key=repr)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ticks]:
    """Three runs over feeds, a page, copies, corrections, redirects and pages that fail."""
    forget_process()
    with Internet() as net:
        site, other = net.add_site(), net.add_site()
        feed = Feed(site, ["Plain", "Packed", "Moved", "Gone", "Wall", "Twin1", "Twin2"])
        site.add("/Packed", Reply(page("Packed").body, gzip=True, content_type="text/html"))
        site.add("/Moved", Reply(status=301, headers={"Location": "/Moved2"}))
        site.add("/Moved2", page("Moved", head="<link rel=canonical href='/Moved3'>"))
        site.add("/Gone", Reply(b"<html><title>404</title><p>Not here.", status=410))
        site.add("/Wall", Reply(b"<html><title>Forbidden</title><p>No.", status=403))
        twin = page("Twin")
        for name in ("Twin1", "Twin2"):
            site.add(f"/{name}", twin)
        full = {"Wall": text_of("Wall"), "Gone": ""}

        def answer(_: Any) -> Reply:
            body = rss(site, feed.items).decode()
            for name, text in full.items():
                end = "</pubDate></item>"
                start = body.find(f"<title>{name}</title>")
                if text and start >= 0:
                    place = body.index(end, start)
                    body = body[:place] + "</pubDate>" + FULL.format(text) + body[place + 10 :]
            return Reply(body.encode(), content_type="text/xml")

        site.add("/feed.xml", answer)
        story = other.url("/story", by_address=True)
        other.add("/story", page("Story"))
        short = Feed(other, [Item("Brief", summary=text_of("Brief"))])
        lake = tmp_path_factory.mktemp("live") / "lake"
        config = lake.parent / "own.toml"
        config.write_text(
            f'[[source]]\nurl = "{short.url}"\nfetch = false\ntags = ["short"]\n',
            encoding="utf-8",
        )
        flags = ("--archive", "--recheck", "1h", "--enrich", "language", "--config", config)
        ticks = Ticks(lake, (feed.url, short.url, story), flags)
        ticks.run()
        site.add("/Plain", page("Plain", 1))
        other.add("/story", page("Story", 1))
        feed.items = [Item("Plain", title="Plain, corrected"), *feed.items[1:], "Later"]
        site.add("/Later", page("Later"))
        forget_process()
        ticks.run()
        # Published before what is a copy of it, and found later.
        earlier = Item("Earlier", date="Fri, 20 Nov 2026 10:00:00 GMT")
        site.add("/Earlier", page("Later"))
        feed.items = [*feed.items, earlier]
        forget_process()
        ticks.run()
        yield ticks


def test_replayed_archive_gives_the_same_rows(live, tmp_path):
    again = Ticks(tmp_path / "lake", (live.lake / "archive",), ("--enrich", "language"))
    again.run()

    kept = {name: len(rows_of(live.lake, name)) for name in ("revisions", "duplicates", "rejects")}
    assert kept == {"revisions": 2, "duplicates": 2, "rejects": 1}
    for table in ("articles", "revisions", "duplicates", "rejects"):
        assert rows_of(again.lake, table) == rows_of(live.lake, table), table


@pytest.mark.parametrize("place", ["there", "elsewhere"])
def test_archive_that_is_replayed_again_adds_nothing(live, tmp_path, place):
    archive = live.lake / "archive"
    lake = Path(shutil.copytree(live.lake, tmp_path / "copy"))
    if place == "elsewhere":
        archive = Path(shutil.copytree(archive, tmp_path / "elsewhere"))
    again = Ticks(lake, (archive,), ("--enrich", "none"))

    account = again.run()
    assert account["documents"] == account["already_in_lake"] == 13
    assert again.counts() == live.counts()


def test_replay_takes_one_chunk_for_each_archived_run(live, tmp_path):
    copy = Path(shutil.copytree(live.lake / "archive", tmp_path / "elsewhere"))
    again = Ticks(tmp_path / "lake", (copy,), ("--enrich", "none"))

    assert len(again.run()["runs"]) == 3
    assert again.counts() == live.counts()


def test_record_that_is_gone_is_a_reject_and_the_rest_is_read(live, tmp_path):
    copy = Path(shutil.copytree(live.lake / "archive", tmp_path / "elsewhere"))
    twins = [row for row in read_rows(live.lake, "captures") if "/Twin" in row["url"]]
    [first] = [row for row in twins if row["record_type"] == "response"]
    path = copy / first["archive_file"].partition("/")[2]
    content = path.read_bytes()
    start, size = first["record_offset"], first["record_bytes"]
    assert b"/Twin" in gzip.decompress(content[start : start + size])
    path.write_bytes(content[:start] + content[start + size :])

    again = Ticks(tmp_path / "lake", (copy,), ("--enrich", "none"))
    again.run()
    rejected = [row for row in again.rows("rejects") if row["step"] == "read"]
    assert {(row["reason"], row["url"][-5:-1]) for row in rejected} == {("missing_record", "Twin")}
    assert len(rejected) == 2
    assert again.counts()["articles"] == live.counts()["articles"] - 1
