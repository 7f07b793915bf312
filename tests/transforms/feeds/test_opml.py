"""What reading and writing lists of feeds promises."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from conftest import PROJECT
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.feeds import opml
from feedlake.transforms.feeds.opml import (
    BadOpml,
    Opml,
    Outline,
    find_lost_address,
    read_opml,
    write_opml,
)
from feedlake.transforms.normalize.text import normalize_line

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
A = "https://a.example/rss"
B = "https://b.example/rss"


def _wrap(inside: str, *, head: str = "<title>Harbour</title>") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<opml version="2.0"><head>{head}</head><body>{inside}</body></opml>'
    )


def _read(inside: str, **arguments: str) -> Opml:
    found = read_opml(_wrap(inside).encode(), **arguments)
    assert isinstance(found, Opml), found
    return found


def _only(inside: str, **arguments: str) -> Outline:
    (outline,) = _read(inside, **arguments).outlines
    return outline


def test_folders_and_categories_are_tags_and_places_are_merged() -> None:
    found = _read(
        f'<outline text="News"><outline text="Ports &amp; Ferries">'
        f'<outline type="rss" text="A" xmlUrl="{A}" htmlUrl="https://a.example/"'
        f' category="/World/Sea,Boats, News"/>'
        f'<outline text="B" xmlUrl="{B}"/></outline></outline>'
        f'<outline text="Best"><outline title="A again" xmlUrl="{A}"/></outline>'
    )

    assert found == Opml(
        title="Harbour",
        outlines=(
            Outline(
                A,
                title="A",
                tags=("News", "Ports & Ferries", "World", "Sea", "Boats", "Best"),
                site_url="https://a.example/",
            ),
            Outline(B, title="B", tags=("News", "Ports & Ferries")),
        ),
    )


@pytest.mark.parametrize(
    "outline",
    [
        f'<outline text="A" xmlUrl="{A}"/>',
        f'<outline text="A" xmlurl="{A}"></outline>',
        f'<OUTLINE TEXT="A" XMLURL="{A}"/>',
        f"<outline text='A' xmlUrl=' {A}\n'/>",
        f"<outline text=A xmlUrl={A} />",
        f'<outline title="A" xmlUrl="{A}"/>',
        f'<outline text="" title="A" xmlUrl="{A}"/>',
        f'<outline text="A" type="RSS" url="{A}"/>',
        f'<outline text="A" type="link" xmlUrl="{A}"/>',
        '<outline text="A" xmlUrl="feed:https://a.example/rss"/>',
        '<o:outline o:text="A" o:xmlUrl="https://a.example/rss"/>',
        f'<outline text="A"xmlUrl="{A}"/>',
        f'<outline text="A" xmlUrl="{A}">',
        f'</outline></outline><outline text="A" xmlUrl="{A}"/>',
    ],
)
def test_spellings_of_a_feed(outline: str) -> None:
    assert _only(outline) == Outline(A, title="A")


def test_bare_ampersands_stay_in_addresses_and_titles() -> None:
    found = _only('<outline text="A & B &nbsp;C" xmlUrl="http://a.example/?x=1&copy=2&amp;y=3"/>')
    assert found == Outline("http://a.example/?x=1&copy=2&y=3", title="A & B C")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_encodings_are_told_by_the_bytes(encoding: str) -> None:
    text = _wrap(f'<outline text="Zürich 港口" xmlUrl="{A}"/>')
    found = read_opml(text.encode(encoding))
    assert isinstance(found, Opml)
    assert found.outlines == (Outline(A, title="Zürich 港口"),)


@pytest.mark.parametrize(
    ("declared_inside", "written", "charset"),
    [
        ("ISO-8859-1", "cp1252", None),
        ("UTF-8", "cp1252", "windows-1252"),
        ("windows-1251", "utf-8", None),  # Wrongly declared.
    ],
)
def test_other_encodings_as_declared(
    declared_inside: str, written: str, charset: str | None
) -> None:
    text = _wrap(f'<outline text="Zürich" xmlUrl="{A}"/>').replace("UTF-8", declared_inside)
    found = read_opml(text.encode(written), charset=charset)
    assert isinstance(found, Opml)
    assert [outline.title for outline in found.outlines] == ["Zürich"]


def test_includes_are_listed_and_bookmarks_are_not() -> None:
    found = _read(
        '<outline text="Folder"><outline type="include" text="More" url="more.opml"/></outline>'
        '<outline type="link" text="Ports" url="https://b.example/ports.OPML?x=1"/>'
        '<outline type="link" text="A page" url="https://b.example/page"/>',
        base_url="https://a.example/lists/all.opml",
    )

    assert found.outlines == ()
    assert found.includes == (
        Outline("https://a.example/lists/more.opml", title="More", tags=("Folder",)),
        Outline("https://b.example/ports.OPML?x=1", title="Ports"),
    )
    assert found.wrong_count == 0


def test_what_is_commented_out_counts_for_nothing() -> None:
    found = _read(
        f'<outline text="Old" isComment="true"><outline text="A" xmlUrl="{A}"/></outline>'
        f'<outline text="B" xmlUrl="{B}"/><!-- <outline xmlUrl="{A}"/> -->'
    )
    assert found.outlines == (Outline(B, title="B"),)


def test_addresses_that_are_none_are_said() -> None:
    found = _read(
        '<outline text="A" xmlUrl="ftp://a.example/"/><outline text="B" xmlUrl=""/>'
        '<outline text="C" type="rss"/><outline text="D" xmlUrl="javascript:alert(1)"/>'
        '<outline type="include" url="file:///etc/hostname"/>'
        f'<outline text="Folder" type="rss" xmlUrl=""><outline xmlUrl="{A}"/></outline>'
    )

    assert found.outlines == (Outline(A, title=None, tags=("Folder",)),)
    assert found.wrong_urls == (
        "ftp://a.example/", "B", "C", "javascript:alert(1)", "file:///etc/hostname",
    )  # fmt: skip
    assert found.wrong_count == 5


def test_relative_addresses_need_a_base() -> None:
    inside = '<outline text="A" xmlUrl="/rss" htmlUrl=""/>'
    assert _only(inside, base_url="https://a.example/x.opml") == Outline(A, title="A")
    assert _read(inside).wrong_urls == ("/rss",)


def test_a_cut_file_gives_its_whole_outlines_and_says_so() -> None:
    whole = _wrap(f'<outline text="A" xmlUrl="{A}"/><outline text="B" xmlUrl="{B}"/>').encode()

    assert not _opml(whole).is_truncated
    cut = _opml(whole[: whole.index(b"b.example") + 4])

    assert cut.outlines == (Outline(A, title="A"),)
    assert cut.is_truncated


def _opml(body: bytes) -> Opml:
    found = read_opml(body)
    assert isinstance(found, Opml)
    return found


def test_warnings_of_a_script_before_the_list_do_no_harm() -> None:
    body = b"<br />\n<b>Warning</b>: x in <b>/y.php</b>\n" + _wrap("").encode()
    assert _opml(body).outlines == ()


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "The body is empty."),
        (b"plain text", "The body has no <opml> element."),
        (b'{"opml": 1}', "The body has no <opml> element."),
        (b"\x00\xff\x00", "The body has no <opml> element."),
        (b"<html><pre>&lt;opml></pre></html>", "The root element is <html>, not <opml>."),
        (b"<!doctype html><html><opml></html>", "The root element is <html>, not <opml>."),
        (b'<rss version="2.0"><channel/></rss>', "The root element is <rss>, not <opml>."),
    ],
)
def test_other_bodies_are_no_opml(body: bytes, detail: str) -> None:
    assert read_opml(body) == BadOpml("not_opml", detail)


def test_external_entities_stay_as_written(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret", encoding="utf-8")
    text = (
        f'<!DOCTYPE opml SYSTEM "{secret.as_uri()}" [<!ENTITY x SYSTEM "{secret.as_uri()}">'
        '<!ENTITY % p SYSTEM "http://192.0.2.1/"> %p; <!ENTITY u "https://evil.example/">]>'
        f'<opml><head><title>&x;</title></head><body><outline text="&x;" xmlUrl="{A}"/>'
        '<outline xmlUrl="&u;"/></body></opml>'
    )
    assert _opml(text.encode()) == Opml(
        title="&x;", outlines=(Outline(A, title="&x;"),), wrong_urls=("&u;",), wrong_count=1
    )


@pytest.mark.parametrize(
    "inside",
    [
        '<outline text="a">' * 200_000,
        f'<outline text="a"><outline text="x" xmlUrl="{A}"/>' * 20_000,
        "</outline>" * 200_000,
        f'<outline category="{",/" * 500_000}" xmlUrl="{A}"/>',
        f'<outline xmlUrl="http://{"a." * 500_000}"/>',
        "&" * 500_000,
    ],
)
def test_depth_and_width_take_proportional_time(inside: str) -> None:
    start = time.process_time()
    found = _read(inside)
    assert time.process_time() - start < 20
    assert len(found.outlines) <= 1


def test_caps_hold_and_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opml, "MAX_FEEDS", 2)
    monkeypatch.setattr(opml, "MAX_WRONG_URLS", 1)
    feeds = "".join(f'<outline xmlUrl="https://a.example/{n}"/>' for n in (1, 2, 3, 1))

    found = _read(feeds + '<outline xmlUrl="x:"/><outline xmlUrl="y:"/>')

    assert [outline.url[-1] for outline in found.outlines] == ["1", "2"]
    assert (found.left_out_count, found.wrong_urls, found.wrong_count) == (1, ("x:",), 2)


def test_at_most_fifty_tags_are_kept_of_a_feed() -> None:
    tags = ",".join(f"t{n}" for n in range(60))
    deep = '<outline text="f">' + f'<outline xmlUrl="{A}" category="{tags}"/></outline>'
    assert _only(deep).tags == ("f", *(f"t{n}" for n in range(49)))


def test_the_seed_list_is_read_whole_and_survives_writing() -> None:
    found = _opml((PROJECT / "seeds" / "feeds.opml").read_bytes())

    assert len(found.outlines) == 60
    assert found.outlines[0] == Outline(
        "http://feeds.bbci.co.uk/news/world/rss.xml",
        title="BBC News: World",
        tags=("English",),
        site_url="https://www.bbc.co.uk/news/world",
    )
    assert all(outline.title and outline.tags for outline in found.outlines)
    assert (found.wrong_count, found.is_truncated) == (0, False)
    assert read_opml(write_opml(found.outlines, title=found.title or "", created_at=NOON)) == found


def test_a_written_list_is_opml_2_with_folders_and_categories() -> None:
    feeds = [
        Outline(A, title='A "&" <B>', tags=("News", "Sea")),
        Outline(B, title=None, tags=("News",), site_url="https://b.example/"),
        Outline("https://c.example/?a=1&b=2", title="C", tags=("Ports", "Ships, Boats", "x")),
        Outline("https://d.example/", title="D"),
    ]

    root = ElementTree.fromstring(write_opml(feeds, title="Mine & yours", created_at=NOON))

    assert root.attrib == {"version": "2.0"}
    assert root.findtext("head/title") == "Mine & yours"
    assert root.findtext("head/dateCreated") == "Sun, 22 Nov 2026 12:00:00 GMT"
    news, ports, last = root.findall("body/outline")
    first, second = [outline.attrib for outline in news]
    assert first.pop("text") == first.pop("title") == 'A "&" <B>'
    assert first == {"type": "rss", "xmlUrl": A, "category": "News,Sea"}
    assert second.pop("text") == second.pop("title") == second.pop("xmlUrl") == B
    assert second == {"type": "rss", "htmlUrl": "https://b.example/", "category": "News"}
    assert ports.attrib == {"text": "Ports", "title": "Ports"}
    assert ports[0].attrib["text"] == "Ships, Boats"
    assert ports[0][0].attrib["category"] == "Ports,x"
    assert last.attrib["xmlUrl"] == "https://d.example/"


def test_the_date_is_written_in_utc() -> None:
    later = NOON.astimezone(timezone(timedelta(hours=9)))
    assert write_opml([], title="", created_at=later) == write_opml([], title="", created_at=NOON)


_LINES = st.text(max_size=30).map(normalize_line).filter(lambda line: line is not None)
_FEEDS = st.builds(
    Outline,
    url=st.integers(0, 10**6).map(lambda n: f"https://a.example/?x={n}&y=<'>\"#{n}"),
    title=st.none() | _LINES,
    tags=st.lists(_LINES, max_size=5, unique=True).map(tuple),
    site_url=st.none() | st.just("https://a.example/?a&b;c&copy=d"),
)


def _xml_only(text: str | None) -> str | None:
    return normalize_line("".join(c for c in text if c not in "\ufffe\uffff")) if text else None


@given(st.lists(_FEEDS, unique_by=lambda feed: feed.url), st.none() | _LINES)
def test_what_is_written_is_read_again(feeds: list[Outline], title: str | None) -> None:
    kept = [
        feed
        for feed in feeds
        if feed.title == _xml_only(feed.title) and list(feed.tags) == [*map(_xml_only, feed.tags)]
    ]
    body = write_opml(kept, title=title or "", created_at=NOON)

    assert read_opml(body) == Opml(title=_xml_only(title), outlines=tuple(kept))
    ElementTree.fromstring(body)


@given(st.text(), st.lists(st.text(), max_size=3), st.text())
def test_any_text_is_written_as_good_xml(title: str, tags: list[str], url: str) -> None:
    feeds = [Outline(url, title=title, tags=tuple(tags), site_url=url)]
    root = ElementTree.fromstring(write_opml(feeds, title=title, created_at=NOON))
    assert root.tag == "opml"


@given(st.binary() | st.text().map(lambda text: _wrap(text).encode("utf-8", "replace")))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    found = read_opml(body, base_url="https://a.example/")
    assert isinstance(found, BadOpml | Opml)


def test_addresses_are_mended() -> None:
    outlines = "".join(
        f'<outline type="rss" xmlUrl="{url}"/>'
        for url in ("www.b.example/rss", "https:/c.example/?a=1&amp;amp;b=2", " http//d.example/ ")
    )
    found = read_opml(f"<opml><body>{outlines}</body></opml>".encode())
    assert isinstance(found, Opml)
    assert [feed.url for feed in found.outlines] == [
        "http://www.b.example/rss",
        "https://c.example/?a=1&b=2",
        "http://d.example/",
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "<opml><body>\n<outline xmlUrl='https://a.example/1'/>\n"
            "<outline text='x xmlUrl='https://a.example/2'/>\n</body></opml>",
            (3, "https://a.example/2"),
        ),
        (
            "<opml><body>\n<outline xmlUrl='https://a.example/1'\n"
            "<outline xmlUrl='https://a.example/2?a=1&amp;b=2'/>\n</body></opml>",
            (2, "https://a.example/1"),
        ),
        (
            "<opml><body><!-- <outline xmlUrl='https://a.example/1'/> -->"
            "<outline xmlUrl='https://a.example/2?a=1&amp;b=2'/><outline xmlUrl=''/></body></opml>",
            None,
        ),
        ("<opml><body><outline xmlUrl='https://a.example/?a=1&b=2'/></body></opml>", None),
    ],
)
def test_an_address_that_damage_hides_is_found(body: str, expected: tuple[int, str] | None) -> None:
    lost = find_lost_address(body.encode())
    assert (None if lost is None else (lost.line, lost.text)) == expected
