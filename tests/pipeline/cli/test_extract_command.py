"""`feedlake extract`: one page on the command line."""

from __future__ import annotations

import gzip
import json

import pytest
from conftest import PROJECT
from internet import Internet, Reply
from newspapers import page

HTML = PROJECT / "seeds" / "html"
HERE = ("--allow-network", "127.0.0.0/8")


def test_text_and_fields_of_a_file_are_shown(feedlake):
    done = feedlake("extract", HTML / "lighthouse-library.html")
    assert (done.code, done.err) == (0, "")
    head, _, text = done.out.partition("\n\n")
    assert "title:         Lighthouse at Skarn Head opens its lamp room as a library" in head
    assert "published:     2026-03-14 07:30:00 UTC (the page says so)" in head
    assert "language:      en" in head
    assert text.startswith("The lamp went out at Skarn Head nine years ago")
    assert "\n\nThe shelves follow the curve" in text


def test_json_has_all_fields(feedlake, tmp_path):
    packed = tmp_path / "mill.html.gz"
    packed.write_bytes(gzip.compress((HTML / "old-mill.html").read_bytes()))
    done = feedlake("extract", packed, "--json", "--url", "https://example.org/mill?utm_medium=x")
    page = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert page["canonical_url"] == "https://example.org/mill"
    assert (page["title"], page["reason"]) == ("Old mill at Fennel Lock turns again", None)
    assert page["text"].startswith("The wheel of the mill")


def test_page_without_an_article_ends_with_3_and_the_reason(feedlake, tmp_path):
    done = feedlake("extract", HTML / "members-login.html")
    assert (done.code, done.out) == (3, "")
    assert done.err == "feedlake: no article: too_short: 82 characters, fewer than 200\n"
    told = feedlake("extract", HTML / "members-login.html", "--json")
    assert told.code == 3
    assert json.loads(told.out)["reason"] == "too_short"
    assert feedlake("extract", HTML / "members-login.html", "--min-chars", 10).code == 0


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"%PDF-1.7 ...", "pdf"),
        ("a.html.gz", gzip.compress(b"<p>" + b"word " * 5000, mtime=0)[:-30], "corrupt"),
        ("a.html", b"<p>" + b"word " * (3 << 20), "too_large"),
        ("a.txt", b"", "empty"),
    ],
)
def test_file_that_is_no_page_ends_with_3_and_the_reason(name, content, reason, feedlake, tmp_path):
    (tmp_path / name).write_bytes(content)
    done = feedlake("extract", tmp_path / name)
    assert done.code == 3
    assert done.err.startswith(f"feedlake: no article: {reason}")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.html"], "SOURCE nowhere.html: no such file or folder"),
        ([HTML], "7 files; must be one page"),
        ([PROJECT / "seeds" / "feeds" / "rss.xml"], "may hold many documents"),
        ([PROJECT / "seeds" / "json" / "news.jsonl"], "may hold many documents"),
        (["http://"], "PAGE http://: must be an http(s) address"),
        (["https://example.org/", "--url", "https://example.org/"], "--url: only for a file"),
        ([HTML / "old-mill.html", "--url", "example"], "--url example: must be an http(s) address"),
        ([], "the following arguments are required: PAGE"),
        ([HTML / "old-mill.html", "--lake", "lake"], "--lake: extract knows no such flag"),
    ],
)
def test_what_is_no_single_page_ends_with_2_and_a_sentence(arguments, sentence, feedlake):
    done = feedlake("extract", *arguments)
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err
    assert len(done.err.splitlines()) == 1


def test_address_is_fetched_as_ingest_does_it(feedlake):
    with Internet() as internet:
        site = internet.add_site("news.example")
        site.add(
            "/robots.txt", Reply(b"User-agent: *\nDisallow: /private\n", content_type="text/plain")
        )
        site.add("/ferry", page("ferry"))
        site.add("/private", page("secret"))
        site.add("/gone", Reply(b"gone", status=410))
        site.add("/moved", Reply(status=301, headers={"Location": "/ferry"}))
        site.add("/picture", Reply(b"\x89PNG\r\n", content_type="image/png"))

        def extract(path: str, *flags: str):
            done = feedlake("extract", site.url(path, by_address=True), "--json", *HERE, *flags)
            return done.code, json.loads(done.out)

        assert extract("/ferry")[1]["title"] == "The ferry"
        code, moved = extract("/moved")
        assert (code, moved["url"]) == (0, site.url("/ferry", by_address=True))
        assert extract("/private")[1]["reason"] == "robots_txt"
        assert extract("/private", "--no-robots")[0] == 0
        assert extract("/gone")[0] == 3
        assert extract("/gone")[1]["reason"] == "http_error"
        assert extract("/picture")[1]["reason"] == "content_type"


def test_address_that_is_not_public_is_not_asked(feedlake):
    with Internet() as internet:
        site = internet.add_site("news.example")
        site.add("/ferry", page("ferry"))
        done = feedlake("extract", site.url("/ferry", by_address=True))
        assert done.code == 3
        assert "forbidden_address" in done.err
        assert site.requests == []
