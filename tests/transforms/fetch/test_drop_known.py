"""Entries whose articles the lake holds are not fetched."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import apache_beam as beam
from apache_beam.testing.test_pipeline import TestPipeline as _TestPipeline
from apache_beam.testing.util import assert_that, equal_to

from feedlake.transforms.dedup.lookup import Facts, LakeRow, Queries, article_id_of, guid_key
from feedlake.transforms.fetch.drop_known import DropKnown
from feedlake.transforms.records.documents import Document, Entry
from feedlake.transforms.records.entry_json import deferred_id

FEED = "https://a.org/feed"


def entry(path: str, *, guid: str | None = None, **more: Any) -> Entry:
    url = f"https://a.org/{path}"
    document = Document(
        FEED, source_kind="feed", body="", is_html=False, text_source="summary", url=url, guid=guid
    )
    return Entry(document, **more)


def row(path: str, *, guid: str | None = None) -> LakeRow:
    name = article_id_of(f"https://a.org/{path}".encode())
    return LakeRow(
        "article",
        article_id=name,
        original_id=name,
        cluster_id=name,
        text_hash=b"t",
        content_hash=b"c",
        minhash=b"",
        revision=0,
        published_at=0,
        char_count=9,
        document_id=b"d",
        guid_key=guid_key(FEED, guid),
    )


class LookUp(beam.PTransform):
    """A lake that holds some rows, whatever it is asked for."""

    def __init__(self, *rows: LakeRow) -> None:
        super().__init__()
        self._facts = Facts(rows=frozenset(rows))

    def expand(self, queries: Any) -> Any:
        facts = self._facts
        return queries | beam.Map(lambda asked: facts if isinstance(asked, Queries) else Facts())


def test_each_entry_leaves_once_and_known_ones_are_counted():
    by_link, by_guid = entry("1?utm_source=rss"), entry("moved", guid="g")
    new, changed = entry("2", guid="other"), entry("1", is_changed=True)
    waited, still = entry("3", is_deferred=True), entry("4", is_deferred=True)
    replaced, newer = entry("5", is_deferred=True), entry("5", is_changed=True)
    given = [by_link, by_guid, new, changed, waited, still, replaced, newer]

    with _TestPipeline() as pipeline:
        out = (
            pipeline
            | beam.Create(given)
            | DropKnown(LookUp(row("1"), row("2x", guid="g"), row("3")))
        )

        assert_that(out.entries, equal_to([new, changed, still, newer]), label="entries")
        counts = ["known_by_address", "known_by_guid", "known_by_address", "known_by_entry"]
        assert_that(out.known, equal_to(counts), label="known")
        named = out.recognised | beam.Map(lambda one: (one.url, one.test))
        wanted = [("https://a.org/1?utm_source=rss", "address"), ("https://a.org/moved", "guid")]
        assert_that(named, equal_to([*wanted, ("https://a.org/3", "address")]), label="named")
        done = out.done | beam.Map(lambda one: (one.entry.document.url, one.status))
        wanted = [("https://a.org/3", "done"), ("https://a.org/5", "done")]
        assert_that(done, equal_to(wanted), label="done")


def test_entry_that_waits_and_comes_again_keeps_its_attempts_and_its_first_time():
    first = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)
    due = entry("1", is_deferred=True, attempts=3, first_tried_at=first)
    again, early, new = entry("1", is_changed=True), entry("2"), entry("3")
    waits = {
        deferred_id(due.document): (3, first),
        deferred_id(early.document): (1, None),
    }

    with _TestPipeline() as pipeline:
        out = pipeline | beam.Create([due, again, early, new]) | DropKnown(LookUp(), waits)
        wanted = [
            replace(again, attempts=3, first_tried_at=first, is_deferred=True),
            replace(early, attempts=1, is_deferred=True),
            new,
        ]
        assert_that(out.entries, equal_to(wanted), label="entries")


def test_without_entries_nothing_leaves():
    with _TestPipeline() as pipeline:
        out = pipeline | beam.Create([]) | DropKnown(LookUp())

        assert_that(out.entries, equal_to([]), label="entries")
        assert_that(out.known, equal_to([]), label="known")
        assert_that(out.recognised, equal_to([]), label="recognised")
        assert_that(out.done, equal_to([]), label="done")


class LookUpInParts(beam.PTransform):
    """A lake that says one thing at a time, as files of a cluster's lake do, or nothing."""

    def __init__(self, *facts: Facts) -> None:
        super().__init__()
        self._facts = facts

    def expand(self, queries: Any) -> Any:
        facts = self._facts
        return queries | beam.FlatMap(lambda asked: facts)


def test_what_the_lake_holds_may_come_in_parts_or_not_at_all():
    mark = "ab" * 8
    restless, known = entry("6", restless_mark=mark), entry("1")
    row_marks = Facts(row_marks=frozenset([bytes.fromhex(mark)]))

    with _TestPipeline() as pipeline:
        made = pipeline | beam.Create([restless, known])
        parts = LookUpInParts(Facts(rows=frozenset([row("1")])), row_marks, Facts())
        out = made | "Parts" >> DropKnown(parts)
        assert_that(out.entries, equal_to([restless]), label="entries")
        assert_that(out.known, equal_to(["known_by_address"]), label="known")

        none = made | "None" >> DropKnown(LookUpInParts())
        assert_that(none.entries, equal_to([known]), label="entries of no lake")
        assert_that(none.known, equal_to(["known_by_entry"]), label="known of no lake")
