"""What became of each feed's entries lately, by the lake's tables."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from feedlake.pipeline.lake.pruning import prune
from feedlake.pipeline.lake.snapshot import Snapshot
from feedlake.pipeline.query.views import connect
from feedlake.transforms.normalize.date_bounds import CLOCK_TOLERANCE
from feedlake.transforms.normalize.microseconds import to_microseconds
from feedlake.transforms.poll.feed_health import FeedOutcome

_TRIED_TWICE = 2
"""Attempts from which a page that waits counts as one that is not to be had."""

_SETTLED = timedelta(days=1)
"""Time from a feed's first poll in which it brings what it has, not what is usual."""

_MIN_USUAL_DAYS = 3
"""Shortest time over which a mean is called usual."""

_WEEK = timedelta(days=7)
"""What counts as lately in means: most sites rest on some days of a week."""

# Rows are in the order in which their runs were published: a clock may have been wrong. Those of a
# time to come count nowhere.
_PLACES = ["run_id", "place"]

_TIMES = {
    **dict.fromkeys(("articles", "revisions", "duplicates"), "fetched_at"),
    **{"rejects": "rejected_at", "deferred": "tried_at", "sources": "polled_at"},
}
"""The tables that are asked, and the column that says when a row was written."""

# What each source gave on each day: a copy of another site's article is an outcome, too.
_BY_DAY = """
    SELECT source, CAST(moment AT TIME ZONE 'UTC' AS DATE) AS day,
        max(row(place, moment)) AS last_at, count(*) AS kept_rows,
        count(*) FILTER (is_article) AS articles
    FROM (
        SELECT source, run_id, fetched_at AS moment, true AS is_article FROM articles
        UNION ALL SELECT source, run_id, fetched_at, false FROM revisions
        UNION ALL SELECT source, run_id, fetched_at, false FROM duplicates
    ) JOIN places USING (run_id) WHERE moment BETWEEN $start AND $end GROUP BY ALL
"""
_POLLED = """
    SELECT source, place, polled_at, status, http_status, polls, new_entries, missed_entries
    FROM sources JOIN places USING (run_id)
    WHERE polled_at BETWEEN $start AND $end AND source_kind IS DISTINCT FROM 'robots'
"""
_KEPT = """
    SELECT source, max(last_at) AS last_at, CAST(sum(kept_rows) AS BIGINT) AS kept_rows
    FROM by_day GROUP BY source
"""
_LOST = """
    SELECT lost.source, reason, count(*) FROM (
        SELECT source, run_id, reason, rejected_at AS moment FROM rejects
        WHERE reason != 'corrupt_feed'
        UNION ALL
        SELECT source, run_id, reason, tried_at FROM (
            SELECT deferred.* FROM deferred JOIN places USING (run_id)
            WHERE tried_at BETWEEN $start AND $end QUALIFY row_number() OVER (
                PARTITION BY deferred_id ORDER BY place DESC, tried_at DESC, status
            ) = 1
        ) WHERE status = 'waiting' AND attempts >= $tried
    ) AS lost JOIN places USING (run_id) LEFT JOIN kept ON lost.source = kept.source
    WHERE moment BETWEEN $start AND $end AND (last_at IS NULL OR row(place, moment) > last_at)
    GROUP BY ALL ORDER BY 3 DESC, 2
"""
_POLLS = """
    SELECT polls.source, count(*) FILTER (is_later),
        coalesce(sum(new_entries) FILTER (is_later), 0), min(moment)
    FROM (
        SELECT polled.source, new_entries, polled_at AS moment,
            last_at IS NULL OR row(place, polled_at) > last_at AS is_later
        FROM polled LEFT JOIN kept ON polled.source = kept.source WHERE http_status IS NOT NULL
    ) AS polls GROUP BY 1
"""
_CUT_OFF = """
    SELECT source, count(*) FROM (
        SELECT source, status, row(place, polled_at) AS moment,
            max(row(place, polled_at)) FILTER (status = 'read')
                OVER (PARTITION BY source) AS whole_at
        FROM polled WHERE status IN ('read', 'partial')
    ) WHERE status = 'partial' AND (whole_at IS NULL OR moment > whole_at) GROUP BY 1
"""
_NEWS = """
    SELECT source, CAST(polled_at AT TIME ZONE 'UTC' AS DATE), sum(new_entries) FROM polled
    WHERE new_entries > 0 AND polls > 1 GROUP BY 1, 2
"""
_MISSED = """
    SELECT source, sum(missed_entries) FROM polled
    WHERE polled_at >= $week AND missed_entries > 0 GROUP BY 1
"""
_ARTICLES = "SELECT source, day, articles FROM by_day WHERE articles > 0"


@dataclass(frozen=True)
class Lately:
    """What one source came to within the time that is looked at.

    Attributes:
        news: Days (UTC) and how many new entries each brought; those of the first poll are no news.
        cut_off: Polls that got only a part, since one that got all.
        outcome: What became of its entries since the last that was kept.
        articles_a_day: Mean of new articles a day over the last week.
        usual_articles_a_day: The same over the time before; None if that was too short.
        missed_entries: Entries that were missed over the last week, at least.
    """

    _: KW_ONLY
    news: tuple[tuple[date, int], ...] = ()
    cut_off: int = 0
    outcome: FeedOutcome = field(default_factory=FeedOutcome)
    articles_a_day: float = 0.0
    usual_articles_a_day: float | None = None
    missed_entries: int = 0


def read_lately(lake: Snapshot, *, now: datetime, span: timedelta) -> dict[str, Lately]:
    """Returns what each polled source came to, by address.

    Args:
        lake: A lake on this machine, at one instant.
        now: The time, UTC.
        span: How far to look back.
    """
    end = now + CLOCK_TOLERANCE
    given = {"start": now - span, "week": now - _WEEK, "end": end, "tried": _TRIED_TWICE}
    lately = to_microseconds(now - span), to_microseconds(end)
    files = {
        name: prune(lake.held(name), within={column: lately}) for name, column in _TIMES.items()
    }
    with connect(lake.lake, lake, files=files) as connection:

        def ask(sql: str) -> list[tuple[Any, ...]]:
            wanted = {name: value for name, value in given.items() if f"${name}" in sql}
            return connection.execute(sql, wanted).fetchall()

        runs = lake.state.runs
        connection.register("places", pa.table([list(runs), list(runs.values())], _PLACES))
        # Once: it takes longer to open files than to look at their rows.
        ask(f"CREATE TEMP TABLE polled AS {_POLLED}")
        ask(f"CREATE TEMP TABLE by_day AS {_BY_DAY}")
        ask(f"CREATE TEMP TABLE kept AS {_KEPT}")
        kept = {source: rows for source, _, rows in ask("FROM kept")}
        polls, cut_off, missed = ask(_POLLS), dict(ask(_CUT_OFF)), dict(ask(_MISSED))
        lost, news, articles = ask(_LOST), ask(_NEWS), ask(_ARTICLES)
    reasons: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for source, reason, count in lost:
        reasons[source][reason] = count
    news_of, articles_of = _by_source(news), _by_source(articles)
    found = {}
    for source, count, entries, first_at in polls:
        recent, usual = _means(articles_of[source], first_at=first_at, now=now)
        outcome = FeedOutcome(
            kept.get(source, 0), lost=reasons[source], polls=count, entries=int(entries)
        )
        found[source] = Lately(
            news=tuple(news_of[source]),
            cut_off=cut_off.get(source, 0),
            outcome=outcome,
            articles_a_day=recent,
            usual_articles_a_day=usual,
            missed_entries=int(missed.get(source, 0)),
        )
    return found


def _by_source(rows: list[tuple[Any, ...]]) -> defaultdict[str, list[tuple[date, int]]]:
    found: defaultdict[str, list[tuple[date, int]]] = defaultdict(list)
    for source, day, count in rows:
        found[source].append((day, int(count)))
    return found


def _means(
    articles: list[tuple[date, int]], *, first_at: datetime, now: datetime
) -> tuple[float, float | None]:
    """Articles a day over the last week, and over the time before; those of its first day apart,
    which are what the feed held already."""
    week = (now - _WEEK).astimezone(UTC).date()
    start = (first_at + _SETTLED).astimezone(UTC).date()
    recent = sum(count for day, count in articles if day >= week) / _WEEK.days
    days = (week - start).days
    before = sum(count for day, count in articles if start <= day < week)
    return recent, before / days if days >= _MIN_USUAL_DAYS else None
