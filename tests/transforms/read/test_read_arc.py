"""What reading ARC archives promises: both versions, and damage that costs a record."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import PAGE, http_response, read_file

VERSIONS = {
    1: (b"1 0 Archive\nURL IP-address Archive-date Content-type Archive-length\n", b""),
    2: (
        b"2 0 Archive\nURL IP-address Archive-date Content-type Result-code Checksum Location "
        b"Offset Filename Archive-length\n",
        b" 200 0123 - 99 a.arc",
    ),
}


def record(
    version: int, content: bytes, url: bytes = b"http://a.example/", kind: bytes = b"text/html"
) -> bytes:
    more = VERSIONS[version][1]
    line = b"%s 192.0.2.1 20010203040506 %s%s %d\n" % (url, kind, more, len(content))
    return line + content + b"\n"


def first(version: int) -> bytes:
    about = VERSIONS[version][0]
    more = VERSIONS[version][1]
    return b"filedesc://a.arc 0.0.0.0 20010203040506 text/plain%s %d\n%s\n" % (
        more,
        len(about),
        about,
    )


def parts(version: int) -> list[bytes]:
    return [
        first(version),
        record(version, b"20010203\n192.0.2.1\n", b"dns:a.example", b"text/dns"),
        record(version, http_response()),
        record(version, http_response(status="404 Not Found"), b"http://a.example/none"),
        record(version, http_response(PAGE + b"2"), b"http://a.example/two words", b"no-type"),
        record(version, http_response(b"\x89PNG", content_type="image/png"), b"http://a.example/i"),
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("packing", ["plain", "each", "whole"])
def test_pages_of_both_versions_are_read(tmp_path: Path, version: int, packing: str) -> None:
    records = parts(version)
    data = b"".join(records)
    if packing != "plain":
        data = gzip.compress(data) if packing == "whole" else b"".join(map(gzip.compress, records))
    (tmp_path / "a.arc.gz").write_bytes(data)
    documents, rejections, report = read_file(tmp_path / "a.arc.gz")

    assert [one.url for one in documents] == ["http://a.example/", "http://a.example/two%20words"]
    assert [one.body for one in documents] == [PAGE, PAGE + b"2"]
    assert {one.source_kind for one in documents} == {"arc"}
    assert documents[0].fetched_at == datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert documents[0].source_record == len(records[0]) + len(records[1])
    assert (rejections, report.status, report.source_kind) == ([], "read", "arc")
    assert dict(report.skipped) == {
        "warcinfo": 1,
        "not_http": 1,
        "http_error": 1,
        "content_type": 1,
    }


def test_bytes_that_are_no_record_cost_themselves(tmp_path: Path) -> None:
    good = record(1, http_response())
    (tmp_path / "a.arc").write_bytes(first(1) + b"junk and\nmore junk\n" + good + good + b"rest")
    documents, rejections, report = read_file(tmp_path / "a.arc")
    assert (len(documents), [one.reason for one in rejections]) == (2, ["corrupt"] * 2)
    assert report.status == "partial"


def test_length_that_is_too_short_costs_one_page_at_most(tmp_path: Path) -> None:
    good = record(1, http_response())
    short = good.replace(b" %d\n" % len(http_response()), b" 40\n", 1)
    (tmp_path / "a.arc").write_bytes(first(1) + short + good)
    documents, rejections, _ = read_file(tmp_path / "a.arc")
    assert documents[-1].body == PAGE
    assert {one.reason for one in rejections} == {"corrupt"}


def test_archive_that_is_cut_off_gives_what_is_whole(tmp_path: Path) -> None:
    data = b"".join(parts(1)[:3]) + record(1, http_response())[:-30]
    (tmp_path / "a.arc").write_bytes(data)
    documents, [rejection], _ = read_file(tmp_path / "a.arc")
    assert len(documents) == 1
    assert "ends within a record" in (rejection.detail or "")
    packed = b"".join(map(gzip.compress, parts(1)))
    (tmp_path / "a.arc.gz").write_bytes(packed[:-20])
    documents, [rejection], report = read_file(tmp_path / "a.arc.gz")
    assert (len(documents), rejection.reason, report.status) == (2, "corrupt", "partial")


@pytest.mark.parametrize("number", [b"999999999999", b"-5", b"0", b"1" * 40])
def test_lengths_that_are_none_end_no_run(tmp_path: Path, number: bytes) -> None:
    line = b"http://a.example/ 192.0.2.1 20010203040506 text/html %s\nHTTP/1.0 200 OK\n\n" % number
    (tmp_path / "a.arc").write_bytes(first(1) + line)
    documents, rejections, _ = read_file(tmp_path / "a.arc")
    assert documents == []
    assert {one.reason for one in rejections} <= {"corrupt"}
