"""Figures of feeds, of what is missing, and of runs."""

from __future__ import annotations

from feedlake.pipeline.explore.figure import Figure

POLLS_BY_DAY = Figure(
    "polls by day",
    "Polls of feeds per day: how many, how many failed, what they brought",
    """
    SELECT source, polled_at::DATE AS day, count(*) AS polls,
        count(*) FILTER (error IS NOT NULL) AS failed,
        CAST(coalesce(sum(new_entries), 0) AS BIGINT) AS new_entries,
        CAST(sum(documents) AS BIGINT) AS documents
    FROM sources WHERE polled_at >= $start AND polled_at < $end AND source IN $sources
    GROUP BY source, day ORDER BY source, day
    """,
)

REJECTS_OF_SOURCES = Figure(
    "rejects of sources",
    "Rejects of feeds",
    """
    SELECT source, count(*) AS rejects FROM rejects
    WHERE rejected_at >= $start AND rejected_at < $end AND source IN $sources
    GROUP BY source ORDER BY rejects DESC, source
    """,
)

LAST_POLLS = Figure(
    "last polls",
    "The last polls of a feed",
    """
    SELECT polled_at, status, http_status, error, detail, entries, new_entries, missed_entries,
        left_out, documents, duration_ms, redirect, next_due, run_id
    FROM sources WHERE source = $source AND polled_at >= $start
    ORDER BY polled_at DESC, run_id DESC LIMIT $limit
    """,
)

REJECTS_OF_SOURCE = Figure(
    "rejects of a source",
    "What a feed's documents were rejected for",
    """
    SELECT reason, step, count(*) AS rejects, max(rejected_at) AS last_at,
        arg_max(url, rejected_at) AS url, arg_max(detail, rejected_at) AS detail
    FROM rejects WHERE source = $source AND rejected_at >= $start
    GROUP BY reason, step ORDER BY rejects DESC, reason LIMIT $limit
    """,
)

WAITING_OF_SOURCE = Figure(
    "waiting pages",
    "Pages of a feed that wait",
    """
    SELECT url, title, reason, detail, attempts, tried_at, next_try_at, asked_by, asked_until
    FROM waiting WHERE source = $source ORDER BY next_try_at NULLS FIRST, url LIMIT $limit
    """,
)

REASONS = Figure(
    "reasons",
    "Rejects by reason and site",
    """
    WITH lost AS (
        SELECT reason, step, rejected_at, detail,
            coalesce(
                regexp_extract(lower(coalesce(url, source)), '^https?://(?:www\\.)?([^/:?#]+)', 1),
                ''
            ) AS host
        FROM rejects WHERE rejected_at >= $start AND rejected_at < $end
    )
    SELECT reason, host, count(*) AS rejects, max(rejected_at) AS last_at,
        arg_max(detail, rejected_at) AS detail,
        CAST(sum(count(*)) OVER (PARTITION BY reason) AS BIGINT) AS of_reason,
        CAST(sum(count(*)) OVER (PARTITION BY host) AS BIGINT) AS of_host
    FROM lost GROUP BY reason, host ORDER BY of_reason DESC, reason, rejects DESC, host
    LIMIT $limit
    """,
)

REJECTS = Figure(
    "rejects",
    "Rejects, the newest first",
    """
    SELECT url, title, source, source_record, step, reason, detail, rejected_at, run_id,
        count(*) OVER () AS total
    FROM rejects WHERE rejected_at >= $start AND rejected_at < $end
        AND ($reason = '' OR reason = $reason) AND ($host = '' OR coalesce(
            regexp_extract(lower(coalesce(url, source)), '^https?://(?:www\\.)?([^/:?#]+)', 1), ''
        ) = $host)
    ORDER BY rejected_at DESC, url NULLS LAST, reject_id LIMIT $limit OFFSET $skip
    """,
)

REJECTS_BY_DAY = Figure(
    "rejects by day",
    "Rejects per day",
    """
    SELECT rejected_at::DATE AS day, count(*) AS rejects FROM rejects
    WHERE rejected_at >= $start AND rejected_at < $end GROUP BY day ORDER BY day
    """,
)

BOOKS = Figure(
    "books",
    "What the documents of runs became",
    """
    SELECT count(*) AS chunks, CAST(coalesce(sum(documents), 0) AS BIGINT) AS documents,
        CAST(coalesce(sum(articles), 0) AS BIGINT) AS articles,
        CAST(coalesce(sum(revisions), 0) AS BIGINT) AS revisions,
        CAST(coalesce(sum(duplicates), 0) AS BIGINT) AS duplicates,
        CAST(coalesce(sum(rejects), 0) AS BIGINT) AS rejects,
        CAST(coalesce(sum(already_in_lake), 0) AS BIGINT) AS known,
        CAST(coalesce(sum(deferred), 0) AS BIGINT) AS waiting
    FROM runs WHERE started_at >= $start AND started_at < $end
    """,
)

RUNS = Figure(
    "runs",
    "Chunks that were published, the newest first",
    """
    SELECT run_id, publication, started_at, finished_at, chunk, sources, unchanged_sources,
        documents, articles, revisions, duplicates, rejects, already_in_lake AS known, deferred,
        out_of_reach, epoch(finished_at - started_at) AS took_s, count(*) OVER () AS total
    FROM runs WHERE started_at >= $start AND started_at < $end
    ORDER BY publication DESC NULLS LAST, run_id DESC LIMIT $limit OFFSET $skip
    """,
)

DURATIONS = Figure(
    "durations",
    "How long runs took",
    """
    SELECT min(started_at) AS started_at, regexp_replace(run_id, '-[0-9]+$', '') AS command,
        epoch(max(finished_at) - min(started_at)) AS took_s,
        CAST(sum(documents) AS BIGINT) AS documents, CAST(sum(articles) AS BIGINT) AS articles,
        count(*) AS chunks, max(run_id) AS run_id, count(*) OVER () AS of_commands
    FROM runs WHERE started_at >= $start AND started_at < $end
    GROUP BY command ORDER BY command DESC LIMIT $limit
    """,
)

RUN = Figure("run", "A published chunk", "SELECT * FROM runs WHERE run_id = $run")

FAILED_SOURCES = Figure(
    "failed sources",
    "Sources that a chunk could not read",
    """
    SELECT source, source_kind, status, error, detail, http_status, duration_ms FROM sources
    WHERE run_id = $run AND status IN ('failed', 'skipped', 'partial')
    ORDER BY status, source LIMIT $limit
    """,
)

REASONS_OF_RUN = Figure(
    "reasons of a run",
    "What a chunk's documents were rejected for",
    """
    SELECT step, reason, count(*) AS rejects, any_value(detail) AS detail FROM rejects
    WHERE run_id = $run GROUP BY step, reason ORDER BY rejects DESC, reason
    """,
)
