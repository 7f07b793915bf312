"""What reading a JSON Feed promises. All feeds here are invented."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from feedlake.transforms.feeds.parse_feed import parse_feed
from feedlake.transforms.records.documents import Document

SOURCE = "feeds/harbour.json"
FERRY = "<p>The ferry to the north island sails again.</p><p>Tickets cost two coins.</p>"


def _json(*items: Any, **feed: Any) -> bytes:
    top = {"version": "https://jsonfeed.org/version/1.1", "title": "Harbour News"}
    return json.dumps({**top, **feed, "items": list(items)}).encode()


def test_a_json_feed_item_becomes_a_whole_document() -> None:
    item = {
        "id": 7,
        "url": "/ferry",
        "title": "Ferry sails",
        "content_html": FERRY,
        "content_text": "It sails, plainly.",
        "summary": "It sails.",
        "date_published": "2024-03-05T10:00:00+01:00",
        "date_modified": "2024-03-06T09:00:00Z",
        "authors": [{"name": "Ada Rowe"}],
        "tags": ["Sea"],
        "image": "ferry.jpg",
    }
    body = _json(item, home_page_url="https://example.org/", language="en")

    assert parse_feed(b"\xef\xbb\xbf" + body, source=SOURCE) == [
        Document(
            source=SOURCE,
            source_kind="feed",
            source_record=1,
            body=FERRY,
            is_html=True,
            text_source="feed",
            url="https://example.org/ferry",
            title="Ferry sails",
            authors=("Ada Rowe",),
            published_at=datetime(2024, 3, 5, 9, tzinfo=UTC),
            published_text="2024-03-05T10:00:00+01:00",
            updated_at=datetime(2024, 3, 6, 9, tzinfo=UTC),
            date_source="feed",
            language="en",
            site_name="Harbour News",
            tags=("Sea",),
            image_url="https://example.org/ferry.jpg",
            excerpt="It sails.",
            guid="7",
        )
    ]


@pytest.mark.parametrize(
    ("item", "url", "is_media"),
    [
        ({"external_url": "https://e.example/1"}, "https://e.example/1", False),
        (
            {"url": "https://a.example/1", "external_url": "https://e.example/1"},
            "https://a.example/1",
            False,
        ),
        (
            {"id": "https://a.example/1", "external_url": "https://e.example/1"},
            "https://e.example/1",
            False,
        ),
        ({"id": "https://a.example/1"}, "https://a.example/1", False),
        ({"url": "mailto:a@a.example", "external_url": "/x?a=1&amp;b=2"}, "/x?a=1&b=2", False),
        (
            {"attachments": [7, {"url": "/a.mp3", "mime_type": "audio/mpeg"}]},
            "/a.mp3",
            True,
        ),
        ({"url": 7, "external_url": ["https://e.example/1"]}, None, False),
    ],
)
def test_the_page_of_an_item_is_its_own_or_the_one_it_is_about(
    item: dict[str, Any], url: str | None, is_media: bool
) -> None:
    body = _json({"content_text": "Words.", **item}, home_page_url="https://h.example/")
    (document,) = parse_feed(body, source=SOURCE)
    assert isinstance(document, Document)
    expected = f"https://h.example{url}" if url and url.startswith("/") else url
    assert (document.url, document.is_media_url) == (expected, is_media)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (_json({"content_text": "Words."})[:-3], "bad_json"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": ' + b"[" * 100_000, "bad_json"),
        (b'{"version": "https://jsonfeed.org/version/1"}', "corrupt_feed"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": {}}', "corrupt_feed"),
        (_json(None), "no_main_text"),
        (_json({"content_text": 5, "title": [], "tags": "x", "authors": {}}), "no_main_text"),
    ],
)
def test_a_broken_json_feed_says_how_it_is_broken(body: bytes, reason: str) -> None:
    (rejection,) = parse_feed(body, source=SOURCE)
    assert not isinstance(rejection, Document)
    assert rejection.reason == reason
