"""What the command says of addresses, ids and files in a lake of files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import PROJECT, read_rows

from feedlake.pipeline.explain.explain import explain

LIGHTHOUSE = "https://courier.example.org/culture/lighthouse-library"
LIGHTHOUSE_ID = "1fed9fbd194f9a32bf85aa8cbae4e977"


@pytest.mark.parametrize(
    "asked",
    [
        LIGHTHOUSE,
        "https://COURIER.example.org:443/culture/lighthouse-library?utm_source=x&fbclid=y#top",
        "courier.example.org/culture/lighthouse-library",
        LIGHTHOUSE_ID,
        LIGHTHOUSE_ID.upper(),
    ],
)
def test_article_is_found_by_each_spelling_of_its_address_and_by_its_id(seed_lake, asked):
    found = explain(asked, lake=str(seed_lake))
    assert found.is_found
    assert [row["article_id"] for row in found.articles] == [LIGHTHOUSE_ID]
    assert [row["revision"] for row in found.revisions] == [1]
    assert [row["test"] for row in found.duplicates] == ["url"]
    assert found.runs == [
        {name: row[name] for name in ("run_id", "started_at")}
        for row in read_rows(seed_lake, "runs")
    ]


def test_revision_says_what_has_changed(seed_lake):
    passages = explain(LIGHTHOUSE, lake=str(seed_lake)).revisions[0]["passages"]
    assert ("Sunday.", "Sunday, and from this week on Wednesday afternoons as well.") in passages


def test_copy_leads_to_what_it_is_a_copy_of(seed_lake):
    copy = "https://coastwise.example.net/2026/03/15/lighthouse-library.html"
    found = explain(copy, lake=str(seed_lake))
    assert found.articles == []
    (row,) = found.duplicates
    assert (row["test"], row["original_id"]) == ("text", LIGHTHOUSE_ID)
    assert row["original"]["url"] == LIGHTHOUSE


def test_command_says_it_in_lines(seed_lake, feedlake):
    outcome = feedlake("explain", f"{LIGHTHOUSE}?utm_medium=mail", "--lake", seed_lake)
    assert (outcome.code, outcome.err) == (0, "")
    assert "without utm_medium (how a reader came there)" in outcome.out
    assert "An article: Lighthouse at Skarn Head" in outcome.out
    assert "the page states it, in its words: 2026-03-14T08:30:00+01:00" in outcome.out
    assert "identified from the text" in outcome.out
    assert "+271 characters" in outcome.out
    assert "A duplicate of https://courier.example.org/culture/lighthouse-library" in outcome.out


def test_json_has_the_same_and_no_bytes(seed_lake, feedlake):
    outcome = feedlake("explain", LIGHTHOUSE, "--lake", seed_lake, "--json")
    said = json.loads(outcome.out)
    assert said["is_found"] is True
    assert said["articles"][0]["published_at"] == "2026-03-14T07:30:00+00:00"
    assert said["revisions"][0]["passages"][0]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("https://observer.example.org/pictures/week-11", "Rejected at extract as no_main_text"),
        (PROJECT / "seeds" / "text" / "empty.txt", "Rejected at extract as empty"),
        (PROJECT / "seeds" / "csv", "notices.csv"),
    ],
)
def test_reject_and_file_say_what_became_of_them(seed_lake, feedlake, asked, said):
    outcome = feedlake("explain", asked, "--lake", seed_lake)
    assert outcome.code == 0
    assert said in outcome.out


def test_reject_is_found_by_its_id(seed_lake):
    row = next(row for row in read_rows(seed_lake, "rejects") if row["reason"] == "empty")
    found = explain(row["reject_id"], lake=str(seed_lake))
    assert [row["reason"] for row in found.rejects] == ["empty"]


@pytest.mark.parametrize("asked", ["https://nowhere.example.org/x", "0" * 32, "no/such/file.txt"])
def test_what_the_lake_does_not_know_ends_with_3(seed_lake, feedlake, asked):
    outcome = feedlake("explain", asked, "--lake", seed_lake)
    assert outcome.code == 3
    assert "The lake knows nothing of it." in outcome.out
    said = json.loads(feedlake("explain", asked, "--lake", seed_lake, "--json").out)
    assert (said["is_found"], said["articles"], said["polls"]) == (False, [], [])


@pytest.mark.parametrize(
    "asked", ["'; DROP TABLE articles; --", "https://[", "\u202e", "%", "a\nb"]
)
def test_odd_words_are_looked_up_and_shown_as_one_line(seed_lake, feedlake, asked):
    outcome = feedlake("explain", asked, "--lake", seed_lake)
    assert (outcome.code, outcome.err) == (3, "")
    assert "\u202e" not in outcome.out


def test_folder_that_is_no_lake_is_told(tmp_path: Path, feedlake):
    outcome = feedlake("explain", "x", "--lake", tmp_path / "none")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)


def test_rows_without_a_canonical_address_are_found_by_each_spelling(tmp_path: Path, feedlake):
    links = (
        "http://news.example.org/live#one",
        "http://news.example.org/live#two",
        "http://news.example.org/bare?utm_source=rss&amp;id=7",
    )
    texts = ("The ferry left Quellmouth at noon.", "The ferry came back by night.", "")
    items = "".join(
        f"<item><title>{link[-3:]}</title><link>{link}</link><description>{text}</description></item>"
        for link, text in zip(links, texts, strict=True)
    )
    feed = tmp_path / "feed.xml"
    feed.write_text(f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>")
    lake = tmp_path / "lake"
    feedlake("ingest", feed, "--lake", lake, "--enrich", "none")
    for asked in ("http://news.example.org/live", "news.example.org/live?utm_source=x"):
        found = explain(asked, lake=str(lake))
        assert sorted(row["title"] for row in found.articles) == ["one", "two"]
        assert (found.asked, found.canonical_url) == (asked, "http://news.example.org/live")
    (reject,) = explain("http://news.example.org/bare?id=7", lake=str(lake)).rejects
    assert reject["reason"] == "no_main_text"
