"""The same documents form the same groups, however they are divided into runs."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise

from articles import NOON, MemoryHistory, article, ingest, prose
from hypothesis import given, settings
from hypothesis import strategies as st

from feedlake.transforms.dedup.decide import NearOptions
from feedlake.transforms.dedup.lookup import LakeRow
from feedlake.transforms.dedup.minhash import compare_signatures
from feedlake.transforms.dedup.signature import are_copies, sign
from feedlake.transforms.records.documents import Article

Draw = random.Random
STORIES = [
    f"{prose(number)} It cost {number + 3} crowns in March, and {number + 20} are left."
    for number in range(3)
]


def change_words(share: float) -> Callable[[str, Draw], str]:
    def edit(text: str, draw: Draw) -> str:
        words = text.split(" ")
        for place in draw.sample(range(len(words)), round(share * len(words))):
            words[place] = draw.choice(["other", "words", "12", "April", "rose", "fell", "anew"])
        return " ".join(words)

    return edit


def append(text: str, draw: Draw) -> str:
    return f"{text} {prose(draw.randrange(90, 99), words=draw.choice([3, 20, 60]))}"


def cut(text: str, draw: Draw) -> str:
    words = text.split(" ")
    start = draw.randrange(len(words))
    return " ".join(words[:start] + words[start + draw.choice([2, 15, 40]) :])


EDITS: Sequence[Callable[[str, Draw], str]] = (
    *map(change_words, (0.02, 0.05, 0.06, 0.07)),
    append,
    cut,
    *[lambda text, draw: text] * 2,
)


@st.composite
def documents(draw: st.DrawFn) -> list[Article]:
    """Copies of copies of some stories, many of them near the threshold."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    texts: list[str] = []
    for story in STORIES:
        family = [story]
        for _ in range(draw(st.integers(3, 9))):
            family.append(chance.choice(EDITS)(chance.choice(family[-2:]), chance))
        texts += family
    return [
        article(
            text,
            url=f"https://news.example/{record}",
            record=record,
            published=NOON + timedelta(hours=chance.randrange(3)),
        )
        for record, text in enumerate(texts)
    ]


def groups(rows: Sequence[LakeRow], links: Sequence[tuple[str, str]]) -> set[frozenset[str]]:
    """The ids of documents that are of one cluster, or of clusters that a document connects."""
    joined: dict[str, str] = {}

    def root(name: str) -> str:
        while name in joined:
            name = joined[name]
        return name

    for one, other in links:
        if root(one) != root(other):
            joined[root(other)] = root(one)
    found = defaultdict(set)
    for row in rows:
        found[root(row.cluster_id)].add(row.article_id)
    return {frozenset(group) for group in found.values()}


def run_all(
    made: Sequence[Article], cuts: Sequence[int], near: NearOptions, history: MemoryHistory
) -> list[tuple[str, str]]:
    """Ingests documents, and returns which clusters some of them connect."""
    links = []
    for start, end in pairwise([0, *sorted(cuts), len(made)]):
        for _, verdict in ingest(made[start:end], history, near=near):
            links += [(verdict.cluster_id, other) for other in verdict.other_clusters]
    return links


@settings(max_examples=60, deadline=None)
@given(documents(), st.data())
def test_any_order_and_any_split_give_the_groups_of_one_run(made, data):
    near = NearOptions(are_kept=data.draw(st.booleans()))
    whole, divided = MemoryHistory(), MemoryHistory()
    expected = groups(links=run_all(made, [], near, whole), rows=whole.rows)

    order = data.draw(st.permutations(made))
    cuts = data.draw(st.sets(st.integers(1, len(made) - 1), max_size=6))
    links = run_all(order, list(cuts), near, divided)
    count = len(divided.rows)
    again = ingest(made, divided, near=near, reread=frozenset({"/in/a.jsonl"}))

    assert groups(divided.rows, links) == expected
    assert {verdict.outcome for _, verdict in again} == {"known"}
    assert len(divided.rows) == count == len(made)


@settings(max_examples=40, deadline=None)
@given(documents(), st.data())
def test_what_is_left_after_a_removal_is_still_found(made, data):
    history = MemoryHistory()
    run_all(made, [data.draw(st.integers(1, len(made)))], NearOptions(), history)
    names = [row.article_id for row in history.rows]
    for name in data.draw(st.sets(st.sampled_from(names), min_size=1, max_size=3)):
        # A copy goes alone, an article with its copies.
        history.rows = [
            row for row in history.rows if name not in (row.article_id, row.original_id)
        ]
    left = {row.text_hash: row for row in history.rows}
    texts = {document.article_id: document.text for document in made}
    chance = random.Random(len(made))

    for row in left.values():
        text = texts[row.article_id]
        edited = change_words(0.05)(text, chance)
        one, other = sign(text), sign(edited)
        if are_copies(compare_signatures(one, other), one, other, threshold=0.8):
            found = MemoryHistory()
            found.rows = list(history.rows)
            copy = article(edited, url="https://agency.example/1", record=1_000)
            [(_, verdict)] = ingest([copy], found)

            assert row.cluster_id in (verdict.cluster_id, *verdict.other_clusters)
