"""What a chunk asks of a lake, as sorted arrays against which whole columns of keys are held.

For a million documents they are 120 MB. The other way round, a join of the lake's keys with those
asked for, moves 30 keys for each row of the lake.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.lookup import MAX_CLAIMANTS, Queries

Words64 = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

_NONE: Words64 = np.empty(0, dtype=np.uint64)


@dataclass(frozen=True, eq=False)
class Wanted:
    """Keys that are asked for, sorted, each once.

    Of keys with more than 8 bytes the first 8 stand for all: in a lake of ten million rows, a
    million documents find a row too many once in a million chunks.

    Attributes:
        names: Keys by their kind: `id`, `text`, `guid`, `claim`, `address`, `mark`, `reject`.
        bands: For each band of a signature, its keys.
    """

    names: dict[str, Words64]
    bands: tuple[npt.NDArray[np.uint32], ...] = ()

    @classmethod
    def of(cls, queries: Queries) -> Wanted:
        """Returns what the queries ask for."""
        names = {
            "id": map(bytes.fromhex, queries.article_ids),
            "text": queries.text_hashes,
            "guid": queries.guid_keys,
            "claim": queries.claim_keys,
            "address": queries.address_keys,
            "mark": queries.entry_marks,
            "reject": map(bytes.fromhex, queries.reject_ids),
        }
        signatures = [signature for signature in queries.minhashes if signature]
        keys = minhash.bands(minhash.pack(signatures)) if signatures else None
        return cls(
            {
                kind: np.unique(words([value[:8] for value in values]))
                for kind, values in names.items()
            },
            () if keys is None else tuple(map(np.unique, keys.T)),
        )

    @classmethod
    def join(cls, parts: Iterable[Wanted]) -> Wanted:
        """Returns what all of these ask for."""
        held = list(parts)
        kinds = {kind for part in held for kind in part.names}
        names = {
            kind: np.unique(np.concatenate([part.names[kind] for part in held])) for kind in kinds
        }
        with_bands = [part.bands for part in held if part.bands]
        return cls(
            names, tuple(np.unique(np.concatenate(keys)) for keys in zip(*with_bands, strict=True))
        )

    def asks_for(self, *kinds: str) -> bool:
        """Returns whether it asks for a key of any of these kinds."""
        return any(len(self.names.get(kind, _NONE)) for kind in kinds)

    def match(self, kind: str, values: Words64) -> Mask:
        """Returns which of the values are asked for."""
        return are_in(values, self.names.get(kind, _NONE))

    def match_bands(self, signatures: npt.NDArray[np.uint8]) -> Mask:
        """Returns which rows share a band with a signature that is asked for.

        Args:
            signatures: Shape (rows, `SIGNATURE_BYTES`), zeros for none.
        """
        found = np.zeros(len(signatures), dtype=bool)
        if self.bands and len(signatures):
            keys = minhash.bands(signatures)
            for number, wanted in enumerate(self.bands):
                found |= are_in(keys[:, number], wanted)
            found &= signatures[:, :4].any(axis=1)
        return found


@dataclass(frozen=True, eq=False)
class Leads:
    """What leads to rows by something else than the keys asked for.

    Attributes:
        ids: Of articles that have a guid that is asked for.
        at_address: Pairs of an address and the id of an article: the first `MAX_CLAIMANTS` of each.
        claimants: Pairs of an address and the id of a document that claims it, likewise.
    """

    ids: Words64 = field(default_factory=lambda: _NONE)
    at_address: Words64 = field(default_factory=lambda: _NONE.reshape(0, 2))
    claimants: Words64 = field(default_factory=lambda: _NONE.reshape(0, 2))

    @classmethod
    def join(cls, parts: Iterable[Leads]) -> Leads:
        """Returns what all of these lead to; of pairs the first of each address."""
        held = [cls(), *parts]
        return cls(
            np.unique(np.concatenate([part.ids for part in held])),
            first_pairs(np.concatenate([part.at_address for part in held])),
            first_pairs(np.concatenate([part.claimants for part in held])),
        )

    def match_ids(self, ids: Words64) -> Mask:
        """Returns which of the articles are led to."""
        return are_in(ids, self.ids) | are_in(ids, np.sort(self.at_address[:, 1]))

    def match_claimants(self, addresses: Words64, documents: Words64) -> Mask:
        """Returns which documents are among those that claim their address."""
        pairs = set(map(tuple, self.claimants.tolist()))
        given = zip(addresses.tolist(), documents.tolist(), strict=True)
        return np.array([pair in pairs for pair in given], dtype=bool)


def first_pairs(pairs: Words64) -> Words64:
    """Returns the distinct pairs whose second is among the first `MAX_CLAIMANTS` of its first."""
    pairs = np.unique(pairs, axis=0)
    starts = np.searchsorted(pairs[:, 0], pairs[:, 0])
    return pairs[np.arange(len(pairs)) - starts < MAX_CLAIMANTS]


def are_in(
    values: npt.NDArray[np.unsignedinteger], wanted: npt.NDArray[np.unsignedinteger]
) -> Mask:
    """Returns which values are among the wanted ones, which are sorted."""
    if not len(wanted):
        return np.zeros(len(values), dtype=bool)
    places = np.searchsorted(wanted, values)
    places[places == len(wanted)] = 0
    return np.asarray(wanted[places] == values)


def words(values: Sequence[bytes]) -> Words64:
    """Returns numbers in whose order values of 8 bytes are."""
    return np.frombuffer(b"".join(values), dtype=">u8").astype(np.uint64)


def words_of(rows: npt.NDArray[np.uint8]) -> Words64:
    """Returns the same of the first 8 bytes of each row."""
    first = np.ascontiguousarray(rows[:, :8])
    return first.view(">u8")[:, 0].astype(np.uint64)
