"""Beam's own options: which runner, and the flags after `--`."""

from __future__ import annotations

import argparse
import contextlib
import io
from collections.abc import Iterable
from typing import Any, TypeVar

import apache_beam as beam
from apache_beam.options.pipeline_options import (
    FlinkRunnerOptions,
    PipelineOptions,
    PortableOptions,
    PrismRunnerOptions,
    SparkRunnerOptions,
)
from apache_beam.options.pipeline_options_validator import PipelineOptionsValidator
from apache_beam.portability.api import beam_job_api_pb2
from apache_beam.runners.runner import PipelineRunner, create_runner

from feedlake.pipeline.options.failures import CommandError, UsageError
from feedlake.pipeline.run.find_prism import find_prism

# The in-process engine by its full name: Beam's `DirectRunner` is a switch that first tries to
# download another engine from the internet.
_LOCAL_RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"

_OWN_JOB_SERVER = "embed"  # Beam's word for a job service in this process.

_JARS: dict[str, tuple[type[PipelineOptions], str]] = {
    "FlinkRunner": (FlinkRunnerOptions, "flink_job_server_jar"),
    "SparkRunner": (SparkRunnerOptions, "spark_job_server_jar"),
}
"""Runners that start a job server of their own, in Java, and the options that name its program."""

_View = TypeVar("_View", bound=PipelineOptions)


class _Options(PipelineOptions):
    """The options of a run in this process, of which each view is made once.

    Beam asks for views several times with each step that is added, and parses all flags for each:
    that was a tenth of the CPU of a run over one file (measured 2026-11, Beam 2.77). Views share
    their values with the options, so that one made before is as good as a new one.
    """

    def view_as(self, cls: type[_View]) -> _View:
        """Returns the options of one of Beam's classes."""
        # Beam's own __setattr__ takes nothing but options.
        views: dict[type[PipelineOptions], Any] = self.__dict__.setdefault("_views", {})
        if cls not in views:
            views[cls] = super().view_as(cls)
        view: _View = views[cls]
        return view

    def __getstate__(self) -> dict[str, Any]:
        """Returns what a copy is made of: it makes views of its own, which share its values."""
        state: dict[str, Any] = super().__getstate__()  # type: ignore[no-untyped-call]
        return {name: value for name, value in state.items() if name != "_views"}


def read_beam_options(runner: str, flags: tuple[str, ...]) -> PipelineOptions:
    """Returns Beam's options.

    A job server may take flags of which Beam's Python part knows nothing, and it is asked for them.
    Beam would download what a runner lacks; here nothing is, and the operator is told of it.

    Args:
        runner: Beam runner by its usual name, or by module and class.
        flags: Beam's own flags.

    Raises:
        UsageError: There is no such runner, it lacks something, or Beam does not take one of the
            flags.
        CommandError: A flag may be the job server's, and that does not answer.
    """
    if any(flag == "--runner" or flag.startswith("--runner=") for flag in flags):
        raise UsageError("--runner: stands before the --, as in: --runner FlinkRunner -- …")
    if "--no_wait_until_finish" in flags:
        raise UsageError("--no_wait_until_finish: feedlake publishes what a job has done")
    if runner.lower() in ("direct", "directrunner", "fnapi", "fnapirunner"):
        name, made = _LOCAL_RUNNER, None
    else:
        name = runner
        try:
            made = create_runner(runner)
        except (ValueError, ImportError, AttributeError) as error:
            raise UsageError(f"--runner {runner}: {error}") from error
    if flags and (unknown := _unknown_flags(flags, ())):
        _check_unknown(unknown, flags, runner=made)
    if made is None:
        return _Options([f"--runner={name}", *flags])
    options = PipelineOptions([f"--runner={name}", *flags])
    _check_engine(options, runner=made, name=name)
    return options


def _check_engine(options: PipelineOptions, *, runner: PipelineRunner, name: str) -> None:
    """Raises UsageError if something that the runner needs isn't named; finds Prism's program."""
    from apache_beam.runners.portability.prism_runner import PrismRunner

    if faults := PipelineOptionsValidator(options, runner).validate():
        said = " ".join(faults)
        raise UsageError(f"--runner {name}: {said} (Beam's flags stand after the --)")
    if options.view_as(PortableOptions).job_endpoint:
        return
    if isinstance(runner, PrismRunner):
        prism = options.view_as(PrismRunnerOptions)
        prism.prism_location = str(find_prism(prism.prism_location, version=beam.__version__))
    kind = type(runner).__name__
    view, jar = _JARS.get(kind, (PipelineOptions, ""))
    if kind == "PortableRunner" or (jar and not getattr(options.view_as(view), jar)):
        program = f" or its program (--{jar}=PATH)" if jar else ""
        raise UsageError(
            f"--runner {name}: needs a job server, and feedlake downloads none; after the --, name "
            f"one that runs (--job_endpoint=HOST:PORT){program}"
        )


def _check_unknown(
    unknown: list[str], flags: tuple[str, ...], *, runner: PipelineRunner | None
) -> None:
    """Raises the failure about flags that Beam's Python part does not know."""
    # Most runs have no such runner, and need not import it.
    from apache_beam.runners.portability.portable_runner import PortableRunner
    from apache_beam.runners.portability.prism_runner import PrismRunner

    # Prism takes any flag, and heeds none but those that Beam knows.
    if not isinstance(runner, PortableRunner) or isinstance(runner, PrismRunner):
        raise UsageError(f"{unknown[0]}: Beam knows no such flag")
    server = PipelineOptions(list(flags)).view_as(PortableOptions)
    if server.job_endpoint and server.job_endpoint != _OWN_JOB_SERVER:
        known = _describe_options(server.job_endpoint, within_s=server.job_server_timeout)
        if unknown := _unknown_flags(flags, known):
            where = f"the job server at {server.job_endpoint}"
            raise UsageError(f"{unknown[0]}: neither Beam nor {where} knows such a flag")
    # The runner starts its job server itself, later: its flags pass with their values.
    elif stray := _without_flag(unknown):
        raise UsageError(f"{stray}: Beam knows no such flag")


def _describe_options(
    endpoint: str, *, within_s: float
) -> Iterable[beam_job_api_pb2.PipelineOptionDescriptor]:
    """The options that a job server knows."""
    import grpc
    from apache_beam.portability.api import beam_job_api_pb2_grpc

    with grpc.insecure_channel(endpoint) as channel:
        service = beam_job_api_pb2_grpc.JobServiceStub(channel)
        request = beam_job_api_pb2.DescribePipelineOptionsRequest()
        try:
            answer = service.DescribePipelineOptions(request, timeout=within_s, wait_for_ready=True)
        except grpc.RpcError as error:
            why = f"--job_endpoint {endpoint}: no job server answers there"
            raise CommandError(f"{why} ({error.code().name.lower()})") from error
    options: Iterable[beam_job_api_pb2.PipelineOptionDescriptor] = answer.options
    return options


def _unknown_flags(
    flags: tuple[str, ...], options: Iterable[beam_job_api_pb2.PipelineOptionDescriptor]
) -> list[str]:
    """The flags that Beam would drop with a warning, and words that belong to no flag."""
    parsers: list[Any] = []
    PipelineOptions([]).get_all_options(add_extra_args_fn=parsers.append)
    parser = parsers[0]
    for option in options:
        _add_option(parser, option)
    messages = io.StringIO()
    try:
        with contextlib.redirect_stderr(messages):
            _, unknown = parser.parse_known_args(flags)
    except SystemExit as error:
        if not error.code:
            raise  # argparse has printed the --help that was asked for.
        said = messages.getvalue().strip().rpartition("error: ")[2]
        raise UsageError(f"{said} (a flag of Beam's, after the --)") from error
    return list(unknown)


def _add_option(parser: Any, option: beam_job_api_pb2.PipelineOptionDescriptor) -> None:
    """Has a parser take a job server's option, in the way in which Beam will when it submits."""
    kinds = beam_job_api_pb2.PipelineOptionType
    how: dict[str, Any] = {}
    if option.type == kinds.BOOLEAN:
        how["action"] = "store_false" if option.default_value == "true" else "store_true"
    elif option.type == kinds.INTEGER:
        how["type"] = int
    elif option.type == kinds.ARRAY:
        how["action"] = "append"
    with contextlib.suppress(argparse.ArgumentError):  # Beam's Python part knows it, too.
        parser.add_argument(f"--{option.name}", **how)


def _without_flag(unknown: list[str]) -> str | None:
    """The first word that is neither a flag of two dashes nor its value."""
    before = ""
    for word in unknown:
        is_value = before.startswith("--") and "=" not in before
        if not word.startswith("--") and not is_value:
            return word
        before = word
    return None
