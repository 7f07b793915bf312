"""Whole runs over pages whose claims of their own address are right, wrong, or disputed."""

import gzip
import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from builders import http_response, warc_record
from conftest import Rows, read_rows, run_command
from feed_sites import Feed, Item, Ticks, page
from internet import Internet

SITE = "https://news.example.com"
NOUNS = "harbour bridge council ferry market school tower garden river museum".split()
VERBS = "opened closed repaired praised measured visited painted rented sold found".split()


def html(
    title: str,
    story: int | str,
    *,
    canonical: str = "",
    og_url: str = "",
    json_ld: object = None,
    head: str = "",
) -> str:
    """Returns a page with four paragraphs that no page of another story has."""
    chosen = random.Random(story)
    paragraphs = []
    for _ in range(4):
        sentences = [
            f"{chosen.choice(NOUNS)} number {chosen.randrange(99_999)} was {chosen.choice(VERBS)} "
            f"by {chosen.choice(NOUNS)} {chosen.randrange(99_999)} near {chosen.choice(NOUNS)}."
            for _ in range(5)
        ]
        paragraphs.append(f"<p>{' '.join(sentences)}</p>")
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    meta = f'<meta property="og:url" content="{og_url}">' if og_url else ""
    if json_ld is not None:
        meta += f'<script type="application/ld+json">{json.dumps(json_ld)}</script>'
    return (
        f'<!doctype html>{head}<html lang="en"><head><title>{title}</title>{link}{meta}</head>'
        f"<body><main><article><h1>{title}</h1>{''.join(paragraphs)}</article></main></body></html>"
    )


def described(headline: str, **fields: object) -> dict[str, object]:
    return {"@type": "NewsArticle", "headline": headline, **fields}


def save(folder: Path, pages: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for name, content in pages.items():
        (folder / f"{name}.html").write_text(content, encoding="utf-8")


def ingest(*arguments: object, lake: Path) -> None:
    outcome = run_command("ingest", *arguments, "--lake", lake, "--enrich", "none", "--quiet")
    assert outcome.code == 0, outcome.err


def addresses(rows: Rows) -> dict[str, tuple[object, object, object]]:
    return {
        Path(row["source"]).stem: (row["url"], row["canonical_url"], row["claimed_url"])
        for row in rows
    }


def nowhere(claim: str | None) -> tuple[object, object, object]:
    return None, None, claim


def at(url: str) -> tuple[object, object, object]:
    return url, url, None


def counts(lake: Path) -> dict[str, int]:
    tables = ("articles", "revisions", "duplicates", "rejects")
    return {table: len(rows) for table in tables if (rows := read_rows(lake, table))}


SAVED = {
    **{f"root{n}": html(f"Root {n}", n, canonical=f"{SITE}/en/") for n in range(2)},
    **{f"section{n}": html(f"Section {n}", 10 + n, canonical=f"{SITE}/news/") for n in range(3)},
    **{
        f"named{n}": html(
            f"Named {n}", 20 + n, canonical=f"{SITE}/town/", og_url=f"{SITE}/town/story-{n}.html"
        )
        for n in range(2)
    },
    **{
        f"fixed{n}": html(
            f"Fixed {n}", 30 + n, canonical=f"{SITE}/2026/02/0{n + 1}/story", og_url=f"{SITE}/"
        )
        for n in range(2)
    },
    "index": html("Index", 40, canonical=f"{SITE}/index.html"),
    "localhost": html("Localhost", 41, canonical="http://localhost:3000/story"),
    "private": html("Private", 42, canonical="http://10.0.0.7/story"),
    "template": html("Template", 43, canonical=f"{SITE}/{{{{ slug }}}}"),
    "alone": html("Alone", 44, canonical=f"{SITE}/town/alone"),
    "browser": html(
        "Browser",
        45,
        canonical=f"{SITE}/sport/",
        head=f"<!-- saved from url=(0042){SITE}/town/browser.html -->",
    ),
    **{
        f"described{n}": html(
            f"Described {n}", 50 + n, json_ld=described(f"Described {n}", url=f"{SITE}/a/story-{n}")
        )
        for n in range(2)
    },
    "main": html(
        "Main",
        52,
        canonical=f"{SITE}/sport/",
        json_ld=described("Main", mainEntityOfPage={"@id": f"{SITE}/sport/story-main"}),
    ),
    "other": html("Other", 53, json_ld=described("Something else", url=f"{SITE}/a/elsewhere")),
    "ldhost": html("Ldhost", 54, json_ld=described("Ldhost", url="http://localhost/story")),
    **{
        f"shared{n}": html(
            f"Shared {n}", 55 + n, json_ld=described(f"Shared {n}", url=f"{SITE}/a/all")
        )
        for n in range(2)
    },
    "page1": html("One article", 46, canonical=f"{SITE}/town/one-article"),
    "page2": html("One article", 47, canonical=f"{SITE}/town/one-article"),
}
EXPECTED = {
    "root0": nowhere(f"{SITE}/en/"),
    "root1": nowhere(f"{SITE}/en/"),
    "section0": nowhere(f"{SITE}/news/"),
    "section1": nowhere(f"{SITE}/news/"),
    "section2": nowhere(f"{SITE}/news/"),
    "named0": at(f"{SITE}/town/story-0.html"),
    "named1": at(f"{SITE}/town/story-1.html"),
    "fixed0": at(f"{SITE}/2026/02/01/story"),
    "fixed1": at(f"{SITE}/2026/02/02/story"),
    "index": nowhere(f"{SITE}/index.html"),
    "localhost": nowhere("http://localhost:3000/story"),
    "private": nowhere("http://10.0.0.7/story"),
    "template": nowhere(f"{SITE}/{{{{%20slug%20}}}}"),
    "alone": at(f"{SITE}/town/alone"),
    "browser": (f"{SITE}/town/browser.html", f"{SITE}/town/browser.html", f"{SITE}/sport/"),
    "described0": at(f"{SITE}/a/story-0"),
    "described1": at(f"{SITE}/a/story-1"),
    "main": at(f"{SITE}/sport/story-main"),
    "other": nowhere(None),
    "ldhost": nowhere("http://localhost/story"),
    "shared0": nowhere(f"{SITE}/a/all"),
    "shared1": nowhere(f"{SITE}/a/all"),
    "page1": nowhere(f"{SITE}/town/one-article"),
    "page2": nowhere(f"{SITE}/town/one-article"),
}


def test_each_saved_story_is_an_article_and_wrong_claims_stay_beside_it(tmp_path):
    save(tmp_path / "in", SAVED)
    lake = tmp_path / "lake"

    ingest(tmp_path / "in", lake=lake)

    articles = read_rows(lake, "articles")
    assert addresses(articles) == EXPECTED
    assert counts(lake) == {"articles": len(SAVED)}
    sites = {Path(row["source"]).stem: row["site"] for row in articles}
    assert sites["section0"] == sites["alone"] == "example.com"
    assert sites["localhost"] == sites["private"] is None


@pytest.mark.parametrize("flags", [("--history", "index"), ("--history", "join")])
def test_the_stories_stay_apart_in_whatever_runs_they_come(tmp_path, flags):
    names = sorted(SAVED)
    random.Random(7).shuffle(names)
    lake = tmp_path / "lake"
    for number, part in enumerate((names[:6], names[6:11], names[11:])):
        save(tmp_path / str(number), {name: SAVED[name] for name in part})
        ingest(tmp_path / str(number), *flags, lake=lake)

    assert counts(lake) == {"articles": len(SAVED)}
    found = addresses(read_rows(lake, "articles"))
    disputed = {f"{SITE}/news/", f"{SITE}/town/one-article", f"{SITE}/a/all"}
    for name, expected in EXPECTED.items():
        # Whoever comes first has the address, until somebody else claims it.
        assert found[name] == expected or found[name][0] in disputed
    assert max(Counter(url for _, url, _ in found.values() if url).values()) == 1
    before = counts(lake)
    for number in (2, 0, 1):
        ingest(tmp_path / str(number), *flags, "--reread", lake=lake)
    save(tmp_path / "all", SAVED)
    ingest(tmp_path / "all", *flags, lake=lake)
    assert counts(lake) == before


def test_versions_of_a_saved_page_are_revisions(tmp_path):
    first = html("Alone", 44, canonical=f"{SITE}/town/alone")
    second = first.replace("</article>", "<p>A line was added on the next day.</p></article>")
    lake = tmp_path / "lake"
    for number, content in enumerate((first, second)):
        save(tmp_path / str(number), {"page": content})
        ingest(tmp_path / str(number), lake=lake)

    assert counts(lake) == {"articles": 1, "revisions": 1}


def warc(pages: Sequence[tuple[str, str]]) -> bytes:
    records = [
        gzip.compress(warc_record(http_response(content.encode()), uri=uri), mtime=0)
        for uri, content in pages
    ]
    return b"".join(records)


def test_pages_of_a_warc_go_by_the_addresses_they_came_from(tmp_path):
    long_read = f"{SITE}/a/one-long-read"
    pages = [
        *((f"{SITE}/story-{n}.html", html(f"S {n}", n, canonical=f"{SITE}/news/")) for n in "012"),
        *((f"{SITE}/read?id={n}", html(f"R {n}", n, canonical=f"{SITE}/read")) for n in "345"),
        (long_read, html("One long read", 6, canonical=long_read)),
        (f"{long_read}/2", html("One long read", 7, canonical=long_read)),
        (f"{SITE}/amp/a/story", html("Form", 8, canonical=f"{SITE}/a/story")),
        (f"{SITE}/a/story", html("Form", 8, canonical=f"{SITE}/a/story")),
    ]
    (tmp_path / "a.warc.gz").write_bytes(warc(pages))
    lake = tmp_path / "lake"

    ingest(tmp_path / "a.warc.gz", lake=lake)

    assert counts(lake) == {"articles": 9, "duplicates": 1}
    articles = read_rows(lake, "articles")
    assert {row["canonical_url"] for row in articles} == {
        uri for uri, _ in pages if "/amp/" not in uri
    }
    claimed = {row["url"]: row["claimed_url"] for row in articles}
    assert claimed[f"{SITE}/story-0.html"] == f"{SITE}/news/"
    assert claimed[f"{SITE}/read?id=3"] == f"{SITE}/read"
    assert claimed[f"{long_read}/2"] == long_read
    ingest(tmp_path / "a.warc.gz", "--reread", lake=lake)
    assert counts(lake) == {"articles": 9, "duplicates": 1}


def record(**fields: object) -> str:
    text = html("", 3).partition("<p>")[2].partition("</p>")[0]
    known = {"url": f"{SITE}/town/pier", "text": text, "title": "Pier", "author": "Ann Lee"}
    return json.dumps({**known, "date": "2026-02-01", **fields})


@pytest.mark.parametrize(
    ("name", "change", "column", "value"),
    [
        ("a.jsonl", {"title": "Pier opens late"}, "title", "Pier opens late"),
        ("b.jsonl", {"author": "Bo Ek"}, "authors", ["Bo Ek"]),
        ("a.jsonl", {"date": "2026-02-03"}, "date", "2026-02-03"),
    ],
)
def test_a_correction_of_metadata_arrives_as_a_revision(tmp_path, name, change, column, value):
    lake = tmp_path / "lake"
    (tmp_path / "a.jsonl").write_text(record(), encoding="utf-8")
    ingest(tmp_path / "a.jsonl", lake=lake)
    (tmp_path / name).write_text(record(**change), encoding="utf-8")

    ingest(tmp_path / name, lake=lake)

    [revision] = read_rows(lake, "revisions")
    assert counts(lake) == {"articles": 1, "revisions": 1}
    assert (revision["revision"], revision["similarity"], revision["char_delta"]) == (1, 1.0, 0)
    assert str(revision[column]) == str(value)
    ingest(tmp_path / name, "--reread", lake=lake)
    assert counts(lake) == {"articles": 1, "revisions": 1}


def test_a_feed_corrects_its_title_and_repeats_nothing(tmp_path):
    with Internet() as net:
        site = net.add_site()
        feed = Feed(site)
        site.add("/pier", page("pier"))
        ticks = Ticks(tmp_path / "lake", (feed.url,))
        feed.items = [Item("pier", guid="1"), "other"]
        site.add("/other", page("other"))
        ticks.run()
        feed.items = ["other", Item("pier", guid="1", title="Pier opens late")]
        ticks.run()
        ticks.run()

        [revision] = ticks.rows("revisions")
        assert (revision["title"], revision["similarity"]) == ("Pier opens late", 1.0)
        assert ticks.counts()["articles"] == 2
