"""Articles that were removed stay out, although their feeds go on telling of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
from conftest import Outcome, run_command
from feed_sites import Feed, Item, page
from internet import Internet, Reply
from web_runs import Web, forget_process, shorten_deadlines

from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.upkeep.verify import verify


@pytest.fixture
def net() -> Iterator[Internet]:
    with Internet() as internet:
        yield internet


@pytest.fixture(autouse=True)
def _shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_deadlines(monkeypatch)


def remove(lake: Path, *flags: object) -> Outcome:
    forget_process()
    return run_command("remove", *flags, "--reason", "asked for", "--lake", lake)


def test_entry_of_a_removed_article_is_not_fetched_again(net, tmp_path):
    feed = Feed(net.add_site(), [Item("Gone", "g-1"), Item("Stays", "g-2")])
    web = Web(tmp_path / "lake", (feed.url,))
    web.run()

    done = remove(web.lake, "--where", "title = 'Gone'")
    assert "articles 1" in done.out
    unchanged = web.run()
    # What the feed says has changed; its link has; it is numbered anew; another feed has it.
    feed.items[0] = Item("Gone", "g-1", summary="Other words.")
    changed = web.run()
    feed.site.add("/Moved", page("Gone", edition=3))
    feed.items[0] = Item("Moved", "g-1", title="Gone")
    moved = web.run()
    other = Feed(net.add_site())
    other.items = [Item("Gone", link=feed.site.url("/Gone", by_address=True), title="Elsewhere")]
    web.sources = (feed.url, other.url)
    elsewhere = web.run()
    again = web.run()

    assert [one["documents"] for one in (unchanged, again)] == [0, 0]
    assert [one["rejects"] for one in (unchanged, changed, moved, elsewhere, again)] == [
        *(0, 1, 1, 1),
        0,
    ]
    assert feed.site.asked("/Gone") == ["/Gone"]
    assert feed.site.asked("/Moved") == []
    assert web.titles() == ["Stays"]
    assert {(row["reason"], row["step"]) for row in web.rows("rejects")} == {("removed", "fetch")}
    assert {row["title"] for row in web.rows("rejects")} == {None}
    assert verify(Lake(str(web.lake))) == []


def test_another_story_with_the_guid_of_a_removed_one_is_read(net, tmp_path):
    feed = Feed(net.add_site(), [Item("Gone", "1")])
    web = Web(tmp_path / "lake", (feed.url,))
    web.run()
    remove(web.lake, "--where", "title = 'Gone'")

    feed.site.add("/Next", page("Next"))
    feed.items[0] = Item("Next", "1", date="Tue, 24 Nov 2026 10:00:00 GMT")
    web.run()

    assert web.titles() == ["Next"]


def test_page_that_waits_is_removed_by_its_address(net, tmp_path):
    feed = Feed(net.add_site(), ["Stays", Item("Late", summary="Secretive words.")])
    late = feed.site.add("/Late", Reply(status=503))
    web = Web(tmp_path / "lake", (feed.url,))
    web.run()
    assert len(web.rows("deferred")) == 1

    done = remove(web.lake, "--url", feed.site.url("/Late", by_address=True))
    feed.site.add("/Late", page("Late"))
    account = web.run()
    feed.items[1] = Item("Late", title="Late, once more")
    changed = web.run()

    assert late
    assert "deferred 1" in done.out
    assert (account["articles"], changed["reject_reasons"]) == (0, {"removed": 1})
    assert web.titles() == ["Stays"]
    assert web.rows("deferred") == []


def test_article_behind_a_redirect_is_left_out_by_the_link_too(net, tmp_path):
    now = format_datetime(datetime.now(UTC), usegmt=True)
    link = Item("Link", title="Gone", date=now)
    feed = Feed(net.add_site(), [link, Item("Stays", date=now)])
    feed.site.add("/Gone", page("Gone"))
    there = feed.site.url("/Gone", by_address=True)
    feed.site.add("/Link", Reply(status=301, headers={"Location": there}))
    web = Web(tmp_path / "lake", (feed.url,))
    web.run("--recheck", "3d")
    assert len(web.rows("deferred")) == 2

    remove(web.lake, "--url", there)
    assert len(web.rows("deferred")) == 1
    feed.items[0] = Item("Link", title="Gone, said in other words", date=now)
    changed = web.run("--recheck", "3d")

    assert changed["reject_reasons"] == {"removed": 1}
    assert feed.site.asked("/Gone") == ["/Gone"]
    assert web.titles() == ["Stays"]
    assert [row["title"] for row in web.rows("deferred")] == ["Stays"]
    assert {row["kind"] for row in web.rows("removals")} == {"address", "article", "entry"}
