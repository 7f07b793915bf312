"""How likely a name is a place, and which of several places of that name it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from feedlake.transforms.places.country_names import STATES
from feedlake.transforms.places.gazetteer import KnownPlace
from feedlake.transforms.places.place_mentions import Mention
from feedlake.transforms.places.place_weights import WEIGHTS
from feedlake.transforms.places.place_words import (
    ABBREVIATIONS_WITH_SMALL_LETTERS,
    AFTER_NAMES,
    AREA_PREFIXES,
    BEFORE_PLACES,
    CITIES_BEFORE_STATES,
    COMMON_WORDS,
    DEMONYMS,
    DISH_WORDS,
    FIRST_NAMES,
    IN_WORDS,
    KIND_WORDS,
    MONTHS,
    PERSON_TITLES,
    ROLES,
    US_ABBREVIATIONS,
)

_SIZES = (
    ("town_largest_inhabitants", "town_largest"),
    ("town_large_inhabitants", "town_large"),
    ("town_rather_large_inhabitants", "town_rather_large"),
    ("town_medium_inhabitants", "town_medium"),
    ("town_small_inhabitants", "town_small"),
)
"""Weights: least inhabitants of a town of each size, and its points."""


class Ranking:
    """Ranks the places of names by what a text says of countries and their divisions."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        """Starts with no division told.

        Args:
            weights: How much the text is about each country.
        """
        total = sum(weights.values()) or 1.0
        self._countries = {
            country: WEIGHTS["told_country_share"] * weight / total + WEIGHTS["told_country"]
            for country, weight in weights.items()
            if weight
        }
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
        countries, says_region = self._countries, mention.says_region
        is_city = mention.key in CITIES_BEFORE_STATES and not says_region
        scored = []
        for place, is_own in mention.candidates:
            score = place.prominence + countries.get(place.country, 0.0)
            if is_own:
                score += WEIGHTS["own_name"]
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


def is_abbreviation(word: str) -> bool:
    """Returns whether a word is a state of the United States, abbreviated."""
    return word.replace(".", "").casefold() in US_ABBREVIATIONS


def judge_mention(
    mention: Mention, place: KnownPlace, *, persons: set[str], near: float, is_english: bool
) -> float:
    """Returns the points by which a name is more likely a place than not.

    Below 0 they are not all counted: most names are far below for want of size and context.

    Args:
        mention: The name.
        place: The likeliest place of that name.
        persons: Names that are a person's somewhere in the text.
        near: Points for what else the text says of the country or division.
        is_english: Whether the text is in English, where names of other languages are rare.
    """
    is_own = any(is_own for known, is_own in mention.candidates if known is place)
    size = _size_points(mention, place, is_own=is_own, is_english=is_english)
    score = _add_context(mention, size + near + WEIGHTS["needed"])
    if not mention.is_cased:
        return score + _uncased_points(mention, place, near)
    if score < 0:
        return score
    score += _word_points(mention, place, near, is_own=is_own)
    if score < 0:
        return score
    score += _person_points(mention, place, persons=persons, near=near)
    return score + _name_points(mention, place, near)


def _add_context(mention: Mention, score: float) -> float:
    """The points with those for the words around a name."""
    before, after = mention.before_folded, mention.after_folded
    if before in BEFORE_PLACES:
        score += WEIGHTS["after_in_word"] if before in IN_WORDS else WEIGHTS["after_place_word"]
    if mention.words > 1:
        score += WEIGHTS["several_words"]
    if mention.is_dateline:
        score += WEIGHTS["dateline"]
    if (
        after in KIND_WORDS
        or (before == "of" and mention.before2.casefold() in KIND_WORDS)
        or (before in KIND_WORDS and mention.key not in COMMON_WORDS)
    ):
        score += WEIGHTS["kind_word"]
    return score


def _is_large(place: KnownPlace) -> bool:
    return place.feature in ("country", "continent")


def _size_points(mention: Mention, place: KnownPlace, *, is_own: bool, is_english: bool) -> float:
    """Points for what a place is, and for how many live there."""
    if _is_large(place):
        return _country_points(mention, place, is_own=is_own, is_english=is_english)
    if place.feature == "region":
        if place.country in STATES:
            return WEIGHTS["state"]
        is_small = place.population < WEIGHTS["large_region_inhabitants"]
        return WEIGHTS["region_small"] if is_small else WEIGHTS["region"]
    points = _town_points(place.population)
    if not is_own and points < WEIGHTS["town_largest"]:
        points += WEIGHTS["town_other_name"]
    if place.feature == "capital" and place.population > WEIGHTS["capital_inhabitants"]:
        return max(points, WEIGHTS["capital"])
    return points


def _town_points(population: int) -> float:
    for least, points in _SIZES:
        if population >= WEIGHTS[least]:
            return WEIGHTS[points]
    return WEIGHTS["town_smallest"]


def _country_points(
    mention: Mention, place: KnownPlace, *, is_own: bool, is_english: bool
) -> float:
    if is_own or not mention.is_cased:
        return WEIGHTS["country"] if place.feature == "country" else WEIGHTS["continent"]
    if is_english:
        return WEIGHTS["country_other_name_in_english"]
    if mention.is_sentence_start and len(mention.key) < WEIGHTS["short_name_letters"]:
        return WEIGHTS["country_other_name"] + WEIGHTS["country_short_first_word"]
    return WEIGHTS["country_other_name"]


def _uncased_points(mention: Mention, place: KnownPlace, near: float) -> float:
    """Points against a name in a script without capitals, where any word may be one."""
    if _is_large(place) or place.population >= WEIGHTS["uncased_sure_inhabitants"]:
        return 0.0
    letters = mention.end - mention.start
    is_long = letters >= WEIGHTS["uncased_long_letters"]
    is_large = place.population >= WEIGHTS["uncased_large_inhabitants"]
    if is_large and letters >= WEIGHTS["uncased_least_letters"]:
        return 0.0 if near or is_long else WEIGHTS["uncased_two_letters"]
    return WEIGHTS["uncased_small_near"] if near and is_long else WEIGHTS["uncased_small"]


def _word_points(mention: Mention, place: KnownPlace, near: float, *, is_own: bool) -> float:
    """Points against a name that is a word, too."""
    if mention.words > 1:
        return 0.0
    if mention.key in MONTHS:
        return WEIGHTS["month"]
    if mention.key == "turkey":
        is_dish = mention.after in DISH_WORDS or (mention.is_lower_elsewhere and not near)
        return WEIGHTS["turkey_dish"] if is_dish else 0.0
    points = 0.0
    if not (_is_large(place) and is_own):
        if mention.key in COMMON_WORDS:
            if near >= WEIGHTS["near_stated"]:
                return 0.0
            points += _common_word_points(mention, near)
        elif mention.is_lower_elsewhere:
            points += WEIGHTS["lower_elsewhere"]
    if mention.is_sentence_start and place.feature in ("city", "region"):
        limit = WEIGHTS["unknown_near_inhabitants" if near else "unknown_inhabitants"]
        points += WEIGHTS["unknown_at_start"] if place.population < limit else 0.0
    if mention.key in DEMONYMS:
        points += WEIGHTS["demonym"]
    return points


def _common_word_points(mention: Mention, near: float) -> float:
    is_near = near >= WEIGHTS["near_division"]
    points = WEIGHTS["common_word_near" if is_near else "common_word"]
    if mention.is_sentence_start or mention.is_headline or mention.is_title:
        points += WEIGHTS["common_word_capital"]
    return points


def _person_points(mention: Mention, place: KnownPlace, *, persons: set[str], near: float) -> float:
    """Points against a name that is a person's."""
    before = mention.before_folded
    is_large = _is_large(place)
    if mention.is_in_person:
        # `President Turkey` is no place, but headlines have `Minister Israel visit`.
        return 0.0 if is_large and before in PERSON_TITLES else WEIGHTS["in_person"]
    points = 0.0
    is_in = before in IN_WORDS
    if mention.key in persons and not is_large and near < WEIGHTS["near_stated"]:
        points += WEIGHTS["person_elsewhere_in" if is_in else "person_elsewhere"]
    if (
        mention.key in FIRST_NAMES
        and place.population < WEIGHTS["first_name_inhabitants"]
        and near < WEIGHTS["near_division"]
        and not is_large
    ):
        is_likelier = is_in or place.feature == "region"
        points += WEIGHTS["first_name_in" if is_likelier else "first_name"]
    if _has_name_before(mention):
        if mention.is_second:
            points += WEIGHTS["name_before_second"]
        else:
            points += WEIGHTS["name_before_large" if is_large else "name_before"]
    return points


def _has_name_before(mention: Mention) -> bool:
    """Whether the word before a name has a capital that nothing but a name explains."""
    before = mention.before_folded
    return (
        mention.before[:1].isupper()
        and not mention.is_headline
        and not mention.before.isupper()
        and not mention.before.endswith(("'s", "\u2019s"))
        and before not in AREA_PREFIXES
        and before not in BEFORE_PLACES
        and before not in KIND_WORDS
        and before not in DEMONYMS
        and before not in ROLES
    )


def _name_points(mention: Mention, place: KnownPlace, near: float) -> float:
    """Points against a name that is part of another name: a paper, a club, an organisation."""
    if not mention.after or mention.gap not in (" ", "-"):
        return 0.0
    after, has_capital = mention.after_folded, mention.after[:1].isupper()
    if after in AFTER_NAMES and has_capital:
        return WEIGHTS["after_name"]
    if len(mention.after) <= WEIGHTS["acronym_letters"] and mention.after.isupper():
        return 0.0
    if not has_capital or mention.is_headline or mention.is_shouted:
        return 0.0
    if after in ROLES or after in KIND_WORDS or after in DEMONYMS:
        return 0.0
    if near >= WEIGHTS["near_stated"]:
        return 0.0
    return WEIGHTS["capital_after_large" if _is_large(place) else "capital_after"]
