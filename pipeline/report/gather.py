"""What a report says: figures of some days, all of one instant of the lake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from feedlake.pipeline.explore import day_figures, report_figures, run_figures
from feedlake.pipeline.explore.day import AROUND, MAX_PLACES, add_leads, copies_within, of_days
from feedlake.pipeline.explore.explorer import Instant, Row
from feedlake.pipeline.explore.figure import Sql
from feedlake.pipeline.lake.pruning import prune
from feedlake.pipeline.query.views import Files
from feedlake.pipeline.web.feed_status import FeedStatus, feeds_at
from feedlake.transforms.normalize.microseconds import to_microseconds

MAX_STORIES = 30
MAX_ROWS = 15
"""Rows of most tables; below each stands how many there are in all."""

MAX_FEEDS = 40
"""Feeds that are named, of those that need a look."""

MAX_RUNS = 60
MAX_ADDRESS_CHARS = 2_000
"""Longest address that is linked, or stands in a statement; browsers take no longer ones."""

_CHART_DAYS = 30
"""Days of charts, at the least: one day alone says little."""

_EARLIEST = timedelta(days=30)
"""How much older than its copies an article may be for a table to show its title and site."""


@dataclass(frozen=True)
class Report:
    """What a report says.

    Attributes:
        first: The first of its days, UTC.
        last: The last, UTC.
        now: When it was written, UTC.
        runs: How many runs the lake has published until then.
        chart_first: The first day of charts, which may be before its own.
        stories: Rows of stories, each with the row of its article as `lead_row`.
        answers: Rows by the name of their figure.
        feeds: How each polled address is, at the time of writing.
        sql: The statements that were asked, by the name of the figure.
    """

    first: date
    last: date
    now: datetime
    runs: int
    chart_first: date
    stories: list[Row]
    answers: dict[str, list[Row]]
    feeds: list[FeedStatus]
    sql: dict[str, str]

    def row(self, name: str) -> Row:
        """Returns the one row of a figure that has one."""
        [row] = self.answers[name]
        return row


def gather(instant: Instant, *, first: date, last: date, now: datetime) -> Report:
    """Returns what a report on some days says.

    Args:
        instant: The lake.
        first: The first day, UTC.
        last: The last day, UTC.
        now: The time, UTC.

    Raises:
        LakeError: A file of the lake is damaged.
        duckdb.Error: DuckDB cannot answer.
    """
    chart_first = min(first, last - timedelta(days=_CHART_DAYS - 1))
    earliest = first - _EARLIEST
    start, end = _begin(first), _begin(last + timedelta(days=1))
    chart_start = _begin(chart_first)
    days = {"first": first, "last": last}
    times = {"start": start, "end": end}
    every = Sql("true")
    around_first, around_last = first - AROUND, last + AROUND
    around_start, around_end = _begin(around_first), _begin(around_last + _DAY)
    feeds = feeds_at(instant.snapshot, now=now)
    shown = [feed.source for feed in named_feeds(feeds) if len(feed.source) <= MAX_ADDRESS_CHARS]
    sql = {
        "stories": day_figures.STORIES.filled(
            day=first,
            until=last,
            first=around_first,
            last=around_last,
            start=around_start,
            end=around_end,
            wanted=every,
            wanted_copy=every,
            limit=MAX_STORIES,
            skip=0,
        ),
        "totals": report_figures.SIZE_OF_DAYS.filled(**days),
        "books": run_figures.BOOKS.filled(**times),
        "days": day_figures.DAYS.filled(first=chart_first, last=last, wanted=every),
        "sources": report_figures.BY_SOURCE.filled(limit=MAX_ROWS, **days),
        "languages": report_figures.BY_LANGUAGE.filled(limit=MAX_ROWS, **days),
        "places": day_figures.PLACES.filled(limit=MAX_PLACES, wanted=every, **days),
        "countries": report_figures.COUNTRIES.filled(limit=MAX_ROWS, **days),
        "tones": day_figures.TONES.filled(first=chart_first, last=last, wanted=every),
        "tone shares": report_figures.TONE_SHARES.filled(**days),
        "copied": report_figures.MOST_COPIED.filled(
            earliest=earliest, last=last, limit=MAX_ROWS, **times
        ),
        "carriers": report_figures.CARRIERS.filled(
            earliest=earliest, last=last, limit=MAX_ROWS, **times
        ),
        "rejects": report_figures.REJECTS_BY_REASON.filled(limit=MAX_ROWS, **times),
        "polls": report_figures.POLLS.filled(start=chart_start, end=end),
        "feed polls": report_figures.POLLS_OF_FEEDS.filled(sources=shown, **times),
        "runs": run_figures.DURATIONS.filled(limit=MAX_RUNS, **times),
    }
    first_needed = min(earliest, chart_first, around_first)
    files: Files = {
        "articles": of_days(instant, "articles", first_needed, around_last),
        "duplicates": copies_within(instant, around_start, around_end),
        **{
            name: prune(
                instant.snapshot.held(name),
                within={column: (to_microseconds(chart_start), to_microseconds(end))},
            )
            for name, column in _TIMES.items()
        },
    }
    answers = dict(zip(sql, instant.ask_all([*sql.values()], files=files), strict=True))
    stories = answers.pop("stories")
    asked = add_leads(instant, stories, first=around_first, last=around_last)
    sql["disk"] = report_figures.SIZE_ON_DISK.filled()
    answers["disk"] = instant.ask(sql["disk"])
    names = ("leads", "newest versions", "amended titles")
    sql |= dict(zip(names, asked, strict=False))  # None of them without stories.
    return Report(
        first=first,
        last=last,
        now=now,
        runs=len(instant.snapshot.state.runs),
        chart_first=chart_first,
        stories=stories,
        answers=answers,
        feeds=feeds,
        sql=sql,
    )


def named_feeds(feeds: list[FeedStatus]) -> list[FeedStatus]:
    """Returns the feeds that a report names: those that need a look, as many as it has room for."""
    return [feed for feed in feeds if feed.needs_a_look][:MAX_FEEDS]


_DAY = timedelta(days=1)
_TIMES = {"rejects": "rejected_at", "sources": "polled_at", "runs": "started_at"}
"""Tables whose rows have a time, and its column."""


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
