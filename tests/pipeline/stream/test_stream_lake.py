"""Entries that come late, twice or in disorder give the lake that the same give in order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import read_rows
from newspapers import story
from stream_worlds import IDLE, QUICK, World, entry, report, run, sight, stream_world

from feedlake.pipeline.cli.command_line import read_command_line
from feedlake.pipeline.history.index import catch_up
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.run_options import ingest_options
from feedlake.pipeline.stream.stream_work import StreamWork
from feedlake.pipeline.upkeep.verify import verify
from feedlake.transforms.records.documents import Entry
from feedlake.transforms.records.polls import PollState
from feedlake.transforms.records.ready import Answered, Ready, Settled

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures(stream_world.__name__)


def fetch(entries: tuple[Entry, ...]) -> Iterable[Ready]:
    """Gives each entry its text: what is after `#` is another edition, and `copy-` a copy."""
    for one in entries:
        name, _, edition = (one.document.title or "").partition("#")
        text = story(name.removeprefix("copy-")) + (f" Corrected: {edition}." * bool(edition))
        document = replace(one.document, body=text, title=name, published_at=NOON, fetched_at=NOON)
        yield Ready(settled=(Settled(one, document=document),))


def stream(lake: Path, first: Callable[[int], list[str]], second: Callable[[int], list[str]]):
    """Streams two feeds, of which a poll gives these entries, and returns what is in the lake."""
    work, held = work_on(lake), Lake(str(lake))
    with held.writing():
        catch_up(held)
    World.sights = [sight(QUICK, IDLE)]
    World.feeds = {QUICK: first, IDLE: second}

    def fetch_and_extract(entries: tuple[Entry, ...]) -> Iterable[Ready]:
        return map(work.extract, fetch(entries))

    run(*[20.0] * 11, fetch=fetch_and_extract, publish=work.publish)

    assert not list(verify(held))
    return {
        table: sorted(
            (row["url"], row["title"], row["text_sha256"]) for row in read_rows(lake, table)
        )
        for table in ("articles", "revisions", "duplicates")
    }


def work_on(lake: Path) -> StreamWork:
    words = [QUICK, "--lake", str(lake), "--enrich", "none", "--accept-clock", "--min-chars", "50"]
    call = read_command_line(["ingest", *words])
    return StreamWork(ingest_options(call.values, sources=call.sources, beam_flags=()))


def test_a_window_waits_until_another_process_has_written(tmp_path, monkeypatch):
    monkeypatch.setattr("feedlake.pipeline.stream.stream_work._BUSY_WAIT_S", 0.01)
    work, is_held, goes_on = work_on(tmp_path / "lake"), threading.Event(), threading.Event()

    def hold() -> None:
        with Lake(str(tmp_path / "lake")).writing():
            is_held.set()
            goes_on.wait(30)

    holder, published = threading.Thread(target=hold), []
    holder.start()
    assert is_held.wait(30)
    publisher = threading.Thread(target=lambda: published.append(work.publish(Ready())))
    publisher.start()
    publisher.join(0.2)
    assert publisher.is_alive()
    goes_on.set()
    publisher.join(30)
    holder.join(30)

    assert published == [None]


def test_pages_that_wait_for_their_turn_are_given_out_at_the_start_alone(tmp_path):
    work, lake = work_on(tmp_path / "lake"), Lake(str(tmp_path / "lake"))
    waiting, poll = entry(QUICK, "waiting"), PollState(QUICK, polled_at=NOON, next_due=NOON)
    answered = Answered(report(QUICK, poll, 1), entries=(waiting,))
    with lake.writing():
        catch_up(lake)
    work.publish(Ready((answered,)))

    first, later = work.look(True), work.look(False)

    assert [one.document.url for _, one in first.waiting] == [waiting.document.url]
    assert later.waiting == ()
    assert [source.url for source in later.sources or ()] == [QUICK]
    # Once more, as after a worker that died when it had published: it adds nothing.
    assert work.publish(Ready((answered,))) is None


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
