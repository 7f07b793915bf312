"""Near-duplicate signatures: MinHash over word shingles, with bands for looking them up.

A signature is stored in the lake, so nothing in its making may ever move: the hash functions are
spelled out here in integer arithmetic modulo 2^32 and 2^64 and do not depend on a library's
version, the platform's byte order, Python's hash seed or its version of Unicode. Any change raises
`MINHASH_VERSION`; the history then makes the signatures of older files anew from their texts.

The S-curve: two texts whose shingle sets have the Jaccard similarity s share at least one of
b = 24 bands of r = 5 values with probability 1 - (1 - s^r)^b (Leskovec, Rajaraman, Ullman,
Mining of Massive Datasets, section 3.4.2):

    s  0.2   0.3   0.4   0.5   0.6   0.7   0.8
    p  0.008 0.057 0.219 0.533 0.857 0.988 1.000

What shares a band is a candidate only: it is verified on the signatures (`compare_signatures`,
standard error 0.026 at s = 0.8), within a chunk as against the lake, so that it makes no difference
in which run a document comes.
"""

from __future__ import annotations

import hashlib
import threading
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from feedlake.transforms.dedup.text_words import Words, Words64

MINHASH_VERSION = 5

SIGNATURE_VALUES = 240
"""Values of a signature: b-bit minwise hashing (Li and König, 2010). Those of which bands are made
are kept in one byte each, b = 8; of the others 4 bits, which estimate nearly as well."""

BANDS, BAND_ROWS = 24, 5
BAND_VALUES = BANDS * BAND_ROWS

SHINGLE_WORDS = 2
"""Words a shingle. On 781 real articles with 2 % of their words changed, a similarity of 0.8 was
kept by 100 % with 2 words, 98 % with 3, 73 % with 5; no two distinct ones of 1,181 came above
0.23 with 2 words (`benchmarks/near_duplicates.py`, 2026-11)."""

SHINGLE_CHARACTERS = 4
"""Characters a shingle in scripts without spaces, where a word is one to three characters."""

MARK_BYTES = 60
"""What of a signature tells notices of one template apart: see `notices`."""

SIGNATURE_BYTES = 4 + BAND_VALUES + (SIGNATURE_VALUES - BAND_VALUES) // 2 + MARK_BYTES

SHORT_TEXT_WORDS = 100
"""Texts with fewer words are told apart by the names in them too: see `notices`."""

Words32 = npt.NDArray[np.uint32]

_VALUE_BYTES = SIGNATURE_BYTES - MARK_BYTES - 4
_BLOCK = 1024  # shingles hashed at a time: 240 x 1024 x 4 bytes stay in a core's cache


class _Work(threading.local):
    """A thread's own place for the values of a block: a new one each time costs as much again."""

    def __init__(self) -> None:
        self.values = np.empty((_BLOCK, SIGNATURE_VALUES), dtype=np.uint32)


_work = _Work()


def _multipliers() -> Words32:
    """The odd multipliers of the 240 hash functions, out of SHA-256 in counter mode.

    What they multiply is random in all its bits, so the least product needs no offset.
    """
    stream = b"".join(
        hashlib.sha256(f"feedlake minhash 1 {number}".encode()).digest()
        for number in range(SIGNATURE_VALUES * 4 // 32)
    )
    return np.frombuffer(stream, dtype="<u4").astype(np.uint32) | np.uint32(1)


_MULTIPLIERS = _multipliers()
_SHINGLE_WEIGHTS = np.array(
    [
        0x9E3779B97F4A7C15,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0x27D4EB2F165667C5,
    ],
    dtype=np.uint64,
)


def shingle(words: Words) -> Words32:
    """Returns the distinct shingles of words as sorted 32-bit hashes."""
    hashes, are_letters = words.hashes, words.are_letters
    mixed = _mix_runs(hashes, SHINGLE_WORDS)
    if are_letters is not None:
        letters = _mix_runs(hashes, SHINGLE_CHARACTERS)
        mixed = np.concatenate(
            [letters[are_letters[: len(letters)]], mixed[~are_letters[: len(mixed)]]]
        )
    if not len(mixed):
        mixed = _mix_runs(hashes, len(hashes))[: len(hashes)]  # Too short to have any: one of all.
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return _distinct((mixed >> np.uint64(32)).astype(np.uint32))


def _mix_runs(hashes: npt.NDArray[np.uint64], length: int) -> npt.NDArray[np.uint64]:
    """Returns 64 bits for each run of `length` words, which depend on their order."""
    runs = max(0, len(hashes) - length + 1)
    mixed: npt.NDArray[np.uint64] = hashes[:runs] * _SHINGLE_WEIGHTS[0]
    for place in range(1, length):
        mixed += hashes[place : place + runs] * _SHINGLE_WEIGHTS[place]
    return mixed


def make_signature(shingles: Words32, marks: bytes) -> bytes:
    """Returns the signature of a set of shingles; empty for no shingles.

    It is `SIGNATURE_BYTES` long: the number of shingles (4 bytes, little-endian), the values, of
    the second half of them the lower 4 bits, two in a byte, and the marks.

    Args:
        shingles: Of a text.
        marks: Its marks: see `notices.find_marks`.
    """
    if not len(shingles):
        return b""
    least = np.full(SIGNATURE_VALUES, 0xFFFFFFFF, dtype=np.uint32)
    for start in range(0, len(shingles), _BLOCK):
        block = _mix(shingles[start : start + _BLOCK])
        values = _work.values[: len(block)]
        np.multiply(block[:, np.newaxis], _MULTIPLIERS, out=values)
        np.minimum(least, values.min(axis=0), out=least)
    values8 = (_mix(least) >> np.uint32(24)).astype(np.uint8)
    rest = values8[BAND_VALUES:] & np.uint8(15)
    packed = rest[0::2] | rest[1::2] << np.uint8(4)
    return b"".join(
        (
            len(shingles).to_bytes(4, "little"),
            values8[:BAND_VALUES].tobytes(),
            packed.tobytes(),
            marks,
        )
    )


def bands(signatures: npt.NDArray[np.uint8]) -> Words32:
    """Returns the band keys of signatures: an array of shape (signatures, `BANDS`).

    Args:
        signatures: Shape (signatures, `SIGNATURE_BYTES`).
    """
    values = signatures[:, 4 : 4 + BAND_VALUES]
    rows = values.reshape(len(signatures), BANDS, BAND_ROWS)
    numbers = np.zeros((len(signatures), BANDS), dtype=np.uint64)
    for place in range(BAND_ROWS):
        numbers = (numbers << np.uint64(8)) | rows[:, :, place]
    return hash_bands(numbers)


def hash_bands(values: Words64) -> Words32:
    """Returns the keys of bands.

    Args:
        values: The values of each, as one number: those of a signature begin with its fifth byte,
            and are `BAND_ROWS` bytes for each band.
    """
    return (values * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(32)).astype(np.uint32)


def band_keys(signature: bytes) -> list[tuple[int, int]]:
    """Returns the pairs of band number and band key of one signature; none for an empty one."""
    if not signature:
        return []
    return list(enumerate(bands(pack([signature]))[0].tolist()))


def shared_bands(signatures: list[bytes]) -> dict[bytes, list[int]]:
    """Returns for each signature a number for each band that it shares with another of the list.

    Signatures get the same number for a band that they share; those that share none, and empty
    ones, are left out. A signature that is in the list twice shares all its bands.
    """
    signatures = [signature for signature in signatures if signature]
    if not signatures:
        return {}
    places = np.arange(BANDS, dtype=np.uint64) << np.uint64(32)
    _, numbers, counts = np.unique(
        bands(pack(signatures)) | places, return_inverse=True, return_counts=True
    )
    numbers = numbers.reshape(-1, BANDS)
    are_shared = counts[numbers] > 1
    return {
        signatures[row]: numbers[row][are_shared[row]].tolist()
        for row in np.flatnonzero(are_shared.any(axis=1)).tolist()
    }


def pack(signatures: list[bytes]) -> npt.NDArray[np.uint8]:
    """Returns signatures, none of them empty, as rows of an array."""
    return np.frombuffer(b"".join(signatures), dtype=np.uint8).reshape(-1, SIGNATURE_BYTES)


class Similarity(NamedTuple):
    """How much of two sets of shingles is the same, as their signatures suggest.

    Attributes:
        jaccard: Shared part of the union, 0 to 1.
        containment: Shared part of the smaller set, 0 to 1.
    """

    jaccard: float
    containment: float


def compare_signatures(first: bytes, second: bytes) -> Similarity:
    """Returns the similarity that two signatures suggest."""
    jaccard, containment = compare_with(first, pack([second]))
    return Similarity(jaccard.item(), containment.item())


class Similarities(NamedTuple):
    """The similarities of a signature and some others, one after the other: see `Similarity`."""

    jaccard: npt.NDArray[np.float64]
    containment: npt.NDArray[np.float64]


def compare_with(signature: bytes, others: npt.NDArray[np.uint8]) -> Similarities:
    """Returns the similarities that a signature and each of some others suggest.

    Values that are equal by chance are taken off (Li and König, equation 3): one of 256, and one
    of 16 where only 4 bits are kept.

    Args:
        signature: One that is not empty.
        others: As `pack` gives them.
    """
    values = np.frombuffer(signature, np.uint8, _VALUE_BYTES, 4)
    differing = others[:, 4 : 4 + _VALUE_BYTES] ^ values
    halves = differing[:, BAND_VALUES:]
    equal = np.count_nonzero(differing[:, :BAND_VALUES] == 0, axis=1)
    equal += np.count_nonzero(halves < 16, axis=1) + np.count_nonzero(halves & 15 == 0, axis=1)
    chance = (BAND_VALUES / 256 + (SIGNATURE_VALUES - BAND_VALUES) / 16) / SIGNATURE_VALUES
    jaccard = np.maximum((equal / SIGNATURE_VALUES - chance) / (1 - chance), 0)
    size = size_of(signature)
    sizes = np.ascontiguousarray(others[:, :4]).view("<u4")[:, 0].astype(np.float64)
    shared = jaccard / (1 + jaccard) * (sizes + size)
    containment = np.minimum(shared / np.minimum(sizes, size), 1)
    return Similarities(jaccard, containment)


def size_of(signature: bytes) -> int:
    """Returns how many shingles the text has that was signed."""
    return int.from_bytes(signature[:4], "little")


def is_long(signature: bytes) -> bool:
    """Returns whether a text is long enough for its similarity to say what it is a version of."""
    return size_of(signature) >= SHORT_TEXT_WORDS - SHINGLE_WORDS + 1


def marks_of(signature: bytes) -> bytes:
    """Returns the marks in a signature: see `notices`."""
    return signature[-MARK_BYTES:]


def all_marks_of(signatures: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Returns the marks in each of some signatures, as `pack` gives these."""
    return signatures[:, -MARK_BYTES:]


def _distinct(values: Words32) -> Words32:
    """The values in order, each once; `np.unique` takes four times as long for so few."""
    ordered = np.sort(values)
    is_first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return ordered[is_first]


def _mix(values: Words32) -> Words32:
    """The finaliser of MurmurHash3 (Appleby): every bit of the result depends on every bit."""
    mixed = values ^ (values >> np.uint32(16))
    mixed *= np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    mixed *= np.uint32(0xC2B2AE35)
    mixed ^= mixed >> np.uint32(16)
    return mixed
