"""What headers, feeds, pages and records say about rights, and what of it reserves a text."""

from __future__ import annotations

import json

import pytest
from builders import http_response, read_file, warc_record

from feedlake.transforms.extract.html_page import read_page
from feedlake.transforms.feeds.parse_feed import read_feed
from feedlake.transforms.records.documents import Document, Entry
from feedlake.transforms.records.entry_json import entry_json, read_entry_json
from feedlake.transforms.records.rights_statement import RightsStatement
from feedlake.transforms.rights.http_rights import rights_of_headers
from feedlake.transforms.rights.record_rights import read_notices
from feedlake.transforms.rights.statements import (
    describe_reservation,
    find_reservation,
    join_statements,
    say,
)
from feedlake.transforms.texts.front_matter import read_fields

BY = "https://creativecommons.org/licenses/by/4.0/"
BY_SA = "https://creativecommons.org/licenses/by-sa/4.0/"
PAGE = "https://quay.example/news/1"


def _said(statements) -> list[tuple[str, str, str]]:
    return [(one.kind, one.value, one.origin) for one in statements]


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"tdm-reservation": "1"}, [("tdm_reservation", "1")]),
        ({"tdm-reservation": " 0 "}, [("tdm_reservation", "0")]),
        ({"tdm-reservation": "0, 1"}, [("tdm_reservation", "0"), ("tdm_reservation", "1")]),
        ({"tdm-policy": "/tdm.json"}, [("tdm_policy", "https://quay.example/tdm.json")]),
        ({"x-robots-tag": "noai"}, [("robots", "noai")]),
        ({"x-robots-tag": "NoImageAI, NOAI"}, [("robots", "noai"), ("robots", "noimageai")]),
        ({"x-robots-tag": "noindex, nofollow"}, []),
        ({"x-robots-tag": "somebot: noai"}, []),
        ({"x-robots-tag": "somebot: noindex, noai"}, [("robots", "noai")]),
        ({"x-robots-tag": "noaim, xnoai"}, []),
        ({"link": f'<{BY}>; rel="license", </a.css>; rel=preload'}, [("license", BY)]),
        (
            {"link": '</terms>; rel="copyright License"'},
            [("license", "https://quay.example/terms")],
        ),
        ({"content-type": "text/html"}, []),
    ],
)
def test_headers_say_what_they_say(headers, said):
    found = rights_of_headers(headers, origin="page_header", url=PAGE)
    assert _said(found) == [(*one, "page_header") for one in said]


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (
            '<meta name="robots" content="index, NoAI, noimageai">',
            ["robots noai", "robots noimageai"],
        ),
        ('<meta name="robots" content="noindex"><meta name="otherbot" content="noai">', []),
        ('<meta name="TDM-Reservation" content=" 1 ">', ["tdm_reservation 1"]),
        ('<meta name="tdm-policy" content="/p">', ["tdm_policy https://quay.example/p"]),
        (f'<link rel="license" href="{BY}">', [f"license {BY}"]),
        ('<link rel="LICENSE nofollow" href="by">', ["license https://quay.example/news/by"]),
        ('<meta name="copyright" content="(c)  2026 Quay">', ["copyright (c) 2026 Quay"]),
        ('<meta name="dcterms.license" content="CC BY 4.0">', ["license CC BY 4.0"]),
        ('<meta name="dc.rights" content=" ">', []),
        ("", []),
    ],
)
def test_heads_of_pages_say_what_they_say(head, said):
    page = read_page(f"<html><head><title>T</title>{head}</head><body><p>x</p></body>", url=PAGE)
    assert [f"{one.kind} {one.value}" for one in page.metadata.rights] == said
    assert {one.origin for one in page.metadata.rights} <= {"page"}


def test_license_link_in_the_text_counts():
    page = read_page(f'<p>Under <a rel="license" href="{BY}">CC BY</a></p>', url=PAGE)
    assert _said(page.metadata.rights) == [("license", BY, "page")]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"license": BY}, [f"license {BY}"]),
        ({"license": {"@type": "CreativeWork", "name": "CC BY", "url": BY}}, [f"license {BY}"]),
        ({"license": [{"name": "House rules"}]}, ["license House rules"]),
        ({"copyrightHolder": {"@type": "Organization", "name": "Quay"}}, ["copyright Quay"]),
        ({"copyrightHolder": "Quay", "copyrightNotice": "(c) Quay"}, ["copyright (c) Quay"]),
        ({"license": 7, "copyrightHolder": {"url": "https://a.example"}}, []),
    ],
)
def test_json_ld_of_the_article_counts(fields, said):
    block = json.dumps({"@type": "NewsArticle", "headline": "T", **fields})
    head = f'<title>T</title><script type="application/ld+json">{block}</script>'
    page = read_page(f"<html><head>{head}</head><body><p>x</p></body>", url=PAGE)
    assert [f"{one.kind} {one.value}" for one in page.metadata.rights] == said


def test_json_ld_of_a_picture_or_another_story_does_not_count():
    other = {"@type": "NewsArticle", "headline": "Elsewhere", "url": "https://a.example/2"}
    blocks = [{"@type": "ImageObject", "license": BY}, {**other, "license": BY}]
    head = f'<title>T</title><script type="application/ld+json">{json.dumps(blocks)}</script>'
    page = read_page(f"<html><head>{head}</head><body><p>x</p></body>", url=PAGE)
    assert page.metadata.rights == ()


RSS = """<rss version="2.0" xmlns:cc="http://web.resource.org/cc/"
 xmlns:c="http://backend.userland.com/creativeCommonsRssModule"
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>Q{}</title><copyright>(c) Quay &amp; Sons</copyright><c:license>BY</c:license>
<item><title>T</title><link>https://quay.example/1</link><description>Word</description>
<dc:rights>Mine</dc:rights><cc:license rdf:resource="BY-SA"/>
<media:copyright>A photographer</media:copyright></item></channel></rss>""".replace(
    "BY-SA", BY_SA
).replace("BY<", f"{BY}<")


@pytest.mark.parametrize("fault", ["", " & <b>"], ids=["well-formed", "ill-formed"])
def test_entry_and_feed_both_say_what_they_say_the_entry_first(fault):
    (entry,) = read_feed(RSS.replace("{}", fault).encode(), source="f").entries
    assert _said(entry.rights) == [
        ("license", BY_SA, "entry"),
        ("copyright", "Mine", "entry"),
        ("license", BY, "feed"),
        ("copyright", "(c) Quay & Sons", "feed"),
    ]


def test_links_and_rights_of_atom_are_read_by_their_base():
    text = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://quay.example/n/">
    <title>Q</title><rights type="html">&amp;copy; &lt;b&gt;Quay&lt;/b&gt;</rights>
    <link rel="license" href="by"/><entry><id>1</id><title>T</title><link href="1"/>
    <summary>Word</summary><source><rights>Another</rights></source>
    <link rel="license" href="{BY}"/></entry></feed>"""
    (entry,) = read_feed(text.encode(), source="f").entries
    assert entry.url == "https://quay.example/n/1"
    assert _said(entry.rights) == [
        ("license", BY, "entry"),
        ("copyright", "Another", "feed"),
        ("license", "https://quay.example/n/by", "feed"),
        ("copyright", "\u00a9 Quay", "feed"),
    ]


def test_header_of_a_feed_holds_for_its_entries_and_for_those_that_wait():
    header = rights_of_headers({"tdm-reservation": "1"}, origin="feed_header", url=PAGE)
    (entry,) = read_feed(RSS.replace("{}", "").encode(), source="f", rights=header).entries
    assert _said(entry.rights)[-1] == ("tdm_reservation", "1", "feed_header")
    again = read_entry_json(entry_json(Entry(entry))).document
    assert again.rights == entry.rights


def test_entries_that_wait_since_before_there_were_statements_have_none():
    kept = json.loads(
        entry_json(
            Entry(Document("f", source_kind="feed", body="", is_html=False, text_source="summary"))
        )
    )
    del kept["rights"]
    assert read_entry_json(json.dumps(kept)).document.rights == ()


def test_json_feed_and_records_name_licences(tmp_path):
    item = {"id": "1", "url": PAGE, "content_text": "Word", "license": BY}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Q", "items": [item]}
    (entry,) = read_feed(json.dumps({**feed, "copyright": "(c) Q"}).encode(), source="f").entries
    assert _said(entry.rights) == [("license", BY, "entry"), ("copyright", "(c) Q", "feed")]
    exported = [{"kind": "robots", "value": "noai", "origin": "page"}, {"kind": "x", "value": "y"}]
    records = [
        {"text": "Word", "license": ["CC0", {"url": BY}], "copyright": "(c) Q"},
        {"text": "Word", "license": 7, "rights": exported},
        {"text": "Word", "license": [], "rights": {"a": "b"}},
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    first, second, third = read_file(path)[0]
    assert _said(first.rights) == [
        ("license", "CC0", "record"),
        ("license", BY, "record"),
        ("copyright", "(c) Q", "record"),
    ]
    assert first.extra is None
    assert _said(second.rights) == [("robots", "noai", "record")]
    assert second.extra == '{"license": 7}'
    assert third.rights == ()
    assert third.extra == '{"license": [], "rights": {"a": "b"}}'


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("[]", []),
        ('[{"kind":"robots","value":"noai","origin":"page"}]', ["robots noai"]),
        ('[{"kind":"robots"', ['copyright [{"kind":"robots"']),
        ("[all rights reserved]", ["copyright [all rights reserved]"]),
        ("(c) Quay", ["copyright (c) Quay"]),
    ],
)
def test_cell_of_an_exported_table_says_what_the_column_said(cell, said):
    assert [f"{one.kind} {one.value}" for one in read_notices(cell)] == said


def test_field_of_another_name_may_name_the_licence(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"text,terms\nWord,{BY}\n", encoding="utf-8")
    (document,) = read_file(path, fields={"license": "terms"})[0]
    assert _said(document.rights) == [("license", BY, "record")]


def test_headers_of_archived_responses_count_each_of_several(tmp_path):
    headers = "TDM-Reservation: 1\r\nX-Robots-Tag: noindex\r\nX-Robots-Tag: noai\r\n"
    path = tmp_path / "a.warc"
    path.write_bytes(warc_record(http_response(headers=headers)) + warc_record(http_response()))
    first, second = read_file(path)[0]
    assert sorted(_said(first.rights)) == [
        ("robots", "noai", "page_header"),
        ("tdm_reservation", "1", "page_header"),
    ]
    assert second.rights == ()


@pytest.mark.parametrize(
    ("kind", "value", "is_reserved"),
    [
        ("robots", "noai", True),
        ("robots", "noimageai", False),
        ("tdm_reservation", "1", True),
        ("tdm_reservation", "0", False),
        ("tdm_reservation", "yes", False),
        ("tdm_policy", "https://quay.example/p", False),
        ("copyright", "All rights reserved. noai", False),
        ("license", "https://creativecommons.org/licenses/by-nc-nd/4.0/", False),
    ],
)
def test_only_what_programs_are_to_read_reserves(kind, value, is_reserved):
    statement = RightsStatement(kind, value, "page")
    assert (find_reservation([statement]) is statement) is is_reserved


def test_one_reservation_is_enough_whatever_others_say():
    lifted = say("tdm_reservation", "page", "0")
    reserved = say("tdm_reservation", "feed_header", "1")
    found = find_reservation(join_statements(lifted, reserved))
    assert found == reserved[0]
    assert describe_reservation(found) == "the feed's HTTP header says tdm-reservation: 1"


def test_of_too_many_statements_a_reservation_is_kept():
    many = say("copyright", "page", *(f"(c) {number}" for number in range(50)))
    kept = join_statements(many, many, say("robots", "page", "noai"))
    assert len(kept) == 20
    assert [one.value for one in kept] == [*(f"(c) {number}" for number in range(19)), "noai"]
    assert len(say("copyright", "page", "x" * 5_000)[0].value) == 1_000


def test_front_matter_may_name_licence_and_copyright():
    front = read_fields({"license": [BY, "CC0"], "Copyright": "(c) Quay", "rights": 7})
    assert _said(front.rights) == [
        ("license", BY, "record"),
        ("license", "CC0", "record"),
        ("copyright", "(c) Quay", "record"),
    ]
    assert front.extra == '{"rights": 7}'
