"""How likely a name is a place, and which of several places of that name it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from feedlake.transforms.places.country_names import STATES
from feedlake.transforms.places.gazetteer import KnownPlace
from feedlake.transforms.places.place_mentions import Mention
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

# Points for and against a mention; those that reach 0 in all are places. The weights were set by
# hand on news texts, and `benchmarks/enrichment.py` measures what they give.
_NEEDED = 3.0
_SIZES = ((1_000_000, 4.0), (250_000, 3.5), (100_000, 3.0), (30_000, 2.0), (5_000, 1.0), (0, 0.5))


class Ranking:
    """Ranks the places of names by what a text says of countries and their divisions."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        """Starts with no division told.

        Args:
            weights: How much the text is about each country.
        """
        total = sum(weights.values()) or 1.0
        self._countries = {
            country: 6.0 * weight / total + 3.0 for country, weight in weights.items() if weight
        }
        self._admins: dict[tuple[str, str], float] = {}
        self._scored: dict[tuple[object, ...], list[tuple[KnownPlace, tuple[str, str], float]]] = {}
        self._best: dict[tuple[object, ...], tuple[KnownPlace, float]] = {}

    def tell_admins(self, admins: Mapping[str, Collection[str]]) -> None:
        """Ranks from now on by names found in first-level divisions, by `country.admin1`."""
        self._admins = {
            (code[:2], code[3:]): 2.0 * min(2, len(names)) for code, names in admins.items()
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
                score += 2.5
            if place.feature == "region":
                if says_region:
                    score += 6.0
                elif is_city:
                    score -= 6.0
            if (
                neighbour is not None
                and neighbour[0] == place.country
                and place.feature != "country"
                and neighbour[1] in ("", place.admin1)
            ):
                score += 30.0
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
    score = _size_points(mention, place, is_own=is_own, is_english=is_english) + near - _NEEDED
    before, after = mention.before_folded, mention.after_folded
    if before in BEFORE_PLACES:
        score += 2.5 if before in IN_WORDS else 1.2
    if mention.words > 1:
        score += 1.0
    if mention.is_dateline:
        score += 3.0
    if (
        after in KIND_WORDS
        or (before == "of" and mention.before2.casefold() in KIND_WORDS)
        or (before in KIND_WORDS and mention.key not in COMMON_WORDS)
    ):
        score += 2.0
    if not mention.is_cased:
        return score - _judge_uncased(mention, place, near)
    if score < 0:
        return score
    score -= _word_points(mention, place, near, is_own=is_own)
    if score < 0:
        return score
    score -= _person_points(mention, place, persons=persons, near=near)
    return score - _name_points(mention, place, near)


def _size_points(mention: Mention, place: KnownPlace, *, is_own: bool, is_english: bool) -> float:
    if place.feature in ("country", "continent"):
        if is_own or not mention.is_cased:
            return 6.0 if place.feature == "country" else 4.5
        if is_english:
            return 1.5
        return 5.0 - 2.5 * (mention.is_sentence_start and len(mention.key) < 6)
    if place.feature == "region":
        return 4.5 if place.country in STATES else 2.0 if place.population < 1_000_000 else 3.0
    points = next(points for least, points in _SIZES if place.population >= least)
    if not is_own and points < 4:
        points -= 0.5  # Other names of towns are many, and many are not in use.
    return max(points, 4.0) if place.feature == "capital" and place.population > 50_000 else points


def _judge_uncased(mention: Mention, place: KnownPlace, near: float) -> float:
    """Points against a name in a script without capitals, where any word may be one."""
    if place.feature in ("country", "continent") or place.population >= 1_000_000:
        return 0.0
    letters = mention.end - mention.start
    if place.population >= 100_000 and letters >= 2:
        return 0.0 if near or letters >= 4 else 1.0
    return 1.5 if near and letters >= 4 else 4.0


def _word_points(mention: Mention, place: KnownPlace, near: float, *, is_own: bool) -> float:
    """Points against a name that is a word, too."""
    if mention.words > 1:
        return 0.0
    if mention.key in MONTHS:
        return 6.0
    is_bird = place.feature in ("country", "continent") and mention.key != "turkey" and is_own
    points = 0.0
    if mention.key in COMMON_WORDS and not is_bird:
        if mention.key == "turkey":
            is_dish = mention.after in DISH_WORDS or (mention.is_lower_elsewhere and not near)
            return 3.5 if is_dish else 0.0
        if near >= 3:
            return 0.0
        points += 2.0 if near >= 2 else 3.0
        points += (
            2.0 if mention.is_sentence_start or mention.is_headline or mention.is_title else 0.0
        )
    elif mention.is_lower_elsewhere and not is_bird:
        points += 2.5
    if (
        mention.is_sentence_start
        and place.population < (30_000 if near else 100_000)
        and place.feature in ("city", "region")
    ):
        points += 1.0
    if mention.key in DEMONYMS:
        points += 5.0
    return points


def _person_points(mention: Mention, place: KnownPlace, *, persons: set[str], near: float) -> float:
    """Points against a name that is a person's."""
    before = mention.before_folded
    is_large = place.feature in ("country", "continent")
    if mention.is_in_person and not (is_large and before in PERSON_TITLES):
        return 7.0
    if mention.is_in_person:
        return 0.0  # `President Turkey` is none, but headlines have `Minister Israel visit`.
    points = 0.0
    if mention.key in persons and not is_large and near < 3:
        points += 1.0 if before in IN_WORDS else 3.5
    if mention.key in FIRST_NAMES and place.population < 1_000_000 and near < 2 and not is_large:
        points += 0.5 if before in IN_WORDS or place.feature == "region" else 2.0
    is_name_before = (
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
    if is_name_before:
        points += 1.0 if mention.is_second else 1.5 if is_large else 4.0
    return points


def _name_points(mention: Mention, place: KnownPlace, near: float) -> float:
    """Points against a name that is part of another name: a paper, a club, an organisation."""
    if not mention.after or mention.gap not in (" ", "-"):
        return 0.0
    after = mention.after_folded
    if after in AFTER_NAMES and (mention.after[:1].isupper()):
        return 6.0
    is_capital_after = (
        mention.after[:1].isupper() and not mention.is_headline and not mention.is_shouted
    )
    if len(mention.after) <= 4 and mention.after.isupper():
        return 0.0
    if not is_capital_after or after in ROLES or after in KIND_WORDS or after in DEMONYMS:
        return 0.0
    if near >= 3:
        return 0.0
    return 1.5 if place.feature in ("country", "continent") else 3.0
