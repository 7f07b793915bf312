"""What becomes of an entry whose page was asked for, answer by answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.crawl.crawl_records import Fetched, NotFetched, read_content_type
from feedlake.transforms.crawl.http_client import Response
from feedlake.transforms.fetch.fetched_page import MAX_WAIT, PageOptions, judge_page
from feedlake.transforms.records.documents import Deferral, Document, Entry, FeedText, Rejection

NOON = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
URL = "https://example.com/2026/ferry"
HTML = b"<html><head><title>Ferry</title></head><body><p>The ferry left at noon.</p></body></html>"
OPTIONS = PageOptions(min_interval_s=900, min_chars=50)
FULL = "<p>" + "The ferry left at noon, and the whole town waved. " * 5 + "</p>"


def entry(*, text: str = "", source: str = "summary", **more) -> Entry:
    document = Document(
        "https://example.com/feed",
        source_kind="feed",
        body=text,
        is_html=True,
        text_source=source,
        url=URL,
        title="Ferry",
        guid="7",
    )
    return Entry(document, **more)


def answer(body: bytes = HTML, *, status: int = 200, url: str = URL, **headers: str) -> Fetched:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named.setdefault("content-type", "text/html; charset=utf-8")
    return Fetched(
        Response(url, status=status, headers=named, body=body, wire_bytes=len(body)),
        permanent_url=None,
        fetched_at=NOON,
        duration_s=0.1,
    )


def read(result, item: Entry | None = None):
    return judge_page(item or entry(), result, now=NOON, options=OPTIONS)


def test_page_takes_the_place_of_what_the_feed_says():
    item = entry(text=FULL, source="feed")
    document = read(answer(url="https://example.com/new"), item)

    assert document == replace(
        item.document,
        body=HTML,
        text_source="page",
        charset="utf-8",
        url="https://example.com/new",
        fetched_at=NOON,
        feed_text=FeedText(FULL, True, "feed"),
    )


@pytest.mark.parametrize(
    ("body", "content_type", "comes_to"),
    [
        (HTML, "text/html", "page"),
        (HTML, "application/octet-stream", "page"),
        (HTML, "image/png", "page"),
        (HTML, "", "page"),
        (b"<p>No more than a paragraph.", "text/html", "page"),
        (b"Just words.", "text/html", "page"),
        (b"Just words.", "text/plain; charset=koi8-r", "text"),
        (b"Just words.", "", "text"),
        (b"", "text/html", "page"),
        (b"Just words.", "text/css", "content_type"),
        (b"%PDF-1.7", "text/html", "pdf"),
        (b"%PDF-1.7", "application/pdf", "pdf"),
        (b"PK\x03\x04" + bytes(40), "application/zip", "content_type"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "text/html", "content_type"),
        (b'{"a": 1}', "application/json", "content_type"),
        (b'[{"a": 1}]', "application/json", "content_type"),
        (b"<rss version='2.0'><channel></channel></rss>", "text/html", "content_type"),
    ],
)
def test_only_pages_and_texts_are_kept(body, content_type, comes_to):
    read_back = read(answer(body, content_type=content_type))

    if isinstance(read_back, Rejection):
        assert (read_back.step, read_back.reason) == ("fetch", comes_to)
    else:
        assert read_back.text_source == comes_to
        assert read_back.is_html == (comes_to == "page")


@pytest.mark.parametrize("status", [204, 304, 300, 400, 402, 405, 406, 418])
def test_other_statuses_are_rejects(status):
    body = b"" if status in (204, 304) else HTML
    rejection = read(answer(body, status=status))

    if status == 204:
        assert isinstance(rejection, Document)  # Its emptiness is found by extraction.
    else:
        assert (rejection.reason, rejection.detail) == ("http_error", f"the site answered {status}")
        assert (rejection.url, rejection.title) == (URL, "Ferry")


@pytest.mark.parametrize(
    ("body", "content_type", "detail"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(9), "text/html", "PNG image, served as text/html"),
        (b"%PDF-1.7", "text/html", "PDF, served as text/html"),
        (b'{"a": 1}', "application/json", "JSON, served as application/json"),
        (b"PK\x03\x04" + bytes(40), "", "ZIP archive, served as nothing"),
        (b"Just words.", "text/css", "text, served as text/css"),
    ],
)
def test_reject_names_what_was_found_and_what_it_was_called(body, content_type, detail):
    assert read(answer(body, content_type=content_type)).detail.startswith(
        f"not a web page: {detail}"
    )


def test_reject_names_the_address_that_answered_if_it_is_another():
    moved = answer(status=405, url="https://example.com/a?id=7")
    assert read(moved).detail == (
        "the site answered 405 at https://example.com/a?id=7, to which it redirects"
    )
    assert read(answer(status=405, url=URL + "?utm_source=x")).detail == "the site answered 405"


@pytest.mark.parametrize(
    "body",
    [
        b"<h1>400</h1>The plain HTTP request was sent to HTTPS port",
        b"Client sent an HTTP request to an HTTPS server.",
        b"Reason: You're speaking plain HTTP to an SSL-enabled server port.",
    ],
)
def test_plain_request_at_a_tls_port_is_named(body):
    assert read(answer(body, status=400)).detail == (
        "the site answered 400: the port speaks TLS, so the address has to begin with https"
    )


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_young_entry_whose_page_is_refused_waits_for_a_few_more_attempts(status):
    refused = answer(status=status)
    waits = []
    item, now = entry(), NOON
    while isinstance(left := judge_page(item, refused, now=now, options=OPTIONS), Deferral):
        assert (left.reason, left.detail) == ("http_error", f"the site answered {status}")
        waits.append((left.next_try_at - now) / timedelta(minutes=1))
        item, now = left.entry, left.next_try_at

    assert waits == [15, 30, 45, 60]
    assert left.reason == "http_error"
    assert left.detail == (f"the site answered {status}; tried 5 times since 2026-11-04 12:00 UTC")


def test_runs_in_quick_succession_do_not_use_up_the_attempts():
    item = entry(attempts=30, first_tried_at=NOON - timedelta(minutes=149))
    assert isinstance(read(answer(status=404), item), Deferral)
    item = replace(item, first_tried_at=NOON - timedelta(minutes=150))
    assert isinstance(read(answer(status=404), item), Rejection)


@pytest.mark.parametrize(
    ("published", "first", "is_young"),
    [
        (timedelta(hours=23), None, True),
        (timedelta(hours=24), None, False),
        (timedelta(days=-400), None, True),
        (timedelta(days=-400), timedelta(hours=24), False),
        (None, timedelta(hours=23), True),
        (None, timedelta(hours=24), False),
    ],
)
def test_entry_is_young_for_a_day_from_its_date_or_its_first_attempt(published, first, is_young):
    item = entry(first_tried_at=None if first is None else NOON - first, attempts=int(bool(first)))
    date = None if published is None else NOON - published
    item = replace(item, document=replace(item.document, published_at=date))
    assert isinstance(read(answer(status=403), item), Deferral if is_young else Rejection)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520, 599])
def test_what_may_pass_waits(status):
    deferral = read(answer(status=status))

    assert isinstance(deferral, Deferral)
    assert (deferral.status, deferral.reason) == ("waiting", "http_error")
    assert deferral.entry == replace(entry(), attempts=1, first_tried_at=NOON, is_deferred=True)
    if status == 429:
        assert deferral.next_try_at == deferral.asked_until == NOON + timedelta(minutes=20)
        assert deferral.asked_by == "example.com"
        return
    assert deferral.next_try_at == NOON + timedelta(minutes=15)
    assert (deferral.asked_until, deferral.asked_by) == (None, None)


@pytest.mark.parametrize(("failures", "minutes"), [(0, 20), (1, 40), (5, 120), (80, 1440)])
def test_host_that_answers_429_and_does_not_say_for_how_long_rests_longer_each_time(
    failures, minutes
):
    item = entry(attempts=failures, first_tried_at=NOON)
    deferral = read(answer(status=429), item)
    assert deferral.asked_until == NOON + timedelta(minutes=minutes)
    told = read(answer(status=429, retry_after="60"), item)
    assert told.asked_until == NOON + timedelta(minutes=1)


def test_site_says_how_long_it_wants_to_be_left_alone():
    deferral = read(answer(status=429, retry_after="7200"))
    assert deferral.asked_until == deferral.next_try_at == NOON + timedelta(hours=2)
    assert deferral.asked_by == "example.com"

    deferral = read(answer(status=503, retry_after="99999999999"))
    assert deferral.asked_until == NOON + timedelta(days=1), "ten years are none"

    deferral = read(answer(status=500, retry_after="7200"))
    assert deferral.asked_until == NOON + timedelta(hours=2)
    assert deferral.asked_by is None, "it speaks of the page alone"


def test_what_was_not_tried_counts_as_no_attempt():
    refusal = NotFetched("no_time", detail="The run was over.", is_transient=True, was_tried=False)
    deferral = read(refusal, entry(attempts=3, first_tried_at=NOON - timedelta(hours=1)))

    assert deferral.entry.attempts == 3
    assert deferral.entry.first_tried_at == NOON - timedelta(hours=1)


@pytest.mark.parametrize(
    ("attempts", "since", "is_over"),
    [
        (8, timedelta(days=3), False),
        (9, timedelta(hours=23), False),
        (9, timedelta(hours=24), True),
        (0, MAX_WAIT, True),
    ],
)
def test_patience_ends(attempts, since, is_over):
    item = entry(attempts=attempts, first_tried_at=NOON - since)
    result = NotFetched("timeout", detail="nothing came for 20 s", is_transient=True)
    read_back = read(result, item)

    assert isinstance(read_back, Rejection if is_over else Deferral)
    if is_over:
        assert read_back.reason == "timeout"
        assert read_back.detail.startswith(f"nothing came for 20 s; tried {attempts + 1} times")
    in_feed = read(result, replace(item, document=entry(text=FULL, source="feed").document))
    assert isinstance(in_feed, Document if is_over else Deferral)


def test_feeds_own_text_stands_for_a_page_only_if_it_is_one():
    gone = answer(status=404)
    kept = read(gone, entry(text=FULL, source="feed"))
    assert (kept.text_source, kept.text_note) == ("feed", "http_error: the site answered 404")
    picture = "<img src='https://example.com/" + "x" * 500 + "'> Read more"
    for item in (entry(text=FULL, source="summary"), entry(text=picture, source="feed"), entry()):
        assert isinstance(read(gone, item), Deferral)
        assert isinstance(read(answer(status=405), item), Rejection)


def test_walls_are_known_before_their_status_counts():
    cloudflare = b"<html><head><title>Just a moment...</title></head><body>Wait.</body></html>"
    for status in (200, 403):
        challenge = read(answer(cloudflare, status=status, cf_mitigated="challenge"))
        assert isinstance(challenge, Deferral)
        assert challenge.reason == "challenge"
    assert isinstance(read(answer(cloudflare, status=503, cf_mitigated="challenge")), Deferral)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("text/html; charset=utf-8", ("text/html", "utf-8")),
        ('Text/HTML;Charset="UTF-8"', ("text/html", "UTF-8")),
        ("text/html;charset=", ("text/html", None)),
        ("text/html; charset=utf-8; charset=latin-1", ("text/html", "utf-8")),
        (None, ("", None)),
        ("", ("", None)),
    ],
)
def test_content_type_is_read(value, wanted):
    assert read_content_type(value) == wanted


@given(st.text(max_size=40), st.binary(max_size=80), st.integers(100, 599))
def test_any_answer_comes_to_one_of_three(content_type, body, status):
    value = content_type.replace("\x00", "")
    assert isinstance(
        read(answer(body, status=status, content_type=value)), Document | Rejection | Deferral
    )
