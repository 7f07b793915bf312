"""`feedlake stream`: starts the unbounded graph on its runner, and ends it when it is asked to."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

import apache_beam as beam
import grpc
from apache_beam.options.pipeline_options import (
    PipelineOptions,
    PortableOptions,
    PrismRunnerOptions,
    StandardOptions,
)
from apache_beam.runners.runner import PipelineResult, PipelineState

from feedlake.pipeline.history.index import catch_up
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.lake.url_rule import check_lake
from feedlake.pipeline.options.failures import CommandError, UsageError
from feedlake.pipeline.options.run_options import IngestOptions
from feedlake.pipeline.run.account import Account
from feedlake.pipeline.run.beam_options import read_beam_options
from feedlake.pipeline.run.clock_check import check_clock
from feedlake.pipeline.run.run import layout_of_lake
from feedlake.pipeline.stream.listeners import Listeners
from feedlake.pipeline.stream.prism import running
from feedlake.pipeline.stream.stream_graph import StreamPlan, build_stream
from feedlake.pipeline.stream.stream_options import (
    StreamOptions,
    ends_with_its_input,
    has_workers_here,
    is_prism,
)
from feedlake.pipeline.stream.stream_work import StreamWork
from feedlake.pipeline.terminal import console
from feedlake.pipeline.terminal.standard_input import ARGUMENT
from feedlake.pipeline.web.web_sources import read_arguments
from feedlake.transforms.process.child_server import end_between_starts
from feedlake.transforms.process.errands import Errands
from feedlake.transforms.process.process_wide import process_wide
from feedlake.transforms.process.stop import StopRequest
from feedlake.transforms.process.unpublished import Unpublished
from feedlake.transforms.stream.tick import Tick

GRACE_S = 7.0
"""How long a stream that is asked to end may take to publish what it has."""

LOOK_S = 60.0
"""How often lists and the lake are looked at for what there is to ask."""

_CHECK_S = 0.2
_LOOK_AT_RUNNER = (
    "the job was asked to end; some runners, Flink for one, let it go on: cancel it there, too"
)
_PRISM_ENDED = (
    "Prism has ended, so the stream has, too; what was published stays: give the same command "
    "again to go on"
)
_WORKERS_ELSEWHERE = (
    "the workers are other processes: this command prints no lines on windows, and tells nobody"
)
_QUIET_S = 1.5
"""For how long nothing may be on its way before a stream that ends takes it that nothing comes."""


def stream(
    options: IngestOptions, plan: StreamOptions, *, tell: Callable[[Account, int], object]
) -> None:
    """Streams sources into the lake until a signal or the number of windows ends it.

    Args:
        options: What the operator decides.
        plan: What of it is about the stream.
        tell: Receives what each window came to, and how many small files were merged after it.

    Raises:
        UsageError: The runner can't stream, there is no Prism, or the sources make no sense.
        CommandError: The runner has ended before it was asked to.
    """
    _check(options)
    if not has_workers_here(options.runner, options.beam_flags):
        console.print_notice(_WORKERS_ELSEWHERE)
    options = replace(options, is_scheduled=True)
    lake = Lake(options.lake)
    with lake.writing(wait_s=options.wait_s, is_unlocked=options.is_unlocked):
        check_lake(lake)
        layout_of_lake(options, lake)
        if not options.accepts_clock:
            check_clock(lake, now=datetime.now(UTC))
        if options.history == "index":
            catch_up(lake)
    work = StreamWork(options, compact_files=plan.compact_files)
    steps = StreamPlan(
        work.look,
        ask=work.ask,
        fetch=work.fetch,
        publish=work.publish,
        window_s=plan.window_s,
        window_records=options.chunk_documents,
        host_pages=options.web.host_pages,
    )
    told = 0

    def hear(account: Account, merged_files: int) -> None:
        nonlocal told
        told += 1
        tell(account, merged_files)
        if told == plan.windows:
            process_wide(StopRequest).ask()

    has_died = threading.Event()
    end_between_starts()  # Errands that start children may be under way until the very end.
    with contextlib.ExitStack() as stack:
        stack.enter_context(process_wide(Listeners).listening(hear))
        beam_options = stack.enter_context(_options_of_runner(options, has_died))
        beam_options.view_as(StandardOptions).streaming = True
        pipeline = beam.Pipeline(options=beam_options)
        ticks = pipeline | "Tick" >> Tick(min(LOOK_S, plan.window_s))
        build_stream(ticks, steps)
        result: PipelineResult | None = None
        try:
            result = _submit(pipeline, has_died)
            _watch(result, has_died)
        finally:
            _hush_beam()
            if result is not None and not has_died.is_set():
                with contextlib.suppress(grpc.RpcError):
                    result.cancel()
                if not is_prism(options.runner):
                    console.print_notice(_LOOK_AT_RUNNER)


def _submit(pipeline: beam.Pipeline, has_died: threading.Event) -> PipelineResult:
    """Starts a pipeline on its runner, in a thread that can be left if there is no runner any more.

    Raises:
        CommandError: Prism has ended.
    """
    answers: queue.SimpleQueue[PipelineResult | BaseException] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put(pipeline.run())
        except BaseException as error:
            answers.put(error)

    threading.Thread(target=run, name="submit", daemon=True).start()
    while answers.empty():
        if has_died.is_set():
            raise CommandError(_PRISM_ENDED)
        sleep(_CHECK_S / 4)
    answer = answers.get()
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _hush_beam() -> None:
    """Lets Beam's threads end in silence, since what they talk to is about to go.

    For good: they end when they notice, which may be after the stream.
    """
    hook = threading.excepthook

    def show(failure: threading.ExceptHookArgs) -> None:
        if not isinstance(failure.exc_value, grpc.RpcError):
            hook(failure)

    threading.excepthook = show
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)


def _check(options: IngestOptions) -> None:
    """Raises a UsageError if such a stream can't be."""
    if ends_with_its_input(options.runner):
        raise UsageError(
            f"--runner {options.runner}: Beam's runners inside of this process end with their "
            "input, and a stream has no end; feedlake schedule does the same work without a runner "
            "of its own, or give --runner PrismRunner"
        )
    if ARGUMENT in options.sources:
        raise UsageError(f"SOURCE {ARGUMENT}: standard input ends; feedlake ingest reads it")
    given = read_arguments(options.sources, options=options.web.sources)
    if given.files:
        raise UsageError(
            f"SOURCE {given.files[0]}: stream reads web addresses and lists of them; feedlake "
            "ingest and schedule read files"
        )


@contextlib.contextmanager
def _options_of_runner(
    options: IngestOptions, has_died: threading.Event
) -> Iterator[PipelineOptions]:
    """Beam's options, with a Prism of our own if it is to run there."""
    made = read_beam_options(options.runner, options.beam_flags)
    portable = made.view_as(PortableOptions)
    if portable.job_endpoint or not is_prism(options.runner):
        yield made
        return
    program = Path(made.view_as(PrismRunnerOptions).prism_location)
    with running(program, when_ended=has_died.set) as prism:
        portable.job_endpoint = prism.endpoint
        yield made


def _watch(result: PipelineResult, has_died: threading.Event) -> None:
    """Returns when the end was asked for, and what was ready is published.

    Raises:
        CommandError: The stream has ended by itself.
    """
    stop = process_wide(StopRequest)
    quiet_s = monotonic()
    while True:
        if has_died.is_set():
            raise CommandError(_PRISM_ENDED)
        state = result.state
        if PipelineState.is_terminal(state):
            result.wait_until_finish()
            raise CommandError(f"the stream has ended on the runner as {state.lower()}")
        if process_wide(Unpublished).count() or process_wide(Errands).count():
            quiet_s = monotonic()
        if stop.is_asked() and monotonic() - quiet_s > _QUIET_S:
            return
        sleep(_CHECK_S)
