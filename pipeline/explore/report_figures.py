"""Figures of a day or of several: volume, tone, what was copied and lost, and polls."""

from __future__ import annotations

from feedlake.pipeline.explore.figure import Figure

SIZE_OF_DAYS = Figure(
    "size of days",
    "How much was published",
    """
    SELECT count(*) AS articles, count(DISTINCT site) AS sites, count(DISTINCT source) AS sources,
        count(DISTINCT language) FILTER (language <> 'und') AS languages
    FROM articles WHERE date BETWEEN $first AND $last
    """,
)

BY_SOURCE = Figure(
    "by source",
    "Articles by source",
    """
    SELECT source, count(*) AS articles, count(DISTINCT site) AS sites,
        list(DISTINCT language ORDER BY language)[:4] AS languages,
        count(*) OVER () AS of_sources,
        CAST(sum(count(*)) OVER () AS BIGINT) AS of_articles
    FROM articles WHERE date BETWEEN $first AND $last
    GROUP BY source ORDER BY articles DESC, source LIMIT $limit
    """,
)

BY_LANGUAGE = Figure(
    "by language",
    "Articles by language",
    """
    SELECT language, count(*) AS articles, count(DISTINCT site) AS sites,
        CAST(sum(word_count) AS BIGINT) AS words, count(*) OVER () AS of_languages,
        CAST(sum(count(*)) OVER () AS BIGINT) AS of_articles
    FROM articles WHERE date BETWEEN $first AND $last
    GROUP BY language ORDER BY articles DESC, language LIMIT $limit
    """,
)

COUNTRIES = Figure(
    "countries",
    "Countries that articles are about",
    """
    SELECT country, count(*) AS articles FROM (
        SELECT unnest(list_distinct(countries)) AS country FROM articles
        WHERE date BETWEEN $first AND $last
    ) GROUP BY country ORDER BY articles DESC, country LIMIT $limit
    """,
)

TONE_SHARES = Figure(
    "tone shares",
    "How many English articles are of which tone",
    """
    SELECT count(tone) AS articles, avg(tone) AS mean,
        count(*) FILTER (tone <= -0.2) AS negative,
        count(*) FILTER (tone > -0.2 AND tone < 0.2) AS neutral,
        count(*) FILTER (tone >= 0.2) AS positive
    FROM articles WHERE date BETWEEN $first AND $last
    """,
)

_COPIES = """
        SELECT original_id, site, title FROM duplicates
        WHERE test IN ('text', 'near') AND published_at >= $start AND published_at < $end
        UNION ALL
        SELECT original_id, site, title FROM duplicates
        WHERE test IN ('text', 'near') AND published_at IS NULL
            AND fetched_at >= $start AND fetched_at < $end
"""

MOST_COPIED = Figure(
    "most copied",
    "Articles whose text others carry most, as it is or nearly so",
    f"""
    WITH copies AS ({_COPIES}
    ), counted AS (
        SELECT original_id, count(*) AS copies, count(DISTINCT site) AS sites,
            list(DISTINCT site ORDER BY site)[:6] AS carried_by, min(title) AS title_of_copy
        FROM copies GROUP BY original_id
    ), originals AS (
        SELECT article_id, title, url, site, published_at FROM articles
        WHERE date BETWEEN $earliest AND $last
    )
    SELECT copies, sites, carried_by, coalesce(title, title_of_copy) AS title, url, site,
        published_at
    FROM counted LEFT JOIN originals ON article_id = original_id
    ORDER BY copies DESC, sites DESC, original_id LIMIT $limit
    """,
)

CARRIERS = Figure(
    "carriers",
    "Whose texts are carried by whom, more than once",
    f"""
    WITH copies AS ({_COPIES}
    ), originals AS (
        SELECT article_id, site FROM articles WHERE date BETWEEN $earliest AND $last
    )
    SELECT originals.site AS origin, copies.site AS carrier, count(*) AS copies
    FROM copies JOIN originals ON article_id = original_id
    WHERE originals.site IS NOT NULL AND copies.site IS NOT NULL
    GROUP BY origin, carrier HAVING count(*) > 1
    ORDER BY copies DESC, origin, carrier LIMIT $limit
    """,
)

REJECTS_BY_REASON = Figure(
    "rejects by reason",
    "What was rejected, and why",
    """
    SELECT reason, step, count(*) AS rejects, count(DISTINCT source) AS sources,
        arg_max(left(detail, 300), rejected_at) AS detail,
        count(*) OVER () AS of_reasons,
        CAST(sum(count(*)) OVER () AS BIGINT) AS of_rejects
    FROM rejects WHERE rejected_at >= $start AND rejected_at < $end
    GROUP BY reason, step ORDER BY rejects DESC, reason, step LIMIT $limit
    """,
)

POLLS = Figure(
    "polls",
    "Polls of addresses per day",
    """
    SELECT polled_at::DATE AS day, count(*) AS polls, count(DISTINCT source) AS addresses,
        count(*) FILTER (error IS NOT NULL) AS failed,
        CAST(coalesce(sum(new_entries), 0) AS BIGINT) AS new_entries,
        CAST(coalesce(sum(missed_entries), 0) AS BIGINT) AS missed_entries
    FROM sources WHERE polled_at >= $start AND polled_at < $end
        AND source_kind IS DISTINCT FROM 'robots'
    GROUP BY day ORDER BY day
    """,
)

POLLS_OF_FEEDS = Figure(
    "polls of feeds",
    "Polls of the feeds that need a look",
    """
    SELECT source, count(*) AS polls, count(*) FILTER (error IS NOT NULL) AS failed,
        CAST(coalesce(sum(new_entries), 0) AS BIGINT) AS new_entries,
        CAST(coalesce(sum(missed_entries), 0) AS BIGINT) AS missed_entries,
        max(succeeded_at) AS succeeded_at, arg_max(error, polled_at) AS error
    FROM sources WHERE polled_at >= $start AND polled_at < $end AND source IN $sources
    GROUP BY source ORDER BY source
    """,
)

SIZE_ON_DISK = Figure(
    "size on disk",
    "Files of the lake",
    """
    SELECT table_name, count(*) AS files, CAST(sum(rows) AS BIGINT) AS rows,
        CAST(sum(size_bytes) AS BIGINT) AS size_bytes
    FROM files GROUP BY table_name ORDER BY size_bytes DESC, table_name
    """,
)
