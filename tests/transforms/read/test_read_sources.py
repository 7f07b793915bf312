"""What reading sources promises: each ends where it should, and nothing is lost or invented."""

import errno
import json
import os
import socket
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.testing.test_pipeline import TestPipeline as _TestPipeline
from apache_beam.testing.util import assert_that, equal_to
from batches import batches, records
from builders import COMPRESS, PAGE, http_response, parquet, read_file, warc_record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedlake.transforms.process.sandbox import Limits, Sandbox
from feedlake.transforms.read.read_sources import ReadOptions, ReadSources, read_source
from feedlake.transforms.read.reading import Room
from feedlake.transforms.records.documents import Document, SourceFile, SourceReport

TEXT = "date 2020-01-02\nThe ferry sails at nine, café gulls say.\n".encode()
ITEM = b"<item><title>Gulls</title><link>http://a.example/</link><description>Words.</description></item>"
VALID = {
    "a.txt": TEXT,
    "wide.txt": TEXT.decode().encode("utf-16"),
    "lines.txt": b"".join(b"date 2020-01-%02d The ferry.\n" % day for day in range(1, 9)),
    "a.html": PAGE,
    "a.jsonl": b"".join(b'{"text": "ferry %d", "x": [1.5, {}]}\n' % n for n in range(9)),
    "array.json": b"[%s]" % b",\n".join(b'{"text": "ferry %d"}' % n for n in range(9)),
    "object.json": json.dumps({"text": "ferry", "tags": ["sea"]}, indent=1).encode(),
    "rss.xml": b'<?xml version="1.0"?><rss version="2.0"><channel>%s</channel></rss>' % (ITEM * 3),
    "feed.json": b'{"version": "https://jsonfeed.org/version/1.1", "title": "a", "items": '
    b'[{"id": "1", "content_text": "The ferry."}]}',
    "a.warc": warc_record(kind="warcinfo") + warc_record() * 2 + warc_record(http_response(b"x")),
    "a.parquet": parquet({"text": ["ferry", "gulls"] * 9, "date": [datetime(2020, 1, 2)] * 18}),
}
DOCUMENTS = {
    "a.txt": 1,
    "wide.txt": 1,
    "lines.txt": 8,
    "a.html": 1,
    "a.jsonl": 9,
    "array.json": 9,
    "object.json": 1,
    "rss.xml": 3,
    "feed.json": 1,
    "a.warc": 3,
    "a.parquet": 18,
}
SUFFIX = {"gzip": ".gz", "bzip2": ".bz2", "xz": ".xz", "zstd": ".zst"}


@pytest.mark.parametrize("name", VALID)
@pytest.mark.parametrize("compression", [None, *COMPRESS])
def test_every_kind_is_read_plain_and_compressed(
    tmp_path: Path, name: str, compression: str | None
) -> None:
    path = tmp_path / (name + SUFFIX.get(compression or "", ""))
    path.write_bytes(COMPRESS[compression](VALID[name]) if compression else VALID[name])
    documents, rejections, report = read_file(path)
    assert (len(documents), rejections, report.status) == (DOCUMENTS[name], [], "read")
    assert report.source == str(path)
    assert {document.source for document in documents} == {str(path)}
    assert report.skipped == ((("warcinfo", 1),) if name == "a.warc" else ())


@pytest.mark.parametrize("pack", ["gzip", "zstd"])
def test_records_compressed_one_by_one_or_as_a_whole_are_the_same(
    tmp_path: Path, pack: str
) -> None:
    compress = COMPRESS[pack]
    (tmp_path / "each").write_bytes(compress(warc_record()) * 3)
    (tmp_path / "whole").write_bytes(compress(warc_record() * 3))
    nothing = COMPRESS["gzip"](b"") if pack == "gzip" else b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"
    (tmp_path / "behind").write_bytes(nothing + compress(warc_record() * 3))
    places = [
        [document.source_record for document in read_file(tmp_path / name)[0]]
        for name in ("each", "whole", "behind")
    ]
    assert [len(found) for found in places] == [3, 3, 3]
    assert places[1] == places[2], "a record's place is that in what was unpacked"


@pytest.mark.parametrize(
    ("name", "content", "status", "reasons"),
    [
        ("a.txt", b"", "read", []),
        ("a.txt.gz", b"", "read", []),
        ("a.txt", b"\xef\xbb\xbf", "read", []),
        ("a.txt", b"date 2020-01-02\n", "read", []),
        ("a.html", b"", "read", []),
        ("a.jsonl", b"", "read", []),
        ("a.warc", b"", "failed", ["corrupt"]),
        ("a.warc.gz", b"", "failed", ["corrupt"]),
        ("a.parquet", b"", "failed", ["corrupt"]),
        ("a.parquet", b"no such thing", "failed", ["corrupt"]),
        ("a.txt", b"x" * 20_001, "failed", ["too_large"]),
        ("a.html", PAGE * 1000, "failed", ["too_large"]),
        ("rss.xml", b"<rss>" + ITEM * 1000, "failed", ["too_large"]),
        ("a.txt.gz", COMPRESS["gzip"](b"x" * 10_000_000), "failed", ["too_large"]),
        ("a.txt.gz", COMPRESS["gzip"](TEXT)[:-9], "failed", ["corrupt"]),
        ("a.txt.gz", COMPRESS["gzip"](TEXT) + b"junk", "failed", ["corrupt"]),
        ("a.jsonl.xz", COMPRESS["xz"](VALID["a.jsonl"])[:-9], "partial", ["corrupt"]),
        ("lines.txt.zst", COMPRESS["zstd"](VALID["lines.txt"])[:-2], "partial", ["corrupt"]),
        ("array.json", VALID["array.json"][:-20], "partial", ["corrupt"]),
        ("a.warc", VALID["a.warc"][:-20], "partial", ["corrupt"]),
        ("a.warc.bz2", COMPRESS["bzip2"](VALID["a.warc"])[:-9], "partial", ["corrupt"]),
        ("a.parquet", VALID["a.parquet"][:-9], "failed", ["corrupt"]),
        ("a.parquet.gz", COMPRESS["gzip"](VALID["a.parquet"])[:-9], "failed", ["corrupt"]),
        ("a.pdf", b"%PDF-1.7", "skipped", []),
        ("a.rst", b"# Title", "skipped", []),
    ],
)
def test_each_odd_file_ends_where_it_should(
    tmp_path: Path, name: str, content: bytes, status: str, reasons: list[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    documents, rejections, report = read_file(tmp_path / name, max_document_bytes=20_000)
    assert report.status == status
    assert [rejection.reason for rejection in rejections] == reasons
    assert bool(documents) == (
        status == "partial" or (status == "read" and not name.startswith("a.jsonl"))
    )
    assert (report.detail is None) == (status == "read")


def test_an_archive_names_the_offset_of_its_fault(tmp_path: Path) -> None:
    member = COMPRESS["gzip"](warc_record())
    (tmp_path / "a.warc.gz").write_bytes(member * 2 + member[:-30])
    documents, (rejection,), _ = read_file(tmp_path / "a.warc.gz")
    assert len(documents) == 2
    assert rejection.source.endswith("a.warc.gz")
    assert f"byte {2 * len(member)}:" in (rejection.detail or "")


@pytest.mark.parametrize(
    "name",
    [
        b"\xff\xfe.txt",
        b"line\nbreak.txt",
        b"esc\x1b[31m.txt",
        b"quote'\"`.txt",
        b"[1]*?.txt",
        b"100%25%s{}.txt",
        b"back\\slash.txt",
        "灯.txt".encode(),
        b" -x.txt",
        b"x" * 251 + b".txt",
    ],
)
def test_a_file_of_any_name_is_read_and_its_name_can_be_written(
    tmp_path: Path, name: bytes
) -> None:
    path = os.path.join(os.fsencode(tmp_path), name)
    with open(path, "wb") as file:
        file.write(TEXT)
    (document,), _, report = read_file(os.fsdecode(path))
    assert document.source == report.source
    assert report.source.encode() == path.replace(b"\xff\xfe", rb"\xff\xfe")


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        ("pipe", "Not a regular file"),
        ("socket", os.strerror(errno.ENXIO)),
        ("device", "Not a regular file"),
        ("folder", os.strerror(errno.EISDIR)),
        ("dangling", os.strerror(errno.ENOENT)),
        ("loop", os.strerror(errno.ELOOP)),
    ],
)
def test_what_is_no_file_is_one_rejection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, detail: str
) -> None:
    monkeypatch.chdir(tmp_path)  # The path of a socket may be 108 bytes long, not more.
    with socket.socket(socket.AF_UNIX) as listener:
        if kind == "pipe":
            os.mkfifo("it")
        elif kind == "socket":
            listener.bind("it")
        elif kind == "folder":
            os.mkdir("it")
        else:
            os.symlink({"device": os.devnull, "dangling": "none", "loop": "it"}[kind], "it")
        documents, (rejection,), report = read_file("it")
    assert (documents, rejection.reason, report.status) == ([], "unreadable", "failed")
    assert report.detail == detail


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENOMEM, errno.ENOSPC])
def test_file_that_the_machine_has_no_room_to_read_is_not_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """The run fails, and the next one reads it; a reject would stay in the lake."""
    path = tmp_path / "page.html"
    path.write_bytes(PAGE)

    def refuse(path: str) -> None:
        raise OSError(code, os.strerror(code), path)

    monkeypatch.setattr("feedlake.transforms.normalize.storage.open_read", refuse)

    with pytest.raises(OSError, match=os.strerror(code)):
        read_file(path)


def _mutations() -> st.SearchStrategy[tuple[str, bytes]]:
    """Valid files of every kind, with a few bytes changed, put in, cut out or cut off."""
    files = {
        name + suffix: COMPRESS[compression](data) if compression else data
        for name, data in VALID.items()
        for compression, suffix in {"": "", **SUFFIX}.items()
    }
    files["records.warc.gz"] = COMPRESS["gzip"](warc_record()) * 3
    files["records.warc.zst"] = COMPRESS["zstd"](warc_record()) * 3

    @st.composite
    def mutate(draw: st.DrawFn) -> tuple[str, bytes]:
        name = draw(st.sampled_from(sorted(files)))
        data = files[name]
        for _ in range(draw(st.integers(1, 3))):
            start = draw(st.integers(0, len(data)))
            end = draw(st.sampled_from([start, start + 1, start + 40, len(data)]))
            data = data[:start] + draw(st.binary(max_size=9)) + data[end:]
        return name, data

    return mutate()


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_mutations())
def test_no_damage_raises_and_the_books_balance(tmp_path: Path, file: tuple[str, bytes]) -> None:
    name, data = file
    (tmp_path / name).write_bytes(data)
    _, rejections, report = read_file(tmp_path / name, max_document_bytes=5_000)
    for item in rejections:
        assert item.source == report.source
        assert item.reason.isidentifier()
    is_told = (report.detail or "").startswith("no record has text or html; ")
    is_at_fault = report.status in ("partial", "failed", "skipped")
    assert (report.detail is not None) == (is_at_fault or is_told)


def test_the_step_gives_documents_rejections_and_one_report_a_file(tmp_path: Path) -> None:
    contents = {
        "a.txt": TEXT,
        "b.jsonl": b'{"text": "The ferry."}\n{"text": 7}\n{}\n',
        "c.xml": VALID["rss.xml"],
        "d.warc": VALID["a.warc"][:-30],
        "e.pdf": b"%PDF-1.7",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    files = [SourceFile(str(tmp_path / name), size_bytes=0) for name in contents]

    def name_of(source: str) -> str:
        return os.path.basename(source)

    with _TestPipeline() as pipeline:
        sources = batches(pipeline, *files) | ReadSources(ReadOptions(), Limits())
        documents = sources.documents | "Documents" >> beam.Map(lambda d: name_of(d.source))
        rejected = sources.rejected | "Rejected" >> beam.Map(
            lambda r: (name_of(r.source), r.reason)
        )
        reports = records(sources.reports) | "Reports" >> beam.Map(
            lambda r: (name_of(r.source), r.status, r.documents)
        )
        assert_that(
            documents,
            equal_to(["a.txt"] + ["b.jsonl"] * 2 + ["c.xml"] * 3 + ["d.warc"] * 2),
            label="documents",
        )
        assert_that(
            rejected, equal_to([("b.jsonl", "empty"), ("d.warc", "corrupt")]), label="rejected"
        )
        assert_that(
            reports,
            equal_to(
                [
                    ("a.txt", "read", 1),
                    ("b.jsonl", "read", 3),
                    ("c.xml", "read", 3),
                    ("d.warc", "partial", 3),
                    ("e.pdf", "skipped", 0),
                ]
            ),
            label="reports",
        )


def test_a_date_in_a_seed_is_its_publication_date(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    (document,), _, _ = read_file(tmp_path / "a.txt")
    assert document == Document(
        source=str(tmp_path / "a.txt"),
        source_kind="text",
        body="The ferry sails at nine, café gulls say.\n",
        is_html=False,
        text_source="text",
        published_at=datetime(2020, 1, 2, tzinfo=UTC),
        published_text="2020-01-02",
        date_source="seed",
    )


def test_a_damaged_first_member_leaves_an_archive_readable(tmp_path: Path) -> None:
    member = COMPRESS["gzip"](warc_record())
    damaged = member[:40] + b"\xff" * 9 + member[49:]
    (tmp_path / "a.warc.gz").write_bytes(damaged + member * 2)
    documents, rejections, report = read_file(tmp_path / "a.warc.gz")
    assert (len(documents), [item.reason for item in rejections]) == (2, ["corrupt"])
    assert (report.status, report.detail) == ("partial", rejections[0].detail)


def test_an_archive_that_is_one_gzip_member_gives_all_around_a_damaged_record(
    tmp_path: Path,
) -> None:
    records = warc_record() + warc_record(length=99_999) + warc_record() * 2
    (tmp_path / "a.warc.gz").write_bytes(COMPRESS["gzip"](records))
    documents, rejections, report = read_file(tmp_path / "a.warc.gz")
    assert (len(documents), len(rejections), report.status) == (3, 1, "partial")


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_records_in_one_compressed_frame_are_never_parted_for_ever(
    tmp_path: Path, compression: str
) -> None:
    """A first record by itself, then all others in one frame, which FastWARC gives one place."""
    pages = [warc_record(http_response(PAGE + b"<!-- %d -->" % n)) for n in range(5)]
    path = tmp_path / "a.warc.gz"
    pack = COMPRESS[compression]
    path.write_bytes(pack(warc_record(kind="warcinfo")) + pack(b"".join(pages)))
    file, documents = SourceFile(str(path), size_bytes=path.stat().st_size), 0
    with closing(Sandbox[None](workers=1, limits=Limits())) as sandbox:
        for _ in range(10):
            *items, report = read_source(
                file, options=ReadOptions(), sandbox=sandbox, room=Room(2, 1 << 20)
            )
            documents += len(items)
            assert isinstance(report, SourceReport)
            if report.next_record is None:
                break
            file = replace(file, start=report.next_record)

    assert (documents, report.status) == (5, "read")
