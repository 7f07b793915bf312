"""However many rows share a band or have one text, no verdict depends on those left out."""

from datetime import timedelta
from random import Random

import numpy as np
import pytest
from articles import NOON, MemoryHistory, article, key_of, prose, publish
from hypothesis import given, settings
from hypothesis import strategies as st

from feedlake.pipeline.history import crowds
from feedlake.pipeline.history.index import LakeIndex, catch_up, open_index
from feedlake.pipeline.lake.lake import Lake
from feedlake.transforms.dedup import minhash, notices
from feedlake.transforms.dedup.decide import NearOptions, decide
from feedlake.transforms.dedup.known_rows import queries_for
from feedlake.transforms.dedup.lookup import Queries
from feedlake.transforms.records.documents import Article

TEMPLATE = prose(1, words=150)
STORY = prose(2, words=200)


def notice(number: int) -> str:
    """One of a template's notices; every eleventh has the figures of another one."""
    number %= 40
    return f"{TEMPLATE} It cost {number} crowns in March, and {7 * number} of 90 are left."


def make(start: int, count: int, *, host: str, mark: str = "") -> list[Article]:
    """Notices, copies of one story, and documents with one text."""
    draw = Random(start)
    texts = [
        text
        for number in range(start, start + count)
        for text in (
            notice(draw.randrange(60)) + mark,
            prose(2, words=200, changed=[number]),
            STORY,
        )
    ]
    return [
        article(
            text,
            url=f"https://{host}.example/{place}",
            source=f"/in/{host}.jsonl",
            record=place,
            published=NOON + timedelta(hours=draw.randrange(5)),
        )
        for place, text in enumerate(texts)
    ]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> tuple[LakeIndex, MemoryHistory]:
    """A lake of three runs, and what it holds."""
    lake = Lake(str(tmp_path_factory.mktemp("crowded") / "lake"))
    history = MemoryHistory()
    for run in range(3):
        for key, verdict in publish(lake, run, make(20 * run, 20, host=f"h{run}"), history):
            history.add(key, verdict)
    with lake.writing():
        catch_up(lake)
    return open_index(lake.path), history


@pytest.mark.parametrize(("threshold", "slab"), [(0.5, 60), (0.8, 7), (1.0, 1_000)])
def test_verdicts_are_those_that_all_rows_give(crowded, monkeypatch, threshold, slab):
    monkeypatch.setattr(crowds, "ROWS", 0)
    monkeypatch.setattr(crowds, "ROWS_A_DOCUMENT", 0)
    monkeypatch.setattr(crowds, "_SLAB", slab)
    index, history = crowded
    near = NearOptions(threshold)
    # Some are new, some are those that the lake has, some stand where others stood.
    asked = [
        *make(150, 5, host="new", mark=" (AP)"),
        *make(20, 3, host="h1"),
        *make(57, 4, host="h2"),
    ]

    for documents in (asked, *([one] for one in asked[::4])):
        keys = [key_of(one) for one in documents]
        queries = queries_for(keys, near_threshold=threshold)
        facts, everything = index.find(queries), history.find(queries)

        assert facts.rows < everything.rows
        assert decide(keys, facts, near) == decide(keys, everything, near)


def test_of_a_crowd_few_rows_are_read_for_a_document(crowded, monkeypatch):
    monkeypatch.setattr(crowds, "ROWS", 20)
    index, history = crowded

    for document in make(90, 1, host="new"):
        queries = queries_for([key_of(document)], near_threshold=0.8)

        assert len(history.find(queries).rows) > 30
        assert len(index.find(queries).rows) < 8


def test_who_does_not_say_what_a_copy_is_gets_all_rows(crowded, monkeypatch):
    monkeypatch.setattr(crowds, "ROWS", 20)
    index, history = crowded
    signature = key_of(article(prose(2, words=200, changed=[99]))).minhash
    queries = Queries(minhashes=frozenset([signature]))

    assert index.find(queries) == history.find(queries)


def test_few_rows_are_no_crowd():
    assert not crowds.is_crowd(1_004, documents=1)
    assert crowds.is_crowd(1_005, documents=1)
    assert not crowds.is_crowd(21_000, documents=5_000)


figures = st.dictionaries(st.integers(0, 15), st.integers(0, 3), min_size=9, max_size=14)
# Some figures that differ, and how far all contexts are moved: few are the same then.
changes = st.tuples(
    st.dictionaries(st.integers(0, 15), st.integers(0, 3), max_size=3), st.sampled_from([0, 12])
)


def marked(held: dict[int, int]) -> bytes:
    packed = b"".join(part.to_bytes(2, "little") for pair in held.items() for part in pair)
    return (bytes((len(held), 0)) + packed).ljust(60, b"\0")


@settings(max_examples=60)
@given(figures, st.lists(changes, min_size=1, max_size=20))
def test_figures_tell_the_same_texts_apart_by_context_as_text_by_text(one, others):
    held = [
        dict([*({at + moved: one[at] for at in one} | changed).items()][-14:])
        for changed, moved in others
    ]
    rows = np.frombuffer(b"".join(map(marked, held)), dtype=np.uint8).reshape(-1, 60)
    signatures = np.zeros((len(rows), minhash.SIGNATURE_BYTES), dtype=np.uint8)
    signatures[:, -60:] = rows
    marks = notices.read_marks(marked(one))

    found = crowds._Figures(signatures).find_other(marks)

    assert found.tolist() == notices.find_other_figures(marks, rows).tolist()


def test_rows_with_the_ids_of_chosen_ones_and_other_ids_are_kept():
    ids = np.zeros((5, 16), dtype=np.uint8)
    ids[:, 0] = [1, 2, 1, 3, 4]
    are_chosen = np.array([True, False, False, False, False])

    kept = crowds.with_their_ids(are_chosen, ids, others=ids[3:4])

    assert kept.tolist() == [True, False, True, True, False]


def test_rows_are_taken_by_age_and_then_by_id():
    ids = np.zeros((4, 16), dtype=np.uint8)
    ids[:, 15] = [3, 2, 1, 0]
    ids[3, 0] = 9

    assert crowds.age_order(np.array([5, 7, 7, 5]), ids).tolist() == [0, 3, 2, 1]
