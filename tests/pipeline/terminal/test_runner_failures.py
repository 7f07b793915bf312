"""What is said of a job that failed on a runner elsewhere."""

from __future__ import annotations

import textwrap

import grpc
import pytest

from feedlake.pipeline.terminal.console import explain

JOB = "Pipeline BeamApp-root-1130_1e3a9de6 failed in state"

WORKER = textwrap.dedent(
    """\
    java.lang.RuntimeException: Error received from SDK harness for instruction 4: Traceback (most recent call last):
      File "apache_beam/runners/common.py", line 1512, in apache_beam.runners.common.DoFnRunner.process
    {frame}
    {error} [while running 'ReadSources/ReadFiles']
    """  # noqa: E501 - as it comes
)
OURS = (
    '  File "/opt/venv/lib/python3.12/site-packages/feedlake/transforms/read/x.py", line 3, in read'
)
BEAMS = '  File "/opt/venv/lib/python3.12/site-packages/apache_beam/pickler.py", line 3, in loads'


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            f"{JOB} FAILED: java.io.IOException: Insufficient number of network buffers: required "
            "512, but only 510 available.\n\tat org.apache.flink.Pool.create(Pool.java:9)",
            "the job failed on the runner: Insufficient number of network buffers: required 512, "
            "but only 510 available.",
        ),
        (
            f"{JOB} FAILED: org.apache.flink.runtime.JobException: Recovery is suppressed by NoRes",
            "the job failed on the runner: Recovery is suppressed by NoRes",
        ),
        (
            f"{JOB} FAILED: java.util.concurrent.TimeoutException",
            "the job failed on the runner: java.util.concurrent.TimeoutException",
        ),
        (f"{JOB} FAILED: unknown error", "the job failed on the runner: unknown error"),
        (f"{JOB} CANCELLED: unknown error", "the job ended on the runner as cancelled"),
        (
            f"{JOB} FAILED: "
            + WORKER.format(
                frame=BEAMS, error="ModuleNotFoundError: No module named 'feedlake.transforms'"
            ),
            "the runner's workers have no feedlake: install it where they run, or pass "
            "--setup_file ./setup.py after the --",
        ),
        (
            f"{JOB} FAILED: " + WORKER.format(frame=BEAMS, error="EOFError: Ran out of input"),
            "the job failed on the runner: EOFError: Ran out of input",
        ),
        (
            f"{JOB} FAILED: "
            + WORKER.format(
                frame=OURS, error="feedlake.pipeline.lake.journal_entry.LakeError: a.parquet: cut"
            ),
            "a.parquet: cut",
        ),
        (
            f"{JOB} FAILED: "
            + WORKER.format(frame=OURS, error="OSError: [Errno 28] No space left on device: 'x'"),
            "No space left on device",
        ),
    ],
)
def test_the_runners_reason_is_told_in_one_sentence(words, said):
    assert explain(RuntimeError(words)) == (said, "")


def test_a_fault_of_ours_on_a_worker_is_one_of_ours():
    words = f"{JOB} FAILED: " + WORKER.format(frame=OURS, error="KeyError: 'x'")

    sentence, details = explain(RuntimeError(words))

    assert sentence == "a bug in feedlake: RuntimeError"
    assert "transforms/read/x.py" in details


def test_long_reasons_are_cut():
    sentence, _ = explain(RuntimeError(f"{JOB} FAILED: {'word ' * 1000}"))

    assert len(sentence) < 600


def test_job_server_that_is_gone_is_no_fault_of_ours():
    class GoneError(grpc.RpcError):
        def code(self) -> grpc.StatusCode:
            return grpc.StatusCode.UNAVAILABLE

        def details(self) -> str:
            return "Stream removed (Socket closed)"

    said = "the job server no longer answers: unavailable, Stream removed (Socket closed)"
    assert explain(GoneError()) == (said, "")
    assert explain(grpc.FutureTimeoutError())[0] == "no job server answers at the --job_endpoint"
