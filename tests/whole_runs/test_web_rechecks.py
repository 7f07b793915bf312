"""Whole runs that ask again for the pages of young articles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pyarrow as pa
import pytest
from feed_sites import Feed, Item, page, versioned
from internet import Internet, Reply
from old_lakes import rewrite_files
from web_runs import Web, shorten_deadlines

RECENT = format_datetime(datetime.now(UTC) - timedelta(minutes=90), usegmt=True)


@pytest.fixture
def net() -> Iterator[Internet]:
    with Internet() as internet:
        yield internet


@pytest.fixture(autouse=True)
def _shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_deadlines(monkeypatch)


def make_due(web: Web) -> None:
    """Lets the time pass until pages are to be asked for again."""

    def make_rows_due(rows: pa.Table) -> pa.Table:
        place = rows.schema.get_field_index("next_try_at")
        return rows.set_column(place, rows.schema.field(place), rows["tried_at"])

    rewrite_files(web.lake, "deferred/**/*.parquet", make_rows_due)


def test_correction_that_the_feed_does_not_tell_is_seen_by_asking_again(net, tmp_path):
    feed = Feed(net.add_site(), [Item("Live", date=RECENT), "Old"])
    bodies = [page("Live").body]
    feed.site.add("/Live", versioned(lambda: bodies[-1], content_type="text/html"))
    web = Web(tmp_path / "lake", (feed.url,), ("--recheck", "1d"))

    web.run()
    assert web.waiting() == {}
    again = web.run()
    assert (again["documents"], len(feed.site.asked("/Live"))) == (0, 1), "not yet due"
    make_due(web)
    unchanged = web.run()
    assert (unchanged["documents"], unchanged["already_in_lake"]) == (1, 1)
    [request] = [r for r in feed.site.requests if r.path == "/Live"][1:]
    assert request.headers["if-none-match"].startswith('"')
    bodies.append(page("Live", 1).body)
    make_due(web)
    changed = web.run()

    assert (changed["documents"], changed["revisions"]) == (1, 1)
    assert [row["title"] for row in web.rows("revisions")] == ["Live"]
    assert feed.site.asked("/Old") == ["/Old"], "it is older than a day"
    rows = sorted(web.rows("deferred"), key=lambda row: row["tried_at"])
    assert [(row["status"], row["attempts"]) for row in rows] == [
        *(("recheck", 0), ("recheck", 1), ("recheck", 2))
    ]


def test_article_stays_as_it_is_whatever_its_page_comes_to_later(net, tmp_path):
    names = ["Gone", "Broken", "Wall"]
    feed = Feed(net.add_site(), [Item(name, date=RECENT) for name in names])
    web = Web(tmp_path / "lake", (feed.url,), ("--recheck", "1d"))
    web.run()
    feed.site.add("/Gone", Reply(b"<h1>Gone</h1>", status=410))
    feed.site.add("/Broken", Reply(status=500))
    challenge = b"<html><head><title>Just a moment...</title></head><body>Wait.</body></html>"
    feed.site.add("/Wall", Reply(challenge, status=403, headers={"cf-mitigated": "challenge"}))
    make_due(web)
    account = web.run()

    assert (account["documents"], account["already_in_lake"], account["deferred"]) == (3, 3, 0)
    assert web.ends() == dict.fromkeys(sorted(names), "page")
    assert web.counts() == {"articles": 3, "revisions": 0, "duplicates": 0, "rejects": 0}


def test_nothing_is_asked_for_again_by_default(net, tmp_path):
    feed = Feed(net.add_site(), [Item("Live", date=RECENT)])
    web = Web(tmp_path / "lake", (feed.url,))
    web.run()
    assert web.rows("deferred") == []
    with_it = ("--recheck", "1d")
    web.run(*with_it)
    make_due(web)
    web.run(*with_it)
    assert feed.site.asked("/Live") == ["/Live"], "only what came while it was on"
