"""What reading a damaged or hostile feed promises. All feeds here are invented."""

from datetime import UTC, datetime

import pytest

from feedlake.transforms.feeds.parse_feed import parse_feed
from feedlake.transforms.records.documents import Document, Rejection

SOURCE = "feeds/harbour.xml"


def _rss(*items: str) -> bytes:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour News</title>{inside}'
        "</channel></rss>"
    ).encode()


def _documents(body: bytes) -> list[Document]:
    records = parse_feed(body, source=SOURCE)
    documents = [record for record in records if isinstance(record, Document)]
    assert len(documents) == len(records), records
    return documents


def _document(body: bytes) -> Document:
    (document,) = _documents(body)
    return document


def _reasons(body: bytes) -> list[str]:
    records = parse_feed(body, source=SOURCE)
    return [r.reason if isinstance(r, Rejection) else "document" for r in records]


def test_a_feed_cut_within_an_entry_loses_that_entry_and_says_so() -> None:
    whole = _rss(*[f"<title>T{n}</title><description>Words {n}.</description>" for n in (1, 2, 3)])
    cut = whole[: whole.index(b"Words 3") + 3]

    *documents, rejection = parse_feed(cut, source=SOURCE)

    assert [document.title for document in documents] == ["T1", "T2"]
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.source_record, rejection.title) == ("corrupt_feed", 3, "T3")


def test_a_feed_cut_between_entries_keeps_them_all() -> None:
    whole = _rss("<description>One.</description>", "<description>Two.</description>")
    assert _reasons(whole[: -len("</channel></rss>")]) == ["document", "document", "corrupt_feed"]


@pytest.mark.parametrize(
    "fault",
    ["A &nbsp; B", "A & B", "A <br> B", "\x0b", "&#0;", "&#xD800;", "&#99999999999;", "<x:y/>"],
)
def test_a_feed_that_is_only_ill_formed_is_read_whole(fault: str) -> None:
    items = [f"<description>Words {fault}</description>", "<description>More.</description>"]
    assert [str(document.body)[:4] for document in _documents(_rss(*items))] == ["Word", "More"]


def test_one_bad_byte_does_not_garble_the_rest() -> None:
    body = _rss("<description>Café and ca\u00e9</description>").replace(b"ca\xc3\xa9", b"ca\xe9")
    assert _document(body).body == "Café and ca\ufffd"


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1251", "shift_jis"])
def test_the_declared_encoding_is_used(encoding: str) -> None:
    body = _rss("<description>Лодка</description>").decode()
    body = body.replace("?>", f' encoding="{encoding}"?>', 1)
    assert _document(body.encode(encoding)).body == "Лодка"


def test_words_before_the_root_are_passed_over() -> None:
    warning = b"\n<br />\n<b>Warning</b>: the disk is full\n"
    assert _reasons(warning + _rss("<description>Words.</description>")) == ["document"]


def _with_doctype(doctype: str, text: str) -> bytes:
    rss = _rss(f"<description>{text}</description>").decode()
    return rss.replace("?>", f"?>{doctype}", 1).encode()


LAUGHS = '<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{inner};" * 10}">'
    for inner, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize("hidden", ["", "<!--<rss-->"])
@pytest.mark.parametrize(
    ("entities", "text"),
    [
        (LAUGHS, "&i;"),
        (f'\n<!ENTITY a "{"x" * 50_000}">\n', "&a;" * 5_000),
        ('<!ENTITY a SYSTEM "file:///etc/passwd">', "&a;"),
        ('<!ENTITY % p SYSTEM "file:///etc/passwd">%p;', "&a;"),
    ],
    ids=["billion laughs", "quadratic", "external", "external parameter"],
)
def test_entities_are_neither_blown_up_nor_fetched(hidden: str, entities: str, text: str) -> None:
    document = _document(_with_doctype(f"<!DOCTYPE rss [{hidden}{entities}]>", f"Words {text}"))
    assert document.body == f"Words {text}"


def test_short_entities_of_text_are_filled_in() -> None:
    doctype = '<!DOCTYPE rss [<!ENTITY co "Rowe &#38; Lind"><!ENTITY e "">]>'
    assert _document(_with_doctype(doctype, "By &co;.")).body == "By Rowe & Lind."


@pytest.mark.parametrize(
    "fault",
    [
        "</width>",
        "<width/>",
        "<textinput><title>x</title></textinput>",
        "</textinput>",
        "</cc:license>",
    ],
)
def test_elements_that_feedparser_stumbles_over_cost_no_entry(fault: str) -> None:
    assert _reasons(_rss(f"<description>Words.</description>{fault}")) == ["document"]


def test_rss_1_and_atom_03_are_read() -> None:
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<channel rdf:about="https://example.org/"><title>Harbour</title></channel>'
        '<item rdf:about="https://example.org/1"><title>One</title>'
        "<link>https://example.org/1</link><description>Low tide.</description>"
        "<dc:date>2024-03-05</dc:date></item></rdf:RDF>"
    )
    old_atom = (
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Harbour</title><entry>'
        '<title>Two</title><link rel="alternate" type="text/html" href="https://example.org/2"/>'
        "<issued>2024-03-05T00:00:00Z</issued><modified>2024-03-06T00:00:00Z</modified>"
        '<content type="text/html" mode="escaped">&lt;p&gt;High tide.&lt;/p&gt;</content>'
        "</entry></feed>"
    )

    first, second = _document(rdf.encode()), _document(old_atom.encode())

    assert (first.body, first.url, first.updated_at) == ("Low tide.", "https://example.org/1", None)
    assert (second.body, second.url) == ("<p>High tide.</p>", "https://example.org/2")
    assert first.published_at == second.published_at == datetime(2024, 3, 5, tzinfo=UTC)
    assert second.updated_at == datetime(2024, 3, 6, tzinfo=UTC)
