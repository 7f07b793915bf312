"""The signature of a text: what the lake keeps of it, and what two of them say of two texts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from feedlake.transforms.dedup import minhash, notices
from feedlake.transforms.dedup.text_words import read_words

CONTAINED, CONTAINED_MARGIN = 0.92, 0.25
"""Part of the smaller text that the larger one must hold, and how far the Jaccard similarity may
then be below the threshold (at thresholds above 0.8 less, at 1 not at all). Two sentences cut from
1,181 articles, 259 word pairs in the median, were found in 98.1 %, with a margin of 0.1 in 73 %
(`benchmarks/near_duplicates.py`, 2026-11)."""

ALLOWED_ERRORS = 2
"""Standard errors by which the estimate of a copy's similarity may be below the threshold: 98 of
100 that are as similar as the threshold says are found."""

AKIN, AKIN_CONTAINED, AKIN_FLOOR = 0.3, 0.6, 0.1
"""Jaccard similarity from which two texts may be versions of one article; or part of the smaller
text that the larger one must hold, with a similarity of at least the floor: a first report and the
long one that replaces it. Of 250,000 pairs of distinct articles (471 pages and 990 texts, 2026-11)
none came above 0.21 or held more than 0.37, and no two signatures met either test."""

_FEW = 16
"""Texts up to which it costs less to read the marks of each than those of all at once."""

_FIRST_BLOCK, _BLOCK = 64, 4_096
"""Texts that one is compared with at a time. The first block holds the cluster of most copies of
which there are many."""

SHORT_AKIN = 0.8
"""Similarity from which short texts are akin; most of what two notices have in common is their
template."""


def sign(text: str) -> bytes:
    """Returns the signature of a text; empty for a text without words."""
    [signature] = sign_all([text])
    return signature


def sign_all(texts: Sequence[str]) -> list[bytes]:
    """Returns the signatures of texts, in their order.

    Each step is taken with all of them in turn, with its code and tables in the processor's caches.
    """
    words = list(map(read_words, texts))
    marks = list(map(notices.find_marks, texts, words))
    shingles = list(map(minhash.shingle, words))
    return list(map(minhash.make_signature, shingles, marks))


def is_near_duplicate(similarity: minhash.Similarity, *, threshold: float) -> bool:
    """Returns whether two texts are as similar as copies are.

    That is: a Jaccard similarity of `threshold`, less what the estimate may be too low by. Or one
    text is all but contained in the other: a copy with a paragraph more or less. At a threshold of
    1 only texts with equal values are copies.

    Args:
        similarity: Of the two.
        threshold: Above 0, up to 1.
    """
    least, least_contained = _least(threshold)
    if similarity.jaccard >= least:
        return True
    return similarity.containment >= CONTAINED and similarity.jaccard >= least_contained


def _least(threshold: float) -> tuple[float, float]:
    """The least Jaccard similarity of copies, and that of texts one of which contains the other."""
    margin = CONTAINED_MARGIN * min(1, (1 - threshold) / 0.2)
    threshold -= ALLOWED_ERRORS * math.sqrt(threshold * (1 - threshold) / minhash.SIGNATURE_VALUES)
    return threshold, threshold - margin


def are_copies(
    similarity: minhash.Similarity, first: bytes, second: bytes, *, threshold: float
) -> bool:
    """Returns whether two texts count as copies of each other.

    That is: they are as similar as copies are, and no two notices of one template.

    Args:
        similarity: Of the two.
        first: The signature of one.
        second: That of the other.
        threshold: See `is_near_duplicate`.
    """
    if not is_near_duplicate(similarity, threshold=threshold):
        return False
    return not notices.are_distinct(
        notices.read_marks(minhash.marks_of(first)), notices.read_marks(minhash.marks_of(second))
    )


def find_copies(
    signature: bytes, others: npt.NDArray[np.uint8], *, threshold: float
) -> Iterator[tuple[int, float]]:
    """Yields the places of those that count as copies, in order, with their Jaccard similarity.

    They are those for which `are_copies` holds. Of many, most are mostly notices of one template,
    which are sorted out first.

    Args:
        signature: Not empty.
        others: As `minhash.pack` gives them.
        threshold: See `is_near_duplicate`.
    """
    marks = notices.read_marks(minhash.marks_of(signature))
    if len(others) > _FEW:
        yield from _find_among_many(signature, marks, others, threshold=threshold)
        return
    least, least_contained = _least(threshold)
    jaccard, containment = minhash.compare_with(signature, others)
    pairs = zip(jaccard.tolist(), containment.tolist(), strict=True)
    for place, (similarity, contained) in enumerate(pairs):
        if similarity >= least or (contained >= CONTAINED and similarity >= least_contained):
            other = notices.read_marks(minhash.marks_of(others[place].tobytes()))
            if not notices.are_distinct(marks, other):
                yield place, similarity


def find_first_copies(
    signature: bytes,
    held: npt.NDArray[np.uint8],
    numbers: npt.NDArray[np.int64],
    *,
    clusters: npt.NDArray[np.int64],
    threshold: float,
) -> Iterator[tuple[int, int, float]]:
    """Yields the first of each cluster that counts as a copy: number, cluster, Jaccard similarity.

    Args:
        signature: Not empty.
        held: Signatures, as `minhash.pack` gives them.
        numbers: Those of them to compare it with, in order.
        clusters: The number of the cluster of each of these.
        threshold: See `is_near_duplicate`.
    """
    found: set[int] = set()
    size = _FIRST_BLOCK
    while len(numbers):
        block, block_clusters = numbers[:size], clusters[:size]
        numbers, clusters = numbers[size:], clusters[size:]
        for place, similarity in find_copies(signature, held[block], threshold=threshold):
            cluster = block_clusters[place].item()
            if cluster not in found:
                found.add(cluster)
                yield block[place].item(), cluster, similarity
        if len(numbers) and found:  # Of many copies of one story, one leads to its cluster.
            are_left = ~np.isin(clusters, list(found))
            numbers, clusters = numbers[are_left], clusters[are_left]
        size = _BLOCK


def _find_among_many(
    signature: bytes, marks: notices.Marks, others: npt.NDArray[np.uint8], *, threshold: float
) -> Iterator[tuple[int, float]]:
    least, least_contained = _least(threshold)
    places = np.flatnonzero(~notices.find_other_figures(marks, minhash.all_marks_of(others)))
    jaccard, containment = minhash.compare_with(signature, others[places])
    are_near = jaccard >= least
    are_near |= (containment >= CONTAINED) & (jaccard >= least_contained)
    places, jaccard = places[are_near], jaccard[are_near]
    if len(places):
        are_copies = ~notices.find_named_apart(marks, minhash.all_marks_of(others[places]))
        yield from zip(places[are_copies].tolist(), jaccard[are_copies].tolist(), strict=True)


def is_akin(similarity: minhash.Similarity) -> bool:
    """Returns whether two long texts may be versions of one article: see `AKIN`."""
    if similarity.jaccard >= AKIN:
        return True
    return similarity.containment >= AKIN_CONTAINED and similarity.jaccard >= AKIN_FLOOR


def are_akin(similarity: minhash.Similarity, first: bytes, second: bytes) -> bool:
    """Returns whether two texts may be versions of one article; short ones if they are copies.

    Args:
        similarity: Of the two.
        first: The signature of one.
        second: That of the other.
    """
    if minhash.is_long(first) and minhash.is_long(second):
        return is_akin(similarity)
    return are_copies(similarity, first, second, threshold=SHORT_AKIN)
