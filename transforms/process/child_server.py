"""The server that children come from: started clean, with what tasks need imported.

A fork of the command's process would copy the locks of Beam's threads. The server imports the
extractor once, for a second; after that a child costs milliseconds.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from feedlake.transforms.process import library_shortcuts, server_imports

_MAX_START_S = 2.0
_imports: list[Callable[[], None]] = []
"""What the server of children calls when it starts, so that children find it imported."""


@contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Keeps Ctrl-C, which a terminal sends to all, from processes that start in the block.

    They inherit the mask; before they could ignore the signal themselves they import for a second.
    """
    if sys.platform == "win32":
        yield
        return
    # The tracker is started with the first child, and unblocks the signal. So it is started before.
    if servers := library_shortcuts.find("child_servers"):
        servers.start_tracker()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def child_context() -> Any:
    """Returns the context of multiprocessing in which children are started."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([server_imports.__name__])
    return context


def share_imports(function: Callable[[], None]) -> None:
    """Has the server of children call a function that imports what tasks need.

    Children find that imported, and share its memory. It works until the server has started.

    Args:
        function: Importable by name, from a module that itself imports little.
    """
    if function not in _imports:
        _imports.append(function)


def start_server() -> None:
    """Starts the server of children, as else the first child would: it imports for a second."""
    servers = library_shortcuts.find("child_servers")
    if servers is not None and sys.platform != "win32":
        child_context()
        with server_may_start():
            servers.start_server()


@contextmanager
def server_may_start() -> Iterator[None]:
    """Tells the server, which the first child starts, what to import and what to leave alone.

    multiprocessing starts it with `python -c`, which puts the working folder first on its path:
    there, a downloaded file that is called like a library would be run (PYTHONSAFEPATH, 3.11).
    """
    told = {
        server_imports.VARIABLE: pickle.dumps(_imports).hex(),
        "PYTHONSAFEPATH": "1",
        # NumPy's own threads would take 32 MiB each of what a child may have, one for each core.
        "OPENBLAS_NUM_THREADS": "1",
        # Arrow's own allocator reserves more than 1 GiB of address space with its first byte.
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }
    with _no_main_module():
        before = {name: os.environ.get(name) for name in told}
        os.environ.update(told)
        try:
            with _sigint_blocked():
                yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


_main_module_lock = threading.Lock()


def end_between_starts() -> None:
    """Has this process, when it ends, wait for threads that are starting a child.

    One that the end of the process finds in the midst of it leaves a server that waits for the rest
    of the order, gets none, and prints a traceback.
    """
    atexit.register(_main_module_lock.acquire, timeout=_MAX_START_S)


@contextmanager
def _no_main_module() -> Iterator[None]:
    """Hides the main module while a child starts.

    multiprocessing imports the parent's main module in each child: in a Beam worker that is all
    of Beam (1.5 s, 150 MB), in a script without a `__main__` guard it is the run itself, again.
    No task needs it.
    """
    with _main_module_lock:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main
