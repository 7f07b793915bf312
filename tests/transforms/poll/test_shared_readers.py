"""Polls of a stream read what they bring in children that live on."""

from __future__ import annotations

import threading
from dataclasses import replace
from math import inf

import pytest
from feed_sites import Feed
from internet import Internet

from feedlake.pipeline.cli.command_line import read_command_line
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.run_options import ingest_options
from feedlake.pipeline.run.web_plan import plan_web
from feedlake.pipeline.stream.stream_work import _nowhere
from feedlake.pipeline.web.visits import Visits
from feedlake.transforms.poll import shared_readers
from feedlake.transforms.poll.poll_answer import PollOptions
from feedlake.transforms.poll.poll_sources import poll_one
from feedlake.transforms.process.sandbox import Sandbox
from feedlake.transforms.records.polls import WebSource


def polling(lake: object, url: str) -> PollOptions:
    words = [url, "--lake", str(lake), "--allow-network", "127.0.0.0/8", "--host-delay", "0s"]
    call = read_command_line(["ingest", *words, "--timeout", "7"])
    options = ingest_options(call.values, sources=call.sources)
    plan = plan_web(options, Lake(options.lake), Visits(), _nowhere())
    return replace(plan.polling, within_s=inf, chunk_documents=100, archive=None)


def test_one_child_reads_what_polls_bring_one_after_another(
    tmp_path, monkeypatch: pytest.MonkeyPatch
):
    made: list[Sandbox] = []

    class Counted(Sandbox):
        def __init__(self, **more) -> None:
            super().__init__(**more)
            made.append(self)

    monkeypatch.setattr(shared_readers, "Sandbox", Counted)
    with Internet() as net:
        feeds = [Feed(net.add_site(), [f"story-{number}"]) for number in range(3)]
        options = polling(tmp_path / "lake", feeds[0].url)

        found = [poll_one(WebSource(feed.url), options) for feed in feeds]

    titles = [entry.document.title for one in found for entry in one.answered[0].entries]
    assert titles == ["story-0", "story-1", "story-2"]
    assert len(made) == 1
    made[0].close()


def test_polls_at_a_time_have_a_child_each_up_to_four(tmp_path, monkeypatch):
    begun = threading.Barrier(4)

    class Slow(Sandbox):
        def drain(self):
            begun.wait(30)  # Not one of them ends before all four have begun.
            return super().drain()

    monkeypatch.setattr(shared_readers, "Sandbox", Slow)
    with Internet() as net:
        feeds = [Feed(net.add_site(), [f"story-{number}"]) for number in range(4)]
        options = polling(tmp_path / "lake", feeds[0].url)
        options = replace(options, limits=replace(options.limits, cpu_s=8))
        found: list[str] = []

        def poll(url: str) -> None:
            ready = poll_one(WebSource(url), options)
            found.extend(entry.document.title or "" for entry in ready.answered[0].entries)

        threads = [threading.Thread(target=poll, args=(feed.url,)) for feed in feeds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    assert sorted(found) == ["story-0", "story-1", "story-2", "story-3"]
