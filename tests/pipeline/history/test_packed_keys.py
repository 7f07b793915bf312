"""Keys of rows in few bytes: what comes out is what went in, and how few there are."""

from __future__ import annotations

import numpy as np
import pytest

from feedlake.pipeline.arrays.value_places import Places
from feedlake.pipeline.history.key_columns import PLACED, KeyColumns
from feedlake.pipeline.history.packed_keys import fill_documents, pack_columns, take_columns
from feedlake.pipeline.history.segment import IndexedFile, IndexedSet, Part, Segment
from feedlake.transforms.dedup.lookup import document_id, pack_statement, state
from feedlake.transforms.dedup.minhash import SIGNATURE_BYTES

DICE = np.random.default_rng(17)
FEED = "https://paper.example/feed.xml"


def drawn(rows: int, width: int) -> np.ndarray:
    return DICE.integers(1, 256, (rows, width), dtype=np.uint8)


def packed(values: list[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(values), dtype=np.uint8).reshape(len(values), -1)


def of_feed(
    rows: int, *, words: int = 15, source: str = FEED, record: int | None = None
) -> KeyColumns:
    """Articles of a feed, with titles of so many words, all of them distinct."""
    ids, texts = drawn(rows, 16), drawn(rows, 16)
    statements, documents = [], []
    for number in range(rows):
        title = " ".join(f"w{number * words + word:x}" for word in range(words))
        named = [f"Ann {number}"]
        statements.append(pack_statement(state(source, "feed", title=title, authors=named)))
        name, text = ids[number].tobytes().hex(), texts[number].tobytes()
        documents.append(document_id(source, record, name, text))
    nothing = np.zeros((rows, 8), dtype=np.uint8)
    return KeyColumns(
        ids=ids,
        originals=ids,
        clusters=ids,
        texts=texts,
        contents=drawn(rows, 16),
        minhashes=drawn(rows, SIGNATURE_BYTES),
        documents=packed(documents),
        guids=drawn(rows, 8),
        claims=nothing,
        addresses=nothing,
        entry_marks=drawn(rows, 8),
        statements=packed(statements),
        kinds=np.zeros(rows, dtype=np.uint8),
        corrections=np.zeros(rows, dtype=np.uint8),
        summaries=np.zeros(rows, dtype=np.uint8),
        revisions=np.zeros(rows, dtype=np.int32),
        published=np.arange(rows, dtype=np.int64) * 1_000_000,
        chars=DICE.integers(1_000, 9_000, rows).astype(np.int32),
    )


@pytest.mark.parametrize(
    ("source", "record"), [(FEED, None), (FEED, 3), ("/archive/a.jsonl", 3), ("/a.html", None)]
)
@pytest.mark.parametrize("words", [0, 1, 15, 16, 40])
def test_keys_that_are_taken_are_those_that_were_packed(source, record, words):
    keys = of_feed(70, words=words, source=source, record=record)
    rows = np.array([0, 1, 5, 31, 32, 69])

    found = take_columns(pack_columns(keys), rows)
    for name in PLACED:
        setattr(found, name, vars(keys)[name][rows])
    fill_documents(found)

    expected = keys.take(rows)
    for name in KeyColumns.names():
        np.testing.assert_array_equal(vars(found)[name], vars(expected)[name], name)


def test_titles_of_all_lengths_stand_side_by_side():
    parts = [of_feed(3, words=words) for words in (0, 16, 1, 0, 7, 15)]
    keys = KeyColumns.join(parts)
    statements = keys.statements.copy()
    # The least and the greatest words that there can be.
    statements[4, -32:] = packed([b"".join(word.to_bytes(2, "big") for word in range(1, 17))])
    statements[5, -32:] = packed(
        [b"".join(word.to_bytes(2, "big") for word in range(0xFFF0, 0x10000))]
    )
    keys.statements = statements
    arrays = pack_columns(keys)

    for rows in (np.arange(18), np.array([5]), np.array([4, 17]), np.empty(0, dtype=np.int64)):
        np.testing.assert_array_equal(take_columns(arrays, rows).statements, statements[rows])


@pytest.mark.parametrize("rows", [17_000])
def test_article_of_a_feed_takes_at_most_150_bytes(rows):
    places = {name: Places([0], [0], 32) for name in PLACED}
    file = IndexedFile("articles/a-0000.parquet", mark="0", rows=rows, places=places)
    nothing = IndexedSet.of(np.empty((0, 8), dtype=np.uint8), 0)
    part = Part((file,), keys=of_feed(rows), rejects=nothing, known=nothing)

    segment = Segment.build([part], lake="/lake")

    assert sum(array.nbytes for array in segment._arrays.values()) / rows <= 150
