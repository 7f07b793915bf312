"""The order in which the addresses of a run are asked."""

from __future__ import annotations

import random
from datetime import timedelta

from polls import NOON

from feedlake.transforms.poll.poll_sources import _in_turn
from feedlake.transforms.records.polls import PollState, WebSource


def test_longest_due_come_first_and_new_ones_have_their_turn_between_them():
    due = {"c": 3, "a": 2, "b": 1}
    sources = [
        WebSource(name, state=PollState(name, next_due=NOON - timedelta(hours=hours)))
        for name, hours in due.items()
    ]
    sources += [WebSource(f"new-{number}") for number in range(5)]
    random.Random(7).shuffle(sources)

    order = [source.url for source in _in_turn(sources)]

    assert order == ["c", "new-0", "a", "new-1", "b", "new-2", "new-3", "new-4"]
