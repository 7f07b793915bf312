"""The feedlake command: flags, messages, exit codes."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from pipeline import interrupts, report
from pipeline.flags import DEFAULT_RUNNER, WRONG_USAGE, read_flags

if TYPE_CHECKING:
    from pipeline.account import Account
    from pipeline.options import IngestOptions

DONE, FAILED, _, SILENT_ZERO, BUSY = range(5)
"""Exit codes, as the README lists them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code.

    Args:
        arguments: The command line without the program's name; None: the process's own.
    """
    _open_standard_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    beam_flags: list[str] = []
    if "--" in given:
        cut = given.index("--")
        given, beam_flags = given[:cut], given[cut + 1 :]
    flags = read_flags(given)
    if flags.command == "ingest":
        return _ingest(flags, tuple(beam_flags))
    if beam_flags:
        return _fail(WRONG_USAGE, "--: only ingest takes Beam's flags")
    return _query(flags) if flags.command == "query" else _compact(flags)


def _ingest(flags: argparse.Namespace, beam_flags: tuple[str, ...]) -> int:
    with interrupts.raised(), report.progress(is_quiet=flags.quiet):
        outcome = _run(flags, beam_flags)
    if isinstance(outcome, _Failed):
        return _fail(outcome.code, outcome.sentence, outcome.details)
    if flags.json:
        _print(report.account_json(outcome))
    elif not flags.quiet:
        _print(report.account_text(outcome))
    return SILENT_ZERO if outcome.is_silent_zero else DONE


class _Failed(NamedTuple):
    """A run that was not published."""

    code: int
    sentence: str
    details: str = ""


def _run(flags: argparse.Namespace, beam_flags: tuple[str, ...]) -> Account | _Failed:
    accounts: list[Account] = []
    try:
        # Beam takes a second to import, and Ctrl-C may come in that second.
        from pipeline.account import BooksError
        from pipeline.lake import LakeBusyError, LakeError
        from pipeline.options import UsageError
        from pipeline.run import run
        from pipeline.sources import check_filesystem
        from transforms import storage

        try:
            if beam_flags or flags.runner != DEFAULT_RUNNER:
                from pipeline.beam_options import read_beam_options

                read_beam_options(flags.runner, beam_flags)
            if not storage.is_local(flags.lake):
                check_filesystem(flags.lake, name="--lake")
            return run(_options(flags, beam_flags), accounts)
        except UsageError as error:
            return _Failed(WRONG_USAGE, str(error))
        except LakeBusyError as error:
            return _Failed(BUSY, str(error))
        except (LakeError, BooksError) as error:
            return _Failed(FAILED, f"{error}; {_what_stays(accounts)}")
    except SystemExit:
        raise  # Beam's own --help.
    except BaseException as error:  # The border: all that is left becomes words and exit code 1.
        if interrupts.has_come():
            again = ", run the same command again" if not accounts else ""
            return _Failed(FAILED, f"interrupted; {_what_stays(accounts)}{again}")
        why, details = report.explain(error)
        return _Failed(FAILED, f"{why}; {_what_stays(accounts)}", details)


def _what_stays(accounts: list[Account]) -> str:
    if not accounts:
        return "nothing was published"
    count = "1 chunk was" if len(accounts) == 1 else f"{len(accounts):,} chunks were"
    return f"{count} published, the same command goes on after that"


def _query(flags: argparse.Namespace) -> int:
    try:
        with interrupts.raised():
            from pipeline.lake import LakeError
            from pipeline.options import UsageError
            from pipeline.query import QueryError, query

            try:
                query(
                    flags.sql,
                    lake=_lake(flags.lake),
                    output_format=flags.format,
                    output=flags.output,
                )
            except (UsageError, QueryError) as error:
                return _fail(WRONG_USAGE, str(error))
            except LakeError as error:
                return _fail(FAILED, str(error))
    except BrokenPipeError:
        _discard_output()
    except BaseException as error:  # The border, as above.
        if interrupts.has_come():
            return _fail(FAILED, "interrupted")
        return _fail(FAILED, *report.explain(error))
    return DONE


def _compact(flags: argparse.Namespace) -> int:
    try:
        with interrupts.raised():
            from pipeline.compact import compact
            from pipeline.lake import Lake, LakeBusyError, LakeError
            from pipeline.options import UsageError
            from pipeline.verify import verify

            lake = Lake(_lake(flags.lake))
            try:
                lake.check_exists()
                if flags.verify:
                    faults = verify(lake)
                    _print(report.faults_text(faults))
                    return FAILED if faults else DONE
                with lake.writing():
                    done = compact(lake, quarantine=flags.quarantine)
            except UsageError as error:
                return _fail(WRONG_USAGE, str(error))
            except LakeBusyError as error:
                return _fail(BUSY, str(error))
            except LakeError as error:
                return _fail(FAILED, str(error))
            _print(report.compacted_text(done))
    except BaseException as error:  # The border, as above.
        if interrupts.has_come():
            return _fail(FAILED, "interrupted; the lake holds the rows that it held")
        return _fail(FAILED, *report.explain(error))
    return DONE


def _options(flags: argparse.Namespace, beam_flags: tuple[str, ...]) -> IngestOptions:
    from pipeline.options import IngestOptions
    from transforms.sandbox import Limits

    return IngestOptions(
        sources=tuple(flags.sources),
        lake=_lake(flags.lake),
        text_mode=flags.text_mode,
        fields=dict(flags.fields),
        min_chars=flags.min_chars,
        earliest_date=flags.earliest_date,
        partition_by=flags.partition_by,
        max_document_bytes=flags.max_document_mb << 20,
        workers=flags.workers,
        runner=flags.runner,
        chunk_documents=flags.chunk_documents,
        near_duplicates=flags.near_duplicates,
        near_threshold=flags.near_threshold,
        reread=flags.reread,
        history=flags.history or _history(flags),
        limits=Limits(flags.timeout, 3.0 * flags.timeout, flags.max_memory_mb << 20),
        beam_flags=beam_flags,
    )


def _history(flags: argparse.Namespace) -> Literal["index", "join"]:
    """The index where lake and workers share this machine's disk."""
    is_here = flags.runner == DEFAULT_RUNNER and "://" not in flags.lake
    return "index" if is_here else "join"


def _lake(path: str) -> str:
    return path.rstrip("/") if "://" in path else os.path.abspath(os.path.expanduser(path))


def _open_standard_streams() -> None:
    """Makes standard output and error usable whatever they are."""
    # A shell can start a process with a stream closed (`>&-`): the first file opened would take
    # its number, and what some library prints would go into that file.
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # Titles in a terminal without UTF-8.


def _print(text: str) -> None:
    """Prints the account of a run that is published, whatever becomes of these words."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        _discard_output()
    except OSError as error:
        _discard_output()
        report.print_failure(f"standard output: {error.strerror}; the run is published")


def _discard_output() -> None:
    """Whoever read standard output has seen enough, as `head` has; Python flushes it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(code: int, sentence: str, details: str = "") -> int:
    report.print_failure(sentence, details)
    return code
