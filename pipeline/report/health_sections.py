"""Sections of a report on the lake: rejects, feeds, runs, and what it takes on disk."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from feedlake.pipeline.charts.bars import Bar, draw_bars
from feedlake.pipeline.charts.strips import Part, draw_flow
from feedlake.pipeline.report.elements import Child, Html, join, tag
from feedlake.pipeline.report.gather import MAX_FEEDS, Report, named_feeds
from feedlake.pipeline.report.parts import (
    Column,
    address,
    bar,
    more,
    name,
    section,
    sql_of,
    table,
)
from feedlake.pipeline.shown.shown_values import (
    NOTHING,
    ago,
    count,
    moment,
    short_day,
    size,
    took,
    words,
)
from feedlake.pipeline.views.shown_text import line
from feedlake.pipeline.web.feed_status import FeedStatus

_GROUPS = (
    ("silent", "Silent: nothing new for far longer than usual"),
    ("barren", "Barren: entries come, and none becomes an article"),
    ("overflowing", "Overflowing: entries come and go between two polls"),
)
_BAD = ("failing", "blocked", "never", "gone", "stopped", "not_a_feed", "barren")
_OUTCOMES = ("articles", "revisions", "duplicates", "rejects", "known")


def books(report: Report) -> Html:
    """Returns what the documents became that runs of these days read."""
    row = report.row("books")
    if not row["documents"]:
        return section(
            "books",
            "What came in",
            tag("p", "No run of these days has read a document.", class_="quiet"),
            sql_of(report.sql["books"]),
        )
    parts = [Part(one, row[one]) for one in _OUTCOMES]
    told = ", ".join(f"{part.value:,} {part.name}" for part in parts)
    flow = draw_flow(
        parts, title="What documents became", description=f"{row['documents']:,} documents: {told}."
    )
    named = [
        tag(
            "li",
            tag("strong", count(part.value)),
            " already in the lake" if part.name == "known" else f" {part.name}",
        )
        for part in parts
    ]
    return section(
        "books",
        "What came in",
        tag(
            "div",
            tag("p", tag("strong", count(row["documents"])), " documents", class_="from"),
            Html(flow),
            tag("ul", named, class_="flow-list"),
            class_="flow-frame",
        ),
        tag("p", f"{words(row['waiting'], 'page')} were left for later runs.", class_="note")
        if row["waiting"]
        else None,
        sql_of(report.sql["books"]),
    )


def rejects(report: Report) -> Html:
    """Returns what was rejected, by reason."""
    rows = report.answers["rejects"]
    if not rows:
        return section(
            "rejects",
            "Rejects",
            tag("p", "Nothing was rejected.", class_="quiet"),
            sql_of(report.sql["rejects"]),
        )
    cells: list[list[Child]] = [
        [
            tag("span", row["reason"], class_="reason"),
            row["step"],
            count(row["rejects"]),
            bar(row["rejects"], rows[0]["rejects"], kind="rejects"),
            count(row["sources"]),
            line(row["detail"], 120) or NOTHING,
        ]
        for row in rows
    ]
    return section(
        "rejects",
        "Rejects",
        table(
            f"{count(rows[0]['of_rejects'])} rejects by reason",
            [
                *(Column("Reason"), Column("Step"), Column("Rejects", "number"), Column("", "bar")),
                *(Column("Sources", "number"), Column("The newest says", "wide")),
            ],
            cells,
        ),
        more(len(rows), rows[0]["of_reasons"], "reasons"),
        sql_of(report.sql["rejects"]),
    )


def feeds(report: Report) -> Html:
    """Returns how feeds are doing, and which need a look."""
    if not report.feeds:
        return section(
            "feeds",
            "Feeds",
            tag("p", "No address of this lake has been polled.", class_="quiet"),
        )
    shown = named_feeds(report.feeds)
    needing = sum(feed.needs_a_look for feed in report.feeds)
    counts = Counter("dropped" if feed.is_dropped else feed.health for feed in report.feeds)
    most = max(counts.values())
    by_word = [
        [
            tag("span", word.replace("_", " "), class_=f"word {_class(word)}"),
            count(number),
            bar(number, most, kind=_class(word)),
        ]
        for word, number in counts.most_common()
    ]
    verb = "needs" if needing == 1 else "need"
    verdict = f"{needing:,} of {len(report.feeds):,} {verb} a look." if needing else "All are well."
    return section(
        "feeds",
        "Feeds",
        tag("p", verdict, class_="lede"),
        tag(
            "div",
            table(
                f"How {words(len(report.feeds), 'address')} are".replace("addresss", "addresses"),
                [Column("Health"), Column("Addresses", "number"), Column("", "bar")],
                by_word,
            ),
            tag("div", _polls_chart(report)),
            class_="pair",
        ),
        _groups(report),
        _needing(report, shown, needing) if shown else None,
        tag(
            "p",
            f"Health is of {moment(report.now)}, when this report was written, and the same that "
            "feedlake feeds shows; numbers of polls are of the days of the report.",
            class_="note",
        ),
    )


def _class(word: str) -> str:
    if word in ("ok", "new"):
        return "good"
    return "bad" if word in _BAD else "warn"


def _groups(report: Report) -> Html:
    parts = []
    for word, title in _GROUPS:
        found = [feed for feed in report.feeds if feed.health == word and not feed.is_dropped]
        if found:
            parts.append(
                tag(
                    "li",
                    tag("strong", title),
                    " ",
                    join([_feed_name(feed) for feed in found[:MAX_FEEDS]], between=", "),
                    f" and {len(found) - MAX_FEEDS:,} more" if len(found) > MAX_FEEDS else None,
                )
            )
    return tag("ul", parts, class_="groups") if parts else Html("")


def _feed_name(feed: FeedStatus) -> Html:
    return address(feed.address, name(feed.title or feed.source, 60))


def _needing(report: Report, shown: list[FeedStatus], needing: int) -> Html:
    polls = {row["source"]: row for row in report.answers["feed polls"]}
    cells: list[list[Child]] = []
    for feed in shown:
        row = polls.get(feed.source, {})
        last = datetime.fromisoformat(feed.last_success) if feed.last_success else None
        rate = f"{feed.articles_a_day:.1f}"
        if feed.usual_articles_a_day is not None:
            rate += f" (usually {feed.usual_articles_a_day:.1f})"
        cells.append(
            [
                [
                    name(feed.title, 60) if feed.title else None,
                    " ",
                    address(feed.address, name(feed.address, 80), class_="where"),
                ],
                [
                    tag(
                        "span", feed.health.replace("_", " "), class_=f"word {_class(feed.health)}"
                    ),
                    " ",
                    line(feed.sentence, 300),
                ],
                count(row.get("polls", 0)),
                count(row.get("failed", 0)),
                count(row.get("missed_entries", 0)),
                rate,
                ago(last, report.now),
            ]
        )
    return join(
        [
            table(
                "Feeds that need a look",
                [
                    *(Column("Feed", "wide"), Column("How it is", "wide")),
                    *(Column("Polls", "number"), Column("Failed", "number")),
                    *(Column("Missed", "number"), Column("Articles a day")),
                    Column("Last answer"),
                ],
                cells,
            ),
            more(len(shown), needing, "feeds that need a look"),
            sql_of(report.sql["feed polls"], title="The SQL of polls, failures and missed entries"),
        ]
    )


def _polls_chart(report: Report) -> Html:
    rows = {row["day"]: row for row in report.answers["polls"]}
    span = (report.last - report.chart_first).days + 1
    days = [report.chart_first + timedelta(days=number) for number in range(span)]
    polls = [rows[day]["polls"] if day in rows else 0 for day in days]
    failed = [rows[day]["failed"] if day in rows else 0 for day in days]
    bars = [
        Bar(
            f"{short_day(day)}: {number:,} polls, {bad:,} failed",
            number,
            is_chosen=report.first <= day <= report.last,
        )
        for day, number, bad in zip(days, polls, failed, strict=True)
    ]
    described = (
        f"{sum(polls):,} polls from {days[0]} to {days[-1]}, of which {sum(failed):,} failed."
    )
    return join(
        [
            tag("h3", "Polls per day", class_="small"),
            Html(draw_bars(bars, title="Polls per day", description=described)),
            tag(
                "p",
                tag("span", short_day(days[0])),
                tag("span", f"{sum(polls):,} polls, {sum(failed):,} failed"),
                tag("span", short_day(days[-1])),
                class_="axis-labels",
            ),
            sql_of(report.sql["polls"]),
        ]
    )


def runs(report: Report) -> Html:
    """Returns how long runs took."""
    rows = report.answers["runs"]
    if not rows:
        return section(
            "runs",
            "Runs",
            tag("p", "No run of these days has published anything.", class_="quiet"),
            sql_of(report.sql["runs"]),
        )
    in_time = rows[::-1]
    slowest = sorted(rows, key=lambda row: -(row["took_s"] or 0))[:8]
    bars = [
        Bar(f"{moment(row['started_at'])}: {took(row['took_s'])}", max(row["took_s"] or 0, 0))
        for row in in_time
    ]
    longest = slowest[0]
    described = (
        f"{len(rows):,} runs; the longest began at {moment(longest['started_at'])} and took "
        f"{took(longest['took_s'])}."
    )
    cells: list[list[Child]] = [
        [
            moment(row["started_at"]),
            took(row["took_s"]),
            bar(max(row["took_s"] or 0, 0), longest["took_s"] or 0),
            count(row["documents"]),
            count(row["articles"]),
            count(row["chunks"]),
        ]
        for row in slowest
    ]
    return section(
        "runs",
        "Runs",
        [
            tag("h3", "Durations, run after run", class_="small"),
            Html(draw_bars(bars, title="How long runs took", description=described)),
            tag(
                "p",
                tag("span", moment(in_time[0]["started_at"])),
                tag("span", f"longest: {took(longest['took_s'])}"),
                tag("span", moment(in_time[-1]["started_at"])),
                class_="axis-labels",
            ),
        ]
        if len(rows) > 2
        else None,
        more(len(rows), rows[0]["of_commands"], "runs, the newest"),
        table(
            "The longest of them",
            [
                *(Column("Start (UTC)"), Column("Took", "number"), Column("", "bar")),
                *(Column("Documents", "number"), Column("Articles", "number")),
                Column("Chunks", "number"),
            ],
            cells,
        ),
        sql_of(report.sql["runs"]),
    )


def disk(report: Report) -> Html:
    """Returns what the lake takes on disk."""
    rows = report.answers["disk"]
    if not rows:
        return section(
            "disk",
            "Size on disk",
            tag("p", "The lake holds no files yet.", class_="quiet"),
            sql_of(report.sql["disk"]),
        )
    largest = rows[0]["size_bytes"]
    cells: list[list[Child]] = [
        [
            row["table_name"],
            size(row["size_bytes"]),
            bar(row["size_bytes"], largest),
            count(row["files"]),
            count(row["rows"]),
        ]
        for row in rows
    ]
    total, files, all_rows = (
        sum(row[column] for row in rows) for column in ("size_bytes", "files", "rows")
    )
    cells.append([tag("strong", "all"), size(total), None, count(files), count(all_rows)])
    return section(
        "disk",
        "Size on disk",
        table(
            "Files of the lake, at the time of writing",
            [
                *(Column("Table"), Column("Size", "number"), Column("", "bar")),
                *(Column("Files", "number"), Column("Rows", "number")),
            ],
            cells,
        ),
        tag("p", "Its index and cache are not counted.", class_="note"),
        sql_of(report.sql["disk"]),
    )
