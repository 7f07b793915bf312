"""Which documents are known by the address that their pages claim, and which are not.

A page claims an address for itself. Templates claim one address for many pages, so a claim that
nothing else speaks for counts only as long as nobody claims it, or has it, with another text.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from feedlake.transforms.dedup import minhash
from feedlake.transforms.dedup.known_rows import Key
from feedlake.transforms.dedup.lookup import HASH_BYTES, MAX_CLAIMANTS, LakeRow, claim_key
from feedlake.transforms.dedup.signature import are_akin


class _Text(NamedTuple):
    """What a text is compared by."""

    text_hash: bytes
    content_hash: bytes
    minhash: bytes


@dataclass
class _Address:
    """All that is known of an address that pages claim.

    Attributes:
        claimants: Documents of the chunk that would be known by it, because they claim it.
        others: Texts that claim it too, by their hash, but are known by something else.
        holders: Texts of documents that have it, or that the lake knows by it.
    """

    claimants: list[Key] = field(default_factory=list)
    others: dict[bytes, _Text] = field(default_factory=dict)
    holders: dict[bytes, _Text] = field(default_factory=dict)


def settle_claims(keys: Sequence[Key], rows: Iterable[LakeRow]) -> list[Key]:
    """Returns the keys in their order, each under the id by which its document is known.

    If a document has the claimed address, or the lake knows one by it, those claimants are known by
    it whose text is akin to that one's. If not, all are, as long as their texts and those of all
    others that claim the address are akin. The rest is known by its own address, or by its text.

    Args:
        keys: Of one chunk of documents.
        rows: What the lake holds under the same ids and claims.
    """
    refused = {id(key) for address in _addresses(keys, rows).values() for key in _refused(address)}
    return [by_itself(key) if id(key) in refused else key for key in keys]


def _addresses(keys: Sequence[Key], rows: Iterable[LakeRow]) -> dict[str, _Address]:
    """The addresses that documents of the chunk would be known by because they claim them."""
    addresses = {key.article_id: _Address() for key in keys if key.is_claimed}
    if not addresses:
        return {}
    for key in keys:
        if key.is_claimed:
            addresses[key.article_id].claimants.append(key)
        elif address := addresses.get(key.article_id):
            _add(address.holders, key)
        if key.has_own_url and (address := addresses.get(key.own_id)):
            _add(address.holders, key)
        if key.claim_id != key.article_id and (address := addresses.get(key.claim_id)):
            _add(address.others, key)
    _add_rows(addresses, rows)
    return addresses


def _add_rows(addresses: Mapping[str, _Address], rows: Iterable[LakeRow]) -> None:
    """Adds what the lake knows by these addresses or has from them, and who claims them there."""
    by_claim = {claim_key(name): address for name, address in addresses.items()}
    claiming: dict[bytes, list[LakeRow]] = defaultdict(list)
    for row in rows:
        if address := addresses.get(row.article_id):
            _add(address.holders, row)
        if address := by_claim.get(row.address_key):
            _add(address.holders, row)  # It came from there, though another story has the id.
        if row.claim_key in by_claim:
            claiming[row.claim_key].append(row)
    for name, held in claiming.items():
        for row in heapq.nsmallest(MAX_CLAIMANTS, held, key=lambda row: row.document_id):
            _add(by_claim[name].others, row)


def _refused(address: _Address) -> Sequence[Key]:
    """Those of the claimants that are not known by the address."""
    if address.holders:
        held = heapq.nsmallest(MAX_CLAIMANTS, address.holders.values())
        return [
            key
            for key in address.claimants
            if key.text_hash not in address.holders
            and not any(_are_akin(_text_of(key), text) for text in held)
        ]
    texts = {key.text_hash: _text_of(key) for key in address.claimants} | address.others
    first = min(_text_of(key) for key in address.claimants)
    return [] if all(_are_akin(first, text) for text in texts.values()) else address.claimants


def by_itself(key: Key) -> Key:
    """Returns the key as it is where the document is not known by what its page claims."""
    return replace(key.under(key.own_id), has_url=key.has_own_url, is_claimed=False)


def _add(texts: dict[bytes, _Text], one: Key | LakeRow) -> None:
    """Adds a text, with its signature if one of those that have it has that: copies have none."""
    text = _text_of(one)
    texts[text.text_hash] = max(text, texts.get(text.text_hash, text), key=_informed)


def _informed(text: _Text) -> tuple[bool, _Text]:
    return bool(text.minhash), text


def _text_of(one: Key | LakeRow) -> _Text:
    if isinstance(one, Key):
        return _Text(one.text_hash, one.content_sha256[:HASH_BYTES], one.minhash)
    return _Text(one.text_hash, one.content_hash, one.minhash)


def _are_akin(first: _Text, second: _Text) -> bool:
    """Whether two texts may be versions of one article."""
    if first.text_hash == second.text_hash or first.content_hash == second.content_hash:
        return True
    if not first.minhash or not second.minhash:
        return False
    found = minhash.compare_signatures(first.minhash, second.minhash)
    return are_akin(found, first.minhash, second.minhash)
