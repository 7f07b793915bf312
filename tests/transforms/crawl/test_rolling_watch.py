"""Whose fault it is that sites are silent, for what asks them all the time."""

from __future__ import annotations

from datetime import UTC, datetime

from feedlake.transforms.crawl.crawl_records import Fetched, NotFetched
from feedlake.transforms.crawl.http_client import Response
from feedlake.transforms.crawl.rolling_watch import RollingWatch

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
SILENT = NotFetched("connect", detail="refused", is_transient=True)


class Sites:
    """Sites that answer or are silent, and a clock."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.watch = RollingWatch(clock=lambda: self.now_s)

    def answer(self, *names: str) -> None:
        for name in names:
            url = f"https://{name}.example/"
            response = Response(url, status=200, headers={}, body=b"", wire_bytes=0)
            result = Fetched(response, permanent_url=None, fetched_at=NOON, duration_s=0.1)
            self.watch.note(f"https://{name}.example/", result, was_well=True)

    def be_silent(self, *names: str, was_well: bool | None = True) -> None:
        for name in names:
            self.watch.note(f"https://{name}.example/", SILENT, was_well=was_well)


def test_sites_that_answered_a_minute_ago_and_are_silent_now_speak_for_a_dead_network():
    sites = Sites()
    sites.answer("a", "b", "c", "d")
    sites.now_s = 60
    sites.be_silent("a", "b")
    assert not sites.watch.is_down()
    sites.be_silent("c")
    assert sites.watch.is_down()
    assert not sites.watch.has_answer("https://a.example/x")


def test_one_answer_speaks_for_a_site_for_a_moment():
    sites = Sites()
    sites.answer("a", "b", "c")
    sites.now_s = 20
    sites.be_silent("a", "b", "c")
    assert not sites.watch.is_down()
    sites.now_s = 40
    sites.be_silent("a", "b", "c")
    assert sites.watch.is_down()


def test_a_tenth_of_the_sites_is_silent_for_itself():
    sites = Sites()
    sites.answer(*(f"site{number}" for number in range(27)))
    sites.now_s = 60
    sites.be_silent("down1", "down2", "down3")
    assert not sites.watch.is_down()


def test_sites_that_were_silent_before_say_nothing_and_old_news_is_forgotten():
    sites = Sites()
    sites.be_silent("a", "b", "c", "d", was_well=False)
    assert not sites.watch.is_down()
    sites.be_silent("e", "f", "g", was_well=None)
    assert sites.watch.is_down()
    sites.now_s = 901
    assert not sites.watch.is_down()
