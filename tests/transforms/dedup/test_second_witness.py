"""A guid or an address under which another story comes gives an article of its own."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise

import pytest
from articles import NOON, MemoryHistory, article, ingest, outcomes, prose
from hypothesis import given, settings
from hypothesis import strategies as st

from feedlake.transforms.dedup.decide import Verdict
from feedlake.transforms.dedup.fingerprint import fingerprint_article, without_address
from feedlake.transforms.records.documents import Article

FEED, URL, OTHER_URL = "https://a.example/feed", "https://a.example/live", "https://a.example/b"
DAY, YEARS = timedelta(days=1), timedelta(days=9 * 365)
TEMPLATES = prose(1), prose(1, changed=range(0, 100, 2))
"""Two texts that are akin, as are reports out of one template, and no near-duplicates."""


def entry(text: str, url: str | None, **fields: object) -> Article:
    values: dict[str, object] = {"source": FEED, "record": None, "guid": "g", "title": "Old title"}
    return article(text, url=url, **{**values, **fields})  # type: ignore[arg-type]


def one(made: Article, history: MemoryHistory) -> Verdict:
    [(_, verdict)] = ingest([made], history)
    return verdict


@pytest.mark.parametrize("later", [timedelta(hours=3), DAY, YEARS])
@pytest.mark.parametrize("url", [URL, OTHER_URL, None])
@pytest.mark.parametrize("guid", ["g", "other", None])
def test_another_story_under_an_old_guid_or_address_is_an_article(later, url, guid):
    history = MemoryHistory()
    ingest([entry(prose(1), URL)], history)
    story = entry(prose(2), url, guid=guid, title="New title", published=NOON + later)

    verdict = one(story, history)

    assert verdict.outcome == "article"
    assert verdict.article_id != history.rows[0].article_id
    assert one(story, history).outcome == "known"


def test_the_story_has_an_id_by_its_text_and_leaves_the_address_to_the_first():
    history = MemoryHistory()
    ingest([entry(prose(1), URL)], history)
    story = entry(prose(2), URL, title="New title", published=NOON + DAY)

    verdict = one(story, history)
    kept = without_address(story)

    assert verdict.is_apart
    assert verdict.article_id == article(prose(2)).article_id == kept.article_id
    assert (kept.url, kept.canonical_url) == (URL, None)


@pytest.mark.parametrize("guid", ["g", None])
def test_versions_join_the_story_that_they_are_akin_to(guid):
    history = MemoryHistory()
    first = one(entry(prose(1), URL, guid=guid), history)
    other = {"guid": guid, "title": "New title", "published": NOON + DAY}
    second = one(entry(prose(2), URL, **other), history)

    edited = one(entry(prose(2, changed=range(0, 80, 2)), URL, **other), history)
    old = one(entry(prose(1, changed=range(0, 80, 2)), URL, guid=guid), history)

    assert (edited.outcome, edited.article_id) == ("revision", second.article_id)
    assert (old.outcome, old.article_id) == ("revision", first.article_id)
    assert (edited.is_apart, old.is_apart) == (True, False)
    assert {row.kind for row in history.rows} == {"article", "revision"}


def test_a_version_under_another_link_keeps_that_as_its_address():
    history = MemoryHistory()
    first = one(entry(prose(1), URL), history)

    moved = one(entry(prose(1, changed=range(0, 80, 2)), OTHER_URL), history)

    assert (moved.outcome, moved.article_id) == ("revision", first.article_id)
    assert not moved.is_apart


def test_each_day_of_a_live_blog_with_a_text_of_its_own_is_an_article():
    history = MemoryHistory()
    for day in range(5):
        text, moment = prose(day), NOON + day * DAY
        assert one(entry(text, URL, title="Live", published=moment), history).outcome == "article"
        more = f"{text}\n\n{prose(day + 50, words=90)}"
        longer = entry(more, URL, title="Live", published=moment, fetched=moment)
        assert one(longer, history).outcome in ("revision", "known")

    assert len({row.article_id for row in history.rows}) == 5


def test_stories_out_of_one_template_are_told_apart_by_title_and_link():
    history = MemoryHistory()
    ingest([entry(TEMPLATES[0], URL, title="The seven best piers of 2017")], history)

    verdict = one(
        entry(TEMPLATES[1], OTHER_URL, title="The ten best houses of 2026", published=NOON + DAY),
        history,
    )

    assert verdict.outcome == "article"


@pytest.mark.parametrize(
    ("source", "guid", "outcome"),
    [
        (FEED, "g", "revision"),
        (FEED, None, "revision"),
        (FEED, "h", "article"),
        ("https://a.example/other", "h", "revision"),
    ],
)
def test_a_guid_of_its_own_makes_an_akin_text_at_one_address_another_entry(source, guid, outcome):
    history = MemoryHistory()
    ingest([entry(TEMPLATES[0], URL, title="The west pier")], history)
    other = {"title": "Herring season", "published": NOON + DAY}

    verdict = one(entry(TEMPLATES[1], URL, source=source, guid=guid, **other), history)

    assert verdict.outcome == outcome


def test_a_summary_of_another_story_is_not_less_than_what_is_known():
    for url in (URL, OTHER_URL):
        history = MemoryHistory()
        ingest([entry(prose(1), URL)], history)
        story = entry(f"Only the beginning of it at {url}.", url, title="New", published=NOON + DAY)
        object.__setattr__(story, "text_source", "summary")

        assert one(story, history).outcome == "article"


def test_a_site_that_moved_has_no_second_articles():
    history = MemoryHistory()
    made = [entry(prose(n), f"http://a.example/{n}", guid=f"g{n}") for n in range(5)]
    ingest(made, history)
    moved = [entry(prose(n), f"https://b.example/s/{n}", guid=f"g{n}") for n in range(5)]

    assert outcomes(ingest(moved, history)) == ["known"] * 5


def test_guids_that_all_change_at_once_make_nothing_new():
    history = MemoryHistory()
    ingest([entry(prose(n), f"{URL}/{n}", guid=f"a{n}") for n in range(5)], history)

    again = [entry(prose(n), f"{URL}/{n}", guid=f"b{n}") for n in range(5)]
    edited = [entry(prose(n, changed=[4]), f"{URL}/{n}", guid=f"c{n}") for n in range(5)]

    assert outcomes(ingest(again, history)) == ["known"] * 5
    assert outcomes(ingest(edited, history)) == ["revision"] * 5


def test_guids_that_are_positions_mean_nothing():
    history = MemoryHistory()
    for poll in range(6):
        ingest(
            [
                entry(
                    prose(poll + place),
                    f"{URL}/{poll + place}",
                    guid=str(place),
                    title=f"Story number {poll + place}",
                    published=NOON + (poll + place) * DAY,
                )
                for place in range(4)
            ],
            history,
        )

    assert [row.kind for row in history.rows] == ["article"] * 9


def test_entries_that_share_an_address_have_versions_of_their_own():
    history = MemoryHistory()

    def shared(number: int, text: str) -> Article:
        made = entry(text, URL, guid=None, title=f"Version {number}.0 of the tool")
        return without_address(made)

    made = [shared(number, prose(number)) for number in range(3)]
    assert outcomes(ingest(made, history)) == ["article"] * 3
    assert outcomes(ingest(made, history)) == ["known"] * 3

    verdict = one(shared(1, prose(1, changed=range(0, 60, 2))), history)

    assert (verdict.outcome, verdict.article_id) == ("revision", article(prose(1)).article_id)


def test_an_address_that_a_feed_shares_among_entries_is_known_by_its_key():
    own = fingerprint_article(entry(prose(1), URL)).key
    shared = fingerprint_article(without_address(entry(prose(1), URL))).key
    none = fingerprint_article(entry(prose(1), None)).key

    assert own.address_id == shared.address_id == own.article_id != shared.article_id
    assert none.address_id == ""


@st.composite
def stories(draw: st.DrawFn) -> list[Article]:
    """Versions of stories under few addresses and guids; the source's record says which story."""
    made = []
    for number in range(draw(st.integers(1, 6))):
        url, guid = draw(st.sampled_from([URL, OTHER_URL])), draw(st.sampled_from(["g", "h", None]))
        made += [
            entry(
                prose(number, changed=range(version)),
                url,
                guid=guid,
                record=number,
                title=f"Story {number}",
                published=NOON + number * DAY,
                fetched=NOON + number * DAY + version * timedelta(hours=1),
            )
            for version in range(draw(st.integers(1, 3)))
        ]
    return made


@settings(max_examples=40, deadline=None)
@given(stories(), st.data())
def test_order_chunks_and_runs_give_the_same_articles(made, data):
    order = data.draw(st.permutations(made))
    cuts = data.draw(st.sets(st.integers(1, len(made)), max_size=4))
    history = MemoryHistory()
    found: dict[int | None, set[str]] = defaultdict(set)
    kinds: dict[int | None, list[str]] = defaultdict(list)
    for start, end in pairwise([0, *sorted(cuts), len(made)]):
        for document, verdict in ingest(order[start:end], history):
            kinds[document.source_record].append(verdict.outcome)
            if verdict.outcome in ("article", "revision"):
                found[document.source_record].add(verdict.article_id)

    truth = {document.source_record for document in made}
    assert set(found) == truth
    assert all(len(ids) == 1 for ids in found.values()), found
    assert len(set.union(*found.values())) == len(truth)
    assert all(kinds[story].count("article") == 1 for story in truth)
