"""Figures of a day: its stories, where and what they are about, and the days around it."""

from __future__ import annotations

from feedlake.pipeline.explore.figure import Figure

# Groups that a later document has joined are one here, as in the view `clusters`; but only the
# documents of these days are looked at, whose files are few.
_DOCUMENTS = """
        SELECT article_id, site, date AS day, published_at, cluster_id, other_clusters,
            true AS is_article, coalesce($wanted, false) AS is_wanted
        FROM articles WHERE date BETWEEN $first AND $last
        UNION ALL
        SELECT original_id, site, published_at::DATE, published_at, cluster_id, other_clusters,
            false, coalesce($wanted_copy, false)
        FROM duplicates WHERE published_at >= $start AND published_at < $end
        UNION ALL
        SELECT original_id, site, fetched_at::DATE, published_at, cluster_id, other_clusters,
            false, coalesce($wanted_copy, false)
        FROM duplicates WHERE published_at IS NULL AND fetched_at >= $start AND fetched_at < $end
"""

STORIES = Figure(
    "stories",
    "Stories of some days, one for each group of near-duplicates, by how many sites carry them",
    f"""
    WITH RECURSIVE documents AS MATERIALIZED ({_DOCUMENTS}
    ), links AS (
        SELECT DISTINCT cluster_id AS one, unnest(other_clusters) AS other FROM documents
    ), edges AS (
        SELECT one, other FROM links UNION SELECT other, one FROM links
    ), reached AS (
        SELECT one, other FROM edges
        UNION
        SELECT reached.one, edges.other FROM reached JOIN edges ON reached.other = edges.one
    ), joined AS (
        SELECT one AS cluster_id, least(one, min(other)) AS joined_id FROM reached GROUP BY one
    ), stories AS (
        SELECT coalesce(joined_id, cluster_id) AS story, count(DISTINCT site) AS sites,
            count(*) AS documents, count(*) FILTER (is_article) AS articles,
            list(DISTINCT site ORDER BY site) AS carried_by, min(published_at) AS first_at,
            arg_min(article_id, (
                NOT is_wanted, NOT is_article,
                coalesce(published_at, '9999-12-31'::TIMESTAMPTZ), article_id
            )) AS lead
        FROM documents LEFT JOIN joined USING (cluster_id)
        GROUP BY story HAVING bool_or(day BETWEEN $day AND $until) AND bool_or(is_wanted)
    )
    SELECT *, count(*) OVER () AS total FROM stories
    ORDER BY sites DESC, documents DESC, first_at DESC NULLS LAST, story
    LIMIT $limit OFFSET $skip
    """,
)

LEADS = Figure(
    "leads",
    "What the articles that stand for the stories say",
    """
    SELECT article_id, url, title, coalesce(excerpt, left(text, 400)) AS beginning, site,
        site_name, language, published_at, fetched_at, date, places, countries, entities, tags,
        tone, quality_score, reading_time_s
    FROM articles WHERE article_id IN $ids
    """,
)

NEWEST_VERSIONS = Figure(
    "newest versions",
    "Newest titles of articles that were revised",
    """
    SELECT article_id, max(revision) AS revision, arg_max(title, revision) AS title
    FROM revisions WHERE article_id IN $ids GROUP BY article_id
    """,
)

AMENDED_TITLES = Figure(
    "amended titles",
    "Titles that operators have given to articles instead",
    """
    SELECT article_id, arg_max({'title': value}, publication).title AS title
    FROM amendments WHERE column_name = 'title' AND article_id IN $ids GROUP BY article_id
    """,
)

DAYS = Figure(
    "days",
    "Articles per day",
    """
    SELECT date AS day, count(*) AS articles FROM articles
    WHERE date BETWEEN $first AND $last AND ($wanted) GROUP BY date ORDER BY date
    """,
)

CHOICES = Figure(
    "choices",
    "Languages, countries, sites and tags of a day's articles",
    """
    WITH found AS (
        SELECT language, site, countries, tags FROM articles WHERE date = $day
    ), named AS (
        SELECT 'language' AS kind, language AS word FROM found
        UNION ALL SELECT 'site', site FROM found
        UNION ALL SELECT 'country', unnest(countries) FROM found
        UNION ALL SELECT 'tag', unnest(list_distinct(tags)) FROM found
    )
    SELECT kind, word, count(*) AS articles FROM named WHERE word IS NOT NULL AND word <> ''
    GROUP BY kind, word
    QUALIFY row_number() OVER (PARTITION BY kind ORDER BY articles DESC, word) <= 100
    ORDER BY kind, articles DESC, word
    """,
)

PLACES = Figure(
    "places",
    "Places that articles name",
    """
    SELECT any_value(place.canonical) AS place, any_value(place.country) AS country,
        any_value(place.latitude) AS latitude, any_value(place.longitude) AS longitude,
        any_value(place.feature) AS feature, count(*) AS articles
    FROM (
        SELECT unnest(places) AS place FROM articles
        WHERE date BETWEEN $first AND $last AND ($wanted)
    )
    WHERE place.latitude IS NOT NULL AND place.feature <> 'continent'
    GROUP BY place.geonames_id ORDER BY articles DESC, place LIMIT $limit
    """,
)

NEWEST_DAY = Figure(
    "newest day",
    "Newest day with articles, up to a day",
    "SELECT max(date) AS day FROM articles WHERE date <= $last",
)

TONES = Figure(
    "tones",
    "Mean tone of English articles per day",
    """
    SELECT date AS day, avg(tone) AS tone, count(tone) AS articles FROM articles
    WHERE date BETWEEN $first AND $last AND ($wanted) GROUP BY date ORDER BY date
    """,
)
