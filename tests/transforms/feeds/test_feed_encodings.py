"""In which encoding a feed is read, whatever its server and its first line say."""

from __future__ import annotations

import pytest

from feedlake.transforms.feeds.parse_feed import parse_feed, read_feed
from feedlake.transforms.records.documents import Document

SOURCE = "feeds/quai.xml"


def _feed(*items: tuple[bytes, bytes], declared: str | None) -> bytes:
    encoding = f' encoding="{declared}"'.encode() if declared else b""
    inside = b"".join(
        b"<item><title>%b</title><description>%b</description></item>" % item for item in items
    )
    return b'<?xml version="1.0"%b?><rss><channel>%b</channel></rss>' % (encoding, inside)


def _texts(body: bytes, charset: str | None = None) -> list[tuple[str | None, str | bytes]]:
    records = parse_feed(body, source=SOURCE, charset=charset)
    return [(one.title, one.body) for one in records if isinstance(one, Document)]


@pytest.mark.parametrize("declared", ["ISO-8859-1", "windows-1252"])
def test_titles_and_texts_in_two_encodings_are_both_read(declared: str) -> None:
    text = "L’été à la plage – « déjà » la fête. Á “école”, cœur et façade."
    items = [
        ("Café de l'été".encode("cp1252"), text.encode()),
        ("Marché fermé".encode("cp1252"), "Là-bas, déjà".encode("cp1252")),
    ]
    assert _texts(_feed(*items, declared=declared)) == [
        ("Café de l'été", text),
        ("Marché fermé", "Là-bas, déjà"),
    ]


def test_utf8_within_a_text_of_latin_1_is_read() -> None:
    glued = "été, là, ça et où".encode() + "; fermé".encode("cp1252")
    title = "Brücke am Fluß".encode("cp1252")
    body = _feed((title, glued), (title, title), (title, title), declared="iso-8859-1")
    assert _texts(body)[0] == ("Brücke am Fluß", "été, là, ça et où; fermé")


@pytest.mark.parametrize(
    ("declared", "served", "text", "encoding"),
    [
        ("windows-1251", "iso-8859-1", "Паром ушёл в полдень", "cp1251"),
        ("iso-8859-2", "iso-8859-1", "Žluťoučký kůň", "iso8859-2"),
        ("shift_jis", "iso-8859-1", "船は正午に出港した", "shift_jis"),
        ("gb2312", "us-ascii", "船长说，轮船中午离港", "gbk"),
        ("utf-8", "iso-8859-1", "Паром ушёл в полдень", "utf-8"),
        ("utf-8", "iso-8859-1", "Café fermé", "cp1252"),
        ("utf-8", None, "Café fermé", "cp1252"),
        ("iso-8859-1", "us-ascii", "Café fermé", "utf-8"),
        ("iso-8859-1", "windows-1251", "Паром ушёл в полдень", "cp1251"),
        ("euc-jp", "utf-8", "船は正午に出港した", "euc-jp"),
        ("utf-16", None, "Café fermé", "utf-8"),
        ("us-ascii", None, "Café “fermé”", "cp1252"),
        ("x-unknown", None, "Café fermé", "cp1252"),
        ("iso-2022-jp", None, "船は正午に出港した", "iso2022_jp"),
        ("iso-2022-kr", "iso-8859-1", "배는 정오에 떠났다", "iso2022_kr"),
        ("big5", "iso-8859-1", "船長說中午離港", "big5"),
        (None, None, "Novas simulações", "cp1252"),
        (None, None, "simulações", "cp1252"),
        (None, None, "Příliš žluťoučký kůň", "cp1250"),
        (None, None, "În această dimineaţă preşedintele a spus", "iso8859-2"),
        (None, None, "Паром ушёл в полдень, сказал капитан", "cp1251"),
    ],
)
def test_bytes_and_declarations_are_weighed(
    declared: str | None, served: str | None, text: str, encoding: str
) -> None:
    body = _feed((text.encode(encoding), text.encode(encoding)), declared=declared)
    assert _texts(body, served) == [(text, text)]


@pytest.mark.parametrize("encoding", ["cp037", "cp500", "cp424", "utf-32-le", "utf-16-be"])
def test_a_declaration_in_another_code_than_ascii_is_read(encoding: str) -> None:
    text = "Parom הספינה" if encoding == "cp424" else "Café fermé"
    xml = (
        f'<?xml version="1.0" encoding="{encoding}"?><rss><channel><item><title>{text}</title>'
        "<description>Words.</description></item></channel></rss>"
    )
    assert _texts(xml.encode(encoding)) == [(text, "Words.")]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Itâ€™s here", "It’s here"),
        ("ÃœbergrÃ¶ÃŸe", "Übergröße"),
        ("cafÃ©", "café"),
        ("Ã la carte, à Paris", "Ã la carte, à Paris"),
        ("“Já” – ção", "“Já” – ção"),
    ],
)
def test_text_that_was_encoded_twice_is_undone(written: str, meant: str) -> None:
    assert _texts(_feed((written.encode(), written.encode()), declared="utf-8")) == [(meant, meant)]


@pytest.mark.parametrize(
    "wrapped",
    [
        "<html><body>{}</body></html>",
        "<!DOCTYPE html>\n<html><head><title>T</title></head>\n<body>\n{}\n</body></html>",
        "<html><head/><body><div id='x'><?xml version='1.0'?>{}</div><p>Thanks</p></body></html>",
        "<html>{}</html>",
    ],
)
@pytest.mark.parametrize(
    "feed",
    [
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>Pier</title><entry><title>One</title>"
        "<link href='https://a.example/1'/><content type='html'>Words.</content></entry></feed>",
        "<rss><channel><title>Pier</title><item><title>One</title>"
        "<link>https://a.example/1</link><description>Words.</description></item></channel></rss>",
    ],
)
def test_a_feed_wrapped_in_a_page_is_a_feed(wrapped: str, feed: str) -> None:
    found = read_feed(wrapped.format(feed).encode(), source=SOURCE)
    assert (found.title, found.fault) == ("Pier", None)
    (entry,) = found.entries
    assert isinstance(entry, Document)
    assert (entry.title, entry.url, entry.body) == ("One", "https://a.example/1", "Words.")


def test_a_page_about_feeds_is_none() -> None:
    page = b"<html><body><p>Write <rss><channel><item><title>x</title></item></channel></rss>"
    found = read_feed(page, source=SOURCE)
    assert found.fault is not None
    assert found.fault.reason == "not_a_feed"
