"""What a page states of its dates, in its own words, and how far a guess goes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedlake.transforms.extract.html_page import read_page
from feedlake.transforms.extract.page_fields import Metadata

TEXT = "<p>The council had promised new planks for years, and two carpenters lay them now.</p>" * 9


def metadata_of(*, head: str = "", byline: str = "", url: str | None = None) -> Metadata:
    html = (
        f"<html><head><title>The pier is mended</title>{head}</head><body><article>"
        f"<h1>The pier is mended</h1>{byline}{TEXT}</article></body></html>"
    )
    page = read_page(html, url=url)
    assert page is not None
    return page.metadata


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


NINE = datetime(2026, 2, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("2026-02-01T09:00:00+01:00", NINE),
        ("2026-02-01 03:00:00 EST", NINE),
        ("1987-02-26T09:00:00Z", datetime(1987, 2, 26, 9, tzinfo=UTC)),
    ],
)
def test_words_of_a_page_are_kept_with_their_zone(words, moment):
    found = metadata_of(head=meta("article:published_time", words))

    assert (found.published_at, found.published_text) == (moment, words)
    assert found.date_source == "page"


@pytest.mark.parametrize(
    "words", ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00", "1900-01-01", "soon", "2026-02"]
)
def test_words_that_name_no_day_are_kept_too(words):
    found = metadata_of(head=meta("article:published_time", words))

    assert (found.published_at, found.published_text) == (None, words)


def test_the_next_statement_counts_where_the_first_is_a_placeholder():
    first = meta("article:published_time", "1970-01-01T01:00:00+01:00")
    second = meta("parsely-pub-date", "2026-02-01T08:00:00Z")

    assert metadata_of(head=first + second).published_at == NINE


@pytest.mark.parametrize("name", ["article:modified_time", "og:updated_time", "dateModified"])
def test_change_is_no_publication(name):
    found = metadata_of(head=meta(name, "2026-02-01T08:00:00Z"))

    assert (found.published_at, found.updated_at) == (None, NINE)


@pytest.mark.parametrize(
    "byline",
    [
        'Published <time datetime="2026-02-01T08:00:00Z">1 Feb</time>, '
        'updated <time datetime="2026-02-09T08:00:00Z">9 Feb</time>',
        '<time class="entry-date published" datetime="2026-02-01T08:00:00Z">1 Feb</time>'
        '<time class="updated" datetime="2026-02-09T08:00:00Z">9 Feb</time>',
        '<time datetime="Sun Feb 01 2026 08:00:00 GMT+0000">1 Feb</time>'
        "<span>Aktualisiert: </span>"
        '<time class="modified" datetime="2026-02-09T08:00:00Z">9.2.</time>',
    ],
)
def test_times_of_publication_and_change_stand_side_by_side(byline):
    found = metadata_of(byline=f"<div>{byline}</div>")

    assert (found.published_at, found.date_source) == (NINE, "page")
    assert found.updated_at == datetime(2026, 2, 9, 8, tzinfo=UTC)


def test_times_of_several_days_are_of_a_list():
    times = "".join(
        f'<time datetime="2026-02-0{day}T08:00:00Z">{day} Feb</time>' for day in (1, 2, 3)
    )

    assert metadata_of(byline=f"<div>{times}</div>").published_at is None


PROSE = (
    "<p>The council had promised new planks for years, two carpenters lay them now, and the mayor "
    "says that nobody has to walk around the harbour any more from the first of the month on.</p>"
)
DAY = '<time datetime="2026-02-01T08:00:00Z">1 February 2026</time>'


@pytest.mark.parametrize(
    ("byline", "behind"),
    [
        (f"<p>By Ann Lee</p>{DAY}", ""),
        (f"<aside class=post-meta>{DAY}</aside>", ""),
        (f"<header><div><a href=/a/lee>Ann Lee of the Harbour Times</a></div></header>{DAY}", ""),
        ("", f"<footer>Posted by <a href=/a>Ann Lee</a> on {DAY} in <a href=/b>Town</a></footer>"),
        ("", f'<div class="entry-date">{DAY}</div>'),
    ],
)
def test_time_in_the_byline_or_the_signature_is_the_articles(byline, behind):
    html = f"<article><h1>The pier is mended</h1>{byline}{PROSE * 9}{behind}</article>"

    assert dates_of(html) == (NINE, "page")


@pytest.mark.parametrize(
    ("byline", "behind"),
    [
        ("", f"<div class=responses><article><b>Joe</b> {DAY}<p>Well done</p></article></div>"),
        ("", f"<aside><h2>Related</h2><ul><li>{DAY} <a href=/x>Ferry sinks</a></li></ul></aside>"),
        ("", f"<div><h3>Read next</h3><div><a href=/x>Ferry sinks</a>{DAY}</div></div>"),
        (
            "",
            f"<p>It began on {DAY} when the council met for a long evening in the hall.</p>",
        ),
        (
            f"<p>It all began on {DAY}, when the council met for a long talk in the old hall.</p>",
            "",
        ),
        ("<p>When: 1 February 2026</p>", ""),
        ("<p>Offer ends 1 February 2026</p>", ""),
    ],
)
def test_time_of_something_else_is_no_publication(byline, behind):
    html = f"<article><h1>The pier is mended</h1>{byline}{PROSE * 9}</article>{behind}"

    assert dates_of(html)[0] is None


def test_the_day_of_which_a_story_says_it_is_counts_as_its_own():
    byline = "<p>Stand: 07.03.2026, 18:04 Uhr</p>"
    html = f"<article><h1>The pier is mended</h1>{byline}{PROSE * 9}</article>"

    assert dates_of(html) == (datetime(2026, 3, 7, tzinfo=UTC), "guess")


def dates_of(body: str) -> tuple[datetime | None, str]:
    page = read_page(
        f"<html><head><title>The pier is mended</title></head><body><main>{body}</main></body>"
        "</html>",
        url=None,
    )
    assert page is not None
    return page.metadata.published_at, page.metadata.date_source


def test_guess_says_that_it_is_one():
    guessed = metadata_of(byline="<p>Published 1 February 2026</p>")
    in_address = metadata_of(
        byline="<p>Published 1 February 2026</p>", url="https://a.example/2026/02/03/pier"
    )

    assert (guessed.published_at, guessed.date_source) == (
        datetime(2026, 2, 1, tzinfo=UTC),
        "guess",
    )
    assert guessed.published_text is None
    assert (in_address.published_at, in_address.date_source) == (
        datetime(2026, 2, 3, tzinfo=UTC),
        "url",
    )


@pytest.mark.parametrize("name", ["date", "DC.date", "pub_date", "dateCreated"])
def test_plain_names_of_dates_are_statements(name):
    found = metadata_of(head=f'<meta name="{name}" content="2026-02-01T08:00:00Z">')

    assert (found.published_at, found.date_source) == (NINE, "page")


@pytest.mark.parametrize(
    "name",
    [
        *("article:first_published_time", "article_published_time", "og:article:published_time"),
        *(
            "og:publish_date",
            "bt:pubDate",
            "cXenseParse:recs:publishtime",
            "cXenseParse:PublishTime",
        ),
        *(
            "DC.date.issued",
            "dcterms.issued",
            "DCSext.articleFirstPublished",
            "rnews:datePublished",
        ),
        *("analyticsAttributes.articleDate", "article_date_original", "content:publishDate"),
        *("published_at", "PublishedDate", "original-publication-date", "prism.publicationDate"),
        *("citation_online_date", "sailthru.date", "og:regDate", "displaydate", "DC.Date.Created"),
        *("harbour-times:published_time",),
    ],
)
@pytest.mark.parametrize("attribute", ["name", "property", "http-equiv"])
def test_names_of_publication_are_known_behind_any_prefix(name, attribute):
    found = metadata_of(head=f'<meta {attribute}="{name}" content="2026-02-01T08:00:00Z">')

    assert (found.published_at, found.date_source) == (NINE, "page")
    assert found.updated_at is None


@pytest.mark.parametrize(
    "name",
    [
        *("article:modified", "article_date_updated", "bt:modDate", "last-modified", "dc.modified"),
        *("og:article:modified_time", "cXenseParse:modified_time", "date.updated", "revised"),
        *("last_updated_date", "lastmod", "DC.date.modified", "eomportal-lastUpdate"),
    ],
)
def test_names_of_a_change_are_no_publication(name):
    found = metadata_of(head=f'<meta name="{name}" content="2026-02-01T08:00:00Z">')

    assert (found.published_at, found.published_text, found.updated_at) == (None, None, NINE)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "expires",
            "article:expiration_time",
            "video:release_date",
            "event:date",
            "comment:published",
        ),
        *("lastreviewed", "uploadDate", "copyright", "startDate", "user:created_at", "publisher"),
    ],
)
def test_dates_of_other_things_are_none(name):
    found = metadata_of(head=f'<meta name="{name}" content="2026-02-01T08:00:00Z">')

    assert (found.published_at, found.published_text, found.updated_at) == (None, None, None)


def test_publication_comes_before_the_making_of_the_page():
    found = metadata_of(
        head=meta("dcterms.created", "2026-01-20T08:00:00Z")
        + meta("date", "2026-03-20T08:00:00Z")
        + meta("bt:pubDate", "2026-02-01T08:00:00Z")
    )

    assert found.published_at == NINE


@pytest.mark.parametrize(
    "element",
    [
        '<span itemprop="datePublished dateCreated" content="2026-02-01T08:00:00Z">today</span>',
        '<abbr itemprop="datePublished" title="2026-02-01T08:00:00Z">Sunday</abbr>',
        '<abbr class="published" title="2026-02-01T09:00:00+01:00">Sunday</abbr>',
        '<span itemprop="datePublished">1 February 2026 08:00 UTC</span>',
        '<span property="dc:date dc:created" content="2026-02-01T08:00:00+00:00">Sunday</span>',
        '<div typeof="schema:NewsArticle"><span property="schema:dateCreated" '
        'content="2026-02-01T08:00:00Z"></span></div>',
        '<relative-time datetime="2026-02-01T08:00:00Z">on Sunday</relative-time>',
    ],
)
def test_properties_in_the_body_state_the_date(element):
    found = metadata_of(byline=f"<div>{element}</div>")

    assert (found.published_at, found.date_source) == (NINE, "page")


@pytest.mark.parametrize(
    "comment",
    [
        '<div typeof="sioc:Post sioct:Comment"><span property="dc:date dc:created" '
        'content="2026-02-01T08:00:00Z"></span></div>',
        '<div itemscope itemtype="https://schema.org/Comment"><span itemprop="dateCreated" '
        'content="2026-02-01T08:00:00Z"></span></div>',
    ],
)
def test_properties_of_a_comment_state_no_date_of_the_article(comment):
    assert metadata_of(byline=comment).published_at is None


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("01.02.2026", datetime(2026, 2, 1, tzinfo=UTC)),
        ("1. Februar 2026", datetime(2026, 2, 1, tzinfo=UTC)),
        ("25/02/2026", datetime(2026, 2, 25, tzinfo=UTC)),
        ("03/09/2026", None),
        ("3/9/2026 10:00", None),
        ("February 2026", None),
        ("2026", None),
        ("vor 3 Tagen", None),
    ],
)
def test_statement_in_words_counts_if_it_can_be_read_in_one_way(words, day):
    found = metadata_of(head=meta("article:published_time", words))

    assert (found.published_at, found.published_text) == (day, words)
