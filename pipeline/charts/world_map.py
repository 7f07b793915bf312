"""A map of the world with points on it.

The outline is made from Natural Earth's land at 1:110 million, which is in the public domain:
longitude and latitude as they are, two units a degree, from 84° north to 60° south.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import NamedTuple

from feedlake.pipeline.charts.descriptions import describe

_NORTH, _SOUTH = 84.0, -60.0
_LEAST, _MOST = 2.2, 15.0
"""Radii of the smallest and the largest point."""


class Point(NamedTuple):
    """A place.

    Attributes:
        label: What it is, in words.
        latitude: In degrees.
        longitude: In degrees.
        weight: How much there is; 1 or more.
        link: Where a click leads; empty: nowhere.
    """

    label: str
    latitude: float
    longitude: float
    weight: float = 1
    link: str = ""


def draw_map(
    points: Sequence[Point], *, title: str, description: str = "", is_near: bool = False
) -> str:
    """Returns a map as SVG, the largest points below.

    Args:
        points: What is on it.
        title: What it shows.
        description: What can be seen in it, in a sentence for those who don't see it.
        is_near: Whether to show only the part that they are in.
    """
    most = max((point.weight for point in points), default=1)
    box = _part(points) if is_near and points else (0.0, 0.0, 720.0, 288.0)
    zoom = box[2] / 720
    drawn = []
    for point in sorted(points, key=lambda one: -one.weight):
        if not (math.isfinite(point.latitude) and math.isfinite(point.longitude)):
            continue
        x, y = _place(point)
        radius = (_LEAST + (_MOST - _LEAST) * math.sqrt(point.weight / most)) * zoom
        radius = radius if len(points) > 1 or not is_near else 6 * zoom
        circle = f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:.2f}"/>'
        name = escape(point.label)
        if point.link:
            drawn.append(
                f'<a href="{escape(point.link)}" tabindex="-1" aria-label="{name}">'
                f"<title>{name}</title>{circle}</a>"
            )
        else:
            drawn.append(f"<g><title>{name}</title>{circle}</g>")
    role = "group" if any(point.link for point in points) else "img"
    return (
        f'<svg class="map" role="{role}" aria-label="{escape(title)}" '
        f'viewBox="{" ".join(f"{one:.2f}" for one in box)}">'
        f"{describe(title, description)}"
        f'<path class="land" d="{_outline()}"/>{"".join(drawn)}</svg>'
    )


def _place(point: Point) -> tuple[float, float]:
    latitude = min(max(point.latitude, _SOUTH), _NORTH)
    return (point.longitude + 180) * 2, (_NORTH - latitude) * 2


def _part(points: Sequence[Point]) -> tuple[float, float, float, float]:
    """The part of the map around points: not too small to recognise, and as wide as the whole."""
    places = [_place(point) for point in points]
    left, right = min(x for x, _ in places), max(x for x, _ in places)
    top, bottom = min(y for _, y in places), max(y for _, y in places)
    width = min(max((right - left) * 1.5, (bottom - top) * 1.5 * 2.5, 150.0), 720.0)
    height = width / 2.5
    x = min(max((left + right - width) / 2, 0.0), 720.0 - width)
    y = min(max((top + bottom - height) / 2, 0.0), 288.0 - height)
    return x, y, width, height


@cache
def _outline() -> str:
    text = Path(__file__).with_name("world_outline.svg").read_text(encoding="utf-8")
    found = re.search(r'd="([^"]*)"', text)
    assert found is not None
    return found[1]
