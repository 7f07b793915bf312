"""A schedule that is asked to end, or killed: nothing is lost, and the next run goes on."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import run_command
from forks import Forks
from internet import Internet, Reply, Site
from newspapers import FLAGS, open_paper, page, rows, rss, serve_feed, story

import feedlake.pipeline.service.schedule as scheduling
import feedlake.pipeline.upkeep.compact as compacting
from feedlake.pipeline.lake.journal_entry import LakeError
from feedlake.pipeline.lake.lake import Lake, LakeBusyError
from feedlake.pipeline.options.run_options import IngestOptions
from feedlake.pipeline.run.account import Account
from feedlake.pipeline.service.service import Service
from feedlake.pipeline.terminal import interrupts
from feedlake.pipeline.upkeep.verify import verify
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest

COMMAND = (sys.executable, "-m", "feedlake")
END_WITHIN_S = 25.0
SEED = 20190123
# A kill takes a second with what follows it: `make crash` asks for 200.
KILLS = int(os.environ.get("FEEDLAKE_KILLS", "12"))
SOON_GIVEN_UP = {
    "feedlake.transforms.fetch.fetched_page.REFUSED_ATTEMPTS": 2,
    "feedlake.transforms.fetch.fetched_page._REFUSED_INTERVALS": 0,
}
"""Or else each lake takes five runs until a page that isn't there waits no more."""


@pytest.fixture
def net() -> Iterator[Internet]:
    with Internet() as opened:
        yield opened


def ask_to_end(
    forks: Forks,
    net: Internet,
    lake: Path,
    *arguments: str,
    when: Callable[[], Any],
    by: signal.Signals = signal.SIGTERM,
    is_for_all: bool = False,
) -> str:
    """Asks a schedule to end once something is true; returns what it said.

    A service manager asks it alone, Ctrl-C and some managers ask all its processes.
    """
    asked_s = 0.0

    def wait() -> None:
        nonlocal asked_s
        net.wait_until(when)
        asked_s = time.monotonic()

    ended = forks.end(
        "schedule",
        *arguments,
        "--lake",
        lake,
        *FLAGS,
        until=wait,
        by=by,
        is_for_all=is_for_all,
        said=lake.with_name("said.txt"),
    )
    assert time.monotonic() - asked_s < END_WITHIN_S
    assert ended.code == 0, ended.said
    assert "Traceback" not in ended.said
    return ended.said


def finish(lake: Path, *arguments: str) -> None:
    """Runs on until nothing waits."""
    for _ in range(5):
        outcome = run_command("ingest", *arguments, "--lake", lake, *FLAGS, "--quiet")
        assert outcome.code == 0, outcome.err
        if not waiting(lake):
            return
    raise AssertionError("pages still wait")


def waiting(lake: Path) -> set[str]:
    newest: dict[str, dict[str, Any]] = {}
    for row in sorted(rows(lake, "deferred"), key=lambda row: (row["tried_at"], row["status"])):
        newest[row["deferred_id"]] = row
    return {name for name, row in newest.items() if row["status"] == "waiting"}


@pytest.mark.parametrize(("number", "is_for_all"), [(signal.SIGINT, False), (signal.SIGTERM, True)])
def test_signal_while_slow_pages_are_fetched_loses_none(forks, net, tmp_path, number, is_for_all):
    site, feed = open_paper(net, 12, delay_s=2.0)
    lake = tmp_path / "lake"

    said = ask_to_end(
        *(forks, net, lake, feed),
        when=lambda: len(site.requests) >= 3,
        by=number,
        is_for_all=is_for_all,
    )

    published = len(rows(lake, "articles"))
    assert "run 1:" in said
    assert waiting(lake)
    assert published + len(waiting(lake)) == 12
    hurry(site)
    finish(lake, feed)
    assert len(rows(lake, "articles")) == 12
    assert rows(lake, "rejects") == []
    assert verify(Lake(str(lake))) == []


def hurry(site: Site) -> None:
    for target, [answer] in site.routes.items():
        if isinstance(answer, Reply):
            site.add(target, Reply(answer.body))


def test_signal_while_a_site_hangs_publishes_what_came_from_the_others(forks, net, tmp_path):
    _, quick = open_paper(net, 3)
    site, feed = open_paper(net, 3)
    lake = tmp_path / "lake"
    hanging = [target for target in site.routes if target.startswith("/story")][1]
    rest = site.routes[hanging][0]
    site.add(hanging, Reply(hang=True))

    ask_to_end(forks, net, lake, quick, feed, when=lambda: site.asked(hanging))

    assert len(rows(lake, "articles")) + len(waiting(lake)) == 6
    site.add(hanging, rest)
    finish(lake, quick, feed)
    assert len(rows(lake, "articles")) == 6


def test_signal_while_a_feed_hangs_leaves_it_for_the_next_run(forks, net, tmp_path):
    _, quick = open_paper(net, 2)
    site, feed = open_paper(net, 2)
    answer = site.routes["/feed.xml"][0]
    site.add("/feed.xml", Reply(hang=True))
    lake = tmp_path / "lake"

    ask_to_end(forks, net, lake, quick, feed, when=lambda: site.asked("/feed.xml"))

    site.add("/feed.xml", answer)
    finish(lake, quick, feed)
    assert len(rows(lake, "articles")) == 4


def count_processes(group: int) -> int:
    """Processes of a group, as Linux tells of them."""
    count = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            count += int(stat.read_text().rpartition(")")[2].split()[2]) == group
    return count


@pytest.mark.skipif(sys.platform != "linux", reason="/proc as Linux has it")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_signal_to_all_processes_while_texts_are_extracted_costs_no_document(
    forks, net, tmp_path, number
):
    site = net.add_site()
    names = [f"piece-{place}" for place in range(600)]
    feed = serve_feed(site, rss(site, names, text="Full text."))
    lake = tmp_path / "lake"

    # The command, two helpers of multiprocessing, who reads the feed, and who reads its texts.
    ask_to_end(
        *(forks, net, lake, feed, "--no-fetch"),
        when=lambda: count_processes(forks.pid) >= 5,
        by=number,
        is_for_all=True,
    )

    finish(lake, feed, "--no-fetch")
    assert len(rows(lake, "articles")) == 600
    assert rows(lake, "rejects") == []
    assert verify(Lake(str(lake))) == []


def test_signal_between_two_runs_ends_a_process_at_once(net, tmp_path):
    _, feed = open_paper(net, 1)
    with subprocess.Popen(
        [*COMMAND, "schedule", feed, "--lake", "lake", *FLAGS],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout is not None
        first = run.stdout.readline()

        asked_s = time.monotonic()
        run.send_signal(signal.SIGTERM)
        _, err = run.communicate(timeout=30)

    assert "1 document, 1 new" in first
    assert (run.returncode, err.count("Traceback")) == (0, 0)
    assert time.monotonic() - asked_s < 25, "no interval is waited for"


def test_second_signal_ends_it_at_once(feedlake, story, tmp_path, monkeypatch):
    def run(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGTERM)
        # Long enough ago that the next one is no echo of it.
        process_wide(interrupts.SignalState).last_s = time.monotonic() - 60
        signal.raise_signal(signal.SIGTERM)
        raise AssertionError("it goes on")

    monkeypatch.setattr(scheduling, "run", run)
    outcome = feedlake("schedule", story, "--lake", tmp_path / "lake")

    assert outcome.code == 0
    assert "dropped when it was asked to stop" in outcome.out


def test_signal_while_publishing_ends_after_it(feedlake, net, tmp_path, monkeypatch):
    _, feed = open_paper(net, 2)
    lake = tmp_path / "lake"
    publish = Lake.publish

    def publish_disturbed(self: Lake, entry: Any) -> None:
        signal.raise_signal(signal.SIGTERM)
        publish(self, entry)

    monkeypatch.setattr(Lake, "publish", publish_disturbed)
    outcome = feedlake("schedule", feed, "--lake", lake, *FLAGS, "--quiet")

    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert len(rows(lake, "articles")) == 2
    assert verify(Lake(str(lake))) == []


def test_signal_between_two_runs_ends_at_once(feedlake, story, tmp_path, monkeypatch):
    def sleep(seconds: float) -> None:
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("it goes on sleeping")

    monkeypatch.setattr(scheduling, "sleep", sleep)
    outcome = feedlake("schedule", story, "--lake", tmp_path / "lake")

    assert outcome.code == 0
    assert len(outcome.out.splitlines()) == 1


def test_signal_while_files_are_merged_ends_after_the_run_is_told(
    feedlake, story, tmp_path, monkeypatch
):
    def merge_some(lake: Lake, *, may_go_on: Callable[[], bool]) -> int:
        assert may_go_on()
        signal.raise_signal(signal.SIGTERM)
        assert not may_go_on()
        return 3

    monkeypatch.setattr(compacting, "count_small_files", lambda lake, max_bytes: 1_000_000)
    monkeypatch.setattr(compacting, "merge_some", merge_some)
    outcome = feedlake("schedule", story, "--lake", tmp_path / "lake")

    assert outcome.code == 0
    assert "3 files merged" in outcome.out
    assert "next run" not in outcome.out


def test_run_that_does_not_end_when_asked_is_given_up_and_told(
    feedlake, story, tmp_path, monkeypatch
):
    def run(given: IngestOptions, accounts: list[Account], **_: object) -> Account:
        signal.raise_signal(signal.SIGTERM)
        while True:
            signal.pause()

    monkeypatch.setattr(scheduling, "run", run)
    monkeypatch.setattr(scheduling, "GRACE_S", 0.05)
    outcome = feedlake("schedule", story, "--lake", tmp_path / "lake")

    assert outcome.code == 0
    assert "failed: dropped when it was asked to stop; the next run repeats what was" in outcome.out


@pytest.mark.parametrize(
    "makes_of_it",
    [
        lambda error: RuntimeError(f"{error!r} [while running 'Enrich/EnrichArticles']"),
        lambda _: LakeError("a file of the lake is damaged"),
        lambda _: LakeBusyError("another process is writing to the lake"),
        lambda _: OSError(4, "Interrupted system call"),
    ],
    ids=["beam", "damaged", "busy", "system"],
)
def test_run_that_is_given_up_is_no_failure_whatever_libraries_make_of_the_signal(
    feedlake, story, tmp_path, monkeypatch, makes_of_it
):
    def run(*_: Any, **__: Any) -> Account:
        signal.raise_signal(signal.SIGTERM)
        try:
            while True:
                signal.pause()
        except KeyboardInterrupt as error:
            raise makes_of_it(error) from error

    monkeypatch.setattr(scheduling, "run", run)
    monkeypatch.setattr(scheduling, "GRACE_S", 0.05)
    outcome = feedlake("schedule", story, "--lake", tmp_path / "lake")

    assert (outcome.code, outcome.err.count("Traceback")) == (0, 0)
    assert len(outcome.out.splitlines()) == 1
    assert "failed: dropped when it was asked to stop; the next run repeats what was" in outcome.out


def test_run_that_was_published_in_time_is_told_however_long_its_addresses_take_to_list(
    feedlake, net, tmp_path, monkeypatch
):
    publish = Service.publish

    def publish_and_ask(self: Service, accounts: list[Account], **more: Any) -> bool:
        found = publish(self, accounts, **more)
        if not process_wide(StopRequest).is_asked():
            signal.raise_signal(signal.SIGTERM)
        return found

    def read_slowly(_: Service) -> None:
        while True:
            signal.pause()

    _, feed = open_paper(net, 1)
    monkeypatch.setattr(Service, "publish", publish_and_ask)
    monkeypatch.setattr(Service, "next_due", read_slowly)
    outcome = feedlake("schedule", feed, "--lake", tmp_path / "lake", *FLAGS)

    assert outcome.code == 0
    assert "run 1: 1 document, 1 new" in outcome.out


def test_run_that_swallows_the_signal_is_interrupted_again(feedlake, story, tmp_path, monkeypatch):
    swallowed = []

    def run(*_: Any, **__: Any) -> Account:
        signal.raise_signal(signal.SIGTERM)
        while True:
            try:
                signal.pause()
            except KeyboardInterrupt as error:
                swallowed.append(error)
                if len(swallowed) == 3:
                    raise

    monkeypatch.setattr(scheduling, "run", run)
    monkeypatch.setattr(scheduling, "GRACE_S", 0.05)
    monkeypatch.setattr(interrupts, "_AGAIN_LATE_S", 0.05)
    outcome = feedlake("schedule", story, "--lake", tmp_path / "lake")

    assert outcome.code == 0
    assert outcome.out.count("dropped when it was asked to stop") == 1


def publish_news(first: Site, second: Site, *, edition: int) -> list[str]:
    """New stories on two sites: one the same on both, one changed, one that is not there."""
    names = [f"edition-{edition}-{place}" for place in range(4)]
    for name in names:
        first.add(f"/{name}", page(name))
    first.add(f"/empty-{edition}", Reply(b"<html></html>"))
    second.add(f"/copy-{edition}", page("copy", text=story(names[0])))
    first.add("/live", page("live", text=f"{story('live')} Edition {edition}. {story(names[1])}"))
    listed = [*names, f"empty-{edition}", f"gone-{edition}", "live"]
    body = rss(first, listed).replace(b"<title>The live<", b"<title>Live %d<" % edition)
    return [
        serve_feed(first, body),
        serve_feed(second, rss(second, [f"copy-{edition}"])),
    ]


def ids(lake: Path) -> dict[str, list[Any]]:
    """What tells the rows of each table, whichever run wrote them.

    Which of two equal pages is the article depends on which came first, and so on when a run was
    killed: articles are told by their texts, and all that has one by its address.
    """
    columns = {
        "articles": ("text_sha256",),
        "revisions": ("article_id", "text_sha256"),
        "rejects": ("url", "reason"),
    }
    found: dict[str, list[Any]] = {
        table: sorted(tuple(str(row.get(name)) for name in names) for row in rows(lake, table))
        for table, names in columns.items()
    }
    both = (*rows(lake, "articles"), *rows(lake, "duplicates"))
    return {**found, "addresses": sorted(str(row["url"]) for row in both)}


def test_killed_schedules_leave_the_lake_of_one_that_was_never_killed(
    forks: Forks,
    net: Internet,
    tmp_path: Path,
) -> None:
    chance = random.Random(SEED)
    first, second = net.add_site(), net.add_site()
    killed_lake, whole_lake = tmp_path / "killed", tmp_path / "whole"
    editions, killed = max(2, KILLS // 6), 0

    def run(lake: Path, *, command: str = "schedule", **how: Any) -> int:
        once = ("--runs", "1") if command == "schedule" else ()
        given = ("--lake", lake, "--quiet", *FLAGS, "--enrich", "none", *once)
        return forks.run(command, *feeds, *given, sets=SOON_GIVEN_UP, **how)

    for edition in range(editions):
        feeds = publish_news(first, second, edition=edition)
        changes = settle(run, whole_lake)
        for number in range(KILLS // editions):
            if number % 3:
                how: dict[str, Any] = {"die_at": chance.randint(1, changes)}
            else:
                how = {"kill_after_s": chance.uniform(0.05, 0.8)}
            killed += run(killed_lake, **how) == 0
        settle(run, killed_lake)

    assert killed >= KILLS // 3  # The others had nothing due, or ended before their time came.
    assert ids(killed_lake) == ids(whole_lake)
    assert len(ids(whole_lake)["articles"]) == 4 * editions + 1
    assert len(ids(whole_lake)["revisions"]) == editions - 1
    assert verify(Lake(str(killed_lake))) == []
    assert not list(killed_lake.glob("_staging/*"))


def settle(run: Callable[..., int], lake: Path) -> int:
    """Lets further runs come until nothing waits; returns the changes on disk of the first."""
    changes = run(lake, command="ingest")
    while waiting(lake):
        run(lake, command="ingest")
    return changes
