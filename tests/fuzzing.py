"""Mutants of whole files, and what each reader promises to do with any of them.

A reader may give whatever it can of a mutant: documents and rejects that can be written. It may
not raise. What rises is ours, to be looked into: `make test` reads some mutants, always the same
ones, and `python tests/fuzz.py` (`make fuzz`) reads others until it is stopped.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import io
import random
import re
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
from builders import COMPRESS, PAGE, InlineSandbox, http_response, warc_record

from feedlake.transforms.extract.extract_document import ExtractOptions, extract_document
from feedlake.transforms.feeds.opml import find_lost_address, read_opml
from feedlake.transforms.feeds.parse_feed import parse_feed
from feedlake.transforms.feeds.sitemap import read_sitemap
from feedlake.transforms.feeds.url_list import describe_skipped, find_broken_list, read_url_list
from feedlake.transforms.normalize.charset import decode_body
from feedlake.transforms.poll.interpret import InterpretOptions, interpret
from feedlake.transforms.process.sandbox import Limits, Sandbox
from feedlake.transforms.read import kinds
from feedlake.transforms.read.read_sources import ReadOptions, read_source
from feedlake.transforms.records.documents import Document, Rejection, SourceFile, SourceReport

SEEDS = Path(__file__).resolve().parent.parent / "seeds"

MAX_S = 20
"""CPU seconds that one mutant of some kilobytes may take: far more than any does."""

_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_EXTRACT = ExtractOptions(_NOW, min_chars=20, earliest_date=date(1990, 1, 1))
_MAX_BYTES = 1 << 20

_VALUE = re.compile(rb"\d[\d.:TZ+-]*|(?<=[a-z]: )[^\r\n]+|(?<=\")[^\"\n]+(?=\")")
"""Numbers, dates, values of headers, and what stands in quotes."""

_NUMBERS = (
    *(b"-1", b"0", b"1e309", b"NaN", b"-Infinity", b"9" * 20, b"9" * 400, b"9" * 5000, b"0x1"),
    *(b"-99999999999", b"1e18", b"2.5", b"0000-00-00", b"2026-02-30", b"0000-01-50T00:00:00Z"),
    *(
        b"0001-01-01T00:00:00+23:59",
        b"9999-12-31T23:59:59-23:59",
        b"Mon, 31 Feb 2026 25:61:61 +9999",
    ),
)
"""What numbers and dates may be."""

_TOKENS: tuple[bytes, ...] = (
    *(b"\x00", b"\xff", b"\xc1", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\x1b$B", b"\x85"),
    *(b"\n", b"\r", b"\r\n\r\n", b"\t", b" " * 300, b'"', b"'", b"\\", b"\\u", b"\\ud800"),
    *(b",", b";", b":", b"=", b"|", b"<", b">", b"</", b"<!--", b"-->", b"<![CDATA[", b"]]>"),
    *(b"[" * 2000, b'{"a":' * 2000, b"]" * 9, b"<a>" * 2000, b"<div><b>" * 300, b"&amp;" * 99),
    *(b"&#0;", b"&#x110000;", b"&x;", b'<!DOCTYPE a [<!ENTITY b "c">]>', b"<!DOCTYPE html>"),
    *(b"<?xml", b"encoding='idna'", b"charset=utf-7", b"charset=hz", b"charset=punycode"),
    *(b"charset=rot13", b"%00", b"%ff", b"xn--a-", b"//", b":0", b"mailto:", b"data:,"),
    *(b"http://[::1", b"http://a:99999999/", b"https://\xe2\x80\xae.example/"),
    b"date 0000-00-00 ",
    *(b"chunked", b"gzip", b"deflate", b"Content-Length: -5\r\n", b"Content-Length: 99999999\r\n"),
    *(b"WARC/1.0\r\n", b"HTTP/1.1 200\r\n", b"WARC-Type: response\r\n"),
    *(b"Content-Encoding: br\r\n", b"\xe2\x80\xae\xe2\x81\xa7", b"\xe2\x80\x8d\xe2\x80\x8c"),
    *(b"e\xcc\x81" * 99, b"\xc3\x9f\xc4\xb0"),
)
"""What is put into mutants: what readers have stumbled over, and what means something to them."""


def mutants(seeds: list[bytes], *, start: int) -> Iterator[tuple[int, bytes]]:
    """Yields numbers and mutants without end; a number is all that it takes to repeat one.

    Args:
        seeds: What to change.
        start: The first number.
    """
    number = start
    while True:
        yield number, mutate(seeds, number)
        number += 1


def mutate(seeds: list[bytes], number: int) -> bytes:
    """Returns the mutant of a number: a seed with one to eight changes."""
    chance = random.Random(number)
    data = bytearray(chance.choice(seeds))
    change = chance.choice((_change, _change_value))
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        change(data, seeds, chance)
    return bytes(data)


def _change_value(data: bytearray, seeds: list[bytes], chance: random.Random) -> None:
    values = list(_VALUE.finditer(data)) or list(re.finditer(b"", data))
    value = chance.choice(values)
    tokens = _NUMBERS if value[0][:1].isdigit() else _TOKENS
    data[value.start() : value.end()] = chance.choice(tokens)


def _change(data: bytearray, seeds: list[bytes], chance: random.Random) -> None:
    place = chance.randrange(len(data) + 1)
    length = min(chance.choice((1, 2, 4, 16, 100, 2000)), len(data) - place)
    match chance.randrange(8):
        case 0 if place < len(data):
            data[place] ^= 1 << chance.randrange(8)
        case 1 if place < len(data):
            data[place] = chance.choice((0, 1, 9, 10, 34, 60, 127, 128, 255))
        case 2:
            del data[place : place + length]
        case 3:
            data[place:place] = bytes(data[place : place + length]) * chance.choice((1, 2, 50))
        case 4:
            data[place : place + length] = chance.randbytes(length)
        case 5:
            data[place : place + chance.choice((0, 0, length))] = chance.choice(_TOKENS)
        case 6:
            other = chance.choice(seeds)
            begin = chance.randrange(len(other) + 1)
            data[place : place + length] = other[begin : begin + length]
        case _:
            del data[place:]


@dataclass(frozen=True)
class Target:
    """A reader, and what its mutants are made of.

    Attributes:
        seeds: Whole files.
        read: Reads a mutant, and raises if the reader breaks a promise.
        count: How many mutants `make test` reads.
    """

    seeds: list[bytes]
    read: Callable[[bytes], None]
    count: int


def _read_as(name: str, *, extracts: bool = True) -> Callable[[bytes], None]:
    """Reads a mutant as a file of a name, and its documents as far as they are cheap."""

    def read(data: bytes) -> None:
        with _folder() as folder:
            path = Path(folder) / name
            path.write_bytes(data)
            file = SourceFile(str(path), size_bytes=len(data))
            options = ReadOptions(max_document_bytes=_MAX_BYTES)
            sandbox = _sandbox() if name.endswith("parquet") else InlineSandbox()
            *items, report = read_source(file, options=options, sandbox=sandbox)  # type: ignore[arg-type]
        assert isinstance(report, SourceReport)
        assert report.documents == len(items)
        _check_text(report)
        for item in items:
            assert not isinstance(item, SourceReport)
            check(item, extracts=extracts)

    return read


def check(item: Document | Rejection, *, extracts: bool) -> None:
    """Looks whether what was read can be written.

    Args:
        item: A document or a rejection.
        extracts: Whether to extract the article of a document that is a text.
    """
    if isinstance(item, Rejection):
        assert item.reason
        _check_text(item)
    elif extracts and not item.is_html:
        _check_text(extract_document(item, _EXTRACT))


def _check_text(record: object) -> None:
    for field in fields(record):  # type: ignore[arg-type]
        value = getattr(record, field.name)
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str):
                text.encode()


@functools.cache
def _sandbox() -> Sandbox[None]:
    """Children that outlive a test: a mutant that kills one is a reject."""
    limits = Limits(cpu_s=10, memory_bytes=512 << 20)
    return Sandbox(workers=1, limits=limits, imports=kinds.import_parquet_readers)


@functools.cache
def _folders() -> TemporaryDirectory[str]:
    return TemporaryDirectory()


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    yield _folders().name


def _read_page(data: bytes) -> None:
    document = Document(
        "a.html", source_kind="html", body=data, is_html=True, text_source="page", url=None
    )
    _check_text(extract_document(document, _EXTRACT))


def _read_feed(data: bytes) -> None:
    for item in parse_feed(data, source="a.xml"):
        check(item, extracts=True)
    _interpret(data)


def _read_opml(data: bytes) -> None:
    read_opml(data, base_url="https://a.example/")
    find_lost_address(data)
    _interpret(data)


def _read_sitemap(data: bytes) -> None:
    read_sitemap(data, base_url="https://a.example/sitemap.xml", since=_NOW)
    _interpret(data)


def _read_list(data: bytes) -> None:
    text = decode_body(data)
    read_url_list(text)
    describe_skipped(text)
    find_broken_list(text)
    _interpret(data)


def _interpret(data: bytes) -> None:
    found = interpret(
        data,
        source="https://a.example/",
        url="https://a.example/",
        charset=None,
        content_type="text/plain",
        headers={},
        options=InterpretOptions(100, _NOW, _MAX_BYTES),
    )
    for item in found.entries:
        check(item, extracts=False)


def _files(*patterns: str) -> list[bytes]:
    return [path.read_bytes() for name in patterns for path in sorted(SEEDS.glob(name))]


def _parquet() -> list[bytes]:
    texts = ["The ferry sails at nine.", "The gulls stay.", None] * 20
    table = pa.table(
        {
            "text": texts,
            "date": pa.array([1, 2, None] * 20, pa.timestamp("ns", "Asia/Tokyo")),
            "doc": [{"a": [1, None], "b": {"c": "d"}}] * 60,
            "tag": pa.array(["a", "b", "c"] * 20).dictionary_encode(),
            "map": pa.array([[("a", 1)]] * 60, pa.map_(pa.string(), pa.int32())),
        }
    )
    files = _files("parquet/*.parquet")
    for options in (
        {"compression": "none", "row_group_size": 10},
        {"compression": "snappy", "data_page_version": "2.0"},
        {"compression": "zstd", "use_dictionary": False, "write_page_checksum": True},
    ):
        stream = io.BytesIO()
        pq.write_table(table, stream, **options)
        files.append(stream.getvalue())
    return files


def _warc() -> list[bytes]:
    packed_as, sent_as = "Content-Encoding: gzip\r\n", "Transfer-Encoding: chunked\r\n"
    records = [
        warc_record(),
        warc_record(kind="warcinfo"),
        warc_record(http_response(gzip.compress(PAGE), headers=packed_as)),
        warc_record(http_response(b"5\r\n<html\r\n0\r\n\r\n", headers=sent_as)),
        warc_record(b"Words of a text. " * 9, kind="conversion", content_type="text/plain"),
        warc_record(http_response(status="206 Partial", headers="Content-Range: bytes 0-9/10\r\n")),
    ]
    whole = b"".join(records)
    packed = [b"".join(map(COMPRESS[how], records)) for how in ("gzip", "zstd")]
    return [whole, *packed, COMPRESS["gzip"](whole), *_files("warc/*")]


_LIST = (
    b'# feeds\nhttps://a.example/feed\nhttps://b.example/rss.xml "news" tag\n<https://c.example/>\n'
)
_SITEMAP = b"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://a.example/1</loc><lastmod>2026-11-01T10:00:00+02:00</lastmod><news:news>
<news:publication><news:name>A</news:name><news:language>en</news:language></news:publication>
<news:publication_date>2026-11-01</news:publication_date><news:title>T &amp; U</news:title>
</news:news></url><url><loc>/2?a=b&amp;c</loc></url></urlset>"""
_INDEX = b"<sitemapindex><sitemap><loc>https://a.example/s1.xml.gz</loc></sitemap></sitemapindex>"
_ARRAY = b"""[{"text": "One.", "date": 1577966400},
 {"html": "<p>Two", "authors": [{"name": "Ann Lee"}]}]"""

_LINES = b"""{"text": "One.", "title": 2026, "date": 1577966400, "author": "Ann Lee", "x": 1.5}
{"text": ["One.", "Two."], "title": "T", "date": "2026-11-01", "url": "https://a.example/"}
"""
_TABLE = b"""url,title,text,date,author
https://a.example/,T,"One.
Two, ""three"".",2026-11-01,Ann Lee
,U,Four.,1577966400,"Lee, Ann; Ek, Bo"
"""


def _archives() -> list[bytes]:
    members = {"a.txt": b"date 2026-11-01\nOne.", "b/c.jsonl": _LINES, "d.html": PAGE}
    files = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", method) as zipped:
            for name, data in [*members.items(), *((f"{n}.zip", f) for n, f in enumerate(files))]:
                zipped.writestr(zipfile.ZipInfo(name), data, method)
        files.append(stream.getvalue())
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w", format=form) as tarred:
            for name, data in (*members.items(), ("é" * 120, files[-1])):
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tarred.addfile(member, io.BytesIO(data))
        files.append(stream.getvalue())
    return [*files, gzip.compress(files[-1])]


_MARKDOWN = b"""---
title: "The ferry: a story"
date: 2026-03-15 09:30:00 +0100
author: [Ann Lee, {name: Bo Ek}]
tags:
  - harbour
url: https://a.example/
x: {a: [1, 2], b: "c"}
---
# The ferry

The **ferry** [sails](https://a.example "t") `now`.

- one
  1. two

| a | b |
|---|---|
| c | d |

<div>raw</div> ![x](y.png)
"""
_TOML = b"""+++
title = "T"
date = 2026-03-15T09:30:00+01:00
tags = ["a", "b"]
[taxonomies]
tags = ["c"]
[extra]
n = 1.5
+++
Text.
"""

_MAIL = b"""From: =?utf-8?q?Ann_L=C3=A9e?= <news@a.example>
Subject: =?iso-8859-1?b?5A==?= ferry
Date: Sun, 15 Mar 2026 09:30:00 +0100
Message-ID: <1@a.example>
List-Id: "Letter" <letter.a.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="b"

--b
Content-Type: text/plain; charset=utf-8; format=flowed
Content-Transfer-Encoding: base64

VGhlIGZlcnJ5Lg==
--b
Content-Type: text/html; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

<p>The f=E4hre.</p>
--b--
"""


def _arc() -> list[bytes]:
    about = b"1 0 Archive\nURL IP-address Archive-date Content-type Archive-length\n"
    line = b"%s 192.0.2.1 20010203040506 text/html %d\n%s\n"
    page = http_response(PAGE)
    records = [
        line % (b"filedesc://a.arc", len(about), about),
        line % (b"http://a.example/", len(page), page),
        line % (b"dns:a.example", 4, b"2001"),
        b"http://a.example/2 192.0.2.1 20010203040506 text/html 200 x - 9 a.arc %d\n%s\n"
        % (len(page), page),
    ]
    return [b"".join(records), b"".join(map(gzip.compress, records))]


TARGETS = {
    "text": Target(_files("text/*"), _read_as("a.txt"), 200),
    "jsonl": Target([_LINES, _LINES, _ARRAY, *_files("json/*")], _read_as("a.jsonl"), 900),
    "markdown": Target([_MARKDOWN, _TOML, b'{"title": "T"}\n\nText.'], _read_as("a.md"), 120),
    "arc": Target(_arc(), _read_as("a.arc"), 300),
    "mail": Target([_MAIL, b"From a\n%s\nFrom b\n%s" % (_MAIL, _MAIL)], _read_as("a.eml"), 150),
    "csv": Target([_TABLE, _TABLE, *_files("csv/*")], _read_as("a.csv"), 500),
    "parquet": Target(_parquet(), _read_as("a.parquet"), 250),
    "archive": Target(_archives(), _read_as("a.zip"), 300),
    "warc": Target(_warc(), _read_as("a.warc"), 700),
    "html": Target(_files("html/*"), _read_page, 60),
    "feed": Target(_files("feeds/*"), _read_feed, 50),
    "opml": Target(_files("feeds.opml"), _read_opml, 60),
    "sitemap": Target([_SITEMAP, _INDEX, gzip.compress(_SITEMAP)], _read_sitemap, 300),
    "list": Target([_LIST], _read_list, 300),
}
"""The readers by name."""


def read_mutant(name: str, number: int) -> None:
    """Reads the mutant of a number.

    Args:
        name: One of `TARGETS`.
        number: Which mutant.

    Raises:
        AssertionError: It breaks a promise; or whatever else rises.
    """
    target = TARGETS[name]
    started = time.process_time()
    target.read(mutate(target.seeds, number))
    taken_s = time.process_time() - started
    assert taken_s < MAX_S, f"{taken_s:.0f} s"
