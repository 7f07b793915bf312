"""What Ctrl-C and SIGTERM do, and when they have to wait."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from time import monotonic

import pytest

from feedlake.pipeline.terminal import interrupts
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_raises_at_once(number):
    with interrupts.raised():
        assert not interrupts.has_come()
        with pytest.raises(interrupts.Interruption):
            signal.raise_signal(number)
        assert interrupts.has_come()


def test_signal_waits_while_a_run_is_published():
    with interrupts.raised():
        with interrupts.undisturbed():
            signal.raise_signal(signal.SIGTERM)
        assert interrupts.has_come()


def test_same_signal_passed_on_by_others_counts_once():
    with interrupts.raised():
        with pytest.raises(interrupts.Interruption):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)


def test_signal_is_ignored_when_all_is_decided():
    with interrupts.raised():
        pass

    signal.raise_signal(signal.SIGINT)

    assert not interrupts.has_come()


def test_signal_that_a_finalizer_swallows_is_sent_again():
    class Finalized:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    def finalize_and_wait() -> None:
        finalized = Finalized()
        del finalized
        threading.Event().wait(10)

    with interrupts.raised(), pytest.raises(interrupts.Interruption):
        finalize_and_wait()


def test_other_threads_leave_signals_as_they_are():
    before = signal.getsignal(signal.SIGINT)

    def run() -> None:
        with interrupts.raised():
            pass

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()

    assert signal.getsignal(signal.SIGINT) is before


def test_first_signal_asks_a_gentle_block_to_end_by_itself():
    with interrupts.raised(), interrupts.gentle(60):
        signal.raise_signal(signal.SIGTERM)
        assert process_wide(StopRequest).is_asked()
        assert interrupts.has_come()
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_further_signal_ends_a_gentle_block():
    with interrupts.raised(), interrupts.gentle(60):
        signal.raise_signal(signal.SIGTERM)
        process_wide(interrupts.SignalState).last_s = monotonic() - 60  # So it is no echo.
        with pytest.raises(interrupts.Interruption):
            signal.raise_signal(signal.SIGTERM)


def test_gentle_block_that_does_not_end_is_ended():
    with interrupts.raised(), interrupts.gentle(0.02):
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(interrupts.Interruption):
            threading.Event().wait(30)


def test_publishing_is_not_ended_when_the_grace_is_over():
    with interrupts.raised(), interrupts.gentle(0.01):
        with interrupts.undisturbed():
            signal.raise_signal(signal.SIGINT)
            signal.sigtimedwait([], 0.1)  # Until the alarm has come.
        with pytest.raises(interrupts.Interruption):
            threading.Event().wait(30)


def test_signal_after_a_gentle_block_is_as_ever():
    with interrupts.raised():
        with interrupts.gentle(60):
            pass
        with pytest.raises(interrupts.Interruption):
            signal.raise_signal(signal.SIGTERM)
        assert not process_wide(StopRequest).is_asked()


def test_what_was_asked_of_one_command_is_not_asked_of_the_next():
    with interrupts.raised(), interrupts.gentle(60):
        signal.raise_signal(signal.SIGTERM)
    with interrupts.raised():
        assert not process_wide(StopRequest).is_asked()
        assert not interrupts.has_come()


def test_exit_code_is_ours_though_the_signal_came_in_code_that_is_executed(tmp_path):
    (tmp_path / "program.py").write_text(
        "import signal, sys\n"
        "from feedlake.pipeline.terminal import interrupts\n"
        "with interrupts.raised():\n"
        "    try:\n"
        "        exec('signal.raise_signal(signal.SIGINT)')\n"
        "    except KeyboardInterrupt:\n"
        "        pass\n"
        "sys.exit(1)\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "program"]

    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 1
