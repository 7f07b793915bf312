"""Entries that wait are kept in the lake as they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.records.documents import Document, Entry
from feedlake.transforms.records.entry_json import deferred_id, entry_json, read_entry_json

NOON = datetime(2026, 11, 4, 12, tzinfo=UTC)
TEXTS = st.text(max_size=20)
MAYBE = st.none() | TEXTS
TIMES = st.none() | st.datetimes(timezones=st.just(UTC))
DOCUMENTS = st.builds(
    Document,
    source=TEXTS,
    source_kind=st.sampled_from(["feed", "sitemap"]),
    body=TEXTS,
    is_html=st.booleans(),
    text_source=st.sampled_from(["feed", "summary"]),
    url=MAYBE,
    title=MAYBE,
    authors=st.lists(TEXTS, max_size=2).map(tuple),
    published_at=TIMES,
    updated_at=TIMES,
    fetched_at=TIMES,
    tags=st.lists(TEXTS, max_size=2).map(tuple),
    guid=MAYBE,
)


@given(DOCUMENTS, st.booleans())
def test_an_entry_comes_back_as_one_that_waits(document, is_changed):
    entry = Entry(document, is_changed=is_changed)
    assert read_entry_json(entry_json(entry)) == replace(entry, is_deferred=True)


def test_odd_characters_survive():
    document = Document(
        "s", source_kind="feed", body="\x00\ud800 \u2028", is_html=False, text_source="feed"
    )
    text = entry_json(Entry(document))
    assert text.isascii()
    assert read_entry_json(text).document == document


def test_an_entry_is_known_by_source_and_page():
    document = Document(
        "s", source_kind="feed", body="", is_html=False, text_source="feed", url="https://a.org/1"
    )
    same = [
        replace(document, url="https://A.org:443/1?utm_source=rss#top", title="x"),
        replace(document, body="x", published_at=NOON),
    ]
    others = [
        replace(document, source="t"),
        replace(document, url="https://a.org/2"),
        replace(document, url=None),
    ]
    assert {deferred_id(one) for one in same} == {deferred_id(document)}
    assert len({deferred_id(one) for one in [document, *others]}) == 4
