"""Only what an SQL statement names is made for it, and whatever may look at all finds all."""

from __future__ import annotations

import duckdb
import pytest

from feedlake.pipeline.query.named_tables import find_names


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT 1", set()),
        ("FROM articles", {"articles"}),
        ('SELECT * FROM "Articles"', {"articles"}),
        ("FROM main.articles", {"articles"}),
        ("DESCRIBE articles", {"articles"}),
        ("FROM (SUMMARIZE runs)", {"runs"}),
        ("WITH a AS (FROM runs) FROM a", {"a", "runs"}),
        ("WITH articles AS (SELECT 1) FROM articles", {"articles"}),
        ("SELECT 1 WHERE 2 IN (SELECT x FROM latest)", {"latest"}),
        (
            "SELECT (SELECT max(chunk) FROM runs) FROM articles a, rejects",
            {"runs", "articles", "rejects"},
        ),
        ("FROM articles, LATERAL (SELECT * FROM runs)", {"articles", "runs"}),
        ("FROM articles JOIN duplicates USING (article_id)", {"articles", "duplicates"}),
        ("FROM articles UNION BY NAME FROM revisions", {"articles", "revisions"}),
        ("SELECT sum(articles) AS rejects FROM runs", {"runs"}),
        ("SELECT 'FROM articles' -- FROM rejects", set()),
        ("FROM 'x.parquet'", {"x.parquet"}),
        ("FROM range(3)", set()),
        ("SELECT [x FOR x IN (SELECT list(url) FROM waiting)]", {"waiting"}),
    ],
)
def test_names_are_those_in_the_places_of_tables(sql, names):
    assert find_names(duckdb.connect(), sql) == names


@pytest.mark.parametrize(
    "sql",
    [
        "SHOW TABLES",
        "FROM duckdb_tables()",
        "FROM duckdb_columns",
        "FROM information_schema.tables",
        "FROM pg_catalog.pg_tables",
        "FROM sqlite_master",
        "FROM query('FROM ' || 'articles')",
        "FROM query_table('articles')",
        "FROM pragma_table_info('articles')",
        "PIVOT articles ON language USING count(*)",
        "EXPLAIN FROM articles",
        "CALL pragma_version()",
        "SELECT 1; FROM articles",
        "SELEC 1",
    ],
)
def test_what_may_look_at_any_table_finds_all(sql):
    assert find_names(duckdb.connect(), sql) is None
