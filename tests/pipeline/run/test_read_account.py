"""An account survives its way from one process to another, and says whether to look."""

from __future__ import annotations

import dataclasses
import json

import pytest

from feedlake.pipeline.run.account import Account, Unread, read_account


def test_account_is_the_same_after_json():
    fields = {field.name: field.type for field in dataclasses.fields(Account)}
    assert "unread" in fields
    [unread] = [Unread(*("x" for _ in dataclasses.fields(Unread)))]
    account = Account(
        "lake",
        runs=("a", "b"),
        documents=3,
        reject_reasons={"empty": 1},
        enrich_failures=({"enricher": "tone", "count": 1},),
        partition_by=("date",),
        unread=(unread,),
    )
    assert read_account(json.loads(json.dumps(dataclasses.asdict(account)))) == account


@pytest.mark.parametrize(
    ("counts", "is_to_be_looked_at"),
    [
        ({"sources": 2, "unread_sources": 2, "documents": 2, "rejects": 2}, True),
        ({"sources": 2, "unread_sources": 2, "documents": 2, "already_in_lake": 2}, True),
        ({"unchanged_sources": 9, "sources": 2, "unread_sources": 2, "documents": 2}
         | {"already_in_lake": 2}, False),
        ({"unchanged_sources": 9, "sources": 2, "unread_sources": 2, "documents": 2}
         | {"already_in_lake": 1, "rejects": 1}, True),
        ({"unchanged_sources": 9, "sources": 1, "unread_sources": 1}, True),
        ({"unchanged_sources": 9}, False),
        ({"sources": 3, "unread_sources": 2, "documents": 9, "articles": 9}, False),
        ({"sources": 1, "documents": 9, "rejects": 9}, True),
        ({"unchanged_sources": 9, "sources": 1, "out_of_reach": 1}, True),
    ],
)  # fmt: skip
def test_a_scheduler_should_look_if_nothing_could_be_read_unless_that_is_known(
    counts, is_to_be_looked_at
):
    assert Account("lake", **counts).is_silent_zero == is_to_be_looked_at
