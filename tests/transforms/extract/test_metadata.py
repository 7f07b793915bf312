"""Titles and dates where a page's head is silent, or says too much."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from feedlake.transforms.extract.library_calls import parse_html
from feedlake.transforms.extract.metadata import read_head, read_metadata
from feedlake.transforms.extract.page_fields import Metadata

NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
ADDRESS = "https://www.harbour-times.example/2024/03/05/pier"


def read(head: str, body: str, *, address: str | None = None) -> Metadata:
    tree = parse_html(f"<html><head>{head}</head><body>{body}</body></html>")
    assert tree is not None
    searched = frozenset({"title", "authors", "date"})
    return read_metadata(tree, head=read_head(tree), address=address, searched=searched)


@pytest.mark.parametrize(
    ("heading", "full_title", "title"),
    [
        ("New pier opens", "New pier opens | Harbour Times", "New pier opens"),
        ("New pier opens at last", "Pier: open at last", "New pier opens at last"),
        # A logo: `title` has none of its words.
        ("Seaside Media", "New pier opens - Harbour Times", "New pier opens"),
        ("Seaside Media", "New pier opens | Town | Gazette", "New pier opens | Town | Gazette"),
        ("\u65b0\u7801\u5934", "\u65b0\u7801\u5934_\u7f51", "\u65b0\u7801\u5934"),
    ],
)
def test_a_heading_is_the_title_unless_it_is_a_logo(
    heading: str, full_title: str, title: str
) -> None:
    head = f'<title>{full_title}</title><meta name="application-name" content="Harbour Times">'

    assert read(head, f"<h1>{heading}</h1>").title == title


@pytest.mark.parametrize(
    ("heading", "shared", "title"),
    [
        # Shorter, longer or in other words where it is shared: readers see the heading.
        ("Ferry that sank off Skerry is raised at last", "Ferry that sank off Skerry is raised", 0),
        ("The ferry of Skerry", "Ferry of Skerry: all you need to know", 0),
        ("Ferry of Skerry - what now?", "Ferry of Skerry - what now? | Harbour Times", 0),
        (
            "\u65b0\u7801\u5934\u4eca\u5929\u5728\u6d77\u6e2f\u57ce\u5f00\u653e",
            "\u65b0\u7801\u5934\u4eca\u5929\u5728\u6e2f\u57ce\u5f00\u653e",
            0,
        ),
        # Of something else: a slogan, another story, the site's own name.
        ("Raised voices: news of the coast", "Ferry of Skerry is raised", 1),
        ("Harbour Times", "Ferry | Harbour Times", 2),
        ("Ferries", "Ferries are late again", 1),
        # The title with a section, or with the text beside it, stuck to it.
        ("Coast | Ferry of Skerry is raised", "Ferry of Skerry is raised", 1),
        ("Ferry of Skerry is raised<span>Coast</span>", "Ferry of Skerry is raised", 1),
    ],
)
def test_the_heading_is_the_title_where_the_head_says_the_same(
    heading: str, shared: str, title: int
) -> None:
    head = (
        f'<title>{shared}</title><meta property="og:title" content="{shared}">'
        '<meta property="og:site_name" content="Harbour Times">'
    )
    expected = (heading, shared, "Ferry")[title]

    assert read(head, f"<h1>{heading}</h1>").title == expected


def test_the_heading_that_says_the_same_is_chosen_among_several() -> None:
    head = '<meta property="og:title" content="Ferry of Skerry is raised at last">'
    body = (
        "<h1>The Harbour Times, daily</h1><h1>Ferry of Skerry raised</h1><h1>Ferry timetable</h1>"
    )

    assert read(head, body).title == "Ferry of Skerry raised"


@pytest.mark.parametrize(
    ("shared", "address", "title"),
    [
        # A part of the site's name, or of its domain, or a bit more than that.
        ("Raised ferry of Skerry | Harbour", "/ferry", "Raised ferry of Skerry"),
        ("Raised ferry of Skerry - Harbour Times Online", "/ferry", "Raised ferry of Skerry"),
        ("Raised ferry of Skerry | HarbourT", "/ferry", "Raised ferry of Skerry"),
        # The section that the address names, alone or before the site.
        ("Raised ferry of Skerry | Opinion", "/opinion/ferry", "Raised ferry of Skerry"),
        (
            "Raised ferry of Skerry | Opinion | Harbour Times",
            "/opinion/f",
            "Raised ferry of Skerry",
        ),
        ("Raised ferry of Skerry | Opinion", "/ferry", "Raised ferry of Skerry | Opinion"),
        # The site's domain before it, and what is no end of a title.
        ("harbour-times.org Skerry ferry", "/ferry", "Skerry ferry"),
        ("Raised ferry of Skerry - a diary", "/ferry", "Raised ferry of Skerry - a diary"),
        ("Harbour: what comes next", "/harbour/ferry", "Harbour: what comes next"),
    ],
)
def test_a_title_has_no_part_of_the_sites_name_and_no_section_behind_it(
    shared: str, address: str, title: str
) -> None:
    head = f'<meta property="og:title" content="{shared}">'
    address = f"https://www.harbour-times.org{address}"

    assert read(head, "", address=address).title == title
    assert read(head, f"<h1>{shared}</h1>", address=address).title == title


def test_a_section_stuck_to_the_headline_is_no_part_of_the_title() -> None:
    block = json.dumps({"@type": "NewsArticle", "headline": "Ferry of Skerry is raised"})
    head = (
        f'<script type="application/ld+json">{block}</script>'
        '<meta property="og:title" content="Ferry of Skerry is raised-Towns\u3163Harbour Times">'
        '<meta property="og:site_name" content="Harbour Times">'
    )

    assert read(head, "").title == "Ferry of Skerry is raised"


@pytest.mark.parametrize(
    "heading",
    [
        "Dec 18 2025 Ferry of Skerry is raised",
        "18 December 2025 Ferry of Skerry is raised",
        "2025-12-18 Ferry of Skerry is raised",
        "Title:Ferry of Skerry is raised",
    ],
)
def test_a_day_or_a_label_before_the_heading_is_no_part_of_the_title(heading: str) -> None:
    head = '<meta property="og:title" content="Ferry of Skerry is raised">'

    assert read(head, f"<h1>{heading}</h1>").title == "Ferry of Skerry is raised"


def test_a_longer_heading_is_the_title_where_the_pages_title_begins_with_it() -> None:
    heading = "Ferry of Skerry is raised - with a band on board"
    head = (
        f"<title>{heading} | Harbour Times</title>"
        '<meta property="og:title" content="Ferry of Skerry is raised">'
    )
    other = head.replace(f"{heading} |", "Ferry of Skerry is raised |")

    assert read(head, f"<h1>{heading}</h1>").title == heading
    assert read(other, f"<h1>{heading}</h1>").title == "Ferry of Skerry is raised"


def test_a_headline_with_the_sites_name_does_not_keep_it_in_the_title() -> None:
    title = "Ferry of Skerry is raised - Harbour Times"
    block = json.dumps({"@type": "Article", "headline": title})
    head = (
        f'<meta property="og:title" content="{title}"><meta property="og:site_name" '
        f'content="Harbour Times"><script type="application/ld+json">{block}</script>'
    )

    assert read(head, "").title == "Ferry of Skerry is raised"


@pytest.mark.parametrize(
    ("stated", "byline", "authors"),
    [
        ("KatieS", "By Ann Lee", ("Ann Lee",)),
        ("KatieS", "", ("KatieS",)),
        ("KatieS", "By the team", ("KatieS",)),
        ("Katie Sun", "By Ann Lee", ("Katie Sun",)),
        ("\u738b\u660e", "By Ann Lee", ("\u738b\u660e",)),
    ],
)
def test_a_person_in_the_byline_counts_before_the_name_of_an_account(
    stated: str, byline: str, authors: tuple[str, ...]
) -> None:
    head = f'<meta name="author" content="{stated}">'

    assert read(head, f"<h1>New pier opens</h1><p>{byline}</p>").authors == authors


@pytest.mark.parametrize(
    ("label", "authors"),
    [("Written by", ("Ann Lee",)), ("Verfasst von", ("Ann Lee",)), ("Reading time", ())],
)
def test_authors_are_read_where_a_label_names_them(label: str, authors: tuple[str, ...]) -> None:
    head = (
        f'<meta name="twitter:label1" content="{label}">'
        '<meta name="twitter:data1" content="Ann Lee">'
    )

    assert read(head, "").authors == authors


def test_a_site_that_only_the_title_names_is_no_author() -> None:
    head = (
        "<title>New pier opens - Seaside Media</title>"
        '<meta property="og:title" content="New pier opens">'
        '<meta name="author" content="{}">'
    )

    assert read(head.format("Ann Lee. Seaside Media"), "").authors == ("Ann Lee",)
    assert read(head.format("Seaside Media"), "").authors == ()


def test_persons_who_call_their_site_by_their_name_are_its_authors() -> None:
    head = '<meta property="og:site_name" content="{0}"><meta name="author" content="{0}">'
    byline = '<p class="byline">By Ann Lee</p>'

    assert read(head.format("Ann Lee"), "").authors == ("Ann Lee",)
    assert read(head.format("Harbour Times"), "").authors == ()
    assert read(head.format("Bo Ek"), byline).authors == ("Ann Lee",)
    assert read('<meta property="og:site_name" content="Ann Lee">', byline).authors == ("Ann Lee",)


@pytest.mark.parametrize(
    ("body", "moment"),
    [
        ('<time datetime="2024-03-05T13:00:00+01:00">noon</time>', NOON),
        (
            '<time datetime="2024-03-05 12:00:00 GMT"></time>'
            '<time datetime="2024-03-05T15:00Z"></time>',
            NOON,
        ),
        (
            '<time datetime="2024-03-05T12:00Z"></time>'
            '<div class="comments"><time datetime="2024-03-07T12:00Z"></time></div>',
            NOON,
        ),
    ],
)
def test_the_only_time_on_a_page_is_its_date(body: str, moment: datetime) -> None:
    found = read("", body)

    assert (found.published_at, found.date_source) == (moment, "page")


@pytest.mark.parametrize(
    "body",
    [
        '<time datetime="2024-03-05T12:00Z"></time><time datetime="2024-03-04T12:00Z"></time>',
        '<time datetime="2024-03-05T12:00Z"></time><time datetime="noon"></time>',
        '<time datetime="2024-03-09T12:00Z"></time>',
        '<div class="comment"><time datetime="2024-03-05T12:00Z"></time></div>',
        '<time datetime="2024-03-05T12:00Z"></time>' * 20,
    ],
)
def test_times_of_lists_and_of_other_days_do_not_beat_the_address(body: str) -> None:
    found = read("", body, address=ADDRESS)

    assert (found.published_at, found.date_source) == (datetime(2024, 3, 5, tzinfo=UTC), "url")


def test_a_time_next_to_the_day_in_the_address_makes_it_precise() -> None:
    eve = datetime(2024, 3, 4, 23, 30, tzinfo=UTC)
    found = read("", '<time datetime="2024-03-05T00:30:00+01:00"></time>', address=ADDRESS)

    assert (found.published_at, found.date_source) == (eve, "page")


def test_microdata_makes_a_date_precise_that_the_head_gives_as_a_day() -> None:
    head = '<meta name="pubdate" content="2024-03-05">'
    body = '<i itemprop="datePublished" content="Tue Mar 05 2024 12:00:00 GMT+0000"></i>'

    assert read(head, body).published_at == NOON
