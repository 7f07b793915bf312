"""The page of a report: head, sections, and the style, in one file that needs no other."""

from __future__ import annotations

import base64
import hashlib
import os
from functools import cache
from pathlib import Path

from feedlake import __version__
from feedlake.pipeline.report import health_sections, news_sections, story_section
from feedlake.pipeline.report.elements import Html, join, tag
from feedlake.pipeline.report.gather import Report
from feedlake.pipeline.report.parts import numbers, sql_of
from feedlake.pipeline.shown.shown_values import long_day, moment, words
from feedlake.pipeline.views.shown_text import line

_CONTENTS = (
    ("stories", "Stories"),
    ("books", "What came in"),
    ("volume", "Volume"),
    ("places", "Places"),
    ("tone", "Tone"),
    ("copied", "Most syndicated"),
    ("rejects", "Rejects"),
    ("feeds", "Feeds"),
    ("runs", "Runs"),
    ("disk", "Size on disk"),
)


def render(report: Report, *, lake: str) -> bytes:
    """Returns a report as HTML.

    Args:
        report: What it says.
        lake: Path of the lake.
    """
    called = line(os.path.basename(lake.rstrip("/")) or lake, 60)
    style = _style()
    policy = (
        f"default-src 'none'; style-src '{_hash_of(style)}'; base-uri 'none'; form-action 'none'"
    )
    days = _days(report)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="generator", content=f"feedlake {__version__}"),
        tag("title", f"{days} · {called} · feedlake"),
        Html(f"<style>{style}</style>"),
    )
    sections = [
        story_section.stories(report),
        health_sections.books(report),
        news_sections.volume(report),
        news_sections.places(report),
        news_sections.tone(report),
        news_sections.copied(report),
        health_sections.rejects(report),
        health_sections.feeds(report),
        health_sections.runs(report),
        health_sections.disk(report),
    ]
    footer = tag(
        "footer",
        tag(
            "p",
            f"Written by feedlake {__version__} at {moment(report.now)}, after "
            f"{words(report.runs, 'published chunk')}. All times are in UTC. Articles count on the "
            "day on which they were published, runs, polls and rejects on the day on which they "
            "were made. The SQL below figures is for ",
            tag("code", "feedlake query"),
            ".",
        ),
        class_="wide",
    )
    body = tag(
        "body",
        tag("a", "Skip to the content", class_="skip", href="#main"),
        tag("main", _masthead(report, called, days), sections, id="main", class_="wide report"),
        footer,
    )
    page = f'<!DOCTYPE html>\n<html lang="en">\n{head}\n{body}\n</html>\n'
    return page.encode(errors="replace")


def _days(report: Report) -> str:
    if report.first == report.last:
        return long_day(report.last)
    span = (report.last - report.first).days + 1
    return f"{span} days to {long_day(report.last)}"


def _masthead(report: Report, called: str, days: str) -> Html:
    totals, books = report.row("totals"), report.row("books")
    stories = report.stories[0]["total"] if report.stories else 0
    counted = [
        (totals["articles"], _noun(totals["articles"], "article")),
        (stories, "story" if stories == 1 else "stories"),
        (totals["sites"], _noun(totals["sites"], "site")),
        (totals["languages"], _noun(totals["languages"], "language")),
        (books["documents"], _noun(books["documents"], "document") + " read"),
        (books["rejects"], _noun(books["rejects"], "reject")),
    ]
    contents = tag(
        "nav",
        tag("ul", [tag("li", tag("a", title, href=f"#{place}")) for place, title in _CONTENTS]),
        aria_label="Contents",
        class_="contents",
    )
    return join(
        [
            tag(
                "header",
                tag("p", "Report on the lake ", tag("bdi", called), class_="eyebrow"),
                tag("h1", days),
                numbers(counted),
                sql_of(report.sql["totals"]),
                class_="report-head",
            ),
            contents,
        ]
    )


def _noun(number: int, noun: str) -> str:
    return noun if number == 1 else f"{noun}s"


@cache
def _style() -> str:
    """The sheet of all pages, and what reports have of their own."""
    here = Path(__file__).parent
    sheets = (here.parent / "views" / "static" / "serve.css", here / "report.css")
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)


def _hash_of(style: str) -> str:
    digest = hashlib.sha256(style.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
