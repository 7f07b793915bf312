"""Scheduled runs: what is due, at fixed times, whatever becomes of one of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from internet import Internet, Reply
from newspapers import FLAGS, open_paper, page, rows, rss, serve_feed

import feedlake.pipeline.service.schedule as scheduling
import feedlake.pipeline.upkeep.compact as compact
from feedlake.pipeline.cli.command_line import read_command_line
from feedlake.pipeline.cli.reports import Troubles, tick_text
from feedlake.pipeline.lake.journal_entry import LakeError
from feedlake.pipeline.lake.lake import Lake, LakeBusyError
from feedlake.pipeline.options.failures import UsageError
from feedlake.pipeline.options.run_options import IngestOptions, ingest_options
from feedlake.pipeline.run.account import Account, BooksError
from feedlake.pipeline.service.front import Front
from feedlake.pipeline.service.schedule import ScheduleOptions, Tick, schedule
from feedlake.pipeline.upkeep.compact import count_small_files
from feedlake.pipeline.upkeep.verify import verify
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest

Run = Callable[[IngestOptions, list[Account]], Account]
PLAIN = (*FLAGS, "--enrich", "none")


@pytest.fixture(autouse=True)
def unasked() -> None:
    """Nobody has asked this process to end, whatever tests before have done."""
    process_wide(StopRequest).reset()


@pytest.fixture
def net() -> Iterator[Internet]:
    with Internet() as opened:
        yield opened


def options(lake: Path) -> IngestOptions:
    """What the command makes of its flags."""
    call = read_command_line(["schedule", "seeds", "--lake", str(lake)])
    return ingest_options(call.values)


class Clock:
    """Time that passes only when something takes it."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.starts: list[float] = []

    def pass_s(self, seconds: float) -> None:
        assert seconds >= 0
        self.now_s += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(scheduling, "monotonic", lambda: clock.now_s)
    monkeypatch.setattr(scheduling, "sleep", clock.pass_s)
    return clock


def plan_runs(
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    lake: Path,
    outcomes: list[float | BaseException],
    *,
    every_s: float = 60.0,
) -> tuple[bool, list[Tick]]:
    """Schedules runs that take so many seconds or raise; returns the end and what was told."""
    left = iter(outcomes)

    def run(given: IngestOptions, accounts: list[Account], **_: object) -> Account:
        assert given.is_scheduled
        clock.starts.append(clock.now_s)
        outcome = next(left)
        if isinstance(outcome, BaseException):
            raise outcome
        clock.pass_s(outcome)
        return Account(lake=str(lake), runs=("run",))

    monkeypatch.setattr(scheduling, "run", run)
    ticks: list[Tick] = []
    is_good = schedule(
        options(lake),
        ScheduleOptions(every_s, runs=len(outcomes)),
        tell=ticks.append,
        explain=lambda error: f"explained {error!r}",
    )
    return is_good, ticks


def test_runs_start_at_a_fixed_distance_whatever_they_take(clock, monkeypatch, tmp_path):
    is_good, ticks = plan_runs(clock, monkeypatch, tmp_path / "lake", [10, 59.5, 0, 30])

    assert clock.starts == [1_000, 1_060, 1_120, 1_180]
    assert is_good
    assert [tick.number for tick in ticks] == [1, 2, 3, 4]


def test_run_longer_than_the_interval_is_followed_at_once_and_none_made_up_for(
    clock, monkeypatch, tmp_path
):
    plan_runs(clock, monkeypatch, tmp_path / "lake", [10, 200, 10, 10])

    assert clock.starts == [1_000, 1_060, 1_260, 1_320]


def test_time_that_telling_takes_is_part_of_the_interval(clock, monkeypatch, tmp_path):
    starts: list[float] = []

    def run(given: IngestOptions, accounts: list[Account], **_: object) -> Account:
        starts.append(clock.now_s)
        return Account(lake=str(tmp_path))

    monkeypatch.setattr(scheduling, "run", run)
    schedule(
        options(tmp_path / "lake"),
        ScheduleOptions(60.0, runs=3),
        tell=lambda tick: clock.pass_s(25),
        explain=repr,
    )

    assert starts == [1_000, 1_060, 1_120]


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (LakeError("the journal is damaged"), "the journal is damaged"),
        (BooksError("the books do not balance"), "the books do not balance"),
        (UsageError("list.opml: no such file"), "list.opml: no such file"),
        (ZeroDivisionError("a bug"), "explained ZeroDivisionError('a bug')"),
        (MemoryError(), "explained MemoryError()"),
    ],
)
def test_failed_run_is_told_and_the_next_one_tried(clock, monkeypatch, tmp_path, failure, sentence):
    is_good, ticks = plan_runs(clock, monkeypatch, tmp_path / "lake", [1, failure, 1])

    assert is_good
    assert [tick.failure for tick in ticks] == [None, sentence, None]
    assert clock.starts == [1_000, 1_060, 1_120]


def test_busy_lake_puts_a_run_off_and_is_no_failure(clock, monkeypatch, tmp_path):
    is_good, ticks = plan_runs(clock, monkeypatch, tmp_path / "lake", [1, LakeBusyError("busy")])

    assert is_good
    assert [tick.failure for tick in ticks] == [None, None]
    assert [tick.put_off for tick in ticks] == [None, "busy"]


def test_last_run_that_fails_is_the_outcome(clock, monkeypatch, tmp_path):
    is_good, ticks = plan_runs(clock, monkeypatch, tmp_path / "lake", [1, LakeError("no")])

    assert not is_good
    assert ticks[-1].next_at is None


@pytest.mark.parametrize("failure", [UsageError("no such file"), LakeBusyError("busy")])
def test_first_run_that_makes_no_sense_ends_it(clock, monkeypatch, tmp_path, failure):
    with pytest.raises(type(failure)):
        plan_runs(clock, monkeypatch, tmp_path / "lake", [failure, 1])


def test_chunks_published_before_a_failure_are_counted(clock, monkeypatch, tmp_path):
    def run(given: IngestOptions, accounts: list[Account], **_: object) -> Account:
        accounts += [Account("lake", runs=("run-0001",), documents=5, articles=5)] * 2
        raise LakeError("the third chunk cannot be written")

    monkeypatch.setattr(scheduling, "run", run)
    ticks: list[Tick] = []
    schedule(
        options(tmp_path / "lake"),
        ScheduleOptions(60.0, runs=1),
        tell=ticks.append,
        explain=repr,
    )

    [tick] = ticks
    assert tick.account is not None
    assert tick.account.articles == 10
    assert tick.failure == "the third chunk cannot be written"


def test_status_line_says_when_the_next_run_is_and_the_first_address_due():
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    account = Account(
        "lake",
        runs=("run",),
        documents=3,
        articles=2,
        polls={"read": 2},
        deferred=1,
        elapsed_s=4.21,
    )
    minute = timedelta(minutes=1)
    tick = Tick(
        7,
        started_at=noon,
        account=account,
        failure=None,
        merged_files=12,
        next_at=noon + 15 * minute,
        next_due=noon + 21 * minute,
        addresses=1_500,
    )

    assert tick_text(tick) == (
        "2026-11-22 12:00:00 UTC run 7: 3 documents, 2 new, 0 revised, 0 duplicates, 0 rejects; "
        "read 2 of 1,500 addresses; 1 page left for later runs; 4.2 s; 12 files merged; next run "
        "12:15:00 (first address due 2026-11-22 12:21:00)"
    )
    reasons = {"login_wall": 1_200, "too_short": 3, "dns": 2, "empty": 1}
    worse = replace(
        account, duplicates=1, rejects=1_206, reject_reasons=reasons, out_of_reach=2, polls={}
    )
    assert (
        "0 revised, 1 duplicate, 1,206 rejects (login_wall 1,200, too_short 3, dns 2, \u2026); "
        "2 addresses and pages out of reach: most sites failed at once, so it's this machine or "
        "its network; no attempt is counted; 1 page left"
    ) in tick_text(replace(tick, account=worse))
    again = replace(account, documents=1_003, already_in_lake=1_000)
    assert (
        "1,003 documents, 2 new, 0 revised, 0 duplicates, 0 rejects, 1,000 already in the lake; "
    ) in tick_text(replace(tick, account=again))
    last = replace(tick, account=None, failure="\x1b[31mbad", next_at=None, merged_files=0)
    assert tick_text(last) == r"2026-11-22 12:00:00 UTC run 7: failed: \x1b[31mbad"


def test_trouble_that_lasts_is_told_once_and_again_each_hour_and_that_it_is_over():
    noon, troubles = datetime(2026, 11, 22, 12, tzinfo=UTC), Troubles()

    def said(minute: int, *, is_quiet: bool = False, **trouble: str | None) -> str | None:
        tick = Tick(
            minute,
            started_at=noon + timedelta(minutes=minute),
            account=None,
            failure=trouble.get("failure"),
            put_off=trouble.get("put_off"),
            merged_files=0,
            next_at=noon + timedelta(minutes=minute + 1),
            next_due=None,
            addresses=1,
        )
        return troubles.text(tick, is_quiet=is_quiet)

    full = [said(run, failure=f"/lake/_staging/{run}/a: no space") for run in range(2, 62)]
    assert "run 2: failed: /lake/_staging/2/a: no space; next run" in (full[0] or "")
    assert full[1:] == [None] * 59
    assert "; before it, 59 more runs had the" in (
        said(62, failure="/lake/_staging/a: no space") or ""
    )
    assert "run 63: failed: the journal" in (said(63, failure="the journal is damaged") or "")
    assert "run 64: put off: busy" in (said(64, put_off="busy") or "")
    assert said(65, put_off="busy") is None
    assert "run 66: next run 13:07:00; before it, 1 more run" in (said(66, is_quiet=True) or "")
    assert said(67) is None
    assert "run 68: put off: busy" in (said(68, put_off="busy") or "")
    assert said(69, is_quiet=True, put_off="another") is None


def run_once(feedlake: Any, lake: Path, *more: object) -> Any:
    return feedlake("schedule", "--lake", lake, "--runs", "1", *PLAIN, *more)


def test_only_what_is_due_is_polled(feedlake, net, tmp_path):
    site, feed = open_paper(net, 2)
    lake = tmp_path / "lake"
    arguments = (feed, "--min-interval", "1h", "--contact", "ops@example.org")

    first = run_once(feedlake, lake, *arguments)
    asked = list(site.asked())
    second = run_once(feedlake, lake, *arguments)

    assert (first.code, second.code) == (0, 0)
    assert first.err == ""
    assert (
        "2 documents, 2 new, 0 revised, 0 duplicates, 0 rejects; read 1 of 1 address;" in first.out
    )
    assert "run 1: 0 documents, 0 new, 0 revised, 0 duplicates, 0 rejects;" in second.out
    assert site.asked() == asked
    assert len(first.out.splitlines()) == len(second.out.splitlines()) == 1


def test_list_that_goes_bad_is_replaced_by_its_last_good_version(
    feedlake, net, clock, monkeypatch, tmp_path
):
    _, one = open_paper(net, 1)
    _, two = open_paper(net, 1)
    path = tmp_path / "feeds.txt"
    path.write_text(f"{one}\n{two}\n")
    bodies = iter([f"{one}\nwww.example.org/feed\n", "", one])

    def pass_s(seconds: float) -> None:
        clock.pass_s(seconds)
        if (body := next(bodies, None)) is not None:
            path.write_text(body)

    monkeypatch.setattr(Front, "wait", lambda _, seconds: pass_s(seconds))
    flags = ("--lake", tmp_path / "lake", "--every", "1s", *FLAGS, "--json")
    outcome = feedlake("schedule", path, "--runs", "4", *flags)

    ticks = [json.loads(line) for line in outcome.out.splitlines()]
    wrong = f"SOURCE {path}: line 2: must be an http(s) address: www.example.org/feed"
    none = f"SOURCE {path}: not a list of feeds any more"
    assert outcome.code == 0
    assert [tick["complaints"] for tick in ticks] == [[], [wrong], [none], []]
    assert [tick["addresses"] for tick in ticks] == [2, 2, 2, 1]
    assert [tick["failure"] for tick in ticks] == [None] * 4


def test_list_that_is_bad_is_told_even_by_a_quiet_schedule(feedlake, clock, monkeypatch, tmp_path):
    path = tmp_path / "feeds.txt"
    path.write_text("http://127.1.0.9:9/feed")

    def pass_s(seconds: float) -> None:
        clock.pass_s(seconds)
        path.write_text("# http://127.1.0.9:9/feed")

    monkeypatch.setattr(Front, "wait", lambda _, seconds: pass_s(seconds))
    flags = ("--lake", tmp_path / "lake", "--every", "1s", "--quiet")
    outcome = feedlake("schedule", path, "--runs", "2", *flags)

    [line] = outcome.out.splitlines()
    assert (
        f"UTC run 2: SOURCE {path}: the list has no address in it, only comments; its last good "
        "version was used; 0 documents"
    ) in line


def test_list_that_is_bad_from_the_start_ends_it(feedlake, tmp_path):
    path = tmp_path / "feeds.txt"
    path.write_text("https://a.example/feed\nwww.example.org/feed\n")
    for command in (["schedule", "--runs", "2"], ["ingest"]):
        outcome = feedlake(*command, path, "--lake", tmp_path / "lake", "--quiet")
        assert outcome.code == 2
        assert "line 2: must be an http(s) address: www.example.org/feed" in outcome.err
    outcome = feedlake("feeds", "import", path)
    assert (outcome.code, outcome.out) == (2, "")


def test_source_that_no_run_includes_any_more_is_not_the_one_due_next(feedlake, net, tmp_path):
    _, old = open_paper(net, 1)
    _, new = open_paper(net, 1)
    lake = tmp_path / "lake"
    run_once(feedlake, lake, old, "--min-interval", "1s")

    outcome = feedlake(
        "schedule", new, "--lake", lake, *FLAGS, "--min-interval", "3h", "--runs", "2",
        "--every", "1s",
    )  # fmt: skip

    in_an_hour = datetime.now(UTC) + timedelta(hours=1)
    due = outcome.out.splitlines()[0].rpartition("due ")[2].rstrip(")")
    assert due > f"{in_an_hour:%Y-%m-%d %H:%M:%S}"
    assert "of 1 address;" in outcome.out


@pytest.mark.parametrize(("more", "warnings"), [((), 1), (("--quiet",), 0)])
def test_missing_contact_is_warned_of_once(feedlake, story, tmp_path, more, warnings):
    lake = tmp_path / "lake"
    outcome = feedlake("schedule", story, "--lake", lake, "--runs", "2", "--every", "1s", *more)

    assert outcome.code == 0
    assert outcome.err.count("no --contact") == warnings
    assert len(outcome.err.splitlines()) == warnings


def test_wrong_usage_ends_it_at_once(feedlake, tmp_path):
    outcome = feedlake("schedule", tmp_path / "none", "--lake", tmp_path / "lake", "--quiet")

    assert outcome.code == 2
    assert "no such" in outcome.err


@pytest.mark.parametrize("beam_flags", [("--", "--no_such_flag=1"), ("--", "--runner=Flink")])
def test_beam_flags_that_make_no_sense_end_it_at_once(feedlake, story, tmp_path, beam_flags):
    outcome = feedlake("schedule", story, "--lake", tmp_path / "lake", "--quiet", *beam_flags)

    assert outcome.code == 2
    assert not (tmp_path / "lake").exists()


def test_busy_lake_at_the_start_has_its_exit_code(feedlake, story, tmp_path):
    lake = tmp_path / "lake"
    with Lake(str(lake)).writing():
        outcome = feedlake("schedule", story, "--lake", lake, "--quiet")

    assert outcome.code == 4


def test_lake_that_is_busy_meanwhile_is_tried_again(feedlake, story, tmp_path, monkeypatch):
    lake = Lake(str(tmp_path / "lake"))
    locks = [lake.writing()]

    def sleep(seconds: float) -> None:
        if len(locks) == 1:
            locks[0].__enter__()
            locks.append(locks[0])
        elif len(locks) == 2:
            locks[0].__exit__(None, None, None)
            locks.append(locks[0])

    monkeypatch.setattr(scheduling, "sleep", sleep)
    outcome = feedlake("schedule", story, "--lake", lake.path, "--runs", "3", "--every", "1s")

    said = outcome.out.splitlines()
    assert outcome.code == 0
    assert ["put off: another process is writing" in line for line in said] == [False, True, False]
    assert "failed" not in outcome.out


def test_lake_that_is_damaged_meanwhile_is_told_and_mended_it_goes_on(
    feedlake, story, tmp_path, monkeypatch
):
    lake = tmp_path / "lake"
    damage = iter([b"{", None])

    def sleep(seconds: float) -> None:
        [entry] = lake.glob("_journal/*.json")
        content = next(damage, None)
        if content is not None:
            (tmp_path / "kept").write_bytes(entry.read_bytes())
            entry.write_bytes(content)
        else:
            entry.write_bytes((tmp_path / "kept").read_bytes())

    monkeypatch.setattr(scheduling, "sleep", sleep)
    outcome = feedlake("schedule", story, "--lake", lake, "--runs", "3", "--every", "1s")

    said = outcome.out.splitlines()
    assert outcome.code == 0
    assert ["failed: the journal entry" in line for line in said] == [False, True, False]


def test_fault_of_ours_is_shown_whole_and_the_next_run_tried(
    feedlake, story, tmp_path, monkeypatch
):
    calls = []

    def run(given: IngestOptions, accounts: list[Account], **_: object) -> Account:
        calls.append(given)
        if len(calls) == 1:
            raise KeyError("column")
        return Account(lake=given.lake)

    monkeypatch.setattr(scheduling, "run", run)
    monkeypatch.setattr(scheduling, "sleep", lambda seconds: None)
    outcome = feedlake("schedule", story, "--lake", tmp_path / "lake", "--runs", "2")

    assert outcome.code == 0
    assert "failed: a bug in feedlake: KeyError;" in outcome.out
    assert "KeyError: 'column'" in outcome.err


def test_small_files_are_merged_when_there_are_too_many(feedlake, net, tmp_path):
    site, feed = open_paper(net, 1)
    lake = tmp_path / "lake"
    run_once(feedlake, lake, feed)
    for number in range(3):
        names = [f"later-{place}" for place in range(number + 1)]
        for name in names:
            site.add(f"/{name}", page(name))
        serve_feed(site, rss(site, names))
        few = feedlake("ingest", feed, "--lake", lake, *PLAIN)
        assert few.code == 0

    outcome = run_once(feedlake, lake, feed, "--compact-files", "4")

    assert "files merged" in outcome.out
    assert count_small_files(Lake(str(lake))) == 0
    assert verify(Lake(str(lake))) == []
    assert len(rows(lake, "articles")) == 4
    assert "0 documents" in run_once(feedlake, lake, feed, "--compact-files", "4").out


def test_files_are_merged_no_longer_than_there_is_time_for(feedlake, net, tmp_path, monkeypatch):
    site, feed = open_paper(net, 1)
    lake = tmp_path / "lake"
    for name in ("one", "two", "three"):
        site.add(f"/{name}", page(name))
        serve_feed(site, rss(site, [name]))
        assert feedlake("ingest", feed, "--lake", lake, *PLAIN).code == 0
    monkeypatch.setattr(compact, "MERGING_S", 0.0)
    outcome = run_once(feedlake, lake, feed, "--compact-files", "2")

    assert outcome.code == 0
    assert "files merged" not in outcome.out
    monkeypatch.setattr(compact, "MERGING_S", 60.0)
    assert "files merged" in run_once(feedlake, lake, feed, "--compact-files", "2").out


def test_hostile_list_and_name_do_not_steer_the_terminal(feedlake, net, tmp_path):
    site = net.add_site()
    name = "a\x1b[31m\u202e[red]b"
    site.add("/x", page("x"))
    feed = serve_feed(site, rss(site, ["x"], title="\u202e[bold]\u009b31m"))
    lake = tmp_path / name
    first = run_once(feedlake, lake, feed)
    for entry in lake.glob("_journal/*.json"):
        entry.write_text("{")
    second = run_once(feedlake, lake, feed)

    assert (first.code, second.code) == (0, 1)
    for shown in (first.out, first.err, second.out, second.err):
        assert not set(shown) & {"\x1b", "\u202e", "\x9b"}
    assert r"\x1b[31m\u202e[red]b" in second.out


def test_pages_that_were_not_fetched_are_in_the_lake_and_come_next(feedlake, net, tmp_path):
    site, feed = open_paper(net, 6)
    lake = tmp_path / "lake"

    first = run_once(feedlake, lake, feed, "--host-pages", "4")
    second = run_once(feedlake, lake, feed, "--host-pages", "4")
    site.add("/feed.xml", Reply(status=304))

    assert "4 documents, 4 new" in first.out
    assert "2 pages left for later runs" in first.out
    assert "2 documents, 2 new" in second.out
    assert len({row["url"] for row in rows(lake, "articles")}) == 6
