"""Each document becomes an article, or a rejection that says why not."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Literal

import pytest

from feedlake.transforms.extract.extract_document import (
    FEED_TEXT,
    PLAIN_TEXT,
    ExtractOptions,
    extract_document,
)
from feedlake.transforms.extract.library_calls import EXTRACTOR
from feedlake.transforms.normalize.text import hash_text
from feedlake.transforms.records.documents import Article, Document, Rejection

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
OPTIONS = ExtractOptions(read_at=NOON, min_chars=100, earliest_date=date(1990, 1, 1))
ADDRESS = "https://www.example.com/pier/opening"
PARAGRAPHS = (
    "The harbour council opened the new pier on Tuesday after two years of work and one storm.",
    "Fishermen had asked for it since the old one was closed, and paid a part of it themselves.",
)
TEXT = "\n\n".join(PARAGRAPHS)
HTML = (
    '<html lang="en"><head><meta property="og:title" content="New pier opens">'
    f'<link rel="canonical" href="{ADDRESS}?utm_source=feed">'
    '<meta name="author" content="Ann Lee"><meta name="pubdate" content="2024-03-05T07:00Z">'
    f"</head><body><p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p></body></html>"
)
PAGE = Document(
    "pier.html", source_kind="html", body=HTML.encode(), is_html=True, text_source="page"
)
SEED = Document("pier.txt", source_kind="text", body=TEXT, is_html=False, text_source="text")


def accept(document: Document) -> Article:
    outcome = extract_document(document, OPTIONS)
    assert isinstance(outcome, Article), outcome
    return outcome


def test_a_page_becomes_an_article_with_what_it_says_of_itself() -> None:
    assert extract_document(PAGE, OPTIONS) == Article(
        article_id=hashlib.sha256(ADDRESS.encode()).hexdigest()[:32],
        url=f"{ADDRESS}?utm_source=feed",
        canonical_url=ADDRESS,
        claimed_url=None,
        is_claimed=True,
        source="pier.html",
        source_kind="html",
        source_record=None,
        guid=None,
        site="example.com",
        site_name=None,
        title="New pier opens",
        authors=("Ann Lee",),
        excerpt=None,
        image_url=None,
        tags=(),
        published_at=datetime(2024, 3, 5, 7, tzinfo=UTC),
        published_text="2024-03-05T07:00Z",
        published_offset_min=0,
        updated_at=None,
        fetched_at=NOON,
        date_source="page",
        text=TEXT,
        text_source="page",
        text_note=None,
        declared_language="en",
        word_count=35,
        char_count=len(TEXT),
        text_sha256=hash_text(TEXT),
        extractor=EXTRACTOR,
        extra=None,
    )


def test_plain_text_becomes_an_article_without_guesses() -> None:
    assert extract_document(SEED, OPTIONS) == Article(
        article_id=hashlib.sha256(hash_text(TEXT)).hexdigest()[:32],
        url=None,
        canonical_url=None,
        claimed_url=None,
        is_claimed=False,
        source="pier.txt",
        source_kind="text",
        source_record=None,
        guid=None,
        site=None,
        site_name=None,
        title=None,
        authors=(),
        excerpt=None,
        image_url=None,
        tags=(),
        published_at=None,
        published_text=None,
        published_offset_min=None,
        updated_at=None,
        fetched_at=NOON,
        date_source="fetched",
        text=TEXT,
        text_source="text",
        text_note=None,
        declared_language="und",
        word_count=35,
        char_count=len(TEXT),
        text_sha256=hash_text(TEXT),
        extractor=PLAIN_TEXT,
        extra=None,
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("title", "Pier opens at last"),
        ("authors", ("Bo Ek",)),
        ("tags", ("pier",)),
        ("site_name", "Harbour Times"),
        ("published_at", datetime(2024, 3, 4, 8, tzinfo=UTC)),
        ("updated_at", datetime(2024, 3, 6, 8, tzinfo=UTC)),
        ("fetched_at", datetime(2024, 5, 1, tzinfo=UTC)),
        ("language", "de"),
        ("excerpt", "After two years."),
        ("image_url", "https://img.example/pier.jpg"),
        ("extra", '{"desk": "town"}'),
        ("source_record", 7),
        ("guid", "tag:example.com,2024:1"),
    ],
)
def test_what_the_source_says_wins_over_the_page(column: str, value: Any) -> None:
    changes: dict[str, Any] = {column: value}
    column = {"language": "declared_language"}.get(column, column)

    assert getattr(accept(replace(PAGE, **changes)), column) == value


@pytest.mark.parametrize(
    ("changes", "reason", "detail"),
    [
        ({"body": b""}, "empty", None),
        ({"body": b" \r\n"}, "empty", None),
        ({"body": "\ufeff\n", "is_html": False, "text_source": "text"}, "empty", None),
        ({"body": bytes(range(256)) * 20}, "binary", "no HTML but binary data"),
        (
            {"body": b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 99},
            "binary",
            "no HTML but binary data",
        ),
        ({"body": b"<!-- nothing -->"}, "no_main_text", "no element in it"),
        ({"body": b"<html><frameset><frame src=a></frameset></html>"}, "no_main_text", None),
        ({"body": b"<p></p>", "text_source": "feed"}, "no_main_text", None),
        ({"body": "\u200b\u00ad", "is_html": False, "text_source": "text"}, "no_main_text", None),
        (
            {"body": f"<html><body><p>{PARAGRAPHS[0]}</p></body></html>"},
            "too_short",
            "89 characters, fewer than 100",
        ),
        ({"body": b"x"}, "too_short", "1 characters, fewer than 100"),
    ],
)
def test_what_is_no_article_says_why(
    changes: dict[str, Any], reason: str, detail: str | None
) -> None:
    document = replace(PAGE, url=ADDRESS, title="Pier", source_record=3, **changes)

    assert extract_document(document, OPTIONS) == Rejection(
        source="pier.html",
        source_kind="html",
        source_record=3,
        url=ADDRESS,
        title="Pier",
        step="extract",
        reason=reason,
        detail=detail,
    )


def test_a_rejected_page_keeps_the_title_and_address_that_it_names() -> None:
    short = HTML.replace(PARAGRAPHS[0], "").replace(PARAGRAPHS[1], "Too short.")

    outcome = extract_document(replace(PAGE, body=short), OPTIONS)

    assert isinstance(outcome, Rejection)
    assert (outcome.title, outcome.url) == ("New pier opens", f"{ADDRESS}?utm_source=feed")


def test_only_pages_have_a_shortest_text() -> None:
    assert accept(replace(SEED, body="x")).text == "x"
    feed = replace(PAGE, body="<p>One line in five words.</p>", text_source="feed")
    assert (accept(feed).text, accept(feed).extractor) == ("One line in five words.", FEED_TEXT)


@pytest.mark.parametrize("source", ["feed", "summary"])
def test_a_feeds_text_that_tells_nothing_is_rejected(source: Literal["feed", "summary"]) -> None:
    comments = replace(PAGE, body="<a href='/1'>Comments</a>", text_source=source)
    rejection = extract_document(comments, OPTIONS)
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.detail) == (
        "too_short",
        "the feed's text is only 'Comments'",
    )

    about = "<p>All that happens at the harbour, day by day.</p>"
    shared = replace(PAGE, body=about, text_source=source, has_shared_text=True)
    rejection = extract_document(shared, OPTIONS)
    assert isinstance(rejection, Rejection)
    assert rejection.reason == "shared_text"
    assert accept(replace(shared, has_shared_text=False)).text
    assert accept(replace(PAGE, has_shared_text=True)).text, "the page is another text"


def test_a_page_that_breaks_the_extractor_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise IndexError("odd page")

    monkeypatch.setattr(
        "feedlake.transforms.extract.library_calls.trafilatura.bare_extraction", fail
    )

    outcome = extract_document(PAGE, OPTIONS)

    assert isinstance(outcome, Rejection)
    assert (outcome.reason, outcome.detail) == ("extractor_error", "IndexError: odd page")


def test_a_bug_of_our_own_rises(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise IndexError("our bug")

    monkeypatch.setattr("feedlake.transforms.extract.html_page.read_metadata", fail)

    with pytest.raises(IndexError, match="our bug"):
        extract_document(PAGE, OPTIONS)


UMLAUTS = HTML.replace("harbour council", "Hafenrat für Fußgänger")


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (UMLAUTS.encode(), None),
        (UMLAUTS.encode(), "iso-8859-1"),  # A wrong header.
        (UMLAUTS.encode("utf-8-sig"), None),
        (UMLAUTS.encode("cp1252"), "windows-1252"),
        (UMLAUTS.replace("<head>", '<head><meta charset="iso-8859-1">').encode("cp1252"), None),
        (UMLAUTS.replace("<head>", '<head><meta charset="utf-8">').encode("cp1252"), "cp1252"),
        (f'<?xml version="1.0" encoding="iso-8859-1"?>{UMLAUTS}'.encode("cp1252"), None),
        (UMLAUTS.encode("utf-16"), None),
        (UMLAUTS.encode("utf-16-le"), None),
        (UMLAUTS.encode("utf-16-be"), "utf-16"),
        (f'<?xml version="1.0" encoding="utf-16"?>{UMLAUTS}', None),
    ],
)
def test_the_text_is_whole_whatever_the_page_says_of_its_encoding(
    body: bytes | str, charset: str | None
) -> None:
    found = accept(replace(PAGE, body=body, charset=charset))

    assert found.text == TEXT.replace("harbour council", "Hafenrat für Fußgänger")


IN_1923 = datetime(1923, 1, 7, tzinfo=UTC)
IN_FUTURE, EPOCH = datetime(2031, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("document", "moment", "date_source"),
    [
        (replace(PAGE, published_at=IN_FUTURE), datetime(2024, 3, 5, 7, tzinfo=UTC), "page"),
        (replace(PAGE, published_at=EPOCH), datetime(2024, 3, 5, 7, tzinfo=UTC), "page"),
        (replace(SEED, published_at=EPOCH, date_source="seed"), EPOCH, "seed"),
        (replace(SEED, published_at=IN_FUTURE, date_source="seed"), IN_FUTURE, "seed"),
        (replace(PAGE, published_at=IN_1923), IN_1923, "feed"),
        (replace(SEED, published_at=NOON, date_source="seed"), NOON, "seed"),
        (
            replace(SEED, url="https://a.example/2024/05/06/b"),
            datetime(2024, 5, 6, tzinfo=UTC),
            "url",
        ),
        (
            replace(
                PAGE,
                body=HTML.replace("2024-03-05T", "2031-03-05T"),
                url="https://www.example.com/2024/05/06/b",
            ),
            datetime(2024, 5, 6, tzinfo=UTC),
            "url",
        ),
    ],
)
def test_the_date_is_the_first_that_can_be_trusted(
    document: Document, moment: datetime | None, date_source: str
) -> None:
    found = accept(document)

    assert (found.published_at, found.date_source) == (moment, date_source)


def test_an_impossible_time_of_change_is_no_time() -> None:
    assert accept(replace(SEED, updated_at=IN_FUTURE)).updated_at is None


def test_documents_that_share_an_address_are_told_apart_by_their_text() -> None:
    shared = replace(SEED, url=ADDRESS, has_shared_url=True)
    first, second = accept(shared), accept(replace(shared, body="Another text."))

    assert (first.url, first.canonical_url) == (ADDRESS, None)
    assert first.article_id != second.article_id
    assert first.article_id == accept(replace(shared, source="copy.txt")).article_id


@pytest.mark.parametrize(
    ("changes", "words", "minutes"),
    [
        ({"published_text": "Tue, 05 Mar 2024 20:00:00 -0500"}, "Tue, 05 Mar 2024", -300),
        ({"published_text": "2024-03-06T06:45:00+05:45"}, "2024-03-06T06:45", 345),
        ({"published_text": "2024-03-06T01:00:00Z"}, "2024-03-06T01", 0),
        ({"published_text": "2024-03-06 01:00"}, "2024-03-06 01:00", None),
        ({"published_text": "1709686800"}, "1709686800", None),
        ({"published_at": None, "published_text": "last night"}, "2024-03-05T07:00Z", 0),
        ({"published_at": None, "published_text": None}, "2024-03-05T07:00Z", 0),
    ],
)
def test_the_stated_zone_is_kept_as_minutes_ahead_of_utc(
    changes: dict[str, Any], words: str, minutes: int | None
) -> None:
    one = datetime(2024, 3, 6, 1, tzinfo=UTC)
    found = accept(replace(PAGE, **{"published_at": one, "date_source": "feed", **changes}))

    assert (found.published_text or "").startswith(words)
    assert found.published_offset_min == minutes


def test_a_day_from_the_address_has_no_zone() -> None:
    body = HTML.replace("pubdate", "expires")
    found = accept(replace(PAGE, body=body, url="https://news.example/2024/03/05/pier"))

    assert (found.date_source, found.published_offset_min) == ("url", None)


def test_words_that_name_no_date_are_kept_where_nothing_else_is_stated() -> None:
    body = HTML.replace("pubdate", "expires")
    found = accept(replace(PAGE, body=body, published_text="last night", url=None))

    assert (found.published_at, found.published_text) == (None, "last night")
    assert found.published_offset_min is None
