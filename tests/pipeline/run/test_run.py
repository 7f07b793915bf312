"""Chunks, unchanged sources, near-duplicates and revisions across runs."""

from __future__ import annotations

import json
import os
from itertools import cycle

import pytest
from conftest import content_of, read_rows

from feedlake.transforms.enrich.enrich_pool import import_runners
from feedlake.transforms.extract.extract_document import import_page_readers
from feedlake.transforms.process import child_server

WORDS = (
    "The harbour council met on Tuesday evening and heard from fishermen, ferry captains, "
    "teachers and the owner of the ice house about the new quay. Work on the first fifty "
    "metres begins after Easter, the engineer said, and will close the fish market for a "
    "month. Stalls move to the old rope works, where the town has laid water and light. "
    "Nobody at the meeting spoke against the plan, but several asked who pays when the "
    "winter storms come early, as they did two years ago, and carry the planks away. The "
    "mayor promised an answer in writing before the vote. The last quay was built by the "
    "grandfather of the present harbour master, who keeps the drawings in a tin box and "
    "brought them along, and for an hour the hall passed them from hand to hand."
)


_LETTERS = str.maketrans("0123456789", "abcdefghij")


def make_words(seed, count):
    """Returns words that no other seed gives, as many as asked for."""
    return [
        # No digits: two texts with other figures would be notices of one template.
        word.strip(".,").lower() + f"{seed}x{i}".translate(_LETTERS)
        for i, word in zip(range(count), cycle(WORDS.split()))
    ]


def write_lines(folder, count, *, name="news.jsonl"):
    folder.mkdir(exist_ok=True)
    lines = [
        json.dumps({"url": f"https://example.org/{i}", "text": " ".join(make_words(i, 150))})
        for i in range(count)
    ]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_page(folder, name, paragraphs, *, url):
    folder.mkdir(exist_ok=True)
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    page = f'<html><head><link rel="canonical" href="{url}"></head><body><article>{body}'
    (folder / name).write_text(f"{page}</article></body></html>", encoding="utf-8")


def test_chunks_hold_the_same_rows_as_one_run(tmp_path, feedlake):
    news = tmp_path / "news"
    write_lines(news, 7)
    (news / "note.txt").write_text("A short note about the tide.", encoding="utf-8")
    whole, cut = tmp_path / "whole", tmp_path / "cut"

    feedlake("ingest", news, "--lake", whole)
    outcome = feedlake("ingest", news, "--lake", cut, "--chunk-documents", 3, "--json")

    account = json.loads(outcome.out)
    assert (account["documents"], account["sources"], len(account["runs"])) == (8, 2, 3)
    documents = [(row["chunk"], row["documents"]) for row in read_rows(cut, "runs")]
    assert documents == [(1, 3), (2, 3), (3, 2)]
    assert [row["next_record"] for row in read_rows(cut, "sources")] == [4, 7, None, None]
    for table in ("articles", "revisions", "rejects"):
        assert content_of(cut)[table] == content_of(whole)[table]


def test_a_run_goes_on_where_the_last_chunk_ended(tmp_path, feedlake, monkeypatch):
    from feedlake.pipeline.run import run_pipeline

    news, lake = tmp_path / "news", tmp_path / "lake"
    write_lines(news, 6)
    real, calls = run_pipeline.run_pipeline, []

    def fail_the_second_time(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return real(*arguments)

    monkeypatch.setattr(run_pipeline, "run_pipeline", fail_the_second_time)
    broken = feedlake("ingest", news, "--lake", lake, "--chunk-documents", 2)
    assert broken.code == 1
    assert len(read_rows(lake, "articles")) == 2

    again = feedlake("ingest", news, "--lake", lake, "--chunk-documents", 2, "--json")

    account = json.loads(again.out)
    assert (account["documents"], account["articles"], account["already_in_lake"]) == (4, 4, 0)
    assert len(read_rows(lake, "articles")) == 6


def test_unchanged_sources_are_not_read_again(tmp_path, feedlake, story):
    lake = tmp_path / "lake"
    feedlake("ingest", story, "--lake", lake)

    again = json.loads(feedlake("ingest", story, "--lake", lake, "--json").out)
    reread = json.loads(feedlake("ingest", story, "--lake", lake, "--json", "--reread").out)
    os.utime(story / "ferry.txt", (1_000_000_000, 1_000_000_000))
    touched = json.loads(feedlake("ingest", story, "--lake", lake, "--json").out)

    names = ("sources", "unchanged_sources", "documents", "already_in_lake")
    assert [again[name] for name in names] == [0, 1, 0, 0]
    assert [reread[name] for name in names] == [1, 0, 1, 1]
    assert [touched[name] for name in names] == [1, 0, 1, 1]


@pytest.mark.parametrize("history", ["index", "join"])
def test_a_copy_of_a_copy_joins_the_first_article(tmp_path, feedlake, history):
    lake, news = tmp_path / "lake", tmp_path / "news"
    news.mkdir()
    words, others = make_words(1, 400), make_words(2, 400)
    for day, count in enumerate((0, 30, 60), start=1):
        text = " ".join([*others[:count], *words[count:]])
        (news / f"{day}.txt").write_text(f"date 2026-01-0{day}\n{text}\n", encoding="utf-8")
        feedlake("ingest", news / f"{day}.txt", "--lake", lake, "--history", history)

    [article] = read_rows(lake, "articles")
    first, second = sorted(read_rows(lake, "duplicates"), key=lambda row: row["published_at"])
    assert [first["test"], second["test"]] == ["near", "near"]
    assert {first["original_id"], second["original_id"]} == {article["article_id"]}
    assert {first["cluster_id"], second["cluster_id"]} == {article["cluster_id"]}
    assert first["text"] != second["text"]


def test_near_duplicates_can_be_kept(tmp_path, feedlake):
    lake, news = tmp_path / "lake", tmp_path / "news"
    news.mkdir()
    (news / "1.txt").write_text(f"date 2026-01-01\n{WORDS}", encoding="utf-8")
    (news / "2.txt").write_text(f"date 2026-01-02\n{WORDS} It was late.", encoding="utf-8")

    feedlake("ingest", news, "--lake", lake, "--near-duplicates", "keep")

    first, second = sorted(read_rows(lake, "articles"), key=lambda row: row["published_at"])
    assert [first["cluster_id"], second["cluster_id"]] == [first["article_id"]] * 2
    assert read_rows(lake, "duplicates") == []


def test_changed_text_is_a_revision_and_a_changed_counter_is_not(tmp_path, feedlake):
    lake, news = tmp_path / "lake", tmp_path / "news"
    url = "https://example.org/quay"
    half = len(WORDS) // 2
    versions = [
        [WORDS[:half], WORDS[half:]],
        [WORDS[:half], WORDS[half:], "12 comments"],
        [WORDS[:half], WORDS[half:], "The vote was put off until May."],
        [WORDS[:half], WORDS[half:]],
    ]
    for number, paragraphs in enumerate(versions):
        write_page(news, f"{number}.html", paragraphs, url=url)
        assert feedlake("ingest", news / f"{number}.html", "--lake", lake).code == 0

    revisions = sorted(read_rows(lake, "revisions"), key=lambda row: row["revision"])
    assert [row["revision"] for row in revisions] == [1, 2]
    assert [row["char_delta"] for row in revisions] == [33, -33]
    assert all(0.5 < row["similarity"] < 1 for row in revisions)
    latest = feedlake("query", "SELECT revision FROM latest", "--lake", lake, "--format", "csv")
    assert latest.out.split() == ["revision", "2"]
    again = json.loads(feedlake("ingest", news, "--lake", lake, "--reread", "--json").out)
    assert again["already_in_lake"] == 4


def test_deleting_the_cache_changes_nothing(tmp_path, feedlake, story):
    import shutil

    lake = tmp_path / "lake"
    feedlake("ingest", story, "--lake", lake)
    shutil.rmtree(lake / "_cache")
    before = content_of(lake)

    again = json.loads(feedlake("ingest", story, "--lake", lake, "--reread", "--json").out)

    assert again["already_in_lake"] == 1
    after = content_of(lake)
    assert {**after, "sources": None} == {**before, "sources": None}


def test_a_summary_is_no_revision_of_the_full_text(tmp_path, feedlake):
    lake, feeds = tmp_path / "lake", tmp_path / "feeds"
    feeds.mkdir()
    item = "<item><title>Quay</title><link>https://example.org/quay</link>{}</item>"
    parts = {
        "1-full": f"<content:encoded>{WORDS}</content:encoded>",
        "2-teaser": "<description>The council met about the new quay.</description>",
    }
    for name, part in parts.items():
        document = (
            '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
            f"<channel><title>Town</title>{item.format(part)}</channel></rss>"
        )
        (feeds / f"{name}.xml").write_text(document, encoding="utf-8")

    for name in ("1-full", "2-teaser"):
        outcome = feedlake("ingest", feeds / f"{name}.xml", "--lake", lake, "--json")

    assert json.loads(outcome.out)["already_in_lake"] == 1
    [article] = read_rows(lake, "articles")
    assert (article["text_source"], article["text"]) == ("feed", WORDS)
    assert read_rows(lake, "revisions") == []


def test_the_full_text_is_a_revision_of_a_summary(tmp_path, feedlake):
    lake, feeds = tmp_path / "lake", tmp_path / "feeds"
    feeds.mkdir()
    for name, key, text in (("1", "summary", "A quay is planned."), ("2", "content_text", WORDS)):
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Town",
            "items": [{"id": "1", "url": "https://example.org/quay", key: text}],
        }
        (feeds / f"{name}.json").write_text(json.dumps(feed), encoding="utf-8")
        assert feedlake("ingest", feeds / f"{name}.json", "--lake", lake).code == 0

    [revision] = read_rows(lake, "revisions")
    assert (revision["revision"], revision["text"]) == (1, WORDS)


def test_a_clock_set_back_loses_and_doubles_nothing(tmp_path, feedlake, monkeypatch):
    from datetime import UTC, datetime

    from feedlake.pipeline.run import run

    class Yesteryear(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2025, 1, 1, tzinfo=UTC)

    lake, news = tmp_path / "lake", tmp_path / "news"
    write_lines(news, 3)
    feedlake("ingest", news, "--lake", lake)
    write_lines(news, 5)
    monkeypatch.setattr(run, "datetime", Yesteryear)

    refused = feedlake("ingest", news, "--lake", lake, "--json")
    accepted = feedlake("ingest", news, "--lake", lake, "--json", "--accept-clock")

    account = json.loads(accepted.out)
    assert (refused.code, refused.out) == (1, "")
    assert account["runs"][0].startswith("20250101T000000Z-")
    assert (account["articles"], account["already_in_lake"]) == (2, 3)
    again = json.loads(feedlake("ingest", news, "--lake", lake, "--json", "--reread").out)
    assert (again["articles"], again["already_in_lake"]) == (0, 5)
    assert feedlake("compact", "--verify", "--lake", lake).out == "the lake is sound\n"


@pytest.mark.parametrize(
    ("name", "are_needed"), [("a.txt", False), ("A.TXT", False), ("a.html", True), ("a", True)]
)
def test_children_import_what_reads_pages_only_where_there_may_be_some(
    tmp_path, feedlake, monkeypatch, name, are_needed
):
    """A run of texts alone starts children to enrich them, and pays for what those import."""
    shared = []
    monkeypatch.setattr(child_server, "share_imports", shared.append)
    (tmp_path / name).write_text(WORDS, encoding="utf-8")

    feedlake("ingest", tmp_path / name, "--lake", tmp_path / "lake", "--enrich", "quality")

    assert import_runners in shared
    assert (import_page_readers in shared) == are_needed
