"""Which entries are known without being read, and by what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feedlake.transforms.dedup.lookup import (
    Facts,
    LakeRow,
    article_id_of,
    claim_key,
    guid_key,
    state,
)
from feedlake.transforms.fetch.recognise import LakeFacts, queries_for, recognise
from feedlake.transforms.normalize.microseconds import to_microseconds
from feedlake.transforms.records.documents import Document, Entry

FEED, OTHER_FEED, URL = "https://a.org/feed", "https://b.org/feed", "https://a.org/1"
NOON = datetime(2026, 11, 4, 12, tzinfo=UTC)
MARK, OTHER_MARK = "ab" * 8, "cd" * 8


def entry(*, is_changed: bool = False, restless_mark: str | None = None, **more: Any) -> Entry:
    fields: dict[str, Any] = {
        "url": URL,
        "guid": "g",
        "title": "New pier opens",
        "published_at": NOON,
        "entry_mark": MARK,
        **more,
    }
    document = Document(
        FEED, source_kind="feed", body="", is_html=False, text_source="summary", **fields
    )
    return Entry(document, is_changed=is_changed, restless_mark=restless_mark)


def row(
    *,
    url: str = URL,
    source: str = FEED,
    guid: str | None = "g",
    title: str | None = "New pier opens",
    published_at: datetime | None = NOON,
    mark: str | None = OTHER_MARK,
    is_apart: bool = False,
) -> LakeRow:
    address = article_id_of(url.encode())
    name = article_id_of(b"text") if is_apart else address
    return LakeRow(
        "article",
        article_id=name,
        original_id=name,
        cluster_id=name,
        text_hash=b"t",
        content_hash=b"c",
        minhash=b"",
        revision=0,
        published_at=to_microseconds(published_at) if published_at else (1 << 63) - 1,
        char_count=9,
        document_id=b"d",
        guid_key=guid_key(source, guid),
        address_key=claim_key(address) if is_apart else b"",
        entry_mark=bytes.fromhex(mark) if mark else b"",
        statement=state(source, "feed", title=title, authors=None),
    )


def facts(*rows: LakeRow, known_marks: tuple[str, ...] = ()) -> LakeFacts:
    return LakeFacts.of(
        Facts(
            frozenset(rows),
            row_marks=frozenset(row.entry_mark for row in rows if row.entry_mark),
            known_marks=frozenset(map(bytes.fromhex, known_marks)),
        )
    )


def test_an_entry_that_the_lake_has_never_seen_is_read():
    assert recognise(entry(), facts()) is None


@pytest.mark.parametrize("held", [facts(row(mark=MARK)), facts(known_marks=(MARK,))])
def test_an_entry_that_says_what_it_said_is_known_by_that(held):
    assert recognise(entry(), held) == "entry"
    assert recognise(entry(guid="new"), held) == "entry"
    assert recognise(entry(is_changed=True), held) is None


@pytest.mark.parametrize(
    "said",
    [
        {"title": "Toll house burns"},
        {"published_at": NOON + timedelta(days=900)},
        {"url": "https://a.org/2"},
        {"guid": "other"},
        {},
    ],
)
@pytest.mark.parametrize("is_apart", [False, True])
def test_an_entry_of_a_known_guid_or_address_that_says_something_else_is_read(said, is_apart):
    assert recognise(entry(**said), facts(row(is_apart=is_apart))) is None


@pytest.mark.parametrize(
    ("other", "test"),
    [
        ({}, "address"),
        ({"title": None, "published_at": None}, "address"),
        ({"title": "New pier opens in town"}, "address"),
        ({"published_at": NOON - timedelta(days=2)}, "address"),
        ({"is_apart": True}, "address"),
        ({"title": "Toll house burns"}, None),
        ({"published_at": NOON - timedelta(days=900)}, None),
        ({"url": "https://a.org/2"}, None),
    ],
)
def test_an_article_from_elsewhere_is_known_by_its_address_if_nothing_speaks_against_it(
    other, test
):
    assert recognise(entry(), facts(row(source=OTHER_FEED, **other))) == test


@pytest.mark.parametrize(
    ("other", "test"),
    [
        ({"url": "https://a.org/2"}, "guid"),
        ({}, "address"),
        ({"url": "https://a.org/2", "title": "Toll house burns"}, None),
        ({"url": "https://a.org/2", "published_at": NOON - timedelta(days=900)}, None),
    ],
)
def test_an_article_of_an_older_lake_is_known_by_guid_if_nothing_speaks_against_it(other, test):
    assert recognise(entry(), facts(row(mark=None, **other))) == test


def test_what_counts_again_and_again_is_read_only_if_there_was_news_behind_it():
    counting = entry(is_changed=True, restless_mark=OTHER_MARK)

    assert recognise(counting, facts(row(mark=MARK), known_marks=(OTHER_MARK,))) == "entry"
    assert recognise(counting, facts(row(mark=OTHER_MARK))) is None


def test_an_address_that_several_entries_share_is_not_asked_for():
    shared = entry(has_shared_url=True)

    asked = queries_for(shared)
    assert (asked.article_ids, asked.address_keys) == (frozenset(), frozenset())
    assert asked.entry_marks == {bytes.fromhex(MARK)}
    assert queries_for(entry()).address_keys == {claim_key(article_id_of(URL.encode()))}
    assert recognise(shared, facts(row(source=OTHER_FEED, guid=None))) is None
