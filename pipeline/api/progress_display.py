"""How a run that a Python program started shows its counts: on a terminal or in a notebook."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable, Mapping
from time import monotonic
from types import TracebackType
from typing import Any

_LOG_EVERY_S = 10.0


class Display:
    """Shows nothing; the base of those that do.

    Attributes:
        is_quiet: Whether nothing at all is to be told.
    """

    is_quiet = True

    def __enter__(self) -> Display:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def show(self, message: Mapping[str, Any]) -> None:
        """Shows what a message says: `counts`, and `line`, the same in words."""


class _Called(Display):
    is_quiet = False

    def __init__(self, function: Callable[[Mapping[str, int]], object]) -> None:
        self._function = function

    def show(self, message: Mapping[str, Any]) -> None:
        self._function(message["counts"])


class _Log(Display):
    is_quiet = False

    def __init__(self) -> None:
        self._next_s = monotonic() + _LOG_EVERY_S

    def show(self, message: Mapping[str, Any]) -> None:
        if monotonic() >= self._next_s:
            self._next_s = monotonic() + _LOG_EVERY_S
            print(message["line"], file=sys.stderr, flush=True)


class _Terminal(Display):
    is_quiet = False

    def __enter__(self) -> Display:
        from rich.console import Console

        self._status = Console(stderr=True).status("starting")
        self._status.start()
        return self

    def show(self, message: Mapping[str, Any]) -> None:
        from rich.text import Text

        self._status.update(Text(message["line"], no_wrap=True, overflow="ellipsis"))

    def __exit__(self, *_: object) -> None:
        self._status.stop()


class _Notebook(Display):
    """One line below the cell, kept up to date."""

    is_quiet = False

    def __init__(self, display: Callable[..., Any]) -> None:
        self._display = display
        self._handle: Any = None
        self._shown = ""

    def show(self, message: Mapping[str, Any]) -> None:
        line = message["line"]
        if line == self._shown:
            return
        self._shown = line
        content = {"text/plain": line}
        if self._handle is None:
            self._handle = self._display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)


def choose(progress: bool | Callable[[Mapping[str, int]], object] | None) -> Display:
    """Returns the way to show counts.

    Args:
        progress: What the caller wants: see `ingest`.
    """
    if callable(progress):
        return _Called(progress)
    if progress is False:
        return Display()
    if (display := _notebook_display()) is not None:
        return _Notebook(display)
    if _is_terminal():
        return _Terminal()
    return _Log() if progress else Display()


def _is_terminal() -> bool:
    with contextlib.suppress(AttributeError, ValueError):  # None, closed, or none of Python's own.
        return sys.stderr.isatty()
    return False


def _notebook_display() -> Callable[..., Any] | None:
    """IPython's function that shows things, if this process is the kernel of a notebook."""
    if "ipykernel" not in sys.modules or "IPython" not in sys.modules:
        return None
    shell = importlib.import_module("IPython").get_ipython()
    if getattr(shell, "kernel", None) is None:
        return None
    display: Callable[..., Any] = importlib.import_module("IPython.display").display
    return display
