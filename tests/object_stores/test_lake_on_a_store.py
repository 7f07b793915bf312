"""A lake in a bucket is a lake: every command works on it, and other engines read it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

import duckdb
import polars as pl
import pyarrow.dataset as ds
import pytest
from conftest import PROJECT, run_command
from pyarrow import fs

from feedlake.pipeline.lake.lake import Lake
from feedlake.transforms.normalize import storage

PAGE = """<html lang="en"><head><title>{title}</title>
<meta property="article:published_time" content="2026-03-0{day}T08:00:00Z"></head>
<body><article><h1>{title}</h1>{text}</article></body></html>"""
WORDS = "ferry harbour clock tide bell market cheese rain school river bridge tram choir".split()


def warc_of(*pages: tuple[str, str]) -> bytes:
    """A web archive as CC-NEWS has them: one gzip member for each record."""
    import gzip

    records = []
    for number, (url, html) in enumerate(pages):
        body = html.encode()
        answer = (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = (
            "WARC/1.0\r\nWARC-Type: response\r\n"
            f"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012}>\r\n"
            "WARC-Date: 2026-03-09T10:00:00Z\r\n"
            f"WARC-Target-URI: {url}\r\nContent-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {len(answer)}\r\n\r\n"
        )
        records.append(gzip.compress(head.encode() + answer + b"\r\n\r\n"))
    return b"".join(records)


def page(number: int) -> tuple[str, str]:
    """An address, and a page of three paragraphs that no other number has."""
    title = f"{WORDS[number % 13].title()} number {number} at last"
    text = "".join(
        "<p>"
        + " ".join(f"{WORDS[(number * 7 + part * 5 + n * (number + 3)) % 13]}" for n in range(40))
        + f" said the {WORDS[number % 13]} keeper, number {number}, of part {part}.</p>"
        for part in range(3)
    )
    return (
        f"https://paper.example/2026/story-{number}",
        PAGE.format(title=title, text=text, day=1 + number % 9),
    )


@pytest.fixture
def archive(bucket: Any) -> str:
    """A folder in a bucket as CC-NEWS has it, with one archive of twelve pages."""
    content = warc_of(*map(page, range(12)))
    bucket.put("crawl-data/CC-NEWS/2026/03/CC-NEWS-20260309100000-00001.warc.gz", content)
    bucket.put("crawl-data/CC-NEWS/2026/03/", b"")  # How consoles mark a folder.
    return f"{bucket.url}/crawl-data/CC-NEWS/2026/03"


def rows_of(lake: object, sql: str) -> Any:
    answered = run_command("query", sql, "--lake", lake, "--format", "json")
    assert (answered.code, answered.err) == (0, "")
    return json.loads(answered.out)


SAME = "SELECT * EXCLUDE (run_id, source, fetched_at) FROM articles ORDER BY article_id"


def test_archive_in_a_bucket_becomes_the_lake_that_a_local_one_does(bucket, archive, tmp_path):
    local = tmp_path / "archive"
    local.mkdir()
    (local / "CC-NEWS.warc.gz").write_bytes(warc_of(*map(page, range(12))))
    stored, near = f"{bucket.url}/lake", tmp_path / "lake"

    assert run_command("ingest", archive, "--lake", stored, "--quiet").code == 0
    assert run_command("ingest", local, "--lake", near, "--quiet").code == 0

    assert rows_of(stored, SAME) == rows_of(near, SAME)
    assert rows_of(stored, "SELECT count(*) AS n, min(source) AS s FROM articles") == [
        {"n": 12, "s": f"{archive}/CC-NEWS-20260309100000-00001.warc.gz"}
    ]
    assert not list(near.parent.glob("**/s3:*"))
    assert bucket.names("lake/_staging") == []


def test_second_run_adds_nothing(bucket, archive):
    lake = f"{bucket.url}/lake"
    run_command("ingest", archive, "--lake", lake, "--quiet")
    articles = bucket.names("lake/articles")

    again = json.loads(run_command("ingest", archive, "--lake", lake, "--json").out)
    reread = json.loads(run_command("ingest", archive, "--lake", lake, "--json", "--reread").out)

    assert (again["documents"], again["unchanged_sources"]) == (0, 1)
    assert (reread["documents"], reread["articles"], reread["already_in_lake"]) == (12, 0, 12)
    assert bucket.names("lake/articles") == articles


def test_archive_that_is_replaced_is_read_again(bucket, archive):
    """Size and second may be the same; the store's own mark of the content isn't."""
    lake, path = f"{bucket.url}/lake", f"{bucket.url}/in/notes.txt"
    bucket.put("in/notes.txt", b"date 2026-01-05 The harbour opens again on Monday.\n")
    run_command("ingest", path, "--lake", lake, "--quiet")
    bucket.put("in/notes.txt", b"date 2026-01-05 The harbour closes soon on Monday.\n")

    account = json.loads(run_command("ingest", path, "--lake", lake, "--json").out)

    assert account["articles"] == 1


def test_every_command_works_there(bucket, archive, stories):
    lake = f"{bucket.url}/lake"
    for source in (archive, stories / "harbour.txt", stories / "bridge.txt"):
        assert run_command("ingest", source, "--lake", lake, "--quiet").code == 0

    assert run_command("compact", "--verify", "--lake", lake).out == "the lake is sound\n"
    assert "merged into" in run_command("compact", "--lake", lake).out
    moved = run_command("compact", "--partition-by", "date:month", "--lake", lake)
    assert (moved.code, moved.err) == (0, "")
    enriched = run_command("enrich", "--only", "counts", "--all", "--lake", lake, "--quiet")
    assert (enriched.code, enriched.err) == (0, "")
    assert run_command("upgrade", "--lake", lake).code == 0
    assert "no address has been polled" in run_command("feeds", "--lake", lake).out
    assert run_command("compact", "--verify", "--lake", lake).out == "the lake is sound\n"
    assert rows_of(lake, "SELECT month, count(*) AS n FROM articles GROUP BY 1 ORDER BY 1") == [
        {"month": "2026-01", "n": 2},
        {"month": "2026-03", "n": 12},
    ]
    folders = {name.split("/")[2] for name in bucket.names("lake/articles")}
    assert folders == {"month=2026-01", "month=2026-03"}


def test_damaged_file_is_found_and_set_aside(bucket, stories):
    lake = f"{bucket.url}/lake"
    run_command("ingest", stories, "--lake", lake, "--quiet")
    name = bucket.names("lake/articles")[0]
    body = bytearray(storage.read_bytes(f"{bucket.url}/{name}"))
    body[len(body) // 2] ^= 0xFF
    bucket.put(name, bytes(body))
    bucket.put("lake/articles/date=2026-01-05/stranger-0000.parquet", b"not ours")

    found = run_command("compact", "--verify", "--lake", lake)
    set_aside = run_command("compact", "--quarantine", "--lake", lake)
    again = run_command("compact", "--verify", "--lake", lake)

    assert found.code == 1
    assert "checksum" in found.out
    assert "doesn't name" in found.out
    assert set_aside.code == 0
    assert again.out == "the lake is sound\n"
    assert len(bucket.names("lake/_quarantine")) == 2
    assert rows_of(lake, "SELECT count(*) AS n FROM articles") == [{"n": 1}]


def test_article_is_amended_removed_and_stays_away(bucket, stories):
    lake = f"{bucket.url}/lake"
    run_command("ingest", stories, "--lake", lake, "--quiet", "--enrich", "none")
    [first, *_] = rows_of(lake, "SELECT article_id FROM articles ORDER BY 1")
    named = ("--id", first["article_id"], "--reason", "asked for", "--lake", lake)
    bucket.put("lake/_cache/index", b"what it said")

    amended = run_command("amend", *named, "--set", "title=Amended")
    said = rows_of(lake, "SELECT title FROM latest WHERE title = 'Amended'")
    removed = run_command("remove", *named)
    again = run_command("ingest", stories, "--reread", "--lake", lake, "--json")

    assert (amended.code, removed.code) == (0, 0), removed.err
    assert said == [{"title": "Amended"}]
    assert "articles 1, amendments 1" in removed.out
    assert json.loads(again.out)["reject_reasons"] == {"removed": 1}
    assert not bucket.names("lake/_cache")
    assert run_command("compact", "--verify", "--lake", lake).out == "the lake is sound\n"


def test_file_that_is_cut_short_is_named_from_the_listing_alone(bucket, stories):
    lake = f"{bucket.url}/lake"
    run_command("ingest", stories, "--lake", lake, "--quiet")
    name = bucket.names("lake/articles")[0]
    size = len(storage.read_bytes(f"{bucket.url}/{name}"))
    bucket.put(name, b"PAR1")

    asked = run_command("query", "SELECT 1", "--lake", lake)

    assert asked.code == 1
    assert f"{bucket.url}/{name} has 4 bytes, the journal says {size}" in asked.err


def test_lake_below_its_own_sources_is_no_source(bucket, stories):
    """Nor is anybody else's lake, what is hidden, or our own configuration."""
    bucket.put("in/a.txt", b"date 2026-01-05 The harbour opens again on Monday.\n")
    bucket.put("in/deep/b.txt", b"date 2026-01-06 The bridge stays closed for a week.\n")
    for name in ("in/.hidden/c.txt", "in/feedlake.toml", "in/other/_journal/x.json"):
        bucket.put(name, b"date 2026-01-06 This is none of your business.\n")
    bucket.put("in/other/articles/d.txt", b"date 2026-01-06 Nor is this of another lake.\n")
    lake = f"{bucket.url}/in/lake"

    for _ in range(2):
        run_command("ingest", f"{bucket.url}/in", "--lake", lake, "--quiet")

    listed = rows_of(lake, "SELECT DISTINCT source FROM sources ORDER BY 1")
    assert [row["source"] for row in listed] == [
        f"{bucket.url}/in/a.txt",
        f"{bucket.url}/in/deep/b.txt",
    ]
    inside = run_command("ingest", f"{lake}/articles", "--lake", lake)
    assert (inside.code, "is inside the lake" in inside.err) == (2, True)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("in/*.txt", ["a.txt", "b[1].txt"]),
        ("in/**/*.txt", ["a.txt", "b[1].txt", "x/c.txt"]),
        ("in/[ax]*", ["a.txt", "x/c.txt"]),
        ("in/b[1].txt", ["b[1].txt"]),
        ("in/x", ["x/c.txt"]),
        ("in/x/", ["x/c.txt"]),
        ("in/[!a]?[13]?.txt", ["b[1].txt"]),
    ],
)
def test_pattern_stands_for_what_it_does_on_a_disk(bucket, tmp_path, pattern, found):
    from feedlake.pipeline.run.sources import list_sources

    for name in ("in/a.txt", "in/b[1].txt", "in/x/c.txt", "in2/d.txt"):
        bucket.put(name, b"x")
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")

    stored = list_sources((f"{bucket.url}/{pattern}",), lake="/nowhere")
    local = list_sources((f"{tmp_path}/{pattern}",), lake="/nowhere")

    assert [file.path for file in stored] == [f"{bucket.url}/in/{name}" for name in found]
    assert [file.path for file in local] == [f"{tmp_path}/in/{name}" for name in found]


def test_place_that_holds_something_else_becomes_no_lake(bucket, stories):
    bucket.put("data/important.bin", b"x")

    refused = run_command("ingest", stories, "--lake", f"{bucket.url}/data", "--quiet")
    asked = run_command("query", "SELECT 1", "--lake", f"{bucket.url}/data")

    assert refused.code == 2
    assert "isn't a lake (it has no _journal) and isn't empty" in refused.err
    assert asked.code == 2
    assert "isn't a lake" in asked.err
    assert bucket.names() == ["data/important.bin"]


@pytest.fixture
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Lets nothing of this process connect elsewhere."""
    elsewhere: list[Any] = []
    connect = socket.socket.connect

    def check(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith("127."):
            elsewhere.append(address)
            raise OSError("not here")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", check)
    return elsewhere


def test_query_downloads_no_extension(bucket, stories, only_loopback, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    lake = f"{bucket.url}/lake"
    run_command("ingest", stories, "--lake", lake, "--quiet")

    found = rows_of(lake, "SELECT source, date FROM latest ORDER BY date")

    assert [row["date"] for row in found] == ["2026-01-05", "2026-01-06"]
    assert only_loopback == []
    assert not (tmp_path / "home" / ".duckdb").exists()


def by_polars(lake: str, server: Any) -> list[dict[str, Any]]:
    options = {
        "aws_endpoint_url": server.url,
        "aws_access_key_id": "ada",
        "aws_secret_access_key": "Geheim-4713",
        "aws_region": "us-east-1",
        "aws_allow_http": "true",
    }
    found = pl.scan_parquet(
        f"{lake}/articles/**/*.parquet", storage_options=options, hive_partitioning=True
    )
    return found.select("article_id", "date", "text").sort("article_id").collect().to_dicts()


def by_duckdb(lake: str, server: Any) -> list[dict[str, Any]]:
    host = server.url.removeprefix("http://")
    store = fs.S3FileSystem(
        access_key="ada", secret_key="Geheim-4713", endpoint_override=host, scheme="http"
    )
    dataset = ds.dataset(f"{lake[5:]}/articles", filesystem=store, partitioning="hive")
    with duckdb.connect() as connection:
        connection.register("articles", dataset)
        sql = "SELECT article_id, date::DATE AS date, text FROM articles ORDER BY article_id"
        found: list[dict[str, Any]] = connection.sql(sql).to_arrow_table().to_pylist()
    return found


@pytest.mark.parametrize("read", [by_polars, by_duckdb])
def test_other_engines_read_it(bucket, stories, read: Callable[..., Any]):
    lake = f"{bucket.url}/lake"
    run_command("ingest", PROJECT / "seeds", "--lake", lake, "--quiet")

    own = rows_of(lake, "SELECT article_id, date, text FROM articles ORDER BY article_id")
    found = [{**row, "date": str(row["date"])} for row in read(lake, bucket.server)]

    assert len(own) > 20
    assert found == own


def test_entries_of_a_run_say_which_writer_it_was(bucket, stories):
    lake = f"{bucket.url}/lake"
    for name in ("harbour", "bridge"):
        run_command("ingest", stories / f"{name}.txt", "--lake", lake, "--quiet")

    entries = Lake(lake).entries()

    assert [(entry.number, entry.token) for entry in entries or []] == [(1, 1), (2, 2)]
