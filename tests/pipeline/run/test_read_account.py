"""An account survives its way from one process to another."""

from __future__ import annotations

import dataclasses
import json

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
