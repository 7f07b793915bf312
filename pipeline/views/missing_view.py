"""Missing: what was rejected, by reason and site, and why one address isn't here."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from starlette.requests import Request
from starlette.responses import Response

from feedlake.pipeline.charts.bars import Bar, draw_bars
from feedlake.pipeline.explain.explain import Explanation, explain
from feedlake.pipeline.explain.explanation_text import explanation_text
from feedlake.pipeline.explore import run_figures as figures
from feedlake.pipeline.explore.explorer import Instant, Row
from feedlake.pipeline.explore.figure import Value
from feedlake.pipeline.views import pages, view_addresses
from feedlake.pipeline.views.desk import SPAN_NAMES, SPANS, Desk, Span, page_number, span_said, word

ROWS_A_PAGE = 50
_MAX_PAIRS = 400
_MAX_HOSTS = 8
_MAX_BARS = 120


def missing(desk: Desk, request: Request) -> Response:
    """Answers `/missing`, and with `of` in the address what is known of one."""
    asked = word(request, "of")
    return _explained(desk, asked) if asked else _overview(desk, request)


def _overview(desk: Desk, request: Request) -> Response:
    span = span_said(request, now=desk.now())
    reason, host, page = word(request, "reason"), word(request, "site"), page_number(request)
    within = {"start": span.start, "end": span.end}
    listed: dict[str, Value] = {
        **{"reason": reason, "host": host},
        **{"limit": ROWS_A_PAGE, "skip": (page - 1) * ROWS_A_PAGE},
    }

    def find(instant: Instant) -> tuple[list[Row], list[Row], list[Row]]:
        return (
            instant.rows(figures.REASONS, **within, limit=_MAX_PAIRS),
            instant.rows(figures.REJECTS, **within, **listed),
            instant.rows(figures.REJECTS_BY_DAY, **within),
        )

    pairs, rejects, days = desk.explorer.ask(find)
    state = {"days": "" if span.word == SPANS[0] else span.word, "reason": reason, "site": host}

    def link(**changes: object) -> str:
        return view_addresses.view("/missing", **{**state, **changes})

    total = rejects[0]["total"] if rejects else 0
    counts: defaultdict[date, int] = defaultdict(int, {row["day"]: row["rejects"] for row in days})
    shown_days = _days(span, [*counts])
    bars = [
        Bar(f"{pages.short_day(day)}: {pages.words(counts[day], 'reject')}", counts[day])
        for day in shown_days
    ]
    return desk.pages.render(
        "missing.html",
        title="Missing",
        here="/missing",
        reasons=_by_reason(pairs),
        hosts=_by_host(pairs),
        rejects=rejects,
        total=total,
        of_all=sum(counts.values()),
        reason=reason,
        host=host,
        spans=[(one, SPAN_NAMES[one]) for one in SPANS],
        span=span.word,
        state=state,
        link=link,
        page=page,
        pages=-(-total // ROWS_A_PAGE),
        chart=draw_bars(bars, title="Rejects per day") if bars else "",
        shown_days=shown_days,
        most=max(counts.values(), default=0),
        sql={
            "reasons": figures.REASONS.filled(**within, limit=_MAX_PAIRS),
            "rejects": figures.REJECTS.filled(**within, **listed),
            "days": figures.REJECTS_BY_DAY.filled(**within),
        },
    )


def _days(span: Span, with_rejects: list[date]) -> list[date]:
    """The days that bars stand for: those of the span, but not too many."""
    if not with_rejects:
        return []
    last = max(with_rejects)
    first = max(min(with_rejects), last - timedelta(days=_MAX_BARS - 1))
    if span.word != "all":
        first, last = max(span.start.date(), first), max(last, span.end.date() - timedelta(days=2))
        first = max(min(first, span.start.date()), last - timedelta(days=_MAX_BARS - 1))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _by_reason(pairs: list[Row]) -> list[dict[str, object]]:
    """Each reason with the sites that it met most often."""
    found: dict[str, list[Row]] = {}
    for row in pairs:
        found.setdefault(row["reason"], []).append(row)
    return [
        {
            "reason": reason,
            "rejects": rows[0]["of_reason"],
            "hosts": rows[:_MAX_HOSTS],
            "detail": rows[0]["detail"],
        }
        for reason, rows in found.items()
    ]


def _by_host(pairs: list[Row]) -> list[tuple[str, int]]:
    counts = {row["host"]: row["of_host"] for row in pairs}
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:100]


def _explained(desk: Desk, asked: str) -> Response:
    found = desk.explorer.ask(
        lambda instant: instant.keep(("explain", asked), lambda: explain(asked, lake=desk.lake))
    )
    articles = list(dict.fromkeys(row["article_id"] for row in found.articles))
    originals = list(dict.fromkeys(row["original_id"] for row in found.duplicates))
    return desk.pages.render(
        "explained.html",
        title=f"Why? {asked}",
        here="/missing",
        asked=asked,
        verdict=_verdict(found),
        articles=articles[:5],
        originals=[one for one in originals if one not in articles][:5],
        explained=explanation_text(found),
    )


def _verdict(found: Explanation) -> str:
    """The most that can be said in one sentence."""
    asked = {found.asked, found.canonical_url}
    if asked & {row["source"] for row in found.polls}:
        return "It is a source: it was polled or read."
    if found.articles:
        return "It is in the lake, as an article."
    if found.duplicates:
        return "It is in the lake as a copy: another article has its text."
    if any(row["status"] == "waiting" for row in found.waiting):
        return "It waits: its page could not be fetched yet."
    if found.rejects:
        return f"It was rejected: {found.rejects[0]['reason']}."
    if found.known:
        return "It was recognised as an article that the lake has."
    if found.polls:
        return "It is a folder of sources, or an address at which one is polled."
    if found.waiting:
        return "It waited once, and became a row since."
    return "The lake knows nothing of it."
