"""Archives of feedlake's own that come from anywhere: nothing in them stops a run."""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from feedlake.transforms.archives import warc_bytes
from feedlake.transforms.archives.replay import Replay, is_own
from feedlake.transforms.fetch.replay_page import judge_outcome
from feedlake.transforms.read.read_warc import read_warc
from feedlake.transforms.records.documents import Document, Entry, Rejection, Skip
from feedlake.transforms.records.exchange import Exchange
from feedlake.transforms.records.outcome import Outcome, outcome_json, read_outcome_json
from feedlake.transforms.records.rights_statement import RightsStatement

NOON = datetime(2026, 11, 30, 12, 0, 0, 123456, tzinfo=UTC)
PAGE = b"<html><title>A</title><body><p>Words of the page.</p></body></html>"
FIRST, SECOND = "0" * 8 + "-0000-0000-0000-" + "0" * 12, "1" * 8 + "-0000-0000-0000-" + "0" * 12
SAID = Document(
    "https://a.example/feed",
    source_kind="feed",
    body="Short words.",
    is_html=False,
    text_source="summary",
    url="https://a.example/a",
    title="A title \U0001f600",
    authors=("Ada", "Bea"),
    published_at=NOON,
    tags=("x",),
    guid="g",
    entry_mark="0123456789abcdef",
    rights=(RightsStatement("license", "CC BY", "feed"),),
)


def answer(body: bytes = PAGE) -> Exchange:
    return Exchange(
        "https://a.example/a",
        asked=(),
        protocol="HTTP/1.1",
        status=200,
        reason="OK",
        headers=((b"Content-Type", b"text/html; charset=utf-8"),),
        body=body,
        is_cut=False,
        fetched_at=NOON,
    )


def made(content: bytes, *, record: str = FIRST) -> bytes:
    return warc_bytes.metadata(
        content, record_id=SECOND, url="https://a.example/a", about=record, info=FIRST, now=NOON
    )


def info() -> bytes:
    return warc_bytes.warcinfo(name="x", about=[("feedlake-archive", "1")], now=NOON)[0]


def kept(body: bytes = PAGE) -> bytes:
    digest = hashlib.sha256(body).digest()
    return warc_bytes.response(answer(body), record_id=FIRST, info=FIRST, payload_sha256=digest)


def an_outcome(record: str | None = FIRST) -> bytes:
    whole = Outcome(
        NOON, judged_at=NOON, url=SAID.url or "", fetched_at=NOON, entry=Entry(SAID), min_chars=20
    )
    return outcome_json(whole, record=record)


def replayed(*records: bytes, path: str | None = None) -> list[Document | Rejection]:
    stream = io.BytesIO(b"".join(records))
    assert is_own(stream)
    judge = functools.partial(judge_outcome, max_bytes=1 << 20)
    replay = Replay(path, source="archive", max_bytes=1 << 20, judge=judge)
    items = read_warc(stream, source="archive", max_bytes=1 << 20, read=replay.read)
    return [item for item in items if not isinstance(item, Skip)]


def test_document_is_made_of_its_page_and_of_what_the_feed_said():
    [document] = replayed(info(), kept(), made(an_outcome()))

    assert isinstance(document, Document)
    assert document.body == PAGE
    assert document.fetched_at == document.read_at == NOON
    same = ("source", "source_kind", "url", "title", "authors", "published_at", "tags", "guid")
    assert [getattr(document, n) for n in same] == [getattr(SAID, n) for n in same]
    assert document.rights == SAID.rights
    assert document.charset == "utf-8"
    assert document.feed_text is not None
    assert document.feed_text.body == "Short words."


def test_reading_goes_on_where_page_and_outcome_both_are():
    head = info()
    [document] = replayed(head, kept(), made(an_outcome()))

    assert document.source_record == len(head)


def test_outcome_comes_back_as_it_was():
    outcome, record = read_outcome_json(an_outcome())

    assert outcome.entry == Entry(SAID)
    assert (outcome.read_at, outcome.judged_at, outcome.min_chars) == (NOON, NOON, 20)
    assert record == FIRST


@pytest.mark.parametrize(
    "change",
    [
        {"entry": {"source": 5}},
        {"entry": {"title": ["a"]}},
        {"entry": {"published_at": "yesterday"}},
        {"entry": {"published_at": "2026-11-30T12:00:00"}},
        {"entry": {"source_kind": "secret"}},
        {"entry": {"rights": [{"kind": "x"}]}},
        {"entry": {"rights": 5}},
        {"entry": {"no_field": 1}},
        {"version": 2},
        {"read_at": None},
        {"judged_at": "2026-11-30T12:00:00"},
        {"attempts": "many"},
        {"not_fetched": ["reason"]},
        {"document": {}},
    ],
    ids=str,
)
def test_outcome_that_is_none_is_a_reject(change):
    said = json.loads(an_outcome())
    for name, value in change.items():
        said[name] = {**said[name], **value} if name == "entry" else value

    [rejection] = replayed(info(), kept(), made(json.dumps(said).encode()))

    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.url) == ("bad_value", "https://a.example/a")


@pytest.mark.parametrize("content", [b"", b"null", b"[" * 100_000, b'{"version": 1}', b"\xff"])
def test_outcome_that_is_no_json_is_a_reject(content):
    [rejection] = replayed(info(), made(content))

    assert isinstance(rejection, Rejection)
    assert rejection.reason == "bad_value"


@pytest.mark.parametrize(
    "name", ["../../secret", "/etc/passwd", "date=2026-11-30/../x-0000.warc.gz", "a\x00b"]
)
def test_no_name_leads_out_of_the_archive(tmp_path, name, monkeypatch):
    digest = hashlib.sha256(PAGE).digest()
    elsewhere = "2" * 8 + "-0000-0000-0000-" + "0" * 12
    path = tmp_path / "archive" / "date=2026-11-30" / "x-0000.warc.gz"
    path.parent.mkdir(parents=True)
    looked_at: list[str] = []
    monkeypatch.setattr(
        "feedlake.transforms.archives.replay.storage.list_files",
        lambda folder: looked_at.append(folder) or [],
    )
    revisit = warc_bytes.revisit(
        answer(),
        record_id=FIRST,
        info=FIRST,
        payload_sha256=digest,
        first_id=elsewhere,
        first_url="https://a.example/b",
        first_at=NOON,
        first_file=name.replace("\x00", "%00"),
    )
    path.write_bytes(info() + revisit + made(an_outcome()))

    [rejection] = replayed(path.read_bytes(), path=str(path))

    assert isinstance(rejection, Rejection)
    assert rejection.reason == "missing_record"
    assert looked_at == []


@pytest.mark.parametrize("is_other", [False, True])
def test_revisit_takes_the_body_of_another_file_if_it_is_that_body(tmp_path, is_other):
    folder = tmp_path / "archive" / "date=2026-11-30"
    folder.mkdir(parents=True)
    (folder / "r-0000.warc.gz").write_bytes(info() + kept(PAGE + b"!" if is_other else PAGE))
    revisit = warc_bytes.revisit(
        replace(answer(), body=PAGE),
        record_id=SECOND,
        info=FIRST,
        payload_sha256=hashlib.sha256(PAGE).digest(),
        first_id=FIRST,
        first_url="https://a.example/b",
        first_at=NOON,
        first_file="date=2026-11-30/r-0000.warc.gz",
    )
    own = folder / "s-0000.warc.gz"
    own.write_bytes(info() + revisit + made(an_outcome(SECOND), record=SECOND))

    [item] = replayed(own.read_bytes(), path=str(own))

    assert isinstance(item, Rejection) == is_other
    assert isinstance(item, Rejection) or item.body == PAGE


def test_archive_of_another_program_is_none_of_ours():
    record, _ = warc_bytes.warcinfo(name="x", about=[("software", "other/1.0")], now=NOON)

    assert not is_own(io.BytesIO(record + kept()))
    assert not is_own(io.BytesIO(b""))
    assert not is_own(io.BytesIO(b"\x1f\x8b"))


def test_unpacked_archive_is_read_as_well():
    [document] = replayed(gzip.decompress(info() + kept() + made(an_outcome())))

    assert isinstance(document, Document)
    assert document.body == PAGE
