"""What reading a feed for its pages promises: ids, addresses, limits. All feeds are invented."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from feedlake.transforms.feeds.entry_document import MAX_GUID_CHARS
from feedlake.transforms.feeds.parse_feed import Feed, parse_feed, read_feed
from feedlake.transforms.records.documents import Document, Rejection

SOURCE = "https://example.org/feeds/all.xml"


def _rss(*items: str, channel: str = "") -> bytes:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return (
        '<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel>'
        f"<title>Harbour News</title>{channel}{inside}</channel></rss>"
    ).encode()


def _json(*items: Any) -> bytes:
    top = {"version": "https://jsonfeed.org/version/1.1", "title": "Harbour News"}
    return json.dumps({**top, "items": list(items)}).encode()


def _read(body: bytes, max_entries: int | None = None) -> Feed:
    return read_feed(body, source=SOURCE, base_url=SOURCE, max_entries=max_entries)


def _documents(body: bytes) -> list[Document]:
    feed = _read(body)
    documents = [entry for entry in feed.entries if isinstance(entry, Document)]
    assert len(documents) == len(feed.entries), feed
    return documents


def _guids(body: bytes) -> list[str | None]:
    return [document.guid for document in _documents(body)]


def _items(pairs: Sequence[tuple[str, str]]) -> bytes:
    return _rss(
        *(
            f'<guid isPermaLink="false">{guid}</guid><link>{link}</link><description>Words.'
            f"</description>"
            for guid, link in pairs
        )
    )


def test_a_feed_says_who_it_is() -> None:
    feed = _read(
        _rss(
            channel="<link>https://example.org/</link><language>en-gb</language>"
            '<a:link rel="self" type="application/rss+xml" href="/feeds/own.xml"/>'
        )
    )

    assert feed == Feed(
        title="Harbour News",
        site_url="https://example.org/",
        self_url="https://example.org/feeds/own.xml",
        language="en-gb",
    )
    assert feed.is_feed


def test_an_entry_with_a_link_alone_is_a_document_without_text() -> None:
    body = _rss("<title>Bare</title><link>/bare</link>", "<title>Neither</title>")

    bare, neither = _read(body).entries

    assert isinstance(bare, Document)
    assert (bare.body, bare.is_html, bare.text_source) == ("", False, "summary")
    assert (bare.url, bare.title) == ("https://example.org/bare", "Bare")
    assert isinstance(neither, Rejection)
    assert (neither.reason, neither.source_record) == ("no_main_text", 2)


def test_without_its_page_an_entry_without_text_is_rejected() -> None:
    body = _rss("<title>Bare</title><link>/bare</link>", "<description>Words.</description>")

    bare, full = parse_feed(body, source=SOURCE, base_url=SOURCE)

    assert bare == Rejection(
        source=SOURCE,
        source_kind="feed",
        source_record=1,
        url="https://example.org/bare",
        title="Bare",
        step="extract",
        reason="no_main_text",
        detail="The entry has neither content nor summary.",
    )
    assert full == _read(body).entries[1]


@pytest.mark.parametrize("body", [b"", b" \n", b"<html/>", b'{"a": 1}', b"{", b"\xff\xfe"])
def test_what_is_no_feed_is_a_fault_and_nothing_else(body: bytes) -> None:
    feed = _read(body)

    assert not feed.is_feed
    assert feed.fault is not None
    assert feed == Feed(fault=feed.fault)
    assert parse_feed(body, source=SOURCE) == [feed.fault]


@pytest.mark.parametrize(
    ("entry", "guid"),
    [
        ("<guid> \n 17 </guid>", "17"),
        ("<guid>https://example.org/17</guid>", "https://example.org/17"),
        ("<a:id>urn:17</a:id>", "urn:17"),
        ("<guid></guid><a:id>urn:17</a:id>", "urn:17"),
        ("<guid> </guid>", None),
        ("", None),
    ],
)
def test_a_guid_is_what_the_entry_is_called(entry: str, guid: str | None) -> None:
    assert _guids(_rss(f"{entry}<link>/1</link>")) == [guid]


@pytest.mark.parametrize(
    ("identity", "guid"),
    [("urn:17", "urn:17"), (17, "17"), (1.50, "1.5"), (None, None), ([17], None), ("\ud800", None)],
)
def test_the_guid_of_a_json_item_is_its_id_as_text(identity: object, guid: str | None) -> None:
    assert _guids(_json({"id": identity, "url": "/1"})) == [guid]


@pytest.mark.parametrize(
    ("pairs", "kept"),
    [
        ([("a", "/1"), ("b", "/2")], ["a", "b"]),
        ([("a", "/1"), ("a", "/2")], [None, None]),
        ([("0", "/1"), ("0", "/2"), ("c", "/3")], [None, None, "c"]),
        ([("a", "/1"), ("a", "/1")], ["a", "a"]),
        ([("a", "/1#top"), ("a", "/1")], ["a", "a"]),
        ([("a", "/1"), ("A", "/2")], ["a", "A"]),
    ],
)
def test_a_guid_of_different_links_identifies_none_of_them(
    pairs: Sequence[tuple[str, str]], kept: list[str | None]
) -> None:
    assert _guids(_items(pairs)) == kept


def test_a_guid_of_entries_without_links_must_not_name_different_ones() -> None:
    same = "<guid>0</guid><title>One</title><description>Words.</description>"
    other = "<guid>0</guid><title>Two</title><description>More.</description>"

    assert _guids(_rss(same, same)) == ["0", "0"]
    assert _guids(_rss(same, other)) == [None, None]


def test_long_guids_are_hashed_and_stay_distinct() -> None:
    long = "x" * MAX_GUID_CHARS
    first, second, third = _guids(_items([(long, "/1"), (f"{long}y", "/2"), (f"{long}z", "/3")]))

    assert first == long
    assert second is not None
    assert third is not None
    assert second != third
    assert max(len(second), len(third)) < MAX_GUID_CHARS


def test_repeated_items_stay() -> None:
    item = "<guid>a</guid><link>/1</link><description>Words.</description>"
    first, second = _documents(_rss(item, item))
    assert (first.guid, first.url, first.body) == (second.guid, second.url, second.body)
    assert (first.source_record, second.source_record) == (1, 2)


def _dated(*days: str) -> bytes:
    return _rss(*(f"<link>/{n}</link><pubDate>{day}</pubDate>" for n, day in enumerate(days, 1)))


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        (["2024-03-05", "2024-03-04", "2024-03-03", "2024-03-02"], [1, 2]),
        (["2024-03-02", "2024-03-03", "2024-03-04", "2024-03-05"], [3, 4]),
        (["2024-03-02", "2024-03-05", "2024-03-03", "2024-03-04"], [2, 4]),
        (["Sat, 02 Mar 2024 10:00:00 GMT", "2024-03-02T10:00:01Z", "", "x"], [1, 2]),
        (["2024-03-02", "2024-03-02", "2024-03-02", "2024-03-02"], [1, 2]),
        (["", "", "soon", "2024-03-02"], [1, 2]),
        (["", "", "", ""], [1, 2]),
    ],
    ids=["newest first", "appended", "mixed", "zones", "one day", "few dates", "no dates"],
)
def test_the_newest_entries_are_kept_and_the_others_counted(
    days: list[str], kept: list[int]
) -> None:
    feed = _read(_dated(*days), max_entries=2)

    assert [entry.source_record for entry in feed.entries] == kept
    assert [entry.url for entry in feed.entries] == [f"https://example.org/{n}" for n in kept]
    assert feed.left_out == 2


@pytest.mark.parametrize(("max_entries", "left_out"), [(None, 0), (9, 0), (3, 0), (2, 1), (0, 3)])
def test_no_entry_is_left_out_uncounted(max_entries: int | None, left_out: int) -> None:
    feed = _read(_dated("2024-03-01", "2024-03-02", "2024-03-03"), max_entries=max_entries)
    assert feed.left_out == left_out
    assert len(feed.entries) + feed.left_out == 3


def test_a_cut_feed_is_told_even_if_its_last_entry_is_left_out() -> None:
    whole = _dated("2024-03-03", "2024-03-02", "2024-03-01")
    cut = whole[: whole.rindex(b"2024") + 6]

    *documents, rejection = _read(cut, max_entries=1).entries

    assert [document.url for document in documents] == ["https://example.org/1"]
    assert isinstance(rejection, Rejection)
    assert rejection.reason == "corrupt_feed"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        (" \nhttps://example.org/a\n", "https://example.org/a"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/a\n b", "https://example.org/ab"),
        ("HTTPS://example.org/a", "https://example.org/a"),
        ("//example.com/a", "https://example.com/a"),
        ("?page=2", "https://example.org/feeds/all.xml?page=2"),
        ("https://[::1]:8080/a", "https://[::1]:8080/a"),
        ("https://example.org:443", "https://example.org:443"),
        ("https://", None),
        ("https:///path", None),
        ("https://?q", None),
        ("https://[broken", None),
        ("http://example.org:port/", None),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)", None),
        ("mailto:ada@example.org", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("ftp://example.org/a", None),
    ],
)
def test_a_link_is_an_absolute_http_address_or_none(link: str, url: str | None) -> None:
    (document,) = _documents(_rss(f"<link>{link}</link><description>Words.</description>"))
    assert document.url == url


def test_a_link_of_json_is_one_that_utf_8_can_hold() -> None:
    (document,) = _documents(_json({"url": "https://example.org/\ud800a\x00"}))
    assert document.url == "https://example.org/a"


def test_a_bad_link_gives_way_to_the_guid() -> None:
    body = _rss("<link>javascript:x</link><guid>https://example.org/g</guid>")
    assert [document.url for document in _documents(body)] == ["https://example.org/g"]
