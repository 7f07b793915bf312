"""A guess takes a reader's view: a day by the headline or the byline, and no other."""

from __future__ import annotations

from datetime import date

import pytest

from feedlake.transforms.extract.guess_day import guess_day
from feedlake.transforms.extract.library_calls import parse_html

TITLE = "The pier is mended before the winter"
PARAGRAPH = (
    "<p>The council had promised new planks for years, and on Monday two carpenters began to lay "
    "them, while the ferry waited at the far end of the bay and the gulls took the rail.</p>"
)
TEXT = PARAGRAPH * 6
MARCH = date(2026, 3, 14)


def guess(*, before: str = "", byline: str = "", within: str = "", behind: str = "") -> date | None:
    html = (
        f"<html><head><title>{TITLE}</title></head><body>{before}<article><h1>{TITLE}</h1>{byline}"
        f"{PARAGRAPH * 5}{within}{TEXT}</article>{behind}</body></html>"
    )
    tree = parse_html(html)
    assert tree is not None
    return guess_day(tree, title=TITLE)


@pytest.mark.parametrize(
    "line",
    [
        "14 March 2026",
        "March 14, 2026",
        "Published on 14 March 2026 at 10:12",
        "By Ida Quill, March 14th, 2026",
        "Veröffentlicht am 14.03.2026, 18:04 Uhr",
        "Samstag, 14. März 2026",
        "Publié le 14 mars 2026 à 18h04",
        "14 de marzo de 2026",
        "2026-03-14 18:04",
        "2026年03月14日 14時05分",
        "입력 2026.03.14 22:09",
        "14/03/2026",
        "Received: 16 December 2025. Published: 14 March 2026.",
        "14 March 2026. Updated: 20 March 2026",
        "Published 14 March 2026 | Last updated 20 March",
    ],
)
def test_day_of_the_byline_is_found(line):
    assert guess(byline=f'<p class="meta">{line}</p>') == MARCH
    assert guess(byline=f"<p>{line}</p>") == MARCH


@pytest.mark.parametrize(
    "line",
    [
        "3/9/2026",
        "Published 03/09/2026",
        "March 2026",
        "2026",
        "Updated 14 March 2026",
        "Zuletzt aktualisiert: 14.03.2026",
        "Mis à jour le 14 mars 2026",
        "2026年3月14日 更新",
        "© 14 March 2026",
        "31.02.2026",
        "3 hours ago",
        "On 14 October 1998 the bridge was opened by the queen of the fair.",
        "The fair will be held on 12 December 2026 at the old wharf.",
    ],
)
def test_what_is_no_day_of_publication_is_none(line):
    assert guess(byline=f"<p>{line}</p>") is None


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("<time>14 March 2026</time>", "<time>20 March 2026</time>"),
        (
            '<span class="date">14 March 2026</span>',
            '<span class="date updated">20 May 2026</span>',
        ),
    ],
)
def test_story_was_published_before_it_was_changed(earlier, later):
    assert guess(byline=f"<div>{earlier}</div><div>{later}</div>") == MARCH


@pytest.mark.parametrize(
    "place",
    [
        {"before": "<nav><p>14 March 2026</p></nav>"},
        {"behind": "<footer><p>14 March 2026</p></footer>"},
        {"within": "<p>14 March 2026</p>"},
        {"within": '<aside><p class="date">14 March 2026</p></aside>'},
        {"behind": '<div class="comments"><p>Bo, 14 March 2026</p></div>'},
        {"behind": '<ol id="comments"><li class="comment">Published 14 March 2026</li></ol>'},
        {"behind": '<div class="related"><a>More</a><p class="date">14 March 2026</p></div>'},
        {"byline": "<figure><figcaption>The pier on 14 March 2026</figcaption></figure>"},
        {"byline": '<img src="/2026/03/14/pier.jpg">'},
    ],
)
def test_days_of_others_are_none(place):
    assert guess(**place) is None


def test_day_in_a_footer_of_the_article_is_found():
    assert (
        guess(byline='<footer class="meta"><p>Ida Quill</p><p>14 March 2026</p></footer>') == MARCH
    )


def test_day_that_a_time_element_gives_to_programs_can_be_read_in_one_way():
    assert guess(byline='<time datetime="2026-03-09T12:00:00Z">3/9/2026</time>') == date(2026, 3, 9)
    assert guess(byline='<time datetime="P3D">3/9/2026</time>') is None


def test_styles_in_the_byline_are_no_text():
    style = f"<style>.a{{{'color: red; ' * 80}}}</style>"
    assert guess(byline=f"<span>{style}Ida Quill</span><p>14 March 2026</p>") == MARCH
    assert guess(byline=f"<div>{style}<p>14 March 2026</p></div>") == MARCH


def test_button_that_is_not_closed_hides_no_article():
    assert guess(before="<button>Menu", byline="<p>14 March 2026</p>") == MARCH
    assert guess(byline="<button>14 March 2026</button>") is None


def test_day_behind_the_text_needs_a_label():
    assert guess(behind="<p>14 March 2026</p>") is None
    assert guess(behind="<p>Published 14 March 2026</p>") == MARCH


def test_two_days_of_which_neither_is_likelier_are_none():
    days = ["14 March 2026", "20 March 2026", "2 April 2026"]
    assert guess(byline="".join(f'<p class="date">{day}</p>' for day in days)) is None


def test_page_without_a_headline_tells_nothing():
    tree = parse_html(f"<html><body><p class=date>14 March 2026</p>{TEXT}</body></html>")

    assert tree is not None
    assert guess_day(tree, title=None) is None
    assert guess_day(tree, title=TITLE) is None
