"""Which files a statement may need, by the filters that DuckDB's own optimizer pushes to its scans.

The optimizer plans the statement over empty tables and says, in SQL, by what it would filter each
scan of a table. So a filter counts wherever it stands: in a subquery, above a view, behind a join.
What can't be told leaves all files in.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import duckdb

from feedlake.pipeline.lake.pruning import Span, may_be_within, may_hold
from feedlake.pipeline.query.named_tables import nodes_of, parse
from feedlake.transforms.normalize.microseconds import to_microseconds
from feedlake.transforms.records.documents import StagedFile
from feedlake.transforms.records.file_facts import Bound
from feedlake.transforms.write.key_filter import KeyQuestion

Predicate = Callable[[StagedFile], bool]
"""Whether a file may hold rows that pass a filter."""

_OPTIONAL = "optional: "
"""What DuckDB writes before a filter that only skips what others would drop."""

_SPANS: dict[str, Callable[[Bound], Span]] = {
    "COMPARE_LESSTHAN": lambda value: (None, value),
    "COMPARE_LESSTHANOREQUALTO": lambda value: (None, value),
    "COMPARE_GREATERTHAN": lambda value: (value, None),
    "COMPARE_GREATERTHANOREQUALTO": lambda value: (value, None),
}
_FLIPPED = {"LESS": "GREATER", "GREATER": "LESS"}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def find_filters(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Predicate]:
    """Returns which files of tables a statement may need, by table; those not named, all.

    Args:
        connection: One whose tables are there, without rows, and nothing else.
        sql: One statement.

    Raises:
        duckdb.Error: It can't be planned.
    """
    # Else the optimizer would drop scans of tables that it knows to be empty.
    connection.execute("SET disabled_optimizers = 'statistics_propagation'")
    [(_, plan)] = connection.execute(f"EXPLAIN (FORMAT json) {sql}").fetchall()
    connection.execute("RESET disabled_optimizers")
    scans = [*_scans_in(json.loads(plan))]
    of_table: dict[str, list[Predicate]] = defaultdict(list)
    for table, filters in scans:
        of_table[table].append(_all([*_predicates(connection, filters)]))
    return {table: _any(predicates) for table, predicates in of_table.items()}


def _scans_in(plan: Any) -> Iterator[tuple[str, list[str]]]:
    """The table of each scan, and by what it is filtered, in SQL."""
    for node in nodes_of(plan):
        table = node.get("Table")
        if isinstance(table, str):
            filters = node.get("Filters", [])
            yield table.rpartition(".")[2], [filters] if isinstance(filters, str) else filters


def _predicates(connection: duckdb.DuckDBPyConnection, filters: list[str]) -> Iterator[Predicate]:
    if any(text.count("'") % 2 for text in filters):
        return  # A value has a line break, at which DuckDB cuts what it says.
    for text in filters:
        parsed = parse(connection, f"SELECT {_without_marks(text)}")
        if parsed is not None:
            [expression] = parsed["node"]["select_list"]
            predicate = _predicate(expression)
            if predicate is not None:
                yield predicate


def _without_marks(text: str) -> str:
    """The text without DuckDB's `optional: ` outside of values."""
    parts = text.split("'")
    parts[::2] = [part.replace(_OPTIONAL, "") for part in parts[::2]]
    return "'".join(parts)


def _predicate(node: dict[str, Any]) -> Predicate | None:
    """What an expression says of files; None if nothing."""
    match node:
        case {"type": "CONJUNCTION_AND", "children": parts}:
            known = [found for part in parts if (found := _predicate(part)) is not None]
            return _all(known) if known else None
        case {"type": "CONJUNCTION_OR", "children": parts}:
            return _any_if_all_known([_predicate(part) for part in parts])
        case {"type": "COMPARE_IN", "children": [column, *values]}:
            equals = [_comparison("COMPARE_EQUAL", column, value) for value in values]
            return _any_if_all_known(equals)
        case {"class": "COMPARISON", "type": kind, "left": left, "right": right}:
            if left.get("type") == "COLUMN_REF":
                return _comparison(kind, left, right)
            for word, other in _FLIPPED.items():
                if word in kind:
                    return _comparison(kind.replace(word, other), right, left)
            return _comparison(kind, right, left)
    return None


def _comparison(kind: str, column: dict[str, Any], value: dict[str, Any]) -> Predicate | None:
    if column.get("type") != "COLUMN_REF":
        return None
    name, bound = column["column_names"][-1], _constant(value)
    if bound is None:
        return None
    if kind == "COMPARE_EQUAL":
        if isinstance(bound, str):
            question = KeyQuestion(bound)
            return lambda file: may_hold(file, name, question)
        return lambda file: may_be_within(file, name, (bound, bound))
    if kind in _SPANS:
        span = _SPANS[kind](bound)
        return lambda file: may_be_within(file, name, span)
    return None


def _constant(node: dict[str, Any]) -> Bound | None:
    """A text as it is, a day as YYYY-MM-DD, a time in microseconds; None for any other value."""
    match node:
        case {"type": "OPERATOR_CAST", "child": child, "type_expr": {"type_name": kind}}:
            text = _text_of(child)
        case {"type": "OPERATOR_CAST", "child": child, "cast_type": {"id": kind}}:  # DuckDB 1
            text = _text_of(child)
        case _:
            return _text_of(node)
    return None if text is None else _day_or_time(text, kind)


def _text_of(node: dict[str, Any]) -> str | None:
    match node:
        case {"type": "VALUE_CONSTANT", "literal": {"kind": "STRING", "text": str(text)}}:
            return text
        case {"type": "VALUE_CONSTANT", "value": {"type": {"id": "VARCHAR"}, "value": str(text)}}:
            return text  # DuckDB 1
    return None


def _day_or_time(text: str, kind: str) -> Bound | None:
    if kind == "DATE" and _DAY.fullmatch(text):
        return text
    if kind == "TIMESTAMP WITH TIME ZONE":
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None  # Such as infinity.
        return to_microseconds(moment) if moment.tzinfo else None
    return None


def _any_if_all_known(found: list[Predicate | None]) -> Predicate | None:
    known = [one for one in found if one is not None]
    return _any(known) if len(known) == len(found) else None


def _all(predicates: list[Predicate]) -> Predicate:
    return lambda file: all(predicate(file) for predicate in predicates)


def _any(predicates: list[Predicate]) -> Predicate:
    return lambda file: any(predicate(file) for predicate in predicates)
