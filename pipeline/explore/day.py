"""A day of a lake: its stories and what is around them, from the files of these days alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from feedlake.pipeline.explore import day_figures as figures
from feedlake.pipeline.explore.explorer import Instant, Row
from feedlake.pipeline.explore.wishes import Wish
from feedlake.pipeline.lake.pruning import Span, prune
from feedlake.pipeline.query.views import Files
from feedlake.transforms.normalize.microseconds import to_microseconds
from feedlake.transforms.records.documents import StagedFile

AROUND = timedelta(days=3)
"""How far before and after a day a story's copies count."""

DAYS_SHOWN = 30
MAX_PLACES = 150

_LATER = timedelta(days=30)
"""How much later than an article a revision may be dated for a list to show its title."""


@dataclass(frozen=True)
class Day:
    """The news of a day.

    Attributes:
        day: The day, UTC.
        stories: A page of its stories; `lead` is the row of the article that stands for each, None
            if it is of another time.
        total: How many stories it has.
        choices: Words that its articles can be chosen by, by kind, each with a count.
        days: Each of the days around it, and how many articles it has.
        places: Places that its articles name.
        sql: The statement of each figure, by its name.
    """

    day: date
    stories: list[Row]
    total: int
    choices: dict[str, list[tuple[str, int]]]
    days: list[tuple[date, int]]
    places: list[Row]
    sql: dict[str, str]


def read_day(
    instant: Instant, day: date, wish: Wish, *, newest: date, limit: int, skip: int
) -> Day:
    """Returns the news of a day.

    Args:
        instant: The lake.
        day: The day, UTC.
        wish: Which articles are wanted.
        newest: The newest day that has any.
        limit: Stories of a page.
        skip: Stories of the pages before.
    """
    first, last = day - AROUND, day + AROUND
    shown_first, shown_last = days_around(day, newest=newest)
    start, end = (datetime.combine(one, time(), UTC) for one in (first, last + timedelta(days=1)))
    wanted = wish.of_articles()
    statements = {
        "stories": figures.STORIES.filled(
            day=day,
            until=day,
            first=first,
            last=last,
            start=start,
            end=end,
            wanted=wanted,
            wanted_copy=wish.of_copies(),
            limit=limit,
            skip=skip,
        ),
        "choices": figures.CHOICES.filled(day=day),
        "days": figures.DAYS.filled(first=shown_first, last=shown_last, wanted=wanted),
        "places": figures.PLACES.filled(first=day, last=day, wanted=wanted, limit=MAX_PLACES),
    }
    files = {
        "articles": of_days(instant, "articles", min(first, shown_first), max(last, shown_last)),
        "duplicates": copies_within(instant, start, end),
    }
    stories, choices, days, places = instant.ask_all([*statements.values()], files=files)
    add_leads(instant, stories, first=first, last=last)
    counts = {row["day"]: row["articles"] for row in days}
    span = (shown_last - shown_first).days + 1
    every = [shown_first + timedelta(days=number) for number in range(span)]
    return Day(
        day,
        stories,
        stories[0]["total"] if stories else 0,
        _by_kind(choices),
        [(one, counts.get(one, 0)) for one in every],
        places,
        statements,
    )


def days_around(day: date, *, newest: date) -> tuple[date, date]:
    """Returns the first and last of the days that are shown around one.

    Args:
        day: The one.
        newest: The newest day that has articles; it is shown as long as the one is, too.
    """
    last = max(day, min(newest, day + timedelta(days=DAYS_SHOWN // 2)))
    if newest - day < timedelta(days=DAYS_SHOWN):
        last = max(day, newest)
    return last - timedelta(days=DAYS_SHOWN - 1), last


def newest_day(instant: Instant, *, until: date) -> date | None:
    """Returns the newest day that has articles, up to another; None if none has.

    The journal tells, unless files hold several days.
    """
    held = instant.snapshot.held("articles")
    spans = [_days_of(file) for file in held]
    if all(span is not None and span[0] == span[1] for span in spans):
        days = (span[0] for span in spans if span is not None)
        return max((day for day in days if day <= until), default=None)
    [row] = instant.rows(figures.NEWEST_DAY, last=until)
    found: date | None = row["day"]
    return found


def _days_of(file: StagedFile) -> tuple[date, date] | None:
    if file.facts is None:
        return None
    for name, low, high in file.facts.ranges:
        if name == "date" and isinstance(low, str) and isinstance(high, str):
            return date.fromisoformat(low), date.fromisoformat(high)
    return None


def of_days(instant: Instant, table: str, first: date, last: date) -> list[StagedFile]:
    """Returns the files of `articles` or `revisions` that may hold rows of some days."""
    span = (first.isoformat(), last.isoformat())
    return prune(instant.snapshot.held(table), within={"date": span})


def copies_within(instant: Instant, start: datetime, end: datetime) -> list[StagedFile]:
    """Returns the files that may hold copies published within a time, or fetched if that is not
    known."""
    span: Span = (to_microseconds(start), to_microseconds(end))
    held = instant.snapshot.held("duplicates")
    found = {
        file.path: file
        for column in ("published_at", "fetched_at")
        for file in prune(held, within={column: span})
    }
    return list(found.values())


def add_leads(instant: Instant, stories: list[Row], *, first: date, last: date) -> list[str]:
    """Adds to each story the row of its lead, with its newest title, or the one it was amended to.

    Args:
        instant: The lake.
        stories: Rows of `figures.STORIES`.
        first: The first day on which their articles are looked for.
        last: The last.

    Returns:
        The statements that were asked.
    """
    ids = [story["lead"] for story in stories]
    if not ids:
        return []
    files: Files = {
        "articles": of_days(instant, "articles", first, last),
        "revisions": of_days(instant, "revisions", first - AROUND, last + _LATER),
        "amendments": instant.snapshot.held("amendments"),
    }
    asked = (figures.LEADS, figures.NEWEST_VERSIONS, figures.AMENDED_TITLES)
    statements = [figure.filled(ids=ids) for figure in asked]
    leads, newest, amended = instant.ask_all(statements, files=files)
    rows = {row["article_id"]: row for row in leads}
    missing = [name for name in ids if name not in rows]
    if missing:  # Only a copy of it is of these days.
        rows |= {row["article_id"]: row for row in instant.rows(figures.LEADS, ids=missing)}
    revised = {row["article_id"]: row for row in newest}
    titles = {row["article_id"]: row["title"] for row in amended}
    for story in stories:
        lead = rows.get(story["lead"])
        version = revised.get(story["lead"])
        if lead is not None and version is not None:
            lead = {**lead, "title": version["title"] or lead["title"], **_revision(version)}
        if lead is not None and story["lead"] in titles:
            lead = {**lead, "title": titles[story["lead"]]}
        story["lead_row"] = lead
    return statements


def _revision(version: Row) -> Row:
    return {"revision": version["revision"]}


def _by_kind(rows: list[Row]) -> dict[str, list[tuple[str, int]]]:
    kinds: dict[str, list[tuple[str, int]]] = {}
    for row in rows:
        kinds.setdefault(row["kind"], []).append((row["word"], row["articles"]))
    return kinds
