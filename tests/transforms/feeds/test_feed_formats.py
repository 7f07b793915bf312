"""What each format and dialect of feed promises, well-formed or not. All feeds are invented."""

from dataclasses import replace

import pytest

from feedlake.transforms.feeds.parse_feed import Feed, read_feed
from feedlake.transforms.records.documents import Document

SOURCE = "https://example.org/feeds/all.xml"
ATOM = "http://www.w3.org/2005/Atom"
OLD_ATOM = "http://purl.org/atom/ns#"
XHTML = "http://www.w3.org/1999/xhtml"
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
ENTRY = '<title>Ferry</title><link href="/ferry"/><updated>2024-03-05T09:00:00Z</updated>'
ITEM = (
    "<title>Ferry</title><link>/ferry</link><pubDate>Tue, 05 Mar 2024 09:00:00 GMT</pubDate>"
    "<description>It sails.</description>"
)


def _read(body: str | bytes) -> Feed:
    raw = body.encode() if isinstance(body, str) else body
    return read_feed(raw, source=SOURCE, base_url=SOURCE)


MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'


def _document(body: str | bytes) -> Document:
    (entry,) = _read(body).entries
    assert isinstance(entry, Document), entry
    return entry


def _essence(body: str | bytes) -> tuple[str | None, str | None, str, str]:
    document = _document(body)
    return document.title, document.url, str(document.published_at), str(document.body)


def _atom(inside: str, *, attributes: str = "", namespace: str = ATOM) -> str:
    return f'<feed xmlns="{namespace}" {attributes}><entry>{inside}</entry></feed>'


def _rss(inside: str, *, attributes: str = "") -> str:
    return f'<rss version="2.0" {attributes}><channel><item>{inside}</item></channel></rss>'


FORMATS = {
    "RSS 0.90": f'<rdf:RDF {RDF} xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>H'
    f"</title></channel><image><title>No</title></image><item>{ITEM}</item></rdf:RDF>",
    "RSS 0.91": '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" '
    '"http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel>'
    f"<title>H</title><item>{ITEM}</item></channel></rss>",
    "RSS 0.92": f'<rss version="0.92"><channel><item>{ITEM}</item></channel></rss>',
    "RSS 1.0": f'<rdf:RDF {RDF} xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>H'
    f'</title><items><rdf:Seq><rdf:li resource="/ferry"/></rdf:Seq></items></channel>'
    f'<item rdf:about="/ferry">{ITEM}</item></rdf:RDF>',
    "RSS 1.0 by prefix": f'<rdf:RDF {RDF} xmlns:r="http://purl.org/rss/1.0/"><r:item>'
    "<r:title>Ferry</r:title><r:link>/ferry</r:link><r:description>It sails.</r:description>"
    "<r:pubDate>2024-03-05T09:00:00Z</r:pubDate></r:item></rdf:RDF>",
    "RSS 2.0": _rss(ITEM),
    "RSS 2.0 in capitals": "<RSS><CHANNEL><ITEM><TITLE>Ferry</TITLE><LINK>/ferry</LINK><PUBDATE>"
    "2024-03-05T09:00:00Z</PUBDATE><DESCRIPTION>It sails.</DESCRIPTION></ITEM></CHANNEL></RSS>",
    "RSS 2.0 in UserLand's namespace": '<rss xmlns="http://backend.userland.com/RSS2"><channel>'
    f"<item>{ITEM}</item></channel></rss>",
    "RSS 2.0 in a namespace of its own": f'<rss xmlns="urn:x"><channel><item>{ITEM}</item>'
    "</channel></rss>",
    "items beside the channel": f"<rss><channel><title>H</title></channel><item>{ITEM}</item>"
    "</rss>",
    "items without a channel": f"<rss><item>{ITEM}</item></rss>",
    "Atom 0.3": f'<feed version="0.3" xmlns="{OLD_ATOM}"><entry>{ENTRY}<summary>It sails.</summary>'
    "</entry></feed>",
    "Atom 1.0": _atom(f"{ENTRY}<summary>It sails.</summary>"),
    "Atom 1.0 by prefix": f'<a:feed xmlns:a="{ATOM}"><a:entry><a:title>Ferry</a:title>'
    '<a:link href="/ferry"/><a:updated>2024-03-05T09:00:00Z</a:updated>'
    "<a:summary>It sails.</a:summary></a:entry></a:feed>",
    "Atom 1.0 without its namespace": f"<feed><entry>{ENTRY}<summary>It sails.</summary></entry>"
    "</feed>",
    "CDF": '<CHANNEL HREF="/"><TITLE>H</TITLE><ITEM HREF="/ferry" LASTMOD="2024-03-05T09:00">'
    "<TITLE>Ferry</TITLE><ABSTRACT>It sails.</ABSTRACT></ITEM></CHANNEL>",
}


@pytest.mark.parametrize("body", FORMATS.values(), ids=FORMATS)
def test_every_format_gives_title_link_date_and_text(body: str) -> None:
    essence = ("Ferry", "https://example.org/ferry", "2024-03-05 09:00:00+00:00", "It sails.")
    assert _essence(body) == essence


@pytest.mark.parametrize("body", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("fault", ["<x:undeclared/>", " & &nbsp; ", "<br>"])
def test_an_ill_formed_feed_gives_what_the_same_feed_gives_well_formed(
    fault: str, body: str
) -> None:
    at = body.rindex("</")  # before the end of the root
    assert _essence(body[:at] + fault + body[at:]) == _essence(body)


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ('<content type="text">5 &lt; 6</content>', ("5 < 6", False)),
        ('<content type="html">5 &amp;lt; 6</content>', ("5 &lt; 6", True)),
        ('<content type="html"><![CDATA[<p>One</p>]]></content>', ("<p>One</p>", True)),
        ('<content type="text/html">&lt;p>One&lt;/p></content>', ("<p>One</p>", True)),
        ('<content type="html"><div>&lt;p>One&lt;/p></div></content>', ("<p>One</p>", True)),
        (
            f'<content type="xhtml"><div xmlns="{XHTML}"><p class="a">One<br/>two</p></div>'
            "</content>",
            ('<p class="a">One<br />two</p>', True),
        ),
        (
            f'<content type="xhtml"><h:div xmlns:h="{XHTML}"><h:p>5 &lt; 6</h:p></h:div></content>',
            ("<p>5 &lt; 6</p>", True),
        ),
        (
            '<content type="xhtml"><div>One</div><div title="a&quot;b">two</div></content>',
            ('<div>One</div><div title="a&quot;b">two</div>', True),
        ),
        ("<content><p>Bare <b>markup</b></p></content>", ("<p>Bare <b>markup</b></p>", True)),
        ('<content type="application/xml"><entry>No</entry></content>', ("", False)),
        ('<content type="image/png">iVBORw0KGgo=</content>', ("", False)),
        (
            '<content mode="base64" type="text/html">PHA+T25lPC9wPg==</content>',
            ("<p>One</p>", True),
        ),
        ('<content mode="base64" type="text/plain">*</content>', ("*", False)),
        (f'<body xmlns="{XHTML}"><p>One</p></body>', ("<p>One</p>", True)),
    ],
)
@pytest.mark.parametrize("namespace", [ATOM, OLD_ATOM])
def test_an_atom_text_is_what_its_type_or_its_elements_say(
    namespace: str, inside: str, expected: tuple[str, bool]
) -> None:
    document = _document(_atom(ENTRY + inside, namespace=namespace))
    body = str(document.body).removeprefix("<div>").removesuffix("</div>")
    wanted = expected[0].removeprefix("<div>").removesuffix("</div>")
    assert (body, document.is_html) == (wanted, expected[1])


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (
            f'<title type="xhtml"><div xmlns="{XHTML}">Less: <em> &lt; </em></div></title>',
            "Less: <",
        ),
        ('<title type="html">One &lt;b>bold&lt;/b> step</title>', "One bold step"),
        ('<title mode="base64">RmVycnk=</title>', "Ferry"),
        ("<title><![CDATA[Caf\u00e9 & bar]]></title>", "Caf\u00e9 & bar"),
        ("<title>Caf\u00c3\u00a9</title>", "Caf\u00e9"),
        ("<title>&#147;Ferry&#148;</title>", "\u201cFerry\u201d"),
        ("<title/><dc:title>Ferry</dc:title>", "Ferry"),
        ("<media:title>No</media:title><title>Ferry</title>", "Ferry"),
        ("<media:group><media:title>Ferry</media:title></media:group>", "Ferry"),
        ("<source><title>No</title></source><title>Ferry</title>", "Ferry"),
        ("<image><title>No</title></image><title>Ferry</title>", "Ferry"),
        ("<title>Ferry</title><x:y><title>No</title></x:y>", "Ferry"),
    ],
)
def test_the_title_is_the_entrys_own(title: str, expected: str) -> None:
    spaces = (
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:x="urn:x" '
        'xmlns:media="http://search.yahoo.com/mrss"'
    )
    document = _document(_atom(f'{title}<link href="/ferry"/>', attributes=spaces))
    assert document.title == expected


@pytest.mark.parametrize(
    ("declared", "prefix"),
    [
        ("http://purl.org/dc/elements/1.1/", "dc"),
        ("http://purl.org/dc/elements/1.1/", "other"),
        ("HTTP://PURL.ORG/DC/elements/1.1/", "dc"),
        ("http://example.org/what-ever/", "dc"),
    ],
)
def test_modules_go_by_namespace_or_by_their_usual_prefix(declared: str, prefix: str) -> None:
    document = _document(
        _rss(
            f"<link>/a</link><{prefix}:date>2024-03-05</{prefix}:date>"
            f"<{prefix}:creator>Ada Rowe</{prefix}:creator>",
            attributes=f'xmlns:{prefix}="{declared}"',
        )
    )
    assert (document.authors, str(document.published_at)[:10]) == (("Ada Rowe",), "2024-03-05")


@pytest.mark.parametrize(
    ("attributes", "link", "url"),
    [
        ('xml:base="https://example.com/a/"', '<link href="b"/>', "https://example.com/a/b"),
        (
            'xml:base="https://example.com/a/"',
            '<link href="c" xml:base="b/"/>',
            "https://example.com/a/b/c",
        ),
        ('xml:base="/a/"', '<link href="b"/>', "https://example.org/a/b"),
        (
            "",
            '<link rel="via" href="no"/><content type="text/html" src="b"/>',
            "https://example.org/feeds/b",
        ),
        ('xml:base=""', '<link href="b"/>', "https://example.org/feeds/b"),
        ('xml:base="https://[/"', '<link href="b"/>', "https://example.org/feeds/b"),
        ('xml:base="javascript:x"', '<link href="/b"/>', "https://example.org/b"),
        ("", '<link rel="related" href="no"/><link href="b"/>', "https://example.org/feeds/b"),
        (
            "",
            '<link rel="http://www.iana.org/assignments/relation/alternate" href="b"/>',
            "https://example.org/feeds/b",
        ),
        (
            "",
            '<link type="application/pdf" href="no"/><link type="text/html" href="b"/>',
            "https://example.org/feeds/b",
        ),
    ],
)
def test_links_of_atom(attributes: str, link: str, url: str) -> None:
    document = _document(_atom(f"{link}<summary>Words.</summary>", attributes=attributes))
    assert document.url == url


def test_an_rss_items_own_link_goes_before_one_borrowed_from_atom() -> None:
    body = _rss(f'<a:link xmlns:a="{ATOM}" href="/no"/><link>/ferry</link>')
    assert _document(body).url == "https://example.org/ferry"


@pytest.mark.parametrize(
    ("elements", "url"),
    [
        ("<link>https://e.org/x?a=1&amp;amp;b=2</link>", "https://e.org/x?a=1&b=2"),
        ("<link><![CDATA[https://e.org/x?a=1&amp;b=2]]></link>", "https://e.org/x?a=1&b=2"),
        ("<link>\n  https://e.org/x\n  ?a=1 </link>", "https://e.org/x?a=1"),
        ("<link>www.e.org/x</link>", "https://www.e.org/x"),
        ("<link>mailto:a@e.org</link><guid>https:/e.org/x</guid>", "https://e.org/x"),
        ("<guid isPermaLink='false'>https://e.org/x</guid>", None),
        ("<guid isPermaLink='False'>https://e.org/x</guid>", None),
        ("<guid isPermaLink=' TRUE '>https://e.org/x</guid>", "https://e.org/x"),
        ("<guid isPermaLink='true'>/x</guid>", "https://example.org/x"),
        ("<guid>/x</guid>", None),
        ("<guid>www.e.org/x</guid>", "https://www.e.org/x"),
        ("<guid>1234</guid>", None),
        ("<link rdf:resource='https://e.org/x' xmlns:rdf='urn:r'/>", "https://e.org/x"),
        (
            "<x:url xmlns:x='http://prismstandard.org/namespaces/basic/2.0/'>https://e.org/x</x:url>",
            "https://e.org/x",
        ),
        (
            "<dc:identifier xmlns:dc='http://purl.org/dc/elements/1.1/'>doi:10.1/1</dc:identifier>",
            None,
        ),
    ],
)
def test_links_are_what_was_meant(elements: str, url: str | None) -> None:
    assert _document(_rss(f"<description>Words.</description>{elements}")).url == url


@pytest.mark.parametrize(
    ("elements", "url", "is_media"),
    [
        ('<enclosure url="/a.mp3" type="audio/mpeg" length="1"/>', "a.mp3", True),
        ('<enclosure url="/a.mp3"/><link>/a</link>', "a", False),
        ('<enclosure url="/a.pdf" type="application/pdf"/>', "a.pdf", False),
        ('<enclosure url="/a.jpg" type="image/jpeg"/>', None, False),
        (f'<media:content {MEDIA} url="/a.mp4"/>', "a.mp4", True),
        (
            f'<media:player {MEDIA} url="https://example.org/p?v=1"/><enclosure url="/a.mp4"/>',
            "p?v=1",
            False,
        ),
    ],
)
def test_an_entry_without_link_has_the_address_of_what_it_brings(
    elements: str, url: str | None, is_media: bool
) -> None:
    document = _document(_rss(f"<description>To hear.</description>{elements}"))
    expected = f"https://example.org/{url}" if url else None
    assert (document.url, document.is_media_url) == (expected, is_media)


@pytest.mark.parametrize(
    ("language", "attributes", "expected"),
    [
        ("<dc:language>pt_BR</dc:language>", 'xml:lang="en"', "pt_BR"),
        ("<summary xml:lang='de'>Worte.</summary>", 'xml:lang="en"', "de"),
        ("", 'xml:lang="en_GB"', "en-GB"),
        ("", "", None),
    ],
)
def test_the_language_is_that_of_the_innermost_element(
    language: str, attributes: str, expected: str | None
) -> None:
    spaces = f'{attributes} xmlns:dc="http://purl.org/dc/elements/1.1/"'
    assert _document(_atom(ENTRY + language, attributes=spaces)).language == expected


def test_entries_within_entries_are_entries() -> None:
    feed = _read(
        _rss("<title>One</title><link>/1</link><item><title>Two</title><link>/2</link></item>")
    )
    assert [(e.title, e.url) for e in feed.entries] == [
        ("One", "https://example.org/1"),
        ("Two", "https://example.org/2"),
    ]


def test_entries_within_texts_are_not() -> None:
    inner = f'<content type="application/atom+xml"><entry xmlns="{ATOM}"><title>No</title></entry>'
    assert _document(_atom(f"{ENTRY}{inner}</content>")).title == "Ferry"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("&amp;lt;p&amp;gt;Twice.&amp;lt;/p&amp;gt;", ("<p>Twice.</p>", True)),
        ("&lt;p>The &amp;lt;p&amp;gt; tag&lt;/p>", ("<p>The &lt;p&gt; tag</p>", True)),
        ("<p>Not at all.</p>", ("<p>Not at all.</p>", True)),
        ("<div>Nor this.</div>", ("Nor this.", False)),
    ],
)
def test_descriptions_escaped_too_often_or_too_seldom(
    markup: str, expected: tuple[str, bool]
) -> None:
    document = _document(_rss(f"<description>{markup}</description>"))
    assert (document.body, document.is_html) == expected


@pytest.mark.parametrize(
    "encoding",
    [
        *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"),
        *("utf-32", "utf-32-le", "utf-32-be", "koi8-r", "windows-1251", "iso-8859-5"),
    ],
)
@pytest.mark.parametrize("declares", [True, False])
def test_every_encoding_is_read(encoding: str, declares: bool) -> None:
    declared = encoding.removesuffix("-sig") if declares else "utf-8"
    rss = _rss("<title>Лодка у моря</title><link>/</link>")
    text = f'<?xml version="1.0" encoding="{declared}"?>{rss}'
    is_told = declares or encoding.startswith("utf")
    body = text.encode(encoding)
    charset = None if is_told else encoding

    (entry,) = read_feed(body, source=SOURCE, base_url=SOURCE, charset=charset).entries

    assert entry.title == "Лодка у моря"


def test_ebcdic_is_read() -> None:
    body = f'<?xml version="1.0" encoding="cp037"?>{_rss(ITEM)}'.encode("cp037")
    assert _essence(body) == _essence(_rss(ITEM))


PAGES = {
    "XHTML": f'<html xmlns="{XHTML}"><body><p>See</p>{_rss(ITEM)}</body></html>',
    "XHTML by prefix": f'<h:html xmlns:h="{XHTML}"><h:body>{_rss(ITEM)}</h:body></h:html>',
    "HTML": f"<!DOCTYPE html><title>Feeds</title><p>Write {_rss(ITEM)}</p>",
    "HTML without a beginning": f"<h1>Feeds</h1>{_rss(ITEM)}",
    "script": f"<script>var feed = '{_rss(ITEM)}'</script>",
    "words about feeds": "<p>Begin with <rss version='2.0'> and go on.</p>",
    "RDF of another kind": f"<rdf:RDF {RDF}><rdf:Seq><title>x</title></rdf:Seq></rdf:RDF>",
    "channels of television": '<tv><channel id="1"><display-name>One</display-name></channel></tv>',
    "sitemap": '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url/></urlset>',
    "OPML": '<opml version="2.0"><body><outline type="rss" xmlUrl="https://x/"/></body></opml>',
    "entry alone": f'<entry xmlns="{ATOM}">{ENTRY}</entry>',
}


@pytest.mark.parametrize("body", PAGES.values(), ids=PAGES)
def test_what_only_holds_a_feeds_words_is_no_feed(body: str) -> None:
    fault = _read(body).fault
    assert fault is not None
    assert fault.reason == "not_a_feed"


@pytest.mark.parametrize("name", ["rss", "html", "feed"])
def test_a_document_type_does_not_decide(name: str) -> None:
    doctype = f'<!DOCTYPE {name} SYSTEM "http://127.0.0.1:9/no.dtd">'
    assert _essence(doctype + _rss(ITEM)) == _essence(_rss(ITEM))


HOSTILE = {
    "deep": _rss("<title>x</title><link>/</link>" + "<a>" * 50_000 + "</a>" * 50_000),
    "deep XHTML": _rss(
        "<link>/</link><description>" + "<b>" * 1_900 + "</b>" * 1_900 + "</description>"
    ),
    "deep items": "<rss>" + "<item><link>/</link>" * 1_500 + "</item>" * 1_500 + "</rss>",
    "deep bases": f'<feed xmlns="{ATOM}">'
    + '<x xml:base="a/">' * 1_500
    + '<entry><link href="b"/></entry>' * 300
    + "</x>" * 1_500
    + "</feed>",
    "attributes": _rss("<link " + " ".join(f'a{n}="1"' for n in range(50_000)) + ">/</link>"),
    "one long item": _rss("<link>/</link><description>" + "words " * 1_700_000 + "</description>"),
    "never closed": _rss("<link>/</link><title>&nbsp;</title>" + "<!--" * 50_000),
    "never closed either": _rss("<link>/</link><title>&nbsp;</title>" + "<![CDATA[" * 50_000),
    "hours": _rss("<link>/</link>" + "<skipHours>" * 20_000),
    "references": _rss("<link>/</link><title>" + "&#0;&bad;&" * 50_000 + "</title>"),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_no_shape_makes_it_fail_or_take_long(body: str) -> None:
    feed = _read(body)
    assert feed.is_feed
    assert feed.entries


def test_what_was_read_does_not_depend_on_where_it_came_from() -> None:
    body = _atom('<id>urn:1</id><title>One</title><link href="https://example.org/1"/>')
    here = _document(body)
    (there,) = read_feed(body.encode(), source="elsewhere").entries
    assert there == replace(here, source="elsewhere")
