"""Which places a text names: one idea, mentions judged and told apart by their context."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import KW_ONLY, dataclass
from typing import NamedTuple

from feedlake.transforms.places.gazetteer import Feature, Gazetteer, KnownPlace
from feedlake.transforms.places.language_rules import rules_of
from feedlake.transforms.places.name_use import Rules
from feedlake.transforms.places.place_mentions import Mention, find_mentions, weigh_demonyms
from feedlake.transforms.places.place_names import (
    FOLDED_WORDS,
    hash_name,
    hash_spelling,
    tokenize_names,
)
from feedlake.transforms.places.place_ranking import (
    Ranking,
    find_links,
    find_pairs,
    is_abbreviation,
    read_neighbour,
)
from feedlake.transforms.places.place_scores import Told, is_part, judge_mention
from feedlake.transforms.places.place_weights import WEIGHTS

MAX_CHARS = 60_000
"""Characters of the text that are read. News articles have fewer; longer texts are collections."""

MAX_PLACES = 200
"""Places kept of one text, so that a list of all towns of a country does not fill a row."""

_TITLE_WEIGHT = 2
_DEMONYM_WEIGHT = 0.5
"""How much `Syrian` counts for Syria, if `Syria` counts 1."""


@dataclass(frozen=True)
class Place:
    """One place that a text names.

    Attributes:
        name: As first written.
        canonical: Its name in GeoNames; a country's usual English name.
        country: ISO 3166-1 alpha-2 code; None for a continent.
        admin1: Name of the first-level division that it lies in or is; None if unknown.
        latitude: Degrees north; of a country its capital, of a region the middle of its people.
        longitude: Degrees east.
        geonames_id: Its number in GeoNames.
        feature: What it is.
        count: Mentions in title and text.
        offset: Of the first mention in the text, in Unicode code points; None if only the
            title has it.
    """

    name: str
    _: KW_ONLY
    canonical: str
    country: str | None
    admin1: str | None
    latitude: float
    longitude: float
    geonames_id: int
    feature: Feature
    count: int
    offset: int | None


@dataclass(frozen=True)
class Geography:
    """Where a text plays.

    Attributes:
        places: Places named, in the order of their first mention, those of the title only last.
        countries: ISO 3166-1 alpha-2 codes, the one that most of the text is about first:
            mentions of a country and of places in it, those in the title doubled, and its
            adjectives and inhabitants, which weigh half. A single mention of a small place makes no
            country.
        country_weights: The share of each of them in all that speaks of countries, 0 to 1.
    """

    places: tuple[Place, ...]
    countries: tuple[str, ...]
    country_weights: tuple[float, ...]


NOWHERE = Geography((), (), ())


class NamedPlaces(NamedTuple):
    """The names of a text that are places, and what else speaks of countries.

    Attributes:
        names: Each mention with the place that it is.
        demonyms: How often adjectives and inhabitants of each country are named.
        text_start: Offset at which the text begins in what the mentions count from.
    """

    names: list[tuple[Mention, KnownPlace]]
    demonyms: Counter[str]
    text_start: int


def find_places(title: str | None, text: str, *, language: str, gazetteer: Gazetteer) -> Geography:
    """Returns the places that an article names.

    A name counts as a place if its size and what stands around it make that likely, as
    `place_scores.judge_mention` adds up. One name means one place in one text, but where the text
    says otherwise (`Paris, Texas`).

    Args:
        title: The article's title.
        text: Its text, of which `MAX_CHARS` are read.
        language: Its language, a BCP 47 primary tag.
        gazetteer: The places known.
    """
    named = name_places(title, text, language=language, gazetteer=gazetteer)
    return _gather(named, gazetteer) if named.names or named.demonyms else NOWHERE


def name_places(
    title: str | None, text: str, *, language: str, gazetteer: Gazetteer
) -> NamedPlaces:
    """Returns each name of a place in an article; the arguments are those of `find_places`."""
    head = (title or "")[:1_000]
    text = text[:MAX_CHARS]
    content = f"{head}\n\n{text}" if head else text
    tokens = tokenize_names(content)
    rules = rules_of(language)
    if rules.has_prefixes:
        tokens = tokens.without_prefixes(lambda word: _is_name(word, gazetteer, rules))
    bounds = tokens.bounds()
    if rules.has_apostrophe_endings:
        tokens = tokens.without_endings()
    mentions, companies = find_mentions(
        content,
        tokens,
        bounds,
        gazetteer,
        rules=rules,
        title_chars=len(head),
    )
    demonyms = weigh_demonyms(tokens, bounds, mentions) if rules.is_english else Counter()
    demonyms += companies
    told = Told(
        persons={mention.key for mention in mentions if mention.is_in_person},
        parts={mention.key for mention in mentions if is_part(mention, rules)},
        rules=rules,
        natives=gazetteer.countries_speaking("en" if rules.is_english else language),
    )
    names = _resolve(mentions, demonyms, told) if mentions else []
    return NamedPlaces(names, demonyms, text_start=len(content) - len(text))


def _is_name(word: str, gazetteer: Gazetteer, rules: Rules) -> bool:
    """Whether places have a word for their name in a language, all of it: `eThekwini`."""
    number = gazetteer.find_one(hash_name([FOLDED_WORDS[word]])[-1])
    return number >= 0 and bool(gazetteer.candidates(number, rules, hash_spelling(word)))


def _resolve(
    mentions: list[Mention], demonyms: Counter[str], told: Told
) -> list[tuple[Mention, KnownPlace]]:
    """The mentions that are places, each with the place that it is."""
    judged: dict[tuple[int, int, float], bool] = {}
    weights = _weigh_countries(mentions, demonyms, told, judged)
    totals = {country: sum(by_name.values()) for country, by_name in weights.items()}
    neighbours = [
        read_neighbour(mention, after)
        for mention, after in zip(mentions, [*mentions[1:], None], strict=True)
    ]
    states = _find_states(mentions, neighbours)
    links = find_links(mentions)
    ranking = Ranking(totals, _natives(told), home=told.rules.home)
    stated, admins = _find_stated(mentions, neighbours, ranking)
    paired = frozenset() if told.rules.is_english else find_pairs(mentions, links, ranking)
    # In two rounds: those found in the first one show the division, which tells other names apart.
    results: list[tuple[Mention, KnownPlace]] = []
    found: frozenset[int] = frozenset()
    for _ in range(2):
        results, before_found = [], found
        now: set[int] = set()
        senses = dict(stated)
        ranking.tell_admins(admins)
        for number, (mention, neighbour) in enumerate(zip(mentions, neighbours, strict=True)):
            if number in states:
                continue
            best, score = ranking.find_best(mention, neighbour)
            if neighbour is not None and score >= WEIGHTS["stated_found"]:
                place, near = best, WEIGHTS["near_stated"]
            else:
                place = _named_after(mention, number, neighbours) or senses.get(mention.key, best)
                near = (
                    WEIGHTS["near_stated_once"]
                    if mention.key in stated
                    else _support(mention, place, weights, admins)
                )
                beside = links.get(number, ())
                if (
                    number in paired
                    or not before_found.isdisjoint(beside)
                    or not now.isdisjoint(beside)
                ):
                    near += WEIGHTS["listed"]
                if len(beside) > 1 and (now | before_found).issuperset(beside):
                    near += WEIGHTS["listed_between"]
            case = (number, place.geonames_id, near)
            if case not in judged:
                score = judge_mention(mention, place, told, near=near)
                judged[case] = score >= 0
            if judged[case]:
                senses.setdefault(mention.key, place)
                results.append((mention, place))
                now.add(number)
        found = frozenset(now)
        before, admins = admins, defaultdict(set)
        for mention, place in results:
            if place.admin1:
                admins[f"{place.country}.{place.admin1}"].add(mention.key)
        if admins == before and not _may_add(links, found):
            break
    return results


def _natives(told: Told) -> frozenset[str]:
    """Where a text's readers live, if its language says so."""
    return frozenset() if told.rules.is_english else told.natives


def _may_add(links: dict[int, list[int]], found: frozenset[int]) -> bool:
    """Whether a name that was taken for none stands beside one that was found."""
    return any(
        number not in found and not found.isdisjoint(beside) for number, beside in links.items()
    )


def _find_stated(
    mentions: list[Mention], neighbours: list[tuple[str, str] | None], ranking: Ranking
) -> tuple[dict[str, KnownPlace], dict[str, set[str]]]:
    """The places of names after which the text says where they are, and the names by division."""
    stated: dict[str, KnownPlace] = {}
    admins: dict[str, set[str]] = defaultdict(set)
    for mention, neighbour in zip(mentions, neighbours, strict=True):
        if neighbour is not None:
            place, score = ranking.find_best(mention, neighbour)
            if score >= WEIGHTS["stated_found"]:
                stated.setdefault(mention.key, place)
                admins[f"{place.country}.{place.admin1}"].add(mention.key)
    return stated, admins


def _find_states(
    mentions: list[Mention], neighbours: list[tuple[str, str] | None]
) -> frozenset[int]:
    """The numbers of mentions that only say where the one before them is: `Reno, Nev.`"""
    return frozenset(
        number + 1
        for number, (mention, neighbour) in enumerate(zip(mentions[:-1], neighbours, strict=False))
        if neighbour is not None
        and mentions[number + 1].start == mention.next_start
        and is_abbreviation(mention.next_word)
    )


def _named_after(
    mention: Mention, number: int, neighbours: list[tuple[str, str] | None]
) -> KnownPlace | None:
    """The division or country that a name is because it stands after a town in it."""
    stated = neighbours[number - 1] if number else None
    if stated is None:
        return None
    wanted = ("region",) if stated[1] else ("country",)
    return next(
        (
            place
            for place, _ in mention.candidates
            if place.feature in wanted
            and stated in ((place.country, place.admin1), (place.country, ""))
        ),
        None,
    )


def _weigh_countries(
    mentions: list[Mention],
    demonyms: Counter[str],
    told: Told,
    judged: dict[tuple[int, int, float], bool],
) -> dict[str, Counter[str]]:
    """How much a text is about each country, by the names that say so.

    Names speak for it that need no context: they are the context of the others. What is found of a
    name alone is added to `judged`, by its number, its place and the points of its context.
    """
    weights: dict[str, Counter[str]] = defaultdict(Counter)
    for country, count in demonyms.items():
        weights[country][""] += count
    ranking = Ranking({}, _natives(told), home="")
    speaks: dict[int, bool] = {}
    leaders: dict[tuple[int, str, bool], tuple[KnownPlace, int] | None] = {}
    for number, mention in enumerate(mentions):
        name = id(mention.candidates)
        if name not in speaks:
            speaks[name] = any(_speaks(place) for place, _ in mention.candidates)
        if not speaks[name]:
            continue
        asked = name, mention.key, mention.says_region
        if asked not in leaders:
            leaders[asked] = _lead(ranking.rank(mention, None))
        led = leaders[asked]
        if led is None:
            continue
        leader, size = led
        points = judge_mention(mention, leader, told, near=0.0)
        judged[number, leader.geonames_id, 0.0] = points >= 0
        if points >= 0:
            weights[leader.country][mention.key] += size
    return weights


def _lead(ranked: list[tuple[KnownPlace, float]]) -> tuple[KnownPlace, int] | None:
    """The place that a name means without context and its weight, None if it speaks for none."""
    (leader, score), *others = ranked[:2]
    size = _speaks(leader)
    if not size:
        return None
    if others and others[0][0].country != leader.country:
        lead = score - others[0][1]
        return (leader, size) if lead >= WEIGHTS["clear_lead"] else None  # `Georgia` is not clear.
    return leader, size


def _speaks(place: KnownPlace) -> int:
    """How much the name of a place says of the country that a text is about."""
    is_large = place.population >= WEIGHTS["speaking_inhabitants"]
    return _SPEAKS.get(place.feature, 1 if is_large else 0)


def _support(
    mention: Mention,
    place: KnownPlace,
    weights: dict[str, Counter[str]],
    admins: dict[str, set[str]],
) -> float:
    """Points for what other names of the text say of a place's country and division."""
    if not _has_other(weights.get(place.country), mention.key):
        return 0.0
    names = admins.get(f"{place.country}.{place.admin1}") if place.admin1 else None
    return WEIGHTS["near_division" if _has_other(names, mention.key) else "near_country"]


def _has_other(names: Collection[str] | None, name: str) -> bool:
    """Whether there is a name other than the one given."""
    return names is not None and (len(names) > 1 or (len(names) == 1 and name not in names))


_SPEAKS = {"country": 2, "region": 1, "capital": 1}
"""How often a name counts for its country; that of a large city counts once, too."""


def _gather(named: NamedPlaces, gazetteer: Gazetteer) -> Geography:
    """The places of all mentions, and the weights of their countries."""
    weights: defaultdict[str, float] = defaultdict(float)
    sure = set(named.demonyms)
    for country, count in named.demonyms.items():
        weights[country] += _DEMONYM_WEIGHT * count
    first: dict[int, tuple[Mention, KnownPlace]] = {}
    counts: Counter[int] = Counter()
    # Mentions in the text come before those in the title, so that a place has an offset in the text
    # if the text names it at all.
    for mention, place in sorted(named.names, key=lambda item: (item[0].is_title, item[0].start)):
        counts[place.geonames_id] += 1
        first.setdefault(place.geonames_id, (mention, place))
        if place.country:
            if place.country in weights or _speaks(place):
                sure.add(place.country)
            weights[place.country] += _TITLE_WEIGHT if mention.is_title else 1
    places = []
    for number, (mention, place) in list(first.items())[:MAX_PLACES]:
        described = gazetteer.describe(place)
        places.append(
            Place(
                name=mention.text,
                canonical=described.name,
                country=place.country or None,
                admin1=(described.region or None) if place.feature != "country" else None,
                latitude=described.latitude,
                longitude=described.longitude,
                geonames_id=number,
                feature=place.feature,
                count=counts[number],
                offset=None if mention.is_title else mention.start - named.text_start,
            )
        )
    total = sum(weights.values())
    order = {country: place for place, country in enumerate(weights)}
    ranked = sorted(sure, key=lambda country: (-weights[country], order[country]))
    shares = tuple(round(weights[country] / total, 4) for country in ranked)
    return Geography(tuple(places), tuple(ranked), shares)
