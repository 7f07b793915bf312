"""What a poll comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feedlake.transforms.crawl.crawl_records import Fetched, NotFetched
from feedlake.transforms.crawl.http_client import Response
from feedlake.transforms.feeds.entry_fingerprints import fingerprint_entry
from feedlake.transforms.feeds.feed_hints import FeedHints
from feedlake.transforms.poll.interpret import Interpretation
from feedlake.transforms.poll.poll_answer import (
    Polled,
    judge_answer,
    read_answer,
)
from feedlake.transforms.poll.poll_interval import PollIntervals
from feedlake.transforms.poll.poll_report import SITE_INTERVAL
from feedlake.transforms.records.documents import Document
from feedlake.transforms.records.polls import Child, PollState, SourceOptions, WebSource

NOW = datetime(2026, 11, 4, 12, tzinfo=UTC)
URL = "https://a.org/feed"
STATE = PollState(URL, etag='"a"', polled_at=NOW - timedelta(hours=1), polls=1)
FEED = Interpretation("feed", title="T")


def fetched(status: int = 200, body: bytes = b"x", **headers: str) -> Fetched:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fetched(
        Response(URL, status=status, headers=names, body=body, wire_bytes=len(body)),
        permanent_url=None,
        fetched_at=NOW,
        duration_s=0.1,
    )


def poll(
    result: Fetched | NotFetched,
    found: Interpretation | None = None,
    *,
    source: WebSource | None = None,
    was_conditional: bool = False,
    fetches_pages: bool = True,
    now: datetime = NOW,
) -> Polled:
    source = source or WebSource(URL)
    answer = read_answer(source, result, was_conditional=was_conditional, now=now)
    return judge_answer(
        source,
        answer,
        result,
        found,
        intervals=PollIntervals(),
        fetches_pages=fetches_pages,
        now=now,
    )


def entry(**fields: Any) -> Document:
    base = Document(
        URL,
        source_kind="feed",
        body="Text.",
        is_html=False,
        text_source="feed",
        url="https://a.org/1",
    )
    return replace(base, **fields)


@pytest.mark.parametrize(
    ("result", "status", "error"),
    [
        (fetched(404), "failed", "http_error"),
        (fetched(410), "failed", "http_error"),
        (fetched(429), "waiting", "http_error"),
        (fetched(503), "failed", "http_error"),
        (fetched(503, retry_after="60"), "waiting", "http_error"),
        (fetched(304), "failed", "http_error"),
        (fetched(403, b"<title>Just a moment...</title>", cf_mitigated="challenge"), "failed",
         "challenge"),
        (NotFetched("dns", detail="no such name", is_transient=True), "failed", "dns"),
        (NotFetched("host_closed", detail="down", is_transient=True, retry_after_s=60.0),
         "waiting", "host_closed"),
    ],
)  # fmt: skip
def test_what_is_no_feed_has_a_status_and_a_reason(result, status, error):
    report = poll(result).report
    assert (report.status, report.poll.error, bool(report.detail)) == (status, error, True)
    assert report.poll.entry_fingerprints is None


@pytest.mark.parametrize(
    ("result", "retry_after_s"),
    [
        (fetched(429), None),
        (fetched(429, retry_after="7200"), 7_200.0),
        (fetched(503, retry_after="Wed, 04 Nov 2026 20:00:00 GMT"), 8 * 3_600.0),
        (fetched(429, retry_after="Mon, 01 Jan 1990 00:00:00 GMT"), 0.0),
        (fetched(429, retry_after="-60"), None),
        (fetched(429, retry_after="soon"), None),
        (
            NotFetched(
                "host_closed", detail="down", is_transient=True, was_tried=False, retry_after_s=59.6
            ),
            59.6,
        ),
        (NotFetched("dns", detail="no such name", is_transient=True), None),
    ],
)
def test_a_wait_that_is_asked_for_is_read_once(result, retry_after_s):
    answer = read_answer(WebSource(URL), result, was_conditional=False, now=NOW)
    assert answer.retry_after_s == retry_after_s


def test_a_host_that_rests_is_waited_for_to_the_second():
    resting = NotFetched(
        "host_closed", detail="down", is_transient=True, was_tried=False, retry_after_s=7_200.25
    )
    state = poll(resting).report.poll.state
    assert NOW + timedelta(seconds=7_200.25) <= state.next_due <= NOW + timedelta(hours=2.3)


def test_304_is_an_answer_to_conditions_alone():
    source = WebSource(URL, state=STATE, last_kind="feed")
    asked = poll(fetched(304, b""), source=source, was_conditional=True).report
    assert (asked.status, asked.source_kind, asked.poll.state.failures) == ("unchanged", "feed", 0)
    unasked = poll(fetched(304, b""), source=source).report
    assert (unasked.status, unasked.poll.state.failures) == ("failed", 1)


def test_a_run_that_ends_early_makes_no_feed_wait():
    out_of_time = NotFetched(
        "no_time", detail="the run was asked to end", is_transient=True, was_tried=False
    )
    assert poll(out_of_time).report.poll.state.next_due is None
    due = NOW - timedelta(minutes=1)
    source = WebSource(URL, state=replace(STATE, next_due=due))
    report = poll(out_of_time, source=source).report
    assert (report.status, report.poll.state.next_due) == ("waiting", due)


@pytest.mark.parametrize("kind", ["page", "site", "opml", "sitemap"])
def test_what_was_a_feed_must_stay_one(kind):
    source = WebSource(URL, state=STATE, kind="feed", last_kind="feed")
    polled = poll(fetched(), Interpretation(kind, entries=(entry(),)), source=source)
    report = polled.report
    assert (report.status, report.poll.error, report.source_kind) == (
        "failed",
        "not_a_feed",
        "feed",
    )
    assert (report.poll.state.etag, polled.documents, polled.entries) == ('"a"', (), ())


@pytest.mark.parametrize(
    ("url", "is_article"),
    [
        ("https://a.org/feed.xml", False),
        ("https://a.org/news/rss", False),
        ("https://a.org/rss/world", False),
        ("https://feeds.a.org/world", False),
        ("https://a.org/?feed=rss2", False),
        ("https://a.org/2026/11/how-to-feed-cats.html", True),
        ("https://a.org/feeding-cats", True),
    ],
)
def test_page_under_the_address_of_a_feed_is_no_article(url, is_article):
    source = WebSource(url, is_child=True)
    polled = poll(fetched(), Interpretation("page", entries=(entry(),)), source=source)
    assert bool(polled.documents) is is_article
    assert polled.report.poll.error == (None if is_article else "not_a_feed")


def test_page_where_a_list_was_is_no_article():
    source = WebSource(URL, state=STATE, last_kind="opml")
    polled = poll(fetched(), Interpretation("page", entries=(entry(),)), source=source)
    report = polled.report
    assert (report.status, report.poll.error, report.source_kind) == ("failed", "bad_list", "opml")
    assert (report.poll.children, polled.documents) == (None, ())


def test_each_entry_ends_in_one_place():
    entries = (
        entry(),
        entry(url=None),
        entry(url=None, body=""),
        entry(has_shared_url=True),
        entry(url="https://u:secret@a.org/2"),
    )
    fingerprints = tuple(bytes([number]) * 24 for number in range(5))
    found = replace(FEED, entries=entries, fingerprints=fingerprints)
    polled = poll(fetched(), found)
    assert [one.document.url for one in polled.entries] == ["https://a.org/1", "https://a.org/2"]
    assert [one.url for one in polled.documents] == [None, "https://a.org/1"]
    assert [one.reason for one in polled.rejected] == ["no_main_text"]
    assert polled.report.documents == 5
    assert polled.report.poll.entry_fingerprints == fingerprints

    again = poll(
        fetched(), found, source=WebSource(URL, state=STATE, entry_fingerprints=fingerprints)
    )
    assert (again.known, again.entries, again.report.documents) == (5, (), 5)
    without = poll(fetched(), found, fetches_pages=False)
    assert (len(without.documents), without.entries) == (4, ())


def test_a_sound_that_an_entry_has_for_want_of_a_page_is_not_asked_for():
    entries = (entry(is_media_url=True), entry(is_media_url=True, body=""))
    found = replace(FEED, entries=entries, fingerprints=(b"1" * 24, b"2" * 24))
    polled = poll(fetched(), found)
    assert (polled.entries, [one.url for one in polled.documents]) == ((), ["https://a.org/1"])
    assert [one.reason for one in polled.rejected] == ["no_main_text"]


def test_a_site_without_feeds_is_looked_at_further_or_leads_to_those_found_before():
    bare = Interpretation("site", is_bare_site=True)
    polled = poll(fetched(), bare, source=WebSource("https://a.org/"))
    assert polled.guesses[0] == "https://a.org/feed"
    assert (polled.report.status, polled.report.poll.error) == ("failed", "no_feed_found")
    assert polled.if_found is not None
    assert (polled.if_found.status, polled.if_found.poll.state.failures) == ("read", 0)
    known = (Child("https://a.org/rss"),)
    polled = poll(fetched(), bare, source=WebSource("https://a.org/", feeds=known))
    assert (polled.guesses, polled.children) == ((), known)
    assert polled.report.poll.children == known


def test_the_feeds_of_a_site_are_its_feeds_for_a_week():
    found = Interpretation("site", children=(Child("https://a.org/rss"),))
    assert poll(fetched(), found).report.poll.state.next_due == NOW + SITE_INTERVAL
    source = WebSource(URL, state=STATE, last_kind="site")
    unchanged = poll(fetched(304, b""), source=source, was_conditional=True)
    assert unchanged.report.poll.state.next_due == NOW + SITE_INTERVAL
    failed = poll(fetched(500), source=source)
    assert failed.report.poll.state.next_due < NOW + timedelta(hours=2)


def test_lists_lead_on_no_further_than_some_steps():
    found = Interpretation("opml", children=(Child("https://b.org/"),))
    assert poll(fetched(), found, source=WebSource(URL, depth=2)).children
    polled = poll(fetched(), found, source=WebSource(URL, depth=3))
    assert (polled.children, polled.report.poll.children) == ((), ())
    assert polled.report.poll.left_out == 1


def test_credentials_of_redirects_are_not_kept():
    response = Response("https://b.org/f", status=200, headers={}, body=b"x", wire_bytes=1)
    result = Fetched(
        response, permanent_url="https://u:secret@b.org/f", fetched_at=NOW, duration_s=0.1
    )
    report = poll(result, FEED).report
    assert report.poll.state.moved_to == "https://b.org/f"
    assert "secret" not in repr(report)


def test_a_source_s_own_interval_is_its_least():
    source = WebSource(URL, options=SourceOptions(interval_s=3 * 86_400.0))
    state = poll(fetched(), FEED, source=source).report.poll.state
    assert state.next_due >= NOW + timedelta(days=2.7)


def test_entries_whose_dates_were_not_believed_are_read_again_once_they_are():
    days = {f"https://a.org/{day}": NOW + timedelta(days=day) for day in (-1, 1, 10, 11)}
    entries = tuple(entry(url=url, published_at=moment) for url, moment in days.items())
    feed = Interpretation(
        "feed", title="T", entries=entries, fingerprints=tuple(map(fingerprint_entry, entries))
    )
    # The clock is set right by nine days: all entries are of the past or of today then.
    first = poll(fetched(body=b"one"), feed)
    state = first.report.poll.state
    source = WebSource(URL, state=state, entry_fingerprints=first.report.poll.entry_fingerprints)

    again = poll(fetched(body=b"one"), feed, source=source)
    right = poll(fetched(body=b"two"), feed, source=source, now=NOW + timedelta(days=9))

    assert len(first.entries) == 4
    assert state.ahead_from == NOW + timedelta(days=10)
    assert (len(again.entries), again.known) == (0, 4)
    assert [one.document.url for one in right.entries] == ["https://a.org/10", "https://a.org/11"]
    assert all(one.is_changed for one in right.entries)
    assert (right.known, right.report.documents) == (2, 4)
    assert right.report.poll.new_entries == 0
    assert right.report.poll.state.ahead_from is None
    assert not right.report.poll.state.has_lying_validators


def test_entries_that_came_and_went_between_two_polls_are_counted():
    dates = [NOW - timedelta(hours=hours) for hours in (1, 2, 3)]
    entries = tuple(
        replace(entry(url=f"https://a.org/{number}"), published_at=date)
        for number, date in enumerate(dates)
    )
    fingerprints = tuple(bytes([number]) * 24 for number in range(3))
    found = replace(FEED, entries=entries, fingerprints=fingerprints)
    state = replace(STATE, newest_entry_at=NOW - timedelta(hours=10), succeeded_at=NOW)

    def missed(*known: bytes, **state_of: object) -> tuple[int, bool]:
        now = replace(state, **state_of)
        source = WebSource(URL, state=now, entry_fingerprints=known)
        row = poll(fetched(), found, source=source).report.poll
        assert row.state.newest_entry_at == dates[0]
        return row.missed_entries, row.state.overflowed_at is not None

    other, first = b"x" * 24, fingerprints[0]
    assert missed(other) == (6, True)
    assert missed(other, newest_entry_at=None) == (1, True)
    assert missed(other, first) == (0, False)
    assert missed(other, first[:8] + b"late" * 4) == (0, False)  # It says something else: no news.
    assert missed() == (0, False)  # It held nothing before.
    assert missed(other, succeeded_at=None) == (0, False)


@pytest.mark.parametrize(
    ("own", "hours"),
    [
        (SourceOptions(), 24.0),
        (SourceOptions(max_interval_s=3_600.0), 1.0),
        (SourceOptions(max_interval_s=60.0), 1 / 60),  # Below --min-interval, too.
        (SourceOptions(interval_s=7_200.0, max_interval_s=14_400.0), 4.0),
    ],
)
def test_longest_wait_of_a_source_overrides_ttl(own, hours):
    found = replace(FEED, hints=FeedHints(ttl_s=86_400.0))
    state = poll(fetched(), found, source=WebSource(URL, options=own)).report.poll.state
    assert state.next_due is not None
    wait = (state.next_due - NOW).total_seconds() / 3_600
    assert hours * 0.9 <= wait <= hours * 1.1
