"""Which rows of a crowd are needed, where thousands share a band or have one text.

A template's notices share bands, and so do the copies of one story. A document is known by a few
of them: the first of each cluster that it is a copy of. What is left out changes no verdict, in
whatever order and number of runs the crowd came.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from feedlake.transforms.dedup import minhash, notices
from feedlake.transforms.dedup.signature import find_first_copies

Array = npt.NDArray[Any]
Numbers = npt.NDArray[np.int64]
Words32 = npt.NDArray[np.uint32]
Mask = npt.NDArray[np.bool_]

ROWS, ROWS_A_DOCUMENT = 1_000, 4
"""Rows from which they are a crowd: so many, and so many for each document that asks. Reading fewer
costs less than sorting them out, and deciding about them, too."""

_SLAB = 32_768
"""Rows that are looked at together: 8 MB of signatures, and twice that for their bands."""

_MAX_COLUMNS = 256
"""Contexts of which a column is kept: 25 MB. A template has a dozen."""


def is_crowd(rows: int, *, documents: int) -> bool:
    """Returns whether so many rows, for so many documents, are worth sorting out."""
    return rows > ROWS + ROWS_A_DOCUMENT * documents


def age_order(published: Numbers, ids: Array) -> Numbers:
    """Returns the places of rows in the order in which copies are taken: the first known first.

    Args:
        published: When each was published.
        ids: The id of each.
    """
    halves = np.ascontiguousarray(ids).view(">u8").reshape(len(ids), 2)
    return np.lexsort((halves[:, 1], halves[:, 0], published))


def choose_copies(
    asked: Sequence[bytes],
    *,
    clusters: Array,
    read: Callable[[slice], npt.NDArray[np.uint8]],
    threshold: float,
) -> Mask:
    """Returns which rows are the first of their cluster that one of the signatures is a copy of.

    Rows that have all values of a signature are chosen too: they may have its text.

    Args:
        asked: Signatures, none of them empty.
        clusters: The ids of the rows' clusters. The rows are in the order of `age_order`.
        read: Gives the signatures of some rows.
        threshold: See `signature.is_near_duplicate`.
    """
    _, numbers = np.unique(_prefixes(clusters), return_inverse=True)
    wanted = minhash.bands(minhash.pack(list(asked)))
    marks = [notices.read_marks(minhash.marks_of(signature)) for signature in asked]
    values = {signature[: -minhash.MARK_BYTES] for signature in asked}
    found: list[set[int]] = [set() for _ in asked]
    are_chosen = np.zeros(len(numbers), dtype=bool)
    for start in range(0, len(numbers), _SLAB):
        slab = slice(start, start + _SLAB)
        held = read(slab)
        chosen, of_rows = are_chosen[slab], numbers[slab]
        chosen |= _have_values(held, values)
        keys, figures = minhash.bands(held), _Figures(held)
        for number in _find_sharing(wanted, keys):
            seen = found[number]
            places = np.flatnonzero(~figures.find_other(marks[number]))
            places = places[(keys[places] == wanted[number]).any(axis=1)]
            if seen:
                places = places[~np.isin(of_rows[places], list(seen))]
            firsts = find_first_copies(
                asked[number], held, places, clusters=of_rows[places], threshold=threshold
            )
            for place, cluster, _ in firsts:
                chosen[place] = True
                seen.add(cluster)
    return are_chosen


def choose_firsts(texts: Array) -> Mask:
    """Returns which rows are the first that have their text.

    Args:
        texts: The hashes of the rows' texts. The rows are in the order of `age_order`.
    """
    _, firsts = np.unique(_prefixes(texts), return_index=True)
    are_first = np.zeros(len(texts), dtype=bool)
    are_first[firsts] = True
    return are_first


def with_their_ids(are_chosen: Mask, ids: Array, *, others: Array) -> Mask:
    """Returns the chosen rows, all that have the id of one of them, and all that have another id.

    Among rows of one id and one time others decide which is the first.

    Args:
        are_chosen: Which are chosen.
        ids: The ids of all.
        others: The other ids.
    """
    names = _prefixes(ids)
    return np.isin(names, np.concatenate([names[are_chosen], _prefixes(others)]))


def _find_sharing(wanted: Words32, keys: Words32) -> list[int]:
    """The places of those whose bands are wanted that share one with a row.

    Args:
        wanted: Bands.
        keys: Those of the rows.
    """
    are_sharing = np.zeros(len(wanted), dtype=bool)
    for band in range(minhash.BANDS):
        are_sharing |= np.isin(wanted[:, band], keys[:, band])
    return np.flatnonzero(are_sharing).tolist()


class _Figures:
    """The figures of many texts by their contexts, against which those of one are held at a time.

    Where all are notices of one template, it takes a fortieth of the time of
    `notices.find_other_figures`, which has the same answer.
    """

    def __init__(self, signatures: npt.NDArray[np.uint8]) -> None:
        self._marks = minhash.all_marks_of(signatures)
        contexts, figures, are_there = notices.figures_of(self._marks)
        rows = np.nonzero(are_there)[0]
        contexts, figures = contexts[are_there], figures[are_there]
        order = np.argsort(contexts, kind="stable")
        self._rows, self._figures = rows[order], figures[order]
        self._starts = np.searchsorted(contexts[order], np.arange((1 << 16) + 1))
        self._count = len(signatures)
        self._columns: dict[int, tuple[Mask, npt.NDArray[np.uint16]]] = {}

    def find_other(self, marks: notices.Marks) -> Mask:
        """Returns which texts are distinct from one by their figures."""
        shared, others, numbers, other_numbers = np.zeros((4, self._count), dtype=np.uint8)
        for context, figure in marks.figures.items():
            if self._starts[context] == self._starts[context + 1]:
                continue
            are_there, figures = self._column(context)
            are_other = are_there & notices.differ(figures, figure)
            shared += are_there
            others += are_other
            if figure & notices.IS_NUMBER:
                are_numbers = are_there
            else:
                are_numbers = are_there & (figures & np.uint16(notices.IS_NUMBER) != 0)
                are_other &= are_numbers
            numbers += are_numbers
            other_numbers += are_other
        many = np.uint8(notices.OTHER_FIGURES)
        are_distinct = (others * many > shared) | (other_numbers * many > numbers)
        return np.asarray(are_distinct | notices.share_few_contexts(marks, self._marks, shared))

    def _column(self, context: int) -> tuple[Mask, npt.NDArray[np.uint16]]:
        """Which texts have a context, and the figure of each there."""
        if (column := self._columns.get(context)) is None:
            held = slice(self._starts[context], self._starts[context + 1])
            column = np.zeros(self._count, dtype=bool), np.zeros(self._count, dtype=np.uint16)
            column[0][self._rows[held]] = True
            column[1][self._rows[held]] = self._figures[held]
            if len(self._columns) < _MAX_COLUMNS:
                self._columns[context] = column
        return column


def _have_values(held: npt.NDArray[np.uint8], values: set[bytes]) -> Mask:
    """Which signatures have the values of one of these, whatever their marks are."""
    starts = np.frombuffer(b"".join(value[4:12] for value in values), dtype=">u8").astype(np.uint64)
    are_like = np.isin(_prefixes(held[:, 4:12]), starts)
    for place in np.flatnonzero(are_like).tolist():
        are_like[place] = held[place, : -minhash.MARK_BYTES].tobytes() in values
    return np.asarray(are_like)


def _prefixes(rows: Array) -> npt.NDArray[np.uint64]:
    """The first 64 bits of each row, enough to tell them apart."""
    return np.ascontiguousarray(rows[:, :8]).view(">u8").reshape(-1).astype(np.uint64)
