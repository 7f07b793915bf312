"""What reading WARC archives promises."""

import gzip
import io
import zlib
from datetime import UTC, datetime

import pytest
from builders import COMPRESS, PAGE, http_response, warc_record

from feedlake.transforms.read.read_warc import DamagedArchiveError, read_warc
from feedlake.transforms.records.documents import Document, Rejection

GOOD = warc_record()
CHUNKED = "Transfer-Encoding: chunked\r\n"
GZIPPED = "Content-Encoding: gzip\r\n"


def _chunks(body: bytes, size: int = 20) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x;own=1\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])


def _read(archive: bytes, max_bytes: int = 1 << 20) -> list[str | bytes]:
    """Returns each page's body, the reason of each skip, each rejection as `!reason`."""
    found: list[str | bytes] = []
    for item in read_warc(io.BytesIO(archive), source="a.warc", max_bytes=max_bytes):
        if isinstance(item, Document):
            assert isinstance(item.body, bytes)
            found.append(item.body)
        else:
            found.append(f"!{item.reason}" if isinstance(item, Rejection) else item.reason)
    return found


def _read_damaged(archive: bytes) -> tuple[list[str | bytes], str]:
    """Returns what an archive gives before its fault, and the fault."""
    found: list[str | bytes] = []
    try:
        for item in read_warc(io.BytesIO(archive), source="a.warc", max_bytes=1 << 20):
            found.append(item.body if isinstance(item, Document) else item.reason)  # noqa: PERF401 - what came before the fault counts
    except DamagedArchiveError as error:
        return found, str(error)
    return found, ""


def test_a_page_is_a_document_with_its_address_and_time() -> None:
    response = http_response(content_type="text/html; charset=koi8-r")
    (item,) = read_warc(
        io.BytesIO(warc_record(response, uri="<http://harbour.example/a>")),
        source="a.warc",
        max_bytes=999,
    )
    assert item == Document(
        source="a.warc",
        source_kind="warc",
        source_record=0,
        body=PAGE,
        is_html=True,
        text_source="page",
        charset="koi8-r",
        url="http://harbour.example/a",
        fetched_at=datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "record",
    [
        warc_record(version="1.1", date="2020-01-02T03:04:05.123456Z"),
        warc_record(date=None),
        warc_record(date="yesterday"),
        warc_record(uri=None),
        warc_record(content_type="application/http"),
        warc_record(kind="Response"),
        warc_record(http_response(content_type="TEXT/HTML")),
        warc_record(http_response(content_type="application/xhtml+xml; charset=utf-8")),
        warc_record(http_response(content_type=None)),
        warc_record(http_response(content_type="text/plain")),
        warc_record(http_response(status="200")),
        warc_record(http_response(_chunks(PAGE), headers=CHUNKED)),
        warc_record(http_response(headers=CHUNKED)),
        warc_record(http_response(gzip.compress(PAGE), headers=GZIPPED)),
        warc_record(http_response(headers=GZIPPED)),
        warc_record(http_response(_chunks(gzip.compress(PAGE)), headers=CHUNKED + GZIPPED)),
        warc_record(http_response(COMPRESS["zstd"](PAGE), headers="Content-Encoding: zstd\r\n")),
        warc_record(http_response(zlib.compress(PAGE), headers="Content-Encoding: deflate\r\n")),
        warc_record(
            http_response(zlib.compress(PAGE, wbits=-15), headers="Content-Encoding: Deflate\r\n")
        ),
    ],
)
def test_html_is_read_however_it_is_packed(record: bytes) -> None:
    assert _read(record) == [PAGE]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (warc_record(kind="warcinfo"), "warcinfo"),
        (warc_record(kind="request"), "request"),
        (warc_record(kind="metadata"), "metadata"),
        (warc_record(kind="resource"), "resource"),
        (warc_record(kind="conversion"), "conversion"),
        (warc_record(kind="revisit"), "revisit"),
        (warc_record(kind="own"), "unknown"),
        (warc_record(content_type=None), "not_http"),
        (warc_record(content_type="text/dns"), "not_http"),
        (warc_record(b""), "bad_http"),
        (warc_record(b"", length="000"), "bad_http"),
        (warc_record(b"<html>no header</html>"), "bad_http"),
        (warc_record(http_response(status="two hundred")), "bad_http"),
        (warc_record(http_response(status="204 No Content")), "http_status"),
        (warc_record(http_response(status="206 Partial Content")), "http_status"),
        (warc_record(http_response(status="301 Moved Permanently")), "redirect"),
        (warc_record(http_response(status="304 Not Modified")), "http_status"),
        (warc_record(http_response(status="404 Not Found")), "http_error"),
        (warc_record(http_response(status="500 Broken")), "http_error"),
        (warc_record(http_response(content_type="image/png")), "content_type"),
        (warc_record(http_response(content_type="application/json")), "content_type"),
        (warc_record(http_response(b'{"a": 1}')), "not_html"),
        (warc_record(http_response(b"%PDF-1.7")), "not_html"),
        (warc_record(http_response(b"plain words", content_type=None)), "not_html"),
        (warc_record(uri="http://harbour.example/robots.txt?x=1"), "robots_txt"),
    ],
)
def test_what_is_no_page_is_skipped_with_its_reason(record: bytes, reason: str) -> None:
    assert _read(GOOD + record + GOOD) == [PAGE, reason, PAGE]


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (http_response(_chunks(PAGE)[:-30], headers=CHUNKED), "bad_encoding"),
        (http_response(b"ffffffff\r\n" + PAGE, headers=CHUNKED), "bad_encoding"),
        (http_response(b"5\r\n<html\r\nzz\r\n>\r\n0\r\n\r\n", headers=CHUNKED), "bad_encoding"),
        (http_response(gzip.compress(PAGE)[:-12], headers=GZIPPED), "bad_encoding"),
        (http_response(gzip.compress(PAGE)[:10] + b"\xff" * 40, headers=GZIPPED), "bad_encoding"),
        (http_response(b"\x8b\x05\x80xx", headers="Content-Encoding: br\r\n"), "bad_encoding"),
        (http_response(gzip.compress(b"<html>" + b"x" * 2_000_000)), "too_large"),
        (http_response(b"<html>" + b"x" * 2_000_000), "too_large"),
    ],
)
def test_a_page_that_cannot_be_unpacked_is_one_rejection(response: bytes, reason: str) -> None:
    assert _read(GOOD + warc_record(response) + GOOD) == [PAGE, f"!{reason}", PAGE]


def test_a_header_without_a_body_is_an_empty_page() -> None:
    assert _read(warc_record(http_response(b""))) == [b""]


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_records_compressed_one_by_one_are_found_at_their_offset(name: str) -> None:
    compressed = COMPRESS[name](GOOD)
    items = read_warc(io.BytesIO(compressed * 3), source="a", max_bytes=999)
    offsets = [item.source_record for item in items if isinstance(item, Document)]
    assert offsets == [0, len(compressed), 2 * len(compressed)]


@pytest.mark.parametrize("pack", [bytes, COMPRESS["gzip"], COMPRESS["zstd"]])
def test_an_archive_cut_anywhere_gives_all_before_the_cut_and_a_fault(pack: object) -> None:
    member = pack(GOOD)  # type: ignore[operator]
    trailer = 4 if pack is bytes else 0  # Plain records may lack the empty lines that end them.
    for end in range(1, len(member) - trailer):
        found, fault = _read_damaged(member + member[:end])
        assert found[:1] == [PAGE]
        assert found[1:] in ([], [PAGE])
        assert fault.startswith(("byte ", "after byte ")), end


@pytest.mark.parametrize(
    "damage",
    [
        b"junk behind the end\r\n",
        bytes(range(256)),
        GOOD.replace(b"WARC/1.0", b"WXRC/1.0"),
        warc_record(version="9.9"),
        warc_record().replace(b"Content-Length", b"Content-Lxngth"),
        warc_record(length=10**15),
        warc_record(length=-5),
        warc_record(length="many"),
        b"WARC/1.0\r\nX: " + b"x" * 5_000_000,
    ],
)
def test_damage_between_records_ends_the_archive(damage: bytes) -> None:
    found, fault = _read_damaged(GOOD + damage + GOOD)
    assert found == [PAGE]
    assert f"byte {len(GOOD)}:" in fault or "after byte 0:" in fault


@pytest.mark.parametrize("length", [20, len(http_response()) + 90])
def test_a_lying_length_ends_the_archive_after_its_record(length: object) -> None:
    found, fault = _read_damaged(GOOD + warc_record(length=length) + GOOD)
    assert found[0] == PAGE
    assert len(found) == 2
    assert fault.startswith(f"after byte {len(GOOD)}: ")


@pytest.mark.parametrize("tail", [b"junk", b"\x00" * 100, GOOD])
def test_junk_behind_compressed_records_is_a_fault(tail: bytes) -> None:
    found, fault = _read_damaged(COMPRESS["gzip"](GOOD) + tail)
    assert (found, fault != "") == ([PAGE], True)


def test_a_flipped_bit_in_a_compressed_record_ends_the_archive() -> None:
    member = bytearray(COMPRESS["gzip"](GOOD))
    member[len(member) // 2] ^= 1
    found, fault = _read_damaged(COMPRESS["gzip"](GOOD) + bytes(member) + COMPRESS["gzip"](GOOD))
    assert found[0] == PAGE
    assert fault


def test_an_archive_without_a_record_is_damaged() -> None:
    assert _read_damaged(b"") == ([], "byte 0: the archive holds no record")


class _BrokenDisk(io.BytesIO):
    def read1(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= 3 * len(GOOD):
            raise OSError(5, "Input/output error")
        return super().read1(len(GOOD))


def test_a_disk_that_fails_is_a_fault_of_the_archive() -> None:
    found = []
    with pytest.raises(DamagedArchiveError, match="Input/output error"):
        found.extend(read_warc(_BrokenDisk(GOOD * 9), source="a", max_bytes=999))
    assert not found or len(found) <= 3


def test_comments_before_no_page_are_tried_in_one_way() -> None:
    response = http_response(b"<!-- a -->" * 400 + b"words", content_type="text/plain")
    assert _read(warc_record(response)) == ["not_html"]
