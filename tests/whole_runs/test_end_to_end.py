"""Whole runs: what goes in comes out, once, whatever the order and the number of workers."""

from __future__ import annotations

import gzip
import io
import json
import random
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import PROJECT, content_of, read_rows, run_command
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

COUNTED = ("articles", "revisions", "duplicates", "rejects")
"""The tables that a document can end in."""


def test_seeds_end_where_their_readme_says(seed_lake):
    counts = {table: len(read_rows(seed_lake, table)) for table in (*COUNTED, "sources", "runs")}

    assert counts == {
        "articles": 31,
        "revisions": 1,
        "duplicates": 3,
        "rejects": 5,
        "sources": 27,
        "runs": 1,
    }
    readme = (PROJECT / "docs" / "seeds.md").read_text(encoding="utf-8")
    assert "40 documents = 31 articles + 1 revision + 3 duplicates + 5 rejects." in readme
    assert Counter(row["test"] for row in read_rows(seed_lake, "duplicates")) == {
        "text": 2,
        "url": 1,
    }
    assert Counter(row["status"] for row in read_rows(seed_lake, "sources"))["skipped"] == 2


def test_second_run_adds_no_article_duplicate_or_reject(tmp_path):
    lake = tmp_path / "lake"
    account = ("--lake", lake, "--json")
    run_command("ingest", PROJECT / "seeds", *account)
    before = {table: read_rows(lake, table) for table in COUNTED}

    unchanged = json.loads(run_command("ingest", PROJECT / "seeds", *account).out)
    read_again = json.loads(run_command("ingest", PROJECT / "seeds", *account, "--reread").out)

    assert {table: read_rows(lake, table) for table in COUNTED} == before
    assert (unchanged["documents"], unchanged["unchanged_sources"]) == (0, 27)
    assert (read_again["documents"], read_again["already_in_lake"]) == (40, 40)
    assert len(read_rows(lake, "runs")) == 3


def test_documents_in_new_files_are_already_in_the_lake(tmp_path, story):
    lake = tmp_path / "lake"
    run_command("ingest", story, "--lake", lake)
    (story / "ferry.txt").rename(story / "renamed.txt")

    again = run_command("ingest", story, "--lake", lake)

    assert again.code == 0
    assert again.out.startswith(
        "1 document = 0 articles + 0 duplicates + 0 rejects + 1 already in the lake\n"
    )


@pytest.mark.parametrize(
    "how",
    [
        ("--workers", "1"),
        ("--workers", "3"),
        ("--", "--direct_running_mode=multi_threading", "--direct_num_workers=3"),
    ],
    ids=["one worker", "three workers", "three Beam workers"],
)
def test_tables_do_not_depend_on_order_or_workers(seed_lake, tmp_path, how):
    # A list of feeds that is named itself would be followed.
    sources = sorted(path for path in (PROJECT / "seeds").iterdir() if path.suffix != ".opml")
    random.Random(str(how)).shuffle(sources)

    outcome = run_command("ingest", *sources, "--lake", tmp_path / "lake", *how)

    assert outcome.code == 0, outcome.err
    expected = content_of(seed_lake)
    expected["sources"] = [row for row in expected["sources"] if row["source"][-5:] != ".opml"]
    assert content_of(tmp_path / "lake") == expected


def text_file(number: int) -> tuple[str, bytes, int]:
    body = f"date 2020-01-{number + 1:02}\n" + STORIES[number % len(STORIES)]
    return "txt", body.encode(), 1


def many_in_one(number: int) -> tuple[str, bytes, int]:
    lines = [f"date 2021-03-{day:02} {STORIES[day % len(STORIES)]}" for day in range(1, number + 2)]
    return "txt", "\n".join(lines).encode(), number + 1 if number else 1


def packed_text_file(number: int) -> tuple[str, bytes, int]:
    return "txt.gz", gzip.compress(text_file(number)[1], mtime=0), 1


def page(number: int) -> tuple[str, bytes, int]:
    paragraphs = "".join(f"<p>{STORIES[(number + i) % len(STORIES)]}</p>" for i in range(3))
    html = (
        f"<html><head><link rel=canonical href='https://news.example/{number % 3}'></head>"
        f"<body><article><h1>Story {number}</h1>{paragraphs}</article></body></html>"
    )
    return "html", html.encode(), 1


def records(number: int) -> tuple[str, bytes, int]:
    lines = [json.dumps({"url": f"https://a.example/{i % 2}", "text": STORIES[i % len(STORIES)]})
             for i in range(number)]  # fmt: skip
    return "jsonl", "\n".join([*lines, '{"text": "cut o']).encode(), number + 1


def feed(number: int) -> tuple[str, bytes, int]:
    items = "".join(
        f"<item><title>T{i}</title><link>https://f.example/{i}</link>"
        f"<description>{STORIES[i % len(STORIES)]}</description></item>"
        for i in range(number + 1)
    )
    rss = (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>F</title>{items}</channel></rss>'
    )
    return "xml", rss.encode(), number + 1


def archive(number: int) -> tuple[str, bytes, int]:
    html = page(number)[1]
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + html
    record = (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:%d>\r\n"
        b"WARC-Date: 2022-05-06T07:08:09Z\r\nWARC-Target-URI: https://w.example/%d\r\n"
        b"Content-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n"
        % (number, number, len(http))
    ) + http  # fmt: skip
    member = gzip.compress(record + b"\r\n\r\n", mtime=0)
    return "warc.gz", member * 2, 2


def table(number: int) -> tuple[str, bytes, int]:
    sink = io.BytesIO()
    texts = [STORIES[i % len(STORIES)] for i in range(number + 1)]
    pq.write_table(pa.table({"text": texts}), sink)
    return "parquet", sink.getvalue(), number + 1


def nothing(number: int) -> tuple[str, bytes, int]:
    return "txt", b"", 1


def noise(number: int) -> tuple[str, bytes, int]:
    return "bin", b"\x89PNG\r\n\x1a\n" + bytes(range(number)), 0


STORIES = (
    "The ferry left at noon, and the whole town waved from the pier until it was out of sight.",
    "A clock that runs by the tide was mended by two pupils and their grandmother this week.",
    "Der Glockenturm bekommt nach vierzig Jahren wieder eine Glocke, gegossen im Nachbarort.",
    "Rain fell on the market, but the cheese stalls sold out before the church bell rang eleven.",
)
KINDS = (
    text_file,
    many_in_one,
    packed_text_file,
    page,
    records,
    feed,
    archive,
    table,
    nothing,
    noise,
)


# Shrinking would run hundreds of pipelines.
@settings(max_examples=8, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 6)), min_size=1, max_size=16))
def test_books_balance(tmp_path_factory, files):
    folder = tmp_path_factory.mktemp("books")
    expected = 0
    for place, (kind, number) in enumerate(files):
        suffix, content, documents = kind(number)
        (folder / f"{place}.{suffix}").write_bytes(content)
        expected += documents
    lake = folder / "lake"

    account = ("--lake", lake, "--json")
    first = json.loads(run_command("ingest", folder, *account).out)
    second = json.loads(run_command("ingest", folder, *account, "--reread", "--workers", 1).out)

    assert first["documents"] == second["documents"] == second["already_in_lake"] == expected
    assert expected == sum(first[name] for name in COUNTED) + first["already_in_lake"]
    assert first["already_in_lake"] == sum(second[name] for name in COUNTED) == 0
    assert first["sources"] == len(files)
    for name in COUNTED:
        assert first[name] == len(read_rows(lake, name))
