"""Entries that come late, twice or in disorder give the lake that the same give in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import read_rows
from newspapers import story
from stream_worlds import IDLE, QUICK, World, run, sight, stream_world

from feedlake.pipeline.cli.command_line import read_command_line
from feedlake.pipeline.history.index import catch_up
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.run_options import ingest_options
from feedlake.pipeline.stream.stream_work import StreamWork
from feedlake.pipeline.upkeep.verify import verify
from feedlake.transforms.records.documents import Entry
from feedlake.transforms.records.ready import Ready, Settled

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures(stream_world.__name__)


def fetch(entries: tuple[Entry, ...]) -> Iterable[Ready]:
    """Gives each entry its text: what is after `#` is another edition, and `copy-` a copy."""
    for entry in entries:
        name, _, edition = (entry.document.title or "").partition("#")
        text = story(name.removeprefix("copy-")) + (f" Corrected: {edition}." * bool(edition))
        document = replace(
            entry.document, body=text, title=name, published_at=NOON, fetched_at=NOON
        )
        yield Ready(settled=(Settled(entry, document=document),))


def stream(lake: Path, first: Callable[[int], list[str]], second: Callable[[int], list[str]]):
    """Streams two feeds, of which a poll gives these entries, and returns what is in the lake."""
    words = [QUICK, "--lake", str(lake), "--enrich", "none", "--accept-clock", "--min-chars", "50"]
    call = read_command_line(["ingest", *words])
    work = StreamWork(ingest_options(call.values, sources=call.sources, beam_flags=()))
    held = Lake(str(lake))
    with held.writing():
        catch_up(held)
    World.sights = [sight(QUICK, IDLE)]
    World.feeds = {QUICK: first, IDLE: second}

    run(*[20.0] * 11, fetch=fetch, extract=work.extract, publish=work.publish)

    assert not list(verify(held))
    return {
        table: sorted(
            (row["url"], row["title"], row["text_sha256"]) for row in read_rows(lake, table)
        )
        for table in ("articles", "revisions", "duplicates")
    }


def _poll_by_poll(names: list[list[str]]) -> Callable[[int], list[str]]:
    return lambda polls: names[polls] if polls < len(names) else []


def test_late_repeated_and_disordered_entries_give_the_same_lake(tmp_path):
    in_order = [["a", "b", "c", "d"], ["a#late"], []]
    in_disorder = [["d", "b", "a"], ["b", "a", "d"], ["c", "a#late", "a#late", "b"]]
    copies = [[], ["copy-b"], []]

    expected = stream(tmp_path / "first", _poll_by_poll(in_order), _poll_by_poll(copies))
    found = stream(tmp_path / "second", _poll_by_poll(in_disorder), _poll_by_poll(copies))

    assert found == expected
    assert [title for _, title, _ in found["articles"]] == ["a", "b", "c", "d"]
    assert [title for _, title, _ in found["revisions"]] == ["a"]
    assert [title for _, title, _ in found["duplicates"]] == ["copy-b"]
