"""Functions that misbehave on purpose, importable by the sandbox's children at little cost."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import socket
import struct
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feedlake.transforms.dedup.fingerprint import Fingerprinted
    from feedlake.transforms.extract.extract_document import ExtractOptions
    from feedlake.transforms.records.documents import Document, Rejection


def echo(value: object) -> object:
    return value


def collector() -> tuple[bool, int]:
    return gc.isenabled(), gc.get_freeze_count()


def own_pipe() -> int:
    """The descriptor of the pipe to the parent: the only socket that leads somewhere."""
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(name))) as found:
            if found.family == socket.AF_UNIX and found.type == socket.SOCK_STREAM:
                found.getpeername()
                return int(name)
    raise AssertionError("no pipe")


def say(message: bytes, size: int | None = None) -> None:
    """Sends a message past the sandbox, as a child that was taken over could, and sleeps."""
    pipe = own_pipe()
    os.write(pipe, struct.pack("!Q", len(message) if size is None else size))
    while message:
        message = message[os.write(pipe, message) :]
    signal.pause()


def drip() -> None:
    """Sends a long message, byte by byte."""
    pipe = own_pipe()
    os.write(pipe, struct.pack("!Q", 1_000_000))
    while True:
        os.write(pipe, b"x")
        time.sleep(0.01)


def flood() -> None:
    """Sends a message without end."""
    pipe = own_pipe()
    os.write(pipe, struct.pack("!Q", 1 << 60))
    while True:
        os.write(pipe, bytes(1 << 16))


def hang_up() -> None:
    """Closes the pipe, and goes on."""
    os.close(own_pipe())
    signal.pause()


def stop_listening() -> int:
    """Answers, and takes no further task."""
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    signal.signal(signal.SIGALRM, lambda *_: signal.pause())
    return os.getpid()


def own_pid() -> int:
    return os.getpid()


def loop() -> None:
    while True:
        pass


def wait_for_ever() -> None:
    signal.pause()


def allocate(size: int) -> int:
    return len(bytearray(size))


def answer_of(size: int) -> bytes:
    return b"x" * size


def dereference_null() -> None:
    ctypes.string_at(0)


def leave(code: int) -> None:
    os._exit(code)


def kill_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def end_itself() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    signal.pause()


def end_at_first(marker: str) -> str:
    """As if another process had sent the signal."""
    if os.path.exists(marker):
        return "done"
    open(marker, "w").close()
    end_itself()
    raise AssertionError("it goes on")


def die_at_first(marker: str) -> str:
    """As if the system had run out of memory."""
    if os.path.exists(marker):
        return "done"
    open(marker, "w").close()
    kill_itself()
    raise AssertionError("it goes on")


def divide(number: int, by: int) -> float:
    return number / by


def hoard(size: int) -> int:
    """Leaves memory behind, as caches and fragmented heaps do."""
    _hoard.append(bytearray(size))
    return os.getpid()


_hoard: list[bytearray] = []


def import_wave() -> None:
    import wave  # noqa: F401  (nothing of ours imports it)


def import_what_is_not_there() -> None:
    import sandbox_tasks_of_another_name  # type: ignore[import-not-found]  # noqa: F401


def imported(prefix: str) -> list[str]:
    return sorted(name for name in sys.modules if name.startswith(prefix))


def main_module() -> str | None:
    return getattr(sys.modules["__main__"], "__file__", None)


def extract_or_misbehave(document: Document, options: ExtractOptions) -> Fingerprinted | Rejection:
    """What `extract_fingerprinted` returns, unless the document's source is a misdeed."""
    from feedlake.transforms.extract.extract_document import extract_fingerprinted

    if document.source == "loops":
        loop()
    if document.source == "allocates":
        allocate(1 << 30)
    if document.source == "dies":
        kill_itself()
    return extract_fingerprinted(document, options)


def extract_all_or_misbehave(
    documents: Sequence[Document], options: ExtractOptions
) -> list[Fingerprinted | Rejection]:
    return [extract_or_misbehave(document, options) for document in documents]
