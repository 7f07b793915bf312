"""The signature of a text: what the lake keeps of it to find and tell apart its copies."""

from __future__ import annotations

from typing import NamedTuple

from feedlake.transforms.dedup import minhash, notices

SHORT_AKIN = 0.8
"""Similarity from which short texts are akin; most of what two notices have in common is their
template."""


class Signed(NamedTuple):
    """What a text is compared by.

    Attributes:
        shingles: See `minhash.shingle`.
        signature: See `minhash.make_signature`; empty for a text without words.
    """

    shingles: minhash.Words32
    signature: bytes


def sign(text: str) -> Signed:
    """Returns the shingles and the signature of a text."""
    tokens = minhash.tokenize(text)
    hashes = minhash.hash_words(tokens)
    shingles = minhash.shingle(hashes)
    return Signed(
        shingles, minhash.make_signature(shingles, notices.find_marks(text, tokens, hashes))
    )


def are_copies(
    similarity: minhash.Similarity, first: bytes, second: bytes, *, threshold: float
) -> bool:
    """Returns whether two texts count as copies of each other.

    That is: they are as similar as copies are, and no two notices of one template.

    Args:
        similarity: Of the two.
        first: The signature of one.
        second: That of the other.
        threshold: See `minhash.is_near_duplicate`.
    """
    if not minhash.is_near_duplicate(similarity, threshold=threshold):
        return False
    marks = (notices.read_marks(minhash.marks_of(signature)) for signature in (first, second))
    return not notices.are_distinct(*marks)


def are_akin(similarity: minhash.Similarity, first: bytes, second: bytes) -> bool:
    """Returns whether two texts may be versions of one article; short ones if they are copies.

    Args:
        similarity: Of the two.
        first: The signature of one.
        second: That of the other.
    """
    if minhash.is_long(first) and minhash.is_long(second):
        return minhash.is_akin(similarity)
    return are_copies(similarity, first, second, threshold=SHORT_AKIN)
