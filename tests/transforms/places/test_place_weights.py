"""The table of weights decides, and says of each weight what it is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import feedlake.transforms.places.place_weights
from feedlake.transforms.enrich.enrichers import EnrichOptions
from feedlake.transforms.enrich.places_index import prepare
from feedlake.transforms.normalize.word_tables import read_rows
from feedlake.transforms.places.find_places import find_places
from feedlake.transforms.places.gazetteer import FEATURES, open_gazetteer
from feedlake.transforms.places.place_weights import COLUMNS, WEIGHTS

ROWS = [
    dict(zip(COLUMNS, row, strict=True))
    for row in read_rows(
        feedlake.transforms.places.place_weights.__package__,
        "place_weights.tsv",
        columns=len(COLUMNS),
    )
]
FOLDER = Path(feedlake.transforms.places.place_weights.__file__).parent


def test_each_weight_says_its_unit_meaning_and_source():
    for row in ROWS:
        assert row["unit"] in ("points", "inhabitants", "letters", "names"), row
        assert re.fullmatch(r"hand( [+-]\d+\.\d\d)?", row["source"]), row
        assert len(row["meaning"]) > 8, row
    assert len({row["meaning"] for row in ROWS}) > 0.9 * len(ROWS)


def test_the_code_reads_each_weight_and_no_other_number():
    trees = {
        name: ast.parse((FOLDER / name).read_text("utf-8"))
        for name in ("place_scores.py", "place_ranking.py", "find_places.py", "gazetteer.py")
    }
    read = {
        node.value
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    } | {f"prominence_{feature}" for feature in FEATURES}
    numbers = {
        node.value
        for node in ast.walk(trees["place_scores.py"])
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    }

    assert set(WEIGHTS) - read == set()
    assert numbers - {True, False} <= {0.0, 1, 2, 3}  # Places in texts, and nothing found.


TEXT = "The minister spoke in Springfield. Later she went to Chicago, and nobody was surprised."


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("needed", -3.0, ["Springfield", "Chicago"]),
        ("needed", -50.0, []),
        ("after_in_word", -20.0, ["Chicago"]),
        ("town_largest", -20.0, ["Springfield"]),
    ],
)
def test_a_changed_weight_changes_what_is_found(name, value, found, monkeypatch):
    monkeypatch.setitem(WEIGHTS, name, value)
    gazetteer = open_gazetteer(Path(prepare(EnrichOptions(("places",))).cache or ""))

    places = find_places(None, TEXT, language="en", gazetteer=gazetteer).places

    assert [place.name for place in places] == found
