"""What a step writes to an archive: its files, their names, and what is not kept twice."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from feedlake.transforms.archives import archive_writer
from feedlake.transforms.archives.archive_writer import ArchiveOptions, ArchiveWriter, Held
from feedlake.transforms.records.documents import Document, Entry
from feedlake.transforms.records.exchange import Exchange
from feedlake.transforms.records.outcome import Outcome

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def exchange(name: str, body: bytes, *, at: int = 0, **more: object) -> Exchange:
    said = Exchange(
        f"https://a.example/{name}",
        asked=(("Accept", "text/html"),),
        protocol="HTTP/1.1",
        status=200,
        reason="OK",
        headers=((b"Content-Type", b"text/html"),),
        body=body,
        is_cut=False,
        fetched_at=NOON + timedelta(seconds=at),
    )
    return replace(said, **more)  # type: ignore[arg-type]


def outcome(name: str) -> Outcome:
    document = Document(
        "https://a.example/feed",
        source_kind="feed",
        body="",
        is_html=False,
        text_source="summary",
        url=f"https://a.example/{name}",
    )
    url = document.url or ""
    return Outcome(NOON, judged_at=NOON, url=url, fetched_at=NOON, entry=Entry(document))


@pytest.fixture
def options(tmp_path: Path) -> ArchiveOptions:
    return ArchiveOptions(
        str(tmp_path),
        run_id=f"20261130T120000Z-{tmp_path.name[-6:]}-0001",
        started_at=NOON,
        software="feedlake/test",
        find=lambda sha256: None,
    )


def kinds_in(path: Path) -> list[tuple[str, str]]:
    with path.open("rb") as stream:
        return [
            (record.rec_type, record.rec_headers.get_header("WARC-Target-URI") or "")
            for record in ArchiveIterator(stream, check_digests="raise")
        ]


def test_full_file_is_followed_by_another_and_no_outcome_is_parted_from_its_page(
    options, tmp_path, monkeypatch
):
    monkeypatch.setattr(archive_writer, "_MAX_FILE_BYTES", 1)
    writer = ArchiveWriter(options, step="pages")
    for name in ("one", "two"):
        record = writer.add_exchanges([exchange(name, name.encode())], wanted_at=NOON)
        writer.add_outcome(outcome(name), record=record)
    archived = writer.finish()

    assert [file.path for file in archived.files] == [
        f"archive/date=2026-11-30/{options.run_id}-000{number}.warc.gz" for number in (0, 1)
    ]
    for file, name in zip(archived.files, ("one", "two"), strict=True):
        url = f"https://a.example/{name}"
        kinds = ("response", "request", "metadata")
        assert kinds_in(tmp_path / file.path)[1:] == [(kind, url) for kind in kinds]
        assert file.rows == 4


def test_two_steps_of_a_run_share_numbers_and_payloads(options, tmp_path):
    first, second = (ArchiveWriter(options, step=step) for step in ("polls", "pages"))
    first.add_exchanges([exchange("a", b"same")])
    second.add_exchanges([exchange("b", b"same")])
    files = [*first.finish().files, *second.finish().files]

    assert [file.path[-12:-8] for file in files] == ["0000", "0001"]
    assert [kinds_in(tmp_path / file.path)[1][0] for file in files] == ["response", "revisit"]


def test_worker_among_others_names_its_own_files_and_trusts_no_other_attempt(options, tmp_path):
    alone = replace(options, is_alone=False)
    written = []
    for _ in range(2):  # The same bundle, tried again.
        writer = ArchiveWriter(alone, step="pages")
        writer.add_exchanges([exchange("a", b"same")])
        written += writer.finish().files

    assert len({file.path for file in written}) == 2
    assert [kinds_in(tmp_path / file.path)[1][0] for file in written] == ["response"] * 2


def test_payload_of_an_earlier_run_is_a_revisit_and_a_cut_or_empty_one_is_not(options, tmp_path):
    held = Held("0a" * 16, url="https://a.example/old", fetched_at=NOON, file="archive/d/f")
    writer = ArchiveWriter(replace(options, find=lambda sha256: held), step="pages")
    writer.add_exchanges([exchange("a", b"same"), exchange("b", b"", status=304, at=1)])
    writer.add_exchanges([exchange("c", b"same", is_cut=True, at=2)])
    archived = writer.finish()

    assert [row.record_type for row in archived.captures] == ["revisit", "response", "response"]
    assert [row.refers_to for row in archived.captures] == ["0a" * 16, None, None]
    content = gzip.decompress((tmp_path / archived.files[0].path).read_bytes())
    assert content.count(b"WARC-Truncated: length\r\n") == 1


def test_no_header_of_a_site_can_begin_a_line_of_its_own(options, tmp_path):
    odd = ((b"X-Odd", b"a\r\nWARC-Type: warcinfo\r\n\r\n<html>"), (b"Content-Length", b"99"))
    writer = ArchiveWriter(options, step="pages")
    writer.add_exchanges([exchange("caf\u00e9 \r\nX: 1", b"page", headers=odd, reason="O\nK")])
    [file] = writer.finish().files

    with (tmp_path / file.path).open("rb") as stream:
        record = next(r for r in ArchiveIterator(stream) if r.rec_type == "response")
        body = record.content_stream().read()
    assert body == b"page"
    assert record.rec_headers.get_header("WARC-Target-URI").endswith("/caf%C3%A9%20%0D%0AX:%201")
    assert record.http_headers.get_header("X-Odd") == "a WARC-Type: warcinfo <html>"
    assert record.http_headers.get_header("Content-Length") == "4"
    assert record.http_headers.get_header("X-Crawl-Content-Length") == "99"


def test_nothing_is_written_where_nothing_was_asked(options, tmp_path):
    archived = ArchiveWriter(options, step="polls").finish()

    assert (archived.files, archived.captures) == ((), ())
    assert list(tmp_path.rglob("*")) == []
