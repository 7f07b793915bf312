"""One chunk through Beam."""

from __future__ import annotations

import functools

import apache_beam as beam

from pipeline import beam_signatures, graph, report
from pipeline.beam_options import read_beam_options
from pipeline.enrichment import choose_enrichers
from pipeline.history import look_up_by_join, look_up_in_index
from pipeline.ingest_flags import DEFAULT_RUNNER
from pipeline.lake import Lake
from pipeline.options import IngestOptions
from pipeline.visits import Visits, Work
from transforms.decide import NearOptions
from transforms.extract_document import ExtractOptions
from transforms.gazetteer_cache import prepare
from transforms.parquet_files import WriteOptions
from transforms.read_sources import ReadOptions
from transforms.records import ChunkResult


def run_pipeline(
    options: IngestOptions,
    lake: Lake,
    work: Work,
    write: WriteOptions,
) -> ChunkResult:
    """Runs the graph on a chunk and returns what came of it; publishes nothing.

    Args:
        options: What the operator decides.
        lake: The lake, whose lock this process holds.
        work: What to read, to poll and to fetch.
        write: Where the files go.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    look_up = look_up_in_index if options.history == "index" else look_up_by_join
    enrich = choose_enrichers(options.enrichment, lake=lake.path)
    if options.runner == DEFAULT_RUNNER:
        enrich = prepare(enrich, tell=report.notify)
    plan = graph.Plan(
        files=work.files,
        read=ReadOptions(
            text_mode=options.text_mode,
            fields=dict(options.fields),
            max_document_bytes=options.max_document_bytes,
            chunk_documents=options.chunk_documents,
        ),
        extract=ExtractOptions(
            write.started_at, options.min_chars, options.earliest_date, options.extraction
        ),
        write=write,
        workers=options.workers,
        limits=options.limits,
        lookup=look_up(lake),
        near=NearOptions(options.near_threshold, are_kept=options.near_duplicates == "keep"),
        enrich=enrich,
        min_quality=options.enrichment.min_quality,
        reread=work.reread,
        build_web=_web_builder(options, work.visit, write) if work.visit else None,
    )
    beam_options = read_beam_options(options.runner, options.beam_flags)
    with beam_signatures.remembered(), beam.Pipeline(options=beam_options) as pipeline:
        graph.build(pipeline, plan)
    return graph.read_result(write.folder)


def _web_builder(options: IngestOptions, visit: Visits, write: WriteOptions) -> graph.BuildWeb:
    # The crawler and what reads its answers take 0.2 s to import, and most runs read files alone.
    from pipeline.web_graph import build_web
    from pipeline.web_plan import plan_web

    return functools.partial(build_web, plan=plan_web(options, visit, write))
