"""Views that put several tables of a lake together, in DuckDB's SQL."""

from __future__ import annotations

VIEWS = {
    "latest": """
        SELECT * FROM (
            SELECT *, 0 AS revision FROM articles
            UNION ALL BY NAME
            SELECT * EXCLUDE (similarity, char_delta) FROM revisions
        )
        QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY revision DESC) = 1
    """,
    "clusters": """
        WITH RECURSIVE documents AS (
            SELECT article_id, article_id AS original_id, url, site, title, published_at,
                cluster_id, other_clusters, true AS is_article FROM articles
            UNION ALL
            SELECT article_id, original_id, url, site, title, published_at,
                cluster_id, other_clusters, false FROM duplicates
        ), links AS (
            SELECT cluster_id AS first, unnest(other_clusters) AS second FROM documents
            UNION ALL
            SELECT cluster_id, unnest(other_clusters) FROM revisions
        ), edges AS (
            SELECT first, second FROM links UNION SELECT second, first FROM links
        ), reached AS (
            SELECT first, second FROM edges
            UNION
            SELECT reached.first, edges.second
            FROM reached JOIN edges ON reached.second = edges.first
        ), joined AS (
            SELECT first AS cluster_id, least(first, min(second)) AS joined_id
            FROM reached GROUP BY first
        )
        SELECT documents.* EXCLUDE (cluster_id, other_clusters),
            coalesce(joined_id, cluster_id) AS cluster_id
        FROM documents LEFT JOIN joined USING (cluster_id)
    """,
}
"""SQL by name of the view.

`latest`: each article in its newest version, `revision` 0 where that is the first. `clusters`:
each article and each duplicate with the near-duplicate group that it is in; groups that a later
document was near to at once are one here, under the smallest of their ids, since the tables keep
what was written first.
"""
