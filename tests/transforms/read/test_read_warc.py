"""What reading WARC archives promises."""

import gzip
import io
import random
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from builders import COMPRESS, PAGE, http_response, warc_record

from feedlake.transforms.archives import tape
from feedlake.transforms.read.read_warc import DamagedArchiveError, read_warc
from feedlake.transforms.records.documents import Document, Rejection

GOOD = warc_record()
PROSE = b"The ferry sails at nine in the morning and at four in the afternoon.\n" * 3
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
        warc_record(content_type=None),
        warc_record(kind="Response"),
        warc_record(http_response(content_type="TEXT/HTML")),
        warc_record(http_response(content_type="application/xhtml+xml; charset=utf-8")),
        warc_record(http_response(content_type=None)),
        warc_record(http_response(content_type="text/plain")),
        warc_record(http_response(status="200")),
        warc_record(http_response(status="203 Non-Authoritative Information")),
        warc_record(http_response(content_type="text/html charset=utf-8")),
        warc_record(http_response(content_type="text/html,text/html")),
        warc_record(b"HTTP/1.1 200 OK\r\n\r\n" + PAGE),
        warc_record(http_response(headers="X-Long: " + "x" * 40_000 + "\r\n")),
        warc_record(PAGE, kind="resource", content_type="text/html"),
        warc_record(PAGE, kind="conversion", content_type="application/xhtml+xml"),
        warc_record(
            http_response(status="206 Partial Content", headers="Content-Range: bytes 0-72/73\r\n")
        ),
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
        warc_record(
            http_response(
                zlib.compress(gzip.compress(PAGE)), headers="Content-Encoding: gzip, deflate\r\n"
            )
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
        (
            warc_record(PROSE, kind="resource", content_type="text/plain", uri="urn:text:x"),
            "resource",
        ),
        (warc_record(b"x", kind="conversion", content_type="image/png"), "conversion"),
        (warc_record(kind="revisit"), "revisit"),
        (warc_record(kind="own"), "unknown"),
        (warc_record(content_type="text/dns"), "not_http"),
        (warc_record(b""), "bad_http"),
        (warc_record(b"", length="000"), "bad_http"),
        (warc_record(b"no header"), "bad_http"),
        (warc_record(http_response(b"words", status="two hundred")), "bad_http"),
        (warc_record(http_response(b"", status="204 No Content")), "http_status"),
        (
            warc_record(http_response(b"words", status="206 Partial Content", content_type=None)),
            "http_status",
        ),
        (warc_record(http_response(status="301 Moved Permanently")), "redirect"),
        (warc_record(http_response(status="304 Not Modified")), "http_status"),
        (warc_record(http_response(status="404 Not Found")), "http_error"),
        (warc_record(http_response(status="500 Broken")), "http_error"),
        (warc_record(http_response(b"\x89PNG", content_type="image/png")), "content_type"),
        (warc_record(http_response(b"<div>", content_type="text/javascript")), "content_type"),
        (warc_record(http_response(b'{"a": 1}')), "not_html"),
        (warc_record(http_response(b"%PDF-1.7")), "not_html"),
        (warc_record(http_response(PROSE, content_type=None)), "not_html"),
        (
            warc_record(http_response(b"google.com, pub-1, DIRECT", content_type="text/plain")),
            "not_html",
        ),
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


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (warc_record(PAGE), "bad_http"),
        (warc_record(http_response(status="two hundred")), "bad_http"),
        (warc_record(PAGE, content_type="text/html"), "bad_http"),
        (warc_record(http_response(status="202 Accepted")), "http_status"),
        (warc_record(http_response(status="206 Partial Content")), "truncated"),
        (
            warc_record(
                http_response(
                    gzip.compress(PAGE)[:60],
                    status="206 Partial Content",
                    headers=GZIPPED + "Content-Range: bytes 0-59/200\r\n",
                )
            ),
            "truncated",
        ),
        (warc_record(http_response(content_type="image/png")), "content_type"),
    ],
)
def test_a_page_that_is_not_read_is_a_rejection_and_no_skip(record: bytes, reason: str) -> None:
    assert _read(GOOD + record + GOOD) == [PAGE, f"!{reason}", PAGE]


@pytest.mark.parametrize(
    "record",
    [
        warc_record(PROSE, kind="conversion", content_type="text/plain; charset=utf-8"),
        warc_record(PROSE, kind="resource", content_type="text/plain; charset=utf-8"),
        warc_record(http_response(PROSE, content_type="text/plain; charset=utf-8")),
    ],
)
def test_texts_are_documents_with_the_address_and_time_of_their_record(record: bytes) -> None:
    (item,) = read_warc(io.BytesIO(record), source="a.warc", max_bytes=999)
    assert item == Document(
        source="a.warc",
        source_kind="warc",
        source_record=0,
        body=PROSE,
        is_html=False,
        text_source="text",
        charset="utf-8",
        url="http://harbour.example/ferry",
        fetched_at=datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("2009-03-65T08:43:19-0800", datetime(2009, 3, 6, 16, 43, 19, tzinfo=UTC)),
        ("2009-03-15T08:43:19-0800", datetime(2009, 3, 15, 16, 43, 19, tzinfo=UTC)),
        ("2009-03-99T08:43:19-0800", None),
        ("0000-01-50T00:00:00Z", None),
        ("9999-12-370T00:00:00Z", None),
        ("20090315084319", datetime(2009, 3, 15, 8, 43, 19, tzinfo=UTC)),
    ],
)
def test_dates_are_read_as_writers_of_archives_wrote_them(
    date: str, moment: datetime | None
) -> None:
    (item,) = read_warc(io.BytesIO(warc_record(date=date)), source="a", max_bytes=999)
    assert isinstance(item, Document)
    assert item.fetched_at == moment


@pytest.mark.parametrize(
    "date",
    ["0001-01-01T00:00:00+05:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-01:00"],
)
def test_a_date_that_is_none_in_utc_costs_its_record_only(date: str) -> None:
    assert _read(GOOD + warc_record(date=date) + GOOD) == [PAGE, "!bad_value", PAGE]
    assert _read(GOOD + warc_record(b"x", kind="request", date=date) + GOOD)[1] == "request"


@pytest.mark.parametrize("numbers", ["0-9/{0}", "0-{0}/10"])
def test_a_range_of_any_number_is_read(numbers: str) -> None:
    headers = f"Content-Range: bytes {numbers.format('9' * 5000)}\r\n"
    response = http_response(status="206 Partial Content", headers=headers)
    assert _read(warc_record(response)) == ["!truncated"]


def test_a_record_that_unpacks_to_very_much_costs_itself_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tape, "_MAX_RECORD_S", 0.0)
    bomb = gzip.compress(warc_record(bytes(100 << 20), kind="resource", content_type="video/mp4"))
    good = gzip.compress(GOOD)
    for whole in (good + bomb + good, good * 9):
        items = list(read_warc(io.BytesIO(whole), source="a", max_bytes=1 << 20))
        assert all(item.body == PAGE for item in items if isinstance(item, Document))
        details = [item.detail for item in items if isinstance(item, Rejection)]
        assert len(items) in (3, 9)
        assert len(items) == 9 or "unpack to over 500 times as many" in (details[0] or "")


def _with_field(record: bytes, field: bytes) -> bytes:
    return record.replace(b"\r\n", b"\r\n" + field + b"\r\n", 1)


@pytest.mark.parametrize(
    ("response", "field", "note"),
    [
        (http_response(), b"WARC-Truncated: length", "truncated: length"),
        (
            http_response(),
            b"WARC-Segment-Number: 1",
            "truncated: the archive holds the page in several records, this is the first",
        ),
        (
            http_response(_chunks(PAGE)[:-5], headers=CHUNKED),
            b"WARC-Truncated: time",
            "truncated: time",
        ),
        (http_response(), b"X-Own: truncated", None),
    ],
)
def test_a_page_that_the_archive_cut_says_so(
    response: bytes, field: bytes, note: str | None
) -> None:
    record = _with_field(warc_record(response), field)
    (item,) = read_warc(io.BytesIO(record), source="a", max_bytes=999)
    assert isinstance(item, Document)
    assert (item.body, item.text_note) == (PAGE, note)


def test_a_compressed_page_that_the_archive_cut_is_read_as_far_as_it_goes() -> None:
    body = gzip.compress(PAGE + random.Random(1).randbytes(9000))[:5000]
    record = _with_field(
        warc_record(http_response(body, headers=GZIPPED)), b"WARC-Truncated: length"
    )
    (text,) = _read(record)
    assert isinstance(text, bytes)
    assert text.startswith(PAGE)


def _lines_in_lf() -> bytes:
    """A record as ClueWeb09 wrote it: no line ends in CRLF."""
    content = http_response().replace(b"\r\n", b"\n")
    return warc_record(content, version="0.18").replace(b"\r\n", b"\n")


@pytest.mark.parametrize("pack", [bytes, COMPRESS["gzip"]])
@pytest.mark.parametrize(
    "names",
    [
        (b"WARC-Type",),
        (b"Content-Length",),
        (b"Content-Type: application",),
        (b"WARC-Type", b"WARC-Target-URI", b"WARC-Date", b"Content-Length", b"Content-Type: a"),
    ],
)
@pytest.mark.parametrize("change", [bytes.lower, bytes.upper, bytes.title])
def test_names_in_a_header_may_have_any_case(
    pack: Callable[[bytes], bytes], names: tuple[bytes, ...], change: Callable[[bytes], bytes]
) -> None:
    record = GOOD
    for name in names:
        head, colon, rest = name.partition(b":")
        record = record.replace(name, change(head) + colon + rest, 1)
    assert record != GOOD or change is bytes.title
    assert _read(b"".join(map(pack, [record, GOOD, record]))) == [PAGE] * 3


@pytest.mark.parametrize("pack", [bytes, COMPRESS["gzip"], COMPRESS["zstd"]])
@pytest.mark.parametrize("count", [1, 5])
def test_lines_may_end_in_lf(pack: Callable[[bytes], bytes], count: int) -> None:
    lf = _lines_in_lf()
    assert _read(b"".join(map(pack, [lf] * count))) == [PAGE] * count
    assert _read(b"".join(map(pack, [GOOD, lf, GOOD, GOOD, lf]))) == [PAGE] * 5
    assert _read(pack(warc_record(http_response().replace(b"\r\n", b"\n")))) == [PAGE]


def _numbered(count: int) -> list[bytes]:
    return [warc_record(http_response(PAGE + b"<!-- %d -->" % n)) for n in range(count)]


class _Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False


@pytest.mark.parametrize("pack", [bytes, COMPRESS["gzip"], COMPRESS["zstd"]])
@pytest.mark.parametrize("stream", [io.BytesIO, _Pipe])
@pytest.mark.parametrize(
    ("damage", "is_one"),
    [
        (b"junk behind the end\r\n", True),
        (bytes(range(1, 256)), True),
        (b"\x00" * 512, False),
        (b"\r\n" * 9, False),
        (GOOD.replace(b"WARC/1.0", b"WXRC/1.0"), True),
        (warc_record(version="9.9"), True),
        (warc_record().replace(b"Content-Length", b"Content-Lxngth"), True),
        (warc_record(length=10**15), True),
        (warc_record(length=-5), True),
        (warc_record(length="many"), True),
        (warc_record(length=20), True),
        (warc_record(length=len(http_response()) + 90), True),
        (warc_record()[:-40], True),
        (b"WARC/1.0\r\nX: " + b"x" * 500_000, True),
    ],
)
def test_damage_costs_no_other_record(
    pack: Callable[[bytes], bytes], stream: type[io.BytesIO], damage: bytes, is_one: bool
) -> None:
    records = list(map(pack, _numbered(6)))
    for number in (0, 3, 6):
        damaged = [*records[:number], damage if pack is bytes else pack(damage), *records[number:]]
        if pack is not bytes and not is_one:
            damaged[number] = damage  # Padding stands between members, not in them.
        archive = stream(b"".join(damaged))
        items = list(read_warc(archive, source="a", max_bytes=1 << 20))
        bodies = [item.body for item in items if isinstance(item, Document)]
        assert bodies == [PAGE + b"<!-- %d -->" % n for n in range(6)]
        rejected = [item for item in items if isinstance(item, Rejection)]
        assert [item.reason for item in rejected] == ["corrupt"] * is_one
        offset = sum(map(len, damaged[:number]))
        assert [item.source_record for item in rejected] == [offset] * is_one
        assert all((item.detail or "").startswith(f"byte {offset}: ") for item in rejected)


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_a_member_damaged_anywhere_costs_no_other(name: str) -> None:
    members = list(map(COMPRESS[name], _numbered(5)))
    for place in range(len(members[2])):
        middle = bytearray(members[2])
        middle[place] ^= 0x55
        archive = b"".join([*members[:2], bytes(middle), *members[3:]])
        found = _read(archive)
        whole = [PAGE + b"<!-- %d -->" % n for n in range(5)]
        assert found in ([*whole[:2], "!corrupt", *whole[3:]], whole), place


@pytest.mark.parametrize("pack", [bytes, COMPRESS["gzip"], COMPRESS["zstd"]])
def test_an_archive_cut_anywhere_gives_all_before_the_cut_and_a_rejection(
    pack: Callable[[bytes], bytes],
) -> None:
    member = pack(GOOD)
    trailer = 4 if pack is bytes else 0  # Plain records may lack the empty lines that end them.
    for end in range(1, len(member) - trailer):
        assert _read(member + member[:end]) == [PAGE, "!corrupt"], end


def test_an_archive_of_damage_only_is_read_in_one_go() -> None:
    junk = random.Random(2).randbytes(3_000_000)
    assert _read(b"WARC/1.0\r\n" + junk) == ["!corrupt"]


def test_records_of_one_member_are_told_apart_around_damage() -> None:
    pages = _numbered(5)
    pack = COMPRESS["gzip"]
    members = [
        pack(pages[0]),
        pack(pages[1] + pages[2]),
        b"\x1f\x8b\x08junk",
        pack(pages[3]),
        pack(pages[4]),
    ]
    whole = [PAGE + b"<!-- %d -->" % n for n in range(5)]
    assert _read(b"".join(members)) == [*whole[:3], "!corrupt", *whole[3:]]
    del members[2]
    assert _read(b"".join(members)) == whole


def test_plain_and_compressed_records_may_stand_in_one_archive() -> None:
    assert _read(COMPRESS["gzip"](GOOD) + GOOD + COMPRESS["zstd"](GOOD)) == [PAGE] * 3


def test_frames_to_skip_and_empty_members_are_no_records() -> None:
    skipped = b"\x5d\x2a\x4d\x18\x04\x00\x00\x00abcd"
    packed = COMPRESS["zstd"](GOOD)
    assert _read(skipped + packed + skipped + packed) == [PAGE] * 2
    assert _read(COMPRESS["gzip"](b"") + COMPRESS["gzip"](GOOD)) == [PAGE]


def test_a_large_record_with_a_wrong_length_is_passed_over_in_a_stream_that_cannot_seek() -> None:
    video = warc_record(bytes(20_000_000), kind="resource", content_type="video/mp4", length=10**9)
    items = list(read_warc(_Pipe(GOOD + video + GOOD), source="a", max_bytes=1 << 16))
    assert [type(item) for item in items] == [Document, Rejection, Document]


class _Metered(io.BytesIO):
    """Knows how much was read of it."""

    size = 0

    def read1(self, size: int | None = -1, /) -> bytes:
        data = super().read1(size)
        self.size += len(data)
        return data


@pytest.mark.parametrize("is_good", [True, False])
def test_wrong_lengths_do_not_have_the_rest_read_for_each_of_them(is_good: bool) -> None:
    lying = warc_record(bytes(100_000), length=10**9)
    archive = _Metered(GOOD + (lying + GOOD * is_good) * 200 + GOOD)
    items = list(read_warc(archive, source="a", max_bytes=1 << 16))
    assert [type(item) for item in items] == [
        Document,
        *[Rejection, *[Document] * is_good] * 200,
        Document,
    ]
    assert archive.size < 20 * len(archive.getvalue())


def test_no_more_than_allowed_is_held_of_a_stream_that_cannot_seek(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tape, "_MAX_HELD_BYTES", 1 << 20)
    lying = warc_record(bytes(1_000), kind="resource", content_type="video/mp4", length=10**9)
    archive = GOOD + lying + GOOD + bytes(3_000_000) + GOOD
    items = list(read_warc(_Pipe(archive), source="a", max_bytes=1 << 16))
    assert [type(item) for item in items] == [Document, Rejection, Document]


def test_an_archive_without_a_record_is_damaged() -> None:
    with pytest.raises(DamagedArchiveError, match="byte 0: the archive holds no record"):
        _read(b"")


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
