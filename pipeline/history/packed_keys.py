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
from feedlake.transforms.dedup.lookup import NEVER, STATEMENT_BYTES

Arrays = dict[str, npt.NDArray[Any]]
Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

_SPARSE = ("documents", "guids", "claims", "addresses", "entry_marks")
_NUMBERS = ("revisions", "published", "chars")
_PLACE, _TITLE, _AUTHORS = slice(0, 8), slice(8, 12), slice(12, 16)
_WORDS = slice(16, STATEMENT_BYTES)
_WORD_BYTES = 2
_MAX_WORDS = (STATEMENT_BYTES - _WORDS.start) // _WORD_BYTES
_BYTE = np.arange(4, dtype=np.uint8)


def pack_columns(keys: KeyColumns) -> Arrays:
    """Returns the arrays that hold the keys of rows, but for those that lie in the lake's files."""
    said, places = keys.statements, np.empty(0, dtype="V8")
    if len(keys):
        places = np.ascontiguousarray(said[:, _PLACE]).view("V8").reshape(-1)
    known, numbers = np.unique(places, return_inverse=True)
    words = np.ascontiguousarray(said[:, _WORDS]).reshape(-1, _MAX_WORDS, _WORD_BYTES)
    are_words = words.any(axis=2)  # No word is zero.
    whole, above = pack_offsets(np.concatenate([[0], np.cumsum(are_words.sum(axis=1))]))
    signed = Flags.build(keys.are_signed())
    flags = keys.kinds | keys.corrections << 2 | keys.summaries << 3
    return {
        "ids": keys.ids,
        # Nearly all rows are their own original, and of their original's cluster.
        **pack_rows("originals", keys.originals ^ keys.ids),
        **pack_rows("clusters", keys.clusters ^ keys.originals),
        **_pack_each(pack_rows, _SPARSE, keys),
        **pack_rows("titles", said[:, _TITLE]),
        **pack_rows("authors", said[:, _AUTHORS]),
        "places": known.view(np.uint8).reshape(-1, 8),
        "places.numbers": pack_numbers(numbers.reshape(-1)),
        "words": words[are_words],
        "words.firsts": whole,
        "words.above": above,
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

    Those that lie in the lake's files are empty: who takes the rows fills them in.
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
        **{name: take_rows(arrays, name, rows) for name in _SPARSE},
        statements=_take_statements(arrays, rows),
        kinds=flags & _BYTE[3],
        corrections=flags >> _BYTE[2] & _BYTE[1],
        summaries=flags >> _BYTE[3] & _BYTE[1],
        revisions=_take(arrays, "revisions", rows).astype(np.int32),
        published=_take(arrays, "published", rows),
        chars=_take(arrays, "chars", rows).astype(np.int32),
    )


def signed_rows(arrays: Arrays) -> Flags:
    """Returns which rows have a signature."""
    return Flags(arrays["signed.bits"], arrays["signed.before"])


def _take_statements(arrays: Arrays, rows: Places) -> Bytes:
    said = np.zeros((len(rows), STATEMENT_BYTES), dtype=np.uint8)
    numbers = take_numbers(arrays["places.numbers"], rows)
    said[:, _PLACE] = arrays["places"][numbers.astype(np.int64)]
    said[:, _TITLE] = take_rows(arrays, "titles", rows)
    said[:, _AUTHORS] = take_rows(arrays, "authors", rows)
    both = np.concatenate([rows, rows + 1])
    firsts = take_offsets(arrays["words.firsts"], arrays["words.above"], both)
    first, counts = firsts[: len(rows)], firsts[len(rows) :] - firsts[: len(rows)]
    of_row = np.repeat(np.arange(len(rows)), counts)
    in_row = np.arange(len(of_row)) - np.repeat(np.cumsum(counts) - counts, counts)
    words = said[:, _WORDS].reshape(-1, _MAX_WORDS, _WORD_BYTES)
    words[of_row, in_row] = arrays["words"][first[of_row] + in_row]
    said[:, _WORDS] = words.reshape(-1, _MAX_WORDS * _WORD_BYTES)
    return said


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
