"""A byline gives up its names, and nothing that stands around them; a page gives up its byline."""

from __future__ import annotations

import pytest

from feedlake.transforms.extract.bylines import search_authors
from feedlake.transforms.extract.library_calls import parse_html
from feedlake.transforms.normalize.names import may_be_person

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
        # Each word in an element of its own.
        (f"{HEADLINE}<div><p>Written by</p><p>Ann Lee</p></div>", ("Ann Lee",)),
        (
            f"{HEADLINE}<p>By </p><button>Ann Lee</button><p>and</p><b>Bo Ek</b>",
            ("Ann Lee", "Bo Ek"),
        ),
        (f"{HEADLINE}<p>Ann Lee | Senior Writer | July 2, 2025</p>", ("Ann Lee",)),
        (f"{HEADLINE}<b>2 July 2025</b><i>Ann Lee</i><img alt='Ann Lee smiles'>", ("Ann Lee",)),
        # A box about the author; a line at the end.
        (
            '<div class="author-box"><b>Ann Lee</b><p>Ann Lee is a reporter who writes about '
            f"harbours, and has {'lived in many of them, ' * 9}too</p></div>",
            ("Ann Lee",),
        ),
        (f"{HEADLINE}<p>{'The pier is open. ' * 20}</p><h3>Written by Ann Lee</h3>", ("Ann Lee",)),
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
        '<a class="followAuthor">Themen bearbeiten</a>',
        f"{HEADLINE}<b>2 July 2025</b><i>Lawn Care</i>",
        f"{HEADLINE}<i>Lawn Care</i><img alt='Lawn Care'>",
        f"{HEADLINE}<p>Written by</p><p>the whole team at the pier</p>",
        "<h3>Written by Ann Lee</h3><h3>Written by Bo Ek</h3>",
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
