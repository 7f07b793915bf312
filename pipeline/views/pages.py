"""Pages: templates, and how values are written in them."""

from __future__ import annotations

import hashlib
import os
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from feedlake.pipeline.explore.figure import Figure
from feedlake.pipeline.shown.shown_values import NOTHING as NOTHING
from feedlake.pipeline.shown.shown_values import ago as ago
from feedlake.pipeline.shown.shown_values import count as count
from feedlake.pipeline.shown.shown_values import country_name as country_name
from feedlake.pipeline.shown.shown_values import language_name as language_name
from feedlake.pipeline.shown.shown_values import long_day as long_day
from feedlake.pipeline.shown.shown_values import moment as moment
from feedlake.pipeline.shown.shown_values import short_day as short_day
from feedlake.pipeline.shown.shown_values import size as size
from feedlake.pipeline.shown.shown_values import took as took
from feedlake.pipeline.shown.shown_values import words as words
from feedlake.pipeline.views import shown_text, view_addresses

_HERE = Path(__file__).parent
STATIC = {
    "serve.css": "text/css; charset=utf-8",
    "serve.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
"""The files that pages need, and their types."""

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


def paragraphs(text: str | None) -> list[str]:
    """Returns the paragraphs of a text."""
    return [part for part in shown_text.plain(text).split("\n\n") if part.strip()]
