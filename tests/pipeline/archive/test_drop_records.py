"""Records that leave an archive: pages by their addresses, their copies, feeds that name them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import read_rows, run_command
from feed_sites import Feed, Item, Ticks, page
from internet import Internet, Reply
from web_runs import forget_process

from feedlake.transforms.archives.replay import id_of


@dataclass(frozen=True)
class Dropped:
    """A lake out of whose archive a page was taken, and what was in it before."""

    lake: Path
    url: str
    before: str
    count: int


def content_of(lake: Path) -> str:
    paths = sorted((lake / "archive").rglob("*.gz"))
    return "".join(gzip.decompress(path.read_bytes()).decode() for path in paths)


@pytest.fixture(scope="module")
def dropped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dropped]:
    lake = tmp_path_factory.mktemp("dropped") / "lake"
    forget_process()
    with Internet() as net:
        site = net.add_site()
        link = Item("Leaves", link=site.url("/To", by_address=True))
        feed = Feed(site, ["Stays", "Copy", link, Item("Links", summary="See that.")])
        site.add("/To", Reply(status=301, headers={"Location": "/Leaves"}))
        url = site.url("/Leaves", by_address=True)
        site.add("/Copy", page("Leaves"))
        site.add("/Links", page("Links", head=f"<link rel=related href='{url}'>"))
        ticks = Ticks(lake, (feed.url,), ("--archive", "--enrich", "none"))
        ticks.run()
        before = content_of(lake)
        words = ("--url", f"{url}?utm_source=feed", "--reason", "asked for", "--json")
        removed = run_command("remove", "--lake", lake, *words)
        assert removed.code == 0, removed
        yield Dropped(lake, url, before, json.loads(removed.out)["archived"])


def test_page_its_copies_and_the_feed_that_names_it_are_gone(dropped):
    after = content_of(dropped.lake)

    # The page, its copy, the redirect and the feed with their requests; what became of the pages.
    assert dropped.before.count("WARC-Record-ID: ") - after.count("WARC-Record-ID: ") == 10
    assert dropped.count == 10
    for kind in ("response", "revisit", "metadata", "request"):
        assert f"WARC-Type: {kind}" in dropped.before
    assert "<title>Leaves</title>" in dropped.before
    assert "<title>Leaves</title>" not in after
    assert "feed.xml" not in after.replace('/feed.xml"', "")
    assert f"WARC-Target-URI: {dropped.url}\r" not in after


def test_page_of_another_document_that_links_there_stays(dropped):
    assert "<title>Links</title>" in content_of(dropped.lake)
    assert "<title>Stays</title>" in content_of(dropped.lake)


def test_captures_say_where_the_rest_is(dropped):
    assert run_command("compact", "--verify", "--lake", dropped.lake).out == "the lake is sound\n"
    rows = read_rows(dropped.lake, "captures")
    assert len(rows) == 5
    for row in rows:
        content = (dropped.lake / row["archive_file"]).read_bytes()
        start, size = row["record_offset"], row["record_bytes"]
        head = gzip.decompress(content[start : start + size]).decode()
        assert id_of(head.partition("WARC-Record-ID:")[2]) == row["record_id"]


def test_the_rest_can_be_replayed(dropped, tmp_path):
    flags = ("--enrich", "none")
    again = Ticks(tmp_path / "lake", (dropped.lake / "archive",), flags)
    again.run()

    assert again.titles() == ["Links", "Stays"]
    assert again.rows("rejects") == []
