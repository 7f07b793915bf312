"""Pages: templates, and how values are written in them."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from feedlake.pipeline.explore.figure import Figure
from feedlake.pipeline.views import shown_text, view_addresses

_HERE = Path(__file__).parent
STATIC = {
    "serve.css": "text/css; charset=utf-8",
    "serve.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
"""The files that pages need, and their types."""

NOTHING = "—"
"""What stands where there is no value."""

VIEWS = (
    ("Today", "/", "t"),
    ("Search", "/search", "e"),
    ("Feeds", "/feeds", "f"),
    ("Missing", "/missing", "m"),
    ("Runs", "/runs", "r"),
    ("SQL", "/sql", "s"),
)
"""What the head of each page leads to: name, path, and the key that goes there after `g`."""


class Pages:
    """Renders templates."""

    def __init__(self, *, lake: str) -> None:
        """Reads no template yet.

        Args:
            lake: Path of the lake.
        """
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            lake_name=os.path.basename(lake.rstrip("/")) or lake,
            lake_path=lake,
            views=VIEWS,
            view=view_addresses.view,
            article_view=view_addresses.article,
            static=_static,
            statement=_statement,
        )
        self._environment.filters.update(
            line=shown_text.line,
            plain=shown_text.plain,
            outside=view_addresses.outside,
            count=count,
            moment=moment,
            ago=ago,
            long_day=long_day,
            short_day=short_day,
            country=country_name,
            language=language_name,
            size=size,
            took=took,
            words=words,
            svg=Markup,
            paragraphs=paragraphs,
            shell=shlex.quote,
        )

    def render(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Returns a page.

        Args:
            template: Its name.
            status: Of HTTP.
            values: What is on it.
        """
        body = self._environment.get_template(template).render(values)
        # Texts of strangers may hold halves of surrogate pairs.
        response = HTMLResponse(body.encode(errors="replace"), status)
        response.headers["cache-control"] = "no-cache"
        return response


@cache
def read_static(name: str) -> bytes:
    """Returns one of the files in `STATIC`."""
    return (_HERE / "static" / name).read_bytes()


@cache
def _static(name: str) -> str:
    """Its address, which changes with the content."""
    return f"/static/{name}?v={hashlib.sha256(read_static(name)).hexdigest()[:8]}"


def _statement(figure: Figure | str, **values: Any) -> str:
    return figure if isinstance(figure, str) else figure.filled(**values)


def count(number: float | None) -> str:
    """Returns a number with its thousands apart; a thin space does not look like a decimal."""
    return NOTHING if number is None else f"{number:,.0f}"


def moment(at: datetime | None) -> str:
    """Returns a time to the minute."""
    return NOTHING if at is None else f"{_utc(at):%Y-%m-%d %H:%M}"


def ago(at: datetime | None, now: datetime) -> str:
    """Returns how long ago a time was, or how far ahead it is, in words."""
    if at is None:
        return "never"
    passed = now - _utc(at)
    if passed < timedelta(0):
        return f"in {_span(-passed)}"
    return "just now" if passed < timedelta(minutes=1) else f"{_span(passed)} ago"


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return words(seconds // length, unit)
    return "a minute"


def words(number: int, noun: str) -> str:
    """Returns a number and its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def long_day(day: date) -> str:
    """Returns a day with its weekday."""
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def short_day(day: date) -> str:
    """Returns a day without its year."""
    return f"{day.day} {day:%b}"


def size(number: float | None) -> str:
    """Returns bytes in the largest unit that leaves a number above one."""
    value = float(number or 0)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:,.0f} {unit}" if unit == "bytes" else f"{value:,.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} TB"


def took(seconds: float | None) -> str:
    """Returns a duration."""
    if seconds is None:
        return NOTHING
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def country_name(code: str) -> str:
    """Returns the English name of a country; the code itself where there is none."""
    return _names("territories").get(code, code)


def language_name(code: str) -> str:
    """Returns the English name of a language; the code itself where there is none."""
    return "unsure" if code == "und" else _names("languages").get(code, code)


@cache
def _names(kind: str) -> dict[str, str]:
    from babel import Locale  # Late: the first page should not wait for it more than it must.

    names: Any = getattr(Locale("en"), kind)
    return dict(names)


def paragraphs(text: str | None) -> list[str]:
    """Returns the paragraphs of a text."""
    return [part for part in shown_text.plain(text).split("\n\n") if part.strip()]


Render = Callable[..., Response]
