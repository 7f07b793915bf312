"""Each document leaves `Extract` exactly once, whatever it does to its reader."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, date, datetime

import apache_beam as beam
import pytest
import sandbox_tasks as tasks
from apache_beam.testing.test_pipeline import TestPipeline as _TestPipeline
from apache_beam.testing.util import assert_that, equal_to
from batches import records

from feedlake.transforms.dedup.fingerprint import Fingerprinted
from feedlake.transforms.extract import extract_articles as extract
from feedlake.transforms.extract.extract_articles import Extract
from feedlake.transforms.extract.extract_document import (
    ExtractOptions,
    extract_all,
    extract_fingerprinted,
)
from feedlake.transforms.main_text.prose import PROSE
from feedlake.transforms.process.sandbox import MIB, Limits
from feedlake.transforms.records.documents import Document, Rejection

RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
ADDRESS = "https://www.example.com/pier"
OPTIONS = ExtractOptions(
    read_at=datetime(2024, 6, 1, 12, tzinfo=UTC), min_chars=20, earliest_date=date(1990, 1, 1)
)
LIMITS = Limits(cpu_s=1, wall_s=60.0, memory_bytes=256 * MIB)
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="limits as Linux has them")


def page(name: str, body: str) -> Document:
    html = f"<html><head><title>{name}</title></head><body>{body}</body></html>"
    return Document(
        name, source_kind="html", body=html.encode(), is_html=True, text_source="page", url=None
    )


GOOD = page("good", "<p>The harbour council opened the new pier on Tuesday.</p>")
SHORT = page("short", "<p>Closed.</p>")
TEXT = Document(
    "text", source_kind="text", body="Tide tables for May.", is_html=False, text_source="text"
)


def test_documents_that_are_read_together_give_what_each_gives_alone() -> None:
    prose = "<p>The council met on Monday and agreed, after a long debate, to mend the pier.</p>"
    huge = [page("prose", "<b>" * 100_001 + prose), page("none", "<b>" * 100_001)]
    empty = replace(TEXT, source="empty", body=" ")
    documents = [SHORT, GOOD, empty, *huge, TEXT]

    together = extract_all(documents, OPTIONS)

    assert together == [extract_fingerprinted(document, OPTIONS) for document in documents]
    assert [isinstance(one, Rejection) for one in together] == [
        True,
        False,
        True,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(("most", "size"), [(1, 1 << 20), (2, 1 << 20), (9, 1 << 20), (9, 1)])
def test_each_document_leaves_extract_exactly_once(
    most: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract, "TASK_PAGES", most)
    monkeypatch.setattr(extract, "TASK_BYTES", size)
    documents = [replace(GOOD, source=f"good {number}") for number in range(5)]
    articles = [extract_fingerprinted(document, OPTIONS) for document in (*documents, TEXT)]
    detail = "7 characters, fewer than 20"
    rejected = Rejection(
        "short",
        source_kind="html",
        source_record=None,
        url=None,
        title="short",
        step="extract",
        reason="too_short",
        detail=detail,
    )

    with _TestPipeline(runner=RUNNER) as p:
        out = p | beam.Create([*documents, SHORT, TEXT]) | Extract(OPTIONS, 2, LIMITS)

        assert_that(records(out.articles), equal_to(articles), label="articles")
        assert_that(out.rejected, equal_to([rejected]), label="rejected")


def test_each_plain_text_leaves_extract_exactly_once(monkeypatch) -> None:
    monkeypatch.setattr(extract, "BATCH_ARTICLES", 2)
    texts = [replace(TEXT, source=f"text {number}") for number in range(5)]
    empty = [replace(TEXT, source=f"empty {number}", body=" ") for number in range(2)]
    articles = [extract_fingerprinted(document, OPTIONS) for document in texts]
    rejected = [extract_fingerprinted(document, OPTIONS) for document in empty]

    with _TestPipeline(runner=RUNNER) as p:
        out = p | beam.Create([empty[0], *texts, empty[1]]) | Extract(OPTIONS, 2, LIMITS)

        assert_that(records(out.articles), equal_to(articles), label="articles")
        assert_that(out.rejected, equal_to(rejected), label="rejected")


@needs_linux
def test_a_page_that_passes_a_limit_or_is_huge_gives_its_prose() -> None:
    prose = "<p>The council met on Monday and agreed, after a long debate, to mend the pier.</p>"
    # 5.5 s of CPU (measured 2026-11), and no prose.
    slow = "".join(f"<p>{number}</p>" for number in range(95_000))
    documents = [
        page("slow", slow + prose),
        page("huge", prose + "<br>" * 100_001),
        page("hopeless", slow + "<p>word</p>"),
    ]

    with _TestPipeline(runner=RUNNER) as p:
        out = p | beam.Create(documents) | Extract(OPTIONS, 2, LIMITS)

        articles = records(out.articles) | "Articles" >> beam.Map(lambda one: one.article)
        found = articles | beam.Map(lambda one: (one.source, one.title, one.extractor))
        expected = [("slow", "slow", PROSE), ("huge", "huge", PROSE)]
        assert_that(found, equal_to(expected), label="articles")
        reasons = out.rejected | beam.Map(lambda one: (one.source, one.reason))
        assert_that(reasons, equal_to([("hopeless", "timeout")]), label="rejected")


@needs_linux
def test_documents_that_kill_their_reader_are_rejected_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extract, "extract_fingerprinted", tasks.extract_or_misbehave)
    monkeypatch.setattr(extract, "extract_all", tasks.extract_all_or_misbehave)
    names = ["first", "loops", "second", "allocates", "third", "dies", "fourth"]
    documents = [replace(GOOD, source=name, title="Pier", url=ADDRESS) for name in names]

    def rejected(name: str, reason: str, detail: str) -> Rejection:
        detail = f"{len(GOOD.body)} bytes of HTML: {detail}"
        return Rejection(
            name,
            source_kind="html",
            source_record=None,
            url=ADDRESS,
            title="Pier",
            step="extract",
            reason=reason,
            detail=detail,
        )

    with _TestPipeline(runner=RUNNER) as p:
        out = p | beam.Create(documents) | Extract(OPTIONS, 2, LIMITS)

        good = ["first", "second", "third", "fourth"]
        assert_that(records(out.articles) | beam.Map(_source), equal_to(good), label="articles")
        expected = [
            rejected("loops", "timeout", "more than 1 CPU seconds"),
            rejected("allocates", "memory", "more than 256 MiB"),
            rejected("dies", "crash", "the child process ended by SIGKILL"),
        ]
        assert_that(out.rejected, equal_to(expected), label="rejected")


@needs_linux
def test_a_real_page_that_takes_too_long_is_rejected() -> None:
    # 5.5 s of CPU (measured 2026-11).
    slow = page("slow", "".join(f"<p>{number}</p>" for number in range(95_000)))

    with _TestPipeline(runner=RUNNER) as p:
        limits = replace(LIMITS, memory_bytes=1024 * MIB)
        out = p | beam.Create([slow, GOOD]) | Extract(OPTIONS, 1, limits)

        assert_that(records(out.articles) | beam.Map(_source), equal_to(["good"]), label="articles")
        detail = f"{len(slow.body)} bytes of HTML: more than 1 CPU seconds"
        expected = Rejection(
            "slow",
            source_kind="html",
            source_record=None,
            url=None,
            title=None,
            step="extract",
            reason="timeout",
            detail=detail,
        )
        assert_that(out.rejected, equal_to([expected]), label="rejected")


def _source(fingerprinted: Fingerprinted) -> str:
    return fingerprinted.article.source


def test_a_bug_in_a_child_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "extract_fingerprinted", tasks.divide)

    with (
        pytest.raises(Exception, match=r"(?s)TypeError.*in divide"),
        _TestPipeline(runner=RUNNER) as p,
    ):
        _ = p | beam.Create([GOOD]) | Extract(OPTIONS, 1, LIMITS)


def test_a_number_of_workers_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="workers is 0; it must be at least 1"):
        Extract(OPTIONS, 0, LIMITS)
