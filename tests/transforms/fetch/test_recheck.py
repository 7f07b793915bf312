"""When the pages of articles are asked for again, and what that costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feedlake.transforms.crawl.crawl_records import Fetched, NotFetched
from feedlake.transforms.crawl.http_client import Response
from feedlake.transforms.fetch.fetched_page import PageOptions
from feedlake.transforms.fetch.recheck import after_check, after_page, conditions_of
from feedlake.transforms.records.documents import Document, Entry

NOON = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
URL = "https://example.com/2026/ferry"


def entry(published: datetime | None = NOON) -> Entry:
    document = Document(
        "https://example.com/feed",
        source_kind="feed",
        body="",
        is_html=True,
        text_source="summary",
        url=URL,
        published_at=published,
    )
    return Entry(document)


def answer(status: int = 200, **headers: str) -> Fetched:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = Response(URL, status=status, headers=named, body=b"", wire_bytes=0)
    return Fetched(response, permanent_url=None, fetched_at=NOON, duration_s=0.1)


def options(days: int) -> PageOptions:
    return PageOptions(min_interval_s=900, recheck_s=days * 86_400)


@pytest.mark.parametrize(
    ("days", "hours"),
    [
        (1, [1, 3, 7, 15]),
        (3, [1, 3, 7, 15, 31, 55]),
        (7, [1, 3, 7, 15, 31, 55, 79, 103, 127, 151]),
    ],
)
def test_checks_come_at_growing_intervals_until_the_article_is_old(days, hours):
    own = options(days)
    row = after_page(entry(), answer(), now=NOON, options=own)
    times = []
    while row.status == "recheck":
        now = row.next_try_at
        assert now is not None
        times.append((now - NOON) / HOUR)
        row = after_check(row.entry, answer(304), now=now, options=own)

    assert times == hours
    assert (row.status, row.next_try_at) == ("done", None)


def test_article_that_is_old_when_it_is_found_is_left_alone():
    old = entry(NOON - timedelta(hours=23, minutes=30))
    assert after_page(old, answer(), now=NOON, options=options(1)).status == "done"
    assert after_page(old, answer(), now=NOON, options=options(2)).status == "recheck"
    undated = after_page(entry(None), answer(), now=NOON, options=options(1))
    assert undated.status == "recheck"


def test_validators_of_the_newest_page_are_sent_and_every_fourth_check_sends_none():
    own = options(30)
    first = after_page(
        entry(),
        answer(etag='"a"', last_modified="Wed, 04 Nov 2026 10:00:00 GMT"),
        now=NOON,
        options=own,
    ).entry
    assert conditions_of(first) == {
        "If-None-Match": '"a"',
        "If-Modified-Since": "Wed, 04 Nov 2026 10:00:00 GMT",
    }
    second = after_check(first, answer(304), now=NOON, options=own).entry
    assert conditions_of(second) == conditions_of(first)
    third = after_check(second, answer(200, etag='"b"'), now=NOON, options=own).entry
    assert conditions_of(third) == {"If-None-Match": '"b"'}
    refused = NotFetched("timeout", detail="nothing came", is_transient=True)
    fourth = after_check(third, refused, now=NOON, options=own).entry
    assert (fourth.attempts, conditions_of(fourth)) == (3, {})
    fifth = after_check(fourth, answer(404), now=NOON, options=own).entry
    assert conditions_of(fifth) == {"If-None-Match": '"b"'}


def test_validators_that_cannot_be_sent_are_not_kept():
    odd = after_page(entry(), answer(etag="a\x00b"), now=NOON, options=options(1)).entry
    assert conditions_of(odd) == {}
