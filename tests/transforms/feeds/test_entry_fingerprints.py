"""By what entries are known again, and which of them are news."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedlake.transforms.feeds.entry_fingerprints import (
    FINGERPRINT_BYTES,
    KEPT_FINGERPRINTS,
    KEY_BYTES,
    News,
    find_news,
    fingerprint_entry,
    fingerprints_to_keep,
    with_options,
)
from feedlake.transforms.records.documents import Document, Rejection
from feedlake.transforms.records.polls import SourceOptions

NOON = datetime(2026, 11, 4, 12, tzinfo=UTC)


def entry(**fields: Any) -> Document:
    base = Document(
        "https://a.org/feed",
        source_kind="feed",
        body="Short words.",
        is_html=False,
        text_source="summary",
        url="https://a.org/1",
        title="One",
        published_at=NOON,
        guid="1",
    )
    return replace(base, **fields)


def fingerprint(name: int, says: int = 0, dates: int = 0) -> bytes:
    return name.to_bytes(KEY_BYTES) + says.to_bytes(2) + dates.to_bytes(2)


FINGERPRINTS = st.builds(fingerprint, st.integers(0, 9), st.integers(0, 2), st.integers(0, 2))


def test_a_mark_names_an_entry_by_guid_then_link_then_text():
    named = fingerprint_entry(entry())[:KEY_BYTES]
    assert fingerprint_entry(entry(url="https://a.org/2"))[:KEY_BYTES] == named
    assert fingerprint_entry(entry(guid="2"))[:KEY_BYTES] != named
    linked = fingerprint_entry(entry(guid=None))[:KEY_BYTES]
    assert fingerprint_entry(entry(guid=None, title="Two"))[:KEY_BYTES] == linked
    assert fingerprint_entry(entry(guid=None, url="https://A.org/1#top"))[:KEY_BYTES] == linked
    assert fingerprint_entry(entry(guid=None, url="https://a.org/2"))[:KEY_BYTES] != linked
    told = fingerprint_entry(entry(guid=None, url=None))[:KEY_BYTES]
    assert fingerprint_entry(entry(guid=None, has_shared_url=True))[:KEY_BYTES] == told
    assert fingerprint_entry(entry(guid=None, url=None, title="Two"))[:KEY_BYTES] != told


@pytest.mark.parametrize(
    "same",
    [
        {"body": "<p>Short  words.</p>", "is_html": True},
        {"body": "<p>Short words.<img src='/pixel?n=1'></p>", "is_html": True},
        {"source_record": 7},
        {"tags": ("x",)},
    ],
)
def test_what_says_the_same_has_the_same_mark(same):
    assert fingerprint_entry(entry(**same)) == fingerprint_entry(entry())


@pytest.mark.parametrize(
    "other",
    [{"title": "One, corrected"}, {"body": "Other words."}, {"updated_at": NOON}],
)
def test_what_says_something_else_has_another_mark(other):
    assert fingerprint_entry(entry(**other)) != fingerprint_entry(entry())


@pytest.mark.parametrize(
    "odd",
    [
        entry(guid="\ud800", title="\udfff", body="\ud800"),
        entry(body=""),
        entry(guid=None, url="no address", title=None),
        Rejection(
            "s",
            source_kind="feed",
            source_record=1,
            url=None,
            title="\ud800",
            step="extract",
            reason="no_main_text",
            detail=None,
        ),
    ],
)
def test_every_entry_has_a_mark(odd):
    assert len(fingerprint_entry(odd)) == FINGERPRINT_BYTES


def test_news_are_told_apart():
    known = (fingerprint(1), fingerprint(2), fingerprint(3), fingerprint(4))
    fingerprints = (
        fingerprint(1),
        fingerprint(2, 1),
        fingerprint(3, 0, 1),
        fingerprint(5),
        fingerprint(5),
    )
    assert find_news(fingerprints, known) == News(new=(3,), changed=(1, 2), same=(0, 4))


def test_new_dates_of_all_entries_are_no_news_unless_they_are_few():
    known = tuple(map(fingerprint, range(4)))
    assert find_news([fingerprint(n, 0, 1) for n in range(4)], known).same == (0, 1, 2, 3)
    assert find_news([fingerprint(n, 0, 1) for n in range(3)], known).changed == (0, 1, 2)
    assert find_news(
        [fingerprint(0), *(fingerprint(n, 0, 1) for n in range(1, 4))], known
    ).changed == (1, 2, 3)
    beside = [*(fingerprint(n, 0, 1) for n in range(4)), fingerprint(9), fingerprint(9, 1)]
    assert find_news(beside, known) == News(new=(4, 5), changed=(), same=(0, 1, 2, 3))


@given(st.lists(FINGERPRINTS, max_size=30), st.lists(FINGERPRINTS, max_size=30))
def test_each_entry_is_in_one_part_and_nothing_is_news_twice(fingerprints, known):
    news = find_news(fingerprints, known)
    assert sorted([*news.new, *news.changed, *news.same]) == list(range(len(fingerprints)))
    again = find_news(fingerprints, fingerprints_to_keep(fingerprints, known))
    assert (again.new, again.changed) == ((), ())


@given(st.lists(FINGERPRINTS, max_size=30), st.lists(FINGERPRINTS, max_size=30))
def test_fingerprints_of_entries_that_left_are_kept_once_and_after_the_others(fingerprints, known):
    kept = fingerprints_to_keep(fingerprints, known)
    current = tuple(dict.fromkeys(fingerprints))
    assert kept[: len(current)] == current
    names = {m[:KEY_BYTES] for m in current}
    assert all(m in known and m[:KEY_BYTES] not in names for m in kept[len(current) :])


def test_marks_do_not_grow_for_ever():
    kept: tuple[bytes, ...] = ()
    for number in range(1_000):
        kept = fingerprints_to_keep([fingerprint(number), fingerprint(number + 1)], kept)
    assert len(kept) == 2 + KEPT_FINGERPRINTS
    assert kept[2] == fingerprint(998)


def test_what_the_operator_says_is_added():
    told = with_options(entry(tags=("a",)), SourceOptions(tags=("b", "a"), language="fr"))
    assert (told.tags, told.language) == (("a", "b"), "fr")
    assert with_options(entry(language="de"), SourceOptions(language="fr")).language == "de"
