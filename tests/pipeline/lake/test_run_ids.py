"""What an id says of its run."""

from __future__ import annotations

from datetime import UTC, datetime

from feedlake.pipeline.lake.run_ids import chunk_began_at, new_command_id

BEGAN = datetime(2026, 11, 22, 18, 33, 32, tzinfo=UTC)


def test_ids_of_one_second_are_told_apart_and_say_when_it_was():
    one, other = new_command_id(BEGAN), new_command_id(BEGAN)

    assert one != other
    assert one.startswith("20261122T183332Z-")
    assert chunk_began_at(f"{one}-0001") == chunk_began_at(f"{other}-12345") == BEGAN


def test_only_chunks_say_when_they_began():
    assert chunk_began_at("20261122T183332Z-7df0bd-compact") is None
    assert chunk_began_at("20261122T183332Z-7df0bd") is None
