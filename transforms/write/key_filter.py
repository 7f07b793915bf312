"""A Bloom filter over a file's keys: which files may hold a row with an id or address.

With 10 bits a key and 6 hashes, one large file of 120 and one small file of 75 is opened in vain
(Bloom 1970; Kirsch and Mitzenmacher 2006 for two hashes that stand for six; measured 2026-11).
"""

from __future__ import annotations

import base64
from collections.abc import Collection
from hashlib import blake2b

KEYS = ("article_id", "url", "canonical_url")
"""The columns whose values a row is looked for by, in tables that have all of them."""

BITS_A_KEY = 10
HASHES = 6


def make_filter(keys: Collection[str]) -> str:
    """Returns the filter over these keys as base64; empty for none."""
    import numpy as np  # Late: who only asks a filter needs none of it.

    if not keys:
        return ""
    size = -(-len(keys) * BITS_A_KEY // 8)
    digests = b"".join(map(_digest, keys))
    first, step = np.frombuffer(digests, dtype="<u4").reshape(-1, 2).astype(np.uint64).T
    places = (first[:, None] + np.arange(HASHES, dtype=np.uint64) * step[:, None]) % (size * 8)
    bits = np.zeros(size * 8, dtype=np.uint8)
    bits[places.reshape(-1)] = 1
    return base64.b64encode(np.packbits(bits, bitorder="little").tobytes()).decode()


class KeyQuestion:
    """One key, to be looked for in many filters."""

    def __init__(self, key: str) -> None:
        self.key = key
        digest = _digest(key)
        self._first = int.from_bytes(digest[:4], "little")
        self._step = int.from_bytes(digest[4:], "little")

    def may_be_in(self, made: str) -> bool:
        """Returns whether the key may be among those of a filter.

        Args:
            made: The filter; of an empty one, nothing is known.
        """
        bits = base64.b64decode(made)
        if not bits:
            return True
        size = 8 * len(bits)
        places = ((self._first + number * self._step) % size for number in range(HASHES))
        return all(bits[place >> 3] >> (place & 7) & 1 for place in places)


def _digest(key: str) -> bytes:
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
