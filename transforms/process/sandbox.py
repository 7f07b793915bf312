"""Running a function on hostile input: in a child process that can be killed, with limits.

No limit inside a process stops a C extension that loops or grows (`docs/decisions/0003`), so the
work is done by children, each with one task at a time. A child that passes a limit takes its
task with it, and no other. The file is long, but one idea: the life of a child.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from time import monotonic, sleep
from typing import Any, Generic, Literal, TypeVar

from feedlake.transforms.process import framed_pipe, plain_pickle
from feedlake.transforms.process.child_server import (
    child_context,
    server_may_start,
    share_imports,
)

Token = TypeVar("Token")
MIB = 1 << 20

YOUNG_OBJECTS = 5_000
"""After how many new objects a child looks for garbage: a page makes tens of thousands, and needs
them. By Python's default, 700, that took 6 % of reading pages, now 3 % (2026-11)."""

_UNKNOWN_EXIT = 255
"""The exit code that multiprocessing reports for a child if its server died first."""

_MAX_ENDING_S = 5.0
"""How long a child that has closed its pipe may take to end."""

_NOT_YET = object()
"""In place of an answer of which a part has come."""

_BAD_PICKLE = (
    *(AttributeError, EOFError, ImportError, IndexError, KeyError, MemoryError),
    *(OverflowError, TypeError, ValueError),
)
"""What an answer that a child made up raises when it's read, beside UnpicklingError."""

_SERVER_WAITS_S = (0.05, 0.2, 1.0)
"""How long to wait for a dying server process to exit before starting a new one."""


@dataclass(frozen=True)
class Limits:
    """What one task may use.

    Attributes:
        cpu_s: CPU seconds.
        wall_s: Seconds from hand-over to answer; larger, since shared machines stall.
        memory_bytes: Address space beyond what an idle child has.
    """

    cpu_s: int = 20
    wall_s: float = 60.0
    memory_bytes: int = 1024 * MIB


@dataclass(frozen=True)
class Failure:
    """Why a task has no answer.

    Attributes:
        reason: `timeout`, `memory` or `crash`.
        detail: The limit passed or the signal, for people.
    """

    reason: Literal["timeout", "memory", "crash"]
    detail: str


class TaskError(Exception):
    """The function raised: a bug of ours, with the child's traceback."""


class Sandbox(Generic[Token]):
    """A fixed number of children that each run tasks one after another.

    Answers come as pairs of the task's token and what the function returned, or a `Failure`,
    in the order in which they are ready.
    """

    def __init__(
        self, *, workers: int, limits: Limits, imports: Callable[[], None] | None = None
    ) -> None:
        """Starts no child yet: each is started by the first task that finds none free.

        Args:
            workers: Children at the most.
            limits: What one task may use.
            imports: Imports what tasks need; see `share_imports`.
        """
        if imports is not None:
            share_imports(imports)
        self._limits = limits
        self._size = workers
        self._idle: list[_Child] = []
        self._busy: dict[_Child, Token] = {}
        self._ready: deque[tuple[Token, Any]] = deque()

    def submit(self, token: Token, function: Callable[..., Any], *arguments: object) -> None:
        """Hands a task over, waiting until a child is free.

        Args:
            token: Comes back with the answer.
            function: Importable by name; raises only for bugs.
            arguments: Picklable.
        """
        while len(self._busy) >= self._size:
            self._await_one()
        task = pickle.dumps((function, arguments), pickle.HIGHEST_PROTOCOL)
        while self._idle:
            child = self._idle.pop()
            if child.start(task):
                break
            child.kill()  # It died while idle: no task is to blame.
        else:
            child = _Child(self._limits)
            child.start(task)
        self._busy[child] = token

    def answers(self) -> Iterator[tuple[Token, Any]]:
        """Yields the answers that came while tasks were handed over; does not look for more."""
        while self._ready:
            yield self._ready.popleft()

    @property
    def has_room(self) -> bool:
        """Returns whether a task that is handed over now begins at once."""
        return len(self._busy) < self._size

    @property
    def is_busy(self) -> bool:
        """Returns whether answers are still to come, or to be yielded."""
        return bool(self._busy or self._ready)

    def come(self) -> Iterator[tuple[Token, Any]]:
        """Looks for answers, waiting for none, and yields those that have come.

        Raises:
            TaskError: A function raised.
        """
        self._collect(timeout_s=0.0)
        yield from self.answers()

    def drain(self) -> Iterator[tuple[Token, Any]]:
        """Waits for all tasks and yields their answers.

        Raises:
            TaskError: A function raised.
        """
        while self._busy or self._ready:
            if not self._ready:
                self._await_one()
            while self._ready:
                yield self._ready.popleft()

    def close(self) -> None:
        """Ends the children; tasks under way are dropped."""
        for child in (*self._idle, *self._busy):
            child.kill()
        self._idle, self._busy = [], {}
        self._ready.clear()

    def kill_busy(self) -> None:
        """Ends the processes of tasks under way; unlike the rest, from any thread.

        Whoever waits for their answers gets a `Failure`, after one more try.
        """
        for child in tuple(self._busy):
            child.kill_process()

    def _await_one(self) -> None:
        before = len(self._busy)
        while len(self._busy) == before:
            deadline = min(child.deadline for child in self._busy)
            self._collect(timeout_s=max(0.0, deadline - monotonic()))

    def _collect(self, *, timeout_s: float) -> None:
        if not self._busy:
            return
        by_event = {child.next_event: child for child in self._busy}
        for event in wait(list(by_event), timeout_s):
            child = by_event[event]
            answer = child.answer()
            if answer is _NOT_YET:
                continue
            if isinstance(answer, Failure) and child.was_ended and not child.is_repeat:
                self._repeat(child)
            else:
                self._finish(child, answer)
        now = monotonic()
        for child in [child for child in self._busy if child.deadline <= now]:
            child.kill()
            self._finish(child, child.failure_of_time())

    def _repeat(self, child: _Child) -> None:
        """Gives a task to a new child, once: no task is to blame for a SIGTERM or a SIGKILL.

        Service managers send the first to all processes of a service, and the parent may have time
        left. The system sends the second when memory runs short, to whichever process it likes.
        """
        token = self._busy.pop(child)
        again = _Child(self._limits)
        again.is_repeat = True
        again.start(child.task)
        self._busy[again] = token

    def _finish(self, child: _Child, answer: Any) -> None:
        token = self._busy.pop(child)
        if child.is_alive:
            child.is_repeat, child.task = False, b""
            self._idle.append(child)
        if isinstance(answer, TaskError):
            self.close()
            raise answer
        self._ready.append((token, answer))


class _Child:
    """One child process and the pipe to it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        for wait_s in (*_SERVER_WAITS_S, None):
            context = child_context()
            self.connection, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs, limits), daemon=True)
            try:
                with server_may_start():
                    self._process.start()
                break
            except (OSError, EOFError):
                self.connection.close()
                if wait_s is None:
                    raise
                sleep(wait_s)
            finally:
                theirs.close()
        # Whatever the child does, this process never waits for it to read or to write.
        os.set_blocking(self.connection.fileno(), False)
        self._inbox = framed_pipe.Inbox()
        self.is_alive = True
        self.was_ended = False
        self._is_closed = False
        self.is_repeat = False
        self.deadline = float("inf")
        self.task = b""

    @property
    def next_event(self) -> Any:
        """What to wait for: something to read, or the end of a child that has closed its pipe."""
        return self._process.sentinel if self._is_closed else self.connection

    def start(self, task: bytes) -> bool:
        """Sends the task; returns whether there was a child to take it."""
        self.task = task
        self.deadline = monotonic() + self._limits.wall_s
        # An answer was made in the memory that the child may have.
        self._inbox = framed_pipe.Inbox(max_bytes=self._limits.memory_bytes)
        try:
            framed_pipe.send(self.connection.fileno(), task, deadline=self.deadline)
        except OSError:
            return False
        return True

    def answer(self) -> Any:
        """What the child sent, the Failure that its death amounts to, or `_NOT_YET`."""
        if self._is_closed:
            failure = self._failure()
            self.kill()
            return failure
        try:
            message = self._inbox.take(self.connection.fileno())
        except framed_pipe.TooLargeError:
            self.kill()
            return _memory_failure(self._limits)
        except (EOFError, OSError):  # Closed before the answer, or in the midst of it.
            self._is_closed = True
            self.deadline = min(self.deadline, monotonic() + _MAX_ENDING_S)
            return _NOT_YET
        if message is None:
            return _NOT_YET
        try:
            answer, is_last = plain_pickle.loads(message)
        except pickle.UnpicklingError as error:
            answer, is_last = Failure("crash", str(error)), True
        except _BAD_PICKLE as error:
            answer, is_last = Failure("crash", f"it gave no answer: {error}"), True
        if is_last:
            self.kill()
        return answer

    def failure_of_time(self) -> Failure:
        """What it amounts to that the deadline has passed."""
        if self._is_closed:
            return Failure("crash", "the child process closed its pipe and went on")
        return Failure("timeout", f"more than {self._limits.wall_s:g} s")

    def _failure(self) -> Failure:
        """What the end of the process amounts to."""
        self._process.join()
        exit_code = self._process.exitcode or 0
        # Others ended it, or may have: if its server died first, nobody knows.
        self.was_ended = exit_code in (-signal.SIGTERM, -signal.SIGKILL, _UNKNOWN_EXIT)
        return _failure_of(exit_code, self._limits)

    def kill_process(self) -> None:
        self._process.kill()

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self.connection.close()
        self.is_alive = False


def _failure_of(exit_code: int, limits: Limits) -> Failure:
    number = -exit_code
    if number == getattr(signal, "SIGXCPU", None):
        return Failure("timeout", f"more than {limits.cpu_s} CPU seconds")
    name = (
        signal.Signals(number).name
        if number in signal.valid_signals()
        else f"exit code {exit_code}"
    )
    return Failure("crash", f"the child process ended by {name}")


def _serve(connection: Connection, limits: Limits) -> None:
    """Runs tasks until the parent closes the pipe, or dies."""
    gc.freeze()  # Modules that the server imported are never garbage.
    gc.set_threshold(YOUNG_OBJECTS)
    gc.enable()
    # Ctrl-C is for the parent, which then ends its children; SIGTERM must end them even where
    # the parent was started with it ignored.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    max_bytes = _limit_memory(limits)
    is_last = False
    while not is_last:
        try:
            task = framed_pipe.receive(connection.fileno())
            reply, is_last = _run(task, limits=limits, max_bytes=max_bytes)
            framed_pipe.send(connection.fileno(), reply)
        except MemoryError:  # A task larger than the limit.
            framed_pipe.send(connection.fileno(), _memory_reply(limits))
            os._exit(0)
        except (EOFError, OSError):
            return


def _run(task: bytes, *, limits: Limits, max_bytes: int | None) -> tuple[bytes, bool]:
    """The task's answer, ready to send, and whether this child should take no more."""
    _limit_cpu(limits)
    answer: Any
    try:
        function, arguments = pickle.loads(task)
        answer = function(*arguments)
        # What a task leaves behind in a heap counts against the next one: start afresh in time.
        is_last = max_bytes is not None and _address_space() > max_bytes - limits.memory_bytes // 2
        return pickle.dumps((answer, is_last), pickle.HIGHEST_PROTOCOL), is_last
    except MemoryError:
        # The heap may be in any state; a fresh child is safer than this one.
        return _memory_reply(limits), True
    except Exception as error:  # The parent raises it again.
        import traceback

        answer = TaskError(f"{error!r}\n{traceback.format_exc()}")
        return pickle.dumps((answer, True), pickle.HIGHEST_PROTOCOL), True


def _memory_reply(limits: Limits) -> bytes:
    return pickle.dumps((_memory_failure(limits), True), pickle.HIGHEST_PROTOCOL)


def _memory_failure(limits: Limits) -> Failure:
    return Failure("memory", f"more than {limits.memory_bytes // MIB} MiB")


def _limit_memory(limits: Limits) -> int | None:
    """Limits this process's address space; returns the limit, None where there is none to set."""
    if sys.platform != "linux":
        return None
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # A killed page is no reason for a core dump.
    max_bytes = _address_space() + limits.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (max_bytes, resource.RLIM_INFINITY))
    return max_bytes


def _limit_cpu(limits: Limits) -> None:
    """Sets this process's CPU limit anew for one task; Windows has none to set."""
    if sys.platform == "win32":
        return
    import resource

    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = int(usage.ru_utime + usage.ru_stime) + 1 + limits.cpu_s
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, resource.RLIM_INFINITY))


def _address_space() -> int:
    import resource

    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()
