"""What reading a feed promises. All feeds here are invented."""

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from feedlake.transforms.feeds.parse_feed import parse_feed
from feedlake.transforms.records.documents import Document, Rejection

SOURCE = "feeds/harbour.xml"
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
)
FERRY = "<p>The ferry to the north island sails again.</p><p>Tickets cost two coins.</p>"


def _rss(*items: str, channel: str = "<link>https://example.org/</link>") -> bytes:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0"?><rss version="2.0" {NAMESPACES}><channel>'
        f"<title>Harbour News</title>{channel}{inside}</channel></rss>"
    ).encode()


def _atom(*entries: str, feed: str = "", attributes: str = "") -> bytes:
    inside = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMESPACES} {attributes}>'
        f"<title>Harbour News</title>{feed}{inside}</feed>"
    ).encode()


def _json(*items: Any, **feed: Any) -> bytes:
    top = {"version": "https://jsonfeed.org/version/1.1", "title": "Harbour News"}
    return json.dumps({**top, **feed, "items": list(items)}).encode()


def _documents(body: bytes, base_url: str | None = None) -> list[Document]:
    records = parse_feed(body, source=SOURCE, base_url=base_url)
    documents = [record for record in records if isinstance(record, Document)]
    assert len(documents) == len(records), records
    return documents


def _document(body: bytes, base_url: str | None = None) -> Document:
    (document,) = _documents(body, base_url)
    return document


def _reasons(body: bytes) -> list[str]:
    records = parse_feed(body, source=SOURCE)
    return [r.reason if isinstance(r, Rejection) else "document" for r in records]


def _escaped(markup: str) -> str:
    return markup.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_an_rss_entry_becomes_a_whole_document() -> None:
    body = _rss(
        "<title>Ferry sails</title><link>https://example.org/ferry</link>"
        "<description>It sails.</description>"
        f"<content:encoded><![CDATA[{FERRY}]]></content:encoded>"
        "<dc:creator>Ada Rowe</dc:creator><category>Sea</category><category>Sea</category>"
        "<category>Trade</category><pubDate>Tue, 05 Mar 2024 10:00:00 +0100</pubDate>"
        '<media:content url="/ferry.jpg" medium="image"/>',
        channel="<link>https://example.org/</link><language>en-gb</language>",
    )

    assert parse_feed(body, source=SOURCE) == [
        Document(
            source=SOURCE,
            source_kind="feed",
            source_record=1,
            body=FERRY,
            is_html=True,
            text_source="feed",
            url="https://example.org/ferry",
            title="Ferry sails",
            authors=("Ada Rowe",),
            published_at=datetime(2024, 3, 5, 9, tzinfo=UTC),
            published_text="Tue, 05 Mar 2024 10:00:00 +0100",
            date_source="feed",
            language="en-gb",
            site_name="Harbour News",
            tags=("Sea", "Trade"),
            image_url="https://example.org/ferry.jpg",
            excerpt="It sails.",
        )
    ]


def test_an_atom_entry_becomes_a_whole_document() -> None:
    body = _atom(
        '<title type="html">Ferry &lt;em&gt;sails&lt;/em&gt;</title>'
        '<link rel="enclosure" type="image/png" href="https://example.org/f.png"/>'
        '<link rel="related" href="https://example.org/other"/>'
        '<link href="https://example.org/ferry"/>'
        f'<content type="html">{_escaped(FERRY)}</content><summary>It sails.</summary>'
        "<published>2024-03-05T09:00:00Z</published><updated>2024-03-06T09:00:00Z</updated>"
        '<category term="Sea"/>',
        feed="<author><name>Ada Rowe</name></author>",
        attributes='xml:lang="en"',
    )

    assert _document(body) == Document(
        source=SOURCE,
        source_kind="feed",
        source_record=1,
        body=FERRY,
        is_html=True,
        text_source="feed",
        url="https://example.org/ferry",
        title="Ferry sails",
        authors=("Ada Rowe",),
        published_at=datetime(2024, 3, 5, 9, tzinfo=UTC),
        published_text="2024-03-05T09:00:00Z",
        updated_at=datetime(2024, 3, 6, 9, tzinfo=UTC),
        date_source="feed",
        language="en",
        site_name="Harbour News",
        tags=("Sea",),
        image_url="https://example.org/f.png",
        excerpt="It sails.",
    )


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (f"<description>{_escaped(FERRY)}</description>", (FERRY, True, "summary")),
        ("<description>Plain words.</description>", ("Plain words.", False, "summary")),
        ("<description>5 &lt; 6</description>", ("5 < 6", False, "summary")),
        ("<description>if a &lt;b and c&gt;d</description>", ("if a <b and c>d", False, "summary")),
        ("<description>5 &amp;lt; 6</description>", ("5 &lt; 6", True, "summary")),
        (
            "<description>A <b>bold</b> word.</description>",
            ("A <b>bold</b> word.", True, "summary"),
        ),
        (
            "<description>A long account of the tide.</description>"
            '<content:encoded>&lt;img src="x.png"/&gt;</content:encoded>',
            ("A long account of the tide.", False, "summary"),
        ),
        (
            "<description>A long account of the tide, told to its end.</description>"
            "<content:encoded>A long account of…</content:encoded>",
            ("A long account of the tide, told to its end.", False, "summary"),
        ),
        (
            "<description>A teaser of the tide.</description>"
            "<itunes:summary>A teaser of the tide, for those who listen.</itunes:summary>",
            ("A teaser of the tide, for those who listen.", False, "summary"),
        ),
        (
            "<description>A teaser of the tide and the boats.</description>"
            "<media:description>A boat at noon.</media:description>",
            ("A teaser of the tide and the boats.", False, "summary"),
        ),
    ],
)
def test_rss_body_is_the_best_text_and_html_only_if_marked_up(
    item: str, expected: tuple[str, bool, str]
) -> None:
    document = _document(_rss(item))
    assert (document.body, document.is_html, document.text_source) == expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("<content>Is 5 &lt; 6?</content>", ("Is 5 < 6?", False, "feed")),
        ("<content>the &lt;p&gt; tag</content>", ("the <p> tag", False, "feed")),
        ("<content>&lt;p&gt;Misnamed.&lt;/p&gt;</content>", ("<p>Misnamed.</p>", True, "feed")),
        (
            '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">5 &lt; 6</div>'
            "</content>",
            ("5 &lt; 6", True, "feed"),
        ),
        (
            '<content src="https://example.org/film.mp4" type="video/mp4"/>'
            "<summary>A film.</summary>",
            ("A film.", False, "summary"),
        ),
        (
            '<content type="text">Short and plain, nothing more.</content>'
            '<content type="html">&lt;p&gt;Marked up.&lt;/p&gt;</content>',
            ("<p>Marked up.</p>", True, "feed"),
        ),
        (
            "<summary>The tide in words.</summary>"
            "<media:group><media:description>A boat.</media:description></media:group>",
            ("The tide in words.", False, "summary"),
        ),
    ],
)
def test_atom_body_is_what_its_type_says(entry: str, expected: tuple[str, bool, str]) -> None:
    document = _document(_atom(entry))
    assert (document.body, document.is_html, document.text_source) == expected


def test_an_entry_without_text_is_rejected_with_its_title_and_url() -> None:
    body = _rss(
        "<title>Bare</title><link>https://example.org/bare</link>",
        "<title>Full</title><description>Words.</description>",
    )

    bare, full = parse_feed(body, source=SOURCE)

    assert isinstance(bare, Rejection)
    assert (bare.step, bare.reason, bare.source_record) == ("extract", "no_main_text", 1)
    assert (bare.title, bare.url) == ("Bare", "https://example.org/bare")
    assert full.source_record == 2


@pytest.mark.parametrize(
    ("links", "url"),
    [
        ("<link>https://example.org/a?b=1&amp;c=2</link>", "https://example.org/a?b=1&c=2"),
        ("<link>/a</link>", "https://example.org/a"),
        ("<guid>https://example.org/g</guid>", "https://example.org/g"),
        ('<guid isPermaLink="false">https://example.org/g</guid>', None),
        ("<guid>tag:example.org,2024:1</guid>", None),
        ("<link>javascript:alert(1)</link>", None),
        ("<link>http://[broken</link>", None),
        (
            "<link>https://example.com/proxy</link>"
            "<feedburner:origLink>https://example.org/a</feedburner:origLink>",
            "https://example.org/a",
        ),
    ],
)
def test_rss_url_is_the_absolute_address_of_the_entry(links: str, url: str | None) -> None:
    assert _document(_rss(links + "<description>Words.</description>")).url == url


def test_relative_links_of_atom_go_by_xml_base_then_the_feeds_own_address() -> None:
    entry = '<link href="a"/><content>Words.</content>'
    site = '<link href="https://example.org/site/"/>'
    itself = '<link rel="self" href="https://example.net/all.xml"/>'
    based = 'xml:base="https://example.org/base/"'
    fetched = "https://example.com/feeds/all.xml"

    found = [
        _document(_atom(entry, feed=site + itself, attributes=based), fetched).url,
        _document(_atom(entry, feed=site + itself, attributes='xml:base="/b/"'), fetched).url,
        _document(_atom(entry, feed=site + itself), fetched).url,
        _document(_atom(entry, feed=site + itself)).url,
        _document(_atom(entry, feed=site)).url,
        _document(_atom(entry)).url,
    ]
    assert found == [
        "https://example.org/base/a",
        "https://example.com/b/a",
        "https://example.com/feeds/a",
        "https://example.net/a",
        "https://example.org/site/a",
        None,
    ]


def test_relative_links_of_rss_go_by_xml_base_then_the_channels_link() -> None:
    item = "<item><link>a</link><description>Words.</description></item>"
    fetched = "https://example.com/feeds/all.xml"

    def url(channel: str, attributes: str = "") -> str | None:
        rss = f"<rss {attributes}><channel>{channel}{item}</channel></rss>"
        return _document(rss.encode(), fetched).url

    assert url("<link>https://example.org/site/</link>") == "https://example.org/site/a"
    assert url("<link>/site/</link>") == "https://example.com/site/a"
    assert url("<link/>") == "https://example.com/feeds/a"
    assert url("<link>/site/</link>", 'xml:base="https://example.org/b/"') == (
        "https://example.org/b/a"
    )


def test_a_link_of_several_entries_identifies_none_of_them() -> None:
    home = "<link>https://example.org/{}</link><guid isPermaLink='false'>{}</guid><description>{}"
    items = [
        home.format(link, guid, text) + "</description>"
        for link, guid, text in [
            ("", 1, "One."),
            ("#two", 2, "Two."),
            ("three", 3, "Three."),
            ("four", 4, "Four."),
            ("four", 4, "Four again."),
        ]
    ]

    shared = [document.has_shared_url for document in _documents(_rss(*items))]

    assert shared == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("Fish &amp; chips", "Fish & chips"),
        ("Fish &amp;amp; chips", "Fish & chips"),
        ("Ada&amp;amp;#8217;s boat", "Ada’s boat"),
        ("&lt;b&gt;Bold&lt;/b&gt;\n boat", "Bold boat"),
        ("<![CDATA[A <i>slow</i> boat]]>", "A slow boat"),
        ("5 &lt; 6", "5 < 6"),
        ("?a=1&amp;copy=2", "?a=1&copy=2"),
        ("When to use &lt;br&gt; and &lt;hr&gt;", "When to use <br> and <hr>"),
        ("One&lt;br /&gt;two", "One two"),
        ("Forgotten &lt;/div&gt; tags", "Forgotten </div> tags"),
        ("A Map&lt;String, List&lt;T&gt;&gt; of boats", "A Map<String, List<T>> of boats"),
        ("Read &lt;stdio.h&gt; first", "Read <stdio.h> first"),
        ("&lt;script&gt; and &lt;/script&gt;", "<script> and </script>"),
        ("&lt;p&gt;Cut in the mid", "Cut in the mid"),
        ("&lt;b&gt; is bold", "<b> is bold"),
        ("&lt;i&gt;Petrel&lt;/i&gt; in &lt;b&gt;port&lt;/b&gt;", "Petrel in port"),
        ("H&lt;sub&gt;2&lt;/sub&gt;O", "H2O"),
        ("Write &amp;lt;br&amp;gt; here", "Write <br> here"),
        ("a &lt;b and c&gt; d", "a <b and c> d"),
        ("", None),
    ],
)
def test_titles_are_plain_text(raw: str, title: str | None) -> None:
    body = _rss(f"<title>{raw}</title><description>Words.</description>")
    assert _document(body).title == title


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ('<title type="text">When to use &lt;br&gt;, &lt;b&gt;bold&lt;/b&gt;</title>',
         "When to use <br>, <b>bold</b>"),
        ('<title type="text">Write &amp;amp; for &amp;</title>', "Write &amp; for &"),
        ('<title type="text"><![CDATA[<b>Bold</b> & bare]]></title>', "<b>Bold</b> & bare"),
        ('<title type="html">&lt;b&gt;Bold&lt;/b&gt; &amp;lt;br&amp;gt;</title>', "Bold <br>"),
        ('<title type="html">&lt;p&gt;Never closed</title>', "Never closed"),
        ('<title type="html">5 &lt; 6 &amp;amp; 7</title>', "5 < 6 & 7"),
        ('<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <b>bold</b> '
         "&lt;br&gt;</div></title>", "A bold <br>"),
        ("<title>A &lt;b&gt;bold&lt;/b&gt; boat</title>", "A bold boat"),
        ("<title>When to use &lt;br&gt;</title>", "When to use <br>"),
    ],
)  # fmt: skip
def test_titles_of_atom_are_what_their_type_says(title: str, shown: str) -> None:
    assert _document(_atom(f'{title}<content type="text">Words.</content>')).title == shown


@pytest.mark.parametrize(
    ("markup", "authors"),
    [
        ("<author>ada@example.org (Ada Rowe)</author>", ("Ada Rowe",)),
        ("<author>Ada Rowe &lt;ada@example.org&gt;</author>", ("Ada Rowe",)),
        ("<author>ada@example.org</author>", ("ada@example.org",)),
        ("<author>ada@example.org</author><dc:creator>Ada Rowe</dc:creator>", ("Ada Rowe",)),
        (
            "<dc:creator>Ada Rowe</dc:creator><dc:creator>Bo Lind</dc:creator>",
            ("Ada Rowe", "Bo Lind"),
        ),
        ("", ()),
    ],
)
def test_authors_are_names(markup: str, authors: tuple[str, ...]) -> None:
    assert _document(_rss(f"{markup}<description>Words.</description>")).authors == authors


@pytest.mark.parametrize(
    ("dates", "published_at", "published_text"),
    [
        ("<pubDate>2016/6/29</pubDate>", datetime(2016, 6, 29, tzinfo=UTC), "2016/6/29"),
        (
            "<pubDate>soon</pubDate><dc:date>2024-03-05</dc:date>",
            datetime(2024, 3, 5, tzinfo=UTC),
            "2024-03-05",
        ),
        ("<pubDate>some other day</pubDate>", None, "some other day"),
        ("", None, None),
    ],
)
def test_dates_are_read_from_their_words(
    dates: str, published_at: datetime | None, published_text: str | None
) -> None:
    document = _document(_rss(f"{dates}<description>Words.</description>"))
    assert (document.published_at, document.published_text) == (published_at, published_text)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\x01\x02",
        b"just words",
        b"<!DOCTYPE html><html><body><p>A page.</p></body></html>",
        b'<opml version="2.0"><body/></opml>',
        b"[1, 2]",
        b'{"items": [{"content_text": "Words."}]}',
    ],
)
def test_what_is_no_feed_is_one_rejection(body: bytes) -> None:
    (rejection,) = parse_feed(body, source=SOURCE)
    assert isinstance(rejection, Rejection)
    assert (rejection.step, rejection.reason) == ("read", "not_a_feed")
    assert rejection.detail


def test_a_feed_without_entries_gives_nothing() -> None:
    assert parse_feed(_rss(), source=SOURCE) == []
    assert parse_feed(_atom(), source=SOURCE) == []
    assert parse_feed(_json(), source=SOURCE) == []


def test_no_bytes_make_it_raise() -> None:
    dice = random.Random(20240305)
    feeds = [
        _rss(f"<title>One</title><link>/a</link><description>{_escaped(FERRY)}</description>"),
        _atom('<title>Two</title><link href="a"/><content type="html">&lt;p&gt;x</content>'),
        _json({"id": "1", "content_html": FERRY, "authors": [{"name": "Ada"}]}),
    ]
    pieces = [b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"&#0;", b"</item>", b"<links>"]
    pieces += [b"</width>", b"\xff", b"\x00", b"<!DOCTYPE x [", b"<!ENTITY a 'b'>", b"[", b"null"]
    for _ in range(600):
        body = bytearray(dice.choice(feeds))
        for _ in range(dice.randrange(1, 12)):
            at = dice.randrange(len(body) + 1)
            body[at : at + dice.choice([0, 0, 1, 9, 90])] = dice.choice(pieces)
        records = parse_feed(bytes(body), source=SOURCE, base_url="https://example.org/feed")
        assert {record.source for record in records} <= {SOURCE}


STORIES = (
    "The council met to settle the question of the pier, which has stood closed since the storms. "
    "A fund of forty thousand crowns was put aside for it after a long debate.",
    "Children of our school painted some sign for that toll house and hung it beside one ticket "
    "booth. Shopkeepers say trade fell by a third while its gate was shut last winter.",
)


def _item(
    title: str, text: str, day: int | None = 10, *, guid: str = "x", link: str = "/log"
) -> str:
    date = f"<pubDate>{day} Nov 2026 08:00:00 GMT</pubDate>" if day else ""
    url = f"<link>https://example.org{link}</link>" if link else ""
    identity = f"<guid isPermaLink='false'>{guid}</guid>" if guid else ""
    return f"{url}{identity}<title>{title}</title><description>{text}</description>{date}"


@pytest.mark.parametrize(
    ("first", "second", "is_shared"),
    [
        (_item("Version 1.0", STORIES[0]), _item("Version 1.1", STORIES[1], 11), True),
        (_item("Version 1.0", STORIES[0]), _item("Version 1.1", STORIES[0]), True),
        (_item("Changes", STORIES[0]), _item("Changes", STORIES[1]), True),
        (_item("Changes", "A pier."), _item("Changes", "A toll house.", 11), True),
        (_item("", STORIES[0], None), _item("", STORIES[1], None), True),
        (_item("Pier", "A pier.", guid=""), _item("House", "A house.", guid=""), True),
        (_item("Pier", "Words.", guid="1"), _item("Pier", "Other words.", guid="2"), True),
        (_item("Changes", STORIES[0]), _item("Changes", STORIES[0]), False),
        (_item("Changes", STORIES[0]), _item("Changes", STORIES[0], 11), False),
        (_item("New pier", STORIES[0]), _item("New pier", f"{STORIES[0]} It is open."), False),
        (_item("New pier opens", "A pier."), _item("New pier opens now", "A new pier."), False),
        (_item("Pier", STORIES[0], guid="1"), _item("Pier", STORIES[0], guid="2"), False),
    ],
)
def test_entries_that_tell_different_stories_share_their_link_and_guid(first, second, is_shared):
    for one, other in ((first, second), (second, first)):
        documents = _documents(_rss(one, other))

        assert [document.has_shared_url for document in documents] == [is_shared] * 2
        if "'>x<" in first:
            assert [document.guid for document in documents] == [None if is_shared else "x"] * 2


def test_a_guid_without_a_link_that_tells_different_stories_is_none() -> None:
    items = [_item("Changes", text, day, link="") for day, text in enumerate(STORIES, start=3)]
    assert [document.guid for document in _documents(_rss(*items))] == [None, None]
    assert [document.guid for document in _documents(_rss(items[0], items[0]))] == ["x", "x"]
