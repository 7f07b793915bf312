"""Prism, Beam's runner in Go: where its program is, and one that ends with this process."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from feedlake.pipeline.options.failures import CommandError, UsageError

MODULE = "github.com/apache/beam/sdks/v2/go/cmd/prism"

_START_S = 20.0
_END_S = 2.0
_FLAG = "--prism_location"
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


def find_prism(flags: Sequence[str], *, version: str) -> tuple[Path, tuple[str, ...]]:
    """Returns Prism's program, and Beam's flags without the one that names it.

    It is the one that the flags name, or else the first on the path, in Go's folder of programs, or
    in the cache where feedlake's tests build it. None is ever downloaded: Beam would, if it were
    asked for a Prism without being told where it is.

    Args:
        flags: Beam's flags.
        version: Beam's version, for the words that say how to get it.

    Raises:
        UsageError: There is none.
    """
    left, named = _take_flag(flags)
    if named is not None:
        path = Path(named).expanduser()
        if not path.is_file():
            raise UsageError(f"{_FLAG} {named}: no such file; {_how_to_get(version)}")
        return path, left
    for path in _places(version):
        if path.is_file() and os.access(path, os.X_OK):
            return path, left
    raise UsageError(f"--runner PrismRunner: there is no Prism here; {_how_to_get(version)}")


def _how_to_get(version: str) -> str:
    return f"build it with: go install {MODULE}@v{version} (then {_FLAG}=PATH after the --)"


def _take_flag(flags: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
    left: list[str] = []
    named: str | None = None
    words = iter(flags)
    for word in words:
        if word.startswith(f"{_FLAG}="):
            named = word.partition("=")[2]
        elif word == _FLAG:
            named = next(words, "")
        else:
            left.append(word)
    return tuple(left), named


def _places(version: str) -> Iterator[Path]:
    if found := shutil.which("prism"):
        yield Path(found)
    if folder := os.environ.get("GOBIN"):
        yield Path(folder) / "prism"
    yield Path(os.environ.get("GOPATH", "~/go").split(os.pathsep)[0]).expanduser() / "bin" / "prism"
    cache = Path(os.environ.get("FEEDLAKE_ENGINE_CACHE", "~/.cache/feedlake-engines")).expanduser()
    yield cache / f"go-{version}" / "prism"


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
