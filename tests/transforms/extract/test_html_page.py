"""What a page says of itself, and what it only seems to say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedlake.transforms.extract.html_page import read_page
from feedlake.transforms.extract.library_calls import ExtractorError
from feedlake.transforms.extract.page_fields import Metadata, Page

ADDRESS = "https://www.harbour-times.example/pier/opening"
SITE = "https://www.harbour-times.example/"
PARAGRAPHS = (
    "The harbour council opened the new pier on Tuesday after two years of work and one storm.",
    "Fishermen had asked for it since the old one was closed, and paid a part of it themselves.",
    "A ferry to the islands will stop there from May on, twice a day and three times on Sundays.",
)
TEXT = "\n\n".join(PARAGRAPHS)
MAIN = "<article>" + "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS) + "</article>"


def page_of(head: str = "", *, body: str = "", html_attributes: str = "") -> str:
    root = f"<!DOCTYPE html><html {html_attributes}>"
    return f"{root}<head>{head}</head><body>{body}{MAIN}</body></html>"


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


def read(
    head: str = "", *, body: str = "", url: str | None = None, html_attributes: str = ""
) -> Metadata:
    page = read_page(page_of(head, body=body, html_attributes=html_attributes), url=url)
    assert page is not None
    assert page.text is not None
    return page.metadata


def test_a_page_that_says_everything_is_read_whole() -> None:
    head = f"""
        <title>New pier opens | Harbour Times</title>
        <link rel="canonical" href="{ADDRESS}">
        <meta property="og:title" content="New pier opens | Harbour Times">
        <meta property="og:site_name" content="Harbour Times">
        <meta property="og:description" content="After two years, the pier is open.">
        <meta property="og:image" content="/pier.jpg">
        <meta property="article:section" content="Town">
        <meta property="article:tag" content="harbour">
        <meta property="article:tag" content="pier">
        <script type="application/ld+json">{{"@type": "NewsArticle", "headline": "New pier opens",
            "datePublished": "2024-03-05T00:30:00+01:00", "dateModified": "2024-03-05T09:00:00Z",
            "author": [{{"@type": "Person", "name": "Ann Lee"}}]}}</script>"""

    page = read_page(page_of(head, html_attributes='lang="en-GB"'), url=None)

    assert page == Page(
        text=TEXT,
        claims=(ADDRESS,),
        metadata=Metadata(
            title="New pier opens",
            authors=("Ann Lee",),
            site_name="Harbour Times",
            tags=("Town", "harbour", "pier"),
            image_url="https://www.harbour-times.example/pier.jpg",
            excerpt="After two years, the pier is open.",
            language="en-GB",
            published_at=datetime(2024, 3, 4, 23, 30, tzinfo=UTC),
            published_text="2024-03-05T00:30:00+01:00",
            date_source="page",
            updated_at=datetime(2024, 3, 5, 9, 0, tzinfo=UTC),
        ),
    )


def test_a_page_that_says_nothing_has_nothing_but_its_text() -> None:
    assert read_page(page_of(), url=None) == Page(TEXT, (), Metadata())


@pytest.mark.parametrize(
    ("head", "url", "claims"),
    [
        (f'<link rel="canonical" href="{ADDRESS}">', None, [ADDRESS]),
        ('<LINK REL="Canonical nofollow" HREF="/pier/opening">', f"{ADDRESS}?page=2", [ADDRESS]),
        (f'<meta property="og:url" content="{ADDRESS}">', None, [ADDRESS]),
        ('<link rel="canonical" href="/">' + meta("og:url", ADDRESS), ADDRESS, [SITE, ADDRESS]),
        ('<link rel="canonical" href="/pier/opening">', None, []),
        ('<link rel="canonical" href="javascript:void(0)">', None, []),
        ('<link rel="canonical" href="http://[::1">', None, []),
        ('<link rel="canonical">', None, []),
        (f'<link rel="amphtml" href="{ADDRESS}">', None, []),
    ],
)
def test_the_claims_are_the_addresses_that_the_page_names_as_its_own(
    head: str, url: str | None, claims: list[str]
) -> None:
    page = read_page(page_of(head), url=url)

    assert page is not None
    assert list(page.claims) == claims


@pytest.mark.parametrize(
    "comment",
    [
        f"<!-- saved from url=(0046){ADDRESS} -->",
        f"<!--\n Page saved with SingleFile \n url: {ADDRESS} \n saved date: Mon -->",
        f"<!-- Mirrored from {ADDRESS} by HTTrack Website Copier -->",
    ],
)
def test_a_saved_page_names_its_address_in_a_comment(comment: str) -> None:
    page = read_page(f"{comment}\n{page_of()}", url=None)

    assert page is not None
    assert (page.saved_from, page.claims) == (ADDRESS, ())


@pytest.mark.parametrize("address", ["about:internet", "file:///C:/pier.html", "http://localhost/"])
def test_a_place_on_the_savers_own_machine_is_no_address(address: str) -> None:
    page = read_page(f"<!-- saved from url=(0014){address} -->\n{page_of()}", url=None)

    assert page is not None
    assert page.saved_from is None


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<title>New pier opens - Harbour Times</title>", "New pier opens"),
        (meta("og:title", "New pier opens — Harbour Times"), "New pier opens"),
        (meta("og:title", "Harbour Times: New pier opens"), "New pier opens"),
        (meta("og:title", "Opinion | New pier opens"), "New pier opens"),
        (meta("og:title", "New pier opens · harbour-times.example"), "New pier opens"),
        (meta("og:title", "Harbour Times"), "New pier opens"),
        (meta("og:title", "Fish &amp;amp; chips"), "Fish &amp; chips"),
        ("", "New pier opens"),
    ],
)
def test_the_title_is_the_articles_without_the_sites_name(head: str, title: str) -> None:
    head = f'<meta property="og:site_name" content="Harbour Times">{head}'

    assert read(head, body="<h1>New pier opens</h1>", url=ADDRESS).title == title


def test_the_text_does_not_begin_with_the_title() -> None:
    html = page_of(meta("og:title", "New pier opens | Harbour Times")).replace(
        "<article>", "<article><h1>New pier opens</h1>"
    )

    page = read_page(html, url=None)

    assert page is not None
    assert page.text == TEXT


@pytest.mark.parametrize(
    ("head", "authors"),
    [
        (meta("author", "By Ann Lee and Bo Ek"), ("Ann Lee", "Bo Ek")),
        (meta("article:author", "https://social.example/annlee"), ()),
        (meta("author", "admin"), ()),
        (meta("author", "Harbour Times"), ()),
    ],
)
def test_authors_are_people(head: str, authors: tuple[str, ...]) -> None:
    assert read(head, url="https://harbourtimes.example/a/b").authors == authors


def test_a_byline_in_the_page_is_read_where_the_head_names_nobody() -> None:
    byline = '<p class="byline"><span class="author">By Ann Lee</span></p>'

    assert read(body=byline).authors == ("Ann Lee",)
    assert read(meta("author", "Bo Ek"), body=byline).authors == ("Bo Ek",)


MORNING, MIDNIGHT = datetime(2024, 3, 5, 7, 0, tzinfo=UTC), datetime(2024, 3, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "url", "moment", "date_source"),
    [
        (meta("article:published_time", "2024-03-05T08:00:00+01:00"), None, MORNING, "page"),
        (meta("pubdate", "Tue, 05 Mar 2024 08:00:00 +0100"), None, MORNING, "page"),
        (meta("pubdate", "Tue Mar 05 2024 08:00:00 GMT+0100 (CET)"), None, MORNING, "page"),
        ('<meta itemprop="datePublished" content="2024-03-05T07:00:00Z">', None, MORNING, "page"),
        (meta("pubdate", "2024-03-05"), None, MIDNIGHT, "page"),
        # A date with the time and zone beats the one without, on the same day only.
        (
            meta("article:published_time", "2024-03-05") + meta("pubdate", "2024-03-05T07:00Z"),
            None,
            MORNING,
            "page",
        ),
        (
            meta("article:published_time", "2024-03-05") + meta("pubdate", "2024-01-01T07:00Z"),
            None,
            MIDNIGHT,
            "page",
        ),
        # The day in the address may differ by a time zone; further away, the address is right.
        (
            meta("pubdate", "2024-03-05T07:00Z"),
            "https://a.example/2024/03/04/pier",
            MORNING,
            "page",
        ),
        (
            meta("pubdate", "2011-01-01T07:00Z"),
            "https://a.example/2024/03/05/pier",
            datetime(2011, 1, 1, 7, tzinfo=UTC),
            "page",
        ),
        ("", "https://a.example/2024/03/05/pier", MIDNIGHT, "url"),
        (
            meta("pubdate", "0001-01-01T00:00:00"),
            "https://a.example/2024/03/05/pier",
            MIDNIGHT,
            "url",
        ),
        (meta("pubdate", "yesterday"), None, None, "page"),
        (meta("pubdate", "1709622000"), None, MORNING, "page"),
    ],
)
def test_the_publication_date_is_a_moment_in_utc(
    head: str, url: str | None, moment: datetime | None, date_source: str
) -> None:
    found = read(head, url=url)

    assert (found.published_at, found.date_source) == (moment, date_source)


def test_dates_of_comments_and_of_other_articles_are_not_the_pages() -> None:
    def dated(kind: str, day: str) -> str:
        return (
            f'<div itemscope itemtype="https://schema.org/{kind}">'
            f'<time itemprop="datePublished" datetime="{day}T07:00:00Z"></time></div>'
        )

    comment = dated("Comment", "2024-04-01")
    article, other = dated("NewsArticle", "2024-03-05"), dated("NewsArticle", "2023-01-01")

    assert read(body=comment + article).published_at == MORNING
    # With two articles nothing is sure.
    assert read(body=article + other).published_at is None


@pytest.mark.parametrize(
    ("html_attributes", "head", "language"),
    [
        ('lang="de-AT"', "", "de-AT"),
        ('xml:lang="de"', "", "de"),
        ('lang=""', meta("og:locale", "pt_BR"), "pt_BR"),
        ('lang="x-default"', '<meta http-equiv="Content-Language" content="fr">', "fr"),
        ("", '<meta name="dc.language" content="id">', "id"),
        ("", "", None),
    ],
)
def test_the_language_is_the_declared_one(
    html_attributes: str, head: str, language: str | None
) -> None:
    assert read(head, html_attributes=html_attributes).language == language


@pytest.mark.parametrize(
    ("head", "tags"),
    [
        (meta("keywords", "pier, Harbour ,pier,,"), ("pier", "Harbour")),
        (meta("keywords", "a") + meta("news_keywords", "b;c"), ("b", "c")),
        (meta("keywords", "type_news, channel: x, paper.com, pier"), ("pier",)),
        (f'<meta name="keywords" content="{"x" * 81}">', ()),
        (meta("article:section", "Town"), ("Town",)),
    ],
)
def test_tags_are_those_meant_for_readers(head: str, tags: tuple[str, ...]) -> None:
    assert read(head).tags == tags


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (meta("og:site_name", "Harbour Times"), "Harbour Times"),
        (meta("og:site_name", "https://paper.example"), None),
        (
            meta("og:site_name", "harbourtimes") + meta("application-name", "Harbour Times"),
            "Harbour Times",
        ),
        (meta("og:site_name", "港報"), "港報"),
        ("", None),
    ],
)
def test_the_site_is_named_as_it_names_itself(head: str, name: str | None) -> None:
    assert read(head).site_name == name


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", None),
        (" \n", None),
        ("<!-- nothing -->", None),
        ("<!DOCTYPE html>", None),
        ('<?xml version="1.0" encoding="UTF-16"?>', None),
        ("<html><frameset cols='50%,*'><frame src='a.html'></frameset></html>", None),
        ("<html><head><title>Only a title</title></head><body></body></html>", None),
        (f'<?xml version="1.0" encoding="UTF-16"?>{page_of()}', TEXT),
        (f"<html><body>{page_of()}</body></html>", TEXT),
        (f'<html lang="en"/><body/>{MAIN}', TEXT),
        (MAIN, TEXT),
        (page_of().replace("opened", "ope\ud800ned"), TEXT),
        (page_of().replace("opened", "ope\x00\x0bned"), TEXT),
        (page_of().replace("opened", "ope&#0;&#xD800;ned"), TEXT),
        (page_of().replace("<p>", f'<p class="{"x" * 1_000_000}">', 1), TEXT),
    ],
)
def test_broken_html_gives_the_text_that_is_there(html: str, text: str | None) -> None:
    page = read_page(html, url=None)
    found = page.text.replace("\ufffd", "") if page is not None and page.text is not None else None

    assert found == text


def test_what_need_not_be_searched_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("feedlake.transforms.extract.library_calls.extract_title", fail)
    monkeypatch.setattr("feedlake.transforms.extract.metadata.search_authors", fail)
    monkeypatch.setattr("feedlake.transforms.extract.page_dates.guess_day", fail)

    page = read_page(page_of(), url=None, searched=frozenset())

    assert page is not None
    assert page.text == TEXT


@pytest.mark.parametrize("name", ["trafilatura.bare_extraction", "extract_title"])
@pytest.mark.parametrize("error", [RecursionError, AttributeError, AssertionError])
def test_what_a_library_raises_says_that_it_was_the_library(
    monkeypatch: pytest.MonkeyPatch, name: str, error: type[Exception]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error("odd page")

    monkeypatch.setattr(f"feedlake.transforms.extract.library_calls.{name}", fail)

    with pytest.raises(ExtractorError, match=f"^{error.__name__}: odd page$"):
        read_page(page_of(), url=None)


def test_lack_of_memory_is_nobodys_fault_but_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(
        "feedlake.transforms.extract.library_calls.trafilatura.bare_extraction", fail
    )

    with pytest.raises(MemoryError):
        read_page(page_of(), url=None)
