"""Runs: what documents became, how long it took, and what failed."""

from __future__ import annotations

import json
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from feedlake.pipeline.charts.bars import Bar, draw_bars
from feedlake.pipeline.charts.strips import Part, draw_flow
from feedlake.pipeline.explore import run_figures as figures
from feedlake.pipeline.explore.explorer import Instant, Row
from feedlake.pipeline.views import pages, view_addresses
from feedlake.pipeline.views.desk import SPAN_NAMES, SPANS, Desk, page_number, span_said, word

RUNS_A_PAGE = 50
_MAX_COMMANDS = 120
_MAX_SOURCES = 100

PARTS = ("articles", "revisions", "duplicates", "rejects", "known")
"""What a document can become."""


def runs(desk: Desk, request: Request) -> Response:
    """Answers `/runs`, and with `run` in the address what one came to."""
    run_id = word(request, "run")
    return _one(desk, run_id) if run_id else _all(desk, request)


def _all(desk: Desk, request: Request) -> Response:
    span, page = span_said(request, now=desk.now()), page_number(request)
    within = {"start": span.start, "end": span.end}
    statements = {
        "books": figures.BOOKS.filled(**within),
        "runs": figures.RUNS.filled(**within, limit=RUNS_A_PAGE, skip=(page - 1) * RUNS_A_PAGE),
        "durations": figures.DURATIONS.filled(**within, limit=_MAX_COMMANDS),
    }

    def find(instant: Instant) -> list[list[Row]]:
        files = {"runs": instant.snapshot.held("runs")}
        return instant.ask_all([*statements.values()], files=files)

    [books], rows, durations = desk.explorer.ask(find)
    total = rows[0]["total"] if rows else 0
    state = {"days": "" if span.word == SPANS[0] else span.word}

    def link(**changes: object) -> str:
        return view_addresses.view("/runs", **{**state, **changes})

    return desk.pages.render(
        "runs.html",
        title="Runs",
        here="/runs",
        books=books,
        flow=_flow(books),
        parts_of=PARTS,
        rows=rows,
        total=total,
        chart=_durations(durations),
        durations=durations,
        spans=[(one, SPAN_NAMES[one]) for one in SPANS],
        span=span.word,
        state=state,
        page=page,
        pages=-(-total // RUNS_A_PAGE),
        link=link,
        sql=statements,
    )


def _flow(books: Row) -> str:
    parts = [Part(name, books[name] or 0) for name in PARTS]
    told = ", ".join(f"{part.value:,} {part.name}" for part in parts)
    return draw_flow(parts, title=f"{books['documents']:,} documents became {told}")


def _durations(durations: list[Row]) -> str:
    bars = [
        Bar(
            f"{pages.moment(row['started_at'])}: {pages.took(row['took_s'])}, "
            f"{pages.words(row['documents'], 'document')}",
            max(row["took_s"] or 0.0, 0.0),
            view_addresses.view("/runs", run=row["run_id"]),
        )
        for row in reversed(durations)
    ]
    return draw_bars(bars, title="How long runs took; each bar leads to its run") if bars else ""


def _one(desk: Desk, run_id: str) -> Response:
    statements = {
        "run": figures.RUN.filled(run=run_id),
        "failed": figures.FAILED_SOURCES.filled(run=run_id, limit=_MAX_SOURCES),
        "reasons": figures.REASONS_OF_RUN.filled(run=run_id),
    }

    def find(instant: Instant) -> list[list[Row]]:
        return [instant.ask(sql) for sql in statements.values()]

    found, failed, reasons = desk.explorer.ask(find)
    if not found:
        raise HTTPException(404, f"The lake has no run {run_id[:60]}.")
    row = {**found[0], "known": found[0]["already_in_lake"]}
    return desk.pages.render(
        "run.html",
        title=f"Run {run_id}",
        here="/runs",
        row=row,
        flow=_flow(row),
        parts_of=PARTS,
        failed=failed,
        reasons=reasons,
        took_s=(row["finished_at"] - row["started_at"]).total_seconds(),
        options=_object(row["options"]),
        versions=_object(row["versions"]),
        sql=statements,
    )


def _object(text: str | None) -> list[tuple[str, str]]:
    """The entries of a JSON object; the whole as one if it is none."""
    try:
        found: Any = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return [("", text or "")]
    if not isinstance(found, dict):
        return [("", text or "")]
    return [(str(name), _plain(value)) for name, value in found.items()]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
