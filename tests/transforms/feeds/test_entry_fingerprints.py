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
    mark_of,
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


def fingerprint(name: int, says: int = 0, dates: int = 0, link: int = 0, shape: int = 0) -> bytes:
    parts = (says, dates, link, shape, name, says, dates, link)
    return name.to_bytes(8) + b"".join(part.to_bytes(2) for part in parts)


def former(fingerprint: bytes) -> bytes:
    """One as schema version 2 has it."""
    return fingerprint[:12]


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
    [
        {"title": "One, corrected"},
        {"body": "Other words."},
        {"updated_at": NOON},
        {"url": "https://a.org/2"},
        {"url": None},
    ],
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
    assert tuple(m[:24] for m in kept[: len(current)]) == current
    names = {m[:KEY_BYTES] for m in current}
    assert all(m in known and m[:KEY_BYTES] not in names for m in kept[len(current) :])


def test_an_entry_under_another_guid_says_what_it_said() -> None:
    one = fingerprint_entry(entry())
    renamed, moved = (
        fingerprint_entry(entry(guid="9")),
        fingerprint_entry(entry(url="https://b.org")),
    )

    assert mark_of(one) == mark_of(renamed) != mark_of(moved)
    assert len(mark_of(one)) == 16
    assert find_news([renamed], [one]) == News((), (), (0,))
    assert find_news([one, renamed], ()) == News((0,), (), (1,))
    assert find_news([moved], [one]) == News((), (0,), ())


def test_entries_that_change_places_are_no_news() -> None:
    poll = [fingerprint_entry(entry(guid=str(n), url=f"https://a.org/{n}")) for n in range(5)]
    next_poll = [
        fingerprint_entry(entry(guid=str(n + 1), url=f"https://a.org/{n}")) for n in range(5)
    ]
    new = fingerprint_entry(entry(guid="0", url="https://a.org/new"))

    assert find_news([new, *next_poll], poll) == News((), (0,), (1, 2, 3, 4, 5))


def test_new_links_of_all_entries_are_no_news_unless_they_are_few() -> None:
    known = tuple(map(fingerprint, range(4)))
    assert find_news([fingerprint(n, link=1) for n in range(4)], known).same == (0, 1, 2, 3)
    assert find_news([fingerprint(n, link=1) for n in range(3)], known).changed == (0, 1, 2)


def test_what_version_2_kept_is_compared_by_words_and_dates() -> None:
    known = [former(fingerprint(n)) for n in range(3)]
    polled = [fingerprint(0), fingerprint(1, link=1, shape=1), fingerprint(2, 1), fingerprint(3)]
    assert find_news(polled, known) == News((3,), (2,), (0, 1))


def poll_after_poll(*polls: bytes) -> list[News]:
    found, kept = [], ()
    for polled in polls:
        found.append(find_news([polled], kept))
        kept = fingerprints_to_keep([polled], kept)
    return found


def test_an_entry_that_counts_at_each_poll_is_restless_but_for_every_eighth_change() -> None:
    polls = [fingerprint(1, n, dates=n) for n in range(21)]
    found = poll_after_poll(*polls)

    assert [news.changed for news in found] == [(), *[(0,)] * 20]
    is_restless = [bool(news.restless) for news in found]
    assert is_restless == [False] * 4 + ([True] * 7 + [False]) * 2 + [True]
    assert found[4].restless == {0: mark_of(polls[3])}


@pytest.mark.parametrize("other", [{"shape": 1}, {"link": 1}])
def test_a_change_of_words_or_link_is_none_of_counters(other) -> None:
    polls = [fingerprint(1, n) for n in range(6)]
    found = poll_after_poll(*polls, fingerprint(1, 9, **other), fingerprint(1, 10, **other))

    assert found[5].restless
    assert not found[6].restless
    assert not found[7].restless


def test_figures_in_the_text_and_dates_make_no_other_shape_and_those_in_the_title_do() -> None:
    shapes = [
        fingerprint_entry(entry(**fields))[14:16]
        for fields in (
            {"body": "Words. 12 comments"},
            {"body": "Words. 345 comments", "updated_at": NOON},
            {"body": "Words. 12 comments", "title": "One 2"},
            {"body": "Words. 12 comments", "title": "One 3"},
        )
    ]
    assert shapes[0] == shapes[1]
    assert len(set(shapes)) == 3


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
