"""A claimed address identifies a document as long as nobody claims it with another text."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise, permutations

import pytest
from articles import NOON, MemoryHistory, article, ingest, outcomes, prose
from hypothesis import given, settings
from hypothesis import strategies as st

from feedlake.transforms.dedup.decide import Verdict
from feedlake.transforms.dedup.fingerprint import fingerprint_article, without_claim
from feedlake.transforms.dedup.lookup import MAX_CLAIMANTS
from feedlake.transforms.records.documents import Article

CLAIM, OTHER_CLAIM = "https://news.example/news/", "https://news.example/town/"
OWN, OTHER_OWN = (f"https://news.example/story-{number}.html" for number in (1, 2))
LATER = NOON + timedelta(days=1)
EDITS = [prose(1), prose(1, changed=range(0, 60, 2)), prose(1, changed=range(1, 100, 2))]


def saved(text: str, number: int, **fields: object) -> Article:
    """A saved page, whose only address is the one that it claims."""
    values: dict[str, object] = {"claim": CLAIM, **fields}
    return article(text, source=f"/in/{number}.html", record=None, **values)  # type: ignore[arg-type]


def by_source(decided: Iterable[tuple[Article, Verdict]]) -> dict[tuple[str, int | None], Verdict]:
    return {(one.source, one.source_record): verdict for one, verdict in decided}


def ids_of(decided: Iterable[tuple[Article, Verdict]]) -> set[str]:
    return {verdict.article_id for _, verdict in decided}


ID = article("", url=CLAIM).article_id


def test_a_claim_that_nobody_disputes_identifies_the_document():
    [(_, verdict)] = ingest([saved(prose(1), 1)], MemoryHistory())

    assert (verdict.outcome, verdict.article_id, verdict.is_without_claim) == ("article", ID, False)


def test_stories_that_claim_one_address_are_articles_of_their_own():
    made = [saved(prose(number), number) for number in range(3)]

    decided = ingest(made, MemoryHistory())

    assert outcomes(decided) == ["article"] * 3
    assert all(verdict.is_without_claim for _, verdict in decided)
    assert ids_of(decided) == {article(prose(number)).article_id for number in range(3)}


def test_versions_of_one_story_that_claim_one_address_are_revisions():
    made = [
        saved(text, number, fetched=NOON + timedelta(hours=number))
        for number, text in enumerate(EDITS)
    ]

    decided = ingest(made, MemoryHistory())

    assert [(verdict.outcome, verdict.revision) for _, verdict in decided] == [
        ("article", 0),
        ("revision", 1),
        ("revision", 2),
    ]
    assert ids_of(decided) == {ID}


def test_what_came_first_keeps_the_claim_and_only_its_versions_join_it():
    history = MemoryHistory()
    ingest([saved(prose(1), 1)], history)

    found = by_source(ingest([saved(EDITS[1], 2), saved(prose(2), 3)], history))

    assert (found["/in/2.html", None].outcome, found["/in/2.html", None].article_id) == (
        "revision",
        ID,
    )
    assert found["/in/3.html", None].outcome == "article"
    assert found["/in/3.html", None].is_without_claim


def test_what_was_disputed_once_stays_so_in_later_runs():
    history = MemoryHistory()
    ingest([saved(prose(number), number) for number in range(2)], history)

    [(_, third)] = ingest([saved(prose(3), 3)], history)

    assert (third.outcome, third.is_without_claim) == ("article", True)
    assert outcomes(ingest([saved(prose(0), 0)], history)) == ["known"]


def test_the_page_that_has_the_address_has_it_and_claimants_join_it_if_they_are_akin():
    owner = article(prose(1), url=CLAIM, record=9)
    akin, other = saved(EDITS[1], 1, fetched=LATER), saved(prose(2), 2)

    together = by_source(ingest([other, akin, owner], MemoryHistory()))
    history = MemoryHistory()
    apart = by_source([*ingest([owner], history), *ingest([other, akin], history)])

    for found in (together, apart):
        assert found["/in/a.jsonl", 9].outcome == "article"
        assert found["/in/1.html", None].outcome == "revision"
        assert found["/in/2.html", None].outcome == "article"
        assert {found[place].article_id for place in found} == {ID, article(prose(2)).article_id}


def test_the_page_that_came_from_the_address_has_it_whatever_it_claims_itself():
    elsewhere = article(prose(1), url=CLAIM, claim=OTHER_CLAIM, record=2)

    found = by_source(ingest([elsewhere, saved(prose(2), 1)], MemoryHistory()))

    assert found["/in/1.html", None].is_without_claim
    assert {verdict.outcome for verdict in found.values()} == {"article"}


def test_who_claims_it_in_vain_disputes_it_too():
    elsewhere = article(prose(1), url=OWN, claimed_url=CLAIM, record=2)

    decided = ingest([elsewhere, saved(prose(2), 1)], MemoryHistory())

    assert ids_of(decided) == {elsewhere.article_id, article(prose(2)).article_id}
    history = MemoryHistory()
    ingest([elsewhere], history)
    assert ingest([saved(prose(2), 1)], history)[0][1].is_without_claim


def test_a_disputed_claim_gives_way_to_the_documents_own_address():
    made = [
        article(prose(number), url=url, claim=CLAIM, record=number)
        for number, url in enumerate((OWN, OTHER_OWN))
    ]

    decided = ingest(made, MemoryHistory())

    assert outcomes(decided) == ["article", "article"]
    assert ids_of(decided) == {article("", url=url).article_id for url in (OWN, OTHER_OWN)}
    assert {without_claim(one).canonical_url for one in made} == {OWN, OTHER_OWN}


def test_an_article_of_the_documents_own_address_is_revised_whatever_its_page_claims_since():
    history = MemoryHistory()
    [(first, _)] = ingest([article(prose(1), url=OWN)], history)

    [(_, verdict)] = ingest([article(prose(2), url=OWN, claim=CLAIM)], history)

    assert (verdict.outcome, verdict.article_id) == ("revision", first.article_id)


def test_without_its_claim_a_document_keeps_it_in_a_column_of_its_own():
    by_text = without_claim(saved(prose(1), 1))
    by_address = without_claim(article(prose(1), url=OWN, claim=CLAIM))

    assert (by_text.url, by_text.canonical_url, by_text.claimed_url) == (None, None, CLAIM)
    assert by_text.article_id == article(prose(1)).article_id
    assert (by_address.url, by_address.canonical_url) == (OWN, OWN)
    assert by_address.claimed_url == CLAIM
    assert by_address.article_id == article("", url=OWN).article_id
    for one in (by_text, by_address):
        key = fingerprint_article(one).key
        assert (key.article_id, key.own_id, key.is_claimed) == (one.article_id,) * 2 + (False,)


@pytest.mark.parametrize("size", [2, 3 * MAX_CLAIMANTS])
def test_a_template_that_claims_one_address_for_a_whole_site_merges_nothing(size):
    made = [saved(prose(number, words=120), number) for number in range(size)]
    history = MemoryHistory()

    decided = ingest(made, history)

    assert outcomes(decided) == ["article"] * size
    assert outcomes(ingest(made, history)) == ["known"] * size
    assert outcomes(ingest([saved(prose(9_999), 9_999)], history)) == ["article"]


def test_of_two_stories_at_one_address_both_hold_it_in_whatever_run():
    there = [article(prose(number), url=CLAIM, record=number, published=None) for number in (1, 2)]
    claimants = [saved(prose(number), number, published=None) for number in (1, 2)]
    history = MemoryHistory()

    assert outcomes(ingest(there, history)) == ["article", "article"]
    apart = [outcomes(ingest([one], history)) for one in claimants]
    # The one with the text that has the id is nothing new; the other one is a copy, and says where.
    assert sorted(apart) == [["duplicate"], ["known"]]
    assert set(outcomes(ingest([*there, *claimants], history))) == {"known"}


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_who_claimed_in_vain_does_not_revise_what_has_that_text_since(order):
    """The page of the address gets the claimant's text by its guid, once the claim is settled."""
    of_feed: dict[str, object] = {"guid": "g", "title": "News", "published": None}
    four: list[dict[str, object]] = [
        {"text": prose(1), "claim": CLAIM, "source": "/in/b.jsonl", "fetched": LATER},
        {"text": "Short notice.", "url": CLAIM, **of_feed},
        {"text": prose(1), "source": "/in/b.jsonl"},
        {"text": prose(1), "url": OWN, "fetched": LATER, **of_feed},
    ]
    made = [
        article(**{**four[number], "record": record})  # type: ignore[arg-type]
        for record, number in enumerate(order)
    ]
    history = MemoryHistory()

    first = ingest(made, history)

    assert sorted(outcomes(first)) == ["article", "article", "duplicate", "revision"]
    assert {one.source_record for one, verdict in first if verdict.outcome == "revision"} == {
        order.index(3)
    }
    for again in (made, made[::-1], *([one] for one in made)):
        assert set(outcomes(ingest(again, history))) == {"known"}


IN = [f"/in/{number}.jsonl" for number in range(3)]
SAVED = {"published": None, "fetched": NOON}
FOURS: dict[str, list[dict[str, object]]] = {
    "its text is elsewhere, and a version of it has the claimed address by another claim": [
        {"text": EDITS[1], "url": CLAIM, "claim": OTHER_CLAIM, "source": IN[0]},
        {"text": EDITS[0], "source": IN[1]},
        {"text": "Short notice.", "url": CLAIM, "source": IN[2], "fetched": LATER},
        {"text": EDITS[0], "claim": CLAIM, "source": IN[2], "fetched": LATER},
    ],
    "two versions claim it, and one has it by another claim": [
        {"text": EDITS[1], "source": IN[1]},
        {"text": EDITS[0], "claim": CLAIM, "source": IN[1], "fetched": LATER},
        {"text": EDITS[0], "url": CLAIM, "claim": OTHER_CLAIM, "source": IN[1], "fetched": LATER},
        {"text": EDITS[1], "claim": CLAIM, "source": IN[1], "fetched": LATER},
    ],
}


@pytest.mark.parametrize("four", FOURS.values(), ids=FOURS)
def test_a_claim_that_left_no_row_is_known_again_in_whatever_chunks(four):
    """What stands beside a document decides whether its claim counts, and chunks change that."""
    made = [article(**SAVED | one, record=record) for record, one in enumerate(four)]  # type: ignore[arg-type]
    for order in permutations(made):
        for cut in range(1, 4):
            history = MemoryHistory()
            ingest(order[:cut], history)
            ingest(order[cut:], history)
            for part in (order, order[cut:], order[:cut], *([one] for one in order)):
                again = outcomes(ingest(part, history, reread=frozenset(IN)))
                assert set(again) <= {"known"}, [one.source_record for one in order]


@st.composite
def documents(draw: st.DrawFn) -> list[Article]:
    """Saved and fetched pages of few stories that have, or claim, few addresses."""
    made = []
    for record in range(draw(st.integers(1, 10))):
        text = prose(draw(st.integers(0, 2)), changed=draw(st.sampled_from([(), range(0, 80, 2)])))
        claims = st.sampled_from([None, CLAIM, OTHER_CLAIM])
        claim, claimed = draw(st.sampled_from([(True, False), (False, True), (False, False)]))
        made.append(
            article(
                text if draw(st.integers(0, 5)) else "Short notice.",
                url=draw(st.sampled_from([None, OWN, OTHER_OWN, CLAIM])),
                claim=draw(claims) if claim else None,
                claimed_url=draw(claims) if claimed else None,
                source=f"/in/{draw(st.integers(0, 2))}.jsonl",
                record=record,
                guid=draw(st.sampled_from([None, None, "g"])),
                published=draw(st.sampled_from([None, NOON, LATER])),
                fetched=draw(st.sampled_from([NOON, LATER])),
            )
        )
    return made


@settings(max_examples=60, deadline=None)
@given(documents(), st.randoms(use_true_random=False))
def test_the_order_of_input_decides_nothing(made, random):
    expected = by_source(ingest(made, MemoryHistory()))
    random.shuffle(made)

    assert by_source(ingest(made, MemoryHistory())) == expected


@settings(max_examples=60, deadline=None)
@given(documents(), st.lists(st.integers(1, 10), max_size=2), st.integers(1, 10))
def test_nothing_is_new_when_read_again_in_whatever_chunks(made, cuts, other_cut):
    history = MemoryHistory()
    for start, end in pairwise([0, *sorted(cuts), len(made)]):
        ingest(made[start:end], history)

    for part in (made[other_cut:], made[:other_cut], made):
        reread = frozenset(one.source for one in made)
        assert set(outcomes(ingest(part, history, reread=reread))) <= {"known"}


@settings(max_examples=60, deadline=None)
@given(documents(), st.integers(1, 10))
def test_a_chunk_that_is_read_twice_adds_nothing_without_being_told(made, cut):
    history = MemoryHistory()
    ingest(made, history)

    for part in (made[cut:], made[:cut], made):
        assert set(outcomes(ingest(part, history))) <= {"known"}


@settings(max_examples=60, deadline=None)
@given(documents(), st.lists(st.integers(1, 10), max_size=2))
def test_every_story_is_in_the_lake_and_no_claim_joins_two(made, cuts):
    history = MemoryHistory()
    decided = []
    for start, end in pairwise([0, *sorted(cuts), len(made)]):
        decided += ingest(made[start:end], history)

    kept = {row.text_hash for row in history.rows}
    assert {fingerprint_article(one).key.text_hash for one in made} <= kept
    stories: dict[str, set[str]] = {}
    for one, verdict in decided:
        is_version = verdict.outcome in ("article", "revision")
        # What a guid or an own address joins need not be akin.
        is_by_claim = one.is_claimed and verdict.article_id == ID and one.canonical_url == CLAIM
        if is_version and is_by_claim and not one.guid:
            stories.setdefault(verdict.article_id, set()).add(one.text.split()[-1])
    # Pages that came from the address itself are its versions, of what was known there before, too,
    # if that was published at the same time; and those akin to each of them join.
    held = {
        one.text.split()[-1]
        for one in made
        if one.url == CLAIM and not (one.is_claimed and one.canonical_url == CLAIM)
    }
    first = {
        one.text.split()[-1]
        for one, verdict in decided
        if verdict.outcome == "article" and verdict.article_id == ID
    }
    allowed = held | first if held else set()
    assert all(len(endings) == 1 or endings <= allowed for endings in stories.values())
