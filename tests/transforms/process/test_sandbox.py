"""Hostile work costs its own task and nothing else, and nothing outlives the run."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
import sandbox_tasks as tasks
from conftest import PROJECT

from feedlake.transforms.extract.extract_document import import_page_readers
from feedlake.transforms.process.sandbox import MIB, Failure, Limits, Sandbox, TaskError

LIMITS = Limits(cpu_s=1, wall_s=30.0, memory_bytes=64 * MIB)
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="limits as Linux has them")


@pytest.fixture
def sandbox() -> Iterator[Sandbox[str]]:
    opened: Sandbox[str] = Sandbox(workers=2, limits=LIMITS, imports=import_page_readers)
    yield opened
    opened.close()


def run(sandbox: Sandbox[str], function: Callable[..., Any], *arguments: object) -> Any:
    sandbox.submit("token", function, *arguments)
    ((token, answer),) = sandbox.drain()
    assert token == "token"
    return answer


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def has_ended(pid: int, *, within_s: float) -> bool:
    deadline = monotonic() + within_s
    while is_running(pid) and monotonic() < deadline:
        sleep(0.02)
    return not is_running(pid)


@needs_linux
@pytest.mark.parametrize(
    ("function", "arguments", "failure"),
    [
        (tasks.loop, (), Failure("timeout", "more than 1 CPU seconds")),
        (tasks.allocate, (1024 * MIB,), Failure("memory", "more than 64 MiB")),
        (tasks.answer_of, (63 * MIB,), Failure("memory", "more than 64 MiB")),
        (tasks.echo, (bytes(100 * MIB),), Failure("memory", "more than 64 MiB")),
        (tasks.dereference_null, (), Failure("crash", "the child process ended by SIGSEGV")),
        (tasks.leave, (3,), Failure("crash", "the child process ended by exit code 3")),
        (tasks.kill_itself, (), Failure("crash", "the child process ended by SIGKILL")),
    ],
    ids=["loops", "allocates", "answers with too much", "is too much", "crashes", "leaves", "dies"],
)
def test_a_task_that_misbehaves_costs_no_other_task(
    sandbox: Sandbox[str],
    function: Callable[..., Any],
    arguments: tuple[object, ...],
    failure: Failure,
) -> None:
    sandbox.submit("before", tasks.echo, 1)
    sandbox.submit("misbehaves", function, *arguments)
    sandbox.submit("after", tasks.echo, 2)
    sandbox.submit("later", tasks.echo, 3)

    answers = dict(sandbox.drain())

    assert answers == {"before": 1, "misbehaves": failure, "after": 2, "later": 3}


def test_a_task_that_waits_for_ever_ends_by_the_wall_clock() -> None:
    sandbox: Sandbox[str] = Sandbox(workers=1, limits=Limits(cpu_s=60, wall_s=0.8))

    answer = run(sandbox, tasks.wait_for_ever)

    assert answer == Failure("timeout", "more than 0.8 s")
    sandbox.close()


TAKEN_OVER = {
    "says half": (tasks.say, (b"half", 1_000), Failure("timeout", "more than 4 s")),
    "says no more than a size": (tasks.say, (b"", 1_000), Failure("timeout", "more than 4 s")),
    "drips": (tasks.drip, (), Failure("timeout", "more than 4 s")),
    "floods": (tasks.flood, (), Failure("memory", "more than 64 MiB")),
    "hangs up": (
        tasks.hang_up,
        (),
        Failure("crash", "the child process closed its pipe and went on"),
    ),
    "says nothing": (tasks.say, (b"",), Failure("crash", "it gave no answer: Ran out of input")),
    "says half a pickle": (
        tasks.say,
        (pickle.dumps((1, False))[:-3],),
        Failure("crash", "pickle data was truncated"),
    ),
    "says one thing only": (
        tasks.say,
        (pickle.dumps(1),),
        Failure("crash", "it gave no answer: cannot unpack non-iterable int object"),
    ),
}


@needs_linux
@pytest.mark.parametrize(
    ("function", "arguments", "failure"), TAKEN_OVER.values(), ids=TAKEN_OVER.keys()
)
def test_a_child_that_was_taken_over_holds_nobody_up(
    function: Callable[..., Any], arguments: tuple[object, ...], failure: Failure
) -> None:
    limits = Limits(cpu_s=60, wall_s=4.0, memory_bytes=64 * MIB)
    with closing(Sandbox[str](workers=2, limits=limits)) as sandbox:
        run(sandbox, tasks.echo, 0)  # The server has started.
        began_s = monotonic()
        sandbox.submit("misbehaves", function, *arguments)
        sandbox.submit("after", tasks.echo, 1)

        assert dict(sandbox.drain()) == {"misbehaves": failure, "after": 1}
        assert monotonic() - began_s < 20
        assert run(sandbox, tasks.echo, 2) == 2


@needs_linux
@pytest.mark.parametrize("size", [1, 8 * MIB])
def test_a_child_that_takes_no_more_ends_by_the_wall_clock(size: int) -> None:
    limits = Limits(cpu_s=60, wall_s=4.0, memory_bytes=256 * MIB)
    with closing(Sandbox[str](workers=1, limits=limits)) as sandbox:
        deaf = run(sandbox, tasks.stop_listening)
        sleep(0.5)
        began_s = monotonic()

        answer = run(sandbox, tasks.echo, bytes(size))

        # A task that does not fit into the pipe is given to another child.
        assert answer == (bytes(size) if size > MIB else Failure("timeout", "more than 4 s"))
        assert monotonic() - began_s < 20
        assert has_ended(deaf, within_s=5)


def test_a_child_killed_while_idle_costs_no_task(sandbox: Sandbox[str]) -> None:
    pid = run(sandbox, tasks.own_pid)
    os.kill(pid, signal.SIGKILL)
    assert has_ended(pid, within_s=5)

    assert run(sandbox, tasks.echo, "still here") == "still here"


def test_a_child_takes_tasks_until_one_fails(sandbox: Sandbox[str]) -> None:
    first = run(sandbox, tasks.own_pid)

    assert run(sandbox, tasks.own_pid) == first
    assert isinstance(run(sandbox, tasks.leave, 1), Failure)
    assert run(sandbox, tasks.own_pid) != first


@needs_linux
def test_what_a_task_leaves_in_memory_is_not_charged_to_the_next(sandbox: Sandbox[str]) -> None:
    pids = [run(sandbox, tasks.hoard, 40 * MIB) for _ in range(3)]

    assert [type(pid) for pid in pids] == [int] * 3
    assert len(set(pids)) == 3


@needs_linux
def test_a_child_that_crashes_leaves_no_core_dump(sandbox: Sandbox[str]) -> None:
    import resource

    assert run(sandbox, resource.getrlimit, resource.RLIMIT_CORE) == (0, 0)


def test_large_tasks_and_large_answers_come_through(sandbox: Sandbox[str]) -> None:
    body = os.urandom(5 * MIB)

    assert run(sandbox, tasks.echo, body) == body


def test_a_bug_rises_with_the_childs_traceback(sandbox: Sandbox[str]) -> None:
    with pytest.raises(TaskError, match=r"(?s)ZeroDivisionError.*in divide"):
        run(sandbox, tasks.divide, 1, 0)


def test_answers_are_given_while_tasks_are_handed_over(sandbox: Sandbox[str]) -> None:
    found: list[tuple[str, Any]] = []
    for token in "abcdefgh":
        sandbox.submit(token, tasks.echo, token.upper())
        found += sandbox.answers()

    assert found
    assert sorted([*found, *sandbox.drain()]) == [(token, token.upper()) for token in "abcdefgh"]
    assert list(sandbox.answers()) == []


def test_a_child_collects_garbage_but_no_modules(sandbox: Sandbox[str]) -> None:
    is_enabled, frozen = run(sandbox, tasks.collector)

    assert is_enabled
    assert frozen > 10_000


def test_works_outside_the_main_thread() -> None:
    found: list[Any] = []

    def work() -> None:
        sandbox: Sandbox[str] = Sandbox(workers=1, limits=LIMITS)
        found.append(run(sandbox, tasks.echo, 1))
        sandbox.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert found == [1]


def test_children_import_neither_beam_nor_the_parents_main_module(sandbox: Sandbox[str]) -> None:
    assert run(sandbox, tasks.imported, "apache_beam") == []
    assert run(sandbox, tasks.main_module) is None


def test_no_child_outlives_its_sandbox() -> None:
    sandbox: Sandbox[str] = Sandbox(workers=1, limits=Limits(cpu_s=60))
    pid = run(sandbox, tasks.own_pid)
    sandbox.submit("under way", tasks.loop)

    sandbox.close()

    assert has_ended(pid, within_s=5)


# A program whose child is in the midst of a task; without a `__main__` guard, as scripts are.
PROGRAM = """
import signal
import sys
import sandbox_tasks as tasks
from feedlake.transforms.process.sandbox import Limits, Sandbox

signal.signal(signal.SIGINT, signal.default_int_handler)  # A shell's background ignores it.
sandbox = Sandbox(workers=1, limits=Limits(cpu_s=int(sys.argv[1])))
sandbox.submit("pid", tasks.own_pid)
((_, pid),) = sandbox.drain()
sandbox.submit("endless", tasks.loop)
try:
    print(pid, flush=True)
    list(sandbox.drain())
except KeyboardInterrupt:
    print("interrupted")
"""


def start_program(tmp_path: Path, *, cpu_s: int) -> tuple[subprocess.Popen[str], int]:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    here = PROJECT / "tests"
    process = subprocess.Popen(
        [sys.executable, str(script), str(cpu_s)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])},
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


@needs_linux
def test_children_of_a_killed_parent_end_with_their_cpu_limit(tmp_path: Path) -> None:
    process, pid = start_program(tmp_path, cpu_s=1)

    process.kill()
    _, errors = process.communicate()

    assert has_ended(pid, within_s=20)
    assert errors == ""


@needs_linux
def test_task_of_a_child_that_others_told_to_end_is_done_by_another(
    sandbox: Sandbox[str], tmp_path: Path
) -> None:
    assert run(sandbox, tasks.end_at_first, str(tmp_path / "begun")) == "done"


@needs_linux
def test_task_of_a_child_that_the_system_killed_is_done_by_another(
    sandbox: Sandbox[str], tmp_path: Path
) -> None:
    assert run(sandbox, tasks.die_at_first, str(tmp_path / "begun")) == "done"


def test_each_task_of_a_child_that_others_told_to_end_has_another_try(
    sandbox: Sandbox[str], tmp_path: Path
) -> None:
    # The child that repeats the first task runs the second one, and is told to end in the midst.
    for name in ("first", "second", "third"):
        assert run(sandbox, tasks.end_at_first, str(tmp_path / name)) == "done"


def test_task_that_ends_each_child_is_to_blame(sandbox: Sandbox[str]) -> None:
    answer = run(sandbox, tasks.end_itself)

    assert answer == Failure("crash", "the child process ended by SIGTERM")
    assert run(sandbox, tasks.echo, "the next") == "the next"


@pytest.mark.parametrize(
    ("number", "output"), [(signal.SIGINT, "interrupted\n"), (signal.SIGTERM, "")]
)
def test_a_signal_to_the_whole_group_ends_children_without_a_word(
    tmp_path: Path, number: signal.Signals, output: str
) -> None:
    process, pid = start_program(tmp_path, cpu_s=60)

    os.killpg(process.pid, number)
    printed, errors = process.communicate()

    assert (printed, errors) == (output, "")
    assert has_ended(pid, within_s=10)


SERVER_FIRST = """
import sandbox_tasks as tasks
from feedlake.transforms.process import child_server, sandbox

child_server.share_imports(tasks.import_wave)
child_server.start_server()
children = sandbox.Sandbox(workers=1, limits=sandbox.Limits())
children.submit(None, tasks.imported, "wave")
print(*(names for _, names in children.drain()))
children.close()
"""


def test_children_find_imported_what_was_named_before_the_server_started():
    done = subprocess.run(
        [sys.executable, "-c", SERVER_FIRST],
        env={**os.environ, "PYTHONPATH": str(PROJECT / "tests")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "['wave']\n"


SERVER_FAILS = """
import sandbox_tasks as tasks
from feedlake.transforms.process import child_server, sandbox

children = sandbox.Sandbox(
    workers=1, limits=sandbox.Limits(), imports=tasks.import_what_is_not_there
)
children.submit(None, tasks.imported, "wave")
"""


def test_import_that_fails_in_the_server_is_no_secret():
    done = subprocess.run(
        [sys.executable, "-c", SERVER_FAILS],
        env={**os.environ, "PYTHONPATH": str(PROJECT / "tests")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "No module named 'sandbox_tasks_of_another_name'" in done.stderr
