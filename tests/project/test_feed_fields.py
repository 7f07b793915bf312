"""The tables of fields in `docs/inputs.md` say what the code reads, row by row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from conftest import PROJECT

from feedlake.transforms.feeds import feed_names
from feedlake.transforms.feeds.parse_feed import read_feed
from feedlake.transforms.feeds.sitemap import read_sitemap
from feedlake.transforms.records.documents import Document, Rejection

INPUTS = (PROJECT / "docs" / "inputs.md").read_text(encoding="utf-8")
SECTION = INPUTS.partition("### Fields of entries")[2].partition("\n### ")[0]

SPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "excerpt": "http://wordpress.org/export/1.2/excerpt/",
    "georss": "http://www.georss.org/georss",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "googleplay": "http://www.google.com/schemas/play-podcasts/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "media": "http://search.yahoo.com/mrss/",
    "prism": "http://prismstandard.org/namespaces/basic/2.0/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "turbo": "http://turbo.yandex.ru",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "xhtml": "http://www.w3.org/1999/xhtml",
    "yandex": "http://news.yandex.ru",
}
DECLARED = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in SPACES.items())

TEXT = "The harbour council met on Tuesday to settle who may moor."
PICTURE = "https://quay.example/a.jpg"
VALUES = {
    "title": "Moorings",
    "text": TEXT,
    "authors": "Ann Lee",
    "published_at": "2026-03-05T10:00:00Z",
    "updated_at": "2026-03-06T10:00:00Z",
    "tags": "Sea",
    "image_url": PICTURE,
    "site_name": "Harbour News",
    "guid": "urn:quay:1",
    "url": "https://quay.example/1",
}

# Fields that hold their value in an attribute, or in another element.
ELEMENTS = {
    ("Atom", "author"): "<author><name>{}</name></author>",
    ("Atom", "category"): "<category term='{}'/>",
    ("Atom", "link"): "<link rel='enclosure' type='image/jpeg' href='{}'/>",
    ("Atom", "source"): "<source><title>{}</title></source>",
    ("RSS", "enclosure"): "<enclosure type='image/jpeg' url='{}'/>",
    "itunes:category": "<itunes:category text='{}'/>",
    "itunes:image": "<itunes:image href='{}'/>",
    "googleplay:image": "<googleplay:image href='{}'/>",
    "media:content": "<media:content url='{}'/>",
    "media:thumbnail": "<media:thumbnail url='{}'/>",
    "media:title": "<media:content url='a.mp4'><media:title>{}</media:title></media:content>",
    "xhtml:body": "<xhtml:body><xhtml:p>{}</xhtml:p></xhtml:body>",
    "xhtml:div": "<xhtml:div><xhtml:p>{}</xhtml:p></xhtml:div>",
}


def _cells() -> Iterator[list[str]]:
    for line in SECTION.splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def _rows() -> Iterator[tuple[str, str, str]]:
    """Column of the lake, format, and field."""
    for cells in _cells():
        if len(cells) != 5 or "links" in cells[1]:
            continue
        column = cells[0].split("`")[1]
        for form, cell in zip(("RSS", "Atom", "JSON"), cells[1:4], strict=True):
            # What is of the feed, or of another element, has tests of its own.
            for part in cell.split(","):
                if (field := re.match(r"\s*`([\w:-]+)`", part)) and " of " not in part:
                    yield column, form, field[1]
        for field_name in re.findall(r"`([\w:-]+)`", cells[4]):
            yield column, "RSS", field_name
            yield column, "Atom", field_name


ROWS = sorted({*_rows()})


def _read(form: str, inside: str) -> Document | Rejection:
    link = "https://quay.example/1"
    if form == "RSS":
        body = f"<rss version='2.0' {DECLARED}><channel><item><link>{link}</link>{inside}</item>"
        body += "</channel></rss>"
    else:
        body = f"<feed xmlns='http://www.w3.org/2005/Atom' {DECLARED}><entry><link href='{link}'/>"
        body += f"{inside}</entry></feed>"
    (entry,) = read_feed(body.encode(), source="feed").entries
    return entry


def _read_json(field: str, value: str) -> Document | Rejection:
    given: object = {
        "authors": [{"name": value}],
        "author": {"name": value},
        "tags": [value],
        "attachments": [{"url": value, "mime_type": "image/jpeg"}],
    }.get(field, value)
    top = {"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "/", field: given}]}
    (entry,) = read_feed(json.dumps(top).encode(), source="feed", base_url="https://a.b/").entries
    return entry


def _read_rdf_about(value: str) -> Document | Rejection:
    body = (
        f"<rdf:RDF {DECLARED} xmlns='http://purl.org/rss/1.0/'>"
        f"<item rdf:about='{value}'><title>A</title><link>https://a.b/</link></item></rdf:RDF>"
    )
    (entry,) = read_feed(body.encode(), source="feed").entries
    return entry


def test_the_tables_have_rows() -> None:
    assert len(ROWS) > 90
    assert {column for column, _, _ in ROWS} == VALUES.keys() - {"url"}


@pytest.mark.parametrize(("column", "form", "field"), ROWS, ids=map("-".join, ROWS))
def test_each_field_of_the_table_goes_where_it_says(column: str, form: str, field: str) -> None:
    value = VALUES[column]
    if form == "JSON":
        document = _read_json(field, value)
    elif field == "rdf:about":
        document = _read_rdf_about(value)
    else:
        shape = ELEMENTS.get((form, field)) or ELEMENTS.get(field) or f"<{field}>{{}}</{field}>"
        # In RSS, a change counts only after the publication.
        before = "<pubDate>2026-03-05T10:00:00Z</pubDate>" if column == "updated_at" else ""
        document = _read(form, before + shape.format(value))

    assert isinstance(document, Document)
    found = {
        "text": str(document.body).replace("<p>", "").replace("</p>", ""),
        "authors": ", ".join(document.authors),
        "tags": ", ".join(document.tags),
        "published_at": f"{document.published_at:%Y-%m-%dT%H:%M:%SZ}"
        if document.published_at
        else None,
        "updated_at": f"{document.updated_at:%Y-%m-%dT%H:%M:%SZ}" if document.updated_at else None,
    }
    assert found.get(column, getattr(document, column, None)) == value


def test_each_field_of_the_code_is_in_the_table() -> None:
    shown = {field.lower() for _, _, field in ROWS} | {"lastbuilddate"}
    read = {
        *(*feed_names.CONTENTS, *feed_names.SUMMARIES, *feed_names.MEDIA_TEXTS),
        *(*feed_names.TITLES, *feed_names.PUBLISHED, *feed_names.UPDATED, *feed_names.CREATED),
        *(*feed_names.IDS, *feed_names.AUTHORS, *feed_names.PUBLISHERS),
        *(*feed_names.TAGS, *feed_names.TAG_LISTS, *feed_names.PICTURES),
    }
    assert read <= shown
    assert all(f"`{name}`" in SECTION for name in feed_names.LANGUAGES)


def test_what_is_said_of_the_feed_stands_for_its_entries() -> None:
    atom = (
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>Harbour News</title>"
        "<author><name>Ann Lee</name></author><entry><link href='https://a.b/1'/></entry></feed>"
    )
    rss = (
        "<rss version='2.0'><channel><title>Harbour News</title><item><link>https://a.b/1</link>"
        "</item></channel></rss>"
    )
    top = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Harbour News",
        "authors": [{"name": "Ann Lee"}],
        "items": [{"url": "https://a.b/1"}],
    }
    for body, authors in ((atom, ("Ann Lee",)), (rss, ()), (json.dumps(top), ("Ann Lee",))):
        (document,) = read_feed(body.encode(), source="feed").entries
        assert isinstance(document, Document)
        assert (document.site_name, document.authors) == ("Harbour News", authors)


@pytest.mark.parametrize("language", ["language", "dc:language", "dcterms:language"])
def test_declared_languages_are_read(language: str) -> None:
    document = _read("RSS", f"<{language}>de</{language}>")
    assert isinstance(document, Document)
    assert document.language == "de"


def test_fields_of_sitemaps_go_where_the_table_says() -> None:
    rows = {cells[1].strip("`"): cells[0].strip("`") for cells in _cells() if len(cells) == 2}
    assert len(rows) == 7
    names = {"published_at": "published_at", "updated_at": "modified_at"}
    given = {field: VALUES[column] for field, column in rows.items()}
    body = (
        "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news="
        "'http://www.google.com/schemas/sitemap-news/0.9' "
        "xmlns:image='http://www.google.com/schemas/sitemap-image/1.1'><url>"
        f"<loc>{given['loc']}</loc><lastmod>{given['lastmod']}</lastmod><news:news>"
        f"<news:publication><news:name>{given['news:name']}</news:name></news:publication>"
        f"<news:title>{given['news:title']}</news:title><news:keywords>{given['news:keywords']}"
        f"</news:keywords><news:publication_date>{given['news:publication_date']}"
        "</news:publication_date><news:genres>Blog</news:genres></news:news>"
        f"<image:image><image:loc>{given['image:loc']}</image:loc></image:image></url></urlset>"
    )
    sitemap = read_sitemap(body.encode(), base_url="https://quay.example/sitemap.xml")
    assert sitemap is not None
    (entry,) = sitemap.entries
    for field, column in rows.items():
        value = getattr(entry, names.get(column, column))
        shown = value[0] if column == "tags" else str(value).replace("+00:00", "Z")
        assert shown.replace(" ", "T" if column.endswith("_at") else " ") == given[field], field


UNREAD = re.findall(r"`([\w:]+)`", SECTION.partition("Not read")[2])


def test_the_list_of_what_is_not_read_is_there() -> None:
    assert {"geo", "contributor", "media:credit"} <= {*UNREAD}


@pytest.mark.parametrize(
    "field",
    [*(name for name in UNREAD if name != "geo" and not name.startswith("news:")), "georss:point"],
)
@pytest.mark.parametrize("form", ["RSS", "Atom"])
def test_what_is_not_read_changes_nothing(form: str, field: str) -> None:
    assert _read(form, f"<{field}>Ann Lee</{field}>") == _read(form, "")
