"""Which feeds a page names, and which pages are articles. All pages here are invented."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.extract.library_calls import ExtractorError
from feedlake.transforms.poll.autodiscovery import (
    MAX_FEEDS,
    WELL_KNOWN_PATHS,
    FeedLink,
    find_feeds,
    is_article,
)

BASE = "https://www.example.org/news/"
PROSE = "<p>" + "The ferry left at noon and the whole town waved from the pier. " * 4 + "</p>"
TEASER = '<div><h2><a href="/{0}">Story number {0}</a></h2><p>The ferry left at noon.</p></div>'
TEASERS = "".join(TEASER.format(n) for n in range(30))


def _find(markup: str, base_url: str = BASE) -> list[str]:
    return [link.url for link in find_feeds(f"<html>{markup}</html>", base_url=base_url)]


@pytest.mark.parametrize(
    ("markup", "kind"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="{}">', "rss"),
        ('<link rel="alternate" type="application/atom+xml" href="{}">', "atom"),
        ('<link rel="alternate" type="application/feed+json" href="{}">', "json"),
        ("<LINK REL='Alternate home' TYPE='Application/RSS+XML; charset=utf-8' HREF='{}'/>", "rss"),
        ("<link href={} type=application/rss+xml rel=alternate>", "rss"),
        ('<link rel="alternate" type="application/rss xml" href="{}">', "rss"),
        ('<link rel="alternate" type="text/rss" href="{}">', "rss"),
        ('<link rel="alternate" type="application/x.atom+xml" href=" {} ">', "atom"),
        ('<link rel="alternate" type="text/xml" href="{}">', "unknown"),
        ('<link rel="alternate" type="application/rdf+xml" href="{}">', "rss"),
        ('<link rel="alternate" href="{}">', "unknown"),
        ('<link rel="feed" href="{}">', "unknown"),
        ('<link rel="feed" type="application/atom+xml" href="{}">', "atom"),
        ('<link rel="rss" type="application/rss+xml" href="{}">', "rss"),
        ('<link type="application/rss+xml" href="{}">', "rss"),
        ('<a rel="alternate" type="application/rss+xml" href="{}">Feed</a>', "rss"),
        ('<body><p><link rel="alternate" type="application/rss+xml" href="{}">', "rss"),
    ],
)
def test_spellings_of_a_declared_feed(markup: str, kind: str) -> None:
    html = f"<html><head>{markup.format('/x/feed')}</head></html>"
    (link,) = find_feeds(html, base_url=BASE)
    assert link.url == "https://www.example.org/x/feed"
    assert (link.kind, link.is_declared) == (kind, True)


@pytest.mark.parametrize(
    "markup",
    [
        '<link rel="alternate" hreflang="de" href="https://www.example.org/de/">',
        '<link rel="alternate" hreflang="de" href="https://www.example.org/de/feed">',
        '<link rel="alternate" type="text/html" href="/feed">',
        '<link rel="alternate" type="application/json+oembed" href="/feed?x">',
        '<link rel="alternate" type="text/xml+oembed" href="/oembed.xml">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/posts/1">',
        '<link rel="alternate" type="application/json" href="/api/page.json">',
        '<link rel="alternate" type="application/activity+json" href="/@a">',
        '<link rel="alternate stylesheet" type="application/rss+xml" href="/rss.css">',
        '<link rel="stylesheet" href="/feed.xml">',
        '<link rel="search" type="application/opensearchdescription+xml" href="/search.xml">',
        '<link rel="EditURI" type="application/rsd+xml" href="/xmlrpc.php?rsd">',
        '<link rel="service.post" type="application/atom+xml" href="/feeds/1">',
        '<link rel="alternate" type="application/atom+xml;type=entry" href="/1.atom">',
        '<link rel="alternate" type="application/rss+xml">',
        '<link rel="alternate" type="application/rss+xml" href="">',
        '<link rel="alternate" type="application/rss+xml" href="#feed">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
        '<link rel="alternate" type="application/rss+xml" href="ftp://example.org/feed">',
        '<link rel="alternate" type="application/rss+xml" href="http://[bad/feed">',
        f'<link rel="alternate" type="application/rss+xml" href="{BASE}#x">',
        '<!-- <link rel="alternate" type="application/rss+xml" href="/feed"> -->',
        '<script>"<link rel=alternate type=application/rss+xml href=/feed>"</script>',
        '<a href="/sitemap.xml">Map</a><a href="/feedback">Say</a><a href="/feeding">Birds</a>',
        '<a href="/rss/how-to-read.html">What is RSS?</a><a href="/story-atom.jpg">x</a>',
        '<a href="https://other.example/feed">Another site</a>',
        "",
    ],
)
def test_other_links_are_no_feeds(markup: str) -> None:
    assert _find(markup) == []


@pytest.mark.parametrize(
    "href",
    [
        *(
            "/feed",
            "/feed/",
            "/world/feed/",
            "/rss",
            "rss.xml",
            "/atom.xml",
            "/news.rss",
            "/x.atom",
        ),
        *("/index.rdf", "/feed.json", "/index.xml?full=1", "/?feed=rss2", "/?a=1&format=feed"),
        *("/feeds/posts/default", "/rss/world", "/rss.php?cat=1", "feed"),
        *("https://rss.example.org/world", "http://example.org/feed", "feed://example.org/all"),
    ],
)
def test_links_that_look_like_feeds_are_weaker_finds(href: str) -> None:
    declared = '<link rel="alternate" type="application/rss+xml" href="https://f.example/main">'
    (alone,) = find_feeds(f'<a href="{href}">News <b>feed</b></a>', base_url=BASE)
    first, second = _find(f'<a href="{href}">x</a>{declared}')

    assert (alone.title, alone.is_declared) == ("News feed", False)
    assert (first, second) == ("https://f.example/main", alone.url)


def test_a_feed_on_a_site_named_feed_is_told_from_its_pages() -> None:
    links = '<a href="/story-1">One</a><a href="https://feed.me/about">x</a><a href="/rss">RSS</a>'
    assert _find(links, "https://feed.me/") == ["https://feed.me/rss"]


def test_links_are_relative_to_the_base_element() -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="all.xml">'
    assert _find(f'<head><base href="/feeds/">{link}') == ["https://www.example.org/feeds/all.xml"]
    assert _find(f'<head><base href="https://cdn.example/">{link}') == [
        "https://cdn.example/all.xml"
    ]
    assert _find(f'<head><base href="javascript:x">{link}') == [f"{BASE}all.xml"]


def test_each_feed_comes_once_with_the_title_that_any_place_gives() -> None:
    html = (
        '<a href="/feed">All news</a>'
        '<link rel="alternate" type="application/rss+xml" href="https://www.example.org/feed">'
        '<link rel="alternate" type="application/rss+xml" href="http://example.org/feed/">'
    )
    assert find_feeds(html, base_url=BASE) == (
        FeedLink("https://www.example.org/feed", title="All news", kind="rss", is_declared=True),
    )


def test_the_whole_sites_feed_goes_before_those_of_its_parts() -> None:
    hrefs = ("/category/sea/feed", "/author/ann/feed", "/feed", "/world/feed", "/tag/x/feed")
    links = "".join(f'<link rel=alternate type=application/rss+xml href="{h}">' for h in hrefs)
    found = [url.removeprefix("https://www.example.org") for url in _find(links)]
    assert found == [
        "/feed",
        "/world/feed",
        "/category/sea/feed",
        "/author/ann/feed",
        "/tag/x/feed",
    ]


@pytest.mark.parametrize(
    ("href", "title"),
    [
        ("/comments/feed/", ""),
        ("/?feed=comments-rss2", ""),
        ("/2024/03/05/ferry/feed/", "Harbour » Ferry Comments Feed"),
        ("/x/feed/", "Hafen » Kommentar-Feed"),
        ("/x/feed/", "Port » Flux des commentaires"),
        ("/x/feed/", "Порт » Лента комментариев"),
    ],
)
def test_feeds_of_comments_are_left_out_if_there_is_another(href: str, title: str) -> None:
    comments = f'<link rel=alternate type=application/rss+xml href="{href}" title="{title}">'
    main = '<link rel=alternate type=application/rss+xml href="/feed/" title="Harbour » Feed">'

    assert _find(comments + main) == ["https://www.example.org/feed/"]
    assert _find(comments) == [f"https://www.example.org{href}"]


@pytest.mark.parametrize("title", ["Comment is free", "Kommentare", "Commenti", "Commentary"])
def test_feeds_of_opinion_are_no_feeds_of_comments(title: str) -> None:
    opinion = f'<link rel=alternate type=application/rss+xml href="/opinion/feed" title="{title}">'
    assert len(_find(f'{opinion}<a href="/feed">x</a>')) == 2


def test_the_number_of_feeds_is_bounded() -> None:
    assert len(_find("".join(f'<a href="/{n}.rss">x</a>' for n in range(1_000)))) == MAX_FEEDS


def test_well_known_paths_are_few_and_look_like_feeds() -> None:
    assert len(WELL_KNOWN_PATHS) <= 8
    assert len(_find("".join(f'<a href="{path}">x</a>' for path in WELL_KNOWN_PATHS))) == len(
        WELL_KNOWN_PATHS
    )


@pytest.mark.parametrize("html", ["", " ", "\x00", "<", "plain", "<!-- -->", "\ud800", "<html/>"])
def test_pages_without_links_have_no_feeds_and_are_no_articles(html: str) -> None:
    assert find_feeds(html, base_url=BASE) == ()
    assert not is_article(html)


def _page(head: str, body: str = "", title: str = "Ferry leaves on time | Harbour") -> str:
    return f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


def _ld(*nodes: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(nodes)}</script>'


def _meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


ARTICLE = {"@type": "NewsArticle", "headline": "Ferry leaves on time"}
WEBSITE = _meta("og:type", "website")
OG_ARTICLE = _meta("og:type", "article")
PUBLISHED = _meta("article:published_time", "2024-03-05T10:00:00Z")
ROOT = '<link rel="canonical" href="https://www.example.org/">'
ITEM = '<div itemscope itemtype="https://schema.org/NewsArticle">{}</div>'


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (OG_ARTICLE, ""),
        (OG_ARTICLE, PROSE * 4 + TEASERS),
        (OG_ARTICLE + PUBLISHED, TEASERS),
        (PUBLISHED, PROSE),
        (_ld(ARTICLE), ""),
        (_ld(ARTICLE) + WEBSITE, PROSE),
        (_ld(ARTICLE), TEASERS),
        (_ld(ARTICLE) + ROOT, PROSE),  # A common fault.
        (_ld({"@graph": [{"@type": "WebSite", "name": "Harbour"}, ARTICLE]}), ""),
        (_ld({"@type": "WebPage", "mainEntity": ARTICLE}), ""),
        (_ld({"@type": ["Article", "BlogPosting"], "headline": "Ferry leaves on time"}), ""),
        (_ld({"@type": "ReportageNewsArticle", "headline": "Ferry leaves"}), ""),
        (_ld(ARTICLE, {"@type": "NewsArticle", "headline": "Another story altogether"}), ""),
        (_ld({"@type": "Article", "headline": "Put otherwise than above"}), PROSE),
        ("", ITEM.format(PROSE)),
        ("", ITEM.format(f'<div itemprop="articleBody">{PROSE}</div>') + ITEM.format("x") * 5),
        ("", PROSE * 4),
    ],
)
def test_pages_of_one_article(head: str, body: str) -> None:
    assert is_article(_page(head, body))


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", TEASERS),
        (WEBSITE, TEASERS),
        (WEBSITE, PROSE * 4),
        (OG_ARTICLE, TEASERS),  # What some systems say of every page.
        (PUBLISHED, TEASERS),
        (ROOT + OG_ARTICLE, PROSE * 4),
        ('<link rel="canonical" href="/">', PROSE * 4),
        (_meta("og:url", "https://www.example.org/?utm_source=x") + PUBLISHED, PROSE),
        (ROOT + WEBSITE + _ld(ARTICLE), PROSE),
        (WEBSITE + _ld(ARTICLE), TEASERS),
        (_ld({"@type": "CollectionPage"}) + OG_ARTICLE, PROSE * 4),
        (_ld({"@type": "WebPage", "mainEntity": {"@type": "ItemList"}}), PROSE * 4),
        (_ld({"@type": "https://schema.org/SearchResultsPage"}), PROSE * 4),
        (_ld(*[{"@type": "NewsArticle", "headline": f"Other story {n}"} for n in "abc"]), TEASERS),
        (WEBSITE + _ld({"@type": "NewsArticle", "headline": "Today's top story"}), TEASERS),
        ("", ITEM.format(TEASER) * 20),
        ("", ITEM.format(PROSE * 4) * 5),
        ("", f"<div>{PROSE * 4}</div>" * 5),  # A front that shows whole posts.
        ("", "<ul>" + '<li><a href="/x">A story</a></li>' * 100 + "</ul>"),
        ("", "<p><a href='/x'>" + "A long text that is nothing but one link. " * 40 + "</a></p>"),
        (_ld("x", 1, None, {"@type": None}, {"@type": "Organization"}), TEASERS),
        ('<script type="application/ld+json">{"@type": </script>', TEASERS),
    ],
)
def test_fronts_of_sites_and_sections_are_no_articles(head: str, body: str) -> None:
    assert not is_article(_page(head, body))


@pytest.mark.parametrize(
    "unit",
    [
        *("<p><object>", "<div>", '<a href="/feed/x">', "<h2>", "<p>x<a>", "<base href='//"),
        '<link rel="alternate" type="application/rss+xml" href="/feed',
        f'<a href="{"/feeds/" * 1_000}">',
        '<script type="application/ld+json">{"@type": "Article"}</script>',
    ],
)
def test_depth_and_width_take_proportional_time(unit: str) -> None:
    html = unit * (500_000 // len(unit))
    start = time.process_time()
    find_feeds(html, base_url=BASE)
    is_article(html)
    assert time.process_time() - start < 10


@given(st.text() | st.text().map(lambda text: f'<link rel="alternate" type="rss" href="{text}">'))
def test_any_page_gives_absolute_addresses_or_none(html: str) -> None:
    try:
        found = find_feeds(html, base_url=BASE)
        is_article(html)
    except ExtractorError:
        return
    assert all(link.url.lower().startswith(("http://", "https://")) for link in found)


def test_feeds_of_the_link_header_come_with_those_of_the_page() -> None:
    page = '<link rel="alternate" type="application/rss+xml" href="/rss">'
    header = (
        '</comments/feed>; rel=alternate; type=application/rss+xml, </rss>; rel="alternate"; '
        'type="application/rss+xml"; title="News", <feed.json>; rel=feed, '
        '</old>; rel=alternate; type=application/rss+xml; anchor="/other", </wp-json/>; rel=api'
    )
    found = find_feeds(page, base_url="https://a.example/x/y", link_header=header)
    assert [(link.url, link.title, link.kind) for link in found] == [
        ("https://a.example/rss", "News", "rss"),
        ("https://a.example/x/feed.json", None, "json"),
    ]
    assert [link.url for link in find_feeds("", base_url="https://a.example/", link_header=header)]
