"""What links were meant to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.links.mend_link import mend_link

FEED = "https://a.example/news/feed.xml"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://a.example/x?p=1&q=2", "https://a.example/x?p=1&q=2"),
        ("https://a.example/x?p=1&amp;q=2", "https://a.example/x?p=1&q=2"),
        ("https://a.example/x?p=1&amp;amp;q=2", "https://a.example/x?p=1&q=2"),
        ("https://a.example/x?p=1&#38;q=2&#x26;r=3", "https://a.example/x?p=1&q=2&r=3"),
        ("https:&#x2F;&#47;a.example/x", "https://a.example/x"),
        ("https://a.example/x?p=1&copy=2&sect;=3", "https://a.example/x?p=1&copy=2&sect;=3"),
        ("&lt;![CDATA[https://a.example/x]]&gt;", "https://a.example/x"),
        ("<![CDATA[ https://a.example/x ]]>", "https://a.example/x"),
        ("<a href='https://a.example/x'>Read</a>", "https://a.example/x"),
        ("https://a.example/x<br />", "https://a.example/x"),
        ("<https://a.example/x>", "https://a.example/x"),
        (' "https://a.example/x" ', "https://a.example/x"),
        ("https://a.example/[x]?a[]=1", "https://a.example/[x]?a[]=1"),
    ],
)
def test_escapes_and_markup_are_no_part_of_a_link(written: str, meant: str) -> None:
    assert mend_link(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("\n\t https://a.example/x \n", "https://a.example/x"),
        ("https://a.example/\n      2026/x?a=1&\r\n\tb=2", "https://a.example/2026/x?a=1&b=2"),
        ("https:// a.example /x", "https://a.example/x"),
        ("https://a.example/the ferry", "https://a.example/the%20ferry"),
        ("https://a.example/x\u200b", "https://a.example/x"),
        ("\u00a0https://a.example/x\u3000", "https://a.example/x"),
        ("%20https://a.example/x%0A%20", "https://a.example/x"),
        ("https%3A%2F%2Fa.example%2Fx%3Fa%3D1", "https://a.example/x?a=1"),
        ("https://a.example/x https://b.example/y", "https://a.example/x"),
        ("https://a.example/x\nhttps://b.example/y", "https://a.example/x"),
        ("Read on: https://a.example/x", "https://a.example/x"),
        ("https://a.example\\news\\x", "https://a.example/news/x"),
    ],
)
def test_blanks_and_line_breaks_are_no_part_of_a_link(written: str, meant: str) -> None:
    assert mend_link(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("www.b.example/x", "https://www.b.example/x"),
        ("WWW.b.example", "https://WWW.b.example"),
        ("//b.example/x", "https://b.example/x"),
        ("://b.example/x", "https://b.example/x"),
        ("a.example/x", "https://a.example/x"),
        ("www.a.example/x", "https://www.a.example/x"),
        ("http:/b.example/x", "http://b.example/x"),
        ("https:b.example/x", "https://b.example/x"),
        ("https:/127.0.0.1:8080/x", "https://127.0.0.1:8080/x"),
        ("https:///b.example/x", "https://b.example/x"),
        ("https//b.example/x", "https://b.example/x"),
        ("http:://b.example/x", "http://b.example/x"),
        ("http;//b.example/x", "http://b.example/x"),
        ("htp://b.example/x", "http://b.example/x"),
        ("ttps://b.example/x", "https://b.example/x"),
        ("hhttps://b.example/x", "https://b.example/x"),
        ("http:\\\\b.example\\x", "http://b.example/x"),
        ("http://http://b.example/x", "http://b.example/x"),
        ("http://https//b.example/x", "https://b.example/x"),
        ("https://a.examplehttp://b.example/x", "http://b.example/x"),
        ("https://b.example/https://b.example/x", "https://b.example/x"),
        ("HTTPS://B.example/x", "https://B.example/x"),
        ("feed://b.example/rss", "http://b.example/rss"),
        ("feed:https://b.example/rss", "https://b.example/rss"),
    ],
)
def test_a_scheme_is_what_it_was_meant_to_be(written: str, meant: str) -> None:
    assert mend_link(written, base=FEED) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("x", "https://a.example/news/x"),
        ("../x", "https://a.example/x"),
        ("/x//y", "https://a.example/x//y"),
        ("?id=1", "https://a.example/news/feed.xml?id=1"),
        ("#top", "https://a.example/news/feed.xml#top"),
        ("x.html", "https://a.example/news/x.html"),
        ("b.example/x", "https://a.example/news/b.example/x"),
        ("https:/x.html", "https://a.example/x.html"),
        ("//2026/x", "https://a.example/2026/x"),
        ("http-errors/x", "https://a.example/news/http-errors/x"),
        ("https://httpbin.example/x", "https://httpbin.example/x"),
        ("https://b.example/web/http://c.example/x", "https://b.example/web/http://c.example/x"),
    ],
)
def test_what_is_no_fault_stays(written: str, meant: str) -> None:
    assert mend_link(written, base=FEED) == meant


@pytest.mark.parametrize(
    "written",
    [
        *(None, "", " \n", "mailto:ann@a.example", "javascript:void(0)", "tag:a.example,2026:x"),
        *("urn:uuid:1", "ftp://a.example/x", "https://", "x" * 100_001),
        *("https://[::1/x", "https://a.example:99999/"),
    ],
)  # fmt: skip
def test_what_means_no_page_is_none(written: str | None) -> None:
    assert mend_link(written) is None


@pytest.mark.parametrize("written", ["x", "/x", "a.example/x", "#x"])
def test_a_relative_link_without_base_is_none(written: str) -> None:
    assert mend_link(written) is None
    assert mend_link(written, base="") is None


def test_a_host_without_scheme_or_base_is_asked_by_http() -> None:
    assert mend_link("www.b.example/x") == "http://www.b.example/x"
    assert mend_link("//b.example/x") == "http://b.example/x"


@given(st.text(alphabet="htps:/w.ab%20&;amp<>\"'\n?#", max_size=40), st.sampled_from(["", FEED]))
def test_mending_twice_changes_nothing(written: str, base: str) -> None:
    once = mend_link(written, base=base)
    assert once is None or mend_link(once, base=base) == once
