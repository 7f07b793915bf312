"""A Prism, Beam's runner in Go, that ends with this process."""

from __future__ import annotations

import ctypes
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from feedlake.pipeline.options.failures import CommandError

_START_S = 20.0
_END_S = 2.0
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Prism:
    """A Prism that runs.

    Attributes:
        endpoint: Where it takes jobs.
        process: Its process.
    """

    endpoint: str
    process: subprocess.Popen[bytes]


@contextmanager
def running(program: Path, *, when_ended: Callable[[], object]) -> Iterator[Prism]:
    """Runs Prism while the block does; it ends with this process, whatever ends that (on Linux).

    Args:
        program: Its program.
        when_ended: Called from another thread if it ends before the block does.

    Raises:
        CommandError: It does not start.
    """
    port = _free_port()
    command = [str(program), f"--job_port={port}", "--serve_http=false", "--log_level=error"]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        start_new_session=True,  # Ctrl-C is for this process, which ends the stream in order.
    )
    is_over = threading.Event()

    def watch() -> None:
        process.wait()
        if not is_over.is_set():
            when_ended()

    try:
        _await_port(port, process)
        threading.Thread(target=watch, name="prism", daemon=True).start()
        yield Prism(f"localhost:{port}", process)
    finally:
        is_over.set()
        process.terminate()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    end_s = monotonic() + _START_S
    while process.poll() is None and monotonic() < end_s:
        try:
            with socket.create_connection(("localhost", port), timeout=1.0):
                return
        except OSError:
            sleep(0.05)
    raise CommandError("Prism does not start: its program ends, or takes no jobs")


def _die_with_parent() -> None:
    """Has the kernel end this process when its parent is killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
