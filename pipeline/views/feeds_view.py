"""Feeds: how each is doing, and for one its polls, its rejects and its pages that wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from feedlake.pipeline.charts.bars import Bar, draw_bars
from feedlake.pipeline.charts.strips import draw_strip
from feedlake.pipeline.explore import run_figures as figures
from feedlake.pipeline.explore.explorer import Instant, Row
from feedlake.pipeline.explore.figure import Value
from feedlake.pipeline.views import pages, view_addresses
from feedlake.pipeline.views.desk import Desk, Span, last_days, page_number, word
from feedlake.pipeline.web.feed_status import FeedStatus, read_feeds

FEEDS_A_PAGE = 50
_STRIP_DAYS = 30
_DETAIL_DAYS = 60
_MAX_ROWS = 30
_FRESH = timedelta(minutes=5)
"""How long a verdict counts: it says how long ago something was."""

_GOOD = ("ok", "new")
_BAD = ("failing", "blocked", "never", "gone", "stopped", "not_a_feed", "barren")


def feeds(desk: Desk, request: Request) -> Response:
    """Answers `/feeds`, and with `source` in the address what is known of one."""
    source = word(request, "source")
    return _one(desk, source) if source else _all(desk, request)


def _statuses(desk: Desk, instant: Instant) -> list[FeedStatus]:
    now = desk.now()
    since = now - (now - datetime.min.replace(tzinfo=UTC)) % _FRESH
    return instant.keep(("feeds", since), lambda: read_feeds(desk.lake, now=now))


def _all(desk: Desk, request: Request) -> Response:
    asked, health, page = (
        word(request, "q").casefold(),
        word(request, "health"),
        page_number(request),
    )
    now = desk.now()
    span = _within(last_days(_STRIP_DAYS, now=now))

    def find(instant: Instant) -> tuple[list[FeedStatus], list[FeedStatus], list[Row], list[Row]]:
        every = _statuses(desk, instant)
        wanted = [
            feed
            for feed in every
            if (not health or _is_so(feed, health))
            and asked in f"{feed.title or ''} {feed.source} {feed.address}".casefold()
        ]
        shown = wanted[(page - 1) * FEEDS_A_PAGE : page * FEEDS_A_PAGE]
        sources = [feed.source for feed in shown]
        if not sources:
            return every, wanted, [], []
        return (
            every,
            wanted,
            instant.rows(figures.POLLS_BY_DAY, sources=sources, **span),
            instant.rows(figures.REJECTS_OF_SOURCES, sources=sources, **span),
        )

    every, wanted, polls, rejects = desk.explorer.ask(find)
    shown = wanted[(page - 1) * FEEDS_A_PAGE : page * FEEDS_A_PAGE]
    state = {"q": word(request, "q"), "health": health}

    def link(**changes: object) -> str:
        return view_addresses.view("/feeds", **{**state, **changes})

    sources = [feed.source for feed in shown]
    return desk.pages.render(
        "feeds.html",
        title="Feeds",
        here="/feeds",
        rows=_rows(shown, polls, rejects, now=now),
        every=len(every),
        wanted=len(wanted),
        need_a_look=sum(feed.needs_a_look for feed in every),
        words=sorted({feed.health for feed in every}),
        state=state,
        page=page,
        pages=-(-len(wanted) // FEEDS_A_PAGE),
        link=link,
        now=now,
        sql=figures.POLLS_BY_DAY.filled(sources=sources, **span),
    )


def _is_so(feed: FeedStatus, health: str) -> bool:
    return feed.needs_a_look if health == "look" else feed.health == health


def _rows(
    shown: list[FeedStatus], polls: list[Row], rejects: list[Row], *, now: datetime
) -> list[dict[str, Any]]:
    days = [(now - timedelta(days=back)).date() for back in range(_STRIP_DAYS - 1, -1, -1)]
    by_source: dict[str, dict[Any, Row]] = {}
    for row in polls:
        by_source.setdefault(row["source"], {})[row["day"]] = row
    lost = {row["source"]: row["rejects"] for row in rejects}
    rows = []
    for feed in shown:
        of_day = by_source.get(feed.source, {})
        documents = sum(row["documents"] for row in of_day.values())
        bad = sum(row["failed"] > 0 for row in of_day.values())
        title = (
            f"The last {_STRIP_DAYS} days: polled on {len(of_day)}, "
            f"new entries on {sum(row['new_entries'] > 0 for row in of_day.values())}, "
            f"failures on {bad}"
        )
        rows.append(
            {
                "feed": feed,
                "strip": draw_strip([_cell(of_day.get(day)) for day in days], title=title),
                "rejects": lost.get(feed.source, 0),
                "documents": documents,
                "tone": _tone(feed),
            }
        )
    return rows


def _cell(row: Row | None) -> str:
    if row is None:
        return "none"
    if row["failed"]:
        return "bad"
    return "good" if row["new_entries"] else "same"


def _tone(feed: FeedStatus) -> str:
    if feed.health in _GOOD:
        return "good"
    return "bad" if feed.health in _BAD else "warn"


def _one(desk: Desk, source: str) -> Response:
    now = desk.now()
    span = _within(last_days(_DETAIL_DAYS, now=now))
    since: dict[str, Value] = {"source": source, "start": span["start"], "limit": _MAX_ROWS}

    def find(instant: Instant) -> tuple[FeedStatus | None, dict[str, list[Row]]]:
        status = next((feed for feed in _statuses(desk, instant) if feed.source == source), None)
        return status, {
            "days": instant.rows(figures.POLLS_BY_DAY, sources=[source], **span),
            "polls": instant.rows(figures.LAST_POLLS, **since),
            "rejects": instant.rows(figures.REJECTS_OF_SOURCE, **since),
            "waiting": instant.rows(figures.WAITING_OF_SOURCE, source=source, limit=_MAX_ROWS),
        }

    status, rows = desk.explorer.ask(find)
    days = [(now - timedelta(days=back)).date() for back in range(_DETAIL_DAYS - 1, -1, -1)]
    new = {row["day"]: row["new_entries"] for row in rows["days"]}
    bars = [
        Bar(f"{pages.short_day(day)}: {new.get(day, 0):,} new", new.get(day, 0)) for day in days
    ]
    return desk.pages.render(
        "feed.html",
        status=200 if status or rows["polls"] else 404,
        title=(status.title if status else None) or source,
        here="/feeds",
        source=source,
        feed=status,
        tone=_tone(status) if status else "",
        **rows,
        errors=[row for row in rows["polls"] if row["error"]],
        chart=draw_bars(bars, title="New entries per day"),
        first=days[0],
        last=days[-1],
        most=max(new.values(), default=0),
        now=now,
        sql={
            "polls": figures.LAST_POLLS.filled(**since),
            "days": figures.POLLS_BY_DAY.filled(sources=[source], **span),
            "rejects": figures.REJECTS_OF_SOURCE.filled(**since),
            "waiting": figures.WAITING_OF_SOURCE.filled(source=source, limit=_MAX_ROWS),
        },
    )


def _within(span: Span) -> dict[str, Value]:
    return {"start": span.start, "end": span.end}
