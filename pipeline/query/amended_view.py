"""The view `latest` where articles were amended: what the operator has said overlays what was read.

Nothing here imports pyarrow, which takes longer than a question to a small lake.
"""

from __future__ import annotations

from typing import Literal

AmendedKind = Literal["line", "list", "address", "language", "time"]

AMENDABLE: dict[str, AmendedKind] = {
    "title": "line",
    "authors": "list",
    "excerpt": "line",
    "image_url": "address",
    "tags": "list",
    "site_name": "line",
    "published_at": "time",
    "updated_at": "time",
    "language": "language",
}
"""The columns that may be amended: those that say something of an article, and by which feedlake
doesn't recognise it."""

_SAID = {"list": "{said}.value_list", "time": "{said}.value::TIMESTAMPTZ"}


def amended(latest: str) -> str:
    """Returns SQL for the view `latest` with amendments.

    Args:
        latest: SQL for the view without any.
    """
    said = ", ".join(
        f"any_value(said) FILTER (column_name = '{name}') AS said_{name}" for name in AMENDABLE
    )
    columns = {name: _overlaid(name, kind) for name, kind in AMENDABLE.items()}
    published, known = _value("published_at", "time"), "amended.said_published_at IS NOT NULL"
    # The day follows the time, as it does in the tables.
    day = f"coalesce({published}, versions.fetched_at)::DATE"
    columns["date"] = f"CASE WHEN {known} THEN {day} ELSE versions.date END"
    replaced = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    return f"""
        WITH newest AS (
            SELECT article_id, column_name,
                arg_max({{'value': value, 'value_list': value_list}}, publication) AS said
            FROM amendments GROUP BY article_id, column_name
        ), amended AS (
            SELECT article_id, {said} FROM newest GROUP BY article_id
        )
        SELECT versions.* REPLACE ({replaced})
        FROM ({latest}) AS versions LEFT JOIN amended USING (article_id)
    """


def _overlaid(name: str, kind: AmendedKind) -> str:
    return (
        f"CASE WHEN amended.said_{name} IS NOT NULL THEN {_value(name, kind)} "
        f"ELSE versions.{name} END"
    )


def _value(name: str, kind: AmendedKind) -> str:
    return _SAID.get(kind, "{said}.value").format(said=f"amended.said_{name}")
