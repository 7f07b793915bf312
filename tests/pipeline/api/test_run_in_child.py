"""`feedlake.ingest`: runs in processes of their own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep

import pytest
from conftest import PROJECT, content_of, read_rows, run_command
from internet import Internet, Reply

import feedlake
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.upkeep.verify import verify


def test_ingest_gives_the_rows_and_the_account_of_the_command(seed_lake, tmp_path):
    account = feedlake.ingest(PROJECT / "seeds", lake=tmp_path / "lake")

    assert content_of(tmp_path / "lake") == content_of(seed_lake)
    again = run_command("ingest", PROJECT / "seeds", "--lake", tmp_path / "other", "--json")
    told = json.loads(again.out)
    assert (account.documents, account.articles, account.rejects) == (40, 31, 5)
    assert account.reject_reasons == told["reject_reasons"]
    assert account.partition_by == ("date",)
    assert account.lake == str(tmp_path / "lake")
    assert [row["run_id"] for row in read_rows(tmp_path / "lake", "runs")] == list(account.runs)
    assert not account.is_silent_zero


def test_options_and_configuration_count(story, tmp_path, monkeypatch):
    page = story / "page.html"
    page.write_text("<article><p>" + "The ferry was late. " * 12 + "</p></article>")
    config = tmp_path / "own.toml"
    config.write_text("min-chars = 300\n")
    monkeypatch.chdir(tmp_path)
    Path("feedlake.toml").write_text("min-chars = 3000\n")  # Is not read: nobody named it.

    plain = feedlake.ingest([story], lake="plain")
    told = feedlake.ingest([story], lake="told", config=config)
    both = feedlake.ingest([story], lake="both", config=config, min_chars=20)

    assert (plain.articles, told.reject_reasons, both.reject_reasons) == (2, {"too_short": 1}, {})
    assert plain.lake == str(tmp_path / "plain")


def test_nothing_of_beam_comes_into_the_process(story, tmp_path):
    code = (
        "import sys, feedlake; feedlake.ingest(sys.argv[1], lake=sys.argv[2]); "
        "sys.exit(any(name.startswith('apache_beam') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code, str(story), str(tmp_path / "lake")], check=True)


def test_a_script_without_a_guard_runs_once(story, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import feedlake\n"
        f"print(feedlake.ingest({str(story)!r}, lake={str(tmp_path / 'lake')!r}).articles)\n"
        "print(feedlake.extract('<p>' + 'The ferry was late. ' * 30).word_count)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("1\n120\n", "")


def test_feedlake_that_only_the_path_of_the_program_knows_is_found(story, tmp_path):
    """As in a notebook that begins with `sys.path.insert`."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in ("feedlake", "pipeline", "transforms"):
        (folder / name).symlink_to(PROJECT / name)
    code = (
        f"import sys; sys.path.insert(0, {str(folder)!r}); import feedlake; "
        f"assert feedlake.__file__.startswith({str(folder)!r}), feedlake.__file__; "
        f"print(feedlake.ingest({str(story)!r}, lake={str(tmp_path / 'lake')!r}).articles)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == "1\n"


@pytest.mark.parametrize(
    ("kind", "sentence", "arguments"),
    [
        (feedlake.UsageError, "SOURCE .*nowhere: no such file or folder", {"sources": "nowhere"}),
        (feedlake.UsageError, "sources: names none", {"sources": []}),
        (feedlake.UsageError, "sources: an empty text: must be a path", {"sources": ""}),
        (feedlake.UsageError, "lake: an empty text: must be a path", {"lake": ""}),
        (feedlake.UsageError, "--lake .*note.txt: a file, not a folder", {"lake": "note.txt"}),
        (feedlake.UsageError, "min_chars: -1: must be", {"min_chars": -1}),
        (feedlake.UsageError, "--config none.toml: no such file", {"config": "none.toml"}),
        (feedlake.UsageError, "--runner NoRunner", {"runner": "NoRunner"}),
        (feedlake.UsageError, "Beam knows no such flag", {"beam_flags": ["--nonsense"]}),
        (TypeError, "takes no argument 'quiet'", {"quiet": True}),
    ],
)
def test_mistakes_are_exceptions_with_a_sentence(kind, sentence, arguments, story, monkeypatch):
    monkeypatch.chdir(story)
    Path("note.txt").touch()
    with pytest.raises(kind, match=sentence):
        feedlake.ingest(**{"sources": "ferry.txt", "lake": "lake", **arguments})
    assert not Path("lake", "articles").exists()


def test_busy_lake_is_told_and_can_be_waited_for(story, tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    with lake.writing(), pytest.raises(feedlake.LakeBusyError, match="another process is writing"):
        feedlake.ingest(story, lake=lake.path)
    holding, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with lake.writing():
            holding.set()
            let_go.wait()

    with ThreadPoolExecutor() as pool:
        held = pool.submit(hold)
        holding.wait()
        waiting = pool.submit(feedlake.ingest, story, lake=lake.path, wait="5m")
        sleep(1)
        assert not waiting.done()
        let_go.set()
        assert waiting.result().articles == 1
        held.result()


def test_damaged_lake_is_told(story, tmp_path):
    feedlake.ingest(story, lake=tmp_path / "lake")
    [path] = (tmp_path / "lake" / "articles").rglob("*.parquet")
    path.unlink()
    with pytest.raises(feedlake.LakeError, match=r"is missing.*; nothing was published"):
        feedlake.ingest(story, lake=tmp_path / "lake", reread=True)


def test_bug_is_told_as_one_with_its_traceback(story, tmp_path, monkeypatch):
    own = tmp_path / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'feedlake.pipeline.api.child_run' in ' '.join(sys.orig_argv):\n"
        "    import feedlake.pipeline.run.run as run\n"
        "    def fail(*_, **__): raise LookupError('no such thing')\n"
        "    run.list_sources = fail\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(own))
    with pytest.raises(feedlake.RunError, match="a bug in feedlake: LookupError; nothing") as error:
        feedlake.ingest(story, lake=tmp_path / "lake")
    assert "no such thing" in "".join(error.value.__notes__)


def children_of(process: int) -> list[int]:
    """Processes of runs that a process has started."""
    done = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(process)],
        capture_output=True,
        text=True,
        check=False,
    )
    return [int(line.split()[0]) for line in done.stdout.splitlines() if "child_run" in line]


def is_alive(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(condition) -> None:
    end = monotonic() + 60
    while not condition():
        assert monotonic() < end
        sleep(0.05)


SLOW = """
import signal, sys, feedlake
signal.signal(signal.SIGINT, signal.default_int_handler)  # The tests may have them ignored.
signal.signal(signal.SIGTERM, signal.SIG_DFL)
feedlake.ingest(sys.argv[1], lake=sys.argv[2], allow_network=["127.0.0.0/8"], progress=print)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_run_ends_with_its_program_whatever_ends_that(number, tmp_path):
    with Internet() as internet:
        site = internet.add_site("slow.example")
        asked = threading.Event()

        def answer(_: object) -> Reply:
            asked.set()
            return Reply(hang=True)

        site.add("/feed.xml", answer)
        site.add("/robots.txt", Reply(status=404))
        url = site.url("/feed.xml", by_address=True)
        program = subprocess.Popen(
            [sys.executable, "-c", SLOW, url, str(tmp_path / "lake")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert asked.wait(60)
        [run] = children_of(program.pid)
        program.send_signal(number)
        _, words = program.communicate(timeout=60)
        wait_for(lambda: not is_alive(run))
    if number == signal.SIGINT:
        assert "KeyboardInterrupt" in words
    lake = Lake(str(tmp_path / "lake"))
    assert verify(lake) == []
    assert lake.run_ids() == frozenset()


def test_killed_run_is_told_and_the_same_call_goes_on(story, tmp_path):
    kills = []

    def kill(_: object) -> None:
        if not kills:
            [run] = children_of(os.getpid())
            kills.append(run)
            os.kill(run, signal.SIGKILL)

    with pytest.raises(feedlake.RunError, match="the run's process ended by SIGKILL"):
        feedlake.ingest(story, lake=tmp_path / "lake", progress=kill)
    assert feedlake.ingest(story, lake=tmp_path / "lake").articles == 1


def test_counts_come_to_the_caller_in_its_own_thread(story, tmp_path):
    seen, threads = [], set()

    def show(counts) -> None:
        seen.append(dict(counts))
        threads.add(threading.current_thread())

    with ThreadPoolExecutor() as pool:
        run = pool.submit(feedlake.ingest, story, lake=tmp_path / "lake", progress=show)
        assert run.result().articles == 1
    assert seen
    assert seen[-1]["sources to read"] == 1
    assert threads.isdisjoint({threading.current_thread()})
    assert len(threads) == 1


def test_what_counts_raises_ends_the_run(story, tmp_path):
    def fail(_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        feedlake.ingest(story, lake=tmp_path / "lake", progress=fail)
    assert feedlake.ingest(story, lake=tmp_path / "lake").articles == 1


def test_runs_into_several_lakes_at_once_from_an_event_loop(story, tmp_path):
    async def main() -> list[feedlake.Account]:
        runs = [asyncio.to_thread(feedlake.ingest, story, lake=tmp_path / name) for name in "abc"]
        return await asyncio.gather(*runs)

    assert [account.articles for account in asyncio.run(main())] == [1, 1, 1]


def test_nothing_is_shown_unless_there_is_somebody_to_look(story, tmp_path, capfd):
    feedlake.ingest(story, lake=tmp_path / "lake")
    feedlake.ingest(story, lake=tmp_path / "lake", progress=False)
    assert capfd.readouterr() == ("", "")
