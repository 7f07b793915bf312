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

from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest

_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
# A terminal, a shell and a supervisor may each pass the same signal on. Later ones count again:
# libraries have been seen to swallow a KeyboardInterrupt.
_ECHO_S = 1.0
_AGAIN_S = 0.05
_AGAIN_LATE_S = 1.0


class Interruption(KeyboardInterrupt):
    """A signal asks for the end.

    Not KeyboardInterrupt itself: once that has passed through `exec` of a text, as dataclasses do,
    `python -m` ends by SIGINT whatever exit code the program gives (seen on CPython 3.11).
    """


@dataclass
class SignalState:
    """What signal handlers and the code that they interrupt tell each other.

    Attributes:
        is_undisturbed: Whether what runs must not be cut short.
        last_s: When the last signal came, of `monotonic`; None if none did.
        grace_s: How long what runs may take to end by itself; None if it is to end at once.
        is_raised: Whether Interruption was raised, whatever became of it.
    """

    is_undisturbed: bool = False
    last_s: float | None = None
    grace_s: float | None = None
    is_raised: bool = False


@contextlib.contextmanager
def raised() -> Iterator[None]:
    """Makes the signals that ask a process to end raise Interruption while the block runs.

    After the block they are ignored: by then the outcome is decided, and what is left is to say
    it and to end.
    """
    process_wide(SignalState).last_s = None
    process_wide(SignalState).is_raised = False
    process_wide(StopRequest).reset()
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
    state = process_wide(SignalState)
    state.is_undisturbed = True
    try:
        yield
    finally:
        state.is_undisturbed = False


@contextlib.contextmanager
def gentle(grace_s: float) -> Iterator[None]:
    """Makes the first signal ask the block to end by itself, and raises only if it does not.

    What fetches is asked by `StopRequest`; after the grace time, or at a further signal,
    Interruption is raised as ever.

    Args:
        grace_s: How long the block may take to end, in seconds.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    state = process_wide(SignalState)
    state.grace_s = grace_s
    before = signal.signal(signal.SIGALRM, _handle_late)
    try:
        yield
    finally:
        state.grace_s = None
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def was_raised() -> bool:
    """Returns whether Interruption was raised since `raised` was entered.

    If what it interrupted has failed since, that is why, whatever exception libraries made of it.
    It is not raised once more for a block that took too long.
    """
    is_raised = process_wide(SignalState).is_raised
    if is_raised and threading.current_thread() is threading.main_thread():
        signal.setitimer(signal.ITIMER_REAL, 0)
    return is_raised


def has_come() -> bool:
    """Returns whether a signal has asked for the end since `raised` was entered."""
    return process_wide(SignalState).last_s is not None


def _handle(number: int, frame: FrameType | None) -> None:
    state, stop, now_s = process_wide(SignalState), process_wide(StopRequest), monotonic()
    is_echo = state.last_s is not None and now_s - state.last_s < _ECHO_S
    state.last_s = now_s
    if state.grace_s is not None and not stop.is_asked():
        signal.setitimer(signal.ITIMER_REAL, state.grace_s)
        stop.ask()
    elif not (is_echo or state.is_undisturbed):
        state.is_raised = True
        raise Interruption


def _handle_late(number: int, frame: FrameType | None) -> None:
    if process_wide(SignalState).is_undisturbed:
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)  # Publishing: ask again soon.
        return
    # If a library swallows it, what runs would go on for as long as it likes.
    signal.setitimer(signal.ITIMER_REAL, _AGAIN_LATE_S)
    process_wide(SignalState).is_raised = True
    raise Interruption


def _repeat(swallowed: sys.UnraisableHookArgs) -> None:
    """Sends the signal again if its exception was lost in a finalizer, where Python drops it."""
    if swallowed.exc_type is not Interruption:
        sys.__unraisablehook__(swallowed)
        return
    process_wide(SignalState).last_s = monotonic() - _ECHO_S
    main = threading.main_thread().ident
    again = threading.Timer(_AGAIN_S, signal.pthread_kill, [main, signal.SIGTERM])
    again.daemon = True
    again.start()
