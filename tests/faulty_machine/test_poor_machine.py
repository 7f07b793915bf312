"""Machines that have little, clocks that jump, lakes that vanish: a sentence, and no lost row."""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from conftest import Outcome, content_of, run_command
from faulty_system import COMMANDS, Task, assert_survived, is_explained, run_in_shell, story
from forks import Forks

# Each takes some seconds: `make crash` asks for 200, and gets a tenth as many of each kind.
ROUNDS = max(1, int(os.environ.get("FEEDLAKE_KILLS", "10")) // 10)

DAY_S = 86_400


@pytest.mark.parametrize("command", COMMANDS)
def test_lake_that_is_deleted_under_a_command_is_named(
    tasks: dict[str, Task], forks: Forks, tmp_path: Path, command: str
) -> None:
    task, lake = tasks[command], tmp_path / "lake"
    chance = random.Random(1)

    for _ in range(ROUNDS):
        task.lay_out(lake)
        die_at = chance.randint(2, task.changes - 1)
        ended = forks.end(
            *(*task.words, "--lake", lake), die_at=die_at, deletes=True, said=tmp_path / "said"
        )

        assert ended.code == 1, (die_at, ended.said)
        assert is_explained(ended), (die_at, ended.said)
        assert f"{lake} was deleted or replaced while feedlake was writing to it" in ended.said
        if command in ("ingest", "schedule"):
            assert_survived(task, lake, forks)


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S])
@pytest.mark.parametrize("command", COMMANDS)
def test_clock_that_jumps_by_a_day_changes_no_row(
    tasks: dict[str, Task], faulty_forks: Forks, tmp_path: Path, command: str, jump_s: int
) -> None:
    task, lake = tasks[command], tmp_path.resolve() / "lake"
    chance = random.Random(jump_s)

    for _ in range(ROUNDS):
        task.lay_out(lake)
        environment = {
            **{"SHIM_CALLS": "open,write,rename", "SHIM_BELOW": str(lake)},
            **{"SHIM_JUMP_S": str(jump_s), "SHIM_NTH": str(chance.randint(1, 70))},
        }
        ended = faulty_forks.end(
            *(*task.words, "--lake", lake), environment=environment, said=tmp_path / "said"
        )

        if ended.code and jump_s < 0:  # It noticed, and says so.
            assert (ended.code, is_explained(ended)) == (1, True), ended.said
            assert "this machine's clock shows " in ended.said
        else:
            assert ended.code == 0, ended.said
            assert content_of(lake) == task.undisturbed
        assert_survived(task, lake, faulty_forks)


def test_of_two_writers_at_once_one_is_busy_and_nothing_is_lost(
    tasks: dict[str, Task], forks: Forks, tmp_path: Path
) -> None:
    task, lake = tasks["ingest"], tmp_path / "lake"
    task.lay_out(lake)
    words = [sys.executable, "-m", "feedlake", *task.words, "--lake", str(lake)]

    runs = [
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(3)
    ]
    ended = [(run.communicate()[0], run.returncode) for run in runs]

    # If one ends before another begins, that finds nothing to do.
    assert {code for _, code in ended} <= {0, 4}, ended
    assert any(code == 0 for _, code in ended), ended
    for said, code in ended:
        busy = f"feedlake: another process is writing to {lake}; nothing was done\n"
        assert said == (busy if code else ""), ended
    assert content_of(lake) == task.undisturbed
    assert_survived(task, lake, forks)


@pytest.mark.parametrize(
    "limits",
    ["ulimit -n 12", "ulimit -n 20", "ulimit -n 40", "ulimit -v 300000", "ulimit -v 700000"],
)
def test_machine_with_little_of_something_says_what_it_lacks(
    tasks: dict[str, Task], forks: Forks, tmp_path: Path, limits: str
) -> None:
    task, lake = tasks["ingest"], tmp_path / "lake"
    task.lay_out(lake)

    ended = run_in_shell(*task.words, "--lake", lake, environment={}, limits=limits)

    # OpenBLAS, which numpy imports, ends the process itself, with a sentence of its own.
    is_told = ended.said.startswith("OpenBLAS error: Memory allocation")
    assert is_told or is_explained(ended), ended.said
    assert_survived(task, lake, forks)


@pytest.mark.parametrize("home", [None, "/nowhere"])
def test_user_without_a_home_can_ingest(
    tasks: dict[str, Task], forks: Forks, tmp_path: Path, home: str | None
) -> None:
    task, lake = tasks["ingest"], tmp_path / "lake"
    task.lay_out(lake)

    ended = run_in_shell(
        *(*task.words, "--lake", lake), environment={"HOME": home, "XDG_CACHE_HOME": None}
    )

    assert (ended.code, ended.said) == (0, "")
    assert content_of(lake) == task.undisturbed


def test_folder_for_temporary_files_that_is_full_is_passed_over_or_named(
    story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python then tries `/tmp` and the working folder; here, these are missing too."""
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "gone")])
    monkeypatch.setattr(
        "feedlake.pipeline.run.run._start_children", lambda *_, **__: tempfile.mkdtemp()
    )

    failed = run_command("ingest", story, "--lake", tmp_path / "lake", "--quiet")

    assert failed == Outcome(
        1,
        "",
        "feedlake: no folder for temporary files can be written to: TMPDIR may name one; "
        "nothing was published\n",
    )


@pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")
@pytest.mark.parametrize("victim", ["child", "server"])
def test_process_that_the_system_kills_in_mid_task_costs_no_page(
    tmp_path: Path, victim: str
) -> None:
    pages, lake = tmp_path / "pages", tmp_path / "lake"
    write_pages(pages, 1)
    flags = ("--quiet", "--enrich", "none", "--workers", "1")
    run_command("ingest", pages, "--lake", tmp_path / "undisturbed", *flags)

    with subprocess.Popen(
        [sys.executable, "-m", "feedlake", "ingest", str(pages), "--lake", str(lake), *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as run:
        server, child = find_children(run.pid)
        os.kill(child if victim == "child" else server, signal.SIGKILL)
        said = run.communicate()[0]

    assert (run.returncode, said) == (0, "")
    assert content_of(lake) == content_of(tmp_path / "undisturbed")
    assert len(content_of(lake)["articles"]) == 1


def write_pages(folder: Path, count: int) -> None:
    """Writes pages that take some time to read, each with an article of its own."""
    folder.mkdir()
    for number in range(count):
        body = "".join(f"<p>{story(number * 1_000 + part)}</p>" for part in range(4_000))
        head = f"<html lang=en><head><title>Story {number}</title></head>"
        page = f"{head}<body><article>{body}</article></body></html>"
        (folder / f"{number:03}.html").write_text(page, encoding="utf-8")


def find_children(pid: int, *, within_s: float = 60.0) -> tuple[int, int]:
    """Waits until a child of the fork server of a run has a task, and returns the two of them."""
    until_s = time.monotonic() + within_s
    while time.monotonic() < until_s:
        for server in children_of(pid):
            for child in children_of(server):
                if is_at_work(child):
                    return server, child
        time.sleep(0.01)
    raise AssertionError("no child was seen at work")


def is_at_work(pid: int) -> bool:
    """Whether a process computes, and has for a while: a child that waits for a task sleeps."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        _, _, fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")
        state, used_ticks = fields.split()[0], int(fields.split()[11])
        return state == "R" and used_ticks >= 3
    return False


def children_of(pid: int) -> list[int]:
    with contextlib.suppress(FileNotFoundError):
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return [int(found) for task in tasks for found in (task / "children").read_text().split()]
    return []


def test_disk_that_fills_up_can_be_made_larger_and_used_again(
    tasks: dict[str, Task], tmp_path: Path
) -> None:
    """A real one: a filesystem in memory of 96 kB, then of 16 MB."""
    task, disk, kept = tasks["ingest"], tmp_path / "disk", tmp_path / "kept"
    disk.mkdir()
    said, codes = tmp_path / "said", tmp_path / "codes"
    command = f'"{sys.executable}" -m feedlake'
    words = " ".join(f'"{word}"' for word in task.words)
    script = f"""
        mount -t tmpfs -o size=96k tmpfs "{disk}" || exit 77
        {command} {words} --lake "{disk}/lake" >"{said}" 2>&1; echo $? >"{codes}"
        {command} compact --verify --lake "{disk}/lake" >/dev/null; echo $? >>"{codes}"
        mount -o remount,size=16m "{disk}"
        {command} {words} --lake "{disk}/lake"; echo $? >>"{codes}"
        {command} compact --verify --lake "{disk}/lake" >/dev/null; echo $? >>"{codes}"
        cp -R "{disk}/lake" "{kept}"
    """
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare here: no disk of a test's own can be mounted")
    done = subprocess.run([unshare, "--mount", "sh", "-c", script], stderr=subprocess.PIPE)
    if not codes.exists():
        pytest.skip("only root may mount a small disk, and not in every container")

    assert codes.read_text().split() == ["1", "0", "0", "0"], said.read_text() + str(done.stderr)
    assert re.fullmatch(
        r"feedlake: (.*: )?No space left on device; nothing was published\n", said.read_text()
    )
    assert content_of(kept) == task.undisturbed
