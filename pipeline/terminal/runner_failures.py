"""Why a job failed on a runner elsewhere, out of what Beam's client makes of it."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterable, Iterator
from typing import Any

_MAX_CHARS = 500

_JOB_ENDED = re.compile(r"Pipeline \S+ failed in state (\w+): (.*)", re.DOTALL)
"""What Beam's client raises, with the runner's own words."""

_JAVA_CLASS = re.compile(r"(?<![\w.$])(?:[a-z]\w*\.)+[\w$]+(?:Exception|Error|Throwable): ")

_TRACEBACK = "Traceback (most recent call last)"
_OUR_FRAME = re.compile(r'File "[^"\n]*/feedlake/[^"\n]*\.py"')
_TOLD = re.compile(
    r"^feedlake\.[\w.]+\.(?:LakeError|VanishedError|UsageError): (.+)$", re.MULTILINE
)
_NO_FEEDLAKE = "No module named 'feedlake"
_STEP = re.compile(r" \[while running '[^']*'\]$")


def explain_job(causes: Iterable[BaseException]) -> str | None:
    """Returns in one sentence why a runner elsewhere did not do what it was asked.

    Args:
        causes: The error, and those that led to it.

    Returns:
        None if it was no runner, or if a step of feedlake failed there by a fault of ours.
    """
    for cause in causes:
        if found := _JOB_ENDED.fullmatch(str(cause)):
            return _explain_end(*found.groups())
        if _is_of(cause, "grpc", "FutureTimeoutError"):
            return "no job server answers at the --job_endpoint"
        if _is_of(cause, "grpc", "RpcError"):
            code, details = _status_of(cause)
            return f"the job server no longer answers: {code}, {_first_line(details)}"
    return None


def _explain_end(state: str, reason: str) -> str | None:
    if state != "FAILED":
        return f"the job ended on the runner as {state.lower()}"
    if _TRACEBACK not in reason:
        return f"the job failed on the runner: {_first_line(_JAVA_CLASS.sub('', reason))}"
    if _NO_FEEDLAKE in reason:
        return (
            "the runner's workers have no feedlake: install it where they run, or pass "
            "--setup_file ./setup.py after the --"
        )
    if told := _TOLD.search(reason):
        return _STEP.sub("", told[1])
    if _OUR_FRAME.search(reason):
        return None
    return f"the job failed on the runner: {_STEP.sub('', reason.strip().splitlines()[-1])}"


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    line = lines[0] if lines else "it gave no reason"
    return line if len(line) <= _MAX_CHARS else line[:_MAX_CHARS] + "…"


def _is_of(error: BaseException, module: str, name: str) -> bool:
    # Only runs on a cluster have imported gRPC, and this module is imported by all.
    return any(kind.__module__ == module and kind.__name__ == name for kind in type(error).__mro__)


def _status_of(error: Any) -> tuple[str, str]:
    return error.code().name.lower().replace("_", " "), str(error.details())


@contextlib.contextmanager
def silent_message_thread() -> Iterator[None]:
    """While the block runs, Beam's thread that hears a job's messages may end without a traceback.

    It breaks off when the job server does, and the thread that waits for the job raises as well.
    """
    hook = threading.excepthook

    def show(failure: threading.ExceptHookArgs) -> None:
        is_told = failure.thread is not None and failure.thread.name == "wait_until_finish_read"
        if not (is_told and _is_of(failure.exc_value or Exception(), "grpc", "RpcError")):
            hook(failure)

    threading.excepthook = show
    try:
        yield
    finally:
        threading.excepthook = hook
