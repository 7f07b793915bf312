-- Written by docs/make_cookbook.py: change docs/cookbook.md, then run it again.

-- Articles per day and site
SELECT date, coalesce(site, '(no address)') AS site, count(*) AS articles
FROM articles
GROUP BY ALL
ORDER BY date DESC, articles DESC

-- The most syndicated stories
SELECT any_value(title) FILTER (is_article) AS title, count(*) AS copies,
  count(DISTINCT site) AS sites, min(published_at) AS first_published
FROM clusters
GROUP BY cluster_id
HAVING count(*) > 1
ORDER BY copies DESC, title
LIMIT 20

-- All copies of one story
SELECT test, round(similarity, 2) AS similarity, site, url, source
FROM duplicates
WHERE original_id = (SELECT article_id FROM articles WHERE title ILIKE '%lighthouse%' LIMIT 1)
ORDER BY published_at

-- What was rejected most, and why
SELECT reason, step, count(*) AS rejects, any_value(detail) AS for_example
FROM rejects
GROUP BY ALL
ORDER BY rejects DESC, reason

-- Sources by their share of rejects
WITH rejected AS (SELECT source, run_id, count(*) AS rejects FROM rejects GROUP BY ALL)
SELECT source, sum(documents) AS documents, sum(coalesce(rejects, 0)) AS rejects,
  round(100 * sum(coalesce(rejects, 0)) / sum(documents), 1) AS percent
FROM sources LEFT JOIN rejected USING (source, run_id)
GROUP BY source
HAVING sum(documents) > 0
ORDER BY percent DESC, documents DESC
LIMIT 20

-- How an article changed
SELECT revision, fetched_at, char_count, title
FROM (
  SELECT article_id, 0 AS revision, fetched_at, char_count, title FROM articles
  UNION ALL
  SELECT article_id, revision, fetched_at, char_count, title FROM revisions
)
WHERE article_id IN (SELECT article_id FROM revisions)
ORDER BY article_id, revision

-- The newest version of everything
SELECT title, revision, published_at, word_count
FROM latest
ORDER BY published_at DESC NULLS LAST
LIMIT 20

-- Silent sources
SELECT source, status, detail, run_date AS last_read
FROM sources
QUALIFY row_number() OVER (PARTITION BY source ORDER BY run_id DESC) = 1 AND
  (status IN ('failed', 'skipped') OR (status = 'read' AND documents = 0))
ORDER BY source

-- Languages
SELECT language, count(*) AS articles, sum(word_count) AS words
FROM articles
GROUP BY language
ORDER BY articles DESC

-- Articles per country and day
SELECT date, country, count(*) AS articles
FROM (SELECT date, unnest(countries) AS country FROM articles)
GROUP BY ALL
ORDER BY date DESC, articles DESC, country

-- English articles of last week about places in Syria
SELECT count(*) AS articles, round(avg(tone), 2) AS tone,
  histogram(countries[1]) AS mostly_about
FROM latest
WHERE language = 'en' AND quality_score >= 0.5
  AND coalesce(published_at, fetched_at) >= now() - INTERVAL 7 DAY
  AND len(list_filter(places, lambda place: place.country = 'SY')) > 0

-- Tone over time for a place
SELECT date_trunc('week', coalesce(published_at, fetched_at)) AS week,
  round(avg(tone), 2) AS tone, count(tone) AS articles
FROM articles
WHERE len(list_filter(places, lambda place: place.canonical = 'Damascus')) > 0
GROUP BY week
ORDER BY week

-- Most frequent places on a map
SELECT place.geonames_id, any_value(place.canonical) AS place, any_value(place.country) AS country,
  any_value(place.latitude) AS latitude, any_value(place.longitude) AS longitude,
  count(*) AS articles
FROM (SELECT unnest(places) AS place FROM articles)
GROUP BY place.geonames_id
ORDER BY articles DESC, place
LIMIT 100

-- Top keywords by week
SELECT week, term, count(*) AS articles
FROM (
  SELECT date_trunc('week', coalesce(published_at, fetched_at)) AS week,
    lower(unnest(keywords).term) AS term
  FROM articles
)
GROUP BY week, term
QUALIFY row_number() OVER (PARTITION BY week ORDER BY articles DESC, term) <= 10
ORDER BY week DESC, articles DESC, term

-- The articles most like another
SELECT other.date, other.language, other.title,
  CASE WHEN one.embedding IS NOT NULL AND other.embedding IS NOT NULL
    THEN round(list_cosine_similarity(one.embedding, other.embedding), 3) END AS similarity
FROM latest AS other, (
  SELECT * FROM latest
  ORDER BY embedding IS NULL, coalesce(published_at, fetched_at) DESC
  LIMIT 1
) AS one
WHERE other.article_id <> one.article_id
ORDER BY similarity DESC NULLS LAST
LIMIT 10

-- Sources by their share of original text
WITH documents AS (
  SELECT site, text IS NOT NULL AS is_original FROM articles
  UNION ALL
  SELECT site, false FROM duplicates
)
SELECT coalesce(site, '(no address)') AS site, count(*) AS documents,
  round(100 * avg(is_original::INT), 1) AS percent_original
FROM documents
GROUP BY site
ORDER BY documents DESC, site

-- Pages of low quality
SELECT round(quality_score, 2) AS quality, round(quality.short_line_share, 2) AS short_lines,
  round(quality.boilerplate_share, 2) AS boilerplate, title, url
FROM articles
WHERE quality_score IS NOT NULL
ORDER BY quality_score
LIMIT 20

-- Where the dates come from
SELECT source_kind, date_source, count(*) AS articles
FROM articles
GROUP BY ALL
ORDER BY source_kind, articles DESC

-- A field of your own
SELECT extra ->> 'section' AS section, count(*) AS articles
FROM articles
WHERE extra IS NOT NULL
GROUP BY section
ORDER BY articles DESC

-- Words in a text
SELECT date, title, regexp_extract(text, '[^.]*\bferry\b[^.]*') AS sentence
FROM articles
WHERE regexp_matches(text, '\bferry\b')
ORDER BY date

-- What the last runs did
SELECT run_id, sources, unchanged_sources AS unchanged, documents, articles, revisions,
  duplicates, rejects, already_in_lake AS known, finished_at - started_at AS took
FROM runs
ORDER BY run_id DESC
LIMIT 10
