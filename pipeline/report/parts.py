"""Parts that sections of a report are made of: headings with their SQL, tables, bars in cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from feedlake.pipeline.report.elements import Child, Html, tag
from feedlake.pipeline.report.gather import MAX_ADDRESS_CHARS
from feedlake.pipeline.shown.shown_values import count
from feedlake.pipeline.views.shown_text import line
from feedlake.pipeline.views.view_addresses import outside


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        title: What stands above it.
        kind: The class of its cells: `number`, `bar`, `wide` or empty.
    """

    title: str
    kind: str = ""


def section(name: str, title: str, *children: Child, kind: str = "") -> Html:
    """Returns a section with its heading.

    Args:
        name: Its address within the page.
        title: The heading.
        children: What is below.
        kind: Further class.
    """
    heading = tag("h2", title, id=f"{name}-title")
    return tag(
        "section",
        heading,
        children,
        id=name,
        class_=f"part {kind}".rstrip(),
        aria_labelledby=f"{name}-title",
    )


def sql_of(*statements: str, title: str = "The SQL of this figure") -> Html:
    """Returns statements that a reader can unfold.

    Args:
        statements: As they were asked; empty ones are left out.
        title: What to click on.
    """
    shown = [
        tag("pre", tag("code", one), tabindex=0, role="region", aria_label="SQL")
        for one in statements
        if one
    ]
    return tag("details", tag("summary", title), shown, class_="sql-of") if shown else Html("")


def table(caption: str, columns: Sequence[Column], rows: Sequence[Sequence[Child]]) -> Html:
    """Returns a table whose first cells are the headings of its rows.

    Args:
        caption: What it shows.
        columns: Its columns.
        rows: Its cells.
    """
    head = tag(
        "thead",
        tag(
            "tr",
            [
                tag("th", one.title, scope="col", class_=one.kind or None)
                if one.title
                else tag("td", class_=one.kind or None)
                for one in columns
            ],
        ),
    )
    body = [
        tag(
            "tr",
            [
                tag("td", cell, class_=column.kind or None)
                if place
                else tag("th", cell, scope="row", class_=column.kind or None)
                for place, (column, cell) in enumerate(zip(columns, row, strict=True))
            ],
        )
        for row in rows
    ]
    made = tag("table", tag("caption", caption), head, tag("tbody", body))
    return tag("div", made, class_="table-frame", tabindex=0, role="region", aria_label=caption)


def bar(value: float, most: float, *, kind: str = "") -> Html:
    """Returns a bar for a cell; the number stands in words beside it.

    Args:
        value: How long it is.
        most: The value of the longest.
        kind: Its class, which gives its colour.
    """
    width = max(100 * value / most, 0.8) if most > 0 and value > 0 else 0
    return Html(
        '<svg class="meter" aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none">'
        f'<rect class="{kind or "plain"}" width="{width:.1f}" height="10"/></svg>'
    )


def numbers(pairs: Sequence[tuple[float | str | None, str]]) -> Html:
    """Returns large numbers, each above what it counts."""
    return tag(
        "ul",
        [
            tag("li", tag("strong", value if isinstance(value, str) else count(value)), " ", name)
            for value, name in pairs
        ],
        class_="numbers",
    )


def address(url: str | None, text: Child, **attributes: str | None) -> Html:
    """Returns a text that links to a page on the web, or the text alone if nothing may be linked.

    Args:
        url: The address, as a lake has it.
        text: What is shown.
        attributes: Further attributes.
    """
    to = outside(url) if url is not None and len(url) <= MAX_ADDRESS_CHARS else None
    if to is None:
        return tag("span", text, **attributes)
    return tag("a", text, href=to, rel="noopener noreferrer nofollow", **attributes)


def name(text: str | None, limit: int = 60) -> Html:
    """Returns a name of strangers: on one line, not too long, in its own direction of writing."""
    return tag("bdi", line(text, limit))


def more(shown: int, of: int, what: str) -> Html:
    """Returns a note below a table that doesn't show all; nothing if it does."""
    if of <= shown:
        return Html("")
    return tag("p", f"The first {shown:,} of {of:,} {what}.", class_="note")
