"""Whole runs with an archive: what is kept of what was fetched, and what another program reads."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from builders import await_next_second
from conftest import run_command
from feed_sites import Feed, Item, Ticks, page, rss, text_of
from internet import Internet, Reply, Site
from warcio.archiveiterator import ArchiveIterator
from web_runs import forget_process

SECRETS = {
    "FEEDLAKE_LOGIN": "ada:Sesam-5711",
    "FEEDLAKE_COOKIE": "id=Keks-5712",
    "a header": "Titok-5713",
    "a redirect": "Hemlig-5714",
    "a cookie of the site": "Sutis-5715",
}
TWIN = "<html lang=en><head><title>Twin</title></head><body><article><p>{}</p></article>"


@dataclass(frozen=True)
class Kept:
    """A record as warcio reads it."""

    kind: str
    url: str
    status: str
    headers: dict[str, str]
    http: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Archived:
    """Two runs over a site, with what the site has said."""

    ticks: Ticks
    site: Site
    sent: dict[str, bytes]
    first: dict[str, Any]

    def records(self, run: str = "") -> list[Kept]:
        """Returns the records of the archive, or of one run."""
        files = sorted((self.ticks.lake / "archive").glob(f"date=*/{run}*.warc.gz"))
        return [record for path in files for record in read_with_warcio(path)]


def read_with_warcio(path: Path) -> Iterator[Kept]:
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, check_digests="raise"):
            body = record.content_stream().read()
            http = record.http_headers
            yield Kept(
                record.rec_type,
                record.rec_headers.get_header("WARC-Target-URI") or "",
                http.get_statuscode() if http and record.rec_type != "request" else "",
                dict(record.rec_headers.headers),
                {name.lower(): value for name, value in http.headers} if http else {},
                body,
            )


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archived]:
    folder = tmp_path_factory.mktemp("archived")
    forget_process()
    with Internet() as net, pytest.MonkeyPatch.context() as patch:
        for name in ("FEEDLAKE_LOGIN", "FEEDLAKE_COOKIE"):
            patch.setenv(name, SECRETS[name])
        site, other = net.add_site(), net.add_site()
        feed = Feed(site, ["Plain", "Packed", "Moved", "Gone"])
        packed = page("Packed").body
        site.add("/Packed", Reply(packed, gzip=True, content_type="text/html"))
        away = other.url("/Moved", by_address=True).replace("://", "://ada:Hemlig-5714@")
        cookie = {"Location": away, "Set-Cookie": "id=Sutis-5715"}
        site.add("/Moved", Reply(status=302, headers=cookie))
        other.add("/Moved", page("Moved"))
        site.add("/Gone", Reply(b"<html><title>404</title><p>Not here.", status=410))
        site.add(
            "/robots.txt", Reply(b"User-agent: *\nDisallow: /private\n", content_type="text/plain")
        )
        twin = TWIN.format(text_of("Twin")).encode()
        for name in ("Twin1", "Twin2"):
            feed.items.append(Item(name))
            site.add(f"/{name}", Reply(twin, content_type="text/html"))
        site.add("/feed.xml", lambda _: Reply(rss(site, feed.items), content_type="text/xml"))
        config = folder / "own.toml"
        config.write_text(
            f'[[source]]\nurl = "{feed.url}"\nauth-env = "FEEDLAKE_LOGIN"\n'
            f'cookies-env = "FEEDLAKE_COOKIE"\nheaders = {{ X-Key = "{SECRETS["a header"]}" }}\n',
            encoding="utf-8",
        )
        flags = ("--archive", "--enrich", "none", "--config", config)
        ticks = Ticks(folder / "lake", (feed.url,), flags)
        first = ticks.run()
        await_next_second()
        forget_process()
        ticks.run()
        sent = {
            feed.url: rss(site, feed.items),
            site.url("/Packed", by_address=True): packed,
            other.url("/Moved", by_address=True): page("Moved").body,
            site.url("/robots.txt", by_address=True): b"User-agent: *\nDisallow: /private\n",
        }
        asked_with = {name for request in site.requests for name in request.headers}
        assert {"x-key", "authorization", "cookie"} <= asked_with
        yield Archived(ticks, site, sent, first)


def test_another_program_reads_what_the_sites_sent(archived):
    [run] = archived.first["runs"]
    responses = {r.url: r for r in archived.records(run) if r.kind == "response"}

    assert {url: responses[url].body for url in archived.sent} == archived.sent
    assert len(responses) == 9  # Six of the site, its robots.txt, and two of the other one.
    assert {r.status for r in responses.values()} == {"200", "302", "410", "404"}
    packed = responses[archived.site.url("/Packed", by_address=True)].http
    assert "content-encoding" not in packed
    assert packed["x-crawl-content-encoding"] == "gzip"
    assert packed["content-length"] == str(len(page("Packed").body))


def test_each_response_has_its_request_and_each_document_its_outcome(archived):
    records = archived.records(archived.first["runs"][0])
    urls = [r.url for r in records if r.kind in ("response", "revisit")]

    assert sorted(r.url for r in records if r.kind == "request") == sorted(urls)
    assert [r.kind for r in records].count("metadata") == archived.first["documents"]
    assert archived.first["articles"] == 4
    assert archived.first["duplicates"] == 1


def test_payload_that_the_archive_has_is_not_kept_twice(archived):
    [run] = archived.first["runs"]
    first, second = archived.records(run), archived.records()
    twins = [r for r in first if "/Twin" in r.url and r.kind in ("response", "revisit")]
    again = [r for r in second[len(first) :] if r.kind in ("response", "revisit")]

    assert sorted(r.kind for r in twins) == ["response", "revisit"]
    assert {(r.kind, r.url.rpartition("/")[2]) for r in again} == {("revisit", "feed.xml")}
    [feed] = again
    assert feed.headers["WARC-Profile"] == (
        "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    )
    [there] = [r for r in first if r.headers["WARC-Record-ID"] == feed.headers["WARC-Refers-To"]]
    assert there.url == feed.headers["WARC-Refers-To-Target-URI"]
    assert there.headers["WARC-Date"] == feed.headers["WARC-Refers-To-Date"]
    assert feed.headers["WARC-Refers-To-Filename"] in {
        path.relative_to(archived.ticks.lake / "archive").as_posix()
        for path in (archived.ticks.lake / "archive").rglob("*.gz")
    }


def test_captures_say_where_each_record_is(archived):
    rows = archived.ticks.rows("captures")
    for row in rows:
        content = (archived.ticks.lake / row["archive_file"]).read_bytes()
        start, size = row["record_offset"], row["record_bytes"]
        head = gzip.decompress(content[start : start + size])
        assert f"WARC-Record-ID: <urn:uuid:{row['record_id']}>".encode() in head
        assert f"WARC-Type: {row['record_type']}\r\n".encode() in head
    kinds = [r.kind for r in archived.records() if r.kind not in ("warcinfo", "request")]
    assert sorted(row["record_type"] for row in rows) == sorted(kinds)


def test_articles_lead_to_the_records_of_their_pages(archived):
    sql = (
        "SELECT a.title, c.http_status FROM articles a JOIN captures c USING (fetched_at) "
        "WHERE c.record_type IN ('response', 'revisit') ORDER BY 1"
    )
    outcome = run_command("query", sql, "--lake", archived.ticks.lake, "--format", "csv")

    found = [line.rstrip("12") for line in outcome.out.replace(",200", "").split()[1:]]
    assert found == ["Moved", "Packed", "Plain", "Twin"]


def test_no_secret_of_a_request_is_in_the_archive(archived):
    paths = sorted((archived.ticks.lake / "archive").rglob("*.gz"))
    content = b"".join(gzip.decompress(path.read_bytes()) for path in paths)

    assert b"X-Key" not in content
    words = [secret.replace("id=", "").replace("ada:", "").encode() for secret in SECRETS.values()]
    found = [word for word in words if word in content]
    assert found == []


def test_archive_is_left_alone_by_compaction(archived):
    lake = archived.ticks.lake
    before = {path.name: path.read_bytes() for path in (lake / "archive").rglob("*.gz")}

    assert run_command("compact", "--lake", lake).code == 0
    assert len(list((lake / "captures").rglob("*.parquet"))) == 1
    assert run_command("compact", "--verify", "--lake", lake).code == 0
    assert {path.name: path.read_bytes() for path in (lake / "archive").rglob("*.gz")} == before


def test_damage_in_the_archive_is_found_and_set_aside(archived, tmp_path):
    lake = Path(shutil.copytree(archived.ticks.lake, tmp_path / "copy"))
    path = max((lake / "archive").rglob("*.gz"))
    content = bytearray(path.read_bytes())
    content[500] ^= 1
    path.write_bytes(content)

    told = run_command("compact", "--verify", "--lake", lake)
    assert told.code == 1
    assert path.name in told.out
    assert run_command("compact", "--quarantine", "--lake", lake).code == 0
    assert run_command("compact", "--verify", "--lake", lake).code == 0
    assert not path.exists()
    below = path.relative_to(lake)
    assert (lake / "_quarantine" / below).read_bytes() == bytes(content)
