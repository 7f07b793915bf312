"""What a body is told to be."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import Any

import pytest

from feedlake.transforms.poll.interpret import Interpretation, InterpretOptions, interpret
from feedlake.transforms.records.polls import Child

OPTIONS = InterpretOptions(3, datetime(2026, 11, 1, tzinfo=UTC), 1 << 16)
RSS = b"<rss><channel><title>T</title><item><title>a</title><link>/1</link></item></channel></rss>"


def read(body: bytes, *, url: str = "https://a.org/x", **more: Any) -> Interpretation:
    arguments = {"source": url, "charset": None, "content_type": "", "headers": {}} | more
    return interpret(body, url=url, options=OPTIONS, **arguments)


@pytest.mark.parametrize(
    "body",
    [
        RSS,
        gzip.compress(RSS, mtime=0),
        b"\xef\xbb\xbf\n " + RSS,
        RSS.decode().encode("utf-16"),
        b"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title>"
        b"<entry><title>a</title><link href='/1'/></entry></feed>",
        b'{"version": "https://jsonfeed.org/version/1", "title": "T", '
        b'"items": [{"id": 1, "title": "a", "url": "https://a.org/1"}]}',
    ],
)
def test_feeds_are_told_by_their_bytes(body):
    found = read(body, url="https://a.org/feed.html", content_type="text/html")
    assert (found.kind, found.title, found.error) == ("feed", "T", None)
    assert [(e.url, e.title) for e in found.entries] == [("https://a.org/1", "a")]
    assert len(found.fingerprints) == 1


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"Fatal error in feed.php", "not_a_feed"),
        (b"%PDF-1.5", "content_type"),
        (b"\x89PNG\r\n\x1a\n", "content_type"),
        (bytes(range(256)) * 9, "content_type"),
        (b'{"a": 1}', "content_type"),
        (b"<?xml version='1.0'?><note/>", "content_type"),
        (gzip.compress(RSS, mtime=0)[:40], "corrupt"),
        (gzip.compress(bytes(1 << 20), mtime=0), "too_large"),
        (b"<html><title>Just a moment...</title><body>Enable JavaScript and cookies to continue"
         b"<script src='/cdn-cgi/challenge-platform/h/b'></script>", "challenge"),
    ],
)  # fmt: skip
def test_what_is_nothing_says_why(body, error):
    found = read(body, url="https://a.org/feed.xml", content_type="application/rss+xml")
    assert (found.kind, found.entries, found.children, found.error) == (None, (), (), error)
    assert found.detail


def test_more_entries_than_wanted_are_counted():
    found = read(RSS.replace(b"<item>", b"<item><title>b</title></item>" * 4 + b"<item>"))
    assert (len(found.entries), found.left_out) == (3, 2)


def test_a_feed_that_only_the_link_header_names_is_found():
    header = '</s.css>; rel=preload, </news/all.atom>; rel="alternate"; type="application/atom+xml"'
    found = read(
        b"<!doctype html><html><title>T</title><base href='/x/'><body><h1>Works</h1></html>",
        url="https://a.org/",
        content_type="text/html",
        headers={"link": header},
    )
    assert (found.kind, found.children) == (
        "site",
        (Child("https://a.org/news/all.atom", is_feed=True),),
    )


def test_newsboats_list_leads_to_feeds_with_tags():
    body = b'https://a.org/f "the sea"\n"query:Unread:unread"\nhttps://b.org/f\n'
    found = read(body, content_type="text/plain")
    assert found.children == (Child("https://a.org/f", ("the sea",)), Child("https://b.org/f"))
    assert found.detail is not None
    assert "line 2 (a search in other feeds)" in found.detail


def test_lists_lead_to_their_addresses():
    opml = (
        b"<opml><body><outline text='N'><outline type='rss' xmlUrl='f'/></outline>"
        b"<outline type='include' url='https://u:p@b.org/o'/></body></opml>"
    )
    found = read(opml)
    assert (found.kind, found.children) == (
        "opml",
        (Child("https://a.org/f", ("N",), is_feed=True), Child("https://b.org/o")),
    )
    found = read(b"# x\nhttps://a.org/f\n", content_type="text/plain")
    assert (found.kind, found.children) == ("opml", (Child("https://a.org/f"),))


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (
            b"https://a.org/f\nhttps://b.org/f\nwww.c.org/f\n",
            "line 3: must be an http(s) address: www.c.org/f",
        ),
        (
            b"<opml><body><outline xmlUrl='https://a.org/f'/><outline xmlUrl='htt",
            "the list ends before </opml>; it has been cut off",
        ),
    ],
)
def test_a_list_that_is_wrong_leads_nowhere_and_is_no_page(body, detail):
    for content_type in ("text/plain", "text/html", ""):
        found = read(body, content_type=content_type)
        assert (found.kind, found.entries, found.children) == (None, (), ())
        assert (found.error, found.detail) == ("bad_list", detail)


def test_a_front_page_leads_to_its_feeds_and_others_are_pages():
    link = b"<link rel=alternate type='application/rss+xml' href='/f%d'>"
    head = b"<html><head>" + b"".join(link % number for number in range(5))
    found = read(head, url="https://a.org/")
    assert (found.kind, [child.url for child in found.children]) == (
        "site",
        ["https://a.org/f0", "https://a.org/f1", "https://a.org/f2"],
    )
    bare = read(b"<html><title>Town</title><p>Hello", url="https://a.org/")
    assert (bare.kind, bare.is_bare_site) == ("site", True)
    article = head + b"<meta property='og:type' content='article'></head><body>" + b"<p>Long" * 9
    found = read(article, url="https://a.org/story")
    assert (found.kind, found.children, [e.url for e in found.entries]) == (
        "page",
        (),
        ["https://a.org/story"],
    )


def test_a_plain_text_is_a_page_if_it_says_so():
    found = read(b"The ferry left at noon.", content_type="text/plain", charset="utf-8")
    assert (found.kind, [e.body for e in found.entries]) == ("page", ["The ferry left at noon."])


def test_a_page_without_a_root_is_one_if_it_is_declared():
    front = b"<link rel=alternate type='application/rss+xml' href='/f'><p>Hello"
    found = read(front, url="https://a.org/", content_type="text/html")
    assert (found.kind, found.children) == ("site", (Child("https://a.org/f", is_feed=True),))
    assert read(front, content_type="text/xml").error == "not_a_feed"


def test_a_cut_feed_says_so():
    found = read(RSS[: RSS.index(b"</link>")])
    assert (found.kind, found.error, len(found.entries)) == ("feed", "corrupt_feed", 1)


def test_halves_of_characters_are_no_fault():
    body = b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": "\\ud800", '
    found = read(body + b'"content_text": "\\udfff", "title": "\\ud800"}]}')
    assert (found.kind, len(found.fingerprints)) == ("feed", 1)


def test_sitemaps_and_their_indexes():
    urls = "".join(
        f"<url><loc>https://a.org/{n}</loc><lastmod>2026-11-{n:02d}</lastmod></url>"
        for n in range(1, 6)
    )
    old = "<url><loc>https://a.org/old</loc><lastmod>2020-01-01</lastmod></url>"
    found = read(gzip.compress(f"<urlset>{urls}{old}</urlset>".encode()))
    assert (found.kind, found.left_out) == ("sitemap", 3)
    assert [e.url for e in found.entries] == [f"https://a.org/{n}" for n in (5, 4, 3)]
    found = read(b"<sitemapindex><sitemap><loc>/s.xml</loc></sitemap></sitemapindex>")
    assert (found.kind, found.children) == ("sitemap", (Child("https://a.org/s.xml"),))
