"""The gazetteer: places of the world with their names, looked up in an index on disk."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from transforms.gazetteer_build import FILTER_BITS, build_gazetteer, gazetteer_version

Feature = Literal["continent", "country", "region", "capital", "city"]
"""What a place is; `capital`: of a country; `region`: a country's first-level division; `city`:
any other town or village of 500 inhabitants, or a seat of administration."""

FEATURES: tuple[Feature, ...] = get_args(Feature)

_LOCK = threading.Lock()
_OPEN: dict[Path, Gazetteer] = {}


@dataclass(frozen=True)
class KnownPlace:
    """One place of the gazetteer.

    Attributes:
        geonames_id: Its number in GeoNames.
        name: Its name there; a country's usual English name.
        country: ISO 3166-1 alpha-2 code; empty for a continent.
        admin1: GeoNames' code of the first-level division; empty if it has none.
        region: Name of that division; empty if unknown.
        latitude: Degrees north.
        longitude: Degrees east.
        population: Inhabitants; of a region those of its cities; 0 if unknown.
        feature: What it is.
    """

    geonames_id: int
    name: str
    country: str
    admin1: str
    region: str
    latitude: float
    longitude: float
    population: int
    feature: Feature


class Gazetteer:
    """Looks up names; opened from a folder, which is mapped into memory and shared."""

    def __init__(self, folder: Path) -> None:
        head = json.loads((folder / "head.json").read_text(encoding="utf-8"))
        self._codes: list[str] = head["codes"]
        self._regions: dict[str, str] = head["regions"]
        self.neighbours: dict[str, list[str]] = head["neighbours"]
        self._arrays = {
            name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in head["arrays"]
        }
        # Plain views: looking up through numpy's memory map costs more than the search.
        self._keys = np.asarray(self._arrays["keys"])
        self._filter = np.asarray(self._arrays["filter"])
        self._names: dict[int, tuple[tuple[KnownPlace, bool], ...]] = {}
        self._places: dict[int, KnownPlace] = {}

    def find(self, hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        """Returns for each hash of a name its number, -1 where there is no such name."""
        found = np.full(len(hashes), -1, dtype=np.int64)
        # Most are no names: one bit each tells, where the search takes twenty steps.
        bits = hashes >> np.uint64(64 - FILTER_BITS)
        maybe = np.flatnonzero(self._filter[bits >> np.uint64(3)] >> (bits & np.uint64(7)) & 1)
        if len(maybe):
            wanted = hashes[maybe]
            places = np.searchsorted(self._keys, wanted)
            places[places == len(self._keys)] = 0
            found[maybe] = np.where(self._keys[places] == wanted, places, -1)
        return found

    def candidates(self, number: int) -> tuple[tuple[KnownPlace, bool], ...]:
        """Returns the places of a name, each with whether it is the place's own name.

        Args:
            number: A number that `find` returned.
        """
        known = self._names.get(number)
        if known is None:
            starts = self._arrays["starts"]
            postings = self._arrays["postings"][int(starts[number]) : int(starts[number + 1])]
            known = tuple((self._place(abs(value) - 1), value > 0) for value in postings.tolist())
            if len(self._names) >= 10_000:
                self._names.clear()
            self._names[number] = known
        return known

    def _place(self, row: int) -> KnownPlace:
        place = self._places.get(row)
        if place is not None:
            return place
        if len(self._places) >= 20_000:
            self._places.clear()
        arrays = self._arrays
        names, ends = arrays["names"], arrays["name_ends"]
        name = bytes(names[int(ends[row - 1]) if row else 0 : int(ends[row])]).decode()
        code = self._codes[int(arrays["code"][row])]
        country, _, admin1 = code.partition(".")
        feature = FEATURES[int(arrays["feature"][row])]
        place = KnownPlace(
            geonames_id=int(arrays["geonames_id"][row]),
            name=name,
            country=country,
            admin1=admin1,
            region=self._regions.get(code, ""),
            latitude=round(float(arrays["latitude"][row]), 5),
            longitude=round(float(arrays["longitude"][row]), 5),
            population=int(arrays["population"][row]),
            feature=feature,
        )
        self._places[row] = place
        return place


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


def has_gazetteer(cache: Path) -> bool:
    """Returns whether the index is in a folder, so that opening it takes a moment.

    Args:
        cache: As for `open_gazetteer`.
    """
    return (cache / f"gazetteer-{gazetteer_version()}" / "head.json").is_file()


def _open(folder: Path) -> Gazetteer:
    try:
        return Gazetteer(folder)
    except (FileNotFoundError, ValueError, KeyError):  # Missing, or cut short by a full disk.
        build_gazetteer(folder)
    return Gazetteer(folder)
