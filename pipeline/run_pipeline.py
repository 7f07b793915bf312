"""One chunk through Beam."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network

import apache_beam as beam

from pipeline import __version__, graph, report
from pipeline.beam_options import read_beam_options
from pipeline.enrichment import choose_enrichers
from pipeline.history import look_up_by_join, look_up_in_index
from pipeline.ingest_flags import DEFAULT_RUNNER
from pipeline.lake import Lake
from pipeline.options import IngestOptions
from pipeline.visits import Work
from transforms.crawl import CrawlOptions
from transforms.decide import NearOptions
from transforms.extract_document import ExtractOptions
from transforms.fetched_page import FetchOptions, PageOptions
from transforms.gazetteer_cache import prepare
from transforms.http_client import HttpOptions
from transforms.interpret import InterpretOptions
from transforms.parquet_files import WriteOptions
from transforms.poll_answer import PollingOptions, PollRules
from transforms.poll_interval import PollOptions
from transforms.read_sources import ReadOptions
from transforms.records import ChunkResult

CLUSTER_SHARDS = 32
"""Parts into which the hosts are cut on a cluster, each fetched by one worker at a time."""

PROJECT = "feedlake: no contact given"
"""What stands in the User-Agent where the operator names no contact."""


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
        web=_plan_web(options, work, write) if work.visit else None,
    )
    beam_options = read_beam_options(options.runner, options.beam_flags)
    with beam.Pipeline(options=beam_options) as pipeline:
        graph.build(pipeline, plan)
    return graph.read_result(write.folder)


def _plan_web(options: IngestOptions, work: Work, write: WriteOptions) -> graph.WebPlan:
    web = options.web
    crawl = CrawlOptions(
        http=HttpOptions(
            user_agent=user_agent(web.contact),
            max_bytes=options.max_document_bytes,
            allow_networks=tuple(ip_network(network) for network in web.allow_networks),
        ),
        host_delay_s=web.host_delay_s,
        host_concurrency=web.host_concurrency,
        in_flight=web.in_flight,
        obeys_robots=web.obeys_robots,
    )
    least_s = web.min_interval_s
    rules = PollRules(
        PollOptions(
            min_interval_s=least_s,
            max_interval_s=max(PollOptions.max_interval_s, least_s),
            backoff_s=min(PollOptions.backoff_s, 4 * least_s),
        ),
        fetches_pages=web.fetches_pages,
    )
    return graph.WebPlan(
        sources=work.visit.sources,
        waiting=work.visit.waiting,
        hosts=work.visit.hosts,
        polling=PollingOptions(
            crawl=crawl,
            rules=rules,
            interpret=InterpretOptions(
                max_entries=web.max_entries,
                since=write.started_at - timedelta(days=web.sitemap_days),
                max_bytes=options.max_document_bytes,
            ),
            limits=options.limits,
            chunk_documents=options.chunk_documents,
            given=work.visit.given,
            own=dict(web.sources),
        ),
        fetching=FetchOptions(
            crawl=crawl,
            page=PageOptions(min_interval_s=least_s, min_chars=options.min_chars),
            host_pages=web.host_pages,
        ),
        shards=1 if options.runner == DEFAULT_RUNNER else CLUSTER_SHARDS,
    )


def user_agent(contact: str | None) -> str:
    """Returns how feedlake names itself to sites."""
    return f"feedlake/{__version__} (+{contact or PROJECT})"
