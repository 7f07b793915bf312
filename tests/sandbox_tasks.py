"""Functions that misbehave on purpose, importable by the sandbox's children at little cost."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedlake.transforms.dedup.fingerprint import Fingerprinted
    from feedlake.transforms.extract.extract_document import ExtractOptions
    from feedlake.transforms.records.documents import Document, Rejection


def echo(value: object) -> object:
    return value


def collector() -> tuple[bool, int]:
    return gc.isenabled(), gc.get_freeze_count()


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
