"""The border of the command: whatever ends it becomes one sentence and an exit code."""

from __future__ import annotations

import signal

import pytest

from feedlake.pipeline.cli.border import border
from feedlake.pipeline.lake.journal_entry import LakeError
from feedlake.pipeline.lake.lake import LakeBusyError
from feedlake.pipeline.options.failures import ExitCode, UsageError
from feedlake.pipeline.query.query import QueryError
from feedlake.pipeline.run.account import BooksError


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UsageError("--x 0: must be more"), ExitCode.WRONG_USAGE, "--x 0: must be more"),
        (QueryError("no such column"), ExitCode.WRONG_USAGE, "no such column"),
        (LakeBusyError("another writes"), ExitCode.BUSY, "another writes"),
        (LakeError("damaged"), ExitCode.FAILED, "damaged; 2 chunks stay"),
        (BooksError("1 is not 2"), ExitCode.FAILED, "1 is not 2; 2 chunks stay"),
        (MemoryError(), ExitCode.FAILED, "not enough memory; 2 chunks stay"),
        (
            OSError(28, "No space left on device", "/lake/x"),
            ExitCode.FAILED,
            "/lake/x: No space left on device; 2 chunks stay",
        ),
    ],
)
def test_exception_is_one_sentence_and_its_exit_code(capsys, error, code, said):
    with border(what_stays=lambda: "2 chunks stay") as ending:
        ending.text = "done"
        raise error

    assert ending.code == code
    assert capsys.readouterr() == ("", f"feedlake: {said}\n")


def test_fault_of_ours_shows_its_traceback(capsys):
    with border() as ending:
        raise KeyError("column")

    out, err = capsys.readouterr()
    assert (ending.code, out) == (ExitCode.FAILED, "")
    assert err.startswith("Traceback")
    assert err.endswith("feedlake: a bug in feedlake: KeyError\n")


def test_text_is_printed_once_the_outcome_is_decided(capsys):
    with border() as ending:
        ending.code = ExitCode.SILENT_ZERO
        ending.text = "0 articles"
        assert capsys.readouterr().out == ""

    assert ending.code == ExitCode.SILENT_ZERO
    assert capsys.readouterr() == ("0 articles\n", "")


@pytest.mark.parametrize("code", [ExitCode.FAILED, ExitCode.DONE])
def test_signal_counts_even_if_a_library_makes_another_exception_of_it(capsys, code):
    with border(what_stays=lambda: "nothing stays", code_if_interrupted=code) as ending:
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt as error:
            raise ImportError("half of a module") from error

    said = "feedlake: interrupted; nothing stays\n" if code else ""
    assert ending.code == code
    assert capsys.readouterr() == ("", said)


def test_signal_after_the_block_changes_nothing(capsys):
    with border() as ending:
        pass
    signal.raise_signal(signal.SIGTERM)

    assert (ending.code, capsys.readouterr().err) == (ExitCode.DONE, "")


def test_process_that_a_library_ends_ends(capsys):
    with pytest.raises(SystemExit), border():
        raise SystemExit(0)  # As Beam's own --help does.

    assert capsys.readouterr() == ("", "")
