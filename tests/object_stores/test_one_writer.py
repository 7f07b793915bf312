"""One writer at a time: a lease that is renewed, and a commit that only its holder can make."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import run_command

from feedlake.pipeline.lake.journal_entry import JournalEntry
from feedlake.pipeline.lake.lake import Lake, LakeBusyError
from feedlake.pipeline.lease import lease as leases
from feedlake.pipeline.lease.lease import Lease, LeaseError, lease_of
from feedlake.pipeline.options.failures import UsageError
from feedlake.transforms.normalize import storage
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.stores.object_store import StoreError
from feedlake.transforms.stores.s3_store import S3Store

DAY = "run_date=2026-01-05"


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets each writer seem to run on a machine of its own, where nobody can see it die."""
    monkeypatch.setattr(leases, "_process_mark", lambda pid: None)


@pytest.fixture
def asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets writers sleep: their leases of a second are not renewed."""
    monkeypatch.setattr(leases, "LEASE_S", 1.0)
    monkeypatch.setattr(Lease, "renew", lambda self: None)


def stage(lake: Lake, run_id: str) -> JournalEntry:
    """One file of rejects, which nothing but its bytes is asked of."""
    name = f"rejects/{DAY}/{run_id}-0000.parquet"
    written = storage.write_bytes(f"{lake.staging_folder(run_id)}/{name}", run_id.encode())
    file = StagedFile(
        name, table="rejects", rows=1, size_bytes=written.size_bytes, sha256=written.sha256
    )
    return JournalEntry(run_id, partition_by=("date",), add=(file,))


def lease_file(bucket: Any) -> Any:
    return json.loads(storage.read_bytes(f"{bucket.url}/lake/_journal/lease"))


def test_second_writer_is_told_who_writes_and_does_nothing(any_bucket, elsewhere):
    url = f"{any_bucket.url}/lake"
    with Lake(url).writing():
        with (
            pytest.raises(LakeBusyError, match=r"a process on .* is writing to .*nothing was done"),
            Lake(url).writing(),
        ):
            pass
        assert lease_file(any_bucket)["token"] == 1

    with Lake(url).writing():
        assert lease_file(any_bucket)["token"] == 2
    assert lease_file(any_bucket)["is_held"] is False


def test_command_is_busy_with_exit_code_4_and_waits_if_asked_to(bucket, stories, elsewhere):
    url = f"{bucket.url}/lake"
    free = threading.Event()

    def hold() -> None:
        with Lake(url).writing():
            holding.set()
            free.wait(60)

    holding = threading.Event()
    holder = threading.Thread(target=hold)
    holder.start()
    holding.wait(60)

    busy = run_command("ingest", stories, "--lake", url, "--quiet")
    threading.Timer(1.0, free.set).start()
    waited = run_command("ingest", stories, "--lake", url, "--quiet", "--wait", "2m")
    holder.join()

    assert (busy.code, waited.code) == (4, 0)
    assert "nothing was done" in busy.err


def test_of_many_that_begin_at_once_one_writes(any_bucket, elsewhere):
    journal, together = f"{any_bucket.url}/lake/_journal", threading.Barrier(8)
    tokens: list[int] = []

    def try_it() -> None:
        together.wait()
        try:
            with lease_of(journal, wait_s=0) as lease:
                tokens.append(lease.token)
                done.wait(60)
        except leases.LeaseHeldError:
            refused.append(1)
            if len(refused) == 7:
                done.set()

    done, refused = threading.Event(), list[int]()
    threads = [threading.Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (tokens, len(refused)) == ([1], 7)


def test_what_a_dead_process_tried_the_store_with_is_swept_once_it_is_old(any_bucket, monkeypatch):
    journal = f"{any_bucket.url}/lake/_journal"
    left = f"{journal}/lease-probe-0123456789abcdef"
    storage.write_bytes(left, b"1")
    for age_s, is_swept in ((600.0, False), (-1.0, True)):
        monkeypatch.setattr(leases, "MAX_PROBE_S", age_s)
        with lease_of(journal, wait_s=0.0):
            assert storage.exists(left) is not is_swept


def test_lease_is_renewed_as_long_as_its_writer_lives(bucket, elsewhere, monkeypatch):
    monkeypatch.setattr(leases, "LEASE_S", 2.0)
    url = f"{bucket.url}/lake"

    with Lake(url).writing():
        time.sleep(4)  # Two leases long.
        with pytest.raises(LakeBusyError), Lake(url).writing():
            pass


def test_writer_that_wakes_up_late_publishes_nothing(any_bucket, elsewhere, asleep):
    url = f"{any_bucket.url}/lake"
    slow, fast = Lake(url), Lake(url)

    def sleep_and_publish() -> None:
        with slow.writing():
            late = stage(slow, "20260105T080000Z-aaaaaa-0001")
            time.sleep(1.5)
            with fast.writing():
                fast.publish(stage(fast, "20260105T090000Z-bbbbbb-0001"))
                try:
                    slow.publish(late)
                finally:
                    assert not slow.holds(late.run_id)
                    slow.abandon(late.run_id)

    with pytest.raises(LeaseError, match="another writes to the lake now"):
        sleep_and_publish()

    assert list(Lake(url).run_ids()) == ["20260105T090000Z-bbbbbb-0001"]
    assert any_bucket.names("lake/rejects") == [
        f"lake/rejects/{DAY}/20260105T090000Z-bbbbbb-0001-0000.parquet"
    ]
    with Lake(url).writing():
        pass
    assert any_bucket.names("lake/_staging") == []


def test_writer_that_sleeps_right_after_its_commit_has_published(bucket, elsewhere, asleep):
    """The next one enters its run into the journal, and the late riser does no harm."""
    url, run_id = f"{bucket.url}/lake", "20260105T080000Z-aaaaaa-0001"
    slow, fast = Lake(url), Lake(url)
    enter = slow._enter

    def sleep_before(run: str) -> None:
        assert fast.run_ids() == frozenset()
        time.sleep(1.5)
        with fast.writing():
            assert fast.run_ids() == {run_id}
            fast.publish(stage(fast, "20260105T090000Z-bbbbbb-0001"))
        enter(run)

    def publish() -> None:
        with slow.writing():
            try:
                slow.publish(stage(slow, run_id))
            finally:
                assert slow.holds(run_id)

    slow._enter = sleep_before  # type: ignore[method-assign]
    with pytest.raises(LeaseError, match="another writes to the lake now"):
        publish()

    assert sorted(Lake(url).run_ids()) == [run_id, "20260105T090000Z-bbbbbb-0001"]
    assert len(Lake(url).files("rejects")) == 2
    assert sorted(bucket.names("lake/_journal")) == [
        f"lake/_journal/{run_id}.json",
        "lake/_journal/20260105T090000Z-bbbbbb-0001.json",
        "lake/_journal/lease",
    ]


@pytest.mark.parametrize("is_applied", [True, False])
def test_commit_without_an_answer_is_settled(bucket, elsewhere, monkeypatch, is_applied):
    """Whether the request came through or not: what the writer says of it is what all see."""
    url, run_id = f"{bucket.url}/lake", "20260105T080000Z-aaaaaa-0001"
    lake = Lake(url)
    put_if = S3Store.put_if

    def lose_answer(self: S3Store, path: str, content: bytes, *, version: str | None) -> str:
        if run_id.encode() in content and not lost:
            lost.append(path)
            if is_applied:
                put_if(self, path, content, version=version)
            raise StoreError("no answer")
        return put_if(self, path, content, version=version)

    lost: list[str] = []
    monkeypatch.setattr(S3Store, "put_if", lose_answer)
    with lake.writing():
        with pytest.raises(StoreError):
            lake.publish(stage(lake, run_id))
        assert lake.holds(run_id) is is_applied
        if not is_applied:
            lake.abandon(run_id)

    with Lake(url).writing():
        pass
    assert (Lake(url).run_ids() == {run_id}) is is_applied
    assert len(Lake(url).files("rejects")) == is_applied


def test_renewal_without_an_answer_does_not_lose_the_lease(bucket, elsewhere, monkeypatch):
    lake, run_id = Lake(f"{bucket.url}/lake"), "20260105T080000Z-aaaaaa-0001"
    put_if = S3Store.put_if
    lost: list[str] = []

    def lose_answer(self: S3Store, path: str, content: bytes, *, version: str | None) -> str:
        answer = put_if(self, path, content, version=version)
        if not lost:
            lost.append(path)
            raise StoreError("no answer")
        return answer

    with lake.writing():
        monkeypatch.setattr(S3Store, "put_if", lose_answer)
        with pytest.raises(StoreError):
            lake._lease.confirm()
        lake.publish(stage(lake, run_id))

    assert lake.run_ids() == {run_id}


def test_entry_that_comes_back_late_is_taken_away(bucket, elsewhere):
    url, run_id = f"{bucket.url}/lake", "20260105T080000Z-aaaaaa-0001"
    lake = Lake(url)
    with lake.writing():
        lake.publish(stage(lake, run_id))
    entry = storage.read_bytes(f"{url}/_journal/{run_id}.json")
    bucket.put(f"lake/_journal/{run_id}.pending.json", entry)

    assert Lake(url).pending_runs() == []
    with Lake(url).writing():
        pass

    assert f"lake/_journal/{run_id}.pending.json" not in bucket.names("lake/_journal")
    assert Lake(url).run_ids() == {run_id}


@pytest.mark.parametrize("passed_over", ["IfNoneMatch", "IfMatch"])
def test_store_that_passes_over_conditions_is_refused(bucket, monkeypatch, passed_over):
    put_if = S3Store.put_if

    def careless(self: S3Store, path: str, content: bytes, *, version: str | None) -> str:
        if (version is None) == (passed_over == "IfNoneMatch"):
            storage.write_bytes(path, content)
            [written] = storage.list_stored(path)
            return str(written.version)
        return put_if(self, path, content, version=version)

    monkeypatch.setattr(S3Store, "put_if", careless)
    lake = Lake(f"{bucket.url}/lake")

    with pytest.raises(UsageError, match=r"can't be locked.*--unlocked"), lake.writing():
        pass
    assert bucket.names("lake/_journal") == []
    with lake.writing(is_unlocked=True):
        lake.publish(stage(lake, "20260105T080000Z-aaaaaa-0001"))
    assert len(Lake(lake.path).files("rejects")) == 1


def test_lease_that_makes_no_sense_is_named(bucket):
    bucket.put("lake/_journal/lease", b'{"token": "one"}')

    lake = Lake(f"{bucket.url}/lake")
    with pytest.raises(LeaseError, match="_journal/lease makes no sense"), lake.writing():
        pass


SLEEPER = """
import os, signal, sys
from feedlake.pipeline.lease import lease
from feedlake.pipeline.cli.main import main
from feedlake.pipeline.run import run
lease.LEASE_S, lease._process_mark = 3.0, lambda pid: None
open_books = run.open_books
def stop_first(*arguments, **more):
    os.kill(os.getpid(), signal.SIGSTOP)
    return open_books(*arguments, **more)
if sys.argv.pop(1) == "stops":
    run.open_books = stop_first
sys.exit(main(sys.argv[1:]))
"""


def test_process_that_is_stopped_and_goes_on_later_adds_nothing(bucket, stories, tmp_path):
    """SIGSTOP in the midst of a run; another run takes over; SIGCONT."""
    url = f"{bucket.url}/lake"
    script = tmp_path / "sleeper.py"
    script.write_text(SLEEPER, encoding="utf-8")

    def start(how: str, *more: str) -> subprocess.Popen[str]:
        words = [sys.executable, str(script), how, "ingest", str(stories), "--lake", url, "--quiet"]
        environment = {**os.environ, **bucket.environment}
        return subprocess.Popen([*words, *more], env=environment, stderr=subprocess.PIPE, text=True)

    stopped = start("stops")
    assert os.WIFSTOPPED(os.waitpid(stopped.pid, os.WUNTRACED)[1])
    assert bucket.names("lake/_staging")
    second = start("goes on", "--wait", "1m")
    said = second.communicate(timeout=120)[1]
    assert (second.returncode, said) == (0, "")
    os.kill(stopped.pid, signal.SIGCONT)
    said = stopped.communicate(timeout=120)[1]

    assert stopped.returncode == 1
    assert "another writes to the lake now; nothing was published" in said
    assert run_command("compact", "--verify", "--lake", url).out == "the lake is sound\n"
    sql = "SELECT count(*) AS n, count(DISTINCT run_id) AS runs FROM articles"
    rows = run_command("query", sql, "--lake", url, "--format", "json").out
    assert json.loads(rows) == [{"n": 2, "runs": 1}]


def test_process_that_was_killed_here_need_not_be_waited_for(bucket, stories, forks, tmp_path):
    url = f"{bucket.url}/lake"
    told = tmp_path / "said"
    ended = forks.end(
        "ingest", stories, "--lake", url, "--quiet",
        die_at=12, environment=bucket.environment, said=told,
    )  # fmt: skip
    assert ended.code == -signal.SIGKILL
    assert lease_file(bucket)["is_held"] is True

    begun = time.monotonic()
    again = run_command("ingest", stories, "--lake", url, "--quiet")

    assert (again.code, again.err) == (0, "")
    assert time.monotonic() - begun < 50, "a lease takes sixty seconds to run out"
    assert Path(told).read_text(encoding="utf-8") == ""
