"""Which tables an SQL statement names, by DuckDB's own parser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb

_READ_FILES = {
    *("read_parquet", "parquet_scan", "read_csv", "read_csv_auto", "read_json", "read_json_auto"),
    *("read_ndjson", "read_text", "read_blob", "glob", "parquet_metadata", "parquet_schema"),
    *("range", "generate_series", "unnest", "repeat"),
}
"""Table functions that look at none of the lake's tables. Others may, by a name made meanwhile."""


def find_names(connection: duckdb.DuckDBPyConnection, sql: str) -> frozenset[str] | None:
    """Returns the names in the places of tables, in lower case; None if any table may be asked.

    Names of common table expressions, which may hide tables, are among them.

    Args:
        connection: Any connection; the statement is parsed only.
        sql: One statement.
    """
    parsed = parse(connection, sql)
    if parsed is None:
        return None
    names = set[str]()
    for node in nodes_of(parsed):
        match node:
            case {"type": "BASE_TABLE", "schema_name": schema, "table_name": name}:
                if schema.casefold() not in ("", "main") or _is_of_duckdb(name):
                    return None
                names.add(name.casefold())
            case {"type": "SHOW_REF", "query": query, "table_name": name}:
                if not query:  # SHOW TABLES, or DESCRIBE of a name with its quotes.
                    return None
            case {"type": "TABLE_FUNCTION", "function": {"function_name": name}}:
                if name.casefold() not in _READ_FILES:
                    return None
    return frozenset(names)


def _is_of_duckdb(name: str) -> bool:
    """Whether it may be one of DuckDB's own views, which tell of all tables."""
    return name.casefold().startswith(("duckdb_", "pg_", "sqlite_", "pragma_"))


def parse(connection: duckdb.DuckDBPyConnection, sql: str) -> Any | None:
    """Returns the tree of a statement, as DuckDB gives it; None if it can't, or if there are more.

    It can't for PIVOT, for example, which makes a type first.

    Args:
        connection: Any connection.
        sql: The SQL.
    """
    try:
        [(said,)] = connection.execute("SELECT json_serialize_sql($1)", [sql]).fetchall()
        parsed = json.loads(said)
    except (duckdb.Error, RecursionError):
        return None
    if parsed["error"] or len(parsed["statements"]) != 1:
        return None
    return parsed["statements"][0]


def nodes_of(tree: Any) -> Iterator[dict[str, Any]]:
    """All objects in what was read as JSON; without recursion, as SQL may be nested deeply."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
