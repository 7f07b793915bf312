"""JSON-LD speaks of many things; only what it says of the page's own article counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from feedlake.transforms.extract.json_ld import (
    MAX_JSON_LD_CHARS,
    JsonLdArticle,
    read_json_ld,
    read_nodes,
    read_own_urls,
)

ADDRESS = "https://www.harbour-times.example/pier/opening"
TITLE = "New pier opens to the public after two years"
OWN = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": TITLE,
    "datePublished": "2024-03-05T08:00:00+01:00",
}
RELATED = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "Ferry timetable changes this summer",
    "url": "https://www.harbour-times.example/ferry/timetable",
    "datePublished": "2011-01-01T00:00:00Z",
}
FOUND = ("2024-03-05T08:00:00+01:00",)


def read(*values: Any) -> JsonLdArticle:
    blocks = [value if isinstance(value, str) else json.dumps(value) for value in values]
    return read_json_ld(read_nodes(blocks), address=ADDRESS, titles=[f"{TITLE} | Harbour Times"])


@pytest.mark.parametrize(
    "blocks",
    [
        (OWN,),
        (RELATED, OWN),
        ([RELATED, OWN],),
        ({"@context": "https://schema.org", "@graph": [RELATED, OWN]},),
        ({"@type": "WebPage", "mainEntity": OWN},),
        ({**OWN, "@type": ["Thing", "https://schema.org/ReportageNewsArticle"]},),
        ({"@type": "BlogPosting", "datePublished": "2011-01-01", "url": RELATED["url"]}, OWN),
        ({**OWN, "headline": "Pier: open", "mainEntityOfPage": {"@id": ADDRESS + "/"}},),
        ({**OWN, "headline": "Pier: open", "url": ADDRESS.replace("https://www.", "http://")},),
        ({**OWN, "headline": None},),
        ("not JSON {", OWN),
        ("[" * 100_000, OWN),
        ("\n//<![CDATA[\n" + json.dumps(OWN) + "\n//]]>",),
        ("<!--" + json.dumps(OWN) + "-->",),
        (json.dumps(OWN) + "};",),
        (json.dumps(OWN).replace("}", ', "keywords": ["pier", ], }'),),
        (json.dumps(OWN).replace("New pier opens", "New\npier opens"),),
    ],
)
def test_the_date_is_that_of_the_pages_own_article(blocks: tuple[Any, ...]) -> None:
    assert read(*blocks).published == FOUND


@pytest.mark.parametrize(
    "blocks",
    [
        (),
        ("",),
        ("5",),
        (RELATED,),
        ({"@type": "ItemList", "itemListElement": [OWN]},),
        ({"@type": "JobPosting", "datePublished": "2020-01-01"},),
        (
            {"@type": "NewsArticle", "datePublished": "2020-01-01"},
            {"@type": "NewsArticle", "datePublished": "2021-01-01"},
        ),
        ({"@type": None, "@graph": None, "mainEntity": 5},),
        ({**OWN, "datePublished": {"wrong": 1}},),
        (json.dumps(OWN).replace("{", "{" + " " * MAX_JSON_LD_CHARS, 1),),
    ],
)
def test_without_an_article_that_is_surely_the_pages_there_is_no_date(
    blocks: tuple[Any, ...],
) -> None:
    assert read(*blocks).published == ()


def test_references_inside_a_graph_are_followed() -> None:
    graph = [
        {**OWN, "author": {"@id": "#ann"}, "publisher": {"@id": "#org"}, "image": {"@id": "#i"}},
        {"@type": "Person", "@id": "#ann", "name": "Ann Lee"},
        {"@type": "Organization", "@id": "#org", "name": "Harbour Times"},
        {"@type": "ImageObject", "@id": "#i", "url": "https://harbour-times.example/pier.jpg"},
    ]

    article = read({"@context": "https://schema.org", "@graph": graph})

    assert article.authors == ("Ann Lee",)
    assert article.site_name == "Harbour Times"
    assert article.image_url == "https://harbour-times.example/pier.jpg"


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Ann Lee", ("Ann Lee",)),
        (["Ann Lee", {"name": "Bo Ek"}], ("Ann Lee", "Bo Ek")),
        ({"@type": "Person", "givenName": "Ann", "familyName": "Lee"}, ("Ann Lee",)),
        ({"@type": "Person", "name": ["Ann Lee", "Bo Ek"]}, ("Ann Lee", "Bo Ek")),
        ({"@type": "Organization", "name": "Harbour Times"}, ()),
        ({"@type": "NewsMediaOrganization", "name": "Harbour Times"}, ()),
        ([None, 5, {"name": {"deep": [1]}}, []], ()),
    ],
)
def test_authors_are_the_persons_in_every_shape_that_sites_write(
    author: Any, names: tuple[str, ...]
) -> None:
    assert read({**OWN, "author": author}).authors == names


def test_what_the_article_leaves_open_the_page_object_may_say() -> None:
    page = {
        "@type": "WebPage",
        "@id": ADDRESS,
        "datePublished": "2024-03-05T07:00:00Z",
        "inLanguage": "en-GB",
    }

    assert read(page, OWN) == JsonLdArticle(
        headline=TITLE,
        published=(*FOUND, "2024-03-05T07:00:00Z"),
        language="en-GB",
    )


def test_markup_and_entities_are_taken_out_of_texts() -> None:
    article = read({**OWN, "articleSection": "Fish &amp; <b>chips</b>", "keywords": ["a", "b, c"]})

    assert (article.section, article.tags) == ("Fish & chips", ("a", "b, c"))


@pytest.mark.parametrize(
    ("node", "urls"),
    [
        ({"url": "/pier"}, ("/pier",)),
        ({"mainEntityOfPage": "https://a.example/pier"}, ("https://a.example/pier",)),
        ({"mainEntityOfPage": {"@id": "/pier"}, "url": "/pier.html"}, ("/pier", "/pier.html")),
        ({"mainEntityOfPage": {"url": "/pier"}}, ("/pier",)),
        ({"url": "https://a.example/"}, ()),
        ({"url": 7, "mainEntityOfPage": True}, ()),
        ({"url": "/pier", "headline": "Ferry sinks off Skerry"}, ()),
        ({"url": "/pier", "headline": None}, ()),
        ({"url": "/pier", "@type": "WebPage"}, ()),
    ],
)
def test_only_the_article_with_the_pages_headline_tells_its_address(
    node: dict[str, Any], urls: tuple[str, ...]
) -> None:
    block = json.dumps({"@type": "NewsArticle", "headline": "New pier opens", **node})

    assert read_own_urls(read_nodes([block]), titles=["New pier opens | Harbour Times"]) == urls
