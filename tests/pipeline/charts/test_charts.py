from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from feedlake.pipeline.charts.bars import Bar, draw_bars, draw_lines
from feedlake.pipeline.charts.strips import Part, draw_flow, draw_strip
from feedlake.pipeline.charts.world_map import Point, draw_map

HOSTILE = "<script>alert(1)</script>\"'&"

SVG = "{http://www.w3.org/2000/svg}"


def parse(drawn: str) -> ElementTree.Element:
    return ElementTree.fromstring(
        drawn.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    )


@pytest.mark.parametrize(
    "drawn",
    [
        draw_bars([Bar(HOSTILE, 1, f"/?q={HOSTILE}")], title=HOSTILE),
        draw_lines([[1.0, 2.0]], title=HOSTILE),
        draw_strip([HOSTILE], title=HOSTILE),
        draw_flow([Part(HOSTILE, 3)], title=HOSTILE),
        draw_map([Point(HOSTILE, 1, 1, 1, HOSTILE)], title=HOSTILE),
    ],
)
def test_texts_of_strangers_stay_texts(drawn):
    found = parse(drawn)

    assert not [*found.iter(f"{SVG}script")]
    assert HOSTILE in found.get("aria-label", "")
    assert "style=" not in drawn  # The policy of pages forbids it.


@pytest.mark.parametrize(
    "drawn",
    [
        draw_bars([], title="t"),
        draw_bars([Bar("none", 0)], title="t"),
        draw_lines([], title="t"),
        draw_lines([[None], []], title="t"),
        draw_strip([], title="t"),
        draw_flow([], title="t"),
        draw_flow([Part("articles", 0)], title="t"),
        draw_map([], title="t"),
        draw_map([], title="t", is_near=True),
        draw_map([Point("nowhere", float("nan"), 0)], title="t"),
    ],
)
def test_nothing_can_be_drawn_too(drawn):
    assert parse(drawn).get("role") == "img"
    assert "nan" not in drawn


def test_bars_are_as_high_as_their_values():
    drawn = parse(draw_bars([Bar("a", 2), Bar("b", 4), Bar("c", 0)], title="t"))

    heights = [
        float(bar.get("height", ""))
        for bar in drawn.iter(f"{SVG}rect")
        if bar.get("class") == "bar"
    ]
    assert heights == [50.0, 100.0, 0.0]


def test_a_line_has_a_gap_where_there_is_no_value():
    drawn = draw_lines([[1.0, None, 3.0, 4.0]], title="t")

    [line] = re.findall(r'class="line line-1" d="([^"]*)"', drawn)
    assert re.findall("[A-Z]", line) == ["M", "M", "L"]


def test_points_lie_where_they_are():
    drawn = parse(draw_map([Point("Quito", -0.23, -78.52)], title="t"))

    [circle] = drawn.iter(f"{SVG}circle")
    assert (circle.get("cx"), circle.get("cy")) == ("202.96", "168.46")


def test_a_near_map_shows_the_part_around_its_points():
    points = [Point("Bergen", 60.39, 5.32), Point("Hamburg", 53.58, 10.02)]
    x, y, width, height = map(
        float, (parse(draw_map(points, title="t", is_near=True)).get("viewBox") or "").split()
    )

    assert width == 150.0
    for point in points:
        assert x <= (point.longitude + 180) * 2 <= x + width
        assert y <= (84 - point.latitude) * 2 <= y + height


def test_bands_of_a_flow_end_in_places_of_one_height():
    drawn = draw_flow([Part("articles", 90), Part("rejects", 10)], title="t")

    ends = re.findall(r"120 ([\d.]+)V([\d.]+)C", drawn)
    middles = [(float(top) + float(bottom)) / 2 for top, bottom in ends]
    assert middles == pytest.approx([20, 60])
