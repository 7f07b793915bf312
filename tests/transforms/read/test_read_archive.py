"""What reading ZIP and tar promises: each member as if it lay in a folder, and no bomb goes off."""

from __future__ import annotations

import bz2
import gzip
import io
import stat
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import COMPRESS, PAGE, InlineSandbox, parquet, read_file, warc_record

from feedlake.transforms.read.read_sources import ReadOptions, read_source
from feedlake.transforms.read.reading import Room
from feedlake.transforms.records.documents import Document, Rejection, SourceFile, SourceReport

TEXT = b"date 2020-01-02\nThe ferry sails at nine.\n"
LINES = b"".join(b'{"text": "The ferry has number %d."}\n' % n for n in range(9))
TABLE = b"url,text\nhttps://a.example/1,One.\nhttps://a.example/2,Two.\nthree\n"
ITEM = b"<item><title>Gulls</title><link>http://a.example/</link><description>Words.</description></item>"
MEMBERS = {
    "news/1.txt": TEXT,
    "news/2.html": PAGE,
    "3.jsonl": LINES,
    "4.csv": TABLE,
    "5.warc": warc_record() * 2,
    "6.xml": b'<?xml version="1.0"?><rss version="2.0"><channel>%s</channel></rss>' % ITEM,
    "7.txt.gz": gzip.compress(TEXT + b"More."),
    "8.parquet": parquet({"text": ["ferry", "gulls"] * 9}),
    "image.png": b"\x89PNG\r\n\x1a\n" + bytes(99),
}
COUNTS = {"news/1.txt": 1, "news/2.html": 1, "3.jsonl": 9, "4.csv": 2, "5.warc": 2, "6.xml": 1}
COUNTS |= {"7.txt.gz": 1, "8.parquet": 18}


def make_zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return packed.getvalue()


def make_tar(members: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def read(
    tmp_path: Path, data: bytes, name: str = "more.zip"
) -> tuple[dict[str, int], dict[str, str], SourceReport]:
    """How many documents each member gave, why others were rejected, and the report."""
    (tmp_path / name).write_bytes(data)
    documents, rejections, report = read_file(tmp_path / name)
    counts: dict[str, int] = {}
    for document in documents:
        member = document.source.removeprefix(f"{tmp_path / name}!/")
        counts[member] = counts.get(member, 0) + 1
    reasons = {
        one.source.removeprefix(f"{tmp_path / name}!/").removeprefix(str(tmp_path)): one.reason
        for one in rejections
    }
    return counts, reasons, report


PACKINGS = {
    "stored.zip": make_zip(MEMBERS, zipfile.ZIP_STORED),
    "deflated.zip": make_zip(MEMBERS),
    "bzip2.zip": make_zip(MEMBERS, zipfile.ZIP_BZIP2),
    "whole.zip.gz": gzip.compress(make_zip(MEMBERS)),
    "prefixed.zip": b"PK\x03\x04" + make_zip(MEMBERS),
    "pax.tar": make_tar(MEMBERS),
    "gnu.tar": make_tar(MEMBERS, tarfile.GNU_FORMAT),
    "ustar.tar": make_tar(MEMBERS, tarfile.USTAR_FORMAT),
    **{f"{how}.tar": COMPRESS[how](make_tar(MEMBERS)) for how in ("gzip", "bzip2", "xz", "zstd")},
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_each_member_is_read_as_its_kind(tmp_path: Path, packing: str) -> None:
    counts, reasons, report = read(tmp_path, PACKINGS[packing], packing)

    assert counts == COUNTS
    assert reasons == {"4.csv": "bad_csv"}
    assert report.source_kind == ("zip" if ".zip" in packing else "tar")
    assert (report.status, report.skipped) == ("read", (("not_read", 1),))
    assert "image.png (PNG image" in (report.detail or "")


def test_members_keep_their_records_their_kinds_and_their_folders(tmp_path: Path) -> None:
    data = make_zip({"date=2026-01-17/a.jsonl": b"\n" + LINES})
    (tmp_path / "a.zip").write_bytes(data)
    documents, _, _ = read_file(tmp_path / "a.zip")

    assert [document.source_record for document in documents] == [*range(2, 11)]
    assert {document.source_kind for document in documents} == {"jsonl"}
    assert {document.published_text for document in documents} == {"2026-01-17"}
    assert documents[0].source == f"{tmp_path}/a.zip!/date=2026-01-17/a.jsonl"


def test_archives_in_archives_are_read_down_to_the_third(tmp_path: Path) -> None:
    third = make_zip({"c.txt": TEXT, "fourth.zip": make_zip({"d.txt": TEXT})})
    second = gzip.compress(make_tar({"third.zip": third, "b.txt": TEXT}))
    counts, reasons, report = read(tmp_path, make_zip({"second.tgz": second, "a.txt": TEXT}))

    assert counts == {"second.tgz!/third.zip!/c.txt": 1, "second.tgz!/b.txt": 1, "a.txt": 1}
    assert reasons == {"second.tgz!/third.zip!/fourth.zip": "too_deep"}
    assert report.status == "partial"


@pytest.mark.parametrize(
    "name", ["../../etc/a.txt", "/etc/a.txt", "C:\\a.txt", "a\x00b.txt", "a\nb.txt", "é/日.txt"]
)
@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_names_harm_nothing(tmp_path: Path, name: str, make) -> None:  # type: ignore[no-untyped-def]
    data = make({name.replace("\x00", "N"): TEXT})
    if "\x00" in name and make is make_zip:
        data = data.replace(b"aNb.txt", b"a\x00b.txt")
    (folder := tmp_path / "only").mkdir()
    (folder / "a.zip").write_bytes(data)
    documents, rejections, _ = read_file(folder / "a.zip")

    assert [path.name for path in tmp_path.rglob("*")] == ["only", "a.zip"]
    assert len(documents) + len(rejections) == 1
    for document in documents:
        assert "\x00" not in document.source
        assert "\n" not in document.source


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_what_a_folder_leaves_out_is_left_out(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    members = {"__MACOSX/a.txt": TEXT, ".git/b.txt": TEXT, "feedlake.toml": TEXT, "./a.txt": TEXT}
    counts, reasons, report = read(tmp_path, make(members))
    assert (counts, reasons, report.status, report.skipped) == ({"a.txt": 1}, {}, "read", ())


def test_links_and_devices_are_no_files(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            member = tarfile.TarInfo("passwd")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
        member = tarfile.TarInfo("folder")
        member.type = tarfile.DIRTYPE
        archive.addfile(member)
    counts, reasons, report = read(tmp_path, packed.getvalue(), "a.tar")
    assert (counts, reasons, report.skipped) == ({}, {}, (("device", 2), ("link", 2)))

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        for name, mode in (("a", stat.S_IFLNK), ("b", stat.S_IFCHR), ("c/", stat.S_IFDIR)):
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, (mode | 0o644) << 16
            zipped.writestr(info, b"/etc/passwd")
    counts, reasons, report = read(tmp_path, packed.getvalue())
    assert (counts, reasons, report.skipped) == ({}, {}, (("device", 1), ("link", 1)))


def _spoiled() -> Iterator[tuple[str, bytes, str, str]]:
    """Archives of three members of which the second, `b.txt`, is bad: why, and what tells it."""
    members = {"a.txt": TEXT, "b.txt": TEXT + b"Unlike any other.", "c.txt": TEXT}
    stored = make_zip(members, zipfile.ZIP_STORED)
    yield "wrong checksum", stored.replace(b"Unlike", b"UnlikE"), "corrupt", "checksum is wrong"
    head = b"PK\x03\x04"
    place = stored.index(head, 4)
    broken = stored[:place] + b"PK\x05\x09" + stored[place + 4 :]
    yield "no header", broken, "corrupt", "no header of a member"
    deflated = make_zip(members)
    entry = deflated.index(b"PK\x01\x02", deflated.index(b"PK\x01\x02") + 4)
    for name, offset, value, reason, told in (
        ("encrypted", 8, 1, "encrypted", "encrypted"),
        ("unknown method", 10, 97, "unsupported", "method 97"),
        ("wrong size", 24, 5, "corrupt", "5 bytes"),
        ("too long", 20, 0xFFFFFF, "corrupt", "overlaps"),
    ):
        changed = bytearray(deflated)
        form = "<H" if offset < 20 else "<L"
        struct.pack_into(form, changed, entry + offset, value)
        yield name, bytes(changed), reason, told
    same = bytearray(deflated)
    struct.pack_into("<L", same, entry + 42, 0)
    yield "same bytes", bytes(same), "corrupt", "the same bytes"
    damaged = bytearray(deflated)
    data = deflated.index(b"b.txt") + 5
    damaged[data : data + 9] = b"\xff" * 9
    yield "damaged", bytes(damaged), "corrupt", ""


SPOILED = {name: rest for name, *rest in _spoiled()}


@pytest.mark.parametrize("name", SPOILED)
def test_bad_member_is_one_reject_and_the_others_are_read(tmp_path: Path, name: str) -> None:
    data, reason, told = SPOILED[name]
    assert isinstance(data, bytes)
    (tmp_path / "a.zip").write_bytes(data)
    documents, rejections, report = read_file(tmp_path / "a.zip")

    assert [one.source for one in documents] == [f"{tmp_path}/a.zip!/{n}.txt" for n in "ac"]
    assert [(one.source, one.reason) for one in rejections] == [
        (f"{tmp_path}/a.zip!/b.txt", reason)
    ]
    assert told in (rejections[0].detail or "")
    assert report.status == "partial"
    assert "b.txt" in (report.detail or "")


def test_zip_without_its_directory_gives_what_is_whole(tmp_path: Path) -> None:
    members = {"a.txt": TEXT, "b.html": PAGE, "c.txt": TEXT + b"More." * 2000}
    data = make_zip(members)
    counts, reasons, report = read(tmp_path, data[: data.index(b"c.txt") + 20])
    assert counts == {"a.txt": 1, "b.html": 1}
    assert reasons == {"c.txt": "corrupt", "/more.zip": "corrupt"}
    assert report.status == "partial"

    class Pipe(io.RawIOBase):
        """What can't seek: the sizes then stand behind the members."""

        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += bytes(data)
            return len(data)

    with zipfile.ZipFile(pipe := Pipe(), "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        for name, content in members.items():
            archive.writestr(name, content)
    counts, reasons, _ = read(tmp_path, pipe.data[: pipe.data.index(b"PK\x01\x02")])
    assert (counts, reasons) == ({"a.txt": 1, "b.html": 1, "c.txt": 1}, {"/more.zip": "corrupt"})


def test_damaged_directory_costs_the_entry_in_it(tmp_path: Path) -> None:
    data = bytearray(make_zip({"a.txt": TEXT, "b.txt": TEXT + b"B", "c.txt": TEXT + b"C"}))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[second] = 0
    counts, reasons, report = read(tmp_path, bytes(data))
    assert counts == {"a.txt": 1, "b.txt": 1, "c.txt": 1}
    assert (reasons, report.status) == ({"/more.zip": "corrupt"}, "partial")


@pytest.mark.parametrize("is_small", [False, True])
def test_zip64_numbers_are_read(tmp_path: Path, is_small: bool) -> None:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w") as archive,
        archive.open("a.txt", "w", force_zip64=True) as member,
    ):
        member.write(TEXT)
    data = bytearray(packed.getvalue())
    # A directory of which all numbers are in extra fields, and its end record likewise.
    entry, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    extra = struct.pack("<2H3Q", 1, 24, len(TEXT), len(TEXT), 0)
    head = bytearray(data[entry:end])
    struct.pack_into("<2L", head, 20, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<H", head, 30, len(extra))
    struct.pack_into("<L", head, 42, 0xFFFFFFFF)
    directory = bytes(head[: 46 + 5]) + extra
    record = b"PK\x06\x06" + struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, 1, 1, len(directory), entry)
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, entry + len(directory), 1)
    # Of many small members, the number alone is too large.
    place = (len(directory), entry) if is_small else (0xFFFFFFFF, 0xFFFFFFFF)
    last = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 0xFFFF, 0xFFFF, *place, 0)
    counts, reasons, _ = read(tmp_path, bytes(data[:entry]) + directory + record + locator + last)
    assert (counts, reasons) == ({"a.txt": 1}, {})


def test_damage_in_tar_costs_what_lies_in_it(tmp_path: Path) -> None:
    data = bytearray(make_tar({"a.txt": TEXT, "b.txt": TEXT + b"B", "c.txt": TEXT + b"C"}))
    data[data.index(b"b.txt")] ^= 1
    counts, reasons, report = read(tmp_path, bytes(data), "a.tar")
    assert (counts, reasons) == ({"a.txt": 1, "c.txt": 1}, {"/a.tar": "corrupt"})
    assert report.status == "partial"

    cut = make_tar({"a.txt": TEXT, "b.txt": TEXT * 99, "c.txt": TEXT})
    counts, reasons, _ = read(tmp_path, cut[:2000], "a.tar")
    assert (counts, reasons) == ({"a.txt": 1}, {"b.txt": "corrupt"})
    counts, reasons, _ = read(tmp_path, gzip.compress(cut)[:-30], "a.tar.gz")
    assert "corrupt" in reasons.values()
    assert "a.txt" in counts


def test_tar_header_of_a_gigabyte_is_passed_over(tmp_path: Path) -> None:
    long = tarfile.TarInfo("././@LongLink")
    long.type, long.size = tarfile.GNUTYPE_LONGNAME, 3 << 20
    data = long.tobuf(tarfile.GNU_FORMAT) + b"x" * (3 << 20) + make_tar({"a.txt": TEXT})
    counts, reasons, _ = read(tmp_path, data, "a.tar")
    assert (counts, list(reasons.values())) == ({"a.txt": 1}, ["corrupt"])


def test_long_names_of_tar_are_read(tmp_path: Path) -> None:
    name = "/".join(["a" * 90] * 3) + "/é.txt"
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        assert read(tmp_path, make_tar({name: TEXT}, form), "a.tar")[0] == {name: 1}


def test_a_megabyte_of_short_records_in_a_tar_header_is_read_at_once(tmp_path: Path) -> None:
    records = b"6 a=b\n" * 170_000 + b"14 path=b.txt\n"
    long = tarfile.TarInfo("long")
    long.type, long.size = tarfile.XHDTYPE, len(records)
    padded = records + bytes(-len(records) % 512)
    data = (
        long.tobuf(tarfile.USTAR_FORMAT) + padded + make_tar({"a.txt": TEXT}, tarfile.USTAR_FORMAT)
    )
    started = time.process_time()
    counts, _, _ = read(tmp_path, data, "a.tar")
    assert counts == {"b.txt": 1}
    assert time.process_time() - started < 2


def bomb(size: int) -> bytes:
    """A ZIP of one member of zeros, made without holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    part = bytes(1 << 20)
    crc, parts = 0, []
    for _ in range(size >> 20):
        parts.append(packer.compress(part))
        crc = zlib.crc32(part, crc)
    data = b"".join(parts) + packer.flush()
    return local_file("a.jsonl", data, size, crc)


def local_file(name: str, data: bytes, size: int, crc: int) -> bytes:
    sizes = struct.pack("<3L2H", crc, len(data), size & 0xFFFFFFFF, len(name), 0)
    local = b"PK\x03\x04" + struct.pack("<5H", 20, 0, 8, 0, 0x21) + sizes + name.encode() + data
    entry = b"PK\x01\x02" + struct.pack("<6H", 20, 20, 0, 8, 0, 0x21) + sizes
    entry += struct.pack("<3H2L", 0, 0, 0, 0, 0) + name.encode()
    end = struct.pack("<4H2LH", 0, 0, 1, 1, len(entry), len(local), 0)
    return local + entry + b"PK\x05\x06" + end


def test_bombs_are_put_out(tmp_path: Path) -> None:
    counts, reasons, _ = read(tmp_path, bomb(128 << 20))
    assert (counts, reasons) == ({}, {"a.jsonl": "too_large"})

    small = bomb(60 << 20)  # By itself it is less than 64 MiB, which any file may unpack to.
    inner = make_zip({f"{n}.zip": small for n in range(16)})
    nested = make_zip({f"{n}.zip": inner for n in range(16)})
    assert len(nested) < 50_000
    started = time.process_time()
    (tmp_path / "nested.zip").write_bytes(nested)
    documents, rejections, report = read_file(tmp_path / "nested.zip")
    assert time.process_time() - started < 10
    assert (documents, {one.reason for one in rejections}) == ([], {"too_large"})
    assert len(rejections) < 12
    assert rejections[-1].source == f"{tmp_path}/nested.zip"
    assert "unpacks to more than 268435456 bytes" in str(rejections[-1].detail)
    assert report.status != "read"

    bzipped = make_tar({"a.jsonl.bz2": bz2.compress(bytes(70 << 20)), "b.txt": TEXT})
    counts, reasons, _ = read(tmp_path, bzipped, "a.tar")
    assert (counts, reasons) == ({"b.txt": 1}, {"a.jsonl.bz2": "too_large"})


def test_members_that_share_their_bytes_are_read_once(tmp_path: Path) -> None:
    """As in a bomb that unpacks to terabytes without an archive in it."""
    packed = make_zip({"a.txt": TEXT})
    entry, end = packed.index(b"PK\x01\x02"), packed.index(b"PK\x05\x06")
    entries = b"".join(
        packed[entry:end].replace(b"a.txt", b"%05d" % number) for number in range(2000)
    )
    last = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 2000, 2000, len(entries), entry, 0)
    counts, reasons, _ = read(tmp_path, packed[:entry] + entries + last)
    assert len(counts) == 1
    assert list(reasons.values()) == ["corrupt"] * 1999


def test_archives_nested_without_end_are_given_up(tmp_path: Path) -> None:
    data = make_zip({"a.txt": TEXT})
    for _ in range(40):
        data = make_zip({"r.zip": data}, zipfile.ZIP_STORED)
    counts, reasons, report = read(tmp_path, data)
    assert (counts, reasons) == ({}, {"r.zip!/r.zip!/r.zip": "too_deep"})
    assert report.status == "failed"


@pytest.mark.parametrize("packing", ["deflated.zip", "gzip.tar"])
@pytest.mark.parametrize("documents", [1, 4, 10])
def test_chunks_give_what_one_reading_gives(tmp_path: Path, packing: str, documents: int) -> None:
    inner = make_tar({"x.jsonl": LINES, "bad.zip": b"PK\x03\x04", "y.txt": TEXT})
    members = {"in.tar": inner, **MEMBERS, "link/": b""}
    data = make_zip(members) if ".zip" in packing else gzip.compress(make_tar(members))
    (path := tmp_path / packing).write_bytes(data)
    whole = list(read_source(SourceFile(str(path), size_bytes=len(data)), **_how()))
    parts: list[Document | Rejection | SourceReport] = []
    start: int | None = 0
    statuses = []
    while start is not None:
        file = SourceFile(str(path), size_bytes=len(data), start=start)
        *items, report = read_source(file, **_how(), room=Room(documents, 1 << 30))
        assert isinstance(report, SourceReport)
        assert len(items) == report.documents
        assert len(items) <= documents
        parts += items
        statuses.append(report.status)
        start = report.next_record
    assert parts == whole[:-1]
    assert set(statuses[:-1]) == {"continued"}
    assert len(statuses) > 3


def _how() -> dict[str, object]:
    return {"options": ReadOptions(), "sandbox": InlineSandbox()}


def test_archive_of_images_is_no_source_of_articles(tmp_path: Path) -> None:
    counts, reasons, report = read(tmp_path, make_zip({"a.png": b"\x89PNG\r\n", "b.pdf": b"%PDF-"}))
    assert (counts, reasons, report.status) == ({}, {}, "skipped")
    assert "ZIP archive: members that are of no kind that holds articles: a.png" in str(
        report.detail
    )


@pytest.mark.parametrize(
    ("name", "data"), [("a.zip", make_zip({})), ("a.tar", make_tar({})), ("a.tar", bytes(10240))]
)
def test_empty_archives_are_read(tmp_path: Path, name: str, data: bytes) -> None:
    assert read(tmp_path, data, name)[2].status == "read"


@pytest.mark.parametrize("how", [*COMPRESS, None])
def test_bytes_that_only_begin_like_an_archive_are_rejected(
    tmp_path: Path, how: str | None
) -> None:
    data = b"PK\x03\x04" + bytes(range(256)) * 300
    counts, reasons, report = read(tmp_path, COMPRESS[how](data) if how else data)
    assert counts == {}
    assert set(reasons.values()) == {"corrupt"}
    assert report.status == "failed"
