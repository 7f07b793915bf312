"""SQL: a query of the reader's, its answer page by page, and a chart of two columns."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from feedlake.pipeline.charts.bars import Bar, draw_bars, draw_lines
from feedlake.pipeline.explore.cookbook import cookbook
from feedlake.pipeline.query.views import VIEWS, columns_of
from feedlake.pipeline.views import view_addresses
from feedlake.pipeline.views.desk import Desk, is_foreign, page_number, word
from feedlake.pipeline.views.sql_child import MEMORY_MB, TIME_S, Answer

ROWS_A_PAGE = 100
_MAX_SQL_CHARS = 20_000
_MAX_BARS = 60
"""Values from which on a line is easier to read."""


def sql(desk: Desk, request: Request) -> Response:
    """Answers `/sql`; what another site leads to is only shown until the reader asks for it."""
    asked = request.query_params.get("q", "")[:_MAX_SQL_CHARS].replace("\r\n", "\n")
    page = page_number(request)
    is_held = bool(asked.strip()) and is_foreign(request.scope)
    answer = None
    if asked.strip() and not is_held:
        answer = desk.sql.ask(asked, skip=(page - 1) * ROWS_A_PAGE, limit=ROWS_A_PAGE)
    across, up = word(request, "x"), word(request, "y")
    numbers = _numbers(answer) if answer else []

    def link(**changes: object) -> str:
        return view_addresses.view("/sql", **{"q": asked, "x": across, "y": up, **changes})

    chart = _chart(answer, across, up) if answer and across and up in numbers else ""
    return desk.pages.render(
        "sql.html",
        status=400 if answer and answer.failure else 200,
        title="SQL",
        here="/sql",
        asked=asked,
        is_held=is_held,
        answer=answer,
        recipes=cookbook(),
        tables={**columns_of(), **dict.fromkeys(VIEWS, ())},
        page=page,
        link=link,
        across=across,
        up=up,
        numbers=numbers,
        first=(page - 1) * ROWS_A_PAGE + 1,
        chart=chart,
        chart_ends=_ends(answer, across) if answer and chart else ("", ""),
        time_s=TIME_S,
        memory_mb=MEMORY_MB,
    )


def _numbers(answer: Answer) -> list[str]:
    """The columns that can be drawn: those of numbers, but for truth values."""
    return [
        name
        for place, name in enumerate(answer.columns)
        if any(_is_number(row[place]) for row in answer.rows)
    ]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _chart(answer: Answer, across: str, up: str) -> str:
    """Bars, or a line if there are many values or some are below zero."""
    if across not in answer.columns:
        return ""
    names = [row[answer.columns.index(across)] for row in answer.rows]
    values = [row[answer.columns.index(up)] for row in answer.rows]
    title = f"{up} by {across}"
    known = [float(value) if _is_number(value) else None for value in values]
    if len(known) > _MAX_BARS or any(value is not None and value < 0 for value in known):
        return draw_lines([known], title=title)
    bars = [Bar(f"{name}: {value}", value or 0.0) for name, value in zip(names, known, strict=True)]
    return draw_bars(bars, title=title)


def _ends(answer: Answer, across: str) -> tuple[str, str]:
    place = answer.columns.index(across)
    return str(answer.rows[0][place]), str(answer.rows[-1][place])
