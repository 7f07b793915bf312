"""What the operator decides, as the steps take it that ask the web."""

from __future__ import annotations

from datetime import timedelta

from feedlake import __version__
from feedlake.pipeline.lake.lake import Lake
from feedlake.pipeline.options.option_table import DEFAULT_RUNNER
from feedlake.pipeline.options.run_options import IngestOptions
from feedlake.pipeline.run.web_graph import WebPlan
from feedlake.pipeline.web.crawl_options import crawl_options
from feedlake.pipeline.web.visits import Visits
from feedlake.transforms.archives.archive_writer import ArchiveOptions
from feedlake.transforms.fetch.fetched_page import FetchOptions, PageOptions
from feedlake.transforms.poll.interpret import InterpretOptions
from feedlake.transforms.poll.poll_answer import PollOptions
from feedlake.transforms.poll.poll_interval import PollIntervals
from feedlake.transforms.write.parquet_files import WriteOptions

CLUSTER_SHARDS = 32
"""Parts into which the hosts are cut on a cluster, each fetched by one worker at a time."""


def plan_web(options: IngestOptions, lake: Lake, visit: Visits, write: WriteOptions) -> WebPlan:
    """Returns what the pipeline of a chunk does on the web.

    Args:
        options: What the operator decides.
        lake: The lake.
        visit: What to poll and to fetch.
        write: Where the files go, and when the chunk was begun.
    """
    web = options.web
    crawl = crawl_options(options)
    archive = archive_options(options, lake, write) if web.is_archived else None
    least_s = web.min_interval_s
    # Polls come first, and pages must have their turn in the same chunk.
    within_s = web.publish_within_s / 2 if visit.sources else web.publish_within_s
    run = write.run_id.rpartition("-")[0]  # Without the number of its chunk.
    intervals = PollIntervals(
        min_interval_s=least_s,
        max_interval_s=max(PollIntervals.max_interval_s, least_s),
        backoff_s=min(PollIntervals.backoff_s, 4 * least_s),
    )
    return WebPlan(
        sources=visit.sources,
        waiting=visit.waiting,
        waits={
            name: waited
            for source in visit.sources
            for name, waited in visit.waits.get(source.url, {}).items()
        },
        hosts=visit.hosts,
        polling=PollOptions(
            crawl=crawl,
            intervals=intervals,
            fetches_pages=web.fetches_pages,
            interpret=InterpretOptions(
                max_entries=web.max_entries,
                since=write.started_at - timedelta(days=web.sitemap_days),
                max_bytes=options.max_document_bytes,
            ),
            limits=options.limits,
            chunk_documents=options.chunk_documents,
            given=visit.given,
            own=dict(web.sources),
            run=run,
            within_s=within_s,
            archive=archive,
        ),
        fetching=FetchOptions(
            crawl=crawl,
            page=PageOptions(
                min_interval_s=least_s,
                min_chars=options.min_chars,
                recheck_s=web.recheck_s or 0.0,
            ),
            host_pages=web.host_pages,
            run=run,
            within_s=within_s,
            archive=archive,
        ),
        shards=1 if options.runner == DEFAULT_RUNNER else CLUSTER_SHARDS,
    )


def archive_options(options: IngestOptions, lake: Lake, write: WriteOptions) -> ArchiveOptions:
    """Returns where the archive of a chunk goes.

    Args:
        options: What the operator decides.
        lake: The lake, which holds earlier payloads.
        write: Where the chunk's files go.
    """
    # numpy, which looks for known payloads, is no part of a run without an archive.
    from feedlake.pipeline.archive.known_payloads import KnownPayloads

    return ArchiveOptions(
        write.folder,
        run_id=write.run_id,
        started_at=write.started_at,
        software=f"feedlake/{__version__}",
        find=KnownPayloads(lake),
        is_alone=options.runner == DEFAULT_RUNNER,
        stores=write.stores,
    )
