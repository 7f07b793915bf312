"""Strips: a cell for each of some days, and flows: what something is divided into."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from feedlake.pipeline.charts.descriptions import describe

_CELL, _GAP, _TALL = 6, 2, 18


def draw_strip(words: Sequence[str], *, title: str) -> str:
    """Returns a strip as SVG: a cell for each word, which is its class; empty: no cell.

    Args:
        words: Such as `good`, `bad` or `none`, from the left to the right.
        title: What it shows.
    """
    step = _CELL + _GAP
    paths = []
    for word in sorted(set(words) - {""}):
        cells = "".join(
            f"M{number * step} 0h{_CELL}v{_TALL}h-{_CELL}z"
            for number, one in enumerate(words)
            if one == word
        )
        paths.append(f'<path class="cell {escape(word)}" d="{cells}"/>')
    width = max(len(words) * step - _GAP, 1)
    return (
        f'<svg class="strip" role="img" aria-label="{escape(title)}" width="{width}" '
        f'height="{_TALL}" viewBox="0 0 {width} {_TALL}">{"".join(paths)}</svg>'
    )


class Part(NamedTuple):
    """A part of what is divided.

    Attributes:
        name: A word, which is its class.
        value: How much it is.
    """

    name: str
    value: int


def draw_flow(parts: Sequence[Part], *, title: str, description: str = "") -> str:
    """Returns a flow as SVG: from one band on the left to a place for each part on the right.

    The places are of one height, so that a list beside it with rows of one height says what each
    is. Bands are as wide as the parts are large.

    Args:
        parts: From the top down.
        title: What it shows.
        description: What can be seen in it, in a sentence for those who don't see it.
    """
    whole = sum(part.value for part in parts) or 1
    slot = 40.0
    height = slot * len(parts)
    scale = (slot * 0.86) / max(max((part.value for part in parts), default=1), 1)
    scale = min(scale, height * 0.9 / whole)
    top = (height - whole * scale) / 2
    drawn = []
    for number, part in enumerate(parts):
        wide = part.value * scale
        if part.value:
            wide = max(wide, 0.8)
        middle = slot * number + slot / 2
        start, end = top, middle - wide / 2
        drawn.append(
            f'<path class="flow {escape(part.name)}" d="M0 {start:.2f}C60 {start:.2f} 60 {end:.2f} '
            f"120 {end:.2f}V{end + wide:.2f}C60 {end + wide:.2f} 60 {start + wide:.2f} "
            f'0 {start + wide:.2f}z"><title>{escape(part.name)}: {part.value:,}</title></path>'
        )
        top += part.value * scale
    return (
        f'<svg class="flows" role="img" aria-label="{escape(title)}" '
        f'viewBox="0 0 120 {height:g}" preserveAspectRatio="none">{describe(title, description)}'
        f"{''.join(drawn)}</svg>"
    )
