"""What a file of the lake holds of the keys that a chunk asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from feedlake.pipeline.history.key_columns import (
    addresses_in,
    claims_in,
    documents_in,
    guids_in,
    hashes_in,
    ids_in,
    marks_in,
    read_entry_marks,
    read_reject_ids,
    signatures_in,
)
from feedlake.pipeline.history.key_files import read_chosen_keys, read_name_columns
from feedlake.pipeline.history.wanted import Leads, Mask, Wanted, Words64, first_pairs, words_of
from feedlake.transforms.dedup.lookup import Facts

MAX_FOUND_ROWS = 5_000
"""Rows of one element, at most: a band may be that of all rows of a template."""

_NO_IDS = np.empty((0, 8), dtype=np.uint8)


def find_leads(path: str, wanted: Wanted) -> Leads:
    """Returns what leads from guids and addresses that are asked for to rows of any file.

    Raises:
        LakeError: The file is damaged; its name is in the message.
    """
    data = read_name_columns(path)
    names, leads = data.schema.names, Leads()
    if "guid" in names:
        is_wanted = wanted.match("guid", words_of(guids_in(data)))
        ids = words_of(ids_in(data.filter(is_wanted), "article_id"))
        leads = replace(leads, ids=np.unique(ids))
    if "canonical_url" in names:
        addresses = words_of(addresses_in(data))
        is_wanted = wanted.match("address", addresses)
        ids = words_of(ids_in(data.filter(is_wanted), "article_id"))
        leads = replace(leads, at_address=first_pairs(_pairs(addresses[is_wanted], ids)))
    if "claimed_url" in names:
        claims = words_of(claims_in(data))
        is_wanted = wanted.match("claim", claims)
        documents = words_of(documents_in(data.filter(is_wanted)))
        leads = replace(leads, claimants=first_pairs(_pairs(claims[is_wanted], documents)))
    return leads


def find_facts(path: str, table: str, wanted: Wanted, leads: Leads) -> Iterator[Facts]:
    """Yields what a file holds of what is asked for.

    Raises:
        LakeError: The file is damaged; its name is in the message.
    """
    if table == "rejects":
        ids = read_reject_ids(path) if wanted.asks_for("reject") else _NO_IDS
        found = ids[wanted.match("reject", words_of(ids))]
        if len(found):
            yield Facts(rejects=frozenset(row.tobytes().hex() for row in found))
    elif table == "known":
        marks = read_entry_marks(path) if wanted.asks_for("mark") else _NO_IDS
        found = marks[wanted.match("mark", words_of(marks))]
        if len(found):
            yield Facts(known_marks=frozenset(row.tobytes() for row in found))
    else:
        yield from _find_rows(path, table, wanted, leads)


def _find_rows(path: str, table: str, wanted: Wanted, leads: Leads) -> Iterator[Facts]:
    by = ["article_id", "text_sha256", "minhash"]
    if leads.claimants.size:
        by += ["claimed_url", "source", "source_record"]
    if wanted.asks_for("mark"):
        by += ["entry_mark"]
    found: dict[str, Mask] = {}

    def choose(data: pa.Table) -> Mask:
        ids = words_of(ids_in(data, "article_id"))
        found["row"] = wanted.match("id", ids) | leads.match_ids(ids)
        found["row"] |= wanted.match("text", words_of(hashes_in(data, "text_sha256")))
        found["row"] |= wanted.match_bands(signatures_in(data))
        if leads.claimants.size and "claimed_url" in data.schema.names:
            claims = words_of(claims_in(data))
            [claiming] = np.nonzero(wanted.match("claim", claims))
            documents = words_of(documents_in(data.take(claiming)))
            found["row"][claiming] |= leads.match_claimants(claims[claiming], documents)
        if wanted.asks_for("mark"):
            found["mark"] = wanted.match("mark", words_of(marks_in(data)))
        return are_any(found)

    keys = read_chosen_keys(path, table, by=list(dict.fromkeys(by)), choose=choose)
    is_chosen = are_any(found)
    for start in range(0, len(keys), MAX_FOUND_ROWS):
        part = slice(start, start + MAX_FOUND_ROWS)
        are = {kind: mask[is_chosen][part] for kind, mask in found.items()}
        rows = list(keys.take(np.arange(len(keys))[part]).rows())
        named = [row for row, is_it in zip(rows, are.get("mark", ()), strict=False) if is_it]
        yield Facts(
            rows=frozenset(row for row, is_it in zip(rows, are["row"], strict=True) if is_it),
            row_marks=frozenset(row.entry_mark for row in named if not row.is_correction),
            known_marks=frozenset(row.entry_mark for row in named if row.is_correction),
        )


def _pairs(first: Words64, second: Words64) -> Words64:
    return np.stack([first, second], axis=1)


def are_any(found: dict[str, Mask]) -> Mask:
    """Returns which rows are found by a key of any kind."""
    masks = iter(found.values())
    joined = next(masks)
    for mask in masks:
        joined = joined | mask
    return joined
