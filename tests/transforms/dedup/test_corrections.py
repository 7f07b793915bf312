"""Another title, date or authors of a text that the lake has: when that is a revision."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from articles import NOON, MemoryHistory, article, ingest, outcomes, prose
from hypothesis import given, settings
from hypothesis import strategies as st

from feedlake.transforms.dedup.decide import Verdict
from feedlake.transforms.records.documents import Article

URL, FORM = "https://news.example/pier", "https://news.example/pier?amp"
FEED, OTHER_FEED = "https://news.example/feed", "https://other.example/feed"
TEXT, LATER = prose(1), NOON + timedelta(days=1)


def page(**fields: object) -> Article:
    values: dict[str, object] = {"url": URL, "title": "Pier opens", "authors": ("Ann Lee",)}
    return article(TEXT, **{**values, **fields})  # type: ignore[arg-type]


def one(made: Article, history: MemoryHistory) -> Verdict:
    [(_, verdict)] = ingest([made], history)
    return verdict


@pytest.fixture
def history() -> MemoryHistory:
    """A lake with one article."""
    history = MemoryHistory()
    ingest([page()], history)
    return history


CHANGES = [{"title": "Pier opens late"}, {"authors": ("Bo Ek",)}, {"published": LATER}]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("place", [{}, {"record": 7}, {"source": "/in/b.jsonl"}])
def test_the_same_text_with_other_metadata_is_a_revision_once(history, change, place):
    corrected = page(**change, **place)

    verdict = one(corrected, history)

    assert (verdict.outcome, verdict.revision) == ("revision", 1)
    assert (verdict.similarity, verdict.char_delta) == (1.0, 0)
    assert one(corrected, history).outcome == "known"


def test_a_counter_that_changed_with_the_title_is_in_the_difference(history):
    corrected = page(title="Pier opens late")
    longer = article(
        f"{TEXT}\n\n12 comments", url=URL, title="Pier opens late", authors=("Ann Lee",)
    )

    assert one(longer, history).char_delta == len("\n\n12 comments")
    assert one(corrected, history).outcome == "known"


def test_what_says_nothing_corrects_nothing(history):
    assert one(page(title=None, authors=(), published=None), history).outcome == "known"


def test_what_says_something_where_nothing_was_said_does():
    history = MemoryHistory()
    ingest([page(title=None, authors=(), published=None)], history)

    assert one(page(), history).outcome == "revision"


def test_a_correction_that_is_taken_back_is_a_revision_and_the_old_copy_read_again_is_not(history):
    assert one(page(title="Pier opens late"), history).revision == 1
    assert one(page(), history).revision == 2

    assert one(page(title="Pier closes", record=2), history).revision == 3
    assert one(page(), history).outcome == "known"
    assert one(page(title="Pier opens late", record=2), history).revision == 4


def test_an_older_file_that_is_read_again_takes_nothing_back(history):
    one(page(title="Pier opens late", source="/in/b.jsonl"), history)
    copy = page(source="/in/c.jsonl")

    decided = ingest([copy], history, reread=frozenset([copy.source]))

    assert outcomes(decided) == ["known"]


@pytest.mark.parametrize(
    "other",
    [
        {"source": FEED},
        {"kind": "parquet", "source": "/in/b.parquet"},
        {"url": FORM, "canonical_url": URL, "source": "/in/b.jsonl"},
    ],
)
def test_who_describes_an_article_in_its_own_way_corrects_nothing(history, other):
    assert one(page(title="The pier: open", **other), history).outcome == "known"


def test_a_feed_corrects_what_it_said_itself_and_no_other_feed_does():
    history = MemoryHistory()
    ingest([page(source=FEED, record=4, guid="g")], history)

    other = page(source=OTHER_FEED, title="The pier: open")
    assert one(other, history).outcome == "known"
    corrected = page(source=FEED, record=9, guid="g", title="Pier opens late")
    assert one(corrected, history).outcome == "revision"
    assert one(other, history).outcome == "known"
    assert one(replace(corrected, source_record=12), history).outcome == "known"


def test_texts_without_an_address_are_corrected_where_they_stand_and_nowhere_else():
    history = MemoryHistory()
    ingest([article(TEXT, title="Pier", source="/in/a.txt", record=None)], history)

    copy = article(TEXT, title="Pier opens", source="/in/b.txt", record=None)
    assert one(copy, history).outcome == "known"
    same = article(TEXT, title="Pier opens", source="/in/a.txt", record=None)
    assert one(same, history).outcome == "revision"


def test_a_note_without_a_link_is_corrected_by_its_feed():
    history = MemoryHistory()
    ingest([article(TEXT, title="Pier", source=FEED, record=2, guid="g")], history)

    corrected = article(TEXT, title="Pier opens", source=FEED, record=5, guid="g")
    assert one(corrected, history).outcome == "revision"
    assert one(corrected, history).outcome == "known"


def test_copies_within_a_chunk_stay_copies(history):
    made = [page(title=title, record=record) for record, title in enumerate("abc", start=2)]

    assert outcomes(ingest(made, MemoryHistory())) == ["article", "duplicate", "duplicate"]
    assert outcomes(ingest(made, history)) == ["duplicate", "duplicate", "revision"]
    assert outcomes(ingest(made, history)) == ["known"] * 3


@st.composite
def documents(draw: st.DrawFn) -> list[Article]:
    """Documents of two texts and addresses, from files and feeds, that say different things."""
    return [
        article(
            prose(draw(st.integers(0, 1))),
            url=draw(st.sampled_from([URL, URL, FORM, None])),
            source=draw(st.sampled_from(["/in/a.jsonl", "/in/b.jsonl", FEED])),
            record=record,
            guid=draw(st.sampled_from([None, "g"])),
            title=draw(st.sampled_from([None, "Pier", "Bridge"])),
            authors=draw(st.sampled_from([(), ("Ann Lee",)])),
            published=draw(st.sampled_from([None, NOON, LATER])),
        )
        for record in range(draw(st.integers(1, 8)))
    ]


@settings(max_examples=60, deadline=None)
@given(documents(), st.lists(st.integers(1, 8), max_size=2), st.integers(1, 8))
def test_nothing_is_new_when_read_again_in_whatever_chunks(made, cuts, other_cut):
    history = MemoryHistory()
    for start, end in pairwise([0, *sorted(cuts), len(made)]):
        ingest(made[start:end], history)

    for part in (made[other_cut:], made[:other_cut], made):
        reread = frozenset(document.source for document in made)
        assert set(outcomes(ingest(part, history, reread=reread))) <= {"known"}


@settings(max_examples=60, deadline=None)
@given(documents(), st.integers(1, 8), st.randoms(use_true_random=False))
def test_the_order_of_input_decides_nothing(made, cut, random):
    history, other = MemoryHistory(), MemoryHistory()
    for lake in (history, other):
        ingest(made[:cut], lake)
    shuffled = made[cut:]
    random.shuffle(shuffled)

    first = {document.source_record: verdict for document, verdict in ingest(made[cut:], history)}

    again = {document.source_record: verdict for document, verdict in ingest(shuffled, other)}
    assert again == first


@settings(max_examples=60, deadline=None)
@given(documents(), st.integers(1, 8))
def test_a_chunk_that_is_read_twice_adds_nothing_without_being_told(made, cut):
    history = MemoryHistory()
    ingest(made, history)

    for part in (made[cut:], made[:cut], made):
        assert set(outcomes(ingest(part, history))) <= {"known"}
