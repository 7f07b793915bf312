"""One chunk through Beam."""

from __future__ import annotations

import apache_beam as beam

from pipeline import graph
from pipeline.beam_options import read_beam_options
from pipeline.history import look_up_by_join, look_up_in_index
from pipeline.lake import Lake
from pipeline.options import IngestOptions
from transforms.decide import NearOptions
from transforms.extract_document import ExtractOptions
from transforms.parquet_files import WriteOptions
from transforms.read_sources import ReadOptions
from transforms.records import ChunkResult, SourceFile


def run_pipeline(
    options: IngestOptions,
    lake: Lake,
    files: list[SourceFile],
    write: WriteOptions,
    reread: frozenset[str],
) -> ChunkResult:
    """Runs the graph on a chunk's files and returns what came of it; publishes nothing.

    Args:
        options: What the operator decides.
        lake: The lake, whose lock this process holds.
        files: What to read.
        write: Where the files go.
        reread: Sources that an earlier run has read as they are now, as rows name them.

    Raises:
        LakeError: A file of the lake is damaged.
    """
    look_up = look_up_in_index if options.history == "index" else look_up_by_join
    plan = graph.Plan(
        files=tuple(files),
        read=ReadOptions(
            text_mode=options.text_mode,
            fields=dict(options.fields),
            max_document_bytes=options.max_document_bytes,
            chunk_documents=options.chunk_documents,
        ),
        extract=ExtractOptions(write.started_at, options.min_chars, options.earliest_date),
        write=write,
        workers=options.workers,
        limits=options.limits,
        lookup=look_up(lake),
        near=NearOptions(options.near_threshold, are_kept=options.near_duplicates == "keep"),
        reread=reread,
    )
    beam_options = read_beam_options(options.runner, options.beam_flags)
    with beam.Pipeline(options=beam_options) as pipeline:
        graph.build(pipeline, plan)
    return graph.read_result(write.folder)
