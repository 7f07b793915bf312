"""Today: the stories of a day, the days around it, and where they are."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from feedlake.pipeline.charts.bars import Bar, draw_bars
from feedlake.pipeline.charts.world_map import Point, draw_map
from feedlake.pipeline.explore.day import Day, newest_day, read_day
from feedlake.pipeline.explore.explorer import Instant, Row
from feedlake.pipeline.explore.wishes import QUALITIES, TONES, Wish
from feedlake.pipeline.views import pages, shown_text, view_addresses
from feedlake.pipeline.views.desk import Desk, choice, day_said, page_number, word

STORIES_A_PAGE = 25
_MAX_COUNTRIES = 10


def today(desk: Desk, request: Request) -> Response:
    """Answers `/`."""
    wish = Wish(
        language=word(request, "language"),
        country=word(request, "country"),
        site=word(request, "site"),
        tag=word(request, "tag"),
        tone=choice(request, "tone", ("", *TONES)),
        quality=choice(request, "quality", ("", *QUALITIES)),
    )
    page, today_utc = page_number(request), desk.now().date()

    def find(instant: Instant) -> Day | None:
        # A clock may have been wrong once: what lies in the future isn't the news.
        newest = newest_day(instant, until=today_utc + timedelta(days=1))
        day = day_said(request) or (newest and min(newest, today_utc)) or newest
        if day is None:
            return None
        return read_day(
            instant,
            day,
            wish,
            newest=newest or day,
            limit=STORIES_A_PAGE,
            skip=(page - 1) * STORIES_A_PAGE,
        )

    found = desk.explorer.ask(find)
    if found is None:
        return desk.pages.render("empty.html", title="Today", here="/")
    state = {name: value for name, value in asdict(wish).items() if value}

    def link(**changes: object) -> str:
        return view_addresses.view("/", **{"day": found.day, **state, **changes})

    return desk.pages.render(
        "today.html",
        title="Today" if found.day == today_utc else pages.long_day(found.day),
        here="/",
        found=found,
        wish=wish,
        state=state,
        link=link,
        page=page,
        pages=-(-found.total // STORIES_A_PAGE),
        today=today_utc,
        before=found.day - timedelta(days=1),
        after=found.day + timedelta(days=1),
        now=desk.now(),
        days_chart=_days_chart(found, link),
        map_chart=_map(found, link),
        countries=_countries(found),
        tones=tuple(TONES),
        qualities=QUALITIES,
        place_names=_place_names,
        people=_people,
    )


def _days_chart(found: Day, link: view_addresses.Link) -> str:
    bars = [
        Bar(
            f"{pages.short_day(day)}: {pages.words(count, 'article')}",
            count,
            link(day=day),
            is_chosen=day == found.day,
        )
        for day, count in found.days
    ]
    return draw_bars(bars, title="Articles per day; each bar leads to its day")


def _map(found: Day, link: view_addresses.Link) -> str:
    points = [
        Point(
            f"{shown_text.line(row['place'], 80)}: {pages.words(row['articles'], 'article')}",
            row["latitude"],
            row["longitude"],
            row["articles"],
            link(country=row["country"]) if row["country"] else "",
        )
        for row in found.places
    ]
    return draw_map(points, title="Places that the day's articles name")


def _countries(found: Day) -> list[tuple[str, int]]:
    return found.choices.get("country", [])[:_MAX_COUNTRIES]


def _place_names(lead: Row) -> list[str]:
    places = sorted(lead["places"] or (), key=lambda place: -(place["count"] or 0))
    return list(dict.fromkeys(place["canonical"] for place in places))[:4]


def _people(lead: Row) -> list[str]:
    people = [one for one in lead["entities"] or () if one["type"] == "person"]
    ranked = sorted(people, key=lambda one: -(one["count"] or 0))
    return list(dict.fromkeys(one["name"] for one in ranked))[:3]
