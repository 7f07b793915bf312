"""Deciding by groups gives the verdicts that one call on the whole chunk gives."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from articles import NOON, MemoryHistory, article, key_of, prose, queries_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedlake.transforms.dedup import groups
from feedlake.transforms.dedup.decide import NearOptions, Verdict, decide
from feedlake.transforms.dedup.fingerprint import without_address
from feedlake.transforms.dedup.groups import Groups, Links, Pairs
from feedlake.transforms.dedup.known_rows import Key
from feedlake.transforms.dedup.lookup import Facts, LakeRow
from feedlake.transforms.records.documents import Article

SITE = "https://news.example"
FEEDS = ("https://news.example/feed", "https://other.example/feed")


@st.composite
def documents(draw: st.DrawFn) -> list[Article]:
    """Documents that share stories, addresses, guids and claims, and some that share nothing."""
    made = []
    for record in range(draw(st.integers(1, 16))):
        story = draw(st.integers(0, 9))
        changed = draw(st.sampled_from([(), (), (5,), (90, 91), range(0, 80, 2), range(200)]))
        text = prose(story, changed=changed) + draw(st.sampled_from(["", "\n\n12 comments"]))
        own = draw(st.sampled_from([None, *(f"{SITE}/{number}" for number in range(9))]))
        named = st.sampled_from([None, None, *(f"{SITE}/{number}" for number in range(4))])
        claim = draw(named)
        one = article(
            text if draw(st.integers(0, 7)) else f"Short notice {story}.",
            url=own,
            claim=claim,
            claimed_url=None if claim else draw(named),
            source=draw(st.sampled_from([*FEEDS, "/in/a.jsonl", "/in/b.jsonl"])),
            record=record,
            guid=draw(st.sampled_from([None, None, None, "1", "2", "3", "4"])),
            title=draw(st.sampled_from([None, f"Story {story}", "Weather"])),
            published=draw(
                st.sampled_from([None, *(NOON + timedelta(days=n) for n in (0, 1, 99))])
            ),
            fetched=NOON + timedelta(hours=draw(st.integers(0, 2))),
        )
        if own and not claim and not draw(st.integers(0, 3)):
            one = without_address(one)
        made.append(one)
    return made


def find_groups(keys: Sequence[Key], rows: Sequence[LakeRow]) -> Groups:
    """As the graph finds them: shard by shard, in whatever order."""
    members = np.arange(len(keys), dtype=np.uint64)
    shards: dict[int, list[Pairs]] = defaultdict(list)
    for pairs in (
        groups.pair_documents(keys, members),
        groups.pair_rows(rows, groups.number_rows(rows)),
    ):
        for shard, part in groups.divide(pairs):
            shards[shard].append(part)
    return groups.gather(groups.link(parts) for parts in shards.values())


def decide_by_lots(
    keys: Sequence[Key], rows: Sequence[LakeRow], near: NearOptions, reread: frozenset[str]
) -> list[tuple[Key, Verdict]]:
    found = find_groups(keys, rows)
    lots: dict[int, tuple[list[Key], list[LakeRow]]] = defaultdict(lambda: ([], []))
    numbers = found.lots_of(np.arange(len(keys), dtype=np.uint64)).tolist()
    for place, (lot, key) in enumerate(zip(numbers, keys, strict=True)):
        lots[lot if lot >= 0 else -1 - place][0].append(key)
    for lot, row in zip(found.lots_of(groups.number_rows(rows)).tolist(), rows, strict=True):
        assert lot >= 0, "what was found under a key is connected by it"
        lots[lot][1].append(row)
    return [
        verdict
        for held, known in lots.values()
        for verdict in decide(held, Facts(frozenset(known)), near, reread=reread)
    ]


@pytest.fixture(autouse=True)
def small_lots(monkeypatch):
    """A lot for each group: nothing else brings documents together."""
    monkeypatch.setattr(groups, "LOT_MEMBERS", 1)


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    documents(),
    st.lists(st.integers(1, 16), max_size=3),
    st.booleans(),
    st.booleans(),
    st.sampled_from([1, 2, 100]),
)
def test_verdicts_are_those_of_one_call(made, cuts, is_reread, are_kept, most):
    near = NearOptions(are_kept=are_kept)
    reread = frozenset(one.source for one in made if is_reread)
    history = MemoryHistory()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("feedlake.transforms.dedup.claims.MAX_CLAIMANTS", most)
        # Also once more after the last run, as when all is read again.
        for start, end in [*pairwise([0, *sorted(cuts), len(made)]), (0, len(made))]:
            keys = [key_of(one) for one in made[start:end]]
            facts = history.find(queries_of(made[start:end]))
            whole = decide(keys, facts, near, reread=reread)
            by_lots = decide_by_lots(keys, sorted(facts.rows, key=repr), near, reread)

            assert dict(by_lots) == dict(whole)
            for key, verdict in whole:
                history.add(key, verdict)


def test_a_claim_is_refused_for_what_came_from_the_address_whatever_is_read_beside_it():
    history, near = MemoryHistory(), NearOptions()
    shared = without_address(article("Short notice.", url=f"{SITE}/0", source=FEEDS[0]))
    for key, verdict in decide([key_of(shared)], Facts(), near):
        history.add(key, verdict)
    saved = article(prose(1), claim=f"{SITE}/0", record=2)
    same_text = article("Short notice.", record=3)

    for made in ([saved], [saved, same_text]):
        keys = list(map(key_of, made))
        facts = history.find(queries_of(made))
        for verdicts in (
            decide(keys, facts, near),
            decide_by_lots(keys, sorted(facts.rows, key=repr), near, frozenset()),
        ):
            assert dict(verdicts)[keys[0]].is_without_claim


def test_documents_that_share_nothing_are_alone():
    made = [article(prose(n), url=f"{SITE}/{n}", record=n, guid=str(n)) for n in range(20)]
    keys = list(map(key_of, made))

    found = find_groups([*keys, replace(keys[7], document_id=b"another.")], [])

    lots = found.lots_of(np.arange(21, dtype=np.uint64)).tolist()
    assert [place for place, lot in enumerate(lots) if lot >= 0] == [7, 20]
    assert lots[7] == lots[20]


def test_a_claim_connects_pages_only_if_one_of_them_is_known_by_it():
    pages = [
        article(prose(n), url=f"{SITE}/{n}", claimed_url=f"{SITE}/all", record=n) for n in range(5)
    ]
    saved = article(prose(9), claim=f"{SITE}/all", record=9)

    apart = find_groups(list(map(key_of, pages)), [])
    together = find_groups(list(map(key_of, [*pages, saved])), [])

    assert apart.members == b""
    assert len(together.members) == 6 * 8
    assert len(set(np.frombuffer(together.lots, dtype=np.int32).tolist())) == 1


def test_documents_meet_through_the_lake():
    history, near = MemoryHistory(), NearOptions()
    first = article(prose(1), url=f"{SITE}/1", source=FEEDS[0], guid="g")
    for key, verdict in decide([key_of(first)], Facts(), near):
        history.add(key, verdict)
    by_guid = article(prose(2), url=f"{SITE}/2", source=FEEDS[0], guid="g", record=2)
    by_text = article(prose(1), url=f"{SITE}/3", record=3)
    keys = [key_of(by_guid), key_of(by_text)]
    rows = list(history.find(queries_of([by_guid, by_text])).rows)

    assert find_groups(keys, []).members == b""
    assert len(find_groups(keys, rows).members) == 3 * 8


def test_documents_of_one_number_are_never_taken_for_one():
    key = key_of(article(prose(1)))
    same = np.zeros(1, dtype=np.uint64)
    pairs = [groups.pair_documents([key], same) for _ in range(2)]

    assert groups.gather([groups.link(pairs[:1])]).members == b""
    assert groups.gather([groups.link(pairs)]).members == bytes(8)


@given(st.lists(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)))), st.integers(1, 40))
def test_links_make_the_groups_that_following_them_makes(parts, size):
    groups.LOT_MEMBERS = size
    links = [pair for part in parts for pair in part]
    reached = {member: {member} for pair in links for member in pair}
    for _ in reached:
        for first, second in links:
            both = reached[first] | reached[second]
            for member in both:
                reached[member] = both
    arrays = [np.array(part, dtype=np.uint64).reshape(-1, 2) for part in parts]

    merged = groups.merge(Links(part[:, 0], part[:, 1]) for part in arrays)
    found = groups.gather([merged])

    assert merged.members.tolist() == sorted(reached)
    assert merged.partners.tolist() == [min(reached[member]) for member in sorted(reached)]
    lots = dict(zip(merged.members.tolist(), np.frombuffer(found.lots, np.int32), strict=True))
    held = defaultdict(set)
    for member, lot in lots.items():
        held[lot].add(member)
    for members in held.values():
        assert all(reached[member] <= members for member in members)
        assert len(members) < size + max(len(reached[member]) for member in members)


def test_a_long_chain_is_one_group():
    chain = np.random.default_rng(1).permutation(200_000).astype(np.uint64)

    merged = groups.merge([Links(chain[:-1], chain[1:])])

    assert len(merged.members) == 200_000
    assert not merged.partners.any()
