"""Which documents of a chunk can influence each other: the groups that shared keys make.

Whatever `decide` looks up, it looks up by a key of a document: an id, the guid, the address, the
text or a band; or by the id of an article to which one of these leads. So two documents can
influence each other only if keys lead from one to the other, through other documents or rows of
the lake. A group is all that keys connect. Verdicts on one group are the same whatever else is
decided with it.

Groups are found by 16 bytes a key: a hash of the key, and the number of the member, which is a
document or a row, that has it. Hashes or numbers that are equal by chance only make a group larger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.known_rows import Key
from feedlake.transforms.dedup.lookup import LakeRow, claim_key

Words64 = npt.NDArray[np.uint64]

SHARDS = 64
"""Parts into which keys are divided by their hash; each is compared by itself. A million documents
are 28 million keys, 7 MB a part."""

LOT_MEMBERS = 5_000
"""Members that are decided at a time, unless one group is larger."""

ALONE = -1
"""The lot of those that are decided where they are."""


class Pairs(NamedTuple):
    """Keys and the members that have them, as arrays of equal length.

    Attributes:
        keys: Hashes. The lowest bit is set for keys that connect their member only to one that
            has the same key without it.
        members: Numbers.
    """

    keys: Words64
    members: Words64


class Links(NamedTuple):
    """Members that are of one group, as arrays of equal length; a member may be its own partner.

    Attributes:
        members: Numbers.
        partners: Numbers.
    """

    members: Words64
    partners: Words64


@dataclass(frozen=True)
class Groups:
    """The members that are not alone, and by the number of which lot they are decided.

    Attributes:
        members: Their numbers in order, 8 bytes each.
        lots: The numbers of their lots, 4 bytes each. A group is in one lot.
    """

    members: bytes = b""
    lots: bytes = b""

    def lots_of(self, members: Words64) -> npt.NDArray[np.int32]:
        """Returns the number of each member's lot; `ALONE` for those of no group."""
        known = np.frombuffer(self.members, dtype=np.uint64)
        if not len(known):
            return np.full(len(members), ALONE, dtype=np.int32)
        places = np.minimum(np.searchsorted(known, members), len(known) - 1)
        lots = np.frombuffer(self.lots, dtype=np.int32)[places]
        return np.where(known[places] == members, lots, np.int32(ALONE))


def number(names: Sequence[tuple[bytes, int]]) -> Words64:
    """Returns a number for each of these names: equal ones for equal names.

    Args:
        names: Some bytes, of which the first 8 count, and a small number.
    """
    places = np.array([place for _, place in names], dtype=np.uint64)
    return _words([name for name, _ in names]) + places * _STEP


def number_rows(rows: Sequence[LakeRow]) -> Words64:
    """Returns a number for each row of the lake."""
    return number([(row.document_id, 0) for row in rows])


def pair_documents(keys: Sequence[Key], members: Words64) -> Pairs:
    """Returns the keys by which documents influence each other; of each member each one once.

    Args:
        keys: Of the documents.
        members: Their numbers.
    """
    ids, own, texts, addresses, claims = (
        _ids([getattr(key, name) for key in keys])
        for name in ("article_id", "own_id", "text_id", "address_id", "claim_id")
    )
    claimed = np.array([key.is_claimed for key in keys], dtype=bool)
    guids = _words([key.guid_key for key in keys])
    pairs = [
        _pairs("id", ids, members),
        _pairs("id", own, members, where=own != ids),
        _pairs("id", texts, members, where=(texts != ids) & (texts != own)),
        _pairs("text", _words([key.text_hash for key in keys]), members),
        _pairs("guid", guids, members, where=guids != 0),
        _pairs("address", addresses, members, where=addresses != 0),
        _pairs("claim", ids, members, where=claimed),
        _pairs("address", ids, members, where=claimed & (ids != addresses)),
        # A template claims one address for all its pages: that nobody is known by means nothing.
        _pairs(
            "claim",
            claims,
            members,
            where=(claims != 0) & ~(claimed & (claims == ids)),
            is_passive=True,
        ),
        _pair_bands([key.minhash for key in keys], members),
    ]
    return _join(pairs)


def pair_rows(rows: Sequence[LakeRow], members: Words64) -> Pairs:
    """Returns the keys by which rows of the lake lead to documents.

    Two rows are connected by the id of their article alone: nothing is asked by a key that no
    document has.

    Args:
        rows: What the lake holds under keys of documents.
        members: Their numbers.
    """
    names = ("guid_key", "address_key", "claim_key")
    guids, addresses, claims = (_words([getattr(row, name) for row in rows]) for name in names)
    ids, clusters = (
        _ids([getattr(row, name) for row in rows]) for name in ("article_id", "cluster_id")
    )
    pairs = [
        _pairs("id", ids, members),
        _pairs("id", clusters, members, where=clusters != ids, is_passive=True),
        _pairs("text", _words([row.text_hash for row in rows]), members, is_passive=True),
        _pairs("guid", guids, members, where=guids != 0, is_passive=True),
        _pairs("address", addresses, members, where=addresses != 0, is_passive=True),
        _pairs("claim", claims, members, where=claims != 0, is_passive=True),
        _pair_bands([row.minhash for row in rows], members, is_passive=True),
    ]
    return _join(pairs)


def divide(pairs: Pairs) -> Iterator[tuple[int, Pairs]]:
    """Yields pairs by the shard in which all that have the same key meet; no shard without any."""
    order = np.argsort(pairs.keys)
    keys, members = pairs.keys[order], pairs.members[order]
    bounds = np.searchsorted(keys >> np.uint64(58), np.arange(SHARDS + 1, dtype=np.uint64))
    for shard, (start, end) in enumerate(pairwise(bounds)):
        if start < end:
            yield shard, Pairs(keys[start:end], members[start:end])


def link(pairs: Iterable[Pairs]) -> Links:
    """Returns what connects the members that share keys, no more than one link a member.

    Args:
        pairs: All that have one of these keys. A pair that is there twice is of two members that
            happen to have one number.
    """
    joined = _join(list(pairs))
    order = np.argsort(joined.keys)
    keys, members = joined.keys[order], joined.members[order]
    names = keys >> np.uint64(1)
    is_first = np.ones(len(keys), dtype=bool)
    np.not_equal(names[1:], names[:-1], out=is_first[1:])
    firsts = np.flatnonzero(is_first)
    counts = np.diff(firsts, append=len(keys))
    # Sorted, a key's first pair is passive only if all its pairs are.
    is_active = keys[firsts] & np.uint64(1) == 0
    is_linked = np.repeat(is_active, counts) & ~is_first
    return merge([Links(members[is_linked], np.repeat(members[firsts], counts)[is_linked])])


def merge(parts: Iterable[Links]) -> Links:
    """Returns links that make the same groups as all of these, no more than one a member."""
    held: list[Links] = []
    for part in parts:
        held = add(held, part)
    return _connect(held) if held else Links(_NONE, _NONE)


def add(held: list[Links], part: Links) -> list[Links]:
    """Returns links that make the same groups as those held and the part.

    They are merged once in a while: never more are held than two a member and those of one part,
    and none is looked at more than a few times.
    """
    held = [*held, part]
    first, *rest = held
    is_time = sum(len(links.members) for links in rest) > len(first.members)
    return [_connect(held)] if is_time else held


def gather(parts: Iterable[Links]) -> Groups:
    """Returns the groups that links make, divided into lots."""
    members, roots = merge(parts)
    _, groups, counts = np.unique(roots, return_inverse=True, return_counts=True)
    lots = (np.cumsum(counts) - counts) // LOT_MEMBERS
    return Groups(members.tobytes(), lots[groups].astype(np.int32).tobytes())


def _connect(parts: Sequence[Links]) -> Links:
    """The linked members in order, each with the smallest of its group."""
    ends = [np.concatenate([part[side] for part in parts]) for side in (0, 1)]
    members, numbers = np.unique(np.concatenate(ends), return_inverse=True)
    linked = numbers.reshape(2, -1)
    roots = np.arange(len(members))
    while True:
        linked = roots[linked]
        linked = linked[:, linked[0] != linked[1]]
        if not linked.size:
            return Links(members, members[roots])
        # The root of each group becomes part of the smallest group that it is linked to.
        np.minimum.at(roots, linked.max(axis=0), linked.min(axis=0))
        while not np.array_equal(nearer := roots[roots], roots):
            roots = nearer


_NONE: Words64 = np.empty(0, dtype=np.uint64)
_STEP = np.uint64(0x9E3779B97F4A7C15)
_KINDS = {
    "id": np.uint64(0),
    "text": np.uint64(0x9AE16A3B2F90404F),
    "guid": np.uint64(0xC949D7C7509E6557),
    "address": np.uint64(0xFF51AFD7ED558CCD),
    "claim": np.uint64(0x87C37B91114253D5),
}
"""What tells keys of one kind from those of another that have the same bytes."""


def _pairs(
    kind: str,
    values: Words64,
    members: Words64,
    *,
    where: npt.NDArray[np.bool_] | None = None,
    is_passive: bool = False,
) -> Pairs:
    if where is not None:
        values, members = values[where], members[where]
    return Pairs(_mark(values ^ _KINDS[kind], is_passive=is_passive), members)


def _pair_bands(signatures: list[bytes], members: Words64, *, is_passive: bool = False) -> Pairs:
    held = [signature for signature in signatures if signature]
    if not held:
        return Pairs(members[:0], members[:0])
    are_held = np.array([bool(signature) for signature in signatures])
    numbers = np.arange(minhash.BANDS, dtype=np.uint64) << np.uint64(32)
    keys = ((minhash.bands(minhash.pack(held)) | numbers) + np.uint64(1)) * _STEP
    keys ^= keys >> np.uint64(31)
    keys *= np.uint64(0xBF58476D1CE4E5B9)
    return Pairs(
        _mark(keys.reshape(-1), is_passive=is_passive),
        np.repeat(members[are_held], minhash.BANDS),
    )


def _mark(keys: Words64, *, is_passive: bool) -> Words64:
    return keys & ~np.uint64(1) | np.uint64(is_passive)


def _join(parts: Sequence[Pairs]) -> Pairs:
    return Pairs(
        np.concatenate([part.keys for part in parts]),
        np.concatenate([part.members for part in parts]),
    )


def _ids(names: list[str]) -> Words64:
    """The first half of each id, as where an id is the key of an address; 0 for none."""
    return _words([claim_key(name) for name in names])


def _words(values: list[bytes]) -> Words64:
    """The first 8 bytes of each value as a number; 0 for none."""
    padded = b"".join(value[:8] or bytes(8) for value in values)
    return np.frombuffer(padded, dtype="<u8").astype(np.uint64)
