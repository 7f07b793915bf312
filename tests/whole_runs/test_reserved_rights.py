"""Runs over sources that say something about their rights, with and without respect for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from articles import prose
from conftest import content_of, read_rows
from feed_sites import Feed, Item, page, rss, text_of
from internet import Internet, Reply
from web_runs import Web, forget_process, shorten_deadlines

BY = "https://creativecommons.org/licenses/by/4.0/"
RESERVED = '<meta name="robots" content="noai">'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A page that reserves its text, a copy that doesn't, a feed, and records."""
    folder = tmp_path / "in"
    folder.mkdir()
    body = page("Harbour", head=RESERVED).body
    (folder / "a.html").write_bytes(body)
    license_ = f'<link rel="license" href="{BY}">'
    (folder / "b.html").write_bytes(page("Ferry", head=license_).body)
    (folder / "c.html").write_bytes(
        page("Ferry copied", head=RESERVED).body.replace(
            text_of("Ferry copied").split("\n\n")[0].encode(), b"Copied."
        )
    )
    records = [
        {"text": prose(1), "license": BY, "url": "https://a.example/1"},
        {"text": prose(2), "rights": [{"kind": "tdm_reservation", "value": "1"}]},
        {"text": prose(3)},
    ]
    (folder / "d.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return folder


def _account(outcome) -> dict:
    return json.loads(outcome.out)


def test_what_is_said_is_kept_and_counted(folder, tmp_path, feedlake):
    lake = tmp_path / "lake"
    account = _account(feedlake("ingest", folder, "--lake", lake, "--json"))
    assert account["articles"] == account["documents"] == 6
    assert (account["rights_stated"], account["rights_reserved"]) == (5, 3)
    (run,) = read_rows(lake, "runs")
    assert (run["rights_stated"], run["rights_reserved"]) == (5, 3)
    rows = {row["text"][:40]: row for row in read_rows(lake, "articles")}
    first = rows[text_of("Ferry")[:40]]
    assert first["rights"] == [{"kind": "license", "value": BY, "origin": "page"}]
    assert first["rights_reserved"] is False
    assert rows[text_of("Harbour")[:40]]["rights_reserved"] is True
    assert rows[prose(3)[:40]]["rights"] == []
    told = feedlake("explain", "https://a.example/1", "--lake", lake).out
    assert f"rights: license, as the record says: {BY}" in told
    asked = "SELECT count(*) AS n FROM latest WHERE rights_reserved"
    told = feedlake("query", asked, "--lake", lake, "--format", "json").out
    assert json.loads(told) == [{"n": 3}]


def test_what_is_reserved_is_rejected_and_running_twice_changes_nothing(folder, tmp_path, feedlake):
    lake = tmp_path / "lake"
    flags = ("--lake", lake, "--json", "--respect-rights")
    account = _account(feedlake("ingest", folder, *flags))
    assert account["reject_reasons"] == {"rights_reserved": 3}
    assert account["documents"] == account["articles"] + account["rejects"] == 6
    assert account["rights_reserved"] == 0
    rejects = {Path(row["source"]).name: row for row in read_rows(lake, "rejects")}
    assert rejects["a.html"]["detail"] == "the page says robots: noai"
    assert rejects["a.html"]["step"] == "extract"
    assert rejects["d.jsonl"]["detail"] == "the record says tdm-reservation: 1"
    stored = "".join(str(row) for table in content_of(lake).values() for row in table)
    assert text_of("Harbour")[:40] not in stored
    before = {
        name: rows for name, rows in content_of(lake).items() if name not in ("runs", "sources")
    }
    again = _account(feedlake("ingest", folder, *flags, "--reread"))
    assert (again["rejects"], again["known_rejects"], again["known_by_text"]) == (0, 3, 3)
    after = {
        name: rows for name, rows in content_of(lake).items() if name not in ("runs", "sources")
    }
    assert after == before


def test_option_takes_nothing_out_and_brings_nothing_back(folder, tmp_path, feedlake):
    lake = tmp_path / "lake"
    assert _account(feedlake("ingest", folder, "--lake", lake, "--json"))["articles"] == 6
    on = _account(feedlake("ingest", folder, "--lake", lake, "--json", "--respect-rights"))
    assert on["unchanged_sources"] == 4
    flags = ("--lake", lake, "--json", "--reread")
    on = _account(feedlake("ingest", folder, *flags, "--respect-rights"))
    assert (on["rejects"], on["known_by_text"], on["articles"]) == (3, 3, 0)
    assert len(read_rows(lake, "articles")) == 6
    off = _account(feedlake("ingest", folder, *flags))
    assert (off["rejects"], off["articles"], off["known_by_text"]) == (0, 0, 6)
    assert feedlake("compact", "--verify", "--lake", lake).code == 0


@pytest.fixture
def net() -> Iterator[Internet]:
    with Internet() as internet:
        yield internet


def _whole(name: str) -> str:
    """What a feed gives as the whole text of an entry."""
    return "".join(f"<p>{part}</p>" for part in text_of(name).split("\n\n"))


def test_feed_gives_nothing_that_its_page_reserves_and_its_header_counts(
    net, tmp_path, monkeypatch
):
    shorten_deadlines(monkeypatch)
    site, other = net.add_site(), net.add_site()
    items = [Item(name, summary=_whole(name)) for name in ("Free", "Head", "Header", "Gone")]
    feed = Feed(site, items, head=f"<copyright>(c) Quay</copyright><license>{BY}</license>")
    site.add("/Free", page("Free"))
    site.add("/Head", page("Head", head=RESERVED))
    site.add("/Header", Reply(page("Header").body, headers={"TDM-Reservation": "1"}))
    site.add("/Gone", Reply(status=410))
    site.add("/robots.txt", Reply(b"", content_type="text/plain"))
    other.add("/robots.txt", Reply(b"", content_type="text/plain"))
    other.add("/Low", page("Low"))
    headers = {"X-Robots-Tag": "noai"}
    other.add("/feed.xml", Reply(rss(other, ["Low"]), content_type="text/xml", headers=headers))
    web = Web(tmp_path / "lake", (feed.url, other.url("/feed.xml", by_address=True)))
    account = web.run("--respect-rights")
    assert {row["title"]: row["detail"] for row in web.rows("rejects")} == {
        "Head": "the page says robots: noai",
        "Header": "the page's HTTP header says tdm-reservation: 1",
        "Low": "the feed's HTTP header says robots: noai",
    }
    assert account["reject_reasons"] == {"rights_reserved": 3}
    of_feed = [
        {"kind": "license", "value": BY, "origin": "feed"},
        {"kind": "copyright", "value": "(c) Quay", "origin": "feed"},
    ]
    assert {row["title"]: (row["text_source"], row["rights"]) for row in web.rows("articles")} == {
        "Free": ("page", of_feed),
        "Gone": ("feed", of_feed),
    }
    forget_process()
    assert web.run("--respect-rights")["rejects"] == 0
