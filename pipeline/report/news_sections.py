"""Sections of a report on the news as a whole: volume, places, tone, and what was copied."""

from __future__ import annotations

from datetime import timedelta

from feedlake.pipeline.charts.bars import Bar, draw_bars, draw_lines
from feedlake.pipeline.charts.world_map import Point, draw_map
from feedlake.pipeline.explore.explorer import Row
from feedlake.pipeline.report.elements import Child, Html, join, tag
from feedlake.pipeline.report.gather import Report
from feedlake.pipeline.report.parts import (
    Column,
    address,
    bar,
    more,
    name,
    numbers,
    section,
    sql_of,
    table,
)
from feedlake.pipeline.shown.shown_values import (
    NOTHING,
    count,
    country_name,
    language_name,
    short_day,
)
from feedlake.pipeline.views.shown_text import line

_PLACES_SHOWN = 15


def volume(report: Report) -> Html:
    """Returns how much there was: per day, by source and by language."""
    return section(
        "volume",
        "Volume",
        tag("h3", "Articles per day", class_="small"),
        _days_chart(report),
        sql_of(report.sql["days"]),
        tag("div", _sources(report), _languages(report), class_="pair"),
    )


def _days_chart(report: Report) -> Html:
    counts = {row["day"]: row["articles"] for row in report.answers["days"]}
    span = (report.last - report.chart_first).days + 1
    days = [report.chart_first + timedelta(days=number) for number in range(span)]
    values = [counts.get(day, 0) for day in days]
    bars = [
        Bar(f"{short_day(day)}: {value:,}", value, is_chosen=report.first <= day <= report.last)
        for day, value in zip(days, values, strict=True)
    ]
    most = max(values)
    best = days[values.index(most)]
    described = (
        f"{sum(values):,} articles from {days[0]} to {days[-1]}; most on {best}, with {most:,}."
    )
    return join(
        [
            Html(draw_bars(bars, title="Articles per day", description=described)),
            tag(
                "p",
                tag("span", short_day(days[0])),
                tag("span", f"most: {most:,} on {short_day(best)}" if most else "none"),
                tag("span", short_day(days[-1])),
                class_="axis-labels",
            ),
        ]
    )


def _sources(report: Report) -> Html:
    rows = report.answers["sources"]
    if not rows:
        return Html("")
    titles = {feed.source: feed.title for feed in report.feeds if feed.title}
    most = rows[0]["articles"]
    cells: list[list[Child]] = [
        [
            [name(titles[row["source"]]), " "] if row["source"] in titles else None,
            count(row["articles"]),
            bar(row["articles"], most),
        ]
        for row in rows
    ]
    for cell, row in zip(cells, rows, strict=True):
        where = address(row["source"], name(row["source"], 90), class_="where")
        cell[0] = [cell[0], where]
    return tag(
        "div",
        table(
            "By source",
            [Column("Source", "wide"), Column("Articles", "number"), Column("", "bar")],
            cells,
        ),
        more(len(rows), rows[0]["of_sources"], "sources"),
        sql_of(report.sql["sources"]),
    )


def _languages(report: Report) -> Html:
    rows = report.answers["languages"]
    if not rows:
        return Html("")
    total = rows[0]["of_articles"]
    cells = [
        [
            language_name(row["language"]),
            count(row["articles"]),
            f"{100 * row['articles'] / total:.1f} %",
            bar(row["articles"], rows[0]["articles"]),
        ]
        for row in rows
    ]
    columns = [Column("Language"), Column("Articles", "number"), Column("Share", "number")]
    return tag(
        "div",
        table("By language", [*columns, Column("", "bar")], cells),
        more(len(rows), rows[0]["of_languages"], "languages"),
        sql_of(report.sql["languages"]),
    )


def places(report: Report) -> Html:
    """Returns where the articles are: a map, and tables of places and countries."""
    rows = report.answers["places"]
    if not rows:
        return section(
            "places",
            "Places",
            tag("p", "No places are known of these articles.", class_="quiet"),
            sql_of(report.sql["places"]),
        )
    points = [
        Point(
            f"{line(row['place'], 60)}: {row['articles']:,}",
            row["latitude"],
            row["longitude"],
            row["articles"],
        )
        for row in rows
    ]
    named = ", ".join(f"{line(row['place'], 60)} ({row['articles']:,})" for row in rows[:5])
    chart = draw_map(
        points,
        title="Places that articles name",
        description=f"{len(rows):,} places. Most articles name {named}. The table has more.",
    )
    by_place = [
        [
            name(row["place"]),
            country_name(row["country"]) if row["country"] else NOTHING,
            count(row["articles"]),
        ]
        for row in rows[:_PLACES_SHOWN]
    ]
    countries = report.answers["countries"]
    by_country = [
        [country_name(row["country"]), count(row["articles"]), bar(row["articles"], most)]
        for row in countries
        for most in [countries[0]["articles"]]
    ]
    number = Column("Articles", "number")
    return section(
        "places",
        "Places",
        tag("div", Html(chart), class_="map-frame"),
        sql_of(report.sql["places"]),
        tag(
            "div",
            tag("div", table("Places", [Column("Place"), Column("Country"), number], by_place)),
            tag(
                "div",
                table("Countries", [Column("Country"), number, Column("", "bar")], by_country),
                sql_of(report.sql["countries"]),
            ),
            class_="pair",
        ),
    )


def tone(report: Report) -> Html:
    """Returns how the tone of English articles was, on these days and before."""
    shares, days = report.row("tone shares"), report.answers["tones"]
    if not shares["articles"]:
        return section(
            "tone",
            "Tone",
            tag(
                "p",
                "No tone is known of these articles; feedlake finds it in English ones.",
                class_="quiet",
            ),
            sql_of(report.sql["tone shares"]),
        )
    rows = [
        [
            tag("span", word, class_=f"tone {word}"),
            count(shares[word]),
            f"{100 * shares[word] / shares['articles']:.1f} %",
            bar(shares[word], shares["articles"], kind=word),
        ]
        for word in ("positive", "neutral", "negative")
    ]
    columns = [Column("Tone"), Column("Articles", "number"), Column("Share", "number")]
    return section(
        "tone",
        "Tone",
        numbers([(f"{shares['mean']:+.2f}", f"mean tone of {count(shares['articles'])} articles")]),
        tag(
            "div",
            tag(
                "div",
                table("Articles by tone", [*columns, Column("", "bar")], rows),
                sql_of(report.sql["tone shares"]),
            ),
            _tone_chart(report, days),
            class_="pair",
        ),
        tag(
            "p",
            "Tone goes from -1 to 1 and is known of English articles only. Negative is -0.2 and "
            "below, positive 0.2 and above.",
            class_="note",
        ),
    )


def _tone_chart(report: Report, days: list[Row]) -> Html:
    means = {row["day"]: row["tone"] for row in days}
    span = (report.last - report.chart_first).days + 1
    shown = [report.chart_first + timedelta(days=number) for number in range(span)]
    known = {day: mean for day, mean in means.items() if mean is not None}
    if not known:
        return Html("")
    low, high = min(known, key=known.__getitem__), max(known, key=known.__getitem__)
    described = (
        f"Between {known[low]:+.2f} on {low} and {known[high]:+.2f} on {high}; the horizontal line "
        "is 0."
    )
    chart = draw_lines(
        [[means.get(day) for day in shown]], title="Mean tone per day", description=described
    )
    return tag(
        "div",
        tag("h3", "Mean tone per day", class_="small"),
        Html(chart),
        tag(
            "p",
            tag("span", short_day(shown[0])),
            tag("span", f"{known[low]:+.2f} to {known[high]:+.2f}"),
            tag("span", short_day(shown[-1])),
            class_="axis-labels",
        ),
        sql_of(report.sql["tones"]),
    )


def copied(report: Report) -> Html:
    """Returns which articles others carry most, and whose texts whom."""
    rows, pairs = report.answers["copied"], report.answers["carriers"]
    if not rows:
        return section(
            "copied",
            "Most syndicated",
            tag("p", "No copies of these days are in the lake.", class_="quiet"),
            sql_of(report.sql["copied"]),
        )
    cells: list[list[Child]] = [
        [
            [
                address(row["url"], name(row["title"] or "Without a title", 160)),
                tag("span", name(row["site"] or NOTHING), class_="where"),
            ],
            count(row["copies"]),
            count(row["sites"]),
            join([name(site, 40) for site in row["carried_by"] if site], between=", "),
        ]
        for row in rows
    ]
    columns = [Column("Article", "wide"), Column("Copies", "number"), Column("Sites", "number")]
    carriers: list[list[Child]] = [
        [name(row["origin"]), name(row["carrier"]), count(row["copies"])] for row in pairs
    ]
    return section(
        "copied",
        "Most syndicated",
        table("Articles with most copies", [*columns, Column("Among others by", "wide")], cells),
        sql_of(report.sql["copied"]),
        table(
            "Whose texts are carried by whom, more than once",
            [Column("From"), Column("Carried by"), Column("Copies", "number")],
            carriers,
        )
        if carriers
        else tag("p", "No site carried more than one text of another.", class_="note"),
        sql_of(report.sql["carriers"]),
    )
