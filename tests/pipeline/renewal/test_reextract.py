"""Texts that an older feedlake took from archived pages are brought up to date, once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from conftest import read_rows, run_command
from feed_sites import Feed, Item, Ticks, rss, text_of
from internet import Internet, Reply
from old_lakes import rewrite_files
from web_runs import forget_process

from feedlake.transforms.normalize.text import hash_text

OLD = {"Half": "Half of it, as it was found then.", "Wall": "Only a part of what the feed gives."}
FULL = (
    "<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>{}</content:encoded>"
)


def with_old_texts(data: pa.Table) -> pa.Table:
    """Gives some articles the texts of an older extractor."""
    rows = data.select(["title", "text", "text_sha256", "content_sha256", "char_count"]).to_pylist()
    for row in rows:
        if row["title"] in OLD:
            row["text"] = OLD[row["title"]]
            row["text_sha256"] = row["content_sha256"] = hash_text(row["text"])
            row["char_count"] = len(row["text"])
    for name in ("text", "text_sha256", "content_sha256", "char_count"):
        place = data.schema.get_field_index(name)
        values = pa.array([row[name] for row in rows], data.schema.field(name).type)
        data = data.set_column(place, data.schema.field(name), values)
    return data


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with an archive, of whose texts some are those of an older extractor."""
    lake = tmp_path_factory.mktemp("old") / "lake"
    forget_process()
    with Internet() as net:
        site = net.add_site()
        feed = Feed(site, ["Half", "Whole", "Other", Item("Wall", summary="")])
        site.add("/Wall", Reply(b"<html><title>Forbidden</title><p>No.", status=403))
        body = rss(site, feed.items).replace(
            b"<description></description>", FULL.format(text_of("Wall")).encode()
        )
        site.add("/feed.xml", Reply(body, content_type="text/xml"))
        Ticks(lake, (feed.url,), ("--archive", "--enrich", "none")).run()
    rewrite_files(lake, "articles/**/*.parquet", with_old_texts)
    shutil.rmtree(lake / "_cache", ignore_errors=True)
    return lake


def renew(lake: Path, *flags: object) -> dict[str, Any]:
    outcome = run_command("reextract", "--lake", lake, "--enrich", "none", "--json", *flags)
    assert outcome.code == 0, outcome
    found: dict[str, Any] = json.loads(outcome.out)
    return found


def files_of(lake: Path) -> set[str]:
    return {str(path) for path in lake.rglob("*") if path.is_file() and "_cache" not in path.parts}


def test_texts_that_differ_become_revisions_that_say_so_and_no_others(old, tmp_path):
    lake = Path(shutil.copytree(old, tmp_path / "lake"))
    done = renew(lake)

    assert (done["articles"], done["archived"]) == (4, 4)
    assert done["written"]["revisions"] == 2
    rows = {row["title"]: row for row in read_rows(lake, "revisions")}
    assert rows.keys() == {"Half", "Wall"}
    for title, row in rows.items():
        assert row["text"].replace("\n\n", " ") == text_of(title).replace("\n\n", " ")
        assert row["revision"] == 1
        assert row["revision_reason"] == "extractor"
    first = {row["article_id"]: row for row in read_rows(lake, "articles")}
    for row in rows.values():
        same = ("url", "source", "guid", "title", "published_at", "fetched_at", "cluster_id")
        article = first[row["article_id"]]
        assert {name: row[name] for name in same} == {name: article[name] for name in same}
    assert run_command("compact", "--verify", "--lake", lake).code == 0


def test_second_time_nothing_is_written(old, tmp_path):
    lake = Path(shutil.copytree(old, tmp_path / "lake"))
    renew(lake)
    before = files_of(lake)

    assert renew(lake)["written"]["runs"] == []
    assert files_of(lake) == before


def test_condition_says_which_articles(old, tmp_path):
    lake = Path(shutil.copytree(old, tmp_path / "lake"))

    assert renew(lake, "--where", "title = 'Whole'")["written"]["revisions"] == 0
    assert renew(lake, "--where", "title = 'Half' OR title = 'Whole'")["written"]["revisions"] == 1
    assert [row["title"] for row in read_rows(lake, "revisions")] == ["Half"]


@pytest.mark.parametrize("where", ["titel = 'Half'", "true); DROP TABLE latest; SELECT (1", "("])
def test_condition_that_makes_no_sense_is_named_and_nothing_written(old, tmp_path, where):
    lake = Path(shutil.copytree(old, tmp_path / "lake"))
    before = files_of(lake)
    outcome = run_command("reextract", "--lake", lake, "--where", where)

    assert outcome.code == 2
    assert outcome.err.startswith(f"feedlake: --where {where}: ")
    assert files_of(lake) == before


def test_lake_without_an_archive_says_what_would_keep_one(tmp_path):
    (tmp_path / "story.txt").write_text("A short story of a town.", encoding="utf-8")
    run_command("ingest", tmp_path / "story.txt", "--lake", tmp_path / "lake", "--enrich", "none")
    outcome = run_command("reextract", "--lake", tmp_path / "lake")

    assert outcome.code == 2
    assert "has no archive" in outcome.err
    assert "--archive" in outcome.err


def test_revision_that_a_source_brings_says_that(old, tmp_path):
    lake = tmp_path / "lake"
    story = tmp_path / "story.jsonl"
    for text in ("One two three four.", "One two three four five."):
        said = {"url": "https://news.example/a", "title": "A", "text": text}
        story.write_text(json.dumps(said), encoding="utf-8")
        assert run_command("ingest", story, "--lake", lake, "--enrich", "none").code == 0

    assert [row["revision_reason"] for row in read_rows(lake, "revisions")] == ["source"]
