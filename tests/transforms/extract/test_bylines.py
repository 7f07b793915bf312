"""A byline gives up its names, and nothing that stands around them; a page gives up its byline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.extract.bylines import (
    MAX_AUTHORS,
    find_names,
    may_be_person,
    search_authors,
)
from feedlake.transforms.extract.library_calls import parse_html


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Ann Lee", ("Ann Lee",)),
        ("By Ann Lee", ("Ann Lee",)),
        ("by ann lee", ("ann lee",)),
        ("Words by Ann Lee", ("Ann Lee",)),
        ("Analysis by Ann Lee, Harbour editor-at-large", ("Ann Lee",)),
        ("Von Änne Löw und Bo Ek", ("Änne Löw", "Bo Ek")),
        ("Текст: Анна Ли", ("Анна Ли",)),
        ("Ann Lee and Bo Ek", ("Ann Lee", "Bo Ek")),
        ("Ann Lee; Bo Ek | Cy Ng / Di Oz & Ed Pi", ("Ann Lee", "Bo Ek", "Cy Ng", "Di Oz", "Ed Pi")),
        ("Ann E. Lee-Ek", ("Ann E. Lee-Ek",)),
        ("Ann Lee, PhD, RDN", ("Ann Lee",)),
        ("Ann Lee Jr.", ("Ann Lee Jr",)),
        ("Ann Lee, staff writer", ("Ann Lee",)),
        ("Ann Lee News reporter", ("Ann Lee",)),
        ("Ann Lee chief political correspondent", ("Ann Lee",)),
        ("Ann Writer", ("Ann Writer",)),
        ("ANN LEE, BO EK and CY NG Associated Press", ("ANN LEE", "BO EK", "CY NG")),
        ("Ann Lee, Bo Ek Reuters", ("Ann Lee", "Bo Ek")),
        ("The Associated Press", ("The Associated Press",)),
        ("Ann Lee, Bo Ek, and Cy Ng", ("Ann Lee", "Bo Ek", "Cy Ng")),
        ("Ann Lee (Harbour Times)", ("Ann Lee",)),
        ("Ann Lee Monday, November 18, 2019", ("Ann Lee",)),
        ("Ann Lee on Monday, November 18th, 2019 at 11:08 a.m.", ("Ann Lee",)),
        ("Ann Lee Nov 19, 2019 at 9:10 pm ET", ("Ann Lee",)),
        ("Ann Lee - 2019-11-18", ("Ann Lee",)),
        ("Town desk Published 11:11 PM EST Nov 19, 2019", ("Town desk",)),
        ("Theresa May", ("Theresa May",)),
        ("Ann Lee @annlee", ("Ann Lee",)),
        ("Ann Lee ann.lee@paper.example", ("Ann Lee",)),
        ("https://paper.example/profile/ann-lee", ()),
        ("Ann Lee, https://paper.example/profile/ann-lee", ("Ann Lee",)),
        ("Ann Lee; ANN LEE; Ann  Lee", ("Ann Lee",)),
        ("AFP", ("AFP",)),
        ("The Harbour Times", ()),
        ("Ann Lee, the Harbour Times", ("Ann Lee",)),
        ("Ann Lee. The Harbour Times", ("Ann Lee",)),
        ("Ann Lee for the Harbour Times", ("Ann Lee",)),
        ("Ann Lee THE HARBOUR TIMES", ("Ann Lee",)),
        ("Ann Lee | Pier Media for the Harbour Times", ("Ann Lee",)),
        ("Ann Lee, The Harbour Times Business", ("Ann Lee",)),
        ("Ann Lee and Bo Ek of the Harbour Times", ("Ann Lee", "Bo Ek")),
        ("The Harbour Times staff", ("The Harbour Times staff",)),
        ("By", ()),
        ("by:", ()),
        ("admin", ()),
        ("name,email@paper.example", ()),
        ("Staff", ()),
        ("12345", ()),
        ("", ()),
        (" \n ", ()),
        ("x" * 101, ()),
    ],
)
def test_names_are_found_without_what_stands_around_them(
    byline: str, names: tuple[str, ...]
) -> None:
    assert find_names([byline], site_names=["The Harbour Times"]) == names


def test_names_keep_the_order_of_their_bylines() -> None:
    assert find_names(["Bo Ek", "Ann Lee, Bo Ek"]) == ("Bo Ek", "Ann Lee")


def test_a_list_without_end_is_cut() -> None:
    assert len(find_names([", ".join(f"Ann {'x' * n}" for n in range(1, 90))])) == MAX_AUTHORS


@given(st.text(max_size=60))
def test_reading_found_names_again_finds_the_same_number_at_most(byline: str) -> None:
    names = find_names([byline])

    assert len(find_names(names)) <= len(names)


HEADLINE = "<h1>New pier opens</h1>"


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ('<p class="byline">By Ann Lee</p>', ("Ann Lee",)),
        ('<span class="articleByline">By Ann Lee</span>', ("Ann Lee",)),
        ('<div class="post-author">annlee77</div>', ("annlee77",)),
        ('<div id="AuthorLine">Ann Lee</div>', ("Ann Lee",)),
        ('<div data-component="BylineBlock">By Ann Lee</div>', ("Ann Lee",)),
        ('<p>By <a rel="author">Ann Lee</a>, <a rel="author">Bo Ek</a></p>', ("Ann Lee", "Bo Ek")),
        # What is surest wins, wherever it stands.
        ('<p class="writer">Cy Ng</p><span itemprop="author">Ann Lee</span>', ("Ann Lee",)),
        ('<p class="byline">Bo Ek</p><b class="author-name">Ann Lee</b>', ("Ann Lee",)),
        ('<p class="byline"><style>.b{color:red}</style>By Ann Lee</p>', ("Ann Lee",)),
        ('<p class="byline">By Ann Lee<script>track("a, b")</script></p>', ("Ann Lee",)),
        (
            '<article class="post has-comments"><b class="author">Ann Lee</b></article>',
            ("Ann Lee",),
        ),
        # A link to all that somebody wrote, without a mark that says so.
        ('<p>On Monday, <a href="/news/author/ann-lee/">Ann Lee</a></p>', ("Ann Lee",)),
        ('<p class="meta"><a href="https://a.example/autoren/7?x=1">Ann Lee</a></p>', ("Ann Lee",)),
        # A second line, without markup of its own.
        (f"{HEADLINE}<p>By <a>Ann Lee</a> , <a>Bo Ek</a> on Monday</p>", ("Ann Lee", "Bo Ek")),
        (f"<div>{HEADLINE}</div><div><span>By Ann Lee</span></div>", ("Ann Lee",)),
        (f"{HEADLINE}<p>Posted by <i>Ann Lee</i></p>", ("Ann Lee",)),
        (f"{HEADLINE}<div>Written by:<span>Ann Lee</span></div>", ("Ann Lee",)),
    ],
)
def test_the_authors_are_found_where_pages_show_them(body: str, names: tuple[str, ...]) -> None:
    assert search(body) == names


@pytest.mark.parametrize(
    "body",
    [
        "",
        '<ul class="comment-list"><li><b class="author">Joe</b></li></ul>',
        '<span class="comment-author">Joe</span>',
        '<figure><span class="author">Joe</span></figure>',
        '<div class="sidebar"><a rel="author">Joe</a></div>',
        '<div class="author">About the author</div>',
        '<button class="author-follow">Watch</button>',
        '<a class="followAuthor">Folgen</a>',
        '<a class="author-link">S\'abonner</a>',
        '<a href="/author/ann-lee/stories/7">Ann Lee</a>',
        '<a href="/author/">Ann Lee</a>',
        '<a href="/author/ann-lee">All posts by Ann Lee</a>',
        '<div class="author-bio">Ann Lee is a reporter who writes about harbours</div>',
        f'<div class="author">{"Ann Lee writes. " * 20}</div>',
        '<form><label class="author">Your name</label></form>',
        '<p class="byline">Harbour Times</p>',
        f"{HEADLINE}<p>By and by the pier was built, and everybody in the harbour came.</p>",
        f"{HEADLINE}{'<p>Text.</p>' * 20}<p>By Ann Lee</p>",
        "<p>By Ann Lee</p>",
    ],
)
def test_nobody_is_named_who_may_not_be_the_author(body: str) -> None:
    assert search(body) == ()


@pytest.mark.parametrize(
    ("name", "may_be"),
    [
        ("Ann Lee", True),
        ("ann van lee", True),
        ("Ann Newsom", True),
        ("Harbour Times", False),
        ("The Harbour", False),
        ("Hafen Zeitung", False),
        ("Lee", False),
        ("Ann Lee of the Harbour", False),
    ],
)
def test_a_publications_name_is_told_from_a_persons(name: str, may_be: bool) -> None:
    assert may_be_person(name) is may_be


def test_a_search_is_bounded_on_a_page_of_nothing_but_authors() -> None:
    assert search("<p class=author>Your name</p>" * 1_000 + "<p class=byline>Ann Lee</p>") == ()


def search(body: str) -> tuple[str, ...]:
    tree = parse_html(f'<html><body class="has-sidebar">{body}</body></html>')
    assert tree is not None
    return search_authors(tree, site_names=["Harbour Times"])
