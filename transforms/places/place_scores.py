"""How likely a name is a place: one idea, the sum of all that speaks for it and against it."""

from __future__ import annotations

from typing import NamedTuple

from feedlake.transforms.places.country_names import STATES
from feedlake.transforms.places.gazetteer import KnownPlace
from feedlake.transforms.places.name_use import Rules
from feedlake.transforms.places.place_mentions import Mention
from feedlake.transforms.places.place_weights import WEIGHTS
from feedlake.transforms.places.place_words import (
    ACRONYMS,
    AFTER_NAMES,
    AREA_PREFIXES,
    DEMONYMS,
    DISH_WORDS,
    FIRST_NAMES,
    LACKING_AREAS,
    MONTHS,
    PERSON_TITLES,
    ROLES,
    SURNAMES,
)

_SIZES = (
    ("town_largest_inhabitants", "town_largest"),
    ("town_large_inhabitants", "town_large"),
    ("town_rather_large_inhabitants", "town_rather_large"),
    ("town_medium_inhabitants", "town_medium"),
    ("town_small_inhabitants", "town_small"),
)
"""Weights: least inhabitants of a town of each size, and its points."""


_OF_PERSONS = frozenset(
    "de da do dos del della di van von der den la y e al el bin ibn of and the for".split()
)
"""Small words in the names of persons and things, too."""


class Told(NamedTuple):
    """What a text tells of all its names.

    Attributes:
        persons: Names that are a person's somewhere in the text.
        parts: Names that are part of a longer name somewhere in the text.
        rules: What holds for names in its language.
        natives: Countries in which its language is spoken.
    """

    persons: set[str]
    parts: set[str]
    rules: Rules
    natives: frozenset[str]


def judge_mention(mention: Mention, place: KnownPlace, told: Told, *, near: float) -> float:
    """Returns the points by which a name is more likely a place than not.

    Below 0 they are not all counted: most names are far below for want of size and context.

    Args:
        mention: The name.
        place: The likeliest place of that name.
        told: What the text tells of its names.
        near: Points for what else it says of the country or division.
    """
    rules = told.rules
    is_own = any(is_own for known, is_own in mention.candidates if known is place)
    is_native = place.country in told.natives and rules.has_capital_names
    if rules.is_english:
        is_native &= _is_rare(mention, place, told)
    size = _size_points(mention, place, is_own=is_own, is_native=is_native, rules=rules)
    score = _add_context(mention, place, size + near + WEIGHTS["needed"], told)
    is_told = mention.is_kind_told or mention.before_folded in rules.kinds
    if _is_foreign(place, told) and not near and not is_told:
        if not is_own:
            score += WEIGHTS["foreign_other_name"]
        elif not _is_distinctive(mention, rules):
            score += WEIGHTS["foreign_small"]
    if near < WEIGHTS["near_division"] and _is_rather_area(mention, place, told):
        score += WEIGHTS["lacking_area"]
    if rules.has_noun_capitals and mention.words == 1 and not _is_large(place):
        is_known = place.population >= WEIGHTS["noun_inhabitants"]
        is_placed = mention.before_folded in rules.before or near or is_known
        score += 0.0 if is_placed else WEIGHTS["noun_capital"]
    if not mention.is_cased:
        return score + _uncased_points(mention, place, near, rules)
    if score < 0:
        return score
    score += _word_points(mention, place, near, is_own=is_own, rules=rules)
    if score < 0:
        return score
    score += _person_points(mention, place, told, near=near)
    return score + _name_points(mention, place, near, rules)


def _add_context(mention: Mention, place: KnownPlace, score: float, told: Told) -> float:
    """The points with those for the words around a name."""
    rules, natives = told.rules, told.natives
    before, after = mention.before_folded, mention.after_folded
    governor = before if before in rules.before else mention.governor
    if (mention.after[:1].isupper() and not rules.has_noun_capitals) or (
        place.population < WEIGHTS["town_small_inhabitants"]
        and (rules.is_english or place.country not in natives)
    ):
        governor = before  # Lists of products and of people have the names of hamlets in them.
    if _has_head(mention, rules):
        score += WEIGHTS["after_in_word"]
    elif governor in rules.before:
        score += WEIGHTS["after_in_word" if governor in rules.within else "after_place_word"]
        if rules.is_english and _is_rare(mention, place, told):
            score += WEIGHTS["rare_name"]
    if mention.words > 1:
        score += WEIGHTS["several_words"]
        if _is_long_phrase(mention):
            score += WEIGHTS["long_phrase"]
        elif mention.before[:1].islower() and place.country in natives and not rules.is_english:
            score += WEIGHTS["native_phrase"] if rules.has_capital_names else 0.0
    if (
        _is_distinctive(mention, rules)
        and not (rules.is_english and _is_rather_person(mention, place))
        and not (rules.has_native_capital_names and place.country not in natives)
    ):
        score += WEIGHTS["distinctive"]
    if mention.is_dateline:
        score += WEIGHTS["dateline"]
    if (
        after in rules.kinds
        or (before in rules.of and mention.before2.casefold() in rules.kinds)
        or (before in rules.kinds and not rules.is_common[mention.text])
    ):
        score += WEIGHTS["kind_word"]
    elif mention.is_kind_told and not rules.is_common[mention.text]:
        score += WEIGHTS["kind_told"]
    return score


def _is_long_phrase(mention: Mention) -> bool:
    """Whether a name has small words inside, which a town's has and a person's has not."""
    parts = mention.text.replace("-", " ").split()
    return not mention.is_headline and any(
        part[0].islower() and part not in _OF_PERSONS for part in parts[1:]
    )


def _is_foreign(place: KnownPlace, told: Told) -> bool:
    """Whether a place is small, and its country speaks another language than the text."""
    return (
        place.feature == "city"
        and place.population < WEIGHTS["foreign_inhabitants"]
        and place.country not in told.natives
    )


def _is_rather_area(mention: Mention, place: KnownPlace, told: Told) -> bool:
    """Whether a town's name means a county elsewhere, unless its readers' country has the town.

    British counties are the other way round: `Suffolk County` is one in America, or a council's.
    """
    if told.rules.is_english and place.feature == "region" and place.country == "GB":
        return mention.after == "County"
    area = LACKING_AREAS.get(mention.key)
    is_at_home = place.country in told.natives and not told.rules.is_english
    return area is not None and area != place.country and not is_at_home


def _is_distinctive(mention: Mention, rules: Rules) -> bool:
    """Whether a name is long, and has a capital that only names have where it stands."""
    is_inside = mention.before[:1].islower() or (
        mention.is_second and mention.before_folded in rules.before  # `In Penzance`
    )
    return (
        is_inside
        and mention.words == 1
        and len(mention.key) >= WEIGHTS["distinctive_letters"]
        and rules.has_capital_names
        and not mention.is_sentence_start
        and not mention.after[:1].isupper()
        and not rules.is_common[mention.text]
        and mention.before_folded not in rules.articles
        and mention.before_folded not in rules.says
    )


def _has_head(mention: Mention, rules: Rules) -> bool:
    return f"{mention.before2.casefold()} {mention.before_folded}" in rules.heads


def _is_surely_placed(mention: Mention, rules: Rules) -> bool:
    return mention.before_folded in rules.within or _has_head(mention, rules)


def _is_rare(mention: Mention, place: KnownPlace, told: Told) -> bool:
    """Whether a name is that of few places where English is spoken; a surname is that of many."""
    return (
        mention.words == 1
        and len(mention.candidates) <= WEIGHTS["rare_name_places"]
        and place.country in told.natives
        and place.population >= WEIGHTS["rare_name_inhabitants"]
        and not told.rules.is_common[mention.text]
    )


def _is_rather_person(mention: Mention, place: KnownPlace) -> bool:
    """Whether an English name that stands alone is rather a surname or a first name."""
    is_name = mention.key in FIRST_NAMES or mention.key in SURNAMES
    limit = WEIGHTS["part_inhabitants" if is_name else "surname_inhabitants"]
    return place.population < limit


def _is_large(place: KnownPlace) -> bool:
    return place.feature in ("country", "continent")


def _size_points(
    mention: Mention, place: KnownPlace, *, is_own: bool, is_native: bool, rules: Rules
) -> float:
    """Points for what a place is, and for how many live there."""
    if _is_large(place):
        return _country_points(mention, place, is_own=is_own, rules=rules)
    if place.feature == "region":
        if place.country in STATES:
            return WEIGHTS["state"]
        is_small = place.population < WEIGHTS["large_region_inhabitants"]
        return WEIGHTS["region_small"] if is_small else WEIGHTS["region"]
    points = _town_points(place.population)
    if (
        mention.words == 1
        and len(mention.key) < WEIGHTS["very_short_letters"]
        and (mention.is_cased and place.population < WEIGHTS["very_short_inhabitants"])
        and not (is_native and _is_surely_placed(mention, rules))
    ):
        points += WEIGHTS["very_short"]
    if not is_own and points < WEIGHTS["town_largest"]:
        points += WEIGHTS["town_other_name"]
    if place.feature == "capital" and place.population > WEIGHTS["capital_inhabitants"]:
        return max(points, WEIGHTS["capital"])
    return points


def _town_points(population: int) -> float:
    for least, points in _SIZES:
        if population >= WEIGHTS[least]:
            return WEIGHTS[points]
    return WEIGHTS["town_smallest" if population else "town_unknown"]


def _country_points(mention: Mention, place: KnownPlace, *, is_own: bool, rules: Rules) -> float:
    if is_own or not mention.is_cased:
        return WEIGHTS["country"] if place.feature == "country" else WEIGHTS["continent"]
    if rules.is_english:
        return WEIGHTS["country_other_name_in_english"]
    if mention.is_sentence_start and len(mention.key) < WEIGHTS["short_name_letters"]:
        return WEIGHTS["country_other_name"] + WEIGHTS["country_short_first_word"]
    return WEIGHTS["country_other_name"]


def _uncased_points(mention: Mention, place: KnownPlace, near: float, rules: Rules) -> float:
    """Points against a name in a script without capitals, where any word may be one."""
    if not near and mention.text in rules.doubtful:
        return WEIGHTS["uncased_word"]
    if _is_large(place) or place.population >= WEIGHTS["uncased_sure_inhabitants"]:
        return 0.0
    letters = mention.end - mention.start
    is_long = letters >= WEIGHTS["uncased_long_letters"]
    is_large = place.population >= WEIGHTS["uncased_large_inhabitants"]
    if is_large and letters >= WEIGHTS["uncased_least_letters"]:
        return 0.0 if near or is_long else WEIGHTS["uncased_two_letters"]
    return WEIGHTS["uncased_small_near"] if near and is_long else WEIGHTS["uncased_small"]


def _word_points(
    mention: Mention, place: KnownPlace, near: float, *, is_own: bool, rules: Rules
) -> float:
    """Points against a name that is a word, too."""
    if mention.words > 1:
        is_phrase = place.feature == "city" and all(
            rules.is_common[word] or word in AFTER_NAMES or word in rules.kinds
            for word in mention.key.split()
        )
        is_placed = (
            near >= WEIGHTS["near_stated"] or place.population >= WEIGHTS["phrase_inhabitants"]
        )
        return WEIGHTS["phrase"] if is_phrase and not is_placed else 0.0
    if rules.is_english and mention.key in MONTHS:
        return WEIGHTS["month"]
    if rules.is_english and mention.key == "turkey":
        is_dish = mention.after in DISH_WORDS or (mention.is_lower_elsewhere and not near)
        return WEIGHTS["turkey_dish"] if is_dish else 0.0
    points = _neighbour_points(mention, place, rules)
    is_placed = _is_surely_placed(mention, rules) and not mention.is_headline
    is_placed |= mention.is_dateline or mention.gap.strip() == ":"  # `Porto: dois feridos`
    if (
        mention.text.lower() in rules.doubtful
        and not is_placed
        and (
            mention.is_sentence_start
            or mention.is_title
            or mention.is_headline
            or mention.is_second
            or mention.before[:1].isupper()
            or mention.after[:1].isupper()
            or mention.before_folded in rules.titles
        )
    ):
        return WEIGHTS["doubtful"]
    is_frequent = mention.text.lower() in rules.frequent and mention.text not in ACRONYMS
    if is_frequent or not (_is_large(place) and is_own):
        if is_frequent or mention.key in rules.common:
            if near >= WEIGHTS["near_stated"]:
                return 0.0
            points += _common_word_points(mention, near)
        elif mention.is_lower_elsewhere:
            points += WEIGHTS["lower_elsewhere"]
    if mention.is_sentence_start and place.feature in ("city", "region"):
        limit = WEIGHTS["unknown_near_inhabitants" if near else "unknown_inhabitants"]
        points += WEIGHTS["unknown_at_start"] if place.population < limit else 0.0
    if rules.is_english and mention.key in DEMONYMS:
        points += WEIGHTS["demonym"]
    return points


def _neighbour_points(mention: Mention, place: KnownPlace, rules: Rules) -> float:
    """Points against a town that has an article, or that speaks."""
    points = 0.0
    is_short = len(mention.key) < WEIGHTS["short_name_letters"]
    is_first = mention.is_sentence_start and not mention.is_dateline
    if rules.has_tones and is_short and is_first and not _is_large(place):
        points += WEIGHTS["short_at_start"]
    if place.feature in ("country", "continent", "region"):
        return points
    before, after = mention.before_folded, mention.after_folded
    if before in rules.articles:
        is_attribute = after.islower() and place.population >= WEIGHTS["attribute_inhabitants"]
        points += 0.0 if is_attribute else WEIGHTS["after_article"]
    if mention.is_possessive and place.population < WEIGHTS["possessive_inhabitants"]:
        points += WEIGHTS["possessive"]
    if place.feature == "city" and (before in rules.says or after in rules.says):
        points += WEIGHTS["speaks"]
    return points


def _common_word_points(mention: Mention, near: float) -> float:
    is_near = near >= WEIGHTS["near_division"]
    points = WEIGHTS["common_word_near" if is_near else "common_word"]
    if mention.is_sentence_start or mention.is_headline or mention.is_title:
        points += WEIGHTS["common_word_capital"]
    return points


def _person_points(mention: Mention, place: KnownPlace, told: Told, *, near: float) -> float:
    """Points against a name that is a person's."""
    rules = told.rules
    before = mention.before_folded
    is_large = _is_large(place)
    if mention.is_in_person:
        # `President Turkey` is no place, but headlines have `Minister Israel visit`.
        return 0.0 if is_large and before in PERSON_TITLES else WEIGHTS["in_person"]
    points = 0.0
    is_in = _is_surely_placed(mention, rules)
    if mention.key in told.parts and place.feature == "city" and not is_in:
        is_known = place.population >= WEIGHTS["part_inhabitants"]
        points += 0.0 if is_known or near >= WEIGHTS["near_stated"] else WEIGHTS["part_elsewhere"]
    if mention.key in told.persons and not is_large and near < WEIGHTS["near_stated"]:
        points += WEIGHTS["person_elsewhere_in" if is_in else "person_elsewhere"]
    if (
        (mention.key in FIRST_NAMES or (rules.is_english and mention.key in SURNAMES))
        and place.population < WEIGHTS["first_name_inhabitants"]
        and near < WEIGHTS["near_division"]
        and not is_large
    ):
        is_likelier = is_in or (place.feature == "region" and not is_part(mention, rules))
        points += WEIGHTS["first_name_in" if is_likelier else "first_name"]
    if _has_name_before(mention, rules):
        if rules.has_noun_capitals:
            points += WEIGHTS["name_before_noun"]
        elif mention.is_second:
            points += WEIGHTS["name_before_second"]
        else:
            points += WEIGHTS["name_before_large" if is_large else "name_before"]
    return points


def is_part(mention: Mention, rules: Rules) -> bool:
    """Returns whether a name is part of a longer one: `Peter Navarro`, `Alden Capital`."""
    if mention.words > 1 or rules.has_noun_capitals or mention.is_shouted:
        return False
    if not mention.before[:1].isupper() and not mention.after[:1].isupper():
        return False
    if _has_name_before(mention, rules) and not mention.is_second:
        return True
    after = mention.after_folded
    return (
        mention.gap == " "
        and mention.after[:1].isupper()
        and not mention.after.isupper()
        and not mention.is_headline
        and after not in ROLES
        and after not in rules.kinds
        and after not in DEMONYMS
    )


def _has_name_before(mention: Mention, rules: Rules) -> bool:
    """Whether the word before a name has a capital that nothing but a name explains."""
    before = mention.before_folded
    return (
        mention.before[:1].isupper()
        and not mention.is_headline
        and (not mention.before.isupper() or rules.is_common[mention.text])
        and not mention.before.endswith(("'s", "\u2019s", "'", "\u2019"))
        and before not in AREA_PREFIXES
        and before not in rules.before
        and before not in rules.kinds
        and before not in DEMONYMS
        and before not in ROLES
    )


def _name_points(mention: Mention, place: KnownPlace, near: float, rules: Rules) -> float:
    """Points against a name that is part of another name: a paper, a club, an organisation."""
    if not mention.after or mention.gap not in (" ", "-"):
        return 0.0
    after, has_capital = mention.after_folded, mention.after[:1].isupper()
    if after in AFTER_NAMES and has_capital:
        return WEIGHTS["after_name"]
    is_glued = mention.after[:2].isupper() and mention.after[:2].isalpha()  # `Washington DCThe`
    if is_glued or mention.after.isupper():
        return 0.0
    if not has_capital or mention.is_headline or mention.is_shouted:
        return 0.0
    if after in ROLES or after in rules.kinds or after in DEMONYMS:
        return 0.0
    if near >= WEIGHTS["near_stated"]:
        return 0.0
    if rules.has_noun_capitals:
        return WEIGHTS["noun_after"]
    return WEIGHTS["capital_after_large" if _is_large(place) else "capital_after"]
