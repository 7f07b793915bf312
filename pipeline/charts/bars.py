"""Bars and lines: one value after the other."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from feedlake.pipeline.charts.descriptions import describe

_HEIGHT = 100.0
_GAP = 0.18
"""Part of a bar's place that stays free."""


class Bar(NamedTuple):
    """A value.

    Attributes:
        label: What it is of, and how much, in words.
        value: How much; not negative.
        link: Where a click leads; empty: nowhere.
        is_chosen: Whether it stands out.
    """

    label: str
    value: float
    link: str = ""
    is_chosen: bool = False


def draw_bars(bars: Sequence[Bar], *, title: str, description: str = "") -> str:
    """Returns bars as SVG that fills the width it gets; it has no text in it but names.

    Args:
        bars: From the left to the right.
        title: What they show.
        description: What can be seen in it, in a sentence for those who don't see it.
    """
    most = max((bar.value for bar in bars), default=0) or 1
    width = 10.0
    parts = []
    for number, bar in enumerate(bars):
        height = _HEIGHT * bar.value / most
        if bar.value:
            height = max(height, 1.5)
        left = number * width
        chosen = " chosen" if bar.is_chosen else ""
        drawn = (
            f'<rect class="hit" x="{left:g}" y="0" width="{width:g}" height="{_HEIGHT:g}"/>'
            f'<rect class="bar{chosen}" x="{left + width * _GAP / 2:.2f}" '
            f'y="{_HEIGHT - height:.2f}" width="{width * (1 - _GAP):.2f}" height="{height:.2f}"/>'
        )
        if bar.link:
            current = ' aria-current="true"' if bar.is_chosen else ""
            parts.append(
                f'<a href="{escape(bar.link)}" aria-label="{escape(bar.label)}"{current}>'
                f"<title>{escape(bar.label)}</title>{drawn}</a>"
            )
        else:
            parts.append(f"<g><title>{escape(bar.label)}</title>{drawn}</g>")
    role = "group" if any(bar.link for bar in bars) else "img"
    return (
        f'<svg class="bars" role="{role}" aria-label="{escape(title)}" '
        f'viewBox="0 0 {max(len(bars), 1) * width:g} {_HEIGHT:g}" preserveAspectRatio="none">'
        f"{describe(title, description)}{''.join(parts)}</svg>"
    )


def draw_lines(
    lines: Sequence[Sequence[float | None]], *, title: str, description: str = ""
) -> str:
    """Returns lines as SVG that fills the width it gets, all on one scale that begins at 0 or less.

    Args:
        lines: The values of each, at the same places; None where there is none.
        title: What they show.
        description: What can be seen in it, in a sentence for those who don't see it.
    """
    known = [value for line in lines for value in line if value is not None]
    low, high = min(0.0, *known, 0.0), max(0.0, *known, 0.0)
    span = (high - low) or 1.0
    parts = []
    for number, line in enumerate(lines):
        step = 300.0 / max(len(line) - 1, 1)
        pen, commands = "M", []
        for place, value in enumerate(line):
            if value is None:
                pen = "M"
                continue
            commands.append(f"{pen}{place * step:.2f} {_HEIGHT * (high - value) / span:.2f}")
            pen = "L"
        if len(commands) == 1:  # One point is no line; a dot shows it.
            commands.append("h0.01")
        parts.append(f'<path class="line line-{number + 1}" d="{"".join(commands)}"/>')
    zero = _HEIGHT * high / span
    return (
        f'<svg class="lines" role="img" aria-label="{escape(title)}" '
        f'viewBox="0 0 300 {_HEIGHT:g}" preserveAspectRatio="none">'
        f"{describe(title, description)}"
        f'<path class="axis" d="M0 {zero:.2f}H300"/>{"".join(parts)}</svg>'
    )
