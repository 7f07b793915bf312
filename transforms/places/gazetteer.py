"""The gazetteer: places of the world with their names, looked up in an index on disk."""

from __future__ import annotations

import json
import math
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from feedlake.transforms.places.country_names import STATES
from feedlake.transforms.places.gazetteer_build import (
    FILTER_BITS,
    FIRST_BITS,
    build_gazetteer,
    gazetteer_version,
    is_sound,
)
from feedlake.transforms.places.name_use import Rules, is_spelled_so, is_used
from feedlake.transforms.places.place_names import ANY_SPELLING, TRANSLITERATED
from feedlake.transforms.places.place_weights import WEIGHTS

Feature = Literal["continent", "country", "region", "capital", "city"]
"""What a place is; `capital`: of a country; `region`: a country's first-level division; `city`:
any other town or village of 500 inhabitants, or a seat of administration."""

FEATURES: tuple[Feature, ...] = get_args(Feature)

_PAIR = 2
_NOBODY: frozenset[str] = frozenset()
_LARGE_TOWN = 50_000
"""A name counts as one of a country with many spellings if its town has more inhabitants."""

_LOCK = threading.Lock()
_OPEN: dict[Path, Gazetteer] = {}


class KnownPlace(NamedTuple):
    """What of a place in the gazetteer tells it from its namesakes.

    No dataclass, since a frozen one takes three times as long to make, and texts name many.

    Attributes:
        geonames_id: Its number in GeoNames.
        country: ISO 3166-1 alpha-2 code; empty for a continent.
        admin1: GeoNames' code of the first-level division; empty if it has none.
        population: Inhabitants; of a region those of its cities; 0 if unknown.
        feature: What it is.
        prominence: How likely its name alone means it: the natural logarithm of its inhabitants
            and 200, and points for what it is; see the weights `prominence_...`.
        row: Its number in the index.
    """

    geonames_id: int
    country: str
    admin1: str
    population: int
    feature: Feature
    prominence: float
    row: int


class FirstWord(NamedTuple):
    """What begins with a word.

    Attributes:
        value: Its hash.
        number: Number of the name that it is by itself, -1 if it is none.
        longest: The most words of names that begin with it, or more; 0 if it begins none.
    """

    value: int
    number: int
    longest: int


class Description(NamedTuple):
    """What else is known of a place.

    Attributes:
        name: Its name in GeoNames; a country's usual English name.
        region: Name of its first-level division; empty if unknown.
        latitude: Degrees north.
        longitude: Degrees east.
    """

    name: str
    region: str
    latitude: float
    longitude: float


class Gazetteer:
    """Looks up names; opened from a folder, which is mapped into memory and shared."""

    def __init__(self, folder: Path) -> None:
        head = json.loads((folder / "head.json").read_text(encoding="utf-8"))
        self._codes: list[str] = head["codes"]
        self._regions: dict[str, str] = head["regions"]
        self.neighbours: dict[str, list[str]] = head["neighbours"]
        arrays = {
            name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))
            for name in head["arrays"]
        }
        self._keys, self._filter = arrays["keys"], arrays["filter"]
        # Single values are read from a memoryview five times as fast as from an array.
        self._columns = {name: values.data for name, values in arrays.items()}
        self._beginnings = self._columns["longest"]
        self._bits, self._sorted = self._columns["filter"], self._columns["keys"]
        self._spoken: dict[str, frozenset[str]] = {
            country: frozenset(languages) for country, languages in head["spoken"].items()
        }
        self._uses = [frozenset(use.split()) for use in head["uses"]]
        self._natives: dict[str, frozenset[str]] = {}
        self._names: dict[tuple[int, str, int], tuple[tuple[KnownPlace, bool], ...]] = {}
        self._rows: dict[int, tuple[KnownPlace, ...]] = {}
        self._places: dict[int, KnownPlace] = {}
        self._firsts: dict[str, dict[str, FirstWord | None]] = {}
        self._spelled: dict[int, bool] = {}

    def find(self, hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        """Returns for each hash of a name its number, -1 where there is no such name."""
        found = np.full(len(hashes), -1, dtype=np.int64)
        # Most hashes are no names. One bit tells so, where a search would take twenty steps.
        bits = hashes >> np.uint64(64 - FILTER_BITS)
        maybe = np.flatnonzero(self._filter[bits >> np.uint64(3)] >> (bits & np.uint64(7)) & 1)
        if len(maybe):
            wanted = hashes[maybe]
            places = np.searchsorted(self._keys, wanted)
            places[places == len(self._keys)] = 0
            found[maybe] = np.where(self._keys[places] == wanted, places, -1)
        return found

    def find_one(self, value: int) -> int:
        """Returns the number of the name of a hash, -1 where there is no such name.

        For a single hash it takes a hundredth of the time that `find` takes.
        """
        bit = value >> (64 - FILTER_BITS)
        if not self._bits[bit >> 3] >> (bit & 7) & 1:
            return -1
        place = bisect_left(self._sorted, value)
        return place if place < len(self._sorted) and self._sorted[place] == value else -1

    def goes_on(self, value: int) -> bool:
        """Returns whether names may begin with two words of a hash and have more of them."""
        return self._beginnings[value >> (64 - FIRST_BITS)] > _PAIR

    def first_words(
        self, words: Iterable[str], kind: str, hash_word: Callable[[str], int | None]
    ) -> Mapping[str, FirstWord | None]:
        """Returns what begins with each of some words, None for those with which no name does.

        Words come again, and it is kept; what is returned may hold others, too.

        Args:
            words: As they stand in a text.
            kind: Tells the hashes of one function from those of others.
            hash_word: Bits for a name that begins with a word, None if none is looked for.
        """
        known = self._firsts.get(kind)
        if known is None or len(known) >= 1 << 16:  # A new one, as a caller may still read the old.
            known = self._firsts[kind] = {}
        for word in set(words).difference(known):
            known[word] = None
            value = hash_word(word)
            if value is not None:
                number, most = self.find_one(value), self._beginnings[value >> (64 - FIRST_BITS)]
                if number >= 0 or most >= _PAIR:
                    known[word] = FirstWord(value, number, most)
        return known

    def has_many_spellings(self, number: int) -> bool:
        """Returns whether a name speaks of a country whose names are spelled in many ways.

        Args:
            number: A number that `find` returned.
        """
        known = self._spelled.get(number)
        if known is None:
            if len(self._spelled) >= 10_000:
                self._spelled.clear()
            known = self._spelled[number] = any(
                place.country in TRANSLITERATED
                and (place.feature != "city" or place.population > _LARGE_TOWN)
                for place in self.places(number)
            )
        return known

    def places(self, number: int) -> tuple[KnownPlace, ...]:
        """Returns all places of a name, in whatever language it is theirs.

        Args:
            number: A number that `find` returned.
        """
        known = self._rows.get(number)
        if known is None:
            if len(self._rows) >= 10_000:
                self._rows.clear()
            starts, rows = self._columns["starts"], self._columns["postings"]
            found = dict.fromkeys(rows[starts[number] : starts[number + 1]].tolist())
            known = self._rows[number] = tuple(map(self._place, found))
        return known

    def countries_speaking(self, language: str) -> frozenset[str]:
        """Returns the countries in which a language is spoken, by GeoNames."""
        known = self._natives.get(language)
        if known is None:
            known = self._natives[language] = frozenset(
                country for country, languages in self._spoken.items() if language in languages
            )
        return known

    def candidates(
        self, number: int, rules: Rules, spelling: int
    ) -> tuple[tuple[KnownPlace, bool], ...]:
        """Returns the places that a name may mean in a text, each with whether it is usual for it.

        Names count in the language of the text, in English and in the place's own.

        Args:
            number: A number that `find` returned.
            rules: What holds for names in the text's language.
            spelling: How the text spells the name, see `place_names.hash_spelling`.
        """
        asked = number, rules.language, spelling
        known = self._names.get(asked)
        if known is None:
            if len(self._names) >= 10_000:
                self._names.clear()
            known = self._names[asked] = self._meant_by(number, rules, spelling)
        return known

    def _meant_by(
        self, number: int, rules: Rules, spelling: int
    ) -> tuple[tuple[KnownPlace, bool], ...]:
        columns = self._columns
        starts = columns["starts"]
        first, last = starts[number], starts[number + 1]
        language = rules.language
        found: dict[int, tuple[KnownPlace, bool]] = {}
        for row, use, spelled in zip(
            columns["postings"][first:last].tolist(),
            columns["uses"][first:last].tolist(),
            columns["spellings"][first:last].tolist(),
            strict=True,
        ):
            place = self._place(row)
            users = self._uses[use]
            spoken = self._spoken.get(place.country, _NOBODY)
            is_usual = is_used(users, spoken, place.feature, rules)
            if is_usual is None:
                continue
            if spelled != spelling:
                is_native = language in users or language in spoken
                if not is_spelled_so(spelling, spelled, is_native, rules):
                    continue
                # `Carta` is rather a word than the Romanian Cârţa.
                is_usual &= rules.has_tones or ANY_SPELLING in (spelled, spelling)
            if row not in found or is_usual:
                found[row] = place, is_usual
        return tuple(found.values())

    def _place(self, row: int) -> KnownPlace:
        place = self._places.get(row)
        if place is not None:
            return place
        if len(self._places) >= 20_000:
            self._places.clear()
        columns = self._columns
        country, _, admin1 = self._codes[columns["code"][row]].partition(".")
        feature = FEATURES[columns["feature"][row]]
        population: int = columns["population"][row]
        known = population + WEIGHTS["prominence_inhabitants"]
        prominence = math.log(known) + WEIGHTS[f"prominence_{feature}"]
        if feature == "region" and country in STATES:
            prominence += WEIGHTS["prominence_state"]
        number = columns["geonames_id"][row]
        place = KnownPlace(number, country, admin1, population, feature, prominence, row)
        self._places[row] = place
        return place

    def describe(self, place: KnownPlace) -> Description:
        """Returns what else is known of a place; few candidates turn out to be meant."""
        columns, row = self._columns, place.row
        ends = columns["name_ends"]
        name = columns["names"][ends[row - 1] if row else 0 : ends[row]].tobytes().decode()
        region = self._regions.get(self._codes[columns["code"][row]], "")
        latitude, longitude = columns["latitude"][row], columns["longitude"][row]
        return Description(name, region, round(latitude, 5), round(longitude, 5))


def open_gazetteer(cache: Path) -> Gazetteer:
    """Returns the gazetteer, once per process; its index is built if the cache lacks it.

    Several processes may open it at once: each that finds none builds one, and the first to
    finish is the one that all use.

    Args:
        cache: Folder for the index; it may be deleted at any time.

    Raises:
        OSError: If the index can neither be read nor written.
    """
    folder = cache / f"gazetteer-{gazetteer_version()}"
    with _LOCK:
        known = _OPEN.get(folder)
        if known is None:
            known = _OPEN[folder] = _open(folder)
    return known


def open_checked_gazetteer(cache: Path) -> Gazetteer:
    """Returns the same from a folder that another process has just looked through.

    So nobody reads all of the index before the first text: opening takes 5 ms instead of 25.

    Args:
        cache: As for `open_gazetteer`.
    """
    folder = cache / f"gazetteer-{gazetteer_version()}"
    with _LOCK:
        known = _OPEN.get(folder)
        if known is None:
            try:
                known = _OPEN[folder] = Gazetteer(folder)
            except (OSError, EOFError, ValueError, KeyError, TypeError):  # Gone since then.
                known = _OPEN[folder] = _open(folder)
    return known


def has_gazetteer(cache: Path) -> bool:
    """Returns whether a sound index is in a folder, so that opening it takes a moment.

    Args:
        cache: As for `open_gazetteer`.
    """
    return is_sound(cache / f"gazetteer-{gazetteer_version()}")


def _open(folder: Path) -> Gazetteer:
    if not is_sound(folder):  # Missing, cut short by a full disk, or damaged.
        build_gazetteer(folder)
    return Gazetteer(folder)
