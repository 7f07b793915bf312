"""Why an address of a polled site is in the lake, or not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from feed_sites import Feed, Item, page
from internet import Internet, Reply
from web_runs import Web, forget_process, shorten_deadlines


@pytest.fixture
def net() -> Iterator[Internet]:
    with Internet() as internet:
        yield internet


@pytest.fixture(autouse=True)
def _shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_deadlines(monkeypatch)


def test_every_way_that_an_entry_can_go_is_told(net, tmp_path, feedlake):
    site = net.add_site()
    rules = b"User-agent: *\nDisallow: /Private"
    site.add("/robots.txt", Reply(rules, content_type="text/plain"))
    feed = Feed(site, ["Read", "Late", Item("Private", summary=""), "Short"])
    site.add("/Late", Reply(status=503))
    site.add("/Short", Reply(b"<html><body><p>Too little.</p></body></html>"))
    lake = tmp_path / "lake"
    web = Web(lake, (feed.url,))
    web.run()
    forget_process()
    feed.items = [Item("Read", title="Read, with another title")]
    site.add("/Read", page("Read", edition=2))
    web.run()

    def said(path: str) -> tuple[int, str]:
        outcome = feedlake("explain", site.url(path, by_address=True), "--lake", lake)
        assert outcome.err == ""
        return outcome.code, outcome.out

    code, out = said("/Read")
    assert code == 0
    assert "An article: Read" in out
    assert "Revision 1" in out
    assert "robots.txt lets feedlake ask for it" in out
    code, out = said("/Late")
    assert code == 0
    assert "Waits, as an entry of" in out
    assert "http_error" in out
    code, out = said("/Private")
    assert code == 0
    assert "Rejected at fetch as robots_txt" in out
    assert "robots.txt forbids it" in out
    code, out = said("/Short")
    assert code == 0
    assert "Rejected at extract as too_short" in out
    code, out = said("/feed.xml")
    assert code == 0
    assert "Read as a source:" in out
    assert "4 entries, 4 new or changed" in out
    code, out = said("/never-in-a-feed")
    assert code == 3
    assert "Its site was polled, but no entry led there:" in out
    assert feed.url in out
