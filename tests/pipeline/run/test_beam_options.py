"""Flags after the `--`: Beam's own, and those that only the job server knows."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from concurrent import futures

import grpc
import pytest
from apache_beam.options.pipeline_options import (
    DebugOptions,
    GoogleCloudOptions,
    PipelineOptions,
    PrismRunnerOptions,
    StandardOptions,
)
from apache_beam.portability.api import beam_job_api_pb2, beam_job_api_pb2_grpc
from conftest import run_command

from feedlake.pipeline.options.failures import CommandError, UsageError
from feedlake.pipeline.run.beam_options import read_beam_options

KINDS = beam_job_api_pb2.PipelineOptionType


class JobServer(beam_job_api_pb2_grpc.JobServiceServicer):
    """Knows a few of the flags that Beam's job server for Flink knows."""

    def DescribePipelineOptions(
        self, request: object, context: object
    ) -> beam_job_api_pb2.DescribePipelineOptionsResponse:
        return beam_job_api_pb2.DescribePipelineOptionsResponse(
            options=[
                beam_job_api_pb2.PipelineOptionDescriptor(name=name, type=kind, description="100%")
                for name, kind in [
                    ("checkpointing_interval", KINDS.INTEGER),
                    ("externalized_checkpoints_enabled", KINDS.BOOLEAN),
                    ("files_to_stage", KINDS.ARRAY),
                    ("state_backend", KINDS.STRING),
                    ("parallelism", KINDS.INTEGER),  # Which Beam's Python part knows, too.
                ]
            ]
        )


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    beam_job_api_pb2_grpc.add_JobServiceServicer_to_server(JobServer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


@pytest.mark.parametrize("runner", ["PortableRunner", "FlinkRunner"])
@pytest.mark.parametrize(
    "flags",
    [
        ("--checkpointing_interval=10000",),
        ("--checkpointing_interval", "10000", "--parallelism=2"),
        ("--externalized_checkpoints_enabled", "--state_backend=rocksdb"),
        ("--files_to_stage=a.jar", "--files_to_stage=b.jar"),
    ],
)
def test_flags_that_the_job_server_knows_are_taken(endpoint, runner, flags):
    options = read_beam_options(runner, (f"--job_endpoint={endpoint}", *flags))

    # Beam's client hands them on, when it has asked the job server what they are.
    assert list(options._flags)[-len(flags) :] == list(flags)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--checkpointing_intervall=1",), "--checkpointing_intervall=1: neither Beam nor the "),
        (("--state_backend=x", "stray"), "stray: neither Beam nor the job server at 127.0.0.1:"),
        (("--checkpointing_interval=soon",), "invalid int value: 'soon'"),
        (("--externalized_checkpoints_enabled=yes", "-x"), "ignored explicit argument 'yes'"),
    ],
)
def test_flags_that_nobody_knows_are_refused(endpoint, flags, said):
    with pytest.raises(UsageError, match=said):
        read_beam_options("PortableRunner", (f"--job_endpoint={endpoint}", *flags))


@pytest.mark.parametrize("runner", ["FlinkRunner", "SparkRunner"])
def test_a_runner_that_starts_its_job_server_later_is_given_all_flags(runner):
    jar = f"--{runner.removesuffix('Runner').lower()}_job_server_jar=server.jar"
    flags = (jar, "--checkpointing_interval", "10000", "--state_backend=rocksdb", "--enabled")

    assert list(read_beam_options(runner, flags)._flags)[1:] == list(flags)
    for stray in (("stray",), ("--flag", "value", "stray"), ("--flag=value", "stray"), ("-x",)):
        with pytest.raises(UsageError, match=f"^{stray[-1]}: Beam knows no such flag"):
            read_beam_options(runner, stray)


@pytest.mark.parametrize(
    ("runner", "said"),
    [
        ("FlinkRunner", r"needs a job server, .*\(--flink_job_server_jar=PATH\)$"),
        ("SparkRunner", r"needs a job server, .*\(--spark_job_server_jar=PATH\)$"),
        ("PortableRunner", r"needs a job server, .*\(--job_endpoint=HOST:PORT\)$"),
        ("PrismRunner", r"there is no Prism here; build it with: go install "),
        ("DataflowRunner", r".*Missing required option: project\. .*stand after the --\)$"),
    ],
)
def test_what_a_runner_lacks_is_one_sentence_and_never_downloaded(
    tmp_path, monkeypatch, runner, said
):
    for name in ("PATH", "GOBIN", "GOPATH", "FEEDLAKE_ENGINE_CACHE"):
        monkeypatch.setenv(name, str(tmp_path))

    with pytest.raises(UsageError, match=f"^--runner {runner}: {said}"):
        read_beam_options(runner, ())


def test_prism_on_the_path_is_named_to_beam(tmp_path, monkeypatch):
    program = tmp_path / "prism"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    options = read_beam_options("PrismRunner", ())

    assert options.view_as(PrismRunnerOptions).prism_location == str(program)


@pytest.mark.parametrize("runner", ["FnApiRunner", "PrismRunner", "DirectRunner"])
def test_runners_without_flags_of_their_own_are_given_none(runner):
    with pytest.raises(UsageError, match=r"^--checkpointing_interval=1: Beam knows no such flag$"):
        read_beam_options(runner, ("--checkpointing_interval=1",))


def test_job_server_that_is_not_there_is_one_sentence(tmp_path):
    """Port 1 of the loopback is nobody's."""
    where = ("--job_endpoint=127.0.0.1:1", "--job_server_timeout=1")
    with pytest.raises(CommandError, match=r"127\.0\.0\.1:1: no job server answers there"):
        read_beam_options("PortableRunner", (*where, "--checkpointing_interval=1"))

    (tmp_path / "a.txt").write_text("A text of some words.")
    for flags in ((), ("--checkpointing_interval=1",)):
        command = ("ingest", tmp_path / "a.txt", "--lake", tmp_path / "lake", "--quiet")
        outcome = run_command(*command, "--runner", "PortableRunner", "--", *where, *flags)
        assert outcome.code == 1
        assert "no job server answers" in outcome.err
        assert outcome.err.count("\n") == 1, outcome.err


def test_a_run_is_not_left_alone():
    with pytest.raises(UsageError, match=r"^--no_wait_until_finish: "):
        read_beam_options("FlinkRunner", ("--no_wait_until_finish",))


def test_views_of_options_are_made_once_and_share_their_values():
    options = read_beam_options("direct", ("--experiments=one",))
    options.view_as(DebugOptions).experiments.append("two")
    options.view_as(StandardOptions).streaming = True

    assert options.view_as(DebugOptions) is options.view_as(DebugOptions)
    assert options.view_as(DebugOptions).experiments == ["one", "two"]
    assert options.get_all_options(drop_default=True)["streaming"] is True


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_of_options_has_views_and_values_of_its_own(duplicate):
    options = read_beam_options("direct", ())
    options.view_as(GoogleCloudOptions).impersonate_service_account = "robot"
    options.view_as(StandardOptions).streaming = False

    copied = duplicate(options)
    copied.view_as(StandardOptions).streaming = True

    assert copied.view_as(StandardOptions).streaming is True
    assert options.view_as(StandardOptions).streaming is False
    assert copied.view_as(GoogleCloudOptions).impersonate_service_account is None


def test_options_for_other_runners_are_those_of_beam():
    assert type(read_beam_options("PrismRunner", ())) is PipelineOptions
