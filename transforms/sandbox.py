"""Running a function on hostile input: in a child process that can be killed, with limits.

No limit inside a process stops a C extension that loops or grows (`docs/decisions/0003`), so the
work is done by children, each with one task at a time. A child that passes a limit takes its
task with it, and no other.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from time import monotonic
from typing import Any, Generic, Literal, TypeVar

Token = TypeVar("Token")
MIB = 1 << 20


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

    def __init__(self, *, workers: int, limits: Limits) -> None:
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
        child = self._idle.pop() if self._idle else _Child(self._limits)
        child.start(function, arguments)
        self._busy[child] = token

    def answers(self) -> Iterator[tuple[Token, Any]]:
        """Yields the answers that are ready now; does not wait.

        Raises:
            TaskError: A function raised.
        """
        self._collect(timeout_s=0)
        while self._ready:
            yield self._ready.popleft()

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

    def _await_one(self) -> None:
        before = len(self._busy)
        while len(self._busy) == before:
            deadline = min(child.deadline for child in self._busy)
            self._collect(timeout_s=max(0.0, deadline - monotonic()))

    def _collect(self, *, timeout_s: float) -> None:
        if not self._busy:
            return
        by_connection = {child.connection: child for child in self._busy}
        for connection in wait(list(by_connection), timeout_s):
            child = by_connection[connection]
            self._finish(child, child.answer())
        now = monotonic()
        for child in [child for child in self._busy if child.deadline <= now]:
            child.kill()
            self._finish(child, Failure("timeout", f"more than {self._limits.wall_s:g} s"))

    def _finish(self, child: _Child, answer: Any) -> None:
        token = self._busy.pop(child)
        if child.is_alive:
            self._idle.append(child)
        if isinstance(answer, TaskError):
            self.close()
            raise answer
        self._ready.append((token, answer))


class _Child:
    """One child process and the pipe to it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.connection, theirs = _context().Pipe()
        self._process = _context().Process(target=_serve, args=(theirs, limits), daemon=True)
        self._process.start()
        theirs.close()
        self.is_alive = True
        self.deadline = float("inf")

    def start(self, function: Callable[..., Any], arguments: tuple[object, ...]) -> None:
        self.deadline = monotonic() + self._limits.wall_s
        try:
            self.connection.send((function, arguments))
        except (BrokenPipeError, ConnectionResetError):
            return  # It died while idle; `answer` finds the pipe closed and says so.

    def answer(self) -> Any:
        """What the child sent, or the Failure that its death amounts to."""
        try:
            return self.connection.recv()
        except (EOFError, ConnectionResetError):
            self._process.join()
            self.is_alive = False
            self.connection.close()
            return _failure_of(self._process.exitcode or 0, self._limits)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self.connection.close()
        self.is_alive = False


def _context() -> Any:
    """Children come from a server that was started clean.

    A fork of this process would copy Beam's threads' locks. The server imports the extractor
    once; a child costs milliseconds after that.
    """
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["transforms.extract_document", "transforms.parse_feed"])
    return context


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
    # Ctrl-C and SIGTERM are for the parent, which then ends its children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            function, arguments = connection.recv()
        except (EOFError, ConnectionResetError):
            return
        _limit(limits)
        answer: Any
        try:
            answer = function(*arguments)
        except MemoryError:
            # The heap may be in any state; a fresh child is safer than this one.
            connection.send(Failure("memory", f"more than {limits.memory_bytes // MIB} MiB"))
            os._exit(0)
        except Exception as error:  # The parent raises it again.
            import traceback

            answer = TaskError(f"{error!r}\n{traceback.format_exc()}")
        connection.send(answer)


def _limit(limits: Limits) -> None:
    """Sets this process's limits anew for one task; Windows has none to set."""
    if sys.platform == "win32":
        return
    import resource

    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = int(usage.ru_utime + usage.ru_stime) + 1 + limits.cpu_s
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, resource.RLIM_INFINITY))
    if not _is_limited and sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as statm:
            pages = int(statm.read().split()[0])
        size = pages * resource.getpagesize() + limits.memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (size, resource.RLIM_INFINITY))
        globals()["_is_limited"] = True


_is_limited = False
