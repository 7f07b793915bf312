"""Ctrl-C and SIGTERM: they end a run at once, except while it is being published."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic
from types import FrameType

from feedlake.transforms.process import stop

_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
# A terminal, a shell and a supervisor may each pass the same signal on. Later ones count again:
# libraries have been seen to swallow a KeyboardInterrupt.
_ECHO_S = 1.0
_AGAIN_S = 0.05


class Interruption(KeyboardInterrupt):
    """A signal asks for the end.

    Not KeyboardInterrupt itself: once that has passed through `exec` of a text, as dataclasses do,
    `python -m` ends by SIGINT whatever exit code the program gives (seen on CPython 3.11).
    """


@dataclass
class _State:
    is_undisturbed: bool = False
    last_s: float | None = None
    grace_s: float | None = None


_state = _State()


@contextlib.contextmanager
def raised() -> Iterator[None]:
    """Makes the signals that ask a process to end raise Interruption while the block runs.

    After the block they are ignored: by then the outcome is decided, and what is left is to say
    it and to end.
    """
    _state.last_s = None
    stop.reset()
    if threading.current_thread() is not threading.main_thread():
        yield  # Python handles signals in its main thread only.
        return
    for number in _SIGNALS:
        signal.signal(number, _handle)
    hook, sys.unraisablehook = sys.unraisablehook, _repeat
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Keeps signals from cutting the block short; `has_come` says afterwards whether one came."""
    _state.is_undisturbed = True
    try:
        yield
    finally:
        _state.is_undisturbed = False


@contextlib.contextmanager
def gentle(grace_s: float) -> Iterator[None]:
    """Makes the first signal ask the block to end by itself, and raises only if it does not.

    What fetches is asked by `stop.ask`; after the grace time, or at a further signal,
    Interruption is raised as ever.

    Args:
        grace_s: How long the block may take to end, in seconds.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _state.grace_s = grace_s
    before = signal.signal(signal.SIGALRM, _handle_late)
    try:
        yield
    finally:
        _state.grace_s = None
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def has_come() -> bool:
    """Returns whether a signal has asked for the end since `raised` was entered."""
    return _state.last_s is not None


def _handle(number: int, frame: FrameType | None) -> None:
    now_s = monotonic()
    is_echo = _state.last_s is not None and now_s - _state.last_s < _ECHO_S
    _state.last_s = now_s
    if _state.grace_s is not None and not stop.is_asked():
        signal.setitimer(signal.ITIMER_REAL, _state.grace_s)
        stop.ask()
    elif not (is_echo or _state.is_undisturbed):
        raise Interruption


def _handle_late(number: int, frame: FrameType | None) -> None:
    if _state.is_undisturbed:
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)  # It is about to be published.
    else:
        raise Interruption


def _repeat(swallowed: sys.UnraisableHookArgs) -> None:
    """Sends the signal again if its exception rose in a finalizer, which can raise nothing."""
    if swallowed.exc_type is not Interruption:
        sys.__unraisablehook__(swallowed)
        return
    _state.last_s = monotonic() - _ECHO_S
    main = threading.main_thread().ident
    again = threading.Timer(_AGAIN_S, signal.pthread_kill, [main, signal.SIGTERM])
    again.daemon = True
    again.start()
