"""What becomes of a document beside the others and beside the lake."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from articles import NOON, MemoryHistory, article, ingest, key_of, outcomes, prose
from hypothesis import given, settings
from hypothesis import strategies as st

from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.decide import NearOptions, Verdict, decide
from feedlake.transforms.dedup.known_rows import Key
from feedlake.transforms.dedup.lookup import Facts
from feedlake.transforms.records.documents import Article

URL, OTHER_URL, THIRD_URL = (f"https://news.example/{name}" for name in "abc")
LATER = NOON + timedelta(days=1)
TEXT = prose(1)
COPY = prose(1, changed=[40])
NOTICE = " ".join(["The council of {} meets on Monday to speak about the new bridge."] * 5)


@st.composite
def documents(draw: st.DrawFn) -> list[Article]:
    """Articles of few stories, addresses and texts, each at a place of its own."""
    count = draw(st.integers(1, 12))
    made = []
    for record in range(count):
        story = draw(st.integers(0, 2))
        changed = draw(st.sampled_from([(), (5,), (90, 91)]))
        footer = draw(st.sampled_from(["", "\n\n12 comments", "\n\n57 comments"]))
        made.append(
            article(
                prose(story, changed=changed) + footer,
                url=draw(st.sampled_from([None, URL, OTHER_URL, THIRD_URL])),
                source=f"/in/{draw(st.integers(0, 2))}.jsonl",
                record=record,
                published=draw(st.sampled_from([None, NOON, LATER])),
                fetched=draw(st.sampled_from([NOON, LATER])),
            )
        )
    return made


def by_place(decided: Iterable[tuple[Article, Verdict]]) -> dict[int | None, Verdict]:
    return {article.source_record: verdict for article, verdict in decided}


def groups(decided: Iterable[tuple[Article, Verdict]]) -> set[frozenset[int | None]]:
    """The near-duplicate groups, links resolved, as sets of records."""
    joined: dict[str, str] = {}

    def root(name: str) -> str:
        while name in joined:
            name = joined[name]
        return name

    members = []
    for document, verdict in decided:
        members.append((document.source_record, verdict.cluster_id))
        for other in verdict.other_clusters:
            if root(other) != root(verdict.cluster_id):
                joined[root(other)] = root(verdict.cluster_id)
    found = defaultdict(set)
    for record, cluster in members:
        found[root(cluster)].add(record)
    return {frozenset(group) for group in found.values()}


@settings(max_examples=25)
@given(documents(), st.randoms(use_true_random=False))
def test_the_order_of_input_decides_nothing(made, random):
    expected = by_place(ingest(made, MemoryHistory()))
    random.shuffle(made)

    assert by_place(ingest(made, MemoryHistory())) == expected


@settings(max_examples=25)
@given(documents(), st.integers(1, 12))
def test_each_document_gets_one_verdict_and_none_is_new_when_read_again(made, cut):
    history = MemoryHistory()
    decided = ingest(made[:cut], history) + ingest(made[cut:], history)
    reread = frozenset(document.source for document in made)

    assert sorted(document.source_record for document, _ in decided) == list(range(len(made)))
    assert set(outcomes(ingest(made, history, reread=reread))) == {"known"}


@settings(max_examples=25)
@given(documents())
def test_a_set_read_in_one_go_is_known_the_second_time_without_being_told_that_it_is_read_again(
    made,
):
    history = MemoryHistory()
    ingest(made, history)

    assert set(outcomes(ingest(made, history))) == {"known"}


@settings(max_examples=25)
@given(st.permutations(range(9)), st.sets(st.integers(1, 8)), st.booleans())
def test_runs_in_any_order_give_the_same_groups(order, cuts, are_kept):
    # Three chains: each text is near to the next one, the first and the third are not.
    near = NearOptions(are_kept=are_kept)
    made = [
        article(
            prose(record // 3, changed=range(0, 20 * (record % 3), 2)),
            url=f"https://news.example/{record}",
            record=record,
            published=NOON + timedelta(hours=record),
        )
        for record in order
    ]
    history = MemoryHistory()
    bounds = [0, *sorted(cuts), len(made)]
    decided = []
    for start, end in pairwise(bounds):
        decided += ingest(made[start:end], history, near=near)

    assert groups(decided) == {frozenset({0, 1, 2}), frozenset({3, 4, 5}), frozenset({6, 7, 8})}


@settings(max_examples=25)
@given(documents())
def test_what_is_dropped_names_an_article_that_is_there(made):
    history = MemoryHistory()
    ingest(made[:4], history)
    ingest(made[4:], history)
    articles = {row.article_id for row in history.rows if row.kind == "article"}

    assert {row.original_id for row in history.rows} <= articles
    assert {row.cluster_id for row in history.rows} <= articles


def test_the_earliest_is_the_article_and_later_ones_are_its_copies():
    first = article(TEXT, url=URL, record=1)
    same = article(TEXT, url=OTHER_URL, record=2, published=LATER)
    near = article(COPY, url=THIRD_URL, record=3, published=None)

    found = by_place(ingest([near, same, first], MemoryHistory()))

    assert (found[1].outcome, found[1].cluster_id) == ("article", first.article_id)
    for record, test, similarity in ((2, "text", 1.0), (3, "near", 0.98)):
        verdict = found[record]
        assert (verdict.outcome, verdict.test) == ("duplicate", test)
        assert verdict.original_id == verdict.cluster_id == first.article_id
        assert verdict.similarity == pytest.approx(similarity, abs=0.02)


def test_what_the_lake_holds_wins_over_what_was_published_earlier():
    history = MemoryHistory()
    ingest([article(TEXT, url=URL, published=LATER)], history)

    [(_, verdict)] = ingest([article(COPY, url=OTHER_URL)], history)

    assert (verdict.outcome, verdict.original_id) == ("duplicate", history.rows[0].article_id)


def test_a_copy_of_a_copy_joins_the_cluster_of_the_earliest():
    history = MemoryHistory()
    chain = [prose(1, changed=range(0, 30 * step, 2)) for step in range(3)]
    [(first, _)] = ingest([article(chain[0], url=URL)], history)
    [(copy, _)] = ingest([article(chain[1], url=OTHER_URL)], history)

    [(_, verdict)] = ingest([article(chain[2], url=THIRD_URL)], history)

    assert verdict.matched_id == copy.article_id
    assert verdict.original_id == verdict.cluster_id == first.article_id


def test_a_copy_leaves_its_text_out_only_where_the_article_has_it():
    history = MemoryHistory()
    ingest([article(TEXT, url=URL)], history)
    [(_, near)] = ingest([article(COPY, url=OTHER_URL)], history)
    [(_, same)] = ingest([article(TEXT, url=THIRD_URL)], history)
    [(_, as_near)] = ingest([article(COPY, url="https://news.example/d")], history)

    assert {verdict.original_id for verdict in (near, same, as_near)} == {near.original_id}
    assert [verdict.test for verdict in (near, same, as_near)] == ["near", "text", "text"]
    assert [verdict.same_text for verdict in (near, same, as_near)] == [False, True, False]
    # What may be removed alone leaves the signature of its text with the row that keeps the text.
    assert [bool(row.minhash) for row in history.rows] == [True, True, False, True]


def test_a_bridge_between_two_clusters_is_recorded_and_rewrites_nothing():
    history = MemoryHistory()
    chain = [prose(1, changed=range(0, 30 * step, 2)) for step in range(3)]
    [(first, _)] = ingest([article(chain[0], url=URL)], history)
    [(last, verdict)] = ingest([article(chain[2], url=THIRD_URL, published=LATER)], history)
    assert verdict.outcome == "article"
    before = list(history.rows)

    [(_, bridge)] = ingest([article(chain[1], url=OTHER_URL)], history)

    assert (bridge.outcome, bridge.cluster_id) == ("duplicate", first.article_id)
    assert bridge.other_clusters == (last.article_id,)
    assert history.rows[:2] == before


def test_a_bridge_within_a_run_makes_one_cluster():
    chain = [prose(1, changed=range(0, 30 * step, 2)) for step in range(3)]
    made = [
        article(chain[0], url=URL, record=0),
        article(chain[2], url=THIRD_URL, record=2),
        article(chain[1], url=OTHER_URL, record=1, published=LATER),
    ]

    found = by_place(ingest(made, MemoryHistory()))

    assert len({verdict.cluster_id for verdict in found.values()}) == 1
    assert {verdict.other_clusters for verdict in found.values()} == {()}
    assert [found[record].outcome for record in range(3)] == ["article", "duplicate", "article"]


def test_a_revision_that_is_like_another_article_names_its_cluster():
    history = MemoryHistory()
    [(other, _)] = ingest([article(TEXT, url=OTHER_URL)], history)
    ingest([article(prose(2), url=URL)], history)

    [(_, verdict)] = ingest([article(COPY, url=URL, record=2)], history)

    assert (verdict.outcome, verdict.other_clusters) == ("revision", (other.article_id,))


def test_kept_copies_are_articles_of_the_first_ones_cluster():
    near = NearOptions(are_kept=True)
    made = [article(TEXT, url=URL, record=1), article(COPY, url=OTHER_URL, record=2)]

    decided = ingest(made, MemoryHistory(), near=near)

    assert outcomes(decided) == ["article", "article"]
    assert {verdict.cluster_id for _, verdict in decided} == {decided[0][1].cluster_id}


def test_a_changed_text_at_the_same_address_is_a_revision():
    history = MemoryHistory()
    ingest([article(TEXT, url=URL)], history)
    for number, text in enumerate((COPY, prose(2), TEXT), start=1):
        [(_, verdict)] = ingest([article(text, url=URL, record=number + 1)], history)

        assert (verdict.outcome, verdict.revision) == ("revision", number)
        assert verdict.char_delta == len(text) - history.rows[-2].char_count


def test_a_page_that_goes_back_where_it_stood_is_a_revision_and_the_old_copy_read_again_is_not():
    history = MemoryHistory()
    old, new = article(TEXT, url=URL, record=1), article(COPY, url=URL, record=1)
    ingest([old], history)
    ingest([new], history)

    assert outcomes(ingest([article(TEXT, url=URL, record=1)], history)) == ["revision"]
    assert outcomes(ingest([article(TEXT, url=URL, record=1)], history)) == ["known"]

    ingest([article(COPY, url=URL, record=2)], history)
    assert outcomes(ingest([article(TEXT, url=URL, record=1)], history)) == ["known"]


def test_versions_of_a_page_in_one_run_are_numbered_as_they_were_fetched():
    made = [
        article(prose(step), url=URL, record=9 - step, fetched=NOON + timedelta(hours=step))
        for step in range(3)
    ]

    found = by_place(ingest(made, MemoryHistory()))

    assert [found[9 - step].revision for step in range(3)] == [0, 1, 2]


def test_a_changed_summary_is_a_revision_of_a_summary_and_less_than_the_full_text():
    def summary(text: str, record: int) -> Article:
        return replace(article(text, url=URL, record=record), text_source="summary")

    history = MemoryHistory()
    ingest([summary(TEXT, 1)], history)

    assert outcomes(ingest([summary(COPY, 2)], history)) == ["revision"]
    assert outcomes(ingest([article(prose(2), url=URL, record=3)], history)) == ["revision"]
    assert outcomes(ingest([summary(TEXT, 4)], history)) == ["known"]


@pytest.mark.parametrize("footer", ["\n\n57 comments", "\n\nUpdated 4 March, 10:30", "   \n\n "])
def test_counters_date_lines_and_white_space_are_no_revision(footer):
    history = MemoryHistory()
    ingest([article(f"{TEXT}\n\n12 comments", url=URL)], history)

    assert outcomes(ingest([article(TEXT + footer, url=URL, record=2)], history)) == ["known"]


MATCH = (
    "{} beat {} {} on Saturday in front of {} spectators. The winner by {} came in the {} minute,"
    " after the visitors had lost a man to a second yellow card. The captain said that the team had"
    " earned it, and that the next match would be harder. The club is now in {} place with {}"
    " points."
)
SATURDAY = ("Ashford", "Bedford", "2-1", "4,210", "Hansen", "78th", "third", 41)
TABLE = " ".join(
    f"In district {chr(97 + n)}town, {n + 20} of the votes went to her." for n in range(12)
)
DISTINCT = {
    "other names and figures": (
        MATCH.format(*SATURDAY),
        MATCH.format("Colby", "Derwent", "3-0", "1,870", "Marlowe", "12th", "ninth", 22),
    ),
    "other figures": (
        MATCH.format(*SATURDAY),
        MATCH.format("Ashford", "Bedford", "3-2", "5,012", "Hansen", "84th", "third", 44),
    ),
    "another scorer": (
        MATCH.format(*SATURDAY), MATCH.format(*SATURDAY).replace("Hansen", "Marlowe")
    ),
    "another place": (NOTICE.format(*["Ashford"] * 5), NOTICE.format(*["Colby"] * 5)),
    "a long one with another figure": (
        f"Shares of Ashford Mills rose 0.4 percent to 101 crowns.\n\n{TEXT}",
        f"Shares of Bedford Mills rose 1.7 percent to 132 crowns.\n\n{TEXT}",
    ),
    "the other way round": (
        "City beat United by three goals", "United beat City by three goals"
    ),
}  # fmt: skip
COPIES = {
    "an agency's mark": (MATCH.format(*SATURDAY), MATCH.format(*SATURDAY) + " Reuter"),
    "another agency": (
        "LONDON, March 3 (AP) - " + MATCH.format(*SATURDAY),
        "LONDON, March 4 (Reuters) - " + MATCH.format(*SATURDAY),
    ),
    "another day and byline": (
        f"By Ann Lee\nMarch 3, 2026\n\n{TEXT}", f"By Bo Ek\nUpdated 14 April 2026, 10:30\n\n{TEXT}"
    ),
    "a misspelt name": (
        MATCH.format(*SATURDAY), MATCH.format(*SATURDAY).replace("Hansen", "Hansne")
    ),
    "a changed word": (prose(1, words=90), prose(1, words=90, changed=[3])),
    "one of twelve figures": (TABLE, TABLE.replace("31 of", "38 of")),
    "digits for a word": (f"{TEXT} It took two weeks.", f"{TEXT} It took 2 weeks."),
}  # fmt: skip


@pytest.mark.parametrize("kind", DISTINCT)
@pytest.mark.parametrize("in_one_run", [True, False])
def test_notices_of_one_template_are_distinct(kind, in_one_run):
    assert compare_two(*DISTINCT[kind], in_one_run=in_one_run) == ["article", "article"]


@pytest.mark.parametrize("kind", COPIES)
@pytest.mark.parametrize("in_one_run", [True, False])
def test_copies_of_notices_and_dated_stories_are_found(kind, in_one_run):
    assert compare_two(*COPIES[kind], in_one_run=in_one_run) == ["article", "duplicate"]


def compare_two(first: str, second: str, *, in_one_run: bool) -> list[str]:
    made = [article(first, url=URL, record=1), article(second, url=OTHER_URL, record=2)]
    history = MemoryHistory()
    if in_one_run:
        return outcomes(ingest(made, history))
    return outcomes(ingest(made[:1], history) + ingest(made[1:], history))


def test_short_notices_of_the_same_words_are_copies():
    made = [
        article("City beat United, 3-2.", url=URL, record=1),
        article("CITY beat United 3:2", url=OTHER_URL, record=2),
    ]

    assert outcomes(ingest(made, MemoryHistory())) == ["article", "duplicate"]


@pytest.mark.parametrize("texts", [("", "..."), ("***", "— — —"), ("?!", "")])
def test_texts_without_words_are_like_nothing(texts):
    made = [
        article(text, url=url, record=record)
        for record, (text, url) in enumerate(zip(texts, (URL, OTHER_URL), strict=True))
    ]
    history = MemoryHistory()

    assert outcomes(ingest([*made, article(TEXT, record=9)], history)) == ["article"] * 3
    assert outcomes(ingest([article("....", url=URL, record=3)], history)) == ["revision"]


@pytest.mark.parametrize(
    ("changed", "threshold", "outcome"),
    [((), 1.0, "duplicate"), ([1], 1.0, "article"), (range(0, 60, 2), 0.8, "article"),
     (range(0, 60, 2), 0.6, "duplicate")],
)  # fmt: skip
def test_the_threshold_says_what_a_copy_is(changed, threshold, outcome):
    texts = TEXT, prose(1, changed=changed).replace(".", " ;")
    made = [
        article(text, url=f"https://news.example/{record}", record=record)
        for record, text in enumerate(texts)
    ]

    decided = ingest(made, MemoryHistory(), near=NearOptions(threshold))

    assert outcomes(decided) == sorted(["article", outcome])


@pytest.mark.parametrize("in_lake", [0, 50, 151])
def test_a_document_is_compared_with_all_that_its_bands_lead_to(in_lake):
    # As if all had one template: the same bands, but the other values are each one's own.
    signature = key_of(article(TEXT)).minhash

    def keyed(story: int, record: int, *, changed: range = range(0)) -> Key:
        made = article(
            prose(story, changed=changed), url=f"https://news.example/{record}", record=record
        )
        key = key_of(made)
        return replace(key, minhash=signature[:124] + key.minhash[124:])

    keys = [keyed(record, record) for record in range(150)]
    keys += [keyed(9_999, 150), keyed(9_999, 151, changed=range(1))]
    # Taken in the order of their publication.
    keys = [replace(key, published_at=place) for place, key in enumerate(keys)]

    history = MemoryHistory()
    for key, verdict in decide(keys[:in_lake], Facts(), NearOptions()):
        history.add(key, verdict)
    decided = decide(keys[in_lake:], Facts(frozenset(history.rows)), NearOptions())

    outcomes = [verdict.outcome for _, verdict in decided]
    assert outcomes == ["article"] * (151 - in_lake) + ["duplicate"]
    assert decided[-1][1].matched_id == keys[150].article_id


def test_a_flood_of_copies_is_compared_with_the_first_ones_only(monkeypatch):
    calls = []
    compare = minhash.compare_with
    monkeypatch.setattr(
        minhash, "compare_with", lambda one, all_: calls.append(len(all_)) or compare(one, all_)
    )
    made = [
        article(prose(1, changed=[record]), url=f"https://news.example/{record}", record=record)
        for record in range(300)
    ]

    decided = ingest(made, MemoryHistory())

    assert len({verdict.cluster_id for _, verdict in decided}) == 1
    assert len(calls) < 300
    assert max(calls) < 250


def test_dates_before_1970_and_none_sort_as_they_should():
    def copy(published: datetime | None, record: int) -> Article:
        url = f"https://news.example/{record}"
        return article(TEXT, url=url, record=record, published=published)

    old = NOON.replace(year=1969, microsecond=999_999)
    older = NOON.replace(year=1969, microsecond=1)
    found = by_place(
        ingest([copy(None, 0), copy(NOON, 1), copy(old, 2), copy(older, 3)], MemoryHistory())
    )

    assert found[3].outcome == "article"


def test_a_copy_at_an_address_stays_known_when_another_story_has_that_address():
    history, address = MemoryHistory(), "https://a.example/live"
    copied = [article(prose(1)), article(prose(1), url=address, record=2, published=None)]
    assert outcomes(ingest(copied, history)) == ["article", "duplicate"]
    again = article(prose(1), url=address, record=3, published=None)
    other = article(prose(2), url=address, record=4, published=None)

    assert sorted(outcomes(ingest([again, other], history))) == ["article", "known"]
    assert outcomes(ingest([again, other], history)) == ["known", "known"]
    assert outcomes(ingest(copied, history)) == ["known", "known"]


def test_what_its_guid_made_known_stays_so_when_another_story_has_that_address():
    history, address, moved = MemoryHistory(), "https://a.example/live", "https://a.example/moved"
    ingest([article(prose(1)), article(prose(1), url=address, guid="g", record=2)], history)
    again = article(prose(1), url=moved, guid="g", record=3, published=None)
    other = article(prose(2), url=address, record=4, published=None)

    assert outcomes(ingest([again], history)) == ["known"]
    assert outcomes(ingest([other], history)) == ["article"]
    assert outcomes(ingest([again], history)) == ["known"]
