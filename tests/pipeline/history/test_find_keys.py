"""What files hold of the keys asked for is what looking at every row finds."""

import tempfile
from collections.abc import Iterable

import numpy as np
import pytest
from articles import MemoryHistory, article, prose, publish, queries_of, rejection
from hypothesis import given, settings
from hypothesis import strategies as st

from feedlake.pipeline.history import key_files
from feedlake.pipeline.history.find_keys import find_facts, find_leads
from feedlake.pipeline.history.key_columns import KEY_TABLES
from feedlake.pipeline.history.wanted import Leads, Wanted, are_in, first_pairs
from feedlake.pipeline.lake.lake import Lake
from feedlake.transforms.dedup.lookup import Facts, Queries, claim_key
from feedlake.transforms.records.documents import Article

ARTICLES = st.builds(
    lambda story, edit, site, record, guid, claim: article(
        prose(story, changed=range(edit)) if story else "Short notice." * edit,
        url=f"https://{site}.example/" if site else None,
        record=record,
        guid=guid,
        claim=f"https://{claim}.example/" if claim else None,
        claimed_url=f"https://{site}.example/" if site and not claim else None,
        title=f"Story {story}",
    ),
    story=st.integers(0, 5),
    edit=st.sampled_from([0, 2, 30]),
    site=st.sampled_from([None, *"abcd"]),
    record=st.integers(1, 6) | st.none(),
    guid=st.sampled_from([None, "1", "2", "3"]),
    claim=st.sampled_from([None, "a", "b"]),
)


def look_up(lake: Lake, asked: Iterable[Queries]) -> Facts:
    """As the graph does, file by file, with what is asked for in parts."""
    wanted = Wanted.join([Wanted.of(queries) for queries in asked])
    leads = Leads.join(
        [find_leads(path, wanted) for table in KEY_TABLES for path in lake.files(table)]
    )
    parts = [
        facts
        for table in (*KEY_TABLES, "rejects", "known")
        for path in lake.files(table)
        for facts in find_facts(path, table, wanted, leads)
    ]
    return Facts(*(frozenset().union(*(getattr(p, name) for p in parts)) for name in FIELDS))


FIELDS = ("rows", "rejects", "row_marks", "known_marks")


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(ARTICLES, max_size=6), max_size=3),
    st.lists(ARTICLES, max_size=4),
    st.lists(ARTICLES, max_size=4),
)
def test_files_hold_what_reading_every_row_gives(
    runs: list[list[Article]], asked: list[Article], others: list[Article]
):
    history = MemoryHistory()
    rejected = [rejection(1), rejection(2)]
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(folder)
        for number, made in enumerate(runs):
            for key, verdict in publish(lake, number, made, history, rejections=rejected[number:]):
                history.add(key, verdict)
            history.rejects |= queries_of([], rejected[number:]).reject_ids
        parts = [queries_of(asked, rejected[1:]), queries_of(others)]

        assert look_up(lake, parts) == history.find(queries_of([*asked, *others], rejected[1:]))


def test_an_address_leads_to_its_first_articles_whatever_files_they_are_in():
    address, other = np.uint64(5), np.uint64(9)
    files = [
        Leads(at_address=np.array([(address, n) for n in range(start, 300, 3)], dtype=np.uint64))
        for start in range(3)
    ]
    files.append(Leads(at_address=np.array([(other, 7), (other, 7)], dtype=np.uint64)))

    joined = Leads.join(files)

    assert joined.at_address.tolist() == [*([5, n] for n in range(100)), [9, 7]]
    assert joined.match_ids(np.arange(99, 102, dtype=np.uint64)).tolist() == [True, False, False]


def test_a_file_without_guids_claims_and_shared_addresses_is_not_read_for_them(
    tmp_path, monkeypatch
):
    lake = Lake(str(tmp_path))
    made = [article(prose(n), url=f"https://a.example/{n}", record=n) for n in range(3)]
    publish(lake, 1, made, MemoryHistory())
    [path] = lake.files("articles")
    read: list[str] = []
    real = key_files.read_columns

    def note(file: object, columns: list[str]) -> object:
        read.extend(columns)
        return real(file, columns)

    monkeypatch.setattr(key_files, "read_columns", note)
    wanted = Wanted.of(Queries(address_keys=frozenset([claim_key("ab" * 16)])))

    leads = find_leads(path, wanted)

    assert read == []
    assert not any(map(len, (leads.ids, leads.at_address, leads.claimants)))


@pytest.mark.parametrize("wanted", [[], [3], [3, 7, 2**64 - 1]])
def test_values_are_in_sorted_ones(wanted):
    values = np.array([0, 3, 7, 8, 2**64 - 1], dtype=np.uint64)

    found = are_in(values, np.array(wanted, dtype=np.uint64))

    assert values[found].tolist() == wanted


def test_pairs_are_kept_once():
    pairs = np.array([(2, 1), (1, 5), (2, 1)], dtype=np.uint64)

    assert first_pairs(pairs).tolist() == [[1, 5], [2, 1]]
