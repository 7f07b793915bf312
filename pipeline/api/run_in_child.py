"""`feedlake.ingest`: a run in a process of its own, told of and ended from here.

Beam stays out of the caller's process: it cannot be imported in every one (in IPython it asks for
a part of pandas that pandas 3 no longer has), installs a log handler, and starts threads. So a run
does the same in a notebook, in a thread, and in a server.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import pickle
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from multiprocessing import spawn
from typing import IO, Any, Unpack

import feedlake
from feedlake.pipeline.api import progress_display
from feedlake.pipeline.api.child_run import Task
from feedlake.pipeline.api.keyword_options import IngestKeywords, read_keywords, read_paths
from feedlake.pipeline.lake.journal_entry import LakeError, VanishedError
from feedlake.pipeline.lake.lake import LakeBusyError
from feedlake.pipeline.options import option_kinds
from feedlake.pipeline.options.failures import CommandError, RunError, UsageError
from feedlake.pipeline.options.run_options import ingest_options
from feedlake.pipeline.run.account import Account, BooksError, read_account

GRACE_S = 15.0
"""How long a run that is cut short may take to clean up before it is killed."""

_KINDS: dict[str, type[CommandError]] = {
    kind.__name__: kind
    for kind in (BooksError, LakeBusyError, LakeError, RunError, UsageError, VanishedError)
}
_MAX_LAST_READS = 20

# The working folder is no place to import from (`-P`). A caller may have found feedlake by a path
# that no other process knows, which then comes last.
_PROGRAM = """
import sys
sys.path.append(sys.argv[1])
from feedlake.pipeline.api.child_run import main
main()
"""

Progress = bool | Callable[[Mapping[str, int]], object] | None
Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def ingest(
    sources: Paths,
    *,
    lake: str | os.PathLike[str],
    config: str | os.PathLike[str] | None = None,
    progress: Progress = None,
    beam_flags: Sequence[str] = (),
    **options: Unpack[IngestKeywords],
) -> Account:
    """Reads sources into a lake, as `feedlake ingest` does, and returns the account.

    The run has a process of its own, which ends with this one. It may be called in any thread, and
    several times at once for different lakes.

    Args:
        sources: Files, folders, globs and addresses, one or several.
        lake: Folder of the lake, or its URL; it is made if it is not there.
        config: A `feedlake.toml` to read options from. Without it none is read, not even one in
            the working folder.
        progress: Whether to show the counts: None shows them on a terminal and in a notebook, True
            also writes a line every ten seconds elsewhere, False shows nothing. A function is
            called with the counts instead, in this thread.
        beam_flags: Flags of Beam's own.
        **options: The command's options, `-` written as `_`: `min_chars=100`.

    Raises:
        UsageError: An argument is not allowed, or a source is not there.
        LakeBusyError: Another process writes to the lake.
        LakeError: The lake is damaged.
        BooksError: Documents got lost on the way; the chunk was not published.
        RunError: The machine, a signal or a bug cut the run short. What it had published stays.
        FeedlakeError: Any of these.
    """
    values: dict[str, Any] = {}
    own: Mapping[str, Any] = {}
    if config is not None:
        from feedlake.pipeline.config.config_file import read_config_file

        values, own = read_config_file(os.fspath(config))
    given = read_keywords({**options}, function="ingest")
    paths = read_paths(sources)
    if not paths:
        raise UsageError("sources: names none; must be a path or an address, or several")
    if "-" in paths:
        raise UsageError("sources: -: a run in Python has no standard input; must be a file")
    values |= {**given, "sources": _read(option_kinds.SOURCES, paths, "sources")}
    values["lake"] = _read(option_kinds.FOLDER, [os.fspath(lake)], "lake")
    told = ingest_options(values, sources=own, beam_flags=tuple(beam_flags))
    display = progress_display.choose(progress)
    with display:
        end = _run(Task(told, is_quiet=display.is_quiet), display.show)
    if "account" in end:
        return read_account(end["account"])
    error = _KINDS.get(end["kind"], RunError)(end["failure"])
    if details := end.get("details"):
        error.add_note(details)
    raise error


def _read(kind: option_kinds.Kind, words: list[str], name: str) -> Any:
    try:
        return kind.read_words(words)
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from error


def _run(task: Task, show: Callable[[Mapping[str, Any]], None]) -> dict[str, Any]:
    """The last message of a process that does the task."""
    errors: list[str] = []
    with _process() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        end: dict[str, Any] | None = None
        with contextlib.suppress(BrokenPipeError):  # It died; its last words say why.
            process.stdin.write(pickle.dumps(task))
            process.stdin.flush()
        for message in _messages(process.stdout, process.stderr, errors):
            if "counts" in message:
                show(message)
            else:
                end = message
        code = process.wait()
    if end is not None:
        return end
    ending = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
    return {
        "kind": "RunError",
        "failure": f"the run's process ended by {ending}; the same call goes on after the last "
        "chunk that was published",
        "details": "".join(errors),
    }


@contextlib.contextmanager
def _process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits for its task; ended with the block, gently at first."""
    executable = os.fsdecode(spawn.get_executable())
    folder = os.path.dirname(feedlake.__path__[0])
    with subprocess.Popen(
        [executable, "-P", "-c", _PROGRAM, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Ctrl-C in a terminal is for this process, which then ends that one: once, not twice.
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                assert process.stdin is not None
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.close()  # It sees that, and cuts the run short.
                try:
                    process.wait(GRACE_S)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)


def _messages(stdout: IO[bytes], stderr: IO[bytes], errors: list[str]) -> Iterator[dict[str, Any]]:
    """Yields the messages as they come, and passes on what is written to standard error."""
    pending = bytearray()
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    with selectors.DefaultSelector() as selector:
        for stream in (stdout, stderr):
            os.set_blocking(stream.fileno(), False)
            selector.register(stream, selectors.EVENT_READ)
        while stdout in {key.fileobj for key in selector.get_map().values()}:
            for key, _ in selector.select():
                content = os.read(key.fd, 1 << 16)
                if not content:
                    selector.unregister(key.fileobj)
                elif key.fileobj is stderr:
                    _pass_on(decoder.decode(content), errors)
                else:
                    pending += content
                    *lines, rest = pending.split(b"\n")
                    pending = bytearray(rest)
                    yield from map(json.loads, lines)
        # Others may still hold it: what they write now is of no interest.
        with contextlib.suppress(BlockingIOError):
            while content := os.read(stderr.fileno(), 1 << 16):
                _pass_on(decoder.decode(content), errors)


def _pass_on(words: str, errors: list[str]) -> None:
    errors.append(words)
    if len(errors) > _MAX_LAST_READS:
        del errors[0]
    if sys.stderr is not None:
        sys.stderr.write(words)
        sys.stderr.flush()
