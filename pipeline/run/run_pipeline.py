"""One chunk through Beam."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace

import apache_beam as beam

from feedlake.pipeline.history.lake_lookup import look_up_by_join, look_up_in_index
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.option_table import DEFAULT_RUNNER
from feedlake.pipeline.options.run_options import IngestOptions
from feedlake.pipeline.removal.read_removed import removed_opener
from feedlake.pipeline.run import graph
from feedlake.pipeline.run.beam_options import read_beam_options
from feedlake.pipeline.run.enrichment import choose_enrichers
from feedlake.pipeline.run.extraction import extract_options
from feedlake.pipeline.terminal import console
from feedlake.pipeline.terminal.runner_failures import silent_message_thread
from feedlake.pipeline.web.visits import Visits, Work
from feedlake.transforms.dedup.decide import NearOptions
from feedlake.transforms.enrich.places_index import prepare
from feedlake.transforms.normalize import storage
from feedlake.transforms.process.left_out_packages import left_out
from feedlake.transforms.read.read_sources import ReadOptions
from feedlake.transforms.records.chunk_result import ChunkResult
from feedlake.transforms.records.documents import Document, Rejection, Skip
from feedlake.transforms.records.outcome import Outcome
from feedlake.transforms.removal.removed_keys import RemovedKeys
from feedlake.transforms.stores.stores import for_workers
from feedlake.transforms.write.parquet_files import WriteOptions

USUAL_DOCUMENTS = 10_000
"""Documents of a chunk for which `ReadOptions.chunk_bytes` is meant."""


def run_pipeline(
    options: IngestOptions,
    lake: Lake,
    work: Work,
    write: WriteOptions,
    *,
    given: graph.BuildWeb | None = None,
) -> ChunkResult:
    """Runs the graph on a chunk and returns what came of it; publishes nothing.

    Args:
        options: What the operator decides.
        lake: The lake, whose lock this process holds.
        work: What to read, to poll and to fetch.
        write: Where the files go.
        given: Adds what was read before, and is in memory; then `work` is empty.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    is_elsewhere = options.runner != DEFAULT_RUNNER
    paths = [lake.path, *(file.path for file in work.files)]
    is_remote = not all(map(storage.is_local, paths))
    stores = for_workers() if is_elsewhere and is_remote else None
    write = replace(write, stores=stores)
    enrich = choose_enrichers(options.enrichment, lake=lake.path)
    if not is_elsewhere:
        enrich = prepare(enrich, tell=console.notify)
    open_removed = removed_opener(lake, stores=stores)
    plan = graph.Plan(
        files=work.files,
        read=ReadOptions(
            text_mode=options.text_mode,
            fields=dict(options.fields),
            max_document_bytes=options.max_document_bytes,
            chunk_documents=options.chunk_documents,
            chunk_bytes=chunk_bytes(options.runner, options.chunk_documents),
            judge=_judge_outcome,
            stores=stores,
        ),
        extract=extract_options(options, now=write.started_at),
        write=write,
        workers=options.workers,
        limits=options.limits,
        lookup=(
            look_up_in_index(lake)
            if options.history == "index"
            else look_up_by_join(lake, stores=stores)
        ),
        near=NearOptions(options.near_threshold, are_kept=options.near_duplicates == "keep"),
        enrich=enrich,
        min_quality=options.enrichment.min_quality,
        reread=work.reread,
        is_spread=is_elsewhere,
        build_web=(
            _web_builder(options, lake, work.visit, write, open_removed) if work.visit else given
        ),
        open_removed=open_removed,
    )
    beam_options = read_beam_options(options.runner, options.beam_flags)
    # Where it's installed, Beam imports IPython to ask with each step whether this is a notebook.
    unused = () if is_elsewhere else ("IPython",)
    with (
        silent_message_thread(),
        left_out(unused),
        beam.Pipeline(options=beam_options) as pipeline,
    ):
        graph.build(pipeline, plan)
    return graph.read_result(write.folder)


def _judge_outcome(outcome: Outcome, *, max_bytes: int) -> Document | Rejection | Skip:
    # Only feedlake's own archives hold outcomes, and it takes 0.02 s to import.
    from feedlake.transforms.fetch.replay_page import judge_outcome

    return judge_outcome(outcome, max_bytes=max_bytes)


def chunk_bytes(runner: str, documents: int) -> int:
    """Returns how many bytes one bundle of a chunk reads at the most.

    In this process all of a chunk is in memory. The workers of other runners hand it on, so that
    a chunk of more documents may have as many bytes more.

    Args:
        runner: Name of the runner.
        documents: How many documents a chunk has at the most.
    """
    factor = 1 if runner == DEFAULT_RUNNER else max(1, documents // USUAL_DOCUMENTS)
    return factor * ReadOptions.chunk_bytes


def _web_builder(
    options: IngestOptions,
    lake: Lake,
    visit: Visits,
    write: WriteOptions,
    open_removed: Callable[[], RemovedKeys] | None,
) -> graph.BuildWeb:
    # The crawler and what reads its answers take 0.2 s to import, and most runs read files alone.
    from feedlake.pipeline.run.web_graph import build_web
    from feedlake.pipeline.run.web_plan import plan_web

    plan = replace(plan_web(options, lake, visit, write), open_removed=open_removed)
    return functools.partial(build_web, plan=plan)
