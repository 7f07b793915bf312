"""The keys of rows in few bytes: what is long is left where it lies, what repeats is held once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from feedlake.pipeline.arrays.byte_rows import Flags, pack_rows, take_rows
from feedlake.pipeline.arrays.packed_numbers import (
    pack_numbers,
    pack_offsets,
    take_numbers,
    take_offsets,
)
from feedlake.pipeline.history.key_columns import PLACED, KeyColumns
from feedlake.transforms.dedup.lookup import (
    HASH_BYTES,
    NEVER,
    STATEMENT_BYTES,
    document_id_at,
)

Arrays = dict[str, npt.NDArray[Any]]
Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

_SPARSE = ("guids", "claims", "addresses", "entry_marks")
_NUMBERS = ("revisions", "published", "chars")
_PLACE, _TITLE, _AUTHORS = slice(0, 8), slice(8, 11), slice(11, 14)
_WORDS = slice(14, STATEMENT_BYTES)
_WORD_BYTES = 2
_MAX_WORDS = (STATEMENT_BYTES - _WORDS.start) // _WORD_BYTES
_LOW_BITS = np.uint64(12)
_HIGHS = 15  # What the other four bits of a word are at most.
_BYTE = np.arange(4, dtype=np.uint8)


def pack_columns(keys: KeyColumns) -> Arrays:
    """Returns the arrays that hold the keys of rows, but for those that lie in the lake's files."""
    said, places = keys.statements, np.empty(0, dtype="V8")
    if len(keys):
        places = np.ascontiguousarray(said[:, _PLACE]).view("V8").reshape(-1)
    known, numbers = np.unique(places, return_inverse=True)
    derived = (keys.documents == _derive_documents(keys)).all(axis=1)
    signed = Flags.build(keys.are_signed())
    flags = keys.kinds | keys.corrections << 2 | keys.summaries << 3
    return {
        "ids": keys.ids,
        # Nearly all rows are their own original, and of their original's cluster.
        **pack_rows("originals", keys.originals ^ keys.ids),
        **pack_rows("clusters", keys.clusters ^ keys.originals),
        **pack_rows("documents", np.where(derived[:, None], np.uint8(0), keys.documents)),
        **_pack_each(pack_rows, _SPARSE, keys),
        **pack_rows("titles", said[:, _TITLE]),
        **pack_rows("authors", said[:, _AUTHORS]),
        "places": known.view(np.uint8).reshape(-1, 8),
        "places.numbers": pack_numbers(numbers.reshape(-1)),
        **_pack_words(np.ascontiguousarray(said[:, _WORDS]).view(">u2").reshape(-1, _MAX_WORDS)),
        "flags": pack_numbers(flags),
        "signed.bits": signed.bits,
        "signed.before": signed.before,
        **_pack_each(_pack, _NUMBERS, keys),
    }


def _pack_each(
    pack: Callable[[str, Any], Arrays], names: Iterable[str], keys: KeyColumns
) -> Arrays:
    arrays: Arrays = {}
    for name in names:
        arrays |= pack(name, vars(keys)[name])
    return arrays


def take_columns(arrays: Arrays, rows: Places) -> KeyColumns:
    """Returns the keys of some rows.

    Those that lie in the lake's files are empty: who takes the rows fills them in, and then the
    documents with `fill_documents`.
    """
    ids: Bytes = arrays["ids"][rows]
    originals = take_rows(arrays, "originals", rows) ^ ids
    flags = take_numbers(arrays["flags"], rows).astype(np.uint8)
    empty = KeyColumns.empty()
    return KeyColumns(
        ids=ids,
        originals=originals,
        clusters=take_rows(arrays, "clusters", rows) ^ originals,
        **{name: vars(empty)[name] for name in PLACED},
        documents=take_rows(arrays, "documents", rows),
        **{name: take_rows(arrays, name, rows) for name in _SPARSE},
        statements=_take_statements(arrays, rows),
        kinds=flags & _BYTE[3],
        corrections=flags >> _BYTE[2] & _BYTE[1],
        summaries=flags >> _BYTE[3] & _BYTE[1],
        revisions=_take(arrays, "revisions", rows).astype(np.int32),
        published=_take(arrays, "published", rows),
        chars=_take(arrays, "chars", rows).astype(np.int32),
    )


def take_ages(arrays: Arrays, rows: Places) -> Places:
    """Returns when rows were published, in microseconds."""
    return _take(arrays, "published", rows)


def take_clusters(arrays: Arrays, rows: Places) -> Bytes:
    """Returns the ids of the clusters of rows."""
    originals = take_rows(arrays, "originals", rows) ^ arrays["ids"][rows]
    clusters: Bytes = take_rows(arrays, "clusters", rows) ^ originals
    return clusters


def signed_rows(arrays: Arrays) -> Flags:
    """Returns which rows have a signature."""
    return Flags(arrays["signed.bits"], arrays["signed.before"])


def _take_statements(arrays: Arrays, rows: Places) -> Bytes:
    said = np.zeros((len(rows), STATEMENT_BYTES), dtype=np.uint8)
    numbers = take_numbers(arrays["places.numbers"], rows)
    said[:, _PLACE] = arrays["places"][numbers.astype(np.int64)]
    said[:, _TITLE] = take_rows(arrays, "titles", rows)
    said[:, _AUTHORS] = take_rows(arrays, "authors", rows)
    words = _take_words(arrays, rows).astype(">u2")
    said[:, _WORDS] = words.view(np.uint8).reshape(-1, _MAX_WORDS * _WORD_BYTES)
    return said


def fill_documents(keys: KeyColumns) -> None:
    """Fills in the documents of rows of which they follow from the other keys: entries of feeds."""
    are_derived = ~keys.documents.any(axis=1)
    if are_derived.any():
        documents = keys.documents.copy()
        documents[are_derived] = _derive_documents(keys.take(np.flatnonzero(are_derived)))
        keys.documents = documents


def _derive_documents(keys: KeyColumns) -> Bytes:
    """The ids that documents have that stand in the web, in no record of a file."""
    ids, texts = keys.ids.tobytes().hex(), keys.texts.tobytes()
    places = np.ascontiguousarray(keys.statements[:, _PLACE]).tobytes()
    documents = b"".join(
        document_id_at(
            places[8 * row : 8 * row + 8],
            None,
            ids[2 * start : 2 * start + 2 * HASH_BYTES],
            texts[start : start + HASH_BYTES],
        )
        for row, start in enumerate(range(0, len(texts), HASH_BYTES))
    )
    return np.frombuffer(documents, dtype=np.uint8).reshape(-1, 8)


def _pack_words(words: npt.NDArray[Any]) -> Arrays:
    """Ascending numbers of 16 bits, up to 16 a row, zeros behind them.

    Of each its 12 low bits; the high ones, which ascend too, in one bit a word and 15 a row: a word
    is a 1, before which there are as many 0 in its row as its high bits say.
    """
    are_words = words != 0  # No word is zero.
    counts = are_words.sum(axis=1)
    whole, above = pack_offsets(np.concatenate([[0], np.cumsum(counts)]))
    of_row = np.flatnonzero(are_words) // _MAX_WORDS
    held = words[are_words].astype(np.uint64)
    highs = np.zeros(len(held) + _HIGHS * len(words), dtype=np.bool_)
    # In front of it: all words before, and the zeros of the rows before and of its own.
    highs[np.arange(len(held)) + _HIGHS * of_row + (held >> _LOW_BITS).astype(np.int64)] = True
    return {
        "words": pack_numbers(held & np.uint64((1 << int(_LOW_BITS)) - 1)),
        "words.highs": np.concatenate([np.packbits(highs, bitorder="little"), np.zeros(8, "u1")]),
        "words.firsts": whole,
        "words.above": above,
    }


def _take_words(arrays: Arrays, rows: Places) -> npt.NDArray[np.uint64]:
    """The words of some rows: shape (rows, 16), zeros behind them."""
    both = np.concatenate([rows, rows + 1])
    firsts = take_offsets(arrays["words.firsts"], arrays["words.above"], both)
    first, counts = firsts[: len(rows)], firsts[len(rows) :] - firsts[: len(rows)]
    content = arrays["words.highs"]
    windows: npt.NDArray[np.uint64] = np.ndarray((len(content) - 7,), "<u8", content.data, 0, (1,))
    start = first + _HIGHS * rows
    bits = windows[start >> 3] >> (start & 7).astype(np.uint64)
    places = np.arange(_MAX_WORDS + _HIGHS)
    are_words = (bits[:, None] >> places.astype(np.uint64) & np.uint64(1)).astype(np.bool_)
    are_words &= places < (counts + _HIGHS)[:, None]
    of_row, place = np.nonzero(are_words)
    in_row = np.arange(len(of_row)) - np.repeat(np.cumsum(counts) - counts, counts)
    words = np.zeros((len(rows), _MAX_WORDS), dtype=np.uint64)
    words[of_row, in_row] = (place - in_row).astype(np.uint64) << _LOW_BITS
    words[of_row, in_row] |= take_numbers(arrays["words"], first[of_row] + in_row)
    return words


def _pack(name: str, values: npt.NDArray[Any]) -> Arrays:
    """Numbers as how many steps they are above the least: times are mostly whole seconds."""
    numbers = values.astype(np.int64)
    are_known = numbers != NEVER
    known = numbers[are_known]
    least = int(known.min()) if len(known) else 0
    above = (known.view(np.uint64) - np.array([least], np.int64).view(np.uint64)).astype(np.uint64)
    step = max(1, int(np.gcd.reduce(above))) if len(above) else 1
    steps = np.zeros(len(numbers), dtype=np.uint64)
    steps[are_known] = above // np.uint64(step) + np.uint64(1)
    return {name: pack_numbers(steps), f"{name}.steps": np.array([least, step], dtype=np.int64)}


def _take(arrays: Arrays, name: str, rows: Places) -> Places:
    least, step = arrays[f"{name}.steps"].view(np.uint64)
    steps = take_numbers(arrays[name], rows)
    values = ((steps - np.uint64(1)) * step + least).view(np.int64)
    return np.where(steps == 0, NEVER, values)
