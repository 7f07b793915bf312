"""What reading sitemaps promises. All sites here are invented."""

from __future__ import annotations

import gzip
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.feeds import sitemap
from feedlake.transforms.feeds.sitemap import Sitemap, SitemapChild, SitemapEntry, read_sitemap

BASE = "https://www.news.example/sitemap.xml"
PAGE = "https://www.news.example/a"


def _urlset(inside: str, *, attributes: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {attributes}>{inside}</urlset>'.encode()
    )


def _read(body: bytes, **arguments: object) -> Sitemap:
    found = read_sitemap(body, **{"base_url": BASE, **arguments})  # type: ignore[arg-type]
    assert found is not None
    return found


def _urls(found: Sitemap) -> list[str]:
    return [entry.url.removeprefix("https://www.news.example/") for entry in found.entries]


def _dated(name: str, lastmod: str = "") -> str:
    return f"<url><loc>/{name}</loc><lastmod>{lastmod}</lastmod></url>"


def test_a_news_sitemap_tells_the_article() -> None:
    body = _urlset(
        f"""<url>
          <loc> {PAGE}?x=1&amp;y=2 </loc><lastmod>2024-03-06T10:00:00+02:00</lastmod>
          <changefreq>daily</changefreq><priority>0.5</priority>
          <news:news>
            <news:publication><news:name>The Harbour</news:name><news:language>en</news:language>
            </news:publication><news:genres>Blog</news:genres>
            <news:publication_date>2024-03-05</news:publication_date>
            <news:title><![CDATA[Ferry &amp; <em>]]> &#8211; &amp;#8217;new&amp;#8217;</news:title>
            <news:keywords>Sea, Boats,sea,, Ports</news:keywords>
          </news:news>
          <image:image><image:loc>/one.jpg</image:loc><image:title>No</image:title></image:image>
          <image:image><image:loc>/two.jpg</image:loc></image:image>
          <video:video><video:title>No</video:title><video:content_loc>/v</video:content_loc>
            <video:publication_date>2001-01-01</video:publication_date></video:video>
          <xhtml:link rel="alternate" hreflang="de" href="https://www.news.example/de"/>
        </url>""",
        attributes='xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"',
    )

    assert _read(body) == Sitemap(
        entries=(
            SitemapEntry(
                url=f"{PAGE}?x=1&y=2",
                published_at=datetime(2024, 3, 5, tzinfo=UTC),
                published_text="2024-03-05",
                modified_at=datetime(2024, 3, 6, 8, tzinfo=UTC),
                title="Ferry & <em> \u2013 \u2019new\u2019",
                language="en",
                site_name="The Harbour",
                tags=("Sea", "Boats", "Ports"),
                image_url="https://www.news.example/one.jpg",
            ),
        )
    )


@pytest.mark.parametrize(
    "body",
    [
        f"<urlset><url><loc>{PAGE}</loc></url></urlset>",
        f'<urlset xmlns="http://sitemaps.example/0"><url><loc>{PAGE}</loc></url></urlset>',
        f'<s:urlset xmlns:s="x"><s:url><s:loc>{PAGE}</s:loc></s:url></s:urlset>',
        f"<URLSET><URL><LOC>{PAGE}</LOC></URL></URLSET>",
        f"<urlset><url><image:loc>/x</image:loc><loc>{PAGE}</loc></url></urlset>",
        f"<urlset><url><loc><![CDATA[{PAGE}]]></loc></url></urlset>",
        f"<urlset><url>\n<loc>\n{PAGE}\n</loc></url></urlset>",
        "<urlset><url><loc>/a</loc></url></urlset>",
        f"<urlset><url><loc>{PAGE}</urlset></loc><url><loc>{PAGE}</loc></url></urlset>",
        f"<br/>Warning: x<?xml version='1.0'?><urlset><url><loc>{PAGE}</loc></url></urlset>",
        f"\ufeff\n<?xml version='1.0'?><!-- x --><urlset><url><loc>{PAGE}</loc></url></urlset>",
        PAGE,
        f"\ufeff{PAGE}\r\n",
    ],
)
def test_spellings_of_a_sitemap(body: str) -> None:
    found = _read(body.encode())
    if "</urlset></loc>" in body:
        assert found.wrong_count == 1
    else:
        assert found == Sitemap(entries=(SitemapEntry(PAGE),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-05", datetime(2024, 3, 5, tzinfo=UTC)),
        ("2024-03-05T10:20Z", datetime(2024, 3, 5, 10, 20, tzinfo=UTC)),
        ("2024-03-05T10:20:30Z", datetime(2024, 3, 5, 10, 20, 30, tzinfo=UTC)),
        ("2024-03-05T10:20:30.45+01:00", datetime(2024, 3, 5, 9, 20, 30, 450_000, UTC)),
        ("2024-03-05T10:20:30-0500", datetime(2024, 3, 5, 15, 20, 30, tzinfo=UTC)),
        ("2024-03-05 10:20:30", datetime(2024, 3, 5, 10, 20, 30, tzinfo=UTC)),
        ("Tue, 05 Mar 2024 10:20:30 GMT", datetime(2024, 3, 5, 10, 20, 30, tzinfo=UTC)),
        ("1709634030", datetime(2024, 3, 5, 10, 20, 30, tzinfo=UTC)),
        ("2024-03-05 10:20:30 AM", datetime(2024, 3, 5, 10, 20, 30, tzinfo=UTC)),
        ("2024-03-05 10:20:30 PM", datetime(2024, 3, 5, 22, 20, 30, tzinfo=UTC)),
        ("2024/03/05", datetime(2024, 3, 5, tzinfo=UTC)),
        ("2024-03-05T10:20:30+02", datetime(2024, 3, 5, 8, 20, 30, tzinfo=UTC)),
        ("Tue Mar 05 10:20:30 UTC 2024", datetime(2024, 3, 5, 10, 20, 30, tzinfo=UTC)),
        ("2024", None),  # What lacks a day is no date.
        ("2024-03", None),
        ("2024-02-30", None),
        ("1970-01-01T00:00:00Z", None),
        ("05/03/2024", None),
        ("yesterday", None),
        ("", None),
        ("2" * 100_000, None),
    ],
)
def test_dates_of_entries(text: str, expected: datetime | None) -> None:
    (entry,) = _read(_urlset(_dated("a", f"\n {text} "))).entries
    assert entry.modified_at == expected


@pytest.mark.parametrize(
    ("text", "is_old"),
    [
        ("2024-03", True),
        ("2024-04", True),
        ("2024-05", False),
        ("2023", True),
        ("2024", False),
        ("05/03/2024", False),  # of some day of that year
        ("03/04/2023", True),
        ("Week 7 of 2023, revised", True),
        ("1970-01-01T00:00:00Z", False),  # a filling: it may be of any day
        ("yesterday", False),
        ("", False),
    ],
)
def test_what_cannot_be_new_enough_is_left_out_though_its_day_is_unknown(
    text: str, is_old: bool
) -> None:
    body = _urlset(_dated("a", text))
    found = _read(body, since=datetime(2024, 5, 2, tzinfo=UTC))
    assert (len(found.entries), found.old_count) == ((0, 1) if is_old else (1, 0))

    index = (
        f"<sitemapindex><sitemap><loc>/b</loc><lastmod>{text}</lastmod></sitemap></sitemapindex>"
    )
    found = _read(index.encode(), since=datetime(2024, 5, 2, tzinfo=UTC))
    assert (len(found.children), found.old_count) == ((0, 1) if is_old else (1, 0))


def test_addresses_are_mended() -> None:
    links = (
        "www.news.example/1?a=1&amp;amp;b=2",
        "https:/www.news.example/2",
        "//www.news.example/\n  3",
    )
    found = _read(_urlset("".join(f"<url><loc>{link}</loc></url>" for link in links)))
    assert _urls(found) == ["1?a=1&b=2", "2", "3"]


def test_entries_come_newest_first_then_undated_in_order() -> None:
    news = "<news:news><news:publication_date>{}</news:publication_date></news:news>"
    body = _urlset(
        _dated("u1")
        + _dated("old", "2020-01-01")
        + _dated("new", "2024-01-01")
        + _dated("u2")
        # The time of publication counts, not the change after it.
        + f"<url><loc>/mid</loc><lastmod>2025-01-01</lastmod>{news.format('2022-01-01')}</url>"
        + _dated("also-new", "2024-01-01")
    )

    assert _urls(_read(body)) == ["new", "also-new", "mid", "old", "u1", "u2"]

    since = datetime(2022, 1, 1, tzinfo=UTC)
    found = _read(body, since=since, max_entries=4)
    assert _urls(found) == ["new", "also-new", "mid", "u1"]
    assert (found.old_count, found.left_out_count) == (1, 1)


def test_an_index_gives_its_children_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_CHILD_SITEMAPS", 2)
    children = "".join(
        f"<sitemap><loc>{loc}</loc><lastmod>{lastmod}</lastmod></sitemap>"
        for loc, lastmod in [
            ("1.xml", "2020-01-01"),
            ("https://www.news.example/2.xml.gz", "2024-02-03"),
            ("3.xml", ""),
            ("4.xml", "2024-02-04"),
            ("https://elsewhere.example/5.xml", "2024-02-04"),
        ]
    )
    body = f"<sitemapindex>{children}</sitemapindex>".encode()

    assert _read(body, since=datetime(2021, 1, 1, tzinfo=UTC)) == Sitemap(
        entries=(),
        children=(
            SitemapChild("https://www.news.example/4.xml", datetime(2024, 2, 4, tzinfo=UTC)),
            SitemapChild("https://www.news.example/2.xml.gz", datetime(2024, 2, 3, tzinfo=UTC)),
        ),
        old_count=1,
        left_out_count=1,
        foreign_count=1,
    )


def test_other_sites_are_counted_and_subdomains_are_kept() -> None:
    locs = [
        *("https://sport.example.org/a", "http://example.org/b", "//www.example.org/c"),
        *("https://other.example/d", "https://example.org.evil.example/e", "https://10.0.0.1/f"),
        *("ftp://www.example.org/g", "", "mailto:x@example.org", "https:///", "x" * 9_000),
        *("https://sport.example.org/a#again", "https://SPORT.example.org:443/a"),
    ]
    body = _urlset("".join(f"<url><loc>{loc}</loc></url>" for loc in locs))

    found = _read(body, base_url="https://www.example.org/sitemap.xml")

    assert [entry.url for entry in found.entries] == [
        "https://sport.example.org/a",
        "http://example.org/b",
        "https://www.example.org/c",
    ]
    assert (found.foreign_count, found.wrong_count, found.repeated_count) == (3, 5, 2)


def test_without_an_address_of_its_own_any_site_is_accepted() -> None:
    body = _urlset("<url><loc>https://other.example/d</loc></url><url><loc>/a</loc></url>")
    found = _read(body, base_url="sitemaps/local.xml")
    assert [entry.url for entry in found.entries] == ["https://other.example/d"]
    assert found.wrong_count == 1


@pytest.mark.parametrize("cut_at", ["</urlset>", "/loc></url></urlset>", "ews.example/c</loc>"])
def test_a_cut_sitemap_gives_its_whole_entries(cut_at: str) -> None:
    names = ("a", "b", "c")
    locs = "".join(f"<url><loc>https://www.news.example/{n}</loc></url>" for n in names)
    whole = _urlset(locs)

    cut = _read(whole[: whole.index(cut_at.encode())])

    assert _urls(cut) == (["a", "b", "c"] if cut_at == "</urlset>" else ["a", "b"])
    assert cut.is_truncated
    assert not _read(whole).is_truncated


def test_missing_end_tags_lose_nothing() -> None:
    found = _read(b"<urlset><url><loc>/a</loc><url><loc>/b</loc></urlset>")
    assert (_urls(found), found.is_truncated) == (["a", "b"], False)


def test_compressed_sitemaps_are_read_and_their_damage_is_said() -> None:
    body = _urlset("".join(_dated(f"{n:05}-{n * n}") for n in range(1_000)))
    packed = gzip.compress(body, mtime=0)

    assert _read(packed) == _read(body)
    damaged = _read(packed[: len(packed) // 2])
    assert damaged.is_truncated
    assert 100 < len(damaged.entries) < 900
    assert _urls(damaged) == _urls(_read(body))[: len(damaged.entries)]
    assert _read(packed[:-4]) == replace(_read(body), is_truncated=True)
    assert _urls(_read(gzip.compress(f"{PAGE}\n{PAGE}b\n".encode()))) == ["a", "ab"]


def test_a_cut_list_loses_its_last_line() -> None:
    packed = gzip.compress("".join(f"{PAGE}{n * n}\n" for n in range(9_000)).encode())
    found = _read(packed[: len(packed) // 2], max_entries=9_000)
    assert _urls(found) == [f"a{n * n}" for n in range(len(found.entries))]
    assert found.is_truncated


def test_a_compression_bomb_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_BYTES", 100_000)
    found = _read(gzip.compress(b"<urlset><url><loc>/a</loc></url>" + b" " * 10_000_000, mtime=0))
    assert (_urls(found), found.is_truncated) == (["a"], True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"The ferry left at noon.",
        b"<rss><channel><url><loc>/a</loc></url></channel></rss>",
        b'<feed xmlns="http://www.w3.org/2005/Atom"/>',
        b"<rdf:RDF/>",
        b"<opml/>",
        b"<!doctype html><html><body><urlset></urlset></body></html>",
        b"<url><loc>https://www.news.example/a</loc></url>",
        b'{"version": "https://jsonfeed.org/version/1.1"}',
        b"\x1f\x8b\x08",
        gzip.compress(b"<html></html>", mtime=0),
        b"\x00\x01\x02\xff",
    ],
)
def test_other_bodies_are_no_sitemap(body: bytes) -> None:
    assert read_sitemap(body, base_url=BASE) is None


@pytest.mark.parametrize("body", [b"<urlset/>", b"<urlset></urlset>", b"<sitemapindex />"])
def test_an_empty_sitemap_is_one(body: bytes) -> None:
    assert _read(body) == Sitemap(entries=())


def test_entities_are_neither_expanded_nor_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("https://www.news.example/secret", encoding="utf-8")
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    found = _read(
        f'<!DOCTYPE urlset [<!ENTITY f SYSTEM "{secret.as_uri()}">{bomb}]><urlset>'
        "<url><loc>&f;</loc></url><url><loc>/b</loc><news:news><news:title>&a9;</news:title>"
        "</news:news></url></urlset>".encode()
    )
    assert found.entries[1] == SitemapEntry("https://www.news.example/b", title="&a9;")
    assert "secret" not in repr(found)


def test_the_number_of_what_is_read_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "_MAX_READ", 2)
    found = _read(_urlset("".join(map(_dated, "abcd"))), max_entries=1)
    assert (_urls(found), found.left_out_count) == (["a"], 3)


def test_fifty_thousand_entries_take_seconds() -> None:
    dates = (f"2024-{n % 9 + 1:02}-{n % 28 + 1:02}T{n % 24:02}:{n % 60:02}Z" for n in range(50_000))
    body = _urlset("".join(_dated(f"page-{n}", date) for n, date in enumerate(dates)))

    start = time.process_time()
    found = _read(body)

    assert time.process_time() - start < 20  # 2 s where this was written.
    assert (len(found.entries), found.left_out_count) == (2_000, 48_000)


@pytest.mark.parametrize(
    "body",
    [
        b"<urlset>" + b"<url>" * 200_000,
        b"<urlset>" + b"<news:news>" * 200_000,
        b"<urlset><url>" + b"<a>" * 200_000 + b"</url></urlset>",
        b"<urlset><url><loc>" + b"<" * 500_000,
        b"<urlset><url><loc>" + b"&#38;" * 200_000 + b"</loc></url>",
        b"<urlset" + b" a='" * 200_000,
    ],
)
def test_depth_and_width_take_proportional_time(body: bytes) -> None:
    start = time.process_time()
    read_sitemap(body, base_url=BASE)
    assert time.process_time() - start < 10


_LOCS = st.sampled_from(
    ["/a", "/b", "/c", "https://other.example/", "x:", "", "/d#e", "https://sub.news.example/"]
)
_DATES = st.sampled_from(["", "2020-01-01", "2024-01-01", "2024-01-01T10:00:00Z", "soon"])


@given(
    st.lists(st.tuples(_LOCS, _DATES)),
    st.integers(0, 5),
    st.none() | st.just(datetime(2022, 1, 1, tzinfo=UTC)),
)
def test_what_is_in_the_file_is_returned_or_counted(
    items: list[tuple[str, str]], max_entries: int, since: datetime | None
) -> None:
    inside = "".join(
        f"<url><loc>{loc}</loc><lastmod>{lastmod}</lastmod></url>" for loc, lastmod in items
    )
    found = _read(_urlset(inside), max_entries=max_entries, since=since)

    counted = (found.old_count, found.left_out_count, found.foreign_count, found.wrong_count)
    assert len(items) == len(found.entries) + sum(counted) + found.repeated_count
    dates = [entry.modified_at for entry in found.entries]
    dated = [date for date in dates if date is not None]
    assert dates == sorted(dated, reverse=True) + [None] * (len(dates) - len(dated))
    assert all(since is None or date >= since for date in dated)


@given(st.binary() | st.text().map(lambda text: f"<urlset><url>{text}".encode("utf-8", "replace")))
def test_any_body_is_read_or_none(body: bytes) -> None:
    found = read_sitemap(body, base_url=BASE)
    assert found is None or isinstance(found, Sitemap)
