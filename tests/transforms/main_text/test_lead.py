"""The lead is in the text, wherever below the headline it stands."""

from __future__ import annotations

import pytest

from feedlake.transforms.extract.html_page import read_page

LEAD = "The pier is finished two weeks early, and the whole town is very pleased about that."
PARAGRAPHS = (
    "The harbour council opened the new pier on Tuesday after two years of work and one storm.",
    "Fishermen had asked for it since the old one was closed, and paid a part of it themselves.",
    "A ferry to the islands will stop there from May on, twice a day and three times on Sundays.",
)
BODY = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
TEXT = "\n\n".join(PARAGRAPHS)
TITLE = "New pier opens"
H1 = f"<h1>{TITLE}</h1>"


def text_of(body: str, *, head: str = "") -> str | None:
    html = f"<html><head><title>{TITLE}</title>{head}</head><body>{body}</body></html>"
    page = read_page(html, url=None)
    assert page is not None
    return page.text


@pytest.mark.parametrize("holder", ["article", "main", "div"])
@pytest.mark.parametrize(
    "lead",
    [
        f"<header>{H1}<p class=standfirst>{LEAD}</p></header>",
        f"<header>{H1}<p>{LEAD}</p></header>",
        f"<header>{H1}<div>{LEAD}</div></header>",
        f"<hgroup>{H1}<p>{LEAD}</p></hgroup>",
        f"{H1}<h2 class=subtitle>{LEAD}</h2>",
        f"{H1}<p class=lead>{LEAD}</p>",
        f"{H1}<div class=article__lede>{LEAD}</div>",
        f"{H1}<div class=intro><p>{LEAD}</p></div>",
        f"<header>{H1}</header><section class=summary><p>{LEAD}</p></section>",
        f"{H1}<p class=byline>By Ann Lee</p><time>3 May</time><p class=post-excerpt>{LEAD}</p>"
        "<figure><img src=pier.jpg><figcaption>The pier on the day before.</figcaption></figure>",
        f"{H1}<p itemprop=description>{LEAD}</p>",
        f"{H1}<p role=doc-subtitle>{LEAD}</p>",
        f"{H1}<aside class=standfirst>{LEAD}</aside>",
        f"<p class=standfirst>{LEAD}</p>{H1}<p class=byline>By Ann Lee</p>",
        f"<header><div class=lead-text>{LEAD}</div>{H1}</header>",
        f"<header>{H1}</header><div class=css-1x2y>{LEAD}</div>",
        f"{H1}<div class=byline>By Ann Lee</div><div><span>{LEAD}</span></div>",
        f"<h2 class=headline>{TITLE}</h2><p class=dek>{LEAD.replace(', and', ',<br>and')}</p>",
    ],
)
def test_a_lead_beside_the_body_begins_the_text(lead: str, holder: str) -> None:
    body = f"<{holder}>{lead}<div class=article-body>{BODY}</div></{holder}>"
    assert str(text_of(body)).replace(",and", ", and") == f"{LEAD}\n\n{TEXT}"


POINTS = ("The pier opens two weeks early", "Fares stay at four crowns until spring")
LIST = "<ul>" + "".join(f"<li>{point}</li>" for point in POINTS) + "</ul>"


@pytest.mark.parametrize(
    "lead",
    [
        f"{H1}{LIST}",
        f"<header>{H1}{LIST}<p class=byline>By Ann Lee</p></header>",
        f"{H1}<div class=article-summary>{LIST}</div>",
        f"{H1}<div class=key-points><h2>Key points</h2>{LIST}</div>",
        f"{H1}<p class=byline>By Ann Lee</p>{LIST.replace('<ul', '<ul class=highlights')}",
    ],
)
def test_a_list_of_the_main_points_begins_the_text(lead: str) -> None:
    body = f"<article>{lead}<div class=article-body>{BODY}</div></article>"
    assert text_of(body) == "\n\n".join([*(f"- {point}" for point in POINTS), TEXT])


def test_what_stands_above_a_headline_without_a_name_is_no_lead() -> None:
    body = f"<article><p>{LEAD}</p>{H1}<div class=article-body>{BODY}</div></article>"
    assert text_of(body) == TEXT


def test_what_a_page_gives_as_its_description_is_a_lead() -> None:
    head = f'<meta property="og:description" content="{LEAD}">'
    other = "<div class=x>Photographs by Bo Ek, who lives at the harbour and sails</div>"
    body = f"<article>{H1}{other}<div>{LEAD}</div><div class=post-body>{BODY}</div></article>"
    assert text_of(body, head=head) == f"{LEAD}\n\n{TEXT}"
    assert text_of(body) == TEXT


@pytest.mark.parametrize("lead", [f"<p class=lead>{LEAD}</p>", f"<p>{LEAD}</p>"])
def test_a_lead_in_the_body_stands_there_once(lead: str) -> None:
    body = f"<article>{H1}<div class=article-body>{lead}{BODY}</div></article>"
    assert text_of(body) == f"{LEAD}\n\n{TEXT}"


def test_a_lead_that_the_page_repeats_stands_once() -> None:
    lead = f"<p class=lead>{LEAD}</p>"
    body = f"<article>{H1}{lead}{lead}<div class=article-body>{BODY}</div></article>"
    assert text_of(body) == f"{LEAD}\n\n{TEXT}"


@pytest.mark.parametrize(
    "other",
    [
        f"<p class=byline>{LEAD}</p>",
        f"<div class=photo-caption>{LEAD}</div>",
        f"<div class=newsletter-intro><p>{LEAD}</p></div>",
        f"<div class=author-description>{LEAD}</div>",
        f"<p class=lead><a href=/2>{LEAD}</a></p>",
        f"<nav><p class=lead>{LEAD}</p></nav>",
        f"<figure><figcaption>{LEAD}</figcaption></figure>",
        "<p class=lead>3 May</p>",
        f"<p class=lead>{TITLE}</p>",
        "<p>A short deck without a stop</p>",
        f"<div><img src=pier.jpg></div><div class=css-1x2y>{LEAD}</div>",
        f"<div><img src=p.jpg><style>b{{}}</style><div class=css-1x2y><b>{LEAD}</b></div></div>",
        f"<div><form><input name=mail></form><div class=w-done><div>{LEAD}</div></div></div>",
        f"<div class=form-success-message>{LEAD}</div>",
        "<ul><li><a href=/1>More of the harbour</a></li><li><a href=/2>More ferries</a></li></ul>",
        "<ul><li>Published: 3 May 2026, 10:15</li><li>Updated: 4 May 2026, 11:30</li></ul>",
        "<ul class=tags><li>Harbours of the north</li><li>Ferries of the north</li></ul>",
    ],
)
def test_what_else_stands_below_a_headline_is_no_lead(other: str) -> None:
    body = f"<article>{H1}{other}<div class=article-body>{BODY}</div></article>"
    assert text_of(body) == TEXT


def test_a_page_without_a_headline_has_no_lead() -> None:
    body = f"<article><p class=lead>{LEAD}</p><div class=article-body>{BODY}</div></article>"
    assert text_of(body) == TEXT
