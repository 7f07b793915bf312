"""Which of several places a name is, by what the text says of countries and their divisions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import pairwise

from feedlake.transforms.places.country_names import STATES
from feedlake.transforms.places.gazetteer import KnownPlace
from feedlake.transforms.places.language_rules import AND_WORDS
from feedlake.transforms.places.place_mentions import Mention
from feedlake.transforms.places.place_weights import WEIGHTS
from feedlake.transforms.places.place_words import (
    ABBREVIATIONS_WITH_SMALL_LETTERS,
    CITIES_BEFORE_STATES,
    US_ABBREVIATIONS,
)


class Ranking:
    """Ranks the places of names by what a text says of countries and their divisions."""

    def __init__(self, weights: Mapping[str, float], natives: Collection[str], home: str) -> None:
        """Starts with no division told.

        Args:
            weights: How much the text is about each country.
            natives: Countries in which its language is spoken; none for English.
            home: The one of them whose towns are meant rather than larger ones elsewhere; empty
                for none.
        """
        self._natives, self._home = natives, home
        total = sum(weights.values()) or 1.0
        shares = {country: weight / total for country, weight in weights.items() if weight}
        self._countries, self._towns = (
            {
                country: WEIGHTS["told_country"] + WEIGHTS[name] * share
                for country, share in shares.items()
            }
            for name in ("told_country_share", "told_country_town_share")
        )
        self._admins: dict[tuple[str, str], float] = {}
        self._scored: dict[tuple[object, ...], list[tuple[KnownPlace, tuple[str, str], float]]] = {}
        self._best: dict[tuple[object, ...], tuple[KnownPlace, float]] = {}

    def tell_admins(self, admins: Mapping[str, Collection[str]]) -> None:
        """Ranks from now on by names found in first-level divisions, by `country.admin1`."""
        points, most = WEIGHTS["told_division"], WEIGHTS["told_division_names"]
        self._admins = {
            (code[:2], code[3:]): points * min(most, len(names)) for code, names in admins.items()
        }
        self._best = {}

    def rank(
        self, mention: Mention, neighbour: tuple[str, str] | None
    ) -> list[tuple[KnownPlace, float]]:
        """Returns the places of a name with their scores, the likeliest first.

        Args:
            mention: The name.
            neighbour: Country and first-level division that the words after the name state.
        """
        if len(mention.candidates) == 1 and neighbour is None:
            return [(mention.candidates[0][0], 0.0)]
        ranked = [
            (place, score + self._admins.get(area, 0.0))
            for place, area, score in self._score_once(mention, neighbour)
        ]
        ranked.sort(key=_by_score)
        return ranked

    def find_best(
        self, mention: Mention, neighbour: tuple[str, str] | None
    ) -> tuple[KnownPlace, float]:
        """Returns the first of what `rank` returns."""
        if len(mention.candidates) == 1 and neighbour is None:
            return mention.candidates[0][0], 0.0
        # Most names of a text come several times.
        known = (mention.key, id(mention.candidates), mention.says_region, neighbour)
        best = self._best.get(known)
        if best is None:
            admins = self._admins
            leader, highest = None, 0.0
            for place, area, score in self._score_once(mention, neighbour):
                if area in admins:
                    score += admins[area]
                if (
                    leader is None
                    or score > highest
                    or (score == highest and place.geonames_id < leader.geonames_id)
                ):
                    leader, highest = place, score
            assert leader is not None, "names have places"
            best = self._best[known] = leader, highest
        return best

    def _score_once(
        self, mention: Mention, neighbour: tuple[str, str] | None
    ) -> list[tuple[KnownPlace, tuple[str, str], float]]:
        known = (mention.key, id(mention.candidates), mention.says_region, neighbour)
        scored = self._scored.get(known)
        if scored is None:
            scored = self._scored[known] = self._score(mention, neighbour)
        return scored

    def _score(
        self, mention: Mention, neighbour: tuple[str, str] | None
    ) -> list[tuple[KnownPlace, tuple[str, str], float]]:
        """The places of a name, their divisions and their scores but for what these add."""
        says_region = mention.says_region
        is_city = mention.key in CITIES_BEFORE_STATES and not says_region
        scored = []
        for place, is_own in mention.candidates:
            is_town = place.feature not in ("country", "capital") and not is_state(place)
            countries = self._towns if is_town else self._countries
            score = place.prominence + countries.get(place.country, 0.0)
            if is_own:
                score += WEIGHTS["own_name"]
            if place.country in self._natives:
                score += WEIGHTS["home" if place.country == self._home else "native"]
            if place.feature == "region":
                if says_region:
                    score += WEIGHTS["region_said"]
                elif is_city:
                    score += WEIGHTS["region_of_city_name"]
            if (
                neighbour is not None
                and neighbour[0] == place.country
                and place.feature != "country"
                and neighbour[1] in ("", place.admin1)
            ):
                score += WEIGHTS["stated"]
            scored.append((place, (place.country, place.admin1), score))
        return scored


def is_state(place: KnownPlace) -> bool:
    """Returns whether a place is a division that the world's news calls by its name alone."""
    return place.feature == "region" and place.country in STATES


def _by_score(item: tuple[KnownPlace, float]) -> tuple[float, int]:
    return -item[1], item[0].geonames_id


def read_neighbour(mention: Mention, after: Mention | None) -> tuple[str, str] | None:
    """Returns country and division that stand right after a name, as in `Paris, Texas`.

    Args:
        mention: The name.
        after: The next name of the text, if there is one.
    """
    gap = mention.gap.strip()
    if gap not in (",", "(", "") or (not gap and not mention.after):
        return None
    if gap and mention.next_word and mention.gap in (", ", " ("):
        short = mention.next_word.replace(".", "").casefold()
        state = US_ABBREVIATIONS.get(short)
        has_usual_case = (
            mention.next_word.isupper()
            or len(short) > 2
            or short in ABBREVIATIONS_WITH_SMALL_LETTERS
        )
        if state is not None and mention.next_word[:1].isupper() and has_usual_case:
            return "US", state
    if after is None or after.is_title != mention.is_title or after.start != mention.next_start:
        return None
    if not gap and mention.after:  # `Moscow Idaho`, in headlines; not `China Russia`.
        places = [p for p, _ in after.candidates if p.feature == "region" and p.country == "US"]
    else:
        places = [place for place, _ in after.candidates if place.feature in ("country", "region")]
    known = {
        (place.country, place.admin1)
        for place, _ in mention.candidates
        if place.feature != "country"
    }
    for place in sorted(places, key=lambda place: -place.population):
        if place.feature == "country" and any(country == place.country for country, _ in known):
            return place.country, ""
        if (place.country, place.admin1) in known:
            return place.country, place.admin1
    return None


def find_links(mentions: list[Mention]) -> dict[int, list[int]]:
    """Returns for each mention the numbers of those listed beside it: `Lyon, Nice and Metz`.

    Args:
        mentions: The names of a text.
    """
    links: dict[int, list[int]] = {}
    for number, (mention, after) in enumerate(pairwise(mentions)):
        is_list = mention.gap == ", " and after.start == mention.next_start
        if not is_list and mention.gap in (" ", ", ") and mention.next_word in AND_WORDS:
            is_list = after.start == mention.next_start + len(mention.next_word) + 1
        if is_list:
            links.setdefault(number, []).append(number + 1)
            links.setdefault(number + 1, []).append(number)
    return links


def find_pairs(
    mentions: list[Mention], links: dict[int, list[int]], ranking: Ranking
) -> frozenset[int]:
    """Returns the numbers of names that are listed beside another name of the same division.

    Two small towns speak for each other; in English, two surnames would.

    Args:
        mentions: The names of a text.
        links: What `find_links` returns for them.
        ranking: Tells which places they are.
    """
    areas = {}
    for number in links:
        place, _ = ranking.find_best(mentions[number], None)
        areas[number] = place.country, place.admin1
    return frozenset(
        number
        for number, beside in links.items()
        if areas[number][1]
        and any(
            areas[number] == areas[other] and mentions[number].key != mentions[other].key
            for other in beside
        )
    )


def is_abbreviation(word: str) -> bool:
    """Returns whether a word is a state of the United States, abbreviated."""
    return word.replace(".", "").casefold() in US_ABBREVIATIONS
