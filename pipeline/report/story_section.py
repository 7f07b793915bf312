"""The section of a report on its stories, each with where it's from and who else carries it."""

from __future__ import annotations

from feedlake.pipeline.explore.explorer import Row
from feedlake.pipeline.report.elements import Child, Html, join, tag
from feedlake.pipeline.report.gather import Report
from feedlake.pipeline.report.parts import address, more, name, section, sql_of
from feedlake.pipeline.shown.shown_values import language_name, short_day
from feedlake.pipeline.views.shown_text import line

_FIRST_STORIES = 3
"""Stories that are shown larger."""

_CARRIERS_SHOWN = 6
_NEUTRAL = 0.2
"""Tones above and below this have a word; `wishes.TONES` has the same."""


def stories(report: Report) -> Html:
    """Returns the stories, those that most sites carry first."""
    if not report.stories:
        return section(
            "stories",
            "Stories",
            tag("p", "No articles of these days are in the lake.", class_="lede"),
        )
    total = report.stories[0]["total"]
    title = "Stories of the day" if report.first == report.last else "Stories"
    return section(
        "stories",
        title,
        tag("ol", [_story(report, place, row) for place, row in enumerate(report.stories)]),
        more(len(report.stories), total, "stories"),
        tag(
            "p",
            "A story is a group of near-duplicates, ranked by how many sites carried it, from "
            "three days before to three days after.",
            class_="note",
        ),
        sql_of(report.sql["stories"]),
        sql_of(
            report.sql.get("leads", ""),
            report.sql.get("newest versions", ""),
            report.sql.get("amended titles", ""),
            title="The SQL of their titles",
        ),
        kind="stories",
    )


def _story(report: Report, place: int, story: Row) -> Html:
    lead = story["lead_row"]
    is_first = place < _FIRST_STORIES
    if lead is None:
        headline: Child = tag("span", "An article of another time", class_="quiet")
        beginning, facts = Html(""), []
    else:
        language = None if lead["language"] == "und" else lead["language"]
        title = name(lead["title"], 300) if lead["title"] else "Without a title"
        headline = address(lead["url"], title, lang=language)
        text = line(lead["beginning"], 280 if is_first else 160)
        beginning = (
            tag("p", text, class_="beginning", dir="auto", lang=language) if text else Html("")
        )
        facts = _facts(report, lead)
    carried = _carried_by(story, lead)
    return tag(
        "li",
        tag("h3", headline),
        beginning,
        tag("p", facts, carried, class_="meta"),
        _chips(lead),
        class_="story first" if is_first else "story",
    )


def _facts(report: Report, lead: Row) -> list[Html]:
    at = lead["published_at"]
    is_today = report.first == report.last == lead["date"]
    when = f"{at:%H:%M}" if at is not None and is_today else short_day(lead["date"])
    if at is None:
        when = f"seen {when}"
    tone = _tone_word(lead["tone"])
    return [
        *([tag("span", name(lead["site"]), class_="site")] if lead["site"] else []),
        tag("span", tag("time", when, datetime=f"{at or lead['fetched_at']:%Y-%m-%dT%H:%MZ}")),
        tag("span", language_name(lead["language"])),
        *([tag("span", "revised")] if "revision" in lead else []),
        *([tag("span", tone, class_=f"tone {tone}")] if tone else []),
    ]


def _tone_word(tone: float | None) -> str:
    if tone is None or -_NEUTRAL < tone < _NEUTRAL:
        return ""
    return "negative" if tone < 0 else "positive"


def _carried_by(story: Row, lead: Row | None) -> Html:
    own = lead["site"] if lead else None
    others = [site for site in story["carried_by"] if site is not None and site != own]
    if others:
        shown = [name(site, 40) for site in others[:_CARRIERS_SHOWN]]
        rest = len(others) - len(shown)
        tail = f" and {rest:,} more" if rest > 0 else ""
        sites = "1 other site" if len(others) == 1 else f"{len(others):,} other sites"
        return join(
            [
                tag("span", f"also in {sites}", class_="also"),
                tag("span", join(shown, between=", "), tail, class_="carriers"),
            ]
        )
    copies = story["documents"] - 1
    words = "1 copy" if copies == 1 else f"{copies:,} copies"
    return tag("span", words, class_="also") if copies > 0 else Html("")


def _chips(lead: Row | None) -> Html:
    if lead is None:
        return Html("")
    places = [one for one in lead["places"] or () if one["feature"] not in ("continent", "country")]
    people = [one["name"] for one in lead["entities"] or () if one["type"] == "person"]
    chips = [tag("li", name(one["canonical"], 40), class_="place") for one in places[:4]]
    chips += [tag("li", name(one, 40), class_="person") for one in people[:4]]
    return tag("ul", chips, class_="chips", aria_label="Places and people") if chips else Html("")
